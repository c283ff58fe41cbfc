/* wrap - generators that may block
**
** ax.wrap is coroutine.wrap for use inside a process: when a call inside the
** generator blocks, the generator yields to its resumer, which knows that
** the yield is not a value and yields in turn, down to the kernel. */
#include "axL.h"

#define GENERATOR lua_upvalueindex(3)

typedef struct generator {
  lua_State *co;
  bool blocked; /* if whoever resumed it is closed now, so is it */
} generator;

static int resume(lua_State *L, generator *g, int nargs);

/* May L resume it?  Not if it runs, or has resumed somebody, or is dead. */
static bool suspended(lua_State *L, lua_State *co) {
  if (co == L) return false;
  if (lua_status(co) != LUA_OK) return lua_status(co) == LUA_YIELD;
  return !axL_incall(co) && lua_gettop(co) > 0;
}

/* Why not; nothing happens to it. */
static int wrap_refuse(lua_State *L, lua_State *co) {
  bool runs = co == L || axL_incall(co);
  return luaL_error(L, "cannot resume %s coroutine",
                    runs ? "non-suspended" : "dead");
}

static int unblocked(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  (void)ctx;
  generator *g = lua_touserdata(L, GENERATOR);
  g->blocked = false;
  return resume(L, g, 0);
}

static int generator_close(lua_State *L) {
  generator *g = lua_touserdata(L, 1);
  if (!g->blocked) return 0;
  g->blocked = false;
  if (!suspended(L, g->co)) return 0; /* somebody else has resumed it */
  if (axL_closethread(g->co, L) == LUA_OK) return 0;
  lua_xmove(g->co, L, 1);
  return lua_error(L);
}

/* The generator waits for the kernel: so does L.  The slot to be closed is
** made once a call: a lua_settop that closes it is not safe in Lua 5.4.4. */
static int block(lua_State *L, generator *g) {
  if (lua_gettop(L) == 0) {
    lua_pushvalue(L, GENERATOR);
    lua_toclose(L, 1);
  }
  g->blocked = true;
  return lua_yieldk(L, 0, 0, unblocked);
}

/* The generator failed: its error is L's. */
static int wrap_fail(lua_State *L, generator *g) {
  lua_xmove(g->co, L, 1);
  if (axL_closethread(g->co, L) != LUA_OK) {
    lua_pop(L, 1);
    lua_xmove(g->co, L, 1);
  }
  return lua_error(L);
}

static int resume(lua_State *L, generator *g, int nargs) {
  int n = 0;
  if (!suspended(L, g->co)) return wrap_refuse(L, g->co);
  lua_State *outer = axL_enter(L, g->co);
  int status = lua_resume(g->co, L, nargs, &n);
  bool blocks = axL_leave(L, outer);
  if (status == LUA_YIELD && blocks) {
    lua_pop(g->co, n);
    return block(L, g);
  }
  if (status != LUA_OK && status != LUA_YIELD) return wrap_fail(L, g);
  if (!lua_checkstack(L, n)) return luaL_error(L, "too many results");
  lua_xmove(g->co, L, n);
  return n;
}

static int call(lua_State *L) {
  generator *g = lua_touserdata(L, GENERATOR);
  int nargs = lua_gettop(L);
  if (g->blocked)
    return luaL_error(L, "cannot resume a generator that blocks in another "
                         "process");
  if (!suspended(L, g->co)) return wrap_refuse(L, g->co);
  if (!lua_checkstack(g->co, nargs))
    return luaL_error(L, "too many arguments");
  lua_xmove(L, g->co, nargs);
  return resume(L, g, nargs);
}

static int l_wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_pushvalue(L, AXL_STATE);
  lua_pushvalue(L, AXL_REFS);
  generator *g = lua_newuserdatauv(L, sizeof *g, 1);
  g->blocked = false;
  luaL_setmetatable(L, "axeberg.generator");
  g->co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, g->co, 1);
  lua_setiuservalue(L, -2, 1);
  lua_pushcclosure(L, call, 3);
  return 1;
}

static const luaL_Reg wrap_meta[] = {{"__close", generator_close},
                                     {NULL, NULL}};

static const luaL_Reg wrap_functions[] = {{"wrap", l_wrap}, {NULL, NULL}};

void axL_openwrap(lua_State *L) {
  axL_newclass(L, "axeberg.generator", wrap_meta, NULL);
  lua_pop(L, 1);
  axL_setfuncs(L, wrap_functions);
}

#undef GENERATOR
