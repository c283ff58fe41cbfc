--- Commands that act on the shell itself.
--
-- Each is { fn = function(sh, ...), special = true or nil }; what fn returns
-- is the status, if it returns something.
-- @module axeberg.shell.builtin

local ax = require "axeberg"
local exit = require "axeberg.shell.exit"

local M = {}

local BUILTIN = {}

local function add(name, fn, special)
  BUILTIN[name] = { fn = fn, special = special }
end

--- The builtin of that name, or nil.
function M.find(name)
  local entry = BUILTIN[name]
  if entry then return entry end
  local file = M.ELSEWHERE[name]
  if not file then return nil end
  for other, fn in pairs(require("axeberg.shell." .. file).builtins) do
    add(other, fn, name == "trap")
  end
  return BUILTIN[name]
end

M.ELSEWHERE = { -- name -> module with a table `builtins`
  bg = "job", fg = "job", jobs = "job", kill = "job", wait = "job",
  getopts = "getopts", read = "read", trap = "trap", type = "name",
  command = "name", umask = "name", help = "name",
}

--- A whole number that is not negative, or the end of the shell.
local function count(sh, name, text, default)
  if text == nil then return default end
  local value = text:find("^%d+$") and math.tointeger(tonumber(text))
  if not value then sh:fail(name .. ": Illegal number: " .. text) end
  return value
end

-- ------------------------------------------------------------ control flow

add(":", function() return 0 end, true)

add("exit", function(sh, text)
  exit.raise(count(sh, "exit", text, sh.status) & 255)
end, true)

add("return", function(sh, text)
  sh.status = count(sh, "return", text, sh.status) & 255
  sh.skip = "return"
end, true)

local function leave(kind)
  return function(sh, text)
    local levels = count(sh, kind, text, 1)
    if levels < 1 then sh:fail(kind .. ": Illegal number: " .. text) end
    if sh.loops > 0 then
      sh.skip, sh.skips = kind, math.min(levels, sh.loops)
    end
    return 0
  end
end

add("break", leave("break"), true)
add("continue", leave("continue"), true)

add("eval", function(sh, ...)
  local text = table.concat({ ... }, " ")
  sh:source(text)
end, true)

add(".", function(sh, path)
  if not path then return 0 end
  local file, err = ax.open(path, "r")
  if not file and not path:find("/", 1, true) then
    for folder in (sh:get("PATH") or ""):gmatch("[^:]+") do
      file = ax.open(folder .. "/" .. path, "r")
      if file then break end
    end
  end
  if not file then sh:fail(".: " .. tostring(err)) end
  local text = file:read("a")
  file:close()
  sh:source(text)
  if sh.skip == "return" then sh.skip = nil end
end, true)

--- exec: the redirections stay; with a command, the shell becomes it.  True,
--- or nil if a redirection failed.
function M.exec(sh, node, args)
  local redirect = require "axeberg.shell.redirect"
  local launch = require "axeberg.shell.launch"
  if node.redirs then
    local files = redirect.apply(sh, node.redirs)
    if not files then return nil end
    sh.files = files
  end
  sh.status = 0
  local name = args[2]
  if not name then return true end
  local program, status = launch.find(sh, name)
  if not program then
    exit.raise(launch.missing(sh, name, status))
  end
  local expand = require "axeberg.shell.expand"
  local env = sh:environment()
  for _, assign in ipairs(node.assigns or {}) do
    env[assign[1]] = expand.single(sh, assign[2])
  end
  sh.traps = {}
  exit.raise(launch.program(sh, program, name, { table.unpack(args, 3) },
    sh.files, env))
end

add("exec", function() return 0 end, true)

-- --------------------------------------------------------------- variables

--- A value as it can be typed.
local function quote(value)
  return "'" .. value:gsub("'", "'\"'\"'") .. "'"
end

M.quote = quote

local function write(sh, ...)
  local file = sh.files[1]
  if not file then return 1 end
  local ok, _, code = file:write(...)
  if ok then return 0 end
  return code == "EPIPE" and exit.raise(141) or 1
end

M.write = write

local function listing(sh, prefix, names)
  local lines = {}
  for name in pairs(names) do
    local value = sh.values[name]
    lines[#lines + 1] = prefix .. name
      .. (value and "=" .. quote(value) or "") .. "\n"
  end
  table.sort(lines)
  return write(sh, table.concat(lines))
end

--- Divides NAME=VALUE; the name must be one.
local function divide(sh, command, text)
  local name, value = text:match("^([^=]*)=(.*)$")
  name = name or text
  if not name:find("^[%a_][%w_]*$") then
    sh:fail(command .. ": " .. name .. ": bad variable name")
  end
  return name, value
end

local function declare(command, field)
  return function(sh, first, ...)
    local names = { first, ... }
    if first == nil or first == "-p" and not names[2] then
      return listing(sh, command .. " ", sh[field])
    end
    for i, text in ipairs(names) do
      if i > 1 or text ~= "-p" then
        local name, value = divide(sh, command, text)
        if value then sh:set(name, value) end
        sh[field][name] = true
      end
    end
    return 0
  end
end

add("export", declare("export", "exported"), true)
add("readonly", declare("readonly", "readonly"), true)

add("local", function(sh, ...)
  if not sh.frame then sh:fail("local: not in a function") end
  for _, text in ipairs { ... } do
    local name, value = divide(sh, "local", text)
    sh:localize(name)
    if value then sh:set(name, value) end
  end
  return 0
end)

add("unset", function(sh, first, ...)
  local names = { first, ... }
  local functions = first == "-f"
  if functions or first == "-v" then table.remove(names, 1) end
  for _, name in ipairs(names) do
    if functions then
      sh.functions[name] = nil
    else
      if not name:find("^[%a_][%w_]*$") then
        sh:fail("unset: " .. name .. ": bad variable name")
      end
      sh:unset(name)
    end
  end
  return 0
end, true)

add("shift", function(sh, text)
  local n = count(sh, "shift", text, 1)
  if n > #sh.args then sh:fail("shift: can't shift that many") end
  sh.args = { table.unpack(sh.args, n + 1) }
  return 0
end, true)

-- ----------------------------------------------------------------- options

local OPTION = { allexport = "a", noclobber = "C", errexit = "e",
  noglob = "f", noexec = "n", nounset = "u", verbose = "v", xtrace = "x" }
local KNOWN = { a = true, C = true, e = true, f = true, n = true, u = true,
  v = true, x = true, b = true, m = true, i = true, h = true }

local function named_option(sh, name, on)
  if not name then
    local lines = {}
    for long, letter in pairs(OPTION) do
      lines[#lines + 1] = ("%-16s%s\n"):format(long,
        sh.options[letter] and "on" or "off")
    end
    table.sort(lines)
    return write(sh, "Current option settings\n", table.concat(lines))
  end
  if not OPTION[name] then sh:fail("set: Illegal option -o " .. name) end
  sh.options[OPTION[name]] = on or nil
end

--- Reads the options of `set`, and of the shell itself, from args[i] on;
--- where the operands begin.
function M.set_options(sh, args, i)
  while args[i] do
    local sign, letters = args[i]:match("^([-+])(.+)$")
    if not sign or args[i] == "--" then break end
    i = i + 1
    for letter in letters:gmatch(".") do
      if letter == "o" then
        named_option(sh, args[i], sign == "-")
        i = i + 1
      elseif KNOWN[letter] then
        sh.options[letter] = sign == "-" or nil
      else
        sh:fail(("set: Illegal option %s%s"):format(sign, letter))
      end
    end
  end
  return i
end

add("set", function(sh, ...)
  local args = { ... }
  if #args == 0 then return listing(sh, "", sh.values) end
  local i = M.set_options(sh, args, 1)
  local operands = args[i] ~= nil
  if args[i] == "--" or args[i] == "-" then i = i + 1 end
  if operands then sh.args = { table.unpack(args, i) } end
  return 0
end, true)

add("times", function(sh)
  local seconds = os.clock()
  local text = ("%dm%fs"):format(seconds // 60, seconds % 60)
  return write(sh, text, " ", text, "\n", "0m0.000000s 0m0.000000s\n")
end, true)

-- ------------------------------------------------------------- directories

local function change(sh, path)
  local context = require "axeberg.shell.context"
  local ok, err = ax.fs.chdir(path)
  if not ok then
    sh:say(("cd: can't cd to %s: %s"):format(path,
      context.reason(err, path)))
    return 2
  end
  local old = sh:get("PWD")
  if old then sh:set("OLDPWD", old) end
  sh:set("PWD", (ax.fs.getcwd()))
  return 0
end

add("cd", function(sh, first, second)
  local path = first
  if first == "-P" or first == "-L" or first == "--" then path = second end
  if path == "-" then
    path = sh:get("OLDPWD")
    if not path then sh:fail("cd: OLDPWD not set") end
    local status = change(sh, path)
    if status == 0 then write(sh, sh:get("PWD"), "\n") end
    return status
  end
  path = path or sh:get("HOME")
  if not path then sh:fail("cd: HOME not set") end
  return change(sh, path)
end)

return M
