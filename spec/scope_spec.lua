--- scope - processes that end with the block they are in.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

local TIMEOUT = { nil, "timeout", "ETIMEDOUT" }
local CANCELLED = { nil, "cancelled", "ECANCELED" }

--- Only the process that asks is alive.
local function alone()
  assert.equal(1, #ax.ps())
  assert.equal(0, ax.stats().waiters)
  assert.equal(0, ax.stats().timers)
end

--- Sleeps until a TERM, which it notes in the log, and cleans up for a while.
local function tidy(log, name, seconds)
  return function()
    local ok, err = pcall(ax.sleep, math.huge)
    log[#log + 1] = ("%s %s at %g"):format(name, tostring(not ok and err),
      ax.now())
    if seconds then
      ax.sleep(seconds)
      log[#log + 1] = ("%s gone at %g"):format(name, ax.now())
    end
  end
end

local function deaf()
  while true do pcall(ax.sleep, 1000) end
end

describe("ax.scope", function()
  it("returns what the body returns, when all have ended", inside(function()
    local ended = 0
    local results = table.pack(ax.scope(function(s)
      for i = 1, 5 do
        s:spawn(function()
          ax.sleep(i)
          ended = ended + 1
        end)
      end
      return 1, nil, "three", nil
    end))
    assert.same({ 1, nil, "three", nil, n = 4 }, results)
    assert.equal(5, ended)
    assert.equal(5, ax.now())
    alone()
  end))

  it("needs no processes, no results, no time", inside(function()
    assert.same({ n = 0 }, table.pack(ax.scope(function() end)))
    assert.same({ false, nil, n = 2 },
      table.pack(ax.scope({}, function() return false, nil end)))
    assert.equal(0, ax.now())
    alone()
  end))

  it("waits for processes that processes spawned in it", inside(function()
    local depth = 0
    ax.scope(function(s)
      local function deeper(n)
        ax.sleep(1)
        depth = n
        if n < 10 then s:spawn(deeper, n + 1) end
      end
      s:spawn(deeper, 1)
    end)
    assert.equal(10, depth)
    assert.equal(10, ax.now())
  end))

  it("hands arguments, options and handles over", inside(function()
    local tx, rx = ax.channel()
    ax.scope(function(s)
      s:spawn({ name = "worker", priority = "background" },
        function(out, word)
          local me
          for _, p in ipairs(ax.ps()) do
            if p.pid == ax.getpid() then me = p end
          end
          out:send(word .. " " .. me.name .. " " .. me.priority)
        end, tx, "hello")
      assert.equal("hello worker background", rx:recv())
      assert.same({ nil, "closed", "EPIPE" }, { rx:recv() })
    end)
  end))

  it("does not mix with other children", inside(function()
    local other = ax.spawn(function() return "other" end)
    ax.scope(function(s)
      s:spawn(function() ax.sleep(1) end)
      assert.same({ other, "exited", "other" }, { ax.wait(-1) })
      assert.equal("ECHILD", select(3, ax.wait(-1)))
    end)
    assert.equal(1, ax.now())
  end))

  it("works in the script itself", function()
    local sum = 0
    assert.equal("done", ax.scope(function(s)
      for i = 1, 3 do s:spawn(function() sum = sum + i end) end
      return "done"
    end))
    assert.equal(6, sum)
  end)
end)

describe("scope:wait", function()
  it("tells how each one ended, more than once", inside(function()
    ax.scope(function(s)
      local a = s:spawn(function() return "result" end)
      local b = s:spawn(function() ax.sleep(1) ax.exit(7) end)
      assert.same({ a, "exited", "result", n = 3 }, table.pack(s:wait(a)))
      assert.same(TIMEOUT, { s:wait(b, 0.5) })
      assert.same({ b, "exited", 7 }, { s:wait(b) })
      for _ = 1, 2 do
        assert.same({ a, "exited", "result" }, { s:wait(a, 0) })
        assert.same({ b, "exited", 7 }, { s:wait(b) })
      end
      assert.equal("ECHILD", select(3, s:wait(1)))
      assert.equal("ECHILD", select(3, s:wait(999)))
    end)
  end))

  it("knows nothing of those who are detached", inside(function()
    ax.scope(function(s)
      local pid = s:spawn({ detached = true }, ax.sleep, 1)
      ax.sleep(2)
      assert.equal("ECHILD", select(3, s:wait(pid)))
      s:spawn({ detached = true }, ax.sleep, 5)
    end)
    assert.equal(7, ax.now()) -- it is waited for all the same
  end))
end)

describe("a failure", function()
  it("ends the others and the body, and is raised", inside(function()
    local log = {}
    local text = raises(ax.scope, function(s)
      s:spawn(tidy(log, "a"))
      s:spawn(tidy(log, "b", 2))
      s:spawn({ name = "culprit" }, function()
        ax.sleep(1)
        local function deep() error("boom") end
        deep()
      end)
      tidy(log, "body")()
      error("the body goes on")
    end)
    table.sort(log)
    assert.same({ "a cancelled at 1", "b cancelled at 1", "b gone at 3",
      "body cancelled at 1" }, log)
    assert.equal(3, ax.now())
    has(text, "boom", "deep", "scope_spec.lua", "scope of process 1")
    assert.equal(2, select(2, text:gsub("stack traceback:", "")))
    alone()
  end))

  it("is the first one, whatever the others do then", inside(function()
    local text = raises(ax.scope, function(s)
      for i = 1, 3 do
        s:spawn(function()
          pcall(ax.sleep, i)
          error("number " .. i)
        end)
      end
    end)
    has(text, "number 1")
    assert.is_nil(text:find("number 2"))
    text = raises(ax.scope, function(s)
      s:spawn(function()
        pcall(ax.sleep, 10)
        error("in the clean-up")
      end)
      ax.yield()
      error("in the body")
    end)
    has(text, "in the body")
    assert.is_nil(text:find("clean%-up"))
  end))

  it("of the body ends the processes", inside(function()
    local log = {}
    local text = raises(ax.scope, function(s)
      s:spawn(tidy(log, "a", 1))
      ax.yield()
      local function deep() error("oh no") end
      deep()
    end)
    has(text, "oh no", "deep")
    assert.same({ "a cancelled at 0", "a gone at 1" }, log)
    alone()
  end))

  it("keeps its error object", inside(function()
    local object = { code = 7 }
    local _, err = pcall(ax.scope, function(s)
      s:spawn(function() error(object) end)
    end)
    assert.equal(object, err)
    _, err = pcall(ax.scope, function() error(object) end)
    assert.equal(object, err)
  end))

  it("after a normal end of the body is raised, too", inside(function()
    has(raises(ax.scope, function(s)
      s:spawn(function()
        ax.sleep(3)
        error("late")
      end)
      return "fine"
    end), "late")
    assert.equal(3, ax.now())
  end))

  it("does not leave a TERM behind", inside(function()
    assert.is_false(pcall(ax.scope, function(s)
      s:spawn(error, "x")
      for _ = 1, 3 do pcall(ax.yield) end
    end))
    for _ = 1, 3 do ax.yield() end
    ax.sleep(1)
  end))

  it("is not what the end of a killed one is", inside(function()
    assert.equal("fine", ax.scope(function(s)
      local pid = s:spawn(ax.sleep, 100)
      ax.yield()
      ax.kill(pid, "KILL")
      assert.same({ pid, "killed", "KILL" }, { s:wait(pid) })
      return "fine"
    end))
  end))
end)

describe("a scope's timeout", function()
  it("ends body and processes", inside(function()
    local log = {}
    assert.same(TIMEOUT, { ax.scope({ timeout = 2 }, function(s)
      s:spawn(tidy(log, "a", 1))
      tidy(log, "body")()
      return "too late"
    end) })
    table.sort(log)
    assert.same({ "a cancelled at 2", "a gone at 3", "body cancelled at 2" },
      log)
    alone()
  end))

  it("counts for processes that outlive the body", inside(function()
    assert.same(TIMEOUT, { ax.scope({ timeout = 2 }, function(s)
      s:spawn(ax.sleep, 50)
      return "fine"
    end) })
    assert.equal(2, ax.now())
  end))

  it("that does not come costs nothing", inside(function()
    assert.equal("fine", ax.scope({ timeout = 50 }, function(s)
      s:spawn(ax.sleep, 1)
      return "fine"
    end))
    assert.equal(1, ax.now())
    alone()
  end))

  it("of 0 ends it at the first blocking call", inside(function()
    local began = false
    assert.same(TIMEOUT, { ax.scope({ timeout = 0 }, function(s)
      s:spawn(function() began = true ax.sleep(1) end)
      ax.sleep(1)
    end) })
    assert.equal(0, ax.now())
    assert.is_boolean(began)
  end))

  it("does not hide an error", inside(function()
    has(raises(ax.scope, { timeout = 1 }, function()
      pcall(ax.sleep, 5)
      error("in the body's clean-up")
    end), "in the body's clean-up")
    has(raises(ax.scope, { timeout = 1 }, function(s)
      s:spawn(function()
        pcall(ax.sleep, 5)
        error("in a clean-up")
      end)
    end), "in a clean-up")
  end))

  it("sends each of them one TERM, and KILL after the grace period",
    inside(function()
      local terms = 0
      assert.same(TIMEOUT, { ax.scope({ timeout = 1, grace = 3 }, function(s)
        s:spawn(function()
          while true do
            if not pcall(ax.sleep, 0.5) then terms = terms + 1 end
          end
        end)
        s:spawn(deaf)
        ax.sleep(10)
      end) })
      assert.equal(4, ax.now())
      assert.equal(1, terms)
      alone()
    end))
end)

describe("scope:cancel", function()
  it("by a process ends the others and the body", inside(function()
    local log = {}
    assert.same(CANCELLED, { ax.scope(function(s)
      s:spawn(tidy(log, "a"))
      s:spawn(function()
        ax.sleep(1)
        assert.is_true(s:cancel())
      end)
      tidy(log, "body")()
      ax.sleep(5)
      error("cancelled", 0)
    end) })
    table.sort(log)
    assert.same({ "a cancelled at 1", "body cancelled at 1" }, log)
  end))

  it("by the body ends the processes, and the body returns", inside(function()
    local log = {}
    assert.equal("first", ax.scope(function(s)
      local tx, rx = ax.channel()
      for i = 1, 3 do
        s:spawn(function()
          ax.sleep(i)
          tx:send "first"
        end)
      end
      s:spawn(tidy(log, "a", 1))
      local v = rx:recv()
      s:cancel()
      return v
    end))
    assert.same({ "a cancelled at 1", "a gone at 2" }, log)
    assert.equal(2, ax.now())
  end))

  it("twice, or after the end, is harmless", inside(function()
    local scope
    ax.scope(function(s)
      scope = s
      s:cancel()
      s:cancel()
    end)
    assert.is_true(scope:cancel())
    ax.yield()
    has(tostring(scope), "axeberg.scope", "ended")
  end))

  it("lets nobody begin any more", inside(function()
    local began = false
    ax.scope(function(s)
      s:cancel()
      s:spawn(function() began = true end)
      ax.sleep(1)
      local pid = s:spawn(function() began = true end)
      assert.same({ pid, "killed", "TERM" }, { s:wait(pid) })
    end)
    assert.is_false(began)
  end))
end)

describe("misuse of scopes", function()
  it("raises", inside(function()
    has(raises(ax.scope, { timeot = 1 }, print), "timeot")
    has(raises(ax.scope, { timeout = -1 }, print), "timeout", "-1")
    has(raises(ax.scope, { grace = 0 / 0 }, print), "grace")
    has(raises(ax.scope, { timeout = "1" }, print), "timeout")
    has(raises(ax.scope), "function")
    has(raises(ax.scope, {}, 7), "function")
    local scope
    ax.scope(function(s)
      scope = s
      has(tostring(s), "axeberg.scope", "process 1")
      has(raises(s.spawn, s, 7), "function")
      has(raises(s.spawn, s, { nmae = "x" }, print), "nmae")
    end)
    has(raises(scope.spawn, scope, print), "scope has ended")
    alone()
  end))

  it("raises where nothing can block", inside(function()
    local pid = ax.spawn(function()
      coroutine.wrap(function() ax.scope(print) end)()
    end)
    local _, how, err = ax.wait(pid)
    assert.equal("error", how)
    has(err, "cannot block here", "ax.wrap")
    alone()
  end))
end)
