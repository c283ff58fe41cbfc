--- popen - real programs: their pipes, their end, what becomes of them.
-- Nothing here sleeps: programs and processes wait for each other by pipes.
local ax = require "axeberg"
local helper = require "spec.support.helper"

local inside, raises, has = helper.inside, helper.raises, helper.has

--- How many children of this program there are, zombies among them.
local function children()
  local file <close> = assert(io.open("/proc/thread-self/children")
    or io.open("/dev/null"))
  return select(2, file:read("a"):gsub("%d+", ""))
end

--- The descriptors that this program has open.
local function descriptors()
  local list = {}
  for fd = 0, 99 do
    local file = io.open("/proc/self/fdinfo/" .. fd)
    if file then
      list[#list + 1] = fd
      file:close()
    end
  end
  return table.concat(list, " ")
end

describe("popen", function()
  it("writes to a program, and reads what it says", inside(function()
    local sort <close> = assert(ax.popen { "sort" })
    assert(sort.stdin:write("pear\nfig\n"))
    assert(sort.stdin:write("apple\n"))
    sort.stdin:close()
    assert.equal("apple\nfig\npear\n", sort.stdout:read("a"))
    assert.same({ "exited", 0 }, { sort:wait() })
    sort.stdout:close()
  end))

  it("is heard by a script that does nothing but yield", function()
    local cat <close> = assert(ax.popen { "cat" })
    local heard
    local pid = ax.spawn({ stdin = cat.stdout }, function()
      heard = ax.stdin:read("l")
    end)
    ax.yield() -- it waits
    cat.stdin:write("hello\n")
    for _ = 1, 1e7 do
      if heard then break end
      ax.yield()
    end
    assert.equal("hello", heard)
    ax.wait(pid)
    cat.stdin:close()
    cat.stdout:close()
    cat:wait()
  end)

  it("takes a string for the shell", inside(function()
    local p <close> = assert(ax.popen("echo $((6 * 7)); exit 3"))
    assert.equal("42", p.stdout:read())
    assert.is_nil(p.stdout:read())
    assert.same({ "exited", 3 }, { p:wait() })
    assert.same({ "exited", 3 }, { p:wait() }) -- and again
  end))

  it("is ax.host.popen, too", inside(function()
    local p <close> = assert(ax.host.popen { "true", stdin = "null" })
    assert.is_nil(p.stdin)
    assert.same({ "exited", 0 }, { p:wait() })
  end))

  it("tells what killed it", inside(function()
    local p <close> = assert(ax.popen("echo up; exec sleep 1000"))
    assert.equal("up", p.stdout:read())
    assert.is_true(p:pid() > 1)
    assert.is_true(p:kill("USR1"))
    assert.same({ "killed", "USR1" }, { p:wait() })
    assert.same({ nil, "no such process", "ESRCH" }, { p:kill() })
  end))

  it("kills with TERM unless told otherwise", inside(function()
    local p <close> = assert(ax.popen("trap 'exit 9' TERM; echo up; " ..
      "while read x; do :; done; cat"))
    assert.equal("up", p.stdout:read())
    p:kill()
    assert.same({ "exited", 9 }, { p:wait() })
    raises(p.kill, p, "NOSUCH")
    raises(p.kill, p, 65)
  end))

  it("says why a program cannot be started", inside(function()
    local p, err, code = ax.popen { "no-such-program-at-all" }
    assert.is_nil(p)
    assert.equal("ENOENT", code)
    has(err, "no-such-program-at-all: no such file")
    assert.equal("EACCES", select(3, ax.popen { "/" }))
    p, err, code = ax.popen { "true", cwd = "/no/where" }
    assert.is_nil(p)
    assert.equal("in /no/where: true: no such file or directory", err)
    assert.equal("ENOENT", code)
  end))

  it("raises for what makes no sense", inside(function()
    has(raises(ax.popen), "string or table expected, got nil")
    has(raises(ax.popen, {}), "no program")
    has(raises(ax.popen, { "true", stdinn = "null" }), "unknown option")
    has(raises(ax.popen, { "true", stdin = "nothing" }), '"stdin"', "nothing")
    has(raises(ax.popen, { "true", stdin = "stdout" }), '"stdin"')
    has(raises(ax.popen, { "true", env = "A=1" }), '"env" is not a table')
    has(raises(ax.popen, { "true", env = { ["A=B"] = "1" } }), "name")
    has(raises(ax.popen, { "a\0b" }), "NUL")
    has(raises(ax.popen, { "true", {} }), "word 2 is not a string: table")
    has(raises(ax.popen, { "true", env = { A = {} } }), '"env": "A"')
    local p <close> = assert(ax.popen "exit 0")
    has(raises(p.wait, p, "x"), "number expected, got string")
    has(raises(p.wait, p, -1), "negative timeout: -1")
  end))

  it("chooses environment and directory", inside(function()
    local p <close> = assert(ax.popen { "sh", "-c",
      'echo "$AX_ONE,$AX_TWO,${HOME-none}"; pwd',
      env = { AX_ONE = "1", AX_TWO = 2, HOME = false }, cwd = "/" })
    assert.equal("1,2,none\n/\n", p.stdout:read("a"))
    p.stdout:close()
    p.stdin:close()
    local q <close> = assert(ax.popen { "/bin/sh", "-c",
      'echo "${HOME-none}$A"', env = { A = "a" }, clean = true })
    assert.equal("nonea", q.stdout:read())
  end))

  it("gives standard error a pipe, or the way of standard output",
    inside(function()
      local p <close> = assert(ax.popen { "sh", "-c", "echo e >&2; echo o",
        stdin = "null", stderr = "pipe" })
      assert.equal("e\n", p.stderr:read("a"))
      assert.equal("o\n", p.stdout:read("a"))
      local q <close> = assert(ax.popen { "sh", "-c", "echo e >&2; echo o",
        stdin = "null", stderr = "stdout" })
      assert.equal("e\no\n", q.stdout:read("a"))
    end))

  it("lets the others go on", inside(function()
    local cat <close> = assert(ax.popen { "cat" })
    local log = {}
    ax.spawn(function()
      for line in cat.stdout:lines() do log[#log + 1] = line end
    end)
    ax.spawn(function()
      for i = 1, 3 do
        cat.stdin:write(i, "\n")
        while #log < i do ax.yield() end -- it has come back
      end
      cat.stdin:close()
    end)
    assert.same({ "exited", 0 }, { cat:wait() })
    while #log < 3 do ax.yield() end
    assert.equal("123", table.concat(log))
  end))

  it("carries more than any buffer holds, both ways", inside(function()
    local cat <close> = assert(ax.popen { "cat" })
    local text = ("0123456789abcdef"):rep(65536)
    ax.spawn(function(to)
      assert(to:write(text))
      to:close()
    end, cat.stdin)
    assert.is_true(cat.stdout:read("a") == text)
    assert.same({ "exited", 0 }, { cat:wait() })
  end))

  it("says closed to who writes to a program that has gone",
    inside(function()
      local p <close> = assert(ax.popen { "true" })
      assert.same({ "exited", 0 }, { p:wait() })
      local ok, err, code = p.stdin:write(("x"):rep(200000))
      assert.is_nil(ok)
      assert.same({ "closed", "EPIPE" }, { err, code })
    end))

  it("can be waited for beside other things", inside(function()
    local cat <close> = assert(ax.popen { "cat" })
    local tx, rx = ax.channel()
    tx:send("first")
    assert.same({ rx, "first" }, { ax.select { cat, rx } })
    cat.stdin:close()
    local p, how, code = ax.select { cat, rx }
    assert.is_true(p == cat)
    assert.same({ "exited", 0 }, { how, code })
  end))

  it("waits no longer than it is told", function()
    local cat <close> = assert(ax.popen { "cat" })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { cat:wait(0) })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { cat:wait(0.001) })
    cat.stdin:close()
    assert.same({ "exited", 0 }, { cat:wait(1000) })
  end)
end)

describe("pipelines", function()
  it("of two programs join them by their descriptors", inside(function()
    local first <close> = assert(ax.popen { "printf", "b\\na\\n",
      stdin = "null" })
    local sort <close> = assert(ax.popen { "sort", stdin = first.stdout })
    first.stdout:close()
    assert.equal("a\nb\n", sort.stdout:read("a"))
    assert.same({ "exited", 0 }, { first:wait() })
    assert.same({ "exited", 0 }, { sort:wait() })
  end))

  it("bring a process's bytes to a program", inside(function()
    local reader, writer = ax.pipe()
    ax.spawn(function(to)
      for i = 1000, 1, -1 do to:write(("%04d\n"):format(i)) end
      to:close()
    end, writer)
    local sort <close> = assert(ax.popen { "sort", stdin = reader })
    reader:close()
    local n = 0
    for line in sort.stdout:lines() do
      n = n + 1
      assert.equal(n, tonumber(line))
    end
    assert.equal(1000, n)
    assert.same({ "exited", 0 }, { sort:wait() })
  end))

  it("bring a program's bytes to a process, all before it counts as ended",
    inside(function()
      local r, w = ax.pipe { capacity = 16 }
      local size = 0
      ax.spawn(function(from)
        for line in from:lines("L") do size = size + #line end
      end, r)
      local seq <close> = assert(ax.popen { "seq", "20000", stdin = "null",
        stdout = w })
      w:close()
      assert.same({ "exited", 0 }, { seq:wait() })
      assert.is_true(size >= 108894 - 16 - 6, size) -- the rest is in the pipe
    end))

  it("go through programs and processes in turn", inside(function()
    local r, w = ax.pipe()
    local seq <close> = assert(ax.popen { "seq", "100", stdin = "null",
      stdout = w })
    w:close()
    local r2, w2 = ax.pipe()
    ax.spawn({ stdin = r, stdout = w2 }, function()
      for line in ax.stdin:lines() do
        ax.stdout:write(line * line, "\n")
      end
    end)
    r:close()
    w2:close()
    local tail <close> = assert(ax.popen { "tail", "-n", "1", stdin = r2 })
    r2:close()
    assert.equal("10000\n", tail.stdout:read("a"))
    assert.same({ "exited", 0 }, { tail:wait() })
    assert.same({ "exited", 0 }, { seq:wait() })
  end))

  it("tell the process before that a program has had enough",
    inside(function()
      local r, w = ax.pipe()
      local head <close> = assert(ax.popen { "head", "-n", "1", stdin = r })
      r:close()
      local writer = ax.spawn(function(to)
        local ok, err
        repeat ok, err = to:write(("y\n"):rep(1000)) until not ok
        return err
      end, w)
      assert.equal("y", head.stdout:read())
      assert.same({ writer, "exited", "closed" }, { ax.wait(writer) })
      assert.same({ "exited", 0 }, { head:wait() })
    end))

  it("do not keep a program that has ended from being waited for",
    inside(function()
      local r, w = ax.pipe()
      local head <close> = assert(ax.popen { "head", "-n", "1", stdin = r })
      r:close()
      w:write("one\n") -- and nobody knows whether there will be more
      assert.equal("one", head.stdout:read())
      assert.same({ "exited", 0 }, { head:wait() })
      local ok, err
      repeat ok, err = w:write(("two\n"):rep(2000)) until not ok
      assert.equal("closed", err)
    end))
end)

describe("what is left", function()
  it("is no zombie and no descriptor", function()
    local before, count = descriptors(), children()
    for _ = 1, 3 do
      local p = assert(ax.popen { "cat" })
      p.stdin:write("x")
      p.stdin:close()
      assert.equal("x", p.stdout:read("a"))
      p.stdout:close()
      p:wait()
      p:close()
    end
    assert.equal(before, descriptors())
    assert.equal(count, children())
  end)

  it("is nothing when it was closed, or forgotten, while it ran", function()
    local before, count = descriptors(), children()
    assert(ax.popen { "cat" }):close()
    helper.collect()
    assert(ax.popen { "sleep", "1000" })
    helper.collect()
    assert.equal(before, descriptors())
    assert.equal(count, children())
  end)

  it("is nothing when the process that began it is killed", function()
    local before, count = descriptors(), children()
    local pid = ax.spawn(function()
      local p = assert(ax.popen { "cat" })
      p.stdout:read(1)
    end)
    ax.yield()
    ax.yield()
    ax.kill(pid, "KILL")
    assert.same({ pid, "killed", "KILL" }, { ax.wait(pid) })
    assert.equal(before, descriptors())
    assert.equal(count, children())
  end)

  it("in a program is its three descriptors", function()
    if not io.open("/proc/self/fdinfo/0") then return end
    local other <close> = assert(ax.popen { "cat" })
    local ls <close> = assert(ax.popen { "sh", "-c",
      "for f in 0 1 2 3 4 5 6 7 8 9; do " ..
      "[ -e /proc/self/fd/$f ] && printf $f; done; true" })
    assert.equal("012", ls.stdout:read("a"))
    assert.is_not_nil(other)
  end)
end)
