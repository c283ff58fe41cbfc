--- cp [-rfp] SOURCE TARGET, cp SOURCE... FOLDER.
local copy = require "axeberg.shell.copy"

return function(io)
  local opts, files = io:options("rRfpa")
  opts.r = opts.r or opts.R or opts.a
  copy.each(io, files, function(source, target)
    copy.tree(io, source, target, opts)
  end)
end
