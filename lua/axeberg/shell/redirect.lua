--- Redirections: which files a command sees.
-- @module axeberg.shell.redirect

local ax = require "axeberg"
local context = require "axeberg.shell.context"
local expand = require "axeberg.shell.expand"
local port = require "axeberg.shell.port"

local M = {}

local MODE = { ["<"] = "r", [">"] = "w", [">|"] = "w", [">>"] = "a" }

local function read_write(path)
  local file, err, code = ax.open(path, "r+")
  if file or code ~= "ENOENT" then return file, err end
  return ax.open(path, "w+")
end

--- Opens what a redirection names; nil and a text.
local function open(sh, redir)
  if redir.op == "<<" then
    return port.document(expand.single(sh, redir.doc.parts))
  end
  local path = expand.single(sh, redir.word)
  if redir.op == ">" and sh.options.C then
    local stat = ax.fs.stat(path)
    if stat and stat.type == "file" then
      return nil, "cannot create " .. path .. ": File exists"
    end
  end
  local file, err
  if redir.op == "<>" then
    file, err = read_write(path)
  else
    file, err = ax.open(path, MODE[redir.op])
  end
  if file then return file end
  return nil, ("cannot %s %s: %s"):format(redir.op == "<" and "open"
    or "create", path, context.reason(err, path))
end

local function duplicate(sh, files, redir)
  local text = expand.single(sh, redir.word)
  if text == "-" then
    files[redir.fd] = nil
    return true
  end
  local from = tonumber(text)
  if not from then return nil, "Bad fd number" end
  local file = files[from]
  if not file then return nil, from .. ": Bad file descriptor" end
  files[redir.fd] = file
  return true
end

--- The files with redirections applied, and those that were opened for it;
--- nil after a message if one did not succeed.
function M.apply(sh, redirs)
  local files, opened = {}, {}
  for fd, file in pairs(sh.files) do files[fd] = file end
  for _, redir in ipairs(redirs) do
    local ok, err
    if redir.op == "<&" or redir.op == ">&" then
      ok, err = duplicate(sh, files, redir)
    else
      ok, err = open(sh, redir)
      if ok then
        files[redir.fd] = ok
        opened[#opened + 1] = ok
      end
    end
    if not ok then
      sh:say(err)
      M.close(opened)
      return nil
    end
  end
  return files, opened
end

function M.close(opened)
  for _, file in ipairs(opened) do file:close() end
end

return M
