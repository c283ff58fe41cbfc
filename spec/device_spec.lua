--- device - /dev: files that are no files.
local ax = require "axeberg"
local helper = require "spec.support.helper"

local function inside(fn) return helper.inside(fn, { tree = true }) end

describe("/dev", function()
  it("lists its devices", inside(function()
    local names = {}
    for name in ax.fs.dir("/dev") do names[#names + 1] = name end
    assert.equal("null zero full random urandom stdin stdout stderr tty",
      table.concat(names, " "))
    assert.equal("char", ax.fs.stat("/dev/null").type)
  end))

  it("null takes everything and is empty", inside(function()
    local f <close> = assert(ax.open("/dev/null", "r+"))
    assert.equal(f, f:write(("x"):rep(100000)))
    assert.is_nil(f:read())
    assert.equal("", f:read("a"))
  end))

  it("zero has as many zeros as one likes", inside(function()
    local f <close> = assert(ax.open("/dev/zero"))
    assert.equal(("\0"):rep(10000), f:read(10000))
  end))

  it("full is full", inside(function()
    local f <close> = assert(ax.open("/dev/full", "w"))
    assert.equal("ENOSPC", select(3, f:write("x")))
  end))

  it("random is the kernel's chance, which its seed decides", function()
    local function draw(seed)
      return helper.world(function()
        local f <close> = assert(ax.open("/dev/urandom"))
        return f:read(64)
      end, { seed = seed, tree = true })
    end
    assert.equal(draw(1), draw(1))
    assert.not_equal(draw(1), draw(2))
  end)

  it("stdin and stdout are those of the process", inside(function()
    local r, w = ax.pipe()
    ax.spawn({ stdout = w }, function()
      local out <close> = assert(ax.open("/dev/stdout", "w"))
      out:write("hello")
    end)
    w:close()
    ax.spawn({ stdin = r }, function()
      local f <close> = assert(ax.open("/dev/stdin"))
      assert(f:read("a") == "hello")
      assert(select(3, ax.open("/dev/stdin", "w")) == "EACCES")
    end)
    r:close()
  end))

  it("cannot be changed", inside(function()
    assert.equal("EROFS", select(3, ax.open("/dev/new", "w")))
    assert.equal("EROFS", select(3, ax.fs.remove("/dev/null")))
  end))
end)
