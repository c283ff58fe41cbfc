--- cycle - who waits for whom, in a circle.
local ax = require "axeberg"

describe("the cycle of a deadlock", function()
  local function cycle(fn)
    local ok, err = pcall(ax.run, { clock = "virtual" }, fn)
    assert.is_false(ok)
    return err.cycle
  end

  it("is found behind a waker that is in none", function()
    assert.same({ 1, 3 }, cycle(function()
      local into_a, a = ax.channel()
      local into_b, b = ax.channel()
      local into_c, c = ax.channel()
      ax.spawn(function(_) ax.sleep(math.huge) end, into_a)
      ax.spawn(function(_, inbox) inbox:recv() end, into_b, c)
      ax.select { a, b }
      into_c:send(1)
    end))
    assert.same({ 1, 3 }, cycle(function()
      local into_a, a = ax.channel()
      local into_c, c = ax.channel()
      ax.spawn(function(_) ax.sleep(math.huge) end, into_a:clone())
      ax.spawn(function(_, inbox) inbox:recv() end, into_a, c)
      a:recv()
      into_c:send(1)
    end))
  end)

  it("is the shortest through the lowest pid that is in one", function()
    -- 1 waits for all; 2 for 5 and 6; 3 and 4 for each other; 5 for 6; 6 for 2
    assert.same({ 2, 6 }, cycle(function()
      local to, inbox = {}, {}
      for pid = 2, 6 do to[pid], inbox[pid] = ax.channel() end
      local waits = { [2] = { 5, 6 }, [3] = { 4 }, [4] = { 3 }, [5] = { 6 },
        [6] = { 2 } }
      local go, started = ax.channel(nil, { capacity = 5 })
      for pid = 2, 6 do
        ax.spawn(function(_, mine)
          assert(ax.getpid() == pid)
          mine:send(true)
          mine:close()
          local arms = {}
          for i, other in ipairs(waits[pid]) do arms[i] = inbox[other] end
          ax.select(arms)
        end, to[pid], go:clone())
      end
      go:close()
      for _ = 1, 5 do started:recv() end
      while ax.wait(-1) do end
    end))
  end)

  it("is nil where there is none", function()
    assert.is_nil(cycle(function()
      local pid = ax.spawn(ax.sleep, math.huge)
      ax.select { -1, pid }
    end))
  end)
end)
