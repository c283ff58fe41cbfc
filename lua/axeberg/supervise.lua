--- Supervision: processes that are started again when they end.
-- Strategies and terms are those of Erlang/OTP's supervisor.
-- @module axeberg.supervise

local core = require "axeberg.core"

local M = {}

local function set(...)
  local names = {}
  for _, name in ipairs { ... } do names[name] = true end
  return names
end

local STRATEGIES = set("one_for_one", "one_for_all", "rest_for_one")
local RESTARTS = set("permanent", "transient", "temporary")
local OPTIONS = set("strategy", "max_restarts", "within", "grace", "name",
  "report", "children")
local CHILD = set("name", "start", "args", "restart", "grace", "options")
local SPAWN = set("name", "priority", "quantum", "warn", "kill")

-- ------------------------------------------------------------ the options

local function fail(...)
  error("supervise: " .. string.format(...), 0)
end

local function check_names(object, known, what)
  for name in pairs(object) do
    if not known[name] then fail('%sunknown "%s"', what, tostring(name)) end
  end
end

local function check_number(spec, name, default)
  local value = spec[name]
  if value == nil then return default end
  if type(value) ~= "number" or value ~= value or value < 0 then
    fail('"%s" is not a number from 0: %s', name, tostring(value))
  end
  return value
end

local function check_type(object, name, expected, what)
  local value = object[name]
  if value ~= nil and type(value) ~= expected then
    fail('%s"%s" is not a %s: %s', what, name, expected, tostring(value))
  end
  return value
end

--- A handle moves to the process that gets it: the next one had none.
local function check_args(child, what)
  local args = check_type(child, "args", "table", what) or {}
  for i = 1, args.n or #args do
    if core.type(args[i]) and child.restart ~= "temporary" then
      fail("%sargument %d is a handle, which can move once only; let the "
        .. "function capture it", what, i)
    end
  end
  return args
end

--- As ax.spawn sees them, which is called without a function.
local function check_spawn(options, what)
  check_names(options, SPAWN, what .. "options: ")
  local _, err = pcall(core.spawn, options)
  local wrong = err:match "^bad argument #1 to '[^']*' %((.*)%)$"
  if wrong then fail("%s%s", what, wrong) end
  return options
end

--- How many children there are: a nil among them is one that is wrong.
local function count(children)
  local n = 0
  for i in pairs(children) do
    if math.type(i) ~= "integer" or i < 1 then
      fail('"children" is not a list: it has "%s"', tostring(i))
    end
    n = math.max(n, i)
  end
  return n
end

local function check_child(i, child, grace)
  if type(child) == "function" then child = { start = child } end
  local what = ("child %d: "):format(i)
  if type(child) ~= "table" then
    fail("%sno table: %s", what, tostring(child))
  end
  check_names(child, CHILD, what)
  if not check_type(child, "start", "function", what) then
    fail('%sno "start"', what)
  end
  local restart = child.restart or "permanent"
  if not RESTARTS[restart] then
    fail('%sunknown restart "%s"', what, tostring(restart))
  end
  local options = check_type(child, "options", "table", what) or {}
  return {
    name = check_type(child, "name", "string", what)
      or ("child %d"):format(i),
    start = child.start,
    args = check_args(child, what),
    restart = restart,
    grace = check_number(child, "grace", grace),
    options = check_spawn(options, what),
  }
end

local check, main

--- A child that is a supervisor itself; it gets all the time that it needs.
local function check_nested(i, child)
  local spec = {}
  for name, value in pairs(child) do spec[name] = value end
  spec.restart = nil
  check(spec)
  return check_child(i, {
    name = spec.name,
    restart = child.restart,
    start = function() main(check(spec)) end,
  }, math.huge)
end

--- What becomes of failures if nobody wants them: Lua's warnings.
local function default_report(name, how, status)
  if how == "error" then
    warn(("axeberg: %s failed: %s"):format(name, tostring(status)))
  end
end

function check(spec)
  if type(spec) ~= "table" then fail("table expected, got %s", type(spec)) end
  check_names(spec, OPTIONS, "")
  local self = {
    strategy = spec.strategy or "one_for_one",
    max_restarts = check_number(spec, "max_restarts", 3),
    within = check_number(spec, "within", 5),
    name = check_type(spec, "name", "string", "") or "supervisor",
    report = check_type(spec, "report", "function", "") or default_report,
    children = {},
    restarts = {}, -- moments of the last restarts, the oldest first
  }
  if not STRATEGIES[self.strategy] then
    fail('unknown strategy "%s"', tostring(self.strategy))
  end
  local grace = check_number(spec, "grace", 5)
  if type(spec.children) ~= "table" then
    fail('"children" is not a table: %s', tostring(spec.children))
  end
  for i = 1, count(spec.children) do
    local child = spec.children[i]
    local nested = type(child) == "table" and child.children
    local check_one = nested and check_nested or check_child
    self.children[i] = check_one(i, child, grace)
  end
  return self
end

-- ----------------------------------------------------------- the children

local function start(self, child)
  local options = { name = child.name }
  for name, value in pairs(child.options) do options[name] = value end
  self.starting = options.name
  local pid, err = core.spawn(options, child.start, table.unpack(child.args, 1,
    child.args.n or #child.args))
  child.pid = pid
  self.starting = nil
  if not pid then
    error(("supervisor: %s cannot be started: %s"):format(child.name, err), 0)
  end
end

--- Waits for the end of a child, or until the time is up: true if it ended.
-- A TERM meanwhile ends the supervisor, but not before this is done.
local function outwait(self, child, seconds)
  local till = core.now() + seconds
  while true do
    local ok, fired, _, how, status, traceback =
      pcall(core.select, { child.pid }, math.max(till - core.now(), 0))
    if ok then
      if how == "error" then self.report(child.name, how, status, traceback) end
      return fired == child.pid
    end
    if fired ~= "cancelled" then error(fired, 0) end
    self.cancelled = true
  end
end

--- TERM, and KILL after the grace period; waits for the end.
local function stop(self, child)
  if not child.pid then return end
  core.kill(child.pid, "TERM")
  if not outwait(self, child, child.grace) then
    core.kill(child.pid, "KILL")
    outwait(self, child, math.huge)
  end
  child.pid = nil
end

local function stop_range(self, first, last)
  for i = last, first, -1 do stop(self, self.children[i]) end
end

--- Too many restarts in too short a time: gives up.
local function count_restart(self, child, how, status)
  local now, log = core.now(), self.restarts
  log[#log + 1] = now
  while log[1] < now - self.within do table.remove(log, 1) end
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
  stop_range(self, first, last)
  if self.cancelled then error("cancelled", 0) end
  for j = first, last do
    local child = self.children[j]
    if child.restart ~= "temporary" then start(self, child) end
  end
end

local function index_of(self, pid)
  for i, child in ipairs(self.children) do
    if child.pid == pid then return i end
  end
end

--- One child has ended by itself.
local function note_end(self, pid, how, status, traceback)
  local i = index_of(self, pid)
  if not i then return end
  local child = self.children[i]
  child.pid = nil
  self.report(child.name, how, status, traceback)
  if child.restart == "temporary" then return end
  if child.restart == "transient" and how == "exited" then return end
  restart(self, i, how, status)
end

local function supervise(self)
  for _, child in ipairs(self.children) do start(self, child) end
  while true do
    local pid, how, status, traceback = core.wait(-1)
    if not pid then return end -- no child is left, and none comes back
    note_end(self, pid, how, status, traceback)
  end
end

--- Where the supervisor is killed itself: its children must not stay, nor the
-- one that it has just spawned.
local function kill_all(self)
  local latest = 0
  for _, child in ipairs(self.children) do
    if child.pid then core.kill(child.pid, "KILL") end
    latest = math.max(latest, child.pid or 0)
  end
  if not self.starting then return end
  for _, p in ipairs(core.ps()) do
    if p.ppid == self.pid and p.name == self.starting and p.pid > latest then
      core.kill(p.pid, "KILL")
    end
  end
end

--- The supervisor's body: whatever ends it ends its children first, the last
-- one first.
function main(self)
  self.pid = core.getpid()
  local _ <close> = setmetatable({}, {
    __close = function() kill_all(self) end,
  })
  local ok, err = pcall(supervise, self)
  stop_range(self, 1, #self.children)
  if not ok then error(err, 0) end
  if self.cancelled then error("cancelled", 0) end
end

--- Starts a supervisor: a process that starts the children, in order, and
-- starts them again when they end.  TERM ends it, and its children before it;
-- KILL ends all at once.
-- @tparam table spec
--   strategy = "one_for_one" (default), "one_for_all" or "rest_for_one";
--   max_restarts = 3 and within = 5 seconds: more restarts than that in that
--   time, and the supervisor gives up with an error; grace = 5 seconds
--   between TERM and KILL; name; report = function(name, how, status,
--   traceback), called when a child has ended by itself, or failed while it
--   was stopped (default: failures go to Lua's warn); children = a list of
--   functions, of { name =, start = function, args = {...}, grace =, restart
--   = "permanent" (default: always), "transient" (unless it exited) or
--   "temporary" (never), options = of ax.spawn }, or of specs as this one
--   (with restart =): supervisors below this one
-- @treturn integer the supervisor's pid
-- @raise if the spec is not good
function M.supervise(spec)
  local ok, self = pcall(check, spec)
  if not ok then error(self, 2) end
  return core.spawn({ name = self.name }, main, self)
end

return M
