--- fifo - pipes that have a name
local ax = require "axeberg"
local help = require "spec.support.helper"

local fs, sys = ax.fs, ax.sys

--- A spec with a FIFO /tmp/p, which is gone at its end.
local function inside(fn)
  return help.inside(function()
    assert(ax.mkfifo("/tmp/p"))
    fn()
    if fs.exists("/tmp/p") then assert(fs.unlink("/tmp/p")) end
    assert.same({}, fs.list("/tmp"))
  end, { tree = true })
end

--- Nobody reads, and nobody waits to.
local function without_reader()
  local fd, _, code = sys.open("/tmp/p", "O_WRONLY|O_NONBLOCK")
  if fd then sys.close(fd) end
  return code == "ENXIO"
end

describe("opening a fifo", function()
  it("waits for the other side, whoever comes first", inside(function()
    for _, modes in ipairs { { "r", "w" }, { "w", "r" } } do
      local order = {}
      local function open(mode)
        local file <close> = assert(ax.open("/tmp/p", mode))
        order[#order + 1] = mode
        return mode == "r" and file:read("a") or file:write("hello") and 0
      end
      local first = ax.spawn(open, modes[1])
      ax.sleep(1)
      assert.same({}, order)
      local second = ax.spawn(open, modes[2])
      for _, pid in ipairs { first, second } do
        local _, how, what = ax.wait(pid)
        assert.equal("exited", how)
        assert.is_true(what == "hello" or what == 0)
      end
      assert.equal(2, #order)
    end
  end))

  it("ends when the other side has come, even if it has left again",
    inside(function()
      local pid = ax.spawn(function()
        local file <close> = assert(ax.open("/tmp/p"))
        return file:read("a")
      end)
      ax.sleep(1)
      local fd = assert(sys.open("/tmp/p", "O_WRONLY|O_NONBLOCK"))
      assert.equal(9, sys.write(fd, "was here\n"))
      assert(sys.close(fd))
      assert.equal("was here\n", select(3, ax.wait(pid)))
    end))

  it("ends with its time", inside(function()
    local before = ax.now()
    local file, err, code = ax.open("/tmp/p", "r", 2.5)
    assert.is_nil(file)
    assert.equal("timeout", err)
    assert.equal("ETIMEDOUT", code)
    assert.equal(before + 2.5, ax.now())
    assert.is_true(without_reader())
    assert.equal("ETIMEDOUT", select(3, ax.open("/tmp/p", "w", 0)))
    assert.equal("ETIMEDOUT",
      select(3, sys.open("/tmp/p", "O_RDONLY", nil, 1)))
    assert.is_true(without_reader())
  end))

  it("ends with KILL and with TERM, and leaves no end behind",
    inside(function()
      for _, open in ipairs { ax.open, sys.open } do
        for _, signal in ipairs { "KILL", "TERM" } do
          local pid = ax.spawn(function()
            local _, err = pcall(open, "/tmp/p")
            assert(err == "cancelled")
            assert(without_reader())
            assert(#sys.fds() == 3)
          end)
          ax.sleep(1)
          assert(ax.kill(pid, signal))
          local _, how, what = ax.wait(pid)
          assert.equal(signal == "KILL" and "killed" or "exited", how, what)
          assert.is_true(without_reader())
        end
      end
    end))

  it("does not wait with O_NONBLOCK", inside(function()
    assert.equal("ENXIO",
      select(3, sys.open("/tmp/p", "O_WRONLY|O_NONBLOCK")))
    local r = assert(sys.open("/tmp/p", "O_RDONLY|O_NONBLOCK"))
    assert.equal("", sys.read(r, 10)) -- nobody writes
    local w = assert(sys.open("/tmp/p", "O_WRONLY|O_NONBLOCK"))
    assert.equal("EAGAIN", select(3, sys.read(r, 10)))
    assert.equal(2, sys.write(w, "hi"))
    assert.equal("hi", sys.read(r, 10))
    assert(sys.close(r))
    assert.equal("EPIPE", select(3, sys.write(w, "x")))
    assert(sys.close(w))
  end))

  it("does not wait for reading and writing", inside(function()
    local file <close> = assert(ax.open("/tmp/p", "r+"))
    assert(file:write("to myself\n"))
    assert.equal("to myself", file:read())
  end))

  it("is a deadlock if nobody can come", function()
    local message = help.raises(ax.run, { clock = "virtual" }, function()
      assert(ax.mkfifo("/tmp/p"))
      ax.wait(ax.spawn({ name = "lonely" }, ax.open, "/tmp/p"))
    end)
    help.has(message, "deadlock", "(lonely): open FIFO to read")
  end)

  it("needs the permission", inside(function()
    local pid = ax.spawn(function()
      assert(sys.setuid(7))
      local _, err, code = ax.open("/tmp/p", "w")
      assert(code == "EACCES")
      return err
    end)
    assert.equal("/tmp/p: permission denied", select(3, ax.wait(pid)))
  end))
end)

describe("a fifo", function()
  it("is readable again when a new writer comes", inside(function()
    local r = assert(sys.open("/tmp/p", "O_RDONLY|O_NONBLOCK"))
    for i = 1, 3 do
      local w = assert(sys.open("/tmp/p", "O_WRONLY"))
      sys.write(w, "writer " .. i)
      sys.close(w)
      assert.equal("writer " .. i, sys.read(r, 100))
      assert.equal("", sys.read(r, 100)) -- end of file
    end
    sys.close(r)
  end))

  it("keeps its bytes while an end is open, and no longer",
    inside(function()
      local r = assert(sys.open("/tmp/p", "O_RDONLY|O_NONBLOCK"))
      local w = assert(sys.open("/tmp/p", "O_WRONLY"))
      sys.write(w, "kept")
      sys.close(r)
      r = assert(sys.open("/tmp/p", "O_RDONLY|O_NONBLOCK"))
      assert.equal("kept", sys.read(r, 100))
      sys.write(w, "lost")
      sys.close(w)
      sys.close(r)
      r = assert(sys.open("/tmp/p", "O_RDONLY|O_NONBLOCK"))
      assert.equal("", sys.read(r, 100))
      sys.close(r)
    end))

  it("works on without its name", inside(function()
    local r = assert(sys.open("/tmp/p", "O_RDONLY|O_NONBLOCK"))
    local w = assert(sys.open("/tmp/p", "O_WRONLY"))
    assert(fs.unlink("/tmp/p"))
    assert.equal("ENOENT", select(3, ax.open("/tmp/p")))
    sys.write(w, "still here")
    assert.equal("still here", sys.read(r, 100))
    assert(ax.mkfifo("/tmp/p", "600")) -- another one
    assert.is_true(without_reader())
    sys.close(r)
    sys.close(w)
  end))

  it("holds as much as a pipe, and writes wait for room", inside(function()
    local text = ("0123456789abcdef"):rep(4096)
    local reader = ax.spawn(function()
      local file <close> = assert(ax.open("/tmp/p"))
      ax.sleep(1)
      return file:read("a") == text
    end)
    local file = assert(ax.open("/tmp/p", "w"))
    assert.equal(4096, file:capacity())
    local before = ax.now()
    assert(file:write(text))
    assert.equal(before + 1, ax.now())
    file:close()
    assert.is_true(select(3, ax.wait(reader)))
  end))

  it("serves many readers and writers", inside(function()
    local sum, pids = 0, {}
    for _ = 1, 3 do
      pids[#pids + 1] = ax.spawn(function()
        local file <close> = assert(ax.open("/tmp/p"))
        for line in file:lines() do sum = sum + tonumber(line) end
      end)
    end
    for i = 1, 5 do
      pids[#pids + 1] = ax.spawn(function()
        local file <close> = assert(ax.open("/tmp/p", "w"))
        for j = 1, 20 do file:write(i * j, "\n") end
      end)
    end
    for _, pid in ipairs(pids) do
      local _, how, what = ax.wait(pid)
      assert.equal("exited", how, what)
    end
    assert.equal(15 * 210, sum)
  end))

  it("cannot be sought, cut, or made twice", inside(function()
    local file <close> = assert(ax.open("/tmp/p", "r+"))
    assert.equal("ESPIPE", select(3, file:seek("set")))
    assert.equal("EINVAL", select(3, file:truncate(0)))
    assert.equal("EINVAL", select(3, fs.truncate("/tmp/p", 0)))
    assert.equal("EEXIST", select(3, ax.mkfifo("/tmp/p")))
    assert.equal("fifo", file:stat().type)
    assert.equal("fifo", fs.stat("/tmp/p").type)
    assert.equal(420, fs.stat("/tmp/p").mode) -- 0666 without 022
  end))
end)
