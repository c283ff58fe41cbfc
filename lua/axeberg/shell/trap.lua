--- trap [ACTION SIGNAL...]: what is done at the end, or when a TERM comes.
-- @module axeberg.shell.trap

local builtin = require "axeberg.shell.builtin"

local M = {}
local B = {}
M.builtins = B

local NAMES = { ["0"] = "EXIT", ["1"] = "HUP", ["2"] = "INT", ["3"] = "QUIT",
  ["13"] = "PIPE", ["15"] = "TERM", EXIT = "EXIT", HUP = "HUP", INT = "INT",
  QUIT = "QUIT", PIPE = "PIPE", TERM = "TERM", USR1 = "USR1", USR2 = "USR2" }

local function show(sh)
  local lines = {}
  for name, text in pairs(sh.traps) do
    lines[#lines + 1] = ("trap -- %s %s\n"):format(builtin.quote(text), name)
  end
  table.sort(lines)
  return builtin.write(sh, table.concat(lines))
end

function B.trap(sh, first, ...)
  local signals = { ... }
  if first == "--" then first = table.remove(signals, 1) end
  if not first then return show(sh) end
  local action = first
  if NAMES[first] and tonumber(first) or not signals[1] then
    table.insert(signals, 1, first)
    action = "-"
  end
  for _, text in ipairs(signals) do
    local name = NAMES[text:upper():gsub("^SIG", "")]
    if not name then
      sh:say("trap: " .. text .. ": bad trap")
      return 1
    end
    if action == "-" then
      sh.traps[name] = nil
    else
      sh.traps[name] = action
    end
  end
  return 0
end

return M
