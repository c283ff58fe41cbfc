--- Supervision: processes that are started again when they end.
-- Strategies and terms are those of Erlang/OTP's supervisor.
-- @module axeberg.supervise

local core = require "axeberg.core"

local M = {}

local STRATEGIES = { one_for_one = true, one_for_all = true,
  rest_for_one = true }
local RESTARTS = { permanent = true, transient = true, temporary = true }
local OPTIONS = { strategy = true, max_restarts = true, within = true,
  grace = true, name = true, children = true }
local CHILD = { name = true, start = true, args = true, restart = true,
  options = true }

local function fail(...)
  error("supervise: " .. string.format(...), 0)
end

local function check_child(i, child)
  if type(child) == "function" then child = { start = child } end
  if type(child) ~= "table" then fail("child %d is no table", i) end
  for name in pairs(child) do
    if not CHILD[name] then fail('child %d: unknown field "%s"', i, name) end
  end
  if type(child.start) ~= "function" then
    fail('child %d: field "start" is no function', i)
  end
  local restart = child.restart or "permanent"
  if not RESTARTS[restart] then
    fail('child %d: unknown restart "%s"', i, restart)
  end
  return {
    name = child.name or ("child %d"):format(i),
    start = child.start,
    args = child.args or {},
    restart = restart,
    options = child.options or {},
  }
end

local function number(spec, name, default)
  local value = spec[name]
  if value == nil then return default end
  if type(value) ~= "number" or not (value >= 0) then
    fail('option "%s" is not a number from 0', name)
  end
  return value
end

local function check(spec)
  if type(spec) ~= "table" then fail("table expected, got %s", type(spec)) end
  for name in pairs(spec) do
    if not OPTIONS[name] then fail('unknown option "%s"', name) end
  end
  local self = {
    strategy = spec.strategy or "one_for_one",
    max_restarts = number(spec, "max_restarts", 3),
    within = number(spec, "within", 5),
    grace = number(spec, "grace", 5),
    name = spec.name or "supervisor",
    children = {},
    restarts = {}, -- moments of the last restarts, the oldest first
  }
  if not STRATEGIES[self.strategy] then
    fail('unknown strategy "%s"', self.strategy)
  end
  if type(spec.children) ~= "table" then fail("children: table expected") end
  for i, child in ipairs(spec.children) do
    self.children[i] = check_child(i, child)
  end
  return self
end

local function start(child)
  local options = { name = child.name }
  for name, value in pairs(child.options) do options[name] = value end
  child.pid = core.spawn(options, child.start, table.unpack(child.args, 1,
    child.args.n or #child.args))
end

--- TERM, and KILL after the grace period; waits for the end.
local function stop(self, child)
  local pid = child.pid
  if not pid then return end
  child.pid = nil
  core.kill(pid, "TERM")
  if not core.wait(pid, self.grace) and core.kill(pid, "KILL") then
    core.wait(pid)
  end
end

local function stop_from(self, first)
  for i = #self.children, first, -1 do
    stop(self, self.children[i])
  end
end

--- Too many restarts in too short a time: gives up.
local function count_restart(self, child, how, status)
  local now, log = core.now(), self.restarts
  log[#log + 1] = now
  while log[1] and log[1] < now - self.within do
    table.remove(log, 1)
  end
  if #log > self.max_restarts then
    error(("supervisor: %d restarts within %g s; the last to end was %s "
      .. "(%s: %s)"):format(#log, self.within, child.name, how,
      tostring(status)), 0)
  end
end

--- Which children are stopped and started again with child number i.
local function range(self, i)
  if self.strategy == "one_for_one" then return i, i end
  if self.strategy == "one_for_all" then return 1, #self.children end
  return i, #self.children
end

local function restart(self, i, how, status)
  count_restart(self, self.children[i], how, status)
  local first, last = range(self, i)
  for j = last, first, -1 do stop(self, self.children[j]) end
  for j = first, last do start(self.children[j]) end
end

local function index_of(self, pid)
  for i, child in ipairs(self.children) do
    if child.pid == pid then return i end
  end
end

--- One child has ended.
local function handle(self, pid, how, status)
  local i = index_of(self, pid)
  if not i then return end
  local child = self.children[i]
  child.pid = nil
  if child.restart == "temporary" then return end
  if child.restart == "transient" and how == "exited" then return end
  restart(self, i, how, status)
end

local function supervise(self)
  for _, child in ipairs(self.children) do start(child) end
  while true do
    local pid, how, status = core.wait(-1)
    if not pid then return end -- no child is left, and none comes back
    handle(self, pid, how, status)
  end
end

--- The supervisor's body: whatever ends it, ends its children first, the last
-- one first.
local function main(self)
  local ok, err = xpcall(supervise, function(e)
    return e
  end, self)
  stop_from(self, 1)
  if not ok then error(err, 0) end
end

--- Starts a supervisor: a process that starts the children, in order, and
-- starts them again when they end.  TERM ends it, and its children before it.
-- @tparam table spec
--   strategy = "one_for_one" (default), "one_for_all" or "rest_for_one";
--   max_restarts = 3 and within = 5 seconds: more restarts than that in that
--   time, and the supervisor gives up with an error; grace = 5 seconds
--   between TERM and KILL; name; children = a list of functions or of
--   { name =, start = function, args = {...}, restart = "permanent"
--   (default: always), "transient" (unless it exited) or "temporary" (never),
--   options = of ax.spawn }
-- @treturn integer the supervisor's pid
-- @raise if the spec is not good
function M.supervise(spec)
  local ok, self = pcall(check, spec)
  if not ok then error(self, 2) end
  return core.spawn({ name = self.name }, main, self)
end

return M
