--- fscalls - calls on files, made by chance on our side, and written down.
-- Each answers a line for the helper that makes the same call on the machine
-- (posix.c), and what that has to say.
local ax = require "axeberg"
local help = require "spec.support.helper"

local sys = ax.sys

local USER, FDS, PIPE = 54321, 16, 4096

local CREAT, EXCL, TRUNC, APPEND = 64, 128, 512, 1024
local NONBLOCK, DIRECTORY, NOFOLLOW = 2048, 65536, 131072

--- The numbers of the error names, from the header.
local function read_errno()
  local numbers = {}
  for line in io.lines("core/include/axeberg.h") do
    local name, number = line:match("^  X%((E%w+), (%d+),")
    if name then numbers[name] = tonumber(number) end
  end
  return assert(next(numbers)) and numbers
end

local M = { ERRNO = read_errno(), USER = USER, FDS = FDS }
local ERRNO = M.ERRNO

-- ---------------------------------------------------------------- answers

local function failed(code)
  return "-" .. assert(ERRNO[code], "unexpected " .. tostring(code))
end

--- What a call answered that answers true or a number.
local function plain(value, _, code)
  if value == nil then return failed(code) end
  return value == true and "0" or tostring(value)
end

local function bytes(value, _, code)
  if value == nil then return failed(code) end
  local sum = 0
  for i = 1, #value do sum = (sum * 31 + value:byte(i)) & 0xffffffff end
  return #value .. " " .. sum
end

local KINDS = { file = 32768, directory = 16384, link = 40960, fifo = 4096,
  char = 8192 }

local function stat(s, _, code)
  if s == nil then return failed(code) end
  return ("%o %d %d %d %d"):format(s.mode | KINDS[s.type], s.nlink, s.uid,
    s.gid, s.type == "directory" and 0 or s.size)
end

local function names(list, _, code)
  if list == nil then return failed(code) end
  list[#list + 1] = #list
  return table.concat(list, " ")
end

-- ------------------------------------------------------------------ chance

local LETTERS = { "a", "a", "b", "b", "c", "d", "e" }
local SHAPES = { "%s", "%s", "%s", "%s", "%s", "%s", "%s/%s", "%s/%s",
  "%s/%s", "%s/%s/%s", "./%s", "%s/", "%s//%s", "%s/.", "%s/..", "../%s",
  "%s/../%s", ".", "..", "", "B/%s", "B/%s/%s", "%s%s" }

--- What is decided by chance, in a folder.
function M.chance(seed, base)
  local random = help.generator(seed)
  local chance = { random = random }
  function chance.pick(list) return list[random(#list)] end
  function chance.path()
    if random(200) == 1 then return ("n"):rep(253 + random(4)) end
    local shape = chance.pick(SHAPES)
    local function letter() return chance.pick(LETTERS) end
    return (shape:gsub("%%s", letter):gsub("B", base))
  end
  function chance.fd()
    local fds = sys.fds()
    if #fds <= 3 or random(20) == 1 then return random(FDS + 3) + 2 end
    return fds[3 + random(#fds - 3)]
  end
  return chance
end

local function written(path) return path == "" and "%" or path end

-- -------------------------------------------------------------------- pipes

-- Pipes of the machine give room back by whole pages; ours by bytes.  So it
-- is known how many bytes are in a pipe, and how many were read since it was
-- empty, and calls to which both have their own answer are not made.

local streams = {}
streams.__index = streams

--- What is known of the pipes of a process.
function M.streams()
  return setmetatable({ by_fd = {}, fifos = {} }, streams)
end

--- A descriptor is open now: as another one, or (from nil) newly.
function streams:opened(fd, from)
  local s = from and self.by_fd[from]
  local what = sys.fstat(fd)
  if not s and what.type == "fifo" then
    s = { stream = self.fifos[what.ino] or { held = 0, read = 0, ends = 0 },
      ino = what.ino, fds = 0 }
    self.fifos[s.ino] = s.stream
    s.stream.ends = s.stream.ends + 1
  end
  if s then s.fds = s.fds + 1 end
  self.by_fd[fd] = s
end

function streams:closed(fd)
  local s = self.by_fd[fd]
  self.by_fd[fd] = nil
  if not s then return end
  s.fds = s.fds - 1
  if s.fds > 0 then return end
  s.stream.ends = s.stream.ends - 1
  if s.stream.ends == 0 then self.fifos[s.ino] = nil end
end

--- Do both have the same answer to a write of so many bytes?
function streams:decided(fd, size)
  local s = self.by_fd[fd] and self.by_fd[fd].stream
  if not s or s.held == 0 or size == 0 then return true end
  if size > PIPE then return s.held == PIPE end
  return s.read + s.held + size <= PIPE or size > PIPE - s.held
end

function streams:moved(fd, count)
  local s = self.by_fd[fd] and self.by_fd[fd].stream
  if not s or not count then return end
  s.held = s.held + count
  if count < 0 then s.read = s.read - count end
  if s.held == 0 then s.read = 0 end
end

-- ---------------------------------------------------------------- the calls

-- Each makes a call by chance on our side and answers how the helper is to
-- be asked, and what it has to say.

local calls = {}
M.calls = calls

local MODES = { 420, 420, 438, 511, 493, 384, 256, 73, 0, 1005, 1517, 3565 }
local SIZES = { 0, 1, 7, 10, 100, 100, 1000, 4000, 4095, 4096, 4097, 9000 }

function calls.open(state, chance)
  local path, mode = chance.path(), chance.pick(MODES)
  local flags = NONBLOCK | chance.pick { 0, 0, 1, 2, 2 }
    | chance.pick { 0, 0, CREAT, CREAT, CREAT | EXCL, EXCL }
    | chance.pick { 0, 0, 0, TRUNC, APPEND, DIRECTORY, NOFOLLOW }
  if flags & CREAT > 0 and flags & DIRECTORY > 0
    or flags & (CREAT | EXCL) == EXCL
  then
    return
  end
  local fd, err, code = sys.open(path, flags, mode)
  if fd then state.streams:opened(fd) end
  return ("open %s %d %d"):format(written(path), flags, mode),
    plain(fd, err, code)
end

function calls.read(state, chance)
  local fd, size = chance.fd(), chance.pick(SIZES)
  local data, err, code = sys.read(fd, size)
  if data then state.streams:moved(fd, -#data) end
  return ("read %d %d"):format(fd, size), bytes(data, err, code)
end

function calls.write(state, chance)
  local fd, size = chance.fd(), chance.pick(SIZES)
  if not state.streams:decided(fd, size) then return end
  local letter = string.char(96 + chance.random(26))
  local done, err, code = sys.write(fd, letter:rep(size))
  state.streams:moved(fd, done)
  return ("write %d %s %d"):format(fd, letter, size), plain(done, err, code)
end

function calls.pread(_, chance)
  local fd, size = chance.fd(), chance.pick(SIZES)
  local at = chance.pick { 0, 1, 100, 5000, 100000, -1, math.maxinteger }
  if at < 0 and not sys.fstat(fd) then return end
  return ("pread %d %d %d"):format(fd, size, at),
    bytes(sys.pread(fd, size, at))
end

function calls.pwrite(_, chance)
  local fd, size = chance.fd(), chance.pick(SIZES)
  local at = chance.pick { 0, 1, 100, 5000, 20000, -1 }
  if (sys.fcntl(fd, "F_GETFL") or 0) & APPEND > 0 then return end
  if at < 0 and not sys.fstat(fd) then return end
  return ("pwrite %d p %d %d"):format(fd, size, at),
    plain(sys.pwrite(fd, ("p"):rep(size), at))
end

function calls.lseek(_, chance)
  local fd = chance.fd()
  local what = sys.fstat(fd)
  if what and what.type == "directory" then return end
  local offset = chance.pick { 0, 0, 1, 5, 100, 5000, -1, -5, -100000,
    math.mininteger }
  local whence = chance.pick { 0, 0, 1, 1, 2, 2, 9 }
  return ("lseek %d %d %d"):format(fd, offset, whence),
    plain(sys.lseek(fd, offset, whence))
end

function calls.ftruncate(_, chance)
  local fd = chance.fd()
  local size = chance.pick { 0, 0, 1, 100, 5000, 40000, -1 }
  if size < 0 and not sys.fstat(fd) then return end
  return ("ftruncate %d %d"):format(fd, size),
    plain(sys.ftruncate(fd, size))
end

function calls.close(state, chance)
  local fd = chance.fd()
  local ok, err, code = sys.close(fd)
  if ok then state.streams:closed(fd) end
  return "close " .. fd, plain(ok, err, code)
end

local function dup(name, call)
  calls[name] = function(state, chance)
    local fd = chance.fd()
    local to = 2 + chance.random(FDS + 1)
    local was = sys.fcntl(to, "F_GETFL")
    local new, err, code = call(fd, to)
    if new and name == "dup2" and was and new ~= fd then
      state.streams:closed(new)
    end
    if new and new ~= fd then state.streams:opened(new, fd) end
    return name == "dup" and "dup " .. fd or ("%s %d %d"):format(name, fd, to),
      plain(new, err, code)
  end
end

dup("dup", sys.dup)
dup("dup2", sys.dup2)
dup("dupfd", function(fd, to) return sys.fcntl(fd, "F_DUPFD", to) end)

function calls.pipe(state)
  local r, w, code = sys.pipe()
  if not r then return "pipe", failed(code) end
  for _, fd in ipairs { r, w } do sys.fcntl(fd, "F_SETFL", NONBLOCK) end
  state.streams:opened(r)
  state.streams:opened(w)
  return "pipe", r .. " " .. w
end

function calls.getfl(_, chance)
  local fd = chance.fd()
  local flags, err, code = sys.fcntl(fd, "F_GETFL")
  return "getfl " .. fd,
    plain(flags and flags & (3 | APPEND | NONBLOCK), err, code)
end

function calls.fstat(_, chance)
  local fd = chance.fd()
  return "fstat " .. fd, stat(sys.fstat(fd))
end

--- Calls that take a path, and perhaps one of a few numbers.
local function with_path(name, answer, numbers, call)
  call = call or sys[name]
  calls[name] = function(_, chance)
    local path = chance.path()
    local number = numbers and chance.pick(numbers)
    return ("%s %s%s"):format(name, written(path),
      number and " " .. number or ""), answer(call(path, number))
  end
end

with_path("stat", stat)
with_path("lstat", stat)
with_path("readlink", plain)
with_path("list", names, nil, ax.fs.list)
with_path("mkdir", plain, MODES)
with_path("mkfifo", plain, MODES)
with_path("unlink", plain)
with_path("rmdir", plain)
with_path("chmod", plain, MODES)
with_path("access", plain, { 0, 1, 2, 4, 5, 6, 7 })
with_path("truncate", plain, { 0, 1, 100, 5000, -1 })

local function with_two(name)
  calls[name] = function(_, chance)
    local from, to = chance.path(), chance.path()
    local there = name == "link" and sys.lstat(from)
    if there and sys.getuid() ~= 0 and there.uid ~= sys.getuid() then
      return -- fs.protected_hardlinks of Linux
    end
    return ("%s %s %s"):format(name, written(from), written(to)),
      plain(sys[name](from, to))
  end
end

with_two("rename")
with_two("link")
with_two("symlink")

function calls.chown(_, chance)
  local path = chance.path()
  local ids = { 0, USER, USER, 7 }
  local uid, gid = chance.pick(ids), chance.pick(ids)
  return ("chown %s %d %d"):format(written(path), uid, gid),
    plain(sys.chown(path, uid, gid))
end

function calls.umask(_, chance)
  local mask = chance.pick { 0, 18, 18, 18, 23, 63, 511 }
  return "umask " .. mask, plain(sys.umask(mask))
end

function calls.getcwd() return "getcwd", plain(sys.getcwd()) end

--- Never stays above the folder.
function calls.chdir(state, chance)
  local path = state.outside and state.base or chance.path()
  if chance.random(3) == 1 then path = state.base end
  local ok, err, code = sys.chdir(path)
  local cwd = sys.getcwd()
  state.outside = not (cwd and cwd:find(state.base, 1, true) == 1)
  return ("chdir %s"):format(written(path)), plain(ok, err, code)
end

--- The names of the calls, each as often as it is to be made.
M.OFTEN = {}
for name, weight in pairs { open = 12, read = 8, write = 10, pread = 2,
  pwrite = 2, lseek = 4, ftruncate = 2, close = 6, dup = 2, dup2 = 2,
  dupfd = 1, pipe = 2, getfl = 1, fstat = 4, stat = 5, lstat = 5,
  readlink = 2, list = 3, mkdir = 8, mkfifo = 6, unlink = 5, rmdir = 4,
  chmod = 3, access = 3, truncate = 2, rename = 10, link = 4, symlink = 5,
  chown = 3, umask = 1, getcwd = 2, chdir = 3 }
do
  for _ = 1, weight do M.OFTEN[#M.OFTEN + 1] = name end
end
table.sort(M.OFTEN)

return M
