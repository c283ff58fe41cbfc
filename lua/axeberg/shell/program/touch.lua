--- touch [-c] [-r FILE] FILE...
local reason = require("axeberg.shell.context").reason

return function(io)
  local opts, files = io:options("camr:")
  if #files == 0 then io:die(1, "missing file operand") end
  local fs = io.ax.fs
  local atime, mtime
  if opts.r then
    local stat, err = fs.stat(opts.r)
    if not stat then
      io:die(1, "failed to get attributes of '%s': %s", opts.r,
        reason(err, opts.r))
    end
    atime, mtime = stat.atime, stat.mtime
  end
  for _, path in ipairs(files) do
    local there, ok, err = fs.stat(path), true, nil
    if not there and not opts.c then
      ok, err = io.ax.open(path, "a")
      if ok then ok:close() end
    end
    if ok and (there or opts.r) and fs.stat(path) then
      ok, err = fs.utime(path, atime, mtime)
    end
    if not ok then io:fail("cannot touch '%s': %s", path, reason(err, path)) end
  end
end
