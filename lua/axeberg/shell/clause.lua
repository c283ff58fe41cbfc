--- The shell's compound commands, from the word that they begin with on.
-- @module axeberg.shell.clause

local parser = require "axeberg.shell.parser"

local isop, isword, list = parser.isop, parser.isword, parser.list
local expect_op, expect_word = parser.expect_op, parser.expect_word
local unexpected, linebreak = parser.unexpected, parser.linebreak

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

return {
  ["if"] = if_clause,
  ["while"] = while_clause,
  ["until"] = while_clause,
  ["for"] = for_clause,
  case = case_clause,
  ["{"] = function(lx)
    return enclosed(lx, "group", "}", expect_word)
  end,
  ["("] = function(lx)
    return enclosed(lx, "subshell", ")", expect_op)
  end,
}
