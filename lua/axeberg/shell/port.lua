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
      function() ax.stdout:write(text) end)
    writer:close()
    return reader
  end
  local reader, writer = M.pipe(math.max(size, 1))
  writer:write(text)
  writer:close()
  return reader
end

local STANDARD = { [0] = "stdin", "stdout", "stderr" }

--- The running process's own 0, 1 and 2.
function M.stdio()
  return { [0] = ax.stdin, ax.stdout, ax.stderr }
end

--- A file of its own for what another one stands for.
local function duplicate(file)
  local sys = ax.sys
  local fd = sys.fileno(file)
  if not fd then return nil end
  local new = sys.fdopen(fd)
  sys.close(fd)
  return new
end

--- Runs fn in a process, which is given a table of its files: 0, 1 and 2 are
-- its standard ones, the others its own as well.
-- @return pid
function M.spawn(name, files, fn)
  local options = { name = name }
  local numbers, extra = {}, {}
  for fd, file in pairs(files) do
    if fd > 2 then
      numbers[#numbers + 1] = fd
      extra[#extra + 1] = duplicate(file)
    end
  end
  for fd = 0, 2 do options[STANDARD[fd]] = files[fd] end
  local closed = not (files[0] and files[1] and files[2])
    and { not files[0], not files[1], not files[2] }
  return ax.spawn(options, function(...)
    local own = M.stdio()
    for fd = 0, 2 do
      if closed and closed[fd + 1] then
        own[fd]:close()
        own[fd] = nil
      end
    end
    for i = 1, #numbers do own[numbers[i]] = (select(i, ...)) end
    return fn(own)
  end, table.unpack(extra))
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
