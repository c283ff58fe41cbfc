--- trace - a workshop under observation.
-- Two makers send parts to one fitter, through a channel with room for two;
-- a clerk looks in from time to time, until he is told to go.  What happened
-- is saved for ui.perfetto.dev, and counted here.
local ax = require "axeberg"

local function make(parts, name, seconds)
  for i = 1, 4 do
    ax.sleep(seconds)
    parts:send(("%s %d"):format(name, i))
  end
end

local function fit(parts)
  for part in parts do
    ax.sleep(0.010)
    if part == "wheel 4" then ax.mark("last wheel") end
  end
end

local function look()
  while true do ax.sleep(0.020) end
end

local function workshop()
  local tx, rx = ax.channel("string", { name = "parts", capacity = 2 })
  local more = tx:clone()
  ax.spawn({ name = "wheels" }, make, tx, "wheel", 0.004)
  ax.spawn({ name = "frames" }, make, more, "frame", 0.015)
  local fitter = ax.spawn({ name = "fitter" }, fit, rx)
  local clerk = ax.spawn({ name = "clerk" }, look)
  ax.wait(fitter)
  ax.kill(clerk)
  ax.wait(clerk)
end

local path = arg and arg[1] or os.tmpname()
local trace <close> = assert(ax.trace())
ax.run({ clock = "virtual" }, workshop)
assert(trace:save(path))

local count, kinds = {}, {}
for event in trace:events() do
  if not count[event.kind] then kinds[#kinds + 1] = event.kind end
  count[event.kind] = (count[event.kind] or 0) + 1
end
table.sort(kinds)
for _, kind in ipairs(kinds) do print(kind, count[kind]) end

local file = assert(io.open(path))
local text = file:read("a")
file:close()
local _, arrows = text:gsub('"ph":"s"[^\n]*"cat":"message"', "")
print(arrows .. " messages have an arrow")
if not (arg and arg[1]) then os.remove(path) end
