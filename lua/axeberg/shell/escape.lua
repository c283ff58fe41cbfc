--- The backslashes of echo, printf and tr.
local M = {}

local SIMPLE = { a = "\a", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
  v = "\v", ["\\"] = "\\" }

local function octal(digits) return string.char(tonumber(digits, 8) & 255) end

--- The text with its escapes replaced, and true if \c ended it.
-- @tparam string text
-- @tparam string numbers the pattern of octal numbers, after the backslash
function M.replace(text, numbers)
  local at = text:find("\\", 1, true)
  if not at then return text, false end
  local out, pos = {}, 1
  while at do
    out[#out + 1] = text:sub(pos, at - 1)
    local char = text:sub(at + 1, at + 1)
    local digits, after = text:match(numbers, at + 1)
    pos = at + 2
    if digits then
      out[#out + 1] = octal(digits)
      pos = after
    elseif char == "c" then
      return table.concat(out), true
    else
      out[#out + 1] = SIMPLE[char] or "\\" .. char
    end
    at = text:find("\\", pos, true)
  end
  out[#out + 1] = text:sub(pos)
  return table.concat(out), false
end

M.ECHO = "^0([0-7]?[0-7]?[0-7]?)()"
M.FORMAT = "^([0-7][0-7]?[0-7]?)()"

return M
