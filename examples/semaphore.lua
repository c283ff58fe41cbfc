-- semaphore - counting semaphores of a word in shared memory.
-- A direct region is the segment itself.  wait sleeps if the word is still as
-- it was seen, notify wakes; a process that is killed while it sleeps, or
-- just after it was woken, takes no wake with it.
local ax = require "axeberg"

local Semaphore = {}
Semaphore.__index = Semaphore

--- The semaphore at an offset of a direct region.
local function semaphore(region, offset)
  return setmetatable({ region = region, offset = offset }, Semaphore)
end

--- Takes one, waiting until there is one; false: the time is up.
function Semaphore:acquire(timeout)
  local deadline = timeout and ax.now() + timeout
  while true do
    local free = self.region:unpack(self.offset, "i8")
    if free > 0 then
      self.region:fetch_add(self.offset, -1)
      return true
    end
    local left = deadline and math.max(0, deadline - ax.now())
    local _, why = self.region:wait(self.offset, free, left)
    if why == "timeout" then return false end
  end
end

--- Gives n back.
function Semaphore:release(n)
  self.region:fetch_add(self.offset, n or 1)
  self.region:notify(self.offset, n or 1)
end

local function main()
  local segment = assert(ax.shm(4096, { key = 99 }))

  --- Each process attaches it for itself.
  local function open()
    local mine = ax.shm(nil, { key = 99 }):attach("rw", { direct = true })
    return semaphore(mine, 0), mine:view({ busy = "u32", most = "u32" }, 8)
  end

  local printers, count = open()
  printers:release(3) -- there are three of them

  for job = 1, 10 do
    ax.spawn({ name = "job " .. job }, function()
      local free, usage = open()
      free:acquire()
      usage.busy = usage.busy + 1
      usage.most = math.max(usage.most, usage.busy)
      ax.sleep(0.1) -- prints
      usage.busy = usage.busy - 1
      free:release()
    end)
  end

  local victim = ax.spawn({ name = "victim" }, function()
    open():acquire()
    error "never comes to that: it is killed while it waits"
  end)
  ax.sleep(0.05)
  print("a fourth printer:", printers:acquire(0))
  ax.kill(victim, "KILL")
  ax.wait(victim)

  while ax.wait(-1) do end
  print("jobs are done at", ("%.1f s"):format(ax.now()))
  print("at most", count.most, "at once")
  print("a printer now:", printers:acquire(0))
  segment:remove()
end

ax.run({ clock = "virtual" }, main)
