--- Who wants to know how others end: monitors and links.
-- @module axeberg.link

local core = require "axeberg.core"

local M = {}

--- How things stand with a process: nothing if there is none; its number; and
-- if it has ended, what ax.wait answers after that.
local function look(what, pid)
  if math.type(pid) ~= "integer" or pid < 1 then
    error(("%s: pid expected, got %s"):format(what, tostring(pid)), 3)
  end
  if pid == core.getpid() then
    error(("%s: process %d is the caller itself"):format(what, pid), 3)
  end
  if core.kill(pid, 0) then return pid end
  return core.watch(pid, 0)
end

local function gone(pid)
  return nil, ("no process %d (it never was, or was waited for)"):format(pid),
    "ESRCH"
end

local function watcher(name)
  return {
    name = name,
    priority = "critical",
    detached = true,
    quantum = 0, warn = 0, kill = 0,
  }
end

local function news(pid, how, status, traceback)
  return { pid = pid, how = how, status = status, traceback = traceback }
end

--- A receiver that gets one message when a process has ended, and is closed
-- then: `{ pid =, how =, status =, traceback = }`, where how, status and
-- traceback are what ax.wait answers.  The status stays for ax.wait.
-- @tparam integer pid
-- @return receiver; or nil, a sentence, "ESRCH" if there is no such process
function M.monitor(pid)
  local found, how, status, traceback = look("monitor", pid)
  if not found then return gone(pid) end
  local tx, rx = core.channel(nil, { name = "monitor of " .. pid })
  if how then
    tx:send(news(pid, how, status, traceback))
    tx:close()
  else
    core.spawn(watcher("monitor of " .. pid), function(out)
      out:send(news(core.watch(pid)))
    end, tx)
  end
  return rx
end

--- Ends `to` when `from` ends badly; whatever the end, the link is over then.
local function tie(link, from, to)
  link[from] = core.spawn(watcher(("link of %d to %d"):format(from, to)),
    function()
      local _, how = core.watch(from)
      if link.over then return end
      link.over = true
      if how ~= "exited" then core.kill(to, "TERM") end
      if link[to] then core.kill(link[to], "KILL") end
    end)
end

--- Ties the running process and another together: when one of them fails or
-- is killed, the other one gets a TERM.  A normal exit unties them.
-- @tparam integer pid
-- @return true; or nil, a sentence, "ESRCH" if there is no such process
-- @raise "cancelled" if it has failed or was killed already
function M.link(pid)
  local found, how = look("link", pid)
  if not found then return gone(pid) end
  local self = core.getpid()
  if how and how ~= "exited" then core.kill(self, "TERM") end -- raises
  if not how then
    local link = { over = false }
    tie(link, self, pid)
    tie(link, pid, self)
  end
  return true
end

return M
