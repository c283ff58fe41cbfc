--- ln [-sf] TARGET LINK, ln [-sf] TARGET... FOLDER.
local copy = require "axeberg.shell.copy"
local reason = require("axeberg.shell.context").reason

return function(io)
  local opts, files = io:options("sfn")
  if #files == 1 then files[2] = "." end
  copy.each(io, files, function(source, target)
    local fs = io.ax.fs
    if opts.f and fs.lstat(target) then fs.unlink(target) end
    local ok, err
    if opts.s then
      ok, err = fs.symlink(source, target)
    else
      ok, err = fs.link(source, target)
    end
    if not ok then
      io:fail("failed to create %slink '%s': %s",
        opts.s and "symbolic " or "hard ", target, reason(err, target))
    end
  end)
end
