-- frame - a renderer that never sees half a frame.
-- The game draws a frame in several steps and gives way in between, as a long
-- computation does; the renderer shows what is there whenever it likes.  The
-- game's view is its own until it says sync, so each frame is seen as a whole.
local ax = require "axeberg"

local BUFFER_SIZE = 64 * 1024
local LINES = 16
local LINE = BUFFER_SIZE // LINES

local segment = assert(ax.shm(BUFFER_SIZE))

--- Fills the buffer with the number of the frame, line by line.
local function generate_frame(region, number)
  local line = string.char(number):rep(LINE)
  for i = 0, LINES - 1 do
    region:write(i * LINE, line)
    ax.yield() -- others run, the renderer among them
  end
end

--- The number of the frame if it is one and whole.
local function render(frame)
  local number = frame:byte()
  if frame ~= frame:sub(1, 1):rep(BUFFER_SIZE) then
    error("half of frame " .. number)
  end
  return number
end

ax.spawn({ name = "game" }, function()
  local region <close> = segment:attach("rw")
  for number = 1, 20 do
    generate_frame(region, number)
    region:sync()
  end
end)

ax.spawn({ name = "renderer" }, function()
  local region <close> = segment:attach("r")
  local frames, last = 0, 0
  while last < 20 do
    region:refresh()
    local number = render(region:read())
    if number ~= last then frames = frames + 1 end
    last = number
    ax.yield()
  end
  print(frames .. " frames, all whole")
end)

ax.spawn({ name = "recorder" }, function()
  -- Waits for a frame instead of looking all the time.
  local region <close> = segment:attach("r")
  local seen = {}
  while seen[#seen] ~= 20 do
    if not region:next(1) then break end
    region:refresh()
    seen[#seen + 1] = render(region:read())
  end
  print("recorded: " .. table.concat(seen, " "))
end)

ax.run()
segment:remove()
