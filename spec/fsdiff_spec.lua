--- fsdiff - our files and those of the kernel of this machine, in turn: the
-- same calls, the same results, the same errno.
-- The calls are made by chance; AX_SEED=n repeats a run, AX_CALLS=n makes
-- more.  Our side makes them first and writes them down; a helper in C makes
-- them again on the machine, in a folder with the same path.  What is not
-- asked because both may be right is in docs/fs.md.
local ax = require "axeberg"
local help = require "spec.support.helper"
local machine = require "spec.support.machine"
local fscalls = require "spec.support.fscalls"

local sys = ax.sys

local CALLS = tonumber(os.getenv("AX_CALLS") or "") or 22000
local CALLS_EACH = 250 -- in one folder
local BELOW = "/1/2/3/4/5/6/7/8/9/r" -- so that no ".." leaves the folder

-- ----------------------------------------------------------- the comparison

--- The same folder as the helper makes, the user's, and that user in it.
local function enter(user, dir)
  assert(ax.fs.mkdir(dir .. BELOW, { recursive = true }))
  assert(sys.chown(dir .. BELOW, user, user))
  while #sys.fds() < 3 do assert(sys.open("/dev/null", 2)) end
  sys.fdlimit(fscalls.FDS)
  assert(sys.setgid(user))
  assert(sys.setuid(user))
  assert(sys.chdir(dir .. BELOW))
end

--- Our side of one folder: adds to the questions and to the answers.
local function sequence(seed, user, dir, questions, answers)
  local base = dir .. BELOW
  local chance = fscalls.chance(seed, base)
  local state = { base = base, streams = fscalls.streams() }
  enter(user, dir)
  questions[#questions + 1] = ("begin %d %s"):format(user, dir)
  for _ = 1, CALLS_EACH do
    local name = state.outside and "chdir" or chance.pick(fscalls.OFTEN)
    local line, expected = fscalls.calls[name](state, chance)
    if line then
      questions[#questions + 1] = line
      answers[#answers + 1] = { seed = seed, line = line, answer = expected }
    end
  end
  questions[#questions + 1] = "end"
end

--- A mismatch, with the calls before it in the same folder.
local function difference(answers, i, got)
  local story, seed = {}, answers[i].seed
  for j = math.max(1, i - 400), i do
    local a = answers[j]
    if a.seed == seed then
      story[#story + 1] = ("%s = %s"):format(a.line, a.answer)
    end
  end
  error(("seed %d: the machine says %s to the last of these:\n%s"):format(
    seed, tostring(got), table.concat(story, "\n")), 0)
end

--- Where directories do not count their subdirectories as names.
local function without_links(answer)
  return (answer:gsub("^(4%d%d%d%d) %d+", "%1 -"))
end

local function compare(answers, said, counts_links)
  local count = {}
  for i, a in ipairs(answers) do
    local got, want = said[i], a.answer
    if got and not counts_links then
      got, want = without_links(got), without_links(want)
    end
    if got ~= want then difference(answers, i, got) end
    local key = a.line:match("^%w+") .. want:match("^%-?")
    count[key] = (count[key] or 0) + 1
    if want:find "^%-" then count[want] = (count[want] or 0) + 1 end
  end
  assert.equal(#answers, #said)
  return count
end

describe("files and those of the machine", function()
  local program = machine.build "posix.c"
  local dir = os.tmpname()
  os.remove(dir)
  local said = machine.ask(program, { "who", "begin 0 " .. dir, "mkdir a 511",
    "mkdir a/b 511", "stat a", "end" })
  local root, counts_links = said[1] == "0", said[4]:find "^%d+ 3 " ~= nil
  teardown(function() os.remove(program) end)

  local function there(name, user, codes)
    it(name, function()
      local questions, answers = {}, {}
      for i = 1, CALLS // 2 // CALLS_EACH do
        local seed = help.SEED * 1000 + i
        ax.run({ clock = "virtual" }, sequence, seed, user, dir, questions,
          answers)
      end
      local count = compare(answers, machine.ask(program, questions),
        counts_links)
      print(("%s: %d calls, seed %d"):format(name, #answers, help.SEED))
      local missing = {}
      for _, code in ipairs(codes) do
        if not count["-" .. fscalls.ERRNO[code]] then
          missing[#missing + 1] = "no call failed with " .. code
        end
      end
      for call in pairs(fscalls.calls) do
        if not count[call] then
          missing[#missing + 1] = call .. " never succeeded"
        end
      end
      -- chance may leave out what is rare, but not more
      assert(#missing <= 3, table.concat(missing, ", "))
    end)
  end

  local usual = { "ENOENT", "EBADF", "EAGAIN", "EEXIST", "ENOTDIR", "EISDIR",
    "EINVAL", "ESPIPE", "ELOOP", "EBUSY", "EPIPE" }
  if root then
    there("answer the same to the same calls of root", 0, usual)
    there("answer the same to the same calls of a user", fscalls.USER,
      { "EACCES", "EPERM", table.unpack(usual) })
  else
    pending("answer the same to the same calls of root: we are not root")
    there("answer the same to the same calls of a user",
      tonumber(said[1]), { "EACCES", table.unpack(usual) })
  end
end)
