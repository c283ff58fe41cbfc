--- The scripts of sed: from text to commands.
--
-- A command is a table: name; first and last (addresses: a number, "$", an
-- expression, or { plus = n }), step, invert; and what its name needs.
-- @module axeberg.shell.script

local regex = require "axeberg.shell.regex"

local M = {}

local Reader = {}
Reader.__index = Reader

local function fail(text) error({ script = text }, 0) end

function Reader:peek() return self.text:sub(self.pos, self.pos) end

function Reader:skip(pattern)
  self.pos = self.text:match("^" .. pattern .. "()", self.pos)
end

function Reader:compile(text, icase)
  if text == "" then return "last" end
  local fine, found = pcall(regex.compile, text,
    { extended = self.extended, icase = icase })
  if fine then return found end
  if type(found) ~= "table" or not found.regex then error(found, 0) end
  fail(found.regex)
end

--- Up to the delimiter; \ before it takes its meaning away; in an expression,
--- brackets do that, too.
function Reader:delimited(delimiter, expression)
  local out, text = {}, self.text
  while true do
    local char = self:peek()
    if char == "" then return nil end
    if char == delimiter then break end
    local piece = char
    if char == "\\" then
      local follow = text:sub(self.pos + 1, self.pos + 1)
      piece = follow == delimiter and follow or "\\" .. follow
      if follow == delimiter and not expression and follow == "&" then
        piece = "\\&"
      end
      self.pos = self.pos + 1
    elseif char == "[" and expression then
      piece = text:match("^%[%^?%]?[^%]]*%]", self.pos) or char
      if piece:find("[:", 1, true) then
        piece = text:match("^%[%^?%]?.-:%][^%]]*%]", self.pos) or piece
      end
      self.pos = self.pos + #piece - 1
    end
    out[#out + 1] = piece
    self.pos = self.pos + 1
  end
  self.pos = self.pos + 1
  return table.concat(out)
end

function Reader:address()
  local number = self.text:match("^%d+", self.pos)
  if number then
    self.pos = self.pos + #number
    return tonumber(number)
  end
  local char = self:peek()
  if char == "$" then
    self.pos = self.pos + 1
    return "$"
  elseif char == "/" or char == "\\" then
    local delimiter = char
    self.pos = self.pos + 1
    if char == "\\" then
      delimiter = self:peek()
      self.pos = self.pos + 1
    end
    local text = self:delimited(delimiter, true)
    if not text then fail("unterminated address regex") end
    local icase = self:peek() == "I"
    if icase then self.pos = self.pos + 1 end
    return self:compile(text, icase)
  end
end

function Reader:addresses(command)
  command.first = self:address()
  if not command.first then return end
  if self:peek() == "~" then
    self.pos = self.pos + 1
    command.step = self:address()
  end
  self:skip("[ \t]*")
  if self:peek() ~= "," then return end
  self:skip(",[ \t]*")
  if self:peek() == "+" then
    self.pos = self.pos + 1
    command.last = { plus = self:address() }
  else
    command.last = self:address()
  end
  if not command.last then fail("unexpected `,'") end
end

-- --------------------------------------------------------------- commands

--- A replacement as a list: texts, and the numbers of groups.
function M.replacement(text)
  local out, plain, pos = {}, {}, 1
  local function flush()
    if #plain > 0 then out[#out + 1] = table.concat(plain) end
    plain = {}
  end
  while pos <= #text do
    local char = text:sub(pos, pos)
    if char == "&" then
      flush()
      out[#out + 1] = 0
    elseif char == "\\" then
      pos = pos + 1
      char = text:sub(pos, pos)
      if char:find("%d") then
        flush()
        out[#out + 1] = tonumber(char)
      else
        plain[#plain + 1] = char == "n" and "\n" or char == "t" and "\t"
          or char
      end
    else
      plain[#plain + 1] = char
    end
    pos = pos + 1
  end
  flush()
  return out
end

local READ = {}

function READ.s(self, command)
  local delimiter = self:peek()
  self.pos = self.pos + 1
  local expression = self:delimited(delimiter, true)
  local text = expression and self:delimited(delimiter, false)
  if not text then fail("unterminated `s' command") end
  command.parts = M.replacement(text)
  if not command.parts[2] and type(command.parts[1]) == "string" then
    command.only = command.parts[1] -- text without & and the like
  end
  local flags = self.text:match("^[gpiIwe0-9]*", self.pos)
  self.pos = self.pos + #flags
  command.all = flags:find("g") ~= nil
  command.print = flags:find("p") ~= nil
  command.count = tonumber(flags:match("%d+")) or 1
  if command.count == 0 then fail("number option may not be zero") end
  command.regex = self:compile(expression, flags:find("[iI]") ~= nil)
  for _, part in ipairs(command.parts) do
    local groups = command.regex ~= "last" and command.regex.groups or 9
    if math.type(part) and part > groups then
      fail(("invalid reference \\%d on `s' command's RHS"):format(part))
    end
    command.groups = command.groups or math.type(part) and part > 0
  end
end

function READ.y(self, command)
  local delimiter = self:peek()
  self.pos = self.pos + 1
  local from = self:delimited(delimiter, false)
  local to = from and self:delimited(delimiter, false)
  if not to then fail("unterminated `y' command") end
  local escapes = { ["\\n"] = "\n", ["\\\\"] = "\\", ["\\t"] = "\t" }
  from, to = from:gsub("\\.", escapes), to:gsub("\\.", escapes)
  if #from ~= #to then
    fail("strings for `y' command are different lengths")
  end
  command.map = {}
  for i = 1, #from do command.map[from:sub(i, i)] = to:sub(i, i) end
end

--- The text of a, i and c: behind \ and a newline, or on the same line.
local function text_of(self, command)
  self:skip("[ \t]*")
  if self:peek() == "\\" then self:skip("\\[ \t]*\n?") end
  local out = {}
  while true do
    local line, stop = self.text:match("^([^\n]*)()", self.pos)
    self.pos = math.min(stop + 1, #self.text + 1)
    if line:sub(-1) ~= "\\" then
      out[#out + 1] = line
      break
    end
    out[#out + 1] = line:sub(1, -2)
    if stop > #self.text then break end
  end
  command.text = table.concat(out, "\n"):gsub("\\(.)", "%1") .. "\n"
end

READ.a, READ.i, READ.c = text_of, text_of, text_of

local function label(self, command)
  self:skip("[ \t]*")
  command.label = self.text:match("^[^;\n}]*", self.pos):gsub("%s+$", "")
  self:skip("[^;\n}]*")
end

READ.b, READ.t, READ[":"] = label, label, label

function READ.q(self, command)
  self:skip("[ \t]*")
  local digits = self.text:match("^%d*", self.pos)
  self.pos = self.pos + #digits
  command.status = tonumber(digits) or 0
end

for name in ("pdnNDPhHgGx=l"):gmatch(".") do READ[name] = function() end end

local list

READ["{"] = function(self, command)
  command.body = list(self, true)
end

local function one(self)
  local command = {}
  self:addresses(command)
  self:skip("[ \t]*")
  while self:peek() == "!" do
    command.invert = true
    self:skip("![ \t]*")
  end
  command.name = self:peek()
  self.pos = self.pos + 1
  local read = READ[command.name]
  if command.name == "" then fail("missing command") end
  if not read then fail(("unknown command: `%s'"):format(command.name)) end
  read(self, command)
  if command.name == "{" then return command end
  self:skip("[ \t]*")
  if not self.text:find("^[;}\n#]", self.pos) and self.pos <= #self.text
    and not command.text then
    fail("extra characters after command")
  end
  return command
end

function list(self, inner)
  local commands = {}
  while true do
    self:skip("[%s;]*")
    local char = self:peek()
    if char == "#" then
      self:skip("[^\n]*")
    elseif char == "" then
      if inner then fail("unmatched `{'") end
      return commands
    elseif char == "}" then
      if not inner then fail("unexpected `}'") end
      self.pos = self.pos + 1
      return commands
    else
      commands[#commands + 1] = one(self)
    end
  end
end

--- The commands of a script.
-- @tparam string text
-- @tparam boolean extended
-- @raise { script = text } if something is wrong
function M.parse(text, extended)
  return list(setmetatable({ text = text, pos = 1, extended = extended },
    Reader), false)
end

return M
