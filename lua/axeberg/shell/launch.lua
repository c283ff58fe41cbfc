--- Programs as processes: which one a name means, how it is run.
-- @module axeberg.shell.launch

local ax = require "axeberg"
local catalog = require "axeberg.shell.catalog"
local context = require "axeberg.shell.context"
local exit = require "axeberg.shell.exit"
local port = require "axeberg.shell.port"

local M = {}

-- ---------------------------------------------------------------- programs

--- A context for a program.
local function new_context(sh, name, args, files, env)
  return context.new { name = name, args = args, env = env, ax = ax,
    stdin = files[0], stdout = files[1], stderr = files[2], shell = sh,
    run = M.run_words, terminal = sh.terminal or false }
end

--- Runs a program in the process that calls; its status.
function M.call(sh, program, name, args, files, env)
  return context.call(new_context(sh, name, args, files, env), program)
end

--- What to do with the end of a process that failed.
local function failed(sh, name, err)
  local file = sh.files[2]
  if file then file:write(name, ": ", tostring(err), "\n") end
end

--- For programs that run others: io:run(words, { env =, stdin = false }).
function M.run_words(...)
  return require("axeberg.shell.command").run(...)
end

--- Notes that a process belongs to a job, so that all of it can be ended.
function M.join(sh, pid)
  local group = sh.group
  if group then group[#group + 1] = pid end
end

--- Waits for a process of ours; its status.
function M.wait(sh, pid, name)
  local status, err = port.wait(pid)
  if err then failed(sh, name, err) end
  return status
end

--- Runs a program in a process of its own, and waits for it.
function M.program(sh, program, name, args, files, env)
  local pid = port.spawn(name, files, function(own)
    return M.call(sh, program, name, args, own, env)
  end)
  M.join(sh, pid)
  return M.wait(sh, pid, name)
end

-- ----------------------------------------------------------------- the end

--- Runs the trap for the end; the status with which the shell ends.
function M.leave(sh, status)
  local trap = sh.traps.EXIT
  sh.traps = {}
  if not trap or trap == "" then return status end
  sh.status, sh.skip = status, nil
  local fine, err = pcall(sh.source, sh, trap)
  if fine then return status end
  return exit.status(err) or error(err, 0)
end

-- ------------------------------------------------------------ by their name

--- Whether a path leads to a script that may be run; 126 or 127 if not.
local function script_at(path)
  local stat = ax.fs.stat(path)
  if not stat then return nil, 127 end
  if stat.type ~= "file" or not ax.fs.access(path, 1) then
    return nil, 126
  end
  return true
end

--- The program of that name: a function; nil, 126 or 127: there is none.
function M.find(sh, name)
  local found = not name:find("/", 1, true) and catalog.find(name)
  if found then return found end
  if name:find("/", 1, true) then
    local ok, status = script_at(name)
    return ok and require("axeberg.shell.command").script(sh, name), status
  end
  for folder in (sh:get("PATH") or ""):gmatch("[^:]+") do
    local path = folder .. "/" .. name
    if script_at(path) then
      return require("axeberg.shell.command").script(sh, path), path
    end
  end
  return nil, 127
end

--- Says that a command was not found, and answers the status.
function M.missing(sh, name, status)
  sh:say(name .. (status == 126 and ": Permission denied" or ": not found"))
  return status
end

return M
