--- aux - what is let go while the binding's own Lua thread is in a call.
-- Slots were freed by an absolute index of that thread's stack, which means
-- something else inside a call; finalizers of garbage run there (a thread is
-- made for a process), and __tostring (an error is told).
local help = require "spec.support.helper"

describe("the binding's own thread", function()
  it("may collect a forgotten channel with tables in it", function()
    assert.equal("fine\n", help.good_script [[
      for i = 1, 5000 do
        local tx = ax.channel()
        for _ = 1, 5 do tx:send({}) end
        ax.spawn(function() ax.sleep(1e6) end)
        if i % 100 == 0 then ax.yield() end
      end
      print "fine"
    ]])
  end)

  it("may run a finalizer that kills whom never ran", function()
    assert.equal("fine\n", help.good_script [[
      local busy = false
      local function bomb()
        setmetatable({}, { __gc = function()
          bomb()
          if busy then return end
          busy = true
          ax.kill(ax.spawn({ detached = true }, print), "KILL")
          busy = false
        end })
      end
      bomb()
      collectgarbage("incremental", 1, 1000, 4)
      collectgarbage "stop"
      collectgarbage "restart"
      for _ = 1, 300 do
        ax.spawn(function() ax.sleep(1e6) end)
        ax.yield()
      end
      collectgarbage("incremental", 200, 100, 13)
      bomb = function() end
      print "fine"
    ]])
  end)

  local shown = [[
    local object = setmetatable({}, { __tostring = function()
      %s
      return "shown"
    end })
    ax.spawn({ detached = true }, function() error(object) end)
    ax.run() -- it is told now
    ax.spawn(function() error(object) end) -- and at the end
    ax.run()
    for _ = 1, 100 do ax.spawn(ax.yield) end
    ax.run()
    collectgarbage()
    print "fine"
  ]]
  local deeds = {
    ["lets go of messages"] = [[
      local tx, rx = ax.channel()
      for i = 1, 10 do tx:send({ i }) end
      rx:close()
      tx:close() ]],
    ["kills whom never ran"] = [[
      pcall(function()
        ax.kill(ax.spawn({ detached = true }, print, {}), "KILL")
      end) ]],
    ["runs a world"] = [[
      ax.run(function()
        for _ = 1, 40 do ax.spawn(function() ax.yield() end) end
      end) ]],
    ["fails in a world"] = [[
      pcall(ax.run, function()
        ax.wait(ax.spawn(function() error({}) end))
        error("inside")
      end) ]],
    ["reports"] = [[
      ax.ps()
      pcall(ax.run, function() ax.sleep(math.huge) end) ]],
  }
  for what, deed in pairs(deeds) do
    it("may show an error whose __tostring " .. what, function()
      local result = help.script(shown:format(deed))
      assert.equal("fine\n", result.out)
      assert.equal(0, result.code)
      help.has(result.err, "process 2 failed: shown")
    end)
  end
end)
