/* trace - recorders of what happens, and what processes hold
**
** lua/axeberg/trace.lua makes of this what scripts see. */
#include <string.h>

#include "axL.h"

#define TRACE "axeberg.recorder"

enum { BATCH = 64 }; /* events that are copied at once */

typedef struct recorder {
  ax_trace *trace; /* NULL: closed */
} recorder;

static recorder *checkrecorder(lua_State *L) {
  recorder *r = luaL_checkudata(L, 1, TRACE);
  luaL_argcheck(L, r->trace != NULL, 1, "the trace is closed");
  return r;
}

/* recorder(room): records the current kernel, and those of ax.run from now
** on.  nil: somebody does already. */
static int l_recorder(lua_State *L) {
  axL_state *S = axL_getstate(L);
  ax_kernel *k = axL_kernel(L);
  lua_Integer room = luaL_checkinteger(L, 1);
  if (S->trace != NULL || ax_trace_number(k) != 0)
    return axL_fail(L, AX_EBUSY, "there is a trace already");
  recorder *r = lua_newuserdatauv(L, sizeof *r, 0);
  r->trace = NULL;
  luaL_setmetatable(L, TRACE);
  int rc = ax_trace_new(NULL, (size_t)room, &r->trace);
  if (rc == AX_OK) rc = ax_trace_attach(r->trace, k);
  if (rc != AX_OK) return axL_result(L, rc);
  S->trace = r->trace;
  return 1;
}

/* stop(): what was recorded can still be read. */
static int l_stop(lua_State *L) {
  const recorder *r = luaL_checkudata(L, 1, TRACE);
  axL_state *S = axL_getstate(L);
  ax_kernel *k;
  if (r->trace == NULL || S->trace != r->trace) return 0;
  while (ax_trace_kernels(r->trace, &k, 1) > 0) ax_trace_detach(k);
  S->trace = NULL;
  return 0;
}

static int recorder_close(lua_State *L) {
  recorder *r = luaL_checkudata(L, 1, TRACE);
  l_stop(L);
  if (r->trace != NULL) ax_trace_free(r->trace);
  r->trace = NULL;
  return 0;
}

/* stat(): how many events there were; how many are kept at most; is it on? */
static int l_recorder_stat(lua_State *L) {
  const recorder *r = checkrecorder(L);
  lua_pushinteger(L, (lua_Integer)ax_trace_count(r->trace));
  lua_pushinteger(L, (lua_Integer)ax_trace_room(r->trace));
  lua_pushboolean(L, axL_getstate(L)->trace == r->trace);
  return 3;
}

/* -------------------------------------------------------------- reading */

static void set_string(lua_State *L, const char *name, const char *s) {
  if (*s == '\0') return;
  lua_pushstring(L, s);
  lua_setfield(L, -2, name);
}

/* A channel is known by its receiver. */
static const char *kind_of(const ax_event *e) {
  return strcmp(e->what, "receiver") == 0 ? "channel" : e->what;
}

static void push_event(lua_State *L, const ax_event *e) {
  lua_createtable(L, 0, 10);
  lua_pushnumber(L, (lua_Number)e->time / (lua_Number)AX_SECOND);
  lua_setfield(L, -2, "time");
  lua_pushstring(L, ax_event_name(e->kind));
  lua_setfield(L, -2, "kind");
  axL_setinteger(L, "kernel", e->kernel);
  axL_setinteger(L, "pid", e->pid);
  axL_setinteger(L, "other", e->other);
  axL_setinteger(L, "value", e->value);
  set_string(L, "what", kind_of(e));
  set_string(L, "name", e->name);
  if (e->number != 0) axL_setinteger(L, "number", e->number);
  if (e->flow != 0) axL_setinteger(L, "flow", (int64_t)e->flow);
}

/* read(next): a list of events from number next on, and where to go on. */
static int l_read(lua_State *L) {
  const recorder *r = checkrecorder(L);
  uint64_t at = (uint64_t)luaL_checkinteger(L, 2);
  ax_event events[BATCH];
  size_t n = ax_trace_read(r->trace, &at, events, BATCH);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    push_event(L, &events[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_pushinteger(L, (lua_Integer)at);
  return 2;
}

/* Adds to the number at index pid of the table at idx. */
static void add_to(lua_State *L, int idx, int pid, lua_Number more) {
  lua_rawgeti(L, idx, pid);
  lua_pushnumber(L, lua_tonumber(L, -1) + more);
  lua_rawseti(L, idx, pid);
  lua_pop(L, 1);
}

/* usage(next): where to go on; how often each process of the current kernel
** ran, and for how many seconds; where events were forgotten, the seconds from
** the first to the last of those that were left. */
static int l_usage(lua_State *L) {
  const recorder *r = checkrecorder(L);
  uint64_t from = (uint64_t)luaL_checkinteger(L, 2), at = from, since = 0;
  uint64_t first = UINT64_MAX, last = 0, n = 0;
  int number = ax_trace_number(axL_kernel(L));
  ax_event e;
  lua_settop(L, 2);
  lua_newtable(L);
  lua_newtable(L);
  while (ax_trace_read(r->trace, &at, &e, 1) == 1) {
    n++;
    if (e.kernel != number) continue;
    if (first == UINT64_MAX) first = e.time;
    last = e.time;
    if (e.kind == AX_EVENT_RUN) {
      add_to(L, 3, e.pid, 1);
      since = e.time;
    } else if (e.kind == AX_EVENT_PAUSE && since != 0) {
      add_to(L, 4, e.pid,
             (lua_Number)(e.time - since) / (lua_Number)AX_SECOND);
    }
  }
  lua_pushinteger(L, (lua_Integer)at);
  lua_insert(L, 3);
  if (at - from == n || last <= first) return 3;
  lua_pushnumber(L, (lua_Number)(last - first) / (lua_Number)AX_SECOND);
  return 4;
}

/* ---------------------------------------------------- who is alive, holds */

static int list_names(lua_State *L) {
  size_t n;
  const ax_kernel *k = lua_touserdata(L, 1);
  ax_proc **list = axL_listprocs(L, k, &n);
  lua_newtable(L);
  for (size_t i = 0; i < n; i++) {
    lua_pushstring(L, ax_proc_name(list[i]));
    lua_rawseti(L, -2, ax_proc_pid(list[i]));
  }
  return 1;
}

/* names(): kernel -> pid -> name of all processes alive that are traced. */
static int l_names(lua_State *L) {
  const recorder *r = checkrecorder(L);
  size_t n = ax_trace_kernels(r->trace, NULL, 0);
  ax_kernel **list = lua_newuserdatauv(L, n * sizeof(ax_kernel *) + 1, 0);
  ax_trace_kernels(r->trace, list, n);
  lua_newtable(L);
  for (size_t i = 0; i < n; i++) {
    axL_frozen(L, list_names, list[i]);
    lua_rawseti(L, -2, ax_trace_number(list[i]));
  }
  return 1;
}

static void push_hold(lua_State *L, const ax_proc *p, const ax_object *o) {
  char text[128];
  ax_object_describe(o, text, sizeof text);
  lua_createtable(L, 0, 4);
  axL_setinteger(L, "pid", ax_proc_pid(p));
  set_string(L, "kind", ax_object_kind(o));
  set_string(L, "text", text);
}

static int list_held(lua_State *L) {
  size_t n;
  const ax_kernel *k = lua_touserdata(L, 1);
  lua_Integer count = 0;
  ax_proc **list = axL_listprocs(L, k, &n);
  lua_newtable(L);
  for (size_t i = 0; i < n; i++) {
    const ax_hold *h = ax_proc_held(list[i]);
    for (; h != NULL; h = h->next) {
      if (h->object == NULL) continue;
      push_hold(L, list[i], h->object);
      lua_rawseti(L, -2, ++count);
    }
  }
  return 1;
}

/* held(): what the processes of the kernel hold. */
static int l_held(lua_State *L) {
  axL_frozen(L, list_held, axL_kernel(L));
  return 1;
}

/* mark(text): noted down by who traces. */
static int l_mark(lua_State *L) {
  ax_trace_mark(axL_kernel(L), luaL_checkstring(L, 1));
  return 0;
}

static const luaL_Reg recorder_meta[] = {
    {"__gc", recorder_close}, {"__close", recorder_close}, {NULL, NULL}};

static const luaL_Reg recorder_methods[] = {
    {"stop", l_stop},   {"stat", l_recorder_stat}, {"read", l_read},
    {"usage", l_usage}, {"names", l_names},        {"close", recorder_close},
    {NULL, NULL}};

static const luaL_Reg trace_functions[] = {{"recorder", l_recorder},
                                           {"held", l_held},
                                           {"mark", l_mark},
                                           {NULL, NULL}};

void axL_opentrace(lua_State *L) {
  axL_newclass(L, TRACE, recorder_meta, recorder_methods);
  lua_pop(L, 1);
  axL_setfuncs(L, trace_functions);
}

#undef TRACE
