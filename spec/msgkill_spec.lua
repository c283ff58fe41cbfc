--- msgkill - message queues: kill and TERM wherever a process may block.
local ax = require "axeberg"
local help = require "spec.support.helper"

local sys = ax.sys

local function inside(fn)
  return help.inside(function()
    fn()
    for _, id in ipairs(sys.msgids()) do sys.msgctl(id, "IPC_RMID") end
  end)
end

local function queue(options) return assert(ax.msgqueue(nil, options)) end

--- Takes all that is there: "type data type data".
local function drain(q)
  local list = {}
  while true do
    local mtype, data = q:try_recv()
    if not mtype then return table.concat(list, " ") end
    list[#list + 1] = mtype .. data
  end
end

-- The places where a process waits: a call, and what wakes it.
local places = {
  { "recv", function(q) return q:recv(2) end },
  { "recv with a time", function(q) return q:recv(2, 100) end },
  { "recv except", function(q) return q:recv(9, nil, { except = true }) end },
  { "msgrcv", function(q) return sys.msgrcv(q:id(), -5) end },
  { "select", function(q)
    local _, mtype, data = ax.select { { q, 2 }, { q, 3 } }
    return mtype, data
  end },
}

for _, place in ipairs(places) do
  describe("kill in " .. place[1], function() -- 1
    it("takes nothing with it", inside(function()
      local q = queue()
      local pid = ax.spawn(function() place[2](q) end)
      ax.yield()
      ax.kill(pid, "KILL")
      ax.wait(pid)
      q:send(2, "a")
      assert.equal("2a", drain(q))
    end))

    it("after it was handed a message gives it back, to its place",
      inside(function()
        local q = queue()
        q:send(9, "old")
        local pid = ax.spawn(function() place[2](q) end)
        ax.yield()
        q:send(2, "a")
        q:send(2, "b")
        q:send(1, "c")
        assert.equal(3, #q)
        ax.kill(pid, "KILL")
        assert.equal(4, #q)
        assert.equal(6, q:stat().cbytes)
        assert.equal("9old 2a 2b 1c", drain(q))
        ax.wait(pid)
      end))

    it("after it was handed a message serves the next who wants it",
      inside(function()
        local q = queue()
        local got
        local first = ax.spawn(function() place[2](q) end)
        ax.spawn(function() q:recv(7, 1) end) -- does not want it
        local second = ax.spawn(function() got = { place[2](q) } end)
        ax.yield()
        q:send(2, "a")
        ax.kill(first, "KILL")
        assert.equal(0, #q)
        ax.wait(second)
        assert.same({ 2, "a" }, got)
      end))

    it("keeps the order among those who were handed messages",
      inside(function()
        local q = queue()
        local got = {}
        local pids = {}
        for i = 1, 3 do
          pids[i] = ax.spawn(function() got[i] = { place[2](q) } end)
        end
        ax.yield()
        for _, data in ipairs { "a", "b", "c" } do q:send(2, data) end
        ax.kill(pids[1], "KILL")
        ax.wait(pids[2])
        ax.wait(pids[3])
        assert.same({ [2] = { 2, "a" }, [3] = { 2, "b" } }, got)
        assert.equal("2c", drain(q))
      end))

    it("by TERM raises once, and a message that was handed over counts",
      inside(function()
        local q = queue()
        local log = {}
        local function body()
          log[#log + 1] = tostring(select(2, pcall(place[2], q)))
          log[#log + 1] = tostring(place[2](q))
        end
        local pid = ax.spawn(body)
        ax.yield()
        ax.kill(pid, "TERM")
        ax.yield()
        q:send(2, "a")
        ax.wait(pid)
        assert.same({ "cancelled", "2" }, log)
      end))

    it("of all who wait leaves nobody waiting", inside(function()
      local q = queue()
      local pids = {}
      for i = 1, 50 do pids[i] = ax.spawn(function() place[2](q) end) end
      ax.yield()
      for i = 1, 50, 2 do ax.kill(pids[i], "KILL") end
      for i = 1, 25 do q:send(2, tostring(i)) end
      for i = 1, 50 do ax.wait(pids[i]) end
      assert.equal(0, #q)
      assert.equal(0, ax.stats().waiters)
    end))
  end)
end

describe("a returned message", function()
  it("does not come back to a queue that was removed", inside(function()
    local q = queue()
    local pid = ax.spawn(function() q:recv() end)
    ax.yield()
    q:send(1, "a")
    q:remove()
    ax.kill(pid, "KILL")
    assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
    q:close()
  end))

  it("that was handed over before the removal is received",
    inside(function()
      local q = queue()
      local got
      local pid = ax.spawn(function() got = { q:recv() } end)
      ax.yield()
      q:send(1, "a")
      q:remove()
      q:close()
      ax.wait(pid)
      assert.same({ 1, "a" }, got)
    end))

  it("is whole again, however much of it was to be seen", inside(function()
    local q = queue()
    local pid = ax.spawn(function()
      q:recv(0, nil, { size = 1, noerror = true })
    end)
    ax.yield()
    q:send(1, "abc")
    ax.kill(pid, "KILL")
    ax.wait(pid)
    assert.equal("1abc", drain(q))
  end))

  it("is refused by who has no room for it, and goes to the next",
    inside(function()
      local q = queue()
      local log = {}
      local first = ax.spawn(function() q:recv() end)
      ax.spawn(function() log[1] = select(3, q:recv(0, nil, { size = 1 })) end)
      ax.spawn(function() log[2] = select(2, q:recv()) end)
      ax.yield()
      q:send(1, "abc")
      ax.kill(first, "KILL")
      for _ = 1, 3 do ax.wait(-1) end
      assert.same({ "E2BIG", "abc" }, log)
    end))

  it("goes to who would rather have it: the lowest type, then the oldest",
    inside(function()
      local q = queue()
      local got = {}
      local first = ax.spawn(function() q:recv(2) end)
      ax.spawn(function() got[1] = { q:recv(-9) } end)
      ax.yield()
      q:send(2, "low")
      q:send(5, "high")
      ax.kill(first, "KILL")
      ax.wait(-1)
      ax.wait(-1)
      assert.same({ 2, "low" }, got[1])
      assert.equal("5high", drain(q))
    end))
end)

describe("kill in send", function()
  it("has not sent, and the next goes on", inside(function()
    local q = queue { qbytes = 1 }
    q:send(1, "x")
    local pids = {}
    for i = 1, 3 do
      pids[i] = ax.spawn(function() q:send(i + 1, "y") end)
    end
    ax.yield()
    ax.kill(pids[1], "KILL")
    ax.wait(pids[1])
    assert.equal(1, (q:recv()))
    ax.wait(pids[2])
    assert.equal(3, (q:recv()))
    ax.kill(pids[3], "KILL") -- it has sent, and did not run since
    ax.wait(pids[3])
    assert.equal("4y", drain(q))
  end))

  it("by TERM raises, and has not sent", inside(function()
    local q = queue { qbytes = 1 }
    q:send(1, "x")
    local err
    local pid = ax.spawn(function()
      err = select(2, pcall(sys.msgsnd, q:id(), 2, "y"))
    end)
    ax.yield()
    ax.kill(pid, "TERM")
    ax.wait(pid)
    assert.equal("cancelled", err)
    assert.equal("1x", drain(q))
  end))

  it("of one who is large lets the small ones go", inside(function()
    local q = queue { qbytes = 4 }
    q:send(1, "xx")
    local large = ax.spawn(function() q:send(2, "1234") end)
    local small = ax.spawn(function() q:send(3, "123") end)
    ax.yield()
    ax.kill(large, "KILL")
    q:recv()
    ax.wait(small)
    assert.equal("3123", drain(q))
    ax.wait(large)
  end))
end)

describe("random kills", function()
  --- Receivers, some with a time, that count what they get.
  local function receiver(q, world, want, seconds)
    world.receivers[#world.receivers + 1] = ax.spawn(function()
      if q:recv(want, seconds) then world.received = world.received + 1 end
    end)
  end

  local function sender(q, world, mtype, data, seconds)
    world.senders[#world.senders + 1] = ax.spawn(function()
      if q:send(mtype, data, seconds) then world.sent = world.sent + 1 end
    end)
  end

  local SIGNALS = { "STOP", "CONT", "KILL", "KILL" }

  it("of receivers lose no message, whatever else happens",
    inside(function()
      local random = help.generator(help.SEED)
      local q = queue { qbytes = 64 }
      local world = { sent = 0, received = 0, senders = {}, receivers = {} }
      for _ = 1, 4000 do
        local what, mtype = random(10), random(4)
        if what <= 4 then
          if q:try_send(mtype, ("x"):rep(random(8) - 1)) then
            world.sent = world.sent + 1
          end
        elseif what <= 6 then
          receiver(q, world, ({ mtype, 0, -mtype })[random(3)], random(3))
        elseif what == 7 then
          sender(q, world, mtype, ("x"):rep(random(30)), random(3))
        elseif what == 8 then
          ax.sleep(0.3)
        elseif #world.receivers > 0 then
          ax.kill(world.receivers[random(#world.receivers)],
            SIGNALS[random(4)])
        end
      end
      for _, pid in ipairs(world.receivers) do ax.kill(pid, "CONT") end
      for _, list in ipairs { world.receivers, world.senders } do
        for _, pid in ipairs(list) do ax.wait(pid) end
      end
      assert.equal(world.sent, world.received + #q, "seed " .. help.SEED)
    end))
end)
