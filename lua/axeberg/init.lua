--- axeberg: a small kernel that lives inside a program.
-- Processes, typed channels and what else an operating system gives its
-- processes, cooperatively, on one thread.  See docs/ for a page per concept.
-- @module axeberg

local core = require "axeberg.core"

local M = {}
for name, value in pairs(core) do
  M[name] = value
end
M.mkfifo = core.fs.mkfifo
M.checkblock = nil -- for scope.lua only
M.waits = nil -- for report.lua only
M.description = nil -- for schema.lua only
M.region, M.layout, M.view = nil, nil, nil -- for shm.lua only
M.recorder, M.held = nil, nil -- for trace.lua and eyes.lua only

-- Lua looks for a function's name in all modules, in an order of chance: here
-- it finds no 'axeberg.core.wait', so errors speak of 'axeberg.wait'.  (A host
-- may have no package library.)
if package then
  package.loaded["axeberg.core"] = setmetatable({}, { __index = core })
end

-- Parts that are loaded when they are first used, since most programs use few
-- of them: their functions, by names, and their tables.
local FUNCTIONS = {
  framed = "framed",
  fs = "open",
  host = "popen",
  link = "link monitor",
  msgq = "msgqueue",
  report = "waitgraph",
  schema = "array enum integer map number optional record recursive string "
    .. "tuple union",
  scope = "scope",
  script = "script",
  shm = "shm",
  supervise = "supervise",
  trace = "trace",
}
-- fs: the file tree; host: the host's files and programs; shell: the shell;
-- sys: the plain system calls, by numbers instead of handles.
local TABLES = { fs = "fs", host = "host", shell = true, sys = true }

for part, names in pairs(FUNCTIONS) do
  for name in names:gmatch("%S+") do
    M[name] = function(...)
      local fn = require("axeberg." .. part)[name]
      M[name] = fn
      return fn(...)
    end
  end
end

for name in pairs(TABLES) do M[name] = nil end

setmetatable(M, { __index = function(_, name)
  local field = TABLES[name]
  if not field then return nil end
  local value = require("axeberg." .. name)
  if field ~= true then value = value[field] end
  M[name] = value
  return value
end })

--- What a deadlock's error says of itself is known to report.lua.
local function reported(event)
  return function(...)
    require "axeberg.report"
    return core.deadlock[event](...)
  end
end

M.deadlock = nil
core.deadlock.__name = "axeberg.deadlock"
core.deadlock.__tostring = reported "__tostring"
core.deadlock.__index = reported "__index"

return M
