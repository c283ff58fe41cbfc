-- cqueues - axeberg in the loop of cqueues.
-- One coroutine drives the kernel: it polls its descriptor until what is due
-- next.
local ax = require "axeberg"
local cqueues = require "cqueues"
local condition = require "cqueues.condition"

local tx, rx = ax.channel()
ax.spawn({ detached = true }, function(values)
  for v in values do print("received", v) end
  print("closed")
end, rx)
ax.spawn({ detached = true }, function() ax.sleep(0.02) end)

local loop, changed = cqueues.new(), condition.new()
local kernel = { pollfd = ax.descriptor(), events = "r" }

loop:wrap(function()
  while true do
    ax.step()
    if #ax.ps() == 1 then return end -- the script itself is left
    local due = ax.due()
    cqueues.poll(kernel, changed, due < math.huge and due or nil)
  end
end)

-- Something of the program's own, which says when it has sent.
loop:wrap(function()
  for i = 1, 3 do
    cqueues.sleep(0.01)
    tx:try_send(i)
    changed:signal()
  end
  tx:close()
  changed:signal()
end)

assert(loop:loop())
