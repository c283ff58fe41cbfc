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

local function index(entries)
  local by_pid = {}
  for _, entry in ipairs(entries) do by_pid[entry.pid] = entry end
  return by_pid
end

-- ---------------------------------------------------------------- cycles

--- Where a search goes on: from an entry to the lists of those who could wake
-- it, from such a list to their entries.  Many who wait for one thing have
-- the same list, and it is looked at once.
local function followers(node, by_pid)
  local list = {}
  for _, arm in ipairs(node.arms or {}) do list[#list + 1] = arm.wakers end
  for _, pid in ipairs(node) do list[#list + 1] = by_pid[pid] end
  return list
end

local function enter(search, node)
  search.count = search.count + 1
  search.number[node], search.low[node] = search.count, search.count
  table.insert(search.open, node)
  table.insert(search.path, {
    node = node,
    followers = followers(node, search.by_pid),
    at = 0,
  })
end

local function lower(a, b)
  if a and b then return a.pid < b.pid and a or b end
  return a or b
end

--- All that a node leads to was seen, and nothing led to before it: what is
-- open from it on is a component, in which each leads to each.
local function close(search, node)
  local member, entry
  local size = 0
  repeat
    member = table.remove(search.open)
    search.low[member] = math.huge
    if member.pid then entry = lower(entry, member) end
    size = size + 1
  until member == node
  if size > 1 then search.first = lower(search.first, entry) end
end

--- One step on the path from which a search goes on.
local function advance(search)
  local path, low = search.path, search.low
  local top = path[#path]
  top.at = top.at + 1
  local node, follower = top.node, top.followers[top.at]
  if not follower then
    table.remove(path)
    local outer = path[#path] and path[#path].node
    if outer then low[outer] = math.min(low[outer], low[node]) end
    if low[node] == search.number[node] then close(search, node) end
  elseif not low[follower] then
    enter(search, follower)
  else
    low[node] = math.min(low[node], low[follower])
  end
end

--- The entry with the lowest pid of all that are in a cycle, or nil, by
-- Tarjan's search for strongly connected components.
local function first_in_cycle(entries, by_pid)
  local search = { by_pid = by_pid, count = 0, number = {}, low = {},
    open = {}, path = {} }
  for _, entry in ipairs(entries) do
    if not search.low[entry] then enter(search, entry) end
    while #search.path > 0 do advance(search) end
  end
  return search.first
end

--- For each node that can be reached from the first one, until that is
-- reached again: from where.
local function ways_from(first, by_pid)
  local from, queue, at = {}, { first }, 0
  while not from[first] do
    at = at + 1
    for _, node in ipairs(followers(queue[at], by_pid)) do
      if not from[node] then
        from[node] = queue[at]
        queue[#queue + 1] = node
      end
    end
  end
  return from
end

--- A way from process to process, each waiting for the next, that comes back
-- to where it began: a list of pids, or nil.  It is the shortest of those
-- through the lowest pid of all that are in one.
local function find_cycle(entries)
  local by_pid = index(entries)
  local first = first_in_cycle(entries, by_pid)
  if not first then return nil end
  local from, list = ways_from(first, by_pid), { first.pid }
  local node = from[first]
  while node ~= first do
    if node.pid then table.insert(list, 2, node.pid) end
    node = from[node]
  end
  return list
end

-- ------------------------------------------------------------------ words

--- The processes with these numbers, by their names where they wait.
local function names(by_pid, pids, self)
  if #pids == 0 then return "nobody" end
  local list = {}
  for i, pid in ipairs(pids) do
    list[i] = (by_pid[pid] and label(by_pid[pid]) or "process " .. pid)
      .. (pid == self and " itself" or "")
  end
  return table.concat(list, ", ")
end

--- An entry without a wait is there because it is stopped.
local function describe(by_pid, entry)
  local lines = { label(entry) .. ": " .. (entry.waiting or "ready to run") }
  if entry.since then
    lines[2] = ("  waits since about %.3f; who could wake it: %s"):format(
      entry.since, names(by_pid, wakers(entry), entry.pid))
  end
  if entry.stopped then
    lines[#lines + 1] = ('  stopped; ax.kill(%d, "CONT") lets it go on')
      :format(entry.pid)
  end
  if entry.traceback ~= "" then lines[#lines + 1] = entry.traceback end
  return table.concat(lines, "\n")
end

local function cycle_line(entries)
  local cycle = find_cycle(entries)
  if not cycle then return nil end
  cycle[#cycle + 1] = cycle[1]
  return "cycle: process " .. table.concat(cycle, " -> process ")
end

--- Appends the first of the entries, and the first of those behind them that
-- are stopped: they may be why the others wait.
local function add_entries(lines, entries)
  local by_pid, room, shown = index(entries), 2 * SHOWN, 0
  for i, entry in ipairs(entries) do
    if i <= SHOWN or entry.stopped and shown < room then
      lines[#lines + 1] = describe(by_pid, entry)
      shown = shown + 1
    end
  end
  local more = #entries - shown
  if more > 0 then lines[#lines + 1] = ("... and %d more"):format(more) end
end

--- The text of an error object; its __tostring may fail.
local function error_text(err)
  local ok, text = pcall(tostring, err)
  if ok then return text end
  return ("(error object is a %s value; its __tostring failed)"):format(
    type(err))
end

local function headline(entries)
  local what = "are stopped"
  for _, entry in ipairs(entries) do
    if entry.waiting then what = "wait" end
  end
  return "deadlock: nothing can run, nothing is going to happen, and these "
    .. what .. ":"
end

local function tostring_deadlock(self)
  local lines = { headline(self.processes) }
  add_entries(lines, self.processes)
  lines[#lines + 1] = cycle_line(self.processes)
  for _, failure in ipairs(self.failures) do
    lines[#lines + 1] = ("%s had failed before: %s"):format(label(failure),
      error_text(failure.error))
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
  local lines, by_pid = {}, index(self.processes)
  for _, entry in ipairs(self.processes) do
    lines[#lines + 1] = ("%s: %s%s <- %s"):format(label(entry),
      entry.waiting or "ready to run", entry.stopped and ", stopped" or "",
      names(by_pid, wakers(entry), entry.pid))
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
--   about when it began, in seconds on the kernel's clock, waiting = text,
--   traceback =, arms = a list of { what = text, wakers = the pids of who
--   could end it } }, where who is only stopped has no since and no waiting;
--   cycle = a list of pids, each waiting for the next and the last one for
--   the first, or nil; with __tostring, and :dot() for Graphviz
function M.waitgraph()
  local processes = core.waits()
  return setmetatable({
    processes = processes,
    cycle = find_cycle(processes),
  }, Graph)
end

return M
