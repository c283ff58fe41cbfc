--- JSON as what bytes mean: for message queues and framed files.
-- @module axeberg.json

local M = {}

-- What lua-cjson writes has 14 digits; more would arrive as another number.
local DIGITS = "%.14g"

--- Raises if there is an integer that would not arrive as it is.
local function check_exact(value, depth)
  if math.type(value) == "integer" then
    if tonumber(DIGITS:format(value)) ~= value then
      error(("JSON: %d has more than 14 digits"):format(value), 0)
    end
  elseif type(value) == "table" and depth < 1000 then
    for key, inner in pairs(value) do
      if type(key) ~= "string" then check_exact(key, depth) end
      check_exact(inner, depth + 1)
    end
  end
end

--- JSON has but one kind of number: 3.0 becomes 3, as it was before.
local function integers(value)
  if type(value) == "number" then return math.tointeger(value) or value end
  if type(value) == "table" then
    for key, inner in pairs(value) do
      if type(inner) == "number" or type(inner) == "table" then
        value[key] = integers(inner)
      end
    end
  end
  return value
end

local codec -- once it was asked for

--- The codec: encode and decode, which raise what they cannot do.
function M.codec()
  if codec then return codec end
  local cjson = require "cjson".new() -- settings of our own
  codec = {
    encode = function(value)
      check_exact(value, 0)
      return cjson.encode(value)
    end,
    decode = function(bytes)
      local ok, value = pcall(cjson.decode, bytes)
      if not ok then error(value, 0) end -- where is of no interest
      return integers(value)
    end,
  }
  return codec
end

return M
