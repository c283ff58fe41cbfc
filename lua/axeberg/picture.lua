--- Saved traces as text and as pictures.
-- @module axeberg.picture

local cjson = require "cjson"
local eyes = require "axeberg.eyes"

local fit, columns = eyes.fit, eyes.columns

local M = {}

local LEFT, LANE, BAR, THIN, TOP, CHART = 150, 40, 14, 9, 44, 46
local COLOURS = { "#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1",
  "#76b7b2", "#9c755f", "#edc948" }

-- --------------------------------------------------------------- reading

--- An entry of a list that is made if it is not there.
local function entry(map, list, key, make)
  if not map[key] then
    map[key] = make()
    list[#list + 1] = map[key]
  end
  return map[key]
end

--- Leaves out lanes without anything, and puts them and the charts in order.
local function tidy(d)
  for i = #d.lanes, 1, -1 do
    local lane = d.lanes[i]
    if not lane.slices[1] and not lane.waits[1] then
      table.remove(d.lanes, i)
    end
  end
  table.sort(d.lanes, function(a, b)
    if a.kernel ~= b.kernel then return a.kernel < b.kernel end
    return a.pid < b.pid
  end)
  table.sort(d.charts, function(a, b) return a.name < b.name end)
end

--- What is in a file: lanes and charts in order, arrows, the time from first
--- to last.
local function digest(json)
  local d = { lanes = {}, charts = {}, arrows = {}, first = math.huge,
    last = 0, other = json.otherData or {} }
  local lanes, charts, spans, arrows = {}, {}, {}, {}
  local function lane_of(e)
    return entry(lanes, d.lanes, ("%d.%d"):format(e.pid, e.tid), function()
      return { kernel = e.pid, pid = e.tid, slices = {}, waits = {},
        instants = {} }
    end)
  end
  local on = {}
  function on.X(e)
    table.insert(lane_of(e).slices, e)
  end
  function on.i(e)
    table.insert(lane_of(e).instants, e)
  end
  function on.b(e)
    spans[e.id] = e
  end
  function on.e(e)
    local from = spans[e.id]
    table.insert(lane_of(e).waits, { ts = from.ts, dur = e.ts - from.ts,
      name = from.name, args = e.args })
  end
  function on.s(e)
    arrows[e.id] = e
  end
  function on.f(e)
    table.insert(d.arrows, { from = arrows[e.id], to = e })
  end
  function on.C(e)
    local chart = entry(charts, d.charts, ("%d %s"):format(e.pid, e.name),
      function()
        return { name = e.name, points = {}, most = 0 }
      end)
    local _, depth = next(e.args)
    table.insert(chart.points, { e.ts, depth })
    chart.most = math.max(chart.most, depth)
  end
  function on.M(e)
    if e.name == "thread_name" then lane_of(e).name = e.args.name end
  end
  for _, e in ipairs(json.traceEvents) do
    if e.ph ~= "M" then
      d.first = math.min(d.first, e.ts)
      d.last = math.max(d.last, e.ts + (e.dur or 0))
    end
    if on[e.ph] then on[e.ph](e) end
  end
  tidy(d)
  return d
end

--- Reads a file; nil and why not.
local function read(path)
  local file, err = io.open(path, "rb")
  if not file then return nil, err end
  local text = file:read("a")
  file:close()
  local ok, json = pcall(cjson.decode, text or "")
  if not ok or type(json) ~= "table" or not json.traceEvents then
    return nil, path .. ": this is no trace"
  end
  return digest(json)
end

-- ------------------------------------------------------------------ text

--- Microseconds as people write them.
local function duration(us)
  for _, unit in ipairs { { 1e6, "s" }, { 1e3, "ms" } } do
    if us >= unit[1] then return ("%.4g %s"):format(us / unit[1], unit[2]) end
  end
  return ("%.4g us"):format(us)
end

local function sum(list)
  local total, most = 0, 0
  for _, e in ipairs(list) do
    total, most = total + e.dur, math.max(most, e.dur)
  end
  return total, most
end

--- A trace in words: who ran and waited how long, and what went where.
local function summary(d)
  local rows = { { "PROCESS", "RUNS", "BUSY", "LONGEST", "WAITED" } }
  for _, lane in ipairs(d.lanes) do
    local busy, longest = sum(lane.slices)
    rows[#rows + 1] = { ("%d/%d %s"):format(lane.kernel, lane.pid,
      lane.name or ""), #lane.slices, duration(busy), duration(longest),
      duration((sum(lane.waits))) }
  end
  local right = { [2] = true, [3] = true, [4] = true, [5] = true }
  local lines = { ("%s, %d events, %d more were forgotten"):format(
    duration(math.max(d.last - d.first, 0)), d.other.events or 0,
    d.other.forgotten or 0), "" }
  for _, line in ipairs(columns(rows, right)) do
    lines[#lines + 1] = line
  end
  local counts, names = {}, {}
  for _, arrow in ipairs(d.arrows) do
    if arrow.from.cat == "message" then
      local name = arrow.from.name
      if not counts[name] then names[#names + 1] = name end
      counts[name] = (counts[name] or 0) + 1
    end
  end
  table.sort(names)
  rows = { { "MESSAGES", "THROUGH" } }
  for _, name in ipairs(names) do rows[#rows + 1] = { counts[name], name } end
  if names[1] then
    lines[#lines + 1] = ""
    for _, line in ipairs(columns(rows, { true })) do
      lines[#lines + 1] = line
    end
  end
  return table.concat(lines, "\n") .. "\n"
end

-- --------------------------------------------------------------- picture

local function escape(text)
  return (tostring(text):gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;",
    [">"] = "&gt;", ['"'] = "&quot;" }))
end

--- A picture being made: pieces of text, and where a moment is.
local Picture = {}
Picture.__index = Picture

function Picture:add(format, ...)
  self[#self + 1] = format:format(...)
end

function Picture:x(time)
  local part = (time - self.from) / (self.to - self.from)
  return LEFT + math.max(0, math.min(1, part)) * (self.width - LEFT - 20)
end

function Picture:shows(from, to)
  return to >= self.from and from <= self.to
end

function Picture:box(from, to, y, height, style, title)
  local left, right = self:x(from), self:x(to)
  local width = math.max(right - left, 2)
  self:add('<rect x="%.1f" y="%.1f" width="%.1f" height="%d" rx="1.5" %s>'
    .. "<title>%s</title></rect>", left, y, width, height, style,
    escape(title))
  return left, width
end

function Picture:text(x, y, size, text, more)
  self:add('<text x="%.1f" y="%.1f" font-size="%d"%s>%s</text>', x, y, size,
    more and " " .. more or "", escape(text))
end

--- The step between two marks of an axis: 1, 2 or 5 of something.
local function step_of(span, marks)
  local step = 10 ^ math.floor(math.log(span / marks, 10))
  for _, factor in ipairs { 1, 2, 5, 10 } do
    if span / (step * factor) <= marks then return step * factor end
  end
  return step * 10
end

local function draw_axis(p, height)
  local step = step_of(p.to - p.from, 10)
  for i = 0, (p.to - p.from) // step do
    local x = p:x(p.from + i * step)
    p:add('<path d="M%.1f %d V%d" stroke="#e4e4e4"/>', x, TOP - 12, height)
    p:text(x, TOP - 18, 11, duration(p.from - p.zero + i * step),
      'text-anchor="middle" fill="#666"')
  end
end

--- The text in so many letters at most.
local function shorten(text, letters)
  return (fit(text, letters):gsub(" +$", ""))
end

--- What is to be told at which places; what is at one place together.
local function instants_of(p, lane)
  local list = {}
  for _, i in ipairs(lane.instants) do
    if p:shows(i.ts, i.ts) and i.cat ~= "timer" and i.cat ~= "spawn" then
      local x, last = p:x(i.ts), list[#list]
      if last and x - last.x < 6 then
        last.text = last.text .. ", " .. i.name
      else
        list[#list + 1] = { x = x, text = i.name }
      end
    end
  end
  return list
end

local function draw_lane(p, lane, y, colour)
  p:add('<path d="M0 %.1f H%d" stroke="#eee"/>', y - 7, p.width)
  p:text(10, y + BAR - 2, 13, lane.name or "?", 'font-weight="bold"')
  p:text(LEFT - 12, y + BAR - 2, 10, ("%d/%d"):format(lane.kernel, lane.pid),
    'text-anchor="end" fill="#999"')
  for _, w in ipairs(lane.waits) do
    if p:shows(w.ts, w.ts + w.dur) then
      local x, width = p:box(w.ts, w.ts + w.dur, y + BAR + 2, THIN,
        ('fill="%s" fill-opacity="0.22" stroke="white"'):format(colour),
        w.name)
      local letters = width // 5
      if letters >= 5 then
        p:text(x + 3, y + BAR + THIN, 9, shorten(w.name, letters),
          'fill="#444"')
      end
    end
  end
  for _, s in ipairs(lane.slices) do
    if p:shows(s.ts, s.ts + s.dur) then
      p:box(s.ts, s.ts + s.dur, y, BAR, ('fill="%s"'):format(colour),
        s.name .. ", " .. duration(s.dur))
    end
  end
  local names = instants_of(p, lane)
  for i, at in ipairs(names) do
    p:add('<path d="M%.1f %.1f l4 -6 h-8 z" fill="#222"/>', at.x, y)
    local near = at.x > p.width - 150
    local room = not names[i + 1] or names[i + 1].x - at.x > #at.text * 5
    if room then
      p:text(at.x + (near and -7 or 7), y - 1, 9, at.text, near
        and 'text-anchor="end"')
    end
  end
end

local function draw_arrow(p, arrow, places)
  local from, to = arrow.from, arrow.to
  local y1 = places[("%d.%d"):format(from.pid, from.tid)]
  local y2 = places[("%d.%d"):format(to.pid, to.tid)]
  if not (y1 and y2 and p:shows(from.ts, to.ts)) then return end
  local x1, x2 = p:x(from.ts), p:x(to.ts)
  local colour = from.cat == "message" and "#c0392b" or "#999999"
  y1, y2 = y1 + BAR / 2, y2 + BAR / 2
  local bend = math.max(4, (x2 - x1) / 2)
  p:add('<path d="M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f" fill="none" '
    .. 'stroke="%s" stroke-width="1.1" opacity="0.75" '
    .. 'marker-end="url(#%s)"/>', x1, y1, x1 + bend, y1, x2 - bend, y2, x2,
    y2, colour, from.cat)
end

local function draw_chart(p, chart, y)
  local height = CHART - 16
  local function level(n)
    return y + height - n / math.max(chart.most, 1) * (height - 4)
  end
  p:add('<path d="M0 %.1f H%d" stroke="#eee"/>', y - 7, p.width)
  p:text(10, y + height - 8, 11, chart.name)
  p:text(LEFT - 12, y + 8, 10, ("%d"):format(chart.most),
    'text-anchor="end" fill="#999"')
  local path, last = {}, 0
  for _, point in ipairs(chart.points) do
    if point[1] <= p.to then
      local x = p:x(point[1])
      path[#path + 1] = ("L%.1f %.1f L%.1f %.1f"):format(x, level(last), x,
        level(point[2]))
      last = point[2]
    end
  end
  local right = p:x(p.to)
  p:add('<path d="M%d %.1f %s L%.1f %.1f L%.1f %.1f Z" fill="#4e79a7" '
    .. 'fill-opacity="0.35" stroke="#4e79a7"/>', LEFT, level(0),
    table.concat(path, " "), right, level(last), right, level(0))
end

local function draw_head(p, height)
  p:add('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
    .. 'viewBox="0 0 %d %d" font-family="sans-serif">', p.width, height,
    p.width, height)
  for name, colour in pairs { message = "#c0392b", spawn = "#999999" } do
    p[#p + 1] = ('<marker id="%s" viewBox="0 0 8 8" refX="7" refY="4" '
      .. 'markerWidth="7" markerHeight="7" orient="auto"><path '
      .. 'd="M0 0 L8 4 L0 8 z" fill="%s"/></marker>'):format(name, colour)
  end
  p:add('<rect width="%d" height="%d" fill="white"/>', p.width, height)
end

--- A trace as SVG: a lane for each process, with what it runs above what it
--- waits for; messages as arrows; a chart for each channel.
local function draw(d, wants)
  local zero = d.first
  local p = setmetatable({
    zero = zero, width = wants.width or 1200,
    from = zero + (wants.from or 0) * 1e6,
    to = wants.to and zero + wants.to * 1e6 or d.last,
  }, Picture)
  if p.to <= p.from then return nil, "nothing happened in that time" end
  local lanes = {}
  for _, lane in ipairs(d.lanes) do lanes[#lanes + 1] = lane end
  local height = TOP + #lanes * LANE + #d.charts * CHART + 10
  draw_head(p, height)
  draw_axis(p, height)
  local places, y = {}, TOP
  for i, lane in ipairs(lanes) do
    places[("%d.%d"):format(lane.kernel, lane.pid)] = y
    draw_lane(p, lane, y, COLOURS[(i - 1) % #COLOURS + 1])
    y = y + LANE
  end
  for _, arrow in ipairs(d.arrows) do draw_arrow(p, arrow, places) end
  for _, chart in ipairs(d.charts) do
    draw_chart(p, chart, y)
    y = y + CHART
  end
  p[#p + 1] = "</svg>\n"
  return table.concat(p, "\n")
end

--- Shows a saved trace: in words on standard output, or as a picture.
-- @tparam table wants file =, svg = a path, from =, to = seconds, width =
-- @return true; or nil and why not
function M.show(wants)
  local d, err = read(wants.file)
  if not d then return nil, err end
  if not wants.svg then
    io.write(summary(d))
    return true
  end
  local text
  text, err = draw(d, wants)
  if not text then return nil, err end
  local file
  file, err = io.open(wants.svg, "wb")
  if not file then return nil, err end
  local ok, why = file:write(text)
  file:close()
  if not ok then return nil, why end
  return true
end

return M
