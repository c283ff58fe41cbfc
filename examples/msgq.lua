-- msgq - one queue, several kinds of messages.
-- Clients send requests of type 1 (urgent) to 3; a server takes the most
-- urgent first, and answers to a type that is the client's own: its pid.
local ax = require "axeberg"
local sys = ax.sys

local KEY = 1234

-- The system calls, as they are in System V.
local id = assert(sys.msgget(KEY, "IPC_CREAT|0644"))
assert(sys.msgsnd(id, 1, "request data"))
assert(sys.msgsnd(id, 2, "response data"))
print("of type 2:", sys.msgrcv(id, 2))
print("the oldest:", sys.msgrcv(id, 0))
print("no more:", sys.msgrcv(id, 0, nil, "IPC_NOWAIT"))

-- The same queue as an object; its messages are tables now.
local Request = { from = "integer", text = "string" }
local REPLY = 1000 -- types from here on are answers

local function open(schema)
  return assert(ax.msgqueue(KEY, { create = false, schema = schema,
    codec = "json" }))
end

for _, request in ipairs { { 3, "sweep" }, { 1, "fire!" }, { 2, "lunch" } } do
  ax.spawn({ name = request[2] }, function()
    local queue = open()
    local me = ax.getpid()
    queue:send(request[1], { from = me, text = request[2] })
    local _, answer = queue:recv(REPLY + me)
    print(("client %q: %s"):format(request[2], answer))
  end)
end

ax.spawn({ name = "server" }, function()
  local queue = open(Request)
  local answers = open("string")
  while true do
    local mtype, request = queue:recv(-3, 0.1) -- the lowest of 1, 2, 3
    if not mtype then return end -- nothing for a while
    print(("server: priority %d, %s"):format(mtype, request.text))
    answers:send(REPLY + request.from, request.text .. " is done")
  end
end)

ax.run() -- until all are done

print("left:", sys.msgctl(id, "IPC_STAT").qnum)
print("removed:", sys.msgctl(id, "IPC_RMID"))
