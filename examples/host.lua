-- host - real programs and processes in one pipeline.
-- A process makes lines, sort(1) puts them in order, a process counts equal
-- ones, and the result goes through tr(1) to our standard output.
local ax = require "axeberg"

local WORDS = { "pear", "fig", "apple", "fig", "pear", "fig" }

local to_sort, source = ax.pipe()
ax.spawn({ name = "source" }, function(out)
  for _, word in ipairs(WORDS) do out:write(word, "\n") end
end, source) -- its end closes the pipe

local sort = assert(ax.popen { "sort", stdin = to_sort })
to_sort:close()

local to_tr, counted = ax.pipe()
ax.spawn({ name = "count", stdin = sort.stdout, stdout = counted }, function()
  local last, n = nil, 0
  local function tell()
    if last then ax.stdout:write(("%d x %s\n"):format(n, last)) end
  end
  for word in ax.stdin:lines() do
    if word ~= last then
      tell()
      last, n = word, 0
    end
    n = n + 1
  end
  tell()
end)
sort.stdout:close()
counted:close()

local tr = assert(ax.popen { "tr", "a-z", "A-Z", stdin = to_tr,
  stdout = "inherit" })
to_tr:close()

local how, code = tr:wait() -- what it writes comes before what we print
print("sort:", sort:wait())
print("tr:", how, code)

-- A program that never ends does not hold us up.
local cat <close> = assert(ax.popen { "cat" })
cat.stdin:write("echo\n")
print("cat says:", cat.stdout:read())
print("still there:", cat:wait(0.01))
cat:kill()
print("and now:", cat:wait())
