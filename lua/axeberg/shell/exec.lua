--- Runs commands: the meaning of each kind that the parser knows.
-- @module axeberg.shell.exec

local exit = require "axeberg.shell.exit"
local launch = require "axeberg.shell.launch"

local M = {}

local RUN = {}

local expand, redirect, builtin -- required when there is need

--- Runs a command, and notes its status in the shell.
local function eval(sh, node)
  if sh.options.n and not sh.interactive then return end
  RUN[node.t](sh, node)
end

--- A status that is not 0 ends the shell under set -e, where it counts.
local function done(sh, status)
  sh.status = status
  if status ~= 0 and sh.options.e and sh.tested == 0 and not sh.skip then
    exit.raise(status)
  end
end

--- Runs a command whose failure is looked at.
local function tested(sh, node)
  sh.tested = sh.tested + 1
  local final = sh.final
  sh.final = false
  eval(sh, node)
  sh.tested = sh.tested - 1
  sh.final = final
  return sh.status == 0
end

--- Runs a command that is not the last one.
local function inner(sh, node)
  local final = sh.final
  sh.final = false
  eval(sh, node)
  sh.final = final
end

--- Calls work with redirections applied; they are over after it.  nil: one
--- of them failed.
local function redirected(sh, redirs, work, ...)
  if not redirs then
    work(sh, ...)
    return true
  end
  redirect = redirect or require "axeberg.shell.redirect"
  local files, opened = redirect.apply(sh, redirs)
  if not files then return nil end
  local before, final = sh.files, sh.final
  sh.files, sh.final = files, false
  local fine, err = pcall(work, sh, ...)
  if sh.files == files then sh.files = before end
  sh.final = final
  redirect.close(opened)
  if not fine then error(err, 0) end
  return true
end

-- ------------------------------------------------------- lists, pipelines

function RUN.list(sh, node)
  local count = #node
  for i = 1, count do
    if i < count then inner(sh, node[i]) else eval(sh, node[i]) end
    if sh.skip then return end
  end
end

function RUN.andor(sh, node)
  tested(sh, node[1])
  for i = 2, #node do
    if sh.skip then return end
    local entry = node[i]
    if (sh.status == 0) == (entry.op == "&&") then
      if i < #node then
        tested(sh, entry.command)
      else
        eval(sh, entry.command)
      end
    end
  end
end

function RUN.pipe(sh, node)
  if not node[2] then
    tested(sh, node[1])
  else
    local pids = require("axeberg.shell.subshell").pipeline(sh, node, sh.files)
    local status
    for _, pid in ipairs(pids) do status = launch.wait(sh, pid, "sh") end
    sh.status = status
  end
  if node.negate then
    if not sh.skip then sh.status = sh.status == 0 and 1 or 0 end
  else
    done(sh, sh.status)
  end
end

function RUN.async(sh, node)
  require("axeberg.shell.job").start(sh, node)
  sh.status = 0
end

function RUN.define(sh, node)
  sh.functions[node.name] = node.body
  sh.status = 0
end

-- --------------------------------------------------------- simple commands

local NONE <const> = {} -- assignments

--- What not every command needs.
local function act() return require "axeberg.shell.act" end

-- Elsewhere these are part of the shell, which ends with them when nobody
-- reads what they write; a loop around them would never end otherwise.
local PART = { echo = true, printf = true }

--- Runs a program, here if nothing comes after it.
local function call_program(sh, program, name, args, assigns)
  local env = sh:environment()
  for _, assign in ipairs(assigns) do env[assign[1]] = assign[2] end
  local files = sh.files
  if sh.final and sh.child and not sh.traps.EXIT then
    sh.status = launch.call(sh, program, name, args, files, env)
  else
    sh.status = launch.program(sh, program, name, args, files, env)
    if sh.status == 141 and PART[name] then exit.raise(141) end
  end
end

local DECLARES = { export = true, readonly = true, ["local"] = true }

--- The text of a word in which nothing is to be expanded; nil: there is.
local function plain(parts)
  local first = parts[1]
  return not parts[2] and first.t == "text"
    and (first.q or not first.s:find("[*?[]")) and first.s or nil
end

--- The words of a command as arguments.
local function arguments(sh, words)
  local args = {}
  for i, parts in ipairs(words) do
    local first, text = parts[1], plain(parts)
    if text then
      args[#args + 1] = text
      goto continue
    end
    expand = expand or require "axeberg.shell.expand"
    local name = i > 1 and DECLARES[args[1]] and first.t == "text"
      and not first.q and first.s:match("^[%a_][%w_]*=")
    if name then
      local value = require("axeberg.shell.word").value(parts, #name + 1)
      args[#args + 1] = name .. expand.single(sh, value)
    else
      expand.fields(sh, parts, args)
    end
    ::continue::
  end
  return args
end

local BUILTIN = {} -- their names
for name in ([[. : bg break cd command continue eval exec exit export fg
  getopts help jobs kill local read readonly return set shift times trap type
  umask unset wait]]):gmatch("%S+") do
  BUILTIN[name] = true
end

--- The builtin of that name, or nil.
local function find_builtin(name)
  if not BUILTIN[name] then return nil end
  builtin = builtin or require "axeberg.shell.builtin"
  return builtin.find(name)
end

--- Runs what the name means: special builtin, function, builtin or program.
local function dispatch(sh, args, assigns, nofunction)
  local name = table.remove(args, 1)
  local entry = find_builtin(name)
  if entry and entry.special then
    return act().builtin(sh, entry, args, assigns)
  end
  local body = not nofunction and sh.functions[name]
  if body then return act().call(sh, body, args, assigns) end
  if entry then return act().builtin(sh, entry, args, assigns) end
  local program, status = launch.find(sh, name)
  if not program then
    sh.status = launch.missing(sh, name, status)
  else
    call_program(sh, program, name, args, assigns)
  end
end

M.dispatch = dispatch

function RUN.simple(sh, node)
  sh.line = node.line
  sh.substatus = nil
  local args = arguments(sh, node.words)
  if not args[1] then
    local fine = redirected(sh, node.redirs, act().assign_only, node)
    return done(sh, fine and sh.status or 2)
  end
  local name = args[1]
  local final = sh.final
  local fine
  if name == "exec" then
    fine = require("axeberg.shell.builtin").exec(sh, node, args)
  else
    fine = redirected(sh, node.redirs, function()
      sh.final = final
      local assigns = node.assigns and act().assigns(sh, node.assigns) or NONE
      if sh.options.x then act().trace(sh, args, assigns) end
      dispatch(sh, args, assigns)
    end)
  end
  if not fine then
    local entry = find_builtin(name)
    if entry and entry.special then exit.raise(2, sh.interactive) end
    sh.status = 2
  end
  done(sh, sh.status)
end

M.eval, M.tested, M.inner = eval, tested, inner
M.redirected, M.done = redirected, done

-- The others are not in every script.
setmetatable(RUN, { __index = function(_, kind)
  for name, fn in pairs(require "axeberg.shell.compound") do RUN[name] = fn end
  return rawget(RUN, kind)
end })

return M
