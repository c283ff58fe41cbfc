--- save - the tree in one file of the host, and back.
local ax = require "axeberg"
local helper = require "spec.support.helper"

local has = helper.has

local function slurp(path)
  local f <close>, err, code = ax.open(path)
  if not f then return nil, err, code end
  return f:read("a")
end

local function write(path, text)
  local f <close> = assert(ax.open(path, "w"))
  assert(f:write(text))
end

--- Runs fn in a kernel of its own.
local function kernel(fn) return ax.run({ clock = "virtual" }, fn) end

--- Calls fn with the name of a file of the host, which does not exist, in a
--- folder where nothing else is, and is to be afterwards.
local function with_file(fn)
  return function()
    local folder = os.tmpname()
    os.remove(folder)
    assert(os.execute("mkdir " .. folder))
    local ok, err = pcall(fn, folder .. "/tree")
    local ls <close> = assert(io.popen("ls -A " .. folder))
    local left = ls:read("a")
    os.execute("rm -rf " .. folder)
    if not ok then error(err, 0) end
    assert.is_true(left == "" or left == "tree\n", left)
  end
end

local function fill()
  assert(ax.fs.mkdir("/data/deep", nil, { recursive = true }))
  write("/data/deep/file", "contents")
  assert(ax.fs.chmod("/data/deep/file", "640"))
  assert(ax.fs.link("/data/deep/file", "/data/twin"))
  assert(ax.fs.symlink("deep/file", "/data/link"))
  assert(ax.fs.utime("/data/deep/file", 5, 6.5))
end

local function check()
  assert.equal("contents", slurp("/data/link"))
  local a, b = ax.fs.stat("/data/twin"), ax.fs.stat("/data/deep/file")
  assert.equal(a.ino, b.ino)
  assert.equal(2, a.nlink)
  assert.equal(6.5, a.mtime)
  assert.equal(tonumber("640", 8), a.mode)
end

describe("save and load", function()
  it("bring a tree to another kernel", with_file(function(file)
    kernel(function()
      fill()
      assert.is_true(ax.fs.save(file))
    end)
    kernel(function()
      write("/tmp/old", "gone")
      assert.is_true(ax.fs.load(file))
      check()
      assert.is_nil(slurp("/tmp/old"))
      assert.equal("char", ax.fs.stat("/dev/null").type)
    end)
  end))

  it("take a part of it", with_file(function(file)
    kernel(function()
      fill()
      assert(ax.fs.save(file, "/data/deep"))
      assert(ax.fs.mkdir("/copy"))
      assert(ax.fs.load(file, "/copy"))
      assert.equal("contents", slurp("/copy/file"))
      check()
    end)
  end))

  it("replace the file of the host in one moment", with_file(function(file)
    kernel(function()
      fill()
      assert(ax.fs.save(file))
      local old <close> = assert(io.open(file, "rb"))
      write("/data/more", ("x"):rep(100000))
      assert(ax.fs.save(file))
      assert.is_true(old:seek("end") < 50000) -- still the old one, whole
      write("/data/more", "")
      assert(ax.fs.load(file))
      assert.equal(100000, #slurp("/data/more"))
    end)
  end))

  it("tell what is wrong, and change nothing then", with_file(function(file)
    kernel(function()
      fill()
      assert(ax.fs.save(file))
      write("/data/kept", "x")
      local whole
      do
        local f <close> = assert(io.open(file, "rb"))
        whole = f:read("a")
      end
      local function try(bytes, code, word)
        do
          local f <close> = assert(io.open(file, "wb"))
          f:write(bytes)
        end
        local ok, err, got = ax.fs.load(file)
        assert.is_nil(ok)
        assert.equal(code, got)
        has(err, file, word)
        assert.equal("x", slurp("/data/kept"))
      end
      try("", "EINVAL", "no archive")
      try("something else", "EINVAL", "no archive")
      try(whole:sub(1, -2), "EIO", "cut off")
      try(whole .. "x", "EIO", "behind")
      for at = 9, #whole, 7 do
        local byte = whole:byte(at)
        local bytes = whole:sub(1, at - 1) .. string.char(byte ~ 64)
          .. whole:sub(at + 1)
        local ok, _, code = ax.fs.unpack(bytes)
        assert.is_nil(ok)
        assert.equal("EIO", code)
      end
      assert.equal("x", slurp("/data/kept"))
      assert.equal("ENOENT", select(3, ax.fs.load(file .. ".none")))
      assert.equal("ENOENT", select(3, ax.fs.save("/no/folder/x")))
      assert.equal("EXDEV", select(3, ax.fs.save(file, "/dev")))
      assert.equal("ENOTDIR", select(3, ax.fs.save(file, "/data/twin")))
    end)
  end))

  it("are for user 0", with_file(function(file)
    kernel(function()
      local pid = ax.spawn(function()
        ax.sys.setuid(3)
        return select(3, ax.fs.save(file)) .. select(3, ax.fs.pack())
      end)
      assert.equal("EPERMEPERM", select(3, ax.wait(pid)))
    end)
  end))
end)

describe("pack and unpack", function()
  it("do the same with a string", function()
    local archive = kernel(function()
      fill()
      return (assert(ax.fs.pack("/data")))
    end)
    kernel(function()
      assert(ax.fs.mkdir("/data"))
      assert.is_true(ax.fs.unpack(archive, "/data"))
      check()

    end)
  end)

  it("keep holes, and are as small as what was written", function()
    kernel(function()
      local f = assert(ax.open("/tmp/sparse", "w"))
      f:seek("set", 1 << 40)
      f:write("end")
      f:close()
      local archive = assert(ax.fs.pack("/tmp"))
      assert.is_true(#archive < 1000)
      assert(ax.fs.mkdir("/copy"))
      assert(ax.fs.unpack(archive, "/copy"))
      assert.equal((1 << 40) + 3, ax.fs.stat("/copy/sparse").size)
    end)
  end)
end)
