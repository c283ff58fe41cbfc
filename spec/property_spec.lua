--- property - random programs of processes and channels against a model:
-- whatever happens, no message is lost or doubled, and nothing stays alive.
-- AX_SEED=n repeats a run; the seed is part of the spec's name.
local ax = require "axeberg"
local help = require "spec.support.helper"

local SEQUENCES = help.STRESS and 200 or 2000

--- A random program: what it did is in p.sent[id], a channel's number, and
--- p.got[id], how often it was received.
local Program = {}
Program.__index = Program

function Program:fail(text, ...)
  error(("sequence %d: "):format(self.number) .. text:format(...), 0)
end

--- One send of a new message, by whatever form; notes how it went.  What is
--- noted before the call counts if the process never comes back from it.
function Program:send(i, form)
  local ch = self.channels[i]
  local id = #self.fate + 1
  self.fate[id] = { channel = i, state = "unknown" }
  local ok, a, err = pcall(function()
    if form == 1 then return ch.tx:try_send(id) end
    if form == 2 then return ch.tx:send(id, self.random(3) - 1) end
    return ch.tx:send(id, 8)
  end)
  if not ok and a ~= "cancelled" then self:fail("send raised %s", a) end
  if ok and not a and err ~= "closed" and err ~= "full"
    and err ~= "timeout" then
    self:fail("send answered %s", tostring(err))
  end
  self.fate[id].state = ok and a and "sent" or "kept"
  if not ok then error(a, 0) end
end

function Program:receive(i, form)
  local ch = self.channels[i]
  if ch.closed then return ax.yield() end
  local ok, v, err = pcall(function()
    if form == 1 then return ch.rx:try_recv() end
    if form == 2 then return ch.rx:recv(self.random(3) - 1) end
    return ch.rx:recv(8)
  end)
  if not ok and v ~= "cancelled" then self:fail("recv raised %s", v) end
  if ok and v then self:take(i, v) end
  if ok and not v and err ~= "closed" and err ~= "empty"
    and err ~= "timeout" then
    self:fail("recv answered %s", tostring(err))
  end
  if not ok then error(v, 0) end
end

--- Notes that message id came out of channel i.
function Program:take(i, id)
  if not self.fate[id] then self:fail("message %s was never sent", id) end
  if self.fate[id].channel ~= i then self:fail("message %d strayed", id) end
  if self.fate[id].state == "kept" then
    self:fail("message %d was not sent and yet received", id)
  end
  self.got[id] = (self.got[id] or 0) + 1
  if self.got[id] > 1 then self:fail("message %d came twice", id) end
  if self.ordered then
    local last = self.last[i] or 0
    if id < last then self:fail("message %d came after %d", id, last) end
    self.last[i] = id
  end
end

--- One act by chance; role: 1 only sends, 2 only receives, else both.
function Program:act(role)
  local r, i = self.random, self.random(#self.channels)
  local what = r(10)
  if role == 1 and what <= 8 then what = 1 end
  if role == 2 and what <= 8 then what = 5 end
  if what <= 4 then
    self:send(i, r(3))
  elseif what <= 8 then
    self:receive(i, r(3))
  elseif what == 9 then
    ax.sleep(r(3) - 1)
  else
    ax.yield()
  end
end

--- The life of one process: some acts; TERM may or may not end it.
function Program:worker(acts, stubborn, role)
  for _ = 1, acts do
    if stubborn then
      local ok, err = pcall(self.act, self, role)
      if not ok and err ~= "cancelled" then error(err, 0) end
    else
      self:act(role)
    end
  end
end

local SIGNALS = { "KILL", "KILL", "TERM", "TERM", "STOP", "CONT" }

--- Sends signals and closes ends at random moments.
function Program:trouble()
  local r = self.random
  for _ = 1, r(8) do
    if r(2) == 1 then ax.yield() else ax.sleep(r(4) - 1) end
    local pid = self.pids[r(#self.pids)]
    ax.kill(pid, SIGNALS[r(#SIGNALS)])
    if r(8) == 1 then
      local ch = self.channels[r(#self.channels)]
      ch.rx:close()
      ch.closed = true
    end
  end
  for _, pid in ipairs(self.pids) do ax.kill(pid, "CONT") end
end

--- Receives what is left, and compares.
function Program:settle()
  for i, ch in ipairs(self.channels) do
    ch.tx:close()
    while not ch.closed do
      local id, err = ch.rx:try_recv()
      if not id then
        if err ~= "closed" then self:fail("channel %d: %s", i, err) end
        break
      end
      self:take(i, id)
    end
  end
  for id, fate in ipairs(self.fate) do
    local lost = fate.state == "sent" and not self.got[id]
    if lost and not self.channels[fate.channel].closed then
      self:fail("message %d was lost", id)
    end
  end
end

function Program:run()
  local r = self.random
  for i = 1, r(3) do
    local capacity = r(4) - 1
    local tx, rx = ax.channel(nil,
      { capacity = capacity < 3 and capacity or nil })
    self.channels[i] = { tx = tx, rx = rx }
  end
  -- With one process on each side and no trouble, the order is known.
  local n = 1 + r(6)
  self.ordered = n == 2
  for i = 1, n do
    self.pids[i] = ax.spawn(function()
      self:worker(2 + r(12), r(3) == 1, self.ordered and i)
    end)
  end
  if not self.ordered then self:trouble() end
  for _, pid in ipairs(self.pids) do
    local _, how, err = ax.wait(pid)
    if how == "error" then error(err, 0) end
  end
  self:settle()
  local stats = ax.stats()
  if stats.waiters > 0 or stats.timers > 0 or stats.processes > 1 then
    self:fail("%d waiters, %d timers, %d processes are left",
      stats.waiters, stats.timers, stats.processes)
  end
end

local function sequence(number)
  local program = setmetatable({
    number = number, random = help.generator(help.SEED * 1000003 + number),
    channels = {}, pids = {}, fate = {}, got = {}, last = {},
  }, Program)
  ax.run({ clock = "virtual", seed = number }, program.run, program)
  return program
end

describe("random programs", function()
  it(("neither lose nor double a message (AX_SEED=%d)"):format(help.SEED),
    function()
      local sent, received = 0, 0
      for number = 1, SEQUENCES do
        local program = sequence(number)
        sent = sent + #program.fate
        for _ in pairs(program.got) do received = received + 1 end
      end
      -- the programs do enough for this to mean something
      assert.is_true(sent > 10 * SEQUENCES)
      assert.is_true(received > 4 * SEQUENCES)
    end)

  it(("do the same for the same seed (AX_SEED=%d)"):format(help.SEED),
    function()
      for number = 1, 50 do
        local a, b = sequence(number), sequence(number)
        assert.equal(#a.fate, #b.fate)
        assert.same(a.fate, b.fate)
        assert.same(a.got, b.got)
      end
    end)
end)
