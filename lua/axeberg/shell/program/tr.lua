--- tr [-cds] SET1 [SET2]: exchanges, removes, squeezes bytes.
local CLASSES = { alnum = "%w", alpha = "%a", blank = "[ \t]", cntrl = "%c",
  digit = "%d", graph = "%g", lower = "%l", print = "[%g ]", punct = "%p",
  space = "%s", upper = "%u", xdigit = "%x" }

local function class(list, pattern)
  for byte = 0, 255 do
    if string.char(byte):find(pattern) then list[#list + 1] = byte end
  end
end

local SIMPLE = { a = 7, b = 8, f = 12, n = 10, r = 13, t = 9, v = 11 }

--- One byte of a set, perhaps escaped, and where the next one begins.
local function element(text, pos)
  local char = text:sub(pos, pos)
  if char ~= "\\" or pos == #text then return char:byte(), pos + 1 end
  local digits, after = text:match("^([0-7][0-7]?[0-7]?)()", pos + 1)
  if digits then return tonumber(digits, 8) & 255, after end
  char = text:sub(pos + 1, pos + 1)
  return SIMPLE[char] or char:byte(), pos + 2
end

local function add(list, byte, count)
  for _ = 1, count do list[#list + 1] = byte end
end

--- [c*n] at pos: the list takes it, and it answers where to go on.
local function repetition(list, text, pos)
  if text:sub(pos, pos) ~= "[" then return nil end
  local byte, at = element(text, pos + 1)
  local digits, after = text:match("^%*(%d*)%]()", at)
  if not byte or not digits then return nil end
  local count = tonumber(digits, digits:find("^0") and 8 or 10) or 0
  if count == 0 then list.fill, list.at = byte, #list end
  add(list, byte, count)
  return after
end

--- The bytes of a set, in order.
local function expand(io, text)
  local list, pos = {}, 1
  while pos <= #text do
    local name, after = text:match("^%[:(%a+):%]()", pos)
    local again = not name and repetition(list, text, pos)
    if name then
      if not CLASSES[name] then
        io:die(1, "invalid character class '%s'", name)
      end
      class(list, CLASSES[name])
      pos = after
    elseif again then
      pos = again
    else
      local low, high
      low, pos = element(text, pos)
      high = low
      if text:find("^%-.", pos) then high, pos = element(text, pos + 1) end
      if high < low then
        io:die(1, "range-endpoints of '%s' are in reverse order", text)
      end
      for byte = low, high do list[#list + 1] = byte end
    end
  end
  return list
end

local function complement(list)
  local has, others = {}, {}
  for _, byte in ipairs(list) do has[byte] = true end
  for byte = 0, 255 do
    if not has[byte] then others[#others + 1] = byte end
  end
  return others
end

--- Makes the second set as long as the first.
local function stretch(list, length)
  local fill = list.fill
  while list.fill and #list < length do
    table.insert(list, list.at + 1, fill)
  end
  while #list < length do list[#list + 1] = list[#list] end
end

local function pattern(list)
  local out = {}
  for i, byte in ipairs(list) do
    out[i] = ("%" .. string.char(byte)):gsub("^%%(%w)$", "%1")
  end
  return "[" .. table.concat(out) .. "]"
end

--- A function that exchanges the bytes of a text.
local function exchange(from, to)
  local map, upper, lower = {}, true, true
  for byte = 0, 255 do map[byte] = byte end
  for i, byte in ipairs(from) do map[byte] = to[i] end
  for byte = 0, 255 do
    local char = string.char(byte)
    upper = upper and map[byte] == char:upper():byte()
    lower = lower and map[byte] == char:lower():byte()
  end
  if upper then return string.upper end
  if lower then return string.lower end
  return function(text)
    local out = {}
    for pos = 1, #text, 4096 do
      local bytes = { text:byte(pos, pos + 4095) }
      for i = 1, #bytes do bytes[i] = map[bytes[i]] end
      out[#out + 1] = string.char(table.unpack(bytes))
    end
    return table.concat(out)
  end
end

--- A function that leaves one of each run of the same byte of the list; it
-- remembers how the last text ended.
local function squeezer(list)
  local squeezed, last = {}, nil
  for _, byte in ipairs(list) do squeezed[byte] = true end
  return function(text)
    local out = {}
    for pos = 1, #text, 4096 do
      local bytes, count = { text:byte(pos, pos + 4095) }, 0
      for i = 1, #bytes do
        local byte = bytes[i]
        if byte ~= last or not squeezed[byte] then
          count = count + 1
          bytes[count] = byte
        end
        last = byte
      end
      out[#out + 1] = string.char(table.unpack(bytes, 1, count))
    end
    return table.concat(out)
  end
end

--- What is to be done with each block, in order.
local function plan(io, opts, from, to)
  local steps = {}
  if opts.d then
    local set = pattern(from)
    steps[1] = #from > 0 and function(text) return (text:gsub(set, "")) end
    if opts.s and to then steps[#steps + 1] = squeezer(to) end
  elseif to then
    if #to == 0 and #from > 0 and not to.fill then
      io:die(1, "when not truncating set1, string2 must be non-empty")
    end
    stretch(to, #from)
    steps[1] = exchange(from, to)
    if opts.s then steps[2] = squeezer(to) end
  else
    steps[1] = squeezer(from)
  end
  return steps
end

return function(io)
  local opts, sets = io:options("+cCdst")
  local from = sets[1] and expand(io, sets[1])
  local to = sets[2] and expand(io, sets[2])
  if not from or not (opts.d or opts.s or to) then
    io:die(1, "missing operand")
  end
  if opts.c or opts.C then from = complement(from) end
  local steps = plan(io, opts, from, to)
  for block in io:blocks(io.stdin) do
    for _, step in ipairs(steps) do block = step(block) end
    io:write(block)
  end
end
