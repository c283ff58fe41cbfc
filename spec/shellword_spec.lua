--- shellword - expansion of words, arithmetic, patterns.
local arith = require "axeberg.shell.arith"
local expand = require "axeberg.shell.expand"
local parser = require "axeberg.shell.parser"
local pattern = require "axeberg.shell.pattern"

--- What expansion asks a shell for.
local function shell(values, ...)
  local sh = { values = values or {}, args = { ... }, options = {} }
  function sh:get(name) return self.values[name] end
  function sh:set(name, value) self.values[name] = value end
  function sh:parameter(name)
    if name == "#" then return tostring(#self.args) end
    return self.args[tonumber(name)]
  end
  function sh.capture(_, node) return node.words[1][1].s .. "\n\n" end
  function sh.fail(_, text) error(text, 0) end
  return sh
end

--- The fields of all words of a command, each in [].
local function fields(text, sh)
  local out = {}
  for _, parts in ipairs(parser.new(text):next().words) do
    expand.fields(sh, parts, out)
  end
  for i, field in ipairs(out) do out[i] = "[" .. field .. "]" end
  return table.concat(out)
end

local VALUES = { x = "a b", e = "", p = "a.b.c", c = "1:2::3", HOME = "/h" }

local ROWS = {
  { "$x", "[a][b]" }, { '"$x"', "[a b]" }, { "1$x", "[1a][b]" },
  { '$x"$x"', "[a][ba b]" }, { "$e", "" }, { '"$e"', "[]" },
  { "$e$e", "" }, { "$e''", "[]" }, { "${u-d e}", "[d][e]" },
  { '"${u-d e}"', "[d e]" }, { "${e:-d}", "[d]" }, { "${e-d}", "" },
  { "${x+y}", "[y]" }, { '"${u+y}"', "[]" }, { "${u+y}", "" },
  { "${#p}", "[5]" }, { "${p%.*}", "[a.b]" }, { "${p%%.*}", "[a]" },
  { "${p#*.}", "[b.c]" }, { "${p##*.}", "[c]" }, { '${p%"*"}', "[a.b.c]" },
  { "$1 $2", "[one][two][words]" }, { "$@", "[one][two][words]" },
  { '"$@"', "[one][two words]" }, { '"$*"', "[one two words]" },
  { '"a$@b"', "[aone][two wordsb]" }, { "$#", "[2]" },
  { "$(run)", "[run]" }, { '"$(run)"', "[run]" }, { "$((1+2))", "[3]" },
  { "~ ~/a '~'", "[/h][/h/a][~]" }, { "${u=new} $u", "[new][new]" },
  { "'a'\"b\"c\\d", "[abcd]" },
}

describe("expansion", function()
  for _, row in ipairs(ROWS) do
    it(row[1] .. " gives " .. row[2], function()
      local values = {}
      for name, value in pairs(VALUES) do values[name] = value end
      assert.equal(row[2], fields(row[1], shell(values, "one", "two words")))
    end)
  end

  local DIVIDE = {
    { ":", "1:2::3", "[1][2][][3]" }, { ":", ":a", "[][a]" },
    { ":", "a:", "[a]" }, { " :", " a : b ", "[a][b]" },
    { " :", "a : : b", "[a][][b]" }, { "", "a b", "[a b]" },
    { " ", "  ", "" }, { "x", "axbxxc", "[a][b][][c]" },
  }
  for _, row in ipairs(DIVIDE) do
    it(("divides %q at %q"):format(row[2], row[1]), function()
      assert.equal(row[3], fields("$v", shell { IFS = row[1], v = row[2] }))
    end)
  end

  it("fails for what is not set, where that is asked for", function()
    assert.has_error(function() fields("${u?gone}", shell()) end, "u: gone")
    local sh = shell()
    sh.options.u = true
    assert.has_error(function() fields("$u", sh) end, "u: parameter not set")
  end)
end)

describe("arithmetic", function()
  local vars = { a = "3", e = "", h = "0x10", bad = "z" }
  local function value(text)
    return arith.evaluate(text, function(name) return vars[name] end,
      function(name, to) vars[name] = to end)
  end

  local SUMS = {
    ["1+2*3"] = 7, ["(1+2)*3"] = 9, ["-7/2"] = -3, ["-7%3"] = -1,
    ["1<2 && 2<1"] = 0, ["1?2:3"] = 2, ["0||!0"] = 1, ["~0"] = -1,
    ["1<<4|1"] = 17, ["-16>>2"] = -4, ["0x1f+010"] = 39, ["a*a"] = 9,
    ["e+nosuch"] = 0, ["h"] = 16, ["5^1"] = 4, ["2-3-4"] = -5,
    ["9223372036854775807+1"] = math.mininteger, ["- -5"] = 5,
    ["-9223372036854775807-1"] = math.mininteger, ["b=a+1"] = 4,
    ["0&&(a=9)"] = 0, ["1 == 1 != 0"] = 1,
  }
  for text, expected in pairs(SUMS) do
    it(text .. " is " .. expected, function()
      assert.equal(expected, value(text))
    end)
  end

  for _, text in ipairs { "1+", "", "1 2", "(1", "1/0", "bad", "1?2", "08",
    "$" } do
    it(("refuses %q"):format(text), function()
      local fine, err = pcall(value, text)
      assert.is_false(fine)
      assert.equal("string", type(err.arith))
    end)
  end

  it("survives the smallest number divided by -1", function()
    assert.equal(math.mininteger, value("(1<<63)/-1"))
    assert.equal(0, value("(1<<63)%-1"))
  end)
end)

describe("patterns", function()
  local MATCH = {
    { "*", "", true }, { "a*c", "abc", true }, { "a?c", "ac", false },
    { "[abc]", "b", true }, { "[!abc]", "b", false }, { "[a-c]x", "bx", true },
    { "[]a]", "]", true }, { "[[:digit:]]", "5", true }, { "\\*", "x", false },
    { "\\*", "*", true }, { "[a", "[a", true }, { "a.c", "abc", false },
    { "%d", "5", false }, { "[%d]", "d", true }, { "a\\", "a\\", true },
    { "[a\\]b]", "]", true }, { "*\0*", "a\0b", true }, { "[+--]", ",", true },
    { "[b-a]", "b", false }, { "?", "\n", true },
  }
  for _, row in ipairs(MATCH) do
    it(("%q and %q: %s"):format(row[1], row[2], row[3]), function()
      assert.equal(row[3], pattern.matches(row[1], row[2]))
    end)
  end

  it("escapes whatever there is", function()
    for byte = 1, 255 do
      local char = string.char(byte)
      assert.is_true(pattern.matches(pattern.escape(char), char))
    end
  end)
end)
