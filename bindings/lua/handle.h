/* handle - userdata that hold an object
**
** Every handle of Lua - a channel's end, an alarm, a queue - is one of
** these; see axL.h, which includes this file. */
#ifndef AXL_HANDLE_H
#define AXL_HANDLE_H

#include <lauxlib.h>
#include <lua.h>

#include "axeberg.h"

/* What gcc would rather call where there are many calls of it. */
#if defined(__GNUC__)
#define AXL_INLINE static inline __attribute__((always_inline))
#else
#define AXL_INLINE static inline
#endif

/* The memory of the holds of all handles. */
typedef struct axL_holds {
  struct chunk *chunks;
  ax_hold *unused; /* a list by next */
} axL_holds;

/* A kind of handle; its address is the mark of its userdata. */
typedef struct axL_class {
  const char *name; /* "axeberg.sender": __name, and for messages */
  /* Pushes what a wait for it answers; the handle is on the top.  NULL: not
  ** to be waited for. */
  int (*results)(lua_State *L, int rc, ax_value *v);
  int values; /* user values of a handle, unless it is a keeper; they move
              ** with it */
} axL_class;

/* A userdata that holds an object for a process.  The hold is not in it:
** where memory is so short that Lua cannot call __gc, the userdata goes away
** and the hold stays until the process ends. */
typedef struct axL_handle {
  const axL_class *class;
  ax_hold *hold; /* never NULL; its object is, if the handle is closed */
  int moved;     /* to which pid; 0: it did not move */
  bool typed;    /* it has user values */
} axL_handle;

/* Frees all holds; for the end of the state. */
struct axL_state;
void axL_freeholds(struct axL_state *S);

/* Pushes a handle without an object; raises when memory is short. */
axL_handle *axL_newhandle(lua_State *L, ax_kernel *k, const axL_class *class);

/* The same with the value on the top, which it pops: that lives as long as
** the handle, and moves with it. */
axL_handle *axL_newkeeper(lua_State *L, ax_kernel *k, const axL_class *class);

/* Raises: there is no open handle of that class at idx. */
_Noreturn int axL_badhandle(lua_State *L, int idx, const axL_class *class);

/* May the running process hold n handles more?  AX_OK or AX_EDQUOT; asked
** before the objects are made. */
int axL_room(const ax_kernel *k, size_t n);

/* Gives it the object, held by the running process. */
void axL_holdobject(ax_kernel *k, axL_handle *h, ax_object *o);

/* The handle at idx, of that class, or of any; NULL if it is none. */
axL_handle *axL_tohandle(lua_State *L, int idx, const axL_class *class);
axL_handle *axL_toany(lua_State *L, const ax_kernel *k, int idx);

/* The same, raising if it is none; open or not. */
axL_handle *axL_checkhandle(lua_State *L, int idx, const axL_class *class);

/* The open handle at idx.  Raises.  (Inline: every method begins with it.
** The size is compared first, so a userdata of somebody else is never looked
** into.) */
AXL_INLINE axL_handle *axL_checkopen(lua_State *L, int idx,
                                     const axL_class *class) {
  axL_handle *h = lua_touserdata(L, idx);
  if (h == NULL || lua_rawlen(L, idx) != sizeof *h || h->class != class ||
      h->hold->object == NULL)
    axL_badhandle(L, idx, class);
  return h;
}

/* Its object. */
static inline ax_object *axL_checkobject(lua_State *L, int idx,
                                         const axL_class *class) {
  return axL_checkopen(L, idx, class)->hold->object;
}

/* Makes a class of handles with close, __close, __gc, __tostring; pops
** nothing, leaves nothing. */
void axL_newhandleclass(lua_State *L, const axL_class *class,
                        const luaL_Reg *meta, const luaL_Reg *methods);

/* The class of handles for objects of that kind ("sender"); NULL: none. */
const axL_class *axL_findclass(const struct axL_state *S, const char *kind);

/* Hands a handle to another process: pushes the new one, still empty.  The
** move itself is axL_movehandle, which cannot fail. */
axL_handle *axL_newtwin(lua_State *L, const ax_kernel *k, int idx);
void axL_movehandle(axL_handle *from, axL_handle *to, ax_proc *p);

#endif
