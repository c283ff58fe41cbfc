--- msgq - a queue with many messages of many types (W6).
-- Each step takes one message and puts one back, so the backlog stays as it
-- is: of a type picked by chance, or of the lowest type that there is.
local DATA = ("x"):rep(16)

--- Types by chance, the same on every run; few enough to stay in the cache.
local function picks(ntypes)
  local list, x = {}, 12345
  for i = 0, 4095 do
    x = x * 1103515245 + 12345 & 0x7fffffff
    list[i] = (x >> 8) % ntypes + 1
  end
  return list
end

-- By hand: a queue for each type, no order between types --------------------

local function hand_new()
  local queues = {}
  local Q = {}

  function Q.send(_, mtype, data)
    local q = queues[mtype]
    if not q then
      q = { first = 1, last = 0 }
      queues[mtype] = q
    end
    local last = q.last + 1
    q.last = last
    q[last] = data
  end

  function Q.recv(_, mtype)
    local q = queues[mtype]
    if mtype < 0 then -- the lowest type up to that: types are few and small
      for t = 1, -mtype do
        q = queues[t]
        mtype = t
        if q and q.first <= q.last then break end
      end
    end
    local first = q.first
    local data = q[first]
    q[first] = nil
    q.first = first + 1
    return mtype, data
  end

  return Q
end

local function fill(q, nmessages, ntypes)
  for i = 1, nmessages do q:send(i % ntypes + 1, DATA) end
end

local function random_type(q, n, ntypes)
  local list = picks(ntypes)
  for i = 1, n do
    local want = list[i & 4095]
    local mtype, data = q:recv(want)
    if mtype ~= want or data ~= DATA then error "wrong message" end
    q:send(mtype, data)
  end
end

local function lowest_type(q, n, ntypes)
  local list, sent, least = picks(ntypes), ntypes, 1
  for i = 1, n do
    local mtype, data = q:recv(-ntypes)
    if mtype > sent or mtype < least or data ~= DATA then
      error "wrong message"
    end
    sent = list[i & 4095]
    least = mtype < sent and mtype or sent -- nothing below that is queued
    q:send(sent, data)
  end
end

--- The queue is filled once: child.lua calls this to warm up, first.
local function hand(work, nmessages, ntypes)
  local q
  return function(n)
    if not q then
      q = hand_new()
      fill(q, nmessages, ntypes)
    end
    work(q, n, ntypes)
  end
end

local function axeberg(work, nmessages, ntypes)
  local q
  return function(n)
    if not q then
      q = require "axeberg".msgqueue(nil, { qbytes = 1 << 30 })
      fill(q, nmessages, ntypes)
    end
    work(q, n, ntypes)
  end
end

local function row(name, title, work, goals)
  return {
    name = name,
    title = title,
    unit = "a message received and one sent",
    needs = "msgqueue",
    n = 1000000,
    run = {
      axeberg = axeberg(work, 10000, 100),
      hand = hand(work, 10000, 100),
    },
    labels = { hand = "by hand, a queue for each type" },
    goals = goals,
  }
end

local function large(name, title, work)
  return {
    name = name,
    title = title,
    unit = "a message received and one sent",
    needs = "msgqueue",
    n = 1000000,
    run = {
      axeberg = axeberg(work, 100000, 1000),
      itself = axeberg(work, 10000, 100),
    },
    labels = { itself = "axeberg, 10,000 messages of 100 types" },
    goals = { itself = { 1.3 } },
  }
end

return {
  row("msgq", "10,000 messages of 100 types: a type by chance", random_type,
    { Y = { 2.0 }, hand = { 0.85, 0.65 } }),
  row("msgq-lowest", "10,000 messages of 100 types: the lowest type",
    lowest_type, { Y = { 2.2 }, hand = { 0.20, 0.13 } }),
  large("msgq-100k", "100,000 messages of 1,000 types: a type by chance",
    random_type),
  large("msgq-lowest-100k",
    "100,000 messages of 1,000 types: the lowest type", lowest_type),
}
