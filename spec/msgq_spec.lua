--- msgq - System V message queues: what a single queue does.
local ax = require "axeberg"
local help = require "spec.support.helper"

local has = help.has
local sys = ax.sys

--- The body of a spec; the queues that it leaves are removed.
local function inside(fn, options)
  return help.inside(function()
    fn()
    for _, id in ipairs(sys.msgids()) do sys.msgctl(id, "IPC_RMID") end
  end, options)
end

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
