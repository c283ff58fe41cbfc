--- wait - where a call may block: sleep, yield, generators, coroutines.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

--- Fails unless the text is a sentence that helps.
local function clear(err, ...)
  assert.is_string(err)
  assert.is_nil(err:find("C-call boundary", 1, true), err)
  has(err, ...)
end

describe("sleep", function()
  it("takes seconds, of any kind of number", inside(function()
    ax.sleep(1)
    ax.sleep(0.25)
    ax.sleep(0)
    assert.equal(1.25, ax.now())
  end))

  it("of 0 lets the others run", inside(function()
    local log = {}
    ax.spawn(function() log[1] = "other" end)
    ax.sleep(0)
    assert.same({ "other" }, log)
  end))

  it("shorter than the clock can tell still ends", inside(function()
    assert.truthy(ax.sleep(1e-12))
    assert.truthy(ax.sleep(5e-324))
  end))

  it("does not hold up the others", inside(function()
    local log = {}
    ax.spawn(function()
      ax.sleep(10)
      log[#log + 1] = "long"
    end)
    ax.spawn(function()
      for i = 1, 3 do
        ax.sleep(1)
        log[#log + 1] = i
      end
    end)
    ax.sleep(20)
    assert.same({ 1, 2, 3, "long" }, log)
  end))

  it("takes a number and says what it got instead", inside(function()
    has(raises(function() ax.sleep() end), "#1", "sleep", "no value")
    has(raises(function() ax.sleep({}) end), "#1", "table")
    has(raises(function() ax.sleep("x") end), "#1", "string")
  end))
end)

describe("yield", function()
  it("lets each other process run once", inside(function()
    local log = {}
    for i = 1, 3 do
      ax.spawn(function()
        log[#log + 1] = i
        ax.yield()
        log[#log + 1] = i
      end)
    end
    ax.yield()
    assert.equal("1 2 3", table.concat(log, " "))
    ax.yield()
    assert.equal("1 2 3 1 2 3", table.concat(log, " "))
  end))

  it("comes back at once where nobody else is", inside(function()
    for _ = 1, 1000 do ax.yield() end
    assert.equal(0, ax.now())
  end))
end)

describe("blocking in the script itself", function()
  it("runs the others until it can go on", function()
    assert.equal("1 2 3 \ntrue\n2\texited\t7\n", help.good_script [[
      local tx, rx = ax.channel()
      local pid = ax.spawn(function(out)
        for i = 1, 3 do
          ax.yield()
          out:send(i)
        end
        return 7
      end, tx)
      for v in rx do io.write(v, " ") end
      print()
      local t = ax.now()
      ax.sleep(0.001)
      print(ax.now() - t >= 0.001)
      print(ax.wait(pid))
    ]])
  end)

  it("works inside sort, gsub and metamethods, too", function() -- 15
    assert.equal("1 2 3\nX-X\n42\n", help.good_script [[
      local t = { 3, 1, 2 }
      table.sort(t, function(a, b) ax.yield() return a < b end)
      print(table.concat(t, " "))
      local tx, rx = ax.channel()
      ax.spawn(function(out)
        out:send("X")
        out:send("X")
      end, tx)
      print((("a-b"):gsub("%a", function() return rx:recv() end)))
      local o = setmetatable({}, { __index = function()
        ax.sleep(0)
        return 42
      end })
      print(o.x)
    ]])
  end)

  it("works inside coroutines of the script, too", function() -- 14
    assert.equal("1 2 3 \ntrue\n", help.good_script [[
      local tx, rx = ax.channel()
      ax.spawn(function(out)
        for i = 1, 3 do
          ax.sleep(0)
          out:send(i)
        end
      end, tx)
      local gen = coroutine.wrap(function()
        while true do
          local v = rx:recv()
          if v == nil then return end
          coroutine.yield(v)
        end
      end)
      for v in gen do io.write(v, " ") end
      print()
      local co = coroutine.create(function() return ax.sleep(0) end)
      print((coroutine.resume(co)))
    ]])
  end)
end)

describe("blocking in a coroutine of a process", function()
  it("says in one sentence what to use", inside(function() -- 14
    local tx, rx = ax.channel()
    local calls = {
      recv = function() rx:recv() end, sleep = function() ax.sleep(1) end,
      wait = function() ax.wait(-1) end, yield = function() ax.yield() end,
    }
    local child = ax.spawn(ax.sleep, 1)
    for name, call in pairs(calls) do
      local ok, err = coroutine.resume(coroutine.create(call))
      assert.is_false(ok, name)
      clear(err, "ax.wrap")
      clear(raises(coroutine.wrap(call)), "ax.wrap")
    end
    assert.equal(0, ax.stats().waiters)
    ax.wait(child)
    tx:send("the process goes on")
    assert.equal("the process goes on", rx:recv())
  end))

  it("is fine where nothing blocks", inside(function()
    local tx, rx = ax.channel()
    local gen = coroutine.wrap(function()
      tx:send(1)
      coroutine.yield(rx:recv())
      coroutine.yield((rx:try_recv()))
      coroutine.yield(ax.getpid())
      ax.spawn(function() tx:send("spawned") end)
    end)
    assert.equal(1, gen())
    assert.is_nil(gen())
    assert.equal(1, gen())
    gen()
    assert.equal("spawned", rx:recv())
  end))

  it("leaves plain generators as they are", inside(function()
    local gen = coroutine.wrap(function(a)
      local b = coroutine.yield(a + 1)
      return b * 2
    end)
    assert.equal(2, gen(1))
    ax.yield()
    assert.equal(20, gen(10))
  end))
end)

describe("blocking under a C function of a process", function()
  local contexts = { -- 15
    { "table.sort", function(block)
      table.sort({ 3, 2, 1 }, function(a, b)
        block()
        return a < b
      end)
    end },
    { "string.gsub", function(block)
      return (("abc"):gsub(".", function() block() end))
    end },
    { "load's reader", function(block)
      error(select(2, load(function() block() end)), 0)
    end },
    { "a __tostring under tostring", function(block)
      return tostring(setmetatable({}, { __tostring = function()
        block()
        return ""
      end }))
    end },
    { "a __index under table.concat", function(block)
      return table.concat(setmetatable({}, {
        __len = function() return 1 end,
        __index = function()
          block()
          return "x"
        end }))
    end },
  }
  for _, row in ipairs(contexts) do
    it(row[1] .. " is a clear error, and the kernel is intact",
      inside(function()
        local tx, rx = ax.channel()
        local blocks = { function() rx:recv() end,
          function() ax.sleep(1) end, function() ax.wait(-1) end,
          function() ax.yield() end }
        for _, block in ipairs(blocks) do
          ax.spawn(function() -- some child to wait for
            local ok, err = pcall(row[2], block)
            assert(not ok)
            clear(err, "C function")
          end)
          local child = ax.spawn(ax.sleep, 2)
          local ok, err = pcall(row[2], block)
          assert.is_false(ok)
          clear(err, "C function")
          assert.equal(0, ax.stats().waiters)
          ax.kill(child)
          for _ = 1, 2 do ax.wait(-1) end
        end
        ax.spawn(function() tx:send("fine") end)
        assert.equal("fine", rx:recv())
      end))
  end

  it("but not under pcall, xpcall, metamethods of Lua code, for or dofile",
    inside(function()
      local o = setmetatable({}, {
        __index = function(_, k) ax.sleep(1) return k end,
        __add = function() ax.sleep(1) return "sum" end,
        __call = function() ax.sleep(1) return "called" end,
        __lt = function() ax.sleep(1) return true end,
        __concat = function() ax.sleep(1) return "joined" end,
        __close = function() ax.sleep(1) end,
      })
      assert.equal("field", o.field)
      assert.equal("sum", o + 1)
      assert.equal("called", o())
      assert.is_true(o < o)
      assert.equal("joined", o .. "x")
      if help.CLOSE_WAITS then
        local mark <close> = o
        assert(mark)
      end
      assert.is_true(pcall(ax.sleep, 1))
      assert.is_true(xpcall(ax.sleep, debug.traceback, 1))
      for v in function(_, k) ax.sleep(1) return not k or nil end do
        assert.is_true(v)
      end
      assert.equal(help.CLOSE_WAITS and 10 or 9, ax.now())
    end))

  it("in a finalizer is a clear error", inside(function() -- 15
    local _, rx = ax.channel()
    local err
    setmetatable({}, { __gc = function()
      err = select(2, pcall(rx.recv, rx))
    end })
    ax.spawn(function()
      help.collect()
      ax.yield()
    end)
    ax.wait(-1)
    clear(err, "C function")
  end))

  it("of a finalizer works when it does not block", inside(function()
    local tx, rx = ax.channel()
    local child
    setmetatable({}, { __gc = function()
      tx:send("from the finalizer")
      rx:try_recv()
      tx:send("again")
      child = ax.spawn(function() tx:send("from a process") end)
    end })
    help.collect()
    assert.equal("again", rx:recv())
    assert.equal("from a process", rx:recv())
    ax.wait(child)
  end))
end)

describe("a timeout of 0", function()
  it("only tries, and so it is possible anywhere", help.inside(function()
    local tx, rx = ax.channel(nil, { capacity = 1 })
    local pid = ax.spawn(ax.sleep, 1)
    local late = { nil, "timeout", "ETIMEDOUT" }
    local said
    table.sort({ 1, 2 }, function()
      said = { { rx:recv(0) }, { ax.wait(pid, 0) }, { tx:send(1, 0) },
        { tx:send(2, 0) }, { ax.select({ rx }, 0) } }
      return false
    end)
    assert.same({ late, late, { true }, late, { rx, 1 } }, said)
    help.has(help.raises(table.sort, { 1, 2 }, function() rx:recv(1) end),
      "cannot block here")
    ax.wait(pid)
  end))
end)
