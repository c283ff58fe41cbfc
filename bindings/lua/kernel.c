/* kernel - ax.run and what a kernel tells of itself */
#include <string.h>

#include "axL.h"

/* A kernel that Lua made; it is freed when ax.run is through with it. */
typedef struct world {
  ax_kernel *kernel;
  ax_kernel *outer;  /* that calls acted on before, */
  axL_limits limits; /* and its limits */
  uint64_t time;     /* of its virtual clock */
} world;

/* ------------------------------------------------------------- options */

static const char *const world_options[] = {
    "clock", "seed", "quantum", "warn", "kill", "quota", "each", NULL};

static void checkclock(lua_State *L, ax_config *c, uint64_t *time) {
  if (lua_getfield(L, 1, "clock") == LUA_TNIL) return;
  const char *clock = lua_tostring(L, -1);
  if (clock != NULL && strcmp(clock, "virtual") == 0)
    c->clock = ax_clock_virtual(time);
  else if (clock == NULL || strcmp(clock, "real") != 0)
    axL_badvalue(L, 1, "option \"clock\" is not \"real\" or \"virtual\"");
}

static void checkseed(lua_State *L, ax_config *c) {
  if (lua_getfield(L, 1, "seed") == LUA_TNIL) return;
  int isnum;
  lua_Integer seed = lua_tointegerx(L, -1, &isnum);
  if (!isnum) axL_badvalue(L, 1, "option \"seed\" is not a whole number");
  c->seed = (uint64_t)seed;
}

/* A limit in the table on the top; 0 if it is not there. */
static size_t checklimit(lua_State *L, const char *quota, const char *name) {
  if (lua_getfield(L, -1, name) == LUA_TNIL) {
    lua_pop(L, 1);
    return 0;
  }
  int isnum;
  lua_Integer n = lua_tointegerx(L, -1, &isnum);
  if (!isnum || n < 1)
    luaL_argerror(L, 1,
                  lua_pushfstring(L,
                                  "option \"%s\": \"%s\" is not a whole "
                                  "number from 1",
                                  quota, name));
  lua_pop(L, 1);
  return (size_t)n;
}

/* The limits in option quota or each. */
static ax_quota checkquota(lua_State *L, const char *option) {
  static const char *const fields[] = {"processes", "handles",  "messages",
                                       "bytes",     "segments", "shared",
                                       NULL};
  static const char *const few[] = {"processes", "handles", NULL};
  ax_quota q = {.processes = 0};
  int type = lua_getfield(L, 1, option);
  if (type != LUA_TNIL) {
    if (type != LUA_TTABLE)
      luaL_argerror(
          L, 1, lua_pushfstring(L, "option \"%s\" is not a table", option));
    bool each = strcmp(option, "each") == 0;
    axL_checknames(L, lua_gettop(L), 1, each ? few : fields);
    q.processes = checklimit(L, option, "processes");
    q.handles = checklimit(L, option, "handles");
    q.messages = checklimit(L, option, "messages");
    q.bytes = checklimit(L, option, "bytes");
    q.segments = checklimit(L, option, "segments");
    q.shared = checklimit(L, option, "shared");
  }
  lua_pop(L, 1);
  return q;
}

/* ------------------------------------------------------------------ run */

/* Ends what is left after a deadlock, <close> variables included. */
static int end_all(lua_State *L) {
  ax_kernel *k = lua_touserdata(L, 1);
  size_t n;
  ax_proc **list = axL_listprocs(L, k, &n);
  for (size_t i = 0; i < n; i++)
    if (ax_proc_state(list[i]) != AX_ZOMBIE)
      ax_kill(k, ax_proc_pid(list[i]), AX_SIGKILL);
  axL_run(L, k, NULL);
  return 0;
}

static void leave(lua_State *L, world *w) {
  axL_state *S = axL_getstate(L);
  if (w->kernel == NULL) return;
  S->kernel = w->outer;
  S->limits = w->limits;
  ax_kernel_free(w->kernel);
  w->kernel = NULL;
}

static int world_close(lua_State *L) {
  leave(L, lua_touserdata(L, 1));
  return 0;
}

/* Raises what is on the top.  Message handlers run before variables are
** closed, and belong to the kernel outside; so the world ends here. */
static int world_fail(lua_State *L, world *w) {
  leave(L, w);
  return lua_error(L);
}

/* What process 1 returned, or its error raised. */
static int world_results(lua_State *L, world *w, int pid) {
  const ax_value *status;
  ax_proc *p = ax_proc_find(w->kernel, pid);
  if (p == NULL) return 0; /* another process waited for it */
  enum ax_how how = ax_proc_status(p, &status);
  if (how == AX_EXITED) return axL_peekvalue(L, status);
  if (how == AX_FAILED) {
    axL_pushfailure(L, status);
    lua_pop(L, 1);
    return world_fail(L, w);
  }
  lua_pushfstring(L, "process %d was killed: %s", pid,
                  axL_signalname((int)status->u.integer));
  return world_fail(L, w);
}

/* Makes the kernel that calls act on until the userdata on the top is
** closed. */
static world *new_world(lua_State *L) {
  axL_state *S = axL_getstate(L);
  ax_config c = axL_config(S);
  world *w = lua_newuserdatauv(L, sizeof *w, 0);
  memset(w, 0, sizeof *w);
  luaL_setmetatable(L, "axeberg.world");
  w->outer = axL_kernel(L);
  w->limits = S->limits;
  lua_toclose(L, -1);
  c.outside = true;
  axL_limits limits = {0, 0, 0};
  ax_quota all = {.processes = 0}, each = all;
  if (lua_istable(L, 1)) {
    all = checkquota(L, "quota");
    each = checkquota(L, "each");
    limits = axL_checklimits(L, 1);
    checkclock(L, &c, &w->time);
    checkseed(L, &c);
    lua_pop(L, 2);
  }
  int rc = ax_kernel_new(&c, &w->kernel);
  if (rc == AX_OK) rc = ax_host_stdio(w->kernel);
  if (rc != AX_OK) luaL_error(L, "%s", ax_error_text(rc));
  if (c.clock.now == NULL) axL_setepoch(w->kernel);
  ax_kernel_set_quota(w->kernel, &all, &each);
  if (S->trace != NULL && ax_trace_attach(S->trace, w->kernel) != AX_OK)
    luaL_error(L, "not enough memory");
  S->kernel = w->kernel;
  S->limits = limits;
  return w;
}

/* Calls f(k) in protected mode; its error, if any, is left on the top. */
static bool protected(lua_State *L, lua_CFunction f, ax_kernel *k) {
  lua_pushvalue(L, AXL_STATE);
  lua_pushvalue(L, AXL_REFS);
  lua_pushcclosure(L, f, 2);
  lua_pushlightuserdata(L, k);
  return lua_pcall(L, 1, 0, 0) == LUA_OK;
}

static int run_all(lua_State *L) {
  axL_run(L, lua_touserdata(L, 1), NULL);
  return 0;
}

/* Runs a world to its end; a deadlock ends everybody and is raised. */
static void run_world(lua_State *L, world *w) {
  if (protected(L, run_all, w->kernel)) return;
  int report = lua_gettop(L);
  protected(L, end_all, w->kernel);
  lua_settop(L, report);
  world_fail(L, w);
}

/* run(): the kernel that there is. */
static int run_here(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  if (ax_running(k) != ax_kernel_host(k))
    return luaL_error(L, "run: only the script itself can run the kernel "
                         "that it is in; a process can run a new one: "
                         "ax.run(fn)");
  axL_run(L, k, NULL);
  return 0;
}

/* The upvalues of world_main besides the usual two. */
#define WORLD_BODY lua_upvalueindex(3)
#define WORLD_RESULTS lua_upvalueindex(4)

static int world_returned(lua_State *L, int status, lua_KContext ctx) {
  (void)status, (void)ctx;
  int n = lua_gettop(L);
  lua_pushinteger(L, n);
  lua_setfield(L, WORLD_RESULTS, "n");
  while (n > 0) lua_rawseti(L, WORLD_RESULTS, n--);
  return 0;
}

/* Process 1: keeps what its function returns. */
static int world_main(lua_State *L) {
  lua_pushvalue(L, WORLD_BODY);
  lua_insert(L, 1);
  lua_callk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, world_returned);
  return world_returned(L, LUA_OK, 0);
}

/* Pushes what process 1 returned, from the table at idx; how many; -1: it did
** not return. */
static int push_returned(lua_State *L, int idx) {
  if (lua_getfield(L, idx, "n") == LUA_TNIL) return -1;
  int n = (int)lua_tointeger(L, -1);
  luaL_checkstack(L, n, "too many results");
  for (int i = 1; i <= n; i++) lua_rawgeti(L, idx, i);
  return n;
}

/* Pushes process 1 for the function at fn: world_main; leaves the table for
** its results below. */
static int push_main(lua_State *L, int fn) {
  lua_newtable(L);
  lua_pushvalue(L, AXL_STATE);
  lua_pushvalue(L, AXL_REFS);
  lua_pushvalue(L, fn);
  lua_pushvalue(L, -4);
  lua_pushcclosure(L, world_main, 4);
  return lua_gettop(L) - 1;
}

static int l_run(lua_State *L) {
  if (lua_gettop(L) == 0) return run_here(L);
  int fn = 1;
  if (lua_istable(L, 1)) {
    axL_checkoptions(L, 1, world_options);
    fn = 2;
  }
  luaL_checktype(L, fn, LUA_TFUNCTION);
  int n = lua_gettop(L) - fn;
  world *w = new_world(L);
  luaL_checkstack(L, n + 8, "too many arguments");
  int results = push_main(L, fn);
  for (int i = fn + 1; i <= fn + n; i++) lua_pushvalue(L, i);
  axL_options o = {.priority = AX_NORMAL};
  o.limits = axL_getstate(L)->limits;
  ax_proc *p = axL_spawn(L, w->kernel, n, &o);
  if (p == NULL) return luaL_error(L, "run: process quota exceeded");
  int pid = ax_proc_pid(p);
  run_world(L, w);
  int count = push_returned(L, results);
  return count >= 0 ? count : world_results(L, w, pid);
}

#undef WORLD_BODY
#undef WORLD_RESULTS

void axL_refit(lua_State *L) {
  axL_state *S = axL_getstate(L);
  ax_config c = axL_config(S);
  ax_kernel *k;
  axL_checkoptions(L, 1, world_options);
  ax_quota all = checkquota(L, "quota"), each = checkquota(L, "each");
  axL_limits limits = axL_checklimits(L, 1);
  c.clock = S->setup.clock;
  c.seed = S->setup.seed;
  checkclock(L, &c, &S->time);
  checkseed(L, &c);
  lua_pop(L, 2);
  int rc = ax_kernel_new(&c, &k);
  if (rc != AX_OK) luaL_error(L, "%s", ax_error_text(rc));
  ax_kernel_set_quota(k, &all, &each);
  ax_kernel_free(S->first);
  S->first = S->kernel = k;
  S->limits = limits;
}

/* ----------------------------------------------------------------- stats */

static int l_stats(lua_State *L) {
  ax_stats s;
  ax_kernel_stats(axL_kernel(L), &s);
  lua_createtable(L, 0, 8);
#define FIELD(name)                        \
  lua_pushinteger(L, (lua_Integer)s.name); \
  lua_setfield(L, -2, #name)
  FIELD(processes);
  FIELD(objects);
  FIELD(handles);
  FIELD(messages);
  FIELD(waiters);
  FIELD(timers);
  FIELD(blocks);
  FIELD(bytes);
  FIELD(segments);
  FIELD(shared);
  FIELD(steps);
  FIELD(passes);
#undef FIELD
  return 1;
}

static const luaL_Reg world_meta[] = {
    {"__gc", world_close}, {"__close", world_close}, {NULL, NULL}};

static const luaL_Reg kernel_functions[] = {
    {"run", l_run}, {"stats", l_stats}, {NULL, NULL}};

void axL_openkernel(lua_State *L) {
  axL_newclass(L, "axeberg.world", world_meta, NULL);
  lua_pop(L, 1);
  axL_setfuncs(L, kernel_functions);
}
