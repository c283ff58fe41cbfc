--- mkfifo [-m MODE] PATH...
local reason = require("axeberg.shell.context").reason

return function(io)
  local opts, paths = io:options("m:")
  local mode = tonumber(opts.m or "666", 8)
  if not mode then io:die(1, "invalid mode '%s'", opts.m) end
  if #paths == 0 then io:die(1, "missing operand") end
  for _, path in ipairs(paths) do
    local ok, err = io.ax.mkfifo(path, mode)
    if ok and opts.m then ok, err = io.ax.fs.chmod(path, mode) end
    if not ok then
      io:fail("cannot create fifo '%s': %s", path, reason(err, path))
    end
  end
end
