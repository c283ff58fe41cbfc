--- loop - the kernel in a loop of somebody else.
local ax = require "axeberg"

describe("ax.step", function()
  it("runs what is ready, and says how many steps that were", function()
    local seen = {}
    ax.spawn(function()
      seen[#seen + 1] = "a"
      ax.yield()
      seen[#seen + 1] = "b"
    end)
    assert.equal(2, ax.step())
    assert.same({ "a", "b" }, seen)
    assert.equal(0, ax.step())
    ax.wait(-1)
  end)

  it("makes one step for the smallest budget", function()
    local n = 0
    local pid = ax.spawn(function() while true do n = n + 1 ax.yield() end end)
    for i = 1, 3 do
      assert.equal(1, ax.step(0))
      assert.equal(i, n)
    end
    assert(ax.step(0.001) >= 1)
    ax.kill(pid, "KILL")
    ax.wait(pid)
  end)

  it("raises in a process, and for what is no budget", function()
    local pid = ax.spawn(function() ax.step() end)
    local _, how, message = ax.wait(pid)
    assert.equal("error", how)
    assert.matches("only the script itself drives the kernel", message)
    assert.error_matches(function() ax.step(-1) end, "negative timeout")
    assert.error_matches(function() ax.step({}) end, "number expected")
  end)
end)

describe("ax.due", function()
  it("says when there is something to do", function()
    assert.equal(math.huge, ax.due())
    local pid = ax.spawn(function() ax.sleep(100) end)
    assert.equal(0, ax.due())
    ax.step()
    local due = ax.due()
    assert(due > 99 and due <= 100)
    ax.kill(pid, "KILL")
    assert.equal(0, ax.due())
    ax.wait(pid)
    assert.equal(math.huge, ax.due())
  end)
end)

describe("ax.descriptor", function()
  it("is one number", function()
    local fd, _, code = ax.descriptor()
    if code == "ENOTSUP" then return pending("not on this system") end
    assert(math.type(fd) == "integer" and fd > 2)
    assert.equal(fd, ax.descriptor())
  end)
end)
