--- Structured concurrency: processes that end with the block they are in.
-- @module axeberg.scope

local core = require "axeberg.core"

local M = {}

local Scope = { __name = "axeberg.scope" }
Scope.__index = Scope

function Scope:__tostring()
  return ("axeberg.scope: %d alive"):format(self.alive)
end

--- A process that does something later, unless the scope ends before.
local function later(self, seconds, name, fn)
  local pid = core.spawn({ name = name, detached = true }, function()
    core.sleep(seconds)
    fn()
  end)
  self.clocks[#self.clocks + 1] = pid
end

--- TERM to all that are alive; KILL to those that outlive their grace.
local function stop(self, signal)
  for pid in pairs(self.pids) do
    core.kill(pid, signal)
  end
  if signal == "TERM" and self.grace and not self.stopping then
    later(self, self.grace, "grace of a scope", function()
      stop(self, "KILL")
    end)
  end
  self.stopping = true
end

--- Gets the owner out of the body, because of why.
local function interrupt(self, why)
  if self.why then return end
  self.why = why
  stop(self, "TERM")
  if self.inbody and core.getpid() ~= self.owner then
    core.kill(self.owner, "TERM")
  end
end

--- The keeper is the parent of the scope's processes, and sees them end.
-- The first failure ends the rest.
local function keep(self)
  while true do
    local pid, how, status = core.wait(-1)
    if not pid then return end
    self.pids[pid] = nil
    self.alive = self.alive - 1
    self.ended[pid] = table.pack(pid, how, status)
    if how == "error" and not self.failure then
      self.failure = { pid = pid, error = status }
      interrupt(self, "failure")
    end
  end
end

local function keeper(self)
  if not self.keeper or not core.kill(self.keeper, 0) then
    if self.keeper then core.wait(self.keeper) end
    self.keeper = core.spawn({
      name = "scope of " .. self.owner,
      priority = "critical",
      parent = self.owner ~= core.getpid() and self.owner or nil,
    }, keep, self)
  end
  return self.keeper
end

--- Spawns a process of the scope; arguments as for ax.spawn.
-- @treturn integer pid
function Scope:spawn(options, ...)
  if self.closed then error("spawn: the scope has ended", 2) end
  local own = { parent = keeper(self) }
  local pid
  if type(options) == "table" then
    for name, value in pairs(options) do own[name] = own[name] or value end
    pid = core.spawn(own, ...)
  else
    pid = core.spawn(own, options, ...)
  end
  self.pids[pid] = true
  self.alive = self.alive + 1
  return pid
end

--- How a process of the scope ended: as ax.wait, but it may be asked again.
-- @tparam integer pid
-- @tparam[opt] number timeout seconds
function Scope:wait(pid, timeout)
  local ended = self.ended[pid]
  if not ended and self.pids[pid] then
    ended = table.pack(core.watch(pid, timeout))
  elseif not ended then
    return nil, ("no process %s in the scope"):format(pid), "ECHILD"
  end
  return table.unpack(ended, 1, ended.n)
end

--- Ends the scope: TERM to its processes, and to the body if another process
-- calls this; then ax.scope answers nil, "cancelled", "ECANCELED".
-- @treturn boolean true
function Scope:cancel()
  interrupt(self, "cancelled")
  return true
end

--- Waits until all processes of the scope have ended, whatever comes: a
-- TERM for the owner hastens it.
local function drain(self)
  local cancelled = false
  while self.alive > 0 do
    if not pcall(core.watch, self.keeper) then
      cancelled = true
      stop(self, self.stopping and "KILL" or "TERM")
    end
  end
  if self.keeper then core.wait(self.keeper) end
  return cancelled
end

local function traced(err)
  if type(err) ~= "string" or err == "cancelled" then return err end
  return debug.traceback(err, 2)
end

--- Runs the body; what interrupted it is in self.why.
local function run_body(self, fn)
  self.inbody = true
  local results = table.pack(xpcall(fn, traced, self))
  self.inbody = false
  local interrupted = self.why ~= nil
  if interrupted then core.cancelled() end -- a TERM that came too late
  if not results[1] then stop(self, "TERM") end
  return results
end

local function raise(self)
  local failure = self.failure
  if type(failure.error) ~= "string" then error(failure.error, 0) end
  error(("%s\nraised in process %d of a scope of process %d:\n%s"):format(
    failure.error, failure.pid, self.owner, debug.traceback("", 3)), 0)
end

local function check(options)
  for name, value in pairs(options) do
    if name ~= "timeout" and name ~= "grace" then
      error(('scope: unknown option "%s"'):format(name), 4)
    end
    if type(value) ~= "number" or not (value >= 0) then
      error(('scope: option "%s" is not a number of seconds'):format(name), 4)
    end
  end
end

local function new(options)
  check(options)
  return setmetatable({
    owner = core.getpid(),
    grace = options.grace,
    clocks = {}, -- pids of those who wait for a moment
    pids = {}, -- of those that are alive
    ended = {}, -- pid -> what ax.wait answers
    alive = 0,
  }, Scope)
end

--- Calls fn with a scope, in the running process, and returns what fn returns
-- once all processes of the scope have ended, however that comes about.  The
-- first process that fails ends the others and the body with a TERM.
-- @tparam[opt] table options timeout = seconds for all of it; grace =
--   seconds between TERM and KILL when the scope is ended (default: no KILL)
-- @tparam function fn the body; gets the scope
-- @return what fn returned; nil, "timeout", "ETIMEDOUT"; or nil,
--   "cancelled", "ECANCELED" after scope:cancel()
-- @raise the error of the process that failed, with both tracebacks; the
--   error of the body
function M.scope(options, fn)
  if type(options) ~= "table" then options, fn = {}, options end
  local self = new(options)
  if options.timeout then
    later(self, options.timeout, "timeout of a scope", function()
      interrupt(self, "timeout")
    end)
  end
  local results = run_body(self, fn)
  local cancelled = drain(self)
  self.closed = true
  for _, clock in ipairs(self.clocks) do
    core.kill(clock, "KILL")
  end
  if self.failure then raise(self) end
  if self.why == "timeout" then return nil, "timeout", "ETIMEDOUT" end
  if not results[1] and not (self.why and results[2] == "cancelled") then
    error(results[2], 0)
  end
  if cancelled then core.kill(self.owner, "TERM") end
  if self.why and not results[1] then
    return nil, "cancelled", "ECANCELED"
  end
  return table.unpack(results, 2, results.n)
end

return M
