--- Scripts: texts that become processes with globals of their own.
-- A script sees what it is given and nothing else.  The tables of libraries
-- are shown to it through views that cannot be changed, so that scripts do
-- not meet there.
-- @module axeberg.script

local core = require "axeberg.core"

local M = {}

-- What cannot do harm.  Missing on purpose: what loads code (it would see
-- the real globals), finalizers (nothing can stop one that runs away), what
-- reaches files and the program, and garbage collection.
local SAFE = { "assert", "ax", "coroutine", "error", "getmetatable", "ipairs",
  "math", "next", "pairs", "pcall", "print", "rawequal", "rawget", "rawlen",
  "rawset", "select", "setmetatable", "string", "table", "tonumber",
  "tostring", "type", "utf8", "xpcall" }

-- Of axeberg: what concerns the script itself and what it was handed.
local OWN = { "VERSION", "after", "any", "array", "cancelled", "channel",
  "enum", "every", "exit", "getpid", "integer", "map", "now", "null",
  "number", "optional", "record", "recursive", "schema", "select", "sleep",
  "string", "tuple", "type", "union", "wait", "wrap", "yield" }

local NAMES = { name = true, priority = true, globals = true, quantum = true,
  warn = true, kill = true, detached = true, parent = true }

-- ------------------------------------------------------------ guarded ones

local function guarded_setmetatable(t, mt)
  if type(mt) == "table" and rawget(mt, "__gc") ~= nil then
    error("a script cannot have finalizers", 2)
  end
  if type(t) == "table" and getmetatable(t) == false then
    error("cannot change a protected metatable", 2)
  end
  return setmetatable(t, mt)
end

--- That of strings is everybody's.
local function guarded_getmetatable(value)
  if type(value) == "table" then return getmetatable(value) end
end

--- Priorities and limits are the host's: children inherit the limits.
local function guarded_spawn(options, ...)
  if type(options) ~= "table" then return core.spawn(options, ...) end
  return core.spawn({ name = options.name, detached = options.detached }, ...)
end

-- ----------------------------------------------------------------- views

local views = setmetatable({}, { __mode = "k" })

--- A table through which another can be read, but not changed.
local function view(t)
  local v = views[t]
  if not v then
    v = setmetatable({}, {
      __index = t,
      __newindex = function() error("this table cannot be changed", 2) end,
      __pairs = function() return next, t end,
      __metatable = false,
    })
    views[t] = v
  end
  return v
end

local function own_part()
  local ax, part = require "axeberg", {}
  for _, name in ipairs(OWN) do part[name] = ax[name] end
  part.spawn = guarded_spawn
  return part
end

local guarded -- name -> value, for the names in SAFE that are not plain

local function chosen(name)
  guarded = guarded or { ax = view(own_part()),
    setmetatable = guarded_setmetatable, getmetatable = guarded_getmetatable }
  local value = guarded[name]
  if value == nil then value = _G[name] end
  if type(value) == "table" and getmetatable(value) == nil then
    return view(value)
  end
  return value
end

-- ----------------------------------------------------------- environments

local safe -- the metatable of environments with what is safe

--- The metatable of an environment that shows these globals.
local function shown(globals)
  if globals == nil and safe then return safe end
  local visible = {}
  for key, value in pairs(globals or SAFE) do
    if math.type(key) == "integer" then
      if type(value) ~= "string" then
        return nil, "globals: the list is one of names"
      end
      visible[value] = chosen(value)
      if visible[value] == nil then
        return nil, ("globals: there is no \"%s\""):format(value)
      end
    else
      visible[key] = value
    end
  end
  local metatable = { __index = visible, __metatable = false }
  if globals == nil then safe = metatable end
  return metatable
end

-- ----------------------------------------------------------------- script

local function check(options, text)
  if type(options) ~= "table" then
    error(("bad argument #1 to 'script' (table or string expected, got %s)")
      :format(type(options)), 3)
  end
  for name in pairs(options) do
    if not NAMES[name] then
      error(("bad argument #1 to 'script' (unknown option \"%s\")")
        :format(tostring(name)), 3)
    end
  end
  if type(text) ~= "string" then
    error(("bad argument #2 to 'script' (string expected, got %s)")
      :format(type(text)), 3)
  end
end

local function spawn(options, text, ...)
  local metatable, problem = shown(options.globals)
  if not metatable then return nil, problem, "EINVAL" end
  local env = {}
  env._G = env
  local main, message = load(text, "=" .. (options.name or "script"), "t",
    setmetatable(env, metatable))
  if not main then return nil, message, "EINVAL" end
  return core.spawn({ name = options.name, priority = options.priority,
    quantum = options.quantum, warn = options.warn, kill = options.kill,
    detached = options.detached, parent = options.parent }, main, ...)
end

--- Makes a process of a text in Lua, with globals of its own.
-- @tparam[opt] table options those of spawn; name, also for messages; and
--   globals: a list of names of globals that it sees, or names and values,
--   or both; without it, what cannot do harm
-- @tparam string text Lua source; bytecode is refused
-- @param ... what the script finds in its "..."; handles move to it
-- @treturn[1] integer pid
-- @return[2] nil, message, "EINVAL": the text is no Lua
function M.script(options, ...)
  if type(options) == "string" then return spawn({}, options, ...) end
  check(options, (...))
  return spawn(options, ...)
end

return M
