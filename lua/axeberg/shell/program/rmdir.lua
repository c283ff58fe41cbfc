--- rmdir [-p] FOLDER...
local reason = require("axeberg.shell.context").reason

return function(io)
  local opts, folders = io:options("p")
  if #folders == 0 then io:die(1, "missing operand") end
  for _, path in ipairs(folders) do
    repeat
      local ok, err = io.ax.fs.rmdir(path)
      if not ok then
        io:fail("failed to remove '%s': %s", path, reason(err, path))
      end
      path = ok and opts.p and path:match("^(.*[^/])/+[^/]+/*$")
    until not path
  end
end
