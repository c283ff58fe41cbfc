--- Whole texts: what a shell does with a script, from the first command to
-- its end.
-- @module axeberg.shell.source

local exec = require "axeberg.shell.exec"
local exit = require "axeberg.shell.exit"
local launch = require "axeberg.shell.launch"
local lexer = require "axeberg.shell.lexer"
local parser = require "axeberg.shell.parser"
local shell = require "axeberg.shell.shell"

local Shell = shell.Shell

function Shell:capture(node)
  return require("axeberg.shell.subshell").capture(self, node)
end

--- Says what is wrong with a text.
function Shell:syntax(err)
  local file = self.files[2]
  if file then file:write(self.name, ": ", tostring(err), "\n") end
end

--- Runs a text in this shell.
function Shell:source(text)
  local source = parser.new(text)
  local final = self.final
  self.final = false
  local ran = false
  while not self.skip do
    local fine, node = pcall(source.next, source)
    if not fine then
      if not lexer.isfault(node) then error(node, 0) end
      self:syntax(node)
      exit.raise(2, self.interactive)
    end
    if not node then break end
    ran = true
    exec.eval(self, node)
  end
  self.final = final
  if not ran then self.status = 0 end
end

--- Runs a text as a whole shell, traps included; its status.
function Shell:main(text)
  local fine, err = pcall(self.source, self, text)
  local status = self.status
  if not fine then
    status = exit.status(err)
    if not status then error(err, 0) end
  end
  return launch.leave(self, status)
end

return shell
