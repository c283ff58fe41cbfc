--- reference - the C API as a page: what axeberg.h and axeberg-lua.h say.
-- usage: lua tools/reference.lua TOP OUT.html
--
-- A header is a manual already: sections, and in them paragraphs, each a
-- comment and the declarations that it is about.  This puts them in order,
-- with an index of all names.
local M = {}

--- Takes the marks off a comment.
local function plain(comment)
  return (comment:gsub("^/%*%s*", ""):gsub("%s*%*/%s*$", "")
    :gsub("\n%s*%*%*[ ]?", "\n"))
end

--- The paragraphs of a header: comment, code, or both; in sections.
-- A blank line ends a paragraph, unless braces or a comment are open.
function M.parse(text)
  local sections, section = {}, nil
  local lines, depth, open = {}, 0, false

  local function finish()
    local all = table.concat(lines, "\n")
    lines = {}
    if all == "" then return end
    local comment, code = all:match("^(/%*.-%*/)%s*\n?(.*)$")
    if not comment or code:find("^%s*%*") then comment, code = "", all end
    section[#section + 1] = { text = plain(comment), code = code }
  end

  local function start(title)
    section = { title = title }
    sections[#sections + 1] = section
  end

  local body = text:match('extern "C" {\n#endif\n(.*)\n#ifdef __cplusplus')
  local head = text:match("^(/%*.-%*/)")
  start("Overview")
  section[1] = { text = plain(head), code = "" }
  for line in (body .. "\n"):gmatch("(.-)\n") do
    local title = line:match("^/%* %-%-%-+ (.-) %*/$")
    if title then
      finish()
      start(title)
    elseif line == "" and depth == 0 and not open then
      finish()
    else
      lines[#lines + 1] = line
      local rest = line:gsub("/%*.-%*/", "")
      if rest:find("/*", 1, true) then open = true
      elseif rest:find("*/", 1, true) then open = false end
      local code = rest:gsub("/%*.*$", ""):gsub("^.*%*/", "")
      if not open then
        depth = depth + select(2, code:gsub("{", ""))
          - select(2, code:gsub("}", ""))
      end
    end
  end
  finish()
  return sections
end

--- The names that a piece of code declares, in order.
function M.names(code)
  local names, seen = {}, {}
  local function add(name)
    if name and not seen[name] then
      seen[name] = true
      names[#names + 1] = name
    end
  end
  local bare = code:gsub("/%*.-%*/", "")
  for name in bare:gmatch("AXL?_API[^;(]-([%w_]+)%(") do add(name) end
  for name in bare:gmatch("static inline [^;(]-([%w_]+)%(") do add(name) end
  for name in bare:gmatch("#define%s+(AX[%w_]*)") do add(name) end
  for name in bare:gmatch("typedef struct [%w_]+ ([%w_]+);") do add(name) end
  for name in bare:gmatch("typedef [%w_]+ ([%w_]+);") do add(name) end
  for name in bare:gmatch("}%s*(ax[%w_]*);") do add(name) end
  for name in bare:gmatch("struct (ax_[%w_]+) {") do add(name) end
  for name in bare:gmatch("enum (ax_[%w_]+) {") do add(name) end
  for list in bare:gmatch("enum[%w_ ]*{(.-)}") do
    for name in list:gmatch("%f[%w_](AX_[%w_]+)%f[%s=,]") do add(name) end
    for name in list:gmatch("%f[%w_](AX_[%w_]+)$") do add(name) end
  end
  return names
end

local function escape(text)
  return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;",
    [">"] = "&gt;" }))
end

--- Text with its lists, as HTML.
local function prose(text)
  local parts = {}
  for line in (text .. "\n"):gmatch("(.-)\n") do
    local item = line:match("^%s*%- (.*)$")
    if item then
      parts[#parts + 1] = "<br>&bull; " .. escape(item)
    elseif line == "" then
      parts[#parts + 1] = "</p><p>"
    else
      parts[#parts + 1] = escape(line)
    end
  end
  return "<p>" .. table.concat(parts, "\n") .. "</p>"
end

local STYLE = [[
body { font: 16px/1.45 sans-serif; max-width: 50em; margin: 2em auto;
  padding: 0 1em; color: #222 }
pre { background: #f4f4f4; padding: .6em; overflow-x: auto;
  font-size: 14px }
h2 { border-bottom: 1px solid #ccc; margin-top: 2em }
.index { columns: 3; font-size: 14px }
]]

local function paragraph(out, p)
  for _, name in ipairs(M.names(p.code)) do
    out[#out + 1] = ('<a id="%s"></a>'):format(name)
  end
  if p.text ~= "" then out[#out + 1] = prose(p.text) end
  if p.code ~= "" then
    out[#out + 1] = "<pre>" .. escape(p.code) .. "</pre>"
  end
end

--- The page of these headers: a list of { name, text }.
function M.page(headers)
  local out, index = {}, {}
  for _, header in ipairs(headers) do
    out[#out + 1] = "<h1>" .. header[1] .. "</h1>"
    for _, section in ipairs(M.parse(header[2])) do
      out[#out + 1] = "<h2>" .. escape(section.title) .. "</h2>"
      for _, p in ipairs(section) do
        paragraph(out, p)
        for _, name in ipairs(M.names(p.code)) do index[#index + 1] = name end
      end
    end
  end
  table.sort(index)
  for i, name in ipairs(index) do
    index[i] = ('<a href="#%s">%s</a><br>'):format(name, name)
  end
  return table.concat({ "<!DOCTYPE html><html><head><meta charset=\"utf-8\">",
    "<title>axeberg: C API</title><style>", STYLE, "</style></head><body>",
    table.concat(out, "\n"), "<h1>Index</h1><div class=\"index\">",
    table.concat(index, "\n"), "</div></body></html>\n" }, "\n")
end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

if arg and arg[0] and arg[0]:find("reference%.lua$") then
  local top, out = arg[1], arg[2]
  local file = assert(io.open(out, "wb"))
  assert(file:write(M.page {
    { "axeberg.h", read(top .. "/core/include/axeberg.h") },
    { "axeberg-lua.h", read(top .. "/bindings/host/include/axeberg-lua.h") },
  }))
  assert(file:close())
end

return M
