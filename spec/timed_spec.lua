--- timed - times that are negative, no number, or huge, wherever there is
-- one.
local ax = require "axeberg"
local help = require "spec.support.helper"

local sys = ax.sys

--- Things to wait for in vain.
local function things()
  local w = {}
  w.tx, w.rx = ax.channel()
  w.full, w.inbox = ax.channel(nil, { capacity = 1 })
  w.full:send(1)
  w.r, w.w = ax.pipe { capacity = 1 }
  w.r2, w.w2 = ax.pipe { capacity = 1 }
  w.w:write("x")
  w.q = ax.msgqueue(nil, { qbytes = 1 })
  w.q:send(1, "x")
  w.s = ax.shm(64)
  w.a, w.b = w.s:attach("rw", { direct = true }), w.s:attach("r")
  w.never = ax.after(math.huge)
  w.pid = ax.spawn(ax.sleep, math.huge)
  assert(ax.mkfifo("/tmp/p"))
  return w
end

local function finish(w)
  ax.kill(w.pid, "KILL")
  ax.wait(w.pid)
  w.q:remove()
  w.s:remove()
  assert(ax.fs.unlink("/tmp/p"))
end

--- What waits, with a time; wake(w), where something ends it.
local CALLS = {
  { "recv", function(w, t) return w.rx:recv(t) end,
    function(w) w.tx:send("late") end },
  { "send", function(w, t) return w.full:send(2, t) end,
    function(w) w.inbox:recv() end },
  { "select", function(w, t) return ax.select({ w.rx, w.r2 }, t) end,
    function(w) w.tx:send("late") end },
  { "select of nothing", function(_, t) return ax.select({}, t) end },
  { "sleep", function(_, t) return ax.sleep(t) end, sleeps = true },
  { "wait", function(w, t) return ax.wait(w.pid, t) end,
    function(w) ax.kill(w.pid, "KILL") w.pid = ax.spawn(ax.sleep, 1e9) end },
  { "wait for any", function(_, t)
      ax.spawn({ detached = true }, ax.yield)
      return ax.wait(-1, t)
    end },
  { "watch", function(w, t) return ax.watch(w.pid, t) end },
  { "msgrcv", function(w, t) return w.q:recv(7, t) end,
    function(w) w.q:try_recv(1) w.q:send(7, "") end },
  { "msgsnd", function(w, t) return w.q:send(1, "y", t) end,
    function(w) w.q:try_recv() end },
  { "alarm:wait", function(w, t) return w.never:wait(t) end },
  { "settimeout and read", function(w, t)
      w.r2:settimeout(t)
      return w.r2:read(1)
    end, function(w) w.w2:write("x") end },
  { "settimeout and write", function(w, t)
      w.w:settimeout(t)
      return w.w:write("y")
    end, function(w) w.r:read(1) end },
  { "readline", function(w, t) return w.r2:readline(5, t) end,
    function(w) w.w2:write("\n") end },
  { "sys.read", function(_, t) return sys.read(0, 1, t) end,
    function(w) w.w2:write("x") end },
  { "open of a FIFO", function(_, t) return ax.open("/tmp/p", "r", t) end,
    function() sys.open("/tmp/p", "O_WRONLY|O_NONBLOCK") end },
  { "sys.open of a FIFO", function(_, t)
      local fd, err, code = sys.open("/tmp/p", "O_RDONLY", nil, t)
      if fd then sys.close(fd) end
      return fd, err, code
    end, function() sys.open("/tmp/p", "O_WRONLY|O_NONBLOCK") end },
  { "region:next", function(w, t) return w.b:next(t) end,
    function(w) w.a:write(0, "x") end },
  { "region:wait", function(w, t) return w.a:wait(0, 0, t) end,
    function(w) w.a:notify(0) end },
  { "ax.after", function(_, t)
      local alarm <close> = ax.after(t)
      return alarm:wait(1)
    end, alarm = true },
  { "ax.every", function(_, t)
      local alarm <close> = ax.every(t)
      return alarm:wait(1)
    end, alarm = true },
  { "ax.scope", function(w, t)
      return ax.scope({ timeout = t }, function() return w.rx:recv() end)
    end, function(w) w.tx:send("late") end },
}

local function each(what, fn)
  for _, call in ipairs(CALLS) do
    it(what:format(call[1]), help.inside(function()
      local _, how, err = ax.wait((ax.spawn(function()
        local w = things()
        local _, why, e = ax.wait((ax.spawn({ stdin = w.r2 }, function()
          fn(w, call)
        end)))
        finish(w)
        if why == "error" then error(e, 0) end
      end)))
      if how == "error" then error(err, 0) end
    end, { tree = true }))
  end
end

describe("a time that is none", function() -- 28
  each("is an error of %s, which does not wait", function(w, call)
    for _, bad in ipairs { -1, -1e-300, -math.huge, 0 / 0, -(0 / 0),
      math.mininteger, "soon", {}, true } do
      local before = ax.stats()
      local ok, err = pcall(call[2], w, bad)
      assert.is_false(ok, tostring(bad))
      assert.is_string(err)
      if type(bad) == "number" and call[1] ~= "ax.scope" then
        help.has(err, bad ~= bad and "NaN" or "negative")
      end
      assert.equal(0, ax.now())
      assert.equal(before.waiters, ax.stats().waiters)
      assert.equal(before.timers, ax.stats().timers)
    end
  end)
end)

describe("a huge time", function()
  each("is long for %s, and never over", function(w, call)
    for _, huge in ipairs { 1e300, math.huge, 2 ^ 63, 2 ^ 64, 2 ^ 63 / 1e9,
      math.maxinteger, 1.7976931348623157e308, 9.3e9, 1.9e10 } do
      local answer
      local pid = ax.spawn({ stdin = w.r2 }, function()
        answer = table.pack(call[2](w, huge))
      end)
      ax.sleep(1e6)
      if call.alarm then -- it waits one second for it
        assert.equal("ETIMEDOUT", answer[3])
      elseif call[1] == "wait for any" then
        assert.equal("ECHILD", answer[3])
      else
        assert.is_nil(answer, tostring(huge))
      end
      ax.kill(pid, "KILL")
      ax.wait(pid)
    end
  end)

  each("does not keep %s from what comes", function(w, call)
    if not call[3] then return end
    for _, huge in ipairs { math.huge, 1e300 } do
      local answer
      local pid = ax.spawn({ stdin = w.r2 }, function()
        answer = table.pack(call[2](w, huge))
      end)
      ax.sleep(1e6)
      call[3](w)
      ax.wait(pid, 1)
      assert.is_truthy(answer and answer[1], tostring(answer and answer[2]))
    end
  end)
end)

describe("a tiny time", function()
  each("comes to its end in %s", function(w, call)
    if call.alarm or call[1] == "wait for any" then return end
    for _, tiny in ipairs { 5e-324, 1e-12, 1e-9, 0.0, -0.0, 0 } do
      local before = ax.now()
      local first, _, code = call[2](w, tiny)
      if call.sleeps then
        assert.is_truthy(first)
      else
        assert.is_nil(first)
        assert.equal("ETIMEDOUT", code)
      end
      assert.is_true(ax.now() - before <= 1e-8)
    end
  end)
end)
