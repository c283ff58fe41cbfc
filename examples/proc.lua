--- proc - what can happen to a process.
local ax = require "axeberg"

-- A process is a function with arguments.  Its first result is its status.
local pid = ax.spawn(function(a, b) return a + b end, 2, 3)
print("sum", ax.wait(pid))

-- An error ends its process and nobody else's; the status has a traceback.
pid = ax.spawn({ name = "careless" }, function()
  local config = {}
  return config.window.width
end)
local _, how, message, traceback = ax.wait(pid)
print("careless", how, message:match("attempt[^\n]*"))
assert(traceback:find("stack traceback:", 1, true))

-- TERM raises "cancelled" where the process blocks.  It may clean up.
pid = ax.spawn(function()
  local ok, why = pcall(ax.sleep, 3600)
  print("asleep", ok, why)
  return "cleaned up"
end)
ax.yield() -- let it fall asleep
ax.kill(pid)
print("polite", ax.wait(pid))

-- KILL cannot be caught, and yet <close> variables are closed.
pid = ax.spawn(function()
  local _ <close> = setmetatable({}, {
    __close = function() print("closed", "by KILL") end,
  })
  while true do
    pcall(ax.sleep, 3600)
  end
end)
ax.yield()
ax.kill(pid, "KILL")
print("firm", ax.wait(pid))

-- STOP and CONT.
pid = ax.spawn({ name = "patient" }, function() return "went on" end)
ax.kill(pid, "STOP")
print("stopped", ax.wait(pid, 0.01))
ax.kill(pid, "CONT")
print("continued", ax.wait(pid))

-- Who is there?  Process 1 is the script itself.
local tx, rx = ax.channel(nil, { name = "jobs" })
ax.spawn({ name = "worker" }, function(jobs) return jobs:recv() end, rx)
ax.spawn({ name = "cleaner", priority = "background" }, function() end)
ax.yield()
for _, p in ipairs(ax.ps()) do
  print(p.name == "" and "(script)" or p.name, p.state, p.priority, p.waiting)
end
tx:close()

-- A kernel of its own, on a clock that jumps: an hour passes at once.
print("an hour", ax.run({ clock = "virtual" }, function()
  local began = ax.now()
  ax.sleep(3600)
  return ax.now() - began
end))
