--- smoke - proves that an installed tree works: two processes, one channel.
-- Usage: lua smoke.lua CFOLDER LUAFOLDER; axeberg must come from there.
local cfolder, luafolder = ...

local function from(folder, name, path)
  local file = assert(package.searchpath(name, path))
  assert(file:sub(1, #folder + 1) == folder .. "/", file)
end

from(cfolder, "axeberg.core", package.cpath)
from(luafolder, "axeberg", package.path)

local ax = require "axeberg"
local tx, rx = ax.channel({ id = "integer" }, { capacity = 2, name = "jobs" })

ax.spawn(function(out)
  for id = 1, 5 do assert(out:send { id = id }) end
end, tx)

local sum = 0
for job in rx do sum = sum + job.id end
assert(sum == 15, sum)
local typed = ax.channel("integer")
assert(not pcall(typed.send, typed, "a word"))
print(("axeberg %s works"):format(ax.VERSION))
