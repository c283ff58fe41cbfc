--- which - a select says which of its objects was closed.
local ax = require "axeberg"
local support = require "spec.support.kinds"

local inside, kinds, COUNT = support.inside, support.kinds, support.COUNT

describe("a select that waits", function() -- 5
  for i = 1, COUNT do
    it("says which object was closed, of kind " .. i, inside(function()
      for _, turned in ipairs { false, true } do
        local list, finish = kinds()
        local arms = {}
        for k, kind in ipairs(list) do
          arms[turned and COUNT + 1 - k or k] = kind[2]
        end
        local answer
        local pid = ax.spawn(function()
          answer = table.pack(ax.select(arms, 100))
        end)
        ax.yield()
        assert.is_nil(answer)
        list[i][3]()
        ax.wait(pid)
        local kind = list[i]
        assert.equal(kind.fired, answer[1], kind[1])
        if not kind.open then
          assert.is_nil(answer[2])
          assert.is_string(answer[3])
          assert.equal(kind.code or "EPIPE", answer[4])
        end
        for k = 1, COUNT do if k ~= i then list[k][3]() end end
        finish()
        ax.wait(-1)
      end
    end))
  end
end)
