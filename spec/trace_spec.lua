--- trace - what happened, and the file that tells it.
local helper = require "spec.support.helper"
local ax = require "axeberg"
local cjson = require "cjson"

local inside = helper.inside

--- What fn does, as a list of events; and the trace, for save.
local function record(options, fn)
  local trace = assert(ax.trace(options))
  ax.run({ clock = "virtual" }, fn)
  trace:stop()
  return trace
end

local function events_of(trace, kind)
  local list = {}
  for event in trace:events() do
    if not kind or event.kind == kind then list[#list + 1] = event end
  end
  return list
end

--- The saved file, as it was written and as what it means.
local function saved(trace, options)
  local path = os.tmpname()
  assert(trace:save(path, options))
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  os.remove(path)
  return cjson.decode(text), text
end

-- ------------------------------------------------------------ validation

--- The entries of a file, by their phase.
local function by_phase(json)
  local phases = setmetatable({}, { __index = function(self, phase)
    self[phase] = {}
    return self[phase]
  end })
  for _, entry in ipairs(json.traceEvents) do
    table.insert(phases[entry.ph], entry)
  end
  return phases
end

local function thread(entry)
  return ("%d.%d"):format(entry.pid, entry.tid)
end

--- The slices of each thread, which must not overlap: they are in order.
local function check_slices(phases)
  local slices = {}
  for _, x in ipairs(phases.X) do
    local list = slices[thread(x)] or {}
    slices[thread(x)] = list
    assert(x.dur >= 0, "a slice has a length")
    local last = list[#list]
    assert(not last or last.ts + last.dur <= x.ts,
      "slices are one after the other")
    list[#list + 1] = x
  end
  return slices
end

--- In a kernel one process runs at a time.
local function check_one_runs(phases)
  local list = {}
  for _, x in ipairs(phases.X) do list[#list + 1] = x end
  table.sort(list, function(a, b) return a.ts < b.ts end)
  local stop = {}
  for _, x in ipairs(list) do
    assert((stop[x.pid] or 0) <= x.ts + 1e-6, "two run at once")
    stop[x.pid] = x.ts + x.dur
  end
end

local function covered(slices, entry)
  for _, x in ipairs(slices[thread(entry)] or {}) do
    if x.ts - 1e-6 <= entry.ts and entry.ts <= x.ts + x.dur + 1e-6 then
      return true
    end
  end
end

--- Each arrow has two ends, in slices, and goes forward.
local function check_arrows(phases, slices)
  local begun = {}
  for _, s in ipairs(phases.s) do
    assert(not begun[s.id], "a number of its own")
    begun[s.id] = s
    assert(covered(slices, s), "an arrow begins in a slice")
  end
  assert.equal(#phases.s, #phases.f)
  for _, f in ipairs(phases.f) do
    local s = assert(begun[f.id], "an arrow that begins nowhere")
    begun[f.id] = nil
    assert(s.ts < f.ts and s.name == f.name and s.cat == f.cat)
    assert(covered(slices, f), "an arrow ends in a slice")
  end
end

--- Spans of one thread: begin, end, begin, end.
local function check_spans(phases, json)
  local open, last = {}, {}
  for _, entry in ipairs(json.traceEvents) do
    local id = entry.id
    if entry.ph == "b" then
      assert(not open[id], "spans of a process do not overlap")
      assert((last[id] or 0) <= entry.ts)
      open[id] = entry
    elseif entry.ph == "e" then
      local from = assert(open[id], "a span that never began")
      assert(from.ts <= entry.ts and from.name == entry.name)
      open[id], last[id] = nil, entry.ts
    end
  end
  assert.is_nil(next(open))
  assert.equal(#phases.b, #phases.e)
end

--- Counts go on in time; every thread has a name.
local function check_rest(phases, slices)
  local last, named = {}, {}
  for _, c in ipairs(phases.C) do
    assert((last[c.pid .. c.name] or 0) <= c.ts)
    assert((c.args.messages or c.args.bytes) >= 0)
    last[c.pid .. c.name] = c.ts
  end
  for _, m in ipairs(phases.M) do
    if m.name == "thread_name" then named[thread(m)] = m.args.name end
  end
  for key in pairs(slices) do assert(named[key], "who is " .. key) end
  return named
end

local function validate(json)
  local phases = by_phase(json)
  local slices = check_slices(phases)
  check_one_runs(phases)
  check_arrows(phases, slices)
  check_spans(phases, json)
  return phases, check_rest(phases, slices)
end

-- -------------------------------------------------------------- programs

local function jobs()
  local tx, rx = ax.channel(nil, { name = "jobs", capacity = 2 })
  ax.spawn({ name = "worker" }, function(from)
    for _ in from do ax.sleep(0.5) end
  end, rx)
  for i = 1, 5 do tx:send(i) end
end

--- Somewhat of everything.
local function zoo()
  local tx, rx = ax.channel("integer", { name = "a", capacity = 1 })
  local meet_tx, meet_rx = ax.channel(nil, { capacity = 0 })
  local queue = ax.msgqueue()
  local again = tx:clone()
  local q2 = ax.msgqueue(77, { create = true })
  ax.spawn({ name = "p" }, function(to) for i = 1, 9 do to:send(i) end end, tx)
  ax.spawn({ name = "p" }, function(to)
    for i = 1, 9 do
      to:send(i)
      if i % 3 == 0 then ax.yield() end
    end
  end, again)
  ax.spawn(function(from)
    for i in from do if i == 7 then ax.sleep(0.001) end end
  end, rx)
  ax.spawn({ name = 'odd "name"\n\255' }, function(to) to:send("hello") end,
    meet_tx)
  ax.spawn(function(from) ax.select({ from, ax.after(5) }) end, meet_rx)
  ax.spawn({ priority = "critical" }, function()
    for i = 3, 1, -1 do queue:send(i, "x") end
    q2:recv(1, 0.2)
  end)
  local reader, writer = ax.pipe { capacity = 16 }
  ax.spawn(function(to)
    for _ = 1, 3 do to:write("a line\n") end
    to:write(("x"):rep(100))
  end, writer)
  ax.spawn({ name = "lines" }, function(from) from:read("a") end, reader)
  local victim = ax.spawn({ name = "victim" }, function() ax.sleep(100) end)
  ax.sleep(0.01)
  for i = 1, 3 do queue:recv(i) end
  ax.kill(victim, "KILL")
  ax.wait(victim)
  ax.mark("done")
  queue:remove()
  q2:remove()
end

describe("trace", function()
  it("tells what happened, in order", function()
    local trace <close> = record(nil, jobs)
    local last, kinds = -1, {}
    for _, event in ipairs(events_of(trace)) do
      if event.kernel == 2 then
        assert(event.time >= last)
        last = event.time
      end
      kinds[event.kind] = (kinds[event.kind] or 0) + 1
    end
    assert.equal(2.5, last)
    assert.equal(5, kinds.send)
    assert.equal(5, kinds.recv)
    assert.equal(2, kinds.exit)
    assert.equal(5, kinds.timer)
  end)

  it("tells which message was received", function()
    local trace <close> = record(nil, jobs)
    local sent = events_of(trace, "send")
    local received = events_of(trace, "recv")
    for i = 1, 5 do
      assert.equal(sent[i].flow, received[i].flow)
      assert.equal("jobs", sent[i].name)
      assert.equal("channel", sent[i].what)
      assert(sent[i].time <= received[i].time)
    end
    assert.equal(1, sent[1].value)
  end)

  it("is the same for the same program", function()
    local function text()
      local trace <close> = assert(ax.trace())
      local quiet = {}
      ax.run({ clock = "virtual", seed = 4 }, zoo)
      for event in trace:events() do
        if event.kernel > 1 then
          local names = {}
          for name in pairs(event) do names[#names + 1] = name end
          table.sort(names)
          for i, name in ipairs(names) do
            names[i] = name .. "=" .. tostring(event[name])
          end
          quiet[#quiet + 1] = table.concat(names, " ")
        end
      end
      return table.concat(quiet, "\n")
    end
    local first = text()
    assert(#first > 1000)
    assert.equal(first, text())
  end)

  it("keeps the newest events and counts the others", function()
    local trace <close> = record({ events = 16 }, jobs)
    local stat = trace:stat()
    assert.equal(16, stat.kept)
    assert(stat.events > 16)
    assert.is_false(stat.on)
    local list = events_of(trace)
    assert.equal(16, #list)
    assert.equal(2.5, list[16].time)
  end)

  it("records the kernel it was begun in, and no more after stop",
    inside(function()
      local trace <close> = assert(ax.trace())
      ax.mark("one")
      trace:stop()
      ax.mark("two")
      assert.equal(1, #events_of(trace, "mark"))
      assert.equal("one", events_of(trace, "mark")[1].name)
    end))

  it("is there once at a time", function()
    local trace <close> = assert(ax.trace())
    local second, err, code = ax.trace()
    assert.is_nil(second)
    assert.equal("EBUSY", code)
    helper.has(err, "there is a trace already")
    trace:close()
    trace:close()
    ax.trace():close()
    helper.has(helper.raises(trace.save, trace, "x"), "the trace is closed")
    assert.equal("trace (closed)", tostring(trace))
    assert.equal("trace", ax.type(trace))
  end)

  it("refuses what it does not know", function()
    helper.has(helper.raises(ax.trace, { size = 3 }), 'unknown option "size"')
    helper.has(helper.raises(ax.trace, { events = 0 }), '"events"')
    helper.has(helper.raises(ax.trace, { events = 1.5 }), '"events"', "1.5")
    helper.has(helper.raises(ax.trace, 5), "'trace' (table expected, got n")
    local trace <close> = assert(ax.trace())
    helper.has(helper.raises(trace.save, trace), "#1 to 'save' (string exp")
    helper.has(helper.raises(trace.save, trace, "/no", { od = 1 }), '"od"')
  end)
end)

describe("a saved trace", function()
  it("has arrows with two ends, spans that nest, times that go on",
    function()
      local trace <close> = record(nil, jobs)
      local json = saved(trace)
      local phases, names = validate(json)
      local messages = 0
      for _, s in ipairs(phases.s) do
        if s.cat == "message" then messages = messages + 1 end
      end
      assert.equal(5, messages)
      assert.equal("worker", names["2.2"])
      assert.equal("process 1", names["2.1"])
      assert.equal(0, json.otherData.forgotten)
    end)

  it("is valid for queues, rendezvous, select, kill and odd names",
    function()
      local trace <close> = record(nil, zoo)
      local json, text = saved(trace)
      local phases = validate(json)
      assert(utf8.len(text))
      local counters, instants = {}, {}
      for _, c in ipairs(phases.C) do counters[c.name] = true end
      for _, i in ipairs(phases.i) do instants[i.name] = true end
      assert(counters['channel "a"'] and counters["pipe #1"])
      assert(instants["killed by KILL"] and instants["KILL to victim"])
      assert(instants["done"])
    end)

  it("has an arrow to who reads the last byte of what was written",
    function()
      local trace <close> = record(nil, function()
        local reader, writer = ax.pipe()
        ax.spawn({ name = "reader" }, function(from)
          for _ in from:lines() do ax.sleep(1) end
        end, reader)
        ax.sleep(0.5)
        writer:write("one\n")
        ax.sleep(0.5)
        writer:write("two\n")
        writer:write("three\n")
        writer:close()
      end)
      local phases = validate((saved(trace)))
      local arrows, most = 0, 0
      for _, s in ipairs(phases.s) do
        if s.name == "pipe #1" then arrows = arrows + 1 end
      end
      for _, c in ipairs(phases.C) do most = math.max(most, c.args.bytes) end
      assert.equal(2, arrows)
      assert.equal(10, most)
      local waits
      for _, b in ipairs(phases.b) do
        waits = waits or b.name == "read from pipe #1"
      end
      assert.is_true(waits)
    end)

  it("says what is cut off, whatever was forgotten", function()
    for events = 16, 256, 16 do
      local trace <close> = assert(ax.trace { events = events })
      ax.run({ clock = "virtual" }, zoo)
      validate((saved(trace)))
    end
    local trace <close> = record({ events = 64 }, zoo)
    local json, text = saved(trace)
    assert(json.otherData.forgotten > 0)
    helper.has(text, '"truncated":true')
  end)

  it("shows what still goes on", inside(function()
    local trace <close> = assert(ax.trace())
    local tx, rx = ax.channel()
    local pid = ax.spawn({ name = "waiter" }, function(from)
      return from:recv()
    end, rx)
    ax.yield()
    local json, text = saved(trace)
    local _, names = validate(json)
    assert.equal("waiter", names["1.2"])
    helper.has(text, '"unfinished":true')
    tx:send(1)
    ax.wait(pid)
  end))

  it("can have its events in order instead of at their times", function()
    local trace <close> = record(nil, jobs)
    local json = saved(trace, { order = true })
    validate(json)
    for _, entry in ipairs(json.traceEvents) do
      assert(entry.ts <= trace:stat().events + 1)
    end
  end)

  it("answers why it could not be written", function()
    local trace <close> = assert(ax.trace())
    local ok, err, code = trace:save("/nonexistent/trace.json")
    assert.is_nil(ok)
    assert.equal("ENOENT", code)
    helper.has(err, "No such file")
  end)
end)
