--- tree - the project's files, for the specs that look at them.
local lfs = require "lfs"

local M = {}

local root = debug.getinfo(1, "S").source:match("^@(.*)spec/support/tree")
if not root or root == "" then root = "./" end

--- The text of a file; the path is the project's.
function M.read(path)
  local file = assert(io.open(root .. path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

function M.exists(path) return lfs.attributes(root .. path) ~= nil end

--- A new list of all that is in the lists, sorted.
function M.union(...)
  local all = {}
  for _, list in ipairs { ... } do
    table.move(list, 1, #list, #all + 1, all)
  end
  table.sort(all)
  return all
end

--- All files below a folder whose name matches the pattern, sorted.
function M.files(folder, pattern)
  local found = {}
  local function walk(path)
    for name in lfs.dir(root .. path) do
      local full = path .. "/" .. name
      local mode = lfs.attributes(root .. full, "mode")
      if mode == "directory" and not name:find("^%.") then
        walk(full)
      elseif mode == "file" and name:find(pattern) then
        found[#found + 1] = full
      end
    end
  end
  if M.exists(folder) then walk(folder) end
  table.sort(found)
  return found
end

--- Iterates over the lines of a file as number, line.
function M.lines(path)
  local number = 0
  local nextline = (M.read(path):gsub("\n$", "") .. "\n"):gmatch("(.-)\n")
  return function()
    local line = nextline()
    number = number + 1
    if line then return number, line end
  end
end

--- "a/b.c" -> "b"
function M.word(path) return path:match("([^/]+)%.%w+$") end

--- True if the name matches one of the patterns.
function M.matches(name, patterns)
  for _, pattern in ipairs(patterns) do
    if name:find(pattern) then return true end
  end
  return false
end

--- Fails with all findings at once, a line each.
function M.none(findings)
  if #findings > 0 then
    error("\n" .. table.concat(findings, "\n"), 0)
  end
end

--- Fails unless both sorted lists have the same words, each once.
function M.same(expected, found, where)
  local findings, count = {}, {}
  for _, word in ipairs(expected) do count[word] = 1 end
  for _, word in ipairs(found) do
    count[word] = (count[word] or 0) - 1
    if count[word] < 0 then
      findings[#findings + 1] = word .. " is too much in " .. where
    end
  end
  for _, word in ipairs(expected) do
    if count[word] > 0 then
      findings[#findings + 1] = word .. " is missing in " .. where
    end
  end
  M.none(findings)
end

M.C_FILES = M.union(M.files("core", "%.[ch]$"),
  M.files("bindings", "%.[ch]$"), M.files("examples", "%.[ch]$"))
M.LUA_FILES = M.union(M.files("lua", "%.lua$"), M.files("spec", "%.lua$"),
  M.files("examples", "%.lua$"))

return M
