--- supervise - processes that are started again when they end.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

--- A child that notes when it starts and ends by itself after that many
--- seconds, as told; math.huge: not at all.
local function child(log, name, seconds, how)
  return function()
    log[#log + 1] = ("+%s %g"):format(name, ax.now())
    local _ <close> = setmetatable({}, { __close = function()
      log[#log + 1] = ("-%s %g"):format(name, ax.now())
    end })
    ax.sleep(seconds)
    if how == "error" then error(name .. " failed") end
    if how == "kill" then ax.kill(ax.getpid(), "KILL") end
    return how
  end
end

local function stop(pid)
  ax.kill(pid)
  return select(2, ax.wait(pid))
end

local function run(spec, seconds)
  local pid = ax.supervise(spec)
  ax.sleep(seconds)
  local how = stop(pid)
  assert.equal(1, #ax.ps())
  return how
end

describe("strategy", function()
  local rows = {
    { "one_for_one", "+a 0,+b 0,+c 0,-b 2,+b 2,-c 3,-b 3,-a 3" },
    { "one_for_all",
      "+a 0,+b 0,+c 0,-b 2,-c 2,-a 2,+a 2,+b 2,+c 2,-c 3,-b 3,-a 3" },
    { "rest_for_one",
      "+a 0,+b 0,+c 0,-b 2,-c 2,+b 2,+c 2,-c 3,-b 3,-a 3" },
  }
  for _, row in ipairs(rows) do
    for _, how in ipairs { "error", "kill", "return" } do
      it(row[1] .. " starts again whom it must, after " .. how,
        inside(function()
          local log = {}
          assert.equal("killed", run({ strategy = row[1], children = {
            child(log, "a", math.huge), child(log, "b", 2, how),
            child(log, "c", math.huge),
          } }, 3))
          assert.equal(row[2], table.concat(log, ","))
        end))
    end
  end

  it("is one_for_one by default", inside(function()
    local log = {}
    run({ children = { child(log, "a", 2), child(log, "b", 9) } }, 3)
    assert.equal("+a 0,+b 0,-a 2,+a 2,-b 3,-a 3", table.concat(log, ","))
  end))
end)

describe("restart", function()
  local rows = {
    -- restart, how the child ends, how often it is started
    { "permanent", "error", 4 }, { "permanent", "kill", 4 },
    { "permanent", "return", 4 }, { "transient", "error", 4 },
    { "transient", "kill", 4 }, { "transient", "return", 1 },
    { "temporary", "error", 1 }, { "temporary", "kill", 1 },
    { "temporary", "return", 1 },
  }
  for _, row in ipairs(rows) do
    local restart, how, starts = row[1], row[2], row[3]
    it(("%s after %s: %d starts"):format(restart, how, starts),
      inside(function()
        local log = {}
        local pid = ax.supervise { children = {
          { start = child(log, "a", 2, how), restart = restart },
        } }
        ax.sleep(7)
        local alive = ax.kill(pid, 0)
        -- without a child that may come back it ends by itself
        assert.equal(starts > 1, alive == true)
        if alive then stop(pid) else ax.wait(pid) end
        assert.equal(starts, select(2,
          table.concat(log, ","):gsub("%+", "")))
      end))
  end

  it("of others does not bring a temporary one back", inside(function()
    local log = {}
    run({ strategy = "one_for_all", children = {
      { start = child(log, "t", math.huge), restart = "temporary" },
      child(log, "p", 2),
    } }, 3)
    assert.equal("+t 0,+p 0,-p 2,-t 2,+p 2,-p 3", table.concat(log, ","))
  end))

  it("hands the arguments over again", inside(function()
    local got = {}
    run({ children = { { start = function(...)
      got[#got + 1] = table.pack(...)
      ax.sleep(1)
    end, args = { 1, nil, "x", n = 4 }, name = "w",
      options = { priority = "critical" } } } }, 2.5)
    assert.equal(3, #got)
    for _, args in ipairs(got) do
      assert.same({ 1, nil, "x", n = 4 }, args)
    end
  end))

  it("shows names and options", inside(function()
    local pid = ax.supervise { name = "boss", children = {
      { name = "w", start = ax.sleep, args = { 9 },
        options = { priority = "background" } },
    } }
    ax.yield()
    ax.yield()
    local ps = ax.ps()
    assert.equal("boss", ps[2].name)
    assert.same({ "w", "background", pid },
      { ps[3].name, ps[3].priority, ps[3].ppid })
    stop(pid)
  end))
end)

describe("intensity", function()
  it("is as many restarts as allowed, and one more fails", inside(function()
    local log = {}
    local pid = ax.supervise { name = "boss", max_restarts = 2, within = 10,
      children = {
        child(log, "calm", math.huge),
        { name = "hectic", start = child(log, "hectic", 1, "error") },
      } }
    local _, how, err = ax.wait(pid)
    assert.equal("error", how)
    has(err, "supervisor", "3 restarts within 10 s", "hectic", "failed")
    assert.equal("+calm 0,+hectic 0,-hectic 1,+hectic 1,-hectic 2,"
      .. "+hectic 2,-hectic 3,-calm 3", table.concat(log, ","))
    assert.equal(1, #ax.ps())
  end))

  it("forgets restarts that were long ago", inside(function()
    local log = {}
    assert.equal("killed", run({ max_restarts = 2, within = 2.5, children = {
      child(log, "a", 1, "error"), -- at 1, 2, 3, ...: 3 within 2.5 s?
    } }, 2.5))
    local pid = ax.supervise { max_restarts = 2, within = 1.5, children = {
      child(log, "a", 1, "error"),
    } }
    ax.sleep(100)
    assert.is_true(ax.kill(pid, 0))
    stop(pid)
  end))

  it("of 0 allows none", inside(function()
    local log = {}
    local pid = ax.supervise { max_restarts = 0, children = {
      child(log, "a", 1) } }
    assert.equal("error", select(2, ax.wait(pid)))
    assert.equal("+a 0,-a 1", table.concat(log, ","))
  end))

  it("of math.huge never gives up", inside(function()
    local starts = 0
    assert.equal("killed", run({ max_restarts = math.huge, children = {
      function() starts = starts + 1 ax.sleep(0.01) end } }, 10))
    assert.is_true(starts > 900)
  end))

  it("keeps a storm of restarts from blocking the others", inside(function()
    local pid = ax.supervise { max_restarts = math.huge,
      children = { function() end } }
    for _ = 1, 100 do ax.yield() end
    assert.equal("killed", stop(pid))
  end))
end)

describe("the end of a supervisor", function()
  it("stops the last child first, each after the other", inside(function()
    local log = {}
    local function slow(name)
      return function()
        pcall(ax.sleep, math.huge)
        log[#log + 1] = name .. " " .. ax.now()
        ax.sleep(1)
      end
    end
    assert.equal("killed", run({ children = { slow "a", slow "b",
      slow "c" } }, 1))
    assert.same({ "c 1.0", "b 2.0", "a 3.0" }, log)
    assert.equal(4, ax.now())
  end))

  it("kills after the grace period, its own or the child's",
    inside(function()
      local function deaf() while true do pcall(ax.sleep, 1000) end end
      run({ grace = 2, children = { deaf, { start = deaf, grace = 3 },
        { start = deaf, grace = 0 } } }, 1)
      assert.equal(6, ax.now())
    end))

  it("is not hurried or disturbed by more TERMs", inside(function()
    local log = {}
    local pid = ax.supervise { children = {
      child(log, "a", math.huge),
      function() pcall(ax.sleep, math.huge) ax.sleep(3) end,
    } }
    ax.sleep(1)
    for _ = 1, 3 do
      ax.kill(pid)
      ax.sleep(0.5)
    end
    assert.equal("killed", select(2, ax.wait(pid)))
    assert.equal(4, ax.now())
    assert.same({ "+a 0", "-a 4" }, log)
    assert.equal(1, #ax.ps())
  end))

  it("by a TERM in the midst of a restart starts nobody", inside(function()
    local log = {}
    local pid = ax.supervise { strategy = "one_for_all", children = {
      child(log, "a", 1, "error"),
      function() pcall(ax.sleep, math.huge) ax.sleep(3) end,
    } }
    ax.sleep(2)
    ax.kill(pid)
    assert.equal("killed", select(2, ax.wait(pid)))
    assert.same({ "+a 0", "-a 1" }, log)
    assert.equal(4, ax.now())
    assert.equal(1, #ax.ps())
  end))

  it("by KILL takes the children along", inside(function()
    local log = {}
    local pid = ax.supervise { children = {
      child(log, "a", math.huge), child(log, "b", math.huge),
    } }
    ax.sleep(1)
    ax.kill(pid, "KILL")
    ax.wait(pid)
    ax.yield()
    ax.yield()
    assert.equal(1, #ax.ps())
    assert.same({ "+a 0", "+b 0", "-a 1", "-b 1" }, log)
  end))

  it("before it began has begun nobody", inside(function()
    local log = {}
    local pid = ax.supervise { children = { child(log, "a", 1) } }
    ax.kill(pid)
    ax.wait(pid)
    ax.sleep(5)
    assert.same({}, log)
  end))
end)

describe("a quota", function()
  it("that a child does not fit in is the supervisor's failure",
    inside(function()
      local log = {}
      local _, how, err = ax.wait(ax.supervise { children = {
        child(log, "a", math.huge), { name = "b", start = print } } })
      assert.equal("error", how)
      has(err, "b cannot be started", "quota")
      assert.same({}, log) -- a was ended before it began
      assert.equal(1, #ax.ps())
    end, { quota = { processes = 3 } }))

  it("of handles does not matter to the grace period", inside(function()
    local alarm <close> = ax.after(9)
    run({ grace = 2, children = { function()
      while ax.now() < 100 do pcall(ax.sleep, 10) end
    end } }, 1)
    assert.equal(3, ax.now())
    assert.is_not_nil(alarm)
  end, { quota = { handles = 1 } }))
end)

describe("a report", function()
  it("tells how each child ended by itself", inside(function()
    local log, told = {}, {}
    run({ report = function(name, how, status, traceback)
      told[#told + 1] = name .. " " .. how
      if how == "error" then has(traceback, "stack traceback") end
      if how == "error" then has(status, "failed") end
    end, children = {
      { name = "a", start = child(log, "a", 1, "error") },
      { name = "b", start = child(log, "b", 1.5, "kill") },
      { name = "c", start = child(log, "c", 5), restart = "temporary" },
    } }, 2.5)
    assert.same({ "a error", "b killed", "a error" }, told)
  end))

  it("tells of failures in a clean-up", inside(function()
    local told = {}
    run({ report = function(name, how) told[#told + 1] = name .. how end,
      children = { { name = "a", start = function()
        pcall(ax.sleep, math.huge)
        error("in the clean-up")
      end } } }, 1)
    assert.same({ "aerror" }, told)
  end))

  it("is a warning by default", function()
    local result = help.script [[
      warn "@on"
      ax.run({ clock = "virtual" }, function()
        local pid = ax.supervise { children = {
          { name = "w", start = error, args = { "oops" },
            restart = "transient" } }, max_restarts = 0 }
        ax.wait(pid)
      end)
    ]]
    assert.equal(0, result.code, result.err)
    has(result.err, "w failed", "oops")
  end)
end)

describe("supervisors below supervisors", function()
  it("are stopped and started again as children are", inside(function()
    local log = {}
    run({ strategy = "one_for_all", children = {
      child(log, "top", 5, "error"),
      { name = "below", strategy = "one_for_all", children = {
        child(log, "x", 2, "error"), child(log, "y", math.huge),
      } },
    } }, 6)
    assert.equal("+top 0,+x 0,+y 0,-x 2,-y 2,+x 2,+y 2,-x 4,-y 4,+x 4,+y 4,"
      .. "-top 5,-y 5,-x 5,+top 5,+x 5,+y 5,-y 6,-x 6,-top 6",
      table.concat(log, ","))
  end))

  it("count restarts anew after they were restarted", inside(function()
    local log, told = {}, {}
    local pid = ax.supervise { max_restarts = 2, within = 100,
      report = function(name) told[#told + 1] = name end,
      children = { { name = "below", max_restarts = 1, within = 100,
        report = function() end, children = {
          child(log, "x", 1, "error") } } } }
    local _, how, err = ax.wait(pid)
    assert.equal("error", how)
    has(err, "below")
    assert.same({ "below", "below", "below" }, told)
    assert.equal(6, ax.now())
  end))
end)

describe("misuse of supervise", function()
  local tx, rx = ax.channel()
  tx:close()
  rx:close()
  local rows = {
    { "table", nil }, { "children", {} }, { "children", { children = 7 } },
    { "strategy", { strategy = "all", children = {} } },
    { "stratgy", { stratgy = "one_for_all", children = {} } },
    { "max_restarts", { max_restarts = -1, children = {} } },
    { "within", { within = 0 / 0, children = {} } },
    { "grace", { grace = "5", children = {} } },
    { "name", { name = 5, children = {} } },
    { "report", { report = 5, children = {} } },
    { "child 2", { children = { print, 7 } } },
    { "start", { children = { { start = "x" } } } },
    { "restart", { children = { { start = print, restart = "never" } } } },
    { "strt", { children = { { strt = print } } } },
    { "parent", { children = { { start = print,
      options = { parent = 1 } } } } },
    { "handle", { children = { { start = print, args = { 1, tx } } } } },
    { "strategy", { children = { { strategy = "x", children = {} } } } },
    { "restart", { children = { { restart = "x", children = {} } } } },
    { "child 2: no table: nil", { children = { print, nil, print } } },
    { '"x"', { children = { print, x = print } } },
    { '"quantum"', { children = { { start = print,
      options = { quantum = -1 } } } } },
    { '"priority"', { children = { { start = print,
      options = { priority = "x" } } } } },
  }
  for i, row in ipairs(rows) do
    it(("raises at once, case %d: %s"):format(i, row[1]), inside(function()
      has(raises(ax.supervise, row[2]), "supervise", row[1])
      assert.equal(1, #ax.ps())
    end))
  end
end)
