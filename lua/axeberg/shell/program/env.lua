--- env [-i] [NAME=VALUE]... [COMMAND [ARGUMENT]...].
return function(io)
  local env, args, i = {}, io.args, 1
  if args[1] == "-i" or args[1] == "-" then
    i = 2
  else
    for name, value in pairs(io.env) do env[name] = value end
  end
  while args[i] == "-u" do
    env[args[i + 1] or ""] = nil
    i = i + 2
  end
  while args[i] and args[i]:find("=", 2, true) do
    local name, value = args[i]:match("^([^=]+)=(.*)$")
    env[name] = value
    i = i + 1
  end
  if args[i] then
    return io:run({ table.unpack(args, i) }, { env = env })
  end
  local lines = {}
  for name, value in pairs(env) do
    lines[#lines + 1] = name .. "=" .. value .. "\n"
  end
  table.sort(lines)
  io:write(table.concat(lines))
end
