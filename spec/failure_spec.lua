--- failure - errors that are no strings, and that nobody waited for.
local help = require "spec.support.helper"

local has = help.has

local THROWN = {
  { "a table", "{}", "table: " },
  { "nil", "nil", "nil" },
  { "false", "false", "false" },
  { "a number", "12.5", "12.5" },
  { "a function", "print", "function: " },
  { "a table that can be shown",
    [[setmetatable({}, { __tostring = function() return "shown" end })]],
    "shown" },
  { "a table with a name", [[setmetatable({}, { __name = "my.error" })]],
    "my.error: " },
  { "a table with a throwing __tostring",
    [[setmetatable({}, { __tostring = function() error("again") end })]] },
  { "a table whose __tostring throws itself", [[(function()
      local t = {}
      return setmetatable(t, { __tostring = function() error(t) end })
    end)()]] },
  { "a table whose __tostring answers no string",
    [[setmetatable({}, { __tostring = function() return {} end })]] },
  { "a table whose __tostring blocks",
    [[setmetatable({}, { __tostring = function() ax.sleep(.01) end })]] },
  { "a string with NUL and newlines", [["a\0b\nc"]], "a" },
}

describe("an error that nobody waited for and that is", function() -- 30
  for _, row in ipairs(THROWN) do
    local what, value, said = row[1], row[2], row[4] or row[3] or ""
    it(what .. " is told, and the others go on", function()
      local result = help.script(([[
        ax.spawn({ name = "loser", detached = true },
          function() error(%s) end)
        local tx, rx = ax.channel()
        ax.spawn(function(out)
          for i = 1, 3 do ax.yield() out:send(i) end
        end, tx)
        for v in rx do io.write(v, " ") end
        ax.run()
        print("end")
      ]]):format(value))
      assert.equal("1 2 3 end\n", result.out)
      assert.equal(0, result.code)
      has(result.err, "axeberg: process 2", "failed", said)
      assert.equal(1, select(2, result.err:gsub("axeberg: process", "")))
    end)

    it(what .. " is told at the end of the script, too", function()
      local result = help.script(([[
        ax.spawn({ name = "loser" }, function() error(%s) end)
        ax.yield()
        print("end")
      ]]):format(value))
      assert.equal("end\n", result.out)
      assert.equal(0, result.code)
      has(result.err, "axeberg: process 2", "failed", said)
    end)

    it(what .. " comes out of ax.run as it is", function()
      assert.equal("true\ttrue\n", help.good_script(([[
        local v = %s
        local got = table.pack(pcall(ax.run, function() error(v) end))
        local same = rawequal(got[2], v) or type(v) == "string"
          and got[2]:find(v, 1, true) ~= nil
        print(got[1] == false, same)
      ]]):format(value)))
    end)

    it(what .. " ends a script that does not catch it, with 1", function()
      local result = help.script(([[
        ax.run(function() error(%s) end)
        print("not reached")
      ]]):format(value))
      assert.equal(1, result.code)
      assert.equal("", result.out)
      assert.is_true(#result.err > 0)
    end)
  end
end)

describe("a supervisor and a scope", function()
  for _, row in ipairs(THROWN) do
    it("hand on " .. row[1], function()
      local result = help.script(([[
        local v = %s
        local ok, err = pcall(ax.run, function()
          ax.scope(function(s)
            s:spawn(function() error(v) end)
            ax.sleep(10)
          end)
        end)
        print(ok)
        ax.run({ clock = "virtual" }, function()
          local pid = ax.spawn(function() error(v) end)
          local got, how, what, trace = ax.wait(pid)
          print(got == pid, how, type(trace))
        end)
      ]]):format(row[2]))
      assert.equal("false\ntrue\terror\tstring\n", result.out, result.err)
      assert.equal(0, result.code)
    end)
  end
end)
