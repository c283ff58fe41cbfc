--- finalizer - what a finalizer frees while a call is in the midst of it.
local help = require "spec.support.helper"

--- A script (in a heap of its own, which is small) that makes a finalizer do
--- something in the midst of calls: disturbed(n, deed, fn).
local HEAD = [[
  local inside
  local function disturbed(n, deed, fn)
    local function arm()
      setmetatable({}, { __gc = function()
        if inside then
          inside = false
          deed()
        end
        arm()
      end })
    end
    for _ = 1, 200 do arm() end
    collectgarbage("incremental", 10, 10000, 0)
    for i = 1, n do
      for _ = 1, i % 7 do local _ = {} end
      fn(i)
      inside = false
    end
    collectgarbage("incremental", 200, 100, 13)
    arm = function() end
    print "fine"
  end
]]

local function good(script)
  assert.equal("fine\n", help.good_script(HEAD .. script))
end

describe("a finalizer", function()
  for _, name in ipairs { "wait", "watch" } do
    it("may reap the process whose end is told by " .. name, function()
      good(([[
        local pid
        disturbed(500, function() ax.wait(pid, 0) end, function()
          pid = ax.spawn(function() return { "mine" } end)
          ax.yield()
          inside = true
          local p, how, left = ax.%s(pid)
          inside = false
          assert(not p or how == "exited" and left[1] == "mine")
          ax.wait(pid, 0)
        end)
      ]]):format(name))
    end)
  end

  it("may close the channel that is asked how it is", function()
    good [[
      local tx, rx
      disturbed(500, function()
        tx:close()
        rx:close()
        ax.channel(nil, { name = "another" })
      end, function()
        tx, rx = ax.channel(nil, { name = "jobs" })
        inside = true
        local ok, stat = pcall(tx.stat, tx)
        inside = false
        assert(not ok or stat.name == "jobs")
      end)
    ]]
  end)

  it("may close the channel that a message does not match", function()
    good [[
      local tx, rx
      disturbed(500, function()
        tx:close()
        rx:close()
      end, function(i)
        tx, rx = ax.channel("integer", { name = "jobs" })
        local text = "s" .. i
        inside = true
        local ok, err = pcall(tx.send, tx, text)
        inside = false
        assert(not ok and err:find("expected integer, got string", 1, true))
      end)
    ]]
  end)

  it("may close the sender that is cloned", function()
    good [[
      local tx, rx
      disturbed(500, function() tx:close() end, function()
        tx, rx = ax.channel()
        inside = true
        local ok, clone = pcall(tx.clone, tx)
        inside = false
        assert(not ok or clone:send(1))
        rx:close()
      end)
    ]]
  end)
end)
