/* state - what one Lua state has: its kernel, references, idle threads */
#include <stdio.h>
#include <stdlib.h>

#include "axL.h"

/* Keys in the registry: the state; and what a host wants of it, while it is
** being made. */
static const char state_key, setup_key, aux_key;

void *axL_resize(axL_state *S, void *block, size_t oldsize, size_t newsize) {
  return S->alloc(S->allocud, block, oldsize, newsize);
}

/* ---------------------------------------------------------- references */

/* Room in the stack of freed slots for one more slot. */
static void state_reserve(lua_State *L, axL_state *S) {
  if (S->nslots < S->room) return;
  uint32_t room = S->room == 0 ? 64 : S->room * 2;
  uint32_t *freed =
      axL_resize(S, S->freed, S->room * sizeof *freed, room * sizeof *freed);
  if (freed == NULL) luaL_error(L, "not enough memory");
  S->freed = freed;
  S->room = room;
}

/* Pops a value into a new slot. */
static uint32_t append(lua_State *L, axL_state *S) {
  state_reserve(L, S);
  lua_rawseti(L, AXL_REFS, S->nslots + 2);
  return ++S->nslots + 1;
}

uint32_t axL_newref(lua_State *L, axL_state *S) {
  if (S->nfreed == 0) return append(L, S);
  uint32_t slot = S->freed[S->nfreed - 1];
  lua_rawseti(L, AXL_REFS, slot);
  S->nfreed--;
  return slot;
}

void axL_reserverefs(lua_State *L, axL_state *S, uint32_t n) {
  while (S->nfreed < n) {
    lua_pushboolean(L, 0);
    uint32_t slot = append(L, S);
    S->freed[S->nfreed++] = slot;
  }
}

void axL_takeref(lua_State *L, axL_state *S, uint32_t slot) {
  lua_rawgeti(L, AXL_REFS, slot);
  lua_pushboolean(L, 0);
  lua_rawseti(L, AXL_REFS, slot);
  S->freed[S->nfreed++] = slot;
}

void axL_freeref(axL_state *S, uint32_t slot) {
  lua_pushboolean(S->store, 0);
  lua_rawseti(S->store, AXL_AUX_REFS, slot);
  S->freed[S->nfreed++] = slot;
}

static void state_release(ax_keeper *keeper, uint32_t slot) {
  axL_freeref((axL_state *)(void *)keeper, slot);
}

/* ------------------------------------------------------------- the hooks */

/* Ends that nobody can reach any more close, and may wake somebody. */
static void state_idle(void *ctx) {
  const axL_state *S = ctx;
  lua_State *L = S->runner == NULL ? S->aux : S->runner;
  lua_gc(L, LUA_GCCOLLECT);
  lua_gc(L, LUA_GCCOLLECT);
}

static int failure_text(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  return 1;
}

/* Pushes the text of the error object on the top, whose __tostring may
** fail. */
static const char *push_failure_text(lua_State *L, size_t *length) {
  lua_pushcfunction(L, failure_text);
  lua_pushvalue(L, -2);
  if (lua_pcall(L, 1, 1, 0) != LUA_OK)
    lua_pushfstring(L, "(error object is a %s value; its __tostring failed)",
                    luaL_typename(L, -2));
  return lua_tolstring(L, -1, length);
}

static int print_failure(lua_State *L) {
  ax_proc *p = lua_touserdata(L, 1);
  const ax_value *status;
  ax_proc_status(p, &status);
  axL_pushfailure(L, status);
  lua_pop(L, 1);
  size_t length;
  const char *error = push_failure_text(L, &length);
  const axL_setup *setup = &axL_getstate(L)->setup;
  if (setup->failed != NULL) {
    setup->failed(setup->ctx, p, error);
    return 0;
  }
  fprintf(stderr, "axeberg: %s failed: ", axL_pushwho(L, p));
  fwrite(error, 1, length, stderr);
  fputc('\n', stderr);
  return 0;
}

/* Errors never pass silently: what nobody waited for goes to stderr. */
static void failed(void *ctx, ax_proc *p) {
  axL_state *S = ctx;
  lua_State *L = S->aux;
  lua_pushvalue(S->store, AXL_AUX_FAILED);
  lua_xmove(S->store, L, 1);
  lua_pushlightuserdata(L, p);
  if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
    fprintf(stderr, "axeberg: process %d failed\n", ax_proc_pid(p));
    lua_pop(L, 1);
  }
}

ax_config axL_config(axL_state *S) {
  ax_config c = {.idle = state_idle, .failed = failed, .ctx = S};
  /* the memory of our kernels is memory of the script, limits included */
  c.allocator = (ax_allocator){S->alloc, S->allocud};
  return c;
}

/* ------------------------------------------------------------- the state */

/* The script ends, and what it began does not come to its end. */
static void warn_alive(lua_State *L, const ax_kernel *k) {
  char text[80];
  size_t n = ax_kernel_alive(k);
  if (n == 0) return;
  snprintf(text, sizeof text,
           "axeberg: the script ends, and %zu of its "
           "processes with it",
           n);
  lua_warning(L, text, 0);
}

static int state_gc(lua_State *L) {
  axL_state *S = lua_touserdata(L, 1);
  if (S->first != NULL) {
    warn_alive(L, S->first);
    ax_kernel_free(S->first);
  }
  S->first = S->kernel = NULL;
  axL_freeholds(S);
  if (S->freed != NULL)
    axL_resize(S, S->freed, S->room * sizeof *S->freed, 0);
  S->freed = NULL;
  return 0;
}

/* Pushes a function on aux; state and references are on the top. */
static void push_aux(lua_State *L, lua_CFunction f) {
  lua_pushvalue(L, -2);
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, f, 2);
  lua_xmove(L, ((axL_state *)lua_touserdata(L, -3))->store, 1);
}

static void new_aux(lua_State *L, axL_state *S) {
  S->store = lua_newthread(L);
  lua_pushvalue(L, -2);
  lua_xmove(L, S->store, 1);
  lua_rawseti(L, -2, 1); /* anchored as reference 1 */
  S->aux = lua_newthread(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &aux_key);
  push_aux(L, print_failure);
  push_aux(L, axL_makethread);
  push_aux(L, axL_main);
  push_aux(L, axL_onerror);
}

void axL_newstate(lua_State *L) {
  axL_state *S = lua_newuserdatauv(L, sizeof *S, 0);
  *S = (axL_state){.keeper = {state_release, axL_pack}};
  S->alloc = lua_getallocf(L, &S->allocud);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &setup_key) != LUA_TNIL)
    S->setup = *(const axL_setup *)lua_touserdata(L, -1);
  lua_pop(L, 1);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, state_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_createtable(L, 64, 0);
  new_aux(L, S);
  ax_config c = axL_config(S);
  c.clock = S->setup.clock;
  c.seed = S->setup.seed;
  if (ax_kernel_new(&c, &S->first) != AX_OK ||
      ax_host_stdio(S->first) != AX_OK)
    luaL_error(L, "not enough memory");
  if (c.clock.now == NULL) axL_setepoch(S->first);
  S->kernel = S->first;
  lua_pushvalue(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key);
}

void axL_setsetup(lua_State *L, const axL_setup *setup) {
  if (setup == NULL)
    lua_pushnil(L);
  else
    lua_pushlightuserdata(L, (void *)setup);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &setup_key);
}

axL_state *axL_findstate(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
  axL_state *S = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return S;
}

void axL_pushupvalues(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
  const axL_state *S = lua_touserdata(L, -1);
  lua_pushvalue(S->store, AXL_AUX_REFS);
  lua_xmove(S->store, L, 1);
}

_Noreturn void axL_closed(lua_State *L) {
  luaL_error(L, "axeberg is closed");
  abort(); /* never reached */
}

ax_kernel *axL_firstkernel(lua_State *L) { return axL_getstate(L)->first; }

/* ------------------------------------------------------------- classes */

void axL_setfuncs(lua_State *L, const luaL_Reg *functions) {
  lua_pushvalue(L, AXL_STATE);
  lua_pushvalue(L, AXL_REFS);
  luaL_setfuncs(L, functions, 2);
}

void axL_newclass(lua_State *L, const char *name, const luaL_Reg *meta,
                  const luaL_Reg *methods) {
  luaL_newmetatable(L, name);
  if (meta != NULL) axL_setfuncs(L, meta);
  if (methods != NULL) {
    lua_newtable(L);
    axL_setfuncs(L, methods);
    lua_setfield(L, -2, "__index");
  }
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
}
