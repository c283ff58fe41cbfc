--- measure - runs a row: fresh processes in turn, ratios by round.
local machine = require "bench.machine"

local M = {}

--- Median, lower and upper quartile of a list of numbers.
function M.quartiles(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted)
  local function at(share)
    local place = 1 + (#sorted - 1) * share
    local low = math.floor(place)
    local high = math.min(low + 1, #sorted)
    return sorted[low] + (sorted[high] - sorted[low]) * (place - low)
  end
  return { median = at(0.5), low = at(0.25), high = at(0.75) }
end

--- Runs one child: its figure, or nil and what it said instead.
local function child(m, row, contender, n, salt)
  local command = machine.command(m, row, contender, n, salt)
  local pipe = assert(io.popen(command .. " 2>&1", "r"))
  local said = pipe:read "a"
  local ok = pipe:close()
  local figure = tonumber(said:match "(%S+)%s*$")
  if ok and figure then return figure end
  said = said:match "^%s*lua[%w.]*: ([^\n]+)" or said:match "^%s*([^\n]+)"
  return nil, said or "it was killed"
end

-- The order in which rivals run and are printed.
local ORDER = { "itself", "hand", "cqueues", "copas", "luv", "c", "go",
  "tarantool" }

--- Who takes part in a row on this machine, axeberg and Y first.
local function contenders(m, row)
  local list = {}
  if not row.bytes then list[1] = "Y" end
  if m.axeberg then list[#list + 1] = "axeberg" end
  for _, name in ipairs(ORDER) do
    local present = m.rivals[name] or name == "itself" and m.axeberg
    if present and (row.run[name] or row[name]) then
      list[#list + 1] = name
    end
  end
  return list
end

local YARDSTICK = { name = "Y" }

--- One turn of everybody; each other round runs backwards, so that a machine
-- that gets slower favours nobody.
local function round(m, row, list, result, number, share)
  for step = 1, #list do
    local i = number % 2 == 1 and step or #list + 1 - step
    local name = list[i]
    local samples = result.samples[name]
    if not result.failed[name] then
      local n = row.counts and row.counts[name] or row.n
      if share < 1 and not row.whole then n = math.ceil(n * share) end
      local what, who, salt = row, name, number * 37 % 300
      if name == "Y" then what, who, n = YARDSTICK, "lua", 1000000 end
      local figure, err = child(m, what, who, n, salt)
      if figure then
        samples[number] = figure
      else
        result.failed[name] = err
      end
    end
  end
end

--- Per-round ratios of axeberg to one contender.
local function ratios(samples, name)
  local list = {}
  for i, figure in ipairs(samples.axeberg) do
    if samples[name][i] then list[#list + 1] = figure / samples[name][i] end
  end
  return #list > 0 and M.quartiles(list) or nil
end

--- Measures a row.  opts: rounds, share (of the row's n), progress (called
-- with the number of each round).  The result has row, list (who took part),
-- samples, figures (quartiles) and ratios (of axeberg to each) by name,
-- failed (what they said) by name, absent (axeberg has not that yet).
function M.row(m, row, opts)
  local list = contenders(m, row)
  local result = { row = row, list = list, samples = {}, failed = {},
    figures = {}, ratios = {} }
  for _, name in ipairs(list) do result.samples[name] = {} end
  for number = 1, opts.rounds do
    opts.progress(number)
    round(m, row, list, result, number, opts.share)
    if result.failed.axeberg == "absent" then
      result.absent = true
      return result
    end
  end
  for _, name in ipairs(list) do
    if #result.samples[name] > 0 and not result.failed[name] then
      result.figures[name] = M.quartiles(result.samples[name])
    end
  end
  for _, name in ipairs(list) do
    if name ~= "axeberg" and result.figures[name]
        and result.figures.axeberg then
      result.ratios[name] = ratios(result.samples, name)
    end
  end
  return result
end

return M
