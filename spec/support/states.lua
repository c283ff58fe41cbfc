--- states - what states.c runs in each of its Lua states: a call adds one
-- process and one message, and answers how many there are by now.
local ax = require "axeberg"

local tx, rx = ax.channel(nil, { name = "count" })
local waiting = 0

return function()
  local before = #ax.ps()
  ax.spawn({ name = "waits" }, function()
    local _, gate = ax.channel()
    gate:recv(1000)
  end)
  waiting = waiting + 1
  ax.spawn(function(out) out:send({ ax.getpid() }) end, tx:clone())
  ax.yield()
  ax.wait(-1)
  assert(#ax.ps() == before + 1)
  assert(#rx == waiting)
  assert(ax.run({ clock = "virtual" }, function()
    ax.sleep(10)
    return ax.now()
  end) == 10)
  collectgarbage()
  return #rx
end
