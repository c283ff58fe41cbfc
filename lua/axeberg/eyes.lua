--- Eyes: what there is in a kernel, as text for people.
-- @module axeberg.eyes

local core = require "axeberg.core"

local M = {}

-- ---------------------------------------------------------------- tables

--- The text in that many columns: cut, or with blanks behind it (before it,
--- if the width is negative).
local function fit(text, width)
  text = tostring(text)
  local size = math.abs(width)
  local length = utf8.len(text) or #text
  if length > size then
    local stop = utf8.len(text) and utf8.offset(text, size) or size
    return text:sub(1, stop - 1) .. "~"
  end
  local blanks = (" "):rep(size - length)
  return width < 0 and blanks .. text or text .. blanks
end

M.fit = fit

--- Rows of texts as lines, each column as wide as its widest text; the last
--- one is as long as it likes.  right: which columns stand at the right.
-- @tparam table rows lists of texts, the first is the heading
-- @tparam[opt] table right column number -> true
-- @treturn table lines
function M.columns(rows, right)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do
      local length = utf8.len(tostring(text)) or #tostring(text)
      widths[i] = math.max(widths[i] or 0, length)
    end
  end
  for n, row in ipairs(rows) do
    local cells = {}
    for i, text in ipairs(row) do
      local last = i == #row and not (right and right[i])
      cells[i] = last and tostring(text)
        or fit(text, right and right[i] and -widths[i] or widths[i])
    end
    lines[n] = table.concat(cells, "  "):gsub("%s+$", "")
  end
  return lines
end

-- ------------------------------------------------------------- processes

--- Processes as a table: who, whose child, in which state, waiting for what.
-- @tparam[opt] table list as ax.ps returns it; those of the current kernel
-- @treturn string
function M.ps(list)
  local rows = { { "PID", "PPID", "STATE", "PRI", "NAME", "WAITS FOR" } }
  for _, p in ipairs(list or core.ps()) do
    rows[#rows + 1] = { p.pid, p.ppid, p.state, p.priority, p.name,
      p.waiting or "" }
  end
  return table.concat(M.columns(rows, { true, true }), "\n") .. "\n"
end

-- ---------------------------------------------------- queues and segments

--- Nine bits as people write them: rw-r--r--.
local function mode_text(mode)
  local text = {}
  for i = 8, 0, -1 do
    local letter = ("xwr"):sub(i % 3 + 1, i % 3 + 1)
    text[#text + 1] = mode & (1 << i) ~= 0 and letter or "-"
  end
  return table.concat(text)
end

--- What stat answers for each number; without those that may not be read.
local function stats(sys, list, control)
  local found = {}
  if not sys[list] then return found end
  for _, id in ipairs(sys[list]()) do
    local stat = sys[control](id, "IPC_STAT")
    if stat then found[#found + 1] = stat end
  end
  return found
end

local function key_text(stat)
  return ("0x%08x"):format(stat.key & 0xffffffff)
end

--- Message queues and segments as tables, as ipcs(1) shows them.
-- @tparam[opt] string which "queues" or "segments"; both
-- @treturn string
function M.ipcs(which)
  local sys, lines = require "axeberg.sys", {}
  local function add(title, rows, right)
    if lines[1] then lines[#lines + 1] = "" end
    lines[#lines + 1] = title
    table.move(M.columns(rows, right), 1, #rows, #lines + 1, lines)
  end
  if which ~= "segments" then
    local rows = { { "KEY", "ID", "OWNER", "MODE", "MESSAGES", "BYTES",
      "OF" } }
    for _, q in ipairs(stats(sys, "msgids", "msgctl")) do
      rows[#rows + 1] = { key_text(q), q.id, q.uid, mode_text(q.mode), q.qnum,
        q.cbytes, q.qbytes }
    end
    add("message queues", rows, { [2] = true, [3] = true, [5] = true,
      [6] = true, [7] = true })
  end
  if which ~= "queues" then
    local rows = { { "KEY", "ID", "OWNER", "MODE", "BYTES", "ATTACHED" } }
    for _, s in ipairs(stats(sys, "shmids", "shmctl")) do
      rows[#rows + 1] = { key_text(s), s.id, s.uid, mode_text(s.mode), s.size,
        s.nattch }
    end
    add("shared memory", rows, { [2] = true, [3] = true, [5] = true,
      [6] = true })
  end
  return table.concat(lines, "\n") .. "\n"
end

--- What processes hold and can be full or empty - channels, pipes, queues -
--- with who holds which end.
-- @treturn table a list of { what =, depth =, ends = { kind -> list of pids } }
function M.held()
  local found, list = {}, {}
  for _, hold in ipairs(core.held()) do
    local kind, text = hold.kind, hold.text or ""
    local depth = tonumber(text:match("%((%d+)"))
    if depth then
      local channel = kind == "sender" or kind == "receiver"
      local what = (channel and "channel" or kind) .. " " .. text
      local entry = found[what]
      if not entry then
        entry = { what = what, depth = depth, ends = {} }
        found[what] = entry
        list[#list + 1] = entry
      end
      entry.ends[kind] = entry.ends[kind] or {}
      table.insert(entry.ends[kind], hold.pid)
    end
  end
  table.sort(list, function(a, b)
    if a.depth ~= b.depth then return a.depth > b.depth end
    return a.what < b.what
  end)
  return list
end

return M
