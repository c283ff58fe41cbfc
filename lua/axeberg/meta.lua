---@meta axeberg
--- meta - what editors know about axeberg: types and one page of words for
-- every function (LuaCATS, for lua-language-server).  Never required.
-- luacheck: ignore 212 241

---@alias ax.failure nil what comes first if a call does not succeed

---@alias ax.code
---| "ETIMEDOUT" # with "timeout"
---| "EPIPE" # with "closed"
---| "EAGAIN" # with "full" or "empty"
---| "ECANCELED" # with "cancelled"
---| "ECHILD" # nobody to wait for
---| "ESRCH" # no such process
---| "EDEADLK" # a process that waits for itself
---| "EDQUOT" # a quota is reached
---| "EPERM" # the script cannot be killed or stopped
---| string

---@alias ax.how
---| "exited" # it returned, or called ax.exit
---| "killed" # by TERM or KILL
---| "error" # it raised

---@alias ax.signal
---| "TERM" # raises "cancelled" once in the call in which it blocks
---| "KILL" # it never goes on
---| "STOP" # it does not run
---| "CONT" # it does again
---| integer # 15, 9, 19, 18; 0 only asks whether it is there

---@alias ax.priority
---| "critical" # first in each pass
---| "normal"
---| "background" # one of these in each pass, after all others

---@class axeberg
---@field null lightuserdata stands for the null of JSON, where nil is nothing
---@field VERSION string of the library, "0.1.0"
local ax = {}

-- -------------------------------------------------------------- processes

---@class ax.limits instructions of Lua without giving way
---@field quantum? integer after so many the others run; 0: never (default)
---@field warn? integer after so many there is a warning; 0: never
---@field kill? integer after so many it is killed; 0: never

---@class ax.spawn.options: ax.limits
---@field name? string for ax.ps, reports and messages
---@field priority? ax.priority "normal" if none is given
---@field parent? integer whose child it is; the caller's if none is given
---@field detached? boolean nobody's child, and gone as soon as it ends
---@field stdin? ax.file its descriptor 0; its parent's, if none is given
---@field stdout? ax.file its descriptor 1
---@field stderr? ax.file its descriptor 2
---@field cwd? string where it begins; where its parent is, if none is given

--- Makes a process: fn runs with the arguments that follow, as soon as the
--- caller blocks.  Handles among the arguments move to the process; they close
--- when it ends.  Raises if something is wrong, and then nothing has moved.
---
--- ```lua
--- local pid = ax.spawn({ name = "adder" }, function(a, b) return a + b end,
---   2, 3)
--- print(ax.wait(pid)) --> 2 exited 5
--- ```
---@param options ax.spawn.options
---@param fn fun(...): any
---@param ... any arguments of fn
---@return integer|nil pid nil: a quota is reached
---@return string? err "process quota exceeded"
---@return ax.code? code "EDQUOT"
---@overload fun(fn: fun(...): any, ...): integer|nil, string?, ax.code?
function ax.spawn(options, fn, ...) end

--- Waits for the end of a process, or of any child of the caller (pid -1), and
--- takes its number away.  All who wait at that moment get the answer.
---@param pid integer
---@param timeout? number seconds; nil waits for ever, 0 tries once
---@return integer|nil pid nil: "timeout", or a sentence and "ECHILD",
---  "EDEADLK"
---@return ax.how|string how
---@return any status what it returned first (0 for nothing); the signal; the
---  error, with the traceback if it is a string
---@return string? traceback of an error
function ax.wait(pid, timeout) end

--- As ax.wait, but it leaves the status for others: asking again gives the same
--- answer until somebody waits.
---@param pid integer
---@param timeout? number seconds
---@return integer|nil pid
---@return ax.how|string how
---@return any status
---@return string? traceback
function ax.watch(pid, timeout) end

--- Sends a signal.
---@param pid integer
---@param signal? ax.signal "TERM" if none is given
---@return true|nil ok
---@return string? err "no such process"
---@return ax.code? code "ESRCH"; "EPERM" for KILL or STOP to the script
function ax.kill(pid, signal) end

--- Ends the calling process; <close> variables are closed, and must not block.
--- Not for the script itself.
---@param status? any for ax.wait; 0 if none is given
function ax.exit(status) end

--- The number of the calling process; 1 is the script itself.
---@return integer pid
function ax.getpid() end

--- True, once, if a TERM came that no blocking call has answered: for long work
--- that does not block.
---@return boolean cancelled
function ax.cancelled() end

---@class ax.process
---@field pid integer
---@field ppid integer the parent; 0: none
---@field name string "" if it has none
---@field state "ready"|"running"|"waiting"|"stopped"|"zombie"
---@field priority ax.priority
---@field waiting? string for what, if it waits

--- All processes, a list in the order of their pids.
---@return ax.process[] processes
function ax.ps() end

--- Lets others run for that long.
---@param seconds number
---@return true ok
function ax.sleep(seconds) end

--- Lets all others that are ready run once.
---@return true ok
function ax.yield() end

--- The kernel's clock in seconds; only differences mean something.
---@return number seconds
function ax.now() end

--- coroutine.wrap for generators that may block inside a process.
---@param fn fun(...): ...
---@return fun(...): ... generator
function ax.wrap(fn) end

-- ----------------------------------------------------------------- kernel

---@class ax.quota.each
---@field processes? integer children that are alive
---@field handles? integer that it holds

---@class ax.quota
---@field processes? integer that are alive
---@field handles? integer that are held
---@field messages? integer that are queued
---@field bytes? integer of the kernel's own memory
---@field segments? integer of shared memory
---@field shared? integer bytes of all segments together

---@class ax.run.options: ax.limits
---@field clock? "real"|"virtual" virtual: time jumps when all sleep
---@field seed? integer of every choice made by chance; 0 if none is given
---@field quota? ax.quota for all processes together; without it, none
---@field each? ax.quota.each for every process; without it, none

--- Runs fn as process 1 of a fresh kernel until all its processes are done.
--- Without a function: goes on in the kernel that there is until all processes
--- but the script are done.  Raises the error of fn once all are done, or a
--- report (ax.deadlock) if nothing can run any more.
---@param options ax.run.options
---@param fn fun(...): ...
---@param ... any arguments of fn; handles do not move
---@return any ... what fn returned, or gave to ax.exit
---@overload fun(fn: fun(...): ..., ...: any): ...
---@overload fun()
function ax.run(options, fn, ...) end

---@class ax.stats
---@field processes integer that nobody has waited for yet, the script included
---@field objects integer channels' ends, alarms, processes
---@field waiters integer clauses linked in wait queues
---@field handles integer that processes hold
---@field messages integer queued in channels
---@field timers integer deadlines that have not come
---@field blocks integer allocations that are alive
---@field bytes integer their sum
---@field segments integer of shared memory
---@field shared integer the sum of their sizes
---@field steps integer since the kernel was made
---@field passes integer since the kernel was made

--- What is alive in the kernel.
---@return ax.stats stats
function ax.stats() end

---@class ax.wait.arm
---@field what string e.g. `recv from channel "jobs" (0/4)`
---@field wakers? integer[] pids of those who could end it

---@class ax.wait.entry
---@field pid integer
---@field name string
---@field waiting? string for what; nil: for nothing, it is only stopped
---@field since? number about when that began, on the kernel's clock: the latest
---  moment that the kernel knew
---@field stopped boolean ax.kill(pid, "CONT") lets it go on
---@field arms ax.wait.arm[]
---@field traceback string

---@class ax.failure.entry
---@field pid integer
---@field name string
---@field error any

---@class ax.deadlock what ax.run, or a blocking call of the script, raises
---  when nothing can run any more; tostring tells all
---@field processes ax.wait.entry[] who waits or is stopped, by their pids
---@field failures ax.failure.entry[] who failed before, and nobody waited
---@field cycle? integer[] pids, each waiting for the next

---@class ax.waitgraph
---@field processes ax.wait.entry[] who waits or is stopped, by their pids
---@field cycle? integer[] pids, each waiting for the next
local Graph = {}

--- The graph for Graphviz.
---@return string dot
function Graph:dot() end

--- Who waits for what, now; tostring shows it, a line a process.
---@return ax.waitgraph graph
function ax.waitgraph() end

-- ---------------------------------------------------------------- handles

---@class ax.handle: userdata held by one process, and closed at its end

--- What a value is; nil if it is nothing of axeberg's.
---@param value any
---@return ax.kind|nil kind
function ax.type(value) end

---@alias ax.kind
---| "sender"
---| "receiver"
---| "alarm"
---| "msgqueue"
---| "segment"
---| "region"
---| "record"
---| "records"
---| "cells"
---| "schema"
---| "description" # what ax.optional, ax.union, ... return
---| "deadlock" # the error of a deadlock
---| "waitgraph"

---@class ax.channel.options
---@field capacity? integer messages; math.huge (default), or 0: rendezvous
---@field full? "block"|"fail"|"drop_oldest"|"drop_newest" what send does when
---  it is full: waits (default), answers "full", makes room, forgets
---@field name? string for reports and messages

---@class ax.channel.stat
---@field name string "" if it has none
---@field queued integer messages
---@field capacity number math.huge if it is unbounded
---@field full string the policy
---@field senders integer handles of the sending end
---@field receivers integer handles of the receiving end
---@field dropped integer messages lost to a policy

---@class ax.sender: ax.handle
local Sender = {}

--- Closes this sender; the channel closes with the last one.  Closing it again
--- does nothing.
---@return true ok
function Sender:close() end

--- Gives it to another process, which holds it from now on: it closes at that
--- one's end.  The handle itself stays usable by everybody who has it.
---@param pid integer
---@return true|nil ok
---@return string? err "no such process", or "handle quota exceeded"
---@return ax.code? code "ESRCH", "EDQUOT"
function Sender:give(pid) end

--- Sends a message; waits while the channel is full.  Raises for nil, and for
--- what does not match the schema.
---@param message any
---@param timeout? number seconds; nil waits for ever, 0 tries once
---@return true|nil ok
---@return "closed"|"timeout"|"full"|nil err "closed": no receiver is left
---@return ax.code? code
function Sender:send(message, timeout) end

--- Sends a message if that is possible without waiting.
---@param message any
---@return true|nil ok
---@return "closed"|"full"|nil err
---@return ax.code? code
function Sender:try_send(message) end

--- One more sender of the channel, held by the caller.
---@return ax.sender sender
function Sender:clone() end

--- What the channel looks like now.
---@return ax.channel.stat stat
function Sender:stat() end

---@class ax.receiver: ax.handle
---@operator call: any
local Receiver = {}

--- Closes it: what is queued is dropped, and senders hear "closed".  Closing it
--- again does nothing.
---@return true ok
function Receiver:close() end

--- Gives it to another process, which holds it from now on: it closes at that
--- one's end.  The handle itself stays usable by everybody who has it.
---@param pid integer
---@return true|nil ok
---@return string? err "no such process", or "handle quota exceeded"
---@return ax.code? code "ESRCH", "EDQUOT"
function Receiver:give(pid) end

--- Receives the oldest message; waits while there is none.
---@param timeout? number seconds; nil waits for ever, 0 tries once
---@return any message nil: none
---@return "closed"|"timeout"|nil err "closed": no sender is left, and nothing
---  is queued
---@return ax.code? code
function Receiver:recv(timeout) end

--- Receives a message if there is one.
---@return any message nil: none
---@return "closed"|"empty"|nil err
---@return ax.code? code
function Receiver:try_recv() end

--- `for message in rx:iter() do`: each message, until the channel is closed.
---@return fun(rx: ax.receiver): any next
---@return ax.receiver rx
function Receiver:iter() end

--- What the channel looks like now.
---@return ax.channel.stat stat
function Receiver:stat() end

--- Makes a channel.  With a schema, messages are checked and copied when they
--- are sent; without one, anything but nil passes by reference.
---@param schema? ax.description
---@param options? ax.channel.options
---@return ax.sender tx
---@return ax.receiver rx
function ax.channel(schema, options) end

-- ---------------------------------------------------------------- schemas

---@class ax.special a description that one of the functions below made

---@alias ax.description
---| "integer" # also 3.0, which arrives as 3
---| "number"
---| "string"
---| "boolean"
---| "table" # whatever is in it
---| "null" # ax.null
---| "any" # all but nil
---| { [string]: ax.description } # a record with these fields and no others
---| { [1]: ax.description } # an array
---| ax.special
---| ax.schema

---@class ax.schema: userdata a compiled description; tostring shows it
local Schema = {}

--- Is the value welcome?
---@param value any
---@return true|nil ok
---@return string? err with the path: "$.pos.x: expected number, got string"
function Schema:check(value) end

--- The same, and makes a copy that shares nothing that can be changed with it.
---@param value any
---@return any copy nil: it does not match
---@return string? err
function Schema:copy(value) end

--- The same, as a string: MessagePack.  Functions, userdata and coroutines
--- have none.
---@param value any
---@return string|nil bytes
---@return string? err
function Schema:pack(value) end

--- The value that was packed, if it matches.
---@param bytes string
---@return any value nil: it does not match, or the bytes are damaged
---@return string? err
function Schema:unpack(bytes) end

--- Compiles a description; ax.channel takes both.  Raises if it is not good.
---@param description ax.description
---@return ax.schema schema
function ax.schema(description) end

--- What s describes, or nothing at all: for fields and positions.
---@param s ax.description
---@return ax.special description
function ax.optional(s) end

--- One of some values.
---@param list (string|number|boolean)[]
---@return ax.special description
function ax.enum(list) end

--- The first that fits of some alternatives.
---@param list ax.description[]
---@return ax.special description
function ax.union(list) end

--- A table whose keys and values are each of one kind.
---@param key ax.description strings, numbers or booleans
---@param value ax.description
---@return ax.special description
function ax.map(key, value) end

--- A table with the keys 1..n and no others.
---@param s ax.description of each element
---@param options? { min?: integer, max?: integer } how many elements
---@return ax.special description
function ax.array(s, options) end

--- A table with the keys 1..n, each described by itself.
---@param list ax.description[] optional ones may be absent
---@return ax.special description
function ax.tuple(list) end

--- A table with named fields, as `{ name = s }` by itself.
---@param fields { [string]: ax.description }
---@param options? { open?: boolean } open: other fields are let through
---@return ax.special description
function ax.record(fields, options) end

--- An integer; 3.0 arrives as 3.
---@param options? { min?: integer, max?: integer }
---@return ax.special description
function ax.integer(options) end

--- A number.
---@param options? { min?: number, max?: number }
---@return ax.special description
function ax.number(options) end

--- A string of min to max bytes, in which the Lua pattern is found.
---@param options? { min?: integer, max?: integer, pattern?: string }
---@return ax.special description
function ax.string(options) end

--- A description that contains itself: fn gets the description that is being
--- made, and returns what it describes.
---@param fn fun(self: ax.special): ax.description
---@return ax.special description
function ax.recursive(fn) end

-- ----------------------------------------------------------- the file tree

---@alias ax.mode integer|string # a number, or octal digits: 420 or "644"

---@class ax.stat
---@field type "file"|"directory"|"link"|"fifo"|"char"|"block"|"socket"
---@field mode integer the permissions: 12 bits
---@field nlink integer names in the tree
---@field uid integer the owner
---@field gid integer
---@field size integer bytes; of a directory: entries
---@field blocks integer of 512 bytes, that are taken
---@field dev integer together with ino it tells a file from all others
---@field ino integer
---@field rdev integer of a device: which
---@field atime number seconds: read last
---@field mtime number written last
---@field ctime number changed last

---@class ax.statfs
---@field dev integer
---@field total integer bytes there may be; 0: any number
---@field used integer bytes
---@field most integer files there may be; 0: any number
---@field files integer
---@field block integer bytes that data is stored in
---@field readonly boolean

--- Opens a file of the tree, as io.open does. A FIFO waits for its other side.
---@param path string
---@param mode? "r"|"w"|"a"|"r+"|"w+"|"a+"|"rb"|"wb"|"ab"|"r+b"|"w+b"|"a+b"
---@param timeout? number seconds to wait for a FIFO
---@return ax.file|nil file
---@return string|nil err
---@return string|nil code ENOENT, ENOTDIR, EISDIR, EACCES, ..., ETIMEDOUT
function ax.open(path, mode, timeout) end

--- Makes a FIFO.
---@param path string
---@param mode? ax.mode less the umask; "666"
---@return true|nil ok
---@return string|nil err
---@return string|nil code EEXIST, ENOENT, EACCES, ENOSPC, ...
function ax.mkfifo(path, mode) end

ax.fs = {}

--- Makes a directory.
---@param path string
---@param mode? ax.mode less the umask; "777"
---@param options? { recursive?: boolean } those above it, too
---@return true|nil ok
---@return string|nil err
---@return string|nil code
---@overload fun(path: string, options: table): true?, string?, string?
function ax.fs.mkdir(path, mode, options) end

--- Removes an empty directory.
---@param path string
---@return true|nil ok
---@return string|nil err
---@return string|nil code ENOTEMPTY, ENOTDIR, EBUSY, ...
function ax.fs.rmdir(path) end

--- Takes a name from what is no directory.
---@param path string
---@return true|nil ok
---@return string|nil err
---@return string|nil code EISDIR, EPERM, ...
function ax.fs.unlink(path) end

--- Removes a file, or an empty directory.
---@param path string
---@param options? { recursive?: boolean } a directory with all that is in it
---@return true|nil ok
---@return string|nil err
---@return string|nil code
function ax.fs.remove(path, options) end

--- Gives a file another name; what had that is replaced in the same moment.
---@param path string
---@param new string
---@return true|nil ok
---@return string|nil err
---@return string|nil code
function ax.fs.rename(path, new) end

--- One more name for a file.
---@param path string
---@param new string
---@return true|nil ok
---@return string|nil err
---@return string|nil code EEXIST, EPERM (a directory), EXDEV, EMLINK, ...
function ax.fs.link(path, new) end

--- Makes a name that leads to another one.
---@param target string
---@param path string
---@return true|nil ok
---@return string|nil err
---@return string|nil code
function ax.fs.symlink(target, path) end

--- Where a symbolic link leads.
---@param path string
---@return string|nil target
---@return string|nil err
---@return string|nil code EINVAL: it is none
function ax.fs.readlink(path) end

--- The path without links, "." and "..".
---@param path string
---@return string|nil path
---@return string|nil err
---@return string|nil code
function ax.fs.realpath(path) end

--- What there is to know of a file.
---@param path string
---@return ax.stat|nil stat
---@return string|nil err
---@return string|nil code
function ax.fs.stat(path) end

--- The same of a link itself.
---@param path string
---@return ax.stat|nil stat
---@return string|nil err
---@return string|nil code
function ax.fs.lstat(path) end

--- Is something there?
---@param path string
---@return boolean
function ax.fs.exists(path) end

--- May the process?
---@param path string
---@param want? string|integer letters out of "rwx", or 4, 2, 1 together
---@return true|nil ok
---@return string|nil err
---@return string|nil code EACCES, EROFS, ...
function ax.fs.access(path, want) end

--- Goes through a directory; raises if it cannot.
---@param path string
---@return fun(): string|nil, string, integer iterator name, type, inode number
function ax.fs.dir(path) end

--- The names in a directory, in alphabetical order.
---@param path string
---@return string[]|nil names
---@return string|nil err
---@return string|nil code
function ax.fs.list(path) end

--- Sets the permissions.
---@param path string
---@param mode ax.mode
---@return true|nil ok
---@return string|nil err
---@return string|nil code EPERM: it is not yours
function ax.fs.chmod(path, mode) end

--- Sets the owner.
---@param path string
---@param uid? integer nil: as it is
---@param gid? integer
---@param options? { follow?: boolean } false: of a link itself
---@return true|nil ok
---@return string|nil err
---@return string|nil code EPERM
function ax.fs.chown(path, uid, gid, options) end

--- Sets the times, in seconds.
---@param path string
---@param atime? number|false nil: now; false: as it is
---@param mtime? number|false
---@param options? { follow?: boolean } false: of a link itself
---@return true|nil ok
---@return string|nil err
---@return string|nil code EPERM
function ax.fs.utime(path, atime, mtime, options) end

--- Makes a file that long.
---@param path string
---@param size integer
---@return true|nil ok
---@return string|nil err
---@return string|nil code EISDIR, EINVAL, EACCES, ...
function ax.fs.truncate(path, size) end

--- The running process's directory.
---@param path string
---@return true|nil ok
---@return string|nil err
---@return string|nil code
function ax.fs.chdir(path) end

--- Its path.
---@return string|nil path
---@return string|nil err
---@return string|nil code ENOENT: it was removed
function ax.fs.getcwd() end

--- Sets the permissions that new files do not get.
---@param mask? ax.mode nil: only asks
---@return integer old
function ax.fs.umask(mask) end

--- How full a file system is.
---@param path string in it
---@return ax.statfs|nil
---@return string|nil err
---@return string|nil code
function ax.fs.statfs(path) end

--- How much the tree in memory may hold; what would pass it is ENOSPC.
---@param limits? { bytes?: integer, files?: integer } nothing: no limit
---@return true|nil ok
---@return string? err
---@return ax.code? code "EPERM": only user 0 may
function ax.fs.limit(limits) end

--- What is mounted, the oldest first.
---@return { path: string, source: string, dev: integer }[]
function ax.fs.mounts() end

--- Takes away what is mounted there.
---@param path string
---@return true|nil ok
---@return string|nil err
---@return string|nil code EINVAL, EBUSY, EPERM
function ax.fs.unmount(path) end

-- --------------------------------------------------------- message queues

---@class ax.msgqueue.codec
---@field encode fun(value: any): string
---@field decode fun(bytes: string): any

---@class ax.msgqueue.options
---@field create? boolean false: do not make one
---@field exclusive? boolean true: do not take one that is there
---@field mode? integer|string of a new one, as "0600" (default); what must be
---  allowed on one that is there
---@field qbytes? integer how many bytes, and messages, a new one holds; 16384
---@field schema? ax.description what messages look like
---@field codec? "json"|ax.msgqueue.codec how values are bytes

---@class ax.msgqueue.want
---@field size? integer how many bytes there may be; any, if none is given
---@field except? boolean any type but this one
---@field noerror? boolean what is too long is cut off

---@class ax.msgqueue.stat
---@field id integer
---@field key integer 0: none
---@field uid integer the owner
---@field gid integer
---@field cuid integer who made it
---@field cgid integer
---@field mode integer nine bits
---@field qnum integer messages
---@field cbytes integer in them
---@field qbytes integer how much either may be
---@field lspid integer who sent last; 0: nobody
---@field lrpid integer who received last; 0: nobody
---@field stime number seconds on the kernel's clock
---@field rtime number
---@field ctime number made or changed

---@class ax.msgqueue: ax.handle
local Queue = {}

--- Closes the handle.  The queue stays until it is removed.
---@return true ok
function Queue:close() end

--- Gives it to another process, which holds it from now on: it closes at that
--- one's end.
---@param pid integer
---@return true|nil ok
---@return string? err "no such process", or "handle quota exceeded"
---@return ax.code? code "ESRCH", "EDQUOT"
function Queue:give(pid) end

--- Sends a message; waits for room.
---@param type integer 1 or more
---@param data any a string, unless there is a codec
---@param timeout? number seconds; nil waits for ever, 0 tries once
---@return true|nil ok
---@return string? err
---@return ax.code? code
function Queue:send(type, data, timeout) end

--- Sends a message if that is possible without waiting.
---@param type integer
---@param data any
---@return true|nil ok
---@return string? err
---@return ax.code? code
function Queue:try_send(type, data) end

--- Receives a message; waits for one.
---@param type? integer 0 (default): the oldest; n: the oldest of type n; -n: of
---  the lowest type up to n, the oldest
---@param timeout? number seconds; nil waits for ever, 0 tries once
---@param options? ax.msgqueue.want
---@return integer|nil type nil: none
---@return any data
---@return ax.code? code
function Queue:recv(type, timeout, options) end

--- Receives a message if there is one.
---@param type? integer
---@param options? ax.msgqueue.want
---@return integer|nil type nil: none
---@return any data
---@return ax.code? code
function Queue:try_recv(type, options) end

--- What the queue looks like now.
---@return ax.msgqueue.stat|nil stat
---@return string? err
---@return ax.code? code
function Queue:stat() end

--- Changes the queue.
---@param change { uid?: integer, gid?: integer, mode?: integer,
---  qbytes?: integer }
---@return true|nil ok
---@return string? err
---@return ax.code? code
function Queue:set(change) end

--- Removes the queue with its messages; who waits hears "EIDRM".
---@return true|nil ok
---@return string? err
---@return ax.code? code
function Queue:remove() end

--- Its number; 0: it was removed.
---@return integer id
function Queue:id() end

--- Finds the message queue with that key, or makes one.
---@param key? integer none, or 0: a new queue without a key
---@param options? ax.msgqueue.options
---@return ax.msgqueue|nil queue
---@return string? err
---@return ax.code? code "ENOENT", "EEXIST", "EACCES", "ENOSPC", "EPERM"
function ax.msgqueue(key, options) end

-- ---------------------------------------------------------- shared memory

---@class ax.shm.options
---@field key? integer by which others find it
---@field create? boolean false: do not make one
---@field exclusive? boolean true: do not take one that is there
---@field mode? string|integer "0600"

---@class ax.shm.stat
---@field id integer
---@field key integer
---@field mode integer
---@field uid integer the owner's
---@field gid integer
---@field cuid integer the maker's
---@field cgid integer
---@field size integer bytes
---@field version integer how often something was published
---@field pages integer pages that were ever written
---@field nattch integer regions
---@field cpid integer who made it
---@field lpid integer who attached or detached last
---@field atime number seconds
---@field dtime number
---@field ctime number

---@class ax.segment: ax.handle
---@operator len: integer
local Segment = {}

--- Closes the handle, not the segment.  Closing it again does nothing.
---@return true ok
function Segment:close() end

--- Gives it to another process, which holds it from now on.
---@param pid integer
---@return true|nil ok
---@return string? err
---@return ax.code? code "ESRCH", "EDQUOT"
function Segment:give(pid) end

--- Attaches it.
---@param mode? "r"|"rw" "rw"
---@param options? { direct?: boolean } direct: the segment itself, no view
---@return ax.region|nil region
---@return string? err
---@return ax.code? code "EACCES", "EIDRM", "EDQUOT"
function Segment:attach(mode, options) end

--- What the segment looks like now.
---@return ax.shm.stat|nil stat
---@return string? err
---@return ax.code? code
function Segment:stat() end

--- Changes owner, group, mode.
---@param change { uid?: integer, gid?: integer, mode?: integer }
---@return true|nil ok
---@return string? err
---@return ax.code? code
function Segment:set(change) end

--- Removes number and key; regions go on.
---@return true|nil ok
---@return string? err
---@return ax.code? code
function Segment:remove() end

--- Its number; 0: it was removed.
---@return integer id
function Segment:id() end

--- How often something was published.
---@return integer version
function Segment:version() end

---@alias ax.word "i8"|"u8"|"i16"|"u16"|"i32"|"u32"|"i64"|"u64"

---@class ax.region: ax.handle
---@operator len: integer
local Region = {}

--- Detaches it; what was not synced is gone.
---@return true ok
function Region:close() end

--- Detaches it; what was not synced is gone.
---@return true ok
function Region:detach() end

--- Gives it to another process, which holds it from now on.
---@param pid integer
---@return true|nil ok
---@return string? err
---@return ax.code? code "ESRCH", "EDQUOT"
function Region:give(pid) end

--- Reads bytes.
---@param offset? integer 0
---@param size? integer|ax.buffer all the rest; a buffer is filled
---@return string|integer|nil bytes how many, if there is a buffer
---@return string? err
---@return ax.code? code "EFAULT"
function Region:read(offset, size) end

--- Writes bytes.
---@param offset integer
---@param data string|ax.buffer
---@return true|nil ok
---@return string? err
---@return ax.code? code "EFAULT", "EACCES"
function Region:write(offset, data) end

--- Writes values as string.pack makes bytes of them.
---@param offset integer
---@param format string
---@param ... any
---@return integer|nil behind
---@return string? err
---@return ax.code? code
function Region:pack(offset, format, ...) end

--- Reads values as string.unpack makes them of bytes.
---@param offset integer
---@param format string
---@return any ... the values, and the offset behind them
function Region:unpack(offset, format) end

--- Publishes the bytes that were changed.
---@return integer|nil version of the segment
---@return integer|string replaced how many bytes others had published, too
---@return ax.code? code "EACCES"
function Region:sync() end

--- Shows what was published last, under what was changed and not synced.
---@return integer version
function Region:refresh() end

--- The version that it shows, and the newest one.
---@return integer shown
---@return integer newest
function Region:version() end

--- Waits for a version that it does not show.
---@param timeout? number seconds
---@return integer|nil version
---@return "timeout"|nil err
---@return ax.code? code
function Region:next(timeout) end

--- A record at an offset, or with a count an array: fields without garbage.
---@param fields string|table { name = type }, { { name, type } }, or a type
---@param offset? integer 0
---@param count? integer
---@param stride? integer
---@return any view
function Region:view(fields, offset, count, stride) end

--- Adds to a word of a direct region.
---@param offset integer
---@param n integer
---@param type? ax.word "i64"
---@return integer|nil old
---@return string? err
---@return ax.code? code "EFAULT", "EACCES", "EINVAL", "ENOTSUP"
function Region:fetch_add(offset, n, type) end

--- Changes a word of a direct region if it is as expected.
---@param offset integer
---@param expected integer
---@param desired integer
---@param type? ax.word "i64"
---@return boolean|nil done
---@return integer|string old
---@return ax.code? code "EFAULT", "EACCES", "EINVAL", "ENOTSUP"
function Region:compare_exchange(offset, expected, desired, type) end

--- Waits for a notify if a word of a direct region is as expected.
---@param offset integer
---@param expected integer
---@param timeout? number seconds
---@param type? ax.word "i64"
---@return true|nil ok
---@return "timeout"|"changed"|string|nil err
---@return ax.code? code "ETIMEDOUT", "EAGAIN", "EFAULT", "EINVAL", "ENOTSUP"
function Region:wait(offset, expected, timeout, type) end

--- Wakes those who wait at that offset, the longest first.
---@param offset integer
---@param n? number how many at most; 1
---@return integer|nil woken
---@return string? err
---@return ax.code? code "EFAULT", "ENOTSUP"
function Region:notify(offset, n) end

--- Makes a segment of shared memory, or finds the one with a key.
---@param size? integer bytes; none: of one that is there
---@param options? ax.shm.options
---@return ax.segment|nil segment
---@return string? err
---@return ax.code? code "ENOENT", "EEXIST", "EACCES", "EINVAL", "ENOSPC",
---  "EDQUOT"
function ax.shm(size, options) end

-- --------------------------------------------------------------- waiting

--- A program of the host's system.  Closed, or collected, it is killed.
---@class ax.program: ax.handle
---@field stdin? ax.file to write to it, if that is a pipe
---@field stdout? ax.file to read from it
---@field stderr? ax.file
local Program = {}

--- Waits until it has ended, and until all that it has said has arrived in
--- files of axeberg.
---@param timeout? number seconds
---@return "exited"|"killed"|nil how
---@return integer|string what the code; or the signal; or "timeout"
---@return ax.code? code
function Program:wait(timeout) end

--- Waits until it has ended, and for nothing else.
---@param timeout? number seconds
---@return "exited"|"killed"|nil how
---@return integer|string what the code; or the signal; or "timeout"
---@return ax.code? code
function Program:ended(timeout) end

--- Sends it a signal.
---@param signal? string|integer "TERM" unless told otherwise
---@return true|nil ok
---@return string? err
---@return ax.code? code "ESRCH": it has ended
function Program:kill(signal) end

--- Its number in the system.
---@return integer
function Program:pid() end

---@class ax.popen.options
---@field stdin? "pipe"|"inherit"|"null"|ax.file
---@field stdout? "pipe"|"inherit"|"null"|ax.file
---@field stderr? "pipe"|"inherit"|"null"|"stdout"|ax.file
---@field env? table<string, string|number|false> what is other than here
---@field clean? boolean nothing of the environment but env
---@field cwd? string

--- Starts a program of the host's system.
---@param what string|ax.popen.options a line for the shell; or the program and
---  its arguments, with options
---@return ax.program|nil program
---@return string? err
---@return ax.code? code "ENOENT", "EACCES"
function ax.popen(what) end

--- A directory of the host covers a directory of the tree.
---@param directory string of the host
---@param path string
---@param options? { readonly?: boolean } nothing in it is changed
---@return true|nil ok
---@return string? err
---@return ax.code? code "EPERM", "ENOENT", "ENOTDIR", "EBUSY", ...
function ax.fs.mount(directory, path, options) end

--- Writes a directory of the tree, with all in it, to one file of the host.
---@param file string
---@param path? string "/" unless told otherwise
---@return true|nil ok
---@return string? err
---@return ax.code? code
function ax.fs.save(file, path) end

--- Makes a directory what such a file says, all at once or not at all.
---@param file string
---@param path? string "/" unless told otherwise
---@return true|nil ok
---@return string? err what is wrong with the file
---@return ax.code? code "EINVAL": no archive; "EIO": damaged; ...
function ax.fs.load(file, path) end

--- The same as a string.
---@param path? string
---@return string|nil archive
---@return string? err
---@return ax.code? code
function ax.fs.pack(path) end

--- The same from a string.
---@param archive string
---@param path? string
---@return true|nil ok
---@return string? err
---@return ax.code? code
function ax.fs.unpack(archive, path) end

ax.host = {}

--- Opens a file of the host, as io.open does.
---@param path string
---@param mode? string
---@return ax.file|nil file
---@return string? err
---@return ax.code? code
function ax.host.open(path, mode) end

--- A file over a descriptor that the host program has.
---@param fd integer
---@param mode? string "r+" unless told otherwise
---@param opts? { own: boolean } own: it is closed with the file
---@return ax.file|nil file
---@return string? err
---@return ax.code? code
function ax.host.fd(fd, mode, opts) end

--- The number that the host has for a file; nil: it has none.
---@param file ax.file
---@return integer|nil
function ax.host.descriptor(file) end

--- The same as ax.popen.
---@param what string|ax.popen.options
---@return ax.program|nil program
---@return string? err
---@return ax.code? code
function ax.host.popen(what) end

---@class ax.alarm: ax.handle
---@operator call: integer
local Alarm = {}

--- Closes it: who waits for it hears "closed".  Closing it again does nothing.
---@return true ok
function Alarm:close() end

--- Gives it to another process, which holds it from now on: it closes at that
--- one's end.  The handle itself stays usable by everybody who has it.
---@param pid integer
---@return true|nil ok
---@return string? err "no such process", or "handle quota exceeded"
---@return ax.code? code "ESRCH", "EDQUOT"
function Alarm:give(pid) end

--- Waits for it.
---@param timeout? number seconds
---@return integer|nil count periods that have passed since it was asked last;
---  1 for ax.after
---@return "timeout"|nil err
---@return ax.code? code
function Alarm:wait(timeout) end

--- An alarm that comes once, and from then on is there.
---@param seconds number
---@return ax.alarm alarm
function ax.after(seconds) end

--- An alarm that comes again and again.
---@param seconds number
---@return ax.alarm alarm
function ax.every(seconds) end

---@alias ax.arm
---| ax.receiver # receives
---| { [1]: ax.sender, [2]: any } # sends the value
---| integer # a pid: waits for its end; -1: any child
---| ax.alarm # waits for it
---| ax.msgqueue # receives any message
---| { [1]: ax.msgqueue, [2]: integer } # receives a message of that type
---| ax.file # waits until it can be read; one to write only: for room
---| { [1]: ax.file, [2]: string } # writes the bytes: at most 4096
---| ax.program # waits for its end
---| ax.region # waits for a version that it does not show
---| { [1]: ax.region, [2]: integer } # waits for a notify at that offset

--- Waits for whatever comes first, does that, and leaves the rest alone.
---@param arms ax.arm[] an empty list waits for the timeout, or a TERM
---@param timeout? number seconds
---@return any waitable the one that fired: receiver, sender, pid, alarm; nil
---  with "timeout"
---@return any ... what its operation answers
function ax.select(arms, timeout) end

-- ------------------------------------------------------------ supervision

---@class ax.ended
---@field pid integer
---@field how ax.how|"unknown" unknown: it was gone before anybody could look
---@field status any
---@field traceback? string

--- A receiver that gets one message when a process has ended.
---@param pid integer
---@return ax.receiver|nil ended of ax.ended
---@return string? err
---@return ax.code? code "EDQUOT"
function ax.monitor(pid) end

--- When one of the two, the caller or the other process, fails or is killed,
--- the other one gets a TERM.
---@param pid integer
---@return true|nil ok
---@return string? err
---@return ax.code? code "EDQUOT"
function ax.link(pid) end

--- Lets processes run until nothing is ready, or the budget is over; for
--- scripts that have a loop of their own.
---@param budget? number seconds; at least one step is made
---@return integer steps
function ax.step(budget) end

--- In how many seconds there is something to do.
---@return number seconds 0: now; math.huge: not before something from outside
function ax.due() end

--- A descriptor that can be read when one of the program's descriptors is
--- ready for which a process waits.
---@return integer? fd
---@return string? message
---@return string? code
function ax.descriptor() end

---@class ax.script.options: ax.spawn.options
---@field globals? table names of globals that it sees, or names and values

--- Makes a process of a text in Lua, with globals of its own.
---@param options ax.script.options
---@param text string Lua source
---@param ... any what the script finds in its "..."; handles move to it
---@return integer? pid
---@return string? message
---@return string? code
---@overload fun(text: string, ...): integer?, string?, string?
function ax.script(options, text, ...) end

---@class ax.scope.options
---@field timeout? number seconds for all of it
---@field grace? number seconds between TERM and KILL; no KILL if none is given

---@class ax.scope
local Scope = {}

--- Spawns a process of the scope.
---@param options ax.spawn.options
---@param fn fun(...): any
---@param ... any
---@return integer pid
---@overload fun(self: ax.scope, fn: fun(...): any, ...): integer
function Scope:spawn(options, fn, ...) end

--- How a process of the scope ended; it may be asked again.
---@param pid integer
---@param timeout? number seconds
---@return integer|nil pid
---@return ax.how|string how
---@return any status
---@return string? traceback
function Scope:wait(pid, timeout) end

--- Ends the scope: TERM to its processes, and to the body.
---@return true ok
function Scope:cancel() end

--- Calls fn with a scope and returns what fn returned once all processes of the
--- scope have ended.  The first that fails ends the others and the body, and
--- its error is raised.
---@param options ax.scope.options
---@param fn fun(scope: ax.scope): ...
---@return any ... or nil, "timeout", "ETIMEDOUT"; nil, "cancelled",
---  "ECANCELED"; nil, a sentence, "EDQUOT" without having called fn
---@overload fun(fn: fun(scope: ax.scope): ...): ...
function ax.scope(options, fn) end

---@class ax.child
---@field start fun(...): any
---@field name? string
---@field args? any[] of start; handles for a temporary one only
---@field restart? "permanent"|"transient"|"temporary" always (default); unless
---  it exited; never
---@field grace? number seconds between TERM and KILL; the supervisor's
---@field options? ax.spawn.options

---@class ax.supervisor
---@field children (ax.child|ax.supervisor|fun())[] started in this order
---@field strategy? "one_for_one"|"one_for_all"|"rest_for_one"
---@field max_restarts? integer in that time, or it gives up; 3
---@field within? number seconds; 5
---@field grace? number seconds between TERM and KILL; 5
---@field name? string
---@field report? fun(name: string, how: ax.how, status: any, where?: string)
---  called when a child has ended by itself, or failed while it was stopped,
---  with the traceback at the end; warns of failures unless told otherwise
---@field restart? "permanent"|"transient"|"temporary" of one among children

--- Starts a process that starts the children, and starts them again when they
--- end.
---@param spec ax.supervisor
---@return integer pid
function ax.supervise(spec) end

-- ---------------------------------------------------------------- traces

---@class ax.trace.options
---@field events? integer how many are kept, 80 bytes each; 65536

---@alias ax.trace.kind
---| "spawn"
---| "exit"
---| "run"
---| "pause"
---| "wait"
---| "wake"
---| "send"
---| "recv"
---| "depth"
---| "signal"
---| "timer"
---| "mark"

---@class ax.trace.event
---@field time number seconds since the trace began
---@field kind ax.trace.kind
---@field kernel integer which one, from 1
---@field pid integer whom it happened to, or who did it
---@field other integer another process
---@field value integer what it means depends on the kind
---@field what? string kind of the object, or what is done with it
---@field name? string of the object, or process; at most 31 bytes
---@field number? integer tells objects of a kind apart
---@field flow? integer the same for sender and receiver of a message

---@class ax.trace.stat
---@field events integer how many there were
---@field kept integer how many of them are still there
---@field on boolean is it recording?

---@class ax.trace
local Trace = {}

--- Ends the recording; what was recorded stays.
function Trace:stop() end

--- Stops, and forgets everything.
function Trace:close() end

--- How it is doing.
---@return ax.trace.stat stat
function Trace:stat() end

--- Goes through what is kept, the oldest first.
---@return fun(): ax.trace.event|nil iterator
function Trace:events() end

--- Saves it as a file for ui.perfetto.dev.
---@param path string a file of the host
---@param options? { order: boolean } order: events are a microsecond apart
---@return true|nil ok
---@return string? err
---@return string? code "ENOENT", "EACCES", ...
function Trace:save(path, options) end

--- Begins to record what happens in this kernel, and in those that ax.run
--- makes from now on.
---@param options? ax.trace.options
---@return ax.trace|nil trace nil: there is one already
---@return string? err
---@return string? code "EBUSY"
function ax.trace(options) end

--- Notes down the text, in the name of the running process, if there is a
--- trace.
---@param text string at most 31 bytes of it are kept
function ax.mark(text) end

-- ------------------------------------------------------------------ files

---@alias ax.format
---| "l" # a line, without its end
---| "L" # a line, with its end
---| "n" # a number
---| "a" # all
---| integer # so many bytes

---@class ax.file an open file
local File = {}

--- Reads by the formats; without one, a line.  Waits until it has what it was
--- asked for; nothing is lost if it gives up.
---@param ... ax.format
---@return string|number|nil ... one for each; nil at the end of the file; or
---  nil, "timeout", "empty", "closed" or a sentence, and the name of it
function File:read(...) end

--- A line with its end, or the first bytes of a longer one.
---@param size integer bytes, at most
---@param timeout? number seconds; as settimeout says, if none is given
---@return string|nil line nil at the end
---@return string? err
---@return ax.code? code
function File:readline(size, timeout) end

--- What there is; waits for the first byte.
---@param size integer bytes, at most
---@return string|nil bytes nil at the end
---@return string? err
---@return ax.code? code
function File:readsome(size) end

--- Puts what there is into the buffer; waits for the first byte.
---@param buffer ax.buffer
---@param size? integer bytes, at most; the buffer's size, if none is given
---@return integer|nil count nil at the end
---@return string? err
---@return ax.code? code
function File:readinto(buffer, size) end

--- Goes through the file; raises what is not the end.
---@param ... ax.format
---@return fun(): string|number|nil ...
function File:lines(...) end

--- Writes all; waits until it is written.
---@param ... string|number
---@return ax.file|nil file
---@return string? err "closed", "timeout", "full", or a sentence
---@return ax.code? code
---@return integer? written bytes, if not all are
function File:write(...) end

--- Moves the offset and tells where it is.
---@param whence? "set"|"cur"|"end" "cur" if none is given
---@param offset? integer
---@return integer|nil position
---@return string? err
---@return ax.code? code "ESPIPE", "EINVAL"
function File:seek(whence, offset) end

--- Makes it so long.
---@param size integer
---@return true|nil ok
---@return string? err
---@return ax.code? code
function File:truncate(size) end

--- Does nothing: files have no buffers.
---@param mode "no"|"full"|"line"
---@param size? integer
---@return true
function File:setvbuf(mode, size) end

--- Does nothing: each write is one.
---@return ax.file file
function File:flush() end

--- How long calls with this handle may wait from now on.
---@param seconds? number nil: for ever; 0: they try once
---@return ax.file file
function File:settimeout(seconds) end

--- Whether calls wait at all, for all who share the open file.
---@param on? boolean
---@return boolean|nil on how it is now
function File:nonblock(on) end

--- How many bytes a pipe holds.
---@param bytes? integer it is to hold
---@return integer|nil capacity
---@return string? err
---@return ax.code? code "EBUSY", "EPERM", "EINVAL"
function File:capacity(bytes) end

---@class ax.stat
---@field type "file"|"directory"|"fifo"|"link"|"char"|"block"|"socket"
---@field mode integer the permissions
---@field size integer
---@field dev integer
---@field ino integer
---@field nlink integer
---@field uid integer
---@field gid integer
---@field rdev integer
---@field blocks integer of 512 bytes
---@field atime number seconds
---@field mtime number
---@field ctime number

--- What there is to know of it.
---@return ax.stat|nil stat
---@return string? err
---@return ax.code? code
function File:stat() end

--- Closes the handle; the last one closes the file.
---@return true
function File:close() end

--- Another process holds it from now on, and closes it at its end.
---@param pid integer
---@return true|nil ok
---@return string? err
---@return ax.code? code "ESRCH", "EDQUOT"
function File:give(pid) end

--- Descriptor 0 of whoever uses it.
---@type ax.file
ax.stdin = nil

--- Descriptor 1 of whoever uses it.
---@type ax.file
ax.stdout = nil

--- Descriptor 2 of whoever uses it.
---@type ax.file
ax.stderr = nil

--- A pipe: what is written to one end is read from the other.
---@param options? { capacity: integer } bytes that it holds, 4096 by default
---@return ax.file|nil reader
---@return ax.file|string writer
---@return ax.code? code "EDQUOT"
function ax.pipe(options) end

---@class ax.buffer memory to read into, again and again
---@operator len: integer
local Buffer = {}

--- Makes one, full of zeros.
---@param size integer bytes
---@return ax.buffer buffer
function ax.buffer(size) end

--- Bytes of it, as string.sub counts them.
---@param from? integer
---@param to? integer
---@return string bytes
function Buffer:tostring(from, to) end

--- One byte.
---@param at? integer 1 if none is given
---@return integer|nil byte nil outside of it
function Buffer:byte(at) end

--- Puts the bytes into it.
---@param data string
---@param at? integer from there on; 1 if none is given
---@return ax.buffer buffer
function Buffer:set(data, at) end

--- Fills it.
---@param byte? integer 0 if none is given
---@return ax.buffer buffer
function Buffer:fill(byte) end

---@class ax.codec
---@field encode fun(value: any): string
---@field decode fun(bytes: string): any

---@class ax.framed.options
---@field codec? "json"|ax.codec "json" if none is given
---@field schema? any what values look like
---@field max? integer bytes of a frame, at most; 1048576 by default

---@class ax.framed sends or receives values over a file, each as a line
local Framed = {}

--- Sends a value; raises if it does not match.
---@param value any
---@return true|nil ok
---@return string? err
---@return ax.code? code "EPIPE", "ETIMEDOUT", "EAGAIN", "E2BIG"
function Framed:send(value) end

--- Receives a value; what is broken is answered once, and passed over.
---@param timeout? number seconds
---@return any|nil value
---@return string? err
---@return ax.code? code "EPIPE" (the end), "ETIMEDOUT", "EAGAIN", "E2BIG",
---  "EPROTO"
---@return string? bytes of a frame that is broken
function Framed:recv(timeout) end

--- Closes the file.
---@return true
function Framed:close() end

--- Makes one of a file.
---@param file ax.file
---@param options? ax.framed.options
---@return ax.framed framed
function ax.framed(file, options) end

-- ------------------------------------------------------------------ shell

---@class ax.shell.io what a program of the shell gets
---@field name string that it was called by
---@field args string[]
---@field env table<string, string>
---@field stdin ax.file
---@field stdout ax.file
---@field stderr ax.file

ax.shell = {}

--- Adds a program to the shell, or replaces one. Each time it is called, fn
--- runs in a process of its own. It answers its status: an integer; nothing
--- or true is 0, false 1.
---@param name string
---@param fn fun(io: ax.shell.io, ...: string): integer|boolean|nil
function ax.shell.program(name, fn) end

--- Runs a text as a shell script, in the running process.
---@param text string
---@param ... string $1, $2, ...
---@return integer status
function ax.shell.run(text, ...) end

--- The shell as a command, with its options and arguments.
---@param args string[]
---@return integer status
function ax.shell.main(args) end
