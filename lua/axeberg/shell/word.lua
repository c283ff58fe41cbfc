--- Words of the shell, as parts.
--
-- A part is a table: t = "text" (s), "param" (name; op, colon, word), "cmd"
-- (body: a list of commands), "arith" (word) or "tilde" (s: the user); q: it
-- was in quotes.  What the operator of a param is, see dollar.lua.
-- @module axeberg.shell.word

local M = {}

-- What ends a run of plain text, by where we are.
local RUN = {
  word = "^[^ \t\n|&;<>()\\'\"$`]+",
  brace = "^[^}\\'\"$`]+",
  quoted = "^[^\"\\$`]+",
  quotedbrace = "^[^}\"\\$`]+",
  document = "^[^\\$`]+",
  arith = "^[^()\\\"$`]+",
}
-- What a backslash takes its meaning from, between quotes.
local ESCAPED = {
  quoted = "^[$`\"\\]",
  quotedbrace = "^[$`\"\\}]",
  document = "^[$`\\]",
  arith = "^[$`\\]",
}
local ISQUOTED = { quoted = true, quotedbrace = true, document = true,
  arith = true }

local read -- (lexer, mode, parts): reads on until the mode's end

local function add(parts, s, q)
  local last = parts[#parts]
  if last and last.t == "text" and last.q == q then
    last.s = last.s .. s
  else
    parts[#parts + 1] = { t = "text", s = s, q = q }
  end
end

--- A backslash: the character after it, or nothing where lines are joined.
local function escape(lx, mode, parts)
  local src, pos = lx.src, lx.pos
  local char = src:sub(pos + 1, pos + 1)
  lx.pos = pos + 2
  if char == "\n" then
    lx.line = lx.line + 1
  elseif char == "" then
    lx.pos = pos + 1
    add(parts, "\\", true)
  elseif ISQUOTED[mode] and not char:find(ESCAPED[mode]) then
    add(parts, "\\" .. char, true)
  else
    add(parts, char, true)
  end
end

local function single(lx, parts)
  local stop = lx.src:find("'", lx.pos + 1, true)
  if not stop then lx:cut("Unterminated quoted string") end
  local from = lx.pos
  add(parts, lx.src:sub(from + 1, stop - 1), true)
  lx.pos = stop + 1
  lx:count(from)
end

local function double(lx, parts)
  lx.pos = lx.pos + 1
  local before = #parts
  local last = parts[before]
  local length = last and last.t == "text" and #last.s
  read(lx, "quoted", parts)
  if lx.src:sub(lx.pos, lx.pos) ~= '"' then
    lx:cut("Unterminated quoted string")
  end
  lx.pos = lx.pos + 1
  if #parts == before and (not last or length == (last.s and #last.s)) then
    add(parts, "", true) -- "" is a word
  end
end

-- ---------------------------------------------------------------- reading

--- What stands between two runs of plain text; false: here is the end.
local function special(lx, mode, parts)
  local char = lx.src:sub(lx.pos, lx.pos)
  if char == "\\" then
    escape(lx, mode, parts)
  elseif char == "$" then
    require("axeberg.shell.dollar").dollar(lx, mode, parts)
  elseif char == "`" then
    require("axeberg.shell.dollar").backquoted(lx, mode, parts)
  elseif char == "'" and not ISQUOTED[mode] then
    single(lx, parts)
  elseif char == '"' and mode == "arith" then
    lx.pos = lx.pos + 1
  elseif char == '"' and mode ~= "quoted" then
    double(lx, parts)
  else
    return false
  end
  return true
end

function read(lx, mode, parts)
  local run, q = RUN[mode], ISQUOTED[mode] or false
  while true do
    local text = lx.src:match(run, lx.pos)
    if text then
      local from = lx.pos
      lx.pos = from + #text
      add(parts, text, q)
      if mode ~= "word" then lx:count(from) end
    elseif not special(lx, mode, parts) then
      return parts
    end
  end
end

--- ~ and ~user at the beginning of a word become a part.
local function tilde(parts)
  local first = parts[1]
  if not first or first.t ~= "text" or first.q then return end
  local user, rest = first.s:match("^~([^/]*)(.*)$")
  if not user or rest == "" and parts[2] then return end
  table.insert(parts, 1, { t = "tilde", s = user })
  first.s = rest
  if rest == "" then table.remove(parts, 2) end
end

M.add, M.read, M.ISQUOTED = add, read, ISQUOTED

--- The parts of the word that begins here.
function M.word(lx)
  local parts = read(lx, "word", {})
  tilde(parts)
  return parts
end

--- The parts of a whole text, read as a here-document.
function M.document(lx)
  local parts = read(lx, "document", {})
  return parts
end

--- The parts of what follows the `=` of an assignment: in it, ~ counts after
--- each colon, too.
function M.value(parts, from)
  local value = { { t = "text", s = parts[1].s:sub(from), q = false } }
  table.move(parts, 2, #parts, 2, value)
  local result = {}
  for _, part in ipairs(value) do
    local rest = part.t == "text" and not part.q and part.s
    while rest do
      local before, user, after = rest:match("^(.-:)~([^/:]*)(.*)$")
      if #result == 0 and rest:find("^~") then
        before, user, after = "", rest:match("^~([^/:]*)(.*)$")
      end
      if not before then break end
      add(result, before, false)
      result[#result + 1] = { t = "tilde", s = user }
      rest = after
    end
    if rest then
      if rest ~= "" then add(result, rest, false) end
    else
      result[#result + 1] = part
    end
  end
  return result
end

return M
