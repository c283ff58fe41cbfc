--- machine - what there is to measure on and with.
local M = {}

--- Trimmed output of a shell command; nil if it failed or said nothing.
function M.ask(command)
  local pipe = io.popen("{ " .. command .. "; } 2>/dev/null", "r")
  if not pipe then return nil end
  local text = pipe:read "a"
  local ok = pipe:close()
  text = text:match "^%s*(.-)%s*$"
  return ok and text ~= "" and text or nil
end
local ask = M.ask

--- A word for the shell.
function M.quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end
local quote = M.quote

local function first_line(path, pattern)
  local file = io.open(path)
  if not file then return nil end
  for line in file:lines() do
    local found = line:match(pattern)
    if found then
      file:close()
      return found
    end
  end
  file:close()
end

--- The interpreter that runs this.
local function interpreter()
  local i = 0
  while arg[i - 1] do i = i - 1 end
  return arg[i]
end

--- The processor to measure on: the last that we may use.
local function processor()
  if not ask "command -v taskset" then return nil end
  local list = first_line("/proc/self/status", "^Cpus_allowed_list:%s*(.*)$")
  return list and list:match "(%d+)$"
end

local function version_of(lua, code)
  return ask(lua .. " -e " .. quote("io.write(tostring(" .. code .. "))"))
end

--- Builds rivals in that folder with that command; nil if that fails.
local function compile(folder, command, source)
  if not folder then return nil end
  local program = folder .. "/" .. source:match "%w+$"
  local done = ask(("%s -o %s %s && echo done"):format(command,
    quote(program), quote(source)))
  return done and program
end

--- The rivals: what to call each, what it is called, how to get it.
local RIVALS = {
  { "hand", "by hand" },
  { "cqueues", "cqueues", get = "apt-get install lua-cqueues" },
  { "copas", "Copas", get = "luarocks install copas" },
  { "luv", "luv", get = "apt-get install lua-luv" },
  { "c", "C", get = "apt-get install gcc" },
  { "go", "Go", get = "apt-get install golang-go" },
  { "tarantool", "Tarantool", get = "apt-get install tarantool" },
}

-- What those in Lua call themselves.  (cqueues.VERSION is not the release.)
local VERSIONS = {
  cqueues = "require 'cqueues' and 'cqueues'",
  copas = "require 'copas.queue' and require 'copas'._VERSION",
  luv = "'luv ' .. require 'luv'.version_string()",
}

--- Fills in which rivals are here.
local function find_rivals(m, here)
  m.rivals, m.missing = { hand = "by hand" }, {}
  for name, code in pairs(VERSIONS) do
    m.rivals[name] = version_of(m.lua, code)
  end
  m.trash = ask "mktemp -d"
  m.c = compile(m.trash, os.getenv "CC" or "cc -O2", here .. "/rivals.c")
  m.rivals.c = m.c and "C"
  local go = ask "go version"
  if go then
    m.go = compile(m.trash, "go build", here .. "/rivals.go")
    m.rivals.go = m.go and "Go " .. go:match "go([%d.]+)" .. ", 1 CPU"
  end
  local tarantool = ask "tarantool -v | head -n 1"
  m.rivals.tarantool = tarantool
    and "Tarantool " .. (tarantool:match "%d+%.%d+" or "")
  for _, rival in ipairs(RIVALS) do
    if not m.rivals[rival[1]] then
      m.missing[#m.missing + 1] = rival[2] .. " (" .. rival.get .. ")"
    end
  end
end

--- Where axeberg is: on Lua's own paths, or else in this clone's build.
local function find_axeberg(m, here)
  local root = here .. "/../.."
  local places = { "" }
  for _, build in ipairs { "release", "dev" } do
    places[#places + 1] = ("LUA_PATH=%s LUA_CPATH=%s "):format(
      quote(root .. "/lua/?.lua;" .. root .. "/lua/?/init.lua;"
        .. package.path),
      quote(("%s/build/%s/lua/?.so;"):format(root, build) .. package.cpath))
  end
  for _, env in ipairs(places) do
    local code = quote "io.write(tostring(require 'axeberg'.VERSION))"
    local version = ask(env .. m.lua .. " -e " .. code)
    if version then
      m.env, m.axeberg = env, version
      return
    end
  end
  m.env = ""
  local why = ask(m.lua .. " -e " .. quote "require 'axeberg'" .. " 2>&1; :")
  m.missing[#m.missing + 1] = "axeberg itself (./dev build): "
    .. (why or "?"):match "^[^\n]*"
end

--- Describes this machine: lua, pin (a prefix), env, rivals by name, missing,
-- go and c (the programs), trash (a folder to remove), and words for people.
function M.look(here)
  local m = { lua = quote(interpreter()), here = here }
  m.cpu = processor()
  m.pin = m.cpu and "taskset -c " .. m.cpu .. " " or ""
  if ask "command -v timeout" then m.pin = "timeout 300 " .. m.pin end
  m.version = version_of(m.lua, "_VERSION")
  m.release = (ask(m.lua .. " -v") or ""):match "^Lua [%d.]+" or m.version
  m.model = first_line("/proc/cpuinfo", "^model name%s*:%s*(.*)$") or "?"
  m.cpus = tonumber(ask "nproc" or "?")
  m.system = first_line("/etc/os-release", '^PRETTY_NAME="(.-)"$') or "?"
  m.load = tonumber(first_line("/proc/loadavg", "^(%S+)"))
  find_rivals(m, here)
  find_axeberg(m, here)
  return m
end

--- Removes what look made.
function M.leave(m)
  if m.trash then os.execute("rm -rf " .. quote(m.trash)) end
end

--- The command that measures a contender of a row once.
function M.command(m, row, contender, n, salt)
  local here = quote(m.here)
  if contender == "go" or contender == "c" then
    return ("%s%s %s %d"):format(m.pin, quote(m[contender]), row[contender],
      n)
  elseif contender == "tarantool" then
    return ("%starantool %s/rivals.lua %s %d"):format(m.pin, here,
      row.tarantool, n)
  end
  return ("%s%s%s %s/child.lua %s %s %d %d"):format(m.env, m.pin, m.lua, here,
    row.name, contender, n, salt)
end

return M
