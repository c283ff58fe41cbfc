--- Scripts as programs, and programs that run others.
-- @module axeberg.shell.command

local ax = require "axeberg"
local launch = require "axeberg.shell.launch"

local M = {}

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
function M.script(sh, path)
  return function(io)
    local file = io:open(path) or io:exit(126)
    local text = file:read("a")
    file:close()
    local child = fresh(sh, path, io.args,
      { [0] = io.stdin, io.stdout, io.stderr }, io.env)
    return child:main(text)
  end
end

--- Runs a program for another one; its status.
function M.run(io, words, options)
  io:flush()
  local sh = io.shell
  local program, status = launch.find(sh, words[1])
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
  local result = launch.program(sh, program, words[1], args, files,
    options and options.env or io.env)
  if null then null:close() end
  return result
end

return M
