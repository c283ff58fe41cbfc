--- Traces: what happened, kept in a ring, and saved for ui.perfetto.dev.
-- @module axeberg.trace

local core = require "axeberg.core"

local M = {}

local EVENTS = 65536 -- that are kept, if nobody says how many
local MOST = 1 << 26

local Trace = { __name = "axeberg.trace" }
Trace.__index = Trace

function Trace:__tostring()
  if not self.recorder then return "trace (closed)" end
  local stat = self:stat()
  return ("trace (%s, %d of %d events)"):format(stat.on and "on" or "stopped",
    stat.kept, stat.events)
end

--- The recorder of a trace that is not closed.
local function recorder(trace, method)
  if trace.recorder then return trace.recorder end
  error(("trace:%s: the trace is closed"):format(method), 3)
end

--- Takes note of the names of those who are alive: kernel -> pid -> name.
local function note_names(trace)
  for kernel, names in pairs(trace.recorder:names()) do
    local known = trace.names[kernel] or {}
    trace.names[kernel] = known
    for pid, name in pairs(names) do known[pid] = name end
  end
end

--- Ends the recording; what was recorded stays.
function Trace:stop()
  if self.recorder then
    note_names(self)
    self.recorder:stop()
  end
end

--- Stops, and forgets everything.
function Trace:close()
  if not self.recorder then return end
  self.recorder:close()
  self.recorder = nil
end

Trace.__close = Trace.close
Trace.__gc = Trace.close

--- How it is doing.
-- @treturn table events = how many there were; kept = how many of them are
--   still there; on = is it recording?
function Trace:stat()
  local count, room, on = recorder(self, "stat"):stat()
  return { events = count, kept = math.min(count, room), on = on }
end

--- Goes through what is kept, the oldest first.
-- @treturn function an iterator: { time = seconds since the trace began, kind
--   = "spawn", ..., kernel =, pid =, other =, value =, what =, name =,
--   number =, flow = }
function Trace:events()
  local from = recorder(self, "events")
  local last = from:stat() -- what happens from now on is not for us
  local list, place, at = {}, 0, 0
  return function()
    if place == #list then
      if at >= last then return nil end
      list, at = from:read(at)
      place = 0
    end
    place = place + 1
    return list[place]
  end
end

-- The errors of the host's files that have names of ours.
local ERRNO = {
  [1] = "EPERM", [2] = "ENOENT", [13] = "EACCES", [20] = "ENOTDIR",
  [21] = "EISDIR", [28] = "ENOSPC", [30] = "EROFS",
}

--- Calls fn with a function that writes text to that file of the host; true,
-- or what ax functions answer that fail.
local function write_file(path, fn)
  local file, err, number = io.open(path, "wb")
  if file then
    file:setvbuf("full", 65536)
    local failed
    fn(function(text)
      if failed then return end
      local ok
      ok, err, number = file:write(text)
      failed = not ok
    end)
    local closed, close_err, close_number = file:close()
    if not failed and closed then return true end
    if not failed then err, number = close_err, close_number end
  end
  return nil, err, ERRNO[number] or "EIO"
end

--- Raises unless the options are a table with that one name, or nil.
local function check_names(options, argument, call, known)
  local why
  if options ~= nil and type(options) ~= "table" then
    why = "table expected, got " .. type(options)
  end
  for key in pairs(not why and options or {}) do
    if key ~= known then
      why = ("unknown option \"%s\""):format(tostring(key))
    end
  end
  if why then
    error(("bad argument #%d to '%s' (%s)"):format(argument, call, why), 3)
  end
end

--- Saves it as a file that ui.perfetto.dev and chrome://tracing open.
-- @tparam string path a file of the host
-- @tparam[opt] table options order = true: the events are a microsecond
--   apart, in their order, whatever the clock said
-- @return true; or nil, a sentence, "ENOENT", "EACCES", ...
function Trace:save(path, options)
  recorder(self, "save")
  if type(path) ~= "string" then
    error(("bad argument #1 to 'save' (string expected, got %s)"):format(
      type(path)), 2)
  end
  check_names(options, 2, "save", "order")
  note_names(self)
  return write_file(path, function(write)
    require "axeberg.chrome".export(self, write, options or {})
  end)
end

local function check_options(options)
  local events = options.events or EVENTS
  if math.type(events) ~= "integer" or events < 1 or events > MOST then
    error(("bad argument #1 to 'trace' (option \"events\" is not a whole "
      .. "number from 1 to %d: %s)"):format(MOST, tostring(events)), 3)
  end
  return events
end

--- Begins to record what happens in this kernel, and in those that ax.run
-- makes from now on; there is one trace at a time.
-- @tparam[opt] table options events = how many are kept (65536), 80 bytes
--   each; then the oldest go
-- @return the trace: t:save(path), t:events(), t:stat(), t:stop(), t:close();
--   or nil, a sentence, "EBUSY"
function M.trace(options)
  check_names(options, 1, "trace", "events")
  local room = check_options(options or {})
  local new, err, code = core.recorder(room)
  if not new then return nil, err, code end
  return setmetatable({ recorder = new, names = {} }, Trace)
end

return M
