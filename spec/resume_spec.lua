--- resume - the coroutine of a process in the hands of a stranger.
-- coroutine.running() gives it to whoever asks; resumed or closed by somebody
-- else than the kernel it was run twice, given to the next process while it
-- ran, or it took with it the bytes that its process had lent.
local help = require "spec.support.helper"

local STOLEN = "its coroutine was resumed or closed by somebody else\t"

--- Runs a script in which co is to become the coroutine of a process.
local function run(text)
  return help.good_script("local co\n" .. text)
end

describe("the coroutine of a process", function()
  it("may be resumed by the script, and fail", function()
    assert.equal("true\ttrue\nerror\t" .. STOLEN .. "\n", run [[
      local p = ax.spawn(function()
        co = coroutine.running()
        ax.sleep(0.01)
        error "oops"
      end)
      ax.yield()
      print(pcall(coroutine.resume, co))
      print(select(2, ax.wait(p)))
    ]])
  end)

  it("is not given to others while it runs", function()
    assert.equal("error\t" .. STOLEN .. "\na\tb\tc\nother\t50\ntrue\n", run [[
      local p = ax.spawn(function()
        co = coroutine.running()
        ax.sleep(0.01)
        local a, b, c = "a", "b", "c"
        ax.sleep(0.05)
        local other = ax.spawn(function(...)
          local t = { ... }
          for i = 1, 50 do t[i] = i end
          ax.sleep(0.005)
          return "other\t" .. t[50]
        end, 1, 2, 3, 4)
        ax.sleep(0.05)
        print(select(2, ax.wait(2)))
        print(a, b, c)
        print(select(3, ax.wait(other)))
      end)
      ax.yield()
      print(coroutine.resume(co))
    ]])
  end)

  it("may be killed meanwhile", function()
    assert.equal("on\ntrue\nkilled\n", run [[
      local p
      p = ax.spawn(function()
        co = coroutine.running()
        ax.sleep(1)
        ax.kill(p, "KILL")
        ax.sleep(0.01)
        print "on"
      end)
      ax.yield()
      print(coroutine.resume(co))
      print((select(2, ax.wait(p))))
    ]])
  end)

  it("may be closed while the process waits", function()
    assert.equal("true\ttrue\nerror\t" .. STOLEN .. "\n", run [[
      local tx, rx = ax.channel()
      local p = ax.spawn(function()
        co = coroutine.running()
        rx:recv()
      end)
      ax.yield()
      print(coroutine.close(co), tx:send("x"))
      print(select(2, ax.wait(p)))
    ]])
  end)

  it("may be resumed before the process begins", function()
    assert.equal("error\t" .. STOLEN .. "\n", run [[
      ax.wait(ax.spawn(function() co = coroutine.running() end))
      local p = ax.spawn(function() end, 1, 2)
      coroutine.resume(co)
      print(select(2, ax.wait(p)))
    ]])
  end)

  it("may be closed before the process begins", function()
    assert.equal("error\t" .. STOLEN .. "\n", run [[
      ax.wait(ax.spawn(function() co = coroutine.running() end))
      local p = ax.spawn(function() end, 1, 2)
      coroutine.close(co)
      print(select(2, ax.wait(p)))
    ]])
  end)

  local writer = [[
    local function write(w)
      co = coroutine.running()
      w:write(("secret!"):rep(30000))
    end
    local r, w = ax.pipe()
    local p = ax.spawn(function() %s end)
    ax.yield()
    coroutine.%s(co)
    collectgarbage()
    collectgarbage()
    local junk = {}
    for i = 1, 3 do junk[i] = ("X"):rep(210000 + i) end
    local got = r:read(210000)
    print(#got, got == ("secret!"):rep(30000))
    ax.kill(p, "KILL")
    ax.wait(p)
  ]]
  for _, what in ipairs { "write(w)", "ax.wrap(write)(w)" } do
    for _, deed in ipairs { "close", "resume" } do
      it("leaves the bytes that are lent, after a " .. deed .. " of " .. what,
        function()
          assert.equal("210000\ttrue\n", run(writer:format(what, deed)))
        end)
    end
  end

  it("may take with it the generator that blocks", function()
    assert.equal("waiting\n", run [[
      local p = ax.spawn(function()
        co = coroutine.running()
        do
          local g = ax.wrap(function() ax.sleep(100) end)
          pcall(g)
          g = nil
        end
        coroutine.yield()
      end)
      ax.yield()
      coroutine.resume(co)
      collectgarbage()
      collectgarbage()
      print(ax.ps()[2].state)
      ax.kill(p, "KILL")
      ax.wait(p)
    ]])
  end)
end)
