--- Message queues: options, and JSON as what the bytes mean.
-- @module axeberg.msgq

local core = require "axeberg.core"
local json = require "axeberg.json"
local option = require "axeberg.option"

local M = {}

-- ---------------------------------------------------------------- options

local kinds = option.kinds

local function as_it_is(_, _, value) return value end

local function schema(_, _, value) return core.schema(value) end

local function codec(call, name, value)
  if value == "json" then return json.codec() end
  if type(value) == "table" and type(value.encode) == "function"
    and type(value.decode) == "function" then
    return value
  end
  option.bad(call, "option \"%s\" is not \"json\" or a table with encode and "
    .. "decode: %s", name, tostring(value))
end

local OPTIONS = {
  create = kinds.boolean, exclusive = kinds.boolean, mode = kinds.mode,
  qbytes = as_it_is, schema = schema, codec = codec,
}

--- Raises if values of the schema cannot be bytes.
local function check_codec(checked)
  if checked.schema and not checked.codec
    and not (checked.schema:check("") or checked.schema:check("0")) then
    local text = tostring(checked.schema)
    if not text:find("string", 1, true) and not text:find("any", 1, true) then
      error(("bad argument #2 to 'msgqueue' (a schema that is no string "
        .. "needs a codec: %s)"):format(text), 3)
    end
  end
end

--- Finds the message queue with that key, or makes one.
-- @tparam[opt] integer key nil or 0: a new queue without a key
-- @tparam[opt] table options create = false: do not make one;
--   exclusive = true: do not take one that is there; mode = "0600" of a new
--   one, and what must be allowed on one that is there; qbytes = how many
--   bytes, and messages, a new one holds (16384); schema = what messages
--   look like; codec = "json", or { encode =, decode = }: how values are
--   bytes
-- @return the queue; or nil, a sentence, "ENOENT", "EEXIST", "EACCES",
--   "ENOSPC", "EPERM"
function M.msgqueue(key, options)
  if key ~= nil and not math.tointeger(key) then
    error(("bad argument #1 to 'msgqueue' (whole number expected, got %s)")
      :format(type(key) == "number" and key or type(key)), 2)
  end
  local checked = option.check("msgqueue", options, OPTIONS)
  check_codec(checked)
  local bits = checked.mode or 384 -- 0600
  if checked.create ~= false then bits = bits | 512 end -- IPC_CREAT
  if checked.exclusive then bits = bits | 1024 end -- IPC_EXCL
  local bytes = checked.codec or {}
  return core.msgqueue(key, { qbytes = checked.qbytes }, bits,
    checked.schema, bytes.encode, bytes.decode)
end

return M
