--- memory - nothing is kept that nobody can reach; many at once work.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside = help.inside

--- Calls fn n times, so that tables have grown to what they need; then n
--- more calls may leave neither kernel blocks nor Lua memory behind.
local function leaves_nothing(n, fn)
  for _ = 1, n do fn() end
  help.collect()
  local before, kilobytes = ax.stats(), collectgarbage("count")
  for _ = 1, n do fn() end
  help.collect()
  local after = ax.stats()
  assert.equal(before.blocks, after.blocks)
  assert.equal(before.objects, after.objects)
  assert.equal(before.processes, after.processes)
  local grown = collectgarbage("count") - kilobytes
  assert.is_true(grown < 20, grown .. " KiB more")
end

describe("memory", function()
  local works = {
    { "a channel that is used and closed", function()
      local tx, rx = ax.channel(nil, { name = "x" })
      tx:send({})
      tx:send("y")
      rx:recv()
      tx:close()
      rx:close()
    end },
    { "a channel that is forgotten, full of tables", function()
      local tx = ax.channel()
      for i = 1, 20 do tx:send({ i }) end
    end },
    { "a typed channel that is forgotten", function()
      local tx = ax.channel({ id = "integer", tags = { "string" } })
      for i = 1, 5 do tx:send { id = i, tags = { "a", "b" } } end
    end },
    { "a process that returns a table", function()
      ax.wait(ax.spawn(function(...) return { ... } end, {}, {}, "x"))
    end },
    { "a process that fails", function()
      ax.wait(ax.spawn(function() error({}) end))
      ax.wait(ax.spawn(function() error("x") end))
    end },
    { "a process killed at a wait", function()
      local tx, rx = ax.channel()
      for _, fn in ipairs {
        function() rx:recv() end, function() rx:recv(10) end,
        function() ax.sleep(10) end, function() ax.wait(-1) end,
        function() ax.wrap(function() rx:recv() end)() end,
      } do
        local pid = ax.spawn(fn)
        ax.yield()
        ax.kill(pid, "KILL")
        ax.wait(pid)
      end
      tx:close()
    end },
    { "a process killed before it ran", function()
      local pid = ax.spawn(function() end, {}, {})
      ax.kill(pid)
      ax.wait(pid)
    end },
    { "timeouts", function()
      local tx, rx = ax.channel(nil, { capacity = 0 })
      rx:recv(0.5)
      tx:send({}, 0.5)
      rx:recv(0)
    end },
    { "misuse", function()
      local tx = ax.channel("integer")
      pcall(tx.send, tx, {})
      pcall(tx.send, tx, nil)
      pcall(ax.spawn, { name = 1 }, print)
      pcall(ax.spawn, print, tx, tx)
      pcall(ax.channel, nil, { capacity = -1 })
    end },
    { "a generator that is forgotten while it is suspended", function()
      local gen = ax.wrap(function() coroutine.yield({}) end)
      gen()
    end },
    { "ps, stats and tostring", function()
      local tx = ax.channel()
      ax.ps()
      ax.stats()
      tostring(tx)
      tx:stat()
    end },
  }
  for _, row in ipairs(works) do
    it("is all back after " .. row[1], inside(function()
      leaves_nothing(help.STRESS and 20 or 200, row[2])
    end))
  end

  it("is all back after worlds, however they end", function()
    leaves_nothing(50, function()
      pcall(ax.run, { clock = "virtual" }, function()
        local tx, rx = ax.channel()
        for _ = 1, 5 do ax.spawn(function() rx:recv() end) end
        ax.spawn(ax.sleep, 5)
        rx:recv() -- a deadlock, at last
        tx:close()
      end)
      pcall(ax.run, function() error({}) end)
      ax.run(function() ax.channel():send({}) end)
    end)
  end)

  it("of a queue that was long is given back", inside(function()
    local tx, rx = ax.channel()
    local before = ax.stats().bytes
    for i = 1, 100000 do tx:send(i) end
    for _ = 1, 100000 do rx:recv() end
    tx:close()
    rx:close()
    assert.is_true(ax.stats().bytes <= before)
  end))
end)

describe("many processes", function()
  local N = help.STRESS and 2000 or 100000

  it("block at once, and all are served", inside(function()
    local before = collectgarbage("count")
    local tx, rx = ax.channel()
    local sum = 0
    local function body()
      local v = rx:recv()
      sum = sum + v
    end
    for _ = 1, N do ax.spawn(body) end
    ax.yield()
    local stats = ax.stats()
    assert.equal(N, stats.waiters)
    assert.equal(N + 1, stats.processes)
    help.collect()
    local bytes = (collectgarbage("count") - before) * 1024 + stats.bytes
    assert.is_true(bytes / N < 2000, bytes / N .. " bytes a process")
    for i = 1, N do tx:send(i) end
    ax.yield()
    assert.equal(N * (N + 1) // 2, sum)
    assert.equal(0, ax.stats().waiters)
  end))

  it("sleep at once, and wake in order", inside(function()
    local last, woken = 0, 0
    for i = 1, N // 4 do
      ax.spawn(function()
        ax.sleep((i * 7919) % 1000)
        local now = ax.now()
        assert(now >= last)
        last, woken = now, woken + 1
      end)
    end
    ax.sleep(1000)
    assert.equal(N // 4, woken)
  end))
end)

describe("finalizers", function()
  it("that use the kernel in the midst of its calls do no harm",
    inside(function() -- 13
      local tx, rx = ax.channel()
      local ran = 0
      local function bomb()
        setmetatable({}, { __gc = function()
          ran = ran + 1
          tx:try_send(ran)
          rx:try_recv()
          local t, r = ax.channel()
          t:send({})
          r:close()
          ax.wait(ax.spawn(function() end), 0)
          ax.wait(-1, 0)
          ax.ps()
        end })
      end
      local pause = collectgarbage("setpause", 100)
      for i = 1, help.STRESS and 30 or 300 do
        for _ = 1, 3 do bomb() end
        local pid = ax.spawn(function(...)
          bomb()
          collectgarbage()
          local gen = ax.wrap(function() ax.yield() coroutine.yield(1) end)
          gen()
          if i % 3 == 0 then error({}) end
          return { ... }
        end, {}, tx:clone())
        ax.ps()
        if i % 2 == 0 then ax.kill(pid, "KILL") end
        collectgarbage("step", 10)
        ax.yield()
        ax.wait(pid, 1)
        tostring(tx)
      end
      collectgarbage("setpause", pause)
      help.collect()
      assert.is_true(ran > 0)
      while ax.wait(-1) do end
      while rx:try_recv() do end
      help.collect()
      while ax.wait(-1) do end
    end))
end)

-- ----------------------------------------------- memory that fails (oom.c)

describe("memory that fails", function()
  -- AX_OOM=1 lets every single allocation fail, which takes long
  local step = os.getenv("AX_OOM") and 1 or 29
  local first = os.getenv("AX_OOM") and 0 or help.SEED % step

  it(("at any allocation leaves every byte (AX_SEED=%d)"):format(help.SEED),
    function()
      local out = help.host("oom",
        ("spec/support/oom.lua %d %d"):format(first, step))
      if not out then return pending("no C compiler, or no Lua headers") end
      local rounds, errors = out:match("(%d+) rounds, (%d+) ended")
      assert.is_true(tonumber(rounds) > 3000 / step)
      assert.is_true(tonumber(errors) > 1000 / step)
    end)
end)
