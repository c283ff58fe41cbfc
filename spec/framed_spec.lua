--- framed - checked messages over files.
local ax = require "axeberg"
local help = require "spec.support.helper"

local inside = help.inside

--- Both sides over a pipe.
local function pair(options, capacity)
  local r, w = ax.pipe { capacity = capacity }
  return ax.framed(w, options), ax.framed(r, options), w
end

describe("framed", function()
  it("carries values as JSON, a line each", inside(function()
    local tx, rx, w = pair()
    local values = { { id = 1, tags = { "a", "b" } }, "text\nwith lines", 3,
      2.5, true, false, ax.null, { 1, 2, { x = {} } } }
    for _, value in ipairs(values) do assert.is_true(tx:send(value)) end
    for _, value in ipairs(values) do assert.same(value, rx:recv()) end
    tx:send { id = 7 }
    assert.equal('{"id":7}\n', rx.file:read("L"))
    w:close()
    assert.same({ nil, "closed", "EPIPE" }, { rx:recv() })
    assert.same({ nil, "closed", "EPIPE" }, { rx:recv() })
  end))

  it("is checked on both sides", inside(function()
    local tx, rx, w = pair { schema = { id = "integer", name = "string" } }
    assert.has_error(function() tx:send { id = "x", name = "y" } end,
      "framed: $.id: expected integer, got string")
    assert.has_error(function() tx:send(nil) end, "nil cannot be sent")
    w:write('{"id":1}\n{"id":2,"name":"b"}\n')
    local value, err, code, bytes = rx:recv()
    assert.is_nil(value)
    assert.truthy(err:find("$.name", 1, true), err)
    assert.same({ "EPROTO", '{"id":1}' }, { code, bytes })
    assert.same({ id = 2, name = "b" }, rx:recv())
  end))

  it("answers what the file cannot do, and raises for a wrong timeout",
    inside(function()
      local r, w = ax.pipe()
      assert.same({ nil, "bad file descriptor", "EBADF" },
        { ax.framed(r):send(1) })
      assert.same({ nil, "bad file descriptor", "EBADF" },
        { ax.framed(w):recv() })
      local rx = ax.framed(r)
      help.has(help.raises(rx.recv, rx, "x"), "number expected, got string")
      help.has(help.raises(rx.recv, rx, -1), "negative timeout: -1")
    end))

  it("goes on behind what is broken", inside(function()
    local _, rx, w = pair { max = 20 }
    w:write("{broken\n", "\n\n", "1\n", ("x"):rep(100), "\n2\n", "{", "\n3\n")
    local function failed(name)
      local value, err, code = rx:recv()
      assert.is_nil(value)
      assert.equal("string", type(err))
      assert.equal(name, code)
    end
    failed("EPROTO")
    assert.equal(1, rx:recv())
    failed("E2BIG")
    assert.equal(2, rx:recv())
    failed("EPROTO")
    assert.equal(3, rx:recv())
    w:write("[1,2")
    w:close()
    failed("EPROTO")
    failed("EPIPE")
  end))

  it("keeps no more than a frame of what is too long", inside(function()
    local r, w = ax.pipe()
    local rx = ax.framed(r, { max = 1000 })
    ax.spawn(function(out)
      for _ = 1, 2000 do out:write(("x"):rep(1000)) end
      out:write("\n5\n")
    end, w)
    assert.same({ nil, "a frame of more than 1000 bytes", "E2BIG" },
      { rx:recv() })
    local before = ax.stats().bytes
    assert.equal(5, rx:recv())
    assert.is_true(ax.stats().bytes < before + 20000)
  end))

  it("has frames of the size that is allowed", inside(function()
    local tx, rx = pair { max = 5 }
    assert.is_true(tx:send("abc")) -- 5 bytes with its quotes
    assert.equal("abc", rx:recv())
    assert.same({ nil, "the frame has 6 bytes, the limit is 5", "E2BIG" },
      { tx:send("abcd") })
    assert.is_true(tx:send(12345))
    assert.equal(12345, rx:recv())
  end))

  it("can wait for some time only, and loses nothing", inside(function()
    local _, rx, w = pair()
    w:write('{"a":')
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { rx:recv(1) })
    assert.same({ nil, "timeout", "ETIMEDOUT" }, { rx:recv(0) })
    assert.equal(1, ax.now())
    w:write("1}\n")
    assert.same({ a = 1 }, rx:recv(1))
  end))

  it("makes a frame that was given up a broken one", inside(function()
    local tx, rx, w = pair(nil, 8)
    w:settimeout(1)
    assert.same({ nil, "timeout", "ETIMEDOUT" },
      { tx:send("a long text") })
    w:settimeout()
    ax.spawn(function()
      tx:send("next")
      tx:send("last")
    end)
    local value, _, code, bytes = rx:recv()
    assert.same({ nil, "EPROTO", '"a long ' }, { value, code, bytes })
    assert.equal("next", rx:recv())
    assert.equal("last", rx:recv())
  end))

  it("iterates to the end, and raises what is broken", inside(function()
    local tx, rx = pair()
    for i = 1, 3 do tx:send(i) end
    tx:close()
    local sum = 0
    for value in rx do sum = sum + value end
    assert.equal(6, sum)
    local tx2, rx2, w = pair()
    tx2:send(1)
    w:write("]\n")
    w:close()
    assert.has_error(function()
      for value in rx2 do sum = sum + value end
    end)
    assert.equal(7, sum)
  end))

  it("takes other codecs, without line ends", inside(function()
    local codec = {
      encode = function(value) return ("<%s>"):format(value) end,
      decode = function(bytes) return (bytes:match("^<(.*)>$")) end,
    }
    local tx, rx, w = pair { codec = codec, schema = "string" }
    tx:send("x")
    assert.equal("x", rx:recv())
    assert.has_error(function() tx:send("a\nb") end,
      "framed: a frame cannot have a line end in it")
    w:write("no\n")
    assert.equal("EPROTO", (select(3, rx:recv())))
    local raising = ax.framed(w, { codec = {
      encode = function() return 5 end, decode = error } })
    assert.has_error(function() raising:send("x") end,
      "framed: the codec's encode made no string")
  end))

  it("tells that a file is not for that side", inside(function()
    local r, w = ax.pipe()
    assert.same({ nil, "bad file descriptor", "EBADF" },
      { ax.framed(r):send(1) })
    assert.same({ nil, "bad file descriptor", "EBADF" },
      { ax.framed(w):recv() })
    ax.wait(ax.spawn(function()
      ax.stdout:close()
      assert.same({ nil, "bad file descriptor", "EBADF" },
        { ax.framed(ax.stdout):send(1) })
    end))
  end))

  it("refuses what it cannot use", inside(function()
    local r, w = ax.pipe()
    for _, fn in ipairs {
      function() ax.framed("x") end, function() ax.framed(r, 1) end,
      function() ax.framed(r, { size = 1 }) end,
      function() ax.framed(r, { max = 0 }) end,
      function() ax.framed(r, { max = "x" }) end,
      function() ax.framed(r, { codec = "xml" }) end,
      function() ax.framed(r, { codec = { encode = print } }) end,
      function() ax.framed(r, { schema = "nonsense" }) end,
    } do
      assert.has_error(fn)
    end
    assert.equal("framed (file (pipe writer, open))",
      tostring(ax.framed(w)))
    w:close()
  end))
end)
