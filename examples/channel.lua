--- channel - messages between processes, step by step.
-- What the contract shows of channels: sending, cloning, closing, receiving.
local ax = require "axeberg"

-- A channel for strings: a sender and a receiver.
local tx, rx = ax.channel("string", { name = "greetings" })

-- Sending.  Nothing is received yet, and nothing waits: a channel without a
-- capacity takes all that you send.
assert(tx:send("Hello!"))
assert(tx:send("World!"))
print(tx)

-- A clone is one more producer.  The channel closes when all are closed.
local tx2 = tx:clone()
assert(tx2:send("From tx2"))
tx:close()

-- A typed channel refuses what is not of its type, at once and by name.
local ok, err = pcall(tx2.send, tx2, 42)
print(ok, err)

-- Receiving without waiting tells three cases apart.
local function attempt()
  local message, why = rx:try_recv()
  if message then
    print("got: " .. message)
  elseif why == "empty" then
    print("no messages")
  elseif why == "closed" then
    print("channel closed")
  end
end

attempt()
attempt()
attempt()
attempt()
tx2:close()
attempt()

-- Receiving in a loop waits for each message, and ends with the channel.
local out, inbox = ax.channel("string")
ax.spawn(function(sender)
  for _, word in ipairs { "one", "two", "three" } do
    ax.sleep(0.01)
    sender:send(word)
  end
end, out) -- the sender moves to the process, and closes when that ends

for message in inbox do print("handled: " .. message) end
print("the loop ends when the channel closes")

-- Other ways to be full.
local function fill(policy)
  local s, r = ax.channel("integer", { capacity = 2, full = policy })
  local answers = {}
  for i = 1, 3 do
    local sent, why = s:send(i)
    answers[i] = sent and "sent" or why
  end
  s:close()
  local kept = {}
  for i in r do kept[#kept + 1] = i end
  print(("%-11s  %s; received: %s"):format(policy,
    table.concat(answers, ", "), table.concat(kept, " ")))
end

fill "fail"
fill "drop_oldest"
fill "drop_newest"
