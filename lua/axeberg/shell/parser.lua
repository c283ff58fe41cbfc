--- The shell's grammar: from tokens to commands.
--
-- A command is a table; t says which one:
--   simple    assigns = {{name, parts}}, words = {parts}, redirs, line
--   pipe      commands, or one only; negate
--   andor     first, then {op = "&&" or "||", command} in turn
--   list      commands in order; each has async = true if it ended with &
--   subshell, group    body; redirs
--   if        conds, bodies, otherwise;    while    cond, body, invert
--   for       name, words (nil: "$@"), body;    case    word, items
--   define    name, body
-- @module axeberg.shell.parser

local lexer = require "axeberg.shell.lexer"
local word = require "axeberg.shell.word"

local M = {}

local RESERVED = {}
for name in ([[! { } case do done elif else esac fi for if in then until
  while]]):gmatch("%S+") do
  RESERVED[name] = true
end

local ENDS = { ["}"] = true, ["do"] = true, done = true, elif = true,
  ["else"] = true, esac = true, fi = true, ["then"] = true } -- of a list

local REDIRECTION = { ["<"] = 0, [">"] = 1, [">>"] = 1, [">|"] = 1,
  ["<>"] = 0, ["<&"] = 0, [">&"] = 1, ["<<"] = 0, ["<<-"] = 0 }

local list, command

-- ----------------------------------------------------------------- tokens

local function is(kind)
  return function(lx, text)
    local token = lx:peek()
    return token.t == kind and token.text == text
  end
end

local isop, isword = is("op"), is("word")

local function unexpected(lx, wanted)
  local token = lx:peek()
  if token.t == "eof" then
    lx:cut(wanted and ('end of file unexpected (expecting "%s")')
      :format(wanted))
  end
  local text = token.t == "newline" and "newline"
    or token.t == "word" and not RESERVED[token.text] and "word"
    or ('"%s"'):format(token.text)
  lx:fail(text .. " unexpected"
    .. (wanted and (' (expecting "%s")'):format(wanted) or ""))
end

local function expect(found)
  return function(lx, text)
    if not found(lx, text) then unexpected(lx, text) end
    lx:take()
  end
end

local expect_op, expect_word = expect(isop), expect(isword)

local function linebreak(lx)
  while lx:peek().t == "newline" do lx:take() end
end

--- Whether nothing more belongs to the list that is being read.
local function atend(lx)
  local token = lx:peek()
  if token.t == "word" then return ENDS[token.text] end
  return token.t == "eof"
    or token.t == "op" and (token.text == ")" or token.text == ";;")
end

-- ----------------------------------------------------------- redirections

--- The redirection that begins here, or nil.
local function redirection(lx)
  local token = lx:peek()
  local number
  if token.t == "io" then
    number = tonumber(token.text)
    lx:take()
    token = lx:peek()
  end
  local default = token.t == "op" and REDIRECTION[token.text]
  if not default then return nil end
  lx:take()
  local redir = { fd = number or default, op = token.text }
  if token.text:find("^<<") then
    local doc = { strip = token.text == "<<-" }
    doc.delimiter, doc.quoted = lx:delimiter()
    lx.docs[#lx.docs + 1] = doc
    redir.op, redir.doc = "<<", doc
  else
    if lx:peek().t ~= "word" then unexpected(lx) end
    redir.word = lx:take().parts
  end
  return redir
end

local function redirections(lx)
  local all
  while true do
    local redir = redirection(lx)
    if not redir then return all end
    all = all or {}
    all[#all + 1] = redir
  end
end

-- -------------------------------------------------------- simple commands

local function assignment(token)
  local first = token.parts[1]
  if first.t ~= "text" or first.q then return nil end
  local name, from = first.s:match("^([%a_][%w_]*)=()")
  if not name then return nil end
  return { name, word.value(token.parts, from) }
end

local function define(lx, token)
  if not (token.text and token.text:find("^[%a_][%w_]*$")) then
    lx:fail("Bad function name")
  end
  lx:take()
  expect_op(lx, ")")
  linebreak(lx)
  local body = command(lx)
  if body.t == "simple" then lx:fail("a function is a compound command") end
  return { t = "define", name = token.text, body = body }
end

local function simple(lx)
  local cmd = { t = "simple", line = lx.line, words = {} }
  while true do
    local token = lx:peek()
    local redir = redirection(lx)
    if redir then
      cmd.redirs = cmd.redirs or {}
      table.insert(cmd.redirs, redir)
    elseif token.t == "word" then
      lx:take()
      local assign = not cmd.words[1] and assignment(token)
      if assign then
        cmd.assigns = cmd.assigns or {}
        table.insert(cmd.assigns, assign)
      else
        cmd.words[#cmd.words + 1] = token.parts
        if #cmd.words == 1 and not cmd.assigns and isop(lx, "(") then
          return define(lx, token)
        end
      end
    else
      break
    end
  end
  if not (cmd.words[1] or cmd.assigns or cmd.redirs) then unexpected(lx) end
  return cmd
end

-- ------------------------------------------------------ compound commands

local COMPOUND = { ["if"] = true, ["while"] = true, ["until"] = true,
  ["for"] = true, case = true, ["{"] = true, ["("] = true }

function command(lx)
  local token = lx:peek()
  local compound = COMPOUND[token.text] and (token.t == "word"
    or token.t == "op")
  local cmd
  if compound then
    cmd = require("axeberg.shell.clause")[token.text](lx)
  elseif token.t == "word" and RESERVED[token.text] then
    unexpected(lx)
  else
    return simple(lx)
  end
  cmd.redirs = redirections(lx)
  return cmd
end

-- ------------------------------------------------------------------- lists

local function pipeline(lx)
  local negate = false
  while isword(lx, "!") do
    lx:take()
    negate = not negate
  end
  local first = command(lx)
  if not isop(lx, "|") then
    if not negate then return first end
    return { t = "pipe", negate = true, first }
  end
  local cmd = { t = "pipe", negate = negate, first }
  while isop(lx, "|") do
    lx:take()
    linebreak(lx)
    cmd[#cmd + 1] = command(lx)
  end
  return cmd
end

local function andor(lx)
  local first = pipeline(lx)
  local cmd
  while isop(lx, "&&") or isop(lx, "||") do
    cmd = cmd or { t = "andor", first }
    local op = lx:take().text
    linebreak(lx)
    cmd[#cmd + 1] = { op = op, command = pipeline(lx) }
  end
  return cmd or first
end

--- Commands up to what ends them; lines: newlines are among them.  nil if
--- there is none.
function list(lx, lines)
  local all = { t = "list" }
  if lines then linebreak(lx) end
  while not atend(lx) and (lines or lx:peek().t ~= "newline") do
    local from = lx:peek().from
    local cmd = andor(lx)
    local token = lx:peek()
    if token.t == "op" and token.text == "&" then
      cmd = { t = "async", command = cmd,
        text = lx.src:sub(from, token.from - 1):gsub("%s+$", "") }
    end
    all[#all + 1] = cmd
    if isop(lx, "&") or isop(lx, ";") then
      lx:take()
      if lines then linebreak(lx) end
    elseif lines and token.t == "newline" then
      linebreak(lx)
    else
      break
    end
  end
  if #all == 0 then return nil end
  return #all == 1 and all[1] or all
end

M.isop, M.isword, M.list = isop, isword, list
M.expect_op, M.expect_word = expect_op, expect_word
M.unexpected, M.linebreak = unexpected, linebreak

-- --------------------------------------------------------------- entrances

local Parser = {}
Parser.__index = Parser

--- The commands of the next line, or nil at the end of the text.
-- @raise a syntax error; tostring tells it
function Parser:next()
  local lx = self.lexer
  linebreak(lx)
  if lx:peek().t == "eof" then return nil end
  local cmd = list(lx)
  local token = lx:peek()
  if token.t ~= "eof" and token.t ~= "newline" or not cmd then
    unexpected(lx)
  end
  if token.t == "newline" then lx:take() end
  return cmd
end

--- For the lexer: the commands up to the `)` that closes $( .
function M.enclosed(lx)
  local body = list(lx, true)
  expect_op(lx, ")")
  return body
end

--- For the lexer: all commands of a text.
function M.whole(text)
  local lx = lexer.new(text, M)
  local body = list(lx, true)
  if lx:peek().t ~= "eof" then unexpected(lx) end
  return body
end

--- A parser of a text; interactive: the text may not be all there yet, and a
--- here-document without an end is a fault, too.
function M.new(text, interactive)
  local lx = lexer.new(text, M)
  lx.interactive = interactive
  return setmetatable({ lexer = lx }, Parser)
end

return M
