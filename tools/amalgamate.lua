--- amalgamate - all sources as one file, for those who drop it into a tree.
-- usage: lua tools/amalgamate.lua TOP CHUNKS OUT
--
-- Makes axeberg.c and axeberg.h, the core; and axeberg-lua.c and
-- axeberg-lua.h, core and Lua together, to be compiled instead of axeberg.c.
-- CHUNKS is chunks.c, which the build makes.  What the headers do not declare
-- becomes static.
local top, chunks, out = ...

local FOLDERS = { "core/", "core/include/", "bindings/", "bindings/lua/",
  "bindings/host/" }
local OURS = { ["axeberg.h"] = true, ["axeberg-lua.h"] = true }

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function write(name, text)
  local file = assert(io.open(out .. "/" .. name, "wb"))
  assert(file:write(text))
  assert(file:close())
end

local function exists(path)
  local file = io.open(path, "rb")
  return file ~= nil and file:close()
end

--- Adds the names of the functions that a header exports.
local function add_exported(names, header, mark)
  for name in header:gmatch("\n" .. mark .. "[^;(]-([%w_]+)%(") do
    names[name] = true
  end
end

--- The file that is meant by #include "name" in a file of that folder.
local function resolve(folder, name)
  for _, start in ipairs { folder, table.unpack(FOLDERS) } do
    local path = start .. name
    while path:find("[^/]+/%.%./") do path = path:gsub("[^/]+/%.%./", "", 1) end
    if exists(top .. "/" .. path) then return path end
  end
  error("no file for #include \"" .. name .. "\" in " .. folder)
end

--- The line, static if it begins a function or a constant of ours that is
-- not exported.
local function hide(line, exported)
  local marked = line:match("^(AXL?_[%u_]+) ") -- AXL_COLD and the like
  local begins = line:find("^%l") or line:find("^_Noreturn ")
    or marked and not marked:find("_API$") and not marked:find("_INLINE$")
  if not begins or line:find("^static%f[%W]") or line:find("^typedef%f[%W]")
  then
    return line
  end
  local rest = line:gsub("^extern ", "")
  local name = line:match("^[%a_][%w_%s%*]-([%w_]+)%(")
  if not name and rest:find("^const ") then
    name = rest:match("([%w_]+)%[?[%w_]*%]?%s*[;=]")
  end
  local ours = name and name:find("^ax[L_]") and not exported[name]
  return ours and "static " .. rest or line
end

local function inline(parts, path, seen, exported)
  if seen[path] then return end
  seen[path] = true
  local folder = path:match("^(.*/)")
  parts[#parts + 1] = "\n/* ==== " .. path .. " */\n"
  for line in (read(top .. "/" .. path) .. "\n"):gmatch("(.-)\n") do
    local name = line:match('^%s*#%s*include%s*"([^"]+)"')
    local dropped = line:find("^#include <axeberg") -- it stands at the top
      or line:find("^extern const [%w_]+ axL_n?chunks") -- they have come
      or OURS[name]
    if name and not dropped then
      inline(parts, resolve(folder, name), seen, exported)
    elseif not dropped then
      parts[#parts + 1] = hide(line, exported)
    end
  end
end

local function head(name, what)
  return ([[
/* %s.c - %s
**
** Made of the sources of axeberg %s; its manual is %s.h.
**   cc -O2 -c %s.c */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "%s.h"

#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
]]):format(name, what, read(top .. "/core/include/axeberg.h")
    :match('AX_VERSION "([^"]+)"'), name, name, name)
end

local core_header = read(top .. "/core/include/axeberg.h")
local lua_header = read(top .. "/bindings/host/include/axeberg-lua.h")
  :gsub("#include <axeberg.h>", '#include "axeberg.h"')

local exported = { luaopen_axeberg_core = true }
add_exported(exported, core_header, "AX_API")
add_exported(exported, lua_header, "AXL_API")

local core, seen = { head("axeberg", "the core of axeberg as one file") }, {}
inline(core, "core/all.c", seen, exported)
write("axeberg.h", core_header)
write("axeberg.c", table.concat(core, "\n"))

local whole = { head("axeberg-lua", "axeberg with Lua as one file") }
seen = { ["bindings/lua/axeberg-lua.h"] = true }
inline(whole, "core/all.c", seen, exported)
local binding = read(top .. "/bindings/lua/all.c")
for name in binding:gmatch('\n#include "(%l+%.c)"') do
  inline(whole, "bindings/lua/" .. name, seen, exported)
end
inline(whole, "bindings/host/chunk.h", seen, exported)
whole[#whole + 1] = read(chunks):gsub('#include "chunk.h"\n', "")
  :gsub("\nconst ", "\nstatic const ")
inline(whole, "bindings/host/chunk.c", seen, exported)
inline(whole, "bindings/host/host.c", seen, exported)
write("axeberg-lua.h", lua_header)
write("axeberg-lua.c", table.concat(whole, "\n"))
