--- fair - whom select prefers, and who may run: nobody.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside = help.inside

--- Chooses n times among arms of which those with these numbers are ready;
-- how often each was chosen.
local function choices(seed, narms, ready, n)
  return ax.run({ clock = "virtual", seed = seed }, function()
    local arms, counts, senders = {}, {}, {}
    for i = 1, narms do senders[i], arms[i] = ax.channel() end
    for _, i in ipairs(ready) do
      for _ = 1, n do senders[i]:send(i) end
      counts[i] = 0
    end
    local order = {}
    for k = 1, n do
      local _, i = ax.select(arms)
      counts[i] = counts[i] + 1
      order[k] = i
    end
    return counts, table.concat(order, " ")
  end)
end

describe("select is fair", function()
  -- chi-square at 99.99 %, by the number of ready arms
  local BOUND = { [2] = 15.1, [3] = 18.4, [4] = 21.1, [5] = 23.5, [8] = 29.9 }
  local rows = {
    { 2, { 1, 2 } }, { 3, { 1, 2, 3 } }, { 5, { 1, 2, 3, 4, 5 } },
    { 8, { 1, 2, 3, 4, 5, 6, 7, 8 } },
    { 8, { 1, 2 } }, { 8, { 7, 8 } }, { 10, { 4, 5, 6 } },
    { 40, { 17, 18, 19, 40 } }, { 7, { 1, 3, 4 } },
  }
  for _, row in ipairs(rows) do
    local narms, ready = row[1], row[2]
    it(("among %s of %d"):format(table.concat(ready, ", "), narms),
      function()
        local n = 2000
        for seed = 1, 3 do
          local counts = choices(seed, narms, ready, n)
          local expected, chi = n / #ready, 0
          for _, i in ipairs(ready) do
            chi = chi + (counts[i] - expected) ^ 2 / expected
          end
          assert.is_true(chi < BOUND[#ready],
            ("seed %d: chi-square %.1f"):format(seed, chi))
        end
      end)
  end

  it("the same way for the same seed, and another way for another",
    function()
      local orders = {}
      for seed = 1, 5 do
        local _, first = choices(seed, 4, { 1, 2, 3, 4 }, 100)
        local _, second = choices(seed, 4, { 1, 2, 3, 4 }, 100)
        assert.equal(first, second)
        assert.is_nil(orders[first])
        orders[first] = true
      end
    end)

  it("also to an arm beside one that is always ready", inside(function()
    ax.wait(ax.spawn(function()
      local tx, rx = ax.channel()
      local always <close> = ax.after(0) -- stays fired
      tx:send("hello")
      for _ = 1, 1000 do
        if ax.select { always, rx } == rx then return end
      end
      error("never chosen")
    end))
  end))
end)

describe("nobody starves", function()
  for _, loud in ipairs { "critical", "normal", "background" } do
    for _, meek in ipairs { "critical", "normal", "background" } do
      it(("%s beside two %s ones that wake each other"):format(meek, loud),
        inside(function()
          local ping, pinged = ax.channel()
          local pong, ponged = ax.channel()
          local function echo(rx, tx)
            for v in rx do
              if not tx:send(v) then return end
            end
          end
          local a = ax.spawn({ priority = loud }, echo, pinged, pong)
          local b = ax.spawn({ priority = loud }, echo, ponged, ping:clone())
          ping:send(1)
          local steps = 0
          local c = ax.spawn({ priority = meek }, function()
            for _ = 1, 100 do
              steps = steps + 1
              ax.yield()
            end
          end)
          local passes = 0
          while steps < 100 do
            ax.yield()
            passes = passes + 1
            assert.is_true(passes < 1000, "starved")
          end
          ax.wait(c)
          for _, pid in ipairs { a, b } do
            ax.kill(pid, "KILL")
            ax.wait(pid)
          end
        end))
    end
  end
end)
