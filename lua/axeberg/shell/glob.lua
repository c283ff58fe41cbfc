--- File names that match a pattern.
-- @module axeberg.shell.glob

local ax = require "axeberg"

local pattern = require "axeberg.shell.pattern"

local M = {}

local function exists(path) return ax.fs.lstat(path) ~= nil end

--- The names in a folder that match, in order; not those that begin with a
--- dot, unless the pattern does.
local function matching(folder, pat)
  local found = {}
  local hidden = pat:find("^\\?%.") ~= nil
  for _, name in ipairs(ax.fs.list(folder) or {}) do
    if (hidden or name:sub(1, 1) ~= ".") and pattern.matches(pat, name) then
      found[#found + 1] = name
    end
  end
  table.sort(found)
  return found
end

--- Adds all paths below prefix that match the parts from i on.
local function descend(prefix, parts, i, into)
  local part = parts[i]
  local last = i == #parts
  if not pattern.active(part) then
    local path = prefix .. pattern.unescape(part)
    if not last then
      descend(path .. "/", parts, i + 1, into)
    elseif exists(path) then
      into[#into + 1] = path
    end
    return
  end
  for _, name in ipairs(matching(prefix == "" and "." or prefix, part)) do
    local path = prefix .. name
    if last then
      into[#into + 1] = path
    elseif (ax.fs.stat(path) or {}).type == "directory" then
      descend(path .. "/", parts, i + 1, into)
    end
  end
end

--- All paths that match the pattern, in order.
function M.expand(pat)
  local parts, into = {}, {}
  for part in (pat .. "/"):gmatch("([^/]*)/") do parts[#parts + 1] = part end
  local prefix = ""
  local first = 1
  while parts[first] == "" and parts[first + 1] do
    prefix = "/"
    first = first + 1
  end
  if first <= #parts then descend(prefix, parts, first, into) end
  return into
end

return M
