--- spawn - making, running and reaping processes (W4).
local others = require "bench.others"

local function nothing() end

--- One at a time, from the main chunk: wait runs the kernel.
local function axeberg_one(n)
  local ax = require "axeberg"
  for _ = 1, n do ax.wait(ax.spawn(nothing)) end
end

--- The same from inside a process, which has to be switched out and in.
local function axeberg_inside(n)
  local ax = require "axeberg"
  ax.run(function()
    for _ = 1, n do ax.wait(ax.spawn(nothing)) end
  end)
end

--- All spawned, then all run.
local function axeberg_bulk(n)
  local ax = require "axeberg"
  ax.run(function()
    for _ = 1, n do ax.spawn(nothing) end
  end)
end

local function rival_one(name)
  return function(n)
    local lib = others[name]()
    local spawn, run = lib.spawn, lib.run
    for _ = 1, n do
      spawn(nothing)
      run()
    end
  end
end

--- Copas sleeps before its loop ends: there one thread starts the others.
local function copas_one(n)
  local lib = others.copas()
  lib.spawn(function()
    for _ = 1, n do
      lib.spawn(nothing)
      lib.sleep(0)
    end
  end)
  lib.run()
end

local function rival_bulk(name)
  return function(n)
    local lib = others[name]()
    local spawn = lib.spawn
    for _ = 1, n do spawn(nothing) end
    lib.run()
  end
end

--- The same number of times as axeberg's million, in hundred thousands.
local function in_hundreds(n)
  for _ = 1, 10 do axeberg_bulk(n // 10) end
end

return {
  {
    name = "spawn",
    title = "spawn, run and reap one process at a time",
    unit = "a process",
    n = 500000,
    counts = { cqueues = 100000, copas = 20000 },
    run = {
      axeberg = axeberg_one,
      hand = rival_one "hand",
      cqueues = rival_one "cqueues",
      copas = copas_one,
    },
    go = "spawn",
    tarantool = "spawn",
    goals = { Y = { 1.5, 0.6 }, hand = { 0.60, 0.30 } },
  },
  {
    name = "spawn-inside",
    title = "spawn, run and reap one at a time, inside a process",
    unit = "a process",
    n = 500000,
    run = { axeberg = axeberg_inside, hand = rival_one "hand" },
    labels = { hand = "by hand, from outside" },
    goals = {},
  },
  {
    name = "spawn-100k",
    title = "spawn 100,000 processes, then run all",
    unit = "a process",
    n = 100000,
    whole = true,
    run = {
      axeberg = axeberg_bulk,
      hand = rival_bulk "hand",
      cqueues = rival_bulk "cqueues",
    },
    go = "bulk",
    goals = {
      Y = { 2.0 },
      hand = { 0.45, 0.25 },
      go = { 0.20, 0.10 },
    },
  },
  {
    name = "spawn-1m",
    title = "spawn 1,000,000 processes, then run all",
    unit = "a process",
    n = 1000000,
    whole = true,
    run = {
      axeberg = axeberg_bulk,
      itself = in_hundreds,
      hand = rival_bulk "hand",
    },
    labels = { itself = "axeberg, ten times 100,000" },
    go = "bulk",
    goals = {
      itself = { 1.5 },
      hand = { 0.45, 0.25 },
      go = { 0.20, 0.10 },
    },
  },
}
