--- stat [-L] [-c FORMAT] FILE...
local status = require "axeberg.shell.status"
local reason = require("axeberg.shell.context").reason

local function stamp(time)
  return os.date("%Y-%m-%d %H:%M:%S", math.floor(time))
end

local SHOW = {
  n = function(_, path) return path end,
  N = function(io, path, stat)
    if stat.type ~= "link" then return "'" .. path .. "'" end
    return ("'%s' -> '%s'"):format(path, io.ax.fs.readlink(path))
  end,
  s = function(_, _, stat) return tostring(stat.size) end,
  a = function(_, _, stat) return ("%o"):format(stat.mode & 0xfff) end,
  A = function(_, _, stat) return status.permissions(stat) end,
  F = function(_, _, stat)
    if stat.type == "file" and stat.size == 0 then
      return "regular empty file"
    end
    return status.NAME[stat.type] or stat.type
  end,
  h = function(_, _, stat) return tostring(stat.nlink) end,
  i = function(_, _, stat) return tostring(stat.ino or 0) end,
  u = function(_, _, stat) return tostring(stat.uid) end,
  g = function(_, _, stat) return tostring(stat.gid) end,
  X = function(_, _, stat) return tostring(math.floor(stat.atime)) end,
  Y = function(_, _, stat) return tostring(math.floor(stat.mtime)) end,
  Z = function(_, _, stat) return tostring(math.floor(stat.ctime)) end,
  x = function(_, _, stat) return stamp(stat.atime) end,
  y = function(_, _, stat) return stamp(stat.mtime) end,
  z = function(_, _, stat) return stamp(stat.ctime) end,
  ["%"] = function() return "%" end,
}

local DEFAULT = [[
  File: %N
  Size: %s    %F
 Inode: %i    Links: %h
Access: (0%a/%A)  Uid: %u  Gid: %g
Access: %x
Modify: %y
Change: %z]]

return function(io)
  local opts, paths = io:options("Lc:")
  if #paths == 0 then io:die(1, "missing operand") end
  local look = opts.L and io.ax.fs.stat or io.ax.fs.lstat
  for _, path in ipairs(paths) do
    local stat, err = look(path)
    if stat then
      local text = (opts.c or DEFAULT):gsub("%%(.)", function(letter)
        local show = SHOW[letter]
        return show and show(io, path, stat)
      end)
      io:write(text, "\n")
    else
      io:fail("cannot stat '%s': %s", path, reason(err, path))
    end
  end
end
