--- limit - scripts that run away.
local ax = require "axeberg"

local function runaway()
  while true do
    pcall(function() while true do end end) -- luacheck: ignore
  end
end

-- With a quantum everybody gets a turn, whether they like it or not.
local function turns()
  local counts = { 0, 0, 0 }
  local pids = {}
  for i = 1, 3 do
    pids[i] = ax.spawn(function()
      while true do counts[i] = counts[i] + 1 end
    end)
  end
  for _ = 1, 50 do ax.yield() end
  for i = 1, 3 do
    ax.kill(pids[i], "KILL") -- in the midst of its loop
    print("process " .. i, counts[i] > 1000, select(2, ax.wait(pids[i])))
  end
end

ax.run({ quantum = 1000 }, turns)

-- A budget ends who does not block for too long, and nobody else.
ax.run({ quantum = 1000, kill = 200000 }, function()
  local bad = ax.spawn({ name = "bad" }, runaway)
  local deaf = ax.spawn({ name = "deaf" }, function()
    table.sort({ 3, 2, 1 }, function() runaway() end) -- below a C function
  end)
  local good = ax.spawn({ name = "good" }, function()
    local sum = 0
    for i = 1, 100 do
      for j = 1, 1000 do sum = sum + i * j end
      ax.yield() -- a new budget
    end
    return sum
  end)
  print("good", ax.wait(good))
  print("bad", ax.wait(bad))
  print("deaf", ax.wait(deaf))
end)

-- One process only; and it closes what it had.
local pid = ax.spawn({ kill = 100000 }, function()
  local _ <close> = setmetatable({}, {
    __close = function() print "closed" end,
  })
  runaway()
end)
print("alone", ax.wait(pid))

-- The same program takes its turns at the same places, each time.
local function trace()
  local log = {}
  ax.run({ quantum = 100, clock = "virtual" }, function()
    for i = 1, 3 do
      ax.spawn(function()
        for n = 1, 100 * i do
          if n % 50 == 0 then log[#log + 1] = i .. ":" .. n end
        end
      end)
    end
    while ax.wait(-1) do end
  end)
  return table.concat(log, " ")
end

local first = trace()
print("deterministic", first == trace())
print(first)
