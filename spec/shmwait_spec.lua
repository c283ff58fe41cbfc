--- shmwait - shared memory: waiting for a sync, for a notify; select, kill.
local ax = require "axeberg"
local help = require "spec.support.helper"

local sys = ax.sys

local function inside(fn)
  return help.inside(function()
    fn()
    for _, id in ipairs(sys.shmids()) do sys.shmctl(id, "IPC_RMID") end
  end)
end

local TIMEOUT = { nil, "timeout", "ETIMEDOUT" }

--- A segment with a view to write, and one to read.
local function pair()
  local segment = ax.shm(4096)
  return segment, segment:attach("rw"), segment:attach("r")
end

local function publish(region, text)
  region:write(0, text)
  return region:sync()
end

local function direct(segment)
  return segment:attach("rw", { direct = true })
end

describe("waiting for a sync", function()
  it("ends with the version that was published", inside(function()
    local _, a, b = pair()
    ax.spawn(function()
      ax.sleep(2)
      publish(a, "x")
    end)
    assert.equal(1, b:next())
    assert.equal(2, ax.now())
    assert.equal(1, b:next()) -- it has not refreshed
    b:refresh()
    assert.same(TIMEOUT, { b:next(1) })
    assert.same(TIMEOUT, { b:next(0) })
    assert.same(TIMEOUT, { a:next(1) }) -- one's own is no news
  end))

  it("is not ended by a sync of nothing", inside(function()
    local _, a, b = pair()
    ax.spawn(function()
      a:write(0, "\0")
      a:sync()
    end)
    assert.same(TIMEOUT, { b:next(1) })
  end))

  it("wakes all that wait, direct writes too", inside(function()
    local segment, a, b = pair()
    local woken = {}
    for i = 1, 3 do
      ax.spawn(function() woken[i] = b:next() end)
    end
    ax.spawn(function() woken[4] = segment:attach("r"):next() end)
    ax.yield()
    ax.spawn(function() direct(segment):write(0, "x") end)
    while ax.wait(-1) do end
    assert.same({ 1, 1, 1, 1 }, woken)
    assert.equal(1, a:next(0))
  end))

  it("is an arm of select", inside(function()
    local _, a, b = pair()
    local tx, rx = ax.channel()
    local pid = ax.spawn(function()
      assert.same({ b, 1 }, { ax.select { rx, b } })
      b:refresh()
      assert.same({ rx, "message" }, { ax.select { b, rx } })
      assert.same(TIMEOUT, { ax.select({ b }, 1) })
      return "done"
    end)
    ax.sleep(1)
    publish(a, "x")
    ax.sleep(1)
    tx:send("message")
    assert.same({ pid, "exited", "done" }, { ax.wait(pid) })
  end))

  it("hears that its region is closed", inside(function()
    local _, _, b = pair()
    ax.spawn(function() ax.sleep(1) b:close() end)
    assert.same({ nil, "closed", "EPIPE" }, { b:next() })
  end))

  it("goes on when the segment is removed", inside(function()
    local segment, a, b = pair()
    ax.spawn(function()
      segment:remove()
      ax.sleep(1)
      publish(a, "x")
    end)
    assert.equal(1, b:next())
  end))

  it("is told in a deadlock", inside(function()
    local ok, err = pcall(ax.run, function()
      local segment = ax.shm(100)
      segment:attach("r"):next()
    end)
    assert.is_false(ok)
    help.has(tostring(err), "wait for a sync of region",
      "(100 bytes, r, version 0/0)")
  end))
end)

describe("waiting for a notify", function()
  it("ends with it, if the word was as expected", inside(function()
    local segment = ax.shm(64)
    local d = direct(segment)
    assert.same({ nil, "changed", "EAGAIN" }, { d:wait(8, 1) })
    assert.same(TIMEOUT, { d:wait(8, 0, 1) })
    assert.same(TIMEOUT, { d:wait(8, 0, 0) })
    ax.spawn(function()
      local mine = direct(segment)
      ax.sleep(1)
      mine:fetch_add(8, 1)
      assert(mine:notify(8) == 1 and mine:notify(8) == 0)
    end)
    assert.is_true(d:wait(8, 0))
    assert.equal(1, (d:unpack(8, "i8")))
    assert.same({ nil, "changed", "EAGAIN" }, { d:wait(8, -255, 1, "i16") })
    assert.same(TIMEOUT, { d:wait(8, 257, 1, "u8") }) -- the low byte
  end))

  it("wakes as many as it says, in their order, at its offset",
    inside(function()
      local d = direct(ax.shm(64))
      local log = {}
      for i = 1, 6 do
        ax.spawn(function()
          d:wait(i % 2 * 8, 0)
          log[#log + 1] = i
        end)
      end
      ax.yield()
      assert.equal(0, d:notify(16))
      assert.equal(0, d:notify(8, 0))
      assert.equal(2, d:notify(8, 2))
      assert.equal(3, d:notify(0, math.huge))
      ax.yield()
      assert.same({ 1, 3, 2, 4, 6 }, log)
      assert.equal(1, d:notify(8, 100))
    end))

  it("is an arm of select", inside(function()
    local d = direct(ax.shm(64))
    local pid = ax.spawn(function()
      assert.same({ d, 16 }, { ax.select { { d, 8 }, { d, 16 } } })
      assert.equal(0, d:notify(8))
      assert.same(TIMEOUT, { ax.select({ { d, 8 } }, 1) })
      return "done"
    end)
    ax.sleep(1)
    d:notify(16)
    assert.same({ pid, "exited", "done" }, { ax.wait(pid) })
    help.has(help.raises(ax.select, { { d, 64 } }), "arm 1")
    help.has(help.raises(ax.select, { { ax.shm(8):attach(), 0 } }), "arm 1")
  end))

  it("wakes 20,000", inside(function()
    local n = help.STRESS and 200 or 20000 -- 3
    local d = direct(ax.shm(64))
    for _ = 1, n do ax.spawn(function() assert(d:wait(0, 0)) end) end
    ax.yield()
    assert.equal(n, d:notify(0, n))
    while ax.wait(-1) do end
  end))
end)

-- The places where a process waits, what wakes one of them, and what is left.
local places = {
  { "next", function(s) return s.reader:next() end },
  { "next with a time", function(s) return s.reader:next(100) end },
  { "select of a region", function(s) return ax.select { s.reader } end },
  { "wait", function(s) return s.direct:wait(8, 0) end, true },
  { "wait with a time", function(s) return s.direct:wait(8, 0, 100) end,
    true },
  { "select of a word", function(s)
    return ax.select { { s.direct, 8 }, { s.direct, 16 } }
  end, true },
}

for _, place in ipairs(places) do
  local function wake(s)
    if place[3] then return s.direct:notify(8) end
    return publish(s.writer, "x")
  end
  local function state()
    local segment, writer, reader = pair()
    return { writer = writer, reader = reader, direct = direct(segment) }
  end

  describe("kill in " .. place[1], function() -- 1
    it("leaves no waiter behind", inside(function()
      local s = state()
      for _, signal in ipairs { "KILL", "TERM" } do
        local pid = ax.spawn(function() place[2](s) end)
        ax.yield()
        assert.equal(place[1] == "select of a word" and 2 or 1,
          ax.stats().waiters)
        ax.kill(pid, signal)
        ax.wait(pid)
        assert.equal(0, ax.stats().waiters)
      end
      wake(s)
    end))

    it("after it was woken serves the next", inside(function()
      local s = state()
      local got = {}
      local pids = {}
      for i = 1, 2 do
        pids[i] = ax.spawn(function() got[i] = { place[2](s) } end)
      end
      ax.yield()
      wake(s)
      ax.kill(pids[1], "KILL")
      ax.wait(pids[2], 200)
      assert.is_nil(got[1])
      assert.is_truthy(got[2] and got[2][1])
      assert.equal(0, ax.now())
    end))

    it("while it is stopped: it is woken all the same", inside(function()
      local s = state()
      local got
      local pid = ax.spawn(function() got = { place[2](s) } end)
      ax.yield()
      ax.kill(pid, "STOP")
      wake(s)
      ax.sleep(1)
      assert.is_nil(got)
      ax.kill(pid, "CONT")
      ax.wait(pid)
      assert.is_truthy(got[1])
      assert.equal(1, ax.now())
    end))

    it("detaches what it held", inside(function()
      local s = state()
      local segment = ax.shm(4096)
      local pid = ax.spawn(function()
        local mine, number = segment:attach(), sys.shmat(segment:id())
        mine:write(0, "half")
        sys.mem_write(number, 100, "half")
        place[2](s)
      end)
      ax.yield()
      assert.equal(2, segment:stat().nattch)
      ax.kill(pid, "KILL")
      ax.wait(pid)
      assert.equal(0, segment:stat().nattch)
      assert.equal(0, segment:version()) -- nothing was synced
    end))
  end)
end
