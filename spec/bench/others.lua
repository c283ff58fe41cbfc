--- others - one face for the rivals that are written in Lua.
-- Each has spawn(fn), run() and queue(capacity) with q:send(v), q:recv() and
-- q:close(), so that one body of a workload serves them all.  The face costs
-- them nothing: methods are the library's own wherever it has them.
local M = {}

--- The hand-written scheduler.
function M.hand() return require "bench.hand" end

-- A queue on condition variables: cqueues brings none of its own that stays
-- inside one Lua state.
local function cqueues_queue(condition, capacity)
  capacity = capacity or math.maxinteger
  local items, head, tail, closed = {}, 1, 0, false
  local more, room = condition.new(), condition.new()
  local nreaders, nwriters = 0, 0
  local Q = {}

  function Q.send(_, v)
    while tail - head + 1 >= capacity do
      nwriters = nwriters + 1
      room:wait()
      nwriters = nwriters - 1
    end
    tail = tail + 1
    items[tail] = v
    if nreaders > 0 then more:signal(1) end
  end

  function Q.recv()
    while head > tail do
      if closed then return nil end
      nreaders = nreaders + 1
      more:wait()
      nreaders = nreaders - 1
    end
    local v = items[head]
    items[head] = nil
    if head == tail then head, tail = 1, 0 else head = head + 1 end
    if nwriters > 0 then room:signal(1) end
    return v
  end

  function Q.close()
    closed = true
    more:signal()
  end
  return Q
end

--- cqueues: its controller, its coroutines, its condition variables.
function M.cqueues()
  local cqueues = require "cqueues"
  local condition = require "cqueues.condition"
  local loop = cqueues.new()
  return {
    spawn = function(fn) loop:wrap(fn) end,
    run = function() assert(loop:loop()) end,
    queue = function(capacity) return cqueues_queue(condition, capacity) end,
    sleep = cqueues.sleep,
  }
end

--- Copas: its threads and its own queue, which has no limit.
function M.copas()
  local copas = require "copas"
  local queue = require "copas.queue"
  return {
    spawn = function(fn) copas.addthread(fn) end,
    run = function() copas.loop() end,
    queue = function()
      local q = queue.new()
      q.send, q.recv = q.push, q.pop
      q.close = q.finish
      return q
    end,
    sleep = copas.pause or copas.sleep,
  }
end

return M
