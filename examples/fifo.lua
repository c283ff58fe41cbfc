-- fifo - a server that is found by a name.
-- Clients know a path and nothing else: they write their requests to it, and
-- wait for the answer in a FIFO of their own.
local ax = require "axeberg"
local sys = ax.sys

-- As system calls: open waits until both sides are there.
assert(sys.mkfifo("/tmp/myfifo"))
ax.spawn({ name = "writer" }, function()
  local fd = assert(sys.open("/tmp/myfifo", "WRITE"))
  sys.write(fd, "Hello via FIFO!")
  sys.close(fd)
end)
ax.spawn({ name = "reader" }, function()
  local fd = assert(sys.open("/tmp/myfifo", "READ"))
  print(sys.read(fd, 100))
  sys.close(fd)
end)
while ax.wait(-1) do end

-- The server opens for reading and writing: so there is always a writer, and
-- it does not come to an end when there are no clients.
assert(ax.mkfifo("/tmp/server"))
local server = ax.spawn({ name = "server" }, function()
  local requests <close> = assert(ax.open("/tmp/server", "r+"))
  for line in requests:lines() do
    local path, number = line:match("^(%S+) (%d+)$")
    local answer <close> = assert(ax.open(path, "w"))
    answer:write(("%d * %d = %d\n"):format(number, number, number ^ 2))
  end
end)

--- Asks the server, in one write: so requests are never mixed.
local function ask(number)
  local path = "/tmp/client" .. ax.getpid()
  assert(ax.mkfifo(path))
  local requests <close> = assert(ax.open("/tmp/server", "w"))
  assert(requests:write(("%s %d\n"):format(path, number)))
  local answer <close> = assert(ax.open(path))
  ax.fs.unlink(path) -- the ends do not need it
  return answer:read()
end

local clients = {}
for number = 5, 7 do
  clients[#clients + 1] = ax.spawn(function() print(ask(number)) end)
end
for _, pid in ipairs(clients) do ax.wait(pid) end
ax.kill(server, "KILL")
ax.wait(server)

-- Nobody reads any more: an open that does not wait says so.
print(sys.open("/tmp/server", "O_WRONLY|O_NONBLOCK"))
print(ax.open("/tmp/server", "w", 0.01))
