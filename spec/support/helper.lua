--- helper - what every spec stands on; .busted loads it.
-- After each spec nothing may be left alive in the kernel of this script:
-- no object, waiter, timer, process or allocation.  AX_GC_STRESS=1 runs all
-- specs under the hardest garbage collection.
local busted = require "busted"
local ax = require "axeberg"

local M = {}

local STRESS = os.getenv("AX_GC_STRESS") == "1"
local COUNTED = { "processes", "objects", "waiters", "timers", "blocks" }

--- The arguments under which a child runs; index -1 is the interpreter.
local interpreter
do
  local first = 0
  while arg[first - 1] do first = first - 1 end
  interpreter = first < 0 and arg[first] or "lua5.4"
end

-- ------------------------------------------------------------ leftovers

--- Collects everything that can be, finalizers of finalizers included.
function M.collect()
  for _ = 1, 3 do collectgarbage() end
end

--- What is alive in the current kernel, garbage included.
local function count()
  local stats, alive = ax.stats(), {}
  for _, name in ipairs(COUNTED) do alive[name] = stats[name] end
  return alive
end

--- What is alive in the current kernel, after a full collection.
function M.alive()
  M.collect()
  return count()
end

--- Is more alive now than before?
local function more(now, before)
  for _, name in ipairs(COUNTED) do
    if now[name] > before[name] then return true end
  end
  return false
end

local clean -- what was alive when the last spec had left nothing

--- What is alive before a spec: collections cost more than most specs, so
-- none where everything is as the last one left it.
local function alive_before()
  local now = count()
  if clean and not more(now, clean) and not more(clean, now) then
    return now
  end
  return M.alive()
end

--- What is alive now; raises if that is more than before, and says what.
function M.check_leftovers(before, where)
  local now, found = count(), {}
  if more(now, before) then now = M.alive() end
  for _, name in ipairs(COUNTED) do
    if now[name] > before[name] then
      found[#found + 1] = ("%d %s"):format(now[name] - before[name], name)
    end
  end
  if #found == 0 then return now end
  for _, p in ipairs(ax.ps()) do
    found[#found + 1] = ("\n  process %d %q %s %s"):format(p.pid, p.name,
      p.state, p.waiting or "")
  end
  error(("left alive %s: %s"):format(where, table.concat(found, ", ")), 0)
end

--- Ends all processes but the script itself, after a spec that failed.
local function end_processes()
  for _, p in ipairs(ax.ps()) do
    if p.pid ~= 1 then
      ax.kill(p.pid, "KILL")
      ax.wait(p.pid)
    end
  end
end

local guarded = setmetatable({}, { __mode = "k" })

--- Makes what a spec leaves behind a failure of that spec.
local function guard(element)
  if guarded[element] then return end
  guarded[element] = true
  local run = element.run
  element.run = function(...)
    local before = alive_before()
    run(...)
    clean = M.check_leftovers(before, "in the kernel of this script")
  end
end

busted.subscribe({ "test", "start" }, function(element)
  end_processes()
  guard(element)
  return nil, true -- others want to know, too
end)

-- --------------------------------------------------------------- worlds

--- Waits for the end of all other processes; an error in one that nobody
--- waited for is raised.
local function reap()
  local first
  local function await(target)
    local pid, how, what = ax.wait(target)
    if how == "error" and not first then
      first = ("process %d: %s"):format(pid, tostring(what))
    end
    return pid
  end
  while await(-1) do end
  while #ax.ps() > 1 do await(ax.ps()[2].pid) end -- not our children
  if first then error(first, 0) end
end

--- Runs fn as process 1 of a fresh kernel on the virtual clock, until all
--- processes have ended, and fails if anything is alive then.  Options are
--- those of ax.run, and tree: the file tree is there before it is counted
--- what is alive.  Answers what fn answers.
function M.world(fn, options)
  local settings = { clock = "virtual" }
  for key, value in pairs(options or {}) do settings[key] = value end
  local tree = settings.tree
  settings.tree = nil
  local function main()
    if tree then ax.fs.chdir("/") end
    local before = M.alive()
    before.blocks = before.blocks + 1 -- the list of deadlines stays
    local results = table.pack(fn())
    reap()
    -- the results may be handles, and those may live on
    if results.n == 0 then M.check_leftovers(before, "in the world") end
    return table.unpack(results, 1, results.n)
  end
  return ax.run(settings, main)
end

--- The same as the body of a spec.
function M.inside(fn, options)
  return function() M.world(fn, options) end
end

-- -------------------------------------------------------------- messages

--- Calls fn, which must raise; the message, or what else was raised.
function M.raises(fn, ...)
  local ok, err = pcall(fn, ...)
  if ok then error("expected an error", 2) end
  return type(err) == "string" and err or tostring(err)
end

--- Fails unless the text has all the words, plainly.
function M.has(text, ...)
  assert(type(text) == "string", "expected a text, got " .. tostring(text))
  for _, word in ipairs { ... } do
    if not text:find(word, 1, true) then
      error(("expected %q in:\n%s"):format(word, text), 2)
    end
  end
end

-- -------------------------------------------------------------- children

local function slurp(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  os.remove(path)
  return text
end

--- Runs a shell command; a table with code, out, err.
function M.shell(command)
  local out, err = os.tmpname(), os.tmpname()
  local _, how, code = os.execute(("(%s) >'%s' 2>'%s' </dev/null")
    :format(command, out, err))
  return { code = how == "exit" and code or 128 + code,
    out = slurp(out), err = slurp(err) }
end

--- Runs a script in an interpreter of its own; a table with code, out, err.
function M.script(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write('package.path = ', ("%q"):format(package.path), '\n',
    'package.cpath = ', ("%q"):format(package.cpath), '\n',
    'local ax = require "axeberg"\n', '-- the script:\n', text)
  file:close()
  local result = M.shell(("'%s' '%s'"):format(interpreter, path))
  os.remove(path)
  return result
end

--- Runs a script that must end well and say nothing on standard error;
--- what it wrote.
function M.good_script(text)
  local result = M.script(text)
  if result.code ~= 0 or result.err ~= "" then
    error(("exit code %d\n%s%s"):format(result.code, result.out, result.err),
      2)
  end
  return result.out
end

--- Builds the C program support/<name>.c and runs it with the arguments; it
--- must end well.  What it wrote; nil: there is no compiler, or no headers.
function M.host(name, arguments)
  local path = os.tmpname()
  local flags = M.shell("pkg-config --cflags --libs lua5.4 || "
    .. "pkg-config --cflags --libs lua-5.4").out:gsub("%s+", " ")
  local built = M.shell(("%s -std=gnu11 -O1 -o '%s' spec/support/%s.c %s"
    .. " -pthread"):format(os.getenv("CC") or "cc", path, name, flags))
  local ran = built.code == 0 and M.shell(
    ("LUA_PATH='%s' LUA_CPATH='%s' '%s' %s"):format(package.path,
      package.cpath, path, arguments))
  os.remove(path)
  if ran and ran.code ~= 0 then error(ran.out .. ran.err, 2) end
  return ran and ran.out
end

-- ------------------------------------------------------------------ seeds

--- The seed of this run, for tests by chance: AX_SEED, or a new one.
M.SEED = tonumber(os.getenv("AX_SEED") or "") or os.time() % 1000000

--- A generator of its own: random(n) -> 1..n.
function M.generator(seed)
  local state = seed * 2 + 1
  return function(n)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n + 1
  end
end

-- --------------------------------------------------------------- versions

--- True if a <close> variable may wait: from Lua 5.4.3 on.
M.CLOSE_WAITS = (coroutine.wrap(function()
  local ok = pcall(function()
    local mark <close> = setmetatable({}, { __close = coroutine.yield })
    return mark
  end)
  return ok
end))() ~= false

-- ----------------------------------------------------------------- stress

--- A full collection after each few instructions, in every thread.
local function stress()
  collectgarbage("generational", 1, 1)
  local function often() debug.sethook(collectgarbage, "", 5000) end
  often()
  local spawn, run = ax.spawn, ax.run
  local function hooked(fn)
    return function(...)
      often()
      return fn(...)
    end
  end
  --- The arguments of a call, the function among them hooked.
  local function hook(...)
    local first, second = ...
    if type(first) == "function" then
      return hooked(first), select(2, ...)
    elseif type(first) == "table" and type(second) == "function" then
      return first, hooked(second), select(3, ...)
    end
    return ...
  end
  function ax.spawn(...) return spawn(hook(...)) end
  function ax.run(...) return run(hook(...)) end
end

M.STRESS = STRESS
if STRESS then stress() end

ax.sleep(1e-6) -- what the kernel keeps for reuse is there before we count

return M
