--- The host's files, and real programs: what is in ax.host, and ax.popen.
-- @module axeberg.host

local core = require "axeberg.core"
local modes = require "axeberg.mode"

local native = core.host
local host = {}

--- The flags of a mode; raises about an argument of the caller's caller.
local function flags_of(mode, argument, call)
  if mode == nil then return 0 end
  local flags = modes.flags(mode)
  if flags then return flags end
  error(("bad argument #%d to '%s' (invalid mode)"):format(argument, call), 3)
end

--- Opens a file of the host, as io.open does.
-- @tparam string path in the host's own tree
-- @tparam[opt="r"] string mode "r", "w", "a", "r+", "w+", "a+", with or
--   without a "b"
-- @return a file; or nil, a sentence, "ENOENT" and so on
function host.open(path, mode)
  if type(path) ~= "string" then
    error(("bad argument #1 to 'open' (string expected, got %s)"):format(
      path == nil and "no value" or type(path)), 2)
  end
  return native.open(path, flags_of(mode, 2, "open"))
end

--- A file over a descriptor that the host program has, a socket's for
-- example.  It is left as it is, and stays open unless it is to be owned.
-- @tparam integer fd its number in the host
-- @tparam[opt="r+"] string mode what may be done with it
-- @tparam[opt] table opts own = true: it is closed with the file
-- @return a file; or nil, a sentence, "EBADF"
function host.fd(fd, mode, opts)
  local flags = mode == nil and 2 or flags_of(mode, 2, "fd") & ~(64 | 512)
  if opts ~= nil and type(opts) ~= "table" then
    error(("bad argument #3 to 'fd' (table expected, got %s)"):format(
      type(opts)), 2)
  end
  for name in pairs(opts or {}) do
    if name ~= "own" then
      error(("bad argument #3 to 'fd' (unknown option \"%s\")"):format(
        tostring(name)), 2)
    end
  end
  return native.fd(fd, flags, opts and opts.own)
end

--- The number that the host has for a file.  From now on the descriptor
-- blocks, for others who use it.
-- @param file a file
-- @treturn ?integer nil: it is no file of the host
function host.descriptor(file)
  return native.descriptor(file)
end

-- --------------------------------------------------------------- programs

local KNOWN = { stdin = true, stdout = true, stderr = true, env = true,
  cwd = true, clean = true }
local STANDARD = { "stdin", "stdout", "stderr" }
local WORDS = { null = -1, pipe = -2 }

--- Raises about popen's argument; level 3: it is popen that calls.
local function bad(message, level)
  error("bad argument #1 to 'popen' (" .. message .. ")", level or 4)
end

--- Is that a word for a program?
local function is_text(value)
  return type(value) == "string" or type(value) == "number"
end

--- Its environment as a list: the host's unless it is to be clean, and what
-- is in the table; false takes a name away.
local function environment(changes, clean)
  if changes == nil and not clean then return nil end
  if type(changes) ~= "table" and changes ~= nil then
    bad("option \"env\" is not a table")
  end
  changes = changes or {}
  local list = {}
  for _, entry in ipairs(clean and {} or native.environ()) do
    local name = entry:match "^(.[^=]*)="
    if name and changes[name] == nil then list[#list + 1] = entry end
  end
  for name, value in pairs(changes) do
    if type(name) ~= "string" or name:find "[=\0]" or name == "" then
      bad("option \"env\": no such name")
    end
    if is_text(value) then
      list[#list + 1] = name .. "=" .. value
    elseif value then
      bad(("option \"env\": \"%s\" is not a string: %s"):format(name,
        tostring(value)))
    end
  end
  return list
end

--- What is asked for as its stdin, stdout or stderr: a number for launch,
-- and the file, if that is one that only axeberg knows.
local function stream(options, i)
  local name = STANDARD[i]
  local want = options[name]
  if want == nil then want = i == 3 and "inherit" or "pipe" end
  if want == "inherit" then return i - 1 end
  if want == "stdout" and i == 3 then return -3 end
  if WORDS[want] then return WORDS[want] end
  if core.type(want) ~= "file" then
    bad(("option \"%s\" is neither a file nor a word for one: %s"):format(name,
      tostring(want)))
  end
  local fd = native.descriptor(want)
  if fd then return fd end
  return WORDS.pipe, want
end

--- The body of a process that brings all from its stdin to a file.
local function feed(to)
  local from <const> = core.stdin
  while true do
    local bytes = from:readsome(65536)
    if not bytes or not to:write(bytes) then break end
  end
  to:close()
end

--- The other direction: all from a file to its stdout.
local function drain(from)
  local to <const> = core.stdout
  while true do
    local bytes = from:readsome(65536)
    if not bytes or not to:write(bytes) then break end
  end
  from:close()
end

--- Begins the processes between the program and files of axeberg.  Those
-- that bring what it says are waited for; who was to bring it more is not:
-- nobody knows whether more will ever come.
local function pump(program, files)
  local pids = {}
  for i, file in pairs(files) do
    local side = i == 1 and "stdin" or "stdout"
    local pid = core.spawn({ name = "pump", detached = true,
      [side] = file }, i == 1 and feed or drain, program[STANDARD[i]])
    if i > 1 then pids[#pids + 1] = pid end
  end
  native.pumps(program, pids)
  return program
end

--- Starts a program of the host's system.
-- @tparam string|table what a line for the shell, /bin/sh; or the program,
--   which is looked for in PATH, and its arguments, and the options stdin,
--   stdout, stderr ("pipe", "inherit", "null", a file; stderr also
--   "stdout"), env (a table of what is other than here; false: not at
--   all), clean (true: nothing of the environment but env) and cwd
-- @return a program, with the files stdin, stdout and stderr where those are
--   pipes; or nil, a sentence, "ENOENT" and so on
local function popen(what)
  local options, args = what, {}
  if type(what) == "string" then
    options, args = {}, { "/bin/sh", "-c", what }
  elseif type(what) ~= "table" then
    bad("string or table expected, got " .. type(what), 3)
  end
  for key, value in pairs(options) do
    if math.type(key) == "integer" then
      if not is_text(value) then
        bad(("word %d is not a string: %s"):format(key, tostring(value)), 3)
      end
      args[key] = tostring(value)
    elseif not KNOWN[key] then
      bad(("unknown option \"%s\""):format(tostring(key)), 3)
    end
  end
  if #args == 0 then bad("no program", 3) end
  local wants, files = {}, {}
  for i = 1, 3 do wants[i], files[i] = stream(options, i) end
  local program, err, code = native.launch(args,
    environment(options.env, options.clean), options.cwd,
    table.unpack(wants))
  if not program then
    if options.cwd then -- which of the two it was, the system does not say
      err = ("in %s: %s"):format(options.cwd, err)
    end
    return nil, err, code
  end
  return next(files) and pump(program, files) or program
end

function host.popen(what) return popen(what) end

--- Waits until the program has ended, and everything from it is through that
-- goes by way of files of axeberg.
-- @function program:wait
-- @tparam[opt] number timeout seconds
-- @return "exited" and its code; "killed" and the signal; or nil, "timeout",
--   "ETIMEDOUT"
function native.program:wait(timeout)
  if timeout ~= nil and type(timeout) ~= "number" then
    error(("bad argument #1 to 'wait' (number expected, got %s)"):format(
      type(timeout)), 2)
  end
  local began = core.now()
  local how, code, errno = self:ended(timeout)
  if not how then return nil, code, errno end
  for _, pid in ipairs(self.pumps or {}) do
    local left = timeout and math.max(0, began + timeout - core.now())
    local found, err, why = core.watch(pid, left)
    if not found and why == "ETIMEDOUT" then return nil, err, why end
  end
  return how, code
end

return { host = host, popen = function(what) return popen(what) end }
