/* axL - what the files of the Lua binding share
**
** Every C function of the module has two upvalues: the state (axL_state)
** and the table of references.  A Lua value that waits inside the kernel
** is a slot of that table; an ax_value of type AX_FOREIGN names it.
**
** Interface, file by file:
** - state: the state, references, classes
** - value: Lua values to ax_values and back, results, arguments
** - handle: userdata that hold an object
** - wait: the one way in which a call blocks
** - thread: Lua threads for processes to run on
** - body: a Lua function as the body of a process
** - wrap: generators that may block
** - limit: what keeps a process from running for ever
** - report: who waits for what
** - schema: descriptions of what a message looks like */
#ifndef AXL_H
#define AXL_H

#include <lauxlib.h>
#include <lua.h>

#include "axeberg.h"
#include "handle.h"
#include "state.h"

#if LUA_VERSION_NUM != 504
#error "axeberg is for Lua 5.4"
#endif

/* Runs the pending <close> variables of a dead or killed coroutine. */
#if LUA_VERSION_RELEASE_NUM >= 50406
#define axL_closethread(L, from) lua_closethread(L, from)
#else
#define axL_closethread(L, from) lua_resetthread(L)
#endif

/* --------------------------------------------------------------- value */

/* Pops a value and makes it one that a channel carries: scalars as they are,
** everything else by reference.  Not for nil. */
ax_value axL_popvalue(lua_State *L, axL_state *S);

/* Pushes the value and lets go of it. */
int axL_pushvalue(lua_State *L, ax_value *v);

/* Pushes the value, which stays as it is. */
int axL_peekvalue(lua_State *L, const ax_value *v);

/* What a call answers in Lua: true for AX_OK; else nil, the flow word or
** sentence, the errno name.  AX_ECANCELED raises "cancelled", AX_ENOMEM an
** error. */
int axL_result(lua_State *L, int rc);

/* What a receiving wait answers: the value for AX_OK, else as above. */
int axL_received(lua_State *L, int rc, ax_value *v);

/* nil, sentence, errno name, whatever the code. */
int axL_fail(lua_State *L, int rc, const char *sentence);

/* A timeout in seconds at idx: a deadline for ax_wait.  Raises for what is
** not a number, or negative, or NaN. */
uint64_t axL_checkdeadline(lua_State *L, int idx);

/* The limits that a new process has unless it is given others. */
const axL_limits *axL_inherited(lua_State *L);

/* The limits in the fields quantum, warn and kill of the table at idx;
** what is not there is inherited.  Raises. */
axL_limits axL_checklimits(lua_State *L, int idx);

/* Sets a field of the table on the top: to a whole number; to a time, in
** seconds; to all that an ax_perm has. */
void axL_setinteger(lua_State *L, const char *name, lua_Integer i);
void axL_settime(lua_State *L, const char *name, uint64_t time);
void axL_setperm(lua_State *L, const ax_perm *perm);

/* Raises unless every key of the table at idx is among the names. */
void axL_checkoptions(lua_State *L, int idx, const char *const names[]);

/* The same for a table inside of argument number arg. */
void axL_checknames(lua_State *L, int idx, int arg,
                    const char *const names[]);

/* Raises: the sentence, about the argument at idx, and what the value on
** the top is instead. */
int axL_badvalue(lua_State *L, int idx, const char *sentence);

/* ---------------------------------------------------------------- wait */

/* Waits, and returns what finish returns once the wait is decided; finish
** gets the process as its context and calls ax_proc_result.  Use as `return
** axL_wait(L, axL_kernel(L), ...)`. */
int axL_wait(lua_State *L, ax_kernel *k, const ax_arm *arms, int narms,
             uint64_t deadline, lua_KFunction finish);

/* The same for an operation that has just answered AX_EAGAIN.  guess: who is
** probably running, because it holds the object; NULL: no idea. */
int axL_park(lua_State *L, ax_proc *guess, ax_object *o, ax_value v,
             uint64_t deadline, lua_KFunction finish);

/* The finish of waits that receive: answers the value, or why there is none. */
int axL_receive(lua_State *L, int status, lua_KContext ctx);

/* The process that waited, in finish. */
#define axL_waiter(ctx) ((ax_proc *)(ctx))

/* Raises if a call could not block here. */
void axL_checkblock(lua_State *L);

/* Runs the kernel, in the name of process 1 (p) or until all are done
** (NULL).  A deadlock raises its report. */
void axL_run(lua_State *L, ax_kernel *k, ax_proc *p);

void axL_openwait(lua_State *L);

/* -------------------------------------------------------------- thread */

/* An idle thread or a new one; false when memory is short. */
bool axL_getthread(axL_state *S, axL_thread *t);

/* A script may get at a thread, by coroutine.running, and resume or close it.
** Does it run now, or did it resume another one? */
bool axL_incall(lua_State *co);

/* Takes back one that has ended, or never began. */
void axL_putthread(axL_state *S, axL_thread t);

/* Makes one; stands on the stack of store, called in protected mode with a
** pointer to an axL_thread. */
int axL_makethread(lua_State *L);

/* ---------------------------------------------------------------- body */

/* What a process begins with. */
typedef struct axL_options {
  const char *name; /* NULL for none */
  enum ax_priority priority;
  axL_limits limits;
  ax_proc *parent; /* NULL: the running process */
  bool detached;   /* nobody is going to wait for it */
  int stdio;       /* where its 0, 1, 2 are on the stack, files, or nil for
                   ** the parent's; 0: it has them all from the parent */
  ax_object *cwd;  /* where it begins; NULL: where its parent is */
} axL_options;

/* Makes a process of the function and the n arguments on the top; pops
** them.  NULL: the quota is reached.  Raises when memory is short.  In both
** cases nothing happened. */
ax_proc *axL_spawn(lua_State *L, ax_kernel *k, int n,
                   const axL_options *options);

/* Is L the coroutine in which p runs now, and may block? */
bool axL_runsin(lua_State *L, const ax_proc *p);

/* May the running process block in the coroutine L?  NULL: yes; else the
** sentence why not. */
const char *axL_whynot(lua_State *L, const ax_proc *p);

/* L is about to yield to the kernel: by itself, or made to. */
void axL_mark(ax_proc *p, lua_State *L);
void axL_preempt(ax_proc *p, lua_State *L);

/* Ends the running process with that status; `return axL_exit(...)`. */
int axL_exit(lua_State *L, ax_value *status);

/* Raises "cancelled". */
int axL_raisecancel(lua_State *L);

/* G, which L resumes now, may block in L's stead; axL_leave with the answer
** tells afterwards whether it did. */
lua_State *axL_enter(lua_State *L, lua_State *G);
bool axL_leave(lua_State *L, lua_State *outer);

/* Functions that stand on the stack of store. */
int axL_main(lua_State *L);
int axL_onerror(lua_State *L);

/* Pushes the traceback of a process, "" if there is none. */
void axL_pushtraceback(lua_State *L, const ax_proc *p);

/* Pushes error value, and traceback, that a failed process left. */
int axL_pushfailure(lua_State *L, const ax_value *status);

/* --------------------------------------------------------------- limit */

enum { AXL_QUANTUM = 10000 }; /* where only warn or kill was given */

/* Sets and clears the hook that watches over a coroutine. */
void axL_limit(lua_State *co, const axL_limits *limits);
void axL_unlimit(lua_State *co);

/* The limits of a process, and what it used since it gave way; NULL: it is
** the host, or written in C. */
axL_limits *axL_limitsof(const ax_proc *p, uint32_t **used);

/* -------------------------------------------------------------- report */

/* Pushes what f(argument) returns, a function of the module.  No finalizer
** runs meanwhile, so processes and what they hold stay where they are. */
void axL_frozen(lua_State *L, lua_CFunction f, void *argument);

/* Pushes a userdata with all processes by their pids; where they are.  To be
** used where no finalizer runs. */
ax_proc **axL_listprocs(lua_State *L, const ax_kernel *k, size_t *n);

/* Pushes "process 3 (name)"; the text. */
const char *axL_pushwho(lua_State *L, const ax_proc *p);

/* The name of a signal, "KILL". */
const char *axL_signalname(int number);

/* Where a process stands, for the core: ax_proc_ops.trace. */
size_t axL_trace(ax_proc *p, char *buffer, size_t size);

/* Pushes what a waiting process waits for, as text. */
void axL_pushwaiting(lua_State *L, ax_proc *p);

/* Pushes the report on a deadlock: a table with __tostring. */
void axL_pushreport(lua_State *L, ax_kernel *k);

void axL_openreport(lua_State *L);

/* ------------------------------------------------------------- channel */

/* The sender's object at idx; NULL if it is none.  Raises if it is closed. */
ax_object *axL_tosender(lua_State *L, int idx);

/* Pushes the value at idx, with the sender's handle before it, as a message
** for the channel: itself, or a copy if it is typed.  Raises if it is not
** welcome. */
void axL_pushmessage(lua_State *L, const ax_object *sender, int idx);

/* A handle for an end of a channel, or for another object, of that class;
** still empty. */
axL_handle *axL_newend(lua_State *L, ax_kernel *k, const axL_class *class,
                       const ax_object *o);

/* ---------------------------------------------------------------- msgq */

/* The queue with that key; the caller owns one reference.  Answers 0, or how
** many results there are on the stack that say why not. */
int axL_msgget(lua_State *L, lua_Integer key, lua_Integer flags,
               ax_object **o);

/* Sends; use as `return axL_msgsend(...)`.  The bytes are on the stack. */
int axL_msgsend(lua_State *L, ax_object *o, lua_Integer type,
                const char *bytes, size_t size, bool wait, uint64_t deadline);

/* Pushes type and bytes, and lets go of the message: 2. */
int axL_pushreceived(lua_State *L, ax_received *r);

/* Pushes a table of what there is to know of the queue, or why not. */
int axL_msgstat(lua_State *L, const ax_object *o);

/* The whole number, from 0 to most, in a field of the table at idx; otherwise
** if it is not there.  Raises. */
lua_Integer axL_checkfield(lua_State *L, int idx, const char *name,
                           lua_Integer most, lua_Integer otherwise);

/* Changes what is in the table at idx. */
int axL_msgset(lua_State *L, ax_object *o, int idx);

/* Is there a queue at idx, and a type of messages at idx + 1, or nil?  False,
** too, for what is no queue at all. */
bool axL_isqueuearm(lua_State *L, int idx);

/* Registers functions in the table "sys" of the table on the top, which is
** made if it is not there. */
void axL_setsys(lua_State *L, const luaL_Reg *functions);

/* ---------------------------------------------------------------- proc */

/* The pid at idx as an object to wait for; NULL, and three results that say
** why not, on the stack. */
ax_object *axL_toprocess(lua_State *L, ax_kernel *k, int idx);

/* Pushes what ax.wait answers. */
int axL_ended(lua_State *L, ax_kernel *k, int rc, const ax_value *v);

/* ------------------------------------------------------------- schema */

/* Compiles the description at idx (a name, a table, or a schema value).
** The caller owns one reference.  Raises on a bad description. */
ax_schema *axL_toschema(lua_State *L, int idx);

/* The same for descriptions that are no schema; idx is absolute. */
ax_schema *axL_compile(lua_State *L, int idx);

/* Pushes it as a schema value, which has the reference. */
ax_schema *axL_pushschema(lua_State *L, int idx);

/* Pushes a schema value for it; the one on the top, if that is its. */
void axL_boxschema(lua_State *L, ax_schema *schema);

/* The schema at idx, NULL if it is none; its reference stays the value's. */
ax_schema *axL_testschema(lua_State *L, int idx);

/* Where schemas live. */
ax_kernel *axL_schemakernel(lua_State *L);

/* Checks the value at idx (absolute) and pushes a copy that shares nothing
** mutable with it: 1.  Or pushes the message "$.pos.x: expected ...": 0.
** Raises only when memory is short.  The stack has room for two values.
** Finalizers may run meanwhile, so the caller keeps the schema alive on the
** stack, or in something that is there. */
int axL_carry(lua_State *L, ax_schema *schema, int idx);

/* Only checks the value on the top: 1, and something is on the top; or 0,
** and that is the message.  *interned, at first false, is the caller's to
** remember for that schema. */
int axL_check(lua_State *L, ax_schema *schema, bool *interned);

/* Packs a keeper's value, for receivers in C: AX_OK; AX_EPROTO: it cannot be
** packed; AX_ENOMEM. */
int axL_pack(ax_keeper *keeper, uint32_t slot, ax_value *out);

/* Pushes a packed value as a Lua value.  Raises when memory is short. */
void axL_unpack(lua_State *L, const ax_value *v);

/* Pushes the value at idx (absolute) as MessagePack: 1.  Or pushes what is
** wrong with it: 0. */
int axL_packstring(lua_State *L, const ax_schema *schema, int idx);

/* The other way round, for the string at idx. */
int axL_unpackstring(lua_State *L, const ax_schema *schema, int idx);

void axL_openpack(lua_State *L);
void axL_opendescribe(lua_State *L);
void axL_openschema(lua_State *L);

/* ------------------------------------------------------------------ fs */

/* The times of files are the calendar's, for a kernel with the real clock. */
void axL_setepoch(ax_kernel *k);

/* ----------------------------------------------------------------- dir */

/* Pushes something that holds the directory with the path at idx, until
** axL_dropdirectory, and answers 0; or how many results there are on the stack
** that say why not. */
int axL_pushdirectory(lua_State *L, ax_kernel *k, int idx, ax_object **dir);
void axL_dropdirectory(lua_State *L, int idx);

/* ---------------------------- the rest: functions of the module table */

void axL_openlimit(lua_State *L);
void axL_openloop(lua_State *L);
void axL_openproc(lua_State *L);
void axL_openselect(lua_State *L);
void axL_openalarm(lua_State *L);
void axL_openwrap(lua_State *L);
void axL_openkernel(lua_State *L);
void axL_openchannel(lua_State *L);
void axL_openmsgq(lua_State *L);
void axL_openfile(lua_State *L);
void axL_openfs(lua_State *L);
void axL_opendir(lua_State *L);
void axL_openpath(lua_State *L);
void axL_openbuffer(lua_State *L);
void axL_openfd(lua_State *L);
void axL_openhost(lua_State *L);
void axL_openmount(lua_State *L);
void axL_openshm(lua_State *L);
void axL_opensys(lua_State *L);
void axL_opentrace(lua_State *L);

/* The first kernel, in which nothing is yet, gets the options of ax.run that
** are in the table at 1. */
void axL_refit(lua_State *L);

#endif
