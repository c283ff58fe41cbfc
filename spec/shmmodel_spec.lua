--- shmmodel - shared memory against plain bytes.
-- Several processes write, sync, refresh, attach and detach by chance; what
-- each reads is compared with a model that knows bytes and no pages:
-- - a view shows some bytes, and remembers what it showed when it was
--   attached, synced or refreshed last;
-- - sync publishes the bytes that are not as they were then;
-- - refresh takes the published ones, where they are as they were then.
local ax = require "axeberg"
local help = require "spec.support.helper"

local SIZE = 2 * 4096 + 60
local PROCESSES = 4
local GAMES = help.STRESS and 3 or 10
local STEPS = help.STRESS and 40 or 150

-- ------------------------------------------------------------------ model

local Model = {}
Model.__index = Model

local function bytes_of(text) return { text:byte(1, -1) } end

local function new_model()
  return setmetatable({ version = 0,
    published = bytes_of(("\0"):rep(SIZE)), views = {} }, Model)
end

local function copy(list) return table.move(list, 1, SIZE, 1, {}) end

function Model:attach(who)
  self.views[who] = { shown = copy(self.published),
    before = copy(self.published), version = self.version }
end

function Model:write(who, offset, data)
  local shown = who and self.views[who].shown or self.published
  for i = 1, #data do shown[offset + i] = data:byte(i) end
  if not who and #data > 0 then self.version = self.version + 1 end
end

--- How many bytes replaced those of others.
function Model:sync(who)
  local view, replaced, changed = self.views[who], 0, false
  for i = 1, SIZE do
    local mine, before, now = view.shown[i], view.before[i], self.published[i]
    if mine ~= before then
      if now ~= before and now ~= mine then replaced = replaced + 1 end
      self.published[i], view.before[i], changed = mine, mine, true
    end
  end
  if changed then
    if view.version == self.version then view.version = view.version + 1 end
    self.version = self.version + 1
  end
  return replaced
end

function Model:refresh(who)
  local view = self.views[who]
  for i = 1, SIZE do
    if view.shown[i] == view.before[i] then
      view.shown[i] = self.published[i]
    end
    view.before[i] = self.published[i]
  end
  view.version = self.version
end

local function text_of(list)
  local parts = {}
  for i = 1, SIZE, 4096 do
    parts[#parts + 1] = string.char(table.unpack(list, i,
      math.min(i + 4095, SIZE)))
  end
  return table.concat(parts)
end

-- ------------------------------------------------------------------- game

--- Bytes of few values, so that some are written as they are; mostly a few,
--- near the borders of pages.
local function some_bytes(random)
  local n = random(8) == 1 and random(5000) or random(12)
  local offset = random(3) * 4096 - random(30)
  if random(4) == 1 then offset = random(SIZE) - 1 end
  offset = math.max(0, math.min(offset, SIZE - n))
  if random(3) == 1 then return offset, string.char(random(3)):rep(n) end
  local list = {}
  for i = 1, n do list[i] = string.char(random(3)) end
  return offset, table.concat(list)
end

local function check(model, who, region)
  local view = model.views[who]
  local shown, newest = region:version()
  if shown ~= view.version or newest ~= model.version then
    error(("process %d: version %d/%d, not %d/%d"):format(who, shown, newest,
      view.version, model.version))
  end
  local got, want = region:read(), text_of(view.shown)
  if got == want then return end
  for i = 1, SIZE do
    if got:byte(i) ~= want:byte(i) then
      error(("process %d: byte %d is %d, not %d"):format(who, i - 1,
        got:byte(i), want:byte(i)))
    end
  end
end

local acts = {}

function acts.write(model, who, region, random)
  local offset, data = some_bytes(random)
  assert(region:write(offset, data))
  model:write(who, offset, data)
end

function acts.field(model, who, region, random)
  local offset, value = random(SIZE - 4) - 1, random(1 << 20)
  region:view({ n = "u32" }, offset).n = value
  model:write(who, offset, string.pack("I4", value))
end

function acts.direct(model, _, _, random, segment)
  local offset, data = some_bytes(random)
  local mine <close> = segment:attach("rw", { direct = true })
  assert(mine:write(offset, data))
  model:write(nil, offset, data)
  assert(mine:read(0, SIZE) == text_of(model.published))
end

function acts.sync(model, who, region)
  local replaced = model:sync(who)
  local version, told = region:sync()
  if version ~= model.version or told ~= replaced then
    error(("process %d: sync says %d, %d, not %d, %d"):format(who, version,
      told, model.version, replaced))
  end
end

function acts.refresh(model, who, region)
  model:refresh(who)
  assert(region:refresh() == model.version)
end

local KINDS = { "write", "write", "write", "field", "direct", "sync", "sync",
  "refresh", "refresh", "attach" }

--- One process: some steps, each of which others see or do not.
local function play(model, who, random, segment)
  local region
  for _ = 1, STEPS do
    local kind = KINDS[random(#KINDS)]
    if not region or kind == "attach" then
      if region then region:detach() end
      region = segment:attach("rw")
      model:attach(who)
    else
      acts[kind](model, who, region, random, segment)
    end
    check(model, who, region)
    for _ = 1, random(3) - 1 do ax.yield() end
    check(model, who, region) -- whatever others did
  end
end

describe("shared memory", function()
  it(("does what plain bytes do (AX_SEED=%d)"):format(help.SEED), function()
    for game = 1, GAMES do
      local seed = help.SEED + game
      help.world(function()
        local random, model = help.generator(seed), new_model()
        local segment = ax.shm(SIZE, { key = 5 })
        local pids = {}
        for who = 1, PROCESSES do
          pids[who] = ax.spawn(play, model, who, random,
            ax.shm(nil, { key = 5 }))
        end
        for _, pid in ipairs(pids) do
          local _, how, err = ax.wait(pid)
          if how ~= "exited" then
            error(("AX_SEED=%d: %s"):format(seed - 1, err), 0)
          end
        end
        segment:remove()
      end)
    end
  end)
end)
