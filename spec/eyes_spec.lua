--- eyes - what there is in a kernel, as text; and top, which looks at it.
local helper = require "spec.support.helper"
local ax = require "axeberg"
local eyes = require "axeberg.eyes"
local top = require "axeberg.top"

local inside = helper.inside

describe("eyes", function()
  it("makes columns of rows", function()
    assert.same({ "A   BB", "1  two", "     x" }, eyes.columns({
      { "A", "BB" }, { "1", "two" }, { "", "x" } }, { [2] = true }))
    assert.same({ "name  text", "a     b" }, eyes.columns {
      { "name", "text" }, { "a", "b" } })
  end)

  it("cuts and fills texts, whatever their letters", function()
    assert.equal("ab  ", eyes.fit("ab", 4))
    assert.equal("  ab", eyes.fit("ab", -4))
    assert.equal("abc~", eyes.fit("abcdef", 4))
    assert.equal("äö~", eyes.fit("äöüß", 3))
    assert.equal("\xff\xff~", eyes.fit("\xff\xff\xff\xff", 3))
  end)

  it("shows processes and what they wait for", inside(function()
    local tx, rx = ax.channel(nil, { name = "jobs", capacity = 4 })
    local pid = ax.spawn({ name = "worker" }, function(from)
      return from:recv()
    end, rx)
    ax.yield()
    assert.equal(([[
PID  PPID  STATE    PRI     NAME    WAITS FOR
  1     0  running  normal
  2     1  waiting  normal  worker  recv from channel "jobs" (0/4)
]]), eyes.ps())
    tx:send(1)
    ax.wait(pid)
    tx:close()
  end))

  it("shows queues as ipcs does", inside(function()
    local q = ax.msgqueue(0x11, { mode = "0640" })
    q:send(1, "hello")
    q:send(2, "you")
    local text = eyes.ipcs("queues")
    helper.has(text, "message queues\n", "KEY", "MESSAGES")
    assert(text:find("0x00000011%s+%d+%s+0%s+rw%-r%-%-%-%-%-%s+2%s+8%s+16384"),
      text)
    q:remove()
    assert.is_nil(eyes.ipcs("queues"):find("0x00000011", 1, true))
  end))

  it("shows segments, and how often they are attached", inside(function()
    local segment = ax.shm(100, { key = 0x12 })
    local region <close> = segment:attach()
    assert(eyes.ipcs("segments"):find(
      "0x00000012%s+%d+%s+0%s+rw%-%-%-%-%-%-%-%s+100%s+1\n"), "no such line")
    assert.equal(100, #region)
    segment:remove()
  end))

  it("tells how full channels are, and who holds their ends",
    inside(function()
      local tx, rx = ax.channel(nil, { name = "full", capacity = 3 })
      local empty_tx = ax.channel(nil, { name = "empty" })
      for i = 1, 3 do tx:send(i) end
      local pid = ax.spawn(function() ax.sleep(1) end, rx)
      local list = eyes.held()
      assert.equal('channel "full" (3/3)', list[1].what)
      assert.equal(3, list[1].depth)
      assert.same({ sender = { 1 }, receiver = { pid } }, list[1].ends)
      ax.wait(pid)
      tx:close()
      empty_tx:close()
    end))
end)

--- A state as a look answers it.
local function state()
  return {
    title = "x.lua", time = 2, elapsed = 0.5, clock = 10, switches = 3000,
    ps = {
      { pid = 1, ppid = 0, name = "", state = "running",
        priority = "normal" },
      { pid = 2, ppid = 1, name = "a rather long name", state = "waiting",
        priority = "normal", waiting = "sleep until 11.500000" },
      { pid = 3, ppid = 1, name = "busy", state = "ready",
        priority = "normal" },
    },
    stats = { messages = 3, handles = 2, timers = 1, bytes = 123456 },
    held = { { what = 'channel "jobs" (3/4)', depth = 3,
      ends = { sender = { 2, 1 }, receiver = { 3 } } } },
    runs = { [1] = 5, [3] = 1200 }, busy = { [3] = 0.125 },
    output = { "OUTPUT", "hello" },
  }
end

describe("top", function()
  it("draws a state: who runs most stands first", function()
    local lines = top.frame(state(), 100, 100)
    assert.same({
      "axeberg top - x.lua - up 2.0 s, 3 processes: 1 running, 1 ready, "
        .. "1 waiting",
      "6.0k switches/s, 3 messages queued, 2 handles, 1 timers, 123k bytes",
      "",
      "PID  PPID  NAME              STATE    RUNS/s  BUSY%  WAITS FOR",
      "  3     1  busy              ready      2.4k   25.0",
      "  1     0                    running      10    0.0",
      "  2     1  a rather long n~  waiting       0    0.0  sleep for 1.50 s",
      "",
      "QUEUED  IN                    BETWEEN",
      '     3  channel "jobs" (3/4)  1,2 -> 3',
      "",
      "OUTPUT",
      "hello",
    }, lines)
  end)

  it("fits into every screen", function()
    for height = 3, 16 do
      for _, width in ipairs { 10, 40, 79 } do
        local lines = top.frame(state(), width, height)
        assert(#lines <= height)
        for _, line in ipairs(lines) do assert(#line <= width) end
      end
    end
  end)

  it("watches a script, prints states where there is no terminal, and ends",
    function()
      local path = os.tmpname()
      local file = assert(io.open(path, "w"))
      file:write([[
        local ax = require "axeberg"
        local tx, rx = ax.channel(nil, { name = "jobs", capacity = 2 })
        ax.spawn({ name = "maker" }, function(to)
          for i = 1, 8 do to:send(i) end
        end, tx)
        ax.spawn({ name = "user" }, function(from)
          for _ in from do ax.sleep(0.25) end
        end, rx)
        return 6]])
      file:close()
      local result = helper.shell(("LUA_PATH='%s' LUA_CPATH='%s' bin/axeberg "
        .. "top --virtual-time --interval 1 '%s'"):format(package.path,
        package.cpath, path))
      os.remove(path)
      assert.equal("", result.err)
      assert.equal(6, result.code)
      helper.has(result.out, "up 1.0 s", "up 2.0 s", "maker", "user",
        'send to channel "jobs" (2/2)')
      assert.is_nil(result.out:find("\27", 1, true))
    end)

  it("does not hide a deadlock", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write([[
      local ax = require "axeberg"
      local tx, rx = ax.channel(nil, { name = "never" })
      ax.spawn(function(from) from:recv() end, rx)
      ax.wait(-1)
      tx:close()]])
    file:close()
    local result = helper.shell(("LUA_PATH='%s' LUA_CPATH='%s' timeout 20 "
      .. "bin/axeberg top --interval 0.05 '%s'"):format(package.path,
      package.cpath, path))
    os.remove(path)
    assert.equal(1, result.code)
    helper.has(result.err, "deadlock", 'recv from channel "never"')
  end)
end)
