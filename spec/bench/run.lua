--- run - measures axeberg against what one would use instead.
-- lua5.4 spec/bench/run.lua [--quick] [--rounds N] [--only NAME]
--   [--json FILE] [--svg FILE] [--markdown FILE]
-- Each measurement is a process of its own (child.lua), pinned to one CPU
-- where that is possible; the contenders of a row take turns.
local here = arg[0]:match "^(.*)/[^/]*$" or "."
package.path = here .. "/../?.lua;" .. package.path

local machine = require "bench.machine"
local measure = require "bench.measure"
local report = require "bench.report"

local FILES = { "pingpong", "stream", "fanin", "spawn", "memory", "schema",
  "timer", "select", "limit", "msgq", "pipe", "shm" }

local USAGE = [[
usage: run.lua [options]
  --quick      three rounds of a quarter of the work: a look, no verdict
  --rounds N   rounds, each one fresh process a contender (default 7)
  --only NAME  rows whose name begins so; may be given more than once
  --json FILE  all samples and ratios
  --svg FILE   a picture
  --markdown FILE  tables; into their place if FILE is docs/performance.md
  --list       the rows and what they measure]]

local function stop(message)
  io.stderr:write(message, "\n")
  os.exit(2)
end

local function options()
  local opts, i = { rounds = nil, only = {} }, 1
  local function value()
    i = i + 1
    return arg[i] or stop(USAGE)
  end
  while arg[i] do
    local name = arg[i]
    if name == "--quick" then opts.quick = true
    elseif name == "--list" then opts.list = true
    elseif name == "--rounds" then opts.rounds = tonumber(value())
    elseif name == "--only" then opts.only[#opts.only + 1] = value()
    elseif name == "--json" then opts.json = value()
    elseif name == "--svg" then opts.svg = value()
    elseif name == "--markdown" then opts.markdown = value()
    else stop(USAGE) end
    i = i + 1
  end
  opts.rounds = opts.rounds or opts.quick and 3 or 7
  if opts.rounds < 1 then stop(USAGE) end
  opts.share = opts.quick and 0.25 or 1
  return opts
end

--- All rows that were asked for.
local function rows(only)
  local list = {}
  for _, file in ipairs(FILES) do
    for _, row in ipairs(require("bench." .. file)) do
      local wanted = #only == 0
      for _, name in ipairs(only) do
        wanted = wanted or row.name:sub(1, #name) == name
      end
      if wanted then list[#list + 1] = row end
    end
  end
  if #list == 0 then stop "no such row; --list tells them" end
  return list
end

local function terminal() return os.execute "[ -t 2 ]" end

--- Writes a file, or dies saying why not.
local function write(path, text)
  local file, err = io.open(path, "w")
  if not file then stop(err) end
  file:write(text)
  file:close()
end

--- The text of a file, "" if there is none.
local function read(path)
  local file = io.open(path)
  if not file then return "" end
  local text = file:read "a"
  file:close()
  return text
end

local function save(m, opts, results)
  local data = report.data(m, opts, results)
  if opts.svg then write(opts.svg, require "bench.picture"(data)) end
  if opts.markdown then
    write(opts.markdown, require "bench.markdown"(data, read(opts.markdown)))
  end
  if not opts.json then return end
  local found, cjson = pcall(require, "cjson")
  if not found then stop "no JSON: lua-cjson is missing" end
  write(opts.json, cjson.encode(data) .. "\n")
end

local function run(m, opts)
  local list, results, failed = rows(opts.only), {}, false
  local live = terminal()
  print(report.head(m, opts))
  for _, row in ipairs(list) do
    opts.progress = function(number)
      if not live then return end
      io.stderr:write(("\r%s: round %d of %d \27[K"):format(row.name, number,
        opts.rounds))
    end
    local result = measure.row(m, row, opts)
    if live then io.stderr:write "\r\27[K" end
    print(report.block(m, result))
    io.stdout:flush()
    results[#results + 1] = result
    failed = failed or result.failed.axeberg and not result.absent
  end
  print(report.tail(results))
  save(m, opts, results)
  return not failed
end

local opts = options()
if opts.list then
  for _, row in ipairs(rows(opts.only)) do
    print(("%-15s %s"):format(row.name, row.title))
  end
  os.exit(0)
end
local m = machine.look(here)
local finished, answer = xpcall(run, debug.traceback, m, opts)
machine.leave(m)
if not finished then stop(answer) end
os.exit(answer)
