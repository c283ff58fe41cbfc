--- fs - the file tree, as Lua sees it
local ax = require "axeberg"
local help = require "spec.support.helper"

local fs, sys = ax.fs, ax.sys

--- A spec in a world with a tree; /tmp is empty again at its end.
local function inside(fn)
  return help.inside(function()
    assert(fs.chdir("/tmp"))
    fn()
    assert(fs.chdir("/"))
    for name in fs.dir("/tmp") do
      assert(fs.remove("/tmp/" .. name, { recursive = true }))
    end
  end, { tree = true })
end

local function put(path, text)
  local file <close> = assert(ax.open(path, "w"))
  assert(file:write(text or ""))
end

local function get(path)
  local file <close> = assert(ax.open(path))
  return file:read("a")
end

--- nil, a sentence with the path, and that name.
local function fails(code, path, ...)
  local value, err, name = ...
  assert.is_nil(value)
  assert.equal(code, name)
  help.has(err, path)
end

describe("ax.open", function()
  it("knows the modes of io.open", inside(function()
    fails("ENOENT", "f", ax.open("f"))
    fails("ENOENT", "f", ax.open("f", "r+"))
    local file = assert(ax.open("f", "w"))
    assert(file:write("hello"))
    file:close()
    assert.equal("hello", get("f"))
    file = assert(ax.open("f", "r+b"))
    assert(file:write("J")):close()
    file = assert(ax.open("f", "a"))
    assert(file:write(" there")):close()
    assert.equal("Jello there", get("f"))
    file = assert(ax.open("f", "a+"))
    assert.equal("Jello", file:read(5))
    file:close()
    file = assert(ax.open("f", "w+"))
    assert.is_nil(file:read(1))
    assert(file:write("x"):seek("set"))
    assert.equal("x", file:read("a"))
    file:close()
  end))

  it("does not write what is open to read, nor the reverse", inside(function()
    put("f", "text")
    local file <close> = assert(ax.open("f"))
    assert.equal("EBADF", select(3, file:write("x")))
    local other <close> = assert(ax.open("f", "w"))
    assert.equal("EBADF", select(3, other:read(1)))
  end))

  it("raises for a mode that is none", inside(function()
    for _, mode in ipairs { "", "x", "rw", "r++", "wb+", 5 } do
      help.has(help.raises(ax.open, "f", mode),
        "bad argument #2 to 'open' (invalid mode)")
    end
  end))

  it("says what is wrong, as io.open does", inside(function()
    put("f")
    fails("ENOTDIR", "f/x: not a directory", ax.open("f/x"))
    fails("EISDIR", "/tmp: is a directory", ax.open("/tmp", "w"))
    fails("ENOENT", "", ax.open(""))
    fails("EINVAL", "f", ax.open("f\0g"))
  end))

  it("opens a directory, which has nothing to read", inside(function()
    local dir <close> = assert(ax.open("/tmp"))
    assert.equal("EISDIR", select(3, dir:read(1)))
    assert.equal("directory", dir:stat().type)
  end))

  it("shares a file between processes", inside(function()
    put("f", "one\n")
    local pid = ax.spawn({ cwd = "/" }, function()
      local file <close> = assert(ax.open("tmp/f", "a"))
      file:write("two\n")
    end)
    ax.wait(pid)
    assert.equal("one\ntwo\n", get("f"))
  end))
end)

describe("ax.fs", function()
  it("makes directories, and those above them", inside(function()
    assert(fs.mkdir("a"))
    fails("EEXIST", "a", fs.mkdir("a"))
    fails("ENOENT", "b/c", fs.mkdir("b/c"))
    assert(fs.mkdir("b/c//d/", { recursive = true }))
    assert(fs.mkdir("/tmp/b/c/d", "700", { recursive = true }))
    put("f")
    fails("EEXIST", "f", fs.mkdir("f", { recursive = true }))
    fails("ENOTDIR", "f", fs.mkdir("f/x/y", { recursive = true }))
    assert.same({ "a", "b", "f" }, fs.list("."))
    assert.equal("directory", fs.stat("b/c/d").type)
  end))

  it("removes files, directories, and all that is in them", inside(function()
    assert(fs.mkdir("a/b/c", { recursive = true }))
    put("a/b/c/f")
    assert(fs.symlink("/tmp/keep", "a/l"))
    assert(fs.mkdir("keep"))
    put("keep/f", "still here")
    fails("ENOTEMPTY", "a", fs.remove("a"))
    fails("ENOTEMPTY", "a", fs.rmdir("a"))
    fails("EISDIR", "a", fs.unlink("a"))
    assert(fs.remove("a", { recursive = true }))
    assert.is_false(fs.exists("a"))
    assert.equal("still here", get("keep/f"))
    fails("ENOENT", "a", fs.remove("a", { recursive = true }))
    assert(fs.remove("keep/f"))
    assert(fs.remove("keep"))
    help.has(help.raises(fs.remove, "x", { recursiv = true }),
      "unknown option \"recursiv\"")
  end))

  it("renames and links", inside(function()
    put("f", "text")
    assert(fs.link("f", "g"))
    assert.equal(2, fs.stat("f").nlink)
    assert.equal(fs.stat("f").ino, fs.stat("g").ino)
    assert(fs.rename("g", "h"))
    fails("ENOENT", "g -> h", fs.rename("g", "h"))
    assert(fs.symlink("h", "l"))
    assert.equal("h", fs.readlink("l"))
    assert.equal("link", fs.lstat("l").type)
    assert.equal("file", fs.stat("l").type)
    assert.equal("text", get("l"))
    fails("EINVAL", "h", fs.readlink("h"))
    assert.equal("/tmp/h", fs.realpath("./l"))
  end))

  it("goes through directories", inside(function()
    put("f")
    assert(fs.mkdir("d"))
    assert(fs.symlink("f", "l"))
    assert(ax.mkfifo("p"))
    local found = {}
    for name, kind, ino in fs.dir(".") do
      found[#found + 1] = name .. " " .. kind
      assert.equal(fs.lstat(name).ino, ino)
    end
    assert.same({ "f file", "d directory", "l link", "p fifo" }, found)
    local before = ax.stats().handles
    pcall(function()
      for _ in fs.dir("/tmp") do error("enough") end
    end)
    assert.equal(before, ax.stats().handles) -- it was closed
    help.has(help.raises(fs.dir, "nowhere"),
      "nowhere: no such file or directory")
    fails("ENOTDIR", "f", fs.list("f"))
  end))

  it("goes on while entries are removed", inside(function()
    for i = 1, 100 do put("f" .. i) end
    local seen = 0
    for name in fs.dir(".") do
      seen = seen + 1
      assert(fs.unlink(name))
    end
    assert.equal(100, seen)
    assert.same({}, fs.list("."))
  end))

  it("tells what there is to know of a file", inside(function()
    put("f", ("x"):rep(5000))
    local s = fs.stat("f")
    assert.equal("file", s.type)
    assert.equal(420, s.mode) -- 0644
    assert.equal(5000, s.size)
    assert.equal(16, s.blocks)
    assert.equal(1, s.nlink)
    assert.equal(0, s.uid)
    ax.sleep(5)
    assert(fs.chmod("f", "600"))
    assert(fs.utime("f", 12.5, 7))
    s = fs.stat("f")
    assert.equal(384, s.mode)
    assert.equal(12.5, s.atime)
    assert.equal(7, s.mtime)
    assert.equal(ax.now(), s.ctime)
    assert(fs.utime("f", false))
    assert.equal(12.5, fs.stat("f").atime)
    assert.equal(ax.now(), fs.stat("f").mtime)
    assert(fs.truncate("f", 3))
    assert.equal(3, fs.stat("f").size)
    help.has(help.raises(fs.chmod, "f", "9"), "mode \"9\" is not octal")
  end))

  it("keeps a directory and an umask for each process", inside(function()
    assert.equal(18, fs.umask("077"))
    assert(fs.mkdir("d"))
    assert.equal(448, fs.stat("d").mode)
    local pid = ax.spawn({ cwd = "d" }, function()
      assert(fs.getcwd() == "/tmp/d")
      assert(fs.umask(0) == 63)
      assert(fs.chdir(".."))
      assert(fs.getcwd() == "/tmp")
    end)
    assert.equal("exited", select(2, ax.wait(pid)))
    assert.equal("/tmp", fs.getcwd())
    assert.equal(63, fs.umask(18))
    fails("ENOENT", "no", ax.spawn({ cwd = "no" }, print))
    help.has(help.raises(ax.spawn, { cwd = 5 }, print),
      "option \"cwd\" is not a string")
    assert(fs.chdir("d"))
    assert(fs.rmdir("/tmp/d"))
    assert.equal("ENOENT", select(3, fs.getcwd()))
    fails("ENOENT", "x", ax.open("x", "w"))
    assert(fs.chdir("/tmp"))
  end))

  it("is as big as it is told", inside(function()
    local used = fs.statfs("/").used
    assert(fs.limit { bytes = used + 20000 })
    local file <close> = assert(ax.open("f", "w"))
    assert.equal("ENOSPC", select(3, file:write(("x"):rep(30000))))
    assert.equal(0, fs.stat("f").size)
    assert(file:write(("x"):rep(10000)))
    assert(fs.limit())
    assert(file:write(("x"):rep(30000)))
    assert.is_true(fs.statfs(".").used > used + 40000)
    assert.is_false(fs.statfs(".").readonly)
  end))

  it("answers, whatever the path", inside(function()
    local calls = { ax.open, fs.stat, fs.lstat, fs.mkdir, fs.rmdir, fs.unlink,
      fs.chdir, fs.readlink, fs.realpath, fs.remove, fs.list, fs.statfs,
      fs.access, ax.mkfifo, sys.open }
    assert(fs.symlink("loop", "loop"))
    local rows = { [""] = "ENOENT", ["a\0"] = "EINVAL",
      ["no/../x"] = "ENOENT", [("n"):rep(256)] = "ENAMETOOLONG",
      [("/"):rep(4096)] = "ENAMETOOLONG", [("./"):rep(3000)] = "ENAMETOOLONG",
      ["loop/x"] = "ELOOP", [("../"):rep(900) .. "no/x"] = "ENOENT",
      ["\xff\xfe/\x80"] = "ENOENT" }
    for path, code in pairs(rows) do
      for _, call in ipairs(calls) do
        local value, _, name = call(path)
        assert.is_nil(value)
        assert.equal(code, name)
      end
      assert.is_false(fs.exists(path))
    end
    put("\xff\xfe \n\t%")
    assert.same({ "loop", "\xff\xfe \n\t%" }, fs.list("/tmp"))
    assert(fs.unlink("loop"))
  end))

  it("has files as long as numbers are", inside(function()
    local file <close> = assert(ax.open("f", "w+"))
    local far = math.maxinteger - 1
    assert.equal(far, file:seek("set", far))
    assert(file:write("x"))
    assert.equal("EFBIG", select(3, file:write("y")))
    assert.equal(math.maxinteger, fs.stat("f").size)
    assert.equal("EOVERFLOW", select(3, file:seek("cur", 1)))
    for whence, at in pairs { set = -1, ["end"] = math.mininteger } do
      assert.equal("EINVAL", select(3, file:seek(whence, at)))
    end
    file:seek("set", far)
    assert.equal("x", file:read("a"))
    assert(file:truncate(0))
  end))
end)

describe("modes and owners", function()
  --- Runs fn as user 7 of group 8; its errors are ours.
  local function as_user(fn)
    local pid = ax.spawn(function()
      assert(sys.setgid(8))
      assert(sys.setuid(7))
      fn()
    end)
    local _, how, what = ax.wait(pid)
    assert.equal("exited", how, what)
  end

  it("say who may read and write", inside(function()
    put("secret", "x")
    assert(fs.chmod("secret", "600"))
    put("shown", "x")
    assert(fs.mkdir("closed", "700"))
    as_user(function()
      fails("EACCES", "secret", ax.open("secret"))
      fails("EACCES", "shown", ax.open("shown", "w"))
      assert(get("shown") == "x")
      fails("EACCES", "closed", fs.list("closed"))
      fails("EACCES", "closed", fs.chdir("closed"))
      fails("EACCES", "closed", ax.open("closed/x", "w"))
      fails("EACCES", "secret", fs.access("secret", "r"))
      assert(fs.access("shown", "r"))
      fails("EPERM", "shown", fs.chmod("shown", "777"))
      fails("EPERM", "shown", fs.chown("shown", 7))
      fails("EACCES", "/x", ax.open("/x", "w"))
      put("mine", "x")
      assert(fs.stat("mine").uid == 7 and fs.stat("mine").gid == 8)
      assert(fs.chmod("mine", "0"))
      fails("EACCES", "mine", ax.open("mine"))
    end)
    assert.equal("x", get("mine")) -- user 0 may
    assert(fs.chown("secret", 7))
    as_user(function() assert(get("secret") == "x") end)
  end))

  it("keep others from removing in /tmp", inside(function()
    put("f")
    as_user(function()
      fails("EPERM", "f", fs.unlink("f"))
      fails("EPERM", "f -> g", fs.rename("f", "g"))
      put("mine")
      assert(fs.unlink("mine"))
    end)
  end))

  it("hold for a file that is open no more than when it was opened",
    inside(function()
      put("f", "x")
      as_user(function()
        local file <close> = assert(ax.open("f"))
        ax.sleep(1)
        assert(file:read("a") == "x")
      end)
      assert(fs.chmod("f", "0"))
    end))
end)

describe("the file calls of ax.sys", function()
  it("go by descriptors", inside(function()
    local fd = assert(sys.open("f", "O_RDWR|O_CREAT", "640"))
    assert.equal(416, sys.stat("f").mode)
    assert.equal(5, sys.write(fd, "hello"))
    assert.equal(0, sys.lseek(fd, 0))
    assert.equal("hello", sys.read(fd, 100))
    assert(sys.close(fd))
    fails("EEXIST", "f", sys.open("f", "O_CREAT|O_EXCL"))
    fails("ELOOP", "l", (function()
      assert(sys.symlink("f", "l"))
      return sys.open("l", "O_NOFOLLOW")
    end)())
    help.has(help.raises(sys.open, "f", "O_RDWR|O_FOO"),
      "unknown flag \"O_FOO\"")
    help.has(help.raises(sys.mkdir, "d", "rwx"), "mode \"rwx\" is not octal")
    fails("EINVAL", "f", sys.open("f", 3))
  end))

  it("take the flags of the contract", inside(function()
    local fd = assert(sys.open("f", "WRITE")) -- which makes it
    sys.write(fd, "message")
    sys.close(fd)
    fd = assert(sys.open("f", "READ"))
    assert.equal("message", sys.read(fd, 100))
    assert.equal("EBADF", select(3, sys.write(fd, "x")))
    sys.close(fd)
    fd = assert(sys.open("f", "READ|WRITE"))
    assert.equal("message", sys.read(fd, 100)) -- still there
    assert.equal(1, sys.write(fd, "!"))
    sys.close(fd)
    fd = assert(sys.open("f", "WRITE|APPEND"))
    sys.close(fd)
    assert.equal(0, sys.stat("f").size) -- emptied
  end))

  it("make nothing where there is no descriptor left", inside(function()
    assert(sys.fdlimit(#sys.fds()))
    fails("EMFILE", "f", sys.open("f", "O_CREAT"))
    assert.is_false(fs.exists("f"))
    sys.fdlimit(1024)
  end))

  it("read directories in parts", inside(function()
    for i = 1, 100 do put("f" .. i) end
    local fd = assert(sys.open("/tmp", "O_DIRECTORY"))
    local first, second = sys.getdents(fd), sys.getdents(fd)
    assert.equal(64, #first)
    assert.equal(102 - 64, #second)
    assert.same({}, sys.getdents(fd))
    assert.equal(".", first[1].name)
    assert.equal("..", first[2].name)
    assert.same({ name = "f1", type = "file", ino = sys.stat("f1").ino },
      first[3])
    sys.close(fd)
    assert.equal("EBADF", select(3, sys.getdents(fd)))
  end))
end)
