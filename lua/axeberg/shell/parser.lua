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

--- A list that may begin with newlines, and is not empty.
local function compound_list(lx)
  local body = list(lx, true)
  if not body then unexpected(lx) end
  return body
end

local function enclosed(lx, t, closing, finish)
  lx:take()
  local body = compound_list(lx)
  finish(lx, closing)
  return { t = t, body = body }
end

local function if_clause(lx)
  lx:take()
  local cmd = { t = "if", conds = {}, bodies = {} }
  repeat
    table.insert(cmd.conds, compound_list(lx))
    expect_word(lx, "then")
    table.insert(cmd.bodies, compound_list(lx))
    local more = isword(lx, "elif")
    if more then lx:take() end
  until not more
  if isword(lx, "else") then
    lx:take()
    cmd.otherwise = compound_list(lx)
  end
  expect_word(lx, "fi")
  return cmd
end

local function do_group(lx)
  expect_word(lx, "do")
  local body = compound_list(lx)
  expect_word(lx, "done")
  return body
end

local function while_clause(lx)
  local cmd = { t = "while", invert = lx:take().text == "until" }
  cmd.cond = compound_list(lx)
  cmd.body = do_group(lx)
  return cmd
end

local function for_clause(lx)
  lx:take()
  local token = lx:take()
  if not (token.text and token.text:find("^[%a_][%w_]*$")) then
    lx:fail("Bad for loop variable")
  end
  local cmd = { t = "for", name = token.text }
  linebreak(lx)
  if isword(lx, "in") then
    lx:take()
    cmd.words = {}
    while lx:peek().t == "word" do
      table.insert(cmd.words, lx:take().parts)
    end
    if not isop(lx, ";") and lx:peek().t ~= "newline" then unexpected(lx) end
  end
  if isop(lx, ";") then lx:take() end
  linebreak(lx)
  cmd.body = do_group(lx)
  return cmd
end

local function case_item(lx)
  if isop(lx, "(") then lx:take() end
  local item = { patterns = {} }
  repeat
    if lx:peek().t ~= "word" then unexpected(lx) end
    table.insert(item.patterns, lx:take().parts)
    local more = isop(lx, "|")
    if more then lx:take() end
  until not more
  expect_op(lx, ")")
  item.body = list(lx, true)
  if isop(lx, ";;") then
    lx:take()
  elseif not isword(lx, "esac") then
    unexpected(lx, ";;")
  end
  return item
end

local function case_clause(lx)
  lx:take()
  if lx:peek().t ~= "word" then unexpected(lx) end
  local cmd = { t = "case", word = lx:take().parts, items = {} }
  linebreak(lx)
  expect_word(lx, "in")
  linebreak(lx)
  while not isword(lx, "esac") do
    table.insert(cmd.items, case_item(lx))
    linebreak(lx)
  end
  lx:take()
  return cmd
end

local COMPOUND = {
  ["if"] = if_clause,
  ["while"] = while_clause,
  ["until"] = while_clause,
  ["for"] = for_clause,
  ["case"] = case_clause,
  ["{"] = function(lx)
    return enclosed(lx, "group", "}", expect_word)
  end,
}

function command(lx)
  local token = lx:peek()
  local compound = token.t == "word" and COMPOUND[token.text]
  local cmd
  if compound then
    cmd = compound(lx)
  elseif isop(lx, "(") then
    cmd = enclosed(lx, "subshell", ")", expect_op)
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
