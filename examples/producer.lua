--- producer - the producer and the consumer of the contract.
-- One process makes work items, another takes them as they come.  The
-- channel holds eight, so the producer is never far ahead.
local ax = require "axeberg"

local WorkItem = { id = "integer", data = "string" }

local tx, rx = ax.channel(WorkItem, { capacity = 8, name = "work" })

-- Producer: the sender moves to it and closes when it ends.
ax.spawn({ name = "producer" }, function(out)
  for i = 0, 99 do
    assert(out:send { id = i, data = string.rep("\0", 1024) })
  end
end, tx)

-- Consumer: the loop ends when nothing is queued and no sender is left.
local consumer = ax.spawn({ name = "consumer" }, function(work)
  local items, bytes = 0, 0
  for item in work do
    assert(item.id == items) -- in order, none lost, none twice
    items = items + 1
    bytes = bytes + #item.data
  end
  return ("%d items, %d bytes"):format(items, bytes)
end, rx)

print(ax.wait(consumer))

-- The same without blocking, for a consumer that has other things to do
-- while nothing is there.
local tx2, rx2 = ax.channel(WorkItem)

ax.spawn(function(out)
  for i = 0, 99 do
    out:send { id = i, data = "" }
    if i % 10 == 9 then ax.yield() end
  end
end, tx2)

local poller = ax.spawn(function(work)
  local items, idle = 0, 0
  while true do
    local item, why = work:try_recv()
    if item then
      items = items + 1
    elseif why == "closed" then
      return ("%d items, nothing to do %d times"):format(items, idle)
    else -- "empty"
      idle = idle + 1
      ax.yield()
    end
  end
end, rx2)

print(ax.wait(poller))
