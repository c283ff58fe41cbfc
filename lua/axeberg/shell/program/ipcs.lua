--- ipcs [-qm]: message queues, segments of shared memory.
local function key(number) return ("0x%08x"):format(number & 0xffffffff) end

local function queues(io)
  local sys = io.ax.sys
  io:write("key        msqid      perms      used-bytes   messages\n")
  for _, id in ipairs(sys.msgids()) do
    local stat = sys.msgctl(id, "IPC_STAT")
    if stat then
      io:write(("%s %-10d %-10s %-12d %d\n"):format(key(stat.key), id,
        ("%03o"):format(stat.mode & 0x1ff), stat.cbytes, stat.qnum))
    end
  end
end

local function segments(io)
  local sys = io.ax.sys
  io:write("key        shmid      perms      bytes        nattch\n")
  for _, id in ipairs(sys.shmids()) do
    local stat = sys.shmctl(id, "IPC_STAT")
    if stat then
      io:write(("%s %-10d %-10s %-12d %d\n"):format(key(stat.key), id,
        ("%03o"):format(stat.mode & 0x1ff), stat.size, stat.nattch))
    end
  end
end

return function(io)
  local opts = io:options("qma")
  local all = opts.a or not (opts.q or opts.m)
  if opts.q or all then queues(io) end
  if all then io:write("\n") end
  if opts.m or all then segments(io) end
end
