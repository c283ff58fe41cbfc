--- sort [-nrufbcds] [-t CHARACTER] [-k FIELD]... [-o FILE] [FILE...].
--
-- Lines are gathered by their keys, and the keys sorted by Lua itself: that
-- is much faster than to call a function for each comparison.  Lines with
-- the same key are then gathered by the next one.
local M = {}

--- "2,3n", "1.2r": a key's first and last field and character.
local function parse_key(io, text)
  local f1, c1, o1, rest = text:match("^(%d+)%.?(%d*)(%a*)(.*)$")
  local f2, c2, o2 = (rest or ""):match("^,(%d+)%.?(%d*)(%a*)$")
  if not f1 or tonumber(f1) == 0 or rest ~= "" and not f2 then
    io:die(2, "invalid key: '%s'", text)
  end
  local flags = o1 .. (o2 or "")
  return { f1 = tonumber(f1), c1 = tonumber(c1) or 1, f2 = tonumber(f2),
    c2 = tonumber(c2) or 0, flags = flags }
end

local function set_flags(key, flags)
  for letter in flags:gmatch(".") do key[letter] = true end
end

--- Where the nth field begins, and where it ends.
local function field(line, n, t)
  local pos = 1
  if t then
    for _ = 2, n do
      local at = line:find(t, pos, true)
      if not at then return #line + 1, #line end
      pos = at + 1
    end
    return pos, (line:find(t, pos, true) or #line + 1) - 1
  end
  for _ = 2, n do pos = line:match("^[ \t]*[^ \t]*()", pos) end
  return pos, line:match("^[ \t]*[^ \t]*()", pos) - 1
end

--- The part of a line that a key means.
local function extract(line, key, t)
  if not key.f1 then
    return key.b and line:match("^[ \t]*(.*)$") or line
  end
  local from = field(line, key.f1, t)
  if key.b then from = line:match("^[ \t]*()", from) end
  from = from + key.c1 - 1
  if not key.f2 then return line:sub(from) end
  local first, last = field(line, key.f2, t)
  if key.c2 > 0 then
    if key.b then first = line:match("^[ \t]*()", first) end
    last = math.min(first + key.c2 - 1, #line)
  end
  return line:sub(from, last)
end

local function numeric(text)
  if text:find("^%d+$") then return tonumber(text) end
  return tonumber(text:match("^[ \t]*(%-?%d+%.?%d*)")
    or text:match("^[ \t]*(%-?%.%d+)")) or 0
end

local function general(text)
  local word = text:match("^%s*(%S+)")
  local value = tonumber(word)
  return value == value and value or -math.huge
end

--- A line's value for a key: a number or a string.
local function value_of(line, key, t)
  local text = extract(line, key, t)
  if key.n then return numeric(text) end
  if key.g then return general(text) end
  if key.d then text = text:gsub("[^%w \t]", "") end
  if key.f then text = text:upper() end
  return text
end

--- value -> the line that has it, or a list of those, and all values
local function gather(lines, key, t)
  local groups, values = {}, {}
  for _, line in ipairs(lines) do
    local value = value_of(line, key, t)
    local group = groups[value]
    if not group then
      groups[value] = line
      values[#values + 1] = value
    elseif type(group) == "string" then
      groups[value] = { group, line }
    else
      group[#group + 1] = line
    end
  end
  table.sort(values)
  return groups, values
end

local function reverse(list)
  local i, j = 1, #list
  while i < j do
    list[i], list[j] = list[j], list[i]
    i, j = i + 1, j - 1
  end
end

local function append(into, list)
  table.move(list, 1, #list, #into + 1, into)
end

--- Sorts by the keys from i on; a new list, or the old one.
local function by_keys(lines, opts, i)
  local key = opts.keys[i]
  if #lines < 2 then return lines end
  if not key then
    if opts.u then return { lines[1] } end
    if opts.s then return lines end
    table.sort(lines)
    if opts.r then reverse(lines) end
    return lines
  end
  local groups, values = gather(lines, key, opts.t)
  if key.r then reverse(values) end
  local sorted = {}
  for _, value in ipairs(values) do
    local group = groups[value]
    if type(group) == "table" then
      append(sorted, by_keys(group, opts, i + 1))
    else
      sorted[#sorted + 1] = group
    end
  end
  return sorted
end

--- Whole lines without any key.
local function plain(lines, opts)
  table.sort(lines)
  if opts.r then reverse(lines) end
  if not opts.u then return lines end
  local kept = {}
  for i, line in ipairs(lines) do
    if i == 1 or line ~= lines[i - 1] then kept[#kept + 1] = line end
  end
  return kept
end

--- Sorts lines; opts as the program has them, keys included.
function M.sort(lines, opts)
  if #opts.keys == 0 then return plain(lines, opts) end
  return by_keys(lines, opts, 1)
end

local function read(io, files)
  local lines, n = {}, 0
  for _, file in io:inputs(files) do
    for line in io:lines(file) do
      n = n + 1
      lines[n] = line
    end
  end
  return lines
end

--- Keys take the options of all where they have none of their own.
local function prepare(io, opts, texts)
  local global = ""
  for letter in ("nrfbdg"):gmatch(".") do
    if opts[letter] then global = global .. letter end
  end
  opts.keys = {}
  for i, text in ipairs(texts) do
    local key = parse_key(io, text)
    set_flags(key, key.flags ~= "" and key.flags or global)
    opts.keys[i] = key
  end
  if #texts == 0 and global:find("[nfbdg]") then
    local key = {}
    set_flags(key, global)
    opts.keys[1] = key
  end
  if opts.t and #opts.t ~= 1 then
    if opts.t ~= "\\0" then io:die(2, "multi-character tab '%s'", opts.t) end
    opts.t = "\0"
  end
end

local function check(io, lines, opts)
  local sorted = M.sort(table.move(lines, 1, #lines, 1, {}), opts)
  for i, line in ipairs(lines) do
    if line ~= sorted[i] then
      io:fail("%s:%d: disorder: %s", io.input or "-", i, line)
      return 1
    end
  end
end

function M.main(io)
  io.trouble = 2
  local texts = {}
  local found, files = io:options("nrufbcdgsmk:t:o:", function(letter, value)
    if letter == "k" then texts[#texts + 1] = value end
  end)
  prepare(io, found, texts)
  local lines = read(io, files)
  if io.status then return 2 end
  if found.c then return check(io, lines, found) end
  if found.o then io.stdout = io:open(found.o, "w") or io:exit(2) end
  local sorted = M.sort(lines, found)
  for from = 1, #sorted, 1000 do
    local to = math.min(from + 999, #sorted)
    io:write(table.concat(sorted, "\n", from, to), "\n")
  end
end

return M.main
