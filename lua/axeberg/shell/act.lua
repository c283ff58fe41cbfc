--- Functions, builtins, assignments: what simple commands do, but for
-- programs.
-- @module axeberg.shell.act

local exec = require "axeberg.shell.exec"
local expand = require "axeberg.shell.expand"

local M = {}

--- Calls a function.
function M.call(sh, body, args, assigns)
  local before, frame, loops = sh.args, sh.frame, sh.loops
  sh.args, sh.frame, sh.loops = args, {}, 0
  local final = sh.final
  sh.final = false
  for _, assign in ipairs(assigns) do
    sh:localize(assign[1])
    sh:set(assign[1], assign[2])
    sh.exported[assign[1]] = true
  end
  local fine, err = pcall(exec.eval, sh, body)
  sh:restore(sh.frame)
  sh.args, sh.frame, sh.loops, sh.final = before, frame, loops, final
  if not fine then error(err, 0) end
  if sh.skip == "return" then sh.skip = nil end
end

--- Calls a builtin; special ones keep their assignments.
function M.builtin(sh, entry, args, assigns)
  local frame = {}
  for _, assign in ipairs(assigns) do
    local name = assign[1]
    if not entry.special then
      frame[name] = { value = sh.values[name], exported = sh.exported[name],
        readonly = sh.readonly[name] }
    end
    sh:set(name, assign[2])
  end
  local fine, status = pcall(entry.fn, sh, table.unpack(args))
  sh:restore(frame)
  if not fine then error(status, 0) end
  if status then sh.status = status end
end

--- Shows a command for set -x.
function M.trace(sh, args, assigns)
  local out = {}
  for _, assign in ipairs(assigns) do
    out[#out + 1] = assign[1] .. "=" .. assign[2]
  end
  for _, arg in ipairs(args) do
    out[#out + 1] = arg:find("^[%w_./:=+,@%%-]+$") and arg
      or "'" .. arg:gsub("'", "'\"'\"'") .. "'"
  end
  local file = sh.files[2]
  if file then
    file:write((sh:get("PS4") or "+ "), table.concat(out, " "), "\n")
  end
end

--- Assignments with their values expanded: {name, value}.
function M.assigns(sh, list)
  local assigns = {}
  for i, assign in ipairs(list) do
      assigns[i] = { assign[1], expand.single(sh, assign[2]) }
  end
  return assigns
end

--- A command without a name: its assignments stay.
function M.assign_only(sh, node)
  for _, assign in ipairs(node.assigns or {}) do
    local value = expand.single(sh, assign[2])
    if sh.options.x then M.trace(sh, {}, { { assign[1], value } }) end
    sh:set(assign[1], value)
  end
  sh.status = sh.substatus or 0
end

return M
