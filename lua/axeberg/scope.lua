--- Structured concurrency: processes that end with the block they are in.
--
-- Each scope has a keeper: a process that is the parent of the others, and
-- that alone interrupts and stops.  It is never pre-empted, so what it does
-- between two waits is done at once.  Everybody else notes in the scope what
-- they want, and wakes the keeper: by a TERM.  The owner waits for the end of
-- the keeper.  If the owner is killed, closing the scope tells the keeper.
-- @module axeberg.scope

local core = require "axeberg.core"
local link = require "axeberg.link"

local M = {}

local Scope = { __name = "axeberg.scope" }
Scope.__index = Scope

-- thread -> the innermost scope whose body it runs; a TERM that an outer one
-- sends must get through the inner ones
local innermost = setmetatable({}, { __mode = "k" })

-- ------------------------------------------------------------ the methods

--- Wakes the keeper, who looks at what is wanted.
local function wake(self, wish)
  if self.wish ~= "interrupt" then self.wish = wish or self.wish end
  if self.awake and not self.ended then core.kill(self.keeper, "TERM") end
end

--- A spawn that a KILL has cut: its process may be unknown.
local Cut = { __close = function(mark)
  if not mark.scope then return end
  mark.scope.lost = true
  wake(mark.scope)
end }

--- Notes a new process.  The keeper may know it, and may have stopped it.
local function enlist(self, pid, forget)
  if self.early[pid] then -- we were pre-empted, and it has ended since
    self.early[pid] = nil
    if forget then self.ends[pid] = nil end
    return
  end
  if self.stopping and not self.pids[pid] then
    core.kill(pid, self.stopping)
  end
  self.pids[pid] = forget and "forget" or true
  if self.idle then wake(self) end
end

--- Options for core.spawn, from those of the caller, if there are some.
local function adopted(self, options)
  local own = {}
  for name, value in pairs(options or own) do own[name] = value end
  if own.parent ~= nil then
    error(("bad argument #1 to 'spawn' (option \"parent\" is the scope's: %s)")
      :format(tostring(own.parent)), 3)
  elseif type(own.detached or false) ~= "boolean" then
    error(("bad argument #1 to 'spawn' (option \"detached\" is not true or "
      .. "false: %s)"):format(tostring(own.detached)), 3)
  end
  own.parent, own.detached = self.keeper, nil
  return own
end

--- What core.spawn answered, but that a wrong argument is our caller's, who
-- gave one less if we have added the options.
local function spawned(added, ok, pid, ...)
  if ok then return pid, ... end
  if type(pid) ~= "string" then error(pid, 0) end
  error(pid:gsub("^bad argument #(%d+) to '[^']*'", function(number)
    return ("bad argument #%d to 'spawn'"):format(number - added)
  end), 3)
end

--- Is it a scope?  Raises what its caller's caller is to blame for.
local function check_self(self, name)
  if getmetatable(self) ~= Scope then
    error(("calling '%s' on bad self (scope expected, got %s)"):format(name,
      type(self)), 3)
  end
end

--- Spawns a process of the scope; arguments as for ax.spawn, but that
-- detached = true means: the scope does not keep how it ended.
-- @treturn integer pid; or nil, a sentence, "EDQUOT", or what chdir answers
-- @raise if the scope has ended; a scope that is about to end spawns
--   processes that end before they begin
function Scope:spawn(options, ...)
  check_self(self, "spawn")
  if self.ended then error("spawn: the scope has ended", 2) end
  local given = type(options) == "table" and options
  local fn = options
  if given then fn = ... end
  if type(fn) ~= "function" then
    error(("bad argument #%d to 'spawn' (function expected, got %s)"):format(
      given and 2 or 1, type(fn)), 2)
  end
  local forget = given and given.detached
  local own = adopted(self, given)
  local cut <close> = setmetatable({ scope = self }, Cut)
  local pid, err, code
  if given then
    pid, err, code = spawned(0, pcall(core.spawn, own, ...))
  else
    pid, err, code = spawned(1, pcall(core.spawn, own, fn, ...))
  end
  if pid then enlist(self, pid, forget) end
  cut.scope = nil
  return pid, err, code
end

--- What a call answered that may block; where nothing can, the function at
-- that level is to blame.
local function blocked(level, ok, ...)
  if ok then return ... end
  error((...), (...) ~= "cancelled" and level or 0)
end

--- How a process of the scope ended: as ax.wait, but it may be asked again.
-- @tparam integer pid
-- @tparam[opt] number timeout seconds
function Scope:wait(pid, timeout)
  check_self(self, "wait")
  if math.type(pid) ~= "integer" then
    error(("bad argument #1 to 'wait' (pid expected, got %s)"):format(
      tostring(pid)), 2)
  end
  if timeout ~= nil and not (type(timeout) == "number" and timeout >= 0) then
    error(("bad argument #2 to 'wait' (seconds from 0 expected, got %s)")
      :format(tostring(timeout)), 2)
  end
  local ended = self.ends[pid]
  if ended then return table.unpack(ended, 1, ended.n) end
  if self.pids[pid] then return blocked(2, pcall(core.watch, pid, timeout)) end
  return nil, ("no process %s in the scope"):format(pid), "ECHILD"
end

--- Ends the scope: TERM to its processes, and to the body, unless it is the
-- body that asks for it.
-- @treturn boolean true
function Scope:cancel()
  check_self(self, "cancel")
  self.why = self.why or "cancelled"
  wake(self, core.getpid() == self.owner and "stop" or "interrupt")
  return true
end

function Scope:__tostring()
  if self.ended then return "axeberg.scope: ended" end
  local alive = 0
  for _ in pairs(self.pids) do alive = alive + 1 end
  return ("axeberg.scope: of process %d, %d alive"):format(self.owner, alive)
end

local function leave(self)
  innermost[self.thread] = self.outer
  if self.outer then self.outer.inner = nil end
end

--- The owner is through, by whichever way.
function Scope:__close()
  leave(self)
  if self.ended then return end
  self.over, self.orphaned = true, true
  wake(self)
end

-- -------------------------------------------------------------- the owner

local function check(options, fn)
  for name, value in pairs(options) do
    if name ~= "timeout" and name ~= "grace" then
      error(('scope: unknown option "%s"'):format(name), 3)
    end
    if type(value) ~= "number" or value ~= value or value < 0 then
      error(('scope: option "%s" is not a number of seconds: %s'):format(name,
        tostring(value)), 3)
    end
  end
  if type(fn) ~= "function" then
    error("scope: function expected, got " .. type(fn),
      3)
  end
end

local function new(grace)
  local self = setmetatable({
    owner = core.getpid(),
    thread = coroutine.running(),
    grace = grace,
    pids = {}, -- of those that are alive: true, "forget" or "found"
    early = {}, -- pids of those that ended before we knew them
    ends = {}, -- pid -> what ax.wait answers
    idle = false, -- the keeper waits for no child, since it has none
    stopping = nil, -- the signal that they got last
    inbody = true, -- the owner runs the body
    hit = nil, -- the keeper's TERM for it: "sent", or "come"
    enclosed = false, -- it got one from the keeper of an enclosing scope
    foreign = false, -- it got one from elsewhere
    lost = false, -- there may be processes that are not in pids
    wish = nil, -- what the keeper shall do: "stop" or "interrupt"
    awake = false, -- the keeper runs, and TERM wakes it
    over = false, -- the body has ended
    orphaned = false, -- the owner was killed
    ended = false, -- all is over, and no process is left
  }, Scope)
  self.outer = innermost[self.thread]
  return self
end

--- Spawns the keeper.  A KILL of the owner may come at any moment: then the
-- keeper finds out when it begins.
-- @return true; or nil, a sentence, "EDQUOT"
local function begin(self, timeout)
  local err, code, keeper
  if timeout then
    self.timer, err, code = core.after(timeout)
    if not self.timer then return nil, err, code end
  end
  keeper, err, code = core.spawn(link.watcher("scope of " .. self.owner),
    link.keep, self)
  if not keeper then
    if self.timer then self.timer:close() end
    self.ended = true
    return nil, err, code
  end
  self.keeper = keeper
  if self.outer then self.outer.inner = self end
  innermost[self.thread] = self
  return true
end

local function traced(err)
  if type(err) ~= "string" or err == "cancelled" then return err end
  return debug.traceback(err, 2)
end

--- Notes the TERMs that keepers have sent to the owner since; how many.
local function note_hits(self)
  local count, scope = 0, self
  while scope do
    if scope.hit == "sent" then
      scope.hit, count = "come", count + 1
      if scope ~= self then self.enclosed = true end
    end
    scope = scope.outer
  end
  return count
end

--- Whose were the TERMs that came?  One was raised, or none; one may be still
-- to come.  Keepers may go on sending meanwhile.
local function absorb(self, raised)
  local unknown = raised and 1 or 0
  repeat
    local hits, pending = note_hits(self), core.cancelled()
    unknown = unknown + (pending and 1 or 0) - hits
  until hits == 0 and not pending
  if unknown > 0 then self.foreign = true end
end

--- Runs the body; what it returned is in self.results.
local function run_body(self, fn)
  local results = table.pack(xpcall(fn, traced, self))
  self.inbody = false
  local cancelled = not results[1] and results[2] == "cancelled"
  absorb(self, cancelled)
  if not results[1] and not cancelled and not self.failure then
    self.failure = { error = results[2] }
  end
  self.results = results
  self.over = true
  local stops = self.foreign or self.enclosed or not results[1]
  wake(self, stops and "stop" or nil)
end

--- The keeper is gone.  If it did not end by itself, it leaves processes.
local function clear(self, how, status)
  if self.ended then return end -- its last deed
  self.ended = true
  self.failure = self.failure or { error = ("scope: its keeper, process %d, "
    .. "did not end by itself (%s: %s)"):format(self.keeper, how,
    tostring(status)) }
  local pid = next(self.pids)
  while pid do
    self.pids[pid] = nil
    core.kill(pid, "KILL")
    pcall(core.wait, pid)
    pid = next(self.pids)
  end
end

--- What waiting raises is a deadlock.
local function hurry(self, err)
  self.failure = self.failure or { error = err }
  if not self.stopping then
    wake(self, "stop")
  elseif self.stopping == "TERM" then
    link.stop(self, "KILL")
  else
    error(err, 0)
  end
end

--- Waits until all processes of the scope have ended, whatever comes: a TERM
-- hastens it, and so does a deadlock.
local function drain(self)
  while not self.ended do
    local ok, err, how, status = pcall(core.wait, self.keeper)
    if ok then
      clear(self, how, status)
    elseif err == "cancelled" then
      absorb(self, true)
      wake(self, "stop")
    else
      hurry(self, err)
    end
  end
  absorb(self, false)
end

--- The text of a failure in a process, with the owner's place.
local function report(self)
  local err, pid = self.failure.error, self.failure.pid
  if not pid or type(err) ~= "string" then return err end
  return ("%s\nraised in process %d of a scope of process %d, which is at\n%s")
    :format(err, pid, self.owner, debug.traceback(nil, 3))
end

--- The nearest enclosing scope whose TERM has come.
local function encloser(self)
  local scope = self.outer
  while scope and scope.hit ~= "come" do scope = scope.outer end
  return scope
end

--- The owner got a TERM, which counts, even if somebody catches the failure
-- that is raised now.  That of an enclosing scope counts until its body ends.
local function remind(self)
  local scope = encloser(self)
  if self.foreign then
    local again = core.spawn({ name = "TERM again", priority = "critical",
      detached = true }, core.kill, self.owner, "TERM")
    if not again then core.kill(self.owner, "TERM") end -- raises
  elseif self.enclosed and scope then
    scope.hit = nil
    wake(scope, "interrupt")
  end
end

--- What ax.scope answers.
local function answer(self)
  if self.failure then
    remind(self)
    error(report(self), 0)
  end
  if self.foreign or self.enclosed then
    local scope = encloser(self)
    if scope and not self.foreign then scope.hit = "sent" end
    core.kill(self.owner, "TERM") -- raises
  end
  if self.why == "timeout" then return nil, "timeout", "ETIMEDOUT" end
  local results = self.results
  if not results[1] then return nil, "cancelled", "ECANCELED" end
  return table.unpack(results, 2, results.n)
end

--- Calls fn with a scope, in the running process, and returns what fn returns
-- once all processes of the scope have ended, however that comes about.  The
-- first process that fails ends the others and the body with a TERM.
-- @tparam[opt] table options timeout = seconds for all of it; grace =
--   seconds between TERM and KILL when the scope is ended (default: no KILL)
-- @tparam function fn the body; gets the scope
-- @return what fn returned; nil, "timeout", "ETIMEDOUT" if the time was up
--   before all had ended; nil, "cancelled", "ECANCELED" if scope:cancel() got
--   the body out; nil, a sentence, "EDQUOT" at a quota, without calling fn
-- @raise the error of the process that failed first, a string with both
--   tracebacks; the error of the body; "cancelled" if the caller gets a TERM
function M.scope(options, fn)
  if type(options) ~= "table" then options, fn = {}, options end
  check(options, fn)
  blocked(3, pcall(core.checkblock)) -- raises after a TERM, too
  local self <close> = new(options.grace)
  local ok, err, code = begin(self, options.timeout)
  if not ok then return nil, err, code end
  run_body(self, fn)
  drain(self)
  leave(self) -- a KILL may cut the __close that comes
  return answer(self)
end

return M
