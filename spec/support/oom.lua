--- oom - what oom.c runs while memory fails; it may end with an error, and
-- must not corrupt anything.  Each part is tried on its own, and whatever
-- became of it, the next one works on the same kernel.
local ax = require "axeberg"

local parts = {}

function parts.channel()
  local tx, rx = ax.channel(nil, { name = "jobs", capacity = 4 })
  local more = tx:clone()
  for i = 1, 4 do assert(more:send({ i })) end
  assert(tx:try_send("x") == nil)
  for i = 1, 4 do assert(rx:recv()[1] == i) end
  more:close()
end

function parts.queue()
  local tx, rx = ax.channel()
  for i = 1, 40 do tx:send("message " .. i) end
  for i = 1, 40 do assert(rx:recv() == "message " .. i) end
end

function parts.typed()
  local tx, rx = ax.channel({ id = "integer", tags = { "string" } })
  tx:send { id = 1, tags = { "a", "b" } }
  assert(rx:recv().tags[2] == "b")
  assert(not pcall(tx.send, tx, { id = "x" }))
end

function parts.processes()
  local tx, rx = ax.channel(nil, { capacity = 0 })
  local pids = {}
  for i = 1, 3 do
    pids[i] = ax.spawn({ name = "p" .. i }, function(out, a, b)
      ax.yield()
      out:send(a + b)
      return {}
    end, tx:clone(), i, 1)
  end
  tx:close()
  local sum = 0
  for v in rx do sum = sum + v end
  for _, pid in ipairs(pids) do ax.wait(pid) end
end

function parts.files()
  local fs = ax.fs
  fs.mkdir("/tmp/d/e", { recursive = true })
  fs.symlink("d/e/f", "/tmp/l")
  local file <close> = ax.open("/tmp/l", "w")
  if file then file:write(("x"):rep(5000)) end
  fs.rename("/tmp/d/e/f", "/tmp/a longer name")
  local names = fs.list("/tmp")
  assert(not names or #names <= 3)
  fs.realpath("/tmp/l")
  ax.mkfifo("/tmp/p")
  ax.wait(ax.spawn({ cwd = "/tmp" }, function()
    local reader = ax.spawn(ax.open, "p", "r", 1)
    local writer = ax.open("p", "w", 1)
    if writer then writer:write("text") end
    ax.wait(reader)
  end))
  for name in fs.dir("/tmp") do
    fs.remove("/tmp/" .. name, { recursive = true })
  end
end

function parts.endings()
  local tx, rx = ax.channel()
  local failing = ax.spawn(function() error({ "object" }) end)
  local stringy = ax.spawn(function() error("text") end)
  local killed = ax.spawn(function()
    local mark <close> = setmetatable({}, { __close = function()
      tx:send("closed")
    end })
    rx:recv(mark and 1000)
    rx:recv()
  end)
  local unborn = ax.spawn(function() end, {}, rx:stat())
  ax.yield()
  ax.kill(unborn)
  ax.kill(killed, "STOP")
  ax.kill(killed, "CONT")
  ax.kill(killed, "KILL")
  for _, pid in ipairs { failing, stringy, killed, unborn } do ax.wait(pid) end
end

function parts.generators()
  local tx, rx = ax.channel()
  ax.spawn(function()
    for v in ax.wrap(function()
      for i = 1, 3 do
        ax.sleep(0)
        coroutine.yield(i)
      end
    end) do
      tx:send(v)
    end
    tx:close()
  end)
  local _ = rx:recv(0.0001)
end

function parts.timeouts()
  local tx, rx = ax.channel(nil, { capacity = 0 })
  for _ = 1, 3 do
    ax.spawn(function() rx:recv(1e-6) end)
    ax.spawn(function() tx:send({}, 1e-6) end)
  end
  ax.sleep(2e-6)
end

function parts.world()
  assert(ax.run({ clock = "virtual" }, function(a)
    local tx, rx = ax.channel("integer")
    ax.spawn(function(out)
      ax.sleep(10)
      out:send(a)
    end, tx)
    return rx:recv() + ax.now()
  end, 1) == 11)
end

function parts.deadlock()
  local ok, err = pcall(ax.run, function()
    local tx, rx = ax.channel(nil, { name = "dead" })
    ax.spawn({ name = "kid" }, function() rx:recv() end)
    rx:recv()
    tx:close()
  end)
  assert(not ok)
  assert(#tostring(err) > 0)
end

function parts.shared()
  local sys, key = ax.sys, 4711
  for _, id in ipairs(sys.shmids()) do sys.shmctl(id, "IPC_RMID") end
  local segment = assert(ax.shm(20000, { key = key }))
  local a <close> = assert(segment:attach())
  local b <close> = assert(segment:attach("r"))
  local d <close> = assert(segment:attach("rw", { direct = true }))
  assert(a:write(4000, ("a"):rep(300)))
  assert(d:write(4090, "direct"))
  assert(a:sync())
  assert(b:refresh())
  assert(b:read(4000, 400):find("^a+\0+$"))
  local view = a:view({ x = "f32", n = "u32" }, 100, 3)
  view[2].n = 5
  assert(view:get(2, "n") == 5)
  assert(d:fetch_add(8, 1) == 0)
  local pid = ax.spawn(function() d:wait(8, 1) end)
  ax.yield()
  d:notify(8)
  ax.wait(pid)
  ax.spawn(function()
    local number = assert(sys.shmat(sys.shmget(key, 0)))
    assert(sys.mem_write(number, 0, "x"))
    assert(sys.shm_sync(segment:id()))
  end)
  assert(b:next(1e-3))
  assert(segment:remove())
end

function parts.looks()
  local tx = ax.channel(nil, { name = "looked at" })
  ax.spawn({ name = "sleeper" }, ax.sleep, 1e-6)
  ax.yield()
  assert(#ax.ps() > 1)
  assert(ax.stats().blocks > 0)
  assert(tostring(tx):find("looked at"))
  assert(tx:stat().queued == 0)
end

local names = {}
for name in pairs(parts) do names[#names + 1] = name end
table.sort(names)

local first
for _, name in ipairs(names) do
  local ok, err = pcall(parts[name])
  if not ok then first = first or err end
  for _, p in ipairs(ax.ps()) do
    if p.pid ~= 1 then
      ax.kill(p.pid, "KILL")
      ax.wait(p.pid)
    end
  end
end
if first then error(first, 0) end
