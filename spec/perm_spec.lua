--- perm - whom a process acts for, and what modes let it do.
local ax = require "axeberg"
local help = require "spec.support.helper"

local raises, has = help.raises, help.has
local sys = ax.sys

local function inside(fn)
  return help.inside(function()
    fn()
    for _, id in ipairs(sys.msgids()) do sys.msgctl(id, "IPC_RMID") end
  end)
end

--- Runs fn as that user in those groups; what it returns.
local function as(uid, gid, groups, fn)
  local results
  local pid = ax.spawn(function()
    assert(sys.setgroups(groups))
    assert(sys.setgid(gid))
    assert(sys.setuid(uid))
    results = table.pack(fn())
  end)
  local _, how, what = ax.wait(pid)
  assert.equal("exited", how, what)
  return table.unpack(results, 1, results.n)
end

describe("credentials", function()
  it("begin as user 0, group 0, in no other groups", inside(function()
    assert.equal(0, sys.getuid())
    assert.equal(0, sys.getgid())
    assert.same({}, sys.getgroups())
  end))

  it("are inherited, and a change is the process's own", inside(function()
    local inherited = as(5, 6, { 7, 8 }, function()
      local list
      ax.wait(ax.spawn(function()
        list = { sys.getuid(), sys.getgid(), sys.getgroups() }
      end))
      return list
    end)
    assert.same({ 5, 6, { 7, 8 } }, inherited)
    assert.equal(0, sys.getuid())
    assert.same({}, sys.getgroups())
  end))

  it("change for user 0 only", inside(function()
    local answers = as(5, 6, { 7 }, function()
      return {
        { sys.setuid(5) }, { sys.setgid(6) },
        { select(3, sys.setuid(0)) }, { select(3, sys.setgid(7)) },
        { select(3, sys.setgroups {}) }, { sys.getuid(), sys.getgid() },
      }
    end)
    assert.same({ { true }, { true }, { "EPERM" }, { "EPERM" }, { "EPERM" },
      { 5, 6 } }, answers)
  end))

  it("are numbers from 0 to 2^32 - 2", inside(function()
    assert.equal(4294967294, as(4294967294, 0, {}, sys.getuid))
    has(raises(sys.setuid, -1), "no such user")
    has(raises(sys.setuid, 4294967295), "no such user")
    has(raises(sys.setgroups, { 1, "x" }), "number expected")
    has(raises(sys.setgroups, 1), "table expected")
  end))

  it("take memory only while somebody has them", inside(function()
    local before = ax.stats().blocks
    as(5, 6, {}, function() end)
    assert.equal(before, ax.stats().blocks)
  end))

  it("say who limits the file tree", function()
    ax.run(function()
      assert(ax.fs.limit { bytes = 1000000 })
      as(7, 7, {}, function()
        assert.equal("EPERM", select(3, ax.fs.limit()))
        assert.equal("EPERM", select(3, ax.fs.limit { files = 5 }))
      end)
      assert.equal(1000000, ax.fs.statfs("/").total)
      assert.is_true(ax.fs.limit())
    end)
  end)
end)

-- What the mode lets whom do: owner 10:20, made by 11:21.
local people = {
  owner = { 10, 99, {} },
  creator = { 11, 99, {} },
  ["the owner's group"] = { 99, 20, {} },
  ["the creator's group"] = { 99, 21, {} },
  ["a further group"] = { 99, 99, { 1, 20 } },
  others = { 99, 99, { 1, 2 } },
  root = { 0, 99, {} },
}
local class = { owner = 6, creator = 6, ["the owner's group"] = 3,
  ["the creator's group"] = 3, ["a further group"] = 3, others = 0 }

describe("the mode of a queue", function()
  for name, who in pairs(people) do
    it("decides for " .. name, inside(function()
      local id
      as(11, 21, {}, function() id = sys.msgget(1, "IPC_CREAT|0600") end)
      for mode = 0, 511 do
        assert(sys.msgctl(id, "IPC_SET", { uid = 10, gid = 20, mode = mode }))
        local bits = class[name] and mode >> class[name] & 7 or 7
        local read, write = bits & 4 ~= 0, bits & 2 ~= 0
        sys.msgsnd(id, 1, "x")
        local may = as(who[1], who[2], who[3], function()
          return {
            send = sys.msgsnd(id, 2, "y", "NOWAIT") and true
              or select(3, sys.msgsnd(id, 2, "y", "NOWAIT")),
            recv = sys.msgrcv(id, 1, nil, "NOWAIT") and true
              or select(3, sys.msgrcv(id, 1, nil, "NOWAIT")),
            stat = sys.msgctl(id, "IPC_STAT") and true
              or select(3, sys.msgctl(id, "IPC_STAT")),
            get = sys.msgget(1, "0600") and true
              or select(3, sys.msgget(1, "0600")),
            look = sys.msgget(1) and true,
          }
        end)
        assert.same({
          send = write or "EACCES", recv = read or "EACCES",
          stat = read or "EACCES", get = read and write or "EACCES",
          look = true,
        }, may, ("mode %o"):format(mode))
        while sys.msgrcv(id, 0, nil, "NOWAIT") do end -- luacheck: ignore
      end
    end))
  end

  it("is of no matter to IPC_SET and IPC_RMID: those are the owners'",
    inside(function()
      for name, who in pairs(people) do
        local mine = name == "owner" or name == "creator" or name == "root"
        local id
        as(11, 21, {}, function() id = sys.msgget(0, "0777") end)
        sys.msgctl(id, "IPC_SET", { uid = 10, gid = 20, mode = "0777" })
        local set, remove = as(who[1], who[2], who[3], function()
          return select(3, sys.msgctl(id, "IPC_SET", { mode = "0" })),
            select(3, sys.msgctl(id, "IPC_RMID"))
        end)
        assert.equal(not mine and "EPERM" or nil, set, name)
        assert.equal(not mine and "EPERM" or nil, remove, name)
      end
    end))

  it("is 0600 for ax.msgqueue unless it is given", inside(function()
    assert.equal(384, ax.msgqueue():stat().mode)
    assert.equal(420, ax.msgqueue(nil, { mode = "0644" }):stat().mode)
    assert.equal(420, ax.msgqueue(nil, { mode = 420 }):stat().mode)
    assert.equal(0, sys.msgctl(sys.msgget(0), "IPC_STAT").mode)
  end))

  it("is asked each time: who has a handle may still be refused",
    inside(function()
      local q = ax.msgqueue(nil, { mode = "0666" })
      local log = as(5, 5, {}, function()
        local first = { q:send(1, "a") }
        ax.sleep(2)
        return { first, { q:send(1, "a") }, { q:recv(0, 0) } }
      end)
      assert.same({ true }, log[1])
      -- nobody changed it
      assert.same({ true }, log[2])
      q:set { mode = "0600" and 384 }
      local answer = as(5, 5, {}, function() return { q:send(1, "a") } end)
      assert.same({ nil, "permission denied", "EACCES" }, answer)
    end))

  it("that changes ends the waiting of who may not any more",
    inside(function()
      local q = ax.msgqueue(nil, { mode = "0666", qbytes = 1 })
      q:send(9, "x")
      local log = {}
      for _, uid in ipairs { 5, 0 } do
        ax.spawn(function()
          sys.setuid(uid)
          log["recv " .. uid] = select(3, q:recv(uid + 1)) or true
        end)
        ax.spawn(function()
          sys.setuid(uid)
          log["send " .. uid] = select(3, q:send(uid + 1, "y")) or true
        end)
      end
      ax.yield()
      q:set { mode = 384 }
      for _ = 1, 2 do ax.wait(-1) end
      assert.same({ ["recv 5"] = "EACCES", ["send 5"] = "EACCES" }, log)
      q:recv(9)
      for _ = 1, 2 do ax.wait(-1) end
      assert.is_true(log["send 0"] and log["recv 0"])
    end))
end)
