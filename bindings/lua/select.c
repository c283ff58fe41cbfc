/* select - waiting for whatever comes first
**
** ax.select{rx, {tx, value}, pid, alarm, ...}: each element is an arm. */
#include "axL.h"

enum { FEW = 8 }; /* arms that need no memory */

/* What the object of an arm is; and its value, a message, pushed (or nil).
** Index 1 is the list, the arm is on the top. */
static ax_object *checkarm(lua_State *L, lua_Integer i) {
  int arm = lua_gettop(L);
  if (lua_type(L, arm) == LUA_TNUMBER) {
    ax_object *o = axL_toprocess(L, arm);
    if (o == NULL) luaL_error(L, "select: arm %I: %s", i,
                              lua_tostring(L, -2));
    lua_pushnil(L);
    return o;
  }
  if (lua_type(L, arm) == LUA_TTABLE) {
    lua_rawgeti(L, arm, 1);
    ax_object *o = axL_tosender(L, arm + 1);
    if (o == NULL)
      luaL_error(L, "select: arm %I: a table is {sender, value}", i);
    lua_rawgeti(L, arm, 2);
    axL_pushmessage(L, o, arm + 2);
    return o;
  }
  const axL_handle *h = axL_tohandle(L, arm, NULL);
  if (h == NULL || h->class->results == NULL)
    luaL_error(L, "select: arm %I: cannot wait for %s", i,
               luaL_tolstring(L, arm, NULL));
  if (h->hold.object == NULL)
    luaL_error(L, "select: arm %I: %s", i, luaL_tolstring(L, arm, NULL));
  lua_pushnil(L);
  return h->hold.object;
}

/* Fills arms from the list; the values only once nothing can go wrong. */
static void checklist(lua_State *L, ax_arm *arms, int n) {
  bool values = false;
  lua_createtable(L, 0, 0);
  int messages = lua_gettop(L);
  for (int i = 0; i < n; i++) {
    lua_rawgeti(L, 1, i + 1);
    arms[i].object = checkarm(L, i + 1);
    arms[i].value = ax_nil();
    if (!lua_isnil(L, -1)) {
      lua_rawseti(L, messages, i + 1);
      values = true;
    }
    lua_settop(L, messages);
  }
  for (int i = 0; values && i < n; i++)
    if (lua_rawgeti(L, messages, i + 1) != LUA_TNIL)
      arms[i].value = axL_popvalue(L);
}

/* The waitable of the arm that fired, then what its operation answers. */
static int select_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int arm;
  ax_value v;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  if (arm < 0) return axL_result(L, rc);
  lua_settop(L, 1);
  if (lua_rawgeti(L, 1, arm + 1) == LUA_TTABLE) {
    lua_rawgeti(L, -1, 1);
    ax_value_clear(&v);
    return 1 + axL_result(L, rc);
  }
  if (lua_type(L, -1) == LUA_TNUMBER) return 1 + axL_ended(L, rc, &v);
  return 1 + axL_tohandle(L, -1, NULL)->class->results(L, rc, &v);
}

static int l_select(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  uint64_t deadline = axL_checkdeadline(L, 2);
  lua_Unsigned n = lua_rawlen(L, 1);
  luaL_argcheck(L, n <= INT16_MAX, 1, "too many arms");
  lua_settop(L, 1);
  ax_arm few[FEW], *arms = few;
  if (n > FEW) arms = lua_newuserdatauv(L, n * sizeof *arms, 0);
  checklist(L, arms, (int)n);
  return axL_wait(L, arms, (int)n, deadline, select_finish);
}

static const luaL_Reg functions[] = {{"select", l_select}, {NULL, NULL}};

void axL_openselect(lua_State *L) { axL_setfuncs(L, functions); }
