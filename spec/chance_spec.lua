--- chance - select among random arms, with kills, closes and timeouts at
-- random moments, against a small model.
-- AX_SEED=n repeats a run; the seed is part of every message.
--
-- Every message has a number of its own.  Whoever comes back from a select
-- notes what it did; whoever never comes back has noted nothing.  In the end
-- each message that was sent was received once, or dropped by its channel's
-- policy, or was queued when its receiver closed; and no other one was seen.
local ax = require "axeberg"
local help = require "spec.support.helper"

local SEQUENCES = help.STRESS and 100 or 10000
local CHANNELS, WORKERS, TURNS, EVENTS = 3, 5, 8, 25
local CAPACITIES = { 0, 1, 2, math.huge }
local POLICIES = { "block", "fail", "drop_oldest", "drop_newest" }
local SIGNALS = { "TERM", "KILL", "STOP", "CONT" }

local function new_channel(random)
  local capacity = CAPACITIES[random(#CAPACITIES)]
  local full = POLICIES[random(capacity == 0 and 2 or #POLICIES)]
  local tx, rx = ax.channel(nil, { capacity = capacity, full = full })
  return { tx = tx, rx = rx, received = {}, open = true }
end

local function new_game(random)
  local game = { random = random, channels = {}, workers = {}, next = 0,
    offers = {} } -- message -> { channel =, state =, alive = }
  for i = 1, CHANNELS do game.channels[i] = new_channel(random) end
  return game
end

local function offer(game, channel)
  game.next = game.next + 1
  game.offers[game.next] = { channel = channel, state = "offered" }
  return game.next
end

--- Random arms that nobody has closed; what each of them means.
local function draw_arms(game, alarm)
  local random, arms, meaning = game.random, {}, {}
  for _ = 1, random(4) do
    local channel = game.channels[random(CHANNELS)]
    local kind = random(7)
    if kind == 1 then
      arms[#arms + 1] = alarm
    elseif kind <= 4 and channel.open then
      arms[#arms + 1] = channel.rx
      meaning[channel.rx] = channel
    elseif channel.open and not meaning[channel.tx] then
      local message = offer(game, channel)
      arms[#arms + 1] = { channel.tx, message }
      meaning[channel.tx] = message
    end
  end
  return arms, meaning
end

local function note_received(game, channel, message)
  local sent = assert(game.offers[message], "received what nobody offered")
  assert(sent.channel == channel, "received from another channel")
  assert(sent.state ~= "not sent", "received what was not sent")
  assert(not channel.received[message], "received twice")
  channel.received[message] = true
end

--- The select is over: what it did with the messages that it offered.
local function settle(game, meaning, fired, answer)
  for waitable, message in pairs(meaning) do
    if type(message) == "number" then
      local sent = waitable == fired and answer == true
      game.offers[message].state = sent and "sent" or "not sent"
    end
  end
end

--- One select of a worker; an error of it, if any.
local function turn(game, alarm)
  local arms, meaning = draw_arms(game, alarm)
  local timeout = game.random(6) / 2
  local ok, fired, answer = pcall(ax.select, arms, timeout)
  if not ok then
    settle(game, meaning)
    return fired
  end
  settle(game, meaning, fired, answer)
  local channel = meaning[fired]
  if type(channel) == "table" and answer ~= nil then
    note_received(game, channel, answer)
  end
end

local function worker(game)
  local alarm <close> = ax.every(game.random(4))
  for _ = 1, TURNS do
    local err = turn(game, alarm)
    if err == "cancelled" then
      if game.random(2) == 1 then error(err, 0) end
    elseif err then
      error(err, 0)
    end
  end
end

--- Something happens to somebody.
local function event(game)
  local random = game.random
  local what = random(12)
  if what <= 6 then
    ax.kill(game.workers[random(WORKERS)], SIGNALS[random(#SIGNALS)])
  elseif what == 7 then
    local channel = game.channels[random(CHANNELS)]
    channel.open = false
    if random(2) == 1 then
      channel.tx:close()
    elseif #channel.received == 0 then
      channel.lost = true
      channel.rx:close()
    end
  elseif what <= 9 then
    ax.yield()
  else
    ax.sleep(random(4) / 4)
  end
end

local function end_workers(game)
  for _, pid in ipairs(game.workers) do
    ax.kill(pid, "CONT")
  end
  for _, pid in ipairs(game.workers) do
    if game.random(2) == 1 then ax.kill(pid, "KILL") end
    local found, how, err = ax.wait(pid)
    assert(found == pid and how ~= "error", err)
  end
end

--- What is left in a channel, with the last sender closed.
local function drain(game, channel)
  channel.tx:close()
  local dropped = 0
  if not channel.lost then
    dropped = channel.rx:stat().dropped
    for message in channel.rx do note_received(game, channel, message) end
    channel.rx:close()
  end
  return dropped
end

--- Nothing that was sent is missing, but what the policy dropped.
local function check_channel(game, channel)
  local dropped = drain(game, channel)
  if channel.lost then return end
  local missing, unknown = 0, 0
  for message, sent in pairs(game.offers) do
    local here = sent.channel == channel and not channel.received[message]
    if here and sent.state == "sent" then missing = missing + 1 end
    if here and sent.state == "offered" then unknown = unknown + 1 end
  end
  assert(missing <= dropped, ("%d are lost"):format(missing - dropped))
  assert(missing + unknown >= dropped, "more were dropped than sent")
end

local function play(seed)
  local game = new_game(help.generator(seed))
  for i = 1, WORKERS do
    local priority = ({ "critical", "normal", "background" })[game.random(3)]
    game.workers[i] = ax.spawn({ priority = priority }, worker, game)
  end
  for _ = 1, EVENTS do event(game) end
  end_workers(game)
  local stats = ax.stats()
  assert(stats.waiters == 0, "a waiter is left")
  assert(stats.timers == 0, "a timer is left")
  assert(stats.processes == 1, "a process is left")
  for _, channel in ipairs(game.channels) do check_channel(game, channel) end
  return game.next * 1000003 + stats.steps
end

--- Plays one game in a world of its own; its fingerprint.
local function sequence(seed)
  local ok, result = pcall(ax.run, { clock = "virtual", seed = seed }, play,
    seed)
  if ok then return result end
  error(("AX_SEED=%d: %s"):format(seed, tostring(result)), 0)
end

describe("select by chance", function()
  it(("loses and doubles nothing, in %d games"):format(SEQUENCES), function()
    for seed = help.SEED, help.SEED + SEQUENCES - 1 do sequence(seed) end
  end)

  it("plays the same game for the same seed", function()
    local seen, different = {}, 0
    for seed = help.SEED, help.SEED + 19 do
      local result = sequence(seed)
      assert.equal(result, sequence(seed))
      if not seen[result] then different = different + 1 end
      seen[result] = true
    end
    assert.is_true(different > 10)
  end)
end)
