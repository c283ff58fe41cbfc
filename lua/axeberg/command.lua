--- The program axeberg: run, sh, top, trace, -e.
--
-- Nothing is loaded before it is needed: a shell that is started for one
-- command should begin as fast as an interpreter.
-- @module axeberg.command

local M = {}

local USAGE, NOT_FOUND, NOT_READABLE = 2, 127, 126

-- What may stand before the script, the shell's arguments, or the code; true:
-- a value follows.
local OPTIONS = {
  ["--trace"] = true, ["--seed"] = true, ["--quantum"] = true,
  ["--mount"] = true, ["--load"] = true, ["--save"] = true,
  ["--virtual-time"] = false, ["--interval"] = true,
}

--- Says what is wrong on standard error; the exit status.
local function fail(status, text, ...)
  io.stderr:write("axeberg: ", text:format(...), "\n")
  return status
end

-- -------------------------------------------------------------- arguments

--- Does a value follow the word?
local function takes_value(word)
  return OPTIONS[word] and not word:find("=", 1, true)
end

--- The place of the first word that is no option of ours, from a place on.
local function first_word(args, at)
  while args[at] and args[at]:sub(1, 2) == "--" and args[at] ~= "--"
    and OPTIONS[args[at]:match("^[^=]*")] ~= nil do
    at = at + (takes_value(args[at]) and 2 or 1)
  end
  return at
end

--- Where the arguments begin that are not for us: those of the script, of the
--- shell, of the code.
local function rest_at(args)
  local at = first_word(args, 1)
  if args[at] == "-e" then return at + 2 end
  if args[at] == "sh" then
    at = first_word(args, at + 1)
    return args[at] == "--help" and at + 1 or at
  end
  if args[at] == "run" or args[at] == "top" then
    at = first_word(args, at + 1)
    if args[at] and not args[at]:find("^%-.") then return at + 1 end
  end
  return #args + 1 -- all of them are for us
end

--- The words before a place, for the parser: a command that takes the
--- kernel's options comes before all of them.
local function in_order(args, rest)
  local words, at = table.move(args, 1, rest - 1, 1, {}), first_word(args, 1)
  if args[at] == "run" or args[at] == "sh" or args[at] == "top" then
    table.insert(words, 1, table.remove(words, at))
  end
  return words
end

--- The commonest calls need no library.
local function parse_fast(args, rest)
  if args[1] == "sh" and rest == 2 then return { command = "sh" } end
  if args[1] == "run" and rest == 3 and not args[2]:find("^%-.") then
    return { command = "run", script = args[2] }
  end
end

--- "HOST:PATH[:ro]" in its parts: { host =, path =, readonly = }; nil and a
--- message.
local function split_mount(text)
  local body, mode = text:match("^(.*):(r[ow])$")
  local host, path = (body or text):match("^(.*):(/[^:]*)$")
  if not host or host == "" then
    return nil, ("--mount %s: HOST:PATH or HOST:PATH:ro expected, PATH from /")
      :format(text)
  end
  return { host = host, path = path, readonly = mode == "ro", text = text }
end

--- What the arguments ask for; nil and a message.
local function parse(args)
  local rest = rest_at(args)
  local wants = parse_fast(args, rest)
  if not wants then
    local ok, result = require "axeberg.usage".parser():pparse(
      in_order(args, rest))
    if not ok then return nil, result end
    wants = result
  end
  wants.arguments = table.move(args, rest, #args, 1, {})
  for i, text in ipairs(wants.mount or {}) do
    local mount, err = split_mount(text)
    if not mount then return nil, err end
    wants.mount[i] = mount
  end
  return wants
end

-- ------------------------------------------------------------ the kernel

--- Loads axeberg; the kernel of the script has these options.
local function load_axeberg(options)
  if not next(options) then return require "axeberg" end
  local path = assert(package.searchpath("axeberg.core", package.cpath))
  local open = assert(package.loadlib(path, "luaopen_axeberg_core"))
  package.loaded["axeberg.core"] = open(options)
  local ax = require "axeberg"
  local run = ax.run
  --- What a new kernel is not told, it has from this one.
  ax.run = function(first, ...)
    if first == nil then return run() end
    if type(first) ~= "table" then return run(options, first, ...) end
    local merged = {}
    for key, value in pairs(options) do merged[key] = value end
    for key, value in pairs(first) do merged[key] = value end
    return run(merged, ...)
  end
  return ax
end

--- The options of the kernel in what the arguments ask for.
local function kernel_of(wants)
  return {
    clock = wants.virtual_time and "virtual" or nil,
    seed = wants.seed, quantum = wants.quantum,
  }
end

--- Puts the file tree in order; nil and why not.
local function prepare_tree(ax, wants)
  for _, name in ipairs { "load", "save", "mount" } do
    local wanted = wants[name] and (name ~= "mount" or wants.mount[1])
    if wanted and not (ax.fs and ax.fs[name]) then
      return nil, ("--%s: this axeberg cannot do that"):format(name)
    end
  end
  if wants.load then
    local ok, err = ax.fs.load(wants.load)
    if not ok then return nil, "--load: " .. err end
  end
  for _, m in ipairs(wants.mount or {}) do
    ax.fs.mkdir(m.path, { recursive = true }) -- it may be there
    local ok, err = ax.fs.mount(m.host, m.path, { readonly = m.readonly })
    if not ok then return nil, ("--mount %s: %s"):format(m.text, err) end
  end
  return true
end

--- Calls fn(ax) in a kernel as the arguments want it; saves what is to be
--- saved, also where the script calls os.exit.
local function with_kernel(wants, fn)
  local ax = load_axeberg(kernel_of(wants))
  local ok, err = prepare_tree(ax, wants)
  if not ok then return fail(1, "%s", err) end
  local trace = wants.trace and assert(ax.trace())
  local function finish()
    local fine, why
    if trace then
      trace:stop()
      fine, why = trace:save(wants.trace)
      if not fine then fail(1, "--trace: %s", why) end
      trace:close()
      trace = nil
    end
    if wants.save then
      local path = wants.save
      wants.save = nil
      fine, why = ax.fs.save(path)
      if not fine then fail(1, "--save: %s", why) end
    end
    return fine == nil and why ~= nil
  end
  local exit = os.exit
  if trace or wants.save then
    -- luacheck: ignore 122 (this program's, not the library's)
    os.exit = function(...)
      finish()
      exit(...)
    end
  end
  local status = fn(ax, trace)
  local failed = finish()
  return failed and status == 0 and 1 or status
end

-- ------------------------------------------------------------- running it

--- What a script returned, as an exit status.
local function status_of(value)
  if math.type(value) == "integer" then return value & 255 end
  return value == false and 1 or 0
end

-- The lines of a traceback that are this program.
local OURS = "\n\t%[C%]: in function 'xpcall'\n.-\n\t%[C%]: in %?"

--- An error that nobody caught, on standard error; the exit status.
local function report(err)
  if err == "cancelled" then return 128 + 15 end -- a TERM
  local text = tostring(err):gsub(OURS, "")
  io.stderr:write("axeberg: ", text, "\n")
  return 1
end

local function handler(err)
  local text = type(err) == "string" and err
  if not text then
    local meta = getmetatable(err)
    if meta and meta.__tostring then return err end
    text = ("(error object is a %s value)"):format(type(err))
  end
  if text == "cancelled" then return text end
  return debug.traceback(text, 2)
end

--- Runs a chunk as process 1, and then all that it began; an error, or what
--- the chunk returned.
local function run_chunk(chunk, arguments, after)
  local ok, value = xpcall(chunk, handler, table.unpack(arguments))
  if not ok then return false, value end
  local fine, err = xpcall(after, handler)
  if not fine then return false, err end
  return true, value
end

--- The exit status of that.
local function outcome(ok, value)
  return ok and status_of(value) or report(value)
end

--- The code of a script; nil, a message and an exit status.
local function load_script(path, env)
  if path ~= "-" then
    local file, err, errno = io.open(path, "rb")
    if not file then
      return nil, "cannot open " .. err,
        errno == 2 and NOT_FOUND or NOT_READABLE
    end
    local ok, why = file:read(0)
    file:close()
    if not ok and why then
      return nil, ("cannot read %s: %s"):format(path, why), NOT_READABLE
    end
  end
  local chunk, err = loadfile(path ~= "-" and path or nil, "bt", env)
  if not chunk then return nil, err, 1 end
  return chunk
end

--- The global arg, as lua has it.
local function set_arg(script, arguments)
  _G.arg = table.move(arguments, 1, #arguments, 1, { [0] = script })
end

local commands = {}

function commands.run(wants)
  local chunk, err, status = load_script(wants.script, _G)
  if not chunk then return fail(status, "%s", err) end
  set_arg(wants.script, wants.arguments)
  return with_kernel(wants, function(ax)
    return outcome(run_chunk(chunk, wants.arguments, ax.run))
  end)
end

function commands.code(wants)
  local chunk, err = load(wants.e, "=(command line)")
  if not chunk then return fail(1, "%s", err) end
  set_arg("-e", wants.arguments)
  return with_kernel(wants, function(ax)
    return outcome(run_chunk(chunk, wants.arguments, ax.run))
  end)
end

--- Ends what the shell left running.
local function end_others(ax)
  for _, p in ipairs(ax.ps()) do
    if p.pid ~= ax.getpid() and p.state ~= "zombie" then
      ax.kill(p.pid, "KILL")
    end
  end
end

function commands.sh(wants)
  if not package.searchpath("axeberg.shell", package.path) then
    return fail(1, "this axeberg has no shell")
  end
  local wrapped = require "axeberg.shell".wrap(wants.arguments)
  if wrapped then return wrapped end
  return with_kernel(wants, function(ax)
    local ok, status = xpcall(require "axeberg.shell".main, handler,
      wants.arguments)
    if wants.trace or wants.save then end_others(ax) end
    return ok and status or report(status)
  end)
end

function commands.top(wants)
  return with_kernel(wants, function(ax, trace)
    local watch = require "axeberg.top".new(wants.script, wants.interval or 1)
    local chunk, err, status = load_script(wants.script, watch.env)
    if not chunk then return fail(status, "%s", err) end
    set_arg(wants.script, wants.arguments)
    watch:start(ax, trace)
    local ok, value = run_chunk(chunk, wants.arguments, function()
      watch:await()
    end)
    watch:stop()
    return outcome(ok, value)
  end)
end

function commands.trace(wants)
  local ok, err = require "axeberg.picture".show(wants)
  return ok and 0 or fail(1, "%s", err)
end

--- Runs the program.
-- @tparam table args the words of the command line
-- @treturn integer the exit status
function M.main(args)
  local wants, err = parse(args)
  if not wants then
    fail(USAGE, "%s", err)
    return fail(USAGE, "see axeberg --help")
  end
  if wants.version then
    print("axeberg " .. require "axeberg".VERSION)
    return 0
  end
  if wants.command then return commands[wants.command](wants) end
  if wants.e then return commands.code(wants) end
  io.stderr:write(require "axeberg.usage".parser():get_usage(), "\n")
  return USAGE
end

return M
