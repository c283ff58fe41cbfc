--- proc - processes: spawn, how they end, wait, ps.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

describe("spawn", function()
  it("answers the pid, and runs the body later", inside(function()
    local ran
    local pid = ax.spawn(function() ran = ax.getpid() end)
    assert.equal("integer", math.type(pid))
    assert.is_nil(ran)
    ax.wait(pid)
    assert.equal(pid, ran)
  end))

  it("never gives a pid twice while it is in use", inside(function()
    local seen = {}
    for _ = 1, 500 do
      local pid = ax.spawn(function() ax.sleep(1) end)
      assert.is_nil(seen[pid])
      seen[pid] = true
    end
  end))

  it("hands over arguments, holes among them", inside(function() -- 27
    local got
    ax.spawn(function(...) got = table.pack(...) end,
      nil, 1, nil, false, "x", nil, nil, {}, 9, 10, nil)
    ax.wait(-1)
    assert.equal(11, got.n)
    assert.same({ nil, 1, nil, false, "x", nil, nil, {}, 9, 10 },
      { table.unpack(got, 1, 10) })
  end))

  for _, n in ipairs { 0, 1, 9, 10, 200, 5000 } do
    it("hands over " .. n .. " arguments", inside(function() -- 27
      local list, got = {}, nil
      for i = 1, n do list[i] = i end
      ax.spawn(function(...) got = table.pack(...) end, table.unpack(list))
      ax.wait(-1)
      assert.equal(n, got.n)
      for i = 1, n do assert.equal(i, got[i]) end
    end))
  end

  it("hands over tables as they are", inside(function() -- 27
    local t, same = {}, nil
    ax.spawn(function(x) same = rawequal(x, t) end, t)
    ax.wait(-1)
    assert.is_true(same)
  end))

  it("runs functions written in C, too, even those that wait",
    inside(function()
      local pid = ax.spawn(math.max, 3, 7, 5)
      assert.same({ pid, "exited", 7 }, { ax.wait(pid) })
      pid = ax.spawn(ax.sleep, 2)
      assert.equal("exited", select(2, ax.wait(pid)))
      assert.equal(2, ax.now())
      local tx, rx = ax.channel()
      pid = ax.spawn(rx.recv, rx)
      tx:send("x")
      assert.same({ pid, "exited", "x" }, { ax.wait(pid) })
    end))

  it("takes a function and says what it got instead", inside(function()
    has(raises(function() ax.spawn() end), "#1", "spawn", "function",
      "no value")
    has(raises(function() ax.spawn(3) end), "#1", "function", "number")
    has(raises(function() ax.spawn("f") end), "#1", "function", "string")
    has(raises(function() ax.spawn({}) end), "#2", "function", "no value")
    has(raises(function() ax.spawn({}, {}) end), "#2", "function", "table")
    has(raises(function() ax.spawn(nil, print) end), "#1", "function", "nil")
    assert.equal(1, ax.stats().processes)
  end))

  local wrong = { { "nome", "x", "nome" }, { "name", 3, "3" },
    { "priority", "urgent", '"urgent"' }, { "priority", 1, "1" },
    { 1, "x", "string" } }
  for _, row in ipairs(wrong) do
    it(("refuses the option %s = %s"):format(row[1], row[2]),
      inside(function()
        local options = { [row[1]] = row[2] }
        local text = raises(function() ax.spawn(options, print) end)
        has(text, "#1", "option", row[3])
        assert.equal(1, ax.stats().processes)
      end))
  end

  it("gives the process a name and a priority", inside(function()
    ax.spawn({ name = "worker \"1\"\n", priority = "background" },
      ax.sleep, 1)
    local p = ax.ps()[2]
    assert.equal("worker \"1\"\n", p.name)
    assert.equal("background", p.priority)
  end))

  it("from a process makes children of that process", inside(function()
    local child, ppid
    local pid = ax.spawn(function()
      child = ax.spawn(ax.sleep, 1)
      ppid = ax.ps()[3].ppid
      ax.wait(child)
    end)
    ax.wait(pid)
    assert.equal(pid, ppid)
  end))

  it("works ten thousand times from inside a process", inside(function()
    local n = 0
    local function chain(depth)
      n = n + 1
      if depth > 0 then ax.wait(ax.spawn(chain, depth - 1)) end
    end
    ax.wait(ax.spawn(chain, 1000))
    assert.equal(1001, n)
    for _ = 1, 9000 do
      ax.wait(ax.spawn(function() n = n + 1 end))
    end
    assert.equal(10001, n)
  end))
end)

describe("handles given to spawn", function()
  it("move: the parent cannot use them any more, and is told so",
    inside(function()
      local tx, rx = ax.channel()
      local pid = ax.spawn({ name = "taker" }, function(out, inbox)
        out:send(1)
        inbox:recv()
        ax.sleep(1)
      end, tx, rx)
      for _, step in ipairs { "before", "after" } do
        has(raises(function() tx:send(2) end), "sender", "moved",
          tostring(pid))
        has(raises(function() rx:recv() end), "receiver", "moved",
          tostring(pid))
        has(raises(function() tx:clone() end), "moved")
        has(tostring(tx), "moved")
        if step == "before" then ax.yield() end
      end
      tx:close() -- harmless
      rx:close()
    end))

  it("cannot move twice", inside(function()
    local tx, rx = ax.channel()
    ax.spawn(ax.sleep, 1)
    ax.spawn(function(out) out:send("first") end, tx)
    has(raises(function() ax.spawn(print, tx) end), "moved")
    assert.equal("first", rx:recv())
    assert.equal(3, #ax.ps())
  end))

  it("do not move when spawn raises", inside(function()
    local tx, rx = ax.channel()
    local closed = ax.channel()
    closed:close()
    raises(function() ax.spawn({ priority = "x" }, print, tx) end)
    raises(function() ax.spawn(print, tx, closed, rx) end)
    raises(function() ax.spawn({ name = "x" }, nil, tx, rx) end)
    assert.is_true(tx:send(1))
    assert.equal(1, rx:recv())
    assert.equal(1, ax.stats().processes)
  end))

  it("cannot be given twice at once", inside(function()
    local tx, rx = ax.channel()
    has(raises(function() ax.spawn(print, tx, 1, tx) end), "twice")
    assert.is_true(tx:send(1))
    assert.equal(1, rx:recv())
  end))

  it("move on to grandchildren", inside(function()
    local tx, rx = ax.channel()
    local function pass(depth, out)
      if depth == 0 then return out:send("deep") end
      ax.spawn(pass, depth - 1, out)
    end
    ax.spawn(pass, 20, tx)
    assert.equal("deep", rx:recv())
    assert.same({ nil, "closed", "EPIPE" }, { rx:recv() })
  end))

  it("among 200 arguments all move", inside(function()
    local list, receivers = {}, {}
    for i = 1, 200 do
      if i % 2 == 0 then
        list[i], receivers[i] = ax.channel()
      end
    end
    ax.spawn(function(...)
      for i = 1, 200 do
        local out = select(i, ...)
        if out then out:send(i) end
      end
    end, table.unpack(list, 1, 200))
    for i, rx in pairs(receivers) do
      assert.equal(i, rx:recv())
      assert.same({ nil, "closed", "EPIPE" }, { rx:recv() })
    end
  end))

  it("close when the process dies before it ran", inside(function()
    local tx, rx = ax.channel()
    local pid = ax.spawn(print, tx)
    ax.kill(pid, "KILL")
    assert.same({ nil, "closed", "EPIPE" }, { rx:recv() })
    ax.wait(pid)
  end))
end)

describe("ps", function()
  it("lists the processes in the order of their pids", inside(function()
    local _, rx = ax.channel(nil, { name = "jobs" })
    local reader = ax.spawn({ name = "reader" }, function() rx:recv() end)
    local sleeper = ax.spawn({ name = "sleeper" }, ax.sleep, 3)
    local fresh = ax.spawn(function() end)
    local dead = ax.spawn({ priority = "critical" }, function() end)
    ax.kill(dead, "KILL")
    ax.sleep(1)
    local stopped = ax.spawn(function() end)
    ax.kill(stopped, "STOP")
    local list = ax.ps()
    local function row(i)
      local p = list[i]
      return table.concat({ p.pid, p.ppid, p.name, p.state, p.priority },
        " ")
    end
    assert.equal("1 0  running normal", row(1))
    assert.equal(reader .. " 1 reader waiting normal", row(2))
    has(list[2].waiting, "recv", '"jobs"')
    assert.equal(sleeper .. " 1 sleeper waiting normal", row(3))
    has(list[3].waiting, "sleep", "3")
    assert.equal(fresh .. " 1  zombie normal", row(4))
    assert.equal(dead .. " 1  zombie critical", row(5))
    assert.equal(stopped .. " 1  stopped normal", row(6))
    assert.is_nil(list[1].waiting)
    assert.is_nil(list[4].waiting)
    assert.equal(6, #list)
    ax.kill(stopped, "CONT")
    ax.kill(reader)
    for _ = 1, 5 do ax.wait(-1) end
    assert.equal(1, #ax.ps())
  end))

  it("says what each kind of wait is about", inside(function()
    local tx, rx = ax.channel(nil, { name = "out", capacity = 0 })
    local s = ax.spawn(function() tx:send(1, 10) end)
    local w = ax.spawn({ name = "w" }, function() ax.wait(s) end)
    local r = ax.spawn(function() return "ready" end)
    ax.yield()
    local list = {}
    for _, p in ipairs(ax.ps()) do list[p.pid] = p end
    has(list[s].waiting, "send", '"out"', "10")
    has(list[w].waiting, "wait", tostring(s))
    assert.is_nil(list[r].waiting)
    rx:recv()
    tx:close()
  end))
end)

describe("a process", function()
  it("that is done is a zombie until somebody waits", inside(function()
    local pid = ax.spawn(function() return "kept" end)
    ax.sleep(1)
    assert.equal("zombie", ax.ps()[2].state)
    assert.same({ nil, "no such process", "ESRCH" }, { ax.kill(pid) })
    assert.same({ pid, "exited", "kept" }, { ax.wait(pid) })
    assert.equal(1, #ax.ps())
  end))

  it("whose parent is gone belongs to the kernel's host", inside(function()
    local function orphan()
      local child
      ax.wait(ax.spawn(function() child = ax.spawn(ax.sleep, 1) end))
      return child
    end
    local waited, left = orphan(), orphan()
    assert.equal(0, ax.ps()[2].ppid)
    assert.equal(0, ax.ps()[3].ppid)
    assert.equal("ECHILD", select(3, ax.wait(-1)))
    assert.same({ waited, "exited", true }, { ax.wait(waited) })
    ax.yield()
    assert.equal("ECHILD", select(3, ax.wait(left))) -- nobody need wait
    assert.equal(1, #ax.ps())
  end))

  it("is waited for by -1 of the parent that ps tells", function()
    local child
    ax.wait(ax.spawn(function() child = ax.spawn(ax.yield) end))
    local list = ax.ps()
    assert.equal(child, list[2].pid)
    local mine = list[2].ppid == ax.getpid()
    assert.equal(mine and child or nil, (ax.wait(-1)))
    ax.wait(child)
  end)

  it("outlives its parent", inside(function()
    local tx, rx = ax.channel()
    ax.wait(ax.spawn(function(out)
      ax.spawn(function(o)
        ax.sleep(5)
        o:send("still here")
      end, out)
    end, tx))
    assert.equal("still here", rx:recv())
  end))

  it("may change nothing in others by its error", inside(function() -- 10
    local tx, rx = ax.channel()
    local bad = ax.spawn(function()
      ax.yield()
      return #ax.no.such
    end)
    for i = 1, 3 do
      ax.spawn(function(out)
        for j = 1, 3 do
          ax.yield()
          out:send(i * 10 + j)
        end
      end, tx:clone())
    end
    tx:close()
    local sum = 0
    for v in rx do sum = sum + v end
    assert.equal(10 * 3 + 20 * 3 + 30 * 3 + 3 * 6, sum)
    local pid, how, err, trace = ax.wait(bad)
    assert.equal(bad, pid)
    assert.equal("error", how)
    has(err, "proc_spec.lua", "'no'")
    has(trace, "stack traceback", "proc_spec.lua")
  end))
end)
