--- view - fields and arrays in a region.
local ax = require "axeberg"
local help = require "spec.support.helper"

local has, raises = help.has, help.raises

local function inside(fn)
  return help.inside(function()
    fn()
    for _, id in ipairs(ax.sys.shmids()) do
      ax.sys.shmctl(id, "IPC_RMID")
    end
  end)
end

local SIZE = 3 * 4096

local function region() return ax.shm(SIZE):attach() end

local types = { -- name, string.pack's, values, what does not fit
  { "i8", "b", { -128, 0, 127 }, { -129, 128, 1.5 } },
  { "u8", "B", { 0, 255 }, { -1, 256 } },
  { "i16", "h", { -32768, 32767 }, { -32769, 32768 } },
  { "u16", "H", { 0, 65535 }, { -1, 65536 } },
  { "i32", "i4", { -1 << 31, (1 << 31) - 1 }, { 1 << 31, 1e10, "1" } },
  { "u32", "I4", { 0, (1 << 32) - 1 }, { -1, 1 << 32, true } },
  { "i64", "i8", { math.mininteger, math.maxinteger }, { 2 ^ 63, {} } },
  { "u64", "i8", { -1, 0, 1 << 62 }, { 0.5 } },
  { "f32", "f", { 0.0, -1.5, 2.0 ^ 100, 1 / 0 }, { "1", false } },
  { "f64", "d", { 0.1, -1e300 }, { {} } },
  { "c5", "c5", { "abcde", "\0bcd\0" }, { "abcdef", 5 } },
}

describe("a view", function()
  for _, row in ipairs(types) do
    local name, format, good, bad = table.unpack(row)
    it("reads and writes " .. name .. " as string.pack does, and refuses " ..
      "what does not fit", inside(function()
        local r = region()
        for _, offset in ipairs { 0, 8, 1001, 4094, SIZE - 8 } do
          local view = r:view({ field = name }, offset)
          for _, value in ipairs(good) do
            view.field = value
            assert.equal(value, view.field)
            assert.equal(value, (r:unpack(offset, format)))
          end
          local before = r:read()
          for _, value in ipairs(bad) do
            local err = raises(function() view.field = value end)
            has(err, "view_spec.lua", "field \"field\": ")
          end
          assert.equal(before, r:read())
        end
      end))
  end

  it("writes a long string in one go, over pages, with zeros behind it",
    inside(function()
      local segment = ax.shm(SIZE)
      local d = segment:attach("rw", { direct = true })
      d:write(0, ("x"):rep(SIZE))
      local v = d:view({ text = "c5000" }, 100)
      v.text = "short"
      assert.equal(2, segment:version())
      assert.equal("short" .. ("\0"):rep(4995), v.text)
      assert.equal("x" .. v.text .. "x", d:read(99, 5002))
      v.text = ("y"):rep(5000)
      assert.equal(("y"):rep(5000), v.text)
    end))

  it("has booleans, and whole floats for integers", inside(function()
    local v = region():view { on = "bool", n = "u8" }
    assert.is_false(v.on)
    v.on, v.n = true, 7.0
    assert.is_true(v.on)
    assert.equal("integer", math.type(v.n))
    has(raises(function() v.on = 1 end), "boolean expected")
  end))

  it("has its fields in the order of their names, aligned as in C",
    inside(function()
      local r = region()
      local v = r:view({ a = "u8", b = "u32", c = "u16", d = "f64",
        e = "u8" }, 64)
      v.a, v.b, v.c, v.d, v.e = 1, 2, 3, 4.5, 5
      assert.same({ 1, 2, 3, 4.5, 5, 26 },
        { string.unpack("!8 B I4 H d B", r:read(64, 64)) })
      assert.equal(32, #v) -- up to its own alignment
    end))

  it("has them in the order of a list, or where it is said", inside(function()
    local r = region()
    local v = r:view { { "z", "u8" }, { "a", "u16" }, { "m", "c3" } }
    v.z, v.a, v.m = 1, 2, "xyz"
    assert.same({ 1, 2, "xyz", 8 },
      { string.unpack("!2 B H c3", r:read(0, 10)) })
    local w = r:view { x = { "u16", 1 }, y = { "u8", 1 }, z = { "u32", 16 } }
    w.x = 0x0101
    assert.equal(1, w.y)
    assert.equal(20, #w)
  end))

  it("is as private, and as public, as its region", inside(function()
    local segment = ax.shm(SIZE)
    local a, b = segment:attach(), segment:attach("r")
    local d = segment:attach("rw", { direct = true })
    local fields = { n = "i32" }
    local va, vb, vd = a:view(fields), b:view(fields), d:view(fields)
    va.n = 5
    assert.same({ 5, 0, 0 }, { va.n, vb.n, vd.n })
    a:sync()
    assert.same({ 5, 0, 5 }, { va.n, vb.n, vd.n })
    b:refresh()
    vd.n = 6
    assert.same({ 5, 5, 6 }, { va.n, vb.n, vd.n })
    assert.equal(2, segment:version())
  end))

  it("keeps its region, and says if that is gone", inside(function()
    local segment = ax.shm(SIZE)
    local view = segment:attach():view({ n = "i32" })
    help.collect()
    view.n = 1
    assert.equal(1, segment:stat().nattch)
    view = nil -- luacheck: ignore
    help.collect()
    assert.equal(0, segment:stat().nattch)
    local r = segment:attach()
    local v, list = r:view({ n = "i32" }), r:view("u8")
    r:detach()
    has(raises(function() return v.n end), "region is closed")
    has(raises(function() v.n = 1 end), "region is closed")
    has(raises(function() return list[1] end), "region is closed")
    has(raises(function() list[1] = 1 end), "region is closed")
    has(raises(function() r:view({ n = "i32" }) end), "region is closed")
  end))

  it("reads and writes without garbage", inside(function()
    if help.STRESS then return end
    local r = region()
    local v, list = r:view({ x = "f32", n = "u32" }), r:view("i64")
    local points = r:view({ x = "f32" }, 100, 10)
    local function use()
      for i = 1, 1000 do
        v.n = v.n + 1
        v.x = i / 2
        list[8] = i
        points[3].x = points[4].x
        points:set(5, "x", points:get(3, "x"))
      end
    end
    use()
    help.collect()
    collectgarbage("stop")
    local before = collectgarbage("count")
    use()
    local grown = collectgarbage("count") - before
    collectgarbage("restart")
    assert.is_true(grown < 1, grown .. " KiB")
  end))

  it("knows its fields and no others", inside(function()
    local long = ("long"):rep(20)
    local v = region():view { x = "i32", [long] = "i32" }
    has(raises(function() return v.y end), "no field \"y\"")
    has(raises(function() v[1] = 1 end), "no field \"1\"")
    v[("lo" .. "ng"):rep(20)] = 3 -- another string with the same bytes
    assert.equal(3, v[long])
  end))

  local bad = {
    { "unknown type \"i33\"", { x = "i33" } },
    { "unknown type \"c0\"", { x = "c0" } },
    { "unknown type", { x = 5 } },
    { "names of fields", { [true] = "i8" } },
    { "no fields", {} },
    { "a list has {name, type}", { "i8" } },
    { "table or type expected", 5 },
    { "outside of the region", { x = "i32" }, SIZE - 3 },
    { "outside of the region", { x = "i32" }, -1 },
    { "outside of the region", { x = "i32" }, SIZE + 1 },
    { "outside of the region", { x = "i32" }, 0, SIZE // 4 + 1 },
    { "outside of the region", { x = "i32" }, math.maxinteger, 1 },
    { "outside of the region", "u8", 0, -1 },
    { "records overlap", { x = "i32" }, 0, 2, 3 },
    { "outside of its record", { x = { "i32", -1 } } },
  }
  for i, row in ipairs(bad) do
    it("is not made of nonsense, " .. i, inside(function()
      local r = region()
      has(raises(r.view, r, table.unpack(row, 2, 5)), row[1])
    end))
  end
end)

describe("an array", function()
  it("of records has them side by side", inside(function()
    local r = region()
    local points = r:view({ { "x", "i32" }, { "y", "i16" } }, 16, 4)
    assert.equal(4, #points)
    for i = 1, 4 do
      points[i].x = i
      points:set(i, "y", -i)
    end
    for i = 1, 4 do
      local x, y = r:unpack(16 + 8 * (i - 1), "i4 h")
      assert.same({ i, -i, i, -i }, { x, y, points:get(i, "x"), points[i].y })
    end
    assert.equal(points[2], points[2])
  end))

  it("of numbers fills the region, or has a count and a stride",
    inside(function()
      local r = region()
      local all = r:view("u32")
      assert.equal(SIZE // 4, #all)
      all[#all] = 7
      assert.equal(7, (r:unpack(SIZE - 4, "I4")))
      local every = r:view("u8", 1, 10, 100)
      every[10] = 9
      assert.equal("\9", r:read(901, 1))
      assert.equal(0, #r:view("f64", SIZE - 7))
    end))

  it("has bounds", inside(function()
    local r = region()
    local list, points = r:view("i32", 0, 4), r:view({ x = "i32" }, 0, 4)
    for _, i in ipairs { 0, 5, -1, math.maxinteger, 1.5, "x" } do
      has(raises(function() return list[i] end), "is not in 1..4")
      has(raises(function() list[i] = 1 end), "is not in 1..4")
      has(raises(points.get, points, i, "x"), "is not in 1..4")
      if i ~= "x" then
        has(raises(function() return points[i] end), "is not in 1..4")
      end
    end
    has(raises(function() points[1] = {} end), "field by field")
    has(raises(function() list[1] = "x" end), "integer expected")
    has(raises(points.set, points, 1, "y", 1), "no field \"y\"")
  end))
end)
