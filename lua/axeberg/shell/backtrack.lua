--- Regular expressions with all that they know: groups, \1, word boundaries.
--
-- Tries one way after the other, but none twice: which place in the program
-- was reached at which place in the line is remembered.  With \1 that does
-- not hold, and the time can grow.
-- @module axeberg.shell.backtrack

local M = {}

local function isword(line, pos)
  return line:find("^[%w_]", pos) ~= nil
end

local ASSERT = {
  bol = function(_, pos) return pos == 1 end,
  eol = function(line, pos) return pos == #line + 1 end,
  begin = function(line, pos)
    return isword(line, pos) and not (pos > 1 and isword(line, pos - 1))
  end,
  finish = function(line, pos)
    return pos > 1 and isword(line, pos - 1) and not isword(line, pos)
  end,
}

function ASSERT.edge(line, pos)
  return ASSERT.begin(line, pos) or ASSERT.finish(line, pos)
end

function ASSERT.inner(line, pos) return not ASSERT.edge(line, pos) end

local Run = {}
Run.__index = Run

--- Sets a place, so that it can be taken back.
function Run:save(n, value)
  local stack = self.stack
  stack[#stack + 1] = { n = n, old = self.places[n] or false }
  self.places[n] = value
end

local STEP = {}

function STEP.set(self, ins, pc, pos)
  local char = self.line:byte(pos)
  if char and ins.set[char] then return pc + 1, pos + 1 end
end

function STEP.split(self, ins, _, pos)
  local stack = self.stack
  stack[#stack + 1] = { pc = ins.y, pos = pos }
  return ins.x, pos
end

function STEP.jump(_, ins, _, pos) return ins.x, pos end

function STEP.save(self, ins, pc, pos)
  self:save(ins.n, pos)
  return pc + 1, pos
end

function STEP.assert(self, ins, pc, pos)
  if ASSERT[ins.kind](self.line, pos) then return pc + 1, pos end
end

function STEP.ref(self, ins, pc, pos)
  local from, to = self.places[2 * ins.n], self.places[2 * ins.n + 1]
  if not (from and to) then return nil end
  local text = self.line:sub(from, to - 1)
  if self.line:sub(pos, pos + #text - 1) == text then
    return pc + 1, pos + #text
  end
end

function STEP.guard(self, ins, pc, pos)
  self:save(-ins.n, pos)
  return pc + 1, pos
end

function STEP.moved(self, ins, pc, pos)
  if self.places[-ins.n] ~= pos then return pc + 1, pos end
end

--- The next way to try: the youngest that was left.
function Run:back()
  local stack, places = self.stack, self.places
  while true do
    local top = stack[#stack]
    if not top then return nil end
    stack[#stack] = nil
    if top.pc then return top.pc, top.pos end
    places[top.n] = top.old
  end
end

--- Runs from a position; where it ended, or nil.
function Run:at(start, stop)
  local prog, seen, size = self.prog, self.seen, #self.line + 2
  local pc, pos = 1, start
  while pc do
    local ins = prog[pc]
    local key = pc * size + pos
    if seen and seen[key] then
      pc = nil
    elseif ins.op == "match" then
      if not stop or pos == stop + 1 then return pos - 1 end
      pc = nil
    else
      if seen and ins.op == "split" then seen[key] = true end
      pc, pos = STEP[ins.op](self, ins, pc, pos)
    end
    if not pc then pc, pos = self:back() end
  end
end

local function has_ref(prog)
  for _, ins in ipairs(prog) do
    if ins.op == "ref" then return true end
  end
  return false
end

--- A match from init on; with `to`, the one that begins at init and ends
--- there.  Answers as Regex:find.
function M.find(regex, line, init, to)
  if regex.refers == nil then regex.refers = has_ref(regex.prog) end
  for from = init, to and init or #line + 1 do
    local run = setmetatable({ prog = regex.prog, line = line, stack = {},
      places = {}, seen = not regex.refers and {} or nil }, Run)
    local last = run:at(from, to)
    if last then return from, last, run.places end
  end
end

return M
