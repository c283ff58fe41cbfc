--- shell - runs lines of the shell and of dash on the same files.
local help = require "spec.support.helper"

local M = {}

local interpreter
do
  local first = 0
  while arg[first - 1] do first = first - 1 end
  interpreter = first < 0 and arg[first] or "lua5.4"
end

--- What both make in an empty folder before each line.
M.FIXTURE = [[
printf 'banana\napple\nfig\ncherry\ndate\n' > words.txt
printf 'int a;\nint main;\n' > a.c
printf 'int b;\n' > b.c
printf 'bob 30 red\namy 4 blue\ncat 100 red\namy 7 blue\n' > table.txt
printf 'x:3:p\ny:1:q\nz:3:r\nw:20:s\n' > colon.txt
printf 'The cat sat. The dog ran, the end.\nA cat and a dog.\n' > text.txt
printf 'h\n' > .hidden; printf '1\n' > 1st; printf 's\n' > 'sp ace'
mkdir -p sub/deep
printf 'x\n' > sub/deep/x.txt; printf 'n\n' > sub/note.txt
ln -s words.txt link
]]

--- The cases of a corpus: { title =, text = }, in order.
function M.corpus(path)
  local cases = {}
  for line in io.lines(path) do
    local title = line:match("^### (.*)$")
    if title then
      cases[#cases + 1] = { title = title }
    else
      table.insert(cases[#cases], line)
    end
  end
  for _, case in ipairs(cases) do case.text = table.concat(case, "\n") end
  return cases
end

--- A Lua script that runs the shell in the tree in memory.
M.RUNNER = [[
local ax, file = require "axeberg", io.open(arg[1], "rb")
local text = file:read("a")
file:close()
ax.fs.mkdir("/home", 493)
ax.fs.chdir("/home")
os.exit(require("axeberg.shell").main { "-c", text })
]]

local function with_files(texts, fn)
  local paths = {}
  for i, text in ipairs(texts) do
    paths[i] = os.tmpname()
    local file = assert(io.open(paths[i], "wb"))
    file:write(text)
    file:close()
  end
  local results = table.pack(fn(table.unpack(paths)))
  for _, path in ipairs(paths) do os.remove(path) end
  return table.unpack(results, 1, results.n)
end

--- Runs a text in the shell: { code, out, err }.
function M.run(text, prefix)
  return with_files({ M.RUNNER, text }, function(runner, path)
    return help.shell(("LC_ALL=C; export LC_ALL; %s LUA_PATH='%s' "
      .. "LUA_CPATH='%s' timeout 60 '%s' '%s' '%s'"):format(prefix or "",
      package.path, package.cpath, interpreter, runner, path))
  end)
end

--- Runs it in dash, in a folder of its own.
function M.dash(text)
  return with_files({ text }, function(path)
    return help.shell(("LC_ALL=C; export LC_ALL; d=$(mktemp -d); cd $d; "
      .. "timeout 60 dash -c \"$(cat '%s')\"; s=$?; cd /; rm -rf $d; exit $s")
      :format(path))
  end)
end

return M
