--- text - the words of a text, counted by a pipeline of processes.
-- usage: lua5.4 text.lua [FILE]
--
--   reader -> blocks -> 4 parsers -> tallies -> counter
--
-- Without a file it makes up a text of 4 MiB, always the same.  Both channels
-- are typed and hold four messages, so a stage that is too fast waits for the
-- next one, and memory stays small whatever the size of the file.  Then wc,
-- sort and uniq count the same file; the exit code is 1 if they disagree.
--
-- The result goes to stdout and is the same on every run; progress (on a
-- terminal) and speed go to stderr.
local ax = require "axeberg"

local PARSERS, QUEUED, BLOCK = 4, 4, 64 * 1024

-- What the channels carry.
local Block = "string"
local Tally = {
  bytes = "integer",
  lines = "integer",
  words = "integer",
  counts = ax.map("string", "integer"),
}

-- ------------------------------------------------------------ the stages

--- Sends the file block by block, each with whole lines.
local function read(path, blocks, progress)
  local file <close> = assert(io.open(path, "rb"))
  local done = 0
  while true do
    local block, rest = file:read(BLOCK, "L")
    if not block then return assert(rest == nil, rest) end
    block = block .. (rest or "")
    assert(blocks:send(block))
    done = done + #block
    progress:send(done)
  end
end

--- Counts lines and words (runs of letters) of each block.
local function parse(blocks, tallies)
  for block in blocks do
    local counts, words, lines = {}, 0, 0
    for word in block:lower():gmatch("%a+") do
      counts[word] = (counts[word] or 0) + 1
      words = words + 1
    end
    for _ in block:gmatch("\n") do lines = lines + 1 end
    assert(tallies:send {
      bytes = #block, lines = lines, words = words, counts = counts,
    })
  end
end

--- Adds all up.
local function count(tallies)
  local total = { bytes = 0, lines = 0, words = 0, counts = {}, blocks = 0 }
  local counts = total.counts
  for tally in tallies do
    total.blocks = total.blocks + 1
    total.bytes = total.bytes + tally.bytes
    total.lines = total.lines + tally.lines
    total.words = total.words + tally.words
    for word, n in pairs(tally.counts) do
      counts[word] = (counts[word] or 0) + n
    end
  end
  return total
end

--- Shows how far the reader is.  Its channel keeps the newest figure alone,
-- so nobody ever waits for the terminal.
local function show(progress, size)
  for done in progress do
    io.stderr:write(("\rreading: %3d %%"):format(done * 100 // size))
  end
  io.stderr:write("\r              \r")
end

local function on_terminal() return (os.execute("test -t 2")) == true end

--- Runs the pipeline; what the counter returned.
local function pipeline(path, size)
  local blocks, from_reader =
    ax.channel(Block, { capacity = QUEUED, name = "blocks" })
  local tallies, from_parsers =
    ax.channel(Tally, { capacity = QUEUED, name = "tallies" })
  local progress, figures = ax.channel("integer",
    { capacity = 1, full = "drop_oldest", name = "progress" })

  local all = {}
  local function start(name, fn, ...)
    all[#all + 1] = ax.spawn({ name = name }, fn, ...)
  end
  start("reader", read, path, blocks, progress)
  for i = 1, PARSERS do
    -- They share one receiver, which stays with the script: it is captured
    -- by a function.  Each has a sender of its own: arguments move.
    start("parser " .. i, function(out) parse(from_reader, out) end,
      tallies:clone())
  end
  tallies:close() -- the clones are enough
  if on_terminal() and size > 0 then
    start("progress", show, figures, size)
  end

  local counter = ax.spawn({ name = "counter" }, count, from_parsers)
  for _, pid in ipairs(all) do
    local _, how, why = ax.wait(pid)
    assert(how == "exited", why)
  end
  return (select(3, ax.wait(counter)))
end

-- ----------------------------------------------------- a text of our own

local FREQUENT = [[the of and to a in it is was that for on with as be by
  at from they this have or had not but some what there we can out other
  were all your when up use word how said each she which their time]]

--- A generator of numbers below n, the same everywhere.
local function new_dice()
  local state = 20
  return function(n)
    state = state * 6364136223846793005 + 1442695040888963407
    return (state >> 33) % n
  end
end

--- Frequent words, then made-up ones.
local function vocabulary(dice)
  local words = {}
  for word in FREQUENT:gmatch("%a+") do words[#words + 1] = word end
  local heads = { "b", "d", "f", "gr", "k", "l", "m", "n", "p", "st", "t" }
  local tails = { "a", "e", "en", "i", "is", "o", "or", "u", "y" }
  while #words < 6000 do
    local word = ""
    for _ = 1, 2 + dice(3) do
      word = word .. heads[1 + dice(#heads)] .. tails[1 + dice(#tails)]
    end
    words[#words + 1] = word
  end
  return words
end

--- Sentences in lines of about 72 columns.
local function write_text(path, size)
  local dice = new_dice()
  local words = vocabulary(dice)
  local file <close> = assert(io.open(path, "wb"))
  local written, line, left = 0, "", 0
  while written < size do
    local rank = #words
    for _ = 1, 4 do rank = 1 + dice(rank) end -- low ones are frequent
    local word = words[rank]
    if left == 0 then
      left = 4 + dice(16)
      word = word:gsub("^%l", string.upper)
    end
    left = left - 1
    line = line .. word .. (left == 0 and "." or dice(12) == 0 and "," or "")
    if #line < 66 then
      line = line .. " "
    else
      assert(file:write(line, "\n"))
      written, line = written + #line + 1, ""
    end
  end
end

-- ----------------------------------------------------------- coreutils

local function quoted(path) return "'" .. path:gsub("'", "'\\''") .. "'" end

--- Calls fn with each line that the command prints.
local function each_line(command, fn)
  local pipe = assert(io.popen(command))
  for line in pipe:lines() do fn(line) end
  assert(pipe:close(), "failed: " .. command)
end

--- The same total, as wc, tr, sort and uniq see it.
local function coreutils(path)
  local total = { counts = {} }
  local input = "<" .. quoted(path)
  local words = "LC_ALL=C tr -cs A-Za-z '\\n' " .. input ..
    " | LC_ALL=C tr A-Z a-z"
  each_line("LC_ALL=C wc -l -c " .. input, function(line)
    local lines, bytes = line:match("(%d+)%s+(%d+)")
    total.lines, total.bytes = tonumber(lines), tonumber(bytes)
  end)
  each_line(words .. " | wc -w", function(line)
    total.words = tonumber(line)
  end)
  each_line(words .. " | LC_ALL=C sort | uniq -c", function(line)
    local n, word = line:match("(%d+) (%a+)")
    if word then total.counts[word] = tonumber(n) end
  end)
  return total
end

-- -------------------------------------------------------------- the report

--- All words, the most frequent one first.
local function ranking(counts)
  local words = {}
  for word in pairs(counts) do words[#words + 1] = word end
  table.sort(words, function(a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return a < b
  end)
  return words
end

--- Prints both, side by side; the words that differ.
local function compare(ours, theirs)
  local differing = {}
  local function row(name, a, b)
    print(("%-12s %12d %12d"):format(name, a or 0, b or 0))
    if a ~= b then differing[name] = true end
  end
  local words = ranking(ours.counts)
  print(("%-12s %12s %12s"):format("", "axeberg", "coreutils"))
  for _, what in ipairs { "bytes", "lines", "words" } do
    row(what, ours[what], theirs[what])
  end
  row("distinct", #words, #ranking(theirs.counts))
  print()
  for i = 1, math.min(10, #words) do
    row(words[i], ours.counts[words[i]], theirs.counts[words[i]])
  end
  for word, n in pairs(theirs.counts) do
    if ours.counts[word] ~= n then differing[word] = true end
  end
  return ranking(differing)
end

local function main(path, title)
  local file <close> = assert(io.open(path, "rb"))
  local size = assert(file:seek("end")) -- it is read twice, so no pipe
  local began = ax.now()
  local ours = pipeline(path, size)
  local seconds = ax.now() - began
  print(("%s, through %d parsers\n"):format(title, PARSERS))
  local differing = compare(ours, coreutils(path))
  print()
  if #differing == 0 then
    print("equal, in every word")
  else
    print("NOT equal: " .. table.concat(differing, " "))
  end
  io.stdout:flush()
  io.stderr:write(("%.1f MiB in %.2f s: %.1f MiB/s, %.1f million words/s, " ..
    "%d blocks\n"):format(ours.bytes / 2 ^ 20, seconds,
    ours.bytes / 2 ^ 20 / seconds, ours.words / 1e6 / seconds, ours.blocks))
  return #differing == 0
end

local path = ...
local made = not path and os.tmpname()
if made then write_text(made, 4 * 2 ^ 20) end
local ok, equal = pcall(main, path or made, path or "a made-up text")
if made then os.remove(made) end
if not ok then
  io.stderr:write("text: ", tostring(equal), "\n")
  os.exit(2, true)
end
os.exit(equal, true)
