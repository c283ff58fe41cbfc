--- The shell: commands as processes of axeberg.
-- @module axeberg.shell

local catalog = require "axeberg.shell.catalog"

local M = {}

--- Adds a program to the shell, or replaces one.
-- @tparam string name
-- @tparam function fn called as fn(io, ...) in a process of its own, with the
--   arguments; io has stdin, stdout, stderr, env, args, name, and the methods
--   write, lines, blocks, inputs, options, fail, run, exit.  It answers the
--   status: an integer; nothing or true is 0, false 1
function M.program(name, fn)
  if type(name) ~= "string" or type(fn) ~= "function" then
    error("program: a name and a function expected", 2)
  end
  catalog.add(name, fn)
end

--- The variables of the host program.
local function inherited()
  local values = {}
  local file = io.open("/proc/self/environ", "rb")
  if file then
    for name, value in file:read("a"):gmatch("([%a_][%w_]*)=([^%z]*)%z") do
      values[name] = value
    end
    file:close()
  else
    for name in ("HOME PATH USER TERM LANG"):gmatch("%a+") do
      values[name] = os.getenv(name)
    end
  end
  return values
end

--- A shell that uses the running process's files; io: those of the program
-- that it is.
local function new(name, args, io)
  local ax = require "axeberg"
  local values, exported = {}, {}
  for variable, value in pairs(io and io.env or inherited()) do
    values[variable] = value
  end
  for variable in pairs(values) do exported[variable] = true end
  values.PWD = nil -- found out when it is needed
  values.IFS, values.OPTIND, values.PPID = " \t\n", "1", "0"
  values.PS1, values.PS2, values.PS4 = "$ ", "> ", "+ "
  return require("axeberg.shell.source").new { name = name, args = args,
    values = values, exported = exported, pid = ax.getpid(),
    terminal = io and io.terminal,
    files = io and { [0] = io.stdin, io.stdout, io.stderr }
      or require("axeberg.shell.port").stdio() }
end

--- Runs a text as a shell script, in the running process.
-- @tparam string text
-- @param ... $1, $2, ...
-- @treturn integer the exit status
function M.run(text, ...)
  return new("sh", { ... }):main(text)
end

--- What the options ask for: { command = text }, { file = path }, or neither:
--- the standard input.  And the shell, with its options set.
local function prepare(args, io)
  local sh = new("sh", {}, io)
  local i, wants = 1, {}
  while args[i] and args[i]:find("^[-+].") and args[i] ~= "--" do
    if args[i]:find("^%-[a-zA-Z]*c") then
      wants.command = true
      args[i] = args[i]:gsub("c", "", 1)
    end
    if args[i] == "-s" then wants.stdin = true end
    if args[i]:find("i") then wants.interactive = true end
    args[i] = args[i]:gsub("[s]", "")
    if args[i] ~= "-" then
      local at = require("axeberg.shell.builtin").set_options(sh, args, i)
      i = at > i and at or i + 1
    else
      i = i + 1
    end
  end
  if args[i] == "--" or args[i] == "-" then i = i + 1 end
  if wants.command then
    wants.command = args[i]
    i = i + 1
  elseif not wants.stdin and args[i] then
    wants.file = args[i]
  end
  if (wants.command or wants.file) and args[i] then
    sh.name = args[i]
    i = i + 1
  end
  sh.args = { table.unpack(args, i) }
  return sh, wants
end

--- A script's text; nil and a status, after a message.
local function script(sh, path)
  local ax = require "axeberg"
  local file, err = ax.open(path, "r")
  if not file then file, err = io.open(path, "rb") end
  if file then
    local text = file:read("a")
    file:close()
    return text
  end
  sh.name = "sh"
  sh:say("cannot open " .. path .. ": " .. tostring(err))
  return nil, 2
end

--- The shell as a command: [-efux...] [-c TEXT | FILE] [ARGUMENT...].
-- @tparam table args
-- @tparam[opt] table io what a program got, if it is one
-- @treturn integer the exit status
function M.main(args, io)
  local sh, wants = prepare(table.move(args, 1, #args, 1, {}), io)
  local text, status = wants.command, 2
  if wants.file then text, status = script(sh, wants.file) end
  if text then
    status = sh:main(text)
  elseif not wants.file then
    local prompt = require "axeberg.shell.prompt"
    if io then return prompt.run(sh, wants.interactive) end
    status = prompt.start(sh, wants.interactive or not wants.stdin
      and require("axeberg.shell.terminal").typed())
  end
  if not io and next(sh.jobs) then pcall(require("axeberg").run) end
  return status
end

--- If somebody is to type at a terminal: starts this program anew, in the way
-- that Ctrl-C and editing lines take.
-- @tparam table args of the shell
-- @treturn integer|nil the exit status; nil: there is no need to
function M.wrap(args)
  if #args > 0 then return nil end
  return require("axeberg.shell.terminal").wrap()
end

return M
