--- What helps to find a regular expression quickly: a text that every match
-- has in it, a pattern of Lua that means the same.
-- @module axeberg.shell.hint

local M = {}

--- The longest text that is in every match, and whether it is all of it.
function M.required(node)
  if node.t ~= "sequence" then node = { t = "sequence", node } end
  local best, run, whole = "", "", true
  for _, child in ipairs(node) do
    if child.t == "set" and child.char then
      run = run .. child.char
    else
      local inner
      if child.t == "group" then inner = M.required(child[1]) end
      if child.t == "repeat" and child.low > 0 then
        inner = M.required(child[1])
      end
      if inner and #inner > #best then best = inner end
      if #run > #best then best = run end
      run, whole = "", false
    end
  end
  if #run > #best then best = run end
  return best ~= "" and best or nil, whole
end

--- A set as Lua writes it; never a newline.
local function class(node)
  if node.char and node.char ~= "\n" then
    return (node.char:gsub("%W", "%%%0"))
  end
  local out, count = {}, 0
  for byte = 0, 255 do
    if node.set[byte] and byte ~= 10 then
      count = count + 1
      out[count] = string.char(byte):gsub("%W", "%%%0")
    end
  end
  if count == 0 then return nil end
  if count == 255 then return "[^\n]" end
  return "[" .. table.concat(out) .. "]"
end

--- "*", "+" or "?" for a repetition; nil: Lua has none.
local function suffix(node)
  if node.low == 0 then
    return not node.high and "*" or node.high == 1 and "?" or nil
  end
  return node.low == 1 and not node.high and "+" or nil
end

--- The pattern of Lua that matches the same text in a line, where there are
--- but sets, and one of them repeated at most: then it needs no more than
--- the square of the line's length, and finds the longest match.
-- @treturn table|nil text; first: it begins with ^; whole: it has no anchor,
--   so that it can be looked for in several lines at once
function M.quick(node)
  if node.t ~= "sequence" then node = { node } end
  local out, repeated, found = {}, 0, { whole = true }
  for i, child in ipairs(node) do
    local piece
    if child.t == "set" then
      piece = class(child)
    elseif child.t == "repeat" and child[1].t == "set" then
      repeated = repeated + 1
      piece = class(child[1])
      local sign = suffix(child)
      piece = piece and sign and piece .. sign
    elseif child.t == "assert" then
      found.whole = false
      found.first = found.first or child.kind == "bol"
      piece = child.kind == "bol" and i == 1 and "^"
        or child.kind == "eol" and i == #node and "$"
    end
    if not piece then return nil end
    out[i] = piece
  end
  found.text = table.concat(out)
  return repeated < 2 and found.text ~= "" and found or nil
end

return M
