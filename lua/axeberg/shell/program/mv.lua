--- mv [-f] SOURCE TARGET, mv SOURCE... FOLDER.
local copy = require "axeberg.shell.copy"
local reason = require("axeberg.shell.context").reason

return function(io)
  local opts, files = io:options("fnT")
  copy.each(io, files, function(source, target)
    local fs = io.ax.fs
    if not fs.lstat(source) then
      return io:fail("cannot stat '%s': No such file or directory", source)
    end
    if opts.n and fs.lstat(target) then return end
    local ok, err, code = fs.rename(source, target)
    if ok then return end
    if code == "EXDEV" then
      if copy.tree(io, source, target, { r = true, p = true }) then
        return copy.remove(io, source)
      end
      return
    end
    io:fail("cannot move '%s' to '%s': %s", source, target,
      reason(err, source))
  end)
end
