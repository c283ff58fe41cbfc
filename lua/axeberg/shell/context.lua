--- What a program of the shell gets: its files, its arguments, and what most
-- programs do with them.
-- @module axeberg.shell.context

local M = {}

local BLOCK = 65536 -- bytes that are read, and gathered before a write

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
local function breathe(self)
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
  breathe(self)
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

-- ------------------------------------------------------------------ input

--- What is there to read, a block at most; nil at the end.
function Context:read(file)
  self:flush()
  if not file then self:die(1, "read error: Bad file descriptor") end
  breathe(self)
  local text, err, code = file:readsome(BLOCK)
  if text or not err then return text end
  if code == "EISDIR" then
    self:fail("%s: Is a directory", self.input or "-")
    return nil
  end
  self:die(self.trouble or 1, "read error: %s", err)
end

--- Iterates over blocks as they come.
function Context:blocks(file)
  return function() return self:read(file) end
end

--- Iterates over blocks of whole lines; the last one may lack its newline.
function Context:chunks(file)
  local rest = {}
  return function()
    while rest do
      local text = self:read(file)
      if not text then
        local last = table.concat(rest)
        rest = nil
        return last ~= "" and last or nil
      end
      local stop = text:match(".*\n()")
      if stop then
        rest[#rest + 1] = stop > #text and text or text:sub(1, stop - 1)
        local whole = rest[2] and table.concat(rest) or rest[1]
        rest = { text:sub(stop) }
        if rest[1] == "" then rest[1] = nil end
        return whole
      end
      rest[#rest + 1] = text
    end
  end
end

--- Iterates over lines, without their newlines; the second value is false if
--- there was none.
function Context:lines(file)
  local next_chunk = self:chunks(file)
  local find, sub = string.find, string.sub
  local chunk, pos = "", 1
  return function()
    local stop = find(chunk, "\n", pos, true)
    if not stop then
      if pos <= #chunk then
        local last = sub(chunk, pos)
        chunk, pos = "", 1
        return last, false
      end
      chunk, pos = next_chunk(), 1
      if not chunk then
        chunk = ""
        return nil
      end
      stop = find(chunk, "\n", 1, true)
      if not stop then
        pos = #chunk + 1
        return chunk, false
      end
    end
    local line = sub(chunk, pos, stop - 1)
    pos = stop + 1
    return line, true
  end
end

--- Why something did not work, as people know it.
function M.reason(err, path)
  local text = tostring(err)
  if path then
    text = text:gsub("^" .. path:gsub("%W", "%%%0") .. ": ", "")
  end
  return (text:gsub("^%l", string.upper))
end

--- Opens a file; nil, after a message, if it cannot be opened.
function Context:open(path, mode)
  local file, err = self.ax.open(path, mode or "r")
  if file then return file end
  self:fail("%s: %s", path, M.reason(err, path))
end

--- Iterates over the files that are named, as name, file; "-", or no name at
--- all, is the standard input.  What cannot be opened is told and left out.
function Context:inputs(names)
  if #names == 0 then names = { "-" } end
  local i, open = 0, nil
  return function()
    if open then open:close() end
    open = nil
    while i < #names do
      i = i + 1
      local name = names[i]
      self.input = name
      if name == "-" then return name, self.stdin end
      open = self:open(name)
      if open then return name, open end
    end
  end
end

-- -------------------------------------------------------------- arguments

--- The options among the arguments, and what else there is.
-- @tparam string spec letters; a colon after one: it has an argument; a + in
--   front: they end at the first operand
-- @tparam[opt] function each called with each option that has an argument
-- @treturn table letter -> true, or its argument
-- @treturn table the operands
function Context:options(spec, each)
  local opts, rest, args = {}, {}, self.args
  local i = 1
  while args[i] do
    local arg = args[i]
    i = i + 1
    if arg == "--" then break end
    if not arg:find("^%-.") then
      rest[#rest + 1] = arg
      if spec:find("^%+") then break end
    else
      i = self:letters(spec, arg, i, opts, each)
    end
  end
  table.move(args, i, #args, #rest + 1, rest)
  return opts, rest
end

--- Reads one argument with letters; where to go on.
function Context:letters(spec, arg, i, opts, each)
  local pos = 2
  while pos <= #arg do
    local letter = arg:sub(pos, pos)
    local at = letter:find("[%w]") and spec:find(letter, 1, true)
    pos = pos + 1
    if not at then
      self:die(self.trouble or 1, "invalid option -- '%s'", letter)
    elseif spec:sub(at + 1, at + 1) ~= ":" then
      opts[letter] = true
    else
      local value = arg:sub(pos)
      if value == "" then
        value = self.args[i]
        i = i + 1
      end
      if not value then
        self:die(self.trouble or 1, "option requires an argument -- '%s'",
          letter)
      end
      opts[letter] = value
      if each then each(letter, value) end
      break
    end
  end
  return i
end

--- A number of a kind, or the end of the program.
function Context:number(text, what)
  local value = math.tointeger(tonumber(text))
  if not value then self:die(1, "invalid %s: '%s'", what or "number", text) end
  return value
end

--- A context.
-- @tparam table fields name, args, stdin, stdout, stderr, env, ax, run
function M.new(fields)
  fields.pending, fields.count, fields.bytes = {}, 0, 0
  fields.breath = 0
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
