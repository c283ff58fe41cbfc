--- What most programs of the shell do with files and arguments.
-- @module axeberg.shell.input

local context = require "axeberg.shell.context"

local M = {} -- methods of a context

local BLOCK = 65536 -- bytes that are read at once

--- What is there to read, a block at most; nil at the end.
function M:read(file)
  self:flush()
  if not file then self:die(1, "read error: Bad file descriptor") end
  self:breathe()
  local text, err, code = file:readsome(BLOCK)
  if text or not err then return text end
  if code == "EISDIR" then
    self:fail("%s: Is a directory", self.input or "-")
    return nil
  end
  self:die(self.trouble or 1, "read error: %s", err)
end

--- Iterates over blocks as they come.
function M:blocks(file)
  return function() return self:read(file) end
end

--- Iterates over blocks of whole lines; the last one may lack its newline.
function M:chunks(file)
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
function M:lines(file)
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

--- Opens a file; nil, after a message, if it cannot be opened.
function M:open(path, mode)
  local file, err = self.ax.open(path, mode or "r")
  if file then return file end
  self:fail("%s: %s", path, context.reason(err, path))
end

--- Iterates over the files that are named, as name, file; "-", or no name at
--- all, is the standard input.  What cannot be opened is told and left out.
function M:inputs(names)
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

--- Calls work(io, file, ...) for each of the files that are named, under a
--- heading where there are several (-v: always, -q: never), as head and tail.
function M:under_headings(names, opts, work, ...)
  local first = true
  for name, file in self:inputs(names) do
    if opts.v or #names > 1 and not opts.q then
      self:write(first and "" or "\n", "==> ",
        name == "-" and "standard input" or name, " <==\n")
    end
    first = false
    work(self, file, ...)
  end
end

-- -------------------------------------------------------------- arguments

--- The options among the arguments, and what else there is.
-- @tparam string spec letters; a colon after one: it has an argument; a + in
--   front: they end at the first operand
-- @tparam[opt] function each called with each option that has an argument
-- @treturn table letter -> true, or its argument
-- @treturn table the operands
function M:options(spec, each)
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
function M:letters(spec, arg, i, opts, each)
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
function M:number(text, what)
  local value = math.tointeger(tonumber(text))
  if not value then self:die(1, "invalid %s: '%s'", what or "number", text) end
  return value
end

return M
