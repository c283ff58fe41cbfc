--- chmod [-R] MODE FILE...; MODE: octal, or as in u+x,go-w.
local reason = require("axeberg.shell.context").reason

local WHO = { u = 0x1c0, g = 0x38, o = 0x7, a = 0x1ff }
local WHAT = { r = 0x124, w = 0x92, x = 0x49, X = 0x49 }

--- The mode after one clause such as go-w.
local function clause(text, mode, folder)
  local who, rest = text:match("^([ugoa]*)([-+=].*)$")
  if not who then return nil end
  local mask = who == "" and 0x1ff or 0
  for letter in who:gmatch(".") do mask = mask | WHO[letter] end
  for op, letters in rest:gmatch("([-+=])([^-+=]*)") do
    local bits = 0
    for letter in letters:gmatch(".") do
      if not WHAT[letter] then return nil end
      if letter ~= "X" or folder or mode & 0x49 ~= 0 then
        bits = bits | WHAT[letter]
      end
    end
    bits = bits & mask
    if op == "+" then mode = mode | bits
    elseif op == "-" then mode = mode & ~bits
    else mode = mode & ~mask | bits end
  end
  return mode
end

local function wanted(text, stat)
  if text:find("^[0-7]+$") then return tonumber(text, 8) end
  local mode = stat.mode & 0xfff
  for part in (text .. ","):gmatch("([^,]*),") do
    mode = mode and clause(part, mode, stat.type == "directory")
  end
  return mode
end

return function(io)
  local first = io.args[1] or ""
  local minus = first:find("^%-[rwxX]") and table.remove(io.args, 1)
  local opts, files = io:options("R")
  local text = minus or table.remove(files, 1)
  if not files[1] then io:die(1, "missing operand") end
  local function change(path)
    local stat, err = io.ax.fs.stat(path)
    local mode = stat and wanted(text, stat)
    if stat and not mode then io:die(1, "invalid mode: '%s'", text) end
    local ok = stat
    if stat then ok, err = io.ax.fs.chmod(path, mode) end
    if not ok then
      return io:fail("cannot access '%s': %s", path, reason(err, path))
    end
    if not opts.R or stat.type ~= "directory" then return end
    for _, name in ipairs(io.ax.fs.list(path) or {}) do
      change(path .. "/" .. name)
    end
  end
  for _, path in ipairs(files) do change(path) end
end
