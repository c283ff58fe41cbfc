--- kill - whom it meets in which state, and what the dying may still do.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has = help.inside, help.has

--- A <close> variable that calls fn(err).
local function closing(fn)
  return setmetatable({}, { __close = function(_, err) fn(err) end })
end

describe("kill before the first run", function()
  for _, signal in ipairs { "TERM", "KILL" } do
    it("by " .. signal .. " never runs the body", inside(function() -- 8
      local ran = false
      local pid = ax.spawn(function() ran = true end)
      ax.kill(pid, signal)
      assert.same({ pid, "killed", signal }, { ax.wait(pid) })
      for _ = 1, 3 do ax.yield() end
      assert.is_false(ran)
    end))

    it("by " .. signal .. " of a stopped one never runs it, either",
      inside(function()
        local ran = false
        local pid = ax.spawn(function() ran = true end)
        ax.kill(pid, "STOP")
        ax.kill(pid, signal)
        ax.kill(pid, "CONT")
        assert.same({ pid, "killed", signal }, { ax.wait(pid) })
        assert.is_false(ran)
      end))
  end

  it("by STOP runs the body after CONT", inside(function()
    local ran = false
    local pid = ax.spawn(function() ran = true end)
    ax.kill(pid, "STOP")
    for _ = 1, 3 do ax.yield() end
    assert.is_false(ran)
    ax.kill(pid, "CONT")
    assert.equal("exited", select(2, ax.wait(pid)))
    assert.is_true(ran)
  end))

  it("lets go of the arguments and of what the body holds",
    inside(function()
      local weak = setmetatable({}, { __mode = "v" })
      weak.argument, weak.held = {}, {}
      do
        local held = weak.held
        ax.kill(ax.spawn(function() return held end, weak.argument), "KILL")
      end
      ax.wait(-1)
      help.collect()
      assert.is_nil(weak.argument)
      assert.is_nil(weak.held)
    end))
end)

describe("kill of a process that is ready", function()
  it("by KILL does not let it go on", inside(function()
    local log = {}
    local pid = ax.spawn(function()
      local mark <close> = closing(function() log[#log + 1] = "close" end)
      log[#log + 1] = mark and "one"
      ax.yield()
      log[#log + 1] = "two"
    end)
    ax.yield()
    ax.kill(pid, "KILL")
    assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
    assert.same({ "one", "close" }, log)
  end))

  it("by TERM ends a loop of yields", inside(function()
    local rounds, caught = 0, nil
    local pid = ax.spawn(function()
      local _, err = pcall(function()
        while true do
          rounds = rounds + 1
          ax.yield()
        end
      end)
      caught = err
      ax.yield() -- not cancelled again
      return "clean"
    end)
    for _ = 1, 3 do ax.yield() end
    ax.kill(pid)
    assert.same({ pid, "exited", "clean" }, { ax.wait(pid) })
    assert.equal("cancelled", caught)
    assert.is_true(rounds <= 4)
  end))

  it("by TERM cancels what blocks next, once, whatever it is",
    inside(function()
      local tx, rx = ax.channel(nil, { capacity = 0 })
      local calls = {
        function() return rx:recv(1) end, function() return tx:send(1, 1) end,
        function() return ax.sleep(1) end, function() return ax.wait(-1) end,
        function() return ax.wrap(function() ax.sleep(1) end)() end,
      }
      for _, call in ipairs(calls) do
        local seen = {}
        local open, gate = ax.channel()
        local pid = ax.spawn(function()
          ax.spawn(ax.sleep, 1)
          gate:recv()
          for i = 1, 3 do
            local ok, err = pcall(call)
            seen[i] = ok or err
          end
        end)
        ax.yield()
        open:send(1) -- it is ready now
        ax.kill(pid)
        ax.wait(pid)
        assert.same({ "cancelled", true, true }, seen)
      end
    end))

  it("by TERM is not lost when it does not block for a while",
    inside(function()
      local _, rx = ax.channel()
      local pid = ax.spawn(function()
        ax.kill(ax.spawn(function() end), "KILL")
        rx:try_recv()
        rx:try_recv()
        rx:recv(0.5)
      end)
      ax.kill(pid, "CONT")
      ax.spawn(function() ax.kill(pid, "TERM") end)
      assert.same({ pid, "killed", "TERM" }, { ax.wait(pid) })
      assert.equal(0, ax.now())
    end))
end)

describe("kill of oneself", function()
  it("by KILL goes no further", inside(function()
    local log = {}
    local pid = ax.spawn(function()
      local mark <close> = closing(function() log[#log + 1] = "close" end)
      log[#log + 1] = mark and "before"
      pcall(ax.kill, ax.getpid(), "KILL")
      log[#log + 1] = "after"
    end)
    assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
    assert.same({ "before", "close" }, log)
  end))

  it("by TERM raises cancelled, once", inside(function()
    local seen = {}
    local pid = ax.spawn(function()
      for i = 1, 3 do
        local ok, err = pcall(function()
          if i == 1 then ax.kill(ax.getpid(), "TERM") end
          ax.sleep(0)
        end)
        seen[i] = ok or err
      end
    end)
    assert.same({ pid, "exited", 0 }, { ax.wait(pid) })
    assert.same({ "cancelled", true, true }, seen)
  end))

  it("by STOP waits for CONT", inside(function()
    local log = {}
    local pid = ax.spawn(function()
      log[#log + 1] = "before"
      ax.kill(ax.getpid(), "STOP")
      ax.yield()
      log[#log + 1] = "after"
    end)
    for _ = 1, 3 do ax.yield() end
    assert.same({ "before" }, log)
    assert.equal("stopped", ax.ps()[2].state)
    ax.kill(pid, "CONT")
    assert.equal("exited", select(2, ax.wait(pid)))
    assert.same({ "before", "after" }, log)
  end))

  it("as process 1 of a world ends that process", function()
    for _, signal in ipairs { "KILL", "TERM" } do
      local closed
      has(help.raises(ax.run, function()
        local mark <close> = closing(function() closed = true end)
        ax.kill(ax.getpid(), signal)
        ax.sleep(mark and 1)
      end), "process 1", "killed")
      assert.is_true(closed)
    end
  end)
end)

describe("kill of the script", function()
  it("by KILL or STOP is not permitted", function()
    for _, signal in ipairs { "KILL", "STOP" } do
      local pid = ax.spawn(function()
        return table.concat({ tostring(ax.kill(1, signal)),
          (select(3, ax.kill(1, signal))) }, " ")
      end)
      assert.same({ pid, "exited", "nil EPERM" }, { ax.wait(pid) })
    end
  end)

  it("by TERM raises cancelled where it waits", function()
    local tx, rx = ax.channel()
    ax.spawn(function() assert(ax.kill(1, "TERM")) end)
    local ok, err = pcall(rx.recv, rx)
    assert.is_false(ok)
    assert.equal("cancelled", err)
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { rx:recv(0.001) })
    ax.wait(-1)
    tx:close()
    rx:close()
  end)
end)

describe("KILL", function()
  local if_close_waits = help.CLOSE_WAITS and it or pending

  if_close_waits("during a <close> ends the process now", inside(function()
    local log = {}
    local pid = ax.spawn(function()
      local outer <close> = closing(function() log[#log + 1] = "outer" end)
      local inner <close> = closing(function()
        log[#log + 1] = "inner begins"
        ax.sleep(100)
        log[#log + 1] = "inner ends"
      end)
      ax.sleep(outer and inner and 100)
    end)
    ax.yield()
    ax.kill(pid, "TERM")
    ax.yield()
    ax.kill(pid, "KILL")
    assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
    assert.equal(0, ax.now())
    assert.same({ "inner begins", "outer" }, log)
  end))

  it("does not let a <close> variable wait; the others run",
    inside(function()
      local log, tx, rx = {}, ax.channel()
      local pid = ax.spawn(function()
        local outer <close> = closing(function() log[#log + 1] = "outer" end)
        local inner <close> = closing(function()
          local ok, err = pcall(rx.recv, rx)
          log[#log + 1] = tostring(ok)
          log.err = err
          rx:try_recv() -- what does not wait works
          ax.sleep(1)
        end)
        ax.sleep(outer and inner and 100)
      end)
      ax.yield()
      ax.kill(pid, "KILL")
      local _, how = ax.wait(pid)
      assert.equal("killed", how)
      assert.same({ "false", "outer" }, { log[1], log[2] })
      assert.is_string(log.err)
      assert.equal(0, ax.stats().waiters)
      tx:send("fine")
      assert.equal("fine", rx:recv())
    end))

  it("survives errors in <close> variables and finalizers",
    inside(function() -- 11
      local log = {}
      local pid = ax.spawn(function()
        local a <close> = closing(function() log[#log + 1] = "a" end)
        local b <close> = closing(function() error("in close", 0) end)
        local c <close> = closing(function() error() end)
        local d <close> = closing(function() log[#log + 1] = "d" end)
        setmetatable({}, { __gc = function() error("in gc", 0) end })
        ax.sleep(a and b and c and d and 100)
      end)
      ax.yield()
      ax.kill(pid, "KILL")
      assert.equal("killed", select(2, ax.wait(pid)))
      assert.same({ "d", "a" }, log)
      help.collect()
      local tx, rx = ax.channel()
      ax.spawn(function(out) out:send("fine") end, tx)
      assert.equal("fine", rx:recv())
    end))

  it("cannot be caught, whatever the depth of pcalls", inside(function()
    local after = 0
    local function shield(depth)
      pcall(function()
        if depth > 0 then return (shield(depth - 1)) end
        ax.sleep(100)
      end)
      after = after + 1
    end
    local pid = ax.spawn(function()
      while true do shield(20) end
    end)
    ax.yield()
    ax.kill(pid, "KILL")
    assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
    assert.equal(0, after)
  end))

  it("closes what the process holds before its waiters run",
    inside(function()
      local tx, rx = ax.channel()
      local pid = ax.spawn(function(out) ax.sleep(out and 100) end, tx)
      ax.yield()
      ax.kill(pid, "KILL")
      ax.wait(pid)
      assert.same({ nil, "closed", "EPIPE" }, { rx:try_recv() })
    end))

  it("of many at once leaves nothing", inside(function()
    local _, rx = ax.channel()
    local pids = {}
    for i = 1, 2000 do
      pids[i] = ax.spawn(function()
        if i % 3 == 0 then ax.sleep(i) else rx:recv(i) end
      end)
    end
    ax.yield()
    for i = 1, 2000 do ax.kill(pids[i], i % 2 == 0 and "KILL" or "TERM") end
    for i = 1, 2000 do assert.equal("killed", select(2, ax.wait(pids[i]))) end
    assert.equal(0, ax.stats().waiters)
    assert.equal(0, ax.stats().timers)
    assert.equal(0, ax.now())
  end))
end)
