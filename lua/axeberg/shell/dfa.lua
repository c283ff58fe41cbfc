--- Regular expressions in linear time: sets of places in the program that are
-- reached together become states, made when they are first needed.
-- @module axeberg.shell.dfa

local M = {}

local byte = string.byte
local LIMIT = 2000 -- states; after that all are made anew

local function follow(prog, pc, bol, eol, seen, list)
  while not seen[pc] do
    seen[pc] = true
    local ins = prog[pc]
    local op = ins.op
    if op == "set" or op == "match" then
      list[#list + 1] = pc
      return
    elseif op == "assert" then
      if ins.kind == "eol" and not eol then
        list[#list + 1] = pc -- perhaps, at the end
        return
      elseif ins.kind == "bol" and not bol then
        return
      end
      pc = pc + 1
    elseif op == "split" then
      follow(prog, ins.x, bol, eol, seen, list)
      pc = ins.y
    else
      pc = op == "jump" and ins.x or pc + 1
    end
  end
end

--- Whether a match is reached from these places without another byte.
local function accepts(prog, list, eol)
  for _, pc in ipairs(list) do
    local op = prog[pc].op
    if op == "match" then return true end
    if eol and op == "assert" then
      local more = {}
      follow(prog, pc, false, true, {}, more)
      if accepts(prog, more, false) then return true end
    end
  end
  return false
end

local function state_of(self, list)
  table.sort(list)
  local key = table.concat(list, ",")
  local state = self.states[key]
  if not state then
    if self.count >= LIMIT then self.states, self.count = {}, 0 end
    state = { list = list, match = accepts(self.prog, list, false),
      atend = accepts(self.prog, list, true), dead = #list == 0 }
    self.states[key] = state
    self.count = self.count + 1
  end
  return state
end

--- The state after one more byte, remembered in the state.
local function step(self, state, char)
  local seen, list, prog = {}, {}, self.prog
  for _, pc in ipairs(state.list) do
    local ins = prog[pc]
    if ins.op == "set" and ins.set[char] then
      follow(prog, pc + 1, false, false, seen, list)
    end
  end
  if self.floating then follow(prog, 1, false, false, seen, list) end
  local after = state_of(self, list)
  state[char] = after
  return after
end

--- A machine; floating: a match may begin anywhere.
local function machine(prog, floating)
  local self = { prog = prog, floating = floating, states = {}, count = 0 }
  local list = {}
  follow(prog, 1, true, false, {}, list)
  self.first = state_of(self, list) -- at the beginning of the line
  list = {}
  follow(prog, 1, false, false, {}, list)
  self.later = state_of(self, list)
  return self
end

--- Whether the expression matches somewhere in the line.
function M.test(regex, line)
  local self = regex.floating
  if not self then
    self = machine(regex.prog, true)
    regex.floating = self
  end
  local state = self.first
  for i = 1, #line do
    if state.match then return true end
    local char = byte(line, i)
    state = state[char] or step(self, state, char)
  end
  return state.match or state.atend
end

--- Where the match that begins at a position ends; nil: there is none.
local function length(self, line, from)
  local state = from == 1 and self.first or self.later
  local found
  for i = from, #line do
    if state.match then found = i - 1 end
    if state.dead then return found end
    local char = byte(line, i)
    state = state[char] or step(self, state, char)
  end
  if state.match or state.atend then found = #line end
  return found
end

--- The leftmost, longest match from init on: where it begins and ends.
function M.find(regex, line, init)
  local self = regex.anchored
  if not self then
    self = machine(regex.prog, false)
    regex.anchored = self
  end
  for from = init, #line + 1 do
    local to = length(self, line, from)
    if to then return from, to end
  end
end

return M
