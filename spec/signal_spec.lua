--- signal - kill at every point where a process can be.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

--- Each point at which a process can block: block(w) blocks, unblock(w)
--- lets one such go on (all: all of them), and served(v) tells whether that
--- was it.  kept(w): what is still to be had, as "x", if it was not served.
local function queued(w) return w.rx:try_recv() end

local POINTS = {
  { "recv", setup = function(w) w.tx, w.rx = ax.channel() end,
    block = function(w) return w.rx:recv() end,
    unblock = function(w) w.tx:send("x") end, kept = queued,
    served = function(v) return v == "x" end },
  { "recv with a timeout", setup = function(w) w.tx, w.rx = ax.channel() end,
    block = function(w) return w.rx:recv(1000) end,
    unblock = function(w) w.tx:send("x") end, kept = queued,
    served = function(v) return v == "x" end },
  { "for over a receiver", setup = function(w) w.tx, w.rx = ax.channel() end,
    block = function(w) for v in w.rx do if v then return v end end end,
    unblock = function(w) w.tx:send("x") end, kept = queued,
    served = function(v) return v == "x" end },
  { "send to a full channel", setup = function(w)
      w.tx, w.rx = ax.channel(nil, { capacity = 1 })
      w.tx:send("first")
    end,
    block = function(w) return w.tx:send("x") end,
    unblock = function(w) w.rx:recv() end,
    served = function(v) return v == true end },
  { "send with a timeout", setup = function(w)
      w.tx, w.rx = ax.channel(nil, { capacity = 1 })
      w.tx:send("first")
    end,
    block = function(w) return w.tx:send("x", 1000) end,
    unblock = function(w) w.rx:recv() end,
    served = function(v) return v == true end },
  { "send without a receiver that waits",
    setup = function(w) w.tx, w.rx = ax.channel(nil, { capacity = 0 }) end,
    block = function(w) return w.tx:send("x") end,
    unblock = function(w)
      ax.spawn(function() w.rx:recv() end)
      ax.yield()
    end,
    served = function(v) return v == true end },
  { "wait", setup = function(w)
      w.gate, w.key = ax.channel()
      w.pid = ax.spawn(function() w.key:recv() return "x" end)
    end,
    block = function(w) return select(3, ax.wait(w.pid)) end,
    unblock = function(w) w.gate:send(1) end, all = true,
    kept = function(w) return select(3, ax.wait(w.pid)) end,
    served = function(v) return v == "x" end },
  { "wait for any child", setup = function(w)
      w.gate, w.key = ax.channel()
    end,
    block = function(w)
      ax.spawn(function() w.key:recv() return "x" end)
      return select(3, ax.wait(-1))
    end,
    unblock = function(w) w.gate:send(1) w.gate:send(2) end, all = true,
    kept = function() return "x" end, -- its child is nobody's then
    served = function(v) return v == "x" end },
  { "sleep", setup = function() end,
    block = function() return ax.sleep(1000) end,
    unblock = function() ax.sleep(2000) end, all = true,
    served = function(v) return v == true end },
  { "recv inside a generator",
    setup = function(w) w.tx, w.rx = ax.channel() end,
    block = function(w)
      local next_value = ax.wrap(function()
        coroutine.yield(w.rx:recv())
      end)
      return next_value()
    end,
    unblock = function(w) w.tx:send("x") end, kept = queued,
    served = function(v) return v == "x" end },
  { "select", missing = not ax.select,
    setup = function(w)
      w.tx, w.rx = ax.channel()
      w.tx2, w.rx2 = ax.channel()
    end,
    block = function(w)
      local _, v = ax.select({ w.rx2, w.rx })
      return v
    end,
    unblock = function(w) w.tx:send("x") end, kept = queued,
    served = function(v) return v == "x" end },
}

--- A process that blocks; says in w.log how that went.
local function blocker(w, point, label, opts)
  return ax.spawn(opts or {}, function()
    local mark <close> = setmetatable({}, { __close = function()
      w.log[#w.log + 1] = label .. " closes"
    end })
    assert(mark)
    local ok, v = pcall(point.block, w)
    w.log[#w.log + 1] = label .. (ok and point.served(v) and " served"
      or " " .. tostring(v))
    return v
  end)
end

--- it() for each point; fn gets the world and the point, after setup.
local function at_every_point(what, fn)
  for _, point in ipairs(POINTS) do
    if not point.missing then
      it(what:format(point[1]), inside(function() -- 1
        local w = { log = {} }
        point.setup(w)
        fn(w, point)
        for _, name in ipairs { "gate", "tx", "rx" } do
          if w[name] then w[name]:close() end
        end
      end))
    end
  end
end

describe("KILL", function()
  at_every_point("during %s closes <close> variables and nothing more",
    function(w, point)
      local waiters = ax.stats().waiters
      local pid = blocker(w, point, "a")
      ax.yield()
      ax.yield()
      assert.is_true(ax.kill(pid, "KILL"))
      assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
      assert.same({ "a closes" }, w.log)
      if not point.all then
        assert.equal(waiters, ax.stats().waiters)
        assert.equal(0, ax.stats().timers)
      else
        point.unblock(w)
      end
    end)

  at_every_point("during %s leaves the next one to be served",
    function(w, point)
      local first = blocker(w, point, "a")
      local second = blocker(w, point, "b")
      ax.yield()
      ax.yield()
      ax.kill(first, "KILL")
      ax.wait(first)
      point.unblock(w)
      ax.wait(second)
      assert.same({ "a closes", "b served", "b closes" }, w.log)
    end)

  at_every_point("after %s was served, before it went on: nothing is lost",
    function(w, point)
      local first = blocker(w, point, "a")
      local second = blocker(w, point, "b")
      ax.yield()
      ax.yield()
      point.unblock(w)
      ax.kill(first, "KILL")
      ax.kill(first, "KILL")
      ax.yield()
      ax.yield()
      local log = table.concat(w.log, ", ")
      if point[1]:find("^send") then
        -- the first one's message was delivered; room is for the second
        if #w.log < 3 then w.rx:try_recv() end
      elseif not log:find("b served") then
        error("the second was not served: " .. log, 0)
      end
      ax.wait(second)
      ax.wait(first)
      has(table.concat(w.log, ", "), "b served", "a closes")
    end)
end)

describe("TERM", function()
  at_every_point("during %s raises cancelled, once", function(w, point)
    local pid = ax.spawn(function()
      local ok, err = pcall(point.block, w)
      w.log[#w.log + 1] = tostring(ok) .. " " .. tostring(err)
      ax.sleep(5000) -- not cancelled again
      return "cleaned up"
    end)
    ax.yield()
    ax.yield()
    assert.is_true(ax.kill(pid))
    ax.yield()
    assert.same({ "false cancelled" }, w.log)
    point.unblock(w)
    assert.same({ pid, "exited", "cleaned up" }, { ax.wait(pid) })
  end)

  at_every_point("during %s, not caught, ends the process",
    function(w, point)
      local pid = ax.spawn(function()
        local mark <close> = setmetatable({}, { __close = function(_, err)
          w.log[1] = err
        end })
        assert(mark)
        point.block(w)
      end)
      ax.yield()
      ax.yield()
      ax.kill(pid, "TERM")
      assert.same({ pid, "killed", "TERM" }, { ax.wait(pid) })
      assert.same({ "cancelled" }, w.log)
      point.unblock(w)
    end)

  at_every_point("during %s leaves the next one to be served",
    function(w, point)
      local first = blocker(w, point, "a")
      local second = blocker(w, point, "b")
      ax.yield()
      ax.yield()
      ax.kill(first, 15)
      ax.wait(first)
      point.unblock(w)
      ax.wait(second)
      assert.same({ "a cancelled", "a closes", "b served", "b closes" },
        w.log)
    end)

  at_every_point("after %s was served: nothing is lost", function(w, point)
    local first = blocker(w, point, "a")
    ax.yield()
    ax.yield()
    point.unblock(w)
    ax.kill(first, "TERM")
    ax.wait(first)
    local outcome = w.log[1]
    if outcome == "a cancelled" and point.kept then
      assert.equal("x", point.kept(w))
    else
      assert.equal("a served", outcome)
    end
  end)
end)

describe("STOP", function()
  at_every_point("during %s holds a process until CONT",
    function(w, point)
      local pid = blocker(w, point, "a")
      ax.yield()
      ax.yield()
      assert.is_true(ax.kill(pid, "STOP"))
      point.unblock(w)
      for _ = 1, 3 do ax.yield() end
      assert.same({}, w.log)
      assert.is_true(ax.kill(pid, "CONT"))
      ax.wait(pid)
      assert.same({ "a served", "a closes" }, w.log)
    end)

  at_every_point("during %s does not protect from KILL", function(w, point)
    local pid = blocker(w, point, "a")
    ax.yield()
    ax.yield()
    ax.kill(pid, "STOP")
    ax.kill(pid, "KILL")
    assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
    assert.same({ "a closes" }, w.log)
    point.unblock(w)
  end)

  at_every_point("during %s keeps a TERM for later", function(w, point)
    local pid = blocker(w, point, "a")
    ax.yield()
    ax.yield()
    ax.kill(pid, "STOP")
    ax.kill(pid, "TERM")
    ax.yield()
    assert.same({}, w.log)
    ax.kill(pid, "CONT")
    ax.wait(pid)
    assert.same({ "a cancelled", "a closes" }, w.log)
    point.unblock(w)
  end)

  it("and CONT without a STOP do nothing else", inside(function()
    local pid = ax.spawn(ax.sleep, 1)
    assert.is_true(ax.kill(pid, "CONT"))
    ax.yield()
    assert.is_true(ax.kill(pid, "CONT"))
    ax.kill(pid, "STOP")
    ax.kill(pid, "STOP")
    assert.equal("stopped", ax.ps()[2].state)
    ax.kill(pid, "CONT")
    assert.equal("waiting", ax.ps()[2].state)
    assert.equal("exited", select(2, ax.wait(pid)))
    assert.equal(1, ax.now())
  end))

  it("lets the timeout of a wait come", inside(function()
    local tx, rx = ax.channel()
    local got
    local pid = ax.spawn(function() got = { rx:recv(1) } end)
    ax.yield()
    ax.kill(pid, "STOP")
    ax.sleep(5)
    tx:send("late")
    ax.kill(pid, "CONT")
    ax.wait(pid)
    assert.same({ nil, "timeout", "ETIMEDOUT" }, got)
    assert.equal("late", rx:try_recv())
  end))
end)

describe("kill misused", function()
  it("says so", inside(function()
    local pid = ax.spawn(ax.sleep, 1)
    has(raises(function() ax.kill() end), "#1", "kill", "no value")
    has(raises(function() ax.kill("x") end), "#1", "string")
    has(raises(function() ax.kill(pid, "HUP") end), "#2", '"HUP"')
    has(raises(function() ax.kill(pid, "kill") end), "#2", '"kill"')
    has(raises(function() ax.kill(pid, 99) end), "#2", "99")
    has(raises(function() ax.kill(pid, {}) end), "#2")
    assert.equal("exited", select(2, ax.wait(pid)))
  end))

  it("fails for what does not exist or is dead", inside(function()
    local dead = ax.spawn(function() end)
    ax.yield()
    local reaped = ax.spawn(function() end)
    ax.wait(reaped)
    for _, pid in ipairs { dead, reaped, 999, 0, -5 } do
      for _, signal in ipairs { "TERM", "KILL", "STOP", "CONT" } do
        local v, err, code = ax.kill(pid, signal)
        assert.is_nil(v)
        assert.is_string(err)
        assert.equal("ESRCH", code)
      end
    end
  end))
end)

describe("a signal", function()
  it("is none if its number is cut short", function()
    for _, number in ipairs { 1 << 32 | 9, -9, 1 << 62 } do
      help.has(help.raises(ax.kill, 1, number), "unknown signal", number)
    end
    local tx <close> = ax.channel()
    assert.same("ESRCH", (select(3, tx:give(1 << 32 | 1))))
  end)
end)
