--- printf FORMAT [ARGUMENT...].
local escape = require "axeberg.shell.escape"
local number = require("axeberg.shell.arith").number

local M = {}

local Run = {}
Run.__index = Run

function Run:next()
  local arg = self.args[self.at]
  self.at = self.at + 1
  return arg
end

--- A whole number; what follows it is a fault that is told.
function Run:integer()
  local text = self:next()
  if not text then return 0 end
  if text:find("^[\"']") then return text:byte(2) or 0 end
  local value = number(text)
  if value then return value end
  local lead = text:match("^%s*[-+]?0[xX]%x+") or text:match("^%s*[-+]?%d+")
  self.io:fail("%s: %s", text,
    lead and "not completely converted" or "expected numeric value")
  return number(lead or "0") or 0
end

function Run:float()
  local text = self:next()
  if not text then return 0.0 end
  if text:find("^[\"']") then return (text:byte(2) or 0) + 0.0 end
  local value = tonumber(text)
  if not value then self.io:fail("%s: expected numeric value", text) end
  return (value or 0) + 0.0
end

--- Pads a text, since %s of Lua refuses long ones and zeros.
local function pad(text, flags, width, precision)
  if precision then text = text:sub(1, precision) end
  local blanks = (" "):rep((width or 0) - #text)
  return flags:find("-", 1, true) and text .. blanks or blanks .. text
end

--- An unsigned number in base 10.
local function unsigned(value)
  return ("%.0f"):format(value) and (value >= 0 and ("%d"):format(value)
    or ("%d%d"):format((value >> 1) // 5, value - ((value >> 1) // 5) * 10))
end

local CONVERT = {}

local function integer(run, flags, width, precision, kind)
  local value = run:integer()
  if kind == "u" then
    return pad(unsigned(value), flags, width)
  end
  local form = "%" .. flags .. (width or "")
    .. (precision and "." .. precision or "") .. (kind == "i" and "d" or kind)
  return form:format(value)
end

for kind in ("diouxX"):gmatch(".") do CONVERT[kind] = integer end

local function float(run, flags, width, precision, kind)
  return ("%" .. flags .. (width or "")
    .. (precision and "." .. precision or "") .. kind):format(run:float())
end

for kind in ("eEfFgGaA"):gmatch(".") do CONVERT[kind] = float end

function CONVERT.s(run, flags, width, precision)
  return pad(run:next() or "", flags, width, precision)
end

function CONVERT.c(run, flags, width)
  return pad((run:next() or ""):sub(1, 1), flags, width)
end

function CONVERT.b(run, flags, width, precision)
  local text, stop = escape.replace(run:next() or "", escape.ECHO)
  run.stopped = stop
  return pad(text, flags, width, precision)
end

local function measure(run, text)
  if text ~= "*" then return tonumber(text) end
  return run:integer()
end

--- Writes the format once.
local function once(run, pieces)
  for _, piece in ipairs(pieces) do
    if piece.text then
      run.io:write(piece.text)
    else
      local flags = piece.flags
      local width = measure(run, piece.width)
      local precision = piece.precision and
        (measure(run, piece.precision) or 0)
      if width and width < 0 then flags, width = flags .. "-", -width end
      if precision and precision < 0 then precision = nil end
      run.io:write(CONVERT[piece.kind](run, flags, width, precision,
        piece.kind))
      if run.stopped then return end
    end
  end
end

--- The format as texts and conversions; true if \c ends it.
function M.parse(io, format)
  local pieces, pos = {}, 1
  while pos <= #format do
    local text, after = format:match("^([^%%]+)()", pos)
    if text then
      local plain, stop = escape.replace(text, escape.FORMAT)
      pieces[#pieces + 1] = { text = plain }
      if stop then return pieces, true end
    elseif format:find("^%%%%", pos) then
      pieces[#pieces + 1] = { text = "%" }
      after = pos + 2
    else
      local piece = {}
      local point
      piece.flags, piece.width, point, piece.precision, piece.kind, after =
        format:match("^%%([-+ #0]*)(%*?%d*)(%.?)(%*?%d*)(.?)()", pos)
      if point == "" then piece.precision = nil end
      if not CONVERT[piece.kind] then
        io:die(1, "%s: invalid directive", format:sub(pos, after - 1))
      end
      pieces[#pieces + 1] = piece
    end
    pos = after
  end
  return pieces, false
end

function M.main(io, format, ...)
  if not format then io:die(2, "usage: printf format [arg ...]") end
  local pieces, stop = M.parse(io, format)
  local run = setmetatable({ io = io, args = { ... }, at = 1 }, Run)
  repeat
    local before = run.at
    once(run, pieces)
  until stop or run.stopped or run.at == before or run.at > #run.args
end

return M.main
