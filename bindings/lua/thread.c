/* thread - Lua threads for processes to run on
**
** Idle ones are kept for the next process, but few: each costs every garbage
** collection.  What the slot of a thread has is a userdata with three values:
** the thread, and two that body keeps while its process waits. */
#include "axL.h"

bool axL_incall(lua_State *co) {
  lua_Debug ar;
  return lua_status(co) == LUA_OK && lua_getstack(co, 0, &ar) != 0;
}

int axL_makethread(lua_State *L) {
  axL_thread *t = lua_touserdata(L, 1);
  lua_newuserdatauv(L, 0, 3);
  lua_State *co = lua_newthread(L);
  lua_setiuservalue(L, -2, 1);
  t->slot = axL_newref(L, axL_getstate(L));
  t->co = co;
  return 0;
}

bool axL_getthread(axL_state *S, axL_thread *t) {
  if (S->npool > 0) {
    *t = S->pool[--S->npool];
    return true;
  }
  lua_pushvalue(S->store, AXL_AUX_MAKETHREAD);
  lua_xmove(S->store, S->aux, 1);
  lua_pushlightuserdata(S->aux, t);
  if (lua_pcall(S->aux, 1, 0, 0) == LUA_OK) return true;
  lua_pop(S->aux, 1);
  return false;
}

void axL_putthread(axL_state *S, axL_thread t) {
  lua_State *co = t.co;
  axL_unlimit(co);
  bool clean =
      lua_status(co) == LUA_OK && lua_gethook(co) == NULL && !axL_incall(co);
  if (clean && S->npool < AXL_POOL) {
    lua_settop(co, 0);
    S->pool[S->npool++] = t;
  } else {
    axL_freeref(S, t.slot);
  }
}
