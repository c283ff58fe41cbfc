--- copy - finalizers that run while a message is copied.
-- One that closed both ends of the channel freed the schema that the copy
-- was being made with; one that sent, too, made the names of its fields
-- known twice.  Only sanitizers saw either.
local ax = require "axeberg"

--- Calls fn from a finalizer, soon.
local function soon(fn) setmetatable({}, { __gc = fn }) end

describe("a copy", function()
  before_each(function() collectgarbage("generational") end)
  after_each(function() collectgarbage("incremental") end)

  it("goes on when its channel is closed", function()
    for _ = 1, 50 do
      local tx, rx = ax.channel { list = { { n = "integer" } } }
      local v = { list = {} }
      for i = 1, 100 do v.list[i] = { n = i } end
      for _ = 1, 3 do
        soon(function()
          tx:close()
          rx:close()
        end)
      end
      pcall(tx.send, tx, v) -- sent, or closed
      tx:close()
      rx:close()
    end
  end)

  it("may begin inside another one", function()
    local long = ("n"):rep(100)
    for round = 1, 50 do
      local schema = ax.schema { list = { { [long] = "integer" } },
        [long .. round] = "integer" }
      local tx, rx = ax.channel(schema)
      local v = { list = {}, [long .. round] = 1 }
      for i = 1, 20 do v.list[i] = { [long] = i } end
      for _ = 1, 3 do
        soon(function()
          schema:check(v)
          schema:copy(v)
          pcall(tx.try_send, tx, v)
        end)
      end
      for _ = 1, 10 do
        assert(tx:send(v))
        assert(schema:check(v))
      end
      assert.same(v, rx:recv())
      tx:close()
      rx:close()
    end
  end)
end)
