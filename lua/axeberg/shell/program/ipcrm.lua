--- ipcrm [-q ID | -m ID | -Q KEY | -M KEY]...
local function remove(io, letter, text)
  local sys, number = io.ax.sys, io:number(text, "id")
  local queue = letter:lower() == "q"
  local id, err = number, nil
  if letter == "Q" then id, err = sys.msgget(number) end
  if letter == "M" then id, err = sys.shmget(number, 0) end
  local ok = id
  if id then
    ok, err = (queue and sys.msgctl or sys.shmctl)(id, "IPC_RMID")
  end
  if not ok then io:fail("%s: %s", text, tostring(err)) end
end

return function(io)
  local any = false
  io:options("q:m:Q:M:", function(letter, value)
    any = true
    remove(io, letter, value)
  end)
  if not any then
    io:die(1, "usage: ipcrm [-q ID] [-m ID] [-Q KEY] [-M KEY]")
  end
end
