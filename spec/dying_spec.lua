--- dying - whatever <close> variables and finalizers do while a process is
-- killed, the kernel goes on.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has = help.inside, help.has

local function closing(fn)
  return setmetatable({}, { __close = function(_, err) fn(err) end })
end

--- What a <close> of a dying process may try; w has things to try it on.
local DEEDS = {
  { "raises a string", function() error("in close") end },
  { "raises a table", function() error({}) end },
  { "raises nil", function() error(nil) end },
  { "raises what cannot be shown", function()
      error(setmetatable({}, { __tostring = error }))
    end },
  { "overflows the stack", function()
      local function deep(...) return 1 + deep(...) end
      deep(table.unpack({}, 1, 200)) -- large frames: it is reached soon
    end },
  { "kills itself", function() ax.kill(ax.getpid(), "KILL") end },
  { "sends itself a TERM", function() ax.kill(ax.getpid(), "TERM") end },
  { "stops itself", function() ax.kill(ax.getpid(), "STOP") end },
  { "exits", function() ax.exit(5) end },
  { "waits for itself", function() ax.wait(ax.getpid()) end },
  { "waits", function() ax.wait(-1) end },
  { "sleeps", function() ax.sleep(1) end },
  { "yields", function() ax.yield() end },
  { "receives", function(w) w.rx:recv() end },
  { "receives for a while", function(w) w.rx:recv(1) end },
  { "selects", function(w) ax.select({ w.rx }, 1) end },
  { "reads", function(w) w.r:read("a") end },
  { "writes more than fits", function(w) w.w:write(("x"):rep(9)) end },
  { "opens a FIFO", function() ax.open("/tmp/p") end },
  { "receives from a queue", function(w) w.q:recv() end },
  { "closes everything", function(w)
      for _, name in ipairs { "tx", "rx", "r", "w", "q" } do
        w[name]:close()
      end
    end },
  { "kills the others", function(w) ax.kill(w.other, "KILL") end },
  { "spawns and kills", function()
      ax.kill(ax.spawn({ detached = true }, ax.sleep, 1), "KILL")
    end },
  { "runs a kernel", function()
      ax.run(function() ax.spawn(ax.yield) end)
    end },
  { "collects garbage", function() collectgarbage() end },
  { "leaves a generator in the midst", function()
      ax.wrap(function() ax.yield() end)()
    end },
}

local ENDINGS = {
  KILL = function(pid) ax.kill(pid, "KILL") end,
  TERM = function(pid) ax.kill(pid, "TERM") end,
  ["a stop, KILL"] = function(pid)
    ax.kill(pid, "STOP")
    ax.kill(pid, "KILL")
  end,
}

for ending, hit in pairs(ENDINGS) do -- 11
  describe("while " .. ending .. " ends a process, a <close> that", function()
    for _, deed in ipairs(DEEDS) do
      it(deed[1] .. " harms nobody else", inside(function()
        local w, log = {}, {}
        w.tx, w.rx = ax.channel()
        w.r, w.w = ax.pipe { capacity = 4 }
        w.q = ax.msgqueue()
        local queue = w.q:id()
        assert(ax.mkfifo("/tmp/p"))
        w.other = ax.spawn(function() ax.sleep(1e4) end)
        local held, heard = ax.channel()
        local pid = ax.spawn(function(out)
          local outer <close> = closing(function() log[#log + 1] = "outer" end)
          local inner <close> = closing(function() deed[2](w) end)
          setmetatable({}, { __gc = function() pcall(deed[2], w) end })
          ax.sleep(outer and inner and out and 1e5)
        end, held)
        ax.yield()
        hit(pid)
        -- what waits in a <close> after a TERM may be killed, too
        if ax.wait(pid, 10) == nil then
          ax.kill(pid, "KILL")
          assert.equal("killed", select(2, ax.wait(pid, 1)))
        end
        assert.same({ "outer" }, log)
        assert.same({ nil, "closed", "EPIPE" }, { heard:recv(0) })
        help.collect()
        -- all goes on
        local tx, rx = ax.channel()
        ax.spawn({ detached = true }, function(out)
          ax.sleep(1)
          out:send("fine")
        end, tx)
        assert.equal("fine", rx:recv())
        ax.kill(w.other, "KILL")
        ax.wait(w.other)
        while ax.wait(-1, 0) do end -- luacheck: ignore
        for _, name in ipairs { "tx", "rx", "r", "w", "q" } do
          w[name]:close()
        end
        ax.sys.msgctl(queue, "IPC_RMID")
        assert(ax.fs.unlink("/tmp/p"))
        assert.equal(0, ax.stats().waiters)
        assert.equal(0, ax.stats().timers)
      end, { tree = true }))
    end
  end)
end

describe("an error in a <close> of a killed process", function()
  it("is a warning, and not lost", function()
    local result = help.script [[
      warn "@on"
      local pid = ax.spawn({ name = "victim" }, function()
        local mark <close> = setmetatable({}, {
          __close = function() error("in close", 0) end })
        ax.sleep(mark and 100)
      end)
      ax.yield()
      ax.kill(pid, "KILL")
      print(ax.wait(pid))
    ]]
    assert.equal("2\tkilled\tKILL\n", result.out)
    has(result.err, "in close", "<close>")
  end)

  it("of a finalizer is a warning of Lua's", function()
    local result = help.script [[
      warn "@on"
      local pid = ax.spawn(function()
        setmetatable({}, { __gc = function() error("in gc", 0) end })
        ax.sleep(100)
      end)
      ax.yield()
      ax.kill(pid, "KILL")
      collectgarbage()
      print(ax.wait(pid))
    ]]
    assert.equal("2\tkilled\tKILL\n", result.out)
    has(result.err, "in gc")
  end)
end)
