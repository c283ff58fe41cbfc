--- script - texts that become processes with globals of their own.
local ax = require "axeberg"

--- What the script's process left: how it ended, and with what.
local function outcome(options, text, ...)
  local pid = assert(ax.script(options, text, ...))
  return select(2, ax.wait(pid))
end

describe("ax.script", function()
  it("runs the text as a process, with arguments", function()
    local how, what = outcome({}, "local a, b = ... return a + b", 40, 2)
    assert.equal("exited", how)
    assert.equal(42, what)
    assert.equal(1, select(3, ax.wait(ax.script("return 1"))))
  end)

  it("moves handles to it, which close with it", function()
    local tx, rx = ax.channel()
    local pid = ax.script("(...):send(7)", tx)
    assert.has_error(function() tx:send(8) end)
    assert.equal(7, rx:recv())
    assert.same({ nil, "closed", "EPIPE" }, { rx:recv() })
    ax.wait(pid)
    rx:close()
  end)

  it("names it in errors", function()
    local how, what = outcome({ name = "rule" }, "\nerror 'bad'")
    assert.equal("error", how)
    assert.matches("^rule:2: bad\nstack traceback:", what)
  end)

  it("answers nil for what is no Lua, and for bytecode", function()
    local pid, message, code = ax.script({ name = "x" }, "return +")
    assert.same({ nil, "EINVAL" }, { pid, code })
    assert.matches("^x:1: ", message)
    pid, message, code = ax.script(string.dump(function() end))
    assert.same({ nil, "EINVAL" }, { pid, code })
    assert.matches("binary", message)
  end)

  it("raises for wrong arguments", function()
    for _, bad in ipairs {
      { {}, 5, "bad argument #2 to 'script' %(string expected, got number%)" },
      { 5, "", "bad argument #1 to 'script' %(table or string expected" },
      { { nmae = "x" }, "", "unknown option \"nmae\"" },
      { { quantum = "x" }, "", "option \"quantum\"" },
    } do
      assert.error_matches(function() ax.script(bad[1], bad[2]) end, bad[3])
    end
  end)
end)

describe("a script's globals", function()
  it("are its own", function()
    assert.equal("exited", (outcome({}, "leaked = 1 assert(_G.leaked == 1)")))
    assert.is_nil(rawget(_G, "leaked"))
    assert.equal("exited", (outcome({}, "assert(leaked == nil)")))
  end)

  it("are what was chosen: names, and values", function()
    local how, what = outcome({ globals = { "assert", "string", answer = 42 } },
      "assert(print == nil and string.rep and not _G.ax) return answer")
    assert.equal(42, what)
    assert.equal("exited", how)
    local pid, message, code = ax.script({ globals = { 5 } }, "")
    assert.same({ nil, "globals: the list is one of names", "EINVAL" },
      { pid, message, code })
  end)

  local HIDDEN = { "io", "os", "debug", "package", "require", "load",
    "loadfile", "dofile", "collectgarbage", "ax.run", "ax.kill", "ax.ps",
    "ax.sys", "ax.script", "ax.stats", "ax.supervise", "getmetatable('')",
    "getmetatable(ax.channel())" }
  for _, name in ipairs(HIDDEN) do
    it("do not have " .. name, function()
      local how, what = outcome({}, "return not (" .. name .. ")")
      assert.equal("exited", how)
      assert.is_true(what)
    end)
  end

  for what, text in pairs {
    ["change a library"] = "string.format = nil",
    ["change axeberg"] = "ax.spawn = nil",
    ["reach behind a view"] = "getmetatable(string).__index.x = 1",
    ["reach behind its globals"] = "getmetatable(_G).__index.x = 1",
    ["exchange its metatable"] = "setmetatable(_G, {})",
    ["have a finalizer"] = "setmetatable({}, { __gc = print })",
  } do
    it("do not let it " .. what, function()
      local how, message = outcome({ name = "evil" }, text)
      assert.equal("error", how)
      assert.matches("^evil:1: ", message)
    end)
  end

  it("show libraries as they are", function()
    assert.equal("exited", (outcome({}, [[
      local n = 0
      for name, f in pairs(math) do n = n + 1 end
      assert(n > 20 and math.floor(1.5) == 1 and ("x"):rep(2) == "xx")
      local tx, rx = ax.channel({ id = "integer" }, { capacity = 1 })
      tx:send { id = 1 }
      assert(rx:recv().id == 1)
    ]])))
  end)
end)

describe("limits of a script", function()
  local limits = { quantum = 1000, kill = 50000 }

  it("hold for what it spawns, whatever that says", function()
    local how, what = outcome(limits, [[
      local child = ax.spawn({ quantum = 0, kill = 0, priority = "critical",
        name = "child" }, function() while true do end end)
      return select(3, ax.wait(child))
    ]])
    assert.same({ "exited", "KILL" }, { how, what })
  end)

  it("hold inside of coroutines and protected calls", function()
    assert.same({ "killed", "KILL" }, { outcome(limits, [[
      while true do
        pcall(coroutine.wrap(function() while true do end end))
      end
    ]]) })
  end)
end)
