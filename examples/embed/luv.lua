-- luv - axeberg in the loop of luv.
-- Two handles drive the kernel: one polls its descriptor, one is the timer of
-- what is due next.
local ax = require "axeberg"
local uv = require "luv"

local tx, rx = ax.channel()
ax.spawn({ detached = true }, function(values)
  for v in values do print("received", v) end
  print("closed")
end, rx)
ax.spawn({ detached = true }, function() ax.sleep(0.02) end)

local wake, timer = uv.new_poll(ax.descriptor()), uv.new_timer()

local function run()
  ax.step()
  if #ax.ps() == 1 then -- the script itself is left
    wake:close()
    timer:close()
    return
  end
  local due = ax.due()
  timer:stop()
  if due < math.huge then timer:start(math.ceil(due * 1000), 0, run) end
end

wake:start("r", run)

-- Something of the program's own.
local ticks, n = uv.new_timer(), 0
ticks:start(10, 10, function()
  n = n + 1
  tx:try_send(n)
  if n == 3 then
    tx:close()
    ticks:close()
  end
  run()
end)

run()
uv.run()
