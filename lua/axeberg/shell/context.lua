--- What a program of the shell gets: its files, its arguments, and what most
-- programs do with them.
-- @module axeberg.shell.context

local M = {}

local BLOCK = 65536 -- bytes that are gathered before a write

--- What ends a program early: its status.
local Leave = {}
Leave.__index = Leave
function Leave:__tostring() return "exit " .. self.status end

local Context = { __name = "axeberg.shell.context" }
Context.__index = Context
M.Context = Context

--- The status with which a program wanted to end; nil: it did not.
function M.left(err)
  if getmetatable(err) == Leave then return err.status end
end

--- Ends the program, from however deep.
function Context.exit(_, status)
  error(setmetatable({ status = status or 0 }, Leave), 0)
end

-- What reads files and options is not in every program.
setmetatable(Context, { __index = function(_, name)
  for other, fn in pairs(require "axeberg.shell.input") do
    Context[other] = fn
  end
  return rawget(Context, name)
end })

-- ----------------------------------------------------------------- output

--- Says "name: text" on the standard error.
-- @treturn integer 1, for `return io:fail(...)`
function Context:fail(text, ...)
  self:flush()
  if select("#", ...) > 0 then text = text:format(...) end
  if self.stderr then self.stderr:write(self.name, ": ", text, "\n") end
  self.status = self.status or 1
  return 1
end

--- The same, and ends the program.
function Context:die(status, text, ...)
  self:fail(text, ...)
  self:exit(status)
end

--- Lets others run now and then, since nothing else may make it wait.
function Context:breathe()
  self.breath = self.breath + 1
  if self.breath % 8 == 0 then self.ax.yield() end
end

--- Writes what was gathered.
function Context:flush()
  local count = self.count
  if count == 0 then return end
  local text = table.concat(self.pending, "", 1, count)
  self.count, self.bytes = 0, 0
  self:send(self.stdout, text)
end

--- Writes to a file; ends the program quietly if nobody reads.
function Context:send(file, text)
  if not file then self:die(1, "write error: Bad file descriptor") end
  self:breathe()
  local ok, err, code = file:write(text)
  if ok then return end
  self.count = 0
  if code == "EPIPE" then self:exit(141) end
  self:die(1, "write error: %s", err)
end

--- Writes to the standard output, later: when there is enough of it, before
--- something is read, and at the end.
function Context:write(text, more, ...)
  local pending, count = self.pending, self.count + 1
  pending[count] = text
  local bytes = self.bytes + #text
  if more then
    count = count + 1
    pending[count] = more
    bytes = bytes + #more
  end
  self.count, self.bytes = count, bytes
  if ... then return self:write(...) end
  if bytes >= BLOCK or count >= 8192 then self:flush() end
end

--- Why something did not work, as people know it.
function M.reason(err, path)
  local text = tostring(err)
  if path then
    text = text:gsub("^" .. path:gsub("%W", "%%%0") .. ": ", "")
  end
  return (text:gsub("^%l", string.upper))
end

--- A context.
-- @tparam table fields name, args, stdin, stdout, stderr, env, ax, run
function M.new(fields)
  fields.pending, fields.count, fields.bytes = {}, 0, 0
  fields.breath = 0
  fields.status, fields.trouble, fields.input = false, false, false
  return setmetatable(fields, Context)
end

--- Runs a program, and answers its status.
-- @raise what it raised, but for what Context:exit raises
function M.call(self, fn)
  local fine, status = pcall(function()
    local status = fn(self, table.unpack(self.args))
    self:flush()
    return status
  end)
  if not fine then
    local left = M.left(status)
    if not left then error(status, 0) end
    status = left
    if self.count > 0 then pcall(self.flush, self) end
  end
  if status == nil or status == true then return self.status or 0 end
  return status or 1
end

return M
