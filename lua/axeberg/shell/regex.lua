--- POSIX regular expressions, basic and extended: from text to a program.
--
-- The program runs in two machines: dfa.lua tells in linear time whether and
-- how far it matches; backtrack.lua, where in the match the groups lie.  \1
-- and word boundaries are for the second one alone.  For simple ones
-- hint.lua finds something quicker.
-- @module axeberg.shell.regex

local hint = require "axeberg.shell.hint"

local M = {}

local NONE <const> = {} -- places of no groups
local SHORT = 5000 -- a line in which Lua's patterns are fast in any case

local function fail(text) error({ regex = text }, 0) end

-- ------------------------------------------------------------------- sets

local ANY = {}
for byte = 0, 255 do ANY[byte] = true end

local function class_set(pattern)
  local set = {}
  for byte = 0, 255 do
    if string.char(byte):find(pattern) then set[byte] = true end
  end
  return set
end

local CLASSES = { alnum = "%w", alpha = "%a", blank = "[ \t]", cntrl = "%c",
  digit = "%d", graph = "%g", lower = "%l", print = "[%g ]", punct = "%p",
  space = "%s", upper = "%u", xdigit = "%x" }

local ESCAPES = { w = "[%w_]", W = "[^%w_]", s = "%s", S = "%S" }
local BOUNDARIES = { ["<"] = "begin", [">"] = "finish", b = "edge",
  B = "inner" }

local function fold(set)
  for byte = 65, 90 do
    if set[byte] or set[byte + 32] then
      set[byte], set[byte + 32] = true, true
    end
  end
end

local function negate(set)
  local other = {}
  for byte = 0, 255 do
    if not set[byte] then other[byte] = true end
  end
  other[10] = nil
  return other
end

local Parser = {}
Parser.__index = Parser

--- A member of a bracket expression that can begin or end a range.
function Parser:member()
  local named, after = self.text:match("^%[[.=](.)[.=]%]()", self.pos)
  if not named then named, after = self.text:match("^(.)()", self.pos) end
  if not named then fail("Unmatched [, [^, [:, [., or [=") end
  self.pos = after
  return named:byte()
end

function Parser:bracket()
  local text, set = self.text, {}
  local caret, at = text:match("^(%^?)()", self.pos)
  self.pos = at
  local first = true
  while first or text:sub(self.pos, self.pos) ~= "]" do
    first = false
    local class, after = text:match("^%[:(%a+):%]()", self.pos)
    if class then
      if not CLASSES[class] then fail("Invalid character class name") end
      for byte in pairs(class_set(CLASSES[class])) do set[byte] = true end
      self.pos = after
    else
      local low = self:member()
      local high = low
      if text:find("^%-[^%]]", self.pos) then
        self.pos = self.pos + 1
        high = self:member()
        if high < low then fail("Invalid range end") end
      end
      for byte = low, high do set[byte] = true end
    end
  end
  self.pos = self.pos + 1
  if self.icase then fold(set) end
  return { t = "set", set = caret == "^" and negate(set) or set }
end

-- ----------------------------------------------------------------- parsing

--- An operator that stands here, under one name for both kinds; its length.
function Parser:operator()
  local text, pos = self.text, self.pos
  local char = text:sub(pos, pos)
  if self.extended then
    if char:find("^[()|*+?]$") then return char, 1 end
    if char == "{" and text:find("^%d*,?%d*}", pos + 1) then return "{", 1 end
  elseif char == "*" then
    return "*", 1
  elseif char == "\\" then
    local name = text:match("^[(){|+?]", pos + 1)
    if name then return name, 2 end
  end
end

function Parser:anchor(char, first)
  local text, pos = self.text, self.pos
  if char == "^" then return (self.extended or first) and "bol" end
  if self.extended then return "eol" end
  return (pos == #text or text:find("^\\[)|]", pos + 1)) and "eol"
end

local function single(self, char)
  local set = { [char:byte()] = true }
  if self.icase then fold(set) end
  return { t = "set", set = set, char = char }
end

function Parser:escape()
  local char = self.text:sub(self.pos + 1, self.pos + 1)
  if char == "" then fail("Trailing backslash") end
  self.pos = self.pos + 2
  if char:find("[1-9]") then
    if tonumber(char) > self.groups then fail("Invalid back reference") end
    self.special = true
    return { t = "ref", n = tonumber(char) }
  elseif ESCAPES[char] then
    return { t = "set", set = class_set(ESCAPES[char]) }
  elseif BOUNDARIES[char] then
    self.special = true
    return { t = "assert", kind = BOUNDARIES[char] }
  elseif char == "n" then
    char = "\n"
  end
  return single(self, char)
end

function Parser:group()
  self.groups = self.groups + 1
  local n = self.groups
  self.depth = self.depth + 1
  local node = self:alternatives()
  self.depth = self.depth - 1
  local op, length = self:operator()
  if op ~= ")" then fail("Unmatched ( or \\(") end
  self.pos = self.pos + length
  return { t = "group", n = n, node }
end

--- What a repetition can follow; first: nothing stands before it.
function Parser:atom(first)
  local op, length = self:operator()
  if op == "(" then
    self.pos = self.pos + length
    return self:group()
  elseif op and not (first and op ~= "|" and op ~= ")") and
    not (op == ")" and self.extended and self.depth == 0) then
    fail("Invalid preceding regular expression")
  end
  local char = self.text:sub(self.pos, self.pos)
  if char == "\\" and not op then return self:escape() end
  local kind = (char == "^" or char == "$") and self:anchor(char, first)
  if length == 2 then char = self.text:sub(self.pos + 1, self.pos + 1) end
  self.pos = self.pos + (length or 1)
  if kind then return { t = "assert", kind = kind } end
  if char == "." then return { t = "set", set = ANY } end
  if char == "[" then return self:bracket() end
  return single(self, char)
end

local BOUNDS = { ["*"] = { 0 }, ["+"] = { 1 }, ["?"] = { 0, 1 } }

function Parser:interval()
  local low, comma, high, after =
    self.text:match("^(%d*)(,?)(%d*)()", self.pos)
  local close = self.extended and "}" or "\\}"
  if self.text:sub(after, after + #close - 1) ~= close
    or low == "" and comma == "" then
    fail("Invalid content of \\{\\}")
  end
  self.pos = after + #close
  low = tonumber(low) or 0
  if comma == "" then high = low else high = tonumber(high) end
  if high and high < low then fail("Invalid content of \\{\\}") end
  if low > 255 or (high or 0) > 255 then
    fail("Regular expression too big")
  end
  return { low, high }
end

function Parser:repeated(node)
  while true do
    local op, length = self:operator()
    if op ~= "*" and op ~= "+" and op ~= "?" and op ~= "{" then return node end
    self.pos = self.pos + length
    local bounds = BOUNDS[op] or self:interval()
    node = { t = "repeat", node, low = bounds[1], high = bounds[2] }
  end
end

function Parser:sequence()
  local node = { t = "sequence" }
  while self.pos <= #self.text do
    local op = self:operator()
    if op == "|" or op == ")" and (self.depth > 0 or not self.extended) then
      break
    end
    local first = #node == 0
    local atom = self:atom(first)
    if atom.t ~= "assert" or self.extended then atom = self:repeated(atom)
    elseif atom.kind == "bol" and self:operator() == "*" then
      node[#node + 1] = atom
      self.pos = self.pos + 1
      atom = single(self, "*")
    end
    node[#node + 1] = atom
  end
  return node
end

function Parser:alternatives()
  local node = { t = "either", self:sequence() }
  while true do
    local op, length = self:operator()
    if op ~= "|" then break end
    self.pos = self.pos + length
    node[#node + 1] = self:sequence()
  end
  return node[2] and node or node[1]
end

-- --------------------------------------------------------------- programs

-- An instruction is a table: op = "set" (set), "split" (x, y), "jump" (x),
-- "save" (n), "assert" (kind), "ref" (n), "guard" and "moved" (n: a loop that
-- must get on), or "match".

local EMIT = {}

local function emit(prog, node) return EMIT[node.t](prog, node) end

local function put(prog, op, fields)
  fields = fields or {}
  fields.op = op
  prog[#prog + 1] = fields
  return fields
end

function EMIT.set(prog, node) put(prog, "set", { set = node.set }) end
function EMIT.ref(prog, node) put(prog, "ref", { n = node.n }) end
function EMIT.assert(prog, node) put(prog, "assert", { kind = node.kind }) end

function EMIT.sequence(prog, node)
  for _, child in ipairs(node) do emit(prog, child) end
end

function EMIT.group(prog, node)
  put(prog, "save", { n = 2 * node.n })
  emit(prog, node[1])
  put(prog, "save", { n = 2 * node.n + 1 })
end

function EMIT.either(prog, node)
  local jumps = {}
  for i, child in ipairs(node) do
    local split = i < #node and put(prog, "split", { x = #prog + 2 })
    emit(prog, child)
    if split then
      jumps[#jumps + 1] = put(prog, "jump")
      split.y = #prog + 1
    end
  end
  for _, jump in ipairs(jumps) do jump.x = #prog + 1 end
end

local function optional(prog, node, times)
  local splits = {}
  for _ = 1, times do
    splits[#splits + 1] = put(prog, "split", { x = #prog + 2 })
    emit(prog, node)
  end
  for _, split in ipairs(splits) do split.y = #prog + 1 end
end

EMIT["repeat"] = function(prog, node)
  for _ = 1, node.low do emit(prog, node[1]) end
  if node.high then return optional(prog, node[1], node.high - node.low) end
  local start = #prog + 1
  local split = put(prog, "split", { x = start + 1 })
  put(prog, "guard", { n = start })
  emit(prog, node[1])
  put(prog, "moved", { n = start })
  put(prog, "jump", { x = start })
  split.y = #prog + 1
end

local Regex = {}
Regex.__index = Regex

--- Compiles an expression.
-- @tparam string text
-- @tparam[opt] table options extended, icase
-- @return an expression, with the fields must (a text that is in every match,
--   or nil; in lower case under icase), literal (that is all), quick (see
--   hint.lua) and groups
-- @raise { regex = text } if it is none
function M.compile(text, options)
  options = options or {}
  local self = setmetatable({ text = options.icase and M.lower(text) or text,
    pos = 1, groups = 0, depth = 0, extended = options.extended,
    icase = options.icase }, Parser)
  local node = self:alternatives()
  if self.pos <= #self.text then fail("Unmatched ) or \\)") end
  local prog = {}
  emit(prog, node)
  put(prog, "match")
  local must, literal = hint.required(node)
  return setmetatable({ prog = prog, groups = self.groups, must = must,
    literal = literal and must ~= nil, special = self.special,
    icase = options.icase, quick = hint.quick(node) }, Regex)
end

--- The text in lower case, but for \W and \S.
function M.lower(text)
  return (text:gsub("\\?.", function(piece)
    return #piece == 2 and piece or piece:lower()
  end))
end

--- The expression that matches just this text.
function M.quote(text, extended)
  return (text:gsub(extended and "[%^%$%.%[%]|()*+?{}\\]" or "[%^%$%.%[%]*\\]",
    "\\%0"))
end

--- Whether it matches somewhere in the line.
function Regex:test(line)
  if self.icase then line = line:lower() end
  if self.must and not line:find(self.must, 1, true) then return false end
  if self.literal then return true end
  local quick = self.quick
  if quick and #line < SHORT then return line:find(quick.text) ~= nil end
  if self.special then
    return require("axeberg.shell.backtrack").find(self, line, 1) ~= nil
  end
  return require("axeberg.shell.dfa").test(self, line)
end

--- The leftmost match from init on, and of these the longest.
-- @treturn integer|nil where it begins
-- @treturn integer where it ends
-- @treturn table places: [2n] and [2n + 1] are where group n begins and the
--   position behind it; only if groups are wanted
function Regex:find(line, init, groups)
  local subject = self.icase and line:lower() or line
  if self.must then
    local at = subject:find(self.must, init, true)
    if not at then return nil end
    if self.literal then return at, at + #self.must - 1, NONE end
  end
  local quick = self.quick
  if quick and #subject - init < SHORT then
    if quick.first and init > 1 then return nil end
    local from, to = subject:find(quick.text, init)
    return from, to, NONE
  end
  if self.special then
    return require("axeberg.shell.backtrack").find(self, subject, init)
  end
  local from, to = require("axeberg.shell.dfa").find(self, subject, init)
  if not from or not groups or self.groups == 0 then return from, to, NONE end
  return require("axeberg.shell.backtrack").find(self, subject, from, to)
end

--- The line with all matches replaced by a text, and how many there were; nil
--- if that has to be done one by one.
function Regex:replace(line, text)
  local quick = self.quick
  if not quick or self.icase or #line >= SHORT then return nil end
  return line:gsub(quick.text, (text:gsub("%%", "%%%%")))
end

return M
