--- Who wants to know how others end: monitors, links, the keepers of scopes.
-- @module axeberg.link

local core = require "axeberg.core"

local M = {}
local keeper = {} -- what scopes use; no part of ax

--- Options of a process that nobody waits for, and that none pre-empts.
function keeper.watcher(name)
  return {
    name = name,
    priority = "critical",
    detached = true,
    quantum = 0, warn = 0, kill = 0,
  }
end

-- ------------------------------------------------------- monitors, links

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

local function news(pid, how, status, traceback)
  return { pid = pid, how = how, status = status, traceback = traceback }
end

--- A receiver that gets one message when a process has ended, and is closed
-- then: `{ pid =, how =, status =, traceback = }`, where how, status and
-- traceback are what ax.wait answers.  The status stays for ax.wait.
-- @tparam integer pid
-- @return receiver; or nil, a sentence, "ESRCH" if there is no such process,
--   "EDQUOT" at a quota
function M.monitor(pid)
  local found, how, status, traceback = look("monitor", pid)
  if not found then return gone(pid) end
  local tx, rx, code = core.channel(nil, { name = "monitor of " .. pid })
  if not tx then return nil, rx, code end
  if how then
    tx:send(news(pid, how, status, traceback))
    tx:close()
    return rx
  end
  local watcher, err, why = core.spawn(keeper.watcher("monitor of " .. pid),
    function(out) out:send(news(core.watch(pid))) end, tx)
  if watcher then return rx end
  tx:close()
  rx:close()
  return nil, err, why
end

--- Ends `to` when `from` ends badly; whatever the end, the link is over then.
-- @return the pid that sees to it; or nil, a sentence, "EDQUOT"
local function tie(link, from, to)
  local err, code
  link[from], err, code = core.spawn(
    keeper.watcher(("link of %d to %d"):format(from, to)), function()
      local _, how = core.watch(from)
      if link.over then return end
      link.over = true
      if how ~= "exited" then core.kill(to, "TERM") end
      if link[to] then core.kill(link[to], "KILL") end
    end)
  return link[from], err, code
end

--- Ties both ways, or not at all.
local function tie_both(one, other)
  local link = { over = false }
  local ok, err, code = tie(link, one, other)
  if not ok then return nil, err, code end
  ok, err, code = tie(link, other, one)
  if ok then return true end
  link.over = true
  core.kill(link[one], "KILL")
  return nil, err, code
end

--- Ties the running process and another together: when one of them fails or
-- is killed, the other one gets a TERM.  A normal exit unties them.
-- @tparam integer pid
-- @return true; or nil, a sentence, "ESRCH" if there is no such process,
--   "EDQUOT" at a quota
-- @raise "cancelled" if it has failed or was killed already
function M.link(pid)
  local found, how = look("link", pid)
  if not found then return gone(pid) end
  local self = core.getpid()
  if how and how ~= "exited" then core.kill(self, "TERM") end -- raises
  if not how then return tie_both(self, pid) end
  return true
end

-- --------------------------------------------------- the keeper of a scope

--- Sends a signal, or none, to those that it was not told of: who spawned them
-- has not come to it yet, or was killed.
local function find(self, signal)
  for _, p in ipairs(core.ps()) do
    if p.ppid == self.keeper and not self.pids[p.pid] then
      self.pids[p.pid] = "found"
      if signal then core.kill(p.pid, signal) end
    end
  end
end

--- Sends all that are alive a signal.  After a TERM: KILL in grace seconds.
function keeper.stop(self, signal)
  for pid in pairs(self.pids) do core.kill(pid, signal) end
  find(self, signal)
  if signal == "TERM" and self.grace and not self.stopping then
    self.mercy = core.now() + self.grace
  end
  self.stopping = signal
end

--- Ends the processes, and gets the owner out of the body.
local function interrupt(self)
  if not self.stopping then keeper.stop(self, "TERM") end
  if not self.inbody or self.hit then return end
  self.hit = "sent"
  local inner = self.inner
  while inner do
    inner.enclosed = true
    inner = inner.inner
  end
  core.kill(self.owner, "TERM")
end

--- A process of the scope has ended.  The first failure ends the rest.
local function note_end(self, pid, how, status, traceback)
  local spawned = self.pids[pid]
  self.pids[pid] = nil
  if not spawned or spawned == "found" then self.early[pid] = true end
  if spawned ~= "forget" then
    self.ends[pid] = { pid, how, status, traceback, n = traceback and 4 or 3 }
  end
  if how == "error" and not self.failure then
    self.failure = { pid = pid, error = status }
    interrupt(self)
  end
end

--- Does what others have asked for since.
local function obey(self)
  if self.orphaned then
    self.timer = nil -- it closed with its owner
    if self.stopping ~= "KILL" then keeper.stop(self, "KILL") end
  elseif self.wish == "interrupt" then
    interrupt(self)
  elseif self.wish == "stop" and not self.stopping then
    keeper.stop(self, "TERM")
  end
  if self.lost then find(self, self.stopping) end
  self.wish, self.lost = nil, false
end

local function note_time(self, alarm)
  if alarm then
    self.timer, self.why = nil, "timeout"
    interrupt(self)
  else
    self.mercy = nil
    keeper.stop(self, "KILL")
  end
end

--- Waits for a child, if there are any, or for a time.
local function await(self)
  local arms = self.idle and {} or { -1 }
  arms[#arms + 1] = self.timer
  return core.select(arms,
    self.mercy and math.max(self.mercy - core.now(), 0))
end

--- The keeper's body: until the owner's part is over and no process is left.
function keeper.keep(self)
  self.keeper, self.awake = core.getpid(), true
  while not self.ended do
    obey(self)
    local ok, fired, pid, how, status, traceback = pcall(await, self)
    if not ok then
      if fired ~= "cancelled" then error(fired, 0) end
      self.idle = false -- somebody woke us
    elseif fired ~= -1 then
      note_time(self, fired)
    elseif pid then
      note_end(self, pid, how, status, traceback)
    else -- there is no child
      self.idle, self.ended = true, self.over
    end
  end
end

return setmetatable(M, { __index = keeper })
