--- report - what was measured, for people and as JSON.
local M = {}

--- What a contender is called in a row.
function M.label(m, row, name)
  if name == "axeberg" then return "axeberg" end
  if name == "Y" then return "Y" end
  return row.labels and row.labels[name] or m.rivals[name] or name
end
local label = M.label

local function figure(value, row)
  if row.bytes then return ("%.0f B"):format(value) end
  return (value < 10 and "%.1f ns" or "%.0f ns"):format(value)
end

local function ratio(value)
  return (value < 0.1 and "%.3f" or value < 10 and "%.2f" or "%.1f")
    :format(value)
end

--- "pass", "aim" (better still) or "miss".
function M.verdict(value, goal)
  if value > goal[1] then return "miss" end
  return value <= (goal[2] or -1) and "aim" or "pass"
end

local WORDS = { pass = "met", aim = "met, aim too", miss = "MISSED" }

local function goal_text(value, goal)
  if not goal then return "" end
  local text = "goal " .. goal[1]
  if goal[2] then text = text .. ", aim " .. goal[2] end
  return ("%-19s %s"):format(text, WORDS[M.verdict(value, goal)])
end

--- A table of every goal of a row: name, value, goal, verdict.
function M.goals(result)
  local row, list = result.row, {}
  for name, goal in pairs(row.goals) do
    local q = result.ratios[name]
    if q then
      list[#list + 1] = { row = row.name, against = name, value = q.median,
        goal = goal, verdict = M.verdict(q.median, goal) }
    end
  end
  local own = result.figures.axeberg
  if row.limit and own then
    list[#list + 1] = { row = row.name, against = "bytes",
      value = own.median, goal = { row.limit },
      verdict = M.verdict(own.median, { row.limit }) }
  end
  table.sort(list, function(a, b) return a.against < b.against end)
  return list
end

--- The columns: who, how much, the ratio, its spread, the goal.
local function line(who, value, quartiles, unit, goal)
  local spread = quartiles and ("(%s-%s)"):format(ratio(quartiles.low),
    ratio(quartiles.high)) or ""
  return ("  %-33s %9s %6s %s %-13s %s"):format(who, value,
    quartiles and ratio(quartiles.median) or "", unit, spread, goal)
end

local function own_line(result)
  local row, own, y = result.row, result.figures.axeberg, result.ratios.Y
  local goal = ""
  if y then
    goal = goal_text(y.median, row.goals.Y)
  elseif row.limit then
    goal = goal_text(own.median, { row.limit })
  end
  return line("axeberg", figure(own.median, row), y, y and "Y" or " ", goal)
end

local function rival_line(m, result, name)
  local row, q = result.row, result.ratios[name]
  return line(label(m, row, name), figure(result.figures[name].median, row),
    q, " ", q and goal_text(q.median, row.goals[name]) or "")
end

--- The heading: the machine and how to read the table.
function M.head(m, opts)
  local lines = {
    ("axeberg %s, %s, %s, %s CPUs (%s)"):format(m.axeberg or "not built",
      m.release, m.system, m.cpus or "?", m.model),
    ("Medians of %d fresh processes, in turn with their rivals, %s.")
      :format(opts.rounds, m.cpu and "on CPU " .. m.cpu or "not pinned"),
    "ns of processor time; then axeberg / the other (middle half of the"
      .. " rounds):",
    "below 1 axeberg is better.  Y = one resume + yield of a bare coroutine.",
  }
  if opts.quick then
    lines[#lines + 1] = "A quick look: too little work for a verdict."
  end
  for _, what in ipairs(m.missing) do
    lines[#lines + 1] = "Not here: " .. what
  end
  if m.load and m.load > 0.5 then
    lines[#lines + 1] = ("The machine is busy (load %.1f): ratios stand,"
      .. " nanoseconds do not."):format(m.load)
  end
  return table.concat(lines, "\n")
end

--- One row of the table, some lines.
function M.block(m, result)
  local row = result.row
  local lines = { ("\n%s  [%s]"):format(row.title, row.name) }
  local function add(text) lines[#lines + 1] = text:gsub("%s+$", "") end
  if result.absent then
    add("  axeberg has no ax." .. row.needs .. " yet")
    return table.concat(lines, "\n")
  end
  for _, name in ipairs(result.list) do
    if result.failed[name] then
      add(("  %-34s failed: %s"):format(label(m, row, name),
        result.failed[name]))
    elseif name == "axeberg" then
      add(own_line(result))
    elseif name ~= "Y" then
      add(rival_line(m, result, name))
    end
  end
  return table.concat(lines, "\n")
end

--- The last lines: Y itself, goals met and missed.
function M.tail(results)
  local met, aims, missed, ys = 0, 0, {}, {}
  for _, result in ipairs(results) do
    local y = result.figures.Y
    if y then ys[#ys + 1] = y.median end
    for _, goal in ipairs(M.goals(result)) do
      if goal.verdict == "miss" then
        missed[#missed + 1] = ("  %s against %s: %s, goal %s"):format(
          goal.row, goal.against, ratio(goal.value), goal.goal[1])
      else
        met = met + 1
        if goal.verdict == "aim" then aims = aims + 1 end
      end
    end
  end
  local lines = { "" }
  if #ys > 0 then
    table.sort(ys)
    lines[#lines + 1] = ("Y was %.0f ns (%.0f-%.0f over the rows)."):format(
      ys[(#ys + 1) // 2], ys[1], ys[#ys])
  end
  if met + #missed > 0 then
    lines[#lines + 1] = ("Goals: %d met (%d of them with the aim), %d missed%s")
      :format(met, aims, #missed, #missed > 0 and ":" or ".")
  end
  return table.concat(lines, "\n")
    .. (#missed > 0 and "\n" .. table.concat(missed, "\n") or "")
end

--- All of it as a plain table, for JSON.
function M.data(m, opts, results)
  local data = {
    axeberg = m.axeberg, lua = m.release, system = m.system,
    cpus = m.cpus, model = m.model, pinned = m.cpu ~= nil,
    rounds = opts.rounds, quick = opts.quick, missing = m.missing, rows = {},
  }
  for i, result in ipairs(results) do
    local row = result.row
    local labels = {}
    for _, name in ipairs(result.list) do
      labels[name] = label(m, row, name)
    end
    data.rows[i] = {
      name = row.name, title = row.title, unit = row.unit,
      measure = row.bytes and "bytes" or "ns", absent = result.absent,
      labels = labels, samples = result.samples, figures = result.figures,
      ratios = result.ratios, failed = result.failed,
      goals = M.goals(result),
    }
  end
  return data
end

return M
