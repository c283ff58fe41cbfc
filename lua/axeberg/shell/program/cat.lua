--- cat [FILE...]: one after the other.
return function(io)
  local opts, files = io:options("un")
  local number = 0
  for _, file in io:inputs(files) do
    if opts.n then
      for line, whole in io:lines(file) do
        number = number + 1
        io:write(("%6d\t"):format(number), line, whole and "\n" or "")
      end
    else
      for block in io:blocks(file) do io:send(io.stdout, block) end
    end
  end
end
