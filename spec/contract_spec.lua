--- contract - every claim and example of the contract about channels and
-- processes, in its Lua spelling.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

local CLOSED = { nil, "closed", "EPIPE" }
local EMPTY = { nil, "empty", "EAGAIN" }

describe("contract, channels", function()
  it("Creating Channels: a channel for strings", inside(function()
    local tx, rx = ax.channel("string")
    tx:send("a string")
    assert.equal("a string", rx:recv())
    has(raises(function() tx:send(5) end), "expected string", "got")
  end))

  it("Sending Messages: send, clone for more producers, close",
    inside(function()
      local tx, rx = ax.channel("string")
      assert(tx:send("Hello!"))
      assert(tx:send("World!"))
      local tx2 = tx:clone()
      assert(tx2:send("From tx2"))
      tx:close()
      assert.equal("Hello!", rx:recv())
      assert.equal("World!", rx:recv())
      assert.equal("From tx2", rx:recv())
      assert.same(EMPTY, { rx:try_recv() }) -- tx2 is there
      tx2:close()
      assert.same(CLOSED, { rx:try_recv() })
    end))

  it("Receiving Messages: try_recv tells a message, empty and closed",
    inside(function()
      local tx, rx = ax.channel("string")
      local function try()
        local msg, err = rx:try_recv()
        if msg ~= nil then return "Got: " .. msg end
        if err == "empty" then return "No messages" end
        if err == "closed" then return "Channel closed" end
      end
      assert.equal("No messages", try())
      tx:send("x")
      assert.equal("Got: x", try())
      tx:close()
      assert.equal("Channel closed", try())
    end))

  it("Receiving Messages: the loop exits when the channel closes",
    inside(function()
      local tx, rx = ax.channel("string")
      local handled, exited = {}, false
      ax.spawn(function()
        for msg in rx do handled[#handled + 1] = msg end
        exited = true
      end)
      for _, msg in ipairs { "a", "b", "c" } do
        tx:send(msg)
        ax.sleep(1)
      end
      assert.same({ "a", "b", "c" }, handled)
      assert.is_false(exited)
      tx:close()
      ax.yield()
      assert.is_true(exited)
    end))

  it("Semantics: unbounded, no capacity limit", inside(function()
    local tx, rx = ax.channel()
    for i = 1, 100000 do assert(tx:send(i)) end
    assert.equal(100000, #rx)
  end))

  it("Semantics: FIFO, messages are delivered in order", inside(function()
    local tx, rx = ax.channel()
    for producer = 1, 4 do
      ax.spawn(function(out)
        for i = 1, 25 do
          out:send { producer = producer, i = i }
          if (i + producer) % 3 == 0 then ax.yield() end
        end
      end, tx:clone())
    end
    tx:close()
    local last, n = { 0, 0, 0, 0 }, 0
    for m in rx do
      assert.equal(last[m.producer] + 1, m.i)
      last[m.producer], n = m.i, n + 1
    end
    assert.equal(100, n)
  end))

  it("Semantics: reference counted, closes when all senders are dropped",
    inside(function()
      local tx, rx = ax.channel()
      local a = tx:clone()
      ax.spawn(function(out) out:send("from a process") end, a)
      tx:clone():send("dropped") -- a sender that nobody keeps
      tx:close()
      help.collect()
      assert.equal("dropped", rx:recv())
      assert.equal("from a process", rx:recv())
      assert.same(CLOSED, { rx:recv() })
    end))

  it("Semantics: type-safe, what does not match is not sent",
    inside(function()
      local tx, rx = ax.channel({ id = "integer" }, { name = "jobs" })
      local wrong = { 1, "x", {}, { id = "1" }, { id = 1.5 },
        { id = 1, more = 2 }, { 1 }, true, print, ax.null }
      for _, v in ipairs(wrong) do
        has(raises(function() tx:send(v) end), 'channel "jobs": $')
        has(raises(function() tx:try_send(v) end), 'channel "jobs": $')
      end
      assert.equal(0, #rx)
      tx:send { id = 7 }
      assert.same({ id = 7 }, rx:recv())
    end))
end)

describe("contract, multiple producers and a single consumer", function()
  it("works with 100 producers", inside(function()
    local tx, rx = ax.channel("integer")
    for i = 1, 100 do
      ax.spawn(function(out)
        for j = 1, 10 do out:send(i * 1000 + j) end
      end, tx:clone())
    end
    tx:close()
    local seen, n = {}, 0
    for v in rx do
      assert.is_nil(seen[v])
      seen[v], n = true, n + 1
    end
    assert.equal(1000, n)
  end))
end)

describe("contract, Example: Producer-Consumer", function()
  local ITEM = { id = "integer", data = "string" }

  it("with try_recv and yield, as it stands there", inside(function()
    local tx, rx = ax.channel(ITEM)
    ax.spawn(function(out)
      for i = 0, 99 do
        assert(out:send { id = i, data = ("\0"):rep(1024) })
      end
      out:close()
    end, tx)
    local processed = {}
    ax.spawn(function(inbox)
      while true do
        local item, err = inbox:try_recv()
        if item then
          processed[#processed + 1] = item.id
          assert(#item.data == 1024)
        elseif err == "closed" then
          break
        elseif err == "empty" then
          ax.yield()
        end
      end
    end, rx)
    while ax.wait(-1) do end
    assert.equal(100, #processed)
    for i = 0, 99 do assert.equal(i, processed[i + 1]) end
  end))

  it("with the consumer there first", inside(function()
    local tx, rx = ax.channel(ITEM)
    local processed = 0
    ax.spawn(function(inbox)
      while true do
        local item, err = inbox:try_recv()
        if item then processed = processed + 1
        elseif err == "closed" then break
        else ax.yield() end
      end
    end, rx)
    ax.spawn(function(out)
      for i = 0, 99 do
        out:send { id = i, data = "x" }
        if i % 10 == 0 then ax.yield() end
      end
    end, tx)
    while ax.wait(-1) do end
    assert.equal(100, processed)
  end))

  it("in the house's words, as a script", function()
    local expected = {}
    for i = 1, 100 do expected[i] = i .. "\n" end
    assert.equal(table.concat(expected), help.good_script [[
      local tx, rx = ax.channel({ id = "integer", data = "string" },
        { capacity = 64, name = "jobs" })
      ax.spawn(function(out)
        for i = 1, 100 do out:send{ id = i, data = "x" } end
      end, tx)
      for job in rx do print(job.id) end
    ]])
  end)
end)

describe("contract, cooperative multitasking", function()
  it("switches only where a call waits or yields", inside(function()
    local log = {}
    for i = 1, 2 do
      ax.spawn(function()
        for _ = 1, 1000 do log[#log + 1] = i end
      end)
    end
    while ax.wait(-1) do end
    for i = 1, 1000 do assert.equal(1, log[i]) end
    for i = 1001, 2000 do assert.equal(2, log[i]) end
  end))

  it("leaves no lock behind when a process dies holding values",
    inside(function()
      local tx, rx = ax.channel()
      tx:send("token")
      local holder = ax.spawn(function()
        local token <close> = setmetatable({ rx:recv() }, {
          __close = function(t) tx:send(t[1]) end })
        ax.sleep(token and 1000)
      end)
      ax.yield()
      assert.same(EMPTY, { rx:try_recv() })
      ax.kill(holder, "KILL")
      assert.equal("token", rx:recv())
      ax.wait(holder)
    end))
end)

describe("contract, FIFOs", function()
  local sys = ax.sys

  local function with_fifo(fn)
    return inside(function()
      assert(sys.mkfifo("/tmp/myfifo"))
      fn()
      assert(sys.unlink("/tmp/myfifo"))
    end, { tree = true })
  end

  it("Using FIFOs: a writer process, a reader process", with_fifo(function()
    ax.spawn(function()
      local fd = assert(sys.open("/tmp/myfifo", "WRITE"))
      assert(sys.write(fd, "Hello via FIFO!"))
      assert(sys.close(fd))
    end)
    local reader = ax.spawn(function()
      local fd = assert(sys.open("/tmp/myfifo", "READ"))
      local buf = ax.buffer(100)
      local n = sys.read(fd, buf)
      assert(sys.close(fd))
      return buf:tostring(1, n)
    end)
    assert.equal("Hello via FIFO!", select(3, ax.wait(reader)))
  end))

  it("Named: it is in the file tree until it is deleted",
    with_fifo(function()
      assert.same({ "myfifo" }, ax.fs.list("/tmp"))
      assert.equal("fifo", sys.stat("/tmp/myfifo").type)
    end))

  it("Buffered: 4 KB, as a pipe", with_fifo(function()
    local fd = assert(sys.open("/tmp/myfifo", "O_RDWR|O_NONBLOCK"))
    assert.equal(4096, sys.fcntl(fd, "F_GETPIPE_SZ"))
    assert.equal(4096, sys.write(fd, ("x"):rep(5000)))
    assert(sys.close(fd))
  end))

  it("Blocking: opens wait until both reader and writer are there",
    with_fifo(function()
      local opened = 0
      for _, flags in ipairs { "READ", "WRITE" } do
        assert.equal(0, opened)
        ax.spawn(function()
          assert(sys.open("/tmp/myfifo", flags))
          opened = opened + 1
        end)
        ax.sleep(1)
      end
      assert.equal(2, opened)
      while ax.wait(-1) do end
    end))
end)

describe("contract, File-Based IPC", function()
  it("process 1 writes, process 2 reads", inside(function()
    local sys = ax.sys
    ax.wait(ax.spawn(function()
      local fd = assert(sys.open("/tmp/ipc", "WRITE"))
      assert(sys.write(fd, "message"))
      assert(sys.close(fd))
    end))
    local second = ax.spawn(function()
      local fd = assert(sys.open("/tmp/ipc", "READ"))
      local buf = ax.buffer(100)
      local n = sys.read(fd, buf)
      assert(sys.close(fd))
      return buf:tostring(1, n)
    end)
    assert.equal("message", select(3, ax.wait(second)))
    assert(sys.unlink("/tmp/ipc"))
  end, { tree = true }))
end)

describe("contract, the original's faults", function()
  it("one clone's close does not close for all", inside(function()
    local tx, rx = ax.channel()
    local tx2 = tx:clone()
    tx2:close()
    assert.is_true(tx:send(1))
    assert.equal(1, rx:recv())
  end))

  it("a dropped receiver is noticed, and the queue does not grow",
    inside(function()
      local tx = ax.channel()
      help.collect()
      local bytes = ax.stats().bytes
      for i = 1, 1000 do assert.same(CLOSED, { tx:send(i) }) end
      assert.is_true(ax.stats().bytes <= bytes)
    end))

  it("a sender blocked on a full channel does not hang at close",
    inside(function()
      local tx, rx = ax.channel(nil, { capacity = 1 })
      tx:send(1)
      ax.spawn(function() ax.sleep(1) rx:close() end)
      assert.same(CLOSED, { tx:send(2) })
    end))

  it("a process that is killed did not exit with a negative status",
    inside(function()
      local pid = ax.spawn(ax.sleep, 1)
      ax.kill(pid, "KILL")
      assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
    end))

  it("a child is found by the wait of its parent", inside(function()
    local code
    ax.wait(ax.spawn(function()
      local pid = ax.spawn(function() return 9 end)
      code = select(3, ax.wait(pid))
    end))
    assert.equal(9, code)
  end))

  it("an exit closes what the process held, so peers see the end",
    inside(function()
      local tx, rx = ax.channel()
      local tx2, rx2 = ax.channel()
      ax.wait(ax.spawn(function(out, inbox)
        assert(out and inbox)
      end, tx, rx2))
      assert.same(CLOSED, { rx:recv() })
      assert.same(CLOSED, { tx2:send(1) })
    end))
end)
