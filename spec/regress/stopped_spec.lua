--- stopped - a message that came for a stopped process was lost when the
-- process was killed after CONT and before it ran.
local ax = require "axeberg"
local help = require "spec.support.helper"

describe("a message for a stopped process", function()
  for _, capacity in ipairs { 0, 1, math.huge } do
    it("goes to the next one when it is killed after CONT, capacity "
      .. capacity, help.inside(function()
      local tx, rx = ax.channel(nil, { capacity = capacity })
      local pid = ax.spawn(function() rx:recv() end)
      ax.yield()
      ax.kill(pid, "STOP")
      local sender = ax.spawn(function() tx:send("precious") end)
      ax.yield()
      ax.kill(pid, "CONT")
      ax.kill(pid, "KILL")
      ax.wait(pid)
      assert.equal("precious", rx:recv(0))
      ax.wait(sender)
    end))
  end
end)
