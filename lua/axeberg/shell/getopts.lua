--- getopts SPEC NAME [ARGUMENT...]: one option after the other.
-- @module axeberg.shell.getopts

local M = {}
local B = {}
M.builtins = B

--- Where in the arguments the next option is: an index and a position.
local function place(sh)
  local index = tonumber(sh:get("OPTIND")) or 1
  local state = sh.getopts
  if not state or state.index ~= index then
    state = { index = index, pos = 2 }
    sh.getopts = state
  end
  return state
end

local function advance(sh, state)
  state.index, state.pos = state.index + 1, 2
  sh:set("OPTIND", tostring(state.index))
end

--- An option's argument; nil: there is none.
local function argument(sh, state, args)
  local rest = args[state.index]:sub(state.pos)
  if rest == "" then
    advance(sh, state)
    rest = args[state.index]
    if not rest then return nil end
  end
  advance(sh, state)
  return rest
end

function B.getopts(sh, spec, name, ...)
  if not name then sh:fail("getopts: Usage: getopts optstring var [arg]") end
  local args = ... and { ... } or sh.args
  local state = place(sh)
  local arg = args[state.index]
  if not arg or not arg:find("^%-.") or arg == "--" then
    if arg == "--" then advance(sh, state) end
    sh:set(name, "?")
    sh:unset("OPTARG")
    return 1
  end
  local letter = arg:sub(state.pos, state.pos)
  state.pos = state.pos + 1
  local at = letter ~= ":" and spec:find(letter, 1, true)
  local quiet = spec:find("^:")
  sh:unset("OPTARG")
  if at and spec:sub(at + 1, at + 1) == ":" then
    local value = argument(sh, state, args)
    if value then
      sh:set("OPTARG", value)
    elseif quiet then
      sh:set("OPTARG", letter)
      letter = ":"
    else
      sh.files[2]:write("No arg for -", letter, " option\n")
      letter = "?"
    end
  else
    if state.pos > #arg then advance(sh, state) end
    if not at then
      if quiet then
        sh:set("OPTARG", letter)
      else
        sh.files[2]:write("Illegal option -", letter, "\n")
      end
      letter = "?"
    end
  end
  sh:set(name, letter)
  return 0
end

return M
