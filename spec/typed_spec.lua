--- typed - channels with a schema: checked copies.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

describe("a typed channel", function()
  it("tells the channel, the path and what was wrong", inside(function()
    local tx, rx = ax.channel({ pos = { x = "number" } }, { name = "jobs" })
    local text = raises(function() tx:send { pos = { x = "far" } } end)
    has(text, 'channel "jobs": $.pos.x: expected number, got string')
    assert.equal(0, #rx)
    tx:send { pos = { x = 1.5 } }
    assert.same({ pos = { x = 1.5 } }, rx:recv())
  end))

  it("hands over a copy that later changes do not reach",
    inside(function()
      local tx, rx = ax.channel({ tags = { "string" },
        pos = { x = "integer" } })
      local v = { tags = { "a", "b" }, pos = { x = 1 } }
      tx:send(v)
      v.tags[1], v.pos.x, v.tags[3] = "changed", 99, "more"
      local got = rx:recv()
      assert.same({ tags = { "a", "b" }, pos = { x = 1 } }, got)
      got.pos.x = 5
      assert.equal(99, v.pos.x)
    end))

  it("hands over a copy to a receiver that waits, too", inside(function()
    local tx, rx = ax.channel({ n = "integer" }, { capacity = 0 })
    local v = { n = 1 }
    local got
    ax.spawn(function() got = rx:recv() end)
    ax.yield()
    tx:send(v)
    v.n = 2
    ax.wait(-1)
    assert.same({ n = 1 }, got)
    assert.is_false(rawequal(got, v))
  end))

  it("hands over the value as it was when send was called",
    inside(function()
      local tx, rx = ax.channel({ n = "integer" }, { capacity = 1 })
      local v = { n = 1 }
      tx:send(v)
      ax.spawn(function() tx:send(v) end)
      ax.yield() -- it waits
      v.n = 2
      assert.same({ n = 1 }, rx:recv())
      assert.same({ n = 1 }, rx:recv())
      ax.wait(-1)
    end))

  it("drops metatables, and does not call metamethods", inside(function()
    local tx, rx = ax.channel({ n = "integer" })
    local called = false
    local function note() called = true end
    tx:send(setmetatable({ n = 1 }, { __index = note, __pairs = note,
      __len = note, __newindex = note, __name = "odd" }))
    local got = rx:recv()
    assert.is_nil(getmetatable(got))
    assert.same({ n = 1 }, got)
    assert.is_false(called)
    assert.is_false(pcall(tx.send, tx,
      setmetatable({}, { __index = { n = 1 } })))
  end))

  it("takes a float with an integer value for an integer",
    inside(function()
      local tx, rx = ax.channel("integer")
      tx:send(3.0)
      local v = rx:recv()
      assert.equal("integer", math.type(v))
      assert.equal(3, v)
      for _, bad in ipairs { 3.5, math.huge, 2 ^ 63, 0 / 0, "3" } do
        has(raises(function() tx:send(bad) end), "expected integer")
      end
      assert.equal(0, #rx)
    end))

  local scalars = {
    { "integer", { 0, -1, math.maxinteger, math.mininteger },
      { 0.5, "1", true, {}, ax.null } },
    { "number", { 0, 0.5, -1e300, math.huge }, { "1", false, {}, ax.null } },
    { "string", { "", "x", "\0\255", ("y"):rep(5000) },
      { 1, true, {}, ax.null } },
    { "boolean", { true, false }, { 0, "true", {}, ax.null } },
    { "null", { ax.null }, { false, 0, "", {} } },
    { "any", { 1, "x", false, ax.null, print }, {} },
    { "table", { {}, { 1, 2 } }, { 1, "x", true, ax.null } },
  }
  for _, row in ipairs(scalars) do
    it("of " .. row[1] .. " takes that and nothing else", inside(function()
      local tx, rx = ax.channel(row[1])
      for _, v in ipairs(row[2]) do
        tx:send(v)
        assert.same(v, rx:recv())
      end
      for _, v in ipairs(row[3]) do
        has(raises(function() tx:send(v) end), "expected " .. row[1], "got")
        has(raises(function() tx:try_send(v) end), "expected " .. row[1])
        has(raises(function() tx:send(v, 0) end), "expected " .. row[1])
      end
      assert.equal(0, #rx)
      has(raises(function() tx:send(nil) end), "nil")
    end))
  end

  it("of arrays takes lists, empty ones, too", inside(function() -- 26
    local tx, rx = ax.channel({ "integer" })
    for _, v in ipairs { {}, { 1 }, { 1, 2, 3 } } do
      tx:send(v)
      assert.same(v, rx:recv())
    end
    has(raises(function() tx:send { 1, "x" } end), "$[2]",
      "expected integer, got string")
    has(raises(function() tx:send { 1, nil, 3 } end), "$")
    has(raises(function() tx:send { a = 1 } end), "$")
  end))

  it("of closed records refuses what is missing or unknown",
    inside(function()
      local tx = ax.channel({ a = "integer", b = ax.optional("string") })
      has(raises(function() tx:send {} end), "$.a")
      has(raises(function() tx:send { a = 1, c = 2 } end), "c")
      has(raises(function() tx:send { a = 1, b = 2 } end), "$.b")
    end))

  it("refuses cycles, and what is too deep", inside(function() -- 26
    local tx, rx = ax.channel("table")
    local cycle = {}
    cycle.self = cycle
    raises(function() tx:send(cycle) end)
    local deep = {}
    for _ = 1, 100000 do deep = { deep } end
    raises(function() tx:send(deep) end)
    assert.equal(0, #rx)
    local any = ax.channel("any")
    raises(function() any:send(cycle) end)
    raises(function() any:send(deep) end)
  end))

  it("takes an empty table as array and as record", inside(function() -- 26
    local tx, rx = ax.channel({ list = { "string" }, rec =
      { x = ax.optional("integer") } })
    tx:send { list = {}, rec = {} }
    assert.same({ list = {}, rec = {} }, rx:recv())
  end))

  it("works with every policy", inside(function()
    for _, full in ipairs { "block", "fail", "drop_oldest", "drop_newest" }
    do
      local tx, rx = ax.channel({ n = "integer" },
        { capacity = 1, full = full })
      tx:send { n = 1 }
      has(raises(function() tx:send { n = "x" } end), "expected integer")
      tx:send({ n = 2 }, 0)
      local n = rx:recv().n
      assert.equal(full == "drop_oldest" and 2 or 1, n)
    end
  end))

  it("answers closed, whatever is sent, as long as it matches",
    inside(function()
      local tx, rx = ax.channel({ n = "integer" })
      rx:close()
      assert.same({ nil, "closed", "EPIPE" }, { tx:send { n = 1 } })
      has(raises(function() tx:send { n = "x" } end), "expected integer")
    end))

  it("loses no record when its receiver is killed", inside(function()
    local tx, rx = ax.channel({ n = "integer" })
    local got = {}
    for i = 1, 4 do
      ax.spawn(function() got[i] = rx:recv() end)
    end
    ax.yield()
    tx:send { n = 1 }
    tx:send { n = 2 }
    ax.kill(ax.ps()[2].pid, "KILL")
    ax.sleep(1)
    tx:close()
    local sum = 0
    for i = 2, 4 do sum = sum + (got[i] and got[i].n or 0) end
    assert.is_nil(got[1])
    assert.equal(3, sum)
  end))

  it("may share one schema with others", inside(function()
    local schema = ax.schema({ n = "integer" })
    local tx1, rx1 = ax.channel(schema)
    local tx2, rx2 = ax.channel(schema)
    tx1:send { n = 1 }
    tx2:send(rx1:recv())
    assert.same({ n = 1 }, rx2:recv())
    has(raises(function() tx2:send { n = true } end), "$.n")
  end))

  it("cannot be made from a bad description", inside(function()
    has(raises(ax.channel, "strnig"), "strnig")
    raises(ax.channel, 5)
    raises(ax.channel, { id = "integre" })
    assert.equal(0, ax.stats().waiters)
  end))
end)
