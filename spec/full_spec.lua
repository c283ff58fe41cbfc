--- full - channels with a capacity, and what a send does when it is reached.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

--- All that is queued, in order.
local function drain(rx)
  local got = {}
  while true do
    local v, err = rx:try_recv()
    if v == nil then return got, err end
    got[#got + 1] = v
  end
end

describe("a full channel", function()
  it("lets a sender wait until there is room", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 2 })
    local sent = 0
    ax.spawn(function(out)
      for i = 1, 5 do
        out:send(i)
        sent = i
      end
    end, tx)
    ax.yield()
    assert.equal(2, sent)
    assert.equal(2, #rx)
    assert.equal(1, rx:recv())
    ax.yield()
    assert.equal(3, sent)
    assert.equal(2, #rx)
    assert.same({ 2, 3, 4 }, drain(rx)) -- the one that waits is served, too
    ax.yield()
    assert.equal(5, sent)
    assert.same({ 5 }, drain(rx))
  end))

  it("says that it blocks, by default and if asked", inside(function()
    for _, full in ipairs { "block", false } do
      local tx, rx = ax.channel(nil, { capacity = 1, full = full or nil })
      tx:send("a")
      assert.same({ nil, "timeout", "ETIMEDOUT" }, { tx:send("b", 1) })
      assert.equal("block", tx:stat().full)
      assert.same({ "a" }, drain(rx))
    end
  end))

  it("keeps the order of the senders that wait", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 1 })
    for i = 1, 6 do
      ax.spawn(function(out) out:send(i) end, tx:clone())
    end
    ax.yield()
    tx:close()
    local got = {}
    for v in rx do got[#got + 1] = v end
    assert.same({ 1, 2, 3, 4, 5, 6 }, got)
  end))

  it("does not let a newcomer overtake the senders that wait",
    inside(function()
      local tx, rx = ax.channel(nil, { capacity = 1 })
      tx:send("first")
      ax.spawn(function() tx:send("waited") end)
      ax.yield()
      assert.equal("first", rx:recv())
      assert.same({ nil, "full", "EAGAIN" }, { tx:try_send("newcomer") })
      assert.equal("waited", rx:recv())
      ax.wait(-1)
    end))

  it("wakes as many senders as there is room for, no more",
    inside(function()
      local tx, rx = ax.channel(nil, { capacity = 1 })
      tx:send(0)
      for i = 1, 100 do ax.spawn(function() tx:send(i) end) end
      ax.yield()
      assert.equal(100, ax.stats().waiters)
      local steps = ax.stats().steps
      rx:recv()
      ax.yield()
      assert.equal(99, ax.stats().waiters)
      assert.is_true(ax.stats().steps - steps <= 3)
      rx:close()
    end))

  it("tells waiting senders that the receiver is gone", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 1 })
    tx:send(0)
    local got = {}
    for i = 1, 3 do
      ax.spawn(function() got[i] = { tx:send(i) } end)
    end
    ax.yield()
    rx:close()
    for _ = 1, 3 do ax.wait(-1) end
    for i = 1, 3 do
      assert.same({ nil, "closed", "EPIPE" }, got[i])
    end
  end))
end)

describe('full = "fail"', function()
  it("answers full, whether there is time to wait or not",
    inside(function()
      local tx, rx = ax.channel(nil, { capacity = 2, full = "fail" })
      assert.is_true(tx:send(1))
      assert.is_true(tx:send(2))
      assert.same({ nil, "full", "EAGAIN" }, { tx:send(3) })
      assert.same({ nil, "full", "EAGAIN" }, { tx:send(3, 10) })
      assert.same({ nil, "full", "EAGAIN" }, { tx:try_send(3) })
      assert.equal(0, ax.now())
      assert.same({ 1, 2 }, drain(rx))
      assert.is_true(tx:send(4))
      assert.same({ 4 }, drain(rx))
    end))

  it("with capacity 0 sends only to a receiver that waits",
    inside(function()
      local tx, rx = ax.channel(nil, { capacity = 0, full = "fail" })
      assert.same({ nil, "full", "EAGAIN" }, { tx:send(1) })
      local got
      ax.spawn(function() got = rx:recv() end)
      ax.yield()
      assert.is_true(tx:send(2))
      assert.same({ nil, "full", "EAGAIN" }, { tx:send(3) })
      ax.wait(-1)
      assert.equal(2, got)
    end))
end)

describe('full = "drop_oldest"', function()
  it("makes room, and counts what was dropped", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 3, full = "drop_oldest" })
    for i = 1, 10 do assert.same({ true }, { tx:send(i) }) end
    assert.equal(3, #rx)
    assert.equal(7, rx:stat().dropped)
    assert.same({ 8, 9, 10 }, drain(rx))
    assert.same({ true }, { tx:try_send(11) })
    assert.same({ 11 }, drain(rx))
  end))

  it("lets go of what it drops", inside(function()
    local weak = setmetatable({}, { __mode = "v" })
    local tx, rx = ax.channel(nil, { capacity = 1, full = "drop_oldest" })
    weak[1], weak[2] = {}, {}
    tx:send(weak[1])
    tx:send(weak[2])
    help.collect()
    assert.is_nil(weak[1])
    assert.is_true(rawequal(weak[2], rx:recv()))
  end))
end)

describe('full = "drop_newest"', function()
  it("keeps what is there, and counts what was dropped",
    inside(function()
      local tx, rx = ax.channel(nil, { capacity = 3, full = "drop_newest" })
      for i = 1, 10 do assert.same({ true }, { tx:send(i) }) end
      assert.equal(7, rx:stat().dropped)
      assert.same({ 1, 2, 3 }, drain(rx))
      assert.same({ true }, { tx:try_send(11) })
      assert.same({ 11 }, drain(rx))
    end))

  it("lets go of what it drops", inside(function()
    local weak = setmetatable({}, { __mode = "v" })
    local tx, rx = ax.channel(nil, { capacity = 1, full = "drop_newest" })
    weak[1], weak[2] = {}, {}
    tx:send(weak[1])
    tx:send(weak[2])
    help.collect()
    assert.is_nil(weak[2])
    assert.is_true(rawequal(weak[1], rx:recv()))
  end))
end)

describe("policies", function()
  for _, full in ipairs { "block", "fail", "drop_oldest", "drop_newest" } do
    it(full .. " answers closed when the receiver is gone",
      inside(function()
        for _, capacity in ipairs { 1, 2, 0 } do
          if capacity > 0 or full == "block" or full == "fail" then
            local tx, rx = ax.channel(nil,
              { capacity = capacity, full = full })
            if capacity > 0 then tx:send(1) end
            rx:close()
            assert.same({ nil, "closed", "EPIPE" }, { tx:send(2) })
            assert.same({ nil, "closed", "EPIPE" }, { tx:try_send(2) })
            assert.same({ nil, "closed", "EPIPE" }, { tx:send(2, 0) })
          end
        end
      end))

    it(full .. " hands over at once to a receiver that waits",
      inside(function()
        local tx, rx = ax.channel(nil, { capacity = 1, full = full })
        local got = {}
        for i = 1, 3 do
          ax.spawn(function() got[i] = rx:recv() end)
        end
        ax.yield()
        for i = 1, 3 do assert.is_true(tx:try_send(i)) end
        for _ = 1, 3 do ax.wait(-1) end
        assert.same({ 1, 2, 3 }, got)
        assert.equal(0, rx:stat().dropped)
      end))

    it(full .. " is no different while there is room", inside(function()
      local tx, rx = ax.channel(nil, { capacity = 100, full = full })
      for i = 1, 100 do assert.same({ true }, { tx:send(i) }) end
      for i = 1, 100 do assert.equal(i, rx:recv()) end
    end))
  end

  it("that drop need a place to drop from", inside(function()
    for _, full in ipairs { "drop_oldest", "drop_newest" } do
      has(raises(ax.channel, nil, { capacity = 0, full = full }),
        '"full"', "capacity 0")
    end
  end))
end)

describe("capacity", function()
  it("may be great without costing anything", inside(function()
    local before = ax.stats().bytes
    local tx, rx = ax.channel(nil, { capacity = 1 << 40 })
    for i = 1, 10 do tx:send(i) end
    assert.is_true(ax.stats().bytes - before < 10000)
    assert.equal(1 << 40, rx:stat().capacity)
    assert.equal(10, #rx)
  end))

  it("may be any number, and holds exactly so many", inside(function()
    for _, capacity in ipairs { 1, 2, 3, 7, 8, 9, 63, 64, 65, 1000 } do
      local tx, rx = ax.channel(nil, { capacity = capacity })
      for round = 1, 3 do -- round the ring
        for i = 1, capacity do assert.is_true(tx:try_send(round * i)) end
        assert.same({ nil, "full", "EAGAIN" }, { tx:try_send(0) })
        for i = 1, capacity do assert.equal(round * i, rx:recv()) end
        if tx:try_send("odd") then rx:recv() end
      end
    end
  end))

  it("may be a float with an integer value", inside(function()
    local tx = ax.channel(nil, { capacity = 2.0 })
    assert.equal(2, tx:stat().capacity)
  end))
end)

describe("capacity 0", function()
  it("means that sender and receiver meet", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 0 })
    local log = {}
    ax.spawn(function(out)
      for i = 1, 3 do
        out:send(i)
        log[#log + 1] = "sent " .. i
      end
    end, tx)
    ax.yield()
    assert.same({}, log)
    assert.equal(0, #rx)
    assert.equal(1, rx:recv())
    ax.yield()
    assert.same({ "sent 1" }, log)
    assert.equal(2, rx:recv())
    assert.equal(3, rx:recv())
    ax.wait(-1)
    assert.same({ "sent 1", "sent 2", "sent 3" }, log)
  end))

  it("works with the receiver there first", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 0 })
    local got = {}
    ax.spawn(function() for v in rx do got[#got + 1] = v end end)
    ax.yield()
    for i = 1, 4 do assert.is_true(tx:send(i)) end
    tx:close()
    ax.wait(-1)
    assert.same({ 1, 2, 3, 4 }, got)
  end))

  it("lets try_recv take from a sender that waits", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 0 })
    ax.spawn(function(out) out:send("x") end, tx)
    ax.yield()
    assert.same({ "x" }, { rx:try_recv() })
    ax.wait(-1)
    assert.same({ nil, "closed", "EPIPE" }, { rx:try_recv() })
  end))

  it("times out on both sides", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 0 })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { tx:send(1, 1) })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { rx:recv(1) })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { tx:send(1, 0) })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { rx:recv(0) })
    assert.same({ nil, "full", "EAGAIN" }, { tx:try_send(1) })
    assert.same({ nil, "empty", "EAGAIN" }, { rx:try_recv() })
    assert.equal(2, ax.now())
  end))
end)

describe("stat", function()
  it("tells how a channel is doing, from either end", inside(function()
    local tx, rx = ax.channel(nil,
      { name = "jobs", capacity = 4, full = "drop_oldest" })
    local more = tx:clone()
    for i = 1, 6 do tx:send(i) end
    for _, handle in ipairs { tx, rx, more } do
      local s = handle:stat()
      assert.same({ name = "jobs", queued = 4, capacity = 4,
        full = "drop_oldest", senders = 2, receivers = 1, dropped = 2 },
        s)
    end
  end))

  it("tells of no capacity where there is none", inside(function()
    local tx = ax.channel()
    local s = tx:stat()
    assert.is_true(s.capacity == nil or s.capacity == math.huge)
    assert.is_true(s.name == nil or s.name == "")
  end))
end)
