--- mkdir [-p] [-m MODE] FOLDER...
local reason = require("axeberg.shell.context").reason

--- Makes a folder and those above it.
local function parents(io, path, mode)
  local done = path:find("^/") and "/" or ""
  for part in path:gmatch("[^/]+") do
    done = done .. part
    local ok, err = io.ax.fs.mkdir(done)
    if not ok then
      local stat = io.ax.fs.stat(done)
      if not stat or stat.type ~= "directory" then return nil, err end
    end
    done = done .. "/"
  end
  if mode then io.ax.fs.chmod(path, mode) end
  return true
end

return function(io)
  local opts, folders = io:options("pm:v")
  local mode = opts.m and tonumber(opts.m, 8)
  if opts.m and not mode then io:die(1, "invalid mode '%s'", opts.m) end
  if #folders == 0 then io:die(1, "missing operand") end
  for _, path in ipairs(folders) do
    local ok, err
    if opts.p then
      ok, err = parents(io, path, mode)
    else
      ok, err = io.ax.fs.mkdir(path)
      if ok and mode then io.ax.fs.chmod(path, mode) end
    end
    if not ok then
      io:fail("cannot create directory '%s': %s", path, reason(err, path))
    end
  end
end
