--- alarm - moments and beats to wait for.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

local TIMEOUT = { nil, "timeout", "ETIMEDOUT" }

describe("ax.after", function()
  it("comes when its time has come, and not before", inside(function()
    local alarm = ax.after(2.5)
    assert.same(TIMEOUT, { alarm:wait(1) })
    assert.equal(1, ax.now())
    assert.same({ 1 }, { alarm:wait() })
    assert.equal(2.5, ax.now())
    alarm:close()
  end))

  it("counts from when it was made, not from the wait", inside(function()
    local alarm <close> = ax.after(2)
    ax.sleep(1.5)
    assert.equal(1, alarm:wait())
    assert.equal(2, ax.now())
  end))

  it("stays fired", inside(function()
    local alarm <close> = ax.after(1)
    ax.sleep(10)
    for _ = 1, 3 do
      assert.same({ 1 }, { alarm:wait() })
      assert.same({ 1 }, { alarm:wait(0) })
      assert.same({ 1 }, { alarm:wait(5) })
    end
    assert.equal(10, ax.now())
  end))

  it("of 0 has come already", inside(function()
    local alarm <close> = ax.after(0)
    assert.equal(1, alarm:wait(0))
  end))

  it("of math.huge never comes", inside(function()
    local alarm <close> = ax.after(math.huge)
    assert.same(TIMEOUT, { alarm:wait(1e6) })
    assert.equal(1e6, ax.now())
  end))

  it("wakes all that wait for it", inside(function()
    local alarm, woken = ax.after(3), 0
    for _ = 1, 100 do
      ax.spawn(function()
        assert(alarm:wait() == 1 and ax.now() == 3)
        woken = woken + 1
      end)
    end
    for _ = 1, 100 do ax.wait(-1) end
    assert.equal(100, woken)
    alarm:close()
  end))

  it("costs no timer while nobody waits, and none afterwards",
    inside(function()
      local alarm <close> = ax.after(5)
      assert.equal(0, ax.stats().timers)
      alarm:wait(1)
      assert.equal(0, ax.stats().timers)
      assert.equal(0, ax.stats().waiters)
    end))

  it("does not keep a world alive that nobody waits in", function()
    assert.equal(0, ax.run({ clock = "virtual" }, function()
      ax.after(1000)
      ax.every(1)
      return ax.now()
    end))
  end)
end)

describe("ax.every", function()
  it("comes again and again", inside(function()
    local alarm, moments = ax.every(1.5), {}
    for _ = 1, 4 do
      assert.equal(1, alarm:wait())
      moments[#moments + 1] = ax.now()
    end
    assert.same({ 1.5, 3.0, 4.5, 6.0 }, moments)
    alarm:close()
  end))

  it("does not drift, and counts what was missed", inside(function()
    local alarm <close> = ax.every(1)
    ax.sleep(3.5)
    assert.equal(3, alarm:wait()) -- 1, 2, 3
    assert.equal(3.5, ax.now())
    assert.equal(1, alarm:wait())
    assert.equal(4, ax.now())
    ax.sleep(1) -- exactly at a beat
    assert.equal(1, alarm:wait(0))
    assert.same(TIMEOUT, { alarm:wait(0) })
  end))

  it("loses no period over a million of them", inside(function()
    local alarm <close> = ax.every(0.1)
    ax.sleep(100000.05)
    assert.equal(1000000, alarm:wait())
    assert.equal(1, alarm:wait())
    assert.is_true(math.abs(ax.now() - 100000.1) < 1e-6)
  end))

  it("is a for loop's beat", inside(function()
    local alarm, sum = ax.every(2), 0
    for n in alarm do
      sum = sum + n
      if sum == 2 then ax.sleep(5) end
      if sum >= 5 then break end
    end
    assert.equal(5, sum)
    assert.equal(10, ax.now())
    alarm:close()
  end))

  it("gives each beat to one of those that wait", inside(function()
    local alarm, got = ax.every(1), {}
    for i = 1, 3 do
      ax.spawn(function()
        for _ = 1, 2 do
          local n, why = alarm:wait()
          got[#got + 1] = ("%d@%g:%s"):format(i, ax.now(), n or why)
        end
      end)
    end
    while ax.wait(-1) do end
    table.sort(got)
    local at = {}
    for i, text in ipairs(got) do at[i] = text:match("@(.*)$") end
    table.sort(at)
    assert.same({ "1:1", "2:1", "3:1", "4:1", "5:1", "6:1" }, at)
    alarm:close()
  end))

  it("gives a beat of one who dies to the next one", inside(function() -- 1
    local beat = ax.every(10)
    local at
    local first = ax.spawn(function() beat:wait() end)
    local second = ax.spawn(function() beat:wait() at = ax.now() end)
    ax.spawn({ priority = "critical" }, function()
      ax.sleep(10)
      ax.kill(first, "KILL") -- it has the beat, and did not run
    end)
    ax.wait(second)
    ax.wait(first)
    assert.equal(10, at)
    beat:close()
  end))
end)

describe("an alarm", function()
  it("that is closed ends a wait for it", inside(function()
    local alarm, got = ax.after(100), nil
    local pid = ax.spawn(function() got = { pcall(alarm.wait, alarm) } end)
    ax.yield()
    alarm:close()
    ax.wait(pid)
    assert.equal(0, ax.now())
    assert.same({ true, nil, "closed", "EPIPE" }, got)
  end))

  it("closes with the process that made it", inside(function()
    local alarm
    ax.wait(ax.spawn(function() alarm = ax.after(1) end))
    has(raises(alarm.wait, alarm), "closed")
  end))

  it("moves to a process that gets it", inside(function()
    local alarm = ax.every(1)
    local pid = ax.spawn(function(beat)
      return beat:wait() + beat:wait()
    end, alarm)
    has(raises(alarm.wait, alarm), "moved")
    assert.same({ pid, "exited", 2 }, { ax.wait(pid) })
    assert.equal(2, ax.now())
  end))

  it("says what it is", inside(function()
    local once, often <close> = ax.after(2), ax.every(0.5)
    has(tostring(once), "axeberg.alarm", "2")
    has(tostring(often), "axeberg.alarm", "every", "0.5")
    assert.equal("alarm", ax.type(once))
    once:close()
    once:close()
    has(tostring(once), "closed")
    has(raises(once.wait, once), "closed")
  end))

  it("that waits is answered with a TERM at once", inside(function()
    local pid = ax.spawn(function()
      local alarm <close> = ax.every(10)
      local ok, err = pcall(alarm.wait, alarm)
      return not ok and err
    end)
    ax.yield()
    ax.kill(pid)
    assert.same({ pid, "exited", "cancelled" }, { ax.wait(pid) })
    assert.equal(0, ax.stats().timers)
  end))

  local wrong = { { -1 }, { 0 / 0 }, { -math.huge }, { "soon" }, { {} }, {} }
  for i, row in ipairs(wrong) do
    it("is not made of nonsense, case " .. i, inside(function()
      has(raises(ax.after, row[1]), "after", "#1")
      has(raises(ax.every, row[1]), "every", "#1")
    end))
  end

  it("needs a period", inside(function()
    has(raises(ax.every, 0), "every", "period")
    has(raises(ax.every, 1e-12), "every", "period")
  end))

  it("is made in a hundred thousand, fired or forgotten", inside(function()
    local alarms = {}
    for i = 1, 100000 do alarms[i] = ax.after(i % 100) end
    for i = 1, 100000, 2 do alarms[i]:close() end
    ax.sleep(49)
    local fired = 0
    for i = 2, 100000, 2 do
      if alarms[i]:wait(0) then fired = fired + 1 end
    end
    assert.equal(25000, fired) -- 0, 2, ..., 48 of each hundred
  end))
end)

describe("a beat", function()
  it("is not for a process that is stopped", inside(function()
    local beat <close> = ax.every(1)
    local function hear()
      local n = beat:wait()
      return ("%d at %g"):format(n, ax.now())
    end
    local a, b = ax.spawn(hear), ax.spawn(hear)
    ax.yield()
    ax.kill(a, "STOP")
    assert.same({ b, "exited", "1 at 1" }, { ax.wait(b, 10) })
    ax.kill(a, "CONT")
    assert.same({ a, "exited", "1 at 2" }, { ax.wait(a, 10) })
  end))

  it("that came while it was stopped is there when it goes on",
    inside(function()
      local beat <close> = ax.every(1)
      local a = ax.spawn(function() return beat:wait(), ax.now() end)
      local b = ax.spawn(function() return (ax.after(2):wait(5)) end)
      local c = ax.spawn(function() return select(3, beat:wait(1.5)) end)
      ax.yield()
      ax.kill(a, "STOP")
      ax.kill(b, "STOP")
      ax.kill(c, "STOP")
      ax.sleep(3.25)
      for _, pid in ipairs { a, b, c } do ax.kill(pid, "CONT") end
      assert.same({ a, "exited", 3 }, { ax.wait(a, 0.5) })
      assert.same({ b, "exited", 1 }, { ax.wait(b, 0.5) })
      assert.same({ c, "exited", "ETIMEDOUT" }, { ax.wait(c, 0.5) })
    end))
end)
