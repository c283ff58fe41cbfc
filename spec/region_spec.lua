--- region - private views and direct regions: reading, writing, versions.
local ax = require "axeberg"
local help = require "spec.support.helper"

local has, raises = help.has, help.raises
local sys = ax.sys

local function inside(fn, options)
  return help.inside(function()
    fn()
    for _, id in ipairs(sys.shmids()) do sys.shmctl(id, "IPC_RMID") end
  end, options)
end

local SIZE = 3 * 4096 + 10

--- A segment and n private views of it.
local function views(n)
  local segment, list = ax.shm(SIZE), {}
  for i = 1, n do list[i] = segment:attach("rw") end
  return segment, table.unpack(list)
end

describe("a private view", function()
  it("shows zeros, then what was written into it", inside(function()
    local _, a = views(1)
    assert.equal(("\0"):rep(SIZE), a:read())
    assert.is_true(a:write(4090, "over the end of a page"))
    assert.equal("over the end of a page", a:read(4090, 22))
    assert.is_true(a:write(0, ("x"):rep(SIZE)))
    assert.equal(("x"):rep(SIZE), a:read())
    assert.is_true(a:write(SIZE, ""))
    assert.equal("", a:read(SIZE))
    assert.equal("", a:read(7, 0))
  end))

  it("is read into a buffer, and written from one", inside(function()
    local segment, a = views(1)
    local buffer = ax.buffer(100)
    buffer:set("from a buffer")
    assert.is_true(a:write(4000, buffer))
    assert.equal("from a buffer" .. ("\0"):rep(87), a:read(4000, 100))
    buffer:fill(7)
    assert.equal(100, a:read(4000, buffer))
    assert.equal("from a buffer", buffer:tostring(1, 13))
    assert.equal(3, a:read(SIZE - 3, buffer)) -- no more is there
    assert.equal("\0\0\0m a", buffer:tostring(1, 6))
    assert.equal(0, a:read(SIZE, buffer))
    assert.equal("EFAULT", select(3, a:read(SIZE + 1, buffer)))
    assert.equal("EFAULT", select(3, a:read(-1, buffer)))
    assert.equal("EFAULT", select(3, a:write(SIZE - 99, buffer)))
    local number = sys.shmat(segment:id())
    assert.is_true(sys.mem_write(number, 0, buffer))
    assert.equal(100, sys.mem_read(number, 0, buffer))
    sys.shmdt(number)
  end))

  local outside = { { SIZE, 1 }, { SIZE - 1, 2 }, { -1, 1 }, { 0, SIZE + 1 },
    { SIZE + 1, 0 }, { math.maxinteger, 1 }, { math.mininteger, 1 },
    { math.maxinteger, math.maxinteger }, { 1, -1 }, { 1, math.mininteger } }
  it("has bounds, and nothing overflows", inside(function()
    local segment, a = views(1)
    local d = segment:attach("rw", { direct = true })
    for _, at in ipairs(outside) do
      for _, region in ipairs { a, d } do
        local nothing, err, code = region:read(at[1], at[2])
        assert.same({ nil, "EFAULT" }, { nothing, code })
        has(err, ("offset %d, size %d"):format(at[1], at[2]))
        if at[2] > 0 and at[2] < SIZE * 2 then
          assert.equal("EFAULT",
            select(3, region:write(at[1], ("x"):rep(at[2]))))
        end
        assert.equal(0, segment:version())
      end
    end
    assert.equal("EFAULT", select(3, d:fetch_add(SIZE // 8 * 8, 1)))
    assert.equal("EFAULT", select(3, d:fetch_add(-8, 1)))
    assert.equal("EFAULT", select(3, d:notify(SIZE)))
    assert.equal("EFAULT", select(3, d:wait(1 << 40, 0)))
    assert.equal("EFAULT", select(3, a:pack(SIZE - 2, "i4", 1)))
    assert.equal("EFAULT", select(3, a:unpack(SIZE - 2, "i4")))
    assert.equal(("\0"):rep(SIZE), a:read())
  end))

  it("is a copy: others see nothing before sync and refresh",
    inside(function()
      local _, a, b = views(2)
      a:write(0, "one")
      assert.equal("\0", b:read(0, 1))
      assert.same({ 1, 0 }, { a:sync() })
      assert.equal("\0", b:read(0, 1))
      assert.same({ 0, 1 }, { b:version() })
      assert.same({ 1, 1 }, { a:version() })
      assert.equal(1, b:refresh())
      assert.equal("one", b:read(0, 3))
    end))

  it("keeps what it shows, however much others publish", inside(function()
    local _, a, b = views(2)
    a:write(0, ("a"):rep(SIZE))
    a:sync()
    b:refresh()
    for i = 1, 10 do
      a:write(0, tostring(i % 10):rep(SIZE))
      a:sync()
      assert.equal(("a"):rep(SIZE), b:read())
    end
    b:refresh()
    assert.equal(("0"):rep(SIZE), b:read())
  end))

  it("publishes the bytes that it changed, and no others", inside(function()
    local _, a, b, c = views(3) -- 24
    for i = 0, SIZE - 3, 3 do
      a:write(i, "a")
      b:write(i + 1, "b")
      c:write(i + 2, "c")
    end
    a:sync()
    assert.same({ 2, 0 }, { b:sync() })
    assert.same({ 3, 0 }, { c:sync() })
    for _, region in ipairs { a, b, c } do
      region:refresh()
      assert.equal(("abc"):rep(SIZE // 3), region:read(0, SIZE // 3 * 3))
    end
  end))

  it("of two that changed a byte the last sync wins, and is told",
    inside(function()
      local _, a, b = views(2)
      a:write(0, "aaaa")
      b:write(2, "bbbb")
      b:sync()
      assert.same({ 2, 2 }, { a:sync() })
      b:refresh()
      assert.equal("aaaabb", b:read(0, 6))
    end))

  it("that did not change anything publishes nothing", inside(function()
    local segment, a, b = views(2)
    a:write(10, "same")
    a:sync()
    b:refresh()
    assert.equal(1, a:sync())
    b:write(10, "same") -- as it was
    assert.equal(1, (b:sync()))
    a:write(10, "diff")
    a:sync()
    b:write(10, "same")
    b:sync()
    a:refresh()
    assert.equal("diff", a:read(10, 4))
    assert.equal(2, segment:version())
  end))

  it("goes on showing its own after a sync, also of what others changed",
    inside(function()
      local _, a, b = views(2)
      a:write(0, "a")
      a:sync()
      b:write(1, "b")
      b:sync()
      assert.equal("\0b", b:read(0, 2)) -- has not refreshed
      b:write(2, "c")
      b:sync()
      assert.equal("\0bc", b:read(0, 3))
      a:refresh()
      assert.equal("abc", a:read(0, 3))
    end))

  it("keeps at a refresh what it did not sync", inside(function()
    local _, a, b = views(2)
    a:write(0, "aaaa")
    b:write(1, "bb")
    a:sync()
    b:refresh()
    assert.equal("abba", b:read(0, 4))
    assert.same({ 2, 0 }, { b:sync() }) -- it has seen what it replaces
    a:refresh()
    assert.equal("abba", a:read(0, 4))
  end))

  it("drops at a detach what it did not sync", inside(function()
    local segment, a, b = views(2)
    a:write(0, "lost")
    a:detach()
    ax.wait(ax.spawn(function() segment:attach():write(0, "lost, too") end))
    b:refresh()
    assert.equal("\0", b:read(0, 1))
  end))

  it("that is read-only is not written by any way", inside(function()
    local segment = ax.shm(SIZE)
    for _, direct in ipairs { false, true } do
      local r = segment:attach("r", { direct = direct })
      assert.same({ nil, "the region is read-only", "EACCES" },
        { r:write(0, "x") })
      assert.equal("EACCES", select(3, r:pack(0, "i4", 1)))
      assert.equal("EACCES", select(3, r:sync()))
      assert.equal("EACCES", select(3, r:fetch_add(0, 1)))
      assert.equal("EACCES", select(3, r:compare_exchange(0, 0, 1)))
      has(raises(function() r:view({ x = "i32" }).x = 1 end), "read-only")
      local number = sys.shmat(segment:id(), direct and "READ|DIRECT" or "READ")
      assert.equal("EACCES", select(3, sys.mem_write(number, 0, "x")))
      sys.shmdt(number)
      r:refresh()
      assert.equal(("\0"):rep(SIZE), r:read())
    end
    assert.equal(0, segment:version())
  end))

  it("is opened as it is asked for", inside(function()
    local segment = ax.shm(10)
    has(raises(segment.attach, segment, "w"), "invalid option")
    has(raises(segment.attach, segment, "r", { dirct = true }), "unknown")
    has(raises(segment.attach, segment, "r", { direct = 1 }), "true or false")
    assert.is_true(segment:attach():write(0, "x"))
  end))

  it("moves to a process that it is given to", inside(function()
    local segment, a = views(1)
    a:write(0, "moved")
    ax.wait(ax.spawn(function(region)
      assert.equal("moved", region:read(0, 5))
      region:sync()
    end, a))
    has(raises(a.read, a), "has moved to process")
    assert.equal("moved", segment:attach("r"):read(0, 5))
  end))
end)

describe("pack and unpack", function()
  it("do as string.pack and string.unpack, at an offset", inside(function()
    local _, a = views(1)
    local rows = { { "<i4 >I2 d", -5, 7, 1.5 }, { "z s1 b", "text", "x\0y", 1 },
      { "!8 i8", 1 << 60 }, { "c5", "ab\0\0\0" }, { "s4", ("y"):rep(5000) } }
    for _, row in ipairs(rows) do
      for _, offset in ipairs { 0, 3, 4093 } do
        local behind = a:pack(offset, table.unpack(row))
        assert.equal(offset + #string.pack(table.unpack(row)), behind)
        local got = { a:unpack(offset, row[1]) }
        assert.equal(behind, table.remove(got))
        assert.same({ table.unpack(row, 2) }, got)
      end
    end
  end))

  it("raise what string.pack and string.unpack raise", inside(function()
    local _, a = views(1)
    has(raises(a.pack, a, 0, "i4", "x"), "number")
    has(raises(a.pack, a, 0, "?"), "invalid format")
    has(raises(a.unpack, a, 0, "?"), "invalid format")
    a:write(0, ("x"):rep(SIZE))
    has(raises(a.unpack, a, 0, "z"), "unfinished string")
  end))
end)

describe("a direct region", function()
  local function direct(segment)
    return segment:attach("rw", { direct = true })
  end

  it("is the segment itself; views see it when they refresh",
    inside(function()
      local segment, a = views(1)
      local d, e = direct(segment), direct(segment)
      d:write(4000, ("d"):rep(200))
      assert.equal(("d"):rep(200), e:read(4000, 200))
      assert.equal("\0", a:read(4000, 1))
      assert.equal(1, segment:version())
      d:write(4000, "e") -- while a shows an older state
      a:refresh()
      assert.equal("ed", a:read(4000, 2))
      d:write(4000, "f")
      assert.equal("ed", a:read(4000, 2))
      assert.equal("fd", e:read(4000, 2))
      assert.equal(3, (d:sync()))
    end))

  it("and views: the bytes of both survive", inside(function()
    local segment, a = views(1)
    local d = direct(segment)
    a:write(0, "a")
    d:write(1, "d")
    assert.same({ 2, 0 }, { a:sync() })
    assert.equal("ad", d:read(0, 2))
    a:write(1, "x")
    assert.same({ 3, 1 }, { a:sync() })
    assert.equal("ax", d:read(0, 2))
  end))

  local rows = { { "i8", 127, 1, -128 }, { "u8", 255, 2, 1 },
    { "i16", -32768, -1, 32767 }, { "u16", 65535, 1, 0 },
    { "i32", 5, -6, -1 }, { "u32", 1, -2, 4294967295 },
    { "i64", math.maxinteger, 1, math.mininteger }, { "u64", -1, 1, 0 } }
  for _, row in ipairs(rows) do
    it("adds modulo the width: " .. row[1], inside(function()
      local d = direct(ax.shm(64))
      local kind, before, n, after = table.unpack(row)
      assert.equal(0, d:fetch_add(16, before, kind))
      assert.equal(before, d:fetch_add(16, n, kind))
      assert.same({ false, after }, { d:compare_exchange(16, 77, 1, kind) })
      assert.same({ true, after }, { d:compare_exchange(16, after, 1, kind) })
      assert.equal(1, d:fetch_add(16, 0, kind))
      assert.equal(("\0"):rep(16), d:read(0, 16))
      assert.equal(("\0"):rep(64 - 24), d:read(24))
    end))
  end

  it("wants words where they belong", inside(function()
    local d, a = direct(ax.shm(64)), ax.shm(64):attach()
    assert.same({ nil, "offset 4 is no multiple of 8", "EINVAL" },
      { d:fetch_add(4, 1) })
    assert.equal("EINVAL", select(3, d:compare_exchange(2, 0, 1, "i32")))
    assert.equal("EINVAL", select(3, d:wait(1, 0, 0, "u16")))
    has(raises(d.fetch_add, d, 0, 1, "f32"), "integer type")
    has(raises(d.fetch_add, d, 0, 1, "int"), "unknown type")
    has(raises(d.fetch_add, d, 0), "number expected")
    for _, call in ipairs { "fetch_add", "wait", "notify" } do
      assert.same({ nil, "the region is not direct", "ENOTSUP" },
        { a[call](a, 0, 1) })
    end
    assert.equal("ENOTSUP", select(3, a:compare_exchange(0, 0, 1)))
  end))
end)

describe("what it costs", function()
  it("follows the pages that are touched, not the size", inside(function()
    local small, large = ax.shm(64 << 10), ax.shm(1 << 30)
    local function bytes(segment)
      help.collect()
      local before = ax.stats().bytes
      local a, b = segment:attach(), segment:attach("r")
      for i = 1, 20 do
        a:write(#segment - 4096, ("x"):rep(i))
        a:sync()
        b:refresh()
      end
      assert.equal(("x"):rep(20), b:read(#segment - 4096, 20))
      return ax.stats().bytes - before
    end
    assert.equal(bytes(small), bytes(large))
  end))

  it("keeps one old page for a view that sleeps, not all", inside(function()
    local _, a, b, sleeper = views(3)
    a:write(0, "x")
    a:sync()
    sleeper:refresh()
    local blocks
    for i = 1, 500 do
      a:write(0, tostring(i))
      a:sync()
      if i % 3 == 0 then b:refresh() end
      if i == 10 then blocks = ax.stats().blocks end
    end
    assert.is_true(ax.stats().blocks <= blocks + 1)
    assert.equal("x\0", sleeper:read(0, 2))
  end))
end)
