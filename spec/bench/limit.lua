--- limit - what it costs that a runaway script can be pre-empted.
-- A loop in plain Lua, with a quantum and without; without one there is no
-- hook, and nothing to measure.
local function axeberg(opts)
  return function(n)
    local ax = require "axeberg"
    ax.run(opts, function()
      local sum = 0
      for i = 1, n do sum = sum + i % 7 end
      return sum
    end)
  end
end

return {
  {
    name = "limit",
    title = "a plain loop that is looked at every 10,000 instructions",
    unit = "a turn",
    n = 20000000,
    run = { axeberg = axeberg { quantum = 10000 }, itself = axeberg {} },
    labels = { itself = "axeberg, without a quantum" },
    goals = {},
  },
}
