--- msgqdiff - our message queues and those of the kernel of this machine, in
-- turn: the same calls, the same results, the same errno.
-- The calls are made by chance; AX_SEED=n repeats a run.  Our side makes them
-- first and writes them down in terms of queues made so far (the numbers of
-- queues differ); a helper in C makes them again on the machine.
local ax = require "axeberg"
local help = require "spec.support.helper"
local machine = require "spec.support.machine"

local sys = ax.sys

local OPERATIONS = 20000
local NOWAIT, NOERROR, EXCEPT = 2048, 4096, 8192
local CREAT, EXCL = 512, 1024

local ERRNO = { EPERM = 1, ENOENT = 2, E2BIG = 7, EAGAIN = 11, EACCES = 13,
  EEXIST = 17, EINVAL = 22, ENOMSG = 42, EIDRM = 43 }

--- What a call answered, as the helper writes it.
local function written(...)
  local first, _, code = ...
  if first == nil then
    return "-" .. assert(ERRNO[code], "unexpected " .. tostring(code))
  end
  return nil
end

-- ------------------------------------------------------------ the calls

-- Each makes a call by chance on our side and answers how the helper is to
-- be asked, and what it has to say.  state.ids: our numbers of queues, gone
-- ones among them; theirs are asked for by place, as %n.

local calls = {}

local function pick(random, list) return list[random(#list)] end

local function a_queue(state, random)
  if random(50) == 1 then return -1, "-1" end
  local place = random(#state.ids)
  return state.ids[place], "%" .. place
end

function calls.get(state, random)
  local key = random(6) - 1 -- 0: private
  local flags = pick(random, { 0, CREAT, CREAT, CREAT | EXCL, EXCL })
    | pick(random, { 0, 384, 420, 511 })
  local id, err, code = sys.msgget(key, flags)
  local line = ("get %s %d"):format(key == 0 and "0" or "K" .. key, flags)
  if not id then return line, written(id, err, code) end
  state.ids[#state.ids + 1] = id
  return line, "id"
end

function calls.snd(state, random)
  local id, name = a_queue(state, random)
  local mtype = pick(random, { 1, 2, 3, 4, 5, 5, 9, 100, math.maxinteger,
    0, -1 })
  local size = pick(random, { 0, 0, 1, 1, 10, 100, 1000, 5000, 8192, 20000 })
  local letter = string.char(96 + random(26))
  local line = ("snd %s %d %d %d %s"):format(name, mtype, size, NOWAIT,
    letter)
  -- a queue may be set so small that the machine says EAGAIN for ever
  if size > (state.qbytes[id] or 16384) and size <= 16384 then return end
  return line, written(sys.msgsnd(id, mtype, letter:rep(size), NOWAIT))
    or "0"
end

function calls.rcv(state, random)
  local id, name = a_queue(state, random)
  local mtype = pick(random, { 0, 0, 1, 2, 3, 5, 9, 100, math.maxinteger,
    -1, -3, -5, -50, math.mininteger, math.mininteger + 1 })
  local size = pick(random, { 0, 1, 50, 1000, 8192, 8192, 8192, 8192, -1 })
  local flags = NOWAIT | pick(random, { 0, 0, NOERROR })
    | pick(random, { 0, 0, EXCEPT })
  local line = ("rcv %s %d %d %d"):format(name, mtype, size, flags)
  local got, data, code = sys.msgrcv(id, mtype, size, flags)
  return line, written(got, data, code) or ("%d %d %s"):format(got, #data,
    #data > 0 and data:sub(1, 1) or "-")
end

function calls.stat(state, random)
  local id, name = a_queue(state, random)
  local s, err, code = sys.msgctl(id, "IPC_STAT")
  return "stat " .. name, written(s, err, code) or ("%o %d %d %d"):format(
    s.mode, s.qnum, s.cbytes, s.qbytes)
end

function calls.set(state, random)
  local id, name = a_queue(state, random)
  local mode = pick(random, { 384, 384, 438, random(512) - 1 })
  local qbytes = pick(random, { 0, 1, 2, 5, 100, 1000, 9000, 16384, 16384 })
  local ok, err, code = sys.msgctl(id, "IPC_SET",
    { mode = mode, qbytes = qbytes, uid = sys.getuid(), gid = sys.getgid() })
  if ok then state.qbytes[id] = qbytes end
  return ("set %s %d %d"):format(name, mode, qbytes),
    written(ok, err, code) or "0"
end

function calls.rm(state, random)
  local id, name = a_queue(state, random)
  return "rm " .. name, written(sys.msgctl(id, "IPC_RMID")) or "0"
end

local OFTEN = { "snd", "snd", "snd", "snd", "snd", "snd", "rcv", "rcv", "rcv",
  "rcv", "rcv", "stat" }

local function choose(state, random)
  if #state.ids == 0 then return "get" end
  local n = random(300)
  return n <= 4 and "get" or n <= 6 and "set" or n == 7 and "rm"
    or OFTEN[random(#OFTEN)]
end

-- ---------------------------------------------------------- the comparison

--- Our side: lists of questions and answers.
local function ours(random, user)
  local state = { ids = {}, qbytes = {} }
  local questions, answers = { "user " .. user }, { tostring(user) }
  local pid = ax.spawn(function()
    assert(sys.setgid(user))
    assert(sys.setuid(user))
    for _ = 1, OPERATIONS do
      local line, expected = calls[choose(state, random)](state, random)
      questions[#questions + 1] = line
      answers[#answers + 1] = line and expected
    end
  end)
  local _, how, what = ax.wait(pid)
  assert(how == "exited", what)
  for _, id in ipairs(sys.msgids()) do sys.msgctl(id, "IPC_RMID") end
  return questions, answers
end

--- Replaces keys by ones that are nobody's.
local function change_keys(questions, seed)
  local keys = 0x41580000 | seed % 0x2000 << 3
  for i, line in ipairs(questions) do
    questions[i] = line:gsub("K(%d)", function(n)
      return tostring(keys + tonumber(n))
    end)
  end
end

--- Fails at the first difference; how often each answer was given.
local function compare(questions, said, answers, seed)
  local count = {}
  assert.equal(#questions, #said)
  for i, expected in ipairs(answers) do
    local got = said[i]
    if expected == "id" and tonumber(got) >= 0 then got = "id" end
    if got ~= expected then
      error(("seed %d, call %d: %s: the machine says %s, we %s"):format(
        seed, i, questions[i], said[i], expected))
    end
    count[expected] = (count[expected] or 0) + 1
  end
  return count
end

describe("message queues and those of the machine", function()
  local program = machine.build "sysv.c"
  local said = machine.ask(program, { "limit", "user 0" })
  local limit, root = tonumber(said[1]), said[2] == "0"
  teardown(function() os.remove(program) end)

  local function there(name, user, codes)
    if limit < 0 then
      pending(name .. ": this kernel has no System V message queues")
    elseif user == 0 and not root then
      pending(name .. ": we are not root")
    end
    if limit < 0 or user == 0 and not root then return end
    it(name, help.inside(function()
      local seed = help.SEED
      local uid = user == 0 and 0 or root and user or tonumber(said[2])
      local questions, answers = ours(help.generator(seed), uid)
      change_keys(questions, seed)
      local count = compare(questions, machine.ask(program, questions),
        answers, seed)
      print(("%s: %d calls, seed %d"):format(name, #answers, seed))
      for _, code in ipairs(codes) do
        assert(count[code], "no call failed with " .. code)
      end
    end))
  end

  there("answer the same to the same calls of root", 0,
    { "-2", "-7", "-11", "-17", "-22", "-42" })
  there("answer the same to the same calls of a user", 54321,
    { "-2", "-7", "-11", "-13", "-17", "-22", "-42" })
end)
