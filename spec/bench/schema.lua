--- schema - checking a value against a description (W7).
-- The value is { id, name, tags[8], pos = { x, y } }.  The rival is what one
-- writes by hand, to the same strictness: integers are integers, every tag is
-- looked at, an array has no other keys, and the closed form refuses fields
-- that it does not know.
local VALUE = {
  id = 17, name = "axeberg", pos = { x = 1.5, y = -2.5 },
  tags = { "a", "b", "c", "d", "e", "f", "g", "h" },
}

local function wrong() return { id = 17, name = "axeberg",
  tags = { "a", "b", "c", "d", "e", "f", "g", 8 },
  pos = { x = 1.5, y = -2.5 } } end

local function no_array() return { id = 17, name = "axeberg",
  tags = { "a", extra = "b" }, pos = { x = 1.5, y = -2.5 } } end

local function foreign() return { id = 17, name = "axeberg",
  tags = { "a" }, pos = { x = 1.5, y = -2.5, z = 0 } } end

-- By hand -----------------------------------------------------------------

local type, next, mtype = type, next, math.type

local function fail(path, expected, v)
  return nil, path .. ": expected " .. expected .. ", got " .. type(v)
end

--- An array has no key but 1 .. #tags: as many keys as the length says.
local function check_tags(tags)
  if type(tags) ~= "table" then return fail("$.tags", "array", tags) end
  for i = 1, #tags do
    if type(tags[i]) ~= "string" then
      return fail("$.tags[" .. i .. "]", "string", tags[i])
    end
  end
  local n = 0
  for _ in next, tags do n = n + 1 end
  if n ~= #tags then return nil, "$.tags: not an array" end
  return true
end

local function check_pos(pos)
  if type(pos) ~= "table" then return fail("$.pos", "table", pos) end
  if type(pos.x) ~= "number" then return fail("$.pos.x", "number", pos.x) end
  if type(pos.y) ~= "number" then return fail("$.pos.y", "number", pos.y) end
  return true
end

local function hand_open(v)
  if type(v) ~= "table" then return fail("$", "table", v) end
  if mtype(v.id) ~= "integer" then return fail("$.id", "integer", v.id) end
  if type(v.name) ~= "string" then return fail("$.name", "string", v.name) end
  local ok, err = check_tags(v.tags)
  if not ok then return nil, err end
  ok, err = check_pos(v.pos)
  if not ok then return nil, err end
  return true
end

local FIELDS = { id = true, name = true, tags = true, pos = true }
local POS = { x = true, y = true }

local function only(v, fields, path)
  for key in next, v do
    if not fields[key] then
      return nil, path .. ": unknown key " .. tostring(key)
    end
  end
  return true
end

local function hand_closed(v)
  local ok, err = hand_open(v)
  if not ok then return nil, err end
  ok, err = only(v, FIELDS, "$")
  if not ok then return nil, err end
  return only(v.pos, POS, "$.pos")
end

local function hand_copy(v)
  local ok, err = hand_closed(v)
  if not ok then return nil, err end
  local tags, pos = v.tags, v.pos
  return {
    id = v.id, name = v.name,
    tags = table.move(tags, 1, #tags, 1, {}),
    pos = { x = pos.x, y = pos.y },
  }
end

-- With axeberg ------------------------------------------------------------

local function closed(ax)
  return ax.schema { id = "integer", name = "string", tags = { "string" },
    pos = { x = "number", y = "number" } }
end

local function open(ax)
  local function record(fields) return ax.record(fields, { open = true }) end
  return ax.schema(record { id = "integer", name = "string",
    tags = { "string" }, pos = record { x = "number", y = "number" } })
end

--- The checks have to refuse what they should, or their time is no figure.
local function verify(check, isclosed)
  assert(check(VALUE))
  if check(wrong()) then error "accepts a wrong tag" end
  if check(no_array()) then error "accepts a table that is no array" end
  if isclosed and check(foreign()) then error "accepts a foreign key" end
end

local function axeberg(make, isclosed)
  return function(n)
    local schema = make(require "axeberg")
    verify(function(v) return schema:check(v) end, isclosed)
    for _ = 1, n do schema:check(VALUE) end
  end
end

local function axeberg_copy(n)
  local schema = closed(require "axeberg")
  verify(function(v) return schema:copy(v) end, true)
  local new = schema:copy(VALUE)
  assert(new ~= VALUE and new.tags ~= VALUE.tags and new.tags[8] == "h")
  for _ = 1, n do schema:copy(VALUE) end
end

local function hand(check, isclosed)
  return function(n)
    verify(check, isclosed)
    for _ = 1, n do check(VALUE) end
  end
end

return {
  {
    name = "schema-open",
    title = "check of {id, name, tags[8], pos{x, y}}, open record",
    unit = "a check",
    n = 1000000,
    run = { axeberg = axeberg(open), hand = hand(hand_open) },
    goals = { hand = { 0.55, 0.40 } },
  },
  {
    name = "schema-closed",
    title = "check of {id, name, tags[8], pos{x, y}}, closed record",
    unit = "a check",
    n = 500000,
    run = {
      axeberg = axeberg(closed, true),
      hand = hand(hand_closed, true),
    },
    goals = { Y = { 3.7 }, hand = { 0.40, 0.28 } },
  },
  {
    name = "schema-copy",
    title = "check and deep copy of the same, closed record",
    unit = "a copy",
    n = 500000,
    run = {
      axeberg = axeberg_copy,
      hand = hand(hand_copy, true),
    },
    goals = { Y = { 4.9 } },
  },
}
