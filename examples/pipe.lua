-- pipe - bytes from process to process.
-- A pipeline of three processes joined by their standard files, the plain
-- system calls, a write that is longer than the pipe, and what becomes of it
-- when its writer is killed.
local ax = require "axeberg"
local sys = ax.sys

-- The system calls.
local read_fd, write_fd = sys.pipe()
sys.write(write_fd, "Hello, pipe!")
sys.close(write_fd)
local text = sys.read(read_fd, 100)
print(("Read %d bytes: %s"):format(#text, text))
sys.close(read_fd)

-- generate | filter | count, as a shell would join them.
local function generate()
  for i = 1, 1000 do ax.stdout:write(i, "\n") end
end

local function filter()
  for line in ax.stdin:lines() do
    if line:find("7", 1, true) then ax.stdout:write(line, "\n") end
  end
end

local function count()
  local n = 0
  for _ in ax.stdin:lines() do n = n + 1 end
  return n
end

local r1, w1 = ax.pipe()
local r2, w2 = ax.pipe()
ax.spawn({ stdout = w1 }, generate)
ax.spawn({ stdin = r1, stdout = w2 }, filter)
local counter = ax.spawn({ stdin = r2 }, count)
for _, file in ipairs { r1, w1, r2, w2 } do file:close() end
print("numbers with a 7:", select(3, ax.wait(counter)))

-- Longer than the pipe: it goes through part by part.
local r, w = ax.pipe { capacity = 16 }
ax.spawn(function(out) out:write(("0123456789"):rep(1000)) end, w)
print("bytes through 16:", #r:read("a"))

-- Killed in the midst of it: what went through is there, then the end.
r, w = ax.pipe { capacity = 16 }
local pid = ax.spawn(function(out) out:write(("x"):rep(1000)) end, w)
ax.yield()
print("before the kill:", #r:read(4))
ax.kill(pid, "KILL")
print("after it:", #r:read("a"))

-- Not before the time is up.
r, w = ax.pipe()
r:settimeout(0.01)
w:write("half a l")
print("too soon:", r:read("l"))
w:write("ine\n")
print("then:", r:read("l"))
