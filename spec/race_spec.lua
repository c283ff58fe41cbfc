--- race - no time at all, and time that is up in the moment of the event.
local ax = require "axeberg"
local help = require "spec.support.helper"

local sys = ax.sys

--- setup(w); try(w, seconds) -> "got", or nil, name; happen(w): the event;
-- left(w): is it still to be had?
local CALLS = {
  { "recv", setup = function(w) w.tx, w.rx = ax.channel() end,
    try = function(w, t) return w.rx:recv(t) end,
    happen = function(w) w.tx:send("got") end,
    left = function(w) return w.rx:try_recv() ~= nil end },
  { "send", setup = function(w)
      w.tx, w.rx = ax.channel(nil, { capacity = 1 })
      w.tx:send("old")
    end,
    try = function(w, t) return w.tx:send("new", t) end,
    happen = function(w) assert(w.rx:recv() == "old") end,
    left = function(w, got)
      assert.equal(got and "new" or nil, (w.rx:try_recv()))
      return not got
    end },
  { "send to a rendezvous", setup = function(w)
      w.tx, w.rx = ax.channel(nil, { capacity = 0 })
    end,
    try = function(w, t) return w.tx:send("new", t) end,
    happen = function(w) w.got = w.rx:recv(0) end,
    left = function(w) return w.got == nil end },
  { "select", setup = function(w)
      w.tx, w.rx = ax.channel()
      w.tx2, w.rx2 = ax.channel()
    end,
    try = function(w, t)
      local which, v = ax.select({ w.rx2, w.rx }, t)
      if which then return v end
      return nil, v, "ETIMEDOUT"
    end,
    happen = function(w) w.tx:send("got") end,
    left = function(w) return w.rx:try_recv() ~= nil end },
  { "wait", setup = function(w)
      w.tx, w.rx = ax.channel()
      w.pid = ax.spawn(function() w.rx:recv() end)
      ax.yield()
    end,
    try = function(w, t) return ax.wait(w.pid, t) end,
    happen = function(w) w.tx:send(1) end,
    left = function(w) return ax.wait(w.pid, 1) == w.pid end },
  { "wait for any", setup = function(w)
      w.tx, w.rx = ax.channel()
    end,
    try = function(w, t)
      w.pid = w.pid or ax.spawn(function() w.rx:recv() return "got" end)
      return ax.wait(-1, t)
    end,
    happen = function(w) w.tx:send(1) end, mine = true,
    left = function(w) return ax.wait(w.pid, 1) == w.pid end },
  { "msgrcv", setup = function(w) w.q = assert(ax.msgqueue()) end,
    try = function(w, t) return w.q:recv(-3, t) end,
    happen = function(w) w.q:send(2, "got") end,
    left = function(w) return w.q:try_recv() ~= nil end },
  { "msgsnd", setup = function(w)
      w.q = assert(ax.msgqueue(nil, { qbytes = 3 }))
      w.q:send(1, "old")
    end,
    try = function(w, t) return w.q:send(2, "new", t) end,
    happen = function(w) w.q:recv(1) end,
    left = function(w, got)
      assert.equal(got and 2 or nil, (w.q:try_recv()))
      return not got
    end },
  { "read", setup = function(w) w.r, w.w = ax.pipe() end,
    try = function(w, t)
      w.r:settimeout(t)
      return w.r:read(3)
    end,
    happen = function(w) w.w:write("got") end,
    left = function(w)
      w.r:nonblock(true)
      return w.r:readsome(9) == "got"
    end },
  { "write", setup = function(w)
      w.r, w.w = ax.pipe { capacity = 3 }
      w.w:write("old")
    end,
    try = function(w, t)
      w.w:settimeout(t)
      return w.w:write("new")
    end,
    happen = function(w) assert(w.r:read(3) == "old") end,
    left = function(w, got)
      w.r:nonblock(true)
      assert.equal(got and "new" or nil, (w.r:readsome(9)))
      return not got
    end },
  { "open of a FIFO", fifo = true, setup = function() end,
    try = function(w, t)
      local file, err, code = ax.open("/tmp/p", "r", t)
      w.file = w.file or file
      return file, err, code
    end,
    happen = function(w)
      local fd = sys.open("/tmp/p", "O_WRONLY|O_NONBLOCK")
      if not fd then return end
      ax.yield()
      w.wrote = sys.write(fd, "x")
    end,
    -- as in Linux, who gave up may have let one in, who then hears EPIPE
    left = function(w) return w.wrote == nil end },
  { "alarm:wait", setup = function(w) w.alarm = ax.after(1) end, moment = true,
    try = function(w, t) return w.alarm:wait(t) end,
    happen = function() end,
    left = function(w) return w.alarm:wait(0) == 1 end, stays = true },
  { "region:next", setup = function(w)
      w.s = ax.shm(64)
      w.a, w.b = w.s:attach(), w.s:attach("r")
    end,
    try = function(w, t) return w.b:next(t) end,
    happen = function(w) w.a:write(0, "x") w.a:sync() end,
    left = function(w) return w.b:next(0) == 1 end, stays = true },
  { "region:wait", setup = function(w)
      w.s = ax.shm(64)
      w.a = w.s:attach("rw", { direct = true })
    end,
    try = function(w, t) return w.a:wait(0, 0, t) end,
    happen = function(w) w.n = w.a:notify(0) end,
    left = function(w) return w.n == 0 end },
}

local function each(what, fn)
  for _, call in ipairs(CALLS) do
    it(what:format(call[1]), help.inside(function()
      local pid = ax.spawn(function()
        local w = {}
        if call.fifo then assert(ax.mkfifo("/tmp/p")) end
        call.setup(w)
        fn(w, call)
        if w.file then w.file:close() end
        if w.q then w.q:remove() end
        if w.s then w.s:remove() end
        if call.fifo then assert(ax.fs.unlink("/tmp/p")) end
      end)
      local _, how, err = ax.wait(pid)
      if how == "error" then error(err, 0) end
    end, { tree = true }))
  end
end

describe("no time at all", function() -- 2
  each("lets %s try once, and leaves no waiter and no timer",
    function(w, call)
      local before = ax.stats()
      local moment = ax.now()
      local got, _, code = call.try(w, 0)
      assert.is_nil(got)
      assert.equal("ETIMEDOUT", code)
      assert.equal(before.waiters, ax.stats().waiters)
      assert.equal(before.timers, ax.stats().timers)
      assert.equal(moment, ax.now())
      if call.moment then ax.sleep(1) end
      call.happen(w)
      assert.is_truthy(call.left(w, false))
      if call[1] == "wait for any" then return end
      ax.sleep(1) -- nobody is woken by what comes later
    end)
end)

describe("time that is up in the moment of the event", function() -- 2
  for _, first in ipairs { "the event", "the wait" } do
    each(first .. " first: %s gets it, or it is still there",
      function(w, call)
        local answer
        local function wait()
          local pid = ax.spawn(function()
            answer = table.pack(call.try(w, 1))
            if call.mine then
              assert.is_true((answer[1] ~= nil)
                ~= (call.left(w, answer[1] ~= nil) and true))
            end
          end)
          ax.yield()
          return pid
        end
        local pid = first == "the wait" and wait()
        local event = ax.spawn(function()
          ax.sleep(1)
          call.happen(w)
        end)
        ax.yield()
        pid = pid or wait()
        local before = ax.now()
        local _, how, err = ax.wait(pid)
        if how == "error" then error(err, 0) end
        assert.equal(1, ax.now() - before)
        ax.wait(event)
        local got = answer[1] ~= nil
        assert.is_true(got or answer[3] == "ETIMEDOUT")
        if call.stays then
          assert.is_truthy(call.left(w, got))
        elseif not call.mine then
          assert.equal(not got, call.left(w, got) and true or false)
        end
        assert.equal(1, ax.stats().waiters) -- process 1 waits for us
        assert.equal(0, ax.stats().timers)
      end)
  end
end)
