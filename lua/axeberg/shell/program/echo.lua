--- echo [-n] [TEXT...], with the escapes of XSI.
local escape = require "axeberg.shell.escape"

return function(io, first, ...)
  local line = first == "-n"
  local text = table.concat(line and { ... } or io.args, " ")
  local out, stopped = escape.replace(text, escape.ECHO)
  io:write(out, (line or stopped) and "" or "\n")
end
