--- blame - a wrong argument is told with the line that gave it, also where
-- a part of the call is written in Lua.
local ax = require "axeberg"
local help = require "spec.support.helper"

local function region()
  local segment = ax.shm(16)
  local made = segment:attach()
  segment:remove() -- the region stays as long as somebody has it
  return made
end

local WRONG = {
  { "'open' (string expected, got no value)", function() ax.open() end },
  { "'open' (invalid mode)", function() ax.open("/tmp/x", "q") end },
  { "'mkdir' (string expected, got table)", function() ax.fs.mkdir {} end },
  { "'mkfifo' (string expected", function() ax.mkfifo(false) end },
  { "'msgqueue' (whole number expected, got string)", function()
    ax.msgqueue("x") end },
  { "'msgqueue' (whole number expected, got 1.5)", function()
    ax.msgqueue(1.5) end },
  { "unknown option \"mod\"", function() ax.msgqueue(1, { mod = 1 }) end },
  { "option \"mode\"", function() ax.msgqueue(1, { mode = "9" }) end },
  { "needs a codec", function()
    ax.msgqueue(nil, { schema = { x = "integer" } }) end },
  { "unknown option \"ky\"", function() ax.shm(1, { ky = 1 }) end },
  { "option \"key\"", function() ax.shm(1, { key = "x" }) end },
  { "#1 to 'view' (a record with no", function() region():view {} end },
  { "#1 to 'view' (unknown type", function() region():view { x = "y" } end },
  { "#3 to 'view' (outside of the region)", function()
    region():view({ x = "f64" }, 9) end },
  { "'recursive' (function expected", function() ax.recursive(5) end },
  { "'framed' (file expected", function() ax.framed(5) end },
  { "unknown option \"cod\"", function()
    ax.framed((ax.pipe()), { cod = 1 }) end },
  { "option \"codec\"", function()
    ax.framed((ax.pipe()), { codec = 1 }) end },
  { "option \"max\"", function() ax.framed((ax.pipe()), { max = 0 }) end },
  { "'popen' (string or table", function() ax.popen(5) end },
  { "'popen' (no program)", function() ax.popen {} end },
  { "word 2 is not a string", function() ax.popen { "true", {} } end },
  { "unknown option \"sin\"", function() ax.popen { "true", sin = 1 } end },
  { "option \"stdin\"", function() ax.popen { "true", stdin = 1 } end },
  { "option \"env\"", function() ax.popen { "true", env = 1 } end },
  { "'fd' (unknown option", function() ax.host.fd(0, "r", { x = 1 }) end },
  { "#1 to 'spawn' (function expected, got string)", function()
    ax.scope(function(s) s:spawn("x") end) end },
  { "#2 to 'spawn' (function expected, got nil)", function()
    ax.scope(function(s) s:spawn {} end) end },
  { "'wait' (pid expected, got nil)", function()
    ax.scope(function(s) s:wait() end) end },
  { "'run' (string expected, got nil)", function() ax.shell.run() end },
  { "'trace' (unknown option", function() ax.trace { x = 1 } end },
  { "option \"events\"", function() ax.trace { events = 0 } end },
}

describe("a wrong argument", function()
  for i, row in ipairs(WRONG) do
    it("is blamed on who gave it, " .. i, help.inside(function()
      local err = help.raises(row[2])
      help.has(err, row[1])
      assert.truthy(err:find("^[^\n]*blame_spec%.lua:%d+: bad argument #%d"),
        err)
    end))
  end
end)
