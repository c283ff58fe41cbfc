--- Runs compound commands: subshells, branches, loops.
-- @module axeberg.shell.compound

local ax = require "axeberg"
local exec = require "axeberg.shell.exec"
local expand = require "axeberg.shell.expand"
local launch = require "axeberg.shell.launch"
local subshell = require "axeberg.shell.subshell"

local eval, tested, inner = exec.eval, exec.tested, exec.inner
local redirected, done = exec.redirected, exec.done

local RUN = {}

--- A compound command, with its redirections.
local function compound(work)
  return function(sh, node)
    if not redirected(sh, node.redirs, work, node) then done(sh, 2) end
  end
end

RUN.subshell = function(sh, node)
  if sh.final and sh.child and not sh.traps.EXIT then
    return compound(function(_, n) eval(sh, n.body) end)(sh, node)
  end
  local status
  local fine = redirected(sh, node.redirs, function()
    local pid = subshell.subshell(sh, node.body, sh.files)
    status = launch.wait(sh, pid, "sh")
  end)
  done(sh, fine and status or 2)
end

RUN.group = compound(function(sh, node) eval(sh, node.body) end)

-- -------------------------------------------------------------- branches

RUN["if"] = compound(function(sh, node)
  for i, cond in ipairs(node.conds) do
    local yes = tested(sh, cond)
    if sh.skip then return end
    if yes then return eval(sh, node.bodies[i]) end
  end
  sh.status = 0
  if node.otherwise then eval(sh, node.otherwise) end
end)

RUN.case = compound(function(sh, node)
  local pattern = require "axeberg.shell.pattern"
  local text = expand.single(sh, node.word)
  sh.status = 0
  for _, item in ipairs(node.items) do
    for _, parts in ipairs(item.patterns) do
      if pattern.matches(expand.pattern(sh, parts), text) then
        if item.body then eval(sh, item.body) end
        return
      end
    end
  end
end)

-- ------------------------------------------------------------------ loops

--- After a round: whether the loop is over.  Lets others run.
local function over(sh)
  local skip = sh.skip
  ax.yield()
  if not skip then return false end
  if skip == "return" then return true end
  if sh.skips > 1 then
    sh.skips = sh.skips - 1
    return true
  end
  sh.skip = nil
  return skip == "break"
end

RUN["while"] = compound(function(sh, node)
  local status = 0
  sh.loops = sh.loops + 1
  while true do
    local yes = tested(sh, node.cond)
    if sh.skip then
      if over(sh) then break end
    elseif yes == node.invert then
      break
    else
      inner(sh, node.body)
      status = sh.status
      if over(sh) then break end
    end
  end
  sh.loops = sh.loops - 1
  if sh.skip ~= "return" then sh.status = status end
end)

RUN["for"] = compound(function(sh, node)
  local items = {}
  if node.words then
    for _, parts in ipairs(node.words) do expand.fields(sh, parts, items) end
  else
    table.move(sh.args, 1, #sh.args, 1, items)
  end
  sh.status = 0
  sh.loops = sh.loops + 1
  for _, item in ipairs(items) do
    sh:set(node.name, item)
    inner(sh, node.body)
    if over(sh) then break end
  end
  sh.loops = sh.loops - 1
end)

return RUN
