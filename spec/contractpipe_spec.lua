--- contract - what the contract says of pipes, in its Lua spelling.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside = help.inside

describe("contract, pipes", function()
  local sys = ax.sys

  it("Creating and Using Pipes: the system calls", inside(function()
    local read_fd, write_fd = sys.pipe()
    -- Writer
    assert(sys.write(write_fd, "Hello, pipe!"))
    assert(sys.close(write_fd))
    -- Reader
    local buf = ax.buffer(100)
    local n = assert(sys.read(read_fd, buf))
    assert.equal("Read 12 bytes", ("Read %d bytes"):format(n))
    assert.equal("Hello, pipe!", buf:tostring(1, n))
    assert(sys.close(read_fd))
  end))

  it("Characteristics: unidirectional", inside(function()
    local read_fd, write_fd = sys.pipe()
    assert.equal("EBADF", (select(3, sys.write(read_fd, "x"))))
    assert.equal("EBADF", (select(3, sys.read(write_fd, 1))))
    sys.close(read_fd)
    sys.close(write_fd)
  end))

  it("Characteristics: buffered, 4KB", inside(function()
    local r, w = ax.pipe()
    w:nonblock(true)
    assert(w:write(("x"):rep(4096)))
    assert.equal("full", (select(2, w:write("x"))))
    assert.equal(4096, #r:read(4096))
  end))

  it("Characteristics: reference counted, shared via dup",
    inside(function()
      local read_fd, write_fd = sys.pipe()
      local again = sys.dup(write_fd)
      sys.close(write_fd)
      sys.write(again, "still open")
      assert.equal("still open", sys.read(read_fd, 100))
      sys.close(again)
      assert.equal("", sys.read(read_fd, 100))
      sys.close(read_fd)
    end))

  it("Characteristics: read blocks when empty", inside(function()
    local r, w = ax.pipe()
    local got
    ax.spawn(function() got = r:readsome(9) end)
    ax.yield()
    assert.is_nil(got)
    w:write("now")
    ax.yield()
    assert.equal("now", got)
  end))
end)
