--- channel - messages from senders to receivers.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

describe("channel", function()
  it("carries values in the order in which they were sent", inside(function()
    local tx, rx = ax.channel()
    for i = 1, 1000 do assert.is_true(tx:send(i)) end
    for i = 1, 1000 do assert.equal(i, rx:recv()) end
  end))

  it("is unbounded unless asked otherwise", inside(function()
    local tx, rx = ax.channel()
    for i = 1, 20000 do assert.is_true(tx:try_send(i)) end
    assert.equal(20000, #rx)
    local sum = 0
    for _ = 1, 20000 do sum = sum + rx:try_recv() end
    assert.equal(20000 * 20001 // 2, sum)
  end))

  local values = {
    { "true", true }, { "false", false }, { "zero", 0 }, { "minus one", -1 },
    { "the greatest integer", math.maxinteger },
    { "the least integer", math.mininteger },
    { "a float", 0.1 }, { "a float with an integer value", 3.0 },
    { "infinity", math.huge }, { "an empty string", "" },
    { "a string with NUL", "a\0b\0" },
    { "a long string", ("x"):rep(100000) },
    { "all bytes", (("x"):rep(256):gsub("()x",
      function(i) return string.char(i - 1) end)) },
    { "null", ax.null },
  }
  for _, row in ipairs(values) do
    it("carries " .. row[1], inside(function()
      local tx, rx = ax.channel()
      tx:send(row[2])
      local v, n = rx:recv(), select("#", rx:try_recv())
      assert.equal(row[2], v)
      assert.equal(math.type(row[2]), math.type(v))
      assert.equal(3, n) -- nil, "empty", "EAGAIN": it was sent once only
    end))
  end

  it("carries NaN and minus zero", inside(function()
    local tx, rx = ax.channel()
    tx:send(0 / 0)
    tx:send(-0.0)
    local nan = rx:recv()
    assert.is_true(nan ~= nan)
    assert.equal(-math.huge, 1 / rx:recv())
  end))

  it("passes everything else by reference, without a schema",
    inside(function()
      local tx, rx = ax.channel()
      local references = { {}, print, function() end, io.stdout,
        coroutine.create(print), setmetatable({}, { __eq = error }) }
      for _, v in ipairs(references) do tx:send(v) end
      for _, v in ipairs(references) do
        assert.is_true(rawequal(v, rx:recv()))
      end
    end))

  it("keeps what is queued alive, and lets go of what was received",
    inside(function()
      local weak = setmetatable({}, { __mode = "v" })
      local tx, rx = ax.channel()
      weak[1] = {}
      tx:send(weak[1])
      help.collect()
      assert.is_table(weak[1])
      assert.is_true(rawequal(weak[1], rx:recv()))
      help.collect()
      assert.is_nil(weak[1])
    end))

  it("does not carry nil", inside(function() -- 27
    local tx, rx = ax.channel()
    has(raises(function() tx:send(nil) end), "nil", "sen")
    has(raises(function() tx:send() end), "nil")
    has(raises(function() tx:try_send(nil) end), "nil", "sen")
    assert.equal(0, #rx)
    assert.same({ nil, "empty", "EAGAIN" }, { rx:try_recv() })
  end))

  it("says how many messages are queued", inside(function()
    local tx, rx = ax.channel()
    assert.equal(0, #rx)
    for i = 1, 5 do
      tx:send(i)
      assert.equal(i, #rx)
    end
    rx:recv()
    assert.equal(4, #rx)
  end))

  it("is read by for, which ends when the senders are gone",
    inside(function()
      local tx, rx = ax.channel()
      for i = 1, 3 do tx:send(i) end
      tx:send(false) -- a value like any other
      tx:close()
      local got = {}
      for v in rx do got[#got + 1] = v end
      assert.same({ 1, 2, 3, false }, got)
    end))

  it("is read by for as messages come", inside(function()
    local tx, rx = ax.channel()
    ax.spawn(function(out)
      for i = 1, 5 do
        ax.sleep(1)
        out:send(i)
      end
    end, tx)
    local got = {}
    for v in rx:iter() do got[#got + 1] = v * 100 + ax.now() // 1 end
    assert.same({ 101, 202, 303, 404, 505 }, got)
  end))

  it("serves the processes that wait in the order of their coming",
    inside(function()
      local tx, rx = ax.channel()
      local got = {}
      for i = 1, 10 do
        ax.spawn(function()
          local v = rx:recv()
          got[#got + 1] = i .. v
        end)
      end
      ax.yield()
      for i = 1, 10 do tx:send(("abcdefghij"):sub(i, i)) end
      for _ = 1, 10 do ax.wait(-1) end
      assert.equal("1a 2b 3c 4d 5e 6f 7g 8h 9i 10j",
        table.concat(got, " "))
    end))

  it("has no limit of messages between passes", inside(function()
    local tx, rx = ax.channel()
    ax.spawn(function() for i = 1, 5000 do tx:send(i) end end)
    for i = 1, 5000 do assert.equal(i, rx:recv()) end
  end))

  it("works between two processes and back", inside(function()
    local ping, pinged = ax.channel()
    local pong, ponged = ax.channel()
    ax.spawn(function(rx, tx)
      for v in rx do tx:send(v + 1) end
    end, pinged, pong)
    local v = 0
    for _ = 1, 500 do
      ping:send(v)
      v = ponged:recv()
    end
    assert.equal(500, v)
    ping:close()
    assert.same({ nil, "closed", "EPIPE" }, { ponged:recv() })
  end))
end)

describe("try_recv and try_send", function()
  it("answer at once", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 1 })
    assert.same({ nil, "empty", "EAGAIN" }, { rx:try_recv() })
    assert.same({ true }, { tx:try_send("a") })
    assert.same({ nil, "full", "EAGAIN" }, { tx:try_send("b") })
    assert.same({ "a" }, { rx:try_recv() })
    assert.same({ nil, "empty", "EAGAIN" }, { rx:try_recv() })
    tx:close()
    assert.same({ nil, "closed", "EPIPE" }, { rx:try_recv() })
  end))

  it("run nobody else meanwhile", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 0 })
    local ran = false
    ax.spawn(function() ran = true end)
    rx:try_recv()
    tx:try_send(1)
    assert.is_false(ran)
  end))
end)

describe("a timeout", function()
  it("of recv is answered when its time has come", inside(function()
    local tx, rx = ax.channel()
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { rx:recv(2.5) })
    tx:close()
    assert.equal(2.5, ax.now())
  end))

  it("of send is answered when its time has come, and keeps the value",
    inside(function()
      local tx, rx = ax.channel(nil, { capacity = 1 })
      tx:send("a")
      assert.same({ nil, "timeout", "ETIMEDOUT" }, { tx:send("b", 1.5) })
      assert.equal(1.5, ax.now())
      assert.equal("a", rx:recv())
      assert.same({ nil, "empty", "EAGAIN" }, { rx:try_recv() })
    end))

  it("of 0 tries once and leaves no waiter", inside(function() -- 2
    local tx, rx = ax.channel(nil, { capacity = 1 })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { rx:recv(0) })
    assert.equal(0, ax.stats().waiters)
    assert.equal(0, ax.stats().timers)
    assert.is_true(tx:send(1, 0))
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { tx:send(2, 0) })
    assert.equal(0, ax.stats().waiters)
    assert.equal(1, rx:recv(0))
    assert.equal(0, ax.now())
  end))

  it("that does not come leaves no timer", inside(function()
    local tx, rx = ax.channel()
    ax.spawn(function() tx:send("x") end)
    assert.equal("x", rx:recv(1000))
    assert.equal(0, ax.stats().timers)
    assert.equal(0, ax.now())
  end))

  it("of nil or math.huge waits for ever", inside(function()
    for _, t in ipairs { math.huge, false, 1e300, 2 ^ 63, 2 ^ 64 } do -- 28
      local tx, rx = ax.channel()
      ax.spawn(function(out)
        ax.sleep(1000000)
        out:send("late")
      end, tx)
      assert.equal("late", rx:recv(t or nil))
    end
  end))

  it("and a message at the same moment: one of the two", inside(function() -- 2
    for _, first in ipairs { "sleeper", "receiver" } do
      local tx, rx = ax.channel()
      local function sleeper()
        ax.spawn(function(out)
          ax.sleep(1)
          out:send("x")
        end, tx)
        ax.yield()
      end
      if first == "sleeper" then sleeper() end
      local got
      local p = ax.spawn(function() got = rx:recv(1) or "timeout" end)
      ax.yield()
      if first == "receiver" then sleeper() end
      ax.wait(p)
      local left = rx:try_recv()
      assert.is_true((got == "x") ~= (left == "x"))
      assert.is_true(got == "x" or got == "timeout")
      ax.wait(-1)
    end
  end))

  local wrong = { { -1, "-1" }, { -1e-9, "-1e-09" }, { -math.huge, "-inf" },
    { 0 / 0, "nan" }, { "soon", "string" }, { {}, "table" },
    { true, "boolean" } }
  for _, row in ipairs(wrong) do -- 28
    it("cannot be " .. row[2], inside(function()
      local t, said = row[1], row[2]
      local tx, rx = ax.channel(nil, { capacity = 1 })
      has(raises(function() rx:recv(t) end):lower(), "#1", "recv", said)
      has(raises(function() tx:send(1, t) end):lower(), "#2", "send", said)
      has(raises(function() ax.sleep(t) end):lower(), "#1", "sleep", said)
      has(raises(function() ax.wait(-1, t) end):lower(), "#2", "wait", said)
      assert.equal(0, #rx)
    end))
  end
end)

describe("misuse of channels", function()
  it("is answered with the option that is unknown", inside(function()
    has(raises(ax.channel, nil, { capasity = 3 }), "capasity")
    has(raises(ax.channel, nil, { 5 }), "option", "string")
  end))

  local wrong = {
    { "capacity", -1, "-1" }, { "capacity", 1.5, "1.5" },
    { "capacity", 0 / 0, "nan" }, { "capacity", "many", "many" },
    { "full", "explode", '"explode"' }, { "full", 7, "7" },
    { "name", {}, "table" }, { "name", 12, "12" },
  }
  for _, row in ipairs(wrong) do
    it(("is answered with the option's value: %s = %s")
      :format(row[1], row[3]), inside(function()
        local text = raises(ax.channel, nil, { [row[1]] = row[2] })
        has(text, '"' .. row[1] .. '"', row[3])
      end))
  end

  it("is answered when options are no table", inside(function()
    has(raises(ax.channel, nil, 64), "#2", "table", "number")
  end))

  it("is answered when self is something else", inside(function()
    local tx, rx = ax.channel()
    has(raises(tx.send, rx, 1), "sender")
    has(raises(rx.recv, tx), "receiver")
    has(raises(tx.send, nil, 1), "sender")
    has(raises(rx.recv, io.stdout), "receiver")
    has(raises(rx.recv, {}), "receiver")
    has(raises(tx.close, 1), "1")
    has(raises(tx.clone, rx), "sender")
    has(raises(rx.iter, tx), "receiver")
    has(raises(getmetatable(tx) and tx.stat or tx.stat, "x"), "string")
  end))
end)

describe("the handles of a channel", function()
  it("say what they are and how it stands", inside(function()
    local tx, rx = ax.channel(nil, { name = "jobs", capacity = 16 })
    tx:send(1)
    has(tostring(tx), "sender", '"jobs"', "1/16")
    has(tostring(rx), "receiver", '"jobs"', "1/16")
    tx:close()
    rx:close()
    has(tostring(tx), "sender", "closed")
    has(tostring(rx), "receiver", "closed")
  end))

  it("tell their type", inside(function()
    local tx, rx = ax.channel()
    local meta = debug.getmetatable(tx)
    assert.equal("axeberg.sender", meta.__name)
    assert.equal("axeberg.receiver", debug.getmetatable(rx).__name)
  end))

  it("hide their metatables", inside(function()
    local tx = ax.channel()
    assert.is_not_table(getmetatable(tx))
    assert.is_false(pcall(setmetatable, tx, {}))
  end))

  it("can be closed any number of times", inside(function()
    local tx, rx = ax.channel()
    for _ = 1, 3 do
      tx:close()
      rx:close()
    end
  end))

  it("close with their <close> variable", inside(function()
    local tx, rx = ax.channel()
    do
      local out <close> = tx
      out:send(1)
    end
    has(raises(function() tx:send(2) end), "closed")
    assert.equal(1, rx:recv())
    assert.same({ nil, "closed", "EPIPE" }, { rx:recv() })
  end))

  it("cannot be used once closed", inside(function()
    local tx, rx = ax.channel()
    tx:close()
    rx:close()
    has(raises(function() tx:send(1) end), "sender", "closed")
    has(raises(function() tx:try_send(1) end), "sender", "closed")
    has(raises(function() tx:clone() end), "sender", "closed")
    has(raises(function() rx:recv() end), "receiver", "closed")
    has(raises(function() rx:try_recv() end), "receiver", "closed")
    has(raises(function() for v in rx do print(v) end end), "closed")
    has(raises(function() return #rx end), "closed")
  end))
end)
