--- bomb - single calls of C, which no quantum can interrupt: documented, and
-- harmful only to who makes them.
local ax = require "axeberg"
local help = require "spec.support.helper"

describe("a single call of C that takes all there is", function() -- 16
  it("is named in the documentation of limits", function()
    local file = assert(io.open("docs/limit.md"))
    local text = file:read("a")
    file:close()
    help.has(text, "C functions", ":rep(")
  end)

  it("is an error of its process, when memory ends", help.inside(function()
    local other = ax.spawn(function()
      for _ = 1, 3 do ax.yield() end
      return "fine"
    end)
    local pid = ax.spawn({ kill = 50000 }, function()
      return ("x"):rep(math.maxinteger)
    end)
    local _, how, err = ax.wait(pid)
    assert.equal("error", how)
    help.has(err, "too large")
    assert.same({ other, "exited", "fine" }, { ax.wait(other) })
  end))
end)
