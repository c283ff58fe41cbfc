--- list - select crashed when its list lost the arm that fired.
local ax = require "axeberg"
local help = require "spec.support.helper"

describe("the list of a select", function()
  it("may change while it waits", help.inside(function()
    local tx, rx = ax.channel()
    local list = { rx }
    ax.spawn(function()
      list[1] = nil
      tx:send(5)
    end)
    local fired, value = ax.select(list)
    assert.equal(rx, fired)
    assert.equal(5, value)
  end))
end)
