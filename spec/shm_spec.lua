--- shm - shared memory: segments, regions, the contract's examples.
local ax = require "axeberg"
local help = require "spec.support.helper"

local has, raises = help.has, help.raises
local sys = ax.sys

--- The body of a spec; the segments that it leaves are removed.
local function inside(fn, options)
  return help.inside(function()
    fn()
    for _, id in ipairs(sys.shmids()) do sys.shmctl(id, "IPC_RMID") end
  end, options)
end

--- Waits for the end of a process; its error is raised.
local function join(pid)
  local _, how, err = ax.wait(pid)
  if how ~= "exited" then error(err, 0) end
end

local function child(fn, ...) join(ax.spawn(fn, ...)) end

describe("contract, shared memory", function()
  it("Creating: shmget, shmat, mem_write, shm_sync; Accessing: shmat, " ..
    "shm_refresh, mem_read", inside(function()
      -- Process 1: create segment, attach and write
      local shm_id = assert(sys.shmget(4096))
      local region = assert(sys.shmat(shm_id, sys.READ_WRITE))
      assert(sys.mem_write(region, 0, "shared data"))
      assert(sys.shm_sync(shm_id))
      -- Process 2: attach to existing segment
      child(function()
        local mine = assert(sys.shmat(shm_id, sys.READ))
        assert(sys.shm_refresh(shm_id))
        local buf = assert(sys.mem_read(mine, 0, 100))
        assert.equal("shared data" .. ("\0"):rep(89), buf)
      end)
      assert(sys.shmdt(region))
    end))

  it("Synchronization: pushed by sync, pulled by refresh", inside(function()
    local shm_id = sys.shmget(4096)
    local writer, reader = sys.shmat(shm_id), sys.shmat(shm_id, "READ")
    local function read() return sys.mem_read(reader, 0, 3) end
    sys.mem_write(writer, 0, "new")
    assert.equal("\0\0\0", read())
    assert.is_true(sys.shm_sync(shm_id)) -- of the one that may
    assert.equal("\0\0\0", read())
    assert.is_true(sys.shm_refresh(shm_id))
    assert.equal("new", read())
    sys.shmdt(reader)
    sys.shmdt(writer)
  end))

  it("the number of a region is its process's own", inside(function()
    local shm_id = sys.shmget(4096)
    local region = sys.shmat(shm_id)
    child(function()
      assert.equal("EINVAL", select(3, sys.mem_read(region, 0, 1)))
      assert.equal("EINVAL", select(3, sys.shmdt(region)))
      assert.equal("EINVAL", select(3, sys.shm_sync(shm_id)))
      sys.shmat(shm_id, "READ")
      assert.equal("EACCES", select(3, sys.shm_sync(shm_id)))
      assert.equal(2, sys.shmctl(shm_id, "STAT").nattch)
    end)
    assert.equal(1, sys.shmctl(shm_id, "STAT").nattch)
    sys.shmdt(region)
  end))

  it("Example: Shared Buffer, a writer of frames and a renderer",
    inside(function()
      local BUFFER_SIZE = 64 * 1024
      local shm_id = assert(sys.shmget(BUFFER_SIZE))
      local rendered = {}
      local writer = ax.spawn(function()
        local region = assert(sys.shmat(shm_id, sys.READ_WRITE))
        for i = 1, 5 do
          local data = string.char(i):rep(BUFFER_SIZE)
          assert(sys.mem_write(region, 0, data))
          assert(sys.shm_sync(shm_id))
          ax.yield()
        end
      end)
      local reader = ax.spawn(function()
        local region = assert(sys.shmat(shm_id, sys.READ))
        while rendered[#rendered] ~= 5 do
          assert(sys.shm_refresh(shm_id))
          local frame = assert(sys.mem_read(region, 0, BUFFER_SIZE))
          assert.equal(frame:sub(1, 1):rep(BUFFER_SIZE), frame)
          rendered[#rendered + 1] = frame:byte()
          ax.yield()
        end
      end)
      join(writer)
      join(reader)
      assert.same({ 1, 2, 3, 4, 5 }, rendered)
    end))

  it("the original's faults: a reader refreshes; a stale or read-only " ..
    "view writes nothing back; the end detaches", inside(function() -- 24
      local segment = ax.shm(4096)
      local reader, stale = segment:attach("r"), segment:attach("rw")
      child(function()
        local mine = segment:attach("rw")
        mine:write(0, "kept")
        mine:sync()
      end)
      assert.equal(2, segment:stat().nattch)
      assert.equal(1, reader:refresh())
      stale:detach()
      reader:detach()
      assert.equal("kept", segment:attach("r"):read(0, 4))
    end))
end)

describe("a segment", function()
  it("is found by its key, and by its number", inside(function()
    local segment = assert(ax.shm(100, { key = 7 }))
    assert.equal(segment:id(), ax.shm(nil, { key = 7 }):id())
    assert.equal(segment:id(), ax.shm(100, { key = 7, create = false }):id())
    assert.equal(segment:id(), sys.shmget(7, 0))
    assert.equal(segment:id(), sys.shmget(7, 50, "IPC_CREAT|0600"))
    assert.are_not.equal(segment:id(), ax.shm(100):id())
    assert.equal(100, #segment)
  end))

  local misses = {
    { "no such key", function() return ax.shm(nil, { key = 9 }) end,
      "no segment has the key 9", "ENOENT" },
    { "no such key, shmget", function() return sys.shmget(9, 10, 0) end,
      "no segment has the key 9", "ENOENT" },
    { "there is one", function()
      return ax.shm(10, { key = 7, exclusive = true })
    end, "exists already", "EEXIST" },
    { "larger than it is", function() return ax.shm(101, { key = 7 }) end,
      "the segment with that key is smaller", "EINVAL" },
    { "empty", function() return ax.shm(0) end,
      "a segment has 1 to 1073741824 bytes", "EINVAL" },
    { "negative", function() return sys.shmget(-1) end,
      "a segment has 1 to 1073741824 bytes", "EINVAL" },
    { "too large", function() return ax.shm((1 << 30) + 1) end,
      "a segment has 1 to 1073741824 bytes", "EINVAL" },
    { "too much of them all", function()
      assert(ax.shm(1 << 30))
      return ax.shm(1 << 30)
    end, "too many segments", "ENOSPC" },
    { "no such number", function() return sys.shmat(99) end,
      "there is no segment 99", "EINVAL" },
    { "not attached, sync", function()
      return sys.shm_sync(sys.shmget(7, 0))
    end, nil, "EINVAL" },
    { "not attached, refresh", function()
      return sys.shm_refresh(sys.shmget(7, 0))
    end, nil, "EINVAL" },
    { "no such region, shmdt", function() return sys.shmdt(99) end,
      "there is no region 99", "EINVAL" },
    { "no such region, mem_read", function()
      return sys.mem_read(0, 0, 1)
    end, "there is no region 0", "EINVAL" },
    { "no such region, mem_write", function()
      return sys.mem_write(1 << 40, 0, "x")
    end, nil, "EINVAL" },
    { "no such command", function()
      return sys.shmctl(sys.shmget(7, 0), 77)
    end, "no such command", "EINVAL" },
  }
  for _, row in ipairs(misses) do
    it("that is not to be had says why: " .. row[1], inside(function()
      ax.shm(100, { key = 7 })
      local nothing, err, code = row[2]()
      assert.is_nil(nothing)
      if row[3] then assert.equal(row[3], err) end
      assert.equal(row[4], code)
    end))
  end

  it("stays when everybody has let it go", inside(function()
    child(function()
      local region = ax.shm(10, { key = 3 }):attach()
      region:write(0, "stays")
      region:sync()
    end)
    local segment = ax.shm(nil, { key = 3 })
    assert.equal(0, segment:stat().nattch)
    assert.equal("stays", segment:attach("r"):read(0, 5))
  end))

  it("that is removed goes on for those who have it attached, and goes " ..
    "with the last", inside(function()
      local segment = ax.shm(5000, { key = 3 })
      local a, b = segment:attach(), segment:attach("r")
      assert.is_true(segment:remove())
      assert.same({ nil, "identifier removed", "EIDRM" },
        { segment:remove() })
      assert.equal("EIDRM", select(3, segment:attach()))
      assert.equal("EIDRM", select(3, segment:stat()))
      assert.equal("ENOENT", select(3, ax.shm(nil, { key = 3 })))
      assert.same({}, sys.shmids())
      assert.equal(0, segment:id())
      a:write(4999, "x")
      assert.equal(1, a:sync())
      b:refresh()
      assert.equal("x", b:read(4999))
      assert.equal(5000, ax.stats().shared)
      a:detach()
      assert.equal(1, ax.stats().segments)
      b:detach()
      assert.equal(0, ax.stats().segments)
      assert.equal(0, ax.stats().shared)
    end))

  it("is looked at, and changed, by its owner", inside(function()
    local segment = ax.shm(100, { key = 8, mode = "0640" })
    local region = segment:attach()
    region:write(0, "x")
    region:sync()
    local s = segment:stat()
    assert.same({ 8, 416, 100, 1, 1, 1, 0 },
      { s.key, s.mode, s.size, s.version, s.pages, s.nattch, s.uid })
    assert.equal(ax.getpid(), s.cpid)
    assert.equal(ax.getpid(), s.lpid)
    ax.sleep(1)
    region:detach()
    assert.is_true(segment:set { mode = 384, uid = 5 })
    s = sys.shmctl(segment:id(), "IPC_STAT")
    assert.same({ 384, 5, 0, 0 }, { s.mode, s.uid, s.cuid, s.nattch })
    assert.equal(1, s.dtime - s.atime)
    assert.equal(1, s.ctime - s.atime)
    assert.is_true(sys.shmctl(segment:id(), "IPC_SET", { mode = "0600" }))
    has(raises(segment.set, segment, { size = 1 }), "unknown option")
    has(raises(sys.shmctl, segment:id(), "NIX"), "unknown command")
  end))

  it("is attached only as its mode lets", inside(function()
    local segment = ax.shm(100, { key = 8, mode = "0640" })
    segment:set { gid = 100 }
    local function as(uid, gid)
      sys.setgroups {}
      sys.setgid(gid)
      sys.setuid(uid)
    end
    local function codes(mode)
      local found, _, code = ax.shm(nil, { key = 8, mode = mode })
      local region, _, denied = segment:attach(mode == "0400" and "r" or "rw")
      return found and "ok" or code, region and "ok" or denied
    end
    child(function()
      as(1000, 100) -- of the group
      assert.same({ "ok", "ok" }, { codes("0400") })
      assert.same({ "EACCES", "EACCES" }, { codes("0600") })
      assert.equal("EPERM", select(3, segment:remove()))
      assert.equal("EPERM", select(3, segment:set { mode = 511 }))
    end)
    child(function()
      as(1000, 1000)
      assert.same({ "EACCES", "EACCES" }, { codes("0400") })
      assert.equal("EACCES", select(3, segment:stat()))
    end)
  end))

  local misuse = {
    { "bad argument #1", ax.shm },
    { "bad argument #1", ax.shm, "x" },
    { "bad argument #1", ax.shm, 1.5 },
    { "bad argument #2", ax.shm, 10, 5 },
    { "unknown option \"sise\"", ax.shm, 10, { sise = 1 } },
    { "option \"key\"", ax.shm, 10, { key = "x" } },
    { "32 bits", ax.shm, 10, { key = 1 << 40 } },
    { "option \"mode\"", ax.shm, 10, { mode = "9" } },
    { "option \"create\"", ax.shm, 10, { create = 1 } },
    { "unknown flag", sys.shmget, 1, 10, "IPC_CREATE" },
    { "unknown flag", sys.shmat, 1, "WRITE_ONLY" },
  }
  for i, row in ipairs(misuse) do
    it("that is not asked for as it should be raises, " .. i, function()
      has(raises(table.unpack(row, 2, 5)), row[1])
    end)
  end

  it("says what it is", inside(function()
    local segment = ax.shm(10)
    local region = segment:attach("r")
    local id = segment:id()
    assert.equal(("axeberg.segment: #%d (10 bytes, version 0)"):format(id),
      tostring(segment))
    assert.equal(("axeberg.region: #%d (10 bytes, r, version 0/0)"):format(
      id), tostring(region))
    assert.same({ "segment", "region" },
      { ax.type(segment), ax.type(region) })
    region:close()
    assert.is_true(region:close())
    assert.equal("axeberg.region: closed", tostring(region))
    has(raises(region.read, region), "region is closed")
    segment:close()
    has(raises(segment.attach, segment), "segment is closed")
  end))
end)

describe("quotas of shared memory", function()
  local function world(quota, fn)
    return function() help.world(fn, { quota = quota }) end
  end

  it("limit the number of segments", world({ segments = 1 }, function()
    local one = assert(ax.shm(10))
    assert.same({ nil, "segment quota exceeded", "EDQUOT" }, { ax.shm(10) })
    assert.equal("EDQUOT", select(3, sys.shmget(10)))
    one:remove()
    assert(ax.shm(10)):remove()
  end))

  it("limit their size together", world({ shared = 1000 }, function()
    local one = assert(ax.shm(600))
    assert.equal("EDQUOT", select(3, ax.shm(500)))
    local region = one:attach()
    one:remove()
    assert.equal("EDQUOT", select(3, ax.shm(500)))
    region:detach()
    assert(ax.shm(1000)):remove()
  end))

  it("limit regions, which are handles", world({ handles = 2 }, function()
    local segment = ax.shm(10)
    local one = assert(segment:attach())
    assert.equal("EDQUOT", select(3, segment:attach()))
    assert.equal("EDQUOT", select(3, sys.shmat(segment:id())))
    one:detach()
    local number = assert(sys.shmat(segment:id()))
    assert.equal("EDQUOT", select(3, segment:attach()))
    assert(sys.shmdt(number))
    segment:remove()
  end))

  it("limit memory: a write, or a sync, is done or is not",
    world({ bytes = 200000 }, function()
      local segment = ax.shm(1 << 20)
      local a, b = segment:attach(), segment:attach()
      local written = 0
      local ok, err = pcall(function()
        for i = 0, 255 do
          a:write(i * 4096, "a")
          written = i + 1
        end
      end)
      assert.is_false(ok)
      has(err, "not enough memory")
      assert.is_true(written > 20 and written < 60)
      has(raises(a.write, a, 1 << 18, ("x"):rep(1 << 18)), "not enough")
      assert.equal("\0", a:read(1 << 18, 1))
      assert.equal(1, a:sync()) -- takes none: pages move
      for i = 0, written - 1 do assert.equal("a", a:read(i * 4096, 1)) end
      assert.equal("\0", b:read(0, 1))
      has(raises(b.write, b, 0, "b"), "not enough memory")
      b:refresh()
      assert.equal("a", b:read(0, 1))
      segment:remove()
    end))
end)
