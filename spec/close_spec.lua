--- close - when a channel counts as closed, and what is still received.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

local CLOSED = { nil, "closed", "EPIPE" }
local EMPTY = { nil, "empty", "EAGAIN" }

describe("closing", function()
  it("leaves what is queued to be received, in order, then is closed",
    inside(function() -- 6
      local tx, rx = ax.channel()
      for i = 1, 100 do tx:send(i) end
      tx:close()
      for i = 1, 100 do assert.equal(i, rx:recv()) end
      for _ = 1, 3 do
        assert.same(CLOSED, { rx:recv() })
        assert.same(CLOSED, { rx:recv(0) })
        assert.same(CLOSED, { rx:recv(5) })
        assert.same(CLOSED, { rx:try_recv() })
      end
      assert.equal(0, ax.now())
    end))

  it("of a bounded channel drains the senders that wait, too",
    inside(function()
      local tx, rx = ax.channel(nil, { capacity = 1 })
      ax.spawn(function(out)
        out:send(1)
        out:send(2)
        out:send(3)
      end, tx)
      ax.yield()
      local got = {}
      for v in rx do got[#got + 1] = v end
      assert.same({ 1, 2, 3 }, got)
    end))

  it("the receiver makes send fail, which keeps the value", inside(function()
    local tx, rx = ax.channel() -- 6, 7
    tx:send(1)
    rx:close()
    local value = { "precious" }
    assert.same(CLOSED, { tx:send(value) })
    assert.same(CLOSED, { tx:send(value, 1) })
    assert.same(CLOSED, { tx:try_send(value) })
    assert.same({ "precious" }, value)
    assert.equal(0, ax.stats().waiters)
  end))

  it("the receiver lets go of what was queued", inside(function()
    local weak = setmetatable({}, { __mode = "v" })
    local tx, rx = ax.channel()
    weak[1] = {}
    tx:send(weak[1])
    rx:close()
    help.collect()
    assert.is_nil(weak[1])
    assert.same(CLOSED, { tx:send(1) })
  end))

  it("wakes every receiver that waits", inside(function() -- 3, 5
    local N = 20000
    local tx, rx = ax.channel()
    local closed = 0
    for _ = 1, N do
      ax.spawn(function()
        local v, err, code = rx:recv()
        if v == nil and err == "closed" and code == "EPIPE" then
          closed = closed + 1
        end
      end)
    end
    ax.yield()
    assert.equal(N, ax.stats().waiters)
    tx:close()
    assert.equal(0, ax.stats().waiters)
    ax.yield()
    assert.equal(N, closed)
  end))

  it("wakes every sender that waits", inside(function() -- 3, 5
    local N = 20000
    local tx, rx = ax.channel(nil, { capacity = 0 })
    local closed = 0
    for i = 1, N do
      ax.spawn(function()
        if select(2, tx:send(i)) == "closed" then closed = closed + 1 end
      end)
    end
    ax.yield()
    assert.equal(N, ax.stats().waiters)
    rx:close()
    assert.equal(0, ax.stats().waiters)
    ax.yield()
    assert.equal(N, closed)
  end))

  it("in the same pass as a timeout: one of the two", inside(function() -- 2
    local tx, rx = ax.channel()
    local got
    ax.spawn(function() got = { rx:recv(1) } end)
    ax.spawn(function(out)
      ax.sleep(1)
      out:close()
    end, tx)
    for _ = 1, 2 do ax.wait(-1) end
    assert.is_nil(got[1])
    assert.is_true(got[2] == "closed" or got[2] == "timeout")
    assert.equal(0, ax.stats().timers)
  end))

  it("while somebody else receives from it is answered with closed",
    inside(function()
      local _, rx = ax.channel()
      local got
      local p = ax.spawn(function() got = { pcall(rx.recv, rx) } end)
      ax.yield()
      rx:close()
      ax.wait(p)
      -- the wait has ended, one way or the other
      assert.is_true(got[1] == false or got[3] == "closed")
    end))
end)

describe("senders", function()
  it("are counted: one closed leaves the others", inside(function()
    local tx, rx = ax.channel()
    local tx2 = tx:clone()
    local tx3 = tx2:clone()
    tx:close()
    assert.same(EMPTY, { rx:try_recv() })
    has(raises(function() tx:send(1) end), "closed")
    assert.is_true(tx2:send(2))
    tx2:close()
    assert.is_true(tx3:send(3))
    tx3:close()
    assert.equal(2, rx:recv())
    assert.equal(3, rx:recv())
    assert.same(CLOSED, { rx:recv() })
  end))

  it("closed twice count once", inside(function()
    local tx, rx = ax.channel()
    local tx2 = tx:clone()
    tx:close()
    tx:close()
    tx:close()
    assert.is_true(tx2:send(1))
    assert.equal(1, rx:recv())
    assert.same(EMPTY, { rx:try_recv() })
    tx2:close()
  end))

  it("that are garbage are closed", inside(function() -- 7
    local tx, rx = ax.channel()
    tx:send(1)
    tx = nil -- luacheck: ignore
    help.collect()
    assert.equal(1, rx:recv())
    assert.same(CLOSED, { rx:try_recv() })
  end))

  it("that are garbage end a wait that would last for ever", inside(function()
    local tx, rx = ax.channel() -- 7
    local weak = setmetatable({ tx }, { __mode = "v" })
    tx = nil -- luacheck: ignore
    assert.same(CLOSED, { rx:recv() })
    assert.is_nil(weak[1])
  end))

  it("in garbage cycles end it, too", inside(function()
    local tx, rx = ax.channel()
    local cycle = { tx }
    cycle.self = setmetatable({}, { __index = cycle })
    cycle, tx = nil, nil -- luacheck: ignore
    assert.same(CLOSED, { rx:recv() })
  end))

  it("given to a process close with it", inside(function()
    for _, ending in ipairs {
      function() end,
      function() error("x", 0) end,
      function() ax.exit(3) end,
      function() ax.kill(ax.getpid(), "KILL") end,
    } do
      local tx, rx = ax.channel()
      local pid = ax.spawn(function(out)
        out:send("last words")
        ax.yield()
        ending()
      end, tx)
      assert.equal("last words", rx:recv())
      assert.same(CLOSED, { rx:recv() })
      ax.wait(pid)
    end
  end))

  it("made by a process close with it, although others can see them",
    inside(function()
      local tx, rx
      ax.spawn(function()
        local made
        made, rx = ax.channel()
        tx = made:clone()
        tx:send(1)
        ax.sleep(1)
      end)
      ax.yield()
      assert.is_true(tx:send(2))
      ax.wait(-1)
      has(raises(function() tx:send(3) end), "closed")
      has(raises(function() rx:recv() end), "closed")
      tx, rx = nil, nil
    end))

  it("in a closure stay with the process that made them", inside(function()
    local tx, rx = ax.channel()
    ax.spawn(function() tx:send(1) end)
    ax.wait(-1)
    assert.equal(1, rx:recv())
    assert.same(EMPTY, { rx:try_recv() })
    assert.is_true(tx:send(2))
  end))

  it("cloned inside a process belong to it", inside(function()
    local tx, rx = ax.channel()
    ax.spawn(function()
      local mine = tx:clone()
      mine:send(1)
      ax.sleep(1)
    end)
    assert.equal(1, rx:recv())
    assert.equal(2, rx:stat().senders)
    tx:close()
    assert.same(CLOSED, { rx:recv() })
    assert.equal(1, ax.now())
  end))
end)

describe("receivers", function()
  it("that are garbage make send fail", inside(function() -- 7
    local tx = ax.channel()
    help.collect()
    assert.same(CLOSED, { tx:send(1) })
  end))

  it("that are garbage end a send that would last for ever",
    inside(function()
      local tx = ax.channel(nil, { capacity = 0 })
      assert.same(CLOSED, { tx:send(1) })
    end))

  it("given to a process close with it", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 1 })
    ax.spawn(function(inbox) inbox:recv() end, rx)
    assert.is_true(tx:send(1))
    ax.wait(-1)
    assert.same(CLOSED, { tx:send(2) })
  end))

  it("end their channel with what is queued in it", inside(function()
    local tx, rx = ax.channel()
    local inner, inner_rx = ax.channel()
    tx:send(inner) -- a sender on its way
    inner = nil -- luacheck: ignore
    rx:close()
    help.collect()
    assert.same(CLOSED, { inner_rx:try_recv() })
  end))
end)

describe("a channel nobody holds", function()
  it("is gone with all that was queued", inside(function()
    local objects = ax.stats().objects
    for _ = 1, 100 do
      local tx = ax.channel()
      tx:send({})
      tx:send(("x"):rep(100))
      tx:send(1)
    end
    help.collect()
    assert.equal(objects, ax.stats().objects)
  end))

  it("is gone with its process although it contains its own ends",
    inside(function()
      ax.spawn(function()
        local tx, rx = ax.channel()
        local tx2, rx2 = ax.channel()
        tx:send(rx2)
        tx2:send(rx)
        tx:close()
        tx2:close()
      end)
      ax.wait(-1)
      help.collect()
      assert.equal(0, ax.stats().waiters)
    end))
end)
