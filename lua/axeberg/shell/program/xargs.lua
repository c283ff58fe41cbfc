--- xargs [-0rt] [-n COUNT] [-I TEXT] [-d CHARACTER] [COMMAND [ARGUMENT]...].
--- The items of a text, divided at blanks, with quotes and backslashes.
local function items(io, text)
  local all, cur, pos = {}, nil, 1
  while pos <= #text do
    local char = text:sub(pos, pos)
    local after = pos + 1
    if char:find("[ \t\n]") then
      all[#all + 1] = cur
      cur = nil
    elseif char == "\\" then
      cur = (cur or "") .. text:sub(after, after)
      after = after + 1
    elseif char == "'" or char == '"' then
      local stop = text:find(char, after, true)
      if not stop then io:die(1, "unmatched %s quote", char) end
      cur = (cur or "") .. text:sub(after, stop - 1)
      after = stop + 1
    else
      local run, stop = text:match("^([^ \t\n\\'\"]+)()", pos)
      cur, after = (cur or "") .. run, stop
    end
    pos = after
  end
  all[#all + 1] = cur
  return all
end

local function divided(text, delimiter)
  local all = {}
  if text:sub(-1) ~= delimiter and text ~= "" then text = text .. delimiter end
  local pos = 1
  while pos <= #text do
    local stop = text:find(delimiter, pos, true)
    all[#all + 1] = text:sub(pos, stop - 1)
    pos = stop + 1
  end
  return all
end

--- The whole input as items.
local function input(io, opts)
  local parts = {}
  for block in io:blocks(io.stdin) do parts[#parts + 1] = block end
  local text = table.concat(parts)
  if opts["0"] then return divided(text, "\0") end
  if opts.d then
    return divided(text, (opts.d:gsub("\\n", "\n"):gsub("\\t", "\t")))
  end
  if not opts.I then return items(io, text) end
  local lines = {}
  for _, line in ipairs(divided(text, "\n")) do
    line = line:gsub("^[ \t]+", "")
    if line ~= "" then lines[#lines + 1] = line end
  end
  return lines
end

return function(io)
  local opts, command = io:options("+0rtn:I:d:")
  if #command == 0 then command = { "echo" } end
  local all = input(io, opts)
  local result = 0
  local function call(args)
    if opts.t then io.stderr:write(table.concat(args, " "), "\n") end
    local status = io:run(args, { stdin = false })
    if status == 126 or status == 127 then io:exit(status) end
    if status ~= 0 then result = 123 end
    if status == 255 then io:exit(124) end
  end
  if opts.I then
    for _, item in ipairs(all) do
      local args = {}
      for i, arg in ipairs(command) do
        args[i] = arg:gsub((opts.I:gsub("%W", "%%%0")),
          (item:gsub("%%", "%%%%")))
      end
      call(args)
    end
    return result
  end
  local step = opts.n and io:number(opts.n) or 5000
  for from = 1, math.max(#all, opts.r and 0 or 1), step do
    local args = table.move(command, 1, #command, 1, {})
    table.move(all, from, math.min(from + step - 1, #all), #args + 1, args)
    call(args)
  end
  return result
end
