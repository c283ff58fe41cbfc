--- term - TERM, which asks a process to end, and lets it clean up.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has = help.inside, help.has

--- A <close> variable that calls fn(err).
local function closing(fn)
  return setmetatable({}, { __close = function(_, err) fn(err) end })
end

describe("TERM", function()
  it("that comes twice cancels twice", inside(function()
    local seen = {}
    local pid = ax.spawn(function()
      for i = 1, 3 do
        local ok, err = pcall(ax.sleep, 1)
        seen[i] = ok and "slept" or err
      end
    end)
    ax.yield()
    ax.kill(pid)
    ax.yield()
    ax.kill(pid)
    ax.wait(pid)
    assert.same({ "cancelled", "cancelled", "slept" }, seen)
  end))

  it("caught and raised again is a kill; another error is that error",
    inside(function()
      local pid = ax.spawn(function()
        local _, err = pcall(ax.sleep, 9)
        error(err, 0)
      end)
      ax.yield()
      ax.kill(pid)
      assert.same({ pid, "killed", "TERM" }, { ax.wait(pid) })
      pid = ax.spawn(function()
        pcall(ax.sleep, 9)
        error("of its own", 0)
      end)
      ax.yield()
      ax.kill(pid)
      local _, how, err = ax.wait(pid)
      assert.equal("error", how)
      has(err, "of its own")
    end))

  it("does not disturb calls that do not block", inside(function()
    local tx, rx = ax.channel()
    local log = {}
    local pid = ax.spawn(function()
      ax.kill(ax.getpid(), "CONT")
      ax.yield() -- here it comes
    end)
    ax.kill(pid, "CONT")
    ax.yield()
    ax.kill(pid)
    ax.wait(pid)
    pid = ax.spawn(function()
      pcall(ax.sleep, 9)
      log = { tx:send(1), rx:recv(), (rx:try_recv()) }
    end)
    ax.yield()
    ax.kill(pid)
    ax.wait(pid)
    assert.same({ true, 1 }, log)
  end))

  local if_close_waits = help.CLOSE_WAITS and it or pending

  if_close_waits("lets <close> variables wait and work", inside(function()
    local tx, rx = ax.channel()
    local pid = ax.spawn(function(out)
      local mark <close> = closing(function()
        ax.sleep(2)
        out:send("flushed")
      end)
      ax.sleep(mark and 100)
    end, tx)
    ax.yield()
    ax.kill(pid)
    assert.equal("flushed", rx:recv())
    assert.equal(2, ax.now())
    assert.same({ pid, "killed", "TERM" }, { ax.wait(pid) })
  end))
end)
