--- Commands as processes: programs, subshells, pipelines, what is captured.
-- @module axeberg.shell.launch

local ax = require "axeberg"
local catalog = require "axeberg.shell.catalog"
local context = require "axeberg.shell.context"
local exit = require "axeberg.shell.exit"
local port = require "axeberg.shell.port"

local M = {}

local eval -- eval(sh, node): runs a command; set by exec.lua

function M.set_eval(fn) eval = fn end

-- ---------------------------------------------------------------- programs

local run_words -- what Context:run does

--- A context for a program.
local function new_context(sh, name, args, files, env)
  return context.new { name = name, args = args, env = env, ax = ax,
    stdin = files[0], stdout = files[1], stderr = files[2], shell = sh,
    run = run_words, terminal = sh.terminal }
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

--- Notes that a process belongs to a job, so that all of it can be ended.
local function join(sh, pid)
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
  join(sh, pid)
  return M.wait(sh, pid, name)
end

-- --------------------------------------------------------------- subshells

--- The body of a process that is a shell.
function M.inside(sh, node)
  local fine, err = pcall(eval, sh, node)
  local status = sh.status
  if not fine then
    status = exit.status(err)
    if not status then error(err, 0) end
  end
  return M.leave(sh, status)
end

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

--- What a process is called, for ps.
local function title(node)
  if node.t ~= "simple" or not node.words[1] then return "sh" end
  local first = node.words[1][1]
  return first.t == "text" and not node.words[1][2] and first.s or "sh"
end

--- Spawns a subshell that runs a command.
-- @tparam table files 0, 1 and 2
-- @tparam[opt] table group the job that it is part of
-- @return pid
function M.subshell(sh, node, files, group)
  local child = sh:clone()
  child.group = group or sh.group
  child.final = true -- it ends with the command
  local pid = port.spawn(title(node), files, function(own)
    child.files = own
    return M.inside(child, node)
  end)
  join(child, pid)
  return pid
end

--- Spawns all commands of a pipeline.
-- @return their pids
function M.pipeline(sh, node, files, group)
  local pids, input = {}, nil
  for i, command in ipairs(node) do
    local own = {}
    for fd, file in pairs(files) do own[fd] = file end
    local reader, writer
    if i < #node then reader, writer = port.pipe() end
    if input then own[0] = input end
    if writer then own[1] = writer end
    pids[i] = M.subshell(sh, command, own, group)
    if input then input:close() end
    if writer then writer:close() end
    input = reader
  end
  return pids
end

--- What a command writes.
function M.capture(sh, node)
  if not node then
    sh.substatus = 0
    return ""
  end
  local reader, writer = port.pipe()
  local files = { [0] = sh.files[0], writer, sh.files[2] }
  local tested = sh.tested
  sh.tested = 0
  local pid = M.subshell(sh, node, files)
  sh.tested = tested
  writer:close()
  local text = reader:read("a") or ""
  reader:close()
  sh.status = M.wait(sh, pid, "sh")
  sh.substatus = sh.status
  return text
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

--- A shell that begins anew, as a script sees it.
local function fresh(sh, path, args, files, env)
  local child = sh:clone()
  child.values, child.exported, child.readonly = {}, {}, {}
  for name, value in pairs(env) do
    child.values[name], child.exported[name] = value, true
  end
  child.functions, child.options, child.frame = {}, {}, nil
  child.name, child.args, child.files = path, args, files
  child.status, child.final = 0, false
  return child
end

--- The script at a path as a program.
local function script(sh, path)
  return function(io)
    local file = io:open(path) or io:exit(126)
    local text = file:read("a")
    file:close()
    local child = fresh(sh, path, io.args,
      { [0] = io.stdin, io.stdout, io.stderr }, io.env)
    return child:main(text)
  end
end

--- The program of that name: a function; nil, 126 or 127: there is none.
function M.find(sh, name)
  local found = not name:find("/", 1, true) and catalog.find(name)
  if found then return found end
  if name:find("/", 1, true) then
    local ok, status = script_at(name)
    return ok and script(sh, name), status
  end
  for folder in (sh:get("PATH") or ""):gmatch("[^:]+") do
    local path = folder .. "/" .. name
    if script_at(path) then return script(sh, path), path end
  end
  return nil, 127
end

--- Says that a command was not found, and answers the status.
function M.missing(sh, name, status)
  sh:say(name .. (status == 126 and ": Permission denied" or ": not found"))
  return status
end

--- For programs that run others: io:run(words, { env =, stdin = false }).
function run_words(io, words, options)
  io:flush()
  local sh = io.shell
  local program, status = M.find(sh, words[1])
  if not program then
    return io:fail("'%s': %s", words[1], status == 126
      and "Permission denied" or "No such file or directory") and status
  end
  local files = { [0] = io.stdin, io.stdout, io.stderr }
  local null
  if options and options.stdin == false then
    null = ax.open("/dev/null")
    files[0] = null
  end
  local args = { table.unpack(words, 2) }
  local result = M.program(sh, program, words[1], args, files,
    options and options.env or io.env)
  if null then null:close() end
  return result
end

return M
