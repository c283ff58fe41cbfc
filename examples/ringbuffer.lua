-- ringbuffer - bytes from one process to another, through shared memory.
-- Two counters say how much was written and read so far; each belongs to one
-- side, who waits for the other one's to change.
local ax = require "axeberg"

local HEAD, TAIL, DATA = 0, 8, 64 -- where the counters and the bytes are

local Ring = {}
Ring.__index = Ring

local function open(segment)
  local region = segment:attach("rw", { direct = true })
  local counters = region:view({ head = "i64", tail = "i64" }, HEAD)
  return setmetatable({ region = region, at = counters,
    room = #region - DATA }, Ring)
end

--- Calls f(offset, first, last) for the one or two pieces of size bytes that
-- begin at a count, which may go around the end.
function Ring:pieces(count, size, f)
  local start = count % self.room
  local n = math.min(size, self.room - start)
  f(DATA + start, 1, n)
  if n < size then f(DATA, n + 1, size) end
end

--- Writes all the bytes, waiting for room.
function Ring:write(bytes)
  while #bytes > 0 do
    local head, tail = self.at.head, self.at.tail
    local n = math.min(#bytes, self.room - (head - tail))
    if n == 0 then
      self.region:wait(TAIL, tail)
    else
      self:pieces(head, n, function(offset, first, last)
        self.region:write(offset, bytes:sub(first, last))
      end)
      self.at.head = head + n
      self.region:notify(HEAD)
      bytes = bytes:sub(n + 1)
    end
  end
end

--- Reads what is there, at most size bytes, waiting for some.
function Ring:read(size)
  while true do
    local head, tail = self.at.head, self.at.tail
    local n = math.min(size, head - tail)
    if n > 0 then
      local parts = {}
      self:pieces(tail, n, function(offset, first, last)
        parts[#parts + 1] = self.region:read(offset, last - first + 1)
      end)
      self.at.tail = tail + n
      self.region:notify(TAIL)
      return table.concat(parts)
    end
    self.region:wait(HEAD, head)
  end
end

local segment = assert(ax.shm(DATA + 100)) -- a small one: it goes around

ax.spawn({ name = "writer" }, function()
  local ring = open(segment)
  for i = 1, 200 do ring:write(("line %d\n"):format(i)) end
  ring:write("\n")
end)

ax.spawn({ name = "reader" }, function()
  local ring = open(segment)
  local text = ""
  repeat text = text .. ring:read(37) until text:find("\n\n")
  local lines = 0
  for number in text:gmatch("line (%d+)\n") do
    lines = lines + 1
    assert(tonumber(number) == lines)
  end
  print(lines .. " lines, in their order")
  print(#text .. " bytes through " .. ring.room)
end)

ax.run()
segment:remove()
