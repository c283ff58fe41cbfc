--- select - waiting for whatever comes first.
local ax = require "axeberg"
local help = require "spec.support.helper"

local has, raises = help.has, help.raises

--- As help.inside, but not in process 1, which would keep the memory of the
--- arms of its last select.
local function inside(fn)
  return help.inside(function()
    local pid = ax.spawn(fn)
    local _, how, err = ax.wait(pid)
    if how == "error" then error(err, 0) end
  end)
end

local TIMEOUT = { nil, "timeout", "ETIMEDOUT" }

--- Fails unless no wait has left a trace: only process 1 waits for us.
local function quiet()
  assert.equal(1, ax.stats().waiters)
  assert.equal(0, ax.stats().timers)
end

describe("select answers", function()
  it("the receiver and its message", inside(function()
    local tx, rx = ax.channel()
    local _, idle = ax.channel()
    tx:send(false)
    assert.same({ rx, false }, { ax.select { idle, rx } })
    ax.spawn(function() tx:send("later") end)
    assert.same({ rx, "later" }, { ax.select { rx, idle } })
  end))

  it("the sender and true", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 1 })
    assert.same({ tx, true }, { ax.select { { tx, "a" } } })
    ax.spawn(function() assert(rx:recv() == "a") end)
    assert.same({ tx, true }, { ax.select { { tx, "b" } } })
    assert.equal("b", rx:recv())
  end))

  it("the alarm and the number of periods", inside(function()
    local beat <close> = ax.every(2)
    local once <close> = ax.after(5)
    assert.same({ beat, 1 }, { ax.select { once, beat } })
    ax.sleep(2.5)
    assert.same({ beat, 1 }, { ax.select { once, beat } })
    assert.same({ once, 1 }, { ax.select { once, beat } })
    assert.equal(5, ax.now())
  end))

  it("the pid, and how the process ended", inside(function()
    local a = ax.spawn(function() ax.sleep(2) end)
    local b = ax.spawn(function()
      ax.sleep(1)
      return "done"
    end)
    assert.same({ b, b, "exited", "done" }, { ax.select { a, b } })
    assert.same({ nil, "ECHILD" }, { ax.wait(b), select(3, ax.wait(b)) })
    local c = ax.spawn(function() error({ 1 }) end)
    local fired, pid, how, err, traceback = ax.select { a, c }
    assert.same({ c, c, "error", { 1 } }, { fired, pid, how, err })
    has(traceback, "stack traceback")
    ax.kill(a, "KILL")
    assert.same({ a, a, "killed", "KILL" }, { ax.select { a } })
  end))

  it("-1 for any child, and which", inside(function()
    local _, rx = ax.channel()
    local pids = {}
    for i = 3, 1, -1 do
      pids[i] = ax.spawn(function()
        ax.sleep(i)
        return i
      end)
    end
    for i = 1, 3 do
      local fired, pid, how, status = ax.select { rx, -1 }
      assert.same({ -1, pids[i], "exited", i }, { fired, pid, how, status })
    end
    local fired, pid, why, code = ax.select { rx, -1 }
    assert.same({ -1, nil, "ECHILD" }, { fired, pid, code })
    assert.is_string(why)
  end))

  it("timeout when the time is up", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 0 })
    assert.same(TIMEOUT, { ax.select({ rx }, 1.5) })
    assert.same(TIMEOUT, { ax.select({ { tx, 1 } }, 1) })
    assert.same(TIMEOUT, { ax.select({}, 1) })
    assert.equal(3.5, ax.now())
    quiet()
  end))

  it("at once with a timeout of 0", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 1 })
    assert.same(TIMEOUT, { ax.select({ rx }, 0) })
    assert.same({ tx, true }, { ax.select({ { tx, 7 }, rx }, 0) })
    assert.same({ rx, 7 }, { ax.select({ { tx, 8 }, rx }, 0) })
    assert.equal(0, #rx)
    assert.same(TIMEOUT, { ax.select({}, 0) })
    quiet()
  end))

  it("closed, and which", inside(function() -- 5
    local tx1, rx1 = ax.channel()
    local tx2, rx2 = ax.channel()
    ax.spawn(function(out) out:send(1) end, tx2)
    assert.same({ rx2, 1 }, { ax.select { rx1, rx2 } })
    assert.same({ rx2, nil, "closed", "EPIPE" }, { ax.select { rx1, rx2 } })
    local full, rx3 = ax.channel(nil, { capacity = 0 })
    ax.spawn(function(inbox) ax.sleep(1) return inbox end, rx3)
    assert.same({ full, nil, "closed", "EPIPE" },
      { ax.select { rx1, { full, 1 } } })
    tx1:close()
    quiet()
  end))

  it("the pid and why, if there is no such process", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 1 })
    local gone = ax.spawn(function() end)
    ax.wait(gone)
    local fired, pid, why, code = ax.select { rx, gone }
    assert.same({ gone, nil, "ECHILD" }, { fired, pid, code })
    has(why, tostring(gone))
    -- but whoever is ready goes first, and no arm goes unseen
    assert.same({ tx, true }, { ax.select { gone, { tx, 1 } } })
    assert.same({ gone, nil, why, "ECHILD" },
      { ax.select { { tx, 2 }, gone } })
    assert.same({ rx, 1 }, { ax.select { gone, rx } })
    has(raises(ax.select, { gone, "rubbish" }), "arm 2")
    local self = ax.getpid()
    fired, pid, why, code = ax.select { self }
    assert.same({ self, nil, "EDEADLK" }, { fired, pid, code })
    assert.is_string(why)
  end))
end)

describe("select", function()
  it("fires one arm only, although all could", inside(function() -- 4
    local arms, senders = {}, {}
    for i = 1, 5 do
      local tx, rx = ax.channel()
      tx:send(i)
      arms[#arms + 1], senders[#senders + 1] = rx, tx
      local out, inbox = ax.channel(nil, { capacity = 1 })
      arms[#arms + 1], senders[#senders + 1] = { out, i }, inbox
    end
    for round = 1, 10 do
      assert.is_not_nil((ax.select(arms, 0)))
      local done = 0
      for i = 1, #arms, 2 do
        done = done + 1 - #arms[i] + #senders[i + 1]
      end
      assert.equal(round, done)
    end
    assert.same(TIMEOUT, { ax.select(arms, 0) })
  end))

  it("that was woken leaves no trace in the others", inside(function() -- 4
    local tx1, rx1 = ax.channel(nil, { capacity = 0 })
    local tx2, rx2 = ax.channel(nil, { capacity = 0 })
    local sleeper = ax.spawn(ax.sleep, 50)
    local alarm = ax.every(10)
    local got
    local pid = ax.spawn(function()
      got = { ax.select({ rx1, { tx2, "x" }, sleeper, alarm }, 100) }
    end)
    ax.yield()
    assert.equal(4, ax.stats().waiters - 1)
    assert.is_true(tx1:send("y", 0))
    assert.equal(1, ax.stats().waiters)
    assert.equal(1, ax.stats().timers) -- the sleeper's
    assert.same(TIMEOUT, { rx2:recv(0) }) -- nobody sends any more
    assert.same(TIMEOUT, { tx1:send("z", 0) }) -- nobody receives
    alarm:close() -- who fires it now hits nobody
    ax.wait(pid)
    assert.same({ rx1, "y" }, got)
    ax.kill(sleeper, "KILL")
    ax.wait(sleeper)
    quiet()
  end))

  it("waits for room in a channel, whatever its policy", inside(function()
    for _, full in ipairs { "block", "fail" } do
      local tx, rx = ax.channel(nil, { capacity = 1, full = full })
      tx:send(1)
      ax.spawn(function()
        ax.sleep(1)
        rx:recv()
      end)
      local before = ax.now()
      assert.same({ tx, true }, { ax.select { { tx, 2 } } })
      assert.equal(1, ax.now() - before)
      assert.equal(2, rx:recv())
    end
    for full, kept in pairs { drop_oldest = 2, drop_newest = 1 } do
      local tx, rx = ax.channel(nil, { capacity = 1, full = full })
      tx:send(1)
      assert.same({ tx, true }, { ax.select { { tx, 2 } } })
      assert.equal(kept, rx:recv())
    end
  end))

  it("meets itself in another process, not in its own arms",
    inside(function()
      local tx, rx = ax.channel(nil, { capacity = 0 })
      assert.same(TIMEOUT, { ax.select({ rx, { tx, 1 } }, 1) })
      local got = {}
      for i = 1, 2 do
        ax.spawn(function()
          local fired, v = ax.select { rx, { tx, "from " .. i } }
          got[i] = fired == tx and "sent" or v
        end)
      end
      ax.wait(-1)
      ax.wait(-1)
      table.sort(got)
      assert.equal("sent", got[2])
      has(got[1], "from ")
    end))

  it("may name the same thing twice", inside(function()
    local tx, rx = ax.channel()
    ax.spawn(function() tx:send(1) tx:send(2) end)
    assert.same({ rx, 1 }, { ax.select { rx, rx, rx } })
    assert.same({ rx, 2 }, { ax.select { rx, rx } })
    local out, inbox = ax.channel(nil, { capacity = 0 })
    ax.spawn(function() ax.select { { out, "a" }, { out, "a" } } end)
    assert.equal("a", inbox:recv())
    assert.same(TIMEOUT, { inbox:recv(1) })
  end))

  it("does not care what becomes of its list meanwhile", inside(function()
    local tx, rx = ax.channel()
    local out, inbox = ax.channel(nil, { capacity = 0 })
    local arm = { out, "message" }
    local list = { rx, arm }
    ax.spawn(function()
      list[1], list[2], arm[1], arm[2] = nil, "nonsense", nil, nil
      help.collect()
      tx:send("fine")
    end)
    assert.same({ rx, "fine" }, { ax.select(list) })
    arm = { out, "message" }
    list = { rx, arm }
    ax.spawn(function()
      list[1], list[2], arm[1], arm[2] = print, print, tx, print
      help.collect()
      assert.equal("message", inbox:recv())
    end)
    assert.same({ out, true }, { ax.select(list) })
  end))

  it("checks messages before anything happens", inside(function()
    local tx, rx = ax.channel()
    local typed, inbox = ax.channel({ n = "integer" }, { name = "typed" })
    has(raises(ax.select, { { tx, 1 }, { typed, { n = "x" } } }),
      'channel "typed"', "$.n")
    assert.equal(0, #rx)
    local message = { n = 1 }
    assert.same({ typed, true }, { ax.select { { typed, message } } })
    message.n = 2
    assert.same({ n = 1 }, inbox:recv()) -- a copy
    has(raises(ax.select, { { tx, nil } }), "nil")
    has(raises(ax.select, { { tx } }), "nil")
    quiet()
  end))

  it("lets go of messages that were not sent", inside(function()
    local weak = setmetatable({}, { __mode = "k" })
    local tx, rx = ax.channel(nil, { capacity = 0 })
    do
      local message = {}
      weak[message] = true
      ax.select({ { tx, message }, rx }, 1)
      ax.select({ { tx, message }, ax.after(0) })
    end
    help.collect()
    assert.is_nil(next(weak))
  end))

  it("may be sent TERM, which leaves no trace", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 0 })
    local out, inbox = ax.channel(nil, { capacity = 0 })
    for _, signal in ipairs { "TERM", "KILL" } do
      local err
      local pid = ax.spawn(function()
        local ok
        ok, err = pcall(ax.select, { rx, { out, 1 }, ax.every(1) }, 9)
        if not ok then error(err, 0) end
      end)
      ax.yield()
      ax.kill(pid, signal)
      quiet()
      assert.same({ pid, "killed", signal }, { ax.wait(pid) })
      assert.equal(signal == "TERM" and "cancelled" or nil, err)
      assert.same(TIMEOUT, { tx:send(1, 0) })
      assert.same(TIMEOUT, { inbox:recv(0) })
    end
  end))

  it("gives back what it got when it is killed before it knows",
    inside(function()
      local tx, rx = ax.channel()
      local pid = ax.spawn(function() ax.select { rx } end)
      ax.yield()
      tx:send("precious") -- it is given to the process
      ax.kill(pid, "KILL")
      ax.wait(pid)
      assert.equal("precious", rx:recv(0))
    end))

  it("has a thousand arms, one of which fires", inside(function()
    local arms, tx = {}, {}
    for i = 1, 1000 do tx[i], arms[i] = ax.channel() end
    for _, i in ipairs { 1, 500, 1000 } do
      ax.spawn(function() tx[i]:send(i) end)
      assert.same({ arms[i], i }, { ax.select(arms) })
      quiet()
    end
  end))

  it("works inside a generator of ax.wrap", inside(function()
    local tx, rx = ax.channel()
    local generate = ax.wrap(function()
      for _ = 1, 3 do coroutine.yield(select(2, ax.select { rx })) end
    end)
    ax.spawn(function() for i = 1, 3 do ax.sleep(1) tx:send(i) end end)
    local pid = ax.spawn(function() return generate() + generate() end)
    assert.same({ pid, "exited", 3 }, { ax.wait(pid) })
    assert.equal(3, generate())
  end))
end)

describe("misuse of select", function()
  local rows = {
    { "no list", function() ax.select() end, "table" },
    { "a handle", function() ax.select((ax.channel())) end, "table" },
    { "a string", function() ax.select { "rx" } end, "arm 1" },
    { "a sender alone", function()
      local tx, rx = ax.channel()
      ax.select { rx, tx }
    end, "arm 2" },
    { "a receiver in a table", function()
      local _, rx = ax.channel()
      ax.select { { rx, 1 } }
    end, "arm 1" },
    { "an empty table", function() ax.select { {} } end, "arm 1" },
    { "half a pid", function() ax.select { 1.5 } end, "arm 1" },
    { "a closed receiver", function()
      local tx, rx = ax.channel()
      rx:close()
      ax.select { { tx, 1 }, rx }
    end, "arm 2" },
    { "a closed sender", function()
      local tx, rx = ax.channel()
      tx:close()
      ax.select { rx, { tx, 1 } }
    end, "arm 2" },
    { "a file", function() ax.select { io.stdout } end, "arm 1" },
    { "a negative timeout", function() ax.select({}, -1) end, "negative" },
    { "NaN", function() ax.select({}, 0 / 0) end, "NaN" },
  }
  for _, row in ipairs(rows) do
    it("raises: " .. row[1], inside(function()
      has(raises(row[2]), "select", row[3])
      quiet()
    end))
  end

  it("raises under a C function that cannot yield", inside(function()
    local pid = ax.spawn(function()
      local _, rx = ax.channel()
      table.sort({ 1, 2 }, function() ax.select { rx } end)
    end)
    local _, how, err = ax.wait(pid)
    assert.equal("error", how)
    has(err, "cannot block here", "table.sort")
    quiet()
  end))
end)
