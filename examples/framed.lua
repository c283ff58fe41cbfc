-- framed - checked messages over a stream of bytes.
-- A sensor sends readings as lines of JSON; on the way some are damaged.
-- The receiver hears of each damage once, and goes on.
local ax = require "axeberg"

local Reading = { sensor = "string", value = "number" }

local reader, writer = ax.pipe()

ax.spawn({ name = "sensor" }, function(out)
  local readings = ax.framed(out, { schema = Reading })
  readings:send { sensor = "door", value = 1 }
  out:write('{"sensor": "do\n') -- torn off
  readings:send { sensor = "cellar", value = 11.5 }
  out:write('{"sensor": "roof", "value": "hot"}\n') -- of the wrong type
  out:write(("x"):rep(500), "\n") -- endless
  readings:send { sensor = "roof", value = 31 }
end, writer)

local readings = ax.framed(reader, { schema = Reading, max = 100 })
while true do
  local reading, err, code = readings:recv()
  if reading then
    print(reading.sensor, reading.value)
  elseif code == "EPIPE" then
    break
  else
    print("damaged:", code, err)
  end
end

-- The sender is checked, too: a mistake raises at once.
local _, out = ax.pipe()
local ok, err = pcall(function()
  ax.framed(out, { schema = Reading }):send { sensor = "door" }
end)
print(ok, err:match("framed: .*"))
