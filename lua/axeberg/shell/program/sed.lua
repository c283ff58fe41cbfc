--- sed [-nE] [-e SCRIPT]... [-f FILE] [SCRIPT] [FILE...].
local script = require "axeberg.shell.script"

local Run = {}
Run.__index = Run

--- The next line into self.line; false: there is none.
function Run:advance()
  if not self.ahead then return false end
  self.line, self.whole = self.ahead, self.ahead_whole
  self.ahead, self.ahead_whole = self.next()
  self.number = self.number + 1
  return true
end

function Run:put(text, whole)
  self.io:write(text, whole ~= false and "\n" or "")
end

function Run:expression(found)
  if found == "last" then
    if not self.last then self.io:die(1, "no previous regular expression") end
    return self.last
  end
  self.last = found
  return found
end

function Run:at(address)
  if address == "$" then return self.ahead == nil end
  if math.type(address) then return self.number == address end
  return self:expression(address):test(self.line)
end

--- Whether the second address ends the range in this line.
local function range_over(self, command)
  local last = command.last
  if type(last) == "table" and last.plus then
    return self.number >= command.started + last.plus
  elseif math.type(last) then
    return self.number >= last
  end
  return self:at(last)
end

local function selected(self, command)
  local first = command.first
  if not first then return true end
  if command.step then
    local step = command.step
    if step == 0 then return self.number == first end
    return self.number >= first and (self.number - first) % step == 0
  end
  if not command.last then return self:at(first) end
  if command.active then
    if range_over(self, command) then command.active = false end
    local last = command.last
    return not math.type(last) or self.number <= last
      or command.started == self.number
  end
  if not self:at(first) then return false end
  command.started = self.number
  local last = command.last
  command.active = not (math.type(last) and last <= self.number
    or type(last) == "table" and last.plus == 0)
  return true
end

-- --------------------------------------------------------------- commands

--- Adds what a match is replaced by.
local function replace(out, parts, line, from, to, places)
  for _, part in ipairs(parts) do
    if part == 0 then
      out[#out + 1] = line:sub(from, to)
    elseif math.type(part) then
      local first, last = places[2 * part], places[2 * part + 1]
      if first and last then out[#out + 1] = line:sub(first, last - 1) end
    else
      out[#out + 1] = part
    end
  end
end

--- The line after s/// with its first match replaced; nil: there is none.
local function substitute_first(line, command, expression)
  local from, to, places = expression:find(line, 1, command.groups)
  if not from then return nil end
  local only = command.only
  if only then return line:sub(1, from - 1) .. only .. line:sub(to + 1) end
  local out = { line:sub(1, from - 1) }
  replace(out, command.parts, line, from, to, places)
  out[#out + 1] = line:sub(to + 1)
  return table.concat(out)
end

--- The line after s///; nil if nothing matched.
local function substitute(self, command)
  local expression = self:expression(command.regex)
  if not command.all and command.count == 1 then
    return substitute_first(self.line, command, expression)
  end
  if command.all and command.count == 1 and command.only then
    local new, count = expression:replace(self.line, command.only)
    if new then return count > 0 and new or nil end
  end
  local line, out, pos, count = self.line, {}, 1, 0
  local done, barred = false, nil
  while pos <= #line + 1 do
    local from, to, places = expression:find(line, pos, command.groups)
    if not from then break end
    if to < from and from == barred then -- nothing, right after a match
      out[#out + 1] = line:sub(pos, from)
      pos, barred = from + 1, nil
    else
      count = count + 1
      out[#out + 1] = line:sub(pos, from - 1)
      if count >= command.count then
        replace(out, command.parts, line, from, to, places)
        done = true
      else
        out[#out + 1] = line:sub(from, to)
      end
      pos = to + 1
      if done and not command.all then break end
      if to < from then
        out[#out + 1] = line:sub(from, from)
        pos = from + 1
      else
        barred = pos
      end
    end
  end
  if not done then return nil end
  out[#out + 1] = line:sub(pos)
  return table.concat(out)
end

local DO = {}

function DO.s(self, command)
  local line = substitute(self, command)
  if not line then return end
  self.line, self.replaced = line, true
  if command.print then self:put(line) end
end

function DO.y(self, command)
  self.line = self.line:gsub(".", command.map)
end

function DO.p(self) self:put(self.line) end
function DO.d() return "next" end
DO["="] = function(self) self:put(tostring(self.number)) end
function DO.h(self) self.hold = self.line end
function DO.H(self) self.hold = self.hold .. "\n" .. self.line end
function DO.g(self) self.line = self.hold end
function DO.G(self) self.line = self.line .. "\n" .. self.hold end
function DO.x(self) self.line, self.hold = self.hold, self.line end
function DO.P(self) self:put(self.line:match("^[^\n]*")) end
function DO.i(self, command) self.io:write(command.text) end
DO[":"] = function() end

function DO.a(self, command)
  self.after[#self.after + 1] = command.text
end

function DO.c(self, command)
  if not command.last or command.invert or not command.active then
    self.io:write(command.text)
  end
  return "next"
end

function DO.l(self)
  local text = self.line:gsub("\\", "\\\\"):gsub("\n", "\\n")
    :gsub("\t", "\\t"):gsub("[^ -~]", function(char)
      return ("\\%03o"):format(char:byte())
    end)
  self:put(text .. "$")
end

function DO.D(self)
  local rest = self.line:match("\n(.*)$")
  if not rest then return "next" end
  self.line, self.keep = rest, true
  return "next"
end

function DO.n(self)
  if not self.ahead then return "quit" end
  self:finish()
  self:advance()
end

function DO.N(self)
  if not self.ahead then return "quit" end
  local line = self.line
  self:advance()
  self.line = line .. "\n" .. self.line
end

function DO.q(self, command)
  self.status = command.status
  return "quit"
end

function DO.b(_, command) return "branch", command.label end

function DO.t(self, command)
  if not self.replaced then return end
  self.replaced = false
  return "branch", command.label
end

local run

DO["{"] = function(self, command) return run(self, command.body, 1) end

--- Runs commands from one on; how that ended, if it did not reach the end.
function run(self, commands, from)
  for i = from, #commands do
    local command = commands[i]
    if selected(self, command) ~= (command.invert or false) then
      local how, where = DO[command.name](self, command)
      if how then return how, where end
    end
  end
end

--- Where a label stands: the lists on the way to it, each with an index.
local function find_label(commands, label)
  for i, command in ipairs(commands) do
    if command.name == ":" and command.label == label then
      return { { commands, i } }
    end
    local path = command.body and find_label(command.body, label)
    if path then
      path[#path + 1] = { commands, i }
      return path
    end
  end
end

--- Runs all commands for the line, wherever branches lead.
local function cycle(self, commands)
  local how, label = run(self, commands, 1)
  while how == "branch" do
    if label == "" then return nil end
    local path = find_label(commands, label)
    if not path then
      self.io:die(1, "can't find label for jump to `%s'", label)
    end
    for _, place in ipairs(path) do
      how, label = run(self, place[1], place[2] + 1)
      if how then break end
    end
  end
  return how
end

--- Writes the line, and what was to come after it.
function Run:finish(how)
  if not self.quiet and how ~= "next" then self:put(self.line, self.whole) end
  if self.after[1] then
    for _, text in ipairs(self.after) do self.io:write(text) end
    self.after = {}
  end
end

--- The lines of all files, one after the other.
local function all_lines(io, files)
  local next_file = io:inputs(files)
  local next_line
  return function()
    while true do
      if next_line then
        local line, whole = next_line()
        if line then return line, whole end
      end
      local name, file = next_file()
      if not name then return nil end
      next_line = io:lines(file)
    end
  end
end

local function parse(io, parts, extended)
  local fine, found = pcall(script.parse, table.concat(parts, "\n"), extended)
  if fine then return found end
  if type(found) ~= "table" or not found.script then error(found, 0) end
  io:die(1, "%s", found.script)
end

local function arguments(io)
  local parts = {}
  local opts, files = io:options("nEre:f:", function(letter, value)
    if letter == "e" then parts[#parts + 1] = value end
    if letter == "f" then
      local file = io:open(value) or io:exit(1)
      parts[#parts + 1] = file:read("a"):gsub("\n$", "")
      file:close()
    end
  end)
  if not opts.e and not opts.f then
    parts[1] = table.remove(files, 1)
    if not parts[1] then io:die(1, "no script specified") end
  end
  return opts, files, parse(io, parts, opts.E or opts.r)
end

--- The only command of a script that replaces plainly what can be looked for
--- in many lines at once; nil: it is another script.
local function plain_command(commands)
  local command = commands[1]
  if commands[2] or not command or command.name ~= "s" then return nil end
  local quick = command.regex ~= "last" and command.regex.quick
  if command.first or not command.only or command.print
    or command.count > 1 or not quick or not quick.whole
    or command.regex.icase or (""):find(quick.text) then
    return nil
  end
  return command
end

--- A chunk with the first match in each of its lines replaced.
local function each_first(chunk, needle, text)
  local out, pos, find = {}, 1, string.find
  local from, to = find(chunk, needle)
  while from do
    out[#out + 1] = chunk:sub(pos, from - 1)
    out[#out + 1] = text
    pos = to + 1
    local stop = find(chunk, "\n", pos, true)
    if not stop then break end
    from, to = find(chunk, needle, stop + 1)
  end
  out[#out + 1] = chunk:sub(pos)
  return table.concat(out)
end

--- Runs such a command, many lines at once.
local function run_plain(io, files, command)
  local needle, text = command.regex.quick.text, command.only
  local escaped = text:gsub("%%", "%%%%")
  for _, file in io:inputs(files) do
    for chunk in io:chunks(file) do
      if command.all then
        chunk = chunk:gsub(needle, escaped)
      else
        chunk = each_first(chunk, needle, text)
      end
      io:write(chunk)
    end
  end
end

return function(io)
  local opts, files, commands = arguments(io)
  local command = not opts.n and plain_command(commands)
  if command then return run_plain(io, files, command) end
  local self = setmetatable({ io = io, quiet = opts.n, number = 0, hold = "",
    after = {}, next = all_lines(io, files) }, Run)
  self.ahead, self.ahead_whole = self.next()
  local how
  while how ~= "quit" and (self.keep or self:advance()) do
    self.keep, self.replaced = false, false
    how = cycle(self, commands)
    self:finish(how)
  end
  return self.status or io.status or nil
end
