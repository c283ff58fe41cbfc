--- Who wants to know how others end: monitors and links.
-- @module axeberg.link

local core = require "axeberg.core"

local M = {}

--- Raises unless there is a process with that number.
local function check(what, pid)
  if math.type(pid) ~= "integer" then
    error(("%s: pid expected, got %s"):format(what, type(pid)), 3)
  end
  if not core.kill(pid, 0) then
    error(("%s: no process %d"):format(what, pid), 3)
  end
end

local function watcher(pid, verb)
  return {
    name = ("%s of %d"):format(verb, pid),
    priority = "critical",
    detached = true,
  }
end

--- A receiver that gets one message when a process has ended:
-- `{ pid =, how =, status =, traceback = }`, where how, status and
-- traceback are what ax.wait answers; how is "unknown" if the process was
-- gone before anybody could look.  The status stays for ax.wait.
-- @tparam integer pid
-- @treturn receiver
-- @raise if there is no such process
function M.monitor(pid)
  check("monitor", pid)
  local tx, rx = core.channel(nil, { name = "monitor of " .. pid })
  core.spawn(watcher(pid, "monitor"), function(out)
    local found, how, status, traceback = core.watch(pid)
    out:send {
      pid = pid,
      how = found and how or "unknown",
      status = found and status or nil,
      traceback = traceback,
    }
  end, tx)
  return rx
end

local function tie(from, to)
  core.spawn(watcher(from, "link"), function()
    local found, how = core.watch(from)
    if found and how ~= "exited" then core.kill(to, "TERM") end
  end)
end

--- Ties the running process and another together: when one of them fails or
-- is killed, the other one gets a TERM.  A normal exit unties them.
-- @tparam integer pid
-- @treturn boolean true
-- @raise if there is no such process, or it is the running one
function M.link(pid)
  check("link", pid)
  local self = core.getpid()
  if pid == self then error("link: a process with itself", 2) end
  tie(self, pid)
  tie(pid, self)
  return true
end

return M
