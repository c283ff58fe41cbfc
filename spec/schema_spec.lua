--- schema - which values are welcome, and what is said of the others.
local ax = require "axeberg"
local help = require "spec.support.helper"

local has = help.has

-- name, description, values that are welcome, values that are not with the
-- whole message
local ROWS = {
  { "any", "any", { 1, "x", true, false, ax.null, {}, { {} }, print },
    { { nil, "$: expected any value, got nil" } } },
  { "a table", "table", { {}, { 1, x = { y = 2 } } },
    { { 1, "$: expected table, got number" },
      { nil, "$: expected table, got nil" },
      { ax.null, "$: expected table, got null" } } },
  { "null", "null", { ax.null }, -- api7: null must not be "userdata"
    { { nil, "$: expected null, got nil" },
      { io.stdout, "$: expected null, got userdata" },
      { false, "$: expected null, got boolean" } } },
  { "null, by itself", ax.null, { ax.null },
    { { 0, "$: expected null, got number" } } },
  { "a boolean", "boolean", { true, false },
    { { 0, "$: expected boolean, got number" },
      { ax.null, "$: expected boolean, got null" },
      { print, "$: expected boolean, got function" } } },
  { "an integer", "integer", { 0, math.mininteger, 3.0, -0.0, 2.0 ^ 53 },
    { { 1.5, "$: expected integer, got 1.5" },
      { "1", "$: expected integer, got string" },
      { 2.0 ^ 63, "$: expected integer, got 9.2233720368547758e+18" },
      { 0 / 0, "$: expected integer, got " .. tostring(0 / 0) },
      { math.huge, "$: expected integer, got inf" } } },
  { "a limited integer", ax.integer { min = 1, max = 5 }, { 1, 5, 5.0 },
    { { 0, "$: expected integer from 1 to 5, got 0" },
      { 5.5, "$: expected integer from 1 to 5, got 5.5" } } },
  { "an integer of at least", ax.integer { min = -3 }, { -3, 0, 2 ^ 62 },
    { { -4, "$: expected integer of at least -3, got -4" } } },
  { "an integer of at most", ax.integer { max = 0 }, { 0, math.mininteger },
    { { 1, "$: expected integer of at most 0, got 1" } } },
  { "an integer without limits", ax.integer(), { 1, 2.0 },
    { { true, "$: expected integer, got boolean" } } },
  { "a number", "number", { 0, 1.5, math.huge, 0 / 0, math.mininteger },
    { { "1", "$: expected number, got string" },
      { {}, "$: expected number, got table" } } },
  { "a limited number", ax.number { min = 0.5, max = 2 }, { 0.5, 1, 2 },
    { { 0.25, "$: expected number from 0.5 to 2.0, got 0.25" },
      { 3, "$: expected number from 0.5 to 2.0, got 3" },
      { 0 / 0, "$: expected number from 0.5 to 2.0, got "
        .. tostring(0 / 0) } } },
  { "a number up to 2^53", ax.number { max = 2.0 ^ 53 },
    { 2 ^ 53, 9007199254740992, -math.huge },
    { { 9007199254740993, -- not rounded to the limit
      "$: expected number of at most 9007199254740992.0, " ..
      "got 9007199254740993" } } },
  { "a string", "string", { "", "\0\255", ("x"):rep(1000) },
    { { 1, "$: expected string, got number" },
      { coroutine.create(print), "$: expected string, got thread" } } },
  { "a limited string", ax.string { min = 2, max = 3 }, { "ab", "abc" },
    { { "a", "$: expected string of 2 to 3 bytes, got 1 byte" },
      { "abcd", "$: expected string of 2 to 3 bytes, got 4 bytes" } } },
  { "a string with a pattern", ax.string { pattern = "^%a+$" }, { "ab" },
    { { "a1", '$: expected string that matches "^%a+$", got "a1"' },
      { 1, '$: expected string that matches "^%a+$", got number' } } },
  { "an enum", ax.enum { "red", 7, 1.5, true }, { "red", 7, 7.0, 1.5, true },
    { { "blue", '$: expected "red", 7, 1.5 or true, got "blue"' },
      { 8, '$: expected "red", 7, 1.5 or true, got 8' },
      { false, '$: expected "red", 7, 1.5 or true, got false' },
      { {}, '$: expected "red", 7, 1.5 or true, got table' } } },
  { "an array", { "integer" }, { {}, { 1 }, { 1, 2.0, 3 } },
    { { { 1, "x" }, "$[2]: expected integer, got string" },
      { { 1, nil, 3 }, "$[2]: element is missing" },
      { { [0] = 1 }, "$[0]: not a key of an array" },
      { { 1, n = 1 }, "$.n: not a key of an array" },
      { { [1.5] = 1 }, "$[1.5]: not a key of an array" },
      { { [{}] = 1 }, "$[table]: not a key of an array" },
      { "x", "$: expected array, got string" } } },
  { "a limited array", ax.array("any", { min = 1, max = 2 }),
    { { 1 }, { 1, 2 } },
    { { {}, "$: expected array of 1 to 2 elements, got 0" },
      { { 1, 2, 3 }, "$: expected array of 1 to 2 elements, got 3" } } },
  { "a map", ax.map("string", "integer"), { {}, { a = 1, ["b c"] = 2 } },
    { { { a = "x" }, "$.a: expected integer, got string" },
      { { [1] = 1 }, "$[1]: bad key: expected string, got number" },
      { { [print] = 1 }, "$[function]: bad key: not a string or number" },
      { 5, "$: expected table, got number" } } },
  { "a map by numbers", ax.map(ax.integer { min = 10 }, "any"),
    { { [10] = 1, [11] = {} } },
    { { { 1 }, "$[1]: bad key: expected integer of at least 10, got 1" },
      { { [10.5] = 1 },
        "$[10.5]: bad key: expected integer of at least 10, got 10.5" } } },
  { "a closed record", { id = "integer", name = ax.optional("string") },
    { { id = 1 }, { id = 1, name = "x" } },
    { { {}, "$.id: required field is missing" },
      { { id = 1, name = 2 }, "$.name: expected string, got number" },
      { { id = 1, extra = 2 }, "$.extra: unexpected field" },
      { { id = 1, [1] = 2 }, "$[1]: unexpected field" },
      { { id = 1, [true] = 2 }, "$[true]: unexpected field" },
      { { id = 1, ["odd key"] = 2 }, '$["odd key"]: unexpected field' },
      { { id = 1, ["end"] = 2 }, '$["end"]: unexpected field' },
      { { id = 1, ['a"\n\1'] = 2 }, [[$["a\"\n\001"]: unexpected field]] },
      { "x", "$: expected table, got string" } } },
  { "a record without fields", {}, { {} }, -- api7: required = []
    { { { 1 }, "$[1]: unexpected field" } } },
  { "an open record", ax.record({ id = "integer" }, { open = true }),
    { { id = 1 }, { id = 1, x = 2, [1] = 3, [print] = print } },
    { { { x = 1 }, "$.id: required field is missing" },
      { { id = "x" }, "$.id: expected integer, got string" } } },
  { "a tuple", ax.tuple { "integer", "string", ax.optional("boolean") },
    { { 1, "x" }, { 1, "x", true } },
    { { { 1 }, "$[2]: required element is missing" },
      { { "x", 1 }, "$[1]: expected integer, got string" },
      { { 1, "x", true, 4 }, "$[4]: not a position of this tuple" },
      { { 1, "x", y = 1 }, "$.y: not a position of this tuple" },
      { 1, "$: expected table, got number" } } },
  { "a tuple with a gap", ax.tuple { ax.optional("integer"), "string" },
    { { nil, "x" }, { 1, "x" } },
    { { { 1 }, "$[2]: required element is missing" } } },
  { "a union of scalars", ax.union { "integer", "boolean" }, { 1, 1.0, true },
    { { "x", "$: expected integer or boolean, got string" },
      { 1.5, "$: expected integer, got 1.5" } } },
  { "a union with one table", ax.union { "string", { x = "number" } },
    { "x", { x = 1 } },
    { { { x = "y" }, "$.x: expected number, got string" },
      { 1, "$: expected string or { x }, got number" } } },
  { "a union of tagged records", ax.union {
    { kind = ax.enum { "circle" }, r = "number" },
    { kind = ax.enum { "box" }, w = "number", h = "number" } },
    { { kind = "circle", r = 1 }, { kind = "box", w = 1, h = 2 } },
    { { { kind = "box", w = 1, h = "x" },
      "$.h: expected number, got string" },
      { { kind = "box", w = 1 }, "$.h: required field is missing" },
      { { kind = "line" }, '$: expected { kind = "circle", r } or ' ..
        '{ h, kind = "box", w }, got a table that is none of these' } } },
  { "a union of records that look alike", ax.union {
    { a = { x = "integer" } }, { a = { x = "string" } } },
    { { a = { x = 1 } }, { a = { x = "y" } } },
    { { { a = { x = true } },
      "$: expected { a }, got a table that is none of these" } } },
  { "a union of lists", ax.union { { "integer" }, { "string" },
    ax.map("string", "any") },
    { {}, { 1, 2 }, { "x", "y" }, { x = {} } },
    { { { 1, "x" }, "$[2]: expected integer, got string" } } },
  { "an optional alternative", { x = ax.union { "string",
    ax.optional("integer") } }, { {}, { x = 1 }, { x = "y" } },
    { { { x = true }, "$.x: expected string or integer, got boolean" } } },
  { "an array, then a record in it", { { id = "integer" } }, -- api7 PR#100
    { {}, { { id = 1 }, { id = 2 } } },
    { { { { id = 1 }, { id = "x" } }, "$[2].id: expected integer, " ..
      "got string" } } },
  { "an optional root", ax.optional("string"), { "x" },
    { { 1, "$: expected string, got number" } } },
}

--- Tables are equal if their contents are; NaN is equal to itself.
local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b or a ~= a and b ~= b
  end
  for k, v in next, a do if not same(v, rawget(b, k)) then return false end end
  for k in next, b do if a[k] == nil then return false end end
  return true
end

describe("schema", function()
  for _, row in ipairs(ROWS) do
    local name, description, good, bad = table.unpack(row)
    local schema = ax.schema(description)

    it("accepts and copies " .. name, function()
      for i, value in ipairs(good) do
        local where = ("%s, value %d"):format(name, i)
        assert(schema:check(value), where)
        local copy, err = schema:copy(value)
        assert(err == nil, err)
        assert(same(value, copy), where)
        assert(type(value) ~= "table" or not rawequal(copy, value), where)
      end
    end)

    it("says what is not " .. name, function()
      for _, case in ipairs(bad) do
        assert.same({ nil, case[2] }, { schema:check(case[1]) })
        assert.same({ nil, case[2] }, { schema:copy(case[1]) })
      end
    end)
  end

  it("may accept nothing at all", function()
    local schema = ax.schema(ax.optional("string"))
    assert.is_true(schema:check(nil))
    assert.is_true(schema:check())
    assert.same(0, select("#", schema:copy(nil)) - 1)
    assert.is_nil(schema:copy(nil))
  end)

  it("hands integers over as integers", function()
    local schema = ax.schema { n = "integer", list = { "integer" },
      e = ax.enum { 1, 2 }, u = ax.union { "integer", "string" } }
    local copy = schema:copy { n = 1.0, list = { 2.0, 3 }, e = 2.0, u = 4.0 }
    for _, n in ipairs { copy.n, copy.list[1], copy.list[2], copy.e, copy.u }
    do
      assert.equal("integer", math.type(n))
    end
  end)

  it("leaves numbers as they are", function()
    local copy = ax.schema({ "number" }):copy { 1, 1.0 }
    assert.equal("integer", math.type(copy[1]))
    assert.equal("float", math.type(copy[2]))
  end)

  it("takes the first alternative that fits", function()
    local one = ax.schema(ax.union { "number", "integer" })
    local two = ax.schema(ax.union { "integer", "number" })
    assert.equal("float", math.type(one:copy(3.0)))
    assert.equal("integer", math.type(two:copy(3.0)))
    assert.equal(3.5, two:copy(3.5))
  end)

  it("carries what an open record does not know", function()
    local schema = ax.schema(ax.record({ id = "integer" }, { open = true }))
    local inner = { 1, 2 }
    local copy = schema:copy { id = 1.0, more = { inner }, [1] = "x" }
    assert.same({ id = 1, more = { { 1, 2 } }, [1] = "x" }, copy)
    assert.is_false(rawequal(inner, copy.more[1]))
  end)

  it("has a description of its own", function()
    local schema = ax.schema("integer")
    assert.equal(schema, ax.schema(schema))
    assert.equal('"integer"', tostring(schema))
  end)

  it("is nothing but a schema", function()
    local schema = ax.schema("integer")
    local message = help.raises(schema.check, io.stdout, 1)
    has(message, "axeberg.schema expected")
    help.raises(schema.check, {}, 1)
    help.raises(schema.copy)
    help.raises(ax.schema)
    assert.is_false(getmetatable(schema))
  end)
end)
