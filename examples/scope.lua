--- scope - processes that end with the block they are in.
-- On the virtual clock, so that it takes no time and prints the same always.
local ax = require "axeberg"

local function at(...) print(("%4.1f"):format(ax.now()), ...) end

local function part(name, seconds)
  ax.sleep(seconds)
  at(name .. " is ready")
  return name:upper()
end

-- A process that takes its time to clean up.
local function tidy(name)
  local ok, why = pcall(ax.sleep, 60)
  at(name, ok and "slept well" or why)
  ax.sleep(0.5)
  at(name, "has cleaned up")
end

local function joined()
  at("together:", ax.scope(function(s)
    local a = s:spawn(part, "a", 2)
    local b = s:spawn(part, "b", 1)
    local _, _, first = s:wait(a)
    local _, _, second = s:wait(b)
    return first .. second
  end))
end

local function failing()
  local ok, err = pcall(ax.scope, function(s)
    s:spawn(tidy, "c")
    s:spawn({ name = "culprit" }, function()
      ax.sleep(1)
      error("out of luck", 0)
    end)
    ax.sleep(60) -- the body is interrupted, too
    at("never printed")
  end)
  at(ok, err:match("^[^\n]*"))
end

local function limited()
  at(ax.scope({ timeout = 3, grace = 2 }, function(s)
    s:spawn(tidy, "d")
    s:spawn(function()
      while true do pcall(ax.sleep, 60) end
    end)
  end))
end

local function race()
  at(ax.scope(function(s)
    local tx, rx = ax.channel("integer")
    for i = 3, 1, -1 do
      s:spawn(function()
        ax.sleep(i)
        tx:send(i)
      end)
    end
    local first = rx:recv()
    s:cancel()
    return first
  end))
end

local function killed()
  local owner = ax.spawn(function()
    ax.scope(function(s)
      s:spawn(function()
        local _ <close> = setmetatable({}, {
          __close = function() at("closed") end,
        })
        ax.sleep(60)
      end)
    end)
  end)
  ax.sleep(1)
  ax.kill(owner, "KILL")
  at(select(2, ax.wait(owner)))
  ax.sleep(1)
  at(#ax.ps() .. " process is left")
end

ax.run({ clock = "virtual" }, function()
  print "-- split up and joined again"
  joined()
  print "-- one fails: the others end, then the error is raised"
  failing()
  print "-- so much time for all of it, and so much for those who do not hear"
  limited()
  print "-- the first answer calls the rest off"
  race()
  print "-- whoever is killed takes the processes of its scopes along"
  killed()
end)
