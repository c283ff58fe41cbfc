/* body - what body and main share: a process whose body is a Lua function */
#ifndef AXL_BODY_H
#define AXL_BODY_H

#include "axL.h"

enum { KEPT = 4 }; /* function and arguments that need no table */

/* User values that go with the thread; 1 is itself. */
enum { KEPT_LENT = 2, KEPT_BLOCKED = 3 };

typedef struct axL_body {
  lua_State *co;      /* NULL: not bound yet */
  uint32_t slot;      /* of co */
  uint32_t traceback; /* slot of the traceback of its error; 0: none */
  union {
    struct {
      lua_State *current; /* the coroutine that may block now: co, or a
                          ** generator of ax.wrap inside it */
      lua_State *blocked; /* the one that yielded to the kernel */
    };
    uint32_t kept[KEPT]; /* until it is bound: slots of fn, args..., or of a
                         ** table with all of them; 0: none */
  };
  axL_limits limits;
  uint32_t used;  /* instructions since it gave way by itself */
  int nargs;      /* of the function; -1 once it runs */
  bool lends;     /* bytes of a string, which is kept with the thread */
  bool blocks;    /* the yield that comes is for the kernel */
  bool cancelled; /* a wait raised "cancelled" */
  bool over;      /* ax.exit or KILL: only <close> variables run now */
} axL_body;

/* NULL: the process is the host, or written in C. */
axL_body *axL_luabody(const ax_proc *p);

/* Its address, as the error that axL_main gets: the coroutine of the process
** was resumed or closed by somebody else. */
extern const char axL_stolen;

#endif
