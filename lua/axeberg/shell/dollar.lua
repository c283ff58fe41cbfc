--- What begins with a dollar sign, or a backquote, in a word.
-- @module axeberg.shell.dollar

local word = require "axeberg.shell.word"

local M = {}

local add, read, ISQUOTED = word.add, word.read, word.ISQUOTED

--- `...`: the command in it is text with its own backslashes.
function M.backquoted(lx, mode, parts)
  local src, pos, text = lx.src, lx.pos + 1, {}
  local escaped = mode == "quoted" and "^[$`\\\"]" or "^[$`\\]"
  while true do
    local stop = src:find("[`\\]", pos)
    if not stop then lx:cut("EOF in backquote substitution") end
    text[#text + 1] = src:sub(pos, stop - 1)
    pos = stop + 1
    if src:sub(stop, stop) == "`" then break end
    if not src:find(escaped, pos) then text[#text + 1] = "\\" end
    text[#text + 1] = src:sub(pos, pos)
    pos = pos + 1
  end
  local from = lx.pos
  lx.pos = pos
  parts[#parts + 1] = { t = "cmd", q = ISQUOTED[mode],
    body = lx.parser.whole(table.concat(text)) }
  lx:count(from)
end

--- Reads the text of $((...)) from behind its parentheses on; nil if that is
--- no arithmetic but a command in parentheses.
local function arithmetic(lx)
  local parts, depth = {}, 0
  while true do
    read(lx, "arith", parts)
    local char = lx.src:sub(lx.pos, lx.pos)
    if char == "" then return nil end
    if char == "(" then
      depth = depth + 1
    elseif depth == 0 then
      if lx.src:sub(lx.pos, lx.pos + 1) ~= "))" then return nil end
      lx.pos = lx.pos + 2
      return parts
    else
      depth = depth - 1
    end
    add(parts, char, true)
    lx.pos = lx.pos + 1
  end
end

local function substitution(lx, q, parts)
  local from, line = lx.pos, lx.line
  if lx.src:find("^%(%(", from) then
    lx.pos = from + 2
    local fine, inner = pcall(arithmetic, lx)
    if fine and inner then
      parts[#parts + 1] = { t = "arith", word = inner, q = q }
      return
    end
    lx.line = line
  end
  lx.pos = from + 1
  parts[#parts + 1] = { t = "cmd", q = q, body = lx.parser.enclosed(lx) }
end

-- ------------------------------------------------------------------ ${...}

local PARAM = { -- the operators after a name; true: with an optional colon
  { "%%" }, { "%" }, { "##" }, { "#" },
  { "-", true }, { "=", true }, { "+", true }, { "?", true },
}

local function name_at(lx)
  local src, pos = lx.src, lx.pos
  local name = src:match("^[%a_][%w_]*", pos) or src:match("^%d+", pos)
    or src:match("^[@*#?$!%-]", pos)
  if not name then return nil end
  lx.pos = pos + #name
  return name
end

local function operator_at(lx)
  local colon = lx.src:find("^:", lx.pos) ~= nil
  local pos = colon and lx.pos + 1 or lx.pos
  for _, entry in ipairs(PARAM) do
    local op = entry[1]
    if lx.src:sub(pos, pos + #op - 1) == op and (entry[2] or not colon) then
      lx.pos = pos + #op
      return op, colon
    end
  end
end

local function close_brace(lx)
  local char = lx.src:sub(lx.pos, lx.pos)
  if char == "" then lx:cut("Missing '}'") end
  if char ~= "}" then lx:fail("Bad substitution") end
  lx.pos = lx.pos + 1
end

--- ${#name}; nil if the # is a parameter itself
local function length_of(lx)
  if not lx.src:find("^#", lx.pos) or lx.src:find("^#[}%%:=+]", lx.pos)
    or lx.src:find("^#[-?#][^}]", lx.pos) then
    return nil
  end
  lx.pos = lx.pos + 1
  return name_at(lx)
end

local function braced(lx, mode, parts)
  local q = ISQUOTED[mode]
  local measured = length_of(lx)
  if measured then
    close_brace(lx)
    parts[#parts + 1] = { t = "param", name = measured, op = "length", q = q }
    return
  end
  local name = name_at(lx)
  if not name then lx:fail("Bad substitution") end
  local op, colon = operator_at(lx)
  local part = { t = "param", name = name, op = op, colon = colon, q = q }
  if op then
    local pattern = op:find("^[%%#]")
    part.word = read(lx, q and not pattern and "quotedbrace" or "brace", {})
  end
  close_brace(lx)
  parts[#parts + 1] = part
end

function M.dollar(lx, mode, parts)
  local src, pos = lx.src, lx.pos
  local q = ISQUOTED[mode]
  local name = src:match("^[%a_][%w_]*", pos + 1)
    or src:match("^[%d@*#?$!%-]", pos + 1)
  if name then
    lx.pos = pos + 1 + #name
    parts[#parts + 1] = { t = "param", name = name, q = q }
  elseif src:find("^{", pos + 1) then
    lx.pos = pos + 2
    braced(lx, mode, parts)
  elseif src:find("^%(", pos + 1) then
    lx.pos = pos + 1
    substitution(lx, q, parts)
  else
    lx.pos = pos + 1
    add(parts, "$", q or false)
  end
end

return M
