--- The plain system calls: numbers instead of handles, and the names that
-- the calls and their flags have in System V.
--
-- Flags are numbers, or names with "|" between them; a word of digits is
-- octal, as a mode is written: `msgget(5, "IPC_CREAT|0644")`.
-- @module axeberg.sys

local core = require "axeberg.core".sys
local octal = require "axeberg.mode".octal

local M = {}
for name, value in pairs(core) do
  M[name] = value
end

-- The numbers that they have in Linux.
local FLAGS = {
  IPC_CREAT = 512, -- 01000
  IPC_EXCL = 1024, -- 02000
  IPC_NOWAIT = 2048, -- 04000
  MSG_NOERROR = 4096, -- 010000
  MSG_EXCEPT = 8192, -- 020000
  SHM_RDONLY = 4096, -- 010000
  READ = 4096, -- the same
  READ_WRITE = 0,
  DIRECT = 1,
}
-- Of files: open, fcntl.
local FILE_FLAGS = {
  O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 64, O_EXCL = 128,
  O_TRUNC = 512, O_APPEND = 1024, O_NONBLOCK = 2048, O_DIRECTORY = 65536,
  O_NOFOLLOW = 131072,
}
local WHENCE = { SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2 }
local FCNTL = {
  F_DUPFD = 0, F_GETFL = 3, F_SETFL = 4, F_SETPIPE_SZ = 1031,
  F_GETPIPE_SZ = 1032,
}
local COMMANDS = { IPC_RMID = 0, IPC_SET = 1, IPC_STAT = 2 }

for _, constants in ipairs { FLAGS, FILE_FLAGS, WHENCE, FCNTL, COMMANDS,
  { IPC_PRIVATE = 0 } } do
  for name, value in pairs(constants) do
    M[name] = value
  end
end

--- What a word stands for; argument: of which one it is a part.
local function flag(word, call, argument)
  local value = FLAGS[word] or FLAGS["IPC_" .. word] or FLAGS["MSG_" .. word]
    or FLAGS["SHM_" .. word] or FILE_FLAGS[word] or FILE_FLAGS["O_" .. word]
    or octal(word)
  if value then return value end
  error(("bad argument #%d to '%s' (unknown flag \"%s\")"):format(argument,
    call, word), 4)
end

--- Flags as a number.
local function flags(value, call, argument)
  if type(value) ~= "string" then return value end
  local number = 0
  for word in value:gmatch("[^%s|]+") do
    number = number | flag(word, call, argument)
  end
  return number
end

--- The mode that a number, or a string of octal digits, stands for.
local function mode(value, call, argument)
  if type(value) ~= "string" then return value end
  local number = octal(value)
  if number then return number end
  error(("bad argument #%d to '%s' (mode \"%s\" is not octal)"):format(
    argument, call, value), 3)
end

--- The number that a name stands for, with or without its prefix.
local function number_of(value, names, prefix, call, argument)
  if type(value) ~= "string" then return value end
  local number = names[value] or names[prefix .. value]
  if number then return number end
  error(("bad argument #%d to '%s' (unknown name \"%s\")"):format(argument,
    call, value), 3)
end

--- Moves the offset of a descriptor.
-- @tparam integer fd
-- @tparam integer offset
-- @param[opt] whence SEEK_SET (default), SEEK_CUR, SEEK_END
-- @return where it is then; or nil, a sentence, "EBADF", "EINVAL", "ESPIPE"
function M.lseek(fd, offset, whence)
  return core.lseek(fd, offset,
    number_of(whence, WHENCE, "SEEK_", "lseek", 3))
end

--- Asks or changes what a descriptor is like.
-- @tparam integer fd
-- @param command F_GETFL, F_SETFL (O_NONBLOCK, O_APPEND), F_DUPFD (the lowest
--   number that will do), F_GETPIPE_SZ, F_SETPIPE_SZ (bytes)
-- @param[opt] argument of the command
-- @return a number, or true; or nil, a sentence, "EBADF", "EINVAL", "EMFILE",
--   "EBUSY", "EPERM"
function M.fcntl(fd, command, argument)
  local number = number_of(command, FCNTL, "F_", "fcntl", 2)
  if number == FCNTL.F_SETFL then argument = flags(argument, "fcntl", 3) end
  return core.fcntl(fd, number, argument)
end

-- ----------------------------------------------------------------- files

-- What OpenFlags are in the contract: to write is to make it, too.
local OPEN_FLAGS = { READ = 0, WRITE = 1 | 64 | 512, READ_WRITE = 2 | 64 }

--- The flags of open as a number.
local function open_flags(value)
  if type(value) ~= "string" then return value end
  if value:find "%f[%w_]READ%f[^%w_]" and value:find "%f[%w_]WRITE%f[^%w_]"
  then
    value = value:gsub("%f[%w_]READ%f[^%w_]", "READ_WRITE")
      :gsub("%f[%w_]WRITE%f[^%w_]", "")
  end
  local number = 0
  for word in value:gmatch("[^%s|]+") do
    local bit = OPEN_FLAGS[word] or FILE_FLAGS[word]
      or FILE_FLAGS["O_" .. word]
    if not bit then
      error(("bad argument #2 to 'open' (unknown flag \"%s\")"):format(word),
        3)
    end
    number = number | bit
  end
  return number
end

--- Opens a file.  A FIFO waits for its other side, unless O_NONBLOCK.
-- @tparam string path
-- @param[opt] bits O_RDONLY (default), O_WRONLY, O_RDWR, with O_CREAT,
--   O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK, O_DIRECTORY, O_NOFOLLOW; or READ,
--   WRITE (which makes the file, or empties it), READ|WRITE
-- @param[opt="666"] perm the mode of a new file, less the umask
-- @tparam[opt] number timeout seconds to wait for a FIFO
-- @return a descriptor; or nil, a sentence, "ENOENT" and so on
function M.open(path, bits, perm, timeout)
  return core.open(path, open_flags(bits or 0), mode(perm, "open", 3),
    timeout)
end

M.R_OK, M.W_OK, M.X_OK, M.F_OK = 4, 2, 1, 0

--- The queue with that key.
-- @tparam integer key IPC_PRIVATE: a new one without a key
-- @param bits IPC_CREAT, IPC_EXCL, and the mode; default 0
-- @return its number; or nil, a sentence, "ENOENT", "EEXIST", "EACCES",
--   "ENOSPC"
function M.msgget(key, bits)
  return core.msgget(key, flags(bits or 0, "msgget", 2))
end

--- Sends a message; waits for room.
-- @tparam integer id of the queue
-- @tparam integer mtype of the message, 1 or more
-- @tparam string data
-- @param[opt] bits IPC_NOWAIT
-- @return true; or nil, a sentence, "EAGAIN", "EINVAL", "EACCES", "EIDRM"
function M.msgsnd(id, mtype, data, bits)
  return core.msgsnd(id, mtype, data, flags(bits, "msgsnd", 4))
end

--- Receives a message; waits for one.
-- @tparam integer id of the queue
-- @tparam integer mtype 0: the oldest; n: the oldest of type n; -n: of the
--   lowest type up to n, the oldest
-- @tparam[opt] integer size how many bytes there may be; any, if it is nil
-- @param[opt] bits IPC_NOWAIT, MSG_NOERROR, MSG_EXCEPT
-- @return the type and the data; or nil, a sentence, "ENOMSG", "E2BIG",
--   "EINVAL", "EACCES", "EIDRM"
function M.msgrcv(id, mtype, size, bits)
  if type(size) == "string" and bits == nil then size, bits = nil, size end
  return core.msgrcv(id, mtype, size, flags(bits, "msgrcv", 4))
end

--- What a control call is called with: the number of its command, and the
-- change with its mode as a number.
local function control(command, change, call)
  if type(command) == "string" then
    local number = COMMANDS[command] or COMMANDS["IPC_" .. command]
    if not number then
      error(("bad argument #2 to '%s' (unknown command \"%s\")"):format(
        call, command), 3)
    end
    command = number
  end
  if command == M.IPC_SET and type(change) == "table"
    and type(change.mode) == "string" then
    change = setmetatable({ mode = mode(change.mode, call, 3) },
      { __index = change })
  end
  return command, change
end

--- Looks at a queue (IPC_STAT), changes it (IPC_SET), removes it (IPC_RMID).
-- @tparam integer id of the queue
-- @param command a number, or its name, with or without IPC_
-- @tparam[opt] table change for IPC_SET: uid, gid, mode, qbytes
-- @return true, for IPC_STAT a table; or nil, a sentence, "EINVAL",
--   "EACCES", "EPERM"
function M.msgctl(id, command, change)
  return core.msgctl(id, control(command, change, "msgctl"))
end

--- The segment of shared memory with that key.
-- @tparam integer key IPC_PRIVATE: a new one without a key; with one argument
--   alone that is the size, and the segment is private
-- @tparam integer size in bytes
-- @param bits IPC_CREAT, IPC_EXCL, and the mode; default 0
-- @return its number; or nil, a sentence, "ENOENT", "EEXIST", "EACCES",
--   "EINVAL", "ENOSPC", "EDQUOT"
function M.shmget(key, size, bits)
  if size == nil and bits == nil then
    return core.shmget(M.IPC_PRIVATE, key, 384) -- 0600
  end
  return core.shmget(key, size, flags(bits or 0, "shmget", 3))
end

--- Attaches a segment: the process has a region, until shmdt or its end.
-- @tparam integer id of the segment
-- @param[opt] bits READ or READ_WRITE (default), DIRECT
-- @return the number of the region; or nil, a sentence, "EINVAL", "EACCES",
--   "EDQUOT"
function M.shmat(id, bits)
  return core.shmat(id, flags(bits or 0, "shmat", 2))
end

--- Looks at a segment (IPC_STAT), changes it (IPC_SET), removes it
-- (IPC_RMID).
-- @tparam integer id of the segment
-- @param command a number, or its name, with or without IPC_
-- @tparam[opt] table change for IPC_SET: uid, gid, mode
-- @return true, for IPC_STAT a table; or nil, a sentence, "EINVAL",
--   "EACCES", "EPERM"
function M.shmctl(id, command, change)
  return core.shmctl(id, control(command, change, "shmctl"))
end

return M
