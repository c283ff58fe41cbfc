--- Builtins about names: type, command, umask, help.
-- @module axeberg.shell.name

local ax = require "axeberg"
local builtin = require "axeberg.shell.builtin"
local catalog = require "axeberg.shell.catalog"
local launch = require "axeberg.shell.launch"

local M = {}
local B = {}
M.builtins = B

local RESERVED = {}
for word in ([[! { } case do done elif else esac fi for if in then until
  while]]):gmatch("%S+") do
  RESERVED[word] = true
end

--- What a name is, in words, and what `command -v` says of it.
local function what(sh, name)
  if RESERVED[name] then return "is a shell keyword", name end
  if sh.functions[name] then return "is a shell function", name end
  local entry = builtin.find(name)
  if entry then
    return entry.special and "is a special shell builtin"
      or "is a shell builtin", name
  end
  if catalog.find(name) then return "is a program of the shell", name end
  local found, path = launch.find(sh, name)
  if not found then return nil end
  path = type(path) == "string" and path or name
  return "is " .. path, path
end

function B.type(sh, ...)
  local status = 0
  for _, name in ipairs { ... } do
    local text = what(sh, name)
    if text then
      builtin.write(sh, name, " ", text, "\n")
    else
      builtin.write(sh, name, ": not found\n")
      status = 127
    end
  end
  return status
end

function B.command(sh, first, ...)
  if first == "-v" or first == "-V" then
    local name = ...
    local text, short = what(sh, name or "")
    if not text then
      if first == "-V" then builtin.write(sh, name, ": not found\n") end
      return 127
    end
    return builtin.write(sh, first == "-v" and short or name .. " " .. text,
      "\n")
  end
  local args = { first, ... }
  if first == "-p" or first == "--" then table.remove(args, 1) end
  if not args[1] then return 0 end
  require("axeberg.shell.exec").dispatch(sh, args, {}, true)
end

function B.umask(sh, text)
  if not text or text == "-S" then
    return builtin.write(sh, ("%04o\n"):format((ax.fs.umask())))
  end
  local mask = tonumber(text, 8)
  if not mask then sh:fail("umask: Illegal mode: " .. text) end
  ax.fs.umask(mask)
  return 0
end

function B.help(sh)
  local names = catalog.names()
  return builtin.write(sh, "programs: ", table.concat(names, " "), "\n",
    "builtins: . : bg break cd command continue eval exec exit export fg ",
    "getopts help jobs kill local read readonly return set shift times ",
    "trap type umask unset wait\n")
end

return M
