--- read [-r] [-p PROMPT] NAME...: a line into variables.
-- @module axeberg.shell.read

local M = {}
local B = {}
M.builtins = B

--- A line, joined with the next ones where it ends in a backslash; which of
--- its characters had one is noted.  And whether it ended with a newline.
local function line_of(file, raw)
  local chars, whole = {}, false -- {text, quoted}
  while true do
    local line = file:read("L")
    if not line then break end
    whole = line:sub(-1) == "\n"
    if whole then line = line:sub(1, -2) end
    if raw then
      chars[#chars + 1] = { line, false }
      break
    end
    local pos, joined = 1, false
    while pos <= #line do
      local at = line:find("\\", pos, true)
      chars[#chars + 1] = { line:sub(pos, (at or 0) - 1), false }
      if not at then break end
      if at == #line then joined = whole end
      chars[#chars + 1] = { line:sub(at + 1, at + 1), true }
      pos = at + 2
    end
    if not joined then break end
  end
  return chars, whole
end

--- One text in which what had a backslash is not among the separators, and
--- the places of those.
local function flatten(chars)
  local out, quoted, length = {}, {}, 0
  for _, piece in ipairs(chars) do
    if piece[2] then
      for i = 1, #piece[1] do quoted[length + i] = true end
    end
    out[#out + 1] = piece[1]
    length = length + #piece[1]
  end
  return table.concat(out), quoted
end

--- Divides a line for n variables: the last one gets all that is left.
local function divide(text, quoted, ifs, n)
  local values, pos = {}, 1
  local function kind(at)
    local char = text:sub(at, at)
    if quoted[at] or char == "" or not ifs:find(char, 1, true) then
      return nil
    end
    return char:find("[ \t\n]") and "blank" or "mark"
  end
  while kind(pos) == "blank" do pos = pos + 1 end
  while #values < n - 1 and pos <= #text do
    local from = pos
    while pos <= #text and not kind(pos) do pos = pos + 1 end
    values[#values + 1] = text:sub(from, pos - 1)
    while kind(pos) == "blank" do pos = pos + 1 end
    if kind(pos) == "mark" then pos = pos + 1 end
    while kind(pos) == "blank" do pos = pos + 1 end
  end
  if #values < n then
    local stop = #text
    while stop >= pos and kind(stop) == "blank" do stop = stop - 1 end
    local at = pos
    while at <= stop and not kind(at) do at = at + 1 end
    -- one mark at the end of the last field belongs to it no more
    if at == stop and kind(stop) == "mark" then stop = stop - 1 end
    values[n] = text:sub(pos, stop)
  end
  return values
end

function B.read(sh, ...)
  local names, raw = { ... }, false
  while names[1] and names[1]:find("^%-") do
    local option = table.remove(names, 1)
    if option == "-p" then
      local prompt = table.remove(names, 1)
      if sh.files[2] then sh.files[2]:write(prompt or "") end
    elseif option:find("^%-r") then
      raw = true
    else
      sh:fail("read: Illegal option " .. option)
    end
  end
  if not names[1] then sh:fail("read: arg count") end
  local file = sh.files[0]
  if not file then return 1 end
  local chars, whole = line_of(file, raw)
  local text, quoted = flatten(chars)
  local values = divide(text, quoted, sh:get("IFS") or " \t\n", #names)
  for i, name in ipairs(names) do
    if not name:find("^[%a_][%w_]*$") then
      sh:fail("read: " .. name .. ": bad variable name")
    end
    sh:set(name, values[i] or "")
  end
  return whole and 0 or 1
end

return M
