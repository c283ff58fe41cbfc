--- quota: what a kernel and its processes may use, and no more.
local ax = require "axeberg"
local help = require "spec.support.helper"

local function run(options, fn)
  options.clock = "virtual"
  return ax.run(options, fn)
end

local function idle()
  ax.sleep(1)
end

describe("quota", function()
  it("limits the processes that are alive, and counts the dead out", function()
    run({ quota = { processes = 3 } }, function()
      local first = ax.spawn(idle)
      assert.is_number(ax.spawn(idle))
      local pid, err, code = ax.spawn(idle)
      assert.is_nil(pid)
      assert.equal("process quota exceeded", err)
      assert.equal("EDQUOT", code)
      ax.wait(first)
      assert.is_number(ax.spawn(idle))
    end)
  end)

  it("limits the children of each process", function()
    run({ each = { processes = 1 } }, function()
      ax.spawn(function()
        assert.is_number(ax.spawn(idle))
        assert.equal("EDQUOT", select(3, ax.spawn(idle)))
      end)
      assert.equal("EDQUOT", select(3, ax.spawn(idle)))
    end)
  end)

  it("takes nothing from who may not spawn: handles stay", function()
    run({ quota = { processes = 1 } }, function()
      local tx, rx = ax.channel()
      assert.is_nil((ax.spawn(print, tx)))
      assert.is_true(tx:send(1))
      assert.equal(1, rx:recv())
    end)
  end)

  it("is an answer of a scope's spawn, too", function()
    run({ quota = { processes = 3 } }, function()
      ax.scope(function(s)
        assert.is_truthy(s:spawn(ax.yield))
        assert.equal("EDQUOT", select(3, s:spawn(ax.yield)))
        assert.equal("ENOENT", select(3, s:spawn({ cwd = "/no" }, ax.yield)))
      end)
    end)
  end)

  it("limits handles, in each process and in all together", function()
    for _, limit in ipairs { "quota", "each" } do
      run({ [limit] = { handles = 3 } }, function()
        local tx <close> = ax.channel()
        local copy = tx:clone()
        local again, err, code = tx:clone()
        assert.is_nil(again)
        assert.equal("handle quota exceeded", err)
        assert.equal("EDQUOT", code)
        assert.equal("EDQUOT", select(3, ax.channel()))
        assert.equal("EDQUOT", select(3, ax.after(1)))
        copy:close()
        assert.is_truthy(ax.after(1))
      end)
    end
  end)

  it("limits queued messages; the value stays with the sender", function()
    run({ quota = { messages = 2 } }, function()
      local tx, rx = ax.channel()
      local other, rest = ax.channel()
      assert.is_true(tx:send(1))
      assert.is_true(other:send(2))
      local sent, err, code = tx:send(3)
      assert.is_nil(sent)
      assert.equal("message quota exceeded", err)
      assert.equal("EDQUOT", code)
      assert.equal(1, rx:recv())
      assert.is_true(tx:send(3))
      assert.equal(2, rest:recv())
      assert.equal(3, rx:recv())
    end)
  end)

  it("lets a message through that somebody waits for", function()
    run({ quota = { messages = 1 } }, function()
      local tx, rx = ax.channel()
      local full = ax.channel()
      full:send(1)
      local pid = ax.spawn(function(r) return r:recv() end, rx)
      ax.yield()
      assert.is_true(tx:send "through")
      assert.same({ pid, "exited", "through" }, { ax.wait(pid) })
    end)
  end)

  it("counts closed and dropped messages out", function()
    run({ quota = { messages = 2 } }, function()
      local tx, rx = ax.channel(nil, { capacity = 2, full = "drop_oldest" })
      for i = 1, 5 do assert.is_true(tx:send(i)) end
      assert.equal(2, ax.stats().messages)
      rx:close()
      assert.equal(0, ax.stats().messages)
    end)
  end)

  it("limits the kernel's memory, with an error and nothing lost", function()
    local received, sent = 0, 0
    run({ quota = { bytes = 30000 } }, function()
      local tx, rx = ax.channel()
      local ok, err = pcall(function()
        for i = 1, 1e6 do
          tx:send(i)
          sent = i
        end
      end)
      assert.is_false(ok)
      assert.matches("not enough memory", err)
      tx:close()
      for i in rx do
        received = received + 1
        assert.equal(received, i)
      end
    end)
    assert.equal(sent, received)
    assert.is_true(sent > 100)
  end)

  local bad = {
    { { quota = { processes = 0 } }, '"quota": "processes"' },
    { { quota = { bytes = "many" } }, '"quota": "bytes"' },
    { { quota = { message = 1 } }, 'unknown option "message"' },
    { { each = { bytes = 1 } }, 'unknown option "bytes"' },
    { { each = 3 }, '"each" is not a table' },
  }
  for i, row in ipairs(bad) do
    it("refuses a limit that is none, " .. i, function()
      local ok, err = pcall(ax.run, row[1], idle)
      assert.is_false(ok)
      assert.matches(row[2], err, 1, true)
    end)
  end

  it("ends with the kernel", function()
    run({ quota = { handles = 1 } }, idle)
    local tx, rx = ax.channel()
    tx:close()
    rx:close()
  end)
end)

describe("a quota", function()
  it("of children is the parent's, whoever spawns", function()
    help.world(function()
      local parent = ax.spawn(ax.sleep, 5)
      local n = 0
      for _ = 1, 5 do
        local pid, _, code = ax.spawn({ parent = parent }, ax.sleep, 1)
        if pid then n = n + 1 else assert.equal("EDQUOT", code) end
      end
      assert.equal(2, n)
    end, { each = { processes = 2 } })
  end)

  it("of handles does not hinder what changes no number", function()
    help.world(function()
      local _, rx = ax.channel()
      local pid = ax.spawn(ax.sleep, 1)
      assert.is_true(rx:give(ax.getpid()))
      assert.is_true(rx:give(pid))
    end, { quota = { handles = 2 } })
    help.world(function()
      local _, rx = ax.channel()
      local pid = ax.spawn(function() ax.channel() ax.sleep(1) end)
      ax.yield()
      assert.same({ nil, "handle quota exceeded", "EDQUOT" },
        { rx:give(pid) })
      assert.same({ nil, "timeout", "ETIMEDOUT" }, { rx:recv(0) })
    end, { each = { handles = 2 } })
  end)
end)
