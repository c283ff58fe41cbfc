--- stream - many messages from one process to another (W2).
-- Integers, records by reference, records checked and copied; through a
-- channel of 1024, so that the two sides take turns in batches, and as a
-- burst that is queued whole before it is read.
local others = require "bench.others"

local DATA = ("x"):rep(64)
local RECORD = { id = "integer", name = "string", data = "string" }

local function integer(i) return i end
local function record(i) return { id = i, name = "job", data = DATA } end

--- What one writes by hand to keep the receiver's table apart: enough for
-- flat messages.
local function copy(v)
  local new = {}
  for key, item in pairs(v) do new[key] = item end
  return new
end

local function copied(i) return copy(record(i)) end

local function check_sum(sum, n)
  if sum ~= n * (n + 1) // 2 then error "messages were lost" end
end

local function produce(tx, n, make)
  if make == integer then
    for i = 1, n do tx:send(i) end
  else
    for i = 1, n do tx:send(make(i)) end
  end
end

local function consume(rx, n, make)
  local sum = 0
  if make == integer then
    for _ = 1, n do sum = sum + rx:recv() end
  else
    for _ = 1, n do sum = sum + rx:recv().id end
  end
  check_sum(sum, n)
end

local function axeberg(schema, capacity, make)
  return function(n)
    local ax = require "axeberg"
    ax.run(function()
      local tx, rx = ax.channel(schema, { capacity = capacity })
      ax.spawn(produce, tx, n, make)
      ax.spawn(consume, rx, n, make)
    end)
  end
end

--- The same with `for v in rx`, which ends when the sender is gone.
local function axeberg_for(n)
  local ax = require "axeberg"
  ax.run(function()
    local tx, rx = ax.channel("integer", { capacity = 1024 })
    ax.spawn(produce, tx, n, integer)
    ax.spawn(function(source)
      local sum = 0
      for v in source do sum = sum + v end
      check_sum(sum, n)
    end, rx)
  end)
end

--- Checked by hand before it is sent by reference.
local function axeberg_check(n)
  local ax = require "axeberg"
  local schema = ax.schema(RECORD)
  ax.run(function()
    local tx, rx = ax.channel(nil, { capacity = 1024 })
    ax.spawn(function(out)
      for i = 1, n do
        local v = record(i)
        assert(schema:check(v))
        out:send(v)
      end
    end, tx)
    ax.spawn(consume, rx, n, record)
  end)
end

local function rival(name, capacity, make)
  return function(n)
    local lib = others[name]()
    local q = lib.queue(capacity)
    lib.spawn(function() produce(q, n, make) end)
    lib.spawn(function() consume(q, n, make) end)
    lib.run()
  end
end

--- The rivals in Lua that move the same messages.
local function rivals(run, capacity, make)
  for _, name in ipairs { "hand", "cqueues", "copas" } do
    run[name] = rival(name, capacity, make)
  end
  return run
end

return {
  {
    name = "stream",
    title = "stream of integers, typed channel of 1024, rx:recv()",
    unit = "a message",
    n = 2000000,
    counts = { copas = 500000 },
    run = rivals({ axeberg = axeberg("integer", 1024, integer) },
      1024, integer),
    go = "stream",
    tarantool = "stream",
    goals = {
      Y = { 0.90 },
      hand = { 0.70, 0.55 },
      go = { 2.3, 1.7 },
      tarantool = { 0.90, 0.70 },
    },
  },
  {
    name = "stream-for",
    title = "stream of integers, typed channel of 1024, for v in rx",
    unit = "a message",
    n = 2000000,
    run = {
      axeberg = axeberg_for,
      hand = rival("hand", 1024, integer),
    },
    goals = { Y = { 0.85 }, hand = { 0.70, 0.55 } },
  },
  {
    name = "stream-ref",
    title = "stream of {id, name, data}, untyped, by reference",
    unit = "a message",
    n = 1000000,
    counts = { copas = 300000 },
    run = rivals({ axeberg = axeberg(nil, 1024, record) }, 1024, record),
    go = "record",
    tarantool = "record",
    goals = { Y = { 2.5 } },
  },
  {
    name = "stream-copy",
    title = "stream of {id, name, data}, typed: a checked copy",
    unit = "a message",
    n = 1000000,
    run = {
      axeberg = axeberg(RECORD, 1024, record),
      hand = rival("hand", 1024, copied),
      cqueues = rival("cqueues", 1024, record),
    },
    labels = {
      hand = "by hand, unchecked copy",
      cqueues = "cqueues, unchecked, by ref.",
    },
    goals = { Y = { 3.4 }, hand = { 0.70, 0.60 } },
  },
  {
    name = "stream-check",
    title = "stream of {id, name, data}: schema:check(v), by reference",
    unit = "a message",
    n = 1000000,
    run = {
      axeberg = axeberg_check,
      hand = rival("hand", 1024, record),
    },
    labels = { hand = "by hand, unchecked" },
    goals = { hand = { 1.40, 1.20 } },
  },
  {
    name = "stream-burst",
    title = "burst: all queued in a typed channel, then received",
    unit = "a message",
    n = 1000000,
    counts = { copas = 500000 },
    run = rivals({ axeberg = axeberg("integer", nil, integer) },
      nil, integer),
    go = "burst",
    tarantool = "burst",
    goals = {},
  },
}
