--- grep [-EFivnclLqoxwhHs] [-m COUNT] [-e PATTERN]... [PATTERN] [FILE...].
local regex = require "axeberg.shell.regex"

--- All patterns as one expression.
local function compile(io, opts, patterns)
  local parts = {}
  for _, text in ipairs(patterns) do
    for line in (text .. "\n"):gmatch("([^\n]*)\n") do
      if opts.F then line = regex.quote(line, opts.E) end
      parts[#parts + 1] = line
    end
  end
  local text = table.concat(parts, opts.E and "|" or "\\|")
  local grouped = opts.E and "(" .. text .. ")" or "\\(" .. text .. "\\)"
  if opts.x then
    text = "^" .. (#parts > 1 and grouped or text) .. "$"
  elseif opts.w then
    text = "\\<" .. grouped .. "\\>"
  end
  local fine, found = pcall(regex.compile, text,
    { extended = opts.E, icase = opts.i })
  if fine then return found end
  if type(found) ~= "table" or not found.regex then error(found, 0) end
  io:die(2, "%s", found.regex)
end

local Search = {}
Search.__index = Search

--- Notes a line that is selected; true: that is enough of this file.
function Search:hit(line, number)
  local opts, io = self.opts, self.io
  self.found = true
  self.count = self.count + 1
  if opts.q then io:exit(0) end
  if opts.l or opts.L then return true end
  if not opts.c then
    local prefix = self.prefix .. (opts.n and number .. ":" or "")
    if opts.o then
      self:parts(line, prefix)
    else
      io:write(prefix, line, "\n")
    end
  end
  return opts.m and self.count >= opts.m
end

function Search:parts(line, prefix)
  if self.opts.v then return end
  local pos = 1
  while pos <= #line do
    local from, to = self.regex:find(line, pos)
    if not from then return end
    if to >= from then self.io:write(prefix, line:sub(from, to), "\n") end
    pos = math.max(to, from) + 1
  end
end

--- Line by line.
function Search:slow(file)
  local number, wanted = 0, not self.opts.v
  local expression = self.regex
  for line in self.io:lines(file) do
    number = number + 1
    if expression:test(line) == wanted and self:hit(line, number) then
      return
    end
  end
end

--- Jumps to the lines that have what every match has.
function Search:fast(file, needle, plain)
  local expression, find = self.regex, string.find
  local sure = not plain or expression.literal
  for chunk in self.io:chunks(file) do
    local text = expression.icase and chunk:lower() or chunk
    local at = find(text, needle, 1, plain)
    while at and at <= #text do
      local from = at
      while from > 1 and text:byte(from - 1) ~= 10 do from = from - 1 end
      local stop = find(chunk, "\n", at, true) or #chunk + 1
      local line = chunk:sub(from, stop - 1)
      if (sure or expression:test(line)) and self:hit(line) then return end
      at = find(text, needle, stop + 1, plain)
    end
  end
end

local function search(self, name, file)
  local opts, io = self.opts, self.io
  self.count = 0
  local shown = name == "-" and "(standard input)" or name
  self.prefix = self.named and shown .. ":" or ""
  local must, quick = self.regex.must, self.regex.quick
  if opts.v or opts.n or must and must:find("\n", 1, true) then
    self:slow(file)
  elseif must then
    self:fast(file, must, true)
  elseif quick and quick.whole then
    self:fast(file, quick.text, false)
  else
    self:slow(file)
  end
  if opts.c then io:write(self.prefix, tostring(self.count), "\n") end
  if opts.l and self.count > 0 then io:write(shown, "\n") end
  if opts.L and self.count == 0 then io:write(shown, "\n") end
end

local function read_patterns(io, name, patterns)
  local file = io:open(name) or io:exit(2)
  for line in io:lines(file) do patterns[#patterns + 1] = line end
  file:close()
end

return function(io)
  io.trouble = 2
  local patterns = {}
  local opts, files = io:options("EFGivnclLqoxwhHsm:e:f:y",
    function(letter, value)
      if letter == "e" then patterns[#patterns + 1] = value end
      if letter == "f" then read_patterns(io, value, patterns) end
    end)
  if io.name == "egrep" then opts.E = true end
  if io.name == "fgrep" then opts.F = true end
  if not opts.e and not opts.f then
    patterns[1] = table.remove(files, 1)
    if not patterns[1] then io:die(2, "usage: grep PATTERN [FILE...]") end
  end
  opts.m = opts.m and io:number(opts.m)
  local self = setmetatable({ io = io, opts = opts, found = false }, Search)
  self.regex = compile(io, opts, patterns)
  self.named = opts.H or #files > 1 and not opts.h
  for name, file in io:inputs(files) do search(self, name, file) end
  if io.status and not (opts.q and self.found) then return 2 end
  return self.found and 0 or 1
end
