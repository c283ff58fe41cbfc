--- host - files of the host, its descriptors, and its standard files.
local ax = require "axeberg"
local helper = require "spec.support.helper"

local inside, raises, has = helper.inside, helper.raises, helper.has

--- Calls fn with the path of a file of the host that has that text.
local function with_file(text, fn)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  file:close()
  local ok, err = pcall(fn, path)
  os.remove(path)
  if not ok then error(err, 0) end
end

local function slurp(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

--- The interpreter that runs this.
local function interpreter()
  local i = 0
  while arg[i - 1] do i = i - 1 end
  return arg[i]
end

--- Runs a script in a program of its own, with pipes.
local function script(text, options)
  local what = { interpreter(), "-e",
    ("package.path = %q; package.cpath = %q; ax = require 'axeberg'\n")
      :format(package.path, package.cpath) .. text }
  for key, value in pairs(options or {}) do what[key] = value end
  return assert(ax.popen(what))
end

describe("host.open", function()
  it("reads as the io library does", inside(function()
    with_file("one\n2 3.5\nrest\nend", function(path)
      local f <close> = assert(ax.host.open(path))
      assert.equal("one", f:read())
      assert.same({ 2, 3.5 }, { f:read("n", "n") })
      assert.equal("\n", f:read("L"))
      assert.equal("re", f:read(2))
      assert.equal(12, f:seek())
      assert.equal("st\nend", f:read("a"))
      assert.is_nil(f:read())
      assert.equal(4, f:seek("set", 4))
      local lines = {}
      for line in f:lines() do lines[#lines + 1] = line end
      assert.same({ "2 3.5", "rest", "end" }, lines)
    end)
  end))

  it("writes, appends and cuts off", inside(function()
    with_file("old", function(path)
      local f = assert(ax.host.open(path, "w"))
      assert.equal(f, f:write("new ", 1, "\n"))
      f:close()
      assert.equal("new 1\n", slurp(path))
      f = assert(ax.host.open(path, "a+"))
      f:write("more\n")
      f:seek("set")
      f:write("at the end\n")
      f:seek("set")
      assert.equal("new 1", f:read())
      f:close()
      f = assert(ax.host.open(path, "r+"))
      assert.equal("new ", f:read(4))
      f:write("2")
      assert.is_true(f:truncate(5))
      f:close()
      assert.equal("new 2", slurp(path))
    end)
  end))

  it("is not the tree of the kernel", inside(function()
    with_file("x", function(path)
      local f <close> = assert(ax.host.open(path))
      assert.equal(1, f:stat().size)
      assert.equal("file", f:stat().type)
    end)
  end))

  it("says why it cannot", inside(function()
    local f, err, code = ax.host.open("/no/such/file")
    assert.is_nil(f)
    assert.equal("ENOENT", code)
    has(err, "/no/such/file: no such file")
    assert.equal("EISDIR", select(3, ax.host.open("/", "w")))
    has(raises(ax.host.open, "/", "rw"), "invalid mode")
    has(raises(ax.host.open, "a\0b"), "NUL")
  end))

  it("does not write to what is open for reading", inside(function()
    with_file("x", function(path)
      local f <close> = assert(ax.host.open(path))
      assert.equal("EBADF", select(3, f:write("y")))
    end)
  end))
end)

describe("host.fd", function()
  it("is a file over a descriptor, which it leaves open", inside(function()
    local cat <close> = assert(ax.popen { "cat" })
    local fd = ax.host.descriptor(cat.stdin)
    local f = assert(ax.host.fd(fd, "w"))
    assert(f:write("one\n"))
    f:close()
    assert(cat.stdin:write("two\n"))
    assert.equal("one", cat.stdout:read())
    assert.equal("two", cat.stdout:read())
  end))

  it("says why it cannot", inside(function()
    assert.equal("EBADF", select(3, ax.host.fd(12345)))
    assert.equal("EBADF", select(3, ax.host.fd(-1)))
    has(raises(ax.host.fd, 0, "x"), "invalid mode")
    has(raises(ax.host.fd, 0, "r", { owned = true }), 'option "owned"')
  end))

  it("files without one have none", inside(function()
    local r, w = ax.pipe()
    assert.is_nil(ax.host.descriptor(r))
    assert.is_nil(ax.host.descriptor(w))
    raises(ax.host.descriptor, 1)
    r:close()
    w:close()
  end))
end)

describe("waiting for the host", function()
  it("is in ax.select like everything else", inside(function()
    local cat <close> = assert(ax.popen { "cat" })
    local tx, rx = ax.channel()
    ax.spawn(function(to)
      to:write("hello\n")
    end, cat.stdin)
    local ready = ax.select { cat.stdout, rx }
    assert.is_true(ready == cat.stdout)
    assert.equal("hello", cat.stdout:read())
    tx:close()
  end))

  it("is cut short by a timeout, a kill and a close", function()
    local cat <close> = assert(ax.popen { "cat" })
    cat.stdout:settimeout(0.001)
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { cat.stdout:read() })
    cat.stdout:settimeout()
    local killed = ax.spawn(function() return cat.stdout:read() end)
    ax.yield()
    ax.kill(killed)
    assert.same({ killed, "killed", "TERM" }, { ax.wait(killed) })
    cat.stdin:write("still there\n")
    assert.equal("still there", cat.stdout:read())
  end)

  it("is no deadlock, but waiting for each other beside it is none either",
    function()
      local p <close> = script([[
        ax.spawn(function() io.write(ax.stdin:read(), "\n") end)
        ax.run()
      ]])
      p.stdin:write("a line\n")
      assert.equal("a line\n", p.stdout:read("a"))
      assert.same({ "exited", 0 }, { p:wait() })
    end)

  it("lets virtual time pass to the next deadline, and no further",
    function()
      local cat <close> = assert(ax.popen { "cat" })
      ax.run({ clock = "virtual" }, function()
        local mine <close> = assert(ax.popen { "cat" })
        ax.spawn(function()
          ax.sleep(3600)
          mine.stdin:write("later\n")
        end)
        assert.equal("later", mine.stdout:read()) -- an hour has passed
        assert.equal(3600, ax.now())
      end)
      assert.is_not_nil(cat)
    end)

  it("does not keep others from running", function()
    local p <close> = script([[
      local n = 0
      ax.spawn(function()
        while true do n = n + 1; ax.yield() end
      end)
      ax.spawn(function()
        for line in ax.stdin:lines() do
          ax.stdout:write(line, " ", n > 0 and "running" or "idle", "\n")
        end
        os.exit(0)
      end)
      ax.run()
    ]])
    for i = 1, 3 do
      p.stdin:write(i, "\n")
      assert.equal(i .. " running", p.stdout:read())
    end
    p.stdin:close()
    assert.same({ "exited", 0 }, { p:wait() })
  end)
end)

describe("the standard files", function()
  it("are those of the program", function()
    local p <close> = script([[
      local line = ax.stdin:read()
      ax.stdout:write("out ", line, "\n")
      ax.stderr:write("err ", line, "\n")
    ]], { stderr = "pipe" })
    p.stdin:write("x\n")
    assert.equal("out x\n", p.stdout:read("a"))
    assert.equal("err x\n", p.stderr:read("a"))
  end)

  it("come after what print and io.write have left behind", function()
    local p <close> = script([[
      io.stdout:setvbuf("full")
      print("one")
      ax.stdout:write("two\n")
      io.write("three\n")
      ax.stdout:write("four\n")
    ]], { stdin = "null" })
    assert.equal("one\ntwo\nthree\nfour\n", p.stdout:read("a"))
  end)

  it("show a prompt before they wait", function()
    local p <close> = script([[
      io.stdout:setvbuf("full")
      io.write("name? ")
      local name = ax.stdin:read()
      print("hello " .. name)
    ]])
    assert.equal("name? ", p.stdout:read(6))
    p.stdin:write("Ann\n")
    assert.equal("hello Ann", p.stdout:read())
  end)

  it("are inherited, and can be others for a process", inside(function()
    local r <close>, w = ax.pipe()
    ax.spawn({ stdout = w }, function()
      ax.spawn(function() ax.stdout:write("from the grandchild") end)
    end)
    w:close()
    assert.equal("from the grandchild", r:read("a"))
  end))

  it("do not kill the program when they are closed", function()
    local p <close> = script([[
      ax.stdin:read()
      local ok, err, code = ax.stdout:write("x")
      io.stderr:write(tostring(ok), " ", err, " ", code, "\n")
    ]], { stderr = "pipe" })
    p.stdout:close()
    p.stdin:close()
    assert.equal("nil closed EPIPE\n", p.stderr:read("a"))
    assert.same({ "exited", 0 }, { p:wait() })
  end)
end)
