--- The programs that there are.
-- @module axeberg.shell.catalog

local M = {}

local ALIAS = { ["["] = "test", egrep = "grep", fgrep = "grep" }

local NAMES = {}
for name in ([[basename cat chmod cp cut date dirname echo env false grep head
  host ipcrm ipcs ln ls mkdir mkfifo mv printf ps pwd rm rmdir sed seq sh
  sleep sort stat tail tee test touch tr true uniq wc xargs
  yes]]):gmatch("%S+") do
  NAMES[name] = true
end

local added = {}

--- Adds a program, or replaces one.
function M.add(name, fn) added[name] = fn end

--- The program of that name; nil: there is none.
function M.find(name)
  local found = added[name]
  if found then return found end
  local file = ALIAS[name] or name
  if NAMES[file] then return require("axeberg.shell.program." .. file) end
end

--- The names of all programs, in order.
function M.names()
  local all = {}
  for _, list in ipairs { NAMES, ALIAS, added } do
    for name in pairs(list) do all[#all + 1] = name end
  end
  table.sort(all)
  return all
end

return M
