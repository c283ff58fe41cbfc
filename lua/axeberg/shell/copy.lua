--- What cp, mv and ln have in common: targets, copies of trees.
-- @module axeberg.shell.copy

local reason = require("axeberg.shell.context").reason

local M = {}

--- Calls work(source, target) for each source; the last operand is the
--- target, or the folder of all targets.
function M.each(io, files, work)
  if #files == 0 then io:die(1, "missing file operand") end
  if #files == 1 then
    io:die(1, "missing destination file operand after '%s'", files[1])
  end
  local last = table.remove(files)
  local stat = io.ax.fs.stat(last)
  local folder = stat and stat.type == "directory"
  if #files > 1 and not folder then
    io:die(1, "target '%s' is not a directory", last)
  end
  for _, source in ipairs(files) do
    local target = last
    if folder then
      target = last:gsub("/*$", "/") .. source:match("([^/]*)/*$")
    end
    work(source, target)
  end
end

local function contents(io, source, target, mode)
  local from = io:open(source)
  if not from then return false end
  local fresh = io.ax.fs.lstat(target) == nil
  local to = io:open(target, "w")
  if not to then
    from:close()
    return false
  end
  for block in io:blocks(from) do io:send(to, block) end
  from:close()
  to:close()
  if fresh then io.ax.fs.chmod(target, mode) end
  return true
end

local function link(io, source, target)
  local fs = io.ax.fs
  local text = fs.readlink(source)
  if fs.lstat(target) then fs.unlink(target) end
  local ok, err = fs.symlink(text, target)
  if ok then return true end
  io:fail("cannot create symbolic link '%s': %s", target, reason(err, target))
  return false
end

local function folder(io, source, target, opts, mode)
  local fs = io.ax.fs
  local there = fs.stat(target)
  if not there then
    local ok, err = fs.mkdir(target)
    if not ok then
      io:fail("cannot create directory '%s': %s", target, reason(err, target))
      return false
    end
  elseif there.type ~= "directory" then
    io:fail("cannot overwrite non-directory '%s' with directory '%s'", target,
      source)
    return false
  end
  local fine = true
  for _, name in ipairs(fs.list(source) or {}) do
    fine = M.tree(io, source .. "/" .. name, target .. "/" .. name, opts)
      and fine
  end
  if not there then fs.chmod(target, mode) end
  return fine
end

--- Copies a file, or with opts.r a folder and all in it.
-- @treturn boolean whether all of it was copied; what was not is told
function M.tree(io, source, target, opts)
  local fs = io.ax.fs
  local look = opts.r and fs.lstat or fs.stat
  local stat, err = look(source)
  if not stat then
    io:fail("cannot stat '%s': %s", source, reason(err, source))
    return false
  end
  local there = fs.stat(target)
  if there and there.ino == stat.ino and there.dev == stat.dev then
    io:fail("'%s' and '%s' are the same file", source, target)
    return false
  elseif there and there.type == "directory" and stat.type ~= "directory" then
    io:fail("cannot overwrite directory '%s' with non-directory", target)
    return false
  end
  local mode = stat.mode & 0xfff
  local fine
  if stat.type == "directory" then
    if not opts.r then
      io:fail("-r not specified; omitting directory '%s'", source)
      return false
    elseif (target .. "/"):sub(1, #source + 1) == source .. "/" then
      io:fail("cannot copy a directory, '%s', into itself, '%s'", source,
        target)
      return false
    end
    fine = folder(io, source, target, opts, mode)
  elseif stat.type == "link" then
    fine = link(io, source, target)
  elseif stat.type == "fifo" and opts.r then
    fine = io.ax.mkfifo(target, mode) ~= nil
  else
    fine = contents(io, source, target, mode)
  end
  if fine and opts.p and stat.type ~= "link" then
    fs.utime(target, stat.atime, stat.mtime)
  end
  return fine
end

--- Removes a file, or a folder and all in it.
function M.remove(io, path)
  local fs = io.ax.fs
  local stat = fs.lstat(path)
  if not stat then return end
  if stat.type ~= "directory" then return fs.unlink(path) end
  for _, name in ipairs(io.ax.fs.list(path) or {}) do
    M.remove(io, path .. "/" .. name)
  end
  return fs.rmdir(path)
end

return M
