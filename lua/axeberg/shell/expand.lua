--- Words become arguments: parameters, commands and arithmetic in them, their
-- division into fields, file names, and no quotes any more.
--
-- The shell that is asked (`sh`) has get and set for variables, parameter for
-- what has one of the odd names, args, options, capture for what a command
-- writes, and fail, which raises.
-- @module axeberg.shell.expand

local glob -- required with the first pattern
local arith

local pattern = require "axeberg.shell.pattern"

local M = {}

local Fields = {}
Fields.__index = Fields

-- mode: "fields", "single" (one text) or "pattern" (one text, with \ before
-- what was quoted)
local function new(sh, mode)
  return setmetatable({ sh = sh, mode = mode, list = {}, cur = nil,
    closed = false, -- blanks have ended the last field
    divide = false, -- plain text is divided, too
  }, Fields)
end

-- ----------------------------------------------------------------- fields

--- Adds text to the field that is open, or opens one.
function Fields:add(text, quoted)
  local cur = self.cur
  if not cur then
    cur = { text = "", pat = "", glob = false }
    self.cur = cur
    self.closed = false
  end
  cur.text = cur.text .. text
  if quoted then
    cur.pat = cur.pat .. pattern.escape(text)
  else
    cur.pat = cur.pat .. text
    cur.glob = cur.glob or text:find("[*?[]") ~= nil
  end
end

function Fields:push()
  self.list[#self.list + 1] = self.cur
  self.cur = nil
end

local function class(chars) return (chars:gsub("%W", "%%%0")) end

local divisions = {} -- IFS -> patterns

--- The patterns for the IFS that holds; nil if it is empty.
local function division(ifs)
  if ifs == "" then return nil end
  local found = divisions[ifs]
  if not found then
    local blanks = ifs:gsub("[^ \t\n]", "")
    found = {
      text = "^([^" .. class(ifs) .. "]+)()",
      blanks = blanks ~= "" and "^[" .. class(blanks) .. "]+()",
    }
    divisions[ifs] = found
  end
  return found
end

--- Adds what an expansion without quotes gave.
function Fields:split(value)
  if value == "" then return end
  local ifs = self.mode == "fields"
    and division(self.sh:get("IFS") or " \t\n")
  if not ifs then return self:add(value, false) end
  local pos, size = 1, #value
  while pos <= size do
    local text, after = value:match(ifs.text, pos)
    local blanks = not text and ifs.blanks and value:match(ifs.blanks, pos)
    if text then
      self:add(text, false)
    elseif blanks then
      if self.cur then
        self:push()
        self.closed = true
      end
    elseif self.cur then
      self:push()
    elseif self.closed then
      self.closed = false
    else
      self:add("", true)
      self:push()
    end
    pos = after or blanks or pos + 1
  end
end

function Fields:emit(value, quoted)
  if quoted then return self:add(value, true) end
  return self:split(value)
end

-- ------------------------------------------------------------- parameters

--- $@ and $*: each argument a field, where there are fields.
local function arguments(self, part)
  local args = self.sh.args
  if self.mode ~= "fields" or part.name == "*" and part.q then
    local ifs = self.sh:get("IFS") or " "
    local between = part.name == "@" and not part.q and " " or ifs:sub(1, 1)
    if part.name == "@" then between = " " end
    return self:emit(table.concat(args, between), part.q)
  end
  for i, arg in ipairs(args) do
    if i > 1 and self.cur then self:push() end
    self:emit(arg, part.q)
  end
end

local function value_of(self, name)
  local sh = self.sh
  if name == "@" or name == "*" then
    return sh.args[1] and table.concat(sh.args, " ")
  end
  if name:find("^[%a_]") then return sh:get(name) end
  return sh:parameter(name)
end

local function nested(self, parts)
  local divide = self.divide
  self.divide = true
  self:walk(parts)
  self.divide = divide
end

local function plain(self, part, value)
  if part.name == "@" or part.name == "*" then return arguments(self, part) end
  if value == nil and self.sh.options.u then
    self.sh:fail(part.name .. ": parameter not set")
  end
  return self:emit(value or "", part.q)
end

local OPERATION = {
  ["-"] = function(self, part, value, set)
    if set then return plain(self, part, value) end
    if part.q and part.name ~= "@" then self:add("", true) end
    nested(self, part.word)
  end,
  ["+"] = function(self, part, _, set)
    if part.q and part.name ~= "@" then self:add("", true) end
    if set then nested(self, part.word) end
  end,
  ["="] = function(self, part, value, set)
    if set then return plain(self, part, value) end
    if not part.name:find("^[%a_]") then
      self.sh:fail(part.name .. ": bad variable name")
    end
    value = M.single(self.sh, part.word)
    self.sh:set(part.name, value)
    self:emit(value, part.q)
  end,
  ["?"] = function(self, part, value, set)
    if set then return plain(self, part, value) end
    local text = M.single(self.sh, part.word)
    if text == "" then
      text = "parameter not set" .. (part.colon and " or null" or "")
    end
    self.sh:fail(part.name .. ": " .. text)
  end,
  length = function(self, part, value)
    if part.name == "@" or part.name == "*" then
      return self:emit(tostring(#self.sh.args), part.q)
    end
    if value == nil and self.sh.options.u then
      self.sh:fail(part.name .. ": parameter not set")
    end
    self:emit(tostring(#(value or "")), part.q)
  end,
}

local function cut(self, part, value)
  if value == nil and self.sh.options.u then
    self.sh:fail(part.name .. ": parameter not set")
  end
  local pat = M.pattern(self.sh, part.word)
  self:emit(pattern.cut(part.op, value or "", pat), part.q)
end

local PART = {}

function PART.param(self, part)
  local op = part.op
  local value = value_of(self, part.name)
  if not op then return plain(self, part, value) end
  local set = value ~= nil and not (part.colon and value == "")
  return (OPERATION[op] or cut)(self, part, value, set)
end

-- ----------------------------------------------------------- other parts

function PART.text(self, part)
  if self.divide and not part.q then return self:split(part.s) end
  self:add(part.s, part.q)
end

function PART.tilde(self, part)
  local home = part.s == "" and self.sh:get("HOME")
  self:add(home or "~" .. part.s, true)
end

function PART.cmd(self, part)
  local text = self.sh:capture(part.body)
  local stop = #text
  while text:byte(stop) == 10 do stop = stop - 1 end
  self:emit(text:sub(1, stop):gsub("%z+", ""), part.q)
end

function PART.arith(self, part)
  arith = arith or require "axeberg.shell.arith"
  local sh = self.sh
  local text = M.single(sh, part.word)
  local fine, value = pcall(arith.evaluate, text, function(name)
    local found = sh:get(name)
    if not found and sh.options.u then
      sh:fail(name .. ": parameter not set")
    end
    return found
  end, function(name, to) sh:set(name, to) end)
  if not fine then
    if type(value) == "table" and value.arith then sh:fail(value.arith) end
    error(value, 0)
  end
  self:emit(tostring(value), part.q)
end

function Fields:walk(parts)
  for i = 1, #parts do
    local part = parts[i]
    PART[part.t](self, part)
  end
end

-- -------------------------------------------------------------- entrances

--- The text of a word that is not divided: a value, a target, a document.
function M.single(sh, parts)
  local first = parts[1]
  if not first then return "" end
  if not parts[2] and first.t == "text" then return first.s end
  local self = new(sh, "single")
  self:walk(parts)
  return self.cur and self.cur.text or ""
end

--- The same as a pattern, in which \ stands before what was quoted.
function M.pattern(sh, parts)
  local self = new(sh, "pattern")
  self:walk(parts)
  return self.cur and self.cur.pat or ""
end

local function names(sh, field, into)
  if field.glob and not sh.options.f then
    glob = glob or require "axeberg.shell.glob"
    local found = glob.expand(field.pat)
    if found[1] then
      table.move(found, 1, #found, #into + 1, into)
      return
    end
  end
  into[#into + 1] = field.text
end

--- The fields of a word, added to a list.
function M.fields(sh, parts, into)
  local first = parts[1]
  if not parts[2] and first.t == "text"
    and (first.q or not first.s:find("[*?[]")) then
    into[#into + 1] = first.s
    return
  end
  local self = new(sh, "fields")
  self:walk(parts)
  if self.cur then self:push() end
  for _, field in ipairs(self.list) do names(sh, field, into) end
end

return M
