--- atomic - what is written in one piece, whatever comes in between.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside = help.inside
local PIPE_BUF = 4096

describe("a write of up to PIPE_BUF bytes", function() -- 20
  it("is all or nothing where it may not wait", inside(function()
    for _, capacity in ipairs { 4096, 5000, 65536 } do
      local r, w = ax.pipe { capacity = capacity }
      assert.equal(w, w:write(("a"):rep(capacity - 100)))
      w:nonblock(true)
      for _, size in ipairs { 101, 1000, PIPE_BUF } do
        assert.same({ nil, "full", "EAGAIN", 0 }, { w:write(("b"):rep(size)) })
      end
      assert.equal(w, w:write(("c"):rep(100)))
      w:close()
      assert.equal(("a"):rep(capacity - 100) .. ("c"):rep(100), r:read("a"))
    end
  end))

  it("is all or nothing when its time is up", inside(function()
    local r, w = ax.pipe()
    w:write(("a"):rep(PIPE_BUF - 10))
    w:settimeout(1)
    assert.same({ nil, "timeout", "ETIMEDOUT", 0 }, { w:write(("b"):rep(11)) })
    assert.equal(1, ax.now())
    w:close()
    assert.equal(("a"):rep(PIPE_BUF - 10), r:read("a"))
  end))

  for _, signal in ipairs { "KILL", "TERM" } do
    it("is all or nothing when a " .. signal .. " comes", inside(function()
      local r, w = ax.pipe()
      w:write(("a"):rep(PIPE_BUF - 10))
      local pid = ax.spawn(function() w:write(("b"):rep(PIPE_BUF)) end)
      ax.yield()
      assert.equal(("a"):rep(100), r:read(100)) -- not room enough
      ax.yield()
      ax.kill(pid, signal)
      ax.wait(pid)
      w:close()
      assert.equal(("a"):rep(PIPE_BUF - 110), r:read("a"))
    end))
  end

  it("is not parted by other writers, however it is read", inside(function()
    for _, piece in ipairs { 1, 100, 4095, 4096, 10000 } do
      local r, w = ax.pipe()
      local left = 6
      for i = 1, 6 do
        ax.spawn(function()
          local text = string.char(64 + i)
          for _ = 1, 3 do
            w:write(text:rep(3000 + i)) -- two do not fit
            if i % 2 == 0 then ax.yield() end
          end
          left = left - 1
          if left == 0 then w:close() end
        end)
      end
      local got, parts = {}, 0
      while true do
        local text = r:readsome(piece)
        if not text then break end
        got[#got + 1] = text
      end
      got = table.concat(got)
      local at = 1
      while at <= #got do
        local letter = got:sub(at, at)
        local size = 3000 + letter:byte() - 64
        assert.equal(letter:rep(size), got:sub(at, at + size - 1))
        at, parts = at + size, parts + 1
      end
      assert.equal(18, parts)
    end
  end))
end)

describe("a write of more than the pipe holds", function() -- 20
  it("goes on until all of it is written, and says so once",
    inside(function()
      local r, w = ax.pipe()
      local text = {}
      for i = 1, 20000 do text[i] = i end
      text = table.concat(text, " ")
      local done
      ax.spawn(function(out) done = out:write(text) == out end, w)
      ax.yield()
      local got = {}
      repeat
        assert.is_nil(done)
        got[#got + 1] = r:readsome(4096)
        ax.yield()
      until #table.concat(got) >= #text - PIPE_BUF
      got[#got + 1] = r:read("a")
      assert.is_true(done)
      assert.equal(text, table.concat(got))
    end))

  it("where it may not wait, writes what fits and says how much",
    inside(function()
      local r, w = ax.pipe()
      w:write("12345")
      w:nonblock(true)
      assert.same({ nil, "full", "EAGAIN", PIPE_BUF - 5 },
        { w:write(("x"):rep(PIPE_BUF + 1)) })
      w:close()
      assert.equal("12345" .. ("x"):rep(PIPE_BUF - 5), r:read("a"))
    end))
end)
