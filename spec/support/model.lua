--- model - random schemas: what each is to accept, and its description.
-- The checker is as simple as can be; walk_spec compares it with ours.
local ax = require "axeberg"

local NAMES = { "id", "name", "x", "y", "odd key", "" }
local JUNK = { true, false, 0, 1, -1, 1.5, 2.0, 2 ^ 53, 0 / 0, "", "id", "a",
  ax.null, print, io.stdout, coroutine.create(print), {}, { 1 }, { id = 1 },
  { { {} } } }

-- ----------------------------------------------------------------- models

local function pick(random, list) return list[random(#list)] end

local SCALARS = { "null", "boolean", "integer", "number", "string", "any",
  "table" }

local build = {} -- kind -> function(random, depth, around): a model

--- A random model; around are the models that it stands in.
local function model(random, depth, around)
  if depth == 0 then return { kind = pick(random, SCALARS) } end
  if #around > 0 and random(12) == 1 then -- recursion, with an end
    local inner = pick(random, around)
    return { kind = "array", of = inner, min = 0 }
  end
  local kinds = { "scalar", "range", "size", "enum", "array", "map", "record",
    "record", "record", "tuple", "union" }
  return build[pick(random, kinds)](random, depth - 1, around)
end

function build.scalar(random) return { kind = pick(random, SCALARS) } end

function build.range(random)
  local min = random(7) - 4
  return { kind = pick(random, { "integer", "number" }), min = min,
    max = min + random(4) }
end

function build.size(random)
  return { kind = "string", min = random(3) - 1, max = 2 + random(3) }
end

function build.enum(random)
  local list = {}
  local literals = { "a", "id", 1, 1.5, true }
  for i = 1, random(3) do list[i] = pick(random, literals) end
  return { kind = "enum", list = list }
end

function build.array(random, depth, around)
  local min = random(3) - 1
  return { kind = "array", of = model(random, depth, around), min = min,
    max = random(2) == 1 and min + random(3) or nil }
end

function build.map(random, depth, around)
  return { kind = "map", of = model(random, depth, around),
    key = pick(random, { "string", "integer", "any" }) }
end

function build.record(random, depth, around)
  local m = { kind = "record", fields = {}, open = random(4) == 1 }
  local inside = table.move(around, 1, #around, 2, { m })
  for _ = 1, random(5) - 1 do
    m.fields[pick(random, NAMES)] = { optional = random(3) == 1,
      of = model(random, depth, inside) }
  end
  return m
end

function build.tuple(random, depth, around)
  local m = { kind = "tuple", positions = {} }
  for i = 1, random(3) do
    m.positions[i] = { optional = random(3) == 1,
      of = model(random, depth, around) }
  end
  return m
end

function build.union(random, depth, around)
  local m = { kind = "union", list = {} }
  for i = 1, 1 + random(2) do m.list[i] = model(random, depth, around) end
  return m
end

-- ----------------------------------------------------------- descriptions

local describe_model

local function part(entry, memo)
  local s = describe_model(entry.of, memo)
  return entry.optional and ax.optional(s) or s
end

--- The description of a model; the same model is the same table.
function describe_model(m, memo)
  if memo[m] then return memo[m] end
  local kind = m.kind
  if kind == "record" then
    local fields = {}
    local record = m.open and ax.record(fields, { open = true }) or fields
    memo[m] = record
    for name, entry in pairs(m.fields) do fields[name] = part(entry, memo) end
    return record
  elseif kind == "array" then
    return ax.array(describe_model(m.of, memo), { min = m.min, max = m.max })
  elseif kind == "map" then
    return ax.map(m.key, describe_model(m.of, memo))
  elseif kind == "tuple" or kind == "union" then
    local list = {}
    for i, entry in ipairs(m.positions or m.list) do
      list[i] = m.list and describe_model(entry, memo) or part(entry, memo)
    end
    return ax[kind](list)
  elseif kind == "enum" then
    return ax.enum(m.list)
  elseif m.min then
    return ax[kind] { min = m.min, max = m.max }
  end
  return kind
end

-- ------------------------------------------------------------ the checker

local matches

local function count(t)
  local n = 0
  for _ in next, t do n = n + 1 end
  return n
end

local function is_integer(v)
  return type(v) == "number" and math.tointeger(v) ~= nil
end

local function within(v, m) return not m.min or v >= m.min and v <= m.max end

local check = {
  any = function(_, v) return v ~= nil end,
  table = function(_, v) return type(v) == "table" end,
  null = function(_, v) return v == ax.null end,
  boolean = function(_, v) return type(v) == "boolean" end,
  integer = function(m, v) return is_integer(v) and within(v, m) end,
  number = function(m, v) return type(v) == "number" and within(v, m) end,
  string = function(m, v) return type(v) == "string" and within(#v, m) end,
}

function check.enum(m, v)
  for _, literal in ipairs(m.list) do if v == literal then return true end end
  return false
end

function check.array(m, v)
  if type(v) ~= "table" then return false end
  local n = count(v)
  if n < m.min or m.max and n > m.max then return false end
  for i = 1, n do if not matches(m.of, rawget(v, i)) then return false end end
  return true
end

function check.map(m, v)
  if type(v) ~= "table" then return false end
  for key, value in next, v do
    local scalar = type(key) == "string" or type(key) == "number"
      or type(key) == "boolean"
    if not scalar or not matches({ kind = m.key }, key)
      or not matches(m.of, value) then
      return false
    end
  end
  return true
end

function check.record(m, v)
  if type(v) ~= "table" then return false end
  for name, entry in pairs(m.fields) do
    local value = rawget(v, name)
    if value == nil and not entry.optional then return false end
    if value ~= nil and not matches(entry.of, value) then return false end
  end
  for key in next, v do
    if not m.open and not m.fields[key] then return false end
  end
  return true
end

function check.tuple(m, v)
  if type(v) ~= "table" then return false end
  local n = 0
  for i, entry in ipairs(m.positions) do
    local value = rawget(v, i)
    if value ~= nil then n = n + 1 end
    if value == nil and not entry.optional then return false end
    if value ~= nil and not matches(entry.of, value) then return false end
  end
  return n == count(v)
end

function check.union(m, v)
  for _, alternative in ipairs(m.list) do
    if matches(alternative, v) then return true end
  end
  return false
end

function matches(m, v) return check[m.kind](m, v) end

-- ----------------------------------------------------------------- values

local value

local make = {
  any = function(random) return pick(random, JUNK) end,
  table = function() return { 1, x = { 2 } } end,
  null = function() return ax.null end,
  boolean = function(random) return random(2) == 1 end,
}

function make.integer(random, m)
  local n = m.min and m.min + random(m.max - m.min + 1) - 1
    or pick(random, { 0, 7, math.mininteger, math.maxinteger })
  local float = n + 0.0
  return random(3) == 1 and math.tointeger(float) == n and float or n
end

function make.number(random, m)
  if m.min then return m.min + (m.max - m.min) * random(8) / 8 end
  return pick(random, { 0, 1.5, math.huge, math.maxinteger })
end

function make.string(random, m)
  return ("x"):rep(m.min and m.min + random(m.max - m.min + 1) - 1
    or random(4))
end

function make.enum(random, m) return pick(random, m.list) end

function make.array(random, m, depth)
  local list = {}
  local n = depth > 0 and m.min + random(3) - 1 or m.min
  for i = 1, m.max and math.min(n, m.max) or n do
    list[i] = value(random, m.of, depth - 1)
  end
  return list
end

function make.map(random, m, depth)
  local map = {}
  for i = 1, depth > 0 and random(3) or 0 do
    map[m.key == "string" and NAMES[i] or i] = value(random, m.of, depth - 1)
  end
  return map
end

function make.record(random, m, depth)
  local record = {}
  for name, entry in pairs(m.fields) do
    if not entry.optional or random(2) == 1 then
      record[name] = value(random, entry.of, depth - 1)
    end
  end
  if m.open and random(2) == 1 then record.more = pick(random, JUNK) end
  return record
end

function make.tuple(random, m, depth)
  local tuple = {}
  for i, entry in ipairs(m.positions) do
    if not entry.optional or random(2) == 1 then
      tuple[i] = value(random, entry.of, depth - 1)
    end
  end
  return tuple
end

function make.union(random, m, depth)
  return value(random, pick(random, m.list), depth)
end

--- A value that matches.
function value(random, m, depth) return make[m.kind](random, m, depth) end

return {
  model = model, describe = describe_model, matches = matches, value = value,
  pick = pick, NAMES = NAMES, JUNK = JUNK,
}
