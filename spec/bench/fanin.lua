--- fanin - many producers, one consumer, one channel (W3).
local others = require "bench.others"

local function consume(rx, n)
  local sum = 0
  for _ = 1, n do sum = sum + rx:recv() end
  if sum ~= n then error "messages were lost" end
end

local function axeberg(producers, capacity)
  return function(n)
    local ax = require "axeberg"
    local each = n // producers
    local function produce(tx)
      for _ = 1, each do tx:send(1) end
    end
    ax.run(function()
      local tx, rx = ax.channel("integer", { capacity = capacity })
      for _ = 1, producers do ax.spawn(produce, tx:clone()) end
      tx:close()
      ax.spawn(consume, rx, each * producers)
    end)
  end
end

local function rival(name, producers, capacity)
  return function(n)
    local lib = others[name]()
    local each = n // producers
    local q = lib.queue(capacity)
    local function produce()
      for _ = 1, each do q:send(1) end
    end
    for _ = 1, producers do lib.spawn(produce) end
    lib.spawn(function() consume(q, each * producers) end)
    lib.run()
  end
end

return {
  {
    name = "fanin",
    title = "100 producers, 1 consumer, typed channel of 1024",
    unit = "a message",
    n = 1000000,
    counts = { copas = 500000 },
    run = {
      axeberg = axeberg(100, 1024),
      hand = rival("hand", 100, 1024),
      cqueues = rival("cqueues", 100, 1024),
      copas = rival("copas", 100, 1024),
    },
    go = "fanin",
    tarantool = "fanin",
    goals = {
      Y = { 0.95 },
      hand = { 0.80, 0.60 },
      tarantool = { 0.85, 0.60 },
    },
  },
  {
    name = "fanin-10k",
    title = "10,000 producers, 1 consumer, channel without limit",
    unit = "a message",
    n = 1000000,
    run = {
      axeberg = axeberg(10000, nil),
      itself = axeberg(100, nil),
      hand = rival("hand", 10000, nil),
    },
    labels = { itself = "axeberg, 100 producers" },
    goals = { itself = { 1.3 } },
  },
  {
    name = "fanin-10k-full",
    title = "10,000 producers, 1 consumer, channel of 1024 always full",
    unit = "a message",
    n = 1000000,
    run = {
      axeberg = axeberg(10000, 1024),
      hand = rival("hand", 10000, 1024),
      cqueues = rival("cqueues", 10000, 1024),
    },
    go = "fanin10k",
    goals = {},
  },
}
