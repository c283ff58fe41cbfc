--- The command line of the program axeberg, as argparse knows it.
-- @module axeberg.usage

local argparse = require "argparse"

local M = {}

--- For argparse: text to a number of that kind, or a message.
local function number(kind)
  return function(text)
    local value = tonumber(text)
    if kind == "integer" then value = math.tointeger(value or "") end
    if value then return value end
    return nil, ("'%s' is no %s"):format(text, kind)
  end
end

local function kernel_options(parser, count)
  parser:option("--trace"):argname("FILE")
    :description "Save a trace, to be opened in ui.perfetto.dev."
  parser:option("--seed"):argname("N"):convert(number "integer")
    :description "Seed of every choice made by chance."
  parser:flag("--virtual-time")
    :description "Time passes only where nothing else can happen."
  parser:option("--quantum"):argname("N"):convert(number "integer")
    :description "Processes take turns after N instructions."
  parser:option("--mount"):argname("HOST:PATH[:ro]"):count(count)
    :description "Show a directory of the host in the file tree."
  parser:option("--load"):argname("TREE")
    :description "Begin with the file tree saved there."
  parser:option("--save"):argname("TREE")
    :description "Save the file tree there at the end."
end

--- The parser.
function M.parser()
  local parser = argparse("axeberg",
    "Runs Lua scripts in a small kernel: processes, channels, files.")
    :command_target("command"):require_command(false)
    :add_help_command(false)
  parser:flag("-v --version"):description "Print the version."
  parser:option("-e"):argname("CODE"):description "Run this code."
  kernel_options(parser, "*")
  local run = parser:command("run", "Run a script.")
  run:argument("script"):description "A file with Lua code, or - for stdin."
  local sh = parser:command("sh", "Run the shell: sh [-c CMD | FILE].")
  local top = parser:command("top", "Run a script, and watch it.")
  top:argument("script"):description "A file with Lua code."
  top:option("--interval"):argname("SECONDS"):convert(number "number")
    :description "Between two looks; 1."
  for _, command in ipairs { run, sh, top } do
    kernel_options(command, "*")
    command:usage_max_width(76)
  end
  local trace = parser:command("trace", "Look at a trace that was saved.")
  trace:argument("file")
  trace:option("--svg"):argname("FILE"):description "Draw it."
  trace:option("--from"):argname("SECONDS"):convert(number "number")
    :description "Leave out what was before."
  trace:option("--to"):argname("SECONDS"):convert(number "number")
    :description "Leave out what comes after."
  trace:option("--width"):argname("PIXELS"):convert(number "number")
    :description "Of the picture; 1200."
  parser:usage_max_width(76)
  return parser
end

return M
