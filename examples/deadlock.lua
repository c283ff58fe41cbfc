--- deadlock - a hang explains itself.
-- Two processes each wait for the other to send first.  Nothing can run and
-- nothing is going to happen, so ax.run raises a report instead of hanging.
local ax = require "axeberg"

local function answer(tx, rx)
  local question = rx:recv()
  tx:send(question)
end

local function quarrel()
  local to_left, left = ax.channel("string", { name = "to left" })
  local to_right, right = ax.channel("string", { name = "to right" })
  ax.spawn({ name = "left" }, answer, to_right, left)
  ax.spawn({ name = "right" }, answer, to_left, right)
end

local ok, report = pcall(ax.run, quarrel)
assert(not ok)

-- print(report) shows all of it, with tracebacks.  It is a table, too.
print((tostring(report):match("^[^\n]*")))
for _, p in ipairs(report.processes) do
  print(("process %d (%s) waits: %s"):format(p.pid, p.name, p.waiting))
  for _, arm in ipairs(p.arms) do
    print("  who could wake it: process " .. table.concat(arm.wakers, ", "))
  end
  print("  at " .. p.traceback:match("deadlock%.lua:%d+"))
end
print(tostring(report):match("cycle: [^\n]*"))

-- A channel that nobody can send to any more is no deadlock: ends that were
-- dropped without a close are collected first, and so the channel closes.
print(ax.run(function()
  local rx = select(2, ax.channel())
  return rx:recv()
end))
