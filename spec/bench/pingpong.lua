--- pingpong - one integer to and fro between two processes (W1).
-- A round trip is two switches and four channel calls: nothing but the cost
-- of waiting and waking.
local others = require "bench.others"

local function axeberg(n)
  local ax = require "axeberg"
  ax.run(function()
    local ping_tx, ping_rx = ax.channel("integer")
    local pong_tx, pong_rx = ax.channel("integer")
    ax.spawn(function(tx, rx)
      for i = 1, n do
        tx:send(i)
        if rx:recv() ~= i then error "wrong answer" end
      end
    end, ping_tx, pong_rx)
    ax.spawn(function(tx, rx)
      for _ = 1, n do tx:send(rx:recv()) end
    end, pong_tx, ping_rx)
  end)
end

local function rival(name)
  return function(n)
    local lib = others[name]()
    local ping, pong = lib.queue(), lib.queue()
    lib.spawn(function()
      for i = 1, n do
        ping:send(i)
        if pong:recv() ~= i then error "wrong answer" end
      end
    end)
    lib.spawn(function()
      for _ = 1, n do pong:send(ping:recv()) end
    end)
    lib.run()
  end
end

return {
  {
    name = "pingpong",
    title = "ping-pong of integers over two typed channels",
    unit = "a round trip",
    n = 500000,
    counts = { cqueues = 150000, copas = 40000 },
    run = {
      axeberg = axeberg,
      hand = rival "hand",
      cqueues = rival "cqueues",
      copas = rival "copas",
    },
    go = "pingpong",
    tarantool = "pingpong",
    goals = {
      Y = { 2.6, 2.0 },
      hand = { 0.50, 0.40 },
      go = { 1.20, 0.95 },
      tarantool = { 0.80, 0.65 },
      cqueues = { 0.20 },
    },
  },
}
