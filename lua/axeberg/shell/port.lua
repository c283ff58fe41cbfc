--- What the shell needs of the kernel, in one place.
-- @module axeberg.shell.port

local ax = require "axeberg"

local M = {}

local PIPE = 65536 -- bytes in a pipe between commands

--- A pipe between two commands.
function M.pipe(capacity)
  return ax.pipe { capacity = capacity or PIPE }
end

--- A file from which a text can be read.
function M.document(text)
  local size = #text
  if size > 1048576 then
    local reader, writer = M.pipe()
    ax.spawn({ name = "here-document", stdout = writer, detached = true },
      function() ax.stdout():write(text) end)
    writer:close()
    return reader
  end
  local reader, writer = M.pipe(math.max(size, 1))
  writer:write(text)
  writer:close()
  return reader
end

--- Runs fn in a process with those files as 0, 1 and 2.
-- @return pid
function M.spawn(name, files, fn)
  return ax.spawn({ name = name, stdin = files[0] or false,
    stdout = files[1] or false, stderr = files[2] or false }, fn)
end

--- The running process's own 0, 1 and 2.
function M.stdio()
  return { [0] = ax.stdin(), ax.stdout(), ax.stderr() }
end

--- How a process ended, as a status of the shell.
function M.status(how, value)
  if how == "exited" then
    return math.type(value) == "integer" and value & 255
      or value == false and 1 or 0
  elseif how == "killed" then
    return value == "KILL" and 137 or 143
  end
  return 1
end

--- Waits for the end of a process: its status; nil: not in that time.  The
--- second value is the error that it failed with.
function M.wait(pid, timeout)
  local found, how, value = ax.wait(pid, timeout)
  if found then
    return M.status(how, value), how == "error" and value or nil
  end
  if value == "ETIMEDOUT" then return nil end
  return 127
end

return M
