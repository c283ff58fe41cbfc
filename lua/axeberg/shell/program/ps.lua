--- ps: the processes of the kernel.
return function(io)
  io:options("aefux")
  io:write("  PID  PPID STATE    NAME          WAITS FOR\n")
  for _, p in ipairs(io.ax.ps()) do
    local line = ("%5d %5d %-8s %-13s %s"):format(p.pid, p.ppid, p.state,
      p.name == "" and "-" or p.name, p.waiting or "")
    io:write((line:gsub(" +$", "")), "\n")
  end
end
