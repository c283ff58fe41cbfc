--- pipe - bytes from one process to another, through 4 KiB (W5).
-- Long writes and short ones, reads of strings and into a buffer; against
-- what one writes by hand in Lua, the system's pipe between two processes in
-- C, and what it costs to copy the bytes once.
local FRAME = 65536

local function write_all(w, n, size)
  local data = ("x"):rep(size)
  for _ = 1, n do w:write(data) end
  w:close()
end

local function check(got, n, size)
  if got ~= n * size then error "bytes were lost" end
end

--- n writes of one size; reads of another one, as strings.
local function axeberg(wsize, rsize)
  return function(n)
    local ax = require "axeberg"
    ax.run(function()
      local r, w = ax.pipe()
      ax.spawn(write_all, w, n, wsize)
      ax.spawn(function(input)
        local got = 0
        while true do
          local data = input:read(rsize)
          if not data then break end
          got = got + #data
        end
        check(got, n, wsize)
      end, r)
    end)
  end
end

local function read_into(r, n, wsize, rsize)
  local got, buffer = 0, require "axeberg".buffer(rsize)
  while true do
    local count = r:readinto(buffer)
    if not count then break end
    got = got + count
  end
  check(got, n, wsize)
end

--- The same into a buffer, while so many processes are blocked: nanoseconds
-- for each write.
local function into(wsize, rsize, blocked)
  return function(n)
    local ax = require "axeberg"
    local ns
    pcall(ax.run, function() -- the others end in a deadlock
      local _, never = ax.channel()
      for _ = 1, blocked do ax.spawn(function() never:recv() end) end
      ax.yield()
      local r, w = ax.pipe()
      collectgarbage()
      local before = os.clock()
      ax.spawn(write_all, w, n, wsize)
      ax.wait((ax.spawn(read_into, r, n, wsize, rsize)))
      ns = (os.clock() - before) / n * 1e9
    end)
    return ns
  end
end

-- By hand: strings in a table, cut where the budget ends -------------------

local function hand_pipe(hand, budget)
  local items, head, tail, bytes, closed = {}, 1, 0, 0, false
  local reader, writer
  local P = {}

  local function wake(co)
    if co then hand.wake(co) end
  end

  function P.write(_, data)
    local at = 1
    while at <= #data do
      while bytes >= budget do
        writer = hand.running()
        coroutine.yield()
      end
      local piece = at == 1 and #data <= budget - bytes and data
        or data:sub(at, at + budget - bytes - 1)
      tail = tail + 1
      items[tail] = piece
      bytes, at = bytes + #piece, at + #piece
      wake(reader)
      reader = nil
    end
  end

  function P.read(_, size)
    while head > tail do
      if closed then return nil end
      reader = hand.running()
      coroutine.yield()
    end
    local n, last = 0, head - 1
    while last < tail and n + #items[last + 1] <= size do
      last = last + 1
      n = n + #items[last]
    end
    local data
    if last < head then
      data = items[head]:sub(1, size)
      items[head] = items[head]:sub(size + 1)
    else
      data = last == head and items[head] or table.concat(items, "", head,
        last)
      for i = head, last do items[i] = nil end
      head = last + 1
    end
    bytes = bytes - #data
    wake(writer)
    writer = nil
    return data
  end

  function P.close()
    closed = true
    wake(reader)
  end
  return P
end

local function by_hand(wsize, rsize)
  return function(n)
    local hand = require "bench.hand"
    local p = hand_pipe(hand, 4096)
    hand.spawn(function() write_all(p, n, wsize) end)
    hand.spawn(function()
      local got = 0
      while true do
        local data = p:read(rsize)
        if not data then break end
        got = got + #data
      end
      check(got, n, wsize)
    end)
    hand.run()
  end
end

return {
  {
    name = "pipe-64k",
    title = "64 KiB writes and reads through a pipe of 4 KiB",
    unit = "64 KiB", n = 100000, counts = { hand = 20000, c = 20000 },
    run = { axeberg = axeberg(FRAME, FRAME), hand = by_hand(FRAME, FRAME) },
    c = "pipe",
    labels = { c = "pipe(2) between processes, C" },
    goals = { c = { 0.125, 0.09 }, hand = { 0.5 } },
  },
  {
    name = "pipe-copy",
    title = "the same, against copying the bytes once, 4 KiB at a time",
    unit = "64 KiB", n = 100000,
    run = { axeberg = axeberg(FRAME, FRAME) }, c = "pages",
    labels = { c = "memcpy of 4 KiB in cache" },
    goals = { c = { 8.33, 2.86 } },
  },
  {
    name = "pipe-4k", title = "64 KiB writes, 4 KiB reads",
    unit = "64 KiB", n = 50000, counts = { hand = 20000, c = 20000 },
    run = { axeberg = axeberg(FRAME, 4096), hand = by_hand(FRAME, 4096) },
    c = "pipe4k",
    labels = { c = "pipe(2) between processes, C" },
    goals = { c = { 0.33, 0.25 }, hand = { 0.5, 0.37 } },
  },
  {
    name = "pipe-64", title = "64 B writes, 4 KiB reads",
    unit = "a write", n = 4000000, counts = { c = 1000000 },
    run = { axeberg = axeberg(64, 4096), hand = by_hand(64, 4096) },
    c = "pipe64",
    labels = { c = "pipe(2) between processes, C" },
    goals = { c = { 0.1, 0.067 }, hand = { 0.4, 0.27 } },
  },
  {
    name = "pipe-into",
    title = "4 KiB reads into a buffer, 100,000 other processes alive",
    unit = "64 KiB", n = 50000, timed = true,
    run = { axeberg = into(FRAME, 4096, 100000),
      itself = into(FRAME, 4096, 0) },
    labels = { itself = "axeberg, no other process" },
    goals = { itself = { 1.25 } },
  },
}
