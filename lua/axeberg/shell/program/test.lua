--- test EXPRESSION, [ EXPRESSION ].
local number = require("axeberg.shell.arith").number

local Test = {}
Test.__index = Test

function Test:integer(text)
  local value = number((text:gsub("^(%s*[-+]?)0+(%d)", "%1%2")))
  if not value then self.io:die(2, "%s: bad number", text) end
  return value
end

local function kind(wanted)
  return function(self, path)
    local stat = self.io.ax.fs.stat(path)
    return stat ~= nil and (wanted == nil or stat.type == wanted)
  end
end

local function link(self, path)
  local stat = self.io.ax.fs.lstat(path)
  return stat ~= nil and stat.type == "link"
end

local function access(mode)
  return function(self, path)
    return (self.io.ax.fs.access(path, mode)) and true or false
  end
end

local function bit(mask)
  return function(self, path)
    local stat = self.io.ax.fs.stat(path)
    return stat ~= nil and stat.mode & mask ~= 0
  end
end

local UNARY = {
  ["-n"] = function(_, text) return text ~= "" end,
  ["-z"] = function(_, text) return text == "" end,
  ["-e"] = kind(nil), ["-f"] = kind("file"), ["-d"] = kind("directory"),
  ["-p"] = kind("fifo"), ["-c"] = kind("char"), ["-b"] = kind("block"),
  ["-S"] = kind("socket"), ["-h"] = link, ["-L"] = link,
  ["-r"] = access(4), ["-w"] = access(2), ["-x"] = access(1),
  ["-u"] = bit(0x800), ["-g"] = bit(0x400), ["-k"] = bit(0x200),
  ["-s"] = function(self, path)
    local stat = self.io.ax.fs.stat(path)
    return stat ~= nil and stat.size > 0
  end,
  ["-t"] = function(self, text)
    local file = ({ [0] = self.io.stdin, self.io.stdout, self.io.stderr })[
      self:integer(text)]
    return file ~= nil and self.io.terminal and self.io.terminal(file)
  end,
}

local function newer(a, b)
  return a ~= nil and (b == nil or a.mtime > b.mtime)
end

local BINARY = {
  ["="] = function(_, a, b) return a == b end,
  ["=="] = function(_, a, b) return a == b end,
  ["!="] = function(_, a, b) return a ~= b end,
  ["<"] = function(_, a, b) return a < b end,
  [">"] = function(_, a, b) return a > b end,
  ["-eq"] = function(t, a, b) return t:integer(a) == t:integer(b) end,
  ["-ne"] = function(t, a, b) return t:integer(a) ~= t:integer(b) end,
  ["-lt"] = function(t, a, b) return t:integer(a) < t:integer(b) end,
  ["-le"] = function(t, a, b) return t:integer(a) <= t:integer(b) end,
  ["-gt"] = function(t, a, b) return t:integer(a) > t:integer(b) end,
  ["-ge"] = function(t, a, b) return t:integer(a) >= t:integer(b) end,
  ["-nt"] = function(t, a, b)
    return newer(t.io.ax.fs.stat(a), t.io.ax.fs.stat(b))
  end,
  ["-ot"] = function(t, a, b)
    return newer(t.io.ax.fs.stat(b), t.io.ax.fs.stat(a))
  end,
  ["-ef"] = function(t, a, b)
    a, b = t.io.ax.fs.stat(a), t.io.ax.fs.stat(b)
    return a ~= nil and b ~= nil and a.ino == b.ino and a.dev == b.dev
  end,
}

-- or: and {-o and}; and: not {-a not}; not: [!] primary
function Test:primary()
  local args, i = self.args, self.at
  local left = self.stop - i + 1
  if left >= 3 and BINARY[args[i + 1]] then
    self.at = i + 3
    return BINARY[args[i + 1]](self, args[i], args[i + 2])
  elseif args[i] == "(" and left > 1 then
    self.at = i + 1
    local value = self:either()
    if args[self.at] ~= ")" then self.io:die(2, "closing paren expected") end
    self.at = self.at + 1
    return value
  elseif left >= 2 and UNARY[args[i]] then
    self.at = i + 2
    return UNARY[args[i]](self, args[i + 1])
  elseif left < 1 then
    self.io:die(2, "argument expected")
  end
  self.at = i + 1
  return args[i] ~= ""
end

function Test:negated()
  if self.args[self.at] == "!" and self.stop > self.at and
    not (self.stop - self.at == 2 and BINARY[self.args[self.at + 1]]) then
    self.at = self.at + 1
    return not self:negated()
  end
  return self:primary()
end

function Test:both()
  local value = self:negated()
  while self.args[self.at] == "-a" and self.at <= self.stop do
    self.at = self.at + 1
    local right = self:negated()
    value = value and right
  end
  return value
end

function Test:either()
  local value = self:both()
  while self.args[self.at] == "-o" and self.at <= self.stop do
    self.at = self.at + 1
    local right = self:both()
    value = value or right
  end
  return value
end

return function(io)
  local args = io.args
  local stop = #args
  if io.name == "[" then
    if args[stop] ~= "]" then io:die(2, "missing ]") end
    stop = stop - 1
  end
  if stop == 0 then return 1 end
  if stop == 1 then return args[1] ~= "" end
  local self = setmetatable({ io = io, args = args, at = 1, stop = stop },
    Test)
  local value = self:either()
  if self.at <= stop then
    io:die(2, "%s: unexpected operator", args[self.at])
  end
  return value
end
