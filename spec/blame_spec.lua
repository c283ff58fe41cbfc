-- blame - a wrong argument is the caller's: the message has the line of the
-- call, whatever file of ours noticed, and names argument and value.
local ax = require "axeberg"
local help = require "spec.support.helper"

-- The helper wraps ax.run and ax.spawn then, and is their caller.
local WRAPPED = os.getenv "AX_GC_STRESS"

local function nothing() end

-- What is called, and words of the message.
local WRONG = {
  ["ax.run, an option"] = { function() ax.run({ clok = 1 }, nothing) end,
    "#1 to 'run'", "\"clok\"" },
  ["ax.run, a clock"] = { function() ax.run({ clock = "x" }, nothing) end,
    "#1 to 'run'", "\"clock\"", "\"x\"" },
  ["ax.run, a quantum"] = { function() ax.run({ quantum = -1 }, nothing) end,
    "#1 to 'run'", "\"quantum\"", ": -1" },
  ["ax.run, a quota"] = { function() ax.run({ quota = { x = 1 } }, nothing) end,
    "'run'", "\"x\"" },
  ["ax.run, no function"] = { function() ax.run(5) end, "#1 to 'run'",
    "function expected, got number" },
  ["ax.run, options only"] = { function() ax.run({}) end, "#2 to 'run'",
    "function expected, got no value" },
  ["ax.spawn, a quantum"] = { function()
    ax.spawn({ quantum = "x" }, nothing)
  end, "#1 to 'spawn'", "\"quantum\"", ": \"x\"" },
  ["ax.spawn, a parent"] = { function() ax.spawn({ parent = 99 }, nothing) end,
    "#1 to 'spawn'", "\"parent\"", ": 99" },
  ["ax.spawn, no pid"] = { function() ax.spawn({ parent = "1" }, nothing) end,
    "#1 to 'spawn'", "\"parent\"", ": \"1\"" },
  ["ax.spawn, detached"] = { function()
    ax.spawn({ detached = 5 }, nothing)
  end, "#1 to 'spawn'", "\"detached\"", ": 5" },
  ["ax.wait"] = { function() ax.wait "x" end, "#1 to 'wait'" },
  ["ax.select"] = { function() ax.select() end, "#1 to 'select'" },
  ["ax.fs.chmod, no octal"] = { function() ax.fs.chmod("/", "rwx") end,
    "#2 to 'chmod'", "\"rwx\"" },
  ["ax.fs.chmod, too much"] = { function() ax.fs.chmod("/", 65536) end,
    "#2 to 'chmod'", "65536" },
  ["ax.fs.chmod, digits"] = { function() ax.fs.chmod("/", "777777") end,
    "#2 to 'chmod'", "\"777777\"" },
  ["ax.fs.chmod, no path"] = { function() ax.fs.chmod(nil, "755") end,
    "#1 to 'chmod'" },
  ["ax.fs.mkdir"] = { function() ax.fs.mkdir("d", 65536) end,
    "#2 to 'mkdir'", "65536" },
  ["ax.fs.umask"] = { function() ax.fs.umask(512) end, "#1 to 'umask'",
    "512" },
  ["ax.mkfifo"] = { function() ax.mkfifo("f", "9") end, "#2 to 'mkfifo'",
    "\"9\"" },
  ["ax.sys.mkdir"] = { function() ax.sys.mkdir("d", "9") end,
    "#2 to 'mkdir'", "\"9\"" },
  ["ax.sys.umask"] = { function() ax.sys.umask "9" end, "#1 to 'umask'",
    "\"9\"" },
  ["ax.fs.chown"] = { function() ax.fs.chown("/", 0, -3) end,
    "#3 to 'chown'", "-3" },
  ["ax.fs.chown, an option"] = { function()
    ax.fs.chown("/", 0, 0, { follow = 5 })
  end, "#4 to 'chown'", "\"follow\"", ": 5" },
  ["ax.fs.utime"] = { function() ax.fs.utime("/", "x") end, "#2 to 'utime'" },
  ["ax.fs.utime, an option"] = { function()
    ax.fs.utime("/", 1, 1, { folow = true })
  end, "#4 to 'utime'", "\"folow\"" },
  ["ax.fs.limit"] = { function() ax.fs.limit { bytes = "x" } end,
    "#1 to 'limit'", "\"bytes\"", ": \"x\"" },
  ["ax.fs.limit, an option"] = { function() ax.fs.limit { byte = 1 } end,
    "#1 to 'limit'", "\"byte\"" },
  ["ax.fs.access"] = { function() ax.fs.access("/", "q") end,
    "#2 to 'access'", "\"q\"" },
  ["ax.fs.list"] = { function() ax.fs.list {} end, "#1 to 'list'" },
  ["ax.fs.dir"] = { function() ax.fs.dir() end, "#1 to 'dir'" },
  ["ax.host.open"] = { function() ax.host.open() end, "#1 to 'open'" },
}

describe("wrong arguments are blamed on the caller:", function()
  for name, case in pairs(WRONG) do
    it(name, function()
      ax.run(function()
        local text = help.raises(case[1])
        if not WRAPPED then
          assert.matches("^spec/blame_spec%.lua:%d+: ", text)
        end
        help.has(text, table.unpack(case, 2))
      end)
    end)
  end
end)

describe("a call through pcall", function()
  it("is called by the name that people know", function()
    local names = { "wait", "select", "kill", "watch" }
    if not WRAPPED then names[5] = "run" end
    for _, name in ipairs(names) do
      help.has(help.raises(ax[name], "x"), "'axeberg." .. name .. "'")
    end
  end)
end)

describe("what is answered", function()
  it("names a pid that no process has", function()
    assert.same({ nil, "no process -5 (it never was, or was waited for)",
      "ECHILD" }, { ax.wait(-5) })
    local _, text = ax.wait(1 << 40)
    help.has(text, tostring(1 << 40))
  end)

  it("names a global that a script cannot have", function()
    assert.same({ nil, "globals: there is no \"nosuch\"", "EINVAL" },
      { ax.script({ globals = { "nosuch" } }, "return 1") })
  end)

  it("of ax.run is what its function returned", function()
    local function back(...) return ... end
    assert.same({ n = 3, nil, 2, nil }, table.pack(ax.run(back, nil, 2, nil)))
    assert.same({ n = 0 }, table.pack(ax.run(back)))
    assert.equal(7, ax.run(function() ax.exit(7) end))
    assert.equal(1, ax.run({}, function() ax.yield() return 1 end))
    local many = table.pack(ax.run(function()
      return table.unpack({}, 1, 5000)
    end))
    assert.equal(5000, many.n)
  end)
end)
