--- select - waiting for one of many channels.
-- A process waits on all of them and another sends to one, each time a
-- different one: every wait blocks.
local function channels(ax, n)
  local txs, rxs = {}, {}
  for i = 1, n do txs[i], rxs[i] = ax.channel("integer") end
  return txs, rxs
end

--- Sends i to one channel after another, a switch each.
local function feed(ax, n, txs)
  for i = 1, n do
    txs[i % #txs + 1]:send(i)
    ax.yield()
  end
end

local function plain(n)
  local ax = require "axeberg"
  ax.run(function()
    local txs, rxs = channels(ax, 1)
    ax.spawn(function(rx)
      for i = 1, n do
        if rx:recv() ~= i then error "wrong message" end
      end
    end, rxs[1])
    feed(ax, n, txs)
  end)
end

local function select(narms)
  return function(n)
    local ax = require "axeberg"
    ax.run(function()
      local txs, rxs = channels(ax, narms)
      ax.spawn(function(...)
        local list = { ... }
        for i = 1, n do
          local _, v = ax.select(list)
          if v ~= i then error "wrong message" end
        end
      end, table.unpack(rxs))
      feed(ax, n, txs)
    end)
  end
end

return {
  {
    name = "select",
    title = "select over 2 receivers that blocks",
    unit = "a message",
    needs = "select",
    n = 300000,
    run = { axeberg = select(2), itself = plain },
    labels = { itself = "axeberg, a plain rx:recv()" },
    goals = { itself = { 1.5 } },
  },
  {
    name = "select-1k",
    title = "select over 1,000 receivers that blocks",
    unit = "a message",
    needs = "select",
    n = 3000,
    run = { axeberg = select(1000), itself = select(2) },
    labels = { itself = "axeberg, select over 2" },
    counts = { itself = 300000 },
    goals = {},
  },
}
