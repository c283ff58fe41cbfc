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

--- Where the line begins and ends that has the position `at` in it; after: a
--- line begins there, at or before it.
local function line_around(text, at, after)
  local find = string.find
  if at - after > 300 then
    for _, back in ipairs { 200, 4000, at } do
      local from = math.max(at - back, 1)
      local found = text:sub(from, at - 1):match(".*\n()")
      if found then
        after = from + found - 1
        break
      end
      if from == 1 then break end
    end
  end
  local stop = find(text, "\n", after, true)
  while stop and stop < at do
    after = stop + 1
    stop = find(text, "\n", after, true)
  end
  return after, stop or #text + 1
end

--- Jumps to the lines that have what every match has; calls found with each
--- that matches, its place and the chunk, until that answers true, and rest
--- with the chunk.
local function jump(self, file, needle, plain, found, rest)
  local expression, find = self.regex, string.find
  local sure = not plain or expression.literal
  for chunk in self.io:chunks(file) do
    local text = expression.icase and chunk:lower() or chunk
    local at, after = find(text, needle, 1, plain), 1
    while at and at <= #text do
      local from, stop = line_around(text, at, after)
      after = stop + 1
      if sure or expression:test(chunk:sub(from, stop - 1)) then
        if found(from, stop, chunk) then return end
      end
      at = find(text, needle, after, plain)
    end
    if rest then rest(chunk) end
  end
end

function Search:fast(file, needle, plain)
  jump(self, file, needle, plain, function(from, stop, chunk)
    return self:hit(chunk:sub(from, stop - 1))
  end)
end

--- Writes all that lies between the lines that match.
function Search:between(file, needle, plain)
  local io, pos = self.io, 1
  local function write(chunk, from, to)
    if from > to then return end
    self.found = true
    io:write(chunk:sub(from, to))
  end
  jump(self, file, needle, plain, function(from, stop, chunk)
    write(chunk, pos, from - 1)
    pos = stop + 1
  end, function(chunk)
    write(chunk, pos, #chunk)
    if pos <= #chunk and chunk:byte(-1) ~= 10 then io:write("\n") end
    pos = 1
  end)
end

--- How to go through a file: a method, and what it looks for.
local function method(self)
  local opts, must, quick = self.opts, self.regex.must, self.regex.quick
  local needle = must or quick and quick.whole and quick.text
  if opts.n or not needle or must
    and must:find("\n", 1, true) then
    return self.slow
  elseif not opts.v then
    return self.fast, needle, must ~= nil
  end
  local plain = not (opts.c or opts.l or opts.L or opts.q or opts.m)
    and self.prefix == "" and not opts.o
  if plain then return self.between, needle, must ~= nil end
  return self.slow
end

local function search(self, name, file)
  local opts, io = self.opts, self.io
  self.count = 0
  local shown = name == "-" and "(standard input)" or name
  self.prefix = self.named and shown .. ":" or ""
  local go, needle, plain = method(self)
  go(self, file, needle, plain)
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
