--- walk - any value against any schema: right, and always over.
-- AX_SEED repeats a random test.
local ax = require "axeberg"
local help = require "spec.support.helper"
local models = require "spec.support.model"

local pick = models.pick

--- A copy of a value of which some tables are shared with it.
local function clone(v)
  if type(v) ~= "table" then return v end
  local copy = {}
  for key, inner in next, v do copy[key] = clone(inner) end
  return copy
end

--- Changes something, somewhere in the value.
local function mutate(random, v)
  if type(v) ~= "table" or random(4) == 1 then
    return pick(random, models.JUNK)
  end
  local keys = {}
  for key in next, v do keys[#keys + 1] = key end
  local choice = random(3)
  if choice == 1 or #keys == 0 then -- one more
    local key = pick(random, { "more", 1, #v + 1, #v + 2, 0, -1, 1.5, true,
      "id", "1", math.mininteger })
    v[key] = pick(random, models.JUNK)
  elseif choice == 2 then -- one less
    v[pick(random, keys)] = nil
  else
    local key = pick(random, keys)
    v[key] = mutate(random, v[key])
  end
  return v
end

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b or a ~= a and b ~= b
  end
  for key, inner in next, a do
    if not same(inner, rawget(b, key)) then return false end
  end
  for key in next, b do if rawget(a, key) == nil then return false end end
  return true
end

--- All tables in a value, but those in keys.
local function tables(v, found)
  if type(v) == "table" then
    found[v] = true
    for _, inner in next, v do tables(inner, found) end
  end
  return found
end

local function shares(a, b)
  local found = tables(a, {})
  for t in next, tables(b, {}) do if found[t] then return true end end
  return false
end

--- The same table, its keys in another order.
local function shuffled(random, v)
  if type(v) ~= "table" then return v end
  local keys = {}
  for key in next, v do table.insert(keys, random(#keys + 1), key) end
  local copy = {}
  if random(2) == 1 then for i = 1, random(9) do copy["k" .. i] = i end end
  for i = 1, 9 do copy["k" .. i] = nil end
  for _, key in ipairs(keys) do copy[key] = shuffled(random, v[key]) end
  return copy
end

local function show(v, depth)
  if type(v) ~= "table" or depth == 0 then return tostring(v) end
  local parts = {}
  for key, inner in next, v do
    parts[#parts + 1] = ("[%s]=%s"):format(show(key, 0), show(inner, depth - 1))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- One value against one schema: check, copy, and what they say.
local function compare(random, schema, model, v)
  local where = ("%s\n%s"):format(schema, show(v, 6))
  local expected = models.matches(model, v)
  local ok, err = schema:check(v)
  assert(expected == (ok == true), where .. "\n" .. tostring(err))
  local copy, why = schema:copy(v)
  if expected then
    assert(why == nil and same(v, copy), where)
    assert(not shares(v, copy), where)
    assert(schema:check(copy), where)
  else
    assert(err == why and copy == nil, where)
    assert(type(err) == "string" and err:find("^%$.*: "), where)
    local _, again = schema:check(shuffled(random, v))
    assert(err == again, where .. "\n" .. err .. "\n" .. tostring(again))
  end
  return expected
end

describe("a walk", function()
  it("agrees with a simple checker (seed " .. help.SEED .. ")", function()
    local random = help.generator(help.SEED)
    local good, bad = 0, 0
    for _ = 1, 1500 do
      local model = models.model(random, 3, {})
      local schema = ax.schema(models.describe(model, {}))
      for _ = 1, 4 do
        local v = models.value(random, model, 4)
        assert(compare(random, schema, model, v), "a value that matches")
        for _ = 1, 4 do
          v = mutate(random, clone(v))
          if compare(random, schema, model, v) then
            good = good + 1
          else
            bad = bad + 1
          end
        end
      end
    end
    assert(good > 3000 and bad > 3000, good .. " " .. bad)
  end)

  it("refuses cycles, and says where", function()
    local any = ax.schema("any")
    local t = {}
    t.self = t
    assert.same({ nil, "$.self: a cycle: this table contains itself" },
      { any:check(t) })
    local u = { a = { { b = {} } } }
    u.a[1].b.c = u.a
    assert.same({ nil, "$.a[1].b.c: a cycle: this table contains itself" },
      { any:copy(u) })
    local list = {}
    list[1] = list
    local tree = {}
    tree[1] = tree
    assert.same({ nil, "$[1]: a cycle: this table contains itself" },
      { ax.schema(tree):check(list) })
    local open = ax.schema(ax.record({}, { open = true }))
    assert.is_true(open:check(t)) -- it does not look there
    assert.is_nil(open:copy(t))
  end)

  it("goes down 100 tables, and no more", function()
    local any = ax.schema("any")
    local node = {}
    node.next = ax.optional(node)
    local list = ax.schema(node)
    local v = {}
    for _ = 1, 99 do v = { next = v } end
    for _, schema in ipairs { any, list } do
      assert(schema:check(v))
      assert(schema:copy(v))
      local _, err = schema:check { next = v }
      help.has(err, "$...", ".next.next: tables are nested more than 100 deep")
      assert.is_nil(schema:copy { next = v })
    end
    for _ = 1, 100000 do v = { next = v } end
    assert.is_nil(any:check(v))
    assert.is_nil(list:copy(v))
  end)

  it("comes to an end, whatever it is made of", function()
    local v = {}
    for _ = 1, 60 do v = { v, v } end -- 2^60 tables
    local start = os.clock()
    local _, err = ax.schema("any"):check(v)
    help.has(err, "more than 16777216 values")
    local tree = {}
    tree[1] = tree
    help.has(select(2, ax.schema(tree):check(v)), "more than 16777216 values")
    assert(os.clock() - start < 60)
  end)

  it("tries no alternative twice", function()
    local node = { n = "integer" } -- each is like both, from outside
    node.a = ax.optional(ax.union { { a = node, n = "string" }, node,
      { a = node, n = "number" } })
    local schema = ax.schema(node)
    local chain = { n = 1 }
    for _ = 1, 90 do chain = { a = chain, n = 1 } end
    local start = os.clock()
    local copy = assert(schema:copy(chain))
    assert(schema:check(chain))
    assert.same(chain, copy)
    chain.a.a.a.a.a.a.n = true
    assert.is_nil(schema:check(chain))
    local lists = ax.schema(ax.recursive(function(self)
      return ax.union { { self }, ax.map("any", self), "string" }
    end))
    local deep = "x"
    for _ = 1, 100 do deep = { deep } end
    assert.same(deep, lists:copy(deep))
    assert(os.clock() - start < 5)
  end)

  it("never looks at metatables", function()
    local called = 0
    local function note() called = called + 1 end
    local meta = {}
    for _, name in ipairs { "index", "newindex", "pairs", "len", "eq", "call",
      "tostring", "lt", "le", "concat", "unm" } do
      meta["__" .. name] = note
    end
    local v = setmetatable({ n = 1, list = setmetatable({ 1, 2 }, meta) }, meta)
    for _, s in ipairs { "any", "table", { n = "integer",
      list = { "integer" } }, ax.map("string", "any"),
      ax.union { "string", ax.tuple {}, { n = "integer", list = "any" } } } do
      local copy = assert(ax.schema(s):copy(v))
      assert(ax.schema(s):check(v))
      assert.is_nil(getmetatable(copy))
      assert.is_nil(getmetatable(copy.list))
    end
    ax.schema("integer"):check(v)
    assert.equal(0, called)
  end)

  it("is not disturbed by finalizers that change the value", function()
    local schema = ax.schema { list = { { n = "integer" } }, m = ax.map(
      "string", "any") }
    local v
    local function fresh()
      v = { list = {}, m = {} }
      for i = 1, 40 do
        v.list[i] = { n = i }
        v.m["k" .. i] = { i }
      end
    end
    for round = 1, 60 do
      fresh()
      for i = 1, 20 do
        setmetatable({}, { __gc = function()
          v.list[i] = nil
          v.m["k" .. (i * 7 % 40)] = nil
          v.m["new" .. round .. i] = true
          v.list[1] = v
        end })
      end
      pcall(schema.copy, schema, v) -- any answer is fine
      schema:check(v)
    end
    collectgarbage()
    fresh()
    assert(schema:copy(v))
  end)

  it("learns any order of fields, and forgets it again", function()
    local random = help.generator(1)
    local description, v = {}, {}
    for i = 1, 100 do
      description["f" .. i], v["f" .. i] = "integer", i
    end
    local schema = ax.schema(description)
    for _ = 1, 200 do
      local w = shuffled(random, v)
      assert(same(v, schema:copy(w)))
      w["f" .. random(100)] = "x"
      assert.is_nil(schema:check(w))
    end
  end)

  it("knows long names, too", function()
    local long = ("n"):rep(100) -- strings that are not one of a kind
    local schema = ax.schema { [long] = "integer", [long .. "m"] = "string" }
    local v = { [("n"):rep(50) .. ("n"):rep(50)] = 1, [long .. "m"] = "x" }
    for _ = 1, 3 do
      assert(schema:check(v))
      assert.same(v, schema:copy(v))
    end
  end)
end)
