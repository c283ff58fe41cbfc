--- Terminals: line editing by rlwrap, and Ctrl-C as news instead of an end.
--
-- A signal of the terminal would hit the program that all processes live in.
-- So the shell starts itself anew in a session of its own, where none comes,
-- below a script that stays behind, gets them, and tells: by a line in a
-- pipe, which is descriptor 3.
-- @module axeberg.shell.terminal

local M = {}

local SCRIPT = [[
folder=$(mktemp -d) && mkfifo "$folder/keys" || exit 1
exec 3<>"$folder/keys" 4<&0
rm -r "$folder"
trap 'echo >&3' INT
trap '' TSTP QUIT
AXEBERG_TERMINAL=1 setsid "$@" <&4 4<&- &
while wait $!; status=$?; kill -0 $! 2>/dev/null; do :; done
exit $status
]]

local function quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

local function has(command)
  return (os.execute("command -v " .. command .. " >/dev/null 2>&1"))
end

--- Whether somebody types.
function M.typed() return (os.execute("test -t 0 && test -t 2")) == true end

--- The command with which this program was started.
local function invocation()
  local first, words = 0, {}
  while arg[first - 1] do first = first - 1 end
  for i = first, #arg do words[#words + 1] = quote(arg[i]) end
  return table.concat(words, " ")
end

--- Starts this program anew below what it takes on a terminal.
-- @treturn integer|nil its exit status; nil: there is no need to, or no way
function M.wrap()
  if os.getenv "AXEBERG_TERMINAL" or not arg or not M.typed()
    or not has "setsid" then
    return nil
  end
  local command = "sh -c " .. quote(SCRIPT) .. " sh " .. invocation()
  if has "rlwrap" then command = "rlwrap -C axeberg " .. command end
  local _, how, code = os.execute(command)
  return how == "exit" and code or 128 + code
end

--- Calls fn whenever somebody presses Ctrl-C, in a process of its own.
-- @return its pid; nil: nobody will tell
function M.watch(fn)
  if not os.getenv "AXEBERG_TERMINAL" then return nil end
  local ax = require "axeberg" -- not before M.wrap: the kernel has options
  local keys = ax.host.fd(3, "r")
  if not keys then return nil end
  return ax.spawn({ name = "keys", priority = "critical", detached = true },
    function(file)
      while file:read("l") do fn() end
    end, keys)
end

return M
