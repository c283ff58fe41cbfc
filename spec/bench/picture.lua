--- picture - the results as bars, in SVG: one panel a row, shorter is better.
-- A panel's scale is linear and its own; a bar that would dwarf the others is
-- cut, which its gap shows, and the number behind it stays true.

local WIDTH, MARGIN, GAP = 1000, 28, 28
local PANEL = (WIDTH - 2 * MARGIN - GAP) // 2
local LABEL, VALUE = 186, 56 -- beside the bar: names, numbers
local BAR, STEP = 14, 20
local HEAD, TITLE = 92, 34 -- above the panels, above the bars
local CUT = 6 -- longest bar, in times axeberg's

local STYLE = [[
  <style>
    text { font: 12px "DejaVu Sans", Verdana, sans-serif; fill: #222;
      stroke: #fff; stroke-width: 3px; paint-order: stroke }
    .h { font-size: 22px; font-weight: bold }
    .s { fill: #666; font-size: 11px }
    .t { font-weight: bold; font-size: 12px }
    .own { fill: #0b6bcb } .own-text { font-weight: bold; fill: #0b6bcb }
    .other { fill: #b9c2cc } .y { stroke: #d2691e; stroke-dasharray: 2 3 }
  </style>]]

local function escape(text)
  return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;",
    [">"] = "&gt;" }))
end

local function text(x, y, class, words, anchor)
  return ('  <text x="%.0f" y="%.0f" class="%s"%s>%s</text>'):format(x, y,
    class, anchor and ' text-anchor="' .. anchor .. '"' or "", escape(words))
end

--- Names and medians of a row, the quickest first; Y apart.
local function bars(row)
  local list = {}
  for name, q in pairs(row.figures) do
    if name ~= "Y" then
      list[#list + 1] = { name = name, label = row.labels[name],
        value = q.median }
    end
  end
  table.sort(list, function(a, b)
    if a.value ~= b.value then return a.value < b.value end
    return a.name < b.name
  end)
  return list
end

local function number(value)
  if value >= 10000 then return ("%.0fk"):format(value / 1000) end
  return (value < 10 and "%.1f" or "%.0f"):format(value)
end

--- How long a bar is drawn, and whether that is cut.
local function extent(bar, scale, room)
  return math.max(1, room * math.min(bar.value / scale, 1)), bar.value > scale
end

local function draw_bar(out, bar, x, y, width, cut)
  out[#out + 1] = ('  <rect x="%d" y="%d" width="%.1f" height="%d" '
    .. 'rx="2" class="%s"/>'):format(x, y, width, BAR,
    bar.name == "axeberg" and "own" or "other")
  if not cut then return end
  out[#out + 1] = ('  <path d="M%.0f %.0f l4 -%d" stroke="#fff" '
    .. 'stroke-width="4"/>'):format(x + width - 22, y + BAR + 1, BAR + 2)
end

local function draw_words(out, bar, x, y, width)
  local class = bar.name == "axeberg" and "own-text" or ""
  out[#out + 1] = text(x - 7, y + 11, class, bar.label, "end")
  out[#out + 1] = text(x + width + 6, y + 11, class, number(bar.value))
end

local function draw_panel(out, row, list, x, y)
  out[#out + 1] = text(x, y + 12, "t", row.title)
  out[#out + 1] = text(x, y + 26, "s", row.measure .. " " .. row.unit)
  local own = row.figures.axeberg.median
  local scale = math.min(list[#list].value, own * CUT)
  local left, room = x + LABEL, PANEL - LABEL - VALUE
  local function each(draw)
    for i, bar in ipairs(list) do
      draw(out, bar, left, y + TITLE + (i - 1) * STEP,
        extent(bar, scale, room))
    end
  end
  each(draw_bar)
  local yard = row.figures.Y and row.figures.Y.median
  if yard and yard < scale then
    local at = left + room * yard / scale
    out[#out + 1] = ('  <path d="M%.1f %d v%d" class="y"/>'):format(at,
      y + TITLE - 3, #list * STEP)
  end
  each(draw_words)
end

local function height_of(list) return TITLE + #list * STEP + 22 end

--- Where each panel goes: always the shorter column.
local function lay_out(data)
  local panels, bottoms = {}, { HEAD, HEAD }
  for _, row in ipairs(data.rows) do
    local list = bars(row)
    if row.figures.axeberg and #list > 1 then
      local column = bottoms[1] <= bottoms[2] and 1 or 2
      panels[#panels + 1] = { row = row, list = list, y = bottoms[column],
        x = MARGIN + (column - 1) * (PANEL + GAP) }
      bottoms[column] = bottoms[column] + height_of(list)
    end
  end
  return panels, math.max(bottoms[1], bottoms[2])
end

--- The picture of what report.data made.
return function(data)
  local panels, height = lay_out(data)
  local out = {
    ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
      .. 'viewBox="0 0 %d %d">'):format(WIDTH, height, WIDTH, height),
    STYLE,
    ('  <rect width="%d" height="%d" fill="#fff"/>'):format(WIDTH, height),
    text(MARGIN, 38, "h", "axeberg " .. (data.axeberg or "")
      .. " beside what one would use instead"),
    text(MARGIN, 58, "s", ("Shorter is better. Median of %d fresh processes"
      .. " in turn, processor time. %s, %s, %s CPUs."):format(data.rounds,
      data.lua, data.system, data.cpus or "?")),
    text(MARGIN, 74, "s", "Dotted: one resume + yield of a bare coroutine."
      .. " A gap in a bar: it is longer than drawn."),
  }
  for _, panel in ipairs(panels) do
    draw_panel(out, panel.row, panel.list, panel.x, panel.y)
  end
  out[#out + 1] = "</svg>\n"
  return table.concat(out, "\n")
end
