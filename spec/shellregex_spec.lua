--- shellregex - regular expressions of grep and sed.
local regex = require "axeberg.shell.regex"

--- The leftmost longest match in [], nil if there is none.
local function find(text, line, extended)
  local expression = regex.compile(text, { extended = extended })
  local from, to = expression:find(line, 1, true)
  assert.equal(from ~= nil, expression:test(line))
  return from and line:sub(from, to)
end

local BASIC = {
  { "a*b", "xaab", "aab" }, { "^a.c$", "abc", "abc" }, { "*a", "b*a", "*a" },
  { "[[:digit:]]\\{2,3\\}", "a1234", "123" }, { "a\\{2\\}", "aaa", "aa" },
  { "\\(ab\\)*c", "xababc", "ababc" }, { "x\\|yz", "ayz", "yz" },
  { "\\(a\\)\\1", "baab", "aa" }, { "\\<foo\\>", "xfoo foo", "foo" },
  { "[^a-c]", "abcd", "d" }, { "[]x]", "a]", "]" }, { "^*x", "*x", "*x" },
  { "a\\.b", "axb", nil }, { "", "abc", "" }, { "$", "abc", "" },
  { "a\\+b\\?", "caab", "aab" }, { "[a-]", "-", "-" }, { "a|b", "a|b", "a|b" },
}

local EXTENDED = {
  { "a|ab|abc", "xabcd", "abc" }, { "(a|ab)(c|bcd)(d*)", "abcd", "abcd" },
  { "(a*)+", "aaa", "aaa" }, { "(a*)*b", "aaab", "aaab" },
  { "^(foo|bar)+$", "foobarfoo", "foobarfoo" }, { "a{,2}b", "aaab", "aab" },
  { "[0-9]+(\\.[0-9]+)?", "v 3.14", "3.14" }, { "x?", "aaa", "" },
  { "(b|a)*c|d", "ababc", "ababc" }, { "()", "abc", "" }, { "a{2}", "a", nil },
  { "\\w+", "  hi_1 ", "hi_1" }, { "\\bfoo\\b", "xfoo foo", "foo" },
  { "a{1", "a{1", "a{1" }, { "(^a|b$)", "cb", "b" },
}

describe("regular expressions", function()
  for _, row in ipairs(BASIC) do
    it(("%q in %q"):format(row[1], row[2]), function()
      assert.equal(row[3], find(row[1], row[2], false))
    end)
  end
  for _, row in ipairs(EXTENDED) do
    it(("extended %q in %q"):format(row[1], row[2]), function()
      assert.equal(row[3], find(row[1], row[2], true))
    end)
  end

  it("tell where the groups are", function()
    local line = "john smith"
    local from, to, places = regex.compile("\\([a-z]*\\) \\([a-z]*\\)")
      :find(line, 1, true)
    assert.same({ 1, 10, "john", "smith" }, { from, to,
      line:sub(places[2], places[3] - 1), line:sub(places[4], places[5] - 1) })
  end)

  it("look at no case where that is asked for", function()
    local expression = regex.compile("a[B-C]\\+", { icase = true })
    assert.is_true(expression:test("xABcb"))
    assert.is_false(expression:test("xad"))
  end)

  it("take linear time", function()
    local expression = regex.compile("(a|aa)*(a|b)*c", { extended = true })
    expression.must = nil
    local before = os.clock()
    assert.is_false(expression:test(("a"):rep(20000)))
    assert.is_true(os.clock() - before < 2)
  end)

  it("end where nothing is repeated", function()
    assert.equal("b", find("(a*)*(b|\\1)", "b", true))
  end)

  for _, text in ipairs { "[a", "\\(a", "a\\)", "\\1", "a\\{2", "a\\",
    "[[:nosuch:]]", "[b-a]" } do
    it(("refuse %q"):format(text), function()
      local fine, err = pcall(regex.compile, text)
      assert.is_false(fine)
      assert.equal("string", type(err.regex))
    end)
  end

  it("quote whatever there is", function()
    for byte = 32, 126 do
      local char = string.char(byte)
      for _, extended in ipairs { false, true } do
        assert.equal(char, find(regex.quote(char, extended), char, extended))
      end
    end
  end)
end)
