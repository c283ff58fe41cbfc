--- pattern - patterns mean what they mean to string.find.
local ax = require "axeberg"
local help = require "spec.support.helper"

local ITEMS = { "a", "b", ".", "%a", "%d", "%w", "%s", "%p", "%u", "%X", "%%",
  "[ab]", "[^ab]", "[a-c]", "[%d_]", "[]]", "[^]]", "[a-]", "%bxy", "%b()",
  "%f[%a]", "%f[^a]", "()", "x", "$", "^", "]", "-", "%1", "%2", "(", ")",
  "[", "%", "%0", "[%", "[a", "%f", "%b", "%bx", "*", "?" }
local GOOD = 28 -- the first ones are well formed
local SUFFIXES = { "", "", "", "*", "+", "-", "?" }
local BYTES = { "a", "b", "c", "A", "1", "_", " ", ".", "%", "x", "y", "(",
  ")", "]", "-", "$", "\0", "\n", "\200" }

local function some_pattern(random)
  local parts = { random(4) == 1 and "^" or "" }
  local limit = random(3) == 1 and #ITEMS or GOOD
  for _ = 1, random(8) - 1 do
    parts[#parts + 1] = ITEMS[random(limit)] .. SUFFIXES[random(#SUFFIXES)]
  end
  if random(3) == 1 then
    parts[#parts + 1] = "(" .. ITEMS[random(GOOD)] .. ")"
    if random(2) == 1 then parts[#parts + 1] = "%1" end
  end
  if random(5) == 1 then parts[#parts + 1] = "$" end
  return table.concat(parts)
end

local function some_string(random)
  local bytes = {}
  for i = 1, random(13) - 1 do bytes[i] = BYTES[random(#BYTES)] end
  return table.concat(bytes)
end

describe("a pattern", function()
  it("matches as in string.find (seed " .. help.SEED .. ")", function()
    local random = help.generator(help.SEED)
    local matches, refused = 0, 0
    for _ = 1, 20000 do
      local pattern, s = some_pattern(random), some_string(random)
      local good, schema = pcall(ax.schema, ax.string { pattern = pattern })
      local fine, found = pcall(string.find, s, pattern)
      local where = ("%q in %q"):format(pattern, s)
      if good then -- what Lua says of it is no error, then, on any string
        assert(fine, where)
        assert.equal(found ~= nil, schema:check(s) == true, where)
        if found then matches = matches + 1 end
      else
        refused = refused + 1
      end
    end
    assert(matches > 3000 and refused > 1000)
  end)

  it("is refused if there is a string on which Lua raises", function()
    for _, pattern in ipairs { "(", "%", "[", "[a", "[%", "%b", "%bx",
      "%f", "%fa", "%1", "(a)%2", "(%1)", "%0", ".)", "(()", "^(" } do
      local fine = pcall(string.find, "aaaa", pattern)
      assert.is_false(fine, pattern)
      help.raises(ax.schema, ax.string { pattern = pattern })
    end
  end)

  it("has 32 captures at most, and is not too complex", function()
    ax.schema(ax.string { pattern = ("()"):rep(32) })
    help.has(help.raises(ax.schema, ax.string { pattern = ("()"):rep(33) }),
      "too many captures")
    help.has(help.raises(ax.schema, ax.string { pattern = ("a?"):rep(201) }),
      "pattern too complex")
  end)

  it("does not take for ever", function()
    local schema = ax.schema(ax.string { pattern = ("a*"):rep(30) .. "b" })
    local _, err = schema:check(("a"):rep(60))
    assert.equal("$: the pattern takes too long on this string", err)
    local long = ax.schema(ax.string { pattern = "^%a+$" })
    assert(long:check(("a"):rep(10000000)))
  end)
end)
