--- What ls and stat tell of files: types, modes, times.
-- @module axeberg.shell.status

local M = {}

M.LETTER = { directory = "d", link = "l", fifo = "p", char = "c", block = "b",
  socket = "s" }

M.NAME = { file = "regular file", directory = "directory",
  link = "symbolic link", fifo = "fifo", char = "character special file",
  block = "block special file", socket = "socket" }

--- "drwxr-xr-x"
function M.permissions(stat)
  local out = { M.LETTER[stat.type] or "-" }
  for shift = 6, 0, -3 do
    local bits = stat.mode >> shift
    out[#out + 1] = bits & 4 ~= 0 and "r" or "-"
    out[#out + 1] = bits & 2 ~= 0 and "w" or "-"
    local x, extra = bits & 1 ~= 0, stat.mode & 0x200 << shift // 3 ~= 0
    local letter = shift == 0 and "t" or "s"
    out[#out + 1] = extra and (x and letter or letter:upper())
      or x and "x" or "-"
  end
  return table.concat(out)
end

local HALF_YEAR = 15778476

--- A time as ls shows it.
function M.when(time)
  time = math.floor(time)
  local age = os.time() - time
  local form = (age < 0 or age > HALF_YEAR) and "%b %e  %Y" or "%b %e %H:%M"
  return os.date(form, time)
end

return M
