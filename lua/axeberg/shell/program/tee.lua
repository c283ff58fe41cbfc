--- tee [-a] [FILE...]: to the standard output, and into files.
return function(io)
  local opts, names = io:options("ai")
  local files = {}
  for _, name in ipairs(names) do
    files[#files + 1] = io:open(name, opts.a and "a" or "w")
  end
  for block in io:blocks(io.stdin) do
    io:send(io.stdout, block)
    for _, file in ipairs(files) do io:send(file, block) end
  end
  for _, file in ipairs(files) do file:close() end
end
