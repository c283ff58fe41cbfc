--- Arithmetic of $((...)): C's operators on 64-bit integers.
-- @module axeberg.shell.arith

local M = {}

local BINARY = {} -- operator -> how tightly it binds
for level, operators in ipairs { "||", "&&", "|", "^", "&", "== !=",
  "< > <= >=", "<< >>", "+ -", "* / %" } do
  for op in operators:gmatch("%S+") do BINARY[op] = level end
end

local ASSIGN = {}
for op in ("= += -= *= /= %= <<= >>= &= ^= |="):gmatch("%S+") do
  ASSIGN[op] = op:sub(1, -2)
end

local function truth(value) return value and 1 or 0 end

--- C's / and %: towards zero.
local function divide(a, b)
  if b == 0 then error({ arith = "division by zero" }, 0) end
  if b == -1 then return -a, 0 end
  local quotient = a // b
  if quotient < 0 and quotient * b ~= a then quotient = quotient + 1 end
  return quotient, a - quotient * b
end

local function shift(a, count)
  count = count & 63
  if a >= 0 then return a >> count end
  return ~(~a >> count)
end

local APPLY = {
  ["|"] = function(a, b) return a | b end,
  ["^"] = function(a, b) return a ~ b end,
  ["&"] = function(a, b) return a & b end,
  ["=="] = function(a, b) return truth(a == b) end,
  ["!="] = function(a, b) return truth(a ~= b) end,
  ["<"] = function(a, b) return truth(a < b) end,
  [">"] = function(a, b) return truth(a > b) end,
  ["<="] = function(a, b) return truth(a <= b) end,
  [">="] = function(a, b) return truth(a >= b) end,
  ["<<"] = function(a, b) return a << (b & 63) end,
  [">>"] = shift,
  ["+"] = function(a, b) return a + b end,
  ["-"] = function(a, b) return a - b end,
  ["*"] = function(a, b) return a * b end,
  ["/"] = function(a, b) return (divide(a, b)) end,
  ["%"] = function(a, b) return (select(2, divide(a, b))) end,
}

local Eval = {}
Eval.__index = Eval

function Eval:fail(text)
  error({ arith = ("arithmetic expression: %s: \"%s\"")
    :format(text, self.text) }, 0)
end

--- The operator that stands here, not taken.
function Eval:operator()
  local text = self.text
  local pos = text:match("^%s*()", self.pos)
  self.pos = pos
  for length = 3, 1, -1 do
    local op = text:sub(pos, pos + length - 1)
    if #op == length and (BINARY[op] or ASSIGN[op] or op:find("^[?:()~!]$"))
    then
      return op
    end
  end
end

function Eval:take(op) self.pos = self.pos + #op end

--- A number as C writes it.
function M.number(text)
  local sign, digits = text:match("^%s*([-+]?)(%w+)%s*$")
  if not digits then return nil end
  local value
  if digits:find("^0[xX]%x+$") then
    value = math.tointeger(tonumber(digits))
  elseif digits:find("^0[0-7]*$") then
    value = tonumber(digits, 8)
  elseif digits:find("^[1-9]%d*$") then
    value = math.tointeger(tonumber(digits))
      or (sign == "-" and math.mininteger or math.maxinteger)
  end
  if value and sign == "-" then value = -value end
  return value
end

function Eval:variable(name)
  local value = self.get(name)
  if value == nil or value == "" then return 0 end
  local number = M.number(value)
  if not number then error({ arith = "Illegal number: " .. value }, 0) end
  return number
end

--- name = value, name += value, ...; nil if no assignment stands here.
function Eval:assignment()
  local name, after = self.text:match("^%s*([%a_][%w_]*)()", self.pos)
  if not name then return nil end
  local from = self.pos
  self.pos = after
  local op = self:operator()
  if not ASSIGN[op] then
    self.pos = from
    return nil
  end
  self:take(op)
  local value = self:expression()
  if not self.skipping then
    if op ~= "=" then
      value = APPLY[ASSIGN[op]](self:variable(name), value)
    end
    self.set(name, tostring(value))
  end
  return value
end

local UNARY = {
  ["-"] = function(value) return -value end,
  ["+"] = function(value) return value end,
  ["~"] = function(value) return ~value end,
  ["!"] = function(value) return truth(value == 0) end,
}

function Eval:primary()
  local op = self:operator()
  if op == "(" then
    self:take(op)
    local value = self:expression()
    if self:operator() ~= ")" then self:fail("expecting ')'") end
    self:take(")")
    return value
  elseif UNARY[op] then
    self:take(op)
    return UNARY[op](self:primary())
  end
  local word, after = self.text:match("^([%w_]+)()", self.pos)
  if not word then self:fail("expecting primary") end
  self.pos = after
  if word:find("^%d") then
    return M.number(word) or self:fail("expecting EOF")
  end
  return self.skipping and 0 or self:variable(word)
end

--- Evaluates what `read` reads; if not wanted, without any effect.
function Eval:only_if(wanted, read, ...)
  local before = self.skipping
  self.skipping = before or not wanted
  local value = read(self, ...)
  self.skipping = before
  return value
end

function Eval:binary(level)
  local left = self:primary()
  while true do
    local op = self:operator()
    local bound = BINARY[op]
    if not bound or bound < level then return left end
    self:take(op)
    if op == "&&" or op == "||" then
      local wanted = (left ~= 0) == (op == "&&")
      local right = self:only_if(wanted, self.binary, bound + 1)
      left = truth(wanted and right ~= 0 or not wanted and op == "||")
    else
      local right = self:binary(bound + 1)
      left = self.skipping and 0 or APPLY[op](left, right)
    end
  end
end

function Eval:expression()
  local value = self:assignment()
  if value then return value end
  value = self:binary(1)
  if self:operator() ~= "?" then return value end
  self:take("?")
  local yes = self:only_if(value ~= 0, self.expression)
  if self:operator() ~= ":" then self:fail("expecting ':'") end
  self:take(":")
  local no = self:only_if(value == 0, self.expression)
  return value ~= 0 and yes or value == 0 and no
end

--- What the expression amounts to.
-- @tparam string text
-- @tparam function get name -> the value of a variable, a string or nil
-- @tparam function set gives a variable a value
-- @treturn integer
-- @raise { arith = text } if something is wrong
function M.evaluate(text, get, set)
  local self = setmetatable({ text = text, pos = 1, get = get, set = set,
    skipping = false }, Eval)
  if text:find("^%s*$") then self:fail("expecting primary") end
  local value = self:expression()
  self:operator()
  if self.pos <= #text then self:fail("expecting EOF") end
  return value
end

return M
