--- Shell patterns: *, ?, [...], and \ before what is meant literally.
--
-- A pattern becomes one of Lua's, whose %w and the like are those of the C
-- locale, and whose . is any byte.
-- @module axeberg.shell.pattern

local M = {}

local CLASSES = {
  alnum = "%w", alpha = "%a", blank = " \t", cntrl = "%c", digit = "%d",
  graph = "%g", lower = "%l", print = "%g ", punct = "%p", space = "%s",
  upper = "%u", xdigit = "%x",
}

local function literal(char)
  return (char:gsub("%W", "%%%0"))
end

--- One element of a bracket expression as Lua writes it, and where the next
--- one begins.
local function element(text, pos)
  local class, stop = text:match("^%[:(%l+):%]()", pos)
  if class and CLASSES[class] then return CLASSES[class], stop end
  local first, at = text:match("^\\(.)()", pos)
  if not first then first, at = text:match("^(.)()", pos) end
  local last, after = text:match("^%-\\(.)()", at)
  if not last then last, after = text:match("^%-([^%]\\])()", at) end
  if not last then return literal(first), at end
  if first > last then return "", after end
  if first:find("%W") or last:find("%W") then -- Lua takes no %] in a range
    local all = {}
    for byte = first:byte(), last:byte() do
      all[#all + 1] = literal(string.char(byte))
    end
    return table.concat(all), after
  end
  return first .. "-" .. last, after
end

--- The bracket expression that begins at pos; nil if it does not end.
local function bracket(text, pos)
  local negated, at = text:match("^%[(!?)()", pos)
  local set = {}
  local first = true
  while first or not text:find("^%]", at) do
    if at > #text then return nil end
    set[#set + 1], at = element(text, at)
    first = false
  end
  local all = table.concat(set)
  if all == "" then -- nothing, as in [b-a]
    return negated == "" and "[^%z\1-\255]" or ".", at + 1
  end
  return "[" .. (negated ~= "" and "^" or "") .. all .. "]", at + 1
end

--- The Lua pattern that matches the same, without anchors.
-- @tparam string text the shell pattern
-- @tparam[opt] string star what * becomes: ".*" (the default) or ".-"
function M.translate(text, star)
  star = star or ".*"
  local out, pos = {}, 1
  while pos <= #text do
    local char = text:sub(pos, pos)
    local piece, after
    if char == "*" then
      piece, after = star, text:match("^%*+()", pos)
    elseif char == "?" then
      piece = "."
    elseif char == "[" then
      piece, after = bracket(text, pos)
    elseif char == "\\" and pos < #text then
      piece, after = literal(text:sub(pos + 1, pos + 1)), pos + 2
    end
    out[#out + 1] = piece or literal(char)
    pos = after or pos + 1
  end
  return table.concat(out)
end

local compiled = {} -- of the last patterns
local count = 0

local function whole(text)
  local found = compiled[text]
  if not found then
    if count >= 200 then compiled, count = {}, 0 end
    found = "^" .. M.translate(text) .. "$"
    compiled[text], count = found, count + 1
  end
  return found
end

--- Whether the pattern matches all of the text.
function M.matches(pattern, text)
  return text:find(whole(pattern)) ~= nil
end

--- Whether there is anything but plain text in the pattern.
function M.active(pattern)
  return pattern:find("[*?%[]") ~= nil
end

--- The pattern that matches just this text.
function M.escape(text)
  return (text:gsub("[*?%[%]\\!^-]", "\\%0"))
end

--- The text of a pattern without its backslashes.
function M.unescape(pattern)
  return (pattern:gsub("\\(.)", "%1"))
end

local CUT = {
  ["#"] = function(p, text) return "^" .. p(text, ".-") .. "(.*)$" end,
  ["##"] = function(p, text) return "^" .. p(text) .. "(.*)$" end,
  ["%"] = function(p, text) return "^(.*)" .. p(text) .. "$" end,
  ["%%"] = function(p, text) return "^(.-)" .. p(text) .. "$" end,
}

--- ${value#pattern} and its sisters.
function M.cut(op, value, pattern)
  if op == "##" then -- the longest: Lua finds it with the rest as short
    local stop = value:match("^" .. M.translate(pattern) .. "()")
    return stop and value:sub(stop) or value
  end
  return value:match(CUT[op](M.translate, pattern)) or value
end

return M
