--- The shell's text as tokens: operators, words, here-documents.
--
-- A token is a table: t = "word" (parts, and text if it is one plain text),
-- "op" (text), "io" (text: the number before < or >), "newline" or "eof".
-- The lexer reads as far as it is asked to, so that what the parser has seen
-- can be run before the rest is looked at.
-- @module axeberg.shell.lexer

local word = require "axeberg.shell.word"

local M = {}

local Lexer = {}
Lexer.__index = Lexer
M.Lexer = Lexer

local OPERATORS = { -- by length, the longest first
  { ["<<-"] = true },
  { ["&&"] = true, ["||"] = true, [";;"] = true, ["<<"] = true, [">>"] = true,
    ["<&"] = true, [">&"] = true, ["<>"] = true, [">|"] = true },
  { ["&"] = true, ["|"] = true, [";"] = true, ["("] = true, [")"] = true,
    ["<"] = true, [">"] = true },
}

local Fault = {}
Fault.__index = Fault
function Fault:__tostring()
  return ("%d: Syntax error: %s"):format(self.line, self.text)
end

--- Whether a value is what the lexer or the parser raised.
function M.isfault(value) return getmetatable(value) == Fault end

--- Raises; incomplete: more text could make it right.
function Lexer:fail(text, incomplete)
  error(setmetatable({ line = self.line, text = text,
    incomplete = incomplete }, Fault), 0)
end

--- The end of the text came too early.
function Lexer:cut(what)
  self:fail(what or "end of file unexpected", true)
end

--- Makes self.line right after the position has moved on from `from`.
function Lexer:count(from)
  local at = from
  while true do
    at = self.src:find("\n", at, true)
    if not at or at >= self.pos then return end
    self.line = self.line + 1
    at = at + 1
  end
end

--- Skips blanks, comments and joined lines.
function Lexer:skip()
  local src, pos = self.src, self.pos
  while true do
    pos = src:match("^[ \t]*()", pos)
    if src:find("^\\\n", pos) then
      pos = pos + 2
      self.line = self.line + 1
    elseif src:find("^#", pos) then
      pos = src:find("\n", pos, true) or #src + 1
    else
      self.pos = pos
      return
    end
  end
end

--- Reads one here-document, from the line after the operator on.
local function body(self, doc)
  local lines, src = {}, self.src
  while self.pos <= #src do
    local stop = src:find("\n", self.pos, true) or #src + 1
    local line = src:sub(self.pos, stop - 1)
    self.pos = math.min(stop + 1, #src + 1)
    self.line = self.line + 1
    if doc.strip then line = line:gsub("^\t+", "") end
    if line == doc.delimiter then
      doc.closed = true
      break
    end
    lines[#lines + 1] = line .. (stop <= #src and "\n" or "")
  end
  if not doc.closed and self.interactive then self:cut() end
  local text = table.concat(lines)
  if doc.quoted then
    doc.parts = { { t = "text", s = text, q = true } }
  else
    doc.parts = word.document(M.new(text, self.parser))
  end
end

local function newline(self)
  self.pos = self.pos + 1
  self.line = self.line + 1
  local docs = self.docs
  self.docs = {}
  for _, doc in ipairs(docs) do body(self, doc) end
  return { t = "newline", text = "newline" }
end

local function operator(self)
  for length = 3, 1, -1 do
    local text = self.src:sub(self.pos, self.pos + length - 1)
    if OPERATORS[4 - length][text] then
      self.pos = self.pos + length
      return { t = "op", text = text }
    end
  end
end

local function lex(self)
  local src, pos = self.src, self.pos
  if pos > #src then return { t = "eof", text = "end of file" } end
  if src:find("^\n", pos) then return newline(self) end
  local number, stop = src:match("^(%d+)()[<>]", pos)
  if number then
    self.pos = stop
    return { t = "io", text = number }
  end
  local op = operator(self)
  if op then return op end
  local token = { t = "word", line = self.line }
  token.parts = word.word(self)
  token.raw = src:sub(pos, self.pos - 1)
  local first = token.parts[1]
  if #token.parts == 1 and first.t == "text" and not first.q then
    token.text = first.s
  end
  return token
end

--- The next token, which stays.
function Lexer:peek()
  local token = self.token
  if not token then
    self:skip()
    local from = self.pos
    token = lex(self)
    token.from = from
    self.token = token
  end
  return token
end

--- The next token, and goes on.
function Lexer:take()
  local token = self:peek()
  self.token = nil
  return token
end

--- The delimiter of a here-document: its text, and whether it was quoted.
function Lexer:delimiter()
  self:skip()
  local from = self.pos
  if self:peek().t ~= "word" then self:fail("here-document has no name") end
  local raw = self.src:sub(from, self.pos - 1)
  self.token = nil
  local text = raw:gsub("\\(.)", "%1"):gsub("[\"']", "")
  return text, raw:find("[\"'\\]") ~= nil
end

--- A lexer; parser: what reads the commands in $(...).
function M.new(src, parser)
  return setmetatable({
    src = src,
    pos = 1,
    line = 1,
    token = nil, -- peeked at
    docs = {}, -- here-documents whose text begins after this line
    parser = parser,
    interactive = false, -- more lines can come
  }, Lexer)
end

return M
