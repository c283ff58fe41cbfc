--- cut -b LIST | -c LIST | -f LIST [-d DELIMITER] [-s] [FILE...].
--- "1,3-5,7-" -> ranges in order, without overlaps
local function ranges(io, text)
  local all = {}
  for part in (text .. ","):gmatch("([^,]*),") do
    local low, dash, high = part:match("^(%d*)(%-?)(%d*)$")
    if not low or part == "" or part == "-" then
      io:die(1, "invalid field range: '%s'", text)
    end
    low = tonumber(low) or 1
    high = dash == "" and low or tonumber(high) or math.maxinteger
    if low < 1 or high < low then
      io:die(1, "fields and positions are numbered from 1, and rise")
    end
    all[#all + 1] = { low, high }
  end
  table.sort(all, function(a, b) return a[1] < b[1] end)
  local merged = {}
  for _, range in ipairs(all) do
    local last = merged[#merged]
    if last and range[1] <= last[2] then
      last[2] = math.max(last[2], range[2])
    else
      merged[#merged + 1] = range
    end
  end
  return merged
end

local function bytes(line, list)
  local out = {}
  for _, range in ipairs(list) do
    out[#out + 1] = line:sub(range[1], range[2])
  end
  return table.concat(out)
end

--- The position behind the nth delimiter after pos; nil if there are less.
local function advance(line, delimiter, pos, n)
  for _ = 1, n do
    local at = line:find(delimiter, pos, true)
    if not at then return nil end
    pos = at + 1
  end
  return pos
end

--- The same for one range of fields only.
local function one_range(line, range, delimiter)
  local pos = advance(line, delimiter, 1, range[1] - 1)
  if not pos then return "" end
  local count = range[2] - range[1] + 1
  local stop = count < #line + 2 and advance(line, delimiter, pos, count)
  return line:sub(pos, stop and stop - 2 or -1)
end

local function fields(line, list, delimiter)
  if not list[2] then return one_range(line, list[1], delimiter) end
  local out, pos, number = {}, 1, 1
  for _, range in ipairs(list) do
    pos = advance(line, delimiter, pos, range[1] - number)
    if not pos then break end
    local count = range[2] - range[1] + 1
    local stop = count < #line + 2 and advance(line, delimiter, pos, count)
    out[#out + 1] = line:sub(pos, stop and stop - 2 or -1)
    if not stop then break end
    pos, number = stop, range[2] + 1
  end
  return table.concat(out, delimiter)
end

return function(io)
  local opts, files = io:options("b:c:f:d:sn")
  local spec = opts.b or opts.c or opts.f
  if not spec then
    io:die(1, "you must specify a list of bytes, characters, or fields")
  end
  local list = ranges(io, spec)
  local delimiter = opts.d or "\t"
  if #delimiter ~= 1 then
    io:die(1, "the delimiter must be a single character")
  end
  for _, file in io:inputs(files) do
    for line in io:lines(file) do
      if not opts.f then
        io:write(bytes(line, list), "\n")
      elseif line:find(delimiter, 1, true) then
        io:write(fields(line, list, delimiter), "\n")
      elseif not opts.s then
        io:write(line, "\n")
      end
    end
  end
end
