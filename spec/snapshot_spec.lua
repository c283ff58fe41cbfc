--- snapshot - files are shared as they are: an open one is no snapshot, and
-- a close writes nothing back.
local ax = require "axeberg"
local help = require "spec.support.helper"

local fs, sys = ax.fs, ax.sys

local function inside(fn)
  return help.inside(function()
    assert(fs.chdir("/tmp"))
    fn()
    assert(fs.chdir("/"))
    assert(fs.remove("/tmp/f"))
  end, { tree = true })
end

local function put(text)
  local file <close> = assert(ax.open("f", "w"))
  assert(file:write(text))
end

local function get()
  local file <close> = assert(ax.open("f"))
  return file:read("a")
end

--- Ways to open a file that was there before, none of which writes.
local OPENS = {
  ["to read"] = function() return assert(ax.open("f")) end,
  ["to read and write"] = function() return assert(ax.open("f", "r+")) end,
  ["to append"] = function() return assert(ax.open("f", "a")) end,
  ["to append and read"] = function() return assert(ax.open("f", "a+")) end,
  ["with sys.open"] = function()
    local fd = assert(sys.open("f", "O_RDONLY"))
    return { close = function() return sys.close(fd) end,
      read = function(_, n) return sys.read(fd, n) end }
  end,
}

describe("an early reader that closes late", function() -- 25
  for how, open in pairs(OPENS) do
    it("does not bring the old text back, opened " .. how, inside(function()
      put("the old text, which is long")
      local early = open()
      if how ~= "to append" then early:read(3) end
      local pid = ax.spawn(function() put("new") end)
      ax.wait(pid)
      ax.sleep(5)
      local before = fs.stat("f")
      assert(early:close())
      assert.equal("new", get())
      local after = fs.stat("f")
      assert.equal(before.mtime, after.mtime)
      assert.equal(before.ctime, after.ctime)
      assert.equal(before.size, after.size)
      assert.equal(before.ino, after.ino)
    end))
  end

  it("does not when its process ends, or is killed, either",
    inside(function()
      for _, signal in ipairs { "none", "KILL" } do
        put("the old text, which is long")
        local pid = ax.spawn(function()
          local file = assert(ax.open("f", "r+"))
          file:read(3)
          sys.open("f", "O_RDWR")
          ax.sleep(1)
        end)
        ax.yield()
        put("new")
        if signal ~= "none" then ax.kill(pid, signal) end
        ax.wait(pid)
        assert.equal("new", get())
      end
    end))

  it("does not when it is garbage", inside(function()
    put("the old text")
    do
      local file = ax.open("f")
      file:read(1)
    end
    put("new")
    help.collect()
    assert.equal("new", get())
  end))
end)

describe("a file that was opened", function()
  it("shows what others write, without being opened again",
    inside(function()
      put("one")
      local early <close> = assert(ax.open("f"))
      assert.equal("one", early:read("a"))
      local writer <close> = assert(ax.open("f", "a"))
      writer:write(" two")
      assert.equal(" two", early:read("a"))
      writer:truncate(1)
      early:seek("set")
      assert.equal("o", early:read("a"))
    end))

  it("is written where it is written, and nowhere else", inside(function()
    put("..........")
    local a <close> = assert(ax.open("f", "r+"))
    local b <close> = assert(ax.open("f", "r+"))
    a:seek("set", 1)
    b:seek("set", 5)
    a:write("aa")
    b:write("bb")
    a:close()
    b:close()
    assert.equal(".aa..bb...", get())
  end))

  it("and read only leaves its time as it was", inside(function()
    put("text")
    local mtime = fs.stat("f").mtime
    ax.sleep(3)
    local file = assert(ax.open("f"))
    assert.equal("text", file:read("a"))
    file:close()
    assert.equal(mtime, fs.stat("f").mtime)
    assert.equal("text", get())
  end))
end)
