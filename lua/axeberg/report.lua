--- Who waits for what, in words and as a picture.
-- @module axeberg.report

local core = require "axeberg.core"

local M = {}

local SHOWN = 50 -- processes in a text; the table has all of them

local function label(entry)
  if entry.name == "" then return ("process %d"):format(entry.pid) end
  return ("process %d (%s)"):format(entry.pid, entry.name)
end

--- The pids of those who could end the wait of an entry, each once.
local function wakers(entry)
  local list, seen = {}, {}
  for _, arm in ipairs(entry.arms) do
    for _, pid in ipairs(arm.wakers or {}) do
      if not seen[pid] then
        seen[pid] = true
        list[#list + 1] = pid
      end
    end
  end
  table.sort(list)
  return list
end

--- A way from process to process, each waiting for the next, that comes back
-- to where it began: a list of pids, or nil.
local function find_cycle(entries)
  local by_pid, done = {}, {}
  for _, entry in ipairs(entries) do by_pid[entry.pid] = entry end
  for _, first in ipairs(entries) do
    local path, place, entry = {}, {}, first
    while entry and not done[entry.pid] do
      if place[entry.pid] then
        return table.move(path, place[entry.pid], #path, 1, {})
      end
      path[#path + 1] = entry.pid
      place[entry.pid] = #path
      local next_entry
      for _, pid in ipairs(wakers(entry)) do
        next_entry = next_entry or by_pid[pid]
      end
      entry = next_entry
    end
    for _, pid in ipairs(path) do done[pid] = true end
  end
end

--- The processes with these numbers, by their names where they wait.
local function names(entries, pids, self)
  if #pids == 0 then return "nobody" end
  local by_pid, list = {}, {}
  for _, entry in ipairs(entries) do by_pid[entry.pid] = label(entry) end
  for i, pid in ipairs(pids) do
    list[i] = (by_pid[pid] or "process " .. pid)
      .. (pid == self and " itself" or "")
  end
  return table.concat(list, ", ")
end

local function describe(entries, entry)
  local text = ("%s: %s\n  waits since %.6f%s; who could wake it: %s"):format(
    label(entry), entry.waiting, entry.since,
    entry.stopped and ", stopped" or "",
    names(entries, wakers(entry), entry.pid))
  if entry.traceback ~= "" then text = text .. "\n" .. entry.traceback end
  return text
end

local function cycle_line(entries)
  local cycle = find_cycle(entries)
  if not cycle then return nil end
  cycle[#cycle + 1] = cycle[1]
  return "cycle: process " .. table.concat(cycle, " -> process ")
end

local function tostring_deadlock(self)
  local lines = { "deadlock: nothing can run, nothing is going to happen, "
    .. "and these wait:" }
  for i, entry in ipairs(self.processes) do
    if i > SHOWN then break end
    lines[#lines + 1] = describe(self.processes, entry)
  end
  local more = #self.processes - SHOWN
  if more > 0 then lines[#lines + 1] = ("... and %d more"):format(more) end
  lines[#lines + 1] = cycle_line(self.processes)
  for _, failure in ipairs(self.failures) do
    lines[#lines + 1] = ("%s had failed before: %s"):format(label(failure),
      tostring(failure.error))
  end
  return table.concat(lines, "\n")
end

core.deadlock.__tostring = tostring_deadlock
core.deadlock.__index = function(self, key)
  if key == "cycle" then return find_cycle(self.processes) end
end
core.deadlock.__name = "axeberg.deadlock"

local Graph = { __name = "axeberg.waitgraph" }
Graph.__index = Graph

--- The graph as text: a line a process that waits, and the cycle, if any.
function Graph:__tostring()
  local lines = {}
  for _, entry in ipairs(self.processes) do
    lines[#lines + 1] = ("%s: %s <- %s"):format(label(entry), entry.waiting,
      names(self.processes, wakers(entry), entry.pid))
  end
  lines[#lines + 1] = cycle_line(self.processes)
  return table.concat(lines, "\n")
end

local function quote(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

--- The graph as Graphviz text, for `dot -Tsvg`: an arrow from a process to
-- each one that could wake it, with what it waits for.
-- @treturn string
function Graph:dot()
  local lines = { "digraph waits {", "  node [shape=box];" }
  for _, entry in ipairs(self.processes) do
    lines[#lines + 1] = ("  %d [label=%s];"):format(entry.pid,
      quote(label(entry)))
    for _, arm in ipairs(entry.arms) do
      for _, pid in ipairs(arm.wakers or {}) do
        lines[#lines + 1] = ("  %d -> %d [label=%s];"):format(entry.pid, pid,
          quote(arm.what))
      end
    end
  end
  lines[#lines + 1] = "}\n"
  return table.concat(lines, "\n")
end

--- Who waits for what, now.
-- @treturn table processes = a list of { pid =, name =, stopped =, since =
--   seconds on the kernel's clock, waiting = text, traceback =, arms = a list
--   of { what = text, wakers = the pids of who could end it } }; cycle = a
--   list of pids, each waiting for the next and the last one for the first,
--   or nil; with __tostring, and :dot() for Graphviz
function M.waitgraph()
  local processes = core.waits()
  return setmetatable({
    processes = processes,
    cycle = find_cycle(processes),
  }, Graph)
end

return M
