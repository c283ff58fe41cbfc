--- Shells in processes of their own: subshells, pipelines, what is captured.
-- @module axeberg.shell.subshell

local exec = require "axeberg.shell.exec"
local exit = require "axeberg.shell.exit"
local launch = require "axeberg.shell.launch"
local port = require "axeberg.shell.port"

local M = {}

--- The body of a process that is a shell.
function M.inside(sh, node)
  local fine, err = pcall(exec.eval, sh, node)
  local status = sh.status
  if not fine then
    status = exit.status(err)
    if not status then error(err, 0) end
  end
  return launch.leave(sh, status)
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
  launch.join(child, pid)
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
  sh.status = launch.wait(sh, pid, "sh")
  sh.substatus = sh.status
  return text
end

return M
