/* axeberg-lua.h - axeberg in a program that embeds Lua
**
** For hosts that have a lua_State of their own: scripts run as processes of
** a kernel, next to processes written in C, and talk to the host by channels
** and whatever else axeberg.h has.  All of axeberg's Lua code is inside the
** library: nothing is looked for on disk.
**
** - Every function here is called from outside of any step, or from a C
**   function that a script calls; and in the thread that has the lua_State.
** - None of them raises: they answer AX_OK or a negative AX_E* code.  Unless
**   it says otherwise, one that fails leaves the stack as it was.
** - Memory is that of the lua_State. */
#ifndef AXEBERG_LUA_H
#define AXEBERG_LUA_H

#include <axeberg.h>
#include <lua.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(AXL_API)
/* the builder chose */
#elif defined(__GNUC__)
#define AXL_API __attribute__((visibility("default")))
#else
#define AXL_API
#endif

/* -------------------------------------------------------------- opening */

typedef struct axL_setup {
  ax_clock clock; /* of the kernel; now == NULL: ax_clock_real() */
  uint64_t seed;  /* of every choice that is made by chance */

  /* The failed process p is let go, and nobody asked for its status; error
  ** is its error with the traceback, and is gone afterwards.  NULL: it is
  ** printed to stderr. */
  void (*failed)(void *ctx, ax_proc *p, const char *error);
  void *ctx; /* handed to failed */
} axL_setup;

/* Opens axeberg in L, once: from now on require "axeberg" finds it, and so
** does the rest of this header.  L has the libraries base, coroutine, math,
** string and table by then.  setup may be NULL.  The kernel's process 1 is
** the host, in whose name Lua acts that is called outside of any process.
** The kernel ends with lua_close.  AX_EEXIST: it is open already.  AX_EINVAL:
** a library is missing.  AX_ENOMEM. */
AXL_API int axL_open(lua_State *L, const axL_setup *setup);

/* The kernel of L, for all that axeberg.h has; NULL: axeberg is not open. */
AXL_API ax_kernel *axL_tokernel(lua_State *L);

/* --------------------------------------------------------------- running */

/* Lets the processes run, in a loop of the host: until nothing is ready, or
** the budget of nanoseconds on the kernel's clock is over (at least one step
** is made; AX_NEVER: no limit).  The number of steps; AX_EBUSY: called from
** a step.  When to call it again: ax_next_deadline and ax_kernel_descriptor
** tell.  ax_step and ax_run are fine, too. */
AXL_API int axL_frame(lua_State *L, uint64_t budget);

/* ------------------------------------------------------- what is handed */

/* Pushes a handle for an object of the kernel: a sender, a receiver, an end
** of a pipe, an open file, a segment, a region, a queue, an alarm.  On AX_OK
** it takes one reference over, and the process that runs holds it (the host,
** outside of any).  AX_ENOTSUP: Lua has no handles of that kind.  AX_EXDEV:
** it is of another kernel.  AX_EDQUOT, AX_ENOMEM. */
AXL_API int axL_pushobject(lua_State *L, ax_object *o);

/* The object of the open handle at idx, borrowed: ax_ref it to keep it.
** NULL: there is none. */
AXL_API ax_object *axL_toobject(lua_State *L, int idx);

/* Takes the object out of the handle at idx, with its reference; the script
** finds the handle moved.  NULL: there is none. */
AXL_API ax_object *axL_takeobject(lua_State *L, int idx);

/* Makes the value at idx one for ax_channel_send: scalars as they are, all
** else by reference, unchecked by any schema (a C receiver makes MessagePack
** of that with ax_value_pack).  AX_EINVAL: nil.  AX_ENOMEM. */
AXL_API int axL_tovalue(lua_State *L, int idx, ax_value *out);

/* Pushes a value that was received; on AX_OK it is let go of.  AX_ENOMEM. */
AXL_API int axL_pushvalueof(lua_State *L, ax_value *v);

/* --------------------------------------------------------------- scripts */

/* A script that becomes a process. */
typedef struct axL_script {
  const char *name;           /* of the process, and in error messages */
  const char *text;           /* Lua source; bytecode is refused */
  size_t length;              /* of the text; 0: up to its NUL */
  const char *const *globals; /* names of globals that it sees, the last is
                              ** NULL; see below */
  enum ax_priority priority;
  uint32_t quantum, warn, kill; /* limits in instructions; 0: none */
} axL_script;

/* Makes a process of the script, ready to run; the nargs values on the top
** are popped and become its "..." (handles among them move to it).  It has
** globals of its own and sees nothing but what is chosen.  globals == NULL:
** what cannot do harm, and of axeberg what concerns itself; see
** docs/embedding.md.  The process is a child of the one that runs, so the
** host waits for it, or looks at ax_proc_state: AX_ZOMBIE, and then calls
** ax_proc_reap.
** Unlike the rest, a failure pushes a message: AX_EINVAL: the text is no
** Lua, or there are wrong globals.  AX_EDQUOT, AX_ENOMEM. */
AXL_API int axL_load(lua_State *L, const axL_script *script, int nargs,
                     ax_proc **out);

/* Pushes how a dead process ended, as text: "error\ntraceback", or "killed:
** KILL".  AX_ENOENT: it exited.  AX_EBUSY: it is alive.  AX_ENOMEM. */
AXL_API int axL_pusherror(lua_State *L, ax_proc *p);

#ifdef __cplusplus
}
#endif
#endif
