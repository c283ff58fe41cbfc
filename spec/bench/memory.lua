--- memory - what a blocked process and its own channel keep resident (W4).
-- The functions answer bytes per process, measured on the process's size in
-- RAM before and after, without a collection in between: garbage that the
-- making leaves behind counts, as it does in a program.
local others = require "bench.others"

--- Bytes of this program that are in RAM.
local function resident()
  local file = assert(io.open "/proc/self/statm")
  local _, pages = file:read("n", "n")
  file:close()
  return pages * 4096
end

--- An array of n slots, so that its growth is not measured.
local function slots(n)
  local keep = {}
  for i = 1, n do keep[i] = false end
  return keep
end

--- Runs fill(keep), which makes the processes and lets them block.
local function measure(n, fill)
  local keep = slots(n)
  collectgarbage()
  collectgarbage()
  local before = resident()
  fill(keep)
  local bytes = (resident() - before) / n
  return bytes, keep
end

local function axeberg(n)
  local ax = require "axeberg"
  local function block(rx) return rx:recv() end
  return ax.run(function()
    local bytes, keep = measure(n, function(keep)
      for i = 1, n do
        local tx, rx = ax.channel("integer")
        keep[i] = tx
        ax.spawn(block, rx)
      end
      ax.yield()
    end)
    for i = 1, n do keep[i]:close() end
    return bytes
  end)
end

-- The queue of hand.lua with fields instead of closures: slower, but a
-- kilobyte smaller, and here that is what counts.
local Queue = {}
Queue.__index = Queue

local function queue()
  return setmetatable({ head = 1, tail = 0, capacity = math.maxinteger,
    closed = false }, Queue)
end

function Queue:send(v)
  local lib = require "bench.hand"
  while self.tail - self.head + 1 >= self.capacity do
    self.writers = self.writers or {}
    table.insert(self.writers, lib.running())
    coroutine.yield()
  end
  self.tail = self.tail + 1
  self[self.tail] = v
  local reader = self.reader
  if reader then
    self.reader = nil
    lib.wake(reader)
  end
end

function Queue:recv()
  local lib = require "bench.hand"
  while self.head > self.tail do
    if self.closed then return nil end
    self.reader = lib.running()
    coroutine.yield()
  end
  local v = self[self.head]
  self[self.head] = nil
  self.head = self.head + 1
  if self.writers and self.writers[1] then
    lib.wake(table.remove(self.writers, 1))
  end
  return v
end

local function hand(n)
  local lib = require "bench.hand"
  local bytes, keep = measure(n, function(keep)
    for i = 1, n do
      local q = queue()
      keep[i] = q
      lib.spawn(function() return q:recv() end)
    end
    lib.run()
  end)
  for i = 1, n do keep[i]:send(i) end
  lib.run()
  return bytes
end

local function cqueues(n)
  local condition = require "cqueues.condition"
  local loop = require "cqueues".new()
  return (measure(n, function(keep)
    for i = 1, n do
      local q = { more = condition.new() }
      keep[i] = q
      loop:wrap(function()
        q.more:wait()
        return q[1]
      end)
    end
    assert(loop:step(0))
  end))
end

local function copas(n)
  local lib = others.copas()
  local step = require "copas".step
  return (measure(n, function(keep)
    for i = 1, n do
      local q = lib.queue()
      keep[i] = q
      lib.spawn(function() return q:recv() end)
    end
    for _ = 1, 2 do step(0) end
  end))
end

return {
  {
    name = "memory",
    title = "resident bytes of a blocked process with its own channel",
    unit = "a process",
    bytes = true,
    whole = true,
    n = 100000,
    run = { axeberg = axeberg, hand = hand, cqueues = cqueues,
      copas = copas },
    go = "memory",
    limit = 1500,
    goals = { hand = { 0.95, 0.85 }, go = { 0.55 } },
  },
}
