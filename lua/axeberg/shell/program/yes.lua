--- yes [TEXT...]: the same line for ever.
return function(io, ...)
  local line = (... and table.concat({ ... }, " ") or "y") .. "\n"
  local block = line:rep(math.max(1, 8192 // #line))
  while true do io:send(io.stdout, block) end
end
