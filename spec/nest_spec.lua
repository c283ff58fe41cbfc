--- nest - scopes in scopes, and what reaches a scope from outside.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

local TIMEOUT = { nil, "timeout", "ETIMEDOUT" }

local function alone()
  assert.equal(1, #ax.ps())
  assert.equal(0, ax.stats().waiters)
  assert.equal(0, ax.stats().timers)
end

local function deaf()
  while true do pcall(ax.sleep, 1000) end
end

--- A process with a scope of three, one of which needs a second to go.
local function start(log, options)
  return ax.spawn(function()
    return ax.scope(options or {}, function(s)
      for _ = 1, 2 do s:spawn(ax.sleep, 1000) end
      s:spawn(function()
        local _ <close> = setmetatable({}, { __close = function()
          log[#log + 1] = "closed"
        end })
        pcall(ax.sleep, 1000)
        ax.sleep(1)
        log[#log + 1] = "cleaned up"
      end)
      ax.sleep(1000)
    end)
  end)
end

describe("the owner of a scope", function()
  it("gets a TERM, and ends when the others have ended", inside(function()
    local log = {}
    local pid = start(log)
    ax.sleep(1)
    ax.kill(pid)
    assert.same({ pid, "killed", "TERM" }, { ax.wait(pid) })
    assert.same({ "cleaned up", "closed" }, log)
    assert.equal(2, ax.now())
    alone()
  end))

  it("gets a TERM while it waits for the others", inside(function()
    local log = {}
    local pid = ax.spawn(function()
      ax.scope(function(s)
        s:spawn(function()
          pcall(ax.sleep, 100)
          log[#log + 1] = ax.now()
          ax.sleep(2)
        end)
      end)
      log[#log + 1] = "went on"
    end)
    ax.sleep(1)
    ax.kill(pid)
    ax.kill(pid)
    assert.same({ pid, "killed", "TERM" }, { ax.wait(pid) })
    assert.same({ 1 }, log)
    assert.equal(3, ax.now())
    alone()
  end))

  for _, signal in ipairs { "TERM", "KILL" } do
    it("begins nothing after a " .. signal .. " that came before",
      inside(function()
        local began = false
        local pid = ax.spawn(function()
          ax.yield()
          ax.scope(function() began = true end)
        end)
        ax.yield()
        ax.kill(pid, signal)
        assert.same({ pid, "killed", signal }, { ax.wait(pid) })
        assert.is_false(began)
        alone()
      end))
  end

  it("takes the others along when it is killed", inside(function()
    local log = {}
    local pid = start(log)
    ax.sleep(1)
    ax.kill(pid, "KILL")
    assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
    ax.sleep(0.1)
    assert.same({ "closed" }, log)
    alone()
  end))

  it("takes them along when it is killed while it waits for them, too",
    inside(function()
      local pid = ax.spawn(function()
        ax.scope({ timeout = 100, grace = 10 }, function(s)
          s:spawn(deaf)
        end)
      end)
      ax.sleep(101)
      ax.kill(pid, "KILL")
      ax.wait(pid)
      ax.sleep(0.1)
      alone()
    end))

  it("takes them along when it exits", inside(function()
    local pid = ax.spawn(function()
      ax.scope(function(s)
        s:spawn(deaf)
        ax.sleep(1)
        ax.exit(5)
      end)
    end)
    assert.same({ pid, "exited", 5 }, { ax.wait(pid) })
    ax.sleep(0.1)
    alone()
  end))

  it("may be stopped", inside(function()
    local log = {}
    local pid = start(log, { timeout = 2 })
    ax.sleep(1)
    ax.kill(pid, "STOP")
    ax.sleep(9)
    ax.kill(pid, "CONT")
    assert.same({ pid, "exited", 0 }, { ax.wait(pid) })
    assert.same({ "cleaned up", "closed" }, log)
    assert.equal(10, ax.now())
    alone()
  end))
end)

describe("the keeper of a scope", function()
  local function keeper()
    for _, p in ipairs(ax.ps()) do
      if p.name:find("^scope of") then return p.pid end
    end
  end

  it("does not mind a TERM", inside(function()
    assert.equal("fine", ax.scope(function(s)
      s:spawn(ax.sleep, 2)
      for _ = 1, 3 do
        ax.yield()
        ax.kill(keeper(), "TERM")
      end
      return "fine"
    end))
    assert.equal(2, ax.now())
    alone()
  end))

  it("that is killed ends the scope", inside(function()
    local text = raises(ax.scope, function(s)
      s:spawn(deaf)
      s:spawn(ax.sleep, 100)
      ax.yield()
      ax.kill(keeper(), "KILL")
    end)
    has(text, "keeper", "KILL")
    assert.equal(0, ax.now())
    alone()
  end))
end)

describe("a deadlock in a scope", function()
  local function stuck()
    local tx, rx = ax.channel(nil, { name = "stuck" })
    rx:recv()
    tx:close()
  end

  it("is raised in the script itself, and ends the scope", function()
    local text = raises(ax.scope, function(s) s:spawn(stuck) end)
    has(text, "deadlock", '"stuck"')
    assert.equal(1, #ax.ps())
    text = raises(ax.scope, function(s)
      s:spawn(function()
        while true do pcall(stuck) end
      end)
      return "fine"
    end)
    has(text, "deadlock", '"stuck"')
    assert.equal(1, #ax.ps())
  end)

  it("ends a world", function()
    has(raises(ax.run, function()
      ax.scope(function(s) s:spawn(stuck) end)
    end), "deadlock", '"stuck"')
  end)
end)

describe("a scope in a scope", function()
  it("is ended with the outer one", inside(function()
    local log = {}
    assert.same(TIMEOUT, { ax.scope({ timeout = 2 }, function(outer)
      outer:spawn(function()
        ax.scope(function(s)
          s:spawn(function()
            pcall(ax.sleep, 100)
            log[#log + 1] = "other " .. ax.now()
          end)
        end)
      end)
      ax.scope(function(s)
        s:spawn(function()
          pcall(ax.sleep, 100)
          log[#log + 1] = "own " .. ax.now()
        end)
      end)
      log[#log + 1] = "went on"
    end) })
    table.sort(log)
    assert.same({ "other 2.0", "own 2.0" }, log)
    alone()
  end))

  it("does not take the TERM of an outer one for its own", inside(function()
    for _, sleep in ipairs { 5, 50, 0 } do -- woken, interrupted, waiting
      local inner, went_on
      local before = ax.now()
      assert.same(TIMEOUT, { ax.scope({ timeout = 5 }, function()
        inner = { ax.scope({ timeout = 5 }, function(s)
          s:spawn(ax.sleep, 50)
          ax.sleep(sleep)
        end) }
        went_on = true
        for _ = 1, 10 do ax.sleep(1) end
      end) })
      assert.equal(5, ax.now() - before)
      assert.is_nil(went_on)
      assert.is_nil(inner)
    end
    alone()
  end))

  it("lets one through to each level", inside(function()
    local log = {}
    local function level(n)
      local why = select(2, ax.scope({ timeout = 3 }, function(s)
        s:spawn(ax.sleep, 3)
        if n > 1 then level(n - 1) else ax.sleep(3) end
        ax.sleep(7)
      end))
      log[#log + 1] = n .. " " .. tostring(why)
    end
    level(5)
    assert.equal(3, ax.now())
    assert.same({ "5 timeout" }, log)
    alone()
  end))

  it("keeps its own end to itself", inside(function()
    assert.equal("outer", ax.scope({ timeout = 50 }, function(outer)
      local sleeper = outer:spawn(ax.sleep, 4)
      assert.same(TIMEOUT, { ax.scope({ timeout = 1 }, function()
        ax.sleep(10)
      end) })
      has(raises(ax.scope, function(s)
        s:spawn(error, "inner")
        ax.sleep(10)
      end), "inner")
      assert.same({ sleeper, "exited", true }, { outer:wait(sleeper) })
      ax.yield()
      return "outer"
    end))
    assert.equal(4, ax.now())
  end))

  it("that fails lets a TERM come again", inside(function()
    local pid = ax.spawn(function()
      pcall(ax.scope, function(s)
        s:spawn(function()
          pcall(ax.sleep, 100)
          error("clean-up")
        end)
      end)
      ax.sleep(1000)
    end)
    ax.sleep(1)
    ax.kill(pid)
    assert.same({ pid, "killed", "TERM" }, { ax.wait(pid) })
    assert.equal(1, ax.now())
    alone()
  end))
end)

-- ---------------------------------------------------------------- chance

--- A tree of scopes with random sleeps, failures, timeouts, cancels.
local function grow(random, depth, alive)
  local options = {}
  if random(3) == 1 then options.timeout = random(10) end
  if random(2) == 1 then options.grace = random(3) end
  return ax.scope(options, function(s)
    for _ = 1, random(4) do
      s:spawn(function()
        local self = ax.getpid()
        local _ <close> = setmetatable({}, { __close = function()
          alive[self] = nil
        end })
        alive[self] = true
        local what = random(8)
        if what <= 2 and depth > 1 then
          grow(random, depth - 1, alive)
        elseif what == 3 then
          ax.sleep(random(10))
          error("by chance")
        elseif what == 4 then
          ax.sleep(random(10))
          s:cancel()
        elseif what == 5 then
          pcall(ax.sleep, random(10))
          ax.sleep(random(2))
        elseif what == 6 then
          for _ = 1, 1000 * random(10) do end -- luacheck: ignore
        else
          ax.sleep(random(20))
        end
      end)
      if random(3) == 1 then ax.yield() end
    end
    if depth > 1 and random(2) == 1 then grow(random, depth - 1, alive) end
    ax.sleep(random(10))
  end)
end

local function play(seed, quantum)
  local alive = {}
  return ax.run({ clock = "virtual", seed = seed, quantum = quantum },
    function()
      local random = help.generator(seed)
      local pid = ax.spawn(function() return grow(random, 3, alive) end)
      for _ = 1, random(3) do
        ax.sleep(random(8))
        ax.kill(pid, ({ "TERM", "KILL", "STOP", "CONT" })[random(4)])
      end
      ax.kill(pid, "CONT")
      ax.wait(pid)
      ax.sleep(0.5) -- those of a killed owner are killed after it
      for _, p in ipairs(ax.ps()) do
        assert(p.pid == ax.getpid() or p.state == "zombie",
          ("AX_SEED=%d: %d %s is left"):format(seed, p.pid, p.name))
      end
      -- with a quantum a KILL may hit a process in the midst of its __close
      assert(quantum > 0 or not next(alive),
        ("AX_SEED=%d: left alive"):format(seed))
      return ax.now() * 1000 + ax.stats().steps
    end)
end

describe("scopes by chance", function()
  local games = help.STRESS and 20 or 200
  for _, quantum in ipairs { 0, 7, 100 } do
    it("end, and leave nobody, with a quantum of " .. quantum, function()
      for seed = help.SEED, help.SEED + games - 1 do
        local first, second = play(seed, quantum), play(seed, quantum)
        assert(first == second, ("AX_SEED=%d: differs"):format(seed))
      end
    end)
  end
end)
