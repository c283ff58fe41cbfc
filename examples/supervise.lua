--- supervise - supervisors, links and monitors.
-- On the virtual clock, so that it takes no time and prints the same always.
local ax = require "axeberg"

local function at(...) print(("%4.1f"):format(ax.now()), ...) end

--- A service that fails, or not, after some seconds.
local function service(name, seconds, fails)
  return {
    name = name,
    start = function()
      at(name, "starts")
      local _ <close> = setmetatable({}, {
        __close = function() at(name, "ends") end,
      })
      ax.sleep(seconds)
      if fails then error(name .. " is broken", 0) end
    end,
  }
end

local function quiet() end

local function strategy(name)
  local boss = ax.supervise {
    strategy = name,
    report = function(child, how) at(child, "-> " .. how) end,
    children = {
      service("store", math.huge),
      service("cache", 1, true),
      service("front", math.huge),
    },
  }
  ax.sleep(1.5)
  ax.kill(boss) -- the last one first
  at("supervisor", select(2, ax.wait(boss)))
end

local function hopeless()
  local boss = ax.supervise { max_restarts = 2, within = 10, report = quiet,
    children = { service("hopeless", 0.1, true) } }
  local _, how, err = ax.wait(boss)
  at(how, err:match("^[^\n]*"))
end

local function tree()
  local boss = ax.supervise { report = quiet, children = {
    service("top", math.huge),
    { name = "below", strategy = "one_for_all", report = quiet,
      children = { service("left", 1, true), service("right", math.huge) } },
  } }
  ax.sleep(1.5)
  ax.kill(boss)
  ax.wait(boss)
end

local function link()
  local engine = ax.spawn(function()
    ax.sleep(1)
    error("out of fuel", 0)
  end)
  local driver = ax.spawn(function()
    ax.link(engine)
    ax.sleep(60)
  end)
  at("driver", select(2, ax.wait(driver)))
  at("engine", (select(2, ax.wait(engine))))
end

local function monitor()
  local job = ax.spawn(function()
    ax.sleep(2)
    return "the result"
  end)
  local ended, beat = ax.monitor(job), ax.every(0.8)
  while true do
    local which, news = ax.select { beat, ended }
    if which == ended then
      at(news.how, news.status)
      break
    end
    at("waiting")
  end
  at("and still:", select(2, ax.wait(job)))
end

ax.run({ clock = "virtual" }, function()
  for _, name in ipairs { "one_for_one", "one_for_all", "rest_for_one" } do
    print("-- " .. name)
    strategy(name)
  end
  print "-- too many restarts in too short a time"
  hopeless()
  print "-- a tree of them"
  tree()
  print "-- a link: both or none"
  link()
  print "-- a monitor: news, and nothing else happens"
  monitor()
end)
