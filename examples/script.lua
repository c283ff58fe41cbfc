-- Scripts of users run beside each other: each has its own globals, one that
-- crashes is started again, one that runs away is killed.
local ax = require "axeberg"

local SCRIPTS = {
  counter = [[
    local out = ...
    for i = 1, 3 do
      count = (count or 0) + i
      out:send(("counter: %d"):format(count))
      ax.sleep(1)
    end
  ]],
  clumsy = [[
    local out = ...
    out:send("clumsy: " .. tostring(count))   -- the counter's is not seen
    ax.sleep(1.5)
    error "stumbled"
  ]],
  greedy = [[ while true do end ]],
}

local function watch(out, name)
  for attempt = 1, 2 do
    local pid = assert(ax.script({ name = name, quantum = 1000, kill = 100000 },
      SCRIPTS[name], out:clone()))
    local _, how, what = ax.wait(pid)
    if how == "exited" then return end
    local reason = tostring(what):match("[^\n]*")
    out:send(("%s, attempt %d: %s, %s"):format(name, attempt, how, reason))
  end
end

ax.run({ clock = "virtual" }, function()
  local out, lines = ax.channel("string")
  for _, name in ipairs { "counter", "clumsy", "greedy" } do
    ax.spawn(watch, out:clone(), name)
  end
  out:close()
  for line in lines do print(line) end
end)
