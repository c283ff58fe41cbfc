/* handle - userdata that hold an object */
#include <stdlib.h>
#include <string.h>

#include "axL.h"

/* ----------------------------------------------------- memory of holds */

enum { HOLDS = 64 };

typedef struct chunk {
  struct chunk *next;
  ax_hold holds[HOLDS];
} chunk;

static void put_hold(axL_holds *holds, ax_hold *h) {
  h->next = holds->unused;
  holds->unused = h;
}

static ax_hold *get_hold(lua_State *L, axL_state *S) {
  axL_holds *holds = &S->holds;
  if (holds->unused == NULL) {
    chunk *c = axL_resize(S, NULL, 0, sizeof *c);
    if (c == NULL) luaL_error(L, "not enough memory");
    memset(c, 0, sizeof *c);
    c->next = holds->chunks;
    holds->chunks = c;
    for (int i = HOLDS - 1; i >= 0; i--) put_hold(holds, &c->holds[i]);
  }
  ax_hold *h = holds->unused;
  holds->unused = h->next;
  h->object = NULL;
  return h;
}

void axL_freeholds(axL_state *S) {
  axL_holds *holds = &S->holds;
  while (holds->chunks != NULL) {
    chunk *next = holds->chunks->next;
    axL_resize(S, holds->chunks, sizeof *next, 0);
    holds->chunks = next;
  }
  holds->unused = NULL;
}

/* ------------------------------------------------------------- handles */

/* The hold of handles that will never hold anything again.  Never written:
** it has no object. */
static const ax_hold no_hold;
#define NO_HOLD ((ax_hold *)&no_hold)

static axL_handle *push_handle(lua_State *L, const axL_class *class,
                               ax_hold *hold, int values) {
  axL_handle *h = lua_newuserdatauv(L, sizeof *h, values);
  memset(h, 0, sizeof *h);
  h->class = class;
  h->hold = hold;
  lua_rawgetp(L, LUA_REGISTRYINDEX, class);
  lua_setmetatable(L, -2);
  return h;
}

axL_handle *axL_newhandle(lua_State *L, ax_kernel *k,
                          const axL_class *class) {
  return push_handle(L, class, get_hold(L, axL_stateof(k)), class->values);
}

axL_handle *axL_newkeeper(lua_State *L, ax_kernel *k,
                          const axL_class *class) {
  axL_handle *h = push_handle(L, class, get_hold(L, axL_stateof(k)), 1);
  lua_insert(L, -2);
  lua_setiuservalue(L, -2, 1);
  return h;
}

int axL_room(const ax_kernel *k, size_t n) {
  return ax_hold_room(ax_running(k), n);
}

void axL_holdobject(ax_kernel *k, axL_handle *h, ax_object *o) {
  ax_hold_add(ax_running(k), h->hold, o);
}

/* Is it a class of handles? */
static bool is_class(const axL_state *S, const axL_class *class) {
  int i = 0;
  while (i < S->nclasses && S->classes[i] != class) i++;
  return i < S->nclasses;
}

/* The size is checked first, so a foreign userdata is never looked into. */
static axL_handle *handle_at(lua_State *L, int idx) {
  axL_handle *h = lua_touserdata(L, idx);
  return h == NULL || lua_rawlen(L, idx) != sizeof *h ? NULL : h;
}

axL_handle *axL_tohandle(lua_State *L, int idx, const axL_class *class) {
  axL_handle *h = handle_at(L, idx);
  return h == NULL || h->class != class ? NULL : h;
}

static axL_handle *handle_any(lua_State *L, const axL_state *S, int idx) {
  axL_handle *h = handle_at(L, idx);
  return h == NULL || !is_class(S, h->class) ? NULL : h;
}

axL_handle *axL_toany(lua_State *L, const ax_kernel *k, int idx) {
  return handle_any(L, axL_stateof(k), idx);
}

axL_handle *axL_checkhandle(lua_State *L, int idx, const axL_class *class) {
  axL_handle *h = axL_tohandle(L, idx, class);
  if (h == NULL) luaL_typeerror(L, idx, class->name);
  return h;
}

static int closed_error(lua_State *L, int idx, const axL_handle *h) {
  const char *kind = h->class->name + sizeof "axeberg";
  const char *how = "is closed";
  if (h->moved != 0)
    how = lua_pushfstring(L, "has moved to process %d", h->moved);
  return luaL_argerror(L, idx, lua_pushfstring(L, "%s %s", kind, how));
}

_Noreturn int axL_badhandle(lua_State *L, int idx, const axL_class *class) {
  closed_error(L, idx, axL_checkhandle(L, idx, class));
  abort(); /* never reached */
}

static axL_handle *self(lua_State *L) {
  axL_handle *h = handle_any(L, axL_getstate(L), 1);
  if (h == NULL) luaL_typeerror(L, 1, "axeberg handle");
  return h;
}

static int handle_close(lua_State *L) {
  ax_hold_drop(self(L)->hold);
  lua_pushboolean(L, 1);
  return 1;
}

/* Whoever brings it back to life finds it closed, for good. */
static int handle_gc(lua_State *L) {
  axL_state *S = axL_getstate(L);
  axL_handle *h = handle_any(L, S, 1);
  if (h == NULL) luaL_typeerror(L, 1, "axeberg handle");
  ax_hold_drop(h->hold);
  if (h->hold != NO_HOLD) put_hold(&S->holds, h->hold);
  h->hold = NO_HOLD;
  return 0;
}

static int handle_tostring(lua_State *L) {
  const axL_handle *h = self(L);
  char text[128];
  if (h->hold->object != NULL)
    ax_object_describe(h->hold->object, text, sizeof text);
  else
    strcpy(text, h->moved != 0 ? "moved" : "closed");
  lua_pushfstring(L, "%s: %s", h->class->name, text);
  return 1;
}

/* handle:give(pid): that process holds it from now on, and closes it at its
** end.  The handle stays what it is. */
static int handle_give(lua_State *L) {
  axL_handle *h = self(L);
  if (h->hold->object == NULL) closed_error(L, 1, h);
  lua_Integer pid = luaL_checkinteger(L, 2);
  ax_proc *p = NULL, *old = h->hold->holder;
  if (pid > 0 && pid <= INT32_MAX)
    p = ax_proc_find(ax_object_kernel(h->hold->object), (int)pid);
  if (p == NULL || ax_proc_state(p) == AX_ZOMBIE)
    return axL_result(L, AX_ESRCH);
  ax_object *o = ax_hold_take(h->hold); /* there may be room only now */
  bool room = ax_hold_room(p, 1) == AX_OK;
  ax_hold_add(room ? p : old, h->hold, o);
  if (!room) return axL_fail(L, AX_EDQUOT, "handle quota exceeded");
  lua_pushboolean(L, 1);
  return 1;
}

static const luaL_Reg handle_meta[] = {{"__gc", handle_gc},
                                       {"__close", handle_close},
                                       {"__tostring", handle_tostring},
                                       {NULL, NULL}};

static const luaL_Reg handle_methods[] = {
    {"close", handle_close}, {"give", handle_give}, {NULL, NULL}};

void axL_newhandleclass(lua_State *L, const axL_class *class,
                        const luaL_Reg *meta, const luaL_Reg *methods) {
  axL_newclass(L, class->name, handle_meta, methods);
  axL_setfuncs(L, meta);
  lua_getfield(L, -1, "__index");
  axL_setfuncs(L, handle_methods);
  lua_pop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, class);
  axL_state *S = axL_getstate(L);
  if (S->nclasses == AXL_CLASSES) luaL_error(L, "too many classes");
  S->classes[S->nclasses++] = class;
}

const axL_class *axL_findclass(const axL_state *S, const char *kind) {
  for (int i = 0; i < S->nclasses; i++) {
    const char *name = S->classes[i]->name + sizeof "axeberg";
    if (strcmp(name, kind) == 0) return S->classes[i];
  }
  return NULL;
}

/* -------------------------------------------------------------- moving */

/* How many user values the handle at idx has. */
static int count_values(lua_State *L, int idx) {
  int n = 0;
  while (lua_getiuservalue(L, idx, n + 1) != LUA_TNONE) n++;
  lua_pop(L, n + 1);
  return n;
}

axL_handle *axL_newtwin(lua_State *L, const ax_kernel *k, int idx) {
  const axL_handle *h = axL_toany(L, k, idx);
  if (h->hold->object == NULL) closed_error(L, idx, h);
  if (ax_object_kernel(h->hold->object) != k)
    luaL_argerror(L, idx, "it belongs to another kernel");
  int n = count_values(L, idx);
  luaL_checkstack(L, n + 2, NULL);
  axL_handle *twin = push_handle(L, h->class, NO_HOLD, n);
  twin->typed = h->typed;
  for (int i = 1; i <= n; i++) {
    lua_getiuservalue(L, idx, i);
    lua_setiuservalue(L, -2, i);
  }
  return twin;
}

void axL_movehandle(axL_handle *from, axL_handle *to, ax_proc *p) {
  ax_object *o = ax_hold_take(from->hold);
  if (o != NULL) ax_hold_add(p, from->hold, o);
  to->hold = from->hold;
  from->hold = NO_HOLD;
  from->moved = ax_proc_pid(p);
}

#undef NO_HOLD
