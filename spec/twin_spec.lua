--- twin - kernels side by side share nothing that can change: the library
-- has no variables.
local help = require "spec.support.helper"

--- The size of each section of the library that can be written to; nil:
-- nobody here can tell.
local function sections()
  local path = assert(package.searchpath("axeberg.core", package.cpath))
  local result = help.shell(("readelf -SW '%s' && nm '%s'"):format(path, path))
  if result.code ~= 0 then return nil end
  if result.out:find("__asan_", 1, true) or result.out:find("__tsan_", 1, true)
    or result.out:find("gcov", 1, true) then
    return nil -- their own
  end
  local sizes = {}
  for name, size in result.out:gmatch(
    "%] (%.[%w.]+)%s+%u+%s+%x+%s+%x+%s+(%x+)") do
    sizes[name] = tonumber(size, 16)
  end
  return sizes, result.out
end

describe("the library", function() -- 29
  it("has no variables but what the compiler itself puts there", function()
    local sizes, text = sections()
    if not sizes then return pending("no readelf, or sanitizers") end
    help.has(text, "luaopen_axeberg_core")
    assert.is_true((sizes[".data"] or 0) <= 8, ".data: constants only")
    assert.is_true((sizes[".bss"] or 0) <= 8, ".bss: nothing")
    -- the address of one byte tells threads apart, where assertions are on
    assert.is_true((sizes[".tbss"] or 0) <= 1, ".tbss")
    assert.is_nil(sizes[".tdata"])
  end)
end)
