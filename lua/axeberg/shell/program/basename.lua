--- basename PATH [SUFFIX].
return function(io, path, suffix)
  if not path then io:die(1, "missing operand") end
  if path:find("^/+$") then path = "/" end
  local name = path == "/" and path or path:match("([^/]*)/*$")
  if suffix and #suffix < #name and name:sub(-#suffix) == suffix then
    name = name:sub(1, -#suffix - 1)
  end
  io:write(name, "\n")
end
