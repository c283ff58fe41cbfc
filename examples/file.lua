-- file - processes that talk through files.
-- Simple, and not for messages that come fast: who reads has to know when.
local ax = require "axeberg"
local fs, sys = ax.fs, ax.sys

-- Process 1 writes, process 2 reads: as system calls.
ax.wait(ax.spawn(function()
  local fd = assert(sys.open("/tmp/ipc", "WRITE")) -- which makes the file
  sys.write(fd, "message")
  sys.close(fd)
end))
ax.wait(ax.spawn(function()
  local fd = assert(sys.open("/tmp/ipc", "READ"))
  print("read:", sys.read(fd, 100))
  sys.close(fd)
end))

-- A folder of jobs.  A job is written under another name first, and renamed:
-- so a worker sees all of it, or nothing.
assert(fs.mkdir("/tmp/jobs/done", { recursive = true }))

local function submit(name, text)
  local path = "/tmp/jobs/." .. name
  local file <close> = assert(ax.open(path, "w"))
  assert(file:write(text))
  assert(fs.rename(path, "/tmp/jobs/" .. name))
end

--- The next job, which is nobody else's then: only one rename can succeed.
local function take(worker)
  for name, kind in fs.dir("/tmp/jobs") do
    local mine = ("/tmp/jobs/done/%s.%s"):format(name, worker)
    if kind == "file" and name:sub(1, 1) ~= "."
      and fs.rename("/tmp/jobs/" .. name, mine)
    then
      return mine
    end
  end
end

for i = 1, 4 do submit("job" .. i, ("count to %d"):format(i)) end
for _, worker in ipairs { "anna", "ben" } do
  ax.spawn({ name = worker, cwd = "/tmp/jobs/done" }, function()
    for path in take, worker do
      local file <close> = assert(ax.open(path, "a"))
      file:write(", done by ", worker)
      ax.yield()
    end
  end)
end
while ax.wait(-1) do end

for _, name in ipairs(fs.list("/tmp/jobs/done")) do
  print(name, ax.open("/tmp/jobs/done/" .. name):read("a"))
end

-- Whose it is, and who may.
assert(fs.chmod("/tmp/ipc", "600"))
ax.wait(ax.spawn(function()
  sys.setuid(1000)
  print("user 1000:", select(2, ax.open("/tmp/ipc")))
  print("in /tmp:", select(2, fs.remove("/tmp/ipc")))
end))

-- A limit: what does not fit is not begun.
assert(fs.limit { bytes = fs.statfs("/").used + 10000 })
local file <close> = assert(ax.open("/tmp/big", "w"))
print("too big:", select(2, file:write(("x"):rep(20000))))
print("written:", fs.stat("/tmp/big").size)

assert(fs.remove("/tmp/jobs", { recursive = true }))
