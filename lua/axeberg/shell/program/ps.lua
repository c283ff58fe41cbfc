--- ps: the processes of the kernel.
return function(io)
  io:options("aefux") -- all are shown anyway
  io:write(require("axeberg.eyes").ps())
end
