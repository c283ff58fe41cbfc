--- fd - descriptors: the system calls that take them.
local ax = require "axeberg"
local help = require "spec.support.helper"

local sys = ax.sys

--- In a process of its own, which begins with no descriptors at all.
local function inside(fn)
  return help.inside(function()
    local _, how, err = ax.wait((ax.spawn(function()
      for _, fd in ipairs(sys.fds()) do sys.close(fd) end
      fn()
    end)))
    if how == "error" then error(err, 0) end
  end)
end

local BADF = { nil, "bad file descriptor", "EBADF" }

describe("descriptors", function()
  it("are the lowest numbers that are free", inside(function()
    assert.same({ 0, 1 }, { sys.pipe() })
    assert.same({ 2, 3 }, { sys.pipe() })
    assert.is_true(sys.close(1))
    assert.equal(1, sys.dup(0))
    assert.equal(4, sys.dup(3))
    assert.equal(20, sys.dup2(3, 20))
    assert.equal(10, sys.fcntl(0, "F_DUPFD", 10))
    assert.equal(11, sys.fcntl(0, sys.F_DUPFD, 10))
    assert.same({ 0, 1, 2, 3, 4, 10, 11, 20 }, sys.fds())
  end))

  it("share what is behind them", inside(function()
    local r, w = sys.pipe()
    local w2 = sys.dup(w)
    assert.equal(5, sys.write(w, "Hello"))
    assert.equal(2, sys.write(w2, "!\n"))
    assert.is_true(sys.fcntl(w2, sys.F_SETFL, sys.O_NONBLOCK))
    assert.equal(sys.O_WRONLY | sys.O_NONBLOCK, sys.fcntl(w, sys.F_GETFL))
    assert.is_true(sys.close(w))
    assert.equal("Hello!\n", sys.read(r, 100))
    assert.is_true(sys.close(w2))
    assert.equal("", sys.read(r, 100))
    assert.same(BADF, { sys.close(w2) })
  end))

  it("that are none answer EBADF", inside(function()
    for _, fd in ipairs { 0, -1, 1024, 1 << 31, 1 << 40,
      math.mininteger } do
      assert.same(BADF, { sys.read(fd, 1) })
      assert.same(BADF, { sys.write(fd, "x") })
      assert.same(BADF, { sys.close(fd) })
      assert.same(BADF, { sys.dup(fd) })
      assert.same(BADF, { sys.dup2(fd, 3) })
      assert.same(BADF, { sys.lseek(fd, 0) })
      assert.same(BADF, { sys.fstat(fd) })
      assert.same(BADF, { sys.ftruncate(fd, 0) })
      assert.same(BADF, { sys.fcntl(fd, "F_GETFL") })
      assert.same(BADF, { sys.pread(fd, 1, 0) })
      assert.same(BADF, { sys.pwrite(fd, "x", 0) })
      assert.same(BADF, { sys.fdopen(fd) })
    end
    local r = sys.pipe()
    assert.same(BADF, { sys.dup2(r, -1) })
    assert.same(BADF, { sys.dup2(r, 1024) })
    assert.same(BADF, { sys.write(r, "x") })
    for _, fn in ipairs {
      function() sys.read("x", 1) end, function() sys.read(r, -1) end,
      function() sys.read(r, {}) end, function() sys.write(r) end,
      function() sys.read(r, 1, -1) end, function() sys.fcntl(r, "F_X") end,
      function() sys.fileno(r) end, function() sys.pipe(3) end,
      function() sys.lseek(r, 0, "SEEK_X") end,
    } do
      assert.has_error(fn)
    end
  end))

  it("read what there is, and 0 bytes at the end", inside(function()
    local r, w = sys.pipe()
    local buffer = ax.buffer(4)
    sys.write(w, "abcdef")
    assert.equal("ab", sys.read(r, 2))
    assert.equal(3, sys.read(r, buffer, 3))
    assert.equal("cde", buffer:tostring(1, 3))
    assert.equal(1, sys.read(r, buffer))
    assert.equal("", sys.read(r, 0))
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { sys.read(r, 1, 2) })
    assert.same({ nil, "timeout", "ETIMEDOUT" },
      { sys.read(r, buffer, 4, 0) })
    sys.fcntl(r, "SETFL", "NONBLOCK")
    assert.same({ nil, "empty", "EAGAIN" }, { sys.read(r, 1) })
    sys.close(w)
    assert.equal("", sys.read(r, 1))
    assert.equal(0, sys.read(r, buffer))
  end))

  it("write all, or tell how much", inside(function()
    local r, w = sys.pipe { capacity = 8 }
    assert.equal(3, sys.write(w, "abc"))
    assert.equal(5, sys.write(w, ("x"):rep(11), 1)) -- as far as it came
    assert.equal("abcxxxxx", sys.read(r, 99))
    sys.fcntl(w, "F_SETFL", "O_NONBLOCK")
    assert.equal(8, sys.write(w, ("y"):rep(20)))
    assert.same({ nil, "full", "EAGAIN" }, { sys.write(w, "z") })
    sys.close(r)
    assert.same({ nil, "closed", "EPIPE" }, { sys.write(w, "z") })
  end))

  it("write as far as they come before a TERM, which stays", inside(function()
    local file = ax.pipe { capacity = 8 }
    local told = {}
    local _, w = sys.pipe { capacity = 8 }
    local writer = sys.fdopen(w)
    sys.close(w)
    local pid = ax.spawn({ stdout = writer }, function()
      told.count = sys.write(1, ("x"):rep(20))
      local ok, err = pcall(ax.sleep, 1)
      told.ok, told.err = ok, err
    end)
    ax.yield()
    ax.kill(pid)
    ax.wait(pid)
    assert.same({ count = 8, ok = false, err = "cancelled" }, told)
    file:close()
  end))

  it("and files become each other", inside(function()
    local r, w = ax.pipe()
    local fd = sys.fileno(w)
    assert.equal(0, fd)
    w:close()
    sys.write(fd, "one ")
    local again = sys.fdopen(fd)
    sys.close(fd)
    again:write("two")
    again:close()
    assert.equal("one two", r:read("a"))
    assert.same(BADF, { sys.fileno(ax.stdout) })
  end))

  it("know what a pipe is", inside(function()
    local r, w = sys.pipe()
    assert.same({ nil, "illegal seek", "ESPIPE" }, { sys.lseek(r, 0) })
    assert.same({ nil, "illegal seek", "ESPIPE" }, { sys.pread(r, 1, 0) })
    assert.same({ nil, "illegal seek", "ESPIPE" }, { sys.pwrite(w, "x", 0) })
    assert.same({ nil, "invalid argument", "EINVAL" },
      { sys.ftruncate(w, 0) })
    assert.equal(4096, sys.fcntl(r, "F_GETPIPE_SZ"))
    assert.equal(100, sys.fcntl(r, "F_SETPIPE_SZ", 100))
    assert.same({ nil, "invalid argument", "EINVAL" },
      { sys.fcntl(r, "F_SETPIPE_SZ", 0) })
    assert.same({ nil, "invalid argument", "EINVAL" }, { sys.fcntl(r, 99) })
    assert.equal("fifo", sys.fstat(w).type)
  end))
end)

describe("the descriptors of a process", function()
  it("are its own; a child has only the first three", inside(function()
    local r, w = sys.pipe() -- 0 and 1
    for _ = 1, 3 do sys.dup(w) end
    local seen
    ax.wait(ax.spawn(function()
      seen = sys.fds()
      sys.close(0)
      sys.write(1, "child ")
    end))
    assert.same({ 0, 1, 2 }, seen)
    assert.same({ 0, 1, 2, 3, 4 }, sys.fds())
    assert.equal("child ", sys.read(r, 99))
  end))

  it("are limited, and its children's as well", inside(function()
    assert.equal(1024, sys.fdlimit())
    assert.equal(3, sys.fdlimit(3))
    local r = sys.pipe()
    assert.same({ nil, "too many open files in the process", "EMFILE" },
      { sys.pipe() })
    assert.same({ 0, 1 }, sys.fds()) -- not half a pipe
    assert.equal(2, sys.dup(r))
    assert.same({ nil, "too many open files in the process", "EMFILE" },
      { sys.dup(r) })
    assert.same({ nil, "invalid argument", "EINVAL" },
      { sys.fcntl(r, "F_DUPFD", 3) })
    assert.same({ nil, "invalid argument", "EINVAL" }, { sys.fdlimit(-1) })
    local limit
    ax.wait(ax.spawn(function() limit = sys.fdlimit() end))
    assert.equal(3, limit)
  end))

  it("are closed at its end, however it comes", inside(function()
    local ends = {
      function() end,
      function() error("x") end,
      function() ax.exit() end,
      function() ax.sleep(100) end,
      function() error({}) end,
    }
    for _, body in ipairs(ends) do
      local r, w = ax.pipe()
      local pid = ax.spawn({ stdout = w }, function()
        for _ = 1, 30 do sys.dup(1) end
        body()
      end)
      w:close()
      ax.yield()
      ax.kill(pid, "KILL")
      assert.equal("", r:read("a"))
      ax.wait(pid)
    end
  end))
end)
