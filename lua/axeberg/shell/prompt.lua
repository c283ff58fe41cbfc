--- The shell with somebody, or something, at the other end of its input:
-- reads a command, runs it, reads the next one.
-- @module axeberg.shell.prompt

local ax = require "axeberg"
local exit = require "axeberg.shell.exit"
local expand = require "axeberg.shell.expand"
local launch = require "axeberg.shell.launch"
local lexer = require "axeberg.shell.lexer"
local parser = require "axeberg.shell.parser"
local port = require "axeberg.shell.port"
local terminal = require "axeberg.shell.terminal"
local word = require "axeberg.shell.word"

local M = {}

--- Shows PS1 or PS2, with what is to be expanded in it.
local function ask(sh, name)
  if not sh.interactive then return end
  local text = sh:get(name) or ""
  local fine, shown = pcall(function()
    return expand.single(sh, word.document(lexer.new(text, parser)))
  end)
  local file = sh.files[2]
  if file then file:write(fine and shown or text) end
end

--- The commands of one line, or of several where the first is not complete;
--- nil at the end of the input.
local function read(sh)
  local text = ""
  while true do
    ask(sh, text == "" and "PS1" or "PS2")
    local line = sh.files[0] and sh.files[0]:read("L")
    if not line and text == "" then return nil end
    text = text .. (line or "")
    local all, source = {}, parser.new(text, line ~= nil)
    local fine, node = pcall(source.next, source)
    while fine and node do
      all[#all + 1] = node
      fine, node = pcall(source.next, source)
    end
    if fine then return all end
    if not lexer.isfault(node) then error(node, 0) end
    if not (node.incomplete and line) then
      sh:syntax(node)
      return { fault = true }
    end
  end
end

--- Runs commands; a status: the shell is to end with it.
local function run(sh, commands)
  if commands.fault then
    sh.status = 2
    return not sh.interactive and 2 or nil
  end
  local eval = require("axeberg.shell.exec").eval
  for _, node in ipairs(commands) do
    local fine, err = pcall(eval, sh, node)
    if not fine then
      local status, line = exit.status(err)
      if not status then error(err, 0) end
      if not line then return status end
      sh.status = status
      return nil
    end
    sh.skip = nil
  end
end

--- Somebody has pressed Ctrl-C.
function M.interrupt(sh)
  for _, group in ipairs { sh.group or {}, sh.foreground or {} } do
    for _, pid in ipairs(group) do ax.kill(pid, "TERM") end
  end
  ax.kill(sh.pid, "TERM")
end

--- One round: a status if the shell is to end.
local function turn(sh)
  if sh.interactive then
    require("axeberg.shell.job").notify(sh)
    for _, pid in ipairs(sh.group or {}) do ax.wait(pid, 0) end -- left over
    sh.group, sh.foreground = {}, nil
  end
  local commands = read(sh)
  if not commands then return sh.status end
  return run(sh, commands)
end

--- What a shell does about a TERM: at a prompt it ends the line.
local function rounds(sh)
  while true do
    local fine, status = pcall(turn, sh)
    if fine and status then return status end
    if not fine then
      if status ~= "cancelled" or not sh.interactive then
        error(status, 0)
      end
      sh.status, sh.tested, sh.loops, sh.skip = 130, 0, 0, nil
      if sh.files[2] then sh.files[2]:write("\n") end
    end
  end
end

--- Ends what still runs in the background.
local function hang_up(sh)
  for _, job in pairs(sh.jobs) do
    for _, pid in ipairs(job.group) do ax.kill(pid, "TERM") end
    if job.stopped then
      for _, pid in ipairs(job.group) do ax.kill(pid, "CONT") end
    end
  end
end

--- Runs what comes from the standard input; its exit status.
-- @tparam boolean interactive somebody types
function M.run(sh, interactive)
  sh.interactive = interactive or false
  local watcher = interactive and terminal.watch(function()
    M.interrupt(sh)
  end)
  local status = rounds(sh)
  if watcher then ax.kill(watcher, "KILL") end
  if sh.interactive and sh.files[2] then sh.files[2]:write("\n") end
  hang_up(sh)
  return launch.leave(sh, status)
end

--- The same in a process of its own: then the running one is idle, and what
-- comes from the host is looked at in any case.
function M.start(sh, interactive)
  local pid = ax.spawn({ name = "sh" }, function()
    sh.pid = ax.getpid()
    return M.run(sh, interactive)
  end)
  local status, err = port.wait(pid)
  if err then error(err, 0) end
  return status
end

return M
