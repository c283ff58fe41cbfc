--- Traces as the JSON that ui.perfetto.dev and chrome://tracing read.
--
-- A kernel is a process there, and a process of ours a thread.  The file is
-- written while the events are read; what is remembered meanwhile is who
-- runs, who waits, and which messages are on their way.
-- @module axeberg.chrome

local cjson = require "cjson"

local M = {}

local STEP = 0.001 -- microseconds between two events, at least

local HOW = { [0] = "exit", "killed", "failed" }
local SIGNALS = { [9] = "KILL", [15] = "TERM", [18] = "CONT", [19] = "STOP" }
local RESULTS = { [0] = "done", [-32] = "closed", [-110] = "timeout",
  [-125] = "cancelled" }

-- What is done with pipes, which have numbers, and with files, which do not.
local PIPES = { ["read from"] = "read from pipe",
  ["write to"] = "write to pipe" }

-- ----------------------------------------------------------------- names

--- The text without what is no UTF-8.
local function clean(text)
  if utf8.len(text) then return text end
  local _, bad = utf8.len(text)
  if bad > #text - 3 then return clean(text:sub(1, bad - 1)) end
  return (text:gsub("[\128-\255]", "?"))
end

--- The text as JSON; remembered, for there are few.
local function quoted(self, text)
  local known = self.quotes[text]
  if known then return known end
  known = cjson.encode(clean(text))
  self.quotes[text] = known
  return known
end

--- What a process is called in the picture.
local function process_name(self, kernel, pid)
  local name = (self.names[kernel] or {})[pid]
  if name and name ~= "" then return name end
  return pid == 0 and "host" or ("process %d"):format(pid)
end

--- What an object is called: its name, or its number; both where two of a
--- kind have one name.
local function object_name(self, event)
  if not event.name then
    local what = PIPES[event.what] or event.what
    return event.number and ("%s #%d"):format(what, event.number)
      or event.what
  end
  local name = ('%s "%s"'):format(event.what, event.name)
  local key = event.kernel .. name
  self.owners[key] = self.owners[key] or event.number
  if self.owners[key] == event.number then return name end
  return ("%s #%d"):format(name, event.number)
end

--- What a process does that waits.
local function wait_name(self, event)
  if not event.what then return "wait" end
  local more = event.kind == "wait" and event.value - 1 or 0
  local name = object_name(self, event)
  return more > 0 and ("%s or %d more"):format(name, more) or name
end

-- ---------------------------------------------------------------- writing

--- Writes one line; fields is the rest of it, as JSON.
local function put(self, phase, kernel, pid, time, fields)
  self.write(('%s{"ph":"%s","pid":%d,"tid":%d,"ts":%.3f,%s}'):format(
    self.separator, phase, kernel, pid, time, fields))
  self.separator = ",\n"
end

local function put_slice(self, kernel, pid, from, to, note)
  put(self, "X", kernel, pid, from, ('"dur":%.3f,"cat":"run","name":%s%s')
    :format(to - from, quoted(self, process_name(self, kernel, pid)),
      note and (',"args":{"%s":true}'):format(note) or ""))
end

local function put_span(self, phase, kernel, pid, time, name, arguments)
  put(self, phase, kernel, pid, time,
    ('"cat":"wait","id":"%d.%d","name":%s%s'):format(kernel, pid,
      quoted(self, name), arguments and ',"args":' .. arguments or ""))
end

local function put_instant(self, event, pid, time, name)
  put(self, "i", event.kernel, pid, time, ('"s":"t","cat":%s,"name":%s')
    :format(quoted(self, event.kind), quoted(self, name)))
end

local function put_depth(self, event, time)
  if event.value < 0 then return end
  put(self, "C", event.kernel, 0, time, ('"name":%s,"args":{"%s":%d}')
    :format(quoted(self, object_name(self, event)),
      event.what == "pipe" and "bytes" or "messages", event.value))
end

--- An arrow, both ends at once: there is none with one end only.
local function put_arrow(self, kernel, from, pid, time, category, name)
  self.arrows = self.arrows + 1
  local fields = ('"cat":"%s","id":%d,"name":%s'):format(category,
    self.arrows, quoted(self, name))
  put(self, "s", kernel, from.pid, from.time, fields)
  put(self, "f", kernel, pid, time, '"bp":"e",' .. fields)
end

-- ------------------------------------------------------------- processes

--- What is known of a process: open, where its slice began; seen, its last
--- event in it; last, where its last slice ended; span, what it waits for;
--- parent, from where an arrow is to come.
local function process(self, kernel, pid)
  local world = self.kernels[kernel]
  local p = world.processes[pid]
  if not p then
    p = {}
    world.processes[pid] = p
  end
  return p
end

--- Where an arrow may begin or end at that time: inside of a slice.  Who
--- waited when its message went off sent it at the end of its last slice.
local function anchor(self, kernel, pid, time)
  local p = process(self, kernel, pid)
  if p.open then return { pid = pid, time = time } end
  if not p.last then return nil end
  return { pid = pid, time = p.last - STEP }
end

local function end_slice(self, kernel, pid, time, note)
  local p = process(self, kernel, pid)
  local from = p.open
  if not from then -- it began before what we have
    from, note = self.kernels[kernel].first, "truncated"
  end
  put_slice(self, kernel, pid, from, time, note)
  p.open, p.last = nil, time
  self.kernels[kernel].running = nil
end

--- Somebody else runs, or the process itself is woken: so it does not run any
--- more, though nobody said so, for the trace began in the middle of a step.
local function end_running(self, kernel)
  local pid = self.kernels[kernel].running
  if not pid then return end
  end_slice(self, kernel, pid, process(self, kernel, pid).seen)
end

local function end_span(self, kernel, pid, time, name, arguments)
  local p = process(self, kernel, pid)
  if not p.span then
    put_span(self, "b", kernel, pid, self.kernels[kernel].first, name,
      '{"truncated":true}')
    p.span = name
  end
  put_span(self, "e", kernel, pid, time, p.span, arguments)
  p.span = nil
end

-- ---------------------------------------------------------------- events

local on = {}

function on.spawn(self, event, time)
  if event.other == 0 then return end
  put_instant(self, event, event.other, time,
    "spawn " .. process_name(self, event.kernel, event.pid))
  process(self, event.kernel, event.pid).parent =
    anchor(self, event.kernel, event.other, time)
end

function on.exit(self, event, time)
  local how = HOW[event.other] or "exit"
  if event.other == 0 then
    how = ("exit %d"):format(event.value)
  elseif event.other == 1 then
    how = "killed by " .. (SIGNALS[event.value] or event.value)
  end
  put_instant(self, event, event.pid, time, how)
end

function on.run(self, event, time)
  local p = process(self, event.kernel, event.pid)
  end_running(self, event.kernel)
  p.open, p.seen = time, time
  self.kernels[event.kernel].running = event.pid
  if p.parent then
    put_arrow(self, event.kernel, p.parent, event.pid, time, "spawn", "spawn")
    p.parent = nil
  end
end

function on.pause(self, event, time)
  end_slice(self, event.kernel, event.pid, time)
end

function on.wait(self, event, time)
  local name = wait_name(self, event)
  process(self, event.kernel, event.pid).span = name
  put_span(self, "b", event.kernel, event.pid, time, name)
end

function on.wake(self, event, time)
  if self.kernels[event.kernel].running == event.pid then
    end_running(self, event.kernel)
  end
  local result = RESULTS[event.value] or ("error %d"):format(event.value)
  end_span(self, event.kernel, event.pid, time, wait_name(self, event),
    ('{"result":"%s"}'):format(result))
end

--- The messages with that number that are on their way, the first first:
--- numbers come again after a while.
local function flight(self, event)
  local key = ("%d %s %d %d"):format(event.kernel, event.what,
    event.number or 0, event.flow)
  return key, self.flights[key]
end

function on.send(self, event, time)
  put_depth(self, event, time)
  if not event.flow then return end
  local key, list = flight(self, event)
  list = list or {}
  self.flights[key] = list
  list[#list + 1] = anchor(self, event.kernel, event.pid, time)
end

function on.recv(self, event, time)
  put_depth(self, event, time)
  if not event.flow then return end
  local key, list = flight(self, event)
  local from = list and table.remove(list, 1)
  if not from then return end -- it was sent before what we have
  if not list[1] then self.flights[key] = nil end
  if not process(self, event.kernel, event.pid).open then return end
  put_arrow(self, event.kernel, from, event.pid, time, "message",
    object_name(self, event))
end

function on.depth(self, event, time)
  put_depth(self, event, time)
end

function on.signal(self, event, time)
  put_instant(self, event, event.pid, time, ("%s to %s"):format(
    SIGNALS[event.value] or event.value,
    process_name(self, event.kernel, event.other)))
end

function on.timer(self, event, time)
  put_instant(self, event, event.pid, time, "timer")
end

function on.mark(self, event, time)
  put_instant(self, event, event.pid, time, event.name or "")
end

-- ---------------------------------------------------------------- export

--- The names that the events tell.
local function collect_names(self, trace)
  for event in trace:events() do
    if event.kind == "spawn" or event.kind == "exit" then
      local names = self.names[event.kernel] or {}
      self.names[event.kernel] = names
      names[event.pid] = event.name or ""
    end
  end
end

--- The time of an event in microseconds; those of a kernel are never the
--- same, and never go back.
local function tick(self, event)
  local world = self.kernels[event.kernel]
  local time = self.ordered or event.time * 1e6
  if not world then
    world = { first = time, last = time - STEP, processes = {} }
    self.kernels[event.kernel] = world
  end
  if time < world.last + STEP then time = world.last + STEP end
  world.last = time
  return time
end

--- Who runs was still running then.
local function see(self, event, time)
  local world = self.kernels[event.kernel]
  local pid = event.kind == "spawn" and event.other or event.pid
  if pid == world.running and event.kind ~= "timer" then
    world.processes[pid].seen = time
  end
end

--- The keys of a table, in order.
local function sorted(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

--- What is still going on ends with the trace, and says so.
local function end_all(self)
  for _, kernel in ipairs(sorted(self.kernels)) do
    local world = self.kernels[kernel]
    local time = world.last + STEP
    for _, pid in ipairs(sorted(world.processes)) do
      local p = world.processes[pid]
      if p.open then end_slice(self, kernel, pid, time, "unfinished") end
      if p.span then
        end_span(self, kernel, pid, time, p.span, '{"unfinished":true}')
      end
    end
  end
end

--- Who is who.
local function put_names(self)
  for _, kernel in ipairs(sorted(self.kernels)) do
    put(self, "M", kernel, 0, 0, ('"name":"process_name","args":'
      .. '{"name":"kernel %d"}'):format(kernel))
    for _, pid in ipairs(sorted(self.kernels[kernel].processes)) do
      put(self, "M", kernel, pid, 0, ('"name":"thread_name","args":'
        .. '{"name":%s}'):format(quoted(self,
          process_name(self, kernel, pid))))
      put(self, "M", kernel, pid, 0, ('"name":"thread_sort_index","args":'
        .. '{"sort_index":%d}'):format(pid))
    end
  end
end

--- Writes the trace.
-- @param trace of ax.trace
-- @tparam function write is called with pieces of text
-- @tparam table options order = true: events are a microsecond apart
function M.export(trace, write, options)
  local stat = trace:stat()
  local self = {
    write = write, separator = "\n", arrows = 0, ordered = options.order and 0,
    quotes = {}, owners = {}, flights = {}, kernels = {}, names = {},
  }
  for kernel, names in pairs(trace.names) do
    self.names[kernel] = {}
    for pid, name in pairs(names) do self.names[kernel][pid] = name end
  end
  collect_names(self, trace)
  write(('{"displayTimeUnit":"ns","otherData":{"program":"axeberg",'
    .. '"events":%d,"forgotten":%d},"traceEvents":['):format(stat.kept,
      stat.events - stat.kept))
  for event in trace:events() do
    if self.ordered then self.ordered = self.ordered + 1 end
    local time = tick(self, event)
    on[event.kind](self, event, time)
    see(self, event, time)
  end
  end_all(self)
  put_names(self)
  write("\n]}\n")
end

return M
