--- kernel - ax.run, the clock, passes and priorities, the same every time.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

describe("run", function()
  it("answers what the function returns, holes included", function()
    local got = table.pack(ax.run(function(...) return nil, ..., nil end, 1))
    assert.same({ nil, 1, n = 2 }, { got[1], got[2], n = 2 })
    assert.equal(0, select("#", ax.run(function() end)))
    local list = { ax.run(function(...) return select("#", ...), ... end,
      nil, 2, nil, nil) }
    assert.equal(4, list[1])
    assert.equal(2, list[3])
  end)

  it("takes options before the function", function()
    assert.equal("xy", ax.run({ clock = "virtual", seed = 3 },
      function(a, b) return a .. b end, "x", "y"))
    assert.equal(1, ax.run({}, function() return ax.getpid() end))
  end)

  it("runs the function as process 1 of a fresh kernel", function()
    local outer = ax.spawn(ax.sleep, 0)
    ax.run(function()
      assert.equal(1, ax.getpid())
      assert.equal(1, #ax.ps())
      assert.equal(1, ax.stats().processes)
      assert.equal(2, ax.spawn(function() end))
    end)
    assert.equal(outer, (ax.wait(outer)))
  end)

  it("lasts until all processes are done, and keeps the results", function()
    local log = {}
    assert.equal("results", ax.run({ clock = "virtual" }, function()
      ax.spawn(function()
        ax.sleep(5)
        ax.spawn(function()
          ax.sleep(5)
          log[#log + 1] = ax.now()
        end)
      end)
      return "results"
    end))
    assert.same({ 10 }, log)
  end)

  it("raises the error of the function, with a traceback", function()
    local err = raises(ax.run, function() error("no luck") end)
    has(err, "kernel_spec.lua", "no luck", "stack traceback:")
    for _, object in ipairs { {}, 12, false } do
      local ok, got = pcall(ax.run, function() error(object) end)
      assert.is_false(ok)
      assert.is_true(rawequal(object, got))
    end
    local got = table.pack(pcall(ax.run, function() error(nil) end))
    assert.is_false(got[1])
    assert.is_nil(got[2])
  end)

  it("lets the others finish before it raises", function()
    local finished
    raises(ax.run, { clock = "virtual" }, function()
      ax.spawn(function()
        ax.sleep(3)
        finished = ax.now()
      end)
      error("x")
    end)
    assert.equal(3, finished)
  end)

  it("leaves the kernel of the caller as it was", function()
    local tx, rx = ax.channel()
    tx:send("before")
    for _ = 1, 3 do
      ax.run(function() ax.spawn(ax.sleep, 0) end)
      pcall(ax.run, function() error("x") end)
      pcall(ax.run, function()
        local _, r = ax.channel()
        r:recv(0)
        ax.kill(1, "KILL")
      end)
    end
    assert.equal("before", rx:recv())
    assert.equal(1, ax.getpid())
    tx:close()
    rx:close()
  end)

  it("without a function runs the kernel of the script until all is done",
    function()
      local log = {}
      for i = 1, 3 do
        ax.spawn(function()
          ax.sleep(0.001 * i)
          log[#log + 1] = i
        end)
      end
      ax.run()
      assert.same({ 1, 2, 3 }, log)
      for _ = 1, 3 do assert.equal("exited", select(2, ax.wait(-1, 0))) end
      assert.equal("ECHILD", select(3, ax.wait(-1)))
    end)

  it("without a function is not for processes", inside(function()
    has(raises(function() ax.run() end), "run", "ax.run(fn)")
  end))

  local wrong = {
    { { { clok = "virtual" }, print }, "clok" },
    { { { clock = "sundial" }, print }, "sundial" },
    { { { clock = 3 }, print }, '"clock"' },
    { { { seed = "x" }, print }, '"seed"' },
    { { { seed = 1.5 }, print }, '"seed"' },
    { { 3 }, "function expected, got number" },
    { { "f" }, "function expected, got string" },
    { { {} }, "function expected, got no value" },
    { { {}, 7 }, "function expected, got number" },
  }
  for i, row in ipairs(wrong) do
    it("says what is wrong with its arguments, " .. i, function()
      has(raises(function() return (ax.run(table.unpack(row[1]))) end),
        "bad argument #", "run", row[2])
    end)
  end

  it("may run inside a process, which waits for it", inside(function() -- 29
    local outer_tx, outer_rx = ax.channel()
    local pid = ax.spawn(function(out)
      out:send(ax.run({ clock = "virtual" }, function()
        local tx, rx = ax.channel()
        ax.spawn(function(o)
          ax.sleep(100)
          o:send("inner " .. ax.now())
        end, tx)
        return rx:recv()
      end))
      out:send(("outer %d"):format(ax.now()))
    end, outer_tx)
    assert.equal("inner 100.0", outer_rx:recv())
    assert.equal("outer 0", outer_rx:recv())
    ax.wait(pid)
  end))

  it("inside a process raises to that process", inside(function() -- 29
    for _, ending in ipairs {
      function() error("no luck") end,
      function() ax.kill(1, "KILL") end,
      function() ax.spawn(ax.sleep, math.huge) end,
      function() ax.run({ clock = "sundial" }, print) end,
    } do
      local pid = ax.spawn(function()
        assert(ax.getpid() ~= 1)
        local ok = pcall(ax.run, ending)
        assert(not ok and ax.getpid() ~= 1)
        ax.run(ending)
      end)
      local got, how, err, trace = ax.wait(pid)
      assert.equal(pid, got)
      assert.equal("error", how)
      assert.truthy(err)
      has(trace, "stack traceback:")
    end
  end))

  it("may run ten kernels inside one another", function() -- 29
    local function nested(depth)
      if depth == 0 then return 0 end
      return 1 + ax.run(function()
        ax.yield()
        return nested(depth - 1)
      end)
    end
    assert.equal(10, nested(10))
  end)

  it("does not let handles of another kernel block or be spawned",
    function() -- 29
      local tx, rx = ax.channel(nil, { capacity = 1 })
      tx:send("in the outer kernel")
      ax.run(function()
        has(raises(function() tx:send("y", 1) end), "kernel")
        has(raises(function() ax.spawn(print, tx) end), "kernel")
      end)
      assert.equal("in the outer kernel", rx:recv())
      assert.is_true(tx:send("still works"))
      tx:close()
      rx:close()
    end)

  it("leaves handles that come out of it closed", function()
    local tx, rx = ax.run(function()
      local t, r = ax.channel()
      t:send(1)
      return t, r
    end)
    has(raises(function() tx:send(1) end), "closed")
    has(raises(function() rx:recv() end), "closed")
    tx:close()
    rx:close()
  end)
end)

describe("the virtual clock", function()
  it("stands still while there is work, then jumps", inside(function()
    assert.equal(0, ax.now())
    for _ = 1, 100 do ax.yield() end
    assert.equal(0, ax.now())
    ax.sleep(86400 * 365)
    assert.equal(86400 * 365, ax.now())
  end))

  it("wakes sleepers in the order of their moments, then of their coming",
    inside(function()
      local log = {}
      for i, t in ipairs { 3, 1, 2, 1, 0.5, 3, 0 } do
        ax.spawn(function()
          ax.sleep(t)
          log[#log + 1] = i
        end)
      end
      while ax.wait(-1) do end
      assert.equal("7 5 2 4 3 1 6", table.concat(log, " "))
      assert.equal(3, ax.now())
    end))

  it("wakes 10,000 sleepers in order", inside(function()
    local random = help.generator(7)
    local last, n = 0, 0
    for _ = 1, 10000 do
      local t = random(1000) / 8
      ax.spawn(function()
        ax.sleep(t)
        assert(ax.now() == t and t >= last)
        last, n = t, n + 1
      end)
    end
    ax.sleep(1000)
    assert.equal(10000, n)
  end))
end)

describe("the real clock", function()
  it("goes on by itself and never back", function()
    local a = ax.now()
    ax.sleep(0.002)
    local b = ax.now()
    assert.is_true(b - a >= 0.002)
    ax.run({ clock = "real" }, function()
      local c = ax.now()
      assert.is_true(c >= b)
      ax.sleep(0.001)
      assert.is_true(ax.now() - c >= 0.001)
    end)
  end)
end)

describe("a pass", function()
  it("runs what was ready when it began, in the order of its coming",
    inside(function()
      local log = {}
      for i = 1, 3 do
        ax.spawn(function()
          for round = 1, 3 do
            log[#log + 1] = i .. "/" .. round
            ax.spawn(function() log[#log + 1] = i .. "'" .. round end)
            ax.yield()
          end
        end)
      end
      while ax.wait(-1) do end
      local text = table.concat(log, " ")
      assert.truthy(text:find("^1/1 2/1 3/1 "), text)
      -- each of the new ones ran once before the second next round
      assert.truthy(text:find("1'1.*1/3"), text)
      assert.equal(18, #log)
    end))

  it("runs critical before normal before background", inside(function()
    local log = {}
    for _, priority in ipairs { "background", "normal", "critical" } do
      for i = 1, 2 do
        ax.spawn({ priority = priority }, function()
          log[#log + 1] = priority:sub(1, 1) .. i
        end)
      end
    end
    while ax.wait(-1) do end
    assert.equal("c1 c2 n1 n2 b1 b2", table.concat(log, " "))
  end))

  it("lets nobody be starved by two that wake each other",
    inside(function()
      for _, priority in ipairs { "critical", "normal", "background" } do
        local ping, pinged = ax.channel()
        local pong, ponged = ax.channel()
        local rounds = 0
        local function player(rx, tx)
          for v in rx do
            rounds = rounds + 1
            if not tx:send(v) then return end
          end
        end
        ping:send("ball")
        ax.spawn({ priority = "critical" }, player, pinged, pong)
        ax.spawn({ priority = "critical" }, player, ponged, ping)
        local progress = 0
        local third = ax.spawn({ priority = priority }, function()
          for _ = 1, 50 do
            progress = progress + 1
            ax.yield()
          end
        end)
        ax.wait(third)
        assert.equal(50, progress)
        assert.is_true(rounds > 10 and rounds < 1000, rounds)
        for _, p in ipairs(ax.ps()) do
          if p.pid ~= 1 then
            ax.kill(p.pid, "KILL")
            ax.wait(p.pid)
          end
        end
      end
    end))

  it("lets background work go on however busy the rest is",
    inside(function()
      local done, stop = 0, false
      for _ = 1, 5 do
        ax.spawn({ priority = "critical" }, function()
          while not stop do ax.yield() end
        end)
      end
      for _ = 1, 10 do
        ax.spawn({ priority = "background" }, function()
          ax.yield()
          done = done + 1
        end)
      end
      for _ = 1, 100 do ax.yield() end
      stop = true
      assert.equal(10, done)
    end))

  it("lets all that yield run equally often", inside(function()
    local counts, stop = {}, false
    for i = 1, 20 do
      counts[i] = 0
      ax.spawn(function()
        while not stop do
          counts[i] = counts[i] + 1
          ax.yield()
        end
      end)
    end
    for _ = 1, 50 do ax.yield() end
    stop = true
    table.sort(counts)
    assert.is_true(counts[20] - counts[1] <= 1)
    assert.is_true(counts[1] >= 49)
  end))

  it("is counted, as are the steps", inside(function()
    local before = ax.stats()
    ax.spawn(function() for _ = 1, 10 do ax.yield() end end)
    ax.wait(-1)
    local after = ax.stats()
    assert.is_true(after.steps - before.steps >= 11)
    assert.is_true(after.passes - before.passes >= 11)
    assert.is_true(after.steps - before.steps <= 14)
  end))
end)

describe("stats", function()
  it("count what is alive", inside(function()
    local before = ax.stats()
    local tx, rx = ax.channel()
    for _ = 1, 3 do ax.spawn(function() rx:recv(1) end) end
    ax.spawn(ax.sleep, 1)
    ax.yield()
    local s = ax.stats()
    assert.equal(5, s.processes)
    assert.equal(3, s.waiters)
    assert.equal(4, s.timers)
    assert.is_true(s.objects > before.objects)
    assert.is_true(s.blocks > before.blocks and s.bytes > before.bytes)
    ax.sleep(1)
    s = ax.stats()
    assert.equal(0, s.waiters)
    assert.equal(0, s.timers)
    tx:close()
  end))
end)
