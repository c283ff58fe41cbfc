--- sleep TIME...: seconds, or with s, m, h or d after the number.
local UNIT = { [""] = 1, s = 1, m = 60, h = 3600, d = 86400 }

return function(io, ...)
  if not ... then io:die(1, "missing operand") end
  local seconds = 0
  for _, text in ipairs { ... } do
    local number, unit = text:match("^([%d.]+)([smhd]?)$")
    if not tonumber(number) then
      io:die(1, "invalid time interval '%s'", text)
    end
    seconds = seconds + tonumber(number) * UNIT[unit]
  end
  io.ax.sleep(seconds)
end
