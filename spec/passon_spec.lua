--- passon - whoever is killed passes on what it waited for: read, write,
-- open of a FIFO, select over those, watch.  signal_spec and msgkill_spec
-- look at the other points.
local ax = require "axeberg"
local help = require "spec.support.helper"

local sys = ax.sys

local function small(w) w.r, w.w = ax.pipe { capacity = 4 } end

local function filled(w)
  small(w)
  w.w:write("full")
end

--- setup(w), block(w) -> what it answers when it was served, unblock(w):
-- lets one go on; all: lets everybody go on.
local POINTS = {
  { "read", setup = small, block = function(w) return w.r:readsome(1) end,
    unblock = function(w) w.w:write("x") end, served = "x" },
  { "read of a line", setup = small,
    block = function(w) return w.r:read("l") end,
    unblock = function(w) w.w:write("x\n") end, served = "x" },
  { "readinto", setup = small,
    block = function(w) return w.r:readinto(ax.buffer(1)) end,
    unblock = function(w) w.w:write("x") end, served = 1 },
  { "sys.read", stdin = true,
    setup = function(w) w.input, w.output = ax.pipe() end,
    block = function() return sys.read(0, 1) end,
    unblock = function(w) w.output:write("x") end, served = "x" },
  { "write", setup = filled,
    block = function(w) return w.w:write("yy") == w.w end,
    unblock = function(w) assert(w.r:read(2)) end, served = true },
  { "write of more than fits", setup = filled,
    block = function(w) return w.w:write("123456789") == w.w end,
    unblock = function(w)
      for _ = 1, 9 do assert(w.r:readsome(1)) ax.yield() end
    end, late = true, served = true },
  { "select to read", setup = function(w)
      small(w)
      w.r2, w.w2 = ax.pipe()
    end,
    block = function(w)
      local which = ax.select { w.r2, w.r }
      return which == w.r and w.r:readsome(1)
    end,
    unblock = function(w) w.w:write("x") end, served = "x" },
  { "select to write", setup = filled,
    block = function(w) return (ax.select { { w.w, "yy" } }) == w.w end,
    unblock = function(w) assert(w.r:read(2)) end, served = true },
  { "open of a FIFO to read", fifo = true,
    block = function() ax.open("/tmp/p"):close() return "open" end,
    unblock = function(w)
      w.fd = w.fd or assert(sys.open("/tmp/p", "O_WRONLY|O_NONBLOCK"))
    end, all = true, served = "open" },
  { "open of a FIFO to write", fifo = true,
    block = function() ax.open("/tmp/p", "w"):close() return "open" end,
    unblock = function(w)
      w.fd = w.fd or assert(sys.open("/tmp/p", "O_RDONLY|O_NONBLOCK"))
    end, all = true, served = "open" },
  { "sys.open of a FIFO", fifo = true,
    block = function() return sys.close(sys.open("/tmp/p", "O_RDONLY")) end,
    unblock = function(w)
      w.fd = w.fd or assert(sys.open("/tmp/p", "O_WRONLY|O_NONBLOCK"))
    end, all = true, served = true },
  { "watch", setup = function(w)
      w.tx, w.rx = ax.channel()
      w.pid = ax.spawn(function() return w.rx:recv() end)
    end,
    block = function(w) return select(3, ax.watch(w.pid)) end,
    unblock = function(w) w.tx:send("x") ax.yield() end, all = true,
    served = "x" },
}

local function blocker(w, point, name)
  local options = point.stdin and { stdin = w.input } or {}
  return ax.spawn(options, function()
    local ok, v = pcall(point.block, w)
    w.log[#w.log + 1] = name .. " " .. tostring(ok and v == point.served
      and "served" or v)
    if not ok then error(v, 0) end
  end)
end

local function pass(n) for _ = 1, n or 3 do ax.yield() end end

local function at_each(what, fn)
  for _, point in ipairs(POINTS) do
    it(what:format(point[1]), help.inside(function()
      local w = { log = {} }
      if point.fifo then assert(ax.mkfifo("/tmp/p")) end
      if point.setup then point.setup(w) end
      local pid = ax.spawn(function() fn(w, point) end)
      local _, how, err = ax.wait(pid)
      if how == "error" then error(err, 0) end
      if w.fd then sys.close(w.fd) end
      if w.pid then
        w.tx:send("x")
        ax.wait(w.pid)
      end
      if point.fifo then assert(ax.fs.unlink("/tmp/p")) end
    end, { tree = true }))
  end
end

for _, signal in ipairs { "KILL", "TERM" } do -- 1
  describe(signal, function()
    at_each("in %s leaves no waiter", function(w, point)
      pass()
      local before = ax.stats()
      local pid = blocker(w, point, "a")
      pass()
      assert.is_true(ax.stats().waiters > before.waiters)
      ax.kill(pid, signal)
      assert.same({ pid, "killed", signal }, { ax.wait(pid) })
      assert.equal(before.waiters, ax.stats().waiters)
      assert.equal(before.timers, ax.stats().timers)
      assert.equal(before.handles, ax.stats().handles)
      if signal == "KILL" then assert.same({}, w.log) end
    end)

    at_each("in %s leaves the next one to be served", function(w, point)
      local first, second = blocker(w, point, "a"), blocker(w, point, "b")
      pass()
      ax.kill(first, signal)
      ax.wait(first)
      pass()
      point.unblock(w)
      if point.late then -- what the dead one had written is there, too
        w.r:nonblock(true)
        while w.r:readsome(1) do pass() end
      end
      assert.equal(second, (ax.wait(second, 100)), table.concat(w.log, ", "))
      assert.equal("b served", w.log[#w.log])
    end)
  end)
end

describe("KILL", function()
  at_each("after %s was served, before it went on, serves the next",
    function(w, point)
      if point.late then return end
      local first, second = blocker(w, point, "a"), blocker(w, point, "b")
      pass()
      if point[1] == "write" or point[1] == "select to write" then
        point.unblock(w) -- room for the first: its bytes are written
        ax.kill(first, "KILL")
        assert.equal("ll", w.r:read(2))
      else
        point.unblock(w)
        ax.kill(first, "KILL")
      end
      assert.equal(second, (ax.wait(second, 100)), table.concat(w.log, ", "))
      assert.same({ "b served" }, w.log)
      ax.wait(first)
    end)

  it("of a writer that waits makes way for the one behind it",
    help.inside(function()
      local r, w = ax.pipe { capacity = 8 }
      w:write("1234")
      local big = ax.spawn(function() w:write("bigger") end) -- does not fit
      local done
      local little = ax.spawn(function() done = w:write("ab") == w end)
      pass()
      assert.is_nil(done) -- nobody overtakes
      ax.kill(big, "KILL")
      ax.wait(big)
      assert.equal(little, (ax.wait(little, 1)))
      assert.is_true(done)
      assert.equal("1234ab", r:readsome(99))
      w:close()
    end))

  it("of one who waits to open a FIFO to read leaves no reader behind",
    help.inside(function()
      assert(ax.mkfifo("/tmp/p"))
      for _, signal in ipairs { "KILL", "TERM" } do
        local pid = ax.spawn(function() ax.open("/tmp/p") end)
        pass()
        ax.kill(pid, signal)
        ax.wait(pid)
        assert.equal("ENXIO",
          select(3, sys.open("/tmp/p", "O_WRONLY|O_NONBLOCK")))
      end
      assert(ax.fs.unlink("/tmp/p"))
    end, { tree = true }))
end)
