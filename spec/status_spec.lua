--- status - how a process ended, and who gets to know.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside, has, raises = help.inside, help.has, help.raises

local function closing(fn) return setmetatable({}, { __close = fn }) end

describe("the status", function()
  local T = {}
  local endings = {
    { "nothing", function() end, 0 },
    { "a number", function() return 42 end, 42 },
    { "false", function() return false end, false },
    { "a table", function() return T end, T },
    { "several values", function() return "a", "b" end, "a" },
    { "a value out of a tail call", function()
      return tostring(7)
    end, "7" },
    { "a value after it waited", function()
      ax.sleep(1)
      return "slept"
    end, "slept" },
  }
  for _, row in ipairs(endings) do
    it("of a body that returns " .. row[1], inside(function()
      local pid = ax.spawn(row[2])
      local result = table.pack(ax.wait(pid))
      assert.same({ pid, "exited", row[3], n = 3 }, result)
      assert.is_true(rawequal(row[3], result[3]))
    end))
  end

  it("of ax.exit is its argument", inside(function()
    for _, code in ipairs { 0, 7, "done", false } do
      local pid = ax.spawn(function()
        ax.exit(code)
        error("not reached")
      end)
      assert.same({ pid, "exited", code }, { ax.wait(pid) })
    end
    local pid = ax.spawn(function() ax.exit() end)
    assert.same({ pid, "exited", 0 }, { ax.wait(pid) })
  end))

  it("of ax.exit cannot be caught; <close> variables run",
    inside(function()
      local log = {}
      local pid = ax.spawn(function()
        local mark <close> = closing(function() log[#log + 1] = "close" end)
        assert(mark)
        pcall(function()
          pcall(ax.exit, 5)
          log[#log + 1] = "after"
        end)
        log[#log + 1] = "after all"
      end)
      assert.same({ pid, "exited", 5 }, { ax.wait(pid) })
      assert.same({ "close" }, log)
    end))

  it("of ax.exit gives way to an error in a <close>", inside(function()
    local tx, rx = ax.channel(nil, { capacity = 0 })
    local object, log = {}, {}
    local function status(leave, fn)
      local pid = ax.spawn(function()
        local first <close> = closing(function() log[#log + 1] = "first" end)
        local last <close> = closing(fn)
        return leave(first and last and 7)
      end)
      return select(2, ax.wait(pid, 1))
    end
    local function exit(code) pcall(ax.wrap(ax.exit), code) end
    local function say() tx:send("bye") end
    assert.same({ "exited", 7 }, { status(exit, ax.now) })
    local how, err = status(exit, function() error(object) end)
    assert.is_true(how == "error" and rawequal(object, err))
    how, err = status(exit, say)
    assert.equal("error", how)
    has(err, "status_spec.lua", "cannot block here", "ax.exit")
    assert.equal("timeout", (status(ax.now, say))) -- it blocks after a return
    assert.equal("bye", rx:recv())
    assert.equal(3, #log)
    ax.wait(-1)
    assert.equal(4, #log)
  end))

  it("of a killed process names the signal", inside(function()
    for _, signal in ipairs { "KILL", "TERM" } do
      local pid = ax.spawn(ax.sleep, 10)
      ax.yield()
      assert.is_true(ax.kill(pid, signal))
      assert.same({ pid, "killed", signal }, { ax.wait(pid) })
    end
  end))
end)

describe("an error", function()
  it("that is a string comes with place and traceback", inside(function()
    local function deep() error("no luck") end -- 10
    local pid = ax.spawn(function() deep() end)
    local got, how, err, trace = ax.wait(pid)
    assert.equal(pid, got)
    assert.equal("error", how)
    assert.truthy(err:find("^[^\n]*status_spec.lua:%d+: no luck\n"))
    has(err, "stack traceback:")
    has(trace, "stack traceback:", "status_spec.lua", "deep")
  end))

  it("of the runtime comes with both, too", inside(function()
    local pid = ax.spawn(function() return #nil end)
    local _, how, err, trace = ax.wait(pid)
    assert.equal("error", how)
    has(err, "attempt to get length of a nil value", "stack traceback:")
    has(trace, "stack traceback:", "status_spec.lua")
  end))

  local thrower = setmetatable({}, { __tostring = function() error("!") end })
  local odd = setmetatable({}, { __tostring = function() return {} end })
  local objects = {
    { "a table", { code = 1 } }, { "a number", 12 }, { "false", false },
    { "a function", print }, { "a table with a throwing __tostring", thrower },
    { "a table with an odd __tostring", odd },
    { "a userdata", io.stdout },
  }
  for _, row in ipairs(objects) do
    it("that is " .. row[1] .. " arrives as it is", inside(function() -- 30
      local pid = ax.spawn(function() error(row[2]) end)
      local got, how, err, trace = ax.wait(pid)
      assert.equal(pid, got)
      assert.equal("error", how)
      assert.is_true(rawequal(row[2], err))
      has(trace, "stack traceback:", "status_spec.lua")
    end))
  end

  it("that is nil arrives as nil", inside(function() -- 30
    local pid = ax.spawn(function() error(nil) end)
    local result = table.pack(ax.wait(pid))
    assert.equal(pid, result[1])
    assert.equal("error", result[2])
    assert.is_nil(result[3])
    assert.equal(4, result.n)
    has(result[4], "stack traceback:")
  end))

  it("of a stack that overflows ends that process alone", inside(function()
    local function forever() return 1 + forever() end
    local pid = ax.spawn(forever)
    local other = ax.spawn(function()
      ax.yield()
      return "fine"
    end)
    local _, how, err = ax.wait(pid)
    assert.equal("error", how)
    has(err, "stack overflow")
    assert.same({ other, "exited", "fine" }, { ax.wait(other) })
  end))

  it("in a <close> variable is the error of the process",
    inside(function() -- 11
      local tx, rx = ax.channel()
      local pid = ax.spawn(function()
        local mark <close> = closing(function() error("in close", 0) end)
        assert(mark and tx)
      end)
      local _, how, err = ax.wait(pid)
      assert.equal("error", how)
      has(err, "in close")
      tx:send(1)
      assert.equal(1, rx:recv())
    end))

  it("that was caught is none", inside(function()
    local pid = ax.spawn(function()
      local ok, err = pcall(function()
        ax.sleep(1)
        error("x", 0)
      end)
      return tostring(ok) .. err
    end)
    assert.same({ pid, "exited", "falsex" }, { ax.wait(pid) })
  end))

  it("named cancelled without a TERM is an error like any other",
    inside(function()
      local pid = ax.spawn(function() error("cancelled", 0) end)
      local _, how, err = ax.wait(pid)
      assert.equal("error", how)
      has(err, "cancelled")
    end))
end)

describe("an error that nobody waits for", function()
  it("is told on standard error, with its traceback", function()
    local result = help.script [[
      local thrower = setmetatable({},
        { __tostring = function() error("again") end })
      ax.spawn({ name = "loser" }, function() error("no luck") end)
      ax.spawn(function() error({}) end)
      ax.spawn(function() error(nil) end)
      ax.spawn(function() error(thrower) end)
      ax.run()
      print("the script goes on")
    ]]
    has(result.out, "the script goes on")
    has(result.err, "loser", "no luck", "stack traceback:")
  end)

  it("is told when the parent is gone, too", function()
    has(help.script([[
      ax.run(function()
        ax.spawn(function()
          ax.spawn(function() ax.sleep(0) error("lonely") end)
        end)
      end)
    ]]).err, "lonely", "stack traceback:")
  end)

  it("is not told when it was waited for", function()
    assert.equal("error\n", help.good_script [[
      local pid = ax.spawn(function() error("no luck") end)
      print((select(2, ax.wait(pid))))
    ]])
  end)
end)

describe("wait", function()
  it("lasts until the process has ended", inside(function()
    local pid = ax.spawn(ax.sleep, 3)
    assert.equal(pid, (ax.wait(pid)))
    assert.equal(3, ax.now())
  end))

  it("answers at once when it has ended already", inside(function()
    local pid = ax.spawn(function() return 1 end)
    ax.sleep(1)
    assert.same({ pid, "exited", 1 }, { ax.wait(pid, 0) })
  end))

  it("once takes the status away", inside(function() -- 9
    local pid = ax.spawn(function() end)
    ax.wait(pid)
    local v, err, code = ax.wait(pid)
    assert.is_nil(v)
    has(err, tostring(pid))
    assert.equal("ECHILD", code)
  end))

  it("for an unknown process fails", inside(function() -- 9
    for _, pid in ipairs { 999, 0, math.maxinteger } do
      local v, err, code = ax.wait(pid)
      assert.is_nil(v)
      assert.is_string(err)
      assert.equal("ECHILD", code)
    end
  end))

  it("for oneself fails", inside(function() -- 9
    local v, err, code = ax.wait(ax.getpid())
    assert.is_nil(v)
    assert.is_string(err)
    assert.equal("EDEADLK", code)
    local pid = ax.spawn(function() return select(3, ax.wait(ax.getpid())) end)
    assert.same({ pid, "exited", "EDEADLK" }, { ax.wait(pid) })
  end))

  it("may have a timeout, and be repeated", inside(function() -- 9
    local pid = ax.spawn(ax.sleep, 3)
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { ax.wait(pid, 0) })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { ax.wait(pid, 1) })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { ax.wait(-1, 1) })
    assert.equal(2, ax.now())
    assert.equal(0, ax.stats().waiters - 0)
    assert.equal(pid, (ax.wait(pid, 10)))
    assert.equal(3, ax.now())
  end))

  it("by several at once tells all of them", inside(function() -- 9
    local pid = ax.spawn(function()
      ax.sleep(1)
      return "news"
    end)
    local got = {}
    for i = 1, 5 do
      ax.spawn(function() got[i] = table.pack(ax.wait(pid)) end)
    end
    ax.sleep(2)
    for i = 1, 5 do
      assert.same({ pid, "exited", "news", n = 3 }, got[i])
    end
    assert.equal("ECHILD", select(3, ax.wait(pid)))
  end))

  it("by several, some of whom die or give up, tells the rest",
    inside(function()
      local pid = ax.spawn(function()
        ax.sleep(2)
        return "news"
      end)
      local got = {}
      local function waiter(i, t)
        return ax.spawn(function() got[i] = { ax.wait(pid, t) } end)
      end
      local dies = waiter(1)
      waiter(2, 1)
      waiter(3)
      ax.yield()
      ax.kill(dies, "KILL")
      ax.sleep(3)
      assert.is_nil(got[1])
      assert.same({ nil, "timeout", "ETIMEDOUT" }, got[2])
      assert.same({ pid, "exited", "news" }, got[3])
    end))

  it("for -1 is for any child, in the order of their ends",
    inside(function()
      local pids = {}
      for i, t in ipairs { 3, 1, 2 } do
        pids[i] = ax.spawn(function()
          ax.sleep(t)
          return t
        end)
      end
      assert.same({ pids[2], "exited", 1 }, { ax.wait(-1) })
      assert.same({ pids[3], "exited", 2 }, { ax.wait(-1) })
      assert.same({ pids[1], "exited", 3 }, { ax.wait(-1) })
      local v, err, code = ax.wait(-1)
      assert.is_nil(v)
      assert.is_string(err)
      assert.equal("ECHILD", code)
    end))

  it("for -1 is not for the children of others", inside(function()
    local code
    local other = ax.spawn(function() code = select(3, ax.wait(-1)) end)
    local third = ax.spawn(ax.sleep, 1)
    ax.wait(other)
    assert.equal("ECHILD", code)
    ax.wait(third)
  end))

  it("for -1 ends when the last child was taken by another wait",
    inside(function()
      local code
      ax.spawn(function()
        local pid = ax.spawn(ax.sleep, 2)
        ax.spawn(function()
          ax.sleep(1)
          return "sibling"
        end)
        assert.equal("sibling", select(3, ax.wait(-1)))
        ax.wait(pid)
        code = select(3, ax.wait(-1))
      end)
      ax.sleep(3)
      assert.equal("ECHILD", code)
    end))

  it("takes a whole number", inside(function()
    has(raises(function() ax.wait() end), "#1", "wait", "no value")
    has(raises(function() ax.wait("me") end), "#1", "string")
    has(raises(function() ax.wait(1.5) end), "#1", "integer")
    has(raises(function() ax.wait({}) end), "#1", "table")
  end))
end)

describe("an error with a NUL in it", function()
  it("is told to its end, with the traceback", function()
    local result = help.script [[
      ax.spawn({ detached = true }, function() error("first\0second") end)
      ax.run()
    ]]
    help.has(result.err, "first\0second", "stack traceback:")
  end)
end)

describe("an error object that cannot be shown", function()
  it("is told as that", function()
    local result = help.script [[
      ax.spawn({ detached = true, name = "odd" }, function()
        error(setmetatable({}, { __tostring = function() error "no" end }))
      end)
      ax.run()
    ]]
    help.has(result.err, "(odd) failed:",
      "error object is a table value; its __tostring failed")
  end)
end)
