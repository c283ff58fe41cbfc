--- pack - values as MessagePack, and back, each time against a schema.
local ax = require "axeberg"
local help = require "spec.support.helper"
local models = require "spec.support.model"

local any = ax.schema "any"

-- value, its bytes
local ROWS = {
  { ax.null, "\xc0" }, { true, "\xc3" }, { false, "\xc2" },
  { 0, "\x00" }, { 127, "\x7f" }, { 128, "\xcc\x80" }, { -1, "\xff" },
  { -32, "\xe0" }, { -33, "\xd0\xdf" }, { 65536, "\xce\x00\x01\x00\x00" },
  { math.maxinteger, "\xcf\x7f" .. ("\xff"):rep(7) },
  { math.mininteger, "\xd3\x80" .. ("\0"):rep(7) },
  { 1.5, "\xcb\x3f\xf8" .. ("\0"):rep(6) },
  { "", "\xa0" }, { "a\0b", "\xa3a\0b" },
  { ("x"):rep(32), "\xd9\x20" .. ("x"):rep(32) },
  { {}, "\x90" }, { { 1, { 2 } }, "\x92\x01\x91\x02" },
  { { a = { b = false } }, "\x81\xa1a\x81\xa1b\xc2" },
  { { [1.5] = 1 }, "\x81\xcb\x3f\xf8" .. ("\0"):rep(6) .. "\x01" },
  { { [2] = "x" }, "\x81\x02\xa1x" }, -- no list
}

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return math.type(a) == math.type(b) and (a == b or a ~= a and b ~= b)
  end
  for key, inner in next, a do
    if not same(inner, b[key]) then return false end
  end
  for key in next, b do if a[key] == nil then return false end end
  return true
end

describe("pack", function()
  it("makes MessagePack, which unpack reads", function()
    for _, row in ipairs(ROWS) do
      assert.equal(row[2], any:pack(row[1]))
      assert(same(row[1], any:unpack(row[2])))
    end
  end)

  it("checks what it packs, and unpack what it unpacks", function()
    local schema = ax.schema { id = "integer", tags = { "string" } }
    local bytes = schema:pack { id = 3.0, tags = { "a" } }
    local v = schema:unpack(bytes)
    assert(same({ id = 3, tags = { "a" } }, v))
    assert.same({ nil, "$.id: expected integer, got string" },
      { schema:pack { id = "3", tags = {} } })
    assert.same({ nil, "$.tags[2]: expected string, got number" },
      { schema:unpack(any:pack { id = 3, tags = { "a", 1 } }) })
    assert.same({ nil, "$.x: unexpected field" },
      { schema:unpack(any:pack { id = 3, tags = {}, x = 1 }) })
  end)

  it("refuses what has no bytes, and says where", function()
    local rows = {
      { print, "$: a function cannot be packed" },
      { { 1, { x = coroutine.create(print) } },
        "$[2].x: a thread cannot be packed" },
      { { [io.stdout] = 1 },
        "$[userdata]: a userdata cannot be packed as a key" },
      { { { [{}] = 1 } }, "$[1][table]: a table cannot be packed as a key" },
      { nil, "$: expected any value, got nil" },
    }
    for _, row in ipairs(rows) do
      assert.same({ nil, row[2] }, { any:pack(row[1]) })
    end
    local open = ax.schema(ax.record({ a = "integer" }, { open = true }))
    assert.same({ nil, "$.f: a function cannot be packed" },
      { open:pack { a = 1, f = print } })
    local cycle = {}
    cycle.x = { cycle }
    assert.same({ nil, "$.x[1]: a cycle: this table contains itself" },
      { any:pack(cycle) })
  end)

  it("keeps the gaps of tuples", function()
    local schema = ax.schema(ax.tuple { ax.optional("integer"), "string",
      ax.optional("boolean") })
    for _, v in ipairs { { nil, "x" }, { 1, "x" }, { 1, "x", true },
      { nil, "x", false } } do
      assert(same(v, schema:unpack(assert(schema:pack(v)))))
    end
  end)

  it("gives back what random schemas accept (seed " .. help.SEED .. ")",
    function()
      local random = help.generator(help.SEED)
      local packed = 0
      for _ = 1, 1500 do
        local model = models.model(random, 3, {})
        local schema = ax.schema(models.describe(model, {}))
        local v = models.value(random, model, 4)
        local bytes, err = schema:pack(v)
        if bytes then
          packed = packed + 1
          local back, why = schema:unpack(bytes)
          assert(why == nil, why)
          assert(same(schema:copy(v), back))
          assert(same(back, (any:unpack(bytes))))
        else
          assert(err:find "cannot be packed" or err:find "none of these")
        end
      end
      assert(packed > 1000)
    end)

  it("refuses damaged bytes", function()
    local bytes = any:pack { id = 7, list = { 1, 2, { x = "y" } }, f = 1.5 }
    for n = 0, #bytes - 1 do
      assert.same({ nil, "$: no packed value" },
        { any:unpack(bytes:sub(1, n)) })
    end
    for _, bad in ipairs { bytes .. "x", "\xc1", "\xd4\1\2", "\x81\xc0\1",
      "\x81\x90\1", "\xdd\xff\xff\xff\xff", ("\x91"):rep(101) .. "\x90" } do
      assert.same({ nil, "$: no packed value" }, { any:unpack(bad) })
    end
    local random = help.generator(5)
    for _ = 1, 5000 do -- any answer, and no crash
      local at = random(#bytes)
      local damaged = bytes:sub(1, at - 1) .. string.char(random(256) - 1) ..
        bytes:sub(at + 1)
      local v, err = any:unpack(damaged)
      assert(v ~= nil or err)
    end
  end)

  it("is for strings only, on the way back", function()
    help.has(help.raises(any.unpack, any, {}), "string expected")
    help.has(help.raises(any.unpack, any), "string expected")
    assert.same({ nil, "$: a function cannot be packed" },
      { any:pack(string.rep) })
  end)
end)
