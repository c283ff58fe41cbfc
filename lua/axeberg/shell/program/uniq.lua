--- uniq [-cdui] [-f FIELDS] [-s CHARACTERS] [INPUT [OUTPUT]].
local function key_of(line, opts)
  local pos = 1
  for _ = 1, opts.f do pos = line:match("^[ \t]*[^ \t]*()", pos) end
  line = line:sub(pos + opts.s)
  return opts.i and line:lower() or line
end

return function(io)
  local opts, files = io:options("cduif:s:")
  opts.f = io:number(opts.f or "0", "number of fields to skip")
  opts.s = io:number(opts.s or "0", "number of bytes to skip")
  local plain = opts.f == 0 and opts.s == 0 and not opts.i
  if files[2] then
    io.stdout = io:open(files[2], "w") or io:exit(1)
    files[2] = nil
  end
  local last, last_key, count
  local function finish()
    if not last or opts.d and count == 1 or opts.u and count > 1 then
      return
    end
    if opts.c then io:write(("%7d "):format(count)) end
    io:write(last, "\n")
  end
  for _, file in io:inputs(files) do
    for line in io:lines(file) do
      local key = plain and line or key_of(line, opts)
      if key == last_key then
        count = count + 1
      else
        finish()
        last, last_key, count = line, key, 1
      end
    end
  end
  finish()
end
