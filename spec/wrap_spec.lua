--- wrap - generators that may block.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

--- Makes a process that has no hook but that of its limits, not even under
--- AX_GC_STRESS.
local spawn = require "axeberg.core".spawn

local function closing(fn)
  return setmetatable({}, { __close = function(_, err) fn(err) end })
end

describe("ax.wrap", function()
  it("makes a generator for a for loop, as coroutine.wrap does",
    inside(function()
      local got = {}
      for a, b in ax.wrap(function(n)
        for i = 1, n or 3 do coroutine.yield(i, i * i) end
      end) do
        got[#got + 1] = a .. ":" .. b
      end
      assert.equal("1:1 2:4 3:9", table.concat(got, " "))
    end))

  it("hands values in and out, nil among them", inside(function()
    local gen = ax.wrap(function(...)
      local seen = { select("#", ...), ... }
      local a, b, c = coroutine.yield(nil, seen[1], nil)
      assert(a == nil and b == "b" and c == nil)
      return "done", nil
    end)
    local got = table.pack(gen("x", nil))
    assert.same({ n = 3, nil, 2, nil }, got)
    got = table.pack(gen(nil, "b", nil))
    assert.same({ n = 2, "done" }, got)
  end))

  it("may block: the process waits, the others run", inside(function() -- 14
    local tx, rx = ax.channel(nil, { capacity = 1 })
    ax.spawn(function(out)
      for i = 1, 5 do
        ax.sleep(1)
        out:send(i)
      end
    end, tx)
    local got = {}
    for v in ax.wrap(function()
      for v in rx do
        ax.sleep(0.5)
        ax.yield()
        coroutine.yield(v * 10)
      end
    end) do
      got[#got + 1] = v
    end
    assert.same({ 10, 20, 30, 40, 50 }, got)
    assert.equal(5.5, ax.now())
  end))

  it("may be nested, and each level may block", inside(function()
    local function count(depth)
      return ax.wrap(function()
        if depth == 0 then
          for i = 1, 3 do
            ax.sleep(1)
            coroutine.yield(i)
          end
        else
          for v in count(depth - 1) do
            ax.sleep(1)
            coroutine.yield(v)
          end
        end
      end)
    end
    local got = {}
    for v in count(4) do got[#got + 1] = v end
    assert.same({ 1, 2, 3 }, got)
    assert.equal(15, ax.now())
  end))

  it("gives each process its own, and they may take turns",
    inside(function()
      local log = {}
      for p = 1, 3 do
        ax.spawn(function()
          for v in ax.wrap(function()
            for i = 1, 2 do
              ax.sleep(1)
              coroutine.yield(i)
            end
          end) do
            log[#log + 1] = p .. "/" .. v
          end
        end)
      end
      while ax.wait(-1) do end
      assert.equal("1/1 2/1 3/1 1/2 2/2 3/2", table.concat(log, " "))
    end))

  it("passes an error on, with its place", inside(function()
    local gen = ax.wrap(function()
      ax.sleep(1)
      error("no luck")
    end)
    has(raises(gen), "wrap_spec.lua", "no luck")
    local object = {}
    local ok, err = pcall(ax.wrap(function() error(object) end))
    assert.is_false(ok)
    assert.is_true(rawequal(object, err))
  end))

  it("is dead after its end or an error", inside(function()
    local gen = ax.wrap(function() return 1 end)
    assert.equal(1, gen())
    has(raises(gen), "dead")
    gen = ax.wrap(function() error("x") end)
    raises(gen)
    has(raises(gen), "dead")
  end))

  it("runs <close> variables when an error leaves it", inside(function()
    local log = {}
    local gen = ax.wrap(function()
      local mark <close> = closing(function() log[#log + 1] = "close" end)
      ax.sleep(mark and 1)
      error("x")
    end)
    raises(gen)
    assert.same({ "close" }, log)
  end))

  it("runs <close> variables when its process dies inside", inside(function()
    for _, signal in ipairs { "KILL", "TERM" } do
      local log = {}
      local _, rx = ax.channel()
      local pid = ax.spawn(function()
        local outer <close> = closing(function() log[#log + 1] = "outer" end)
        local gen = ax.wrap(function()
          local mid <close> = closing(function() log[#log + 1] = "mid" end)
          local deep = ax.wrap(function()
            local mark <close> = closing(function() log[#log + 1] = "deep" end)
            rx:recv()
            coroutine.yield(mark)
          end)
          coroutine.yield(mid and deep())
        end)
        gen()
        log[#log + 1] = outer
      end)
      ax.yield()
      assert.equal(1, ax.stats().waiters)
      ax.kill(pid, signal)
      assert.same({ pid, "killed", signal }, { ax.wait(pid) })
      assert.same({ "deep", "mid", "outer" }, log)
      assert.equal(0, ax.stats().waiters)
    end
  end))

  it("obeys the limits of the process that runs it", inside(function()
    local function forever()
      coroutine.yield("begun")
      while true do end -- luacheck: ignore
    end
    for _, enter in ipairs {
      function(gen) gen() end,
      function(gen) coroutine.wrap(gen)() end,
      function(gen) pcall(table.sort, { 3, 2, 1 }, gen) end,
    } do
      local gen
      ax.wait(spawn(function()
        gen = ax.wrap(forever)
        assert.equal("begun", gen())
      end))
      local pid = spawn({ kill = 50000 }, enter, gen)
      assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
    end
  end))

  it("obeys no limits in a process that has none", inside(function()
    local gen
    local made = spawn({ quantum = 100 }, function()
      gen = ax.wrap(function()
        while true do coroutine.yield(debug.gethook() ~= nil) end
      end)
      return gen()
    end)
    assert.same({ made, "exited", true }, { ax.wait(made) })
    local pid = spawn(gen)
    assert.same({ pid, "exited", false }, { ax.wait(pid) })
  end))

  it("works in the script itself, too", function()
    local tx, rx = ax.channel()
    ax.spawn(function(out)
      for i = 1, 3 do
        ax.yield()
        out:send(i)
      end
    end, tx)
    local sum = 0
    for v in ax.wrap(function()
      for v in rx do coroutine.yield(v) end
    end) do
      sum = sum + v
    end
    assert.equal(6, sum)
    ax.wait(-1)
    rx:close()
  end)

  it("takes a function and says what it got instead", inside(function()
    has(raises(function() ax.wrap() end), "#1", "wrap", "function")
    has(raises(function() ax.wrap("f") end), "#1", "function", "string")
  end))

  it("cannot be entered twice", inside(function()
    local gen
    gen = ax.wrap(function()
      ax.sleep(1)
      gen()
    end)
    raises(gen)
    local tx, rx = ax.channel()
    local shared = ax.wrap(function()
      while true do coroutine.yield(rx:recv()) end
    end)
    local got, err
    ax.spawn(function() got = shared() end)
    ax.spawn(function() err = raises(shared) end)
    ax.yield()
    tx:send("x")
    while ax.wait(-1) do end
    assert.equal("x", got)
    assert.is_string(err) -- the second process was told, no more
  end))
end)

describe("generators of ax.wrap that resume each other", function()
  local REFUSED = "cannot resume non-suspended coroutine"

  it("are refused, the one that calls itself", function()
    assert.equal("false\t" .. REFUSED .. "\n1\t2\n", help.good_script [[
      local g
      g = ax.wrap(function()
        local a, b = 1, 2
        print(pcall(g, 1))
        print(a, b)
      end)
      g()
    ]])
  end)

  for _, where in ipairs { "%s", "ax.wait(ax.spawn(function() %s end))" } do
    it("are refused, in " .. where, function()
      assert.equal("false\t" .. REFUSED .. "\ny\ntrue\t2\nx\n1\n",
        help.good_script(where:format [[
          local a, b
          a = ax.wrap(function()
            local x = "x"
            ax.sleep(0.001)
            print(pcall(b))
            print(x)
            return 1
          end)
          b = ax.wrap(function()
            local y = "y"
            ax.sleep(0.001)
            print(pcall(a))
            print(y)
            coroutine.yield(2)
          end)
          print(a())
        ]]))
    end)
  end

  it("are refused, where nobody catches it", function()
    assert.equal("exited\n", help.good_script [[
      local _, how = ax.wait(ax.spawn(function()
        local a, b
        a = ax.wrap(function()
          ax.sleep(0.001)
          b()
        end)
        b = ax.wrap(function()
          ax.sleep(0.001)
          pcall(a)
        end)
        a()
      end))
      print(how)
    ]])
  end)
end)
