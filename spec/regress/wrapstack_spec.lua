--- wrapstack - a generator that blocked twice in one call broke the stack:
-- lua_settop of Lua 5.4.4 must not close a slot while the stack may move.
local ax = require "axeberg"
local help = require "spec.support.helper"

describe("a generator that blocks often", function()
  it("leaves the stack of its process alone", help.inside(function()
    local sum = 0
    for v in ax.wrap(function()
      for i = 1, 200 do
        for _ = 1, i % 7 do ax.yield() end
        ax.sleep(1)
        coroutine.yield(i)
      end
    end) do
      sum = sum + v
    end
    assert.equal(200 * 201 // 2, sum)
    assert.equal(200, ax.now())
  end))
end)
