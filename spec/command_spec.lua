--- command - the program: axeberg run, sh, top, trace, -e.
local helper = require "spec.support.helper"
local cjson = require "cjson"

--- A file with that text, which is removed at the end of fn(path).
local function with_file(text, fn)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  local ok, err = pcall(fn, path)
  os.remove(path)
  if not ok then error(err, 0) end
end

local interpreter
do
  local first = 0
  while arg[first - 1] do first = first - 1 end
  interpreter = arg[first]
end

--- Runs the program with these arguments, as a shell writes them; a table
--- with code, out, err.
local function axeberg(arguments)
  return helper.shell(("LUA_PATH='%s' LUA_CPATH='%s' '%s' bin/axeberg %s")
    :format(package.path, package.cpath, interpreter, arguments))
end

local function script(text, before, after)
  local result
  with_file(text, function(path)
    result = axeberg(("run %s '%s' %s"):format(before or "", path,
      after or ""))
  end)
  return result
end

describe("axeberg", function()
  it("tells its version and how it is used", function()
    local result = axeberg("--version")
    assert.equal("axeberg " .. require "axeberg".VERSION .. "\n", result.out)
    assert.equal(0, result.code)
    result = axeberg("--help")
    assert.equal(0, result.code)
    helper.has(result.out, "Usage: axeberg", "--virtual-time", "run", "sh",
      "top", "trace")
    helper.has(axeberg("run --help").out, "axeberg run", "--mount")
    helper.has(axeberg("sh --help").out, "axeberg sh", "--mount")
  end)

  it("answers 2 and a sentence to what it does not know", function()
    for arguments, words in pairs {
      [""] = "Usage: axeberg",
      ["bogus"] = "unknown command 'bogus'",
      ["run"] = "missing argument 'script'",
      ["--bogus"] = "unknown option '--bogus'",
      ["run --seed x y.lua"] = "'x' is no integer",
      ["top --interval x y.lua"] = "'x' is no number",
      ["run --seed"] = "--seed",
      ["run --mount x y.lua"] = "--mount x: HOST:PATH",
    } do
      local result = axeberg(arguments)
      assert.equal(2, result.code, arguments)
      helper.has(result.err, words)
      assert.equal("", result.out)
    end
  end)
end)

describe("axeberg run", function()
  it("answers 2 to what its shell does not know", function()
    for arguments, text in pairs {
      ["-Z"] = "sh: 1: set: Illegal option -Z\n",
      ["/no/such"] =
        "sh: 1: cannot open /no/such: No such file or directory\n",
    } do
      local result = axeberg("sh " .. arguments)
      assert.same({ 2, "", text }, { result.code, result.out, result.err })
    end
  end)

  it("runs a script as process 1, with its arguments", function()
    local result = script([[
      local ax = require "axeberg"
      print(ax.getpid(), select("#", ...), ...)
      print(arg[1], arg[2], #arg)]], nil, "a '--seed' 'c d'")
    assert.equal("", result.err)
    assert.equal("1\t3\ta\t--seed\tc d\na\t--seed\t3\n", result.out)
    assert.equal(0, result.code)
  end)

  it("waits until all processes are done", function()
    local result = script([[
      local ax = require "axeberg"
      ax.spawn(function() ax.sleep(0.01) print "late" end)
      print "early"]])
    assert.equal("early\nlate\n", result.out)
  end)

  it("exits with what the script returns", function()
    assert.equal(3, script("return 3").code)
    assert.equal(1, script("return false").code)
    assert.equal(0, script("return true").code)
    assert.equal(0, script("return 'text'").code)
    assert.equal(7, script("os.exit(7)").code)
    assert.equal(143, script("require 'axeberg'.kill(1)").code)
  end)

  it("tells errors with their traceback, and of the script alone",
    function()
      local result = script("local function f()\n  error 'ouch'\nend\nf()")
      assert.equal(1, result.code)
      helper.has(result.err, ":2: ouch", "stack traceback:", "in main chunk")
      assert.is_nil(result.err:find("command.lua", 1, true))
      result = script("error { code = 1 }")
      assert.equal(1, result.code)
      helper.has(result.err, "error object is a table value")
      result = script("local a =")
      assert.equal(1, result.code)
      helper.has(result.err, "unexpected symbol")
    end)

  it("tells a deadlock", function()
    local result = script([[
      local ax = require "axeberg"
      local tx, rx = ax.channel(nil, { name = "never" })
      rx:recv()
      tx:close()]])
    assert.equal(1, result.code)
    helper.has(result.err, "deadlock", 'recv from channel "never"')
    assert.is_nil(result.err:find("command.lua", 1, true))
  end)

  it("answers 127 where there is no script, 126 where it cannot be read",
    function()
      local result = axeberg("run /nonexistent.lua")
      assert.equal(127, result.code)
      helper.has(result.err, "/nonexistent.lua: No such file")
      assert.equal(126, axeberg("run /tmp").code)
    end)

  it("runs what comes on standard input, if the script is -", function()
    with_file("print('in', ...)", function(path)
      local result = axeberg("run - x <'" .. path .. "'")
      assert.equal("in\tx\n", result.out)
    end)
  end)

  it("has a virtual clock and a seed on demand, for ax.run, too", function()
    local text = [[
      local ax = require "axeberg"
      local began = ax.now()
      ax.sleep(3600)
      io.write(began, " ", ax.now(), " ")
      ax.run(function() ax.sleep(1000) io.write(ax.now(), " ") end)
      ax.run({ clock = "virtual" }, function() io.write(ax.now(), "\n") end)]]
    local result = script(text, "--virtual-time --seed 5")
    assert.equal("", result.err)
    assert.equal("0 3600 1000 0\n", result.out)
    local chance = [[
      local ax = require "axeberg"
      local list = {}
      for i = 1, 40 do
        local a, b = ax.after(0), ax.after(0)
        list[i] = ax.select { a, b } == a and "a" or "b"
      end
      print(table.concat(list))]]
    local first = script(chance, "--seed 1").out
    assert.equal(first, script(chance, "--seed=1").out)
    assert.are_not.equal(first, script(chance, "--seed 2").out)
  end)

  it("has options before the command as well as behind it", function()
    local text = "print(require 'axeberg'.now(), ...)"
    with_file(text, function(path)
      for _, words in ipairs { "--virtual-time run", "run --virtual-time",
        "--seed 3 run --virtual-time" } do
        local result = axeberg(("%s '%s' --seed x"):format(words, path))
        assert.equal("0.0\t--seed\tx\n", result.out)
      end
      local tree = os.tmpname()
      assert.equal(0, axeberg(("--save '%s' sh -c 'echo hi > /tmp/f'"):format(
        tree)).code)
      assert.equal("hi\n", axeberg(("--load '%s' sh -c 'cat /tmp/f'"):format(
        tree)).out)
      os.remove(tree)
    end)
  end)

  it("lets processes take turns with a quantum", function()
    local result = script([[
      local ax = require "axeberg"
      local done
      ax.spawn(function() while not done do end print "seen" end)
      ax.spawn(function() done = true end)]], "--quantum 1000")
    assert.equal("seen\n", result.out)
  end)

  it("shows directories of the host", function()
    local text = [[
      local ax = require "axeberg"
      local file = assert(ax.open("/host/docs/index.md"))
      print(file:read("l"))
      print(select(3, ax.open("/host/docs/new", "w")))]]
    local result = script(text, "--mount docs:/host/docs:ro")
    assert.equal("", result.err)
    assert.equal("# axeberg\nEROFS\n", result.out)
    result = script("", "--mount /nonexistent:/x")
    assert.equal(1, result.code)
    helper.has(result.err, "--mount /nonexistent:/x")
  end)

  it("begins with a saved file tree, and saves it at the end", function()
    local text = [[
      local ax = require "axeberg"
      local file = assert(ax.open("/note", "a"))
      file:write("more\n")
      file:close()
      file = ax.open("/note")
      io.write(file:read("a"))
      file:close()]]
    with_file("", function(tree)
      local save = (" --save '%s'"):format(tree)
      assert.equal("more\n", script(text, save).out)
      local load = ("--load '%s'"):format(tree)
      assert.equal("more\nmore\n", script(text, load .. save).out)
      assert.equal("more\nmore\nmore\n", script(text, load).out)
    end)
    local result = script(text, "--load /nonexistent")
    assert.equal(1, result.code)
    helper.has(result.err, "--load: /nonexistent")
  end)

  it("saves a trace, also where the script calls os.exit", function()
    for _, ending in ipairs { "", "os.exit(4)" } do
      with_file("", function(path)
        local result = script([[
          local ax = require "axeberg"
          local tx, rx = ax.channel(nil, { name = "c" })
          ax.spawn({ name = "w" }, function(from) from:recv() end, rx)
          tx:send(1)
          ax.yield()
          ]] .. ending, ("--trace '%s'"):format(path))
        assert.equal(ending == "" and 0 or 4, result.code)
        local file = assert(io.open(path))
        local json = cjson.decode(file:read("a"))
        file:close()
        local found
        for _, entry in ipairs(json.traceEvents) do
          found = found or entry.ph == "f" and entry.name == 'channel "c"'
        end
        assert.is_true(found)
      end)
    end
  end)

  it("says where a trace cannot be saved, and fails", function()
    local result = script("return 0", "--trace /nonexistent/t.json")
    assert.equal(1, result.code)
    helper.has(result.err, "--trace", "No such file")
  end)
end)

describe("axeberg -e", function()
  it("runs code with arguments", function()
    local result = axeberg([[-e 'print(#arg, ...) return 5' x y]])
    assert.equal("2\tx\ty\n", result.out)
    assert.equal(5, result.code)
    result = axeberg([[-e 'error "no"']])
    helper.has(result.err, "(command line):1: no")
    assert.equal(1, axeberg("-e 'return ='").code)
    assert.equal(2, axeberg("-e").code)
  end)
end)

describe("axeberg trace", function()
  local saved = os.tmpname()
  setup(function()
    assert.equal(0, axeberg(("run --virtual-time --trace '%s' "
      .. "examples/select.lua >/dev/null"):format(saved)).code)
  end)
  teardown(function() os.remove(saved) end)

  it("tells in words who ran", function()
    local result = axeberg("trace '" .. saved .. "'")
    assert.equal("", result.err)
    helper.has(result.out, "PROCESS", "1/1 process 1", "MESSAGES  THROUGH")
  end)

  it("draws a picture", function()
    with_file("", function(path)
      local result = axeberg(("trace '%s' --svg '%s' --width 800"):format(
        saved, path))
      assert.equal("", result.err)
      local file = assert(io.open(path))
      local text = file:read("a")
      file:close()
      helper.has(text, '<svg xmlns="http://www.w3.org/2000/svg" width="800"',
        "marker-end", "</svg>")
      local opened, closed = select(2, text:gsub("<text", "")),
        select(2, text:gsub("</text>", ""))
      assert(opened > 5)
      assert.equal(opened, closed)
    end)
  end)

  it("says what is no trace", function()
    assert.equal(1, axeberg("trace /nonexistent").code)
    helper.has(axeberg("trace README.md").err, "this is no trace")
  end)
end)
