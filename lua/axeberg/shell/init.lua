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
  if type(text) ~= "string" then
    error(("bad argument #1 to 'run' (string expected, got %s)"):format(
      type(text)), 2)
  end
  return new("sh", { ... }):main(text)
end

--- The shell as a command: [-efux...] [-c TEXT | FILE] [ARGUMENT...].
-- @tparam table args
-- @tparam[opt] table io what a program got, if it is one
-- @treturn integer the exit status
function M.main(args, io)
  if args[1] == "-c" and args[2] and not io then -- the commonest call
    local sh = new(args[3] or "sh", { table.unpack(args, 4) })
    return M.finish(sh, sh:main(args[2]))
  end
  return require("axeberg.shell.start").start(args, io)
end

--- Waits for the jobs of a shell that has ended; the status (for start.lua).
function M.finish(sh, status)
  if next(sh.jobs) then pcall(require("axeberg").run) end
  return status
end

M.new = new -- for start.lua only

--- If somebody is to type at a terminal: starts this program anew, in the way
-- that Ctrl-C and editing lines take.
-- @tparam table args of the shell
-- @treturn integer|nil the exit status; nil: there is no need to
function M.wrap(args)
  if #args > 0 then return nil end
  return require("axeberg.shell.terminal").wrap()
end

return M
