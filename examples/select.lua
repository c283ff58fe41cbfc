--- select - waiting for whatever comes first.
-- On the virtual clock, so that it takes no time and prints the same always.
local ax = require "axeberg"

local function at(...) print(("%5.2f"):format(ax.now()), ...) end

-- Messages of two channels, the end of a process, a beat and a time limit.
local function watch(orders, news, worker)
  local beat <close> = ax.every(1)
  local arms = { orders, news, worker, beat }
  while true do
    local which, a, b, c = ax.select(arms, 5)
    if which == orders then
      at("order", a)
    elseif which == news and a ~= nil then
      at("news", a)
    elseif which == news then
      at("no more news: " .. b)
      arms = { orders, worker, beat } -- a closed channel is always ready
    elseif which == worker then
      at("the worker has ended", b, c)
      return
    else
      at("still there", a)
    end
  end
end

-- Sends to whoever has room, as long as somebody has; chance decides, if
-- several have.
local function deal(cards, players)
  for _, card in ipairs(cards) do
    local arms = {}
    for i, player in ipairs(players) do arms[i] = { player, card } end
    local who = ax.select(arms, 0.5)
    print(card, who and "is dealt" or "is left over")
  end
end

-- The first answer, or none in time.
local function race(seconds, limit)
  local tx, rx = ax.channel()
  local runner = ax.spawn(function(out)
    ax.sleep(seconds)
    out:send("after " .. seconds .. " s")
  end, tx)
  local which, answer = ax.select({ rx }, limit)
  ax.kill(runner, "KILL")
  ax.wait(runner)
  return which and answer or "too slow"
end

ax.run({ clock = "virtual" }, function()
  local order, orders = ax.channel("string")
  local item, news = ax.channel("string")
  ax.spawn(function(out)
    ax.sleep(0.5)
    out:send("rain")
    ax.sleep(1.75)
    out:send("sun")
  end, item)
  local worker = ax.spawn(function()
    ax.sleep(0.25)
    order:send("tea")
    ax.sleep(3)
    return "tired"
  end)
  watch(orders, news, worker)

  local first, hand1 = ax.channel("string", { capacity = 1 })
  local second, hand2 = ax.channel("string", { capacity = 2 })
  deal({ "ace", "king", "queen", "jack" }, { first, second })
  print("player 1 has " .. #hand1 .. ", player 2 has " .. #hand2)

  print("a fast one:", race(0.1, 1))
  print("a slow one:", race(10, 1))
end)
