--- keeper - who keeps a scope, against signals, quanta and quotas.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

local function boom(who)
  return function()
    ax.sleep(1)
    error(who, 0)
  end
end

describe("the end of a scope", function()
  for i, first in ipairs { "owner", "killer" } do
    it("is the TERM that comes in the pass of the last end, case " .. i,
      inside(function()
        local owner
        local function kill()
          if not owner then ax.yield() end
          ax.sleep(1)
          ax.kill(owner)
        end
        if first == "killer" then ax.spawn(kill) end
        owner = ax.spawn(function()
          return ax.scope(function(s) s:spawn(ax.sleep, 1) end)
        end)
        if first == "owner" then ax.spawn(kill) end
        assert.same({ owner, "killed", "TERM" }, { ax.wait(owner) })
      end))
  end

  it("is the same under every quantum", function()
    for quantum = 1, 150 do
      local answer = ax.run({ clock = "virtual", quantum = quantum },
        function()
          return ax.scope(function(s)
            s:spawn(ax.sleep, 1)
            ax.sleep(2)
            return "fine"
          end)
        end)
      assert.equal("fine", answer)
    end
  end)

  it("in an error keeps that error", function()
    for quantum = 1, 150 do
      local ok, err = pcall(ax.run, { clock = "virtual", quantum = quantum },
        function()
          ax.scope(function(s)
            s:spawn(boom "first")
            ax.sleep(9)
          end)
        end)
      assert.is_false(ok)
      has(err, "first")
    end
  end)
end)

describe("two scopes that end in the same moment", function()
  --- What came out of the scopes, after which no TERM may come; in the
  --- middle, what the body meets if it catches the inner scope's error.
  local function run(catches, options, outer, inner)
    local all = {}
    local pid = ax.spawn(function()
      local ok, err = pcall(ax.scope, options, function(a)
        if outer then a:spawn(outer) end
        local fine, what = pcall(ax.scope, function(b)
          b:spawn(inner)
          ax.sleep(9)
        end)
        all[1] = not fine and what:match "^[^\n]*"
        all[2] = catches and select(2, pcall(ax.sleep, 9))
        error(what, 0)
      end)
      all[3] = not ok and err:match "^[^\n]*"
      for _ = 1, 3 do ax.yield() end
      ax.sleep(0.1)
      return "went on"
    end)
    assert.same({ pid, "exited", "went on" }, { ax.wait(pid) })
    return all
  end

  local function clumsy()
    pcall(ax.sleep, 9)
    error("clean-up", 0)
  end

  local rows = { -- by what the outer one ends, what the inner one does
    { "failures", {}, boom "outer", boom "inner", "inner", "outer" },
    { "timeout and failure", { timeout = 1 }, nil, boom "inner", "inner",
      "inner" },
    { "a failure in the other's clean-up", {}, boom "outer", clumsy,
      "clean-up", "outer" },
  }
  for _, row in ipairs(rows) do
    it("by " .. row[1] .. ", leave no TERM behind", inside(function()
      assert.same({ row[5], "cancelled", row[6] },
        run(true, row[2], row[3], row[4]))
      assert.same({ row[5], false, row[6] },
        run(false, row[2], row[3], row[4]))
    end))
  end

  it("and a TERM besides: that counts", inside(function()
    local pid = ax.spawn(function()
      local ok, err = pcall(ax.scope, function(a)
        a:spawn(boom "outer")
        ax.scope(function(b)
          b:spawn(function() -- cleans up for a while
            pcall(ax.sleep, 9)
            ax.sleep(2)
          end)
          ax.sleep(9)
        end)
      end)
      assert.is_false(ok)
      has(err, "outer")
      ax.sleep(9)
    end)
    ax.sleep(2)
    ax.kill(pid)
    assert.same({ pid, "killed", "TERM" }, { ax.wait(pid) })
    assert.equal(3, ax.now())
  end))
end)

describe("a quota", function()
  it("of processes is an answer of ax.scope, which leaves nothing",
    inside(function()
      local pid = ax.spawn(ax.sleep, 1)
      local called = false
      local result, err, code = ax.scope({ timeout = 9 }, function()
        called = true
      end)
      assert.same({ nil, "process quota exceeded", "EDQUOT" },
        { result, err, code })
      assert.is_false(called)
      assert.equal(0, ax.stats().timers)
      assert.equal(2, #ax.ps())
      ax.wait(pid)
      assert.equal("fine", ax.scope(function() return "fine" end))
    end, { quota = { processes = 2 } }))

  it("of handles is an answer, if there is a timeout", inside(function()
    local alarm <close> = ax.after(9)
    assert.equal(1, #ax.ps())
    assert.same({ nil, "handle quota exceeded", "EDQUOT" },
      { ax.scope({ timeout = 1 }, function() ax.sleep(3) end) })
    assert.equal(1, #ax.ps())
    assert.equal("fine", ax.scope(function() return "fine" end))
    assert.is_not_nil(alarm)
  end, { quota = { handles = 1 } }))

  it("of handles does not matter to the grace period", inside(function()
    local alarm <close> = ax.after(9)
    ax.scope({ grace = 1 }, function(s)
      s:spawn(function()
        while ax.now() < 100 do pcall(ax.sleep, 10) end
      end)
      ax.sleep(1)
      s:cancel()
    end)
    assert.equal(2, ax.now())
    assert.is_not_nil(alarm)
  end, { quota = { handles = 1 } }))
end)

describe("a KILL in any moment", function()
  --- Kills the process that runs fn, a few instructions later each time.
  local function kill_all_over(fn)
    local over = false
    for passes = 1, 600 do
      help.world(function()
        local pid = ax.spawn({ quantum = 1 }, fn)
        for _ = 1, passes do ax.yield() end
        over = not ax.kill(pid, "KILL")
        ax.wait(pid)
        for _ = 1, 4 do ax.yield() end
        assert.same({ passes, 1 }, { passes, #ax.ps() })
      end)
      if over then return end
    end
  end

  it("of a scope's owner leaves nobody", function()
    kill_all_over(function()
      ax.scope(function(s)
        s:spawn(ax.sleep, 5)
        ax.scope(function(inner) inner:spawn(ax.sleep, 4) end)
      end)
    end)
  end)

  it("of one who spawns in an ending scope leaves nobody", function()
    for passes = 1, 160 do
      help.world(function()
        local spawner
        ax.scope(function(s)
          spawner = ax.spawn({ quantum = 1 }, function()
            s:spawn(function() pcall(ax.sleep, 9) ax.sleep(1) end)
          end)
          s:spawn(function() pcall(ax.sleep, 9) ax.sleep(3) end)
          ax.yield()
          s:cancel()
          for _ = 1, passes do ax.yield() end
          ax.kill(spawner, "KILL")
        end)
        assert.is_true(ax.now() < 4.5)
        ax.wait(spawner)
      end)
    end
  end)

  it("of a supervisor leaves no child", function()
    for passes = 1, 160 do
      help.world(function()
        local boss
        ax.wait(ax.spawn({ quantum = 1 }, function()
          boss = ax.supervise { children = {
            { start = ax.sleep, args = { 20 } },
            { start = ax.sleep, args = { 90 }, options = { name = "x" } },
          } }
        end))
        for _ = 1, passes do ax.yield() end
        ax.kill(boss, "KILL")
        ax.wait(boss)
        for _ = 1, 4 do ax.yield() end
        assert.equal(1, #ax.ps())
      end)
    end
  end)
end)

describe("a wrong argument is the caller's", function()
  local tx, rx = ax.channel()
  tx:close()
  rx:close()
  local function nothing() end
  local rows = {
    { "#2 to 'spawn'", "closed", function(s) s:spawn(nothing, rx) end },
    { "#3 to 'spawn'", "closed", function(s) s:spawn({}, nothing, rx) end },
    { "#1 to 'spawn'", "\"priority\"", function(s)
      s:spawn({ priority = "x" }, nothing)
    end },
    { "#1 to 'spawn'", "\"parent\"", function(s)
      s:spawn({ parent = 1 }, nothing)
    end },
    { "#1 to 'spawn'", "\"detached\"", function(s)
      s:spawn({ detached = "no" }, nothing)
    end },
    { "#1 to 'wait'", "1.5", function(s) s:wait(1.5) end },
    { "#2 to 'wait'", "-1", function(s) s:wait(99, -1) end },
    { "#2 to 'wait'", "-1", function(s) s:wait(s:spawn(nothing), -1) end },
    { "#2 to 'wait'", "nan", function(s) s:wait(99, 0 / 0) end },
    { "'spawn'", "bad self", function(s) s.spawn(nothing) end },
    { "'wait'", "bad self", function(s) s.wait(1) end },
    { "'cancel'", "bad self", function(s) s.cancel() end },
    { "cannot block", "table.sort", function(s)
      local pid = s:spawn(nothing)
      table.sort({ 1, 2 }, function() s:wait(pid) end)
    end },
    { "cannot block", "table.sort", function()
      table.sort({ 1, 2 }, function() ax.scope(nothing) end)
    end },
  }
  for i, row in ipairs(rows) do
    it(("case %d: %s"):format(i, row[1]), inside(function()
      local pid = ax.spawn(function()
        ax.scope(function(s)
          local text = raises(row[3], s)
          has(text, row[1], row[2])
          assert.is_truthy(text:find "^[^:]*keeper_spec.lua:%d+: ", text)
        end)
      end)
      local _, how, err = ax.wait(pid)
      assert.equal("exited", how, err)
      assert.equal(1, #ax.ps())
    end))
  end
end)
