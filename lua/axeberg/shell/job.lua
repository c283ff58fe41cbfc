--- Jobs: commands in the background, and what can be done with them.
--
-- A job is a table: number, pids, last (the pid that $! is), text, status
-- (nil as long as it runs), stopped.
-- @module axeberg.shell.job

local ax = require "axeberg"
local subshell = require "axeberg.shell.subshell"
local port = require "axeberg.shell.port"

local M = {}

--- Starts a command in the background.
function M.start(sh, node)
  local files, null = {}, nil
  for fd, file in pairs(sh.files) do files[fd] = file end
  if not sh.interactive then
    null = ax.open("/dev/null")
    files[0] = null
  end
  local tested = sh.tested
  sh.tested = 0
  local command, group = node.command, {}
  if command.t == "pipe" and command[2] and not command.negate then
    group.pids = subshell.pipeline(sh, command, files, group)
  else
    group.pids = { subshell.subshell(sh, command, files, group) }
  end
  sh.tested = tested
  if null then null:close() end
  local number = 1
  while sh.jobs[number] do number = number + 1 end
  local job = { number = number, pids = group.pids, group = group,
    last = group.pids[#group.pids], text = node.text }
  sh.jobs[number], sh.last = job, job.last
  sh.current = number
  if sh.interactive then
    sh.files[2]:write(("[%d] %d\n"):format(number, job.last))
  end
end

--- Looks whether a job has ended, and waits if asked to.
local function look(job, timeout)
  while not job.status do
    local pid = job.pids[1]
    local status, err = port.wait(pid, timeout)
    if not status then return false end
    if err then job.error = err end
    table.remove(job.pids, 1)
    if not job.pids[1] then job.status = status end
  end
  return true
end

local function state(job)
  if job.status then
    return job.status == 0 and "Done" or ("Done(%d)"):format(job.status)
  end
  return job.stopped and "Stopped" or "Running"
end

local function line(sh, job)
  return ("[%d] %s %-10s %s\n"):format(job.number,
    sh.current == job.number and "+" or " ", state(job), job.text)
end

--- Tells of jobs that have ended, before a prompt.
function M.notify(sh)
  for number, job in pairs(sh.jobs) do
    if look(job, 0) then
      sh.files[2]:write(line(sh, job))
      sh.jobs[number] = nil
    end
  end
end

--- The job that %1, %+ or %name means; or the one a pid belongs to.
local function find(sh, text)
  local name = text:match("^%%(.*)$")
  if not name then
    for _, job in pairs(sh.jobs) do
      if tostring(job.last) == text then return job end
    end
    return nil
  end
  if name == "" or name == "+" or name == "%" then
    return sh.jobs[sh.current]
  end
  if name:find("^%d+$") then return sh.jobs[tonumber(name)] end
  for _, job in pairs(sh.jobs) do
    if job.text:sub(1, #name) == name then return job end
  end
end

local function wait_for(sh, job)
  look(job)
  sh.jobs[job.number] = nil
  if job.error then
    local file = sh.files[2]
    if file then file:write(tostring(job.error), "\n") end
  end
  return job.status
end

M.wait_for = wait_for

local B = {}
M.builtins = B

function B.wait(sh, ...)
  if not ... then
    for _, job in pairs(sh.jobs) do wait_for(sh, job) end
    return 0
  end
  local status = 0
  for _, text in ipairs { ... } do
    local job = find(sh, text)
    if job then
      status = wait_for(sh, job)
    elseif text:find("^%%") then
      sh:say("wait: No such job: " .. text)
      status = 2
    else
      status = 127
    end
  end
  return status
end

function B.jobs(sh)
  local numbers = {}
  for number in pairs(sh.jobs) do numbers[#numbers + 1] = number end
  table.sort(numbers)
  for _, number in ipairs(numbers) do
    local job = sh.jobs[number]
    look(job, 0)
    if sh.files[1] then sh.files[1]:write(line(sh, job)) end
    if job.status then sh.jobs[number] = nil end
  end
  return 0
end

--- Sends a signal to all processes of a job.
local function signal(job, name)
  local done = false
  for _, pid in ipairs(job.group) do done = ax.kill(pid, name) or done end
  if name == "STOP" then job.stopped = true end
  if name == "CONT" then job.stopped = false end
  return done
end

M.signal = signal

local SIGNALS = { TERM = "TERM", KILL = "KILL", STOP = "STOP", CONT = "CONT",
  INT = "TERM", HUP = "TERM", QUIT = "TERM", PIPE = "TERM", TSTP = "STOP",
  ["0"] = 0, ["15"] = "TERM", ["9"] = "KILL", ["19"] = "STOP",
  ["18"] = "CONT", ["2"] = "TERM", ["1"] = "TERM", ["3"] = "TERM",
  ["13"] = "TERM", EXIT = 0 }

--- The signal among the arguments of kill, and where the pids begin.
local function which(sh, args)
  local first = args[1]
  if not first or not first:find("^%-.") then return "TERM", 1 end
  local name, from = first:sub(2), 2
  if name == "s" then name, from = args[2] or "", 3 end
  if name == "-" then return "TERM", 2 end
  local found = SIGNALS[name:upper():gsub("^SIG", "")]
  if not found then sh:fail("kill: Illegal option " .. first) end
  return found, from
end

function B.kill(sh, ...)
  local args = { ... }
  if args[1] == "-l" then
    sh.files[1]:write("KILL\nTERM\nCONT\nSTOP\n")
    return 0
  end
  local name, from = which(sh, args)
  if not args[from] then
    sh:say("kill: usage: kill [-s sigspec | -signum] [pid | job]...")
    return 2
  end
  local status = 0
  for i = from, #args do
    local text, done = args[i], nil
    local job = find(sh, text)
    if job and text:find("^%%") then
      done = signal(job, name)
    elseif text:find("^%-?%d+$") then
      done = ax.kill(math.abs(math.tointeger(tonumber(text))), name)
    else
      sh:say("kill: Illegal number: " .. text)
      status = 2
    end
    if done == nil and status ~= 2 then
      sh:say("kill: No such process: " .. text)
      status = 1
    end
  end
  return status
end

--- Waits for a job as if it had been typed without the &.
function B.fg(sh, text)
  local job = find(sh, text or "%+")
  if not job then
    sh:say("fg: No current job")
    return 2
  end
  if sh.files[1] then sh.files[1]:write(job.text, "\n") end
  signal(job, "CONT")
  sh.foreground = job.group
  return wait_for(sh, job)
end

function B.bg(sh, text)
  local job = find(sh, text or "%+")
  if not job then
    sh:say("bg: No current job")
    return 2
  end
  signal(job, "CONT")
  if sh.files[1] then
    sh.files[1]:write(("[%d] %s\n"):format(job.number, job.text))
  end
  return 0
end

return M
