--- rivals - the workloads in Tarantool: tarantool rivals.lua NAME N prints
-- the nanoseconds of processor time (or the bytes) that one unit cost.
-- Runs on Tarantool's own LuaJIT, not on Lua 5.4.
local fiber = require "fiber"

local DATA = ("x"):rep(64)

local function integer(i) return i end
local function record(i) return { id = i, name = "job", data = DATA } end
local function idof(v) return v.id end

local function join(list)
  for _, f in ipairs(list) do f:join() end
end

local function start(fn, ...)
  local f = fiber.new(fn, ...)
  f:set_joinable(true)
  return f
end

local function pingpong(n)
  local ping, pong = fiber.channel(), fiber.channel()
  local a = start(function()
    for i = 1, n do
      ping:put(i)
      if pong:get() ~= i then error "wrong answer" end
    end
  end)
  local b = start(function()
    for _ = 1, n do pong:put(ping:get()) end
  end)
  join { a, b }
end

local function stream(capacity, make, unmake)
  return function(n)
    local q = fiber.channel(capacity or n)
    local a = start(function()
      for i = 1, n do q:put(make(i)) end
    end)
    local b = start(function()
      local sum = 0
      for _ = 1, n do sum = sum + unmake(q:get()) end
      if sum ~= n * (n + 1) / 2 then error "messages were lost" end
    end)
    join { a, b }
  end
end

local function fanin(n)
  local q = fiber.channel(1024)
  local all, each = {}, math.floor(n / 100)
  for p = 1, 100 do
    all[p] = start(function()
      for _ = 1, each do q:put(1) end
    end)
  end
  all[101] = start(function()
    local sum = 0
    for _ = 1, each * 100 do sum = sum + q:get() end
    if sum ~= each * 100 then error "messages were lost" end
  end)
  join(all)
end

local function spawn(n)
  for _ = 1, n do start(function() end):join() end
end

local workloads = {
  pingpong = pingpong,
  stream = stream(1024, integer, integer),
  burst = stream(nil, integer, integer),
  record = stream(1024, record, idof),
  fanin = fanin,
  spawn = spawn,
}

local work, n = workloads[arg[1]], tonumber(arg[2])
work(math.floor(n / 10))
collectgarbage()
local before = os.clock()
work(n)
print((os.clock() - before) / n * 1e9)
os.exit(0)
