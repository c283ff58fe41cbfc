--- house - what keeps the tree in order: floors, lists, versions, names.
local tree = require "spec.support.tree"

local read, files, union = tree.read, tree.files, tree.union
local lines, matches = tree.lines, tree.matches
local none, same = tree.none, tree.same

-- ---------------------------------------------------------------- floors

local CLIB = {}
for name in ([[assert ctype errno float inttypes limits math setjmp signal
  stdarg stdbool stddef stdint stdio stdlib string time]]):gmatch("%S+") do
  CLIB[name .. ".h"] = true
end

-- What else the files that deal with the system around may include, by
-- their words; all others are portable C11.
local POSIX = {}
for name in ([[dirent.h fcntl.h poll.h pthread.h spawn.h sys/epoll.h
  sys/eventfd.h sys/mman.h sys/resource.h sys/stat.h sys/statvfs.h sys/syscall.h
  sys/types.h sys/wait.h unistd.h]]):gmatch("%S+") do
  POSIX[name] = true
end
local OUTWARD = { door = true, poll = true, epoll = true, host = true,
  program = true, outside = true, outmake = true, posix = true,
  stdio = true, store = true, launch = true, slab = true }

-- What the files below a folder may include with "...", as patterns; with
-- <...> they may include the C library, and what is listed in angle.
local FLOORS = {
  { folder = "core/include" },
  { folder = "core/base", "^axeberg%.h$", "^base/" },
  { folder = "core/kernel", "^axeberg%.h$", "^base/", "^kernel/" },
  { folder = "core/ipc", "^axeberg%.h$", "^base/", "^kernel/", "^ipc/" },
  { folder = "core/test", "^axeberg%.h$", "^base/", "^kernel/", "^ipc/",
    "^%w+%.h$", angle = POSIX },
  { folder = "bindings/lua", "^axeberg%.h$", "^%w+%.h$",
    "^axeberg%-lua%.h$",
    angle = { ["lua.h"] = true, ["lauxlib.h"] = true, ["lualib.h"] = true } },
  { folder = "bindings/host", "^axeberg%-lua%.h$", "^%w+%.h$", "^lua/axL%.h$",
    angle = { ["lua.h"] = true, ["lauxlib.h"] = true, ["lualib.h"] = true,
      ["axeberg.h"] = true } },
}

local function include_findings(path, floor, findings)
  for number, line in lines(path) do
    local open, name = line:match('^%s*#%s*include%s*([<"])([^>"]+)[>"]')
    local fine = not open
      or open == "<" and (CLIB[name] or floor.angle and floor.angle[name])
      or open == "<" and POSIX[name] and OUTWARD[tree.word(path)]
      or open == '"' and matches(name, floor)
    if not fine then
      findings[#findings + 1] = ("%s:%d: must not include %s")
        :format(path, number, name)
    end
  end
end

describe("floors", function()
  for _, floor in ipairs(FLOORS) do
    it(floor.folder .. " includes only what lies below", function()
      local findings = {}
      for _, path in ipairs(files(floor.folder, "%.[ch]$")) do
        if tree.word(path) ~= "all" then
          include_findings(path, floor, findings)
        end
      end
      none(findings)
    end)
  end

  it("the facade requires nothing but axeberg, lua-cjson, argparse", function()
    local findings = {}
    for _, path in ipairs(files("lua", "%.lua$")) do
      for number, line in lines(path) do
        local name = line:match("require[%s%(]*[\"']([^\"']+)")
        if name and not line:find("^%s*%-%-")
          and not matches(name, { "^axeberg$", "^axeberg%.", "^cjson",
            "^argparse$" })
        then
          findings[#findings + 1] = ("%s:%d: must not require %s")
            :format(path, number, name)
        end
      end
    end
    none(findings)
  end)
end)

-- ----------------------------------------------------------------- lists

--- The words of set(NAME ...) in CMakeLists.txt.
local function cmake_list(name)
  local body = read("CMakeLists.txt"):match("set%(" .. name .. "\n(.-)%)")
  assert(body, "no list " .. name)
  local list = {}
  for word in body:gmatch("[^%s]+") do list[#list + 1] = word end
  return list
end

--- The files below the folder that the file includes.
local function included(path, folder)
  local list = {}
  for _, line in lines(path) do
    local name = line:match('^#include "(%l.*%.c)"')
    list[#list + 1] = name and folder .. name
  end
  return list
end

local function rockspec()
  local env = {}
  assert(load(read("rockspec/axeberg-dev-1.rockspec"), "rockspec", "t", env))()
  return env
end

--- The words of core/test/<word>_<kind>.c.
local function test_words(kind)
  local words = {}
  for _, path in ipairs(files("core/test", "_" .. kind .. "%.c$")) do
    words[#words + 1] = tree.word(path):sub(1, -#kind - 2)
  end
  return words
end

describe("lists", function()
  local core = union(files("core/base", "%.c$"), files("core/kernel", "%.c$"),
    files("core/ipc", "%.c$"))
  core = union(core, { "core/axeberg.c" })
  local binding = {}
  for _, path in ipairs(files("bindings/lua", "%.c$")) do
    if tree.word(path) ~= "all" then binding[#binding + 1] = path end
  end
  local lua = files("lua", "%.lua$")

  it("CMakeLists.txt has every file of the tree, each once", function()
    same(core, cmake_list("AX_CORE_SOURCES"), "AX_CORE_SOURCES")
    same(binding, cmake_list("AX_BINDING_SOURCES"), "AX_BINDING_SOURCES")
    local host = {}
    for _, path in ipairs(files("bindings/host", "%.c$")) do
      if not path:find("/test/") then host[#host + 1] = path end
    end
    same(host, cmake_list("AX_HOST_SOURCES"), "AX_HOST_SOURCES")
    same(lua, cmake_list("AX_LUA_FILES"), "AX_LUA_FILES")
  end)

  it("CMakeLists.txt has every C test and fuzzer", function()
    same(test_words("test"), cmake_list("AX_TESTS"), "AX_TESTS")
    same(test_words("fuzz"), cmake_list("AX_FUZZERS"), "AX_FUZZERS")
  end)

  it("all.c of core and of binding have every file, each once", function()
    same(core, included("core/all.c", "core/"), "core/all.c")
    same(binding, included("bindings/lua/all.c", "bindings/lua/"),
      "bindings/lua/all.c")
    local sources = rockspec().build.modules["axeberg.core"].sources
    assert.same({ "bindings/lua/all.c" }, sources)
  end)

  it("all.c of the binding has every header that is not ours", function()
    local findings = {}
    local text = read("bindings/lua/all.c")
    for _, path in ipairs(union({ "core/include/axeberg.h" }, core,
      files("core/base", "%.h$"), files("core/kernel", "%.h$"),
      files("core/ipc", "%.h$"), files("bindings/lua", "%.[ch]$")))
    do
      for _, line in lines(path) do
        local header = line:match("^%s*#%s*include%s+(<.->)")
        if header and not text:find("#include " .. header, 1, true) then
          findings[#findings + 1] = path .. " includes " .. header
        end
      end
    end
    none(findings)
  end)

  it("the rockspec has every Lua file under its module's name", function()
    local listed = {}
    for name, path in pairs(rockspec().build.modules) do
      if type(path) == "string" then
        listed[#listed + 1] = path
        local module = path:match("^lua/(.*)%.lua$"):gsub("/init$", "")
        assert.equal(module:gsub("/", "."), name)
      end
    end
    same(lua, listed, "the rockspec")
  end)

  it("every example has its output, and every output its example", function()
    local names, outputs = {}, {}
    for _, path in ipairs(files("examples", "%.lua$")) do
      if path:find("^examples/%w+%.lua$") then
        names[#names + 1] = tree.word(path)
      end
    end
    for _, path in ipairs(files("examples/expected", "%.txt$")) do
      if path:find("^examples/expected/%w+%.txt$") then
        outputs[#outputs + 1] = tree.word(path)
      end
    end
    same(names, outputs, "examples/expected")
  end)

  it("so has every program of examples/embed", function()
    local names, outputs = {}, {}
    for _, path in ipairs(files("examples/embed", "%.%l+$")) do
      if path:find("%.c$") or path:find("%.lua$") then
        names[#names + 1] = tree.word(path)
      end
    end
    for _, path in ipairs(files("examples/expected/embed", "%.txt$")) do
      outputs[#outputs + 1] = tree.word(path)
    end
    table.sort(names)
    same(names, outputs, "examples/expected/embed")
  end)
end)

-- -------------------------------------------------------------- versions

describe("versions", function()
  local header = read("core/include/axeberg.h")
  local version = header:match('#define AX_VERSION "([^"]+)"')

  it("agree inside axeberg.h", function()
    local numbers = {}
    for _, part in ipairs { "MAJOR", "MINOR", "PATCH" } do
      numbers[#numbers + 1] = header:match("AX_VERSION_" .. part .. " (%d+)")
    end
    assert.equal(version, table.concat(numbers, "."))
  end)

  it("agree in CMakeLists.txt, CHANGELOG.md and ax.VERSION", function()
    assert.equal(version, read("CMakeLists.txt"):match("VERSION ([%d.]+) LANG"))
    assert.equal(version, read("CHANGELOG.md"):match("\n## ([%d.]+)"))
    assert.equal(version, require("axeberg").VERSION)
  end)

  it("of a rockspec is the one in its name; a released one is ours",
    function()
      for _, path in ipairs(files("rockspec", "%.rockspec$")) do
        local env = {}
        assert(load(read(path), path, "t", env))()
        assert.equal("rockspec/axeberg-" .. env.version .. ".rockspec", path)
        local number = env.version:match("^(.*)%-%d+$")
        if number ~= "dev" then
          assert(read("CHANGELOG.md"):find("\n## " .. number, 1, true))
        end
      end
    end)
end)

-- ---------------------------------------------------------- documentation

--- The names of the functions that axeberg.h declares.
local function declared()
  local found = {}
  for _, line in lines("core/include/axeberg.h") do
    local name = line:match("^AX_API .-(ax_[%w_]+)%(")
    found[#found + 1] = name
  end
  return found
end

describe("axeberg.h", function()
  it("declares only what the core defines", function()
    local all = {}
    for _, path in ipairs(files("core", "%.c$")) do
      if not path:find("^core/test/") then all[#all + 1] = read(path) end
    end
    local text = "\n" .. table.concat(all, "\n")
    local findings = {}
    local names = declared()
    assert(#names > 0)
    for _, name in ipairs(names) do
      -- a definition begins in the first column, and a body follows
      if not text:find("\n[%a][^\n;={}]-[ *]" .. name .. "%([^;{}]-%) {") then
        findings[#findings + 1] = name .. " is declared but not defined"
      end
    end
    none(findings)
  end)

  it("has a comment for every function", function()
    local findings, covered = {}, false
    for number, line in lines("core/include/axeberg.h") do
      local name = line:match("^AX_API .-(ax_[%w_]+)%(")
      if line == "" then
        covered = false -- a comment speaks for the lines up to the next gap
      elseif line:find("*/", 1, true) then
        covered = covered or not name
      end
      if name and not covered and not line:find("/*", 1, true) then
        findings[#findings + 1] = ("%d: %s has no comment"):format(number, name)
      end
    end
    none(findings)
  end)
end)

--- Exported names of a library, as nm tells them.
local function exported(path)
  local names = {}
  local pipe = assert(io.popen("nm -D --defined-only '" .. path .. "'"))
  for line in pipe:lines() do
    local kind, name = line:match("^%x+ (%a) ([^@]+)")
    if kind and kind:find("%u") then names[#names + 1] = name end
  end
  pipe:close()
  assert(#names > 0, "no symbols in " .. path)
  return names
end

describe("libraries", function()
  local module = package.searchpath("axeberg.core", package.cpath)

  it("the module exports luaopen_axeberg_core and names of ours", function()
    local findings, opens = {}, false
    for _, name in ipairs(exported(assert(module))) do
      opens = opens or name == "luaopen_axeberg_core"
      if not matches(name, { "^ax_", "^axL_", "^luaopen_axeberg" }) then
        findings[#findings + 1] = name
      end
    end
    none(findings)
    assert.is_true(opens)
  end)

  local built = os.getenv("AX_BUILT") -- set by ./dev test
  local with_library = built and it or pending
  with_library("the library exports what axeberg.h declares", function()
    same(declared(), exported(built .. "/libaxeberg.so"), "libaxeberg.so")
  end)
end)

describe("docs", function()
  local pages = {}
  for _, path in ipairs(files("docs", "%.md$")) do
    pages[#pages + 1] = read(path)
  end
  local text = table.concat(pages, "\n")

  local function undocumented(object, prefix, findings)
    for name, value in pairs(object) do
      local full = prefix .. name
      local callable = type(value) == "function"
        or type(value) == "table" and getmetatable(value)
        and getmetatable(value).__call
      if type(name) == "string" and not name:find("^_") and callable
        and not text:find(full .. "%f[^%w_]") then
        findings[#findings + 1] = full .. " is in no page of docs/"
      end
    end
  end

  it("name every function of the module", function()
    local findings = {}
    undocumented(require("axeberg"), "ax.", findings)
    table.sort(findings)
    none(findings)
  end)

  it("name every method of senders, receivers and schemas", function()
    local ax, findings = require("axeberg"), {}
    local tx, rx = ax.channel()
    local schema = ax.schema("integer")
    for _, handle in ipairs { tx, rx, schema } do
      undocumented(debug.getmetatable(handle).__index, ":", findings)
    end
    tx:close()
    rx:close()
    table.sort(findings)
    none(findings)
  end)
end)
