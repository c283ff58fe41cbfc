--- child - one measurement in a process of its own.
-- lua5.4 child.lua ROW CONTENDER N SALT prints what one unit of the row
-- costs that contender: nanoseconds of processor time, or bytes.  ROW "Y" is
-- the yardstick.  The driver (run.lua) starts these; people may too.
local here = arg[0]:match "^(.*)/[^/]*$" or "."
package.path = here .. "/../?.lua;" .. package.path

local name, contender, n = arg[1], arg[2], tonumber(arg[3])
local salt = tonumber(arg[4] or 0)

--- Resumes and yields of one bare coroutine: what all is compared with.
local function yardstick(times)
  local resume, yield = coroutine.resume, coroutine.yield
  local co = coroutine.create(function()
    while true do yield() end
  end)
  for _ = 1, times do resume(co) end
end

--- The row of that name, from the file that its first word names.
local function find(wanted)
  if wanted == "Y" then return { run = { lua = yardstick } } end
  for _, row in ipairs(require("bench." .. wanted:match "^%a+")) do
    if row.name == wanted then return row end
  end
  error("no row called " .. wanted)
end

local row = find(name)
if row.needs and contender == "axeberg"
    and not require "axeberg"[row.needs] then
  print "absent"
  os.exit(0)
end

-- Another heap in each round: where things happen to lie moves some figures
-- by a fifth, and the median over the rounds should not depend on it.
local ballast = {}
for i = 1, salt do ballast[i] = { i } end

local work = row.run[contender]
if row.bytes or row.timed then -- it knows its figure itself
  print(work(n))
else
  work(n // 10) -- to warm up
  collectgarbage()
  collectgarbage()
  local before = os.clock()
  work(n)
  print((os.clock() - before) / n * 1e9)
end
os.exit(#ballast == salt, false) -- freeing it all is not what is measured
