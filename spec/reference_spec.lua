--- reference - the page that is made of the C headers has all that is in
-- them.
local tree = require "spec.support.tree"
local reference = dofile "tools/reference.lua"

local HEADERS = { "core/include/axeberg.h",
  "bindings/host/include/axeberg-lua.h" }

--- name -> the paragraph that declares it.
local function documented(text)
  local found = {}
  for _, section in ipairs(reference.parse(text)) do
    for _, paragraph in ipairs(section) do
      for _, name in ipairs(reference.names(paragraph.code)) do
        found[name] = paragraph
      end
    end
  end
  return found
end

for _, path in ipairs(HEADERS) do
  describe("the reference of " .. path, function()
    local text = tree.read(path)
    local body = text:match('extern "C" {.*')
    local bare = body:gsub("/%*.-%*/", "")
    local found = documented(text)

    for what, pattern in pairs {
      functions = "\nAXL?_API [^;(]-([%w_]+)%(",
      ["inline functions"] = "\nstatic inline [^;(]-([%w_]+)%(",
      types = "\n}%s*(ax[%w_]+);",
      ["opaque types"] = "\ntypedef struct [%w_]+ ([%w_]+);",
      enumerations = "\nenum (ax_[%w_]+) {",
      constants = "\n%s*#define (AX_[%w_]+) ",
      enumerators = "\n  (AX_[%w_]+)[, ]",
    } do
      it("has all " .. what, function()
        local findings = {}
        for name in bare:gmatch(pattern) do
          if not found[name] and not name:find("^AXL?_API$") then
            findings[#findings + 1] = name
          end
        end
        tree.none(findings)
      end)
    end

    it("says something of every function", function()
      local findings, sections = {}, reference.parse(text)
      for _, section in ipairs(sections) do
        local said = false
        for _, paragraph in ipairs(section) do
          said = said or paragraph.text ~= ""
          if paragraph.code:find("AXL?_API") and paragraph.text == ""
            and not paragraph.code:find("/*", 1, true) and not said then
            findings[#findings + 1] = paragraph.code
          end
        end
      end
      tree.none(findings)
    end)

    it("loses no line of code", function()
      local page = reference.page { { "x", text } }
      for line in bare:gmatch("(AXL?_API [^\n]+)") do
        local escaped = line:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;",
          [">"] = "&gt;" })
        assert(page:find(escaped, 1, true), line)
      end
    end)
  end)
end
