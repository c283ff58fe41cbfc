--- The end of a shell, raised from however deep.
-- @module axeberg.shell.exit

local M = {}

local Exit = {}
Exit.__index = Exit
function Exit:__tostring() return "exit " .. self.status end

--- Ends the running shell; line: only the line that was typed.
function M.raise(status, line)
  error(setmetatable({ status = status, line = line or false }, Exit), 0)
end

--- The status of an end; nil: the error is something else.  And whether only
--- the line was to end.
function M.status(err)
  if getmetatable(err) == Exit then return err.status, err.line end
end

return M
