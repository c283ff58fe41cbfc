--- msgwait - message queues: those who wait, and select.
local ax = require "axeberg"
local help = require "spec.support.helper"

local has, raises = help.has, help.raises
local sys = ax.sys

--- The body of a spec; the queues that it leaves are removed.
local function inside(fn, options)
  return help.inside(function()
    fn()
    for _, id in ipairs(sys.msgids()) do sys.msgctl(id, "IPC_RMID") end
  end, options)
end

--- All results of a call, nils included.
local function all(...) return { n = select("#", ...), ... } end

describe("waiting to receive", function()
  it("gets what comes", inside(function()
    local q = ax.msgqueue()
    local got
    local pid = ax.spawn(function() got = { q:recv() } end)
    ax.yield()
    q:send(4, "four")
    assert.equal(0, #q) -- handed over
    ax.wait(pid)
    assert.same({ 4, "four" }, got)
    assert.equal(pid, q:stat().lrpid)
  end))

  it("wakes the one who wants it", inside(function()
    local q = ax.msgqueue()
    local log = {}
    local wants = { { 1 }, { 2 }, { -3 }, { 2, nil, { except = true } },
      { 0 } }
    for i, want in ipairs(wants) do
      ax.spawn(function()
        local mtype = q:recv(table.unpack(want, 1, 3))
        log[#log + 1] = i .. ":" .. mtype
      end)
    end
    ax.yield()
    for _, mtype in ipairs { 2, 9, 2, 1, 7 } do
      q:send(mtype, "")
      ax.yield()
    end
    for _ = 1, 5 do ax.wait(-1) end
    assert.equal("2:2 4:9 3:2 1:1 5:7", table.concat(log, " "))
  end))

  it("serves those who want the same in the order of their coming",
    inside(function()
      local q = ax.msgqueue()
      local log = {}
      for i = 1, 100 do
        ax.spawn(function()
          local _, data = q:recv(5)
          log[#log + 1] = i .. data
        end)
      end
      ax.yield()
      for i = 1, 100 do q:send(5, "=" .. i) end
      for _ = 1, 100 do ax.wait(-1) end
      for i = 1, 100 do assert.equal(i .. "=" .. i, log[i]) end
    end))

  it("hears E2BIG when what comes is too long, and the next gets it",
    inside(function()
      local q = ax.msgqueue()
      local log = {}
      for i, size in ipairs { 2, 9, 9 } do
        ax.spawn(function()
          local mtype, data = q:recv(0, nil, { size = size })
          log[i] = mtype and data or data
        end)
      end
      ax.yield()
      q:send(1, "12345")
      ax.yield()
      assert.same({ "too big", "12345" }, log)
      q:send(1, "6")
      for _ = 1, 3 do ax.wait(-1) end
      assert.equal("6", log[3])
    end))

  it("hears E2BIG when nobody else takes it, and it is queued",
    inside(function()
      local q = ax.msgqueue()
      local log = {}
      for i = 1, 3 do
        ax.spawn(function() log[i] = select(3, q:recv(i, 9, { size = 2 })) end)
      end
      ax.yield()
      q:send(2, "12345")
      ax.yield()
      assert.same({ [2] = "E2BIG" }, log)
      assert.same({ 2, "12345" }, { q:recv() })
      for _ = 1, 3 do ax.wait(-1) end
      assert.same({ "ETIMEDOUT", "E2BIG", "ETIMEDOUT" }, log)
    end))

  it("with noerror gets its first bytes", inside(function()
    local q = ax.msgqueue()
    local got
    local pid = ax.spawn(function()
      got = { q:recv(0, nil, { size = 2, noerror = true }) }
    end)
    ax.yield()
    q:send(1, "12345")
    ax.wait(pid)
    assert.same({ 1, "12" }, got)
  end))

  it("ends when the time is up, and takes nothing later", inside(function()
    local q = ax.msgqueue()
    local answer = { q:recv(3, 2) }
    assert.same({ nil, "timeout", "ETIMEDOUT" }, answer)
    q:send(3, "later")
    assert.equal(1, #q)
  end))

  it("hears EIDRM when the queue is removed", inside(function()
    local q = ax.msgqueue()
    local log = {}
    for i = 1, 20 do
      ax.spawn(function() log[i] = all(q:recv(i)) end)
    end
    ax.yield()
    q:remove()
    for _ = 1, 20 do ax.wait(-1) end
    for i = 1, 20 do
      assert.same(all(nil, "identifier removed", "EIDRM"), log[i])
    end
    q:close()
  end))

  it("is explained in a deadlock", inside(function()
    local q = ax.msgqueue()
    local err = raises(ax.run, function()
      local inner = ax.msgqueue()
      inner:send(1, "abc")
      inner:recv(2)
    end)
    has(err, "receive from queue #", "(1 messages, 3/16384 bytes)")
    q:remove()
  end))

  it("is not for one who is stopped; who is continued looks again",
    inside(function()
      local q = ax.msgqueue()
      local log = {}
      local first = ax.spawn(function() log[1] = select(2, q:recv()) end)
      local second = ax.spawn(function() log[2] = select(2, q:recv()) end)
      ax.yield()
      ax.kill(first, "STOP")
      q:send(1, "a")
      q:send(1, "b")
      ax.wait(second)
      assert.same({ [2] = "a" }, log)
      ax.kill(first, "CONT")
      ax.wait(first)
      assert.same({ "b", "a" }, log)
    end))
end)

describe("waiting to send", function()
  it("goes on when there is room, in the order of coming",
    inside(function()
      local q = ax.msgqueue(nil, { qbytes = 3 })
      for i = 1, 10 do
        ax.spawn(function() assert(q:send(i, "xyz")) end)
      end
      ax.yield()
      assert.equal(1, #q)
      for i = 1, 10 do
        assert.equal(i, (q:recv()))
        ax.yield()
      end
      for _ = 1, 10 do assert.equal("exited", select(2, ax.wait(-1))) end
    end))

  it("lets pass what fits", inside(function()
    local q = ax.msgqueue(nil, { qbytes = 10 })
    q:send(1, "123456")
    local big = ax.spawn(function() assert(q:send(2, "1234567")) end)
    ax.yield()
    assert.is_true(q:try_send(3, "1234"))
    q:recv(1) -- 4 left
    ax.yield()
    assert.equal("waiting", ax.ps()[#ax.ps()].state)
    q:recv(3)
    ax.wait(big)
    assert.equal(2, (q:recv()))
  end))

  it("does not hold up others when it ends", inside(function()
    local q = ax.msgqueue(nil, { qbytes = 10 })
    q:send(5, "1")
    q:send(1, "12345678")
    local log = {}
    ax.spawn(function() log.big = all(q:send(2, "1234567890", 1)) end)
    local small = ax.spawn(function() log.small = q:send(3, "1234") end)
    ax.yield()
    q:recv(1) -- the small one goes, the big one does not fit
    ax.wait(small)
    assert.is_true(log.small)
    ax.wait(-1)
    assert.same({ n = 3, nil, "timeout", "ETIMEDOUT" }, log.big)
  end))

  it("hands its message to who waits for it once there is room",
    inside(function()
      local q = ax.msgqueue(nil, { qbytes = 3 })
      q:send(1, "abc")
      local got
      ax.spawn(function() got = { q:recv(2) } end)
      ax.spawn(function() assert(q:send(2, "def")) end)
      ax.yield()
      ax.yield()
      assert.is_nil(got)
      q:recv(1)
      ax.wait(-1)
      ax.wait(-1)
      assert.same({ 2, "def" }, got)
    end))

  it("hears EIDRM when the queue is removed, and what was too much goes",
    inside(function()
      local q = ax.msgqueue(nil, { qbytes = 1 })
      q:send(1, "x")
      local log = {}
      for i = 1, 5 do
        ax.spawn(function() log[i] = select(3, q:send(1, "y")) end)
      end
      ax.yield()
      q:remove()
      for _ = 1, 5 do ax.wait(-1) end
      assert.same({ "EIDRM", "EIDRM", "EIDRM", "EIDRM", "EIDRM" }, log)
      q:close()
    end))

  it("hears EINVAL when the queue gets too small, goes on when it grows",
    inside(function()
      local q = ax.msgqueue(nil, { qbytes = 10 })
      q:send(1, "1234567890")
      local log = {}
      ax.spawn(function() log.big = select(3, q:send(2, "123456")) end)
      ax.spawn(function() log.small = q:send(3, "12") end)
      ax.yield()
      q:set { qbytes = 5 }
      ax.wait(-1)
      assert.same({ big = "EINVAL" }, log)
      q:set { qbytes = 12 }
      ax.wait(-1)
      assert.is_true(log.small)
    end))
end)

describe("select", function()
  it("receives by type", inside(function()
    local q = ax.msgqueue()
    q:send(1, "one")
    q:send(2, "two")
    assert.same({ q, 2, "two" }, { ax.select { { q, 2 } } })
    assert.same({ q, 1, "one" }, { ax.select { q } })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { ax.select({ q }, 0) })
  end))

  it("waits for types, other queues and channels at once", inside(function()
    local a = ax.msgqueue()
    local b = ax.msgqueue()
    local tx, rx = ax.channel()
    local log = {}
    ax.spawn(function()
      for _ = 1, 4 do
        local which, mtype = ax.select { { a, 1 }, { a, -5 }, b, rx }
        log[#log + 1] = (which == a and "a" or which == b and "b" or "rx")
          .. mtype
      end
    end)
    ax.yield()
    a:send(9, "nobody's")
    a:send(4, "")
    ax.yield()
    b:send(2, "")
    ax.yield()
    tx:send(3)
    ax.yield()
    a:send(1, "")
    ax.wait(-1)
    assert.equal("a4 b2 rx3 a1", table.concat(log, " "))
    assert.equal(1, #a)
  end))

  it("says that a queue was removed", inside(function()
    local q = ax.msgqueue()
    local answer
    ax.spawn(function() answer = all(ax.select { { q, 1 } }) end)
    ax.yield()
    q:remove()
    ax.wait(-1)
    assert.same(all(q, nil, "identifier removed", "EIDRM"), answer)
    q:close()
  end))

  it("refuses what is no arm", inside(function()
    local q = ax.msgqueue()
    has(raises(ax.select, { { q, "one" } }), "arm 1", "queue")
    has(raises(ax.select, { { q, 1.5 } }), "arm 1")
    q:close()
    has(raises(ax.select, { { q, 1 } }), "arm 1", "closed")
  end))
end)
