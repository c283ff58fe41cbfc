--- markdown - the results as two tables, as in docs/performance.md.

-- The columns: names of contenders, and their headings.
local COLUMNS = {
  { "hand", "by hand" }, { "cqueues", "cqueues" }, { "copas", "Copas" },
  { "luv", "luv" }, { "c", "C" }, { "go", "Go" }, { "tarantool", "Tarantool" },
  { "itself", "axeberg itself" },
}

local function ratio(value)
  return (value < 0.1 and "%.3f" or value < 10 and "%.2f" or "%.0f")
    :format(value)
end

local function spread(q)
  return ("%s (%s-%s)"):format(ratio(q.median), ratio(q.low), ratio(q.high))
end

local function own(row)
  local q = row.figures.axeberg
  if not q then return row.absent and "not there yet" or "failed" end
  local text = ("%.0f %s"):format(q.median, row.measure)
  if row.ratios.Y then
    text = text .. " = " .. ratio(row.ratios.Y.median) .. " Y"
  end
  return text
end

--- A rival's cell: its own figure and how many times it axeberg takes.
local function cell(row, name)
  local q = row.figures[name]
  if not q then return "" end
  local text = ("%.0f"):format(q.median)
  if row.ratios[name] then text = text .. ": " .. spread(row.ratios[name]) end
  if name ~= "itself" then return text end
  return row.labels[name]:gsub("^axeberg, ", "") .. " " .. text
end

local function results(data)
  local head, rule = "| | axeberg |", "|---|---|"
  for _, column in ipairs(COLUMNS) do
    head, rule = head .. " " .. column[2] .. " |", rule .. "---|"
  end
  local lines = { head, rule }
  for _, row in ipairs(data.rows) do
    local line = ("| %s (`%s`) | %s |"):format(row.title, row.name, own(row))
    for _, column in ipairs(COLUMNS) do
      line = line .. " " .. cell(row, column[1]) .. " |"
    end
    if not row.absent then lines[#lines + 1] = line end
  end
  return table.concat(lines, "\n")
end

local WORDS = { pass = "met", aim = "met, aim too", miss = "**missed**" }

local function goals(data)
  local lines = { "| row | against | reached | goal | aim | |",
    "|---|---|---|---|---|---|" }
  for _, row in ipairs(data.rows) do
    for _, goal in ipairs(row.goals) do
      local against = row.labels[goal.against] or goal.against
      lines[#lines + 1] = ("| `%s` | %s | %s | %s | %s | %s |"):format(
        row.name, against, goal.value < 100 and ratio(goal.value)
        or ("%.0f"):format(goal.value), goal.goal[1], goal.goal[2] or "",
        WORDS[goal.verdict])
    end
  end
  return table.concat(lines, "\n")
end

local function heading(data)
  return ("axeberg %s, %s, %s, %s CPUs; %d rounds."):format(data.axeberg,
    data.lua, data.system, data.cpus or "?", data.rounds)
end

-- Between these two a page is rewritten.
local FIRST, LAST = "<!-- bench -->\n", "<!-- /bench -->\n"

--- The tables of what report.data made; page: the file's text so far.
return function(data, page)
  local tables = ("%s\n\n%s\n\n%s\n"):format(heading(data), results(data),
    goals(data))
  local _, first = page:find(FIRST, 1, true)
  local last = page:find(LAST, first, true)
  if not (first and last) then return tables end
  return page:sub(1, first) .. tables .. page:sub(last)
end
