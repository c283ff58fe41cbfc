--- schema - what messages may look like, and what is said of the others.
local ax = require "axeberg"

-- An order of a small shop.  It may be paid in two ways.
local Order = ax.schema {
  id = ax.integer { min = 1 },
  items = ax.array({
    name = ax.string { min = 1, max = 20 },
    count = ax.integer { min = 1, max = 99 },
  }, { min = 1 }),
  payment = ax.union {
    { how = ax.enum { "card" }, number = ax.string { pattern = "^%d+$" } },
    { how = ax.enum { "cash" }, coins = ax.map("integer", "integer") },
  },
  note = ax.optional("string"),
}
print(Order)

local function order(changes)
  local v = { id = 7, items = { { name = "tea", count = 2 } },
    payment = { how = "cash", coins = { [2] = 1, [1] = 3 } } }
  for key, value in pairs(changes or {}) do v[key] = value end
  return v
end

local function try(what, v)
  print(("%-20s %s"):format(what, select(2, Order:check(v)) or "fine"))
end

try("an order", order())
try("a note", order { note = "no sugar" })
try("a float id", order { id = 7.0 })
try("no id", order { id = false })
try("no items", order { items = {} })
try("a hundred teas", order { items = { { name = "tea", count = 100 } } })
try("a typing mistake", order { note = nil, noet = "no sugar" })
try("a card", order { payment = { how = "card", number = "4711" } })
try("an odd card", order { payment = { how = "card", number = "47-11" } })
try("an odd payment", order { payment = { how = "favour" } })

-- A typed channel: what arrives is checked, and a copy.
local tx, rx = ax.channel(Order, { name = "orders" })
local mine = order()
tx:send(mine)
mine.items[1].count = 99 -- too late
print("received", rx:recv().items[1].count)
print(select(2, pcall(tx.send, tx, order { id = 0 })))

-- Recursion: a table that describes itself.
local tree = { name = "string" }
tree.parts = ax.optional { tree }
local Tree = ax.schema(tree)
print(Tree)
print(Tree:check { name = "root", parts = { { name = "leaf" },
  { name = "branch", parts = { { nmae = "twig" } } } } })

-- No value makes a check hang.
local loop = { name = "loop" }
loop.parts = { loop }
print(Tree:check(loop))
