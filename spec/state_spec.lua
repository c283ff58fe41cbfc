--- state - whole interpreters: their ends, several kernels, several states.
local help = require "spec.support.helper"

local good, has = help.good_script, help.has

describe("the end of a Lua state", function()
  local scripts = { -- 12
    { "with processes that wait everywhere", [[
      local tx, rx = ax.channel()
      local full, fullrx = ax.channel(nil, { capacity = 0 })
      local sleeper = ax.spawn(ax.sleep, 1e6)
      ax.spawn(function() rx:recv() end)
      ax.spawn(function() rx:recv(1000) end)
      ax.spawn(function() full:send({}) end)
      ax.spawn(function() ax.wait(sleeper) end)
      ax.spawn(function() ax.wait(-1) end)
      ax.spawn(function() ax.spawn(ax.sleep, 1) ax.wait(-1) end)
      ax.spawn(function() for _ in rx do end end)
      ax.spawn(function()
        for v in ax.wrap(function() coroutine.yield(rx:recv()) end) do
          print(v)
        end
      end)
      ax.kill(ax.spawn(ax.sleep, 1), "STOP")
      ax.yield()
      ax.spawn(print, "never runs")
      ax.spawn({ name = "x", priority = "background" }, function() end, tx)
      assert(ax.stats().waiters >= 5)
      keep = { full, fullrx }
    ]] },
    { "with messages that are queued", [[
      local tx, rx = ax.channel(nil, { name = "jobs" })
      for i = 1, 1000 do
        tx:send({ i })
        tx:send("x" .. i)
        tx:send(i)
        tx:send(function() return i end)
      end
      local tx2, rx2 = ax.channel({ id = "integer" })
      for i = 1, 100 do tx2:send{ id = i } end
      tx:send(rx) -- its own receiver
      tx:send(rx2)
      kept = { tx, rx2 }
    ]] },
    { "with zombies and stopped processes", [[
      for i = 1, 10 do
        local pid = ax.spawn(function() return {} end)
        if i % 2 == 0 then ax.kill(pid, "STOP") end
        if i % 3 == 0 then ax.kill(pid, "KILL") end
      end
      ax.yield()
    ]] },
    { "with <close> variables and finalizers in the processes", [[
      local tx, rx = ax.channel()
      for i = 1, 10 do
        ax.spawn(function()
          local a <close> = setmetatable({}, { __close = function()
            tx:send("closing")
            if i % 2 == 0 then error("in close") end
          end })
          local b = setmetatable({}, { __gc = function()
            tx:try_send(i)
            if i % 3 == 0 then rx:recv() end
          end })
          ax.sleep(a and b and 1e6)
        end)
      end
      ax.yield()
      -- what fails while a state closes is a warning, and those are off
    ]] },
    { "with finalizers that use the kernel after its end", [[
      local tx, rx = ax.channel()
      local function use()
        pcall(tx.send, tx, 1)
        pcall(rx.recv, rx)
        pcall(ax.spawn, print)
        pcall(ax.run, print)
        pcall(ax.run)
        pcall(ax.wait, -1)
        pcall(ax.kill, 2, "KILL")
        pcall(ax.stats)
        pcall(ax.ps)
        pcall(ax.channel)
        pcall(ax.sleep, 0)
        pcall(ax.yield)
        pcall(ax.now)
        pcall(ax.getpid)
        pcall(tostring, tx)
        pcall(tx.close, tx)
        pcall(tx.stat, tx)
        pcall(ax.wrap(function() ax.sleep(0) end))
      end
      ax.spawn(ax.sleep, math.huge)
      for i = 1, 20 do
        setmetatable({}, { __gc = use })
        setmetatable({ ax.channel() }, { __gc = use })
      end
      _G.last = setmetatable({}, { __gc = use })
    ]], any = true, collects = true },
    { "after a deadlock that was caught", [[
      local tx, rx = ax.channel()
      ax.spawn(function() rx:recv() end)
      assert(not pcall(rx.recv, rx))
      assert(not pcall(ax.run))
      tx:send(1)
    ]] },
    { "in the midst of an ax.run", [[
      ax.run({ clock = "virtual" }, function()
        local tx, rx = ax.channel()
        tx:send({})
        ax.spawn(function() rx:recv() rx:recv() end)
        ax.spawn(function() ax.run(function()
          ax.spawn(ax.sleep, 100)
          ax.yield()
          os.exit(0, true)
        end) end)
        ax.sleep(1)
      end)
    ]] },
    { "from inside a process", [[
      local tx, rx = ax.channel()
      tx:send({})
      ax.spawn(function()
        local guard <close> = setmetatable({}, { __close = print })
        os.exit(0, true)
      end)
      ax.run()
    ]], any = true },
  }
  for _, row in ipairs(scripts) do
    -- before Lua 5.4.3 a collection while a state closes unloads libraries
    local check = help.CLOSE_WAITS and it or row.collects and pending or it
    check(row[1] .. " is clean", function()
      local result = help.script(row[2])
      assert.equal("", result.err)
      assert.equal(0, result.code)
      if not row.any then assert.equal("", result.out) end
    end)
  end

  it("after an error of the script tells that error alone", function()
    local result = help.script [[
      local tx, rx = ax.channel()
      ax.spawn(function() rx:recv() end)
      ax.spawn(function() tx:send({}) ax.sleep(100) end)
      ax.yield()
      error("the script's own")
    ]]
    assert.equal(1, result.code)
    has(result.err, "the script's own")
    assert.is_nil(result.err:find("deadlock", 1, true))
  end)
end)

describe("several Lua states", function()
  it("in one program and in threads never meet", function() -- 29
    local out = help.host("states", "spec/support/states.lua")
    if not out then return pending("no C compiler, or no Lua headers") end
    assert.equal("20 11 20 20 20 20\n", out)
  end)
end)

describe("the module", function()
  it("is the same however often it is loaded", function()
    assert.equal("true\ttrue\ttrue\n", good [[
      local tx, rx = ax.channel()
      for name in pairs(package.loaded) do
        if name:find("^axeberg") then package.loaded[name] = nil end
      end
      local again = require "axeberg"
      again.spawn(function() tx:send("x") end)
      local tx2, rx2 = again.channel()
      ax.spawn(function(out) out:send("y") end, tx2)
      print(rx:recv() == "x", rx2:recv() == "y", again.null == ax.null)
    ]])
  end)

  it("adds no globals and changes no library", function()
    assert.equal("", good [[
      local before = {}
      local function walk(t, f, seen)
        if seen[t] then return end
        seen[t] = true
        for k, v in pairs(t) do
          f(t, k, v)
          if type(v) == "table" and t ~= package.loaded then
            walk(v, f, seen)
          end
        end
      end
      package.loaded["axeberg.core"], package.loaded["axeberg"] = nil, nil
      for name in pairs(package.loaded) do
        if name:find("^axeberg") then package.loaded[name] = nil end
      end
      local strings = getmetatable("")
      walk(_G, function(t, k, v) before[t] = before[t] or {}
        before[t][k] = v end, { [package.loaded] = true })
      local ax = require "axeberg"
      ax.run(function() ax.spawn(ax.yield) end)
      walk(_G, function(t, k, v)
        if not before[t] or before[t][k] ~= v then
          print("changed", k, v)
        end
      end, { [package.loaded] = true })
      assert(getmetatable("") == strings)
    ]])
  end)

  it("lives in a process of its own loading", function()
    assert.equal("done\n", good [[
      local pid = ax.spawn(function()
        local f = assert(load("local ax = ... ax.sleep(0) return 'done'"))
        return f(ax)
      end)
      print((select(3, ax.wait(pid))))
    ]])
  end)

  it("has true as the answer of every close", function()
    assert.equal("true\ttrue\n", good [[
      local tx, rx = ax.channel()
      print(tx:close(), rx:close())
    ]])
  end)
end)
