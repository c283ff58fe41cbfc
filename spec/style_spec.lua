--- style - sizes of files, lines and functions; heads of files.
local tree = require "spec.support.tree"

local LINES, COLUMNS, FUNCTION_LINES = 400, 80, 60
local ALL_FILES = tree.union(tree.C_FILES, tree.LUA_FILES)
-- These are manuals, and may be as long as they need.
local MANUALS = {
  ["core/include/axeberg.h"] = true,
  ["lua/axeberg/meta.lua"] = true,
}

describe("style", function()
  it("no file is longer than " .. LINES .. " lines", function()
    local findings = {}
    for _, path in ipairs(ALL_FILES) do
      local _, count = tree.read(path):gsub("\n", "")
      if count > LINES and not MANUALS[path] then
        findings[#findings + 1] = ("%s: %d lines"):format(path, count)
      end
    end
    tree.none(findings)
  end)

  it("no line is longer than " .. COLUMNS .. " columns or has tabs", function()
    local findings = {}
    for _, path in ipairs(ALL_FILES) do
      for number, line in tree.lines(path) do
        if line:find("\t", 1, true) then
          findings[#findings + 1] = ("%s:%d: a tab"):format(path, number)
        elseif (utf8.len(line) or #line) > COLUMNS then
          findings[#findings + 1] = ("%s:%d: %d columns")
            :format(path, number, utf8.len(line) or #line)
        end
      end
    end
    tree.none(findings)
  end)

  --- Adds each function of the file that is too long; opening and closing
  --- tell where one begins (an indentation) and ends.
  local function long_functions(path, opening, closing, findings)
    local open = {} -- indentation -> line number
    for number, line in tree.lines(path) do
      local indent = opening(line)
      if indent then open[indent] = number end
      local closed = closing(line)
      if closed and open[closed] then
        local length = number - open[closed] + 1
        if length > FUNCTION_LINES then
          findings[#findings + 1] = ("%s:%d: %d lines")
            :format(path, open[closed], length)
        end
        open[closed] = nil
      end
    end
  end

  it("no function in C is longer than " .. FUNCTION_LINES .. " lines",
    function()
      local findings = {}
      for _, path in ipairs(tree.C_FILES) do
        long_functions(path,
          function(line) return line:find("^[%a_].*[%w_]%(") and "" end,
          function(line) return line == "}" and "" end, findings)
      end
      tree.none(findings)
    end)

  it("no function in Lua is longer than " .. FUNCTION_LINES .. " lines",
    function()
      local findings = {}
      for _, path in ipairs(tree.LUA_FILES) do
        if not path:find("_spec%.lua$") then
          long_functions(path,
            function(line)
              return line:match("^(%s*).*%f[%w]function%f[%W].*%)$")
            end,
            function(line) return line:match("^(%s*)end%f[%W]") end,
            findings)
        end
      end
      tree.none(findings)
    end)

  it("every C file begins with its name and what it is", function()
    local findings = {}
    for _, path in ipairs(tree.C_FILES) do
      local head = tree.read(path):match("^[^\n]*")
      if not head:find("/* " .. tree.word(path), 1, true)
        or not head:find(" - %S") then
        findings[#findings + 1] = path .. ": " .. head
      end
    end
    tree.none(findings)
  end)
end)
