--- arms - the arms of a select that did not fire are forgotten.
local ax = require "axeberg"
local support = require "spec.support.kinds"

local inside, kinds, COUNT = support.inside, support.kinds, support.COUNT

describe("the arms of a select that did not fire", function() -- 4
  for i = 1, COUNT do
    it("hit nobody when they close later, after arm " .. i,
      inside(function()
        local list, finish = kinds()
        local arms = {}
        for k, kind in ipairs(list) do arms[k] = kind[2] end
        local log, tx, rx = {}, ax.channel()
        local waiters = ax.stats().waiters
        local pid = ax.spawn(function()
          log[1] = ax.select(arms, 1e5)
          log[2] = rx:recv() -- nothing but a message may end this
          log[3] = ax.sleep(5)
          log[4] = ax.now()
        end)
        ax.yield()
        assert.equal(waiters + COUNT, ax.stats().waiters)
        list[i][3]()
        ax.yield()
        ax.yield()
        assert.equal(list[i].fired, log[1])
        assert.is_nil(log[2])
        -- now it waits for rx: everything else closes, or fires
        for k = 1, COUNT do
          if k ~= i then list[k][3]() end
          ax.yield()
        end
        ax.sleep(2e5) -- beyond the timeout of the select
        assert.is_nil(log[2])
        tx:send("message")
        ax.wait(pid)
        assert.equal("message", log[2])
        assert.equal(2e5 + 5, log[4])
        finish()
        ax.wait(-1)
      end))

    it("hit nobody who was woken and has not run yet, arm " .. i,
      inside(function()
        local list, finish = kinds()
        local arms, answer = {}, nil
        for k, kind in ipairs(list) do arms[k] = kind[2] end
        local pid = ax.spawn(function() answer = { ax.select(arms) } end)
        ax.yield()
        list[i][3]()
        if list[i][1] == "process" then ax.yield() end
        local fired = answer and answer[1]
        for k = 1, COUNT do if k ~= i then list[k][3]() end end
        ax.wait(pid)
        assert.equal(list[i].fired, fired or (answer[1]))
        finish()
        ax.wait(-1)
      end))
  end
end)
