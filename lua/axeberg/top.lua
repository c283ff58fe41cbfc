--- A live view of the kernel it runs in: processes, what they wait for,
-- channels and how full they are.
-- @module axeberg.top

local core = require "axeberg.core"
local eyes = require "axeberg.eyes"

local M = {}

local CLEAR, HOME, HIDE, SHOW = "\27[2J", "\27[H", "\27[?25l", "\27[?25h"
local ALTERNATE, NORMAL = "\27[?1049h", "\27[?1049l"
local BOLD, REVERSE, DIM, PLAIN = "\27[1m", "\27[7m", "\27[2m", "\27[0m"

local OUTPUT = 5 -- lines of the script's output that are shown

-- ---------------------------------------------------------------- picture

--- 1234567 -> 1.2M, for narrow columns.
local function short(n)
  for _, unit in ipairs { "", "k", "M", "G" } do
    if n < 1000 or unit == "G" then
      return (unit == "" and "%.0f" or n < 10 and "%.1f%s" or "%.0f%s")
        :format(n, unit)
    end
    n = n / 1000
  end
end

local function count_states(list)
  local count = {}
  for _, p in ipairs(list) do count[p.state] = (count[p.state] or 0) + 1 end
  local parts = {}
  for _, state in ipairs { "running", "ready", "waiting", "stopped",
    "zombie" } do
    if count[state] then parts[#parts + 1] = count[state] .. " " .. state end
  end
  return table.concat(parts, ", ")
end

--- Those who run most stand first.
local function by_use(now)
  local list = table.move(now.ps, 1, #now.ps, 1, {})
  table.sort(list, function(a, b)
    local m, n = now.runs[a.pid] or 0, now.runs[b.pid] or 0
    if m ~= n then return m > n end
    return a.pid < b.pid
  end)
  return list
end

--- What it waits for, with the time that is left instead of a moment.
local function waits_for(p, now)
  return ((p.waiting or ""):gsub("until ([%d.]+)", function(moment)
    return ("for %.2f s"):format(math.max(moment - now.clock, 0))
  end))
end

local function process_lines(now)
  -- where the ring was too small for all that happened, a part of it counts
  local time = now.covered or now.elapsed
  local rows = { { "PID", "PPID", "NAME", "STATE", "RUNS/s", "BUSY%",
    "WAITS FOR" } }
  for _, p in ipairs(by_use(now)) do
    rows[#rows + 1] = { p.pid, p.ppid, eyes.fit(p.name, 16), p.state,
      short((now.runs[p.pid] or 0) / time),
      ("%.1f"):format(100 * (now.busy[p.pid] or 0) / time),
      waits_for(p, now) }
  end
  return eyes.columns(rows, { true, true, [5] = true, [6] = true })
end

--- "2 -> 3, 4": who puts in, who takes out.
local function ends_text(ends)
  local function pids(...)
    local seen, list = {}, {}
    for _, kind in ipairs { ... } do
      for _, pid in ipairs(ends[kind] or {}) do
        if not seen[pid] then list[#list + 1] = pid end
        seen[pid] = true
      end
    end
    table.sort(list)
    return list[1] and table.concat(list, ",") or "-"
  end
  if ends.sender or ends.receiver then
    return pids "sender" .. " -> " .. pids "receiver"
  end
  local kinds = {}
  for kind in pairs(ends) do kinds[#kinds + 1] = kind end
  return pids(table.unpack(kinds))
end

local function queue_lines(now)
  local rows = { { "QUEUED", "IN", "BETWEEN" } }
  for _, entry in ipairs(now.held) do
    rows[#rows + 1] = { entry.depth, entry.what, ends_text(entry.ends) }
  end
  return rows[2] and eyes.columns(rows, { true }) or {}
end

--- The picture of a state, as lines; those from width on are cut off, those
--- from height on are missing.  Answers the lines, and which are headings.
-- @tparam table now what look answers
-- @tparam integer width
-- @tparam integer height
function M.frame(now, width, height)
  local s = now.stats
  local lines, headings = {}, {}
  local function add(text) lines[#lines + 1] = text end
  add(("axeberg top - %s - up %.1f s, %d processes: %s"):format(now.title,
    now.time, #now.ps, count_states(now.ps)))
  add(("%s switches/s, %d messages queued, %d handles, %d timers, %s bytes")
    :format(short(now.switches / now.elapsed), s.messages, s.handles,
      s.timers, short(s.bytes)))
  add("")
  local queues = queue_lines(now)
  local below = math.min(#queues + 1, height // 3) + #now.output + 1
  for i, line in ipairs(process_lines(now)) do
    if #lines >= height - below then break end
    if i == 1 then headings[#lines + 1] = true end
    add(line)
  end
  for _, part in ipairs { queues, now.output } do
    if part[1] then
      add("")
      headings[#lines + 1] = true
      for _, line in ipairs(part) do add(line) end
    end
  end
  for i = #lines, height + 1, -1 do lines[i] = nil end
  for i, line in ipairs(lines) do
    if (utf8.len(line) or #line) > width then lines[i] = eyes.fit(line, width)
    end
  end
  return lines, headings
end

-- ------------------------------------------------------------------ look

local Top = {}
Top.__index = Top

--- What there is now, and what happened since the last look.
function Top:look()
  local now = {
    title = self.title, ps = core.ps(), stats = core.stats(),
    held = eyes.held(), clock = core.now(), runs = {}, busy = {},
  }
  local last = self.last or { clock = self.began, steps = 0 }
  now.elapsed = math.max(now.clock - last.clock, 1e-6)
  now.time = now.clock - self.began
  now.switches = now.stats.steps - last.steps
  self.at, now.runs, now.busy, now.covered =
    self.trace.recorder:usage(self.at)
  for i = #now.ps, 1, -1 do
    if now.ps[i].pid == self.pid then table.remove(now.ps, i) end
  end
  now.output = {}
  if self.lines[1] then
    now.output[1] = "OUTPUT"
    table.move(self.lines, 1, #self.lines, 2, now.output)
  end
  self.last = { clock = now.clock, steps = now.stats.steps }
  return now
end

--- Nothing can happen any more but that somebody looks: then nobody looks,
--- and the kernel says what is the matter.
local function stuck(now)
  for _, p in ipairs(now.ps) do
    if p.state == "ready" or p.state == "running" then return false end
  end
  return now.stats.timers == 0
end

-- ------------------------------------------------------------- terminal

local function screen_size()
  local pipe = io.popen("stty size </dev/tty 2>/dev/null")
  local text = pipe and pipe:read("l") or ""
  if pipe then pipe:close() end
  local height, width = text:match("^(%d+) (%d+)$")
  height, width = tonumber(height), tonumber(width)
  if not height or height == 0 then return 24, 80 end
  return height, width
end

function Top:draw(now)
  if not self.terminal then
    local lines = M.frame(now, 1000, 1000)
    self.out:write(table.concat(lines, "\n"), "\n\n")
    self.out:flush()
    return
  end
  self.frames = (self.frames or 0) + 1
  if self.frames % 5 == 1 then self.height, self.width = screen_size() end
  local lines, headings = M.frame(now, self.width, self.height - 1)
  lines[1] = BOLD .. lines[1] .. PLAIN
  for i in pairs(headings) do
    lines[i] = REVERSE .. eyes.fit(lines[i], self.width) .. PLAIN
  end
  for i = 1, #lines do lines[i] = lines[i] .. "\27[K" end
  self.out:write(HOME, table.concat(lines, "\r\n"), "\27[J", DIM, PLAIN)
  self.out:flush()
end

-- -------------------------------------------------------------- the life

--- The last lines that the script printed, for the terminal.
function Top:note(text)
  self.rest = self.rest .. text
  for line in self.rest:gmatch("([^\n]*)\n") do
    table.insert(self.lines, line)
    if #self.lines > OUTPUT then table.remove(self.lines, 1) end
  end
  self.rest = self.rest:match("[^\n]*$")
end

--- What a script sees instead of _G: what it prints goes to the picture.
local function make_env(top)
  local function print(...)
    local parts = table.pack(...)
    for i = 1, parts.n do parts[i] = tostring(parts[i]) end
    top:note(table.concat(parts, "\t") .. "\n")
  end
  local function write(...)
    top:note(table.concat { ... })
    return io.stdout
  end
  local file = setmetatable({ write = write }, { __index = io })
  return setmetatable({ print = print, io = file }, { __index = _G,
    __newindex = _G })
end

--- A view of the kernel that is current when it is started.
-- @tparam string title
-- @tparam number interval seconds between two looks
-- @treturn table with env, the globals for the script; :start(ax), :await(),
--   :stop()
function M.new(title, interval)
  local top = setmetatable({ title = title, interval = interval, lines = {},
    rest = "", at = 0, out = io.stdout, env = _G }, Top)
  top.terminal = os.execute("test -t 1") == true
  if top.terminal then top.env = make_env(top) end
  return top
end

--- Begins to look, in a process of its own; trace: the one that there is.
function Top:start(ax, trace)
  self.ax, self.began = ax, core.now()
  self.trace = trace or ax.trace()
  self.own = not trace
  if self.terminal then self.out:write(ALTERNATE, HIDE, CLEAR, HOME) end
  self.pid = ax.spawn({ name = "top", priority = "critical",
    detached = true }, function()
    repeat
      ax.sleep(self.interval)
      local now = self:look()
      self:draw(now)
    until stuck(now)
  end)
end

--- Waits until nobody is alive but the caller and the view.
function Top:await()
  local ax = self.ax
  while true do
    local other
    for _, p in ipairs(ax.ps()) do
      if p.pid ~= self.pid and p.pid ~= ax.getpid()
        and p.state ~= "zombie" then
        other = p.pid
      end
    end
    if not other then return end
    ax.watch(other)
  end
end

--- Ends the view; a last look, at the whole time, stays on the screen.
function Top:stop()
  local ax = self.ax
  ax.kill(self.pid, "KILL")
  self.last, self.at = nil, 0
  local now = self:look()
  if self.own then self.trace:close() end
  if self.terminal then self.out:write(NORMAL, SHOW) end
  self.terminal = false
  self:draw(now)
end

return M
