--- date [-u] [+FORMAT].
return function(io)
  local opts, rest = io:options("u")
  local form = rest[1] and rest[1]:match("^%+(.*)$")
  if rest[1] and not form then
    io:die(1, "invalid date '%s'", rest[1])
  end
  form = (form or "%a %b %e %H:%M:%S %Z %Y"):gsub("%%s", tostring(os.time()))
  if opts.u then form = form:gsub("%%Z", "UTC") end
  local fine, text = pcall(os.date, (opts.u and "!" or "") .. form)
  if not fine then io:die(1, "invalid format '%s'", form) end
  io:write(text, "\n")
end
