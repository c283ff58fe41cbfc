--- tail [-n LINES] [-c BYTES] [FILE...]; +N: from there on.
local function last_lines(io, file, count)
  local ring, n = {}, 0
  if count == 0 then return end
  for line, whole in io:lines(file) do
    n = n + 1
    ring[n % count] = line .. (whole and "\n" or "")
  end
  for i = math.max(1, n - count + 1), n do io:write(ring[i % count]) end
end

local function lines_from(io, file, first)
  local n = 1
  for line, whole in io:lines(file) do
    if n >= first then io:write(line, whole and "\n" or "") end
    n = n + 1
  end
end

local function last_bytes(io, file, count)
  local all, size = {}, 0
  for block in io:blocks(file) do
    all[#all + 1] = block
    size = size + #block
    while all[1] and size - #all[1] >= count do
      size = size - #table.remove(all, 1)
    end
  end
  if count > 0 then io:write(table.concat(all):sub(-count)) end
end

local function bytes_from(io, file, first)
  local skip = math.max(first - 1, 0)
  for block in io:blocks(file) do
    io:write(block:sub(skip + 1))
    skip = math.max(skip - #block, 0)
  end
end

return function(io)
  local number = io.args[1] and io.args[1]:match("^[-+]%d+$")
  if number then io.args[1] = "-n" .. number end
  local opts, files = io:options("n:c:qv")
  local text = opts.c or opts.n or "10"
  local count = math.abs(io:number(text, "number of lines"))
  local work
  if text:find("^%+") then
    work = opts.c and bytes_from or lines_from
  else
    work = opts.c and last_bytes or last_lines
  end
  io:under_headings(files, opts, work, count)
end
