--- storm - finalizers that run in the midst of every call of the kernel.
local ax = require "axeberg"
local help = require "spec.support.helper"

local sys = ax.sys
local ROUNDS = 15 -- at most: until a finalizer ran

--- Fresh things to call and to disturb.
local function things()
  local w = {}
  w.tx, w.rx = ax.channel(nil, { name = "c" .. #ax.ps() })
  w.typed, w.typed_rx = ax.channel { id = "integer", list = { "string" } }
  w.full, w.full_rx = ax.channel(nil, { capacity = 1 })
  w.full:send({})
  w.r, w.w = ax.pipe { capacity = 64 }
  w.q = ax.msgqueue()
  w.s = ax.shm(9000)
  w.a, w.b = w.s:attach(), w.s:attach("r")
  w.sleeper = ax.spawn({ name = "sleeper" }, ax.sleep, 1e5)
  return w
end

local function finish(w)
  ax.kill(w.sleeper, "KILL")
  ax.wait(w.sleeper)
  for _, name in ipairs { "tx", "rx", "typed", "typed_rx", "full", "full_rx",
    "r", "w", "a", "b" } do
    w[name]:close()
  end
  pcall(w.q.remove, w.q)
  pcall(w.s.remove, w.s)
end

--- Calls; each makes garbage on its way.
local CALLS = {
  send = function(w) return w.tx:send({ {} }) end,
  ["send of a record"] = function(w)
    return w.typed:send { id = 1, list = { "a", "b", "c" } }
  end,
  recv = function(w)
    w.tx:send({})
    return w.rx:recv(1)
  end,
  ["recv that times out"] = function(w) return w.full:send({}, 0.1) end,
  spawn = function(w)
    return ax.spawn({ name = "x", detached = true }, function(...)
      return { ... }
    end, {}, {}, w.tx:clone())
  end,
  wait = function()
    return ax.wait(ax.spawn(function() return {} end))
  end,
  ["wait for a failure"] = function()
    return ax.wait(ax.spawn(function() error({}) end))
  end,
  kill = function()
    local pid = ax.spawn(function()
      local mark <close> = setmetatable({}, { __close = function() end })
      ax.sleep(mark and 1e5)
    end)
    ax.yield()
    ax.kill(pid, "KILL")
    return ax.wait(pid)
  end,
  select = function(w)
    return ax.select({ w.full_rx, { w.tx, {} }, w.r, w.q, w.b }, 1)
  end,
  ["select that times out"] = function(w)
    return ax.select({ { w.full, {} }, w.sleeper, ax.every(9) }, 0.1)
  end,
  ps = function() return ax.ps() end,
  waitgraph = function() return ax.waitgraph and ax.waitgraph() end,
  stats = function() return ax.stats() end,
  channel = function() return ax.channel({ { x = "integer" } }) end,
  pipe = function() return ax.pipe() end,
  write = function(w)
    w.w:nonblock(true)
    return w.w:write("some ", 12, "\n")
  end,
  read = function(w)
    w.r:settimeout(0.1)
    return w.r:read("l", "n", 3)
  end,
  msgsnd = function(w) return w.q:send(3, ("x"):rep(300)) end,
  msgrcv = function(w) return w.q:recv(-5, 0.1) end,
  sync = function(w)
    w.a:write(0, ("y"):rep(5000))
    return w.a:sync()
  end,
  refresh = function(w)
    w.b:refresh()
    return w.b:read(0, 5000)
  end,
  mkfifo = function()
    ax.mkfifo("/tmp/f")
    local fd = sys.open("/tmp/f", "O_RDWR")
    if fd then sys.close(fd) end
    return ax.fs.unlink("/tmp/f")
  end,
  ["open, write, list"] = function()
    local file = ax.open("/tmp/t", "w")
    file:write({} and "text")
    file:close()
    ax.fs.list("/tmp")
    return ax.fs.remove("/tmp/t")
  end,
  yield = function() return ax.yield() end,
  sleep = function() return ax.sleep(0.01) end,
  wrap = function()
    return ax.wrap(function() ax.yield() coroutine.yield({}) end)()
  end,
  run = function()
    return ax.run({ clock = "virtual" }, function() ax.spawn(ax.yield) end)
  end,
  tostring = function(w) return tostring(w.tx) .. tostring(w.q) end,
}

--- What finalizers do meanwhile.
local DEEDS = {
  ["use other things"] = function()
    local tx, rx = ax.channel()
    tx:send({})
    rx:try_recv()
    local r, w = ax.pipe()
    w:write("x")
    r:read(1)
    ax.ps()
    ax.kill(ax.spawn({ detached = true }, ax.sleep, 1), "KILL")
  end,
  ["use the same things"] = function(w)
    w.tx:try_send(1)
    w.rx:try_recv()
    w.q:try_send(1, "z")
    w.q:try_recv()
    w.a:write(1, "z")
    w.a:sync()
    w.b:refresh()
    ax.wait(-1, 0)
  end,
  ["close things"] = function(w)
    for _, name in ipairs { "tx", "typed_rx", "full", "w", "b" } do
      w[name]:close()
    end
    w.q:remove()
  end,
  ["kill and reap"] = function(w)
    ax.kill(w.sleeper, "KILL")
    ax.wait(w.sleeper, 0)
  end,
  ["run worlds"] = function()
    ax.run({ clock = "virtual" }, function()
      ax.wait(ax.spawn(function() ax.sleep(1) return {} end))
      ax.channel():send({})
    end)
    pcall(ax.run, function() ax.sleep(math.huge) end)
  end,
  ["let go of messages"] = function()
    local tx, rx = ax.channel()
    for i = 1, 5 do tx:send({ i }) end
    rx:close()
  end,
  ["try to block"] = function(w)
    for _, call in ipairs {
      function() w.full:send({}) end, function() ax.sleep(1) end,
      function() ax.wait(w.sleeper) end, function() ax.yield() end,
      function() ax.select { ax.after(5) } end, function() ax.run() end,
      function() w.r:read(5) end, function() w.q:recv(99) end,
    } do
      pcall(call)
    end
  end,
}

--- Calls fn while dead objects of ours are finalized at every allocation.
local function in_a_storm(deed, fn)
  local on, ran, depth = true, 0, 0
  local function bomb()
    setmetatable({}, { __gc = function()
      if not on then return end
      bomb()
      if depth > 0 then return end
      depth = depth + 1
      pcall(deed)
      depth = depth - 1
      ran = ran + 1
    end })
  end
  for _ = 1, 3 do bomb() end
  local mode = collectgarbage("incremental", 1, 1000, 4) -- every 16 bytes
  collectgarbage "stop"
  collectgarbage "restart" -- from now on
  local ok, err = pcall(fn)
  collectgarbage("incremental", 200, 100, 13)
  collectgarbage(mode)
  on = false
  help.collect()
  return ran, ok, err
end

local names = {}
for name in pairs(CALLS) do names[#names + 1] = name end
table.sort(names)

local storms = 0 -- how many finalizers ran in the midst of something

for what, deed in pairs(DEEDS) do -- 13, 15
  describe("finalizers that " .. what .. " in the midst of", function()
    for _, name in ipairs(names) do
      it(name .. " do no harm", help.inside(function()
        local _, how, err = ax.wait((ax.spawn(function()
          local total = 0
          for _ = 1, ROUNDS do
            local w = things()
            local pid = ax.getpid()
            local ran, ok, why = in_a_storm(function() deed(w) end,
              function() CALLS[name](w) end)
            assert.equal(pid, ax.getpid())
            if what == "use other things" then assert.is_true(ok, why) end
            total = total + ran
            finish(w)
            if total > 0 then break end
          end
          storms = storms + total
        end)))
        if how == "error" then error(err, 0) end
        while ax.wait(-1, 0) do end -- luacheck: ignore
        local tx, rx = ax.channel()
        ax.spawn(function() tx:send("fine") end)
        assert.equal("fine", rx:recv(1))
        ax.wait(-1)
      end, { tree = true }))
    end
  end)
end

describe("a finalizer that runs while its process waits", function()
  it("cannot wait, too, and does not end the wait", function()
    assert.equal("false\tfalse\tfalse\tfalse\tfalse\tnews\n1\n",
      help.good_script [[
      local tx, rx = ax.channel()
      local gate, key = ax.channel()
      local got = {}
      ax.spawn(function(out)
        ax.yield()
        setmetatable({}, { __gc = function()
          got[1] = pcall(ax.sleep, 0.001)
          got[2] = pcall(key.recv, key)
          got[3] = pcall(ax.wait, -1)
          got[4] = pcall(ax.select, { key }, 1)
          got[5] = pcall(ax.yield)
          out:send("news")
        end })
        key:recv() -- nobody is ready now: the garbage is looked through
      end, tx)
      got[6] = rx:recv()
      print(table.unpack(got))
      print(ax.stats().waiters)
      gate:send(1)
      ax.wait(-1)
    ]])
  end)

  it("cannot run the kernel", function()
    assert.equal("false\nnews\n", help.good_script [[
      local tx, rx = ax.channel()
      ax.spawn(function(out)
        setmetatable({}, { __gc = function() print((pcall(ax.run))) end })
        collectgarbage()
        out:send("news")
      end, tx)
      print(rx:recv())
    ]])
  end)
end)

describe("finalizers", function()
  it("did run in the midst of calls", function()
    assert.is_true(storms > 50)
  end)
end)
