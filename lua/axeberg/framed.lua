--- Checked messages over any stream of bytes: a value a line.
-- @module axeberg.framed

local core = require "axeberg.core"
local json = require "axeberg.json"

local M = {}

-- What a frame may have at most, unless it is said otherwise: 1 MiB.
local MOST = 1048576

local OPTIONS = { codec = true, schema = true, max = true }

--- Raises about the options; it is a check that calls.
local function bad(text, ...)
  error(("bad argument #2 to 'framed' (%s)"):format(text:format(...)), 4)
end

local function check_names(options)
  for name in pairs(options) do
    if not OPTIONS[name] then bad("unknown option \"%s\"", tostring(name)) end
  end
end

--- The codec that an option stands for.
local function codec_of(value)
  if value == nil or value == "json" then return json.codec() end
  if type(value) ~= "table" or type(value.encode) ~= "function"
    or type(value.decode) ~= "function" then
    bad("option \"codec\" is not \"json\" or a table with encode and "
      .. "decode: %s", tostring(value))
  end
  return value
end

local function max_of(value)
  if value == nil then return MOST end
  if math.type(value) ~= "integer" or value < 1 then
    bad("option \"max\" is not a whole number from 1: %s", tostring(value))
  end
  return value
end

local methods = {}
local meta = { __name = "axeberg.framed", __index = methods,
  __metatable = false }

--- Sends a value: waits until its frame is written, as long as the file's
-- settimeout says.
-- @param value that the codec can encode, and the schema, if there is one,
--   accepts
-- @return true; or nil, "closed", "timeout" or "full", and the name of it; or
--   nil, a sentence, "E2BIG": the frame is longer than the limit
-- @raise a value that does not match, or cannot be encoded
function methods:send(value)
  if value == nil then error("nil cannot be sent", 2) end
  if self.schema then
    local copy, message = self.schema:copy(value)
    if copy == nil then error("framed: " .. message, 2) end
    value = copy
  end
  local frame = self.codec.encode(value)
  if type(frame) ~= "string" then
    error("framed: the codec's encode made no string", 2)
  elseif frame:find("\n", 1, true) then
    error("framed: a frame cannot have a line end in it", 2)
  elseif #frame > self.max then
    return nil, ("the frame has %d bytes, the limit is %d"):format(#frame,
      self.max), "E2BIG"
  end
  -- what is left of one that was given up becomes a frame of its own, which
  -- the other side finds to be broken
  local lead = self.torn and "\n" or ""
  local ok, err, code, written = self.file:write(lead .. frame .. "\n")
  if ok then
    self.torn = nil
    return true
  end
  if written and written > 0 then self.torn = written > #lead end
  return nil, err, code
end

--- What the bytes of a frame mean.
local function decode(self, bytes)
  local ok, value = pcall(self.codec.decode, bytes)
  if not ok then
    return nil, "a broken frame: " .. tostring(value), "EPROTO", bytes
  end
  if self.schema then
    local copy, message = self.schema:copy(value)
    if copy == nil then return nil, message, "EPROTO", bytes end
    value = copy
  end
  if value == nil then
    return nil, "a broken frame: it means nil", "EPROTO", bytes
  end
  return value
end

--- What to do with a line: the value that it means, or why it means none; or
-- nothing, if it is to be passed over.
local function look(self, line)
  local whole = line:byte(-1) == 10
  if self.skips then -- the rest of one that is too long
    self.skips = not whole
  elseif whole then
    if #line > 1 then return decode(self, line:sub(1, -2)) end
  elseif #line > self.max then
    self.skips = true
    return nil, ("a frame of more than %d bytes"):format(self.max), "E2BIG"
  else
    return nil, "a broken frame: the stream ends in it", "EPROTO", line
  end
end

--- Receives a value.  A frame that is broken, too long, or does not match, is
-- answered once, and passed over: the next call goes on behind it.  Empty
-- lines mean nothing.
-- @tparam[opt] number timeout seconds; the file's settimeout, if it is nil
-- @return the value; or nil, "closed" (the end), "timeout" or "empty", and
--   the name of it; or nil, a sentence, "E2BIG"; or nil, a sentence, "EPROTO"
--   and the bytes
function methods:recv(timeout)
  if timeout ~= nil and type(timeout) ~= "number" then
    error(("bad argument #1 to 'recv' (number expected, got %s)"):format(
      type(timeout)), 2)
  end
  local began, left = core.now(), timeout
  while true do
    local line, err, code = self.file:readline(self.max + 1, left)
    left = timeout and math.max(0, began + timeout - core.now())
    if not line then
      if code == nil then return nil, "closed", "EPIPE" end
      return nil, err, code
    end
    local value, message, why, bytes = look(self, line)
    if value ~= nil then return value end
    if message then return nil, message, why, bytes end
  end
end

--- Closes the file.
function methods:close() return self.file:close() end

meta.__close = methods.close

--- For `for value in frames`: the next value; nil at the end; raises what is
-- no value.
function meta.__call(self)
  local value, err, code = self:recv()
  if value == nil and code ~= "EPIPE" then error(err, 2) end
  return value
end

function meta.__tostring(self)
  return ("framed (%s)"):format(tostring(self.file))
end

--- Makes of a file something that sends or receives values, each as a line.
-- @tparam file file a pipe's end, a FIFO, a file of the tree or of the host
-- @tparam[opt] table options codec = "json" (default), or { encode =, decode
--   = } for bytes without line ends; schema = what values look like; max =
--   bytes of a frame at most (1048576)
-- @return an object with send, recv and close
function M.framed(file, options)
  if core.type(file) ~= "file" then
    error(("bad argument #1 to 'framed' (file expected, got %s)"):format(
      core.type(file) or type(file)), 2)
  end
  if options ~= nil and type(options) ~= "table" then
    error(("bad argument #2 to 'framed' (table expected, got %s)"):format(
      type(options)), 2)
  end
  options = options or {}
  check_names(options)
  return setmetatable({ file = file, codec = codec_of(options.codec),
    max = max_of(options.max),
    schema = options.schema ~= nil and core.schema(options.schema) or nil },
    meta)
end

return M
