--- deadlock - nothing can go on: who waits for what, and who could help.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

--- Runs fn in a world of its own; the report it ends with, as a text.
local function report(fn)
  local before = ax.stats().processes
  local text = raises(ax.run, { clock = "virtual" }, fn)
  assert.equal(before, ax.stats().processes)
  return text
end

--- The part of a report that is about one process.
local function about(text, pid)
  local from = text:find("\nprocess " .. pid .. "%f[^%d][^\n]*:")
  assert(from, ("nothing about process %d in:\n%s"):format(pid, text))
  local to = text:find("\nprocess %d+[^\n]*:", from + 1)
  return text:sub(from, to and to - 1)
end

describe("a deadlock", function()
  it("tells of every process that waits: pid, name, object, traceback",
    function() -- 17
      local text = report(function()
        local tx, rx = ax.channel(nil, { name = "jobs" })
        local out, in_ = ax.channel(nil, { name = "results", capacity = 1 })
        ax.spawn({ name = "worker" }, function()
          local function get_job() return (rx:recv()) end
          return (get_job())
        end)
        ax.spawn({ name = "writer" }, function()
          out:send(1)
          out:send(2)
        end)
        ax.spawn({ name = "done" }, function() end)
        local pid = ax.spawn({ name = "idle" }, ax.sleep, math.huge)
        ax.wait(pid)
        tx:close()
        in_:close()
      end)
      has(text, "deadlock")
      has(about(text, 1), "wait", "5", "idle", "deadlock_spec.lua",
        "stack traceback")
      has(about(text, 2), "worker", "recv", '"jobs"', "get_job",
        "deadlock_spec.lua")
      has(about(text, 3), "writer", "send", '"results"', "1/1",
        "deadlock_spec.lua")
      has(about(text, 5), "idle", "sleep")
      assert.is_nil(text:find('done', 1, true))
    end)

  it("knows who has the other side as a descriptor", function()
    local text = report(function()
      local first, into_first = ax.pipe()
      local second, into_second = ax.pipe()
      local function read() ax.sys.read(0, 10) end
      ax.spawn({ name = "a", stdin = first, stdout = into_second }, read)
      ax.spawn({ name = "b", stdin = second, stdout = into_first }, read)
      for _, file in ipairs { first, into_first, second, into_second } do
        file:close()
      end
    end)
    has(about(text, 2), "could wake it: process 3 (b)")
    has(about(text, 3), "could wake it: process 2 (a)")
    has(text, "cycle: process 2 -> process 3 -> process 2")
    has(report(function() ax.sys.read(ax.sys.pipe(), 1) end),
      "could wake it: process 1 itself", "cycle: process 1 -> process 1")
  end)

  it("counts a process with many descriptors once", function()
    local text = report(function()
      local out, into = ax.pipe()
      ax.spawn({ name = "many", stdin = into }, function()
        for fd = 3, 99 do ax.sys.dup2(0, fd) end
        local _, rx = ax.channel()
        rx:recv()
      end)
      into:close()
      out:read(1)
    end)
    has(about(text, 1), "could wake it: process 2 (many)\n")
  end)

  it("tells who could wake each", function()
    local text = report(function()
      local tx1, rx1 = ax.channel(nil, { name = "there" })
      local tx2, rx2 = ax.channel(nil, { name = "back" })
      ax.spawn({ name = "left" }, function(out, inbox)
        out:send(inbox:recv())
      end, tx1, rx2)
      ax.spawn({ name = "right" }, function(out, inbox)
        out:send(inbox:recv())
      end, tx2, rx1)
    end)
    has(about(text, 2), "left", '"back"', "process 3")
    has(about(text, 3), "right", '"there"', "process 2")
  end)

  it("is raised by ax.run after it has ended everybody", function()
    local closed = 0
    local text = report(function()
      local tx, rx = ax.channel()
      for _ = 1, 3 do
        ax.spawn(function()
          local mark <close> = setmetatable({}, { __close = function()
            closed = closed + 1
          end })
          rx:recv()
          assert(mark and tx)
        end)
      end
      rx:recv()
    end)
    has(text, "deadlock")
    assert.equal(3, closed)
  end)

  it("is not one while a timer runs", inside(function()
    local tx, rx = ax.channel()
    local got
    ax.spawn(function() got = { rx:recv(1000) } end)
    ax.wait(-1)
    assert.same({ nil, "timeout", "ETIMEDOUT" }, got)
    tx:close()
  end))

  it("is not one when garbage holds the other end", inside(function() -- 7
    local log = {}
    ax.spawn(function()
      local rx = select(2, ax.channel())
      log = { rx:recv() }
    end)
    ax.wait(-1)
    assert.same({ nil, "closed", "EPIPE" }, log)
  end))

  it("is not one when the end of one process frees the next",
    inside(function()
      local order = {}
      local rx = {}
      for i = 1, 5 do
        local tx, r = ax.channel()
        rx[i] = r
        ax.spawn(function(mine)
          if i > 1 then rx[i - 1]:recv() end
          order[#order + 1] = i
          mine:close()
        end, tx)
      end
      while ax.wait(-1) do end
      assert.same({ 1, 2, 3, 4, 5 }, order)
    end))

  it("because of a stopped process names that one, and says what helps",
    function()
      local ok, err = pcall(ax.run, { clock = "virtual" }, function()
        local pid = ax.spawn({ name = "halted" }, ax.sleep, 1)
        ax.yield()
        ax.kill(pid, "STOP")
        ax.wait(pid)
      end)
      assert.is_false(ok)
      has(about(tostring(err), 2), "halted", 'stopped; ax.kill(2, "CONT")',
        "stack traceback")
      assert.equal(2, #err.processes)
      local halted = err.processes[2]
      assert.same({ true, {} }, { halted.stopped, halted.arms })
      assert.is_nil(halted.waiting)
      assert.is_nil(halted.since)
      assert.is_false(err.processes[1].stopped)
    end)

  it("in which all are stopped names them", function()
    local text = report(function()
      ax.kill(ax.spawn({ name = "unborn" }, function() end), "STOP")
    end)
    has(text, "these are stopped:\nprocess 2 (unborn): ready to run\n",
      'ax.kill(2, "CONT")')
  end)

  it("says that one who waits is stopped, behind many others, too",
    function()
      local text = report(function()
        local tx, rx = ax.channel()
        for _ = 1, 60 do ax.spawn(function() rx:recv() end) end
        local last = ax.spawn(function() rx:recv() end)
        ax.yield()
        ax.kill(last, "STOP")
        rx:recv()
        tx:close()
      end)
      has(about(text, 62), "recv", "waits since", 'ax.kill(62, "CONT")',
        "... and 11 more")
    end)

  it("knows that any child is one of those that are alive", function()
    local function run(wait)
      return select(2, pcall(ax.run, { clock = "virtual" }, function()
        local tx, rx = ax.channel(nil, { name = "jobs" })
        ax.spawn({ name = "dead" }, function() end)
        ax.spawn({ name = "kid" }, function(inbox)
          ax.spawn({ name = "grandchild" }, ax.sleep, math.huge)
          inbox:recv()
        end, rx)
        ax.wait(2)
        ax.spawn({ name = "lazy" }, ax.sleep, math.huge)
        wait()
        tx:send(1)
      end))
    end
    local err = run(function() ax.wait(-1) end)
    assert.same({ 3, 5 }, err.processes[1].arms[1].wakers)
    assert.same({ 1, 3 }, err.cycle)
    has(tostring(err), "could wake it: process 3 (kid), process 5 (lazy)\n")
    err = run(function() ax.select { ax.after(math.huge), -1 } end)
    assert.same({ {}, { 3, 5 } }, { err.processes[1].arms[1].wakers,
      err.processes[1].arms[2].wakers })
    assert.same({ 1, 3 }, err.cycle)
  end)

  it("is an error object: tostring gives the report", function()
    local ok, err = pcall(ax.run, function()
      local tx, rx = ax.channel()
      rx:recv()
      tx:close()
    end)
    assert.is_false(ok)
    has(tostring(err), "deadlock", "recv")
    -- it can go through error(), pcall() and another ax.run unchanged
    local _, again = pcall(ax.run, function() error(err, 0) end)
    assert.is_true(rawequal(err, again))
  end)

  it("inside a process is that process's error", inside(function()
    local pid = ax.spawn(function()
      ax.run(function()
        local tx, rx = ax.channel(nil, { name = "inner" })
        rx:recv()
        tx:close()
      end)
    end)
    local _, how, err = ax.wait(pid)
    assert.equal("error", how)
    has(tostring(err), "deadlock", '"inner"')
  end))

  it("with 1,000 processes tells of them in reasonable size", function()
    local text = report(function()
      local tx, rx = ax.channel(nil, { name = "jobs" })
      for _ = 1, 1000 do ax.spawn(function() rx:recv() end) end
      rx:recv()
      tx:close()
    end)
    has(text, "deadlock", '"jobs"', "951 more")
    assert.is_true(#text < 1000000, #text)
  end)
end)

describe("the moment since which one waits", function()
  it("is the kernel's first before it has run", function()
    assert.equal("true\n", help.good_script [[
      local _, rx = ax.channel()
      local tx = _
      local _, err = pcall(rx.recv, rx)
      local since = err.processes[1].since
      print(since > 0 and since <= ax.now() and ax.now() - since < 60)
      tx:close()
    ]])
  end)

  it("is later than the last thing that came from outside", function()
    local before
    local _, err = pcall(ax.run, function()
      before = ax.now()
      assert(ax.popen("sleep 0.2")):wait()
      local tx, rx = ax.channel()
      rx:recv()
      tx:close()
    end)
    assert.is_true(err.processes[1].since >= before + 0.2)
  end)
end)

describe("a deadlock of the script", function()
  local script = [[
    local tx, rx = ax.channel(nil, { name = "orders" })
    ax.spawn({ name = "cook" }, function() return rx:recv() end)
    ax.yield()
  ]]

  it("is an error of the call that blocks; the script exits non-zero",
    function() -- 17
      local result = help.script(script .. "\nrx:recv() tx:close()")
      assert.equal(1, result.code)
      has(result.err, "deadlock", "process 1", "process 2", "cook", "recv",
        '"orders"', "stack traceback")
      assert.equal("", result.out)
    end)

  it("can be caught, and the script goes on", function()
    assert.equal("false\n1\n0\nfed\nclosed\n", help.good_script(script .. [[
      local ok, err = pcall(rx.recv, rx)
      assert(tostring(err):find("deadlock"))
      print(ok)
      print(ax.stats().waiters) -- the cook's; the script waits no more
      tx:send("soup")
      ax.wait(-1)
      print(ax.stats().waiters)
      ax.spawn(function() tx:send("fed") end)
      print((rx:recv()))
      tx:close()
      print((select(2, rx:recv())))
    ]]))
  end)

  it("tells of failures, even if their __tostring fails", function()
    local result = help.script(script .. [[
      local bad = setmetatable({}, { __tostring = function() error "x" end })
      ax.spawn({ name = "bad" }, function() error(bad) end)
      ax.spawn({ name = "good" }, function() error "burnt" end)
      rx:recv()
      tx:close()
    ]])
    assert.equal(1, result.code)
    has(result.err, "deadlock", "process 3 (bad) had failed before: (error "
      .. "object is a table value; its __tostring failed)\n",
      "process 4 (good) had failed before: ", "burnt")
  end)

  it("in ax.run() of the script is raised there", function()
    local result = help.script(script .. "\nax.run() tx:close()")
    assert.equal(1, result.code)
    has(result.err, "deadlock", "cook", '"orders"')
  end)

  it("is none when the script ends while others wait", function()
    assert.equal("end\n", help.good_script(script .. "\nprint('end')"))
  end)

  it("in a wait, a sleep and a send is told, too", function()
    for _, call in ipairs { "ax.wait(2)", "ax.sleep(math.huge)",
      "ax.channel(nil, { capacity = 0 }):send(1, nil, rx)" } do
      local result = help.script(script .. "\n" .. call .. " tx:close()")
      if not call:find("send") then
        assert.equal(1, result.code)
        has(result.err, "deadlock")
      else -- the receiver was garbage: closed, and no deadlock
        assert.equal(0, result.code)
      end
    end
  end)
end)
