--- hand - the scheduler and the queue that one would write by hand.
-- What a good Lua programmer has after an afternoon: a ready list, bounded
-- queues with waiting readers and writers, errors with their traceback.  No
-- timeouts, kill, select or types.  It is the rival that axeberg must be
-- worth more than, so it is written for speed: a queue is made of closures
-- over locals, which is a third faster than fields of an object.
local M = {}

local create, resume = coroutine.create, coroutine.resume
local yield = coroutine.yield

local ready, first, last = {}, 1, 0 -- to run: ready[first .. last]
local current -- the coroutine that runs now

--- Makes a coroutine of fn, ready to run.
function M.spawn(fn)
  last = last + 1
  ready[last] = create(fn)
end

--- Runs until nobody is ready.
function M.run()
  while first <= last do
    local co = ready[first]
    ready[first] = nil
    first = first + 1
    current = co
    local ok, err = resume(co)
    if not ok then error(debug.traceback(co, err), 0) end
  end
  first, last = 1, 0
end

--- The coroutine that runs now, and how to make one ready again.
function M.running() return current end
function M.wake(co)
  last = last + 1
  ready[last] = co
end

--- A queue of at most capacity messages (default: no limit) with the
-- methods send, recv and close.
function M.queue(capacity)
  capacity = capacity or math.maxinteger
  local items, head, tail = {}, 1, 0
  local readers, nreaders = {}, 0
  local writers, whead, wtail = {}, 1, 0
  local closed = false
  local Q = {}

  --- Appends v; waits while the queue is full.
  function Q.send(_, v)
    while tail - head + 1 >= capacity do
      wtail = wtail + 1
      writers[wtail] = current
      yield()
    end
    tail = tail + 1
    items[tail] = v
    if nreaders > 0 then
      last = last + 1
      ready[last] = readers[nreaders]
      nreaders = nreaders - 1
    end
  end

  --- Takes the oldest; waits for one; nil if the queue is closed and empty.
  function Q.recv()
    while head > tail do
      if closed then return nil end
      nreaders = nreaders + 1
      readers[nreaders] = current
      yield()
    end
    local v = items[head]
    items[head] = nil
    if head == tail then head, tail = 1, 0 else head = head + 1 end
    if whead <= wtail then
      last = last + 1
      ready[last] = writers[whead]
      writers[whead] = nil
      if whead == wtail then whead, wtail = 1, 0 else whead = whead + 1 end
    end
    return v
  end

  --- No more messages: readers get what is left, then nil.
  function Q.close()
    closed = true
    while nreaders > 0 do
      last = last + 1
      ready[last] = readers[nreaders]
      nreaders = nreaders - 1
    end
  end
  return Q
end

return M
