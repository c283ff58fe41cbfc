--- file - the methods of files, on pipes: formats, lines, buffers, what
-- fails.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

--- A reader of these bytes.
local function reader(text)
  local r, w = ax.pipe { capacity = #text + 1 }
  w:write(text)
  w:close()
  return r
end

--- The same text in a file of the io library.
local function io_reader(text)
  local file = io.tmpfile()
  file:write(text)
  file:seek("set")
  return file
end

describe("file:read", function()
  it("reads as the io library does", inside(function()
    local texts = { "", "\n", "a", "one\ntwo\n", "one\ntwo", "\n\nx\n",
      "12 0x1F -3.5e2 .5 1e 0x.8p1 nan\n7", "  +5\n-\n--1 1.2.3", "a\0b\n\0",
      ("long "):rep(50) .. "\nx", "1" .. ("0"):rep(250) .. " 2",
      "0x 1", "1e+ 2", "- 3", "1_0" }
    local formats = {
      { "l" }, { "L" }, { "n" }, { "a" }, { 0 }, { 1 }, { 3 }, { 1000 },
      { "*l" }, { "*line" }, { "*a" }, { "*n" }, { "*L" }, {},
      { "l", "l", "l" }, { "n", "n", "n", "n" }, { "n", "l", "a" },
      { 2, "n", "L", 1, "a" }, { "a", "a" }, { "a", "l" }, { 0, "a", 0 },
      { "L", 0, "n", 2 }, { 3.0 }, { "2" },
    }
    for _, text in ipairs(texts) do
      for _, format in ipairs(formats) do
        local a, b = reader(text), io_reader(text)
        for _ = 1, 3 do
          local ok, want = pcall(function()
            return table.pack(b:read(table.unpack(format)))
          end)
          local ok2, got = pcall(function()
            return table.pack(a:read(table.unpack(format)))
          end)
          assert.equal(ok, ok2)
          if ok then
            assert.same(want, got, ("%q by %s"):format(text,
              table.concat(format, " ")))
          end
        end
        b:close()
        a:close()
      end
    end
  end))

  it("by chance, byte by byte, as the io library does", inside(function()
    local random = help.generator(help.SEED)
    local formats = { "l", "L", "n", 1, 2, 5, 0 }
    local parts = { "12", "0x", ".", "e", "-", " ", "\n", "word", "\0", "7" }
    for _ = 1, 300 do
      local text = {}
      for i = 1, random(30) do text[i] = parts[random(#parts)] end
      text = table.concat(text)
      local r, w = ax.pipe { capacity = random(9) }
      local b = io_reader(text)
      ax.spawn(function(out)
        for i = 1, #text do out:write(text:sub(i, i)) end
      end, w)
      repeat
        local format = formats[random(#formats)]
        local want = b:read(format)
        assert.equal(want, r:read(format), ("%q (AX_SEED=%d)"):format(text,
          help.SEED))
      until want == nil
      assert.equal(b:read("a"), r:read("a"))
      b:close()
      r:close()
    end
  end))

  it("waits until it has what it was asked for", inside(function()
    local r, w = ax.pipe()
    ax.spawn(function(out)
      for i = 1, 20 do
        out:write(i)
        ax.sleep(1)
      end
    end, w)
    assert.equal("12345", r:read(5))
    assert.equal("6", r:readsome(9))
    assert.equal("7891011121314151617181920", r:read("a"))
  end))

  it("refuses what is no format", inside(function()
    local r = reader("x")
    for _, bad in ipairs { "x", "", "*x", -1 } do
      assert.has_error(function() r:read(bad) end)
    end
    assert.has_error(function() r:read({}) end)
    assert.has_error(function() r:read(1.5) end)
    assert.equal("x", r:read("a"))
  end))

  it("answers what it has when the time is up", inside(function()
    local r, w = ax.pipe()
    w:write("one\ntw")
    r:settimeout(2)
    assert.same({ "one", nil, "timeout", "ETIMEDOUT" }, { r:read("l", "l") })
    assert.equal(2, ax.now())
    r:settimeout(0)
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { r:read("l") })
    assert.equal("tw", r:read(2))
    r:settimeout(math.huge)
    w:write("\n")
    assert.equal("", r:read())
    assert.has_error(function() r:settimeout(-1) end)
    assert.has_error(function() r:settimeout("x") end)
    r:nonblock(true)
    assert.is_true(r:nonblock())
    assert.same({ nil, "empty", "EAGAIN" }, { r:read() })
  end))
end)

describe("file:readline", function()
  it("reads lines of some size, and longer ones in parts", inside(function()
    local r = reader("abc\ndefghij\nk")
    assert.equal("abc\n", r:readline(4))
    assert.equal("defg", r:readline(4))
    assert.equal("hij\n", r:readline(4))
    assert.equal("k", r:readline(4))
    assert.is_nil(r:readline(4))
    assert.has_error(function() r:readline(0) end)
    local r2 = ax.pipe()
    assert.is_nil(r2:readline(5, 0)) -- nobody writes any more
  end))
end)

describe("file:lines", function()
  it("goes through all of it", inside(function()
    local got = {}
    for line in reader("one\n\nthree"):lines() do got[#got + 1] = line end
    assert.same({ "one", "", "three" }, got)
    got = {}
    for a, b in reader("1 x\n2 y\n"):lines("n", "l") do
      got[#got + 1] = a .. b
    end
    assert.same({ "1 x", "2 y" }, got)
    for part in reader("abcde"):lines(2) do got[#got + 1] = part end
    assert.same({ "1 x", "2 y", "ab", "cd", "e" }, got)
  end))

  it("waits between them, and raises what is no line", inside(function()
    local r, w = ax.pipe()
    ax.spawn(function(out)
      for i = 1, 3 do
        out:write(i, "\n")
        ax.sleep(1)
      end
      ax.sleep(10)
    end, w)
    r:settimeout(5)
    local got = {}
    local ok, err = pcall(function()
      for line in r:lines() do got[#got + 1] = line end
    end)
    assert.is_false(ok)
    assert.truthy(tostring(err):find("timeout", 1, true))
    assert.same({ "1", "2", "3" }, got)
    r:close()
    has(raises(r.lines, r), "file is closed")
  end))
end)

describe("file:write", function()
  it("writes strings and numbers and answers the file", inside(function()
    local r, w = ax.pipe()
    assert.equal(w, w:write("a", 1, 2.5, "", "\0", -3))
    assert.equal(w, w:write())
    assert.equal(w, w:write("b"):write("c"))
    w:close()
    assert.equal("a12.5\0-3bc", r:read("a"))
  end))

  it("writes nothing if one of them is neither", inside(function()
    local r, w = ax.pipe()
    for _, bad in ipairs { {}, true, print } do
      assert.has_error(function() w:write("x", bad) end)
    end
    assert.has_error(function() w:write("x", nil) end)
    w:close()
    assert.equal("", r:read("a"))
  end))

  it("can be cancelled", inside(function()
    local r, w = ax.pipe { capacity = 4 }
    local pid = ax.spawn(function()
      local ok, err = pcall(w.write, w, "too long for it")
      return tostring(ok) .. " " .. err
    end)
    ax.yield()
    ax.kill(pid)
    assert.same({ pid, "exited", "false cancelled" }, { ax.wait(pid) })
    assert.equal("too ", r:readsome(99))
    w:close()
  end))
end)

describe("buffers", function()
  it("are read into, again and again", inside(function()
    local r, w = ax.pipe()
    local buffer = ax.buffer(8)
    assert.equal(8, #buffer)
    assert.equal("buffer (8 bytes)", tostring(buffer))
    w:write("0123456789")
    assert.equal(8, r:readinto(buffer))
    assert.equal("01234567", buffer:tostring())
    assert.equal(2, r:readinto(buffer))
    assert.equal("89", buffer:tostring(1, 2))
    assert.equal("892", buffer:tostring(1, 3))
    w:write("abc")
    assert.equal(1, r:readinto(buffer, 1))
    assert.equal(0, r:readinto(buffer, 0))
    ax.spawn(function(out)
      ax.sleep(1)
      out:write("!")
    end, w)
    assert.equal(2, r:readinto(buffer))
    assert.equal(1, r:readinto(buffer)) -- waits
    assert.is_nil(r:readinto(buffer))
    assert.equal("!", buffer:tostring(1, 1))
  end))

  it("can be looked at and filled as strings can", inside(function()
    local b = ax.buffer(5)
    assert.equal("\0\0\0\0\0", b:tostring())
    assert.equal(b, b:set("abc"):set("xy", 4))
    assert.equal("abcxy", b:tostring())
    assert.equal("xy", b:tostring(-2))
    assert.equal("bc", b:tostring(2, 3))
    assert.equal("", b:tostring(4, 3))
    assert.equal("abcxy", b:tostring(-99, 99))
    assert.equal(98, b:byte(2))
    assert.equal(121, b:byte(-1))
    assert.is_nil(b:byte(6))
    assert.equal("\1\1\1\1\1", b:fill(1):tostring())
    for _, fn in ipairs {
      function() b:set("toolong") end, function() b:set("x", 0) end,
      function() b:set("xx", 5) end, function() b:fill(256) end,
      function() ax.buffer(0) end, function() ax.buffer("x") end,
      function() reader("x"):readinto("x") end,
      function() reader("x"):readinto(b, 6) end,
      function() reader("x"):readinto(b, -1) end,
    } do
      assert.has_error(fn)
    end
    assert.equal("buffer", ax.type(b))
  end))
end)

describe("a file", function()
  it("tells what it is", inside(function()
    local r, w = ax.pipe()
    assert.equal("file", ax.type(r))
    assert.equal("file (pipe reader, open)", tostring(r))
    assert.equal("file (pipe writer, open)", tostring(w))
    local s = r:stat()
    assert.equal("fifo", s.type)
    assert.equal(384, s.mode) -- 0600
    assert.equal(s.ino, w:stat().ino)
    assert.not_equal(s.ino, (ax.pipe()):stat().ino)
    w:close()
    assert.equal("file (closed)", tostring(w))
    assert.equal("file (stdout)", tostring(ax.stdout))
    assert.equal("file", ax.type(ax.stdin))
  end))

  it("does what a pipe can, and says of the rest that it cannot",
    inside(function()
      local r, w = ax.pipe()
      assert.same({ nil, "illegal seek", "ESPIPE" }, { r:seek() })
      assert.same({ nil, "illegal seek", "ESPIPE" }, { r:seek("set", 5) })
      assert.same({ nil, "invalid argument", "EINVAL" }, { w:truncate(0) })
      assert.is_true(w:setvbuf("no"))
      assert.is_true(w:setvbuf("full", 100))
      assert.equal(w, w:flush())
      assert.same({ nil, "bad file descriptor", "EBADF" }, { w:read() })
      assert.same({ nil, "bad file descriptor", "EBADF", 0 },
        { r:write("x") })
      assert.same({ nil, "bad file descriptor", "EBADF", 0 },
        { r:write(("x"):rep(9000), 1) })
      assert.has_error(function() r:seek("middle") end)
      assert.has_error(function() w:setvbuf("some") end)
    end))

  it("is closed once and for all", inside(function()
    local r, w = ax.pipe()
    assert.is_true(w:close())
    assert.is_true(w:close())
    for _, name in ipairs { "write", "flush", "stat", "seek", "capacity" } do
      has(raises(w[name], w, "x"), "file is closed")
    end
    assert.equal("", r:read("a"))
    do
      local c <close> = r
      assert.equal(r, c)
    end
    assert.has_error(function() r:read() end)
    assert.has_error(function() r.read(ax.channel()) end)
    assert.has_error(function() r.read("x") end)
  end))

  it("moves with a spawn, and goes with its process", inside(function()
    local r, w = ax.pipe()
    r:settimeout(3)
    local pid = ax.spawn(function(input) return (input:read("a")) end, r)
    assert.equal("file (moved)", tostring(r))
    has(raises(r.read, r), ("file has moved to process %d"):format(pid))
    w:write("x")
    ax.sleep(5) -- the timeout has moved, too
    assert.same({ pid, "exited", 0 }, { ax.wait(pid) })
    assert.same({ nil, "closed", "EPIPE", 0 }, { w:write("x") })
  end))
end)

describe("standard files", function()
  it("are those of the process that uses them", inside(function()
    local r, w = ax.pipe()
    local r2, w2 = ax.pipe()
    local function upper()
      for line in ax.stdin:lines() do ax.stdout:write(line:upper(), "\n") end
    end
    local pid = ax.spawn({ stdin = r, stdout = w2, stderr = w2 }, function()
      ax.stderr:write("begins\n")
      ax.wait(ax.spawn(upper)) -- a child has the same
      ax.stderr:write("ends\n")
    end)
    r:close()
    w2:close()
    w:write("one\ntwo\n")
    w:close()
    assert.equal("begins\nONE\nTWO\nends\n", r2:read("a"))
    ax.wait(pid)
  end))

  it("stay the parent's, too", inside(function()
    local r, w = ax.pipe()
    ax.wait(ax.spawn({ stdout = w }, function() ax.stdout:write("child ") end))
    w:write("parent")
    w:close()
    assert.equal("child parent", r:read("a"))
  end))

  it("can be closed and passed on", inside(function()
    local r, w = ax.pipe()
    local how = { ax.wait(ax.spawn({ stdout = w }, function()
      local again = { ax.spawn({ stderr = ax.stdout }, function(out)
        ax.stderr:write("x")
        out:write("y")
      end, ax.stdout) }
      ax.wait(again[1])
      assert(ax.stdout:close())
      local ok, err, code = ax.stdout:write("z")
      return tostring(ok) .. err .. code
    end)) }
    w:close()
    assert.equal("nilbad file descriptorEBADF", how[3])
    assert.equal("xy", r:read("a"))
  end))

  it("must be files", inside(function()
    assert.has_error(function() ax.spawn({ stdin = 3 }, print) end,
      "bad argument #1 to 'spawn' (option \"stdin\" is not a file: 3)")
    local r = ax.pipe()
    r:close()
    assert.has_error(function() ax.spawn({ stdout = r }, print) end)
    assert.equal(1, #ax.ps())
  end))
end)
