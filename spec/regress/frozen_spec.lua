-- What walks over the processes allocates; a finalizer that ran
-- meanwhile could reap those that are still to come.
local ax = require "axeberg"

describe("a finalizer that reaps", function() -- 13
  local CHILDREN = 300

  --- Leaves zombies, and garbage that waits for each when it is collected.
  local function leave_zombies(reaped)
    local pids = {}
    for i = 1, CHILDREN do pids[i] = ax.spawn(function() end) end
    ax.yield()
    ax.yield()
    for _, pid in ipairs(pids) do
      setmetatable({}, { __gc = function()
        if ax.wait(pid, 0) then reaped[#reaped + 1] = pid end
      end })
    end
  end

  for _, name in ipairs { "ps", "waitgraph" } do
    it("does not run while " .. name .. " looks at the processes", function()
      local reaped, tx, rx = {}, ax.channel()
      for _ = 1, 20 do
        ax.spawn({ detached = true }, function() rx:recv() end)
      end
      collectgarbage()
      collectgarbage "stop"
      leave_zombies(reaped)
      local mode = collectgarbage("incremental", 1, 1000, 4)
      collectgarbage "restart"
      local seen = ax[name]() -- the address sanitizer looks on
      collectgarbage("incremental", 200, 100, 13)
      collectgarbage(mode)
      assert.is_true(collectgarbage "isrunning")
      assert.is_truthy(seen)
      collectgarbage()
      assert.are.equal(CHILDREN, #reaped)
      tx:close()
      ax.run()
    end)
  end
end)
