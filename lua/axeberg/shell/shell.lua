--- The state of a shell: variables, parameters, options, files, functions.
-- @module axeberg.shell.shell

local exit = require "axeberg.shell.exit"

local M = {}

local Shell = {}
Shell.__index = Shell
M.Shell = Shell

-- ---------------------------------------------------------------- variables

--- The value of a variable; nil: it has none.
function Shell:get(name)
  local value = self.values[name]
  if value == nil and name == "PWD" and not self.moved then
    self.moved = true -- it is known from now on, or was unset
    value = (require("axeberg").fs.getcwd())
    self.values.PWD = value
  end
  return value
end

--- Gives a variable a value.
function Shell:set(name, value)
  if self.readonly[name] then self:fail(name .. ": is read only") end
  self.values[name] = value
  if self.options.a then self.exported[name] = true end
end

--- Takes a variable away.
function Shell:unset(name)
  if self.readonly[name] then self:fail(name .. ": is read only") end
  self.values[name], self.exported[name] = nil, nil
end

--- What programs are told: name -> value.
function Shell:environment()
  local env = {}
  for name in pairs(self.exported) do env[name] = self.values[name] end
  return env
end

--- A variable belongs to the function that runs, until its end.
function Shell:localize(name)
  local frame = self.frame
  if not frame[name] then
    frame[name] = { value = self.values[name],
      exported = self.exported[name], readonly = self.readonly[name] }
  end
end

--- What localize changed is as before.
function Shell:restore(frame)
  for name, old in pairs(frame) do
    self.values[name], self.exported[name] = old.value, old.exported
    self.readonly[name] = old.readonly
  end
end

local LETTERS = "aCefnuvx"

--- $-: the options that are set.
function Shell:flags()
  local out = {}
  for letter in LETTERS:gmatch(".") do
    if self.options[letter] then out[#out + 1] = letter end
  end
  if self.interactive then out[#out + 1] = "i" end
  return table.concat(out)
end

local PARAMETER = {
  ["?"] = function(self) return tostring(self.status) end,
  ["#"] = function(self) return tostring(#self.args) end,
  ["$"] = function(self) return tostring(self.pid) end,
  ["!"] = function(self) return self.last and tostring(self.last) end,
  ["-"] = Shell.flags,
  ["0"] = function(self) return self.name end,
}

--- The value of $1, $?, ...
function Shell:parameter(name)
  local special = PARAMETER[name]
  if special then return special(self) end
  return self.args[tonumber(name)]
end

-- ------------------------------------------------------------------ faults

--- Says something on the standard error.
function Shell:say(text)
  local file = self.files[2]
  if file then
    file:write(("%s: %d: %s\n"):format(self.name, self.line, text))
  end
end

--- Says what is wrong, and ends the shell, or the line if somebody types.
function Shell:fail(text)
  self:say(text)
  exit.raise(2, self.interactive)
end

-- ---------------------------------------------------------------- children

local function copy(list)
  local new = {}
  for key, value in pairs(list) do new[key] = value end
  return new
end

--- The shell as a child sees it: all that it changes is its own.
function Shell:clone()
  local new = copy(self)
  for _, name in ipairs { "values", "exported", "readonly", "functions",
    "args", "options", "files" } do
    new[name] = copy(self[name])
  end
  new.frame = self.frame and copy(self.frame)
  new.traps, new.jobs = {}, {}
  new.interactive, new.child = false, true
  new.loops = 0
  return setmetatable(new, Shell)
end

--- The standard files.
function Shell:stdio() return self.files[0], self.files[1], self.files[2] end

--- A shell.
-- @tparam table fields name, args, values, files
function M.new(fields)
  local self = {
    name = "sh", -- $0
    args = {}, -- $1, ...
    values = {}, -- of variables
    exported = {}, readonly = {}, -- names of variables -> true
    functions = {}, -- name -> body
    options = {}, -- letters -> true
    files = {}, -- descriptor -> file
    status = 0, -- $?
    last = nil, -- $!
    pid = nil, -- $$
    line = 1, -- of the command that runs
    frame = nil, -- what the function that runs has changed
    traps = {}, -- "EXIT" -> text
    jobs = {}, -- number -> job
    group = nil, -- the processes of the job that this is part of
    tested = 0, -- set -e does not count: in a condition
    loops = 0, -- how deep
    skip = nil, -- "break", "continue" or "return": commands are passed over
    skips = 0, -- how many loops
    interactive = false, -- somebody types
    moved = false, -- PWD was looked at
    child = false, -- a subshell
  }
  for key, value in pairs(fields) do self[key] = value end
  return setmetatable(self, Shell)
end

return M
