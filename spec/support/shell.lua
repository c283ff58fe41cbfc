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

--- The cases of a corpus: { title =, text = }, in order, by what stands
--- before the colon in their titles: a list of { name =, cases... }.
function M.corpus(path)
  local groups, last = {}, nil
  for line in io.lines(path) do
    local title = line:match("^### (.*)$")
    if title then
      local name = title:match("^[^:]*")
      last = groups[name]
      if not last then
        last = { name = name }
        groups[name], groups[#groups + 1] = last, last
      end
      last[#last + 1] = { title = title }
    else
      table.insert(last[#last], line)
    end
  end
  return groups
end

-- (A sanitizer that is loaded into this program is not for others' programs.)
-- For each file with a line: dash in a folder, and `axeberg sh` in another
-- one, which is mounted; lines with a FIFO in the tree in memory, since a
-- folder of the host has none.
local BOTH = [[
LC_ALL=C
export LC_ALL
cd "$1" || exit
for line in *.line; do
  line=${line%.line}
  mkdir $line.d $line.m
  text=$(cat $line.line)
  (cd $line.d; LD_PRELOAD= timeout 60 dash -c "$text") \
    >$line.out1 2>/dev/null </dev/null
  echo "status $?" >>$line.out1
  home=/home
  case $text in *mkfifo*) home=/tmp;; esac
  timeout 60 "$2" "$3" sh --mount "$PWD/$line.m:/home" \
    -c "cd $home; $text" >$line.out2 2>$line.err </dev/null
  echo "status $?" >>$line.out2
done
]]

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  file:close()
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

--- Calls fn with a new folder.
local function with_folder(fn)
  local folder = os.tmpname()
  os.remove(folder)
  assert(os.execute("mkdir '" .. folder .. "'"))
  local results = table.pack(pcall(fn, folder))
  os.execute("rm -rf '" .. folder .. "'")
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

local function environment()
  return ("LUA_PATH='%s' LUA_CPATH='%s' "):format(package.path, package.cpath)
end

--- Runs all cases in both shells; each gets dash and shell, what they wrote
--- and their status, and err.
function M.both(cases)
  with_folder(function(folder)
    write(folder .. "/both", BOTH)
    for i, case in ipairs(cases) do
      write(("%s/%d.line"):format(folder, i),
        M.FIXTURE .. table.concat(case, "\n"))
    end
    os.execute(("%s sh '%s/both' '%s' '%s' \"$PWD/bin/axeberg\"")
      :format(environment(), folder, folder, interpreter))
    for i, case in ipairs(cases) do
      local path = folder .. "/" .. i
      case.dash, case.shell = read(path .. ".out1"), read(path .. ".out2")
      case.err = read(path .. ".err")
    end
  end)
end

--- Runs `axeberg sh` with these words of the command line and that input:
--- { code, out, err }.
function M.command(words, input)
  return with_folder(function(folder)
    write(folder .. "/input", input or "")
    return help.shell(("%s timeout 60 '%s' bin/axeberg sh %s <'%s/input'")
      :format(environment(), interpreter, words, folder))
  end)
end

--- Runs a text in the shell, in a folder of the tree in memory.
function M.run(text)
  return M.command("-c '" .. ("cd /tmp; " .. text):gsub("'", "'\\''") .. "'")
end

return M
