-- shm - a buffer that two processes share.
-- The writer works on a view of its own and publishes with sync; the reader
-- sees nothing of it before its refresh.
local ax = require "axeberg"
local sys = ax.sys

-- The system calls, as they are in System V, with sync and refresh.
local id = assert(sys.shmget(4096))

ax.spawn({ name = "writer" }, function()
  local region = assert(sys.shmat(id, sys.READ_WRITE))
  assert(sys.mem_write(region, 0, "shared data"))
  assert(sys.shm_sync(id)) -- the end of the process detaches
end)
ax.run()

ax.spawn({ name = "reader" }, function()
  local region = assert(sys.shmat(id, sys.READ))
  assert(sys.shm_refresh(id))
  print("read:", sys.mem_read(region, 0, 11))
  print("write:", sys.mem_write(region, 0, "mine"))
end)
ax.run()
print("removed:", sys.shmctl(id, "IPC_RMID"))

-- The same as objects.  Two writers change different bytes of one page;
-- both changes survive.
local segment = assert(ax.shm(64 * 1024, { key = 1234 }))

local function writer(offset, text)
  local region <close> = ax.shm(nil, { key = 1234 }):attach("rw")
  region:write(offset, text)
  ax.yield() -- the other one writes, too
  print(("%q: version %d, %d bytes replaced"):format(text, region:sync()))
end

local reader = segment:attach("r")
ax.spawn(writer, 0, "left and ")
ax.spawn(writer, 9, "right")
ax.spawn(writer, 12, "HT")

while reader:version() < 3 do
  reader:next() -- waits for a version that it does not show
  reader:refresh()
end
print("version " .. reader:version() .. ":", reader:read(0, 14))

-- Fields of a record, and an array, without making strings or tables.
local region = segment:attach("rw")
local player = region:view({ x = "f32", y = "f32", hits = "u32" }, 4096)
player.x, player.y = 1.5, -2
player.hits = player.hits + 1
local scores = region:view("u16", 8192, 10)
for i = 1, #scores do scores[i] = i * i end
region:sync()
reader:refresh()
print("player:", reader:unpack(4096, "I4 f f"))
print("scores:", reader:view("u16", 8192, 10)[10])

print("attached:", segment:stat().nattch)
print("removed:", segment:remove())
