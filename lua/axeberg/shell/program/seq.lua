--- seq [-w] [-s SEPARATOR] [-f FORMAT] [FIRST [STEP]] LAST.
local function places(text) return #(text:match("%.(%d+)$") or "") end

--- The arguments: options, and numbers that may begin with a minus.
local function arguments(io)
  local opts, numbers, i = {}, {}, 1
  local args = io.args
  while args[i] do
    local letter, value = args[i]:match("^%-([wsf])(.*)$")
    if letter == "w" then
      opts.w = true
    elseif letter then
      if value == "" then
        i = i + 1
        value = args[i]
      end
      opts[letter] = value
    else
      numbers[#numbers + 1] = args[i]
    end
    i = i + 1
  end
  return opts, numbers
end

local function form(opts, numbers, first, last)
  if opts.f then return opts.f end
  local digits = math.max(places(numbers[1]),
    places(numbers[3] and numbers[2] or "0"))
  local width = ""
  if opts.w then
    local plain = "%." .. digits .. "f"
    width = "0" .. math.max(#plain:format(first), #plain:format(last))
  end
  return "%" .. width .. "." .. digits .. "f"
end

local function integers(io, first, step, last, between)
  local list, count, started = {}, 0, false
  for value = first, last, step do
    count = count + 1
    list[count] = value
    if count == 1000 then
      if started then io:write(between) end
      io:write(table.concat(list, between))
      count, started = 0, true
    end
  end
  if count > 0 then
    if started then io:write(between) end
    io:write(table.concat(list, between, 1, count))
  end
  if count > 0 or started then io:write("\n") end
end

return function(io)
  local opts, numbers = arguments(io)
  local values = {}
  for i, text in ipairs(numbers) do
    values[i] = tonumber(text)
    if not values[i] then
      io:die(1, "invalid floating point argument: '%s'", text)
    end
  end
  if #values < 1 then io:die(1, "missing operand") end
  if #values > 3 then io:die(1, "extra operand '%s'", numbers[4]) end
  local first = values[2] and values[1] or 1
  local step = values[3] and values[2] or 1
  local last = values[#values]
  if step == 0 then
    io:die(1, "invalid Zero increment value: '%s'", numbers[2])
  end
  local between = opts.s or "\n"
  if math.type(first) == "integer" and math.type(step) == "integer"
    and math.type(last) == "integer" and not (opts.f or opts.w) then
    return integers(io, first, step, last, between)
  end
  if not values[2] then numbers = { "1", numbers[1] } end
  local text = form(opts, numbers, first, last)
  local count = math.floor((last - first) / step + 1e-10)
  for i = 0, count do
    io:write(text:format(first + i * step), i < count and between or "\n")
  end
end
