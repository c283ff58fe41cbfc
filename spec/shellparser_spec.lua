--- shellparser - the shell's grammar: what the parser makes of a text.
local parser = require "axeberg.shell.parser"

--- A word in short: text as it is, quoted text in <>.
local function word(parts)
  local out = {}
  for _, part in ipairs(parts) do
    if part.t == "text" then
      out[#out + 1] = part.q and "<" .. part.s .. ">" or part.s
    elseif part.t == "param" then
      out[#out + 1] = ("${%s%s%s%s}"):format(part.name,
        part.colon and ":" or "", part.op or "",
        part.word and word(part.word) or "")
    elseif part.t == "tilde" then
      out[#out + 1] = "~" .. part.s
    elseif part.t == "arith" then
      out[#out + 1] = "$((" .. word(part.word) .. "))"
    else
      out[#out + 1] = "$(...)"
    end
  end
  return table.concat(out)
end

local show

local function all(list)
  local out = {}
  for i, node in ipairs(list) do out[i] = show(node) end
  return table.concat(out, " ")
end

local SHOW = {}

function SHOW.simple(node)
  local out = {}
  for _, assign in ipairs(node.assigns or {}) do
    out[#out + 1] = assign[1] .. "=" .. word(assign[2])
  end
  for _, parts in ipairs(node.words) do out[#out + 1] = word(parts) end
  return "(" .. table.concat(out, " ") .. ")"
end

function SHOW.list(node) return "list{" .. all(node) .. "}" end
function SHOW.pipe(node)
  return (node.negate and "not" or "pipe") .. "{" .. all(node) .. "}"
end
function SHOW.andor(node)
  local out = { show(node[1]) }
  for i = 2, #node do
    out[i] = node[i].op .. " " .. show(node[i].command)
  end
  return table.concat(out, " ")
end
function SHOW.async(node) return show(node.command) .. "&" end
function SHOW.subshell(node) return "sub" .. show(node.body) end
function SHOW.group(node) return "group" .. show(node.body) end
function SHOW.define(node) return node.name .. "()" .. show(node.body) end
SHOW["while"] = function(node)
  return (node.invert and "until" or "while") .. show(node.cond)
    .. show(node.body)
end
SHOW["for"] = function(node)
  local out = {}
  for i, parts in ipairs(node.words or {}) do out[i] = word(parts) end
  return "for " .. node.name .. " [" .. table.concat(out, " ") .. "]"
    .. show(node.body)
end
SHOW["if"] = function(node)
  local out = {}
  for i, cond in ipairs(node.conds) do
    out[i] = "if" .. show(cond) .. show(node.bodies[i])
  end
  return table.concat(out, " ")
    .. (node.otherwise and " else" .. show(node.otherwise) or "")
end
function SHOW.case(node)
  local out = {}
  for i, item in ipairs(node.items) do
    local patterns = {}
    for j, parts in ipairs(item.patterns) do patterns[j] = word(parts) end
    out[i] = table.concat(patterns, "|") .. ":"
      .. (item.body and show(item.body) or "")
  end
  return "case " .. word(node.word) .. " [" .. table.concat(out, " ") .. "]"
end

function show(node)
  local text = SHOW[node.t](node)
  for _, redir in ipairs(node.redirs or {}) do
    text = ("%s %d%s%s"):format(text, redir.fd, redir.op,
      redir.doc and word(redir.doc.parts) or word(redir.word))
  end
  return text
end

local function parse(text)
  local source, out = parser.new(text), {}
  for node in function() return source:next() end do
    out[#out + 1] = show(node)
  end
  return table.concat(out, " | ")
end

local GOOD = {
  { "words and quotes", [[a 'b c' "d $e" \f]], "(a <b c> <d >${e} <f>)" },
  { "adjacent pieces", [[a"b"'c']], "(a<bc>)" },
  { "an empty word", [[a ""]], "(a <>)" },
  { "joined lines", "a b\\\nc", "(a bc)" },
  { "comments", "a # b\nc#d", "(a) | (c#d)" },
  { "assignments", "A=1 B='x y' c D=2", "(A=1 B=<x y> c D=2)" },
  { "parameter forms", "a ${x} ${x:-y} ${x##*.} ${#x}",
    "(a ${x} ${x:-y} ${x##*.} ${xlength})" },
  { "arithmetic", "a $((1+(2)))", "(a $((<1+(2)>)))" },
  { "a command in parentheses in $(", "a $( (b) )", "(a $(...))" },
  { "a tilde", "a ~/b ~u c~", "(a ~/b ~u c~)" },
  { "tildes in values", "A=~/x:~", "(A=~/x:~)" },
  { "pipelines", "a | b |\nc", "pipe{(a) (b) (c)}" },
  { "not", "! a | b", "not{(a) (b)}" },
  { "and, or", "a && b || c", "(a) && (b) || (c)" },
  { "lists", "a; b & c", "list{(a) (b)& (c)}" },
  { "redirections", "a <b 2>>c >&2", "(a) 0<b 2>>c 1>&2" },
  { "a number that is a word", "a 2 >b", "(a 2) 1>b" },
  { "groups", "{ a; b; } >c", "grouplist{(a) (b)} 1>c" },
  { "subshells", "(a; b) | c", "pipe{sublist{(a) (b)} (c)}" },
  { "if", "if a; then b; elif c; then d; else e; fi",
    "if(a)(b) if(c)(d) else(e)" },
  { "while and until", "while a; do b; done; until c; do d; done",
    "list{while(a)(b) until(c)(d)}" },
  { "for", "for i in a b; do c; done", "for i [a b](c)" },
  { "for over the arguments", "for i; do c; done", "for i [](c)" },
  { "case", "case $x in a|b) c;; (d) ;; *) e; esac",
    "case ${x} [a|b:(c) d: *:(e)]" },
  { "functions", "f() { a; }", "f()group(a)" },
  { "reserved words as arguments", "a if then fi", "(a if then fi)" },
  { "here-documents", "a <<E b\nx $y\nE\nc", "(a b) 0<<<x >${y}<\n> | (c)" },
  { "here-documents that are quoted", "a <<'E'\n$y\nE", "(a) 0<<<$y\n>" },
  { "here-documents with tabs", "a <<-E\n\tx\n\tE", "(a) 0<<<x\n>" },
}

local BAD = {
  { "a quote without an end", "a 'b", true },
  { "if without fi", "if a; then b", true },
  { "a substitution without an end", "a $(b", true },
  { "a brace without an end", "a ${b", true },
  { "a pipe without a command", "a |", true },
  { "a lonely fi", "fi", false },
  { "an operator too many", "a | | b", false },
  { "a parenthesis too many", "a )", false },
  { "a bad name in for", "for 1 in a; do b; done", false },
  { "no name in ${}", "a ${}", false },
}

describe("the shell's parser", function()
  for _, row in ipairs(GOOD) do
    it("reads " .. row[1], function()
      assert.equal(row[3], parse(row[2]))
    end)
  end

  for _, row in ipairs(BAD) do
    it("refuses " .. row[1], function()
      local fine, fault = pcall(parse, row[2])
      assert.is_false(fine)
      assert.truthy(tostring(fault):find("^%d+: Syntax error: "))
      assert.equal(row[3], fault.incomplete or false)
    end)
  end

  it("tells the line", function()
    local _, fault = pcall(parse, "a\nb\nfi")
    assert.equal('3: Syntax error: "fi" unexpected', tostring(fault))
  end)

  it("reads no further than it is asked to", function()
    local source = parser.new("a\nfi")
    assert.equal("(a)", show(source:next()))
    assert.is_false((pcall(source.next, source)))
  end)

  it("takes deep nesting", function()
    local text = ("("):rep(100) .. "a" .. (")"):rep(100)
    assert.equal(("sub"):rep(100) .. "(a)", parse(text))
  end)
end)
