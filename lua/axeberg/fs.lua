--- The file tree: what is in ax.fs, and ax.open.
--
-- All calls act for the running process: its directory, its umask, its
-- user.  A call that fails answers nil, "path: sentence" and the errno's
-- name, as the io library does.  A mode is a number, or its octal digits:
-- 420 or "644".
-- @module axeberg.fs

local core = require "axeberg.core"
local modes = require "axeberg.mode"

local fs = {}
for name, value in pairs(core.fs) do
  fs[name] = value
end
fs.opendir, fs.mkfifo = nil, nil

local M = { fs = fs }

--- Raises, about an argument of the caller's caller.
local function bad(argument, call, message)
  error(("bad argument #%d to '%s' (%s)"):format(argument, call, message), 4)
end

--- Raises if the first argument of the caller is no path.
local function check_path(path, call)
  if type(path) == "string" or type(path) == "number" then return end
  error(("bad argument #1 to '%s' (string expected, got %s)"):format(call,
    path == nil and "no value" or type(path)), 3)
end

--- The mode that a number, or a string of octal digits, stands for.
local function octal(value, argument, call)
  local number = value
  if type(value) == "string" then
    number = modes.octal(value)
      or bad(argument, call, ("mode \"%s\" is not octal"):format(value))
  end
  if value == nil or math.type(number) == "integer" and number >= 0
    and number <= 4095 then
    return number
  end
  bad(argument, call, ("a mode is from 0 to 07777, octal: %s"):format(
    tostring(value)))
end

--- The options in a table: their names are among those of `known`.
local function options(value, known, argument, call)
  if value == nil then return {} end
  if type(value) ~= "table" then
    bad(argument, call, "table expected, got " .. type(value))
  end
  for name in pairs(value) do
    if not known[name] then
      bad(argument, call, ("unknown option \"%s\""):format(tostring(name)))
    end
  end
  return value
end

-- ---------------------------------------------------------------- opening

--- Opens a file, as io.open does.  A FIFO waits for its other side.
-- @tparam string path
-- @tparam[opt="r"] string mode "r", "w", "a", "r+", "w+", "a+", with or
--   without a "b"
-- @tparam[opt] number timeout seconds to wait for a FIFO
-- @return a file; or nil, a sentence, "ENOENT" and so on, "ETIMEDOUT"
function M.open(path, mode, timeout)
  check_path(path, "open")
  local flags = 0
  if mode ~= nil then
    flags = modes.flags(mode)
    if not flags then
      error("bad argument #2 to 'open' (invalid mode)", 2)
    end
  end
  return core.open(path, flags, nil, timeout)
end

-- ----------------------------------------------------------------- making

--- Makes the directories of a path that are not there.
local function mkdir_all(path, mode)
  for at in path:gmatch "()[^/]+" do
    if at > 1 then
      local ok, err, code = core.fs.mkdir(path:sub(1, at - 1), nil)
      if not ok and code ~= "EEXIST" then return nil, err, code end
    end
  end
  local ok, err, code = core.fs.mkdir(path, mode)
  if ok or code ~= "EEXIST" then return ok, err, code end
  local stat = core.fs.stat(path)
  if stat and stat.type == "directory" then return true end
  return nil, err, code
end

--- Makes a directory.
-- @tparam string path
-- @param[opt="777"] mode less the umask
-- @tparam[opt] table opts recursive = true: those above it, too, and none of
--   them has to be new
-- @return true; or nil, a sentence, "EEXIST" and so on
function fs.mkdir(path, mode, opts)
  if type(mode) == "table" and opts == nil then mode, opts = nil, mode end
  check_path(path, "mkdir")
  mode = octal(mode, 2, "mkdir")
  opts = options(opts, { recursive = true }, 3, "mkdir")
  if opts.recursive then return mkdir_all(tostring(path), mode) end
  return core.fs.mkdir(path, mode)
end

-- --------------------------------------------------------------- removing

--- Puts the entries of a directory on a stack.
local function push_entries(stack, path)
  local dir <close>, err, code = core.fs.opendir(path)
  if not dir then return nil, err, code end
  for name in dir.next, dir do
    stack[#stack + 1] = path .. "/" .. name
  end
  return true
end

--- Removes a file or an empty directory.
local function remove(path)
  local ok, err, code = core.fs.unlink(path)
  if code ~= "EISDIR" then return ok, err, code end
  return core.fs.rmdir(path)
end

local function remove_all(path)
  local stack = { path }
  while #stack > 0 do
    local top = stack[#stack]
    local ok, err, code = remove(top)
    if ok then
      stack[#stack] = nil
    elseif code == "ENOTEMPTY" then
      ok, err, code = push_entries(stack, top)
    end
    if not ok then return nil, err, code end
  end
  return true
end

--- Removes a file, a link, or an empty directory.
-- @tparam string path
-- @tparam[opt] table opts recursive = true: a directory with all that is in
--   it; where something cannot be removed the rest stays
-- @return true; or nil, a sentence, "ENOENT" and so on
function fs.remove(path, opts)
  opts = options(opts, { recursive = true }, 2, "remove")
  if opts.recursive then return remove_all(path) end
  return remove(path)
end

-- ---------------------------------------------------------------- looking

--- Is something there?
-- @tparam string path
-- @treturn boolean
function fs.exists(path)
  return core.fs.stat(path) ~= nil
end

--- Goes through a directory: `for name, type in ax.fs.dir(path) do`.
-- @tparam string path
-- @return an iterator of name, type ("file", "directory", "link", "fifo",
--   "char") and inode number, without "." and "..", in the order in which
--   they were made
-- @raise "path: sentence", as io.lines does
function fs.dir(path)
  check_path(path, "dir")
  local dir, err = core.fs.opendir(path)
  if not dir then error(err, 2) end
  return dir.next, dir, nil, dir
end

--- The names in a directory, in alphabetical order.
-- @tparam string path
-- @return an array of strings; or nil, a sentence, "ENOENT" and so on
function fs.list(path)
  check_path(path, "list")
  local dir <close>, err, code = core.fs.opendir(path)
  if not dir then return nil, err, code end
  local names = {}
  for name in dir.next, dir do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- --------------------------------------------------------------- changing

local MAY = { r = 4, w = 2, x = 1 }

--- May the process read, write, execute (or pass, for a directory)?
-- @tparam string path
-- @param[opt] want letters out of "rwx", or their sum (4, 2, 1); nothing: is
--   it there?
-- @return true; or nil, a sentence, "EACCES" and so on
function fs.access(path, want)
  if type(want) == "string" then
    local bits = 0
    for letter in want:gmatch "." do
      if not MAY[letter] then
        error(("bad argument #2 to 'access' (\"%s\" is not made of \"rwx\")")
          :format(want), 2)
      end
      bits = bits | MAY[letter]
    end
    want = bits
  end
  return core.fs.access(path, want)
end

return M
