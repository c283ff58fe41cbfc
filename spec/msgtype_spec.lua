--- msgtype - typed message queues; options, handles and the plain calls.
local ax = require "axeberg"
local help = require "spec.support.helper"

local raises, has = help.raises, help.has
local sys = ax.sys

local function inside(fn)
  return help.inside(function()
    fn()
    for _, id in ipairs(sys.msgids()) do sys.msgctl(id, "IPC_RMID") end
  end)
end

describe("a queue with codec = \"json\"", function()
  it("carries values", inside(function()
    local q = ax.msgqueue(nil, { codec = "json" })
    local values = { 1, -5, 0.5, 1e100, true, false, "text", "", ax.null,
      {}, { 1, 2, { x = "y" } }, { name = "n", list = { 1.5, 2 } } }
    for _, v in ipairs(values) do
      assert.is_true(q:send(3, v))
      local mtype, got = q:recv()
      assert.equal(3, mtype)
      assert.same(v, got)
      assert.equal(math.type(v), math.type(got))
    end
  end))

  it("writes JSON that others can read", inside(function()
    local q = ax.msgqueue(nil, { codec = "json" })
    q:send(1, { id = 7 })
    assert.same({ 1, '{"id":7}' }, { sys.msgrcv(q:id(), 0) })
    sys.msgsnd(q:id(), 2, '{"list": [1, 2.5, null]}')
    local _, got = q:recv()
    assert.same({ list = { 1, 2.5, ax.null } }, got)
    assert.equal("integer", math.type(got.list[1]))
  end))

  it("raises for what JSON cannot hold, and then nothing was sent",
    inside(function()
      local q = ax.msgqueue(nil, { codec = "json" })
      has(raises(q.send, q, 1, print), "function")
      has(raises(q.send, q, 1, { x = 0 / 0 }), "NaN")
      has(raises(q.send, q, 1, { 1 << 60 }), "14 digits")
      has(raises(q.send, q, 1, nil), "nil cannot be sent")
      has(raises(q.send, q, 1), "nil cannot be sent")
      local cycle = {}
      cycle[1] = cycle
      has(raises(q.send, q, 1, cycle), "nest")
      assert.equal(0, #q)
    end))

  it("answers EPROTO for what is no JSON, and the bytes", inside(function()
    local q = ax.msgqueue(nil, { codec = "json" })
    sys.msgsnd(q:id(), 4, "{damaged")
    local _, why, code, mtype, bytes = q:recv()
    assert.is_string(why)
    assert.same({ "EPROTO", 4, "{damaged" }, { code, mtype, bytes })
    assert.equal(0, #q)
  end))
end)

describe("a queue with a schema", function()
  local Job = { id = "integer", tags = { "string" } }

  it("accepts and delivers what matches", inside(function()
    local q = ax.msgqueue(nil, { schema = Job, codec = "json" })
    q:send(1, { id = 3.0, tags = {} })
    local _, job = q:recv()
    assert.same({ id = 3, tags = {} }, job)
    assert.equal("integer", math.type(job.id))
    local got
    ax.spawn(function() got = { q:recv(5) } end)
    ax.yield()
    q:send(5, { id = 1, tags = { "a" } })
    ax.wait(-1)
    assert.same({ 5, { id = 1, tags = { "a" } } }, got)
    q:send(6, { id = 2, tags = {} })
    assert.same({ q, 6, { id = 2, tags = {} } }, { ax.select { { q, 6 } } })
  end))

  it("raises for what does not match, with the place", inside(function()
    local q = ax.msgqueue(nil, { schema = Job, codec = "json" })
    has(raises(q.send, q, 1, { id = "x", tags = {} }),
      "queue " .. q:id(), "$.id: expected integer, got string")
    has(raises(q.try_send, q, 1, { id = 1, tags = { 2 } }), "$.tags[1]")
    assert.equal(0, #q)
  end))

  it("answers EPROTO for what others have sent", inside(function()
    local q = ax.msgqueue(nil, { schema = Job, codec = "json" })
    sys.msgsnd(q:id(), 1, '{"id":1.5,"tags":[]}')
    assert.same({ nil, "$.id: expected integer, got 1.5", "EPROTO", 1,
      '{"id":1.5,"tags":[]}' }, { q:recv() })
    sys.msgsnd(q:id(), 1, '{"id":1.5,"tags":[]}')
    assert.same({ q, nil, "$.id: expected integer, got 1.5", "EPROTO", 1,
      '{"id":1.5,"tags":[]}' }, { ax.select { q } })
  end))

  it("may be one for the bytes, without a codec", inside(function()
    local q = ax.msgqueue(nil, { schema = ax.string { max = 3 } })
    assert.is_true(q:send(1, "abc"))
    has(raises(q.send, q, 1, "abcd"), "$: ")
    has(raises(q.send, q, 1, {}), "$: expected string", "got table")
    assert.same({ 1, "abc" }, { q:recv() })
  end))

  it("takes what it is by to another process", inside(function()
    local q = ax.msgqueue(nil, { schema = Job, codec = "json" })
    local id = q:id()
    local got
    ax.wait(ax.spawn(function(mine)
      mine:send(1, { id = 1, tags = {} })
      local _, job = mine:recv()
      got = job.id
    end, q))
    assert.equal(1, got)
    assert.equal("axeberg.msgqueue: moved", tostring(q))
    sys.msgctl(id, "IPC_RMID")
  end))

  it("takes a codec of one's own", inside(function()
    local q = ax.msgqueue(nil, { codec = {
      encode = function(v) return v:upper() end,
      decode = function(bytes) return { bytes } end,
    } })
    q:send(1, "abc")
    assert.same({ 1, { "ABC" } }, { q:recv() })
    local bad = ax.msgqueue(nil, { codec = {
      encode = function() return 5 end, decode = print,
    } })
    has(raises(bad.send, bad, 1, "x"), "made no string")
  end))

  it("survives a codec that closes the queue", inside(function()
    local q
    q = ax.msgqueue(nil, { codec = {
      encode = function()
        q:close()
        return "x"
      end,
      decode = print,
    } })
    has(raises(q.send, q, 1, "x"), "is closed")
  end))
end)

describe("ax.msgqueue", function()
  local wrong = {
    { "an unknown option", { size = 1 }, "unknown option", "size" },
    { "a mode that is not octal", { mode = "0689" }, "mode", "0689" },
    { "a mode that is too large", { mode = 512 }, "mode" },
    { "a size that is no number", { qbytes = "x" }, "qbytes" },
    { "a negative size", { qbytes = -1 }, "qbytes" },
    { "create that is no boolean", { create = 1 }, "create" },
    { "an unknown codec", { codec = "xml" }, "codec", "xml" },
    { "half a codec", { codec = { encode = print } }, "codec" },
    { "a bad schema", { schema = "nothing", codec = "json" }, "nothing" },
    { "a schema that needs a codec", { schema = { x = "integer" } },
      "codec" },
  }
  for _, row in ipairs(wrong) do
    it("refuses " .. row[1], inside(function()
      has(raises(ax.msgqueue, nil, row[2]), table.unpack(row, 3))
      assert.same({}, sys.msgids())
    end))
  end

  it("refuses keys that are none", inside(function()
    has(raises(ax.msgqueue, "jobs"), "number expected")
    has(raises(ax.msgqueue, 1 << 31), "32 bits")
    has(raises(ax.msgqueue, 1, 2), "table expected")
  end))

  it("makes handles", inside(function()
    local q = ax.msgqueue(7)
    assert.equal("msgqueue", ax.type(q))
    q:send(1, "abc")
    assert.equal(("axeberg.msgqueue: #%d (1 messages, 3/16384 bytes)")
      :format(q:id()), tostring(q))
    assert.is_true(q:close())
    assert.is_true(q:close())
    assert.equal("axeberg.msgqueue: closed", tostring(q))
    has(raises(q.recv, q), "msgqueue is closed")
    has(raises(q.send, q, 1, "x"), "msgqueue is closed")
  end))

  it("refuses wrong arguments", inside(function()
    local q = ax.msgqueue()
    has(raises(q.send, q, 0, "x"), "1 or more")
    has(raises(q.send, q, -1, "x"), "1 or more")
    has(raises(q.send, q, 1.5, "x"), "integer")
    has(raises(q.send, q, 1, {}), "string expected")
    has(raises(q.send, q, 1, "x", -1), "negative timeout")
    has(raises(q.recv, q, "x"), "number expected")
    has(raises(q.recv, q, 1, 0 / 0), "NaN")
    has(raises(q.recv, q, 1, 0, { length = 1 }), "unknown option")
    has(raises(q.recv, q, 1, 0, { size = -1 }), "size")
    has(raises(q.recv, q, 1, 0, 5), "table expected")
    has(raises(q.set, q, { mode = "x" }), "\"mode\" is not a whole number",
      ": \"x\"")
    has(raises(q.set, q, { qnum = 1 }), "unknown option")
    assert.equal(0, #q)
  end))

  it("tells all about a queue", inside(function()
    ax.sleep(10)
    local q = ax.msgqueue(-3, { mode = "0640", qbytes = 100 })
    ax.sleep(1)
    local pid = ax.spawn(function() q:send(1, "abc") end)
    ax.sleep(1)
    q:recv()
    q:send(1, "de")
    local id = q:id()
    assert.same({
      id = id, key = -3, uid = 0, gid = 0, cuid = 0, cgid = 0, mode = 416,
      qnum = 1, cbytes = 2, qbytes = 100, lspid = 1, lrpid = 1,
      ctime = 10, stime = 12, rtime = 12,
    }, q:stat())
    assert.same(q:stat(), sys.msgctl(id, 2))
    ax.wait(pid)
  end))
end)

describe("ax.sys", function()
  it("does what the contract shows", inside(function()
    local msqid = assert(sys.msgget(1234, sys.IPC_CREAT | 420))
    assert(sys.msgsnd(msqid, 1, "request data"))
    assert(sys.msgsnd(msqid, 2, "response data"))
    local mtype, data = sys.msgrcv(msqid, 2)
    assert.same({ 2, "response data" }, { mtype, data })
    mtype, data = sys.msgrcv(msqid, 0)
    assert.same({ 1, "request data" }, { mtype, data })
    assert.equal(msqid, sys.msgget(1234, "IPC_CREAT|0644"))
    assert.equal(msqid, sys.msgget(1234))
  end))

  it("knows the flags by their numbers and their names", inside(function()
    assert.same({ 512, 1024, 2048, 4096, 8192, 0, 0, 1, 2 },
      { sys.IPC_CREAT, sys.IPC_EXCL, sys.IPC_NOWAIT, sys.MSG_NOERROR,
        sys.MSG_EXCEPT, sys.IPC_PRIVATE, sys.IPC_RMID, sys.IPC_SET,
        sys.IPC_STAT })
    local id = sys.msgget(5, "CREAT | EXCL | 0600")
    assert.equal(384, sys.msgctl(id, "STAT").mode)
    sys.msgsnd(id, 1, "abc", "IPC_NOWAIT")
    assert.same({ 1, "a" }, { sys.msgrcv(id, 2, 1,
      "MSG_EXCEPT|MSG_NOERROR|NOWAIT") })
    assert.same({ nil, "no message of that type", "ENOMSG" },
      { sys.msgrcv(id, 0, 1, sys.IPC_NOWAIT) })
    assert.same({ nil, "no message of that type", "ENOMSG" },
      { sys.msgrcv(id, 0, "NOWAIT") })
    has(raises(sys.msgget, 5, "IPC_MAKE"), "IPC_MAKE", "msgget", "#2")
    has(raises(sys.msgctl, id, "IPC_STOP"), "IPC_STOP")
    assert.equal("EINVAL", select(3, sys.msgctl(id, 99)))
    assert.equal("ENOTSUP", select(3, sys.msgrcv(id, 0, 1, 16384)))
  end))

  it("answers EINVAL for what is no queue", inside(function()
    for _, id in ipairs { 0, -1, 99, math.maxinteger } do
      assert.equal("EINVAL", select(3, sys.msgsnd(id, 1, "x")))
      assert.equal("EINVAL", select(3, sys.msgrcv(id, 1)))
      assert.equal("EINVAL", select(3, sys.msgctl(id, "STAT")))
    end
    local id = sys.msgget(0, 0)
    assert.equal("EINVAL", select(3, sys.msgsnd(id, 0, "x")))
    assert.equal("EINVAL", select(3, sys.msgrcv(id, 0, -1)))
  end))

  it("waits", inside(function()
    local id = sys.msgget(0, 384)
    ax.spawn(function()
      ax.sleep(5)
      sys.msgsnd(id, 3, "late")
    end)
    assert.same({ 3, "late" }, { sys.msgrcv(id, -4) })
    assert.equal(5, ax.now())
    sys.msgctl(id, "SET", { qbytes = 2, mode = "0644" })
    sys.msgsnd(id, 1, "ab")
    ax.spawn(function()
      ax.sleep(5)
      sys.msgrcv(id, 0)
    end)
    assert.is_true(sys.msgsnd(id, 1, "cd"))
    assert.equal(10, ax.now())
  end))
end)
