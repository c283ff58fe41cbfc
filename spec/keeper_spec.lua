--- keeper - who keeps a scope, against signals, quanta and quotas.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has = help.inside, help.has

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
        local fine, inside = pcall(ax.scope, function(b)
          b:spawn(inner)
          ax.sleep(9)
        end)
        all[1] = not fine and inside:match "^[^\n]*"
        all[2] = catches and select(2, pcall(ax.sleep, 9))
        error(inside, 0)
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
