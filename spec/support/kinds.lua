--- kinds - something of each kind that select waits for.
local ax = require "axeberg"
local help = require "spec.support.helper"

local M = {}

--- The body of a spec: fn, in a process of a world.
function M.inside(fn)
  return help.inside(function()
    local _, how, err = ax.wait((ax.spawn(fn)))
    if how == "error" then error(err, 0) end
  end)
end

--- Something of each kind of which there are M.COUNT: its name, an arm,
-- close(), which ends a wait for it; fired: what select answers then; code:
-- with which error, if not EPIPE; open: with none.  And a function that
-- lets go of the rest.
function M.kinds()
  local tx, rx = ax.channel()
  local full, inbox = ax.channel(nil, { capacity = 0 })
  local r, w = ax.pipe()
  local r2, w2 = ax.pipe { capacity = 1 }
  w2:write("x")
  local alarm = ax.after(1e6)
  local segment = ax.shm(64)
  local region = segment:attach("r")
  local queue = ax.msgqueue()
  local gate, key = ax.channel()
  local pid = ax.spawn(function() key:recv() end)
  ax.yield()
  return {
    { "receiver", rx, function() tx:close() end, fired = rx },
    { "sender", { full, 1 }, function() inbox:close() end, fired = full },
    { "pipe to read", r, function() w:close() end, fired = r, open = true },
    { "pipe to write", { w2, "y" }, function() r2:close() end, fired = w2 },
    { "alarm", alarm, function() alarm:close() end, fired = alarm },
    { "region", region, function() region:close() end, fired = region },
    { "queue", { queue, 3 }, function() queue:remove() end, fired = queue,
      code = "EIDRM" },
    { "process", pid, function() gate:close() end, fired = pid, open = true },
  }, function()
    if #ax.sys.msgids() > 0 then queue:remove() end
    segment:remove()
    gate:close()
  end
end

--- How many kinds there are.
M.COUNT = 8

return M
