--- ipcs [-q | -m]: message queues, segments of shared memory.
return function(io)
  local opts = io:options("qma")
  local which
  if opts.q ~= opts.m and not opts.a then
    which = opts.q and "queues" or "segments"
  end
  io:write(require("axeberg.eyes").ipcs(which))
end
