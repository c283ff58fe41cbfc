--- lazy - parts of axeberg that are loaded when they are first used.
local ax = require "axeberg"
local help = require "spec.support.helper"

local PARTS = { "framed", "fs", "host", "link", "msgq", "report", "schema",
  "scope", "script", "shm", "supervise", "trace" }

describe("axeberg", function()
  it("loads no part before it is used", function()
    assert.equal("axeberg axeberg.core\n", help.good_script([[
      local names = {}
      for name in pairs(package.loaded) do
        if name:find("^axeberg") then names[#names + 1] = name end
      end
      table.sort(names)
      print(table.concat(names, " "))]]))
  end)

  for _, part in ipairs(PARTS) do
    it("has all of " .. part, function()
      for name, value in pairs(require("axeberg." .. part)) do
        assert.equal(type(value), type(ax[name]), name)
      end
    end)
  end

  it("has tables, which stay the same", function()
    for _, name in ipairs { "fs", "host", "shell", "sys" } do
      assert.equal("table", type(ax[name]))
      assert.equal(ax[name], ax[name])
    end
    assert.is_nil(ax.nosuch)
  end)

  it("tells of a deadlock without having told of one before", function()
    local out = help.good_script([[
      local fine, err = pcall(ax.run, function()
        local tx, rx = ax.channel()
        rx:recv()
        tx:close()
      end)
      print(fine, #err.processes, (tostring(err):match("^[^\n]*")))]])
    assert.truthy(out:find("^false\t1\t"))
    assert.truthy(out:find("deadlock"))
  end)
end)
