--- wake - one message wakes one waiter; the wake of a dead one goes on.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside = help.inside

--- n processes that receive; what each got is got[i].
local function receivers(n, rx)
  local got, pids = {}, {}
  for i = 1, n do
    pids[i] = ax.spawn(function() got[i] = rx:recv() end)
  end
  ax.yield()
  return got, pids
end

local function count(t)
  local n = 0
  for _ in pairs(t) do n = n + 1 end
  return n
end

describe("a message", function()
  it("wakes exactly one of 10,000 waiters, the first", inside(function()
    local tx, rx = ax.channel()
    local got = receivers(10000, rx)
    local before = ax.stats()
    assert.equal(10000, before.waiters)
    tx:send("x")
    assert.equal(9999, ax.stats().waiters)
    ax.yield()
    assert.equal(1, count(got))
    assert.equal("x", got[1])
    assert.is_true(ax.stats().steps - before.steps <= 3)
    tx:close()
  end))

  it("costs the same whatever the number of waiters", function()
    local function cost(waiters)
      return help.world(function()
        local tx, rx = ax.channel()
        for _ = 1, waiters do
          ax.spawn(function() while rx:recv() do end end)
        end
        ax.yield()
        local best = math.huge
        for _ = 1, 5 do
          local start = os.clock()
          for i = 1, 2000 do tx:send(i) ax.yield() end
          best = math.min(best, os.clock() - start)
        end
        tx:close()
        return best
      end)
    end
    local few, many = cost(10), cost(5000)
    -- a scan of the waiters would be hundreds of times as much
    assert.is_true(many < 20 * few + 0.01, many / few)
  end)

  it("given to a process that dies goes to the next one",
    inside(function() -- 1
      local tx, rx = ax.channel()
      local got, pids = receivers(3, rx)
      tx:send("x")
      ax.kill(pids[1], "KILL")
      ax.sleep(1)
      assert.same({ [2] = "x" }, got)
      tx:close()
    end))

  it("given to one after the other that dies reaches the last",
    inside(function()
      local tx, rx = ax.channel()
      local got, pids = receivers(50, rx)
      tx:send("x")
      for i = 1, 49 do ax.kill(pids[i], "KILL") end
      ax.sleep(1)
      assert.same({ [50] = "x" }, got)
      tx:close()
    end))

  it("given to a process that dies is queued again if nobody waits",
    inside(function()
      local tx, rx = ax.channel()
      local got, pids = receivers(2, rx)
      tx:send(1)
      tx:send(2)
      tx:send(3)
      ax.kill(pids[1], "KILL")
      ax.kill(pids[2], "KILL")
      ax.sleep(1)
      assert.same({}, got)
      assert.equal(3, #rx)
      for i = 1, 3 do assert.equal(i, rx:recv()) end
    end))

  it("given to a process that dies still counts against the capacity",
    inside(function()
      local tx, rx = ax.channel(nil, { capacity = 1 })
      local _, pids = receivers(1, rx)
      assert.is_true(tx:try_send("a")) -- to the one that waits
      assert.is_true(tx:try_send("b")) -- queued
      assert.is_nil((tx:try_send("c")))
      ax.kill(pids[1], "KILL")
      ax.sleep(1)
      assert.equal("a", rx:recv())
      assert.equal("b", rx:recv())
      assert.is_nil((rx:try_recv()))
    end))

  it("given to a process that dies is received before closed is told",
    inside(function()
      local tx, rx = ax.channel()
      local got, pids = receivers(2, rx)
      local second
      ax.spawn(function() second = { rx:recv() } end)
      ax.yield()
      tx:send("x")
      tx:close()
      ax.kill(pids[1], "KILL")
      ax.sleep(1)
      assert.equal("x", got[2] or second[1] or (rx:try_recv()))
    end))

  it("of a sender that dies after it was taken is delivered",
    inside(function()
      local tx, rx = ax.channel(nil, { capacity = 0 })
      local pid = ax.spawn(function() tx:send("x") end)
      ax.yield()
      assert.equal("x", rx:recv())
      ax.kill(pid, "KILL")
      assert.equal("killed", select(2, ax.wait(pid)))
    end))

  it("of a sender that dies while it waits is not", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 0 })
    local pid = ax.spawn(function() tx:send("x") end)
    ax.yield()
    ax.kill(pid, "KILL")
    ax.wait(pid)
    assert.same({ nil, "empty", "EAGAIN" }, { rx:try_recv() })
    assert.equal(0, ax.stats().waiters)
  end))

  it("of a sender that dies is let go", inside(function()
    local weak = setmetatable({}, { __mode = "v" })
    weak[1] = {}
    local tx, rx = ax.channel(nil, { capacity = 0 })
    local pid = ax.spawn(function(v) tx:send(v) end, weak[1])
    ax.yield()
    ax.kill(pid, "KILL")
    ax.wait(pid)
    help.collect()
    assert.is_nil(weak[1])
    rx:close()
  end))
end)

describe("room in a channel", function()
  it("given to a sender that dies goes to the next one", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 1 })
    tx:send(0)
    local sent, pids = {}, {}
    for i = 1, 3 do
      pids[i] = ax.spawn(function() sent[i] = tx:send(i) end)
    end
    ax.yield()
    ax.kill(pids[1], "KILL")
    assert.equal(0, rx:recv())
    ax.sleep(1)
    assert.same({ [2] = true }, sent)
    assert.equal(2, rx:recv())
    assert.equal(3, rx:recv())
  end))
end)

describe("the same program", function()
  local program = [[
    local log = {}
    local function note(...) log[#log + 1] = table.concat({ ... }, ":") end
    ax.run({ clock = "virtual", seed = 42 }, function()
      local names = {}
      for name in pairs({ a = 1, b = 2, c = 3, d = 4 }) do
        names[#names + 1] = name -- another order in each run
      end
      table.sort(names)
      local tx, rx = ax.channel(nil, { capacity = 3 })
      for i, name in ipairs(names) do
        ax.spawn({ name = name, priority = i % 2 == 0 and "background"
          or i == 3 and "critical" or "normal" }, function(out)
          for j = 1, 20 do
            if (i * j) % 5 == 0 then ax.sleep(j / 10) end
            local ok, err = out:send(name .. j, i / 4)
            note(name, j, tostring(ok), tostring(err), ax.now())
          end
        end, tx:clone())
      end
      tx:close()
      for i = 1, 3 do
        ax.spawn(function()
          for v in rx do
            note("got", i, v)
            if #v == 2 then ax.yield() else ax.sleep(0.05) end
          end
        end)
      end
      ax.sleep(1)
      ax.kill(3, "KILL")
      for _, p in ipairs(ax.ps()) do note(p.pid, p.state, p.waiting or "") end
      local tx1, rx1 = ax.channel()
      local tx2, rx2 = ax.channel()
      if ax.select then
        for i = 1, 20 do tx1:send(i) tx2:send(-i) end
        for _ = 1, 30 do
          local _, v = ax.select({ rx1, rx2 })
          note("selected", v)
        end
      end
    end)
    print(table.concat(log, "\n"))
  ]]

  it("has the same schedule in every interpreter", function() -- 18
    local first = help.good_script(program)
    assert.is_true(#first > 2000)
    for _ = 1, 3 do
      assert.equal(first, help.good_script(program))
    end
  end)

  it("has the same schedule after other worlds have run", function() -- 18
    local function trace(seed)
      local log = {}
      ax.run({ clock = "virtual", seed = seed }, function()
        local tx, rx = ax.channel(nil, { capacity = 2 })
        for i = 1, 5 do
          ax.spawn(function(out)
            for j = 1, 10 do out:send(i * 100 + j) end
          end, tx:clone())
        end
        tx:close()
        for v in rx do log[#log + 1] = v end
      end)
      return table.concat(log, " ")
    end
    local first = trace(1)
    for _ = 1, 10 do assert.equal(first, trace(1)) end
  end)
end)
