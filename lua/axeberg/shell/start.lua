--- How a shell begins: its options, and where its commands come from.
-- @module axeberg.shell.start

local shell = require "axeberg.shell"

local M = {}

--- What the options ask for: { command = text }, { file = path }, or neither:
--- the standard input.  And the shell, with its options set.
local function prepare(args, io)
  local sh = shell.new("sh", {}, io)
  local i, wants = 1, {}
  while args[i] and args[i]:find("^[-+].") and args[i] ~= "--" do
    if args[i]:find("^%-[a-zA-Z]*c") then
      wants.command = true
      args[i] = args[i]:gsub("c", "", 1)
    end
    if args[i] == "-s" then wants.stdin = true end
    if args[i]:find("i") then wants.interactive = true end
    args[i] = args[i]:gsub("[s]", "")
    if args[i] ~= "-" then
      local at = require("axeberg.shell.builtin").set_options(sh, args, i)
      i = at > i and at or i + 1
    else
      i = i + 1
    end
  end
  if args[i] == "--" or args[i] == "-" then i = i + 1 end
  if wants.command then
    wants.command = args[i]
    i = i + 1
  elseif not wants.stdin and args[i] then
    wants.file = args[i]
  end
  if (wants.command or wants.file) and args[i] then
    sh.name = args[i]
    i = i + 1
  end
  sh.args = { table.unpack(args, i) }
  return sh, wants
end

--- A script's text; nil and a status, after a message.
local function script(sh, path)
  local ax = require "axeberg"
  local file, err = ax.open(path, "r")
  if not file then file, err = io.open(path, "rb") end
  if file then
    local text = file:read("a")
    file:close()
    return text
  end
  sh.name = "sh"
  sh:say("cannot open " .. tostring(err)) -- which begins with the path
  return nil, 2
end

--- The shell as a command, however it is called; its exit status.
function M.start(args, io)
  local ok, sh, wants = pcall(prepare, table.move(args, 1, #args, 1, {}), io)
  if not ok then
    return require("axeberg.shell.exit").status(sh) or error(sh, 0)
  end
  local text, status = wants.command, 2
  if wants.file then text, status = script(sh, wants.file) end
  if text then
    status = sh:main(text)
  elseif not wants.file then
    local prompt = require "axeberg.shell.prompt"
    if io then return prompt.run(sh, wants.interactive) end
    status = prompt.start(sh, wants.interactive or not wants.stdin
      and require("axeberg.shell.terminal").typed())
  end
  return io and status or shell.finish(sh, status)
end

return M
