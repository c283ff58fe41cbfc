--- herd - one event wakes all who wait for it, however many they are.
local ax = require "axeberg"
local help = require "spec.support.helper"

local N = help.STRESS and 200 or 10500

--- Spawns N that call wait(w); happens; all must have answered what ok says,
-- and nobody may be left.
local function crowd(setup, wait, happen, ok)
  return help.inside(function()
    local pid = ax.spawn(function()
      local w, woken = setup(), 0
      for _ = 1, N do
        ax.spawn({ detached = true }, function()
          if ok(w, wait(w)) then woken = woken + 1 end
        end)
      end
      ax.yield()
      ax.yield()
      assert.is_true(ax.stats().waiters >= N)
      happen(w)
      for _ = 1, 3 do ax.yield() end
      assert.equal(N, woken)
      if w.q then w.q:remove() end
      if w.s then w.s:remove() end
    end)
    local _, how, err = ax.wait(pid)
    if how == "error" then error(err, 0) end
    assert.equal(0, ax.stats().waiters)
    assert.equal(0, ax.stats().timers)
  end, { tree = true })
end

local function pipe()
  local r, w = ax.pipe { capacity = 4 }
  return { r = r, w = w }
end

local function full()
  local p = pipe()
  p.w:write("full")
  return p
end

describe("thousands wake", function() -- 3
  it("from reading a pipe, when its writer is gone", crowd(pipe,
    function(p) return p.r:read(1) end, function(p) p.w:close() end,
    function(_, v) return v == nil end))

  it("from reading a pipe that somebody closes", crowd(pipe,
    function(p) return p.r:read(1) end, function(p) p.r:close() end,
    function(_, _, err) return err == "closed" end))

  it("from writing to a pipe, when its reader is gone", crowd(full,
    function(p) return p.w:write("x") end, function(p) p.r:close() end,
    function(_, _, _, code) return code == "EPIPE" end))

  it("from a select that watches a pipe", crowd(pipe,
    function(p) return ax.select { p.r } end, function(p) p.w:write("x") end,
    function(p, v) return v == p.r end))

  it("from a select of a channel that closes", crowd(
    function()
      local tx, rx = ax.channel()
      return { tx = tx, rx = rx }
    end,
    function(c) return ax.select { c.rx } end,
    function(c) c.tx:close() end,
    function(c, which, _, err) return which == c.rx and err == "closed" end))

  it("from receiving from a queue that is removed", crowd(
    function() return { q = ax.msgqueue() } end,
    function(w) return w.q:recv(7) end,
    function(w) w.q:remove() w.q = nil end,
    function(_, _, _, code) return code == "EIDRM" end))

  it("from sending to a queue that is removed", crowd(
    function()
      local q = ax.msgqueue(nil, { qbytes = 1 })
      q:send(1, "x")
      return { q = q }
    end,
    function(w) return w.q:send(1, "y") end,
    function(w) w.q:remove() w.q = nil end,
    function(_, _, _, code) return code == "EIDRM" end))

  it("from waiting for a process", crowd(
    function()
      local tx, rx = ax.channel()
      return { tx = tx, pid = ax.spawn(function() return rx:recv() end) }
    end,
    function(w) return ax.wait(w.pid) end,
    function(w) w.tx:send("news") ax.yield() end,
    function(w, pid, how, v)
      return pid == w.pid and how == "exited" and v == "news"
    end))

  it("from an alarm", crowd(function() return { alarm = ax.after(1) } end,
    function(w) return w.alarm:wait() end, function() ax.sleep(1) end,
    function(_, n) return n == 1 end))

  it("from an alarm that is closed", crowd(
    function() return { alarm = ax.after(1) } end,
    function(w) return w.alarm:wait() end, function(w) w.alarm:close() end,
    function(_, _, err) return err == "closed" end))

  it("from waiting for a sync", crowd(
    function()
      local s = ax.shm(64)
      return { s = s, a = s:attach(), b = s:attach("r") }
    end,
    function(w) return w.b:next() end,
    function(w) w.a:write(0, "x") w.a:sync() end,
    function(_, version) return version == 1 end))

  it("from opening a FIFO", help.inside(function()
    assert(ax.mkfifo("/tmp/p"))
    local n = help.STRESS and 50 or N
    local opened = 0
    for _ = 1, n do
      ax.spawn({ detached = true }, function()
        local file <close> = assert(ax.open("/tmp/p"))
        opened = opened + (file and 1 or 0)
      end)
    end
    ax.yield()
    local w <close> = assert(ax.open("/tmp/p", "w"))
    ax.yield()
    assert.equal(n, opened)
    assert(w and ax.fs.unlink("/tmp/p"))
  end, { tree = true }))
end)
