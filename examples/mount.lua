-- mount - a script that sees one folder of the host, and a tree that is kept.
local ax = require "axeberg"

-- A folder of the host with a file, and beside it something private.
local top = os.tmpname()
os.remove(top)
assert(os.execute(("mkdir -p %s/shared && echo hello > %s/shared/note && " ..
  "echo secret > %s/private && ln -s ../private %s/shared/trap")
  :format(top, top, top, top)))

local function show(path)
  local f <close>, _, code = ax.open(path)
  print(path, f and f:read("a"):gsub("\n", "") or code)
end

assert(ax.fs.mkdir("/shared"))
assert(ax.fs.mount(top .. "/shared", "/shared", { readonly = true }))
show "/shared/note"
show "/shared/trap" -- a link leads to a path in our tree
show "/shared/../private"
print("writing:", (select(3, ax.open("/shared/note", "w"))))
assert(ax.fs.unmount("/shared"))

-- What processes see of each other.
local tx, rx = ax.channel(nil, { name = "jobs" })
local pid = ax.spawn({ name = "worker" }, function() return rx:recv() end)
ax.yield()
for line in ax.open(("/proc/%d/status"):format(pid)):lines() do
  if line:find "^Name" or line:find "^State" then print(line) end
end
show(("/proc/%d/wait"):format(pid))
tx:send("go")
ax.wait(pid)

-- The tree in memory, kept in one file of the host.
local file = top .. "/tree"
ax.run(function()
  ax.fs.mkdir("/notes")
  ax.open("/notes/today", "w"):write("remember this"):close()
  print("saved:", ax.fs.save(file))
end)
ax.run(function() -- later, in another kernel
  show "/notes/today"
  print("loaded:", ax.fs.load(file))
  show "/notes/today"
end)

os.execute("rm -rf " .. top)
