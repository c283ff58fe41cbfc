--- What a word says of how a file is opened, or of who may use something.
-- @module axeberg.mode

local M = {}

-- Of the modes of io.open; the numbers are O_RDWR and so on.
local FLAGS = {
  ["r"] = 0,
  ["r+"] = 2,
  ["w"] = 1 | 64 | 512,
  ["w+"] = 2 | 64 | 512,
  ["a"] = 1 | 64 | 1024,
  ["a+"] = 2 | 64 | 1024,
}

--- The flags that a mode of io.open stands for; nil: it is none.
function M.flags(mode)
  return type(mode) == "string" and FLAGS[mode:gsub("b$", "")] or nil
end

--- The number that octal digits stand for, nil: something else is in them.
-- @tparam string digits
function M.octal(digits)
  return digits:find("^[0-7]+$") and tonumber(digits, 8) or nil
end

return M
