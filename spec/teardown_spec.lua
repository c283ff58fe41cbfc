--- teardown - the end of a Lua state with everything open that there is.
-- The address sanitizer looks on in ./dev sanitize.
local help = require "spec.support.helper"

local SCRIPTS = {
  { "pipes, read, written and watched", [[
    for _, capacity in ipairs { 1, 4096 } do
      local r, w = ax.pipe { capacity = capacity }
      ax.spawn(function() r:read("a") end)
      ax.spawn(function() r:read("l") end)
      ax.spawn(function() r:readinto(ax.buffer(9)) end)
      ax.spawn(function() pcall(function() for _ in r:lines() do end end) end)
      ax.spawn(function() ax.select { r } end)
      ax.yield()
      w:write("half a line")
      keep[#keep + 1] = { r, w }
      local r2, w2 = ax.pipe { capacity = 4 }
      w2:write("full")
      ax.spawn(function() w2:write(("x"):rep(100000)) end)
      ax.spawn(function() w2:write("ab", 1, "cd") end)
      ax.spawn(function() ax.select { { w2, "z" }, w2 } end)
      ax.yield()
      r2:readsome(2)
      keep[#keep + 1] = r2
    end
  ]] },
  { "descriptors, shared and inherited", [[
    local a, b = ax.sys.pipe()
    for _ = 1, 20 do ax.sys.dup(b) end
    ax.spawn({ stdin = ax.stdin, stdout = ax.stdout }, function()
      local c, d = ax.sys.pipe()
      ax.sys.dup2(c, 9)
      ax.sys.read(9, 10)
    end)
    ax.spawn(function() ax.sys.read(0, 0) ax.sleep(1e6) end)
    ax.sys.close(a)
  ]] },
  { "FIFOs that wait for their other side", [[
    assert(ax.mkfifo("/tmp/p"))
    for _, mode in ipairs { "r", "r", "r" } do
      ax.spawn(function() ax.open("/tmp/p", mode) end)
      ax.spawn(function() ax.sys.open("/tmp/p", "O_RDONLY") end)
    end
    assert(ax.mkfifo("/tmp/q"))
    ax.spawn(function() ax.open("/tmp/q", "w", 1e5) end)
    assert(ax.mkfifo("/tmp/o"))
    local fd = ax.sys.open("/tmp/o", "O_RDWR")
    ax.sys.write(fd, "left")
    ax.fs.unlink("/tmp/o")
  ]] },
  { "files, without their names, and directories", [[
    ax.fs.mkdir("/tmp/d")
    ax.fs.chdir("/tmp/d")
    local f = ax.open("f", "w+")
    f:write(("x"):rep(100000))
    f:seek("set")
    f:read(10)
    ax.fs.unlink("f")
    ax.fs.rmdir("/tmp/d")
    keep[1] = f
    keep[2] = ax.open("/tmp")
    local next_name, state = ax.fs.dir("/")
    next_name(state)
    keep[3] = { next_name, state }
    ax.spawn({ cwd = "/tmp" }, ax.sleep, 1e6)
  ]] },
  { "segments, attached in every way", [[
    local s = ax.shm(100000, { key = 5 })
    local a, b = s:attach(), s:attach("r")
    local d = s:attach("rw", { direct = true })
    a:write(0, ("x"):rep(50000))
    a:sync()
    a:write(9, "not synced")
    d:write(4096, "direct")
    b:refresh()
    ax.sys.shmat(s:id())
    ax.spawn(function() ax.sys.shmat(s:id(), "READ") b:refresh() b:next() end)
    ax.spawn(function() d:wait(8, 0) end)
    ax.spawn(function() ax.select { b, { d, 16 }, { d, 24 } } end)
    ax.spawn(function()
      local mine = s:attach()
      mine:write(1, "y")
      ax.sleep(9)
    end)
    ax.yield()
    keep[1] = d:view { x = "i32" }
    keep[2] = s
    local gone = ax.shm(10)
    keep[3] = gone:attach()
    gone:remove()
  ]] },
  { "queues, full, empty, waited for and removed", [[
    local q = ax.msgqueue(3, { qbytes = 10 })
    for i = 1, 10 do ax.spawn(function() q:recv(i + 5) end) end
    ax.spawn(function() ax.sys.msgrcv(q:id(), -4) end)
    ax.yield()
    for i = 1, 3 do q:send(i, "abc") end
    ax.spawn(function() q:send(9, "too much") end)
    ax.spawn(function() ax.select { { q, 99 }, { q, 98 } } end)
    ax.yield()
    local given = ax.msgqueue()
    ax.spawn(function() given:recv() end)
    ax.yield()
    given:send(1, ("handed over"):rep(100))
    local removed = ax.msgqueue()
    ax.spawn(function() removed:recv() end)
    ax.yield()
    removed:remove()
    keep[1] = { removed, q, given }
  ]] },
  { "alarms and beats", [[
    local once, beat = ax.after(1e5), ax.every(1e5)
    for _ = 1, 3 do
      ax.spawn(function() once:wait() end)
      ax.spawn(function() pcall(function() for _ in beat do end end) end)
      ax.spawn(function() ax.select({ once, beat }, 1e6) end)
    end
    ax.yield()
    keep[1] = once
  ]] },
  { "messages that were given and not taken", [[
    local tx, rx = ax.channel()
    local r, w = ax.pipe()
    for _ = 1, 3 do
      ax.spawn(function() rx:recv() end)
      ax.spawn(function() ax.select { rx, r } end)
    end
    ax.yield()
    for i = 1, 4 do tx:send({ i }) end
    w:write("x")
    local tx2, rx2 = ax.channel(nil, { capacity = 0 })
    ax.spawn(function() tx2:send(tx) end)
    ax.spawn(function() ax.select { { tx2, rx }, rx2 } end)
    ax.yield()
    keep[1] = { tx2, rx2 }
  ]] },
  { "scopes, links and supervisors", [[
    ax.spawn(function()
      ax.scope({ timeout = 1e5 }, function(s)
        s:spawn(ax.sleep, 1e6)
        ax.scope(function(t) t:spawn(ax.sleep, 1e6) end)
      end)
    end)
    for _ = 1, 5 do ax.yield() end
  ]] },
  { "a trace", [[
    local trace = ax.trace()
    local tx, rx = ax.channel()
    local r, w = ax.pipe()
    ax.spawn(function() rx:recv() end)
    ax.spawn(function() r:read() end)
    ax.yield()
    tx:send(1)
    w:write("x")
    keep[1] = trace
  ]] },
}

--- How a script may come to its end.
local ENDS = {
  { "by its last line", "" },
  { "by os.exit from the script", "os.exit(0, true)" },
  { "by os.exit from a process",
    "ax.spawn(function() os.exit(0, true) end) ax.yield() ax.yield()" },
  { "after a stop of everybody", [[
    for _, p in ipairs(ax.ps()) do
      if p.pid ~= 1 then ax.kill(p.pid, "STOP") end
    end ]] },
  { "after a kill of everybody, not yet run", [[
    for _, p in ipairs(ax.ps()) do
      if p.pid ~= 1 then ax.kill(p.pid, "KILL") end
    end ]] },
  { "in a world inside", "ax.run(function() os.exit(0, true) end)" },
}

describe("the end of a Lua state with", function() -- 12
  for _, script in ipairs(SCRIPTS) do
    for _, ending in ipairs(ENDS) do
      it(script[1] .. ", " .. ending[1] .. ", is clean", function()
        local result = help.script("keep = {}\n" .. script[2] .. ending[2])
        assert.equal("", result.err)
        assert.equal(0, result.code)
        assert.equal("", result.out)
      end)
    end
  end

  it("all of that at once, in a world that ends, is clean", function()
    for _, script in ipairs(SCRIPTS) do
      local result = help.script(([[
        local keep = {}
        for _ = 1, 3 do
          local ok, err = pcall(ax.run, { clock = "virtual" }, function()
            %s
            error("enough", 0)
          end)
          assert(not ok)
        end
        collectgarbage()
        keep = nil
        collectgarbage()
        local s = ax.stats()
        print(s.processes, s.waiters, s.timers, s.segments, s.messages)
      ]]):format(script[2]))
      assert.equal(0, result.code, result.err)
      assert.equal("1\t0\t0\t0\t0\n", result.out)
    end
  end)
end)
