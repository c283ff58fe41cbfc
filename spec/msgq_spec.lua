--- msgq - System V message queues: what a single queue does.
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

describe("msgq", function()
  it("carries types and bytes", inside(function()
    local q = ax.msgqueue()
    assert.is_true(q:send(1, "request data"))
    assert.is_true(q:send(2, "response data"))
    assert.same({ 1, "request data" }, { q:recv() })
    assert.same({ 2, "response data" }, { q:recv(2) })
    assert.same({ nil, "empty", "EAGAIN" }, { q:try_recv() })
  end))

  local payloads = { -- 23
    { "nothing", "" }, { "NULs", "a\0b\0\0" }, { "one NUL", "\0" },
    { "all bytes", (("x"):rep(256):gsub("()x",
      function(i) return string.char(i - 1) end)) },
    { "as much as the queue holds", ("\0\255"):rep(8192) },
  }
  for _, row in ipairs(payloads) do
    it("carries " .. row[1] .. ", byte by byte", inside(function()
      local q = ax.msgqueue()
      assert.is_true(q:send(math.maxinteger, row[2]))
      assert.same({ math.maxinteger, row[2] }, { q:recv() })
      assert.is_true(sys.msgsnd(q:id(), 1, row[2]))
      assert.same({ 1, row[2] }, { sys.msgrcv(q:id(), 0) })
    end))
  end

  it("keeps a copy: nothing of the sender's is needed", inside(function()
    local q = ax.msgqueue()
    q:send(1, ("%d"):rep(3):format(1, 2, 3))
    help.collect()
    assert.same({ 1, "123" }, { q:recv() })
  end))
end)

describe("receiving", function()
  local order = { { 3, "a" }, { 1, "b" }, { 2, "c" }, { 1, "d" }, { 3, "e" } }
  local rows = {
    { "0 takes the oldest", 0, nil, "abcde" },
    { "n takes the oldest of type n", 1, nil, "bd" },
    { "n takes nothing of another type", 4, nil, "" },
    { "-n takes the lowest type up to n, FIFO within it", -2, nil, "bdc" },
    { "-n takes all that is low enough", -9, nil, "bdcae" },
    { "-1 takes type 1 only", -1, nil, "bd" },
    { "the lowest number there is takes any", math.mininteger, nil, "bdcae" },
    { "except n takes all others, the oldest first", 3, { except = true },
      "bcd" },
    { "except n where there is nothing else takes nothing", 3,
      { except = true }, "bcd" },
    { "except with 0 is 0", 0, { except = true }, "abcde" },
    { "except with -n is -n", -2, { except = true }, "bdc" },
  }
  for _, row in ipairs(rows) do
    it(row[1], inside(function() -- 22
      local q = ax.msgqueue()
      for _, m in ipairs(order) do q:send(m[1], m[2]) end
      local got = ""
      while true do
        local _, data = q:try_recv(row[2], row[3])
        if data == "empty" then break end
        got = got .. data
      end
      assert.equal(row[4], got)
    end))
  end

  it("size: what is longer stays, E2BIG", inside(function()
    local q = ax.msgqueue()
    q:send(1, "12345")
    assert.same({ nil, "too big", "E2BIG" }, { q:recv(1, nil, { size = 4 }) })
    assert.same({ nil, "too big", "E2BIG" }, { q:try_recv(1, { size = 0 }) })
    assert.equal(1, #q)
    assert.same({ 1, "12345" }, { q:recv(1, nil, { size = 5 }) })
  end))

  it("size and noerror: what is longer is cut off", inside(function()
    local q = ax.msgqueue()
    q:send(1, "12345")
    q:send(1, "12345")
    assert.same({ 1, "123" },
      { q:recv(0, 0, { size = 3, noerror = true }) })
    assert.same({ 1, "" }, { q:try_recv(0, { size = 0, noerror = true }) })
    assert.equal(0, q:stat().cbytes)
  end))

  it("keeps the order within each of many types", inside(function()
    local random = help.generator(7)
    local q = ax.msgqueue(nil, { qbytes = 1 << 20 })
    local queued, count = {}, 0
    for i = 1, 20000 do
      local mtype = random(300)
      queued[mtype] = queued[mtype] or { first = 1 }
      local list = queued[mtype]
      if random(5) > 2 then
        q:send(mtype, tostring(i))
        list[#list + 1] = tostring(i)
        count = count + 1
      elseif list[list.first] then
        assert.same({ mtype, list[list.first] }, { q:recv(mtype) })
        list.first = list.first + 1
        count = count - 1
      end
      assert.equal(count, #q)
    end
  end))
end)

describe("limits", function()
  it("hold 16384 bytes, unless it is set otherwise", inside(function()
    local q = ax.msgqueue()
    assert.equal(16384, q:stat().qbytes)
    assert.is_true(q:send(1, ("x"):rep(10000)))
    assert.is_true(q:send(1, ("x"):rep(6384)))
    assert.same({ nil, "full", "EAGAIN" }, { q:try_send(1, "x") })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { q:send(1, "x", 1) })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { q:send(1, "x", 0) })
    assert.is_true(q:try_send(1, "")) -- no bytes, and room for a message
    local wide = ax.msgqueue(nil, { qbytes = 100000 })
    assert.is_true(wide:try_send(1, ("x"):rep(100000)))
  end))

  it("count messages, so that empty ones are bounded, too", -- 22
    inside(function()
      local q = ax.msgqueue(nil, { qbytes = 10 })
      for _ = 1, 10 do assert.is_true(q:try_send(1, "")) end
      assert.same({ nil, "full", "EAGAIN" }, { q:try_send(1, "") })
      q:recv()
      assert.is_true(q:try_send(1, ""))
    end))

  it("refuse at once what can never fit", inside(function() -- 22
    local q = ax.msgqueue()
    local answer = { q:send(1, ("x"):rep(16385)) }
    assert.equal("EINVAL", answer[3])
    has(answer[2], "16385", "16384")
    assert.equal("EINVAL", select(3, q:try_send(1, ("x"):rep(16385))))
    assert.equal(0, #q)
  end))

  it("let user 0 alone have more than 16384 bytes", inside(function()
    local q = ax.msgqueue()
    assert.is_true(q:set { qbytes = 20000, uid = 5 })
    local pid = ax.spawn(function()
      sys.setuid(5)
      assert.same({ nil, "operation not permitted", "EPERM" },
        { q:set { qbytes = 16385 } })
      assert.is_true(q:set { qbytes = 16384 })
      assert.equal("EPERM", select(3, ax.msgqueue(nil, { qbytes = 16385 })))
    end)
    assert.same({ pid, "exited", 0 }, { ax.wait(pid) })
  end))

  it("are counted as messages of the kernel's quota", inside(function()
    local q = ax.msgqueue()
    q:send(1, "a")
    q:send(1, "b")
    assert.same({ nil, "message quota exceeded", "EDQUOT" },
      { q:try_send(1, "c") })
    q:recv()
    assert.is_true(q:try_send(1, "c"))
  end, { quota = { messages = 2 } }))
end)

describe("keys", function()
  it("find a queue again", inside(function()
    local q = ax.msgqueue(42)
    q:send(1, "hello")
    q:close() -- it stays
    local again = assert(ax.msgqueue(42, { create = false }))
    assert.same({ 1, "hello" }, { again:recv() })
    assert.equal(42, again:stat().key)
    assert.is_true(again:remove())
    assert.same({ nil, "no queue has the key 42", "ENOENT" },
      { ax.msgqueue(42, { create = false }) })
    again:close()
  end))

  it("are not needed: 0 and nil make a new one each time",
    inside(function()
      local a = ax.msgqueue()
      local b = ax.msgqueue(0)
      local c = ax.msgqueue(sys.IPC_PRIVATE)
      assert.is_true(a:id() ~= b:id() and b:id() ~= c:id())
    end))

  it("tell with exclusive whether one was there", inside(function()
    local q = ax.msgqueue(-7, { exclusive = true })
    assert.same({ nil, "exists already", "EEXIST" },
      { ax.msgqueue(-7, { exclusive = true }) })
    assert.equal(q:id(), sys.msgget(-7))
  end))

  it("give a size to a new one only", inside(function()
    local q = ax.msgqueue(3, { qbytes = 100 })
    local same = ax.msgqueue(3, { qbytes = 50 })
    assert.equal(100, same:stat().qbytes)
    assert.equal(100, q:stat().qbytes)
    same:close()
  end))

  it("belong to one kernel", inside(function()
    local q = ax.msgqueue(9)
    ax.run(function()
      assert.equal("ENOENT", select(3, sys.msgget(9)))
      local inner = ax.msgqueue(9)
      assert.is_true(inner:send(1, "x"))
      inner:remove()
    end)
    assert.equal(0, #q)
  end))

  it("and numbers do not come back soon", inside(function()
    local last = 0
    for _ = 1, 50 do
      local id = assert(sys.msgget(0, "0600"))
      assert.is_true(id > last)
      last = id
      assert.is_true(sys.msgctl(id, "IPC_RMID"))
      assert.equal("EINVAL", select(3, sys.msgsnd(id, 1, "x")))
    end
    assert.same({}, sys.msgids())
  end))

  it("go with the kernel, queued messages and all", function()
    local out = help.good_script [[
      ax.run(function()
        for i = 1, 5 do ax.msgqueue(i):send(1, "left") end
      end)
      local q = ax.msgqueue(1)
      q:send(1, "left")
      ax.spawn(function() q:recv(2) end)
      ax.yield()
      print "done"
    ]]
    assert.equal("done\n", out)
  end)

  it("are limited to 32000 queues", inside(function()
    local ids = {}
    for i = 1, 32000 do ids[i] = assert(sys.msgget(0, 384)) end
    local answer = { sys.msgget(0, 384) }
    assert.same({ nil, "too many queues", "ENOSPC" }, answer)
    assert.equal("ENOSPC", select(3, ax.msgqueue()))
    assert.same(ids, sys.msgids())
    for _, id in ipairs(ids) do sys.msgctl(id, 0) end
  end))
end)

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
        ax.spawn(function() log[#log + 1] = i .. select(2, q:recv(5)) end)
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
    q:send(1, "123456789")
    local log = {}
    ax.spawn(function() log.big = all(q:send(2, "1234567890", 1)) end)
    local small = ax.spawn(function() log.small = q:send(3, "1234") end)
    ax.yield()
    q:recv(1)
    q:send(4, "123456")
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
