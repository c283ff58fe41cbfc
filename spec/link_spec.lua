--- link - monitors, links, and watching without reaping.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

local CLOSED = { nil, "closed", "EPIPE" }

--- Ends of a process: what it does after a second, and what it leaves.
local ENDS = {
  { "exited", function() return "fine" end, "fine" },
  { "error", function() error({ "bad" }) end, { "bad" } },
  { "killed", function() ax.kill(ax.getpid(), "KILL") end, "KILL" },
  { "killed", function() error(select(2, pcall(ax.kill, ax.getpid())), 0) end,
    "TERM" },
}

local function later(fn)
  return function()
    ax.sleep(1)
    return fn()
  end
end

local function sleeper() ax.sleep(math.huge) end

--- No process but this one, zombies included.
local function alone()
  ax.yield()
  ax.yield()
  assert.equal(1, #ax.ps())
end

describe("ax.monitor", function()
  for _, row in ipairs(ENDS) do
    local how, fn, status = row[1], row[2], row[3]
    it("tells once how it ended: " .. how .. ", " .. tostring(status),
      inside(function()
        local pid = ax.spawn(later(fn))
        local rx = ax.monitor(pid)
        local news = rx:recv()
        assert.equal(1, ax.now())
        assert.same({ pid, how, status },
          { news.pid, news.how, news.status })
        assert.equal(how == "error", news.traceback ~= nil)
        assert.same(CLOSED, { rx:recv() })
        local _, wait_how, wait_status = ax.wait(pid)
        assert.same({ how, status }, { wait_how, wait_status })
        alone()
      end))
  end

  it("leaves the status for ax.wait", inside(function()
    local pid = ax.spawn(later(function() return 7 end))
    local a, b = ax.monitor(pid), ax.monitor(pid)
    assert.equal(7, a:recv().status)
    assert.equal(7, b:recv().status)
    assert.same({ pid, "exited", 7 }, { ax.wait(pid) })
    alone()
  end))

  it("tells of a process that somebody else reaps", inside(function()
    local pid = ax.spawn(later(function() return 7 end))
    local rx = ax.monitor(pid)
    assert.same({ pid, "exited", 7 }, { ax.wait(pid) })
    assert.equal(7, rx:recv().status)
    alone()
  end))

  it("tells of a process that has ended already", inside(function()
    local pid = ax.spawn(function() return 7 end)
    ax.yield()
    local rx = ax.monitor(pid)
    assert.equal(7, rx:try_recv().status)
    assert.same({ pid, "exited", 7 }, { ax.wait(pid) })
    assert.same(CLOSED, { rx:recv() })
    alone()
  end))

  it("tells of a process that never ran", inside(function()
    local pid = ax.spawn(sleeper)
    local rx = ax.monitor(pid)
    ax.kill(pid)
    local news = rx:recv()
    assert.same({ "killed", "TERM" }, { news.how, news.status })
    ax.wait(pid)
    alone()
  end))

  it("is something to select", inside(function()
    local pid = ax.spawn(later(function() end))
    local beat <close> = ax.every(0.4)
    local beats = 0
    ax.wait(ax.spawn(function()
      local rx = ax.monitor(pid)
      while true do
        local fired, news = ax.select { beat, rx }
        if fired == rx then
          assert.equal(pid, news.pid)
          return
        end
        beats = beats + 1
      end
    end))
    ax.wait(pid)
    assert.equal(2, beats)
    alone()
  end))

  it("outlives the one who asked, and goes with the process",
    inside(function()
      local pid = ax.spawn(later(function() end))
      ax.wait(ax.spawn(function() ax.monitor(pid) end))
      ax.wait(pid)
      alone()
    end))

  it("answers ESRCH for a process that is not there", inside(function()
    local pid = ax.spawn(function() end)
    ax.wait(pid)
    for _, other in ipairs { pid, 999 } do
      local rx, why, code = ax.monitor(other)
      assert.is_nil(rx)
      has(why, tostring(other))
      assert.equal("ESRCH", code)
    end
  end))
end)

describe("ax.link", function()
  for _, row in ipairs(ENDS) do
    local how, fn = row[1], row[2]
    it(("ties both: the linked one ends by %s, %s"):format(how,
      tostring(row[3])), inside(function()
      local b = ax.spawn(later(fn))
      local a = ax.spawn(function()
        assert.is_true(ax.link(b))
        ax.sleep(5)
        return "survived"
      end)
      ax.wait(b)
      if how == "exited" then
        assert.same({ a, "exited", "survived" }, { ax.wait(a) })
      else
        assert.same({ a, "killed", "TERM" }, { ax.wait(a) })
        assert.equal(1, ax.now())
      end
      alone()
    end))

    it(("ties both: the one that links ends by %s, %s"):format(how,
      tostring(row[3])), inside(function()
      local b = ax.spawn(function()
        ax.sleep(5)
        return "survived"
      end)
      local a = ax.spawn(function()
        ax.link(b)
        return later(fn)()
      end)
      ax.wait(a)
      local _, b_how, status = ax.wait(b)
      if how == "exited" then
        assert.same({ "exited", "survived" }, { b_how, status })
      else
        assert.same({ "killed", "TERM" }, { b_how, status })
        assert.equal(1, ax.now())
      end
      alone()
    end))
  end

  it("lets the other one clean up", inside(function()
    local b = ax.spawn(later(error))
    local a = ax.spawn(function()
      ax.link(b)
      local ok, err = pcall(sleeper)
      ax.sleep(2)
      return tostring(ok) .. " " .. err
    end)
    assert.same({ a, "exited", "false cancelled" }, { ax.wait(a) })
    assert.equal(3, ax.now())
    ax.wait(b)
    alone()
  end))

  it("is over after a normal end", inside(function()
    local a, b
    b = ax.spawn(function()
      ax.sleep(3)
      error("later")
    end)
    a = ax.spawn(function()
      ax.link(b)
      ax.sleep(1)
    end)
    assert.equal("exited", select(2, ax.wait(a)))
    ax.yield()
    assert.equal(2, #ax.ps()) -- nobody watches any more
    ax.wait(b)
  end))

  it("goes through a chain", inside(function()
    local pids = {}
    pids[1] = ax.spawn(later(error))
    for i = 2, 20 do
      pids[i] = ax.spawn(function()
        ax.link(pids[i - 1])
        ax.sleep(100)
      end)
    end
    for i = 20, 2, -1 do
      assert.same({ pids[i], "killed", "TERM" }, { ax.wait(pids[i]) })
    end
    assert.equal(1, ax.now())
    ax.wait(pids[1])
    alone()
  end))

  it("twice, and both ways, still ends the other one", inside(function()
    local a
    local b = ax.spawn(function()
      ax.link(a)
      ax.link(a)
      ax.sleep(1)
      error("x")
    end)
    a = ax.spawn(function()
      ax.link(b)
      ax.sleep(10)
    end)
    ax.wait(b)
    assert.same({ a, "killed", "TERM" }, { ax.wait(a) })
    assert.equal(1, ax.now())
    alone()
  end))

  it("to one that has failed already is a TERM now", inside(function()
    local b = ax.spawn(error)
    ax.yield()
    local a = ax.spawn(function()
      ax.link(b)
      return "went on"
    end)
    assert.same({ a, "killed", "TERM" }, { ax.wait(a) })
    ax.wait(b)
  end))

  it("to one that has exited is nothing", inside(function()
    local b = ax.spawn(function() end)
    ax.yield()
    local a = ax.spawn(function() return ax.link(b) end)
    assert.same({ a, "exited", true }, { ax.wait(a) })
    ax.wait(b)
    alone()
  end))

  it("answers ESRCH for a process that is not there", inside(function()
    local ok, why, code = ax.link(999)
    assert.is_nil(ok)
    has(why, "999")
    assert.equal("ESRCH", code)
  end))

  it("works with the script itself", function()
    local result = help.script [[
      local pid = ax.spawn(function() ax.sleep(0.01) error("x") end)
      ax.link(pid)
      print(pcall(ax.sleep, 10))
      ax.wait(pid)
    ]]
    assert.equal("false\tcancelled\n", result.out)
    assert.equal("", result.err)
  end)
end)

describe("ax.watch", function()
  it("waits without reaping", inside(function()
    local pid = ax.spawn(later(function() return 7 end))
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { ax.watch(pid, 0.5) })
    for _ = 1, 3 do
      assert.same({ pid, "exited", 7 }, { ax.watch(pid) })
      assert.same({ pid, "exited", 7 }, { ax.watch(pid, 0) })
    end
    assert.same({ pid, "exited", 7 }, { ax.wait(pid) })
    assert.equal("ECHILD", select(3, ax.watch(pid)))
    assert.equal("EDEADLK", select(3, ax.watch(1)))
  end))

  it("and ax.wait both get the status", inside(function()
    local pid = ax.spawn(later(function() return 7 end))
    local got = {}
    for i = 1, 10 do
      ax.spawn(function()
        local call = i % 2 == 0 and ax.watch or ax.wait
        got[i] = select(3, call(pid))
      end)
    end
    while ax.wait(-1) do end
    assert.same({ 7, 7, 7, 7, 7, 7, 7, 7, 7, 7 }, got)
    alone()
  end))
end)

describe("misuse of monitors and links", function()
  for _, name in ipairs { "monitor", "link" } do
    for _, pid in ipairs { 0, -1, 1.5, "2", {}, print, 1 } do
      it(("raises: %s of %s"):format(name, type(pid) == "number" and pid
        or type(pid)), inside(function()
        has(raises(ax[name], pid), name)
        alone()
      end))
    end
    it("raises: " .. name .. " of nothing", inside(function()
      has(raises(ax[name]), name)
    end))
  end
end)

describe("a quota", function()
  for processes = 2, 3 do
    it(("of %d processes is an answer, nothing half done"):format(processes),
      inside(function()
        local pid = ax.spawn(later(error))
        local names = processes == 2 and { "link", "monitor" } or { "link" }
        for _, name in ipairs(names) do
          assert.same({ nil, "process quota exceeded", "EDQUOT" },
            { ax[name](pid) })
          assert.equal(2, #ax.ps())
        end
        ax.sleep(2) -- no TERM comes
        ax.wait(pid)
        alone()
      end, { quota = { processes = processes } }))
  end

  it("of handles is an answer of ax.monitor", inside(function()
    local pid = ax.spawn(later(print))
    local alarm <close> = ax.after(9)
    assert.equal("EDQUOT", select(3, ax.monitor(pid)))
    assert.is_not_nil(alarm)
    ax.kill(pid)
    ax.wait(pid)
    alone()
  end, { quota = { handles = 2 } }))
end)
