--- axeberg: a small kernel that lives inside a program.
-- Processes, typed channels and what else an operating system gives its
-- processes, cooperatively, on one thread.  See docs/ for a page per concept.
-- @module axeberg

local core = require "axeberg.core"

local M = {}
for name, value in pairs(core) do
  M[name] = value
end
M.deadlock, M.waits = nil, nil -- for report.lua only
M.description = nil -- for schema.lua only
M.region, M.layout, M.view = nil, nil, nil -- for shm.lua only
M.recorder, M.held = nil, nil -- for trace.lua and eyes.lua only
for _, part in ipairs { "framed", "fs", "host", "link", "msgq", "report",
  "schema", "scope", "script", "shm", "supervise", "trace" } do
  for name, value in pairs(require("axeberg." .. part)) do
    M[name] = value
  end
end

--- The plain system calls, by numbers instead of handles.
M.sys = require "axeberg.sys"

--- Runs fn with its arguments in a world of its own; argument: which one of
-- the caller's fn is.
local function run(argument, options, fn, ...)
  if type(fn) ~= "function" then
    error(("bad argument #%d to 'run' (function expected, got %s)"):format(
      argument, fn == nil and "no value" or type(fn)), 2)
  end
  local results
  local function main(...)
    results = table.pack(fn(...))
  end
  local status = core.run(options, main, ...)
  if not results then return status end
  return table.unpack(results, 1, results.n)
end

--- Runs a function as process 1 of a fresh kernel until all its processes
-- are done.  Without a function: runs the kernel that there is until all its
-- processes are done.
-- @tparam[opt] table options clock = "real" (default) or "virtual";
--   seed = integer, of every choice made by chance (default 0)
-- @tparam[opt] function fn the body of process 1
-- @param ... its arguments; handles among them do not move
-- @return what fn returned, or gave to ax.exit
-- @raise the error that fn raised, with a traceback; a report if nothing
--   can run any more and somebody waits
function M.run(options, ...)
  if options == nil then return core.run() end
  if type(options) == "table" then return run(2, options, ...) end
  return run(1, {}, options, ...)
end

return M
