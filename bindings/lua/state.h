/* state - what one Lua state has: its kernel, references, idle threads
**
** See axL.h, which includes this file. */
#ifndef AXL_STATE_H
#define AXL_STATE_H

#include <lauxlib.h>
#include <lua.h>

#include "axeberg-lua.h"
#include "handle.h"

enum { AXL_POOL = 64 }; /* idle Lua threads that are kept for reuse */

/* A Lua thread for processes to run on, anchored for good. */
typedef struct axL_thread {
  lua_State *co;
  uint32_t slot; /* of the reference table */
} axL_thread;

/* How long a process may run without giving way, in VM instructions; 0:
** as long as it likes.  Inherited by all processes of a kernel. */
typedef struct axL_limits {
  uint32_t quantum; /* then it yields to the others */
  uint32_t warn;    /* then a warning is printed; multiple of quantum */
  uint32_t kill;    /* then it is killed; multiple of quantum */
} axL_limits;

enum { AXL_CLASSES = 32 }; /* of handles, at most */

/* One for each Lua state. */
typedef struct axL_state {
  ax_keeper keeper; /* of the references; its address is the state's */
  lua_Alloc alloc;  /* of the Lua state, */
  void *allocud;    /* and its context */
  axL_setup setup;  /* what a host wants; zero in a script */
  lua_State
      *store;     /* holds what is listed below, and never runs anything: what
                     ** is called may call us again, while the thread that it
                     ** runs in is in the midst of a call */
  lua_State *aux; /* own thread for work that has no caller */
  lua_State *runner; /* who called the loop that runs now */
  ax_kernel *kernel; /* that calls act on; changed by ax.run */
  ax_kernel *first;  /* the one that was there from the beginning */
  axL_limits limits; /* of the processes of kernel; changed with it */
  ax_trace *trace;   /* who records all kernels; NULL: nobody */
  uint64_t time;     /* of the first kernel, if its clock is virtual */
  axL_holds holds;   /* of the handles */
  int nclasses;      /* of handles */
  const axL_class *classes[AXL_CLASSES];
  uint32_t *freed;       /* slots to use again, a stack */
  uint32_t nfreed, room; /* room for nslots, always */
  uint32_t nslots;       /* given out so far, in use or not */
  int npool;
  axL_thread pool[AXL_POOL];
} axL_state;

/* What stands on the stack of store. */
enum {
  AXL_AUX_REFS = 1,
  AXL_AUX_FAILED,     /* prints what nobody waited for */
  AXL_AUX_MAKETHREAD, /* makes a thread, for protected calls */
  AXL_AUX_MAIN,       /* a thread's first function, */
  AXL_AUX_ONERROR     /* and its message handler */
};

/* The two upvalues of every C function. */
#define AXL_STATE lua_upvalueindex(1)
#define AXL_REFS lua_upvalueindex(2)

/* The state, inside a function of the module. */
#define axL_getstate(L) ((axL_state *)lua_touserdata(L, AXL_STATE))

/* Raises: the state is closed. */
_Noreturn void axL_closed(lua_State *L);

/* The kernel that calls act on now.  Raises once the state is closed. */
static inline ax_kernel *axL_kernel(lua_State *L) {
  ax_kernel *k = axL_getstate(L)->kernel;
  if (k == NULL) axL_closed(L);
  return k;
}

/* The state that a kernel belongs to: cheaper than to ask L. */
#define axL_stateof(k) ((axL_state *)ax_kernel_context(k))

/* The first kernel of this Lua state; it lives as long as the state. */
ax_kernel *axL_firstkernel(lua_State *L);

/* The kernel settings that every kernel of the state shares: its hooks. */
ax_config axL_config(axL_state *S);

/* What axL_newstate is to do, which may follow; NULL: as always.  Raises
** when memory is short. */
void axL_setsetup(lua_State *L, const axL_setup *setup);

/* The state, from anywhere; NULL: there is none yet. */
axL_state *axL_findstate(lua_State *L);

/* Pushes the two upvalues, from anywhere. */
void axL_pushupvalues(lua_State *L);

/* Memory of the Lua state, as lua_Alloc. */
void *axL_resize(axL_state *S, void *block, size_t oldsize, size_t newsize);

/* Makes the state; leaves it and the reference table on the stack. */
void axL_newstate(lua_State *L);

/* Registers functions with the two upvalues in the table on the top. */
void axL_setfuncs(lua_State *L, const luaL_Reg *functions);

/* Makes the metatable for __name = name with these metamethods and
** methods (NULL for none), registered as luaL_newmetatable does, and
** leaves it on the top. */
void axL_newclass(lua_State *L, const char *name, const luaL_Reg *meta,
                  const luaL_Reg *methods);

/* Pops a value and keeps it; its slot.  Raises when memory is short. */
uint32_t axL_newref(lua_State *L, axL_state *S);

/* The next n of those cannot fail.  Raises. */
void axL_reserverefs(lua_State *L, axL_state *S, uint32_t n);

/* Pushes what a slot keeps and frees the slot. */
void axL_takeref(lua_State *L, axL_state *S, uint32_t slot);

/* Frees a slot; from anywhere. */
void axL_freeref(axL_state *S, uint32_t slot);

#endif
