--- Options of calls that find or make something with a key and a mode.
-- @module axeberg.option

local octal = require "axeberg.mode".octal

local M = {}

--- Raises about the second argument of a call; a kind of option calls it.
local function bad(call, text, ...)
  error(("bad argument #2 to '%s' (%s)"):format(call, text:format(...)), 5)
end

M.bad = bad

-- What an option may be: kind(call, name, value) answers the value as it is
-- used, or raises.
local kinds = {}

function kinds.boolean(call, name, value)
  if type(value) == "boolean" then return value end
  bad(call, "option \"%s\" is not true or false: %s", name, tostring(value))
end

function kinds.integer(call, name, value)
  if math.type(value) == "integer" then return value end
  bad(call, "option \"%s\" is not a whole number: %s", name, tostring(value))
end

function kinds.mode(call, name, value)
  local number = value
  if type(value) == "string" then number = octal(value) end
  if math.type(number) == "integer" and number >= 0 and number <= 511 then
    return number
  end
  bad(call, "option \"%s\" is not a mode, as in \"0644\": %s", name,
    tostring(value))
end

M.kinds = kinds

local function unknown(call, name)
  bad(call, "unknown option \"%s\"", tostring(name))
end

--- Checks the options of a call, for the function that the user called.
-- @tparam string call its name
-- @tparam ?table options
-- @tparam table known name -> kind
-- @treturn table the options as they are used
function M.check(call, options, known)
  if options ~= nil and type(options) ~= "table" then
    error(("bad argument #2 to '%s' (table expected, got %s)"):format(call,
      type(options)), 3)
  end
  local checked = {}
  for name, value in pairs(options or {}) do
    checked[name] = (known[name] or unknown)(call, name, value)
  end
  return checked
end

return M
