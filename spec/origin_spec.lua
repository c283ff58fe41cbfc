--- origin - faults of the original that no other spec looks at.
local ax = require "axeberg"
local help = require "spec.support.helper"
local shell = require "spec.support.shell"

local fs, sys = ax.fs, ax.sys
local inside = help.inside

describe("mkfifo of the shell", function()
  it("takes a mode, and makes no FIFO of that name", function()
    local result = shell.run("mkfifo -m 600 p; mkfifo -m 0666 q; mkfifo r; "
      .. "for f in *; do echo $f $(stat -c %a $f); "
      .. "[ -p $f ] && echo fifo; done")
    assert.equal("p 600\nfifo\nq 666\nfifo\nr 644\nfifo\n", result.out,
      result.err)
    assert.equal("", result.err)
  end)

  it("says what is wrong with a mode, and makes nothing", function()
    local result = shell.run("mkfifo -m rwz p; echo $?; echo *")
    assert.equal("1\n*\n", result.out)
    assert.truthy(#result.err > 0)
  end)
end)

describe("the name of a FIFO", function()
  it("is a path: seen from where one is, by links, after renames",
    inside(function()
      assert(fs.mkdir("/tmp/d"))
      assert(fs.chdir("/tmp/d"))
      assert(ax.mkfifo("p"))
      assert(fs.symlink("d/p", "/tmp/l"))
      assert(fs.link("p", "/tmp/hard"))
      local r = assert(sys.open("/tmp/d/p", "O_RDONLY|O_NONBLOCK"))
      for i, path in ipairs { "p", "./p", "../d/p", "/tmp/l", "/tmp/hard" } do
        local w = assert(sys.open(path, "O_WRONLY|O_NONBLOCK"))
        sys.write(w, "by " .. path)
        sys.close(w)
        assert.equal("by " .. path, sys.read(r, 99), i)
      end
      assert(fs.rename("p", "/tmp/new"))
      assert.equal("ENOENT", select(3, sys.open("p", "O_RDONLY|O_NONBLOCK")))
      local w = assert(sys.open("/tmp/new", "O_WRONLY|O_NONBLOCK"))
      sys.write(w, "renamed")
      assert.equal("renamed", sys.read(r, 99))
      sys.close(w)
      sys.close(r)
      assert(fs.chdir("/"))
      for _, path in ipairs { "/tmp/new", "/tmp/l", "/tmp/hard" } do
        assert(fs.unlink(path))
      end
      assert(fs.rmdir("/tmp/d"))
    end, { tree = true }))

  it("is for both: who reads and who writes may be in other directories",
    inside(function()
      assert(fs.mkdir("/tmp/a"))
      assert(ax.mkfifo("/tmp/a/p"))
      local writer = ax.spawn({ cwd = "/tmp" }, function()
        local file <close> = assert(ax.open("a/p", "w"))
        file:write("hello")
      end)
      local reader = ax.spawn({ cwd = "/tmp/a" }, function()
        local file <close> = assert(ax.open("p"))
        return file:read("a")
      end)
      assert.equal("hello", select(3, ax.wait(reader)))
      ax.wait(writer)
      assert(fs.remove("/tmp/a", { recursive = true }))
    end, { tree = true }))
end)

describe("an attach that fails", function()
  it("by quota, by permission or by mode counts nowhere", function()
    help.world(function()
      local segment = ax.shm(4096, { mode = "0400" })
      local id = segment:id()
      local one = assert(segment:attach("r"))
      assert.equal("EDQUOT", select(3, segment:attach("r")))
      assert.equal("EDQUOT", select(3, sys.shmat(id, "READ")))
      assert.equal(1, segment:stat().nattch)
      local pid = ax.spawn(function()
        sys.setgid(5)
        sys.setuid(5)
        local code = select(3, sys.shmat(id))
        assert(code == "EACCES" or code == "EDQUOT", code)
      end)
      assert.equal("exited", select(2, ax.wait(pid)))
      assert.equal(1, segment:stat().nattch)
      assert(segment:remove())
      assert.equal(1, ax.stats().segments)
      one:detach()
      assert.equal(0, ax.stats().segments) -- no reference was lost
      assert.equal(0, ax.stats().shared)
    end, { quota = { handles = 2 } })
  end)
end)

-- Whom the mode of a segment lets attach; owner 10:20, made by 11:21.
describe("the mode of a segment", function()
  local people = {
    owner = { 10, 99, {}, 6 }, creator = { 11, 99, {}, 6 },
    group = { 99, 20, {}, 3 }, ["a further group"] = { 99, 99, { 20 }, 3 },
    others = { 99, 99, { 1 }, 0 },
  }
  for name, who in pairs(people) do
    it("decides for " .. name, inside(function()
      local id
      local maker = ax.spawn(function()
        sys.setgid(21)
        sys.setuid(11)
        id = assert(sys.shmget(7, 100, "IPC_CREAT|0600"))
      end)
      assert.equal("exited", select(2, ax.wait(maker)))
      for mode = 0, 511, 7 do
        assert(sys.shmctl(id, "IPC_SET", { uid = 10, gid = 20, mode = mode }))
        local bits = mode >> who[4] & 7
        local pid = ax.spawn(function()
          sys.setgroups(who[3])
          sys.setgid(who[2])
          sys.setuid(who[1])
          local r, w = sys.shmat(id, "READ"), sys.shmat(id)
          return (r and "r" or "-") .. (w and "w" or "-")
        end)
        local may = (bits & 4 ~= 0 and "r" or "-")
          .. (bits & 6 == 6 and "w" or "-")
        assert.same({ pid, "exited", may }, { ax.wait(pid) },
          ("mode %o"):format(mode))
        assert.equal(0, sys.shmctl(id, "IPC_STAT").nattch)
      end
      sys.shmctl(id, "IPC_RMID")
    end))
  end
end)

describe("a consumer that polls with yield", function()
  it("does not keep a world that is stuck from being found so", function()
    -- the original's loop either slept for ever or span for ever
    local message = help.raises(ax.run, { clock = "virtual" }, function()
      local tx, rx = ax.channel(nil, { name = "stuck" })
      ax.spawn(function()
        for _ = 1, 3 do
          assert(select(2, rx:try_recv()) == "empty")
          ax.yield()
        end
        rx:recv()
      end)
      ax.wait(-1)
      tx:close()
    end)
    help.has(message, "deadlock", '"stuck"')
  end)

  it("takes a pass each time, and no more", inside(function()
    local tx, rx = ax.channel()
    local polls = 0
    ax.spawn(function()
      while not rx:try_recv() do
        polls = polls + 1
        ax.yield()
      end
    end)
    for _ = 1, 100 do ax.yield() end
    tx:send("work")
    ax.wait(-1)
    assert.is_true(polls >= 100 and polls <= 102, polls)
  end))
end)

describe("a trace", function()
  it("tells of each kind of call between processes, by itself", function()
    local trace <close> = assert(ax.trace())
    ax.run({ clock = "virtual" }, function()
      local tx, rx = ax.channel()
      tx:send(1)
      rx:recv()
      local q = ax.msgqueue()
      q:send(1, "x")
      q:recv()
      q:remove()
      local r, w = ax.pipe()
      w:write("x")
      r:read(1)
      local pid = ax.spawn(ax.sleep, 1)
      ax.yield()
      ax.kill(pid, "TERM")
      ax.wait(pid)
    end)
    trace:stop()
    local seen = {}
    for event in trace:events() do
      local key = event.kind .. " " .. (event.what or "")
      seen[key] = (seen[key] or 0) + 1
    end
    for _, what in ipairs { "channel", "queue", "pipe" } do
      assert.truthy(seen["send " .. what], "send " .. what)
      assert.truthy(seen["recv " .. what], "recv " .. what)
    end
    for _, kind in ipairs { "spawn", "wait", "wake", "signal", "exit" } do
      local found
      for key in pairs(seen) do found = found or key:find("^" .. kind) end
      assert.truthy(found, kind)
    end
  end)
end)
