--- pwd: the current folder.
return function(io) io:write(io.ax.fs.getcwd(), "\n") end
