--- shm - shared memory: what is touched is paid for, not the segment.
local PAGE, KIB, MIB = 4096, 1024, 1024 * 1024

--- A segment of that size all of which was written; a region to write, and
-- one to read.
local function segment(size)
  local ax = require "axeberg"
  local s = ax.shm(size)
  local writer, reader = s:attach("rw"), s:attach("r")
  local chunk = ("x"):rep(64 * KIB)
  for offset = 0, size - 1, #chunk do writer:write(offset, chunk) end
  writer:sync()
  reader:refresh()
  return s, writer, reader
end

--- Keeps what make answers from the warm-up to the measurement.
local function with(make, work)
  local made
  return function(n)
    made = made or table.pack(make())
    work(n, table.unpack(made, 1, made.n))
  end
end

local function sync(size)
  return with(function() return segment(size) end,
    function(n, _, writer, reader)
      local offset, texts = size // 2 + 100, { [0] = "even", "odd!" }
      for i = 1, n do
        writer:write(offset, texts[i & 1])
        writer:sync()
        reader:refresh()
      end
      if reader:read(offset, 4) ~= texts[n & 1] then error "not synced" end
    end)
end

local function attach(size)
  return with(function() return segment(size) end, function(n, s)
    local offset = size - PAGE
    for _ = 1, n do
      local region = s:attach("r")
      if region:read(offset, 1) ~= "x" then error "not attached" end
      region:detach()
    end
  end)
end

-- Two processes: one writes a frame and syncs, the other one refreshes and
-- reads it into a buffer.
local function frame(n)
  local ax = require "axeberg"
  local size = 64 * KIB
  local s = ax.shm(size)
  local frames = {}
  for i = 0, 1 do frames[i] = string.char(65 + i):rep(size) end
  local last
  ax.spawn(function()
    local region = s:attach("rw")
    for i = 1, n do
      region:write(0, frames[i & 1])
      region:sync()
      ax.yield()
    end
  end)
  ax.spawn(function()
    local region, buffer = s:attach("r"), ax.buffer(size)
    for _ = 1, n do
      region:refresh()
      region:read(0, buffer)
      ax.yield()
    end
    last = buffer:tostring()
  end)
  ax.run()
  s:remove()
  if last ~= frames[n & 1] then error "a frame is missing" end
end

local FIELDS = { x = "f32", y = "f32", hits = "u32" }

local function view()
  return require "axeberg".shm(PAGE):attach():view(FIELDS, 64)
end

local function write_field(n, v)
  for i = 1, n do v.hits = i end
  if v.hits ~= n then error "not written" end
end

local function read_field(n, v)
  local sum = 0
  v.hits = 3
  for _ = 1, n do sum = sum + v.hits end
  if sum ~= 3 * n then error "not read" end
end

--- By hand: the record is a string, which is made anew for each change.
local function hand_write(n)
  local record = string.pack("ffI4", 1, 2, 0)
  for i = 1, n do
    local x, y = string.unpack("ff", record)
    record = string.pack("ffI4", x, y, i)
  end
  if string.unpack("I4", record, 9) ~= n then error "not written" end
end

local function hand_read(n)
  local record, unpack, sum = string.pack("ffI4", 1, 2, 3), string.unpack, 0
  for _ = 1, n do sum = sum + unpack("I4", record, 9) end
  if sum ~= 3 * n then error "not read" end
end

return {
  {
    name = "shm-sync", title = "write, sync, refresh of one page in 64 MiB",
    unit = "a page", needs = "shm", n = 300000,
    run = { axeberg = sync(64 * MIB), itself = sync(64 * KIB) },
    labels = { itself = "axeberg, in 64 KiB" },
    goals = { itself = { 1.3 } },
  },
  {
    name = "shm-attach", title = "attach of 64 MiB, read a byte, detach",
    unit = "a region", needs = "shm", n = 300000,
    run = { axeberg = attach(64 * MIB), itself = attach(64 * KIB) },
    labels = { itself = "axeberg, of 64 KiB" },
    goals = { itself = { 1.3 } },
  },
  {
    name = "shm-frame",
    title = "a frame of 64 KiB from one process to another",
    unit = "a frame", needs = "shm", n = 50000,
    run = { axeberg = frame }, c = "memcpy",
    labels = { c = "memcpy of 64 KiB in C" },
    goals = { c = { 5.0 } },
  },
  {
    name = "shm-read", title = "read a field of a view",
    unit = "a field", needs = "shm", n = 5000000,
    run = { axeberg = with(view, read_field), hand = hand_read },
    labels = { hand = "string.unpack" },
    goals = { Y = { 0.6 } },
  },
  {
    name = "shm-write", title = "write a field of a view",
    unit = "a field", needs = "shm", n = 5000000,
    run = { axeberg = with(view, write_field), hand = hand_write },
    labels = { hand = "string.pack" },
    goals = { Y = { 0.6 } },
  },
}
