--- dirname PATH...
return function(io, ...)
  if not ... then io:die(1, "missing operand") end
  for _, path in ipairs { ... } do
    local folder = path:gsub("/+$", "")
    if folder == "" then
      folder = path == "" and "." or "/"
    elseif folder:find("/", 1, true) then
      folder = folder:match("^(.*)/[^/]*$"):gsub("/+$", "")
      if folder == "" then folder = "/" end
    else
      folder = "."
    end
    io:write(folder, "\n")
  end
end
