--- timer - deadlines: sleeping, firing, cancelling (W8).
-- Who has a virtual clock (axeberg, the hand-written scheduler) uses it; the
-- others sleep for real.  What is measured is processor time, so waiting
-- itself is free for all.
local others = require "bench.others"

--- Deadlines in an order that no heap likes best, the same on every run.
local function delays(n, scale)
  local list, x = {}, 1
  for i = 1, n do
    x = x * 1103515245 + 12345 & 0x7fffffff
    list[i] = (x >> 8) % 1000 * scale
  end
  return list
end

-- By hand: a binary heap of deadlines, each with what is to be done ----------

local function heap_add(heap, when, what)
  local n = heap.n + 1
  heap.n = n
  local at, whats = heap.at, heap.what
  while n > 1 do
    local up = n >> 1
    if at[up] <= when then break end
    at[n], whats[n] = at[up], whats[up]
    n = up
  end
  at[n], whats[n] = when, what
end

local function heap_take(heap)
  local at, whats, n = heap.at, heap.what, heap.n
  local first, when, what = whats[1], at[n], whats[n]
  at[n], whats[n] = nil, nil
  n = n - 1
  heap.n = n
  if n == 0 then return first end
  local i = 1
  while true do
    local kid = i << 1
    if kid > n then break end
    if kid < n and at[kid + 1] < at[kid] then kid = kid + 1 end
    if when <= at[kid] then break end
    at[i], whats[i] = at[kid], whats[kid]
    i = kid
  end
  at[i], whats[i] = when, what
  return first
end

local function heap_new() return { n = 0, at = {}, what = {} } end

local function hand_sleep(n)
  local lib, heap = require "bench.hand", heap_new()
  local list, now, woken = delays(n, 0.0001), 0, 0
  for i = 1, n do
    lib.spawn(function()
      heap_add(heap, now + list[i], lib.running())
      coroutine.yield()
      woken = woken + 1
    end)
  end
  lib.run()
  while heap.n > 0 do
    now = heap.at[1]
    while heap.n > 0 and heap.at[1] <= now do lib.wake(heap_take(heap)) end
    lib.run()
  end
  if woken ~= n then error "somebody sleeps still" end
end

local function hand_fire(n)
  local heap, fired = heap_new(), 0
  local list = delays(n, 0.001)
  local function fire() fired = fired + 1 end
  for i = 1, n do heap_add(heap, list[i], fire) end
  while heap.n > 0 do heap_take(heap)() end
  if fired ~= n then error "a timer was lost" end
end

--- Cancelling is a flag; the heap forgets the timer when its time comes.
local function hand_cancel(n)
  local heap, list, timers = heap_new(), delays(n, 0.001), {}
  for i = 1, n do
    local timer = { cancelled = false }
    timers[i] = timer
    heap_add(heap, list[i], timer)
  end
  for _, timer in ipairs(timers) do timer.cancelled = true end
  if not heap.what[n].cancelled then error "a timer was missed" end
end

-- With axeberg ------------------------------------------------------------

local VIRTUAL = { clock = "virtual" }

local function axeberg_sleep(n)
  local ax = require "axeberg"
  local list, woken = delays(n, 0.0001), 0
  local function sleeper(seconds)
    ax.sleep(seconds)
    woken = woken + 1
  end
  ax.run(VIRTUAL, function()
    for i = 1, n do ax.spawn(sleeper, list[i]) end
  end)
  if woken ~= n then error "somebody sleeps still" end
end

--- One process whose receive times out again and again, alone.
local function axeberg_timeout(n)
  local ax = require "axeberg"
  ax.run(VIRTUAL, function()
    local _, rx <close> = ax.channel("integer")
    for _ = 1, n do
      local _, err = rx:recv(0.001)
      if err ~= "timeout" then error(err) end
    end
  end)
end

local function axeberg_fire(n)
  local ax = require "axeberg"
  local list, timers = delays(n, 0.001), {}
  ax.run(VIRTUAL, function()
    for i = 1, n do timers[i] = ax.after(list[i]) end
    for i = 1, n do
      if timers[i]:wait() == nil then error "a timer was lost" end
    end
  end)
end

local function axeberg_cancel(n)
  local ax = require "axeberg"
  local list, timers = delays(n, 0.001), {}
  ax.run(VIRTUAL, function()
    for i = 1, n do timers[i] = ax.after(list[i]) end
    for i = 1, n do timers[i]:close() end
  end)
end

-- With the others ---------------------------------------------------------

local function rival_sleep(name)
  return function(n)
    local lib, list, woken = others[name](), delays(n, 0.0001), 0
    for i = 1, n do
      lib.spawn(function()
        lib.sleep(list[i])
        woken = woken + 1
      end)
    end
    lib.run()
    if woken ~= n then error "somebody sleeps still" end
  end
end

local function luv_fire(n)
  local uv = require "luv"
  local list, fired = delays(n, 1), 0
  for i = 1, n do
    local timer = uv.new_timer()
    timer:start(list[i], 0, function()
      fired = fired + 1
      timer:close()
    end)
  end
  uv.run()
  if fired ~= n then error "a timer was lost" end
end

local function luv_cancel(n)
  local uv = require "luv"
  local list, timers = delays(n, 1), {}
  local function never() error "fired" end
  for i = 1, n do
    local timer = uv.new_timer()
    timers[i] = timer
    timer:start(3600000 + list[i], 0, never)
  end
  for i = 1, n do timers[i]:close() end
  uv.run()
end

return {
  {
    name = "timer-sleep",
    title = "100,000 processes sleep and wake",
    unit = "a process",
    n = 100000,
    whole = true,
    run = {
      axeberg = axeberg_sleep,
      hand = hand_sleep,
      cqueues = rival_sleep "cqueues",
      copas = rival_sleep "copas",
    },
    go = "sleep",
    goals = { Y = { 20 }, hand = { 1.0, 0.75 }, cqueues = { 1.15 } },
  },
  {
    name = "timer-timeout",
    title = "rx:recv(t) that times out",
    unit = "a timeout",
    n = 500000,
    run = { axeberg = axeberg_timeout },
    goals = {},
  },
  {
    name = "timer-cancel",
    title = "100,000 timers inserted, then cancelled",
    unit = "a timer",
    needs = "after",
    n = 100000,
    whole = true,
    run = { axeberg = axeberg_cancel, hand = hand_cancel, luv = luv_cancel },
    labels = { hand = "by hand, cancelling = a flag" },
    go = "insertcancel",
    goals = { Y = { 2 }, hand = { 0.75, 0.55 }, luv = { 0.35 } },
  },
  {
    name = "timer-fire",
    title = "100,000 timers inserted, then fired",
    unit = "a timer",
    needs = "after",
    n = 100000,
    whole = true,
    run = { axeberg = axeberg_fire, hand = hand_fire, luv = luv_fire },
    go = "insertfire",
    goals = { Y = { 4 }, hand = { 0.25, 0.15 }, luv = { 0.40 } },
  },
}
