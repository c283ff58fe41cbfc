--- Shared memory: options, string.pack formats, layouts of views.
-- @module axeberg.shm

local core = require "axeberg.core"
local option = require "axeberg.option"

local M = {}

-- ---------------------------------------------------------------- options

local kinds = option.kinds

local OPTIONS = { key = kinds.integer, create = kinds.boolean,
  exclusive = kinds.boolean, mode = kinds.mode }

--- Makes a segment of shared memory, or finds the one with a key.
-- @tparam[opt] integer size in bytes; nil: of one that is there
-- @tparam[opt] table options key = by which it is found; create = false: do
--   not make one; exclusive = true: do not take one that is there; mode =
--   "0600" of a new one, and what must be allowed on one that is there
-- @return the segment; or nil, a sentence, "ENOENT", "EEXIST", "EACCES",
--   "EINVAL", "ENOSPC", "EDQUOT"
function M.shm(size, options)
  if size ~= nil and not math.tointeger(size) then
    error(("bad argument #1 to 'shm' (size in bytes expected, got %s)")
      :format(type(size) == "number" and size or type(size)), 2)
  end
  local checked = option.check("shm", options, OPTIONS)
  local key = checked.key or 0
  local bits = checked.mode or 384 -- 0600
  if size == nil and key == 0 then
    error("bad argument #1 to 'shm' (a size, or a key, is needed)", 2)
  end
  if checked.create ~= false and size ~= nil then bits = bits | 512 end
  if checked.exclusive then bits = bits | 1024 end
  return core.shm(key, size or 0, bits)
end

-- ---------------------------------------------------------- pack, unpack

local region = core.region

--- Writes values as string.pack makes bytes of them.
-- @return the offset behind them; or as region:write
function region:pack(offset, format, ...)
  local bytes = string.pack(format, ...)
  local ok, err, code = self:write(offset, bytes)
  if not ok then return nil, err, code end
  return offset + #bytes
end

--- Reads more and more, as long as the format wants more.
local function unpack_open(self, offset, format)
  local size, rest = 64, #self - offset
  while true do
    local bytes, err, code = self:read(offset, math.min(size, rest))
    if not bytes then return nil, err, code end
    local results = table.pack(pcall(string.unpack, format, bytes))
    if results[1] then
      results[results.n] = results[results.n] - 1 + offset
      return table.unpack(results, 2, results.n)
    end
    if size >= rest then error(results[2], 3) end
    size = size * 8
  end
end

local function counted(...) return select("#", ...), ... end

--- The last of n values is a position in the bytes; here it is an offset.
local function moved(offset, n, ...)
  if n == 1 then return ... - 1 + offset end
  return (...), moved(offset, n - 1, select(2, ...))
end

--- Reads values as string.unpack makes them of bytes.
-- @return the values and the offset behind them; or as region:read
function region:unpack(offset, format)
  local fixed, size = pcall(string.packsize, format)
  if not fixed then return unpack_open(self, offset, format) end
  local bytes, err, code = self:read(offset, size)
  if not bytes then return nil, err, code end
  return moved(offset, counted(string.unpack(format, bytes)))
end

-- ------------------------------------------------------------------ views

local SIZES = { i8 = 1, u8 = 1, bool = 1, i16 = 2, u16 = 2, i32 = 4, u32 = 4,
  f32 = 4, i64 = 8, u64 = 8, f64 = 8 }

local function size_of(name)
  local size = SIZES[name]
    or type(name) == "string" and tonumber(name:match("^c(%d+)$"))
  if size and size > 0 then return size, SIZES[name] or 1 end
  error(("bad argument #1 to 'view' (unknown type \"%s\")"):format(
    tostring(name)), 0)
end

--- The fields in order: { name, type, offset or nil }.
local function fields_of(description)
  local fields = {}
  if description[1] ~= nil then
    for i, field in ipairs(description) do
      if type(field) ~= "table" or type(field[1]) ~= "string" then
        error("bad argument #1 to 'view' (a list has {name, type} in it)", 0)
      end
      fields[i] = { field[1], field[2], field[3] }
    end
    return fields
  end
  for name, kind in pairs(description) do
    if type(name) ~= "string" then
      error("bad argument #1 to 'view' (names of fields are strings)", 0)
    end
    local offset
    if type(kind) == "table" then kind, offset = kind[1], kind[2] end
    fields[#fields + 1] = { name, kind, offset }
  end
  table.sort(fields, function(a, b) return a[1] < b[1] end)
  return fields
end

local function aligned(offset, alignment)
  return (offset + alignment - 1) // alignment * alignment
end

--- What core.layout takes: the size of a record, names, types, offsets.
local function flatten(description)
  if type(description) == "string" then
    return size_of(description), { false, description, 0 }
  end
  if type(description) ~= "table" then
    error(("bad argument #1 to 'view' (table or type expected, got %s)")
      :format(type(description)), 0)
  elseif next(description) == nil then
    error("bad argument #1 to 'view' (a record with no fields)", 0)
  end
  local flat, at, most, size = {}, 0, 1, 0
  for _, field in ipairs(fields_of(description)) do
    local bytes, alignment = size_of(field[2])
    at = field[3] or aligned(at, alignment)
    for _, item in ipairs { field[1], field[2], at } do
      flat[#flat + 1] = item
    end
    at = at + bytes
    most, size = math.max(most, alignment), math.max(size, at)
  end
  return aligned(size, most), flat
end

--- A view of a record, or with a count of an array of them, or of numbers.
-- @param description { name = type, ... }: in the order of the names, aligned
--   as in C; or a list of { name, type }: in that order; a type may be
--   { type, offset }; or a type alone, for an array of numbers.  Types: i8
--   to i64, u8 to u64, f32, f64, bool, and cN for N characters
-- @tparam[opt] integer offset of the first one; default 0
-- @tparam[opt] integer count of an array
-- @tparam[opt] integer stride from one element to the next
function region:view(description, offset, count, stride)
  local ok, size, flat = pcall(flatten, description)
  if not ok then error(size, 2) end
  offset, stride = offset or 0, stride or size
  if type(description) == "string" and count == nil then
    count = math.max(0, (#self - offset) // stride)
  end
  local made, view = pcall(core.view, self, core.layout(size, flat), offset,
    count, stride)
  if not made then -- the region is its first argument, and was ours
    error(view:gsub("^bad argument #(%d+) to '.-'", function(argument)
      return ("bad argument #%d to 'view'"):format(argument - 1)
    end), 2)
  end
  return view
end

return M
