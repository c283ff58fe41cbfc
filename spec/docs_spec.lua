--- docs - the pages: their code runs, their links lead somewhere, their
-- names exist.
--
-- A ```lua block is a script of its own: it runs in a fresh Lua and must end
-- well.  If it has comments `--> text`, those are what it prints, all of it
-- (tabs and runs of spaces are one space).
-- A ```c block is a program of its own: it compiles, and what it prints is in
-- its comments `//> text`.  Blocks with another word are not looked at.
-- core/README.md has every shared function, and meta.lua every public one.
local tree = require "spec.support.tree"

local ax = require "axeberg"

local PAGES = tree.union({ "README.md", "core/README.md" },
  tree.files("docs", "%.md$"))

--- The blocks of a page with that word: {line =, text =}, in order.
local function blocks(path, word)
  local found, open = {}, nil
  for number, line in tree.lines(path) do
    local fence = line:match("^```(.*)$")
    if not fence then
      if open then open[#open + 1] = line end
    elseif open then
      found[#found + 1] = open
      open.text = table.concat(open, "\n") .. "\n"
      open = nil
    else
      open = { line = number, word = fence }
    end
  end
  assert(not open, path .. ": a block is not closed")
  local wanted = {}
  for _, block in ipairs(found) do
    if block.word == word then wanted[#wanted + 1] = block end
  end
  return wanted
end

--- What the comments say that it prints; nil without any.
local function announced(text, mark)
  local lines = {}
  for line in text:gmatch("[^\n]*") do
    lines[#lines + 1] = line:match(mark .. " ?(.*)$")
  end
  return lines[1] and table.concat(lines, "\n") .. "\n"
end

--- The text as people read it.
local function plain(text)
  return (text:gsub("[ \t]+", " "):gsub(" \n", "\n"))
end

local function write(path, text)
  local file = assert(io.open(path, "w"))
  assert(file:write(text))
  file:close()
end

--- Runs a command: whether it ended well, and all that it printed.
local function run(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local output = pipe:read("a")
  return (pipe:close()) == true, output
end

--- Calls fn with a temporary path.
local function with_path(fn)
  local path = os.tmpname()
  local ok, err = pcall(fn, path)
  os.remove(path)
  if not ok then error(err, 0) end
end

--- The interpreter that runs this.
local function interpreter()
  local i = 0
  while arg[i - 1] do i = i - 1 end
  return arg[i]
end

-- ----------------------------------------------------------------- blocks

local function check_lua(block)
  with_path(function(path)
    write(path, block.text)
    local ok, output = run(("timeout 60 '%s' '%s'")
      :format(interpreter(), path))
    assert(ok, output)
    local expected = announced(block.text, "%-%->")
    if expected then assert.equal(plain(expected), plain(output)) end
  end)
end

--- Compiles, and runs it where the library was built.
local function check_c(block)
  local built = os.getenv("AX_BUILT")
  with_path(function(path)
    write(path .. ".c", block.text)
    -- without a sanitizer that is preloaded: compilers leak, and may
    local command = "unset LD_PRELOAD; cc -std=c11 -Wall -Wextra -Werror " ..
      "-I core/include "
    if built then
      command = command .. ("-o '%s' '%s.c' '%s/libaxeberg.a' && '%s'")
        :format(path, path, built, path)
    else
      command = command .. ("-fsyntax-only '%s.c'"):format(path)
    end
    local ok, output = run(command)
    os.remove(path .. ".c")
    assert(ok, output)
    if built then
      local expected = announced(block.text, "//>") or ""
      assert.equal(plain(expected), plain(output))
    end
  end)
end

describe("docs", function()
  for _, path in ipairs(PAGES) do
    for _, block in ipairs(blocks(path, "lua")) do
      it(("%s:%d runs"):format(path, block.line), function()
        check_lua(block)
      end)
    end
    for _, block in ipairs(blocks(path, "c")) do
      it(("%s:%d compiles"):format(path, block.line), function()
        check_c(block)
      end)
    end
  end
end)

-- ------------------------------------------------------------------ links

--- The anchors of a page, as GitHub makes them of headings.
local function anchors(path)
  local found = {}
  for _, line in tree.lines(path) do
    local title = line:match("^#+ (.*)$")
    if title then
      title = title:lower():gsub("[^%w _-]", ""):gsub(" ", "-")
      found[title] = true
    end
  end
  return found
end

--- "docs/a.md", "../b.md" -> "b.md"
local function resolve(from, target)
  local path = (from:match("^(.*/)") or "") .. target
  local count = 1
  while count > 0 do path, count = path:gsub("[^/]+/%.%./", "", 1) end
  return path
end

describe("links", function()
  for _, page in ipairs(PAGES) do
    it("of " .. page .. " lead somewhere", function()
      local findings = {}
      for number, line in tree.lines(page) do
        for link in line:gmatch("%]%(([^)]+)%)") do
          local target, anchor = link:match("^([^#]*)#?(.*)$")
          local path = target == "" and page or resolve(page, target)
          local good = link:find("^https?://") or tree.exists(path) and
            (anchor == "" or anchors(path)[anchor])
          if not good then
            findings[#findings + 1] = ("%s:%d: %s"):format(page, number, link)
          end
        end
      end
      tree.none(findings)
    end)
  end
end)

-- ------------------------------------------------------------------ names

describe("names", function()
  for _, page in ipairs(PAGES) do
    it("ax.* of " .. page .. " exist", function()
      local findings = {}
      for number, line in tree.lines(page) do
        for name in line:gmatch("%f[%w_]ax%.([%a_][%w_]*)") do
          if ax[name] == nil then
            findings[#findings + 1] = ("%s:%d: there is no ax.%s")
              :format(page, number, name)
          end
        end
      end
      tree.none(findings)
    end)
  end
end)

describe("core/README.md", function()
  local page = tree.read("core/README.md")
  local private = {}
  for _, folder in ipairs { "core/base", "core/kernel", "core/ipc" } do
    private = tree.union(private, tree.files(folder, "%.[ch]$"))
  end

  it("has every file of the floors", function()
    local findings = {}
    for _, path in ipairs(private) do
      local word = path:match("^core/(.*)%.[ch]$")
      if not page:find("](" .. word .. ".", 1, true) then
        findings[#findings + 1] = path .. " is missing"
      end
    end
    tree.none(findings)
  end)

  it("has every shared function, and no other", function()
    local findings, known = {}, {}
    for _, path in ipairs(private) do
      local text = tree.read(path):gsub("/%*.-%*/", "")
      for name in ("\n" .. text):gmatch("\n%a[^\n;{}()=]-[ *](ax_[%w_]+)%(") do
        known[name] = true
        if path:find("%.h$") and not page:find("`" .. name .. "`", 1, true) then
          findings[#findings + 1] = ("%s of %s is missing"):format(name, path)
        end
      end
    end
    for name in page:gmatch("| [^\n]*") do
      for word in name:gmatch("`(ax_[%w_]+)`") do
        if not known[word] then
          findings[#findings + 1] = "there is no " .. word
        end
      end
    end
    tree.none(findings)
  end)
end)

describe("meta.lua", function()
  local text = tree.read("lua/axeberg/meta.lua")

  --- The names that follow `function <prefix>` in it.
  local function described(prefix)
    local names = {}
    for name in text:gmatch("\nfunction " .. prefix .. "([%w_]+)%(") do
      names[#names + 1] = name
    end
    table.sort(names)
    return names
  end

  --- The names of what can be called.
  local function callable(object)
    local names = {}
    for name, value in pairs(object) do
      local meta = type(value) == "table" and getmetatable(value)
      if type(name) == "string" and not name:find("^_")
        and (type(value) == "function" or meta and meta.__call) then
        names[#names + 1] = name
      end
    end
    table.sort(names)
    return names
  end

  it("has every function of the module, and no other", function()
    tree.same(callable(ax), described("ax%."), "meta.lua")
  end)

  local tx, rx = ax.channel()
  local file = ax.pipe()
  local handles = {
    File = file, Buffer = ax.buffer(1), Framed = ax.framed(file),
    Sender = tx, Receiver = rx, Alarm = ax.after(0),
    Schema = ax.schema and ax.schema("integer"), Graph = ax.waitgraph(),
  }
  for class, handle in pairs(handles) do
    it("has every method of " .. class .. ", and no other", function()
      local names = callable(debug.getmetatable(handle).__index)
      local found = described(class .. ":")
      if ax.type(handle) then
        found = tree.union(found, described("Handle:"))
      end
      tree.same(names, found, "meta.lua")
    end)
  end
  for _, handle in ipairs { tx, rx, file, handles.Alarm } do handle:close() end
end)
