--- head [-n LINES] [-c BYTES] [FILE...].
local function lines(io, file, count)
  if count <= 0 then return end
  for chunk in io:chunks(file) do
    local pos = 1
    while count > 0 do
      local stop = chunk:find("\n", pos, true)
      if not stop then break end
      pos, count = stop + 1, count - 1
    end
    if count == 0 then
      io:write(chunk:sub(1, pos - 1))
      return
    end
    io:write(chunk)
  end
end

local function bytes(io, file, count)
  while count > 0 do
    local block = io:read(file)
    if not block then return end
    io:write(block:sub(1, count))
    count = count - #block
  end
end

--- All but the last lines.
local function all_but(io, file, count)
  local all, n = {}, 0
  for line, whole in io:lines(file) do
    n = n + 1
    all[n] = line .. (whole and "\n" or "")
    if n > count then
      io:write(all[n - count])
      all[n - count] = nil
    end
  end
end

return function(io)
  if io.args[1] and io.args[1]:find("^%-%d+$") then
    io.args[1] = "-n" .. io.args[1]:sub(2)
  end
  local opts, files = io:options("n:c:qv")
  local count = io:number(opts.c or opts.n or "10", "number of lines")
  local work = opts.c and bytes or lines
  if not opts.c and count < 0 then work, count = all_but, -count end
  io:under_headings(files, opts, work, count)
end
