--- machine - what the system below answers, by helpers in C.
local help = require "spec.support.helper"

local M = {}

--- A helper of spec/support, compiled; its path, to be removed.
-- @tparam string source its file name
function M.build(source)
  local folder = debug.getinfo(1, "S").source:match("^@(.*)machine")
  local program = os.tmpname()
  local result = help.shell(("%s -std=c11 -O1 -o '%s' '%s'"):format(
    os.getenv("CC") or "cc", program, folder .. source))
  assert(result.code == 0, result.err)
  return program
end

--- Asks it: a list of lines for a list of lines.  It runs without a sanitizer
-- that is loaded into this program.
function M.ask(program, lines)
  local input, output = os.tmpname(), {}
  local file = assert(io.open(input, "w"))
  file:write(table.concat(lines, "\n"), "\n")
  file:close()
  local pipe = assert(io.popen(("LD_PRELOAD= '%s' <'%s'"):format(program,
    input)))
  for line in pipe:lines() do output[#output + 1] = line end
  assert(pipe:close(), "the helper failed")
  os.remove(input)
  return output
end

return M
