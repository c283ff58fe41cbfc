--- Descriptions of schemas, for what plain tables cannot say.
-- Each function returns a description: a marked table that `ax.schema` and
-- `ax.channel` understand, as they do names ("integer"), records
-- (`{ id = "integer" }`) and arrays (`{ "string" }`).  They do no more than
-- that; what is wrong with a description is said when it is compiled.
-- @module axeberg.schema

local core = require "axeberg.core"

local M = {}

local mark = core.description

--- Raises, at the line of who called the function of this name.
local function check_table(n, name, value, level)
  if type(value) == "table" then return end
  error(("bad argument #%d to '%s' (table expected, got %s)"):format(n, name,
    type(value)), level or 3)
end

local function check_options(n, name, options)
  if options ~= nil then check_table(n, name, options, 4) end
end

local function describe(kind, parts)
  local copy = { kind = kind }
  for key, value in next, parts or {} do copy[key] = value end
  copy.kind = kind
  return setmetatable(copy, mark)
end

--- What s describes, or nothing at all: for fields and positions that may
-- be absent.
-- @param s a description
function M.optional(s) return describe("optional", { s }) end

--- One of some values.
-- @tparam table list strings, numbers, booleans
function M.enum(list)
  check_table(1, "enum", list)
  return describe("enum", list)
end

--- The first that fits of some alternatives.
-- @tparam table list descriptions
function M.union(list)
  check_table(1, "union", list)
  return describe("union", list)
end

--- A table whose keys and values are each of one kind.
-- @param key what describes the keys: strings, numbers or booleans
-- @param value what describes the values
function M.map(key, value) return describe("map", { key, value }) end

--- A table with the keys 1..n and no others.
-- @param s what describes each element
-- @tparam[opt] table options min, max: how many elements
function M.array(s, options)
  check_options(2, "array", options)
  local d = describe("array", options)
  d[1] = s
  return d
end

--- A table with the keys 1..n, each described by itself.
-- @tparam table list descriptions; optional ones may be absent
function M.tuple(list)
  check_table(1, "tuple", list)
  return describe("tuple", list)
end

--- A table with named fields, as `{ name = s }` by itself.
-- @tparam table fields descriptions by name
-- @tparam[opt] table options open = true: other fields are let through
function M.record(fields, options)
  check_options(2, "record", options)
  local d = describe("record", options)
  d.fields = fields
  return d
end

--- An integer; a float that has an integer value arrives as an integer.
-- @tparam[opt] table options min, max
function M.integer(options)
  check_options(1, "integer", options)
  return describe("integer", options)
end

--- A number.
-- @tparam[opt] table options min, max
function M.number(options)
  check_options(1, "number", options)
  return describe("number", options)
end

--- A string.
-- @tparam[opt] table options min, max: how many bytes; pattern: a Lua
--   pattern that is found in it
function M.string(options)
  check_options(1, "string", options)
  return describe("string", options)
end

--- A description that contains itself.
-- @tparam function fn gets the description that is being made, and returns
--   what it describes
function M.recursive(fn)
  if type(fn) ~= "function" then
    error(("bad argument #1 to 'recursive' (function expected, got %s)")
      :format(type(fn)), 2)
  end
  local self = describe("recursive")
  self[1] = fn(self)
  return self
end

return M
