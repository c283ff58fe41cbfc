--- host COMMAND [ARGUMENT...]: a real program of the host, in the pipeline.
return function(io, ...)
  if not ... then io:die(2, "usage: host COMMAND [ARGUMENT]...") end
  local program, err, code = io.ax.popen { stdin = io.stdin or "null",
    stdout = io.stdout or "null", stderr = io.stderr or "null",
    env = io.env, clean = true, ... }
  if not program then
    io:fail("%s: %s", (...), tostring(err))
    return code == "ENOENT" and 127 or 126
  end
  local how, number = program:wait()
  return how == "exited" and number or 128 + number
end
