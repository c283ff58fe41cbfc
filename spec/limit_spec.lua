--- limit - scripts that run away.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

if help.STRESS then -- its hook would take the place of ours
  local core = require "axeberg.core"
  ax = setmetatable({ spawn = core.spawn, run = core.run }, { __index = ax })
end

local Q = 1000 -- a quantum

--- For ever, without a call.
local function spin() while true do end end -- luacheck: ignore

--- A world with a quantum.
local function quick(fn, options)
  local settings = { quantum = Q }
  for name, value in pairs(options or {}) do settings[name] = value end
  return inside(fn, settings)
end

--- What happens to a process that runs away like this, when it is killed
--- from outside after a while.
local function pre_empted(fn, ...)
  local pid = ax.spawn(fn, ...)
  for _ = 1, 20 do ax.yield() end
  assert.is_true(ax.kill(pid, "KILL"))
  assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
end

--- Ways to run for ever that can be interrupted anywhere.
local LOOPS = {
  ["an empty loop"] = spin,
  ["a counting loop"] = function()
    local i = 0
    repeat i = i + 1 until false
  end,
  ["a numeric for"] = function()
    for _ = 1, math.huge do end -- luacheck: ignore
  end,
  ["a recursion without end"] = function()
    local function again(n) return again(n + 1) end
    again(1)
  end,
  ["a pcall loop"] = function() while true do pcall(spin) end end,
  ["nested pcalls"] = function()
    while true do pcall(pcall, pcall, spin) end
  end,
  ["an xpcall loop"] = function()
    while true do xpcall(spin, function() return spin() end) end
  end,
  ["an error loop"] = function() while true do pcall(error, "again") end end,
  ["a metamethod"] = function()
    local object = setmetatable({}, { __index = spin })
    return object.field
  end,
  ["a generic for"] = function()
    for _ in function() return 1 end do end -- luacheck: ignore
  end,
  ["a generator of ax.wrap"] = function() ax.wrap(spin)() end,
  ["a generator in a generator"] = function()
    ax.wrap(function() ax.wrap(spin)() end)()
  end,
  ["a loop over a generator of coroutine.wrap"] = function()
    local next_one = coroutine.wrap(function()
      while true do coroutine.yield(1) end
    end)
    while true do next_one() end
  end,
  ["a __close"] = function()
    local _ <close> = setmetatable({}, { __close = spin })
  end,
}

--- Ways that others cannot pre-empt, but a budget ends.
local DEAF = {
  ["a comparison of table.sort"] = function()
    table.sort({ 3, 2, 1 }, function() return spin() end)
  end,
  ["a function of string.gsub"] = function() ("x"):gsub(".", spin) end,
  ["a generator of coroutine.wrap"] = function() coroutine.wrap(spin)() end,
  ["a message handler"] = function() xpcall(error, spin) end,
  ["message handlers of message handlers"] = function()
    while true do xpcall(error, function() xpcall(error, spin) end) end
  end,
  ["a message handler around a comparison"] = function()
    xpcall(table.sort, spin, { 3, 2, 1 }, spin)
  end,
  ["a coroutine.resume loop"] = function()
    while true do coroutine.resume(coroutine.create(spin)) end
  end,
  ["pcalls in a table.sort in pcalls"] = function()
    while true do
      pcall(table.sort, { 3, 2, 1 }, function()
        while true do pcall(spin) end
      end)
    end
  end,
}

describe("a quantum", function()
  for what, loop in pairs(LOOPS) do
    it("pre-empts " .. what, quick(function() pre_empted(loop) end))
  end

  it("lets the others run meanwhile", quick(function()
    local counts = { 0, 0, 0 }
    local pids = {}
    for i = 1, 3 do
      pids[i] = ax.spawn(function()
        while true do counts[i] = counts[i] + 1 end
      end)
    end
    for _ = 1, 50 do ax.yield() end
    for i = 1, 3 do
      ax.kill(pids[i], "KILL")
      ax.wait(pids[i])
      assert.is_true(counts[i] > 1000)
      assert.is_true(math.abs(counts[i] - counts[1]) < 1000)
    end
  end))

  it("loses and changes nothing of a computation", function()
    local function sum()
      local total, parts = 0, {}
      for i = 1, 3000 do
        parts[#parts + 1] = i % 7 == 0 and ("x"):rep(i % 50) or tostring(i)
        total = total + #table.concat({ parts[#parts], select("#", i, i) })
        local ok = pcall(error, i)
        total = total + (ok and 1 or 0)
      end
      return total
    end
    local expected = sum()
    for _, quantum in ipairs { 1, 2, 3, 7, 100, 12345 } do
      local results = {}
      ax.run({ clock = "virtual", quantum = quantum }, function()
        for i = 1, 3 do ax.spawn(function() results[i] = sum() end) end
        while ax.wait(-1) do end
      end)
      assert.same({ expected, expected, expected }, results)
    end
  end)

  it("keeps the schedule deterministic", function()
    local function game(quantum)
      local log = {}
      ax.run({ clock = "virtual", quantum = quantum, seed = 5 }, function()
        local tx, rx = ax.channel(nil, { capacity = 2 })
        for i = 1, 4 do
          ax.spawn(function(out)
            for n = 1, 20 do
              local x = 0
              for j = 1, i * 100 do x = x + j end
              out:send(i .. ":" .. n)
            end
          end, tx:clone())
        end
        tx:close()
        for v in rx do log[#log + 1] = v end
        log[#log + 1] = tostring(ax.stats().steps)
      end)
      return table.concat(log, " ")
    end
    for _, quantum in ipairs { 10, 333, 5000 } do
      assert.equal(game(quantum), game(quantum))
    end
    assert.not_equal(game(10), game(333))
  end)

  it("may be given to one process only", inside(function()
    local pid = ax.spawn({ quantum = Q }, spin)
    for _ = 1, 10 do ax.yield() end
    ax.kill(pid, "KILL")
    ax.wait(pid)
  end))

  it("may be taken from one process", quick(function()
    local order = {}
    local function work(name)
      return function()
        for _ = 1, 10 * Q do end -- luacheck: ignore
        order[#order + 1] = name
      end
    end
    ax.spawn(work "pre-empted")
    ax.spawn({ quantum = 0 }, work "undisturbed")
    while ax.wait(-1) do end
    assert.same({ "undisturbed", "pre-empted" }, order)
  end))

  it("is inherited by processes of processes", quick(function()
    local inner
    ax.wait(ax.spawn(function() inner = ax.spawn(spin) end))
    for _ = 1, 5 do ax.yield() end
    ax.kill(inner, "KILL")
    assert.equal("killed", select(2, ax.wait(inner)))
  end))

  it("does not make TERM an interruption", quick(function()
    local pid = ax.spawn(function()
      for _ = 1, 20 * Q do end -- luacheck: ignore
      return (select(2, pcall(ax.yield)))
    end)
    ax.yield()
    ax.kill(pid, "TERM")
    assert.same({ pid, "exited", "cancelled" }, { ax.wait(pid) })
  end))

  it("holds a stopped process where it is", quick(function()
    local n = 0
    local pid = ax.spawn(function() while true do n = n + 1 end end)
    for _ = 1, 5 do ax.yield() end
    ax.kill(pid, "STOP")
    local before = n
    for _ = 1, 5 do ax.yield() end
    assert.equal(before, n)
    ax.kill(pid, "CONT")
    for _ = 1, 5 do ax.yield() end
    assert.is_true(n > before)
    ax.kill(pid, "KILL")
    ax.wait(pid)
  end))

  it("leaves blocking calls alone", quick(function()
    local tx, rx = ax.channel(nil, { capacity = 1 })
    local pid = ax.spawn(function(out)
      for i = 1, 500 do
        local text = ("x"):rep(i)
        assert(#text == i)
        out:send(i)
      end
    end, tx)
    for i = 1, 500 do assert.equal(i, rx:recv()) end
    assert.same({ nil, "closed", "EPIPE" }, { rx:recv() })
    ax.wait(pid)
  end, { quantum = 3 }))
end)

describe("a kill budget", function()
  local function killed(fn)
    local pid = ax.spawn({ kill = 20 * Q, quantum = Q }, fn)
    assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
  end

  for what, loop in pairs(LOOPS) do
    it("ends " .. what, inside(function() killed(loop) end))
  end
  for what, loop in pairs(DEAF) do
    it("ends " .. what, inside(function() killed(loop) end))
  end

  it("closes <close> variables, which have a budget of their own",
    inside(function()
      local closed = 0
      killed(function()
        local _ <close> = setmetatable({}, { __close = function()
          for _ = 1, 5 * Q do end -- luacheck: ignore
          closed = closed + 1
        end })
        spin()
      end)
      assert.equal(1, closed)
      killed(function()
        local _ <close> = setmetatable({}, { __close = function()
          closed = closed + 1
          spin()
        end })
        spin()
      end)
      assert.equal(2, closed)
    end))

  it("begins anew with each blocking call", inside(function()
    local pid = ax.spawn({ kill = 20 * Q, quantum = Q }, function()
      for _ = 1, 50 do
        for _ = 1, 5 * Q do end -- luacheck: ignore
        ax.yield()
      end
      return "fine"
    end)
    assert.same({ pid, "exited", "fine" }, { ax.wait(pid) })
  end))

  it("does not begin anew when others were let run", inside(function()
    ax.spawn(function() for _ = 1, 100 do ax.yield() end end)
    killed(spin)
    ax.wait(-1)
  end))

  it("comes with a quantum if there is none", inside(function()
    local pid = ax.spawn({ kill = 50000 }, spin)
    assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
  end))

  it("of a world raises when it hits process 1", function()
    has(raises(ax.run, { clock = "virtual", kill = 50000 }, spin),
      "process 1", "killed")
  end)

  it("frees what the process held", inside(function()
    local tx, rx = ax.channel()
    local pid = ax.spawn({ kill = 10000 }, function(out)
      out:send("before")
      spin()
    end, tx)
    assert.equal("before", rx:recv())
    assert.same({ nil, "closed", "EPIPE" }, { rx:recv() })
    ax.wait(pid)
  end))

  it("does not spare a process that is made to look at it", inside(function()
    -- catching the error does not help: it comes back with every instruction
    local caught = 0
    killed(function()
      table.sort({ 3, 2, 1 }, function()
        while true do
          if not pcall(spin) then caught = caught + 1 end
        end
      end)
    end)
    assert.is_true(caught < 3)
  end))
end)

describe("warn", function()
  --- The warnings of a script.
  local function warnings(text)
    local result = help.script('warn "@on"\n' .. text)
    assert.equal(0, result.code, result.err)
    return result.err
  end

  it("tells once of a process that does not give way", function()
    local text = warnings [[
      local pid = ax.spawn({ name = "busy", warn = 30000, quantum = 1000 },
        function() for _ = 1, 1000000 do end end)
      ax.wait(pid)
    ]]
    has(text, "process 2", "busy", "30000 instructions")
    assert.equal(1, select(2, text:gsub("Lua warning", "")))
  end)

  it("tells again after a blocking call", function()
    local text = warnings [[
      ax.wait(ax.spawn({ warn = 20000 }, function()
        for _ = 1, 2 do
          for _ = 1, 100000 do end
          ax.yield()
        end
      end))
    ]]
    assert.equal(2, select(2, text:gsub("Lua warning", "")))
  end)

  it("tells of a kill", function()
    local text = warnings [[
      ax.wait(ax.spawn({ name = "busy", kill = 20000 },
        function() while true do end end))
    ]]
    has(text, "busy", "is killed")
  end)

  it("says nothing about those who give way", function()
    assert.equal("", warnings [[
      ax.run({ warn = 20000, kill = 50000 }, function()
        for _ = 1, 1000 do
          for _ = 1, 100 do end
          ax.yield()
        end
      end)
    ]])
  end)
end)

describe("without limits", function()
  it("there is no hook, not even after a world with limits", function()
    ax.run({ quantum = 10 }, function() ax.wait(ax.spawn(ax.now)) end)
    local pid = ax.spawn(function() return debug.gethook() == nil end)
    assert.same({ pid, "exited", true }, { ax.wait(pid) })
  end)
end)

describe("misuse of limits", function()
  for _, name in ipairs { "quantum", "warn", "kill" } do
    for _, value in ipairs { -1, 1.5, 2 ^ 40, "many", {}, 0 / 0 } do
      it(("is answered: %s = %s"):format(name, tostring(value)),
        inside(function()
          local options = { [name] = value }
          has(raises(ax.spawn, options, print), '"' .. name .. '"')
          has(raises(ax.run, options, print), '"' .. name .. '"')
        end))
    end
  end
end)
