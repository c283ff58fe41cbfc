--- ls [-alA1dRrtSFin] [FILE...].
local status = require "axeberg.shell.status"
local reason = require("axeberg.shell.context").reason

local MARK = { directory = "/", link = "@", fifo = "|", socket = "=" }

local function ordered(list, opts)
  local compare
  if opts.t then
    compare = function(a, b)
      if a.stat.mtime ~= b.stat.mtime then
        return a.stat.mtime > b.stat.mtime
      end
      return a.name < b.name
    end
  elseif opts.S then
    compare = function(a, b)
      if a.stat.size ~= b.stat.size then return a.stat.size > b.stat.size end
      return a.name < b.name
    end
  else
    compare = function(a, b) return a.name < b.name end
  end
  table.sort(list, compare)
  if not opts.r then return list end
  local reversed = {}
  for i = #list, 1, -1 do reversed[#reversed + 1] = list[i] end
  return reversed
end

local function shown(io, entry, opts)
  local name = entry.name
  if opts.F then
    local mark = MARK[entry.stat.type]
    if not mark and entry.stat.mode & 0x49 ~= 0 then mark = "*" end
    if not (opts.l and mark == "@") then name = name .. (mark or "") end
  end
  if opts.l and entry.stat.type == "link" then
    name = name .. " -> " .. (io.ax.fs.readlink(entry.path) or "?")
  end
  return name
end

local COLUMNS = { "nlink", "uid", "gid", "size" }

local function widths(list)
  local wide = { nlink = 1, uid = 1, gid = 1, size = 1, ino = 1 }
  for _, entry in ipairs(list) do
    for name in pairs(wide) do
      wide[name] = math.max(wide[name], #tostring(entry.stat[name] or 0))
    end
  end
  return wide
end

local function long(io, list, opts)
  local wide = widths(list)
  for _, entry in ipairs(list) do
    local stat = entry.stat
    if opts.i then
      io:write(("%" .. wide.ino .. "d "):format(stat.ino or 0))
    end
    if opts.l then
      io:write(status.permissions(stat), " ")
      for _, name in ipairs(COLUMNS) do
        io:write(("%" .. wide[name] .. "d "):format(stat[name] or 0))
      end
      io:write(status.when(stat.mtime), " ")
    end
    io:write(shown(io, entry, opts), "\n")
  end
end

--- Names in columns, for a terminal.
local function columns(io, list, opts)
  local texts, wide = {}, 0
  for i, entry in ipairs(list) do
    texts[i] = shown(io, entry, opts)
    wide = math.max(wide, (utf8.len(texts[i]) or #texts[i]) + 2)
  end
  local across = math.max(1, 80 // math.max(wide, 1))
  local rows = (#texts + across - 1) // across
  for row = 1, rows do
    local line = {}
    for at = row, #texts, rows do
      local name = texts[at]
      line[#line + 1] = name
        .. (" "):rep(wide - (utf8.len(name) or #name))
    end
    io:write((table.concat(line):gsub(" +$", "")), "\n")
  end
end

local function show(io, list, opts)
  if opts.C and not (opts.l or opts.i) then return columns(io, list, opts) end
  long(io, list, opts)
end

local function entry_of(io, path, name, follow)
  local fs = io.ax.fs
  local stat, err = (follow and fs.stat or fs.lstat)(path)
  if not stat and follow then stat = fs.lstat(path) end
  if stat then return { name = name, path = path, stat = stat } end
  io:fail("cannot access '%s': %s", path, reason(err, path))
end

--- The entries of a folder that are to be shown, in order.
local function entries(io, path, opts)
  local list = {}
  local all, err = io.ax.fs.list(path)
  if not all then
    io:fail("cannot open directory '%s': %s", path, reason(err, path))
    return nil
  end
  if opts.a then table.move({ ".", ".." }, 1, 2, #all + 1, all) end
  for _, name in ipairs(all) do
    if opts.a or opts.A or name:sub(1, 1) ~= "." then
      list[#list + 1] = entry_of(io, path:gsub("/*$", "/") .. name, name)
    end
  end
  return ordered(list, opts)
end

local function folder(io, path, opts, titled, first)
  local list = entries(io, path, opts)
  if not list then return end
  if titled then io:write(first and "" or "\n", path, ":\n") end
  if opts.l then
    local blocks = 0
    for _, entry in ipairs(list) do
      local stat = entry.stat
      blocks = blocks + (stat.blocks or (stat.size + 511) // 512)
    end
    io:write("total ", tostring(blocks // 2), "\n")
  end
  show(io, list, opts)
  if not opts.R then return end
  for _, entry in ipairs(list) do
    if entry.stat.type == "directory" and entry.name ~= "."
      and entry.name ~= ".." then
      folder(io, entry.path, opts, true, false)
    end
  end
end

return function(io)
  io.trouble = 2
  local opts, paths = io:options("alA1dRrtSFinC")
  opts.l = opts.l or opts.n
  opts.C = opts.C or not opts["1"] and io.terminal
    and io.terminal(io.stdout)
  if #paths == 0 then paths[1] = "." end
  local files, folders = {}, {}
  for _, path in ipairs(paths) do
    local entry = entry_of(io, path, path, not opts.l and not opts.d)
    local into = entry and entry.stat.type == "directory" and not opts.d
      and folders or files
    into[#into + 1] = entry
  end
  if #files > 0 then show(io, ordered(files, opts), opts) end
  local titled = opts.R or #paths > 1
  for i, entry in ipairs(ordered(folders, opts)) do
    folder(io, entry.path, opts, titled, i == 1 and #files == 0)
  end
  return io.status and 2 or 0
end
