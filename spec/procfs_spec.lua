--- procfs - /proc: what the kernel tells of itself, as files.
local ax = require "axeberg"
local helper = require "spec.support.helper"

local has = helper.has

local function inside(fn) return helper.inside(fn, { tree = true }) end

local function slurp(path)
  local f <close> = assert(ax.open(path))
  return f:read("a")
end

describe("/proc", function()
  it("has a directory for each process, and self", inside(function()
    local pid = ax.spawn({ name = "sleeper", priority = "background" },
      function() ax.sleep(10) end)
    local names = {}
    for name in ax.fs.dir("/proc") do names[name] = true end
    assert.is_true(names["1"] and names[tostring(pid)] and names.self)
    has(slurp(("/proc/%d/status"):format(pid)), "Name:\tsleeper\n",
      "State:\tready\n", "PPid:\t1\n", "Priority:\tbackground\n")
    has(slurp("/proc/self/status"), "Pid:\t1\n", "State:\trunning\n")
    assert.equal("1", ax.fs.readlink("/proc/self"))
    ax.yield()
    ax.yield()
    has(slurp(("/proc/%d/wait"):format(pid)), "until 10.000000\n")
    ax.kill(pid)
    ax.wait(pid)
    assert.equal("ENOENT",
      select(3, ax.open(("/proc/%d/status"):format(pid))))
  end))

  it("tells what a process waits for, and where", inside(function()
    local tx, rx = ax.channel(nil, { name = "jobs", capacity = 3 })
    local function wait_for_a_job() return rx:recv() end
    local pid = ax.spawn(function() return (wait_for_a_job()) end)
    ax.yield()
    has(slurp(("/proc/%d/wait"):format(pid)), '"jobs" (0/3)')
    has(slurp(("/proc/%d/stack"):format(pid)), "stack traceback",
      "wait_for_a_job", "procfs_spec.lua")
    assert.equal("", slurp("/proc/self/stack")) -- it does not stand still
    tx:close()
  end))

  it("tells which descriptors a process has", inside(function()
    local pid = ax.spawn(function()
      local r = ax.pipe()
      local fd = ax.sys.fileno(r)
      r:close()
      has(slurp("/proc/self/fd"), "0\tr\tdescriptor", fd .. "\tr\tpipe")
      ax.sys.close(fd)
      assert(not slurp("/proc/self/fd"):find(fd .. "\tr\tpipe", 1, true))
    end)
    assert.same({ pid, "exited", 0 }, { ax.wait(pid) })
  end))

  it("tells of queues and segments", inside(function()
    local queue <close> = assert(ax.msgqueue(99, { mode = "0600" }))
    queue:send(1, "abc")
    local text = slurp("/proc/ipc")
    has(text, "queue\t" .. queue:id() .. "\t0x00000063\t0600\t0\t0\t3\t1\n")
    queue:remove()
  end))

  it("tells of memory, time and mounts", inside(function()
    has(slurp("/proc/meminfo"), "Processes:\t1\n", "Bytes:\t")
    assert.equal("0.00", slurp("/proc/uptime"):match("^%S+"))
    ax.sleep(2.5)
    assert.equal("2.50", slurp("/proc/uptime"):match("^%S+"))
    assert.equal("devices\t/dev\nprocesses\t/proc\n", slurp("/proc/mounts"))
    assert.equal("axeberg " .. ax.VERSION .. "\n", slurp("/proc/version"))
  end))

  it("is read only, and private where it should be", inside(function()
    local pid = ax.spawn(function() ax.sleep(1) end)
    assert.equal("EACCES", select(3, ax.open("/proc/uptime", "w")))
    assert.equal("EROFS", select(3, ax.fs.mkdir("/proc/new")))
    local other = ax.spawn(function()
      ax.sys.setuid(1000)
      assert(ax.open(("/proc/%d/status"):format(pid))):close()
      return select(3, ax.open(("/proc/%d/wait"):format(pid)))
    end)
    assert.equal("EACCES", select(3, ax.wait(other)))
  end))
end)
