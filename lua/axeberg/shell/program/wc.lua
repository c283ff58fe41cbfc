--- wc [-lwcm] [FILE...]: lines, words, bytes.
local function count_lines(text)
  local find, count, pos = string.find, 0, 1
  while true do
    pos = find(text, "\n", pos, true)
    if not pos then return count end
    pos, count = pos + 1, count + 1
  end
end

local function count(io, file, opts)
  local l, w, c, m = 0, 0, 0, 0
  for chunk in io:chunks(file) do
    if opts.l then l = l + count_lines(chunk) end
    if opts.w then w = w + select(2, chunk:gsub("%S+", "")) end
    if opts.m then m = m + (utf8.len(chunk, 1, -1, true) or #chunk) end
    c = c + #chunk
  end
  return { l = l, w = w, c = c, m = opts.m and m }
end

--- How wide the numbers are: as wide as the sizes of the files say.
local function width(io, opts, files)
  local kinds = 0
  for _ in pairs(opts) do kinds = kinds + 1 end
  if kinds == 1 and #files <= 1 then return 1 end
  local bytes, low = 0, 1
  for _, name in ipairs(#files > 0 and files or { "-" }) do
    local stat
    if name ~= "-" then stat = io.ax.fs.stat(name) end
    if stat and stat.type == "file" then
      bytes = bytes + stat.size
    elseif stat or name == "-" then
      low = 7
    end
  end
  return math.max(low, #tostring(bytes))
end

local function show(io, opts, counts, size, name)
  local out = {}
  for letter in ("lwmc"):gmatch(".") do
    if opts[letter] then
      out[#out + 1] = ("%" .. size .. "d"):format(counts[letter])
    end
  end
  if name then out[#out + 1] = name end
  io:write(table.concat(out, " "), "\n")
end

return function(io)
  local opts, files = io:options("lwcm")
  if not next(opts) then opts = { l = true, w = true, c = true } end
  local size = width(io, opts, files)
  local total = { l = 0, w = 0, c = 0, m = 0 }
  for name, file in io:inputs(files) do
    local counts = count(io, file, opts)
    show(io, opts, counts, size, #files > 0 and name or nil)
    for letter, value in pairs(counts) do
      if value then total[letter] = total[letter] + value end
    end
  end
  if #files > 1 then show(io, opts, total, size, "total") end
end
