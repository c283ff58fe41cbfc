/* select - waiting for whatever comes first
**
** ax.select{rx, {tx, value}, pid, alarm, ...}: each element is an arm.  The
** list may change while the call waits, so what the arms are is kept on the
** stack: the list, the memory for arms, then two places for each arm: what
** to wait for, and the message to send (or nil). */
#include "axL.h"

enum { FEW = 8 }; /* arms that need no memory */

#define PLACE(i) (2 * (i) + 3)

/* What the handle at idx holds; raises if that is nothing. */
static ax_object *opened(lua_State *L, int idx, int arm) {
  const axL_handle *h = axL_tohandle(L, idx, NULL);
  if (h->hold.object == NULL)
    luaL_error(L, "select: arm %d: %s", arm + 1,
               luaL_tolstring(L, idx, NULL));
  return h->hold.object;
}

/* Turns {sender, value} at PLACE(i) into the two. */
static void unpack(lua_State *L, int i) {
  int idx = PLACE(i);
  lua_rawgeti(L, idx, 1);
  lua_rawgeti(L, idx, 2);
  lua_replace(L, idx + 1);
  lua_replace(L, idx);
  if (axL_tohandle(L, idx, NULL) != NULL) opened(L, idx, i);
  ax_object *o = axL_tosender(L, idx);
  if (o == NULL)
    luaL_error(L, "select: arm %d: a table is {sender, value}", i + 1);
  axL_pushmessage(L, o, idx + 1);
  lua_replace(L, idx + 1);
}

/* Puts arm number i on the stack. */
static void place(lua_State *L, int i) {
  int idx = PLACE(i);
  lua_rawgeti(L, 1, i + 1);
  lua_pushnil(L);
  if (lua_type(L, idx) == LUA_TTABLE) {
    unpack(L, i);
    return;
  }
  if (lua_isinteger(L, idx)) return;
  const axL_handle *h = axL_tohandle(L, idx, NULL);
  if (h == NULL || h->class->results == NULL)
    luaL_error(L, "select: arm %d: cannot wait for %s", i + 1,
               luaL_tolstring(L, idx, NULL));
}

/* What arm number i waits for.  NULL: a process that is not there; that is
** what the call answers, in four results on the top. */
static ax_object *object(lua_State *L, int i) {
  int idx = PLACE(i);
  if (lua_type(L, idx) != LUA_TNUMBER) return opened(L, idx, i);
  ax_object *o = axL_toprocess(L, idx);
  if (o == NULL) {
    lua_pushvalue(L, idx);
    lua_insert(L, -4);
  }
  return o;
}

/* Fills arms with what is on the stack; false: there is an answer already.
** First everything that may raise or run a finalizer, then the objects,
** then the references that somebody has to let go. */
static bool fill(lua_State *L, ax_arm *arms, int n) {
  for (int i = 0; i < n; i++) place(L, i);
  for (int i = 0; i < n; i++) {
    arms[i].object = object(L, i);
    arms[i].value = ax_nil();
    if (arms[i].object == NULL) return false;
  }
  for (int i = 0; i < n; i++) {
    if (lua_isnil(L, PLACE(i) + 1)) continue;
    lua_pushvalue(L, PLACE(i) + 1);
    arms[i].value = axL_popvalue(L);
  }
  return true;
}

/* The waitable of the arm that fired, then what its operation answers. */
static int select_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int arm;
  ax_value v;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  if (arm < 0) return axL_result(L, rc);
  lua_settop(L, PLACE(arm));
  if (lua_type(L, -1) == LUA_TNUMBER) return 1 + axL_ended(L, rc, &v);
  const axL_class *class = axL_tohandle(L, -1, NULL)->class;
  if (class->results != NULL) return 1 + class->results(L, rc, &v);
  ax_value_clear(&v); /* a sender */
  return 1 + axL_result(L, rc);
}

static int l_select(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  uint64_t deadline = axL_checkdeadline(L, 2);
  lua_Unsigned n = lua_rawlen(L, 1);
  luaL_argcheck(L, n <= INT16_MAX, 1, "too many arms");
  ax_arm few[FEW], *arms = few;
  lua_settop(L, 1);
  if (n > FEW)
    arms = lua_newuserdatauv(L, n * sizeof *arms, 0);
  else
    lua_pushnil(L);
  luaL_checkstack(L, 2 * (int)n + 8, "too many arms");
  if (!fill(L, arms, (int)n)) return 4;
  return axL_wait(L, arms, (int)n, deadline, select_finish);
}

static const luaL_Reg functions[] = {{"select", l_select}, {NULL, NULL}};

void axL_openselect(lua_State *L) { axL_setfuncs(L, functions); }
