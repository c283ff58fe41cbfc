--- description - how schemas are described in Lua, and what is said of bad
-- descriptions.
local ax = require "axeberg"
local help = require "spec.support.helper"

local has, raises = help.has, help.raises

-- description, message
local BAD = {
  { "numbr", 'schema: $: unknown type "numbr"' },
  { { pos = { x = "numbr" } }, 'schema: $.pos.x: unknown type "numbr"' },
  { { tags = { "strng" } }, 'schema: $.tags[1]: unknown type "strng"' },
  { { ["odd key"] = "x" }, 'schema: $["odd key"]: unknown type "x"' },
  { { a = "x", b = "y" }, 'schema: $.a: unknown type "x"' }, -- always first
  { 5, "schema: $: a number describes nothing" },
  { { x = print }, "schema: $.x: a function describes nothing" },
  { io.stdout, "schema: $: a userdata describes nothing" },
  { { "integer", "string" }, "ax.tuple{...} describes each by itself" },
  { { [2] = "integer" }, "an array has one element" },
  { { [true] = "integer" }, "an array has one element" },
  { { "integer", x = "string" }, "fields and elements in one table" },
  { ax.integer { mn = 1 }, 'schema: $: unknown option "mn"' },
  { ax.integer { 1 }, 'schema: $: unknown option "1"' },
  { ax.integer { min = "1" }, "min must be an integer" },
  { ax.integer { min = 1.5 }, "min must be an integer" },
  { ax.integer { min = 2, max = 1 }, "min is greater than max" },
  { ax.number { min = 0 / 0 }, "min must be a number" },
  { ax.number { min = 2, max = 1 }, "min is greater than max" },
  { ax.number { min = 9007199254740993 },
    "schema: $: min must be a number that a float can be equal to" },
  { { x = ax.number { max = math.maxinteger } },
    "schema: $.x: max must be a number that a float can be equal to" },
  { ax.string { max = -1 }, "max must be a whole number, 0 or more" },
  { ax.string { min = 2, max = 1 }, "min is greater than max" },
  { ax.string { pattern = 1 }, "pattern must be a string" },
  { ax.string { pattern = "(%a" }, "unfinished capture" },
  { ax.string { pattern = "[a" }, "malformed pattern (missing ']')" },
  { ax.string { pattern = "%" }, "malformed pattern (ends with '%')" },
  { ax.array("any", { minn = 1 }), 'unknown option "minn"' },
  { ax.array(), "schema: $[1]: a nil describes nothing" },
  { ax.map("string"), "schema: $[2]: a nil describes nothing" },
  { ax.map({}, "any"), "keys of a map are strings, numbers or booleans" },
  { ax.map("null", "any"), "keys of a map are" },
  { ax.enum {}, "an enum without values" },
  { ax.enum { "a", {} }, "schema: $[2]: no string, number or boolean" },
  { ax.enum { 0 / 0 }, "NaN is equal to nothing" },
  { ax.enum { x = 1 }, 'unknown option "x"' },
  { ax.enum { "a", nil, "c" },
    "schema: $: a hole: [2] is nil, but [3] is not" },
  { ax.enum { "a", "b", nil, "d" }, "a hole: [3] is nil, but [4] is not" },
  { ax.union { nil, "any" }, "a hole: [1] is nil, but [2] is not" },
  { { x = ax.tuple { nil, "string" } },
    "schema: $.x: a hole: [1] is nil, but [2] is not" },
  { ax.tuple { [0] = "any" }, 'unknown option "0"' },
  { ax.tuple { [math.maxinteger] = "any" }, "a hole: [1] is nil" },
  { ax.union {}, "a union without alternatives" },
  { ax.union { "integer", "strng" }, 'schema: $[2]: unknown type "strng"' },
  { ax.tuple { "integer", false }, "schema: $[2]: a boolean describes" },
  { ax.optional(), "schema: $: a nil describes nothing" },
  { { x = ax.optional("strng") }, 'schema: $.x: unknown type "strng"' },
  { ax.record { "string" }, "a record's fields are a table { name = s }" },
  { ax.record("string"), "a record's fields are a table { name = s }" },
  { ax.record({}, { opn = true }), 'unknown option "opn"' },
  { ax.record({}, { open = 1 }), "open must be true or false" },
  { ax.recursive(function(self) return self end), "contains itself with no" },
  { ax.recursive(ax.optional), "contains itself with no value in between" },
  { ax.recursive(function(self) return ax.union { "integer", self } end),
    "contains itself with no value in between" },
}

-- description, what tostring says (itself, mostly)
local SPELLED = {
  { "integer", '"integer"' },
  { ax.integer(), '"integer"' },
  { ax.number(), '"number"' },
  { ax.number {}, '"number"' },
  { ax.number { min = -math.huge },
    "ax.number { min = -math.huge, max = math.huge }" },
  { ax.null, '"null"' },
  { ax.integer { min = -1, max = 5 }, "ax.integer { min = -1, max = 5 }" },
  { ax.integer { max = 5 }, "ax.integer { max = 5 }" },
  { ax.number { min = 0, max = 0.5 }, "ax.number { min = 0.0, max = 0.5 }" },
  { ax.number { min = 0 }, "ax.number { min = 0.0, max = math.huge }" },
  { ax.string { min = 1, max = 2, pattern = '^"%a\n' },
    [[ax.string { min = 1, max = 2, pattern = "^\"%a\n" }]] },
  { ax.number { min = math.mininteger, max = 1 << 62 }, "ax.number { min = " ..
    "-9.2233720368547758e+18, max = 4.6116860184273879e+18 }" },
  { { "string" }, '{ "string" }' },
  { ax.array("string"), '{ "string" }' },
  { ax.array("any", { min = 1 }), 'ax.array("any", { min = 1 })' },
  { ax.map("string", { "any" }), 'ax.map("string", { "any" })' },
  { {}, "{}" },
  { { b = "any", a = ax.optional("table"), ["x y"] = {} },
    '{ a = ax.optional("table"), b = "any", ["x y"] = {} }' },
  { ax.record({ a = "any" }, { open = true }),
    'ax.record({ a = "any" }, { open = true })' },
  { ax.tuple { "any", ax.optional("null") },
    'ax.tuple { "any", ax.optional("null") }' },
  { ax.tuple {}, "ax.tuple {}" },
  { ax.enum { "a", 1, 1.5, true }, 'ax.enum { "a", 1, 1.5, true }' },
  { ax.union { "any", ax.union { "null", "any" } },
    'ax.union { "any", "null" }' },
  { ax.union { "any" }, '"any"' },
  { ax.union { "boolean", ax.optional("null") },
    'ax.optional(ax.union { "boolean", "null" })' },
  { ax.optional(ax.optional("any")), 'ax.optional("any")' },
  { { ax.schema { x = "integer" } }, '{ { x = "integer" } }' },
  { ax.schema(ax.optional("integer")), 'ax.optional("integer")' },
}

describe("a description", function()
  for i, row in ipairs(BAD) do
    it(("that is bad is refused (%d)"):format(i), function()
      has(raises(ax.schema, row[1]), row[2])
      has(raises(ax.channel, row[1]), row[2])
    end)
  end

  for _, row in ipairs(SPELLED) do
    it("spells " .. row[2], function()
      local text = tostring(ax.schema(row[1]))
      assert.equal(row[2], text)
      local back = load("local ax = require 'axeberg' return " .. text)()
      assert.equal(text, tostring(ax.schema(back)))
    end)
  end

  it("is told with the place where it was used", function()
    local function use() ax.schema("numbr") end
    has(raises(use), "description_spec.lua:")
  end)

  it("of numbers within limits, infinite ones too, refuses NaN", function()
    local nan = 0 / 0
    for _, any in ipairs { "number", ax.number(), ax.number {} } do
      assert(ax.schema(any):check(nan))
    end
    for _, limits in ipairs { { min = 0 }, { min = -math.huge },
      { max = math.huge }, { min = -math.huge, max = math.huge } } do
      local schema = ax.schema(ax.number(limits))
      assert(schema:check(1) and schema:check(math.huge))
      has(select(2, schema:check(nan)), "$: expected number")
    end
    local _, err = ax.schema(ax.number { min = -math.huge }):check(nan)
    has(err, "expected number that is not NaN, got ")
  end)

  -- function, number of the argument, what was got, arguments
  for _, row in ipairs {
    { "enum", 1, "string", "a", "b" },
    { "enum", 1, "nil" },
    { "union", 1, "string", "string", "integer" },
    { "tuple", 1, "string", "string" },
    { "integer", 1, "number", 5 },
    { "number", 1, "boolean", false },
    { "string", 1, "string", "^a" },
    { "array", 2, "number", "string", 5 },
    { "record", 2, "boolean", {}, true },
  } do
    local name = row[1]
    it(("is made with tables by ax.%s (%s)"):format(name, row[3]), function()
      for _ = 1, 2 do
        local line
        local function use()
          line = debug.getinfo(1, "l").currentline + 1
          local made = ax[name](table.unpack(row, 4))
          return made
        end
        has(raises(use), ("_spec.lua:%d: bad argument #%d to '%s' " ..
          "(table expected, got %s)"):format(line, row[2], name, row[3]))
      end
    end)
  end

  it("may contain itself", function()
    local tree = { value = "integer" }
    tree.left, tree.right = ax.optional(tree), ax.optional(tree)
    local schema = ax.schema(tree)
    assert.equal("{ left = ax.optional(<recursive>), " ..
      'right = ax.optional(<recursive>), value = "integer" }',
      tostring(schema))
    assert(schema:check { value = 1, left = { value = 2,
      right = { value = 3 } } })
    local _, err = schema:check { value = 1, left = { value = 2,
      right = { value = "3" } } }
    assert.equal("$.left.right.value: expected integer, got string", err)
    local list = {}
    list[1] = list
    assert(ax.schema(list):check { {}, { {}, { {} } } })
    assert.is_nil(ax.schema(list):check { {}, { {}, { 1 } } })
  end)

  it("may contain itself by way of ax.recursive", function()
    local json = ax.schema(ax.recursive(function(self)
      return ax.union { "null", "boolean", "number", "string", { self },
        ax.map("string", self) }
    end))
    assert(json:check { a = { 1, { b = ax.null } }, c = "x", d = {} })
    assert.is_nil(json:check { a = { 1, { b = print } } })
    assert.is_nil(json:check { a = { 1, b = 2 } })
  end)

  it("may contain the same part in many places", function()
    local part = { "integer" }
    for _ = 1, 60 do part = { a = ax.optional(part), b = ax.optional(part) } end
    local schema = ax.schema(part) -- 2^60 places
    assert(schema:check { a = { b = { a = {} } } })
    assert(#tostring(schema) < 10000)
    has(tostring(schema), "...")
  end)

  it("may contain schemas", function()
    local id = ax.schema(ax.integer { min = 1 })
    local node = ax.schema(ax.recursive(function(self)
      return { id = id, nodes = { self }, alias = ax.optional(id) }
    end))
    local both = ax.schema { a = node, b = node, c = id }
    local value = { a = { id = 1, nodes = { { id = 2, nodes = {} } } },
      b = { id = 3, nodes = {}, alias = 4 }, c = 5 }
    assert(both:check(value))
    value.a.nodes[1].id = 0
    local _, err = both:check(value)
    assert.equal("$.a.nodes[1].id: expected integer of at least 1, got 0",
      err)
  end)

  it("is looked at raw", function()
    local called = false
    local function note() called = true end
    local schema = ax.schema(setmetatable({ x = "integer" },
      { __index = note, __pairs = note, __len = note, __name = "odd" }))
    assert.is_false(called)
    assert.equal('{ x = "integer" }', tostring(schema))
  end)

  it("may be changed when it is compiled", function()
    local description = { x = "integer" }
    local schema = ax.schema(description)
    description.x = "string"
    assert(schema:check { x = 1 })
    local options = { min = 1 }
    local limited = ax.integer(options)
    options.min = 5
    assert(ax.schema(limited):check(1))
  end)

  --- Compiles new descriptions while finalizers, which run at any
  -- allocation, do something to them once; answers the errors as a set.
  local function compile_changing(change)
    local inside, fields, delay, armed = false, nil, 0, true
    local function arm()
      setmetatable({}, { __gc = function()
        if not armed then return end
        if inside and delay > 0 then
          delay = delay - 1
        elseif inside then
          inside = false
          change(fields)
        end
        arm()
      end })
    end
    for _ = 1, 100 do arm() end
    local mode = collectgarbage("incremental", 10, 10000, 2)
    local errors = {}
    for i = 1, 60 do
      fields = {}
      for j = 1, 100 do
        fields[("field"):rep(12) .. i .. "_" .. j] = "string"
      end
      delay, inside = i, true
      local ok, err = pcall(ax.schema, fields)
      inside = false
      if not ok then errors[tostring(err)] = true end
    end
    armed = false
    collectgarbage("incremental", 200, 100, 13)
    collectgarbage(mode)
    return errors
  end

  local CHANGED = "schema: $: the description changed while it was read"

  it("may lose fields to a finalizer while it is compiled", function()
    local errors = compile_changing(function(fields)
      for name in pairs(fields) do fields[name] = nil end
    end)
    for err in pairs(errors) do has(err, CHANGED) end
    -- (with AX_GC_STRESS the finalizers come before the call)
    assert.is_truthy(next(errors) or os.getenv "AX_GC_STRESS")
  end)

  it("may get fields from a finalizer while it is compiled", function()
    local errors = compile_changing(function(fields)
      for i = 1, 900 do fields["new" .. i] = "string" end
    end)
    for err in pairs(errors) do has(err, CHANGED) end
    -- (with AX_GC_STRESS the finalizers come before the call)
    assert.is_truthy(next(errors) or os.getenv "AX_GC_STRESS")
    errors = compile_changing(function(fields) fields[1.5] = "string" end)
    errors["schema: $: fields and elements in one table; " .. -- in time
      "ax.tuple{...} describes elements, {...} fields"] = nil
    for err in pairs(errors) do has(err, CHANGED) end
  end)

  it("may have many fields, but not any number", function() -- api7
    local fields, value = {}, {}
    for i = 1, 1024 do
      fields["field" .. i], value["field" .. i] = "integer", i
    end
    local schema = ax.schema(fields)
    assert(schema:check(value))
    assert.same(value, schema:copy(value))
    value.field777 = nil
    assert.same({ nil, "$.field777: required field is missing" },
      { schema:check(value) })
    fields.one = "integer"
    has(raises(ax.schema, fields), "more than 1024 fields")
  end)

  it("may be deep, but not any depth", function()
    local deep = "integer"
    for _ = 1, 200 do deep = { deep } end
    ax.schema(deep)
    deep = { deep }
    has(raises(ax.schema, deep), "nested more than 200 deep")
    for _ = 1, 100000 do deep = { deep } end
    has(raises(ax.schema, deep), "nested more than 200 deep")
  end)

  it("may have names with anything in them", function()
    local name = "a\0b"
    local schema = ax.schema { [name] = "integer", [""] = "string",
      a = "boolean" }
    assert(schema:check { [name] = 1, [""] = "", a = true })
    assert.same({ nil, [[$["a\000b"]: expected integer, got string]] },
      { schema:check { [name] = "", [""] = "", a = true } })
    has(raises(ax.schema, { [name] = "x" }), 'unknown type "x"')
  end)
end)
