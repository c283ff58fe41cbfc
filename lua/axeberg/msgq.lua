--- Message queues: options, and JSON as what the bytes mean.
-- @module axeberg.msgq

local core = require "axeberg.core"
local json = require "axeberg.json"

local M = {}

-- ---------------------------------------------------------------- options

local OPTIONS = {
  create = "boolean", exclusive = "boolean", mode = "mode",
  qbytes = "qbytes", schema = "schema", codec = "codec",
}

--- Raises about the options; it is a check that calls.
local function bad(text, ...)
  error(("bad argument #2 to 'msgqueue' (%s)"):format(text:format(...)), 5)
end

local checks = {}

function checks.boolean(name, value)
  if type(value) ~= "boolean" then
    bad("option \"%s\" is not true or false: %s", name, tostring(value))
  end
  return value
end

function checks.mode(name, value)
  local number = value
  if type(value) == "string" then
    number = value:find("^[0-7]+$") and tonumber(value, 8)
  end
  if math.type(number) ~= "integer" or number < 0 or number > 511 then
    bad("option \"%s\" is not a mode, as in \"0644\": %s", name,
      tostring(value))
  end
  return number
end

function checks.qbytes(_, value) return value end

function checks.schema(_, value) return core.schema(value) end

function checks.codec(name, value)
  if value == "json" then return json.codec() end
  if type(value) ~= "table" or type(value.encode) ~= "function"
    or type(value.decode) ~= "function" then
    bad("option \"%s\" is not \"json\" or a table with encode and decode: %s",
      name, tostring(value))
  end
  return value
end

local function unknown(name) bad("unknown option \"%s\"", tostring(name)) end

local function check(options)
  if options ~= nil and type(options) ~= "table" then
    error(("bad argument #2 to 'msgqueue' (table expected, got %s)"):format(
      type(options)), 3)
  end
  local checked = {}
  for name, value in pairs(options or {}) do
    local kind = OPTIONS[name]
    checked[name] = (checks[kind] or unknown)(name, value)
  end
  if checked.schema and not checked.codec
    and not (checked.schema:check("") or checked.schema:check("0")) then
    local text = tostring(checked.schema)
    if not text:find("string", 1, true) and not text:find("any", 1, true) then
      error(("bad argument #2 to 'msgqueue' (a schema that is no string "
        .. "needs a codec: %s)"):format(text), 3)
    end
  end
  return checked
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
  local checked = check(options)
  local bits = checked.mode or 384 -- 0600
  if checked.create ~= false then bits = bits | 512 end -- IPC_CREAT
  if checked.exclusive then bits = bits | 1024 end -- IPC_EXCL
  local codec = checked.codec or {}
  return core.msgqueue(key, { qbytes = checked.qbytes }, bits,
    checked.schema, codec.encode, codec.decode)
end

return M
