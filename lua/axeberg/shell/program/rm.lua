--- rm [-rf] FILE...
local reason = require("axeberg.shell.context").reason

local function remove(io, path, opts)
  local fs = io.ax.fs
  local stat, err = fs.lstat(path)
  if not stat then
    if not opts.f then
      io:fail("cannot remove '%s': %s", path, reason(err, path))
    end
    return
  end
  local ok
  if stat.type ~= "directory" then
    ok, err = fs.unlink(path)
  elseif not opts.r then
    return io:fail("cannot remove '%s': Is a directory", path)
  else
    for _, name in ipairs(io.ax.fs.list(path) or {}) do
      remove(io, path .. "/" .. name, opts)
    end
    ok, err = fs.rmdir(path)
  end
  if not ok then io:fail("cannot remove '%s': %s", path, reason(err, path)) end
end

return function(io)
  local opts, files = io:options("rRfv")
  opts.r = opts.r or opts.R
  if #files == 0 and not opts.f then io:die(1, "missing operand") end
  for _, path in ipairs(files) do
    local base = path:match("([^/]*)/*$")
    if base == "." or base == ".." then
      io:fail("refusing to remove '.' or '..' directory: skipping '%s'", path)
    else
      remove(io, path, opts)
    end
  end
end
