--- pipe - streams of bytes between processes.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside = help.inside

--- The same in a process of its own: process 1 would keep the memory of the
--- arms of its last select.
local function aside(fn)
  return inside(function()
    local _, how, err = ax.wait((ax.spawn(fn)))
    if how == "error" then error(err, 0) end
  end)
end

--- A process that writes the strings; its end moves, so it closes it.
local function writer(w, ...)
  return ax.spawn({ name = "writer" }, function(out, ...)
    for _, text in ipairs { ... } do assert(out:write(text)) end
  end, w, ...)
end

describe("pipe", function()
  it("hands over bytes in order, then the end", inside(function()
    local r, w = ax.pipe()
    writer(w, "Hello, ", "pipe", "\0\255!")
    assert.equal("Hello, pipe\0\255!", r:read("a"))
    assert.equal("", r:read("a"))
    assert.is_nil(r:read("l"))
    assert.same({ nil }, { r:read(1) })
  end))

  it("ends when the last of those who share the writer is gone", -- 19
    inside(function()
      local a, b = ax.sys.pipe()
      local copy = ax.sys.dup(b)
      ax.sys.write(b, "x")
      ax.sys.close(b)
      assert.equal("x", ax.sys.read(a, 9))
      assert.same({ nil, "timeout", "ETIMEDOUT" }, { ax.sys.read(a, 9, 0) })
      ax.sys.close(copy)
      assert.equal("", ax.sys.read(a, 9))
      ax.sys.close(a)
    end))

  it("is drained before it ends", inside(function() -- 19
    local r, w = ax.pipe()
    w:write("left")
    w:close()
    assert.equal("left", r:read(99))
    assert.is_nil(r:read(99))
  end))

  it("says closed to a writer whom nobody reads", inside(function() -- 19
    local r, w = ax.pipe()
    r:close()
    assert.same({ nil, "closed", "EPIPE", 0 }, { w:write("x") })
  end))

  it("is closed by the garbage collector, too", inside(function()
    local r, w = ax.pipe()
    do local _ = select(2, ax.pipe()) end
    w:write("x")
    w = nil -- luacheck: ignore
    help.collect()
    assert.equal("x", r:read("a"))
  end))

  it("holds 4096 bytes unless it is made otherwise", inside(function()
    local r, w = ax.pipe()
    assert.equal(4096, r:capacity())
    w:nonblock(true)
    assert.equal(w, w:write(("x"):rep(4096)))
    assert.same({ nil, "full", "EAGAIN", 0 }, { w:write("x") })
    assert.same({ nil, "busy", "EBUSY" }, { r:capacity(100) })
    assert.equal(5000, w:capacity(5000))
    assert.equal(w, w:write("x"))
    assert.same({ nil, "operation not permitted", "EPERM" },
      { w:capacity(1 << 21) })
    local small, end2 = ax.pipe { capacity = 3 }
    assert.equal(3, end2:capacity())
    for _, bad in ipairs { 0, -1, 1.5, "x", 1 << 21, 0 / 0 } do
      assert.has_error(function() ax.pipe { capacity = bad } end)
    end
    assert.has_error(function() ax.pipe { size = 3 } end,
      "bad argument #1 to 'pipe' (unknown option \"size\")")
    small:close()
  end))

  it("takes more than it holds, part by part", inside(function() -- 20
    for _, capacity in ipairs { 1, 7, 100, 4096 } do
      local r, w = ax.pipe { capacity = capacity }
      local text = {}
      for i = 1, 3000 do text[i] = i end
      text = table.concat(text, ",")
      writer(w, text, "\n", text)
      local got = {}
      for i = 1, math.huge do
        local part = r:readsome(i % 50 + 1)
        if not part then break end
        got[#got + 1] = part
      end
      assert.equal(text .. "\n" .. text, table.concat(got))
    end
  end))

  it("does not part what fits into it", inside(function() -- 20
    local r, w = ax.pipe { capacity = 64 }
    local lines, count = {}, 0
    for i = 1, 20 do
      ax.spawn(function()
        local line = ("%c"):format(64 + i):rep(i * 3) .. "\n"
        for _ = 1, 5 do w:write(line) end
        count = count + 1
        if count == 20 then w:close() end
      end)
    end
    for line in r:lines() do
      assert.equal(line, line:sub(1, 1):rep(#line))
      lines[#lines + 1] = line
    end
    assert.equal(100, #lines)
  end))

  it("lets nobody write past those who wait", inside(function()
    local r, w = ax.pipe { capacity = 8 }
    w:write("123456")
    ax.spawn(function() w:write("abcd") end)
    ax.spawn(function() w:write("e") end)
    ax.yield()
    w:nonblock(true)
    assert.same({ nil, "full", "EAGAIN", 0 }, { w:write("f") })
    w:nonblock(false)
    assert.equal("123456abcde", r:read(11))
  end))

  it("tells how much went through", inside(function()
    local r, w = ax.pipe { capacity = 8 }
    local answers = {}
    ax.spawn(function() answers.timeout = { w:write(("t"):rep(20)) } end)
    w:settimeout(1)
    ax.sleep(2)
    assert.same({ nil, "timeout", "ETIMEDOUT", 8 }, answers.timeout)
    assert.equal(("t"):rep(8), r:read(8))
    w:settimeout()
    ax.spawn(function() answers.closed = { w:write("ab", ("c"):rep(20)) } end)
    ax.yield()
    assert.equal("abcc", r:read(4))
    r:close()
    ax.yield()
    assert.same({ nil, "closed", "EPIPE", 8 }, answers.closed)
  end))

  it("keeps what a killed writer wrote, and no more", inside(function()
    local r, w = ax.pipe { capacity = 8 }
    local pid = ax.spawn(function() w:write(("x"):rep(20)) end)
    ax.yield()
    assert.equal("xxxxx", r:read(5))
    ax.kill(pid, "KILL")
    ax.wait(pid)
    w:close()
    assert.equal("xxx", r:read("a"))
  end))
end)

describe("a blocked reader", function()
  it("is served in the order of waiting, one a write", inside(function()
    local r, w = ax.pipe()
    local got = {}
    for i = 1, 5 do
      ax.spawn(function()
        local text = r:readsome(9)
        got[#got + 1] = i .. text
      end)
    end
    ax.yield()
    for i = 1, 5 do
      w:write(("x"):rep(i))
      ax.yield()
    end
    assert.same({ "1x", "2xx", "3xxx", "4xxxx", "5xxxxx" }, got)
  end))

  it("is not read past", inside(function()
    local r, w = ax.pipe()
    local got
    ax.spawn(function() got = r:readsome(9) end)
    ax.yield()
    w:write("for the other")
    r:nonblock(true)
    assert.same({ nil, "empty", "EAGAIN" }, { r:readsome(9) })
    ax.yield()
    assert.equal("for the o", got)
    assert.equal("ther", r:readsome(9))
  end))

  it("loses nothing when it is killed, and the next one is served", -- 1
    inside(function()
      for _, moment in ipairs { "waiting", "told" } do
        local r, w = ax.pipe()
        local got
        local first = ax.spawn(function() r:readsome(9) end)
        ax.spawn(function() got = r:readsome(9) end)
        ax.yield()
        if moment == "told" then w:write("x") end
        ax.kill(first, "KILL")
        if moment == "waiting" then w:write("x") end
        ax.yield()
        ax.yield()
        assert.equal("x", got, moment)
        w:close()
      end
    end))

  it("can give up, and what had come is still there", inside(function()
    local r, w = ax.pipe()
    r:settimeout(1)
    w:write("hel")
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { r:read("l") })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { r:read(4) })
    w:write("lo\nx")
    assert.equal("hello", r:read("l"))
    assert.equal("x", r:readsome(9))
  end))

  it("that is cancelled or killed in the midst of a line loses none of it",
    inside(function() -- 1
      for _, signal in ipairs { "TERM", "KILL" } do
        local r, w = ax.pipe()
        w:write("hel")
        local pid = ax.spawn(function() r:read("l") end)
        ax.yield()
        ax.kill(pid, signal)
        local _, how, what = ax.wait(pid)
        assert.same({ "killed", signal }, { how, what })
        w:write("lo\n")
        assert.equal("hello", r:read("l"))
        w:close()
      end
    end))

  it("shares lines with others without tearing them", inside(function()
    local r, w = ax.pipe { capacity = 5 }
    local lines = {}
    for _ = 1, 3 do
      ax.spawn(function()
        for line in r:lines() do lines[#lines + 1] = line end
      end)
    end
    for i = 1, 60 do w:write(("<%d>"):format(i):rep(i % 4 + 1), "\n") end
    w:close()
    while ax.wait(-1) do end
    assert.equal(60, #lines)
    for _, line in ipairs(lines) do
      local number = line:match("^<(%d+)>")
      assert.equal(("<%d>"):format(number):rep(number % 4 + 1), line)
    end
  end))

  it("hears of a close by somebody else", inside(function()
    local r, w = ax.pipe()
    local answer
    ax.spawn(function() answer = { r:read() } end)
    ax.yield()
    r:close()
    ax.yield()
    assert.same({ nil, "closed", "EPIPE" }, answer)
    w:close()
  end))

  it("and a stopped one does not hold up the others", inside(function()
    local r, w = ax.pipe()
    local got = {}
    local first = ax.spawn(function() got[1] = r:readsome(1) end)
    ax.spawn(function() got[2] = r:readsome(1) end)
    ax.yield()
    w:write("a")
    ax.kill(first, "STOP")
    ax.yield()
    ax.yield()
    assert.same({ [2] = "a" }, got)
    ax.kill(first, "CONT")
    ax.yield()
    w:write("b")
    ax.yield()
    assert.same({ "b", "a" }, got)
  end))
end)

describe("select over pipes", function()
  it("tells what can be read, be it bytes or the end", aside(function()
    local r, w = ax.pipe()
    local r2, w2 = ax.pipe()
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { ax.select({ r, r2 }, 1) })
    ax.spawn(function(out)
      ax.sleep(1)
      out:write("x")
    end, w2)
    assert.same({ r2, true }, { ax.select { r, r2 } })
    assert.equal("x", r2:read("a"))
    assert.same({ r2, true }, { ax.select { r, r2 } })
    assert.is_nil(r2:read(1))
    w:close()
  end))

  it("writes, or tells that there is room", aside(function()
    local r, w = ax.pipe { capacity = 8 }
    assert.same({ w, true }, { ax.select { w } })
    assert.same({ w, true }, { ax.select { { w, "12345" } } })
    assert.same({ nil, "timeout", "ETIMEDOUT" },
      { ax.select({ { w, "abcd" }, w }, 1) })
    ax.spawn(function()
      ax.sleep(1)
      r:read(1)
    end)
    assert.same({ w, true }, { ax.select { { w, "abcd" } } })
    assert.equal("2345abcd", r:read(8))
    r:close()
    assert.same({ w, nil, "closed", "EPIPE" }, { ax.select { w } })
    assert.same({ w, nil, "closed", "EPIPE" }, { ax.select { { w, "x" } } })
  end))

  it("refuses what cannot go at once", aside(function()
    local r, w = ax.pipe()
    assert.has_error(function() ax.select { { w, ("x"):rep(4097) } } end,
      "select: arm 1: 4097 bytes are more than the 4096 that can be written "
      .. "at once")
    assert.has_error(function() ax.select { r, { w, {} } } end,
      "select: arm 2: what is written to a file is a string")
    assert.same({ r, nil, "bad file descriptor", "EBADF" },
      { ax.select { { r, "x" } } })
    r:close()
    assert.has_error(function() ax.select { w, r } end,
      "select: arm 2: file (closed)")
  end))

  it("mixes with everything else", aside(function()
    local r, w = ax.pipe()
    local tx, rx = ax.channel()
    local alarm = ax.after(5)
    assert.equal(alarm, (ax.select { r, rx, alarm }))
    tx:send(1)
    assert.equal(rx, (ax.select { r, rx }))
    local pid = ax.spawn(function() end)
    assert.equal(pid, (ax.select { r, pid }))
    w:write("x")
    assert.equal(r, (ax.select { r, rx }))
  end))
end)

describe("a deadlock over a pipe", function()
  it("names the pipe and who could end it", function()
    local ok, err = pcall(ax.run, function()
      local r, w = ax.pipe()
      w:write("12345")
      ax.spawn({ name = "full" }, function(out)
        out:write(("x"):rep(9000))
      end, w)
      local r2, w2 = ax.pipe()
      ax.spawn({ name = "reads" }, function() r2:read() end)
      ax.wait(-1)
      r:close()
      w2:close()
    end)
    assert.is_false(ok)
    local text = tostring(err)
    assert.truthy(text:find("write to pipe (5/4096 bytes)", 1, true)
      or text:find("write to pipe (4096/4096 bytes)", 1, true), text)
    assert.truthy(text:find("process 2 (full)", 1, true), text)
  end)
end)
