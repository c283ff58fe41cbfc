/* main - what runs inside the thread of a process: its function, protected */
#include "body.h"

const char axL_stolen;

/* Keeps the traceback of the error; the error stays what it is.  Inside an
** ax.run that cannot even begin, the kernel is already the new one, and its
** host has no body. */
int axL_onerror(lua_State *L) {
  axL_state *S = axL_getstate(L);
  axL_body *b = axL_luabody(ax_running(S->kernel));
  if (b == NULL || b->co != L) return 1;
  if (b->traceback != 0) axL_freeref(S, b->traceback);
  b->traceback = 0;
  luaL_traceback(L, L, NULL, 1);
  b->traceback = axL_newref(L, S);
  return 1;
}

/* Pushes the traceback that axL_onerror kept. */
static void take_traceback(lua_State *L, axL_body *b) {
  if (b->traceback == 0) {
    lua_pushliteral(L, "");
    return;
  }
  axL_takeref(L, axL_getstate(L), b->traceback);
  b->traceback = 0;
}

/* The error on the top becomes {error, traceback}; a string gets the
** traceback as well, where there is one. */
static ax_value failure(lua_State *L, axL_body *b) {
  lua_createtable(L, 2, 0);
  take_traceback(L, b);
  lua_pushvalue(L, -3);
  if (lua_type(L, -1) == LUA_TSTRING && lua_rawlen(L, -2) > 0) {
    lua_pushliteral(L, "\n");
    lua_pushvalue(L, -3);
    lua_concat(L, 3);
  }
  lua_rawseti(L, -3, 1);
  lua_rawseti(L, -2, 2);
  return axL_popvalue(L, axL_getstate(L));
}

static bool is_cancel(lua_State *L, const axL_body *b) {
  if (!b->cancelled || lua_type(L, -1) != LUA_TSTRING) return false;
  lua_pushliteral(L, "cancelled");
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 1);
  return same;
}

/* The body has ended; results from index 2 on, or the error on the top. */
static int main_end(lua_State *L, int status) {
  axL_state *S = axL_getstate(L);
  ax_proc *p = ax_running(S->kernel);
  axL_body *b = axL_luabody(p);
  if (status == LUA_OK || status == LUA_YIELD) {
    lua_settop(L, 2);
    ax_proc_exit(p, AX_EXITED,
                 lua_isnil(L, 2) ? ax_integer(0) : axL_popvalue(L, S));
  } else if (is_cancel(L, b)) {
    ax_proc_exit(p, AX_KILLED, ax_integer(AX_SIGTERM));
  } else {
    ax_proc_exit(p, AX_FAILED, failure(L, b));
  }
  return 0;
}

/* Index 1 is axL_onerror, then come results or error. */
static int main_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)ctx;
  const axL_body *b = axL_luabody(ax_running(axL_getstate(L)->kernel));
  if (b == NULL || b->co != L) return 0; /* somebody else has resumed it */
  return main_end(L, status);
}

/* The thread's first function, with axL_onerror, fn, args...  The protected
** call lets <close> variables block while an error unwinds.  Or with the
** error alone, when the process has ended. */
int axL_main(lua_State *L) {
  if (lua_gettop(L) == 1) {
    if (lua_touserdata(L, 1) == &axL_stolen)
      lua_pushliteral(L, "its coroutine was resumed or closed by somebody "
                         "else");
    return main_end(L, LUA_ERRRUN);
  }
  int status =
      lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, main_finish);
  return main_finish(L, status, 0);
}
