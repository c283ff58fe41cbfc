/* host - axeberg in a program that embeds Lua
**
** Whatever may raise runs in protected mode: a job is a C function with what
** it needs, called by way of one closure that has the two upvalues of all
** functions of the binding (axL.h) and waits in the registry. */
#include "axeberg-lua.h"

#include <lualib.h>
#include <string.h>

#include "chunk.h"
#include "lua/axL.h"

typedef struct host_job host_job;
struct host_job {
  int (*run)(lua_State *L, host_job *job); /* as a lua_CFunction */
  bool told;                               /* an error leaves its message */
  ax_object *object;
  ax_value *value;
  ax_proc *proc;
  const axL_script *script;
  const axL_setup *setup;
  int rc; /* what run decided */
};

static const char call_key; /* in the registry: the closure */

/* ------------------------------------------------------ protected mode */

static int run_job(lua_State *L) {
  host_job *job = lua_touserdata(L, 1);
  lua_remove(L, 1);
  return job->run(L, job);
}

static int failed_job(lua_State *L, const host_job *job, int status) {
  if (!job->told) lua_pop(L, 1);
  return status == LUA_ERRMEM ? AX_ENOMEM : AX_EINVAL;
}

/* Calls the function below the nargs on the top. */
static int call_job(lua_State *L, host_job *job, int nargs, int nresults) {
  lua_pushlightuserdata(L, job);
  lua_insert(L, -(nargs + 1));
  int status = lua_pcall(L, nargs + 1, nresults, 0);
  return status == LUA_OK ? job->rc : failed_job(L, job, status);
}

/* Runs the job with the nargs on the top, which are popped. */
static int do_job(lua_State *L, host_job *job, int nargs, int nresults) {
  if (!lua_checkstack(L, 4)) {
    lua_pop(L, nargs);
    if (job->told) lua_pushnil(L);
    return AX_ENOMEM;
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, &call_key);
  lua_insert(L, -(nargs + 1));
  return call_job(L, job, nargs, nresults);
}

/* -------------------------------------------------------------- opening */

/* require for our own files, and behind them for all others; upvalue 1 is
** the environment of ours. */
static int embedded_require(lua_State *L) {
  const char *name = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  if (lua_getfield(L, 2, name) != LUA_TNIL) return 1;
  const axL_chunk *c = axL_findchunk(name);
  if (c == NULL) {
    if (lua_getglobal(L, "require") == LUA_TNIL)
      return luaL_error(L, "module '%s' not found", name);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
  }
  if (luaL_loadbufferx(L, (const char *)c->bytes, c->size, c->file, "t") !=
      LUA_OK)
    return lua_error(L);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_setupvalue(L, -2, 1);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, 2, name);
  return 1;
}

/* The environment of our files: the globals, and that require. */
static void push_require(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_createtable(L, 0, 1);
  lua_pushglobaltable(L);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, embedded_require, 1);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "require");
  lua_remove(L, -2);
}

/* Whoever requires one of our files later, finds it. */
static void preload(lua_State *L, int require) {
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  for (size_t i = 0; i < axL_nchunks; i++) {
    lua_pushvalue(L, require);
    lua_setfield(L, -2, axL_chunks[i].module);
  }
  lua_pop(L, 1);
}

int luaopen_axeberg_core(lua_State *L);

static int open_all(lua_State *L, host_job *job) {
  axL_setsetup(L, job->setup);
  luaL_requiref(L, "axeberg.core", luaopen_axeberg_core, 0);
  axL_setsetup(L, NULL);
  push_require(L);
  int require = lua_gettop(L);
  lua_pushvalue(L, require);
  lua_pushliteral(L, "axeberg");
  lua_call(L, 1, 0);
  preload(L, require);
  axL_pushupvalues(L);
  lua_pushcclosure(L, run_job, 2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &call_key);
  return 0;
}

int axL_open(lua_State *L, const axL_setup *setup) {
  static const axL_setup none;
  host_job job = {.run = open_all, .setup = setup == NULL ? &none : setup};
  if (!lua_checkstack(L, 4)) return AX_ENOMEM;
  bool open = lua_rawgetp(L, LUA_REGISTRYINDEX, &call_key) != LUA_TNIL;
  lua_pop(L, 1);
  if (open) return AX_EEXIST;
  lua_pushcfunction(L, run_job);
  return call_job(L, &job, 0, 0);
}

ax_kernel *axL_tokernel(lua_State *L) {
  if (!lua_checkstack(L, 1)) return NULL;
  axL_state *S = axL_findstate(L);
  return S == NULL ? NULL : S->kernel;
}

int axL_frame(lua_State *L, uint64_t budget) {
  if (!lua_checkstack(L, 1)) return AX_ENOMEM;
  axL_state *S = axL_findstate(L);
  if (S == NULL || S->kernel == NULL) return AX_EINVAL;
  ax_kernel *k = S->kernel;
  uint64_t now = budget == AX_NEVER ? 0 : ax_now(k);
  lua_State *outer = S->runner;
  S->runner = L;
  int n = ax_step_until(k, budget < AX_NEVER - now ? now + budget : AX_NEVER);
  S->runner = outer;
  return n;
}

/* ------------------------------------------------------- what is handed */

/* Handles are named after kinds, apart from these. */
static const axL_class *class_of(lua_State *L, const ax_object *o) {
  const char *kind = ax_object_kind(o), *doing = ax_object_doing(o);
  bool reads = doing != NULL && strncmp(doing, "read", 4) == 0;
  bool open = strcmp(kind, "pipe") == 0 || strcmp(kind, "device") == 0;
  if (strcmp(kind, "queue") == 0)
    kind = "msgqueue";
  else if (open && reads)
    kind = "file";
  else if (strcmp(kind, "file") == 0 && !reads)
    return NULL; /* a node of the tree, or where writers wait */
  return axL_findclass(axL_findstate(L), kind);
}

static int hand_over(lua_State *L, host_job *job) {
  ax_kernel *k = axL_kernel(L);
  job->rc = AX_EXDEV;
  if (ax_object_kernel(job->object) != k) return 0;
  job->rc = axL_room(k, 1);
  if (job->rc != AX_OK) return 0;
  const axL_class *class = class_of(L, job->object);
  job->rc = class == NULL ? AX_ENOTSUP : AX_OK;
  if (class == NULL) return 0;
  axL_holdobject(k, axL_newend(L, k, class, job->object), job->object);
  return 1;
}

int axL_pushobject(lua_State *L, ax_object *o) {
  host_job job = {.run = hand_over, .object = o};
  int rc = do_job(L, &job, 0, 1);
  if (job.rc != AX_OK) lua_pop(L, 1); /* the nil that came instead */
  return rc;
}

static axL_handle *open_handle(lua_State *L, int idx) {
  if (!lua_checkstack(L, 4)) return NULL;
  const ax_kernel *k = axL_tokernel(L);
  axL_handle *h = k == NULL ? NULL : axL_toany(L, k, idx);
  return h == NULL || h->hold->object == NULL ? NULL : h;
}

ax_object *axL_toobject(lua_State *L, int idx) {
  const axL_handle *h = open_handle(L, idx);
  return h == NULL ? NULL : h->hold->object;
}

ax_object *axL_takeobject(lua_State *L, int idx) {
  axL_handle *h = open_handle(L, idx);
  if (h == NULL) return NULL;
  h->moved = ax_proc_pid(ax_kernel_host(axL_tokernel(L)));
  return ax_hold_take(h->hold);
}

static int to_value(lua_State *L, host_job *job) {
  *job->value = axL_popvalue(L, axL_getstate(L));
  return 0;
}

int axL_tovalue(lua_State *L, int idx, ax_value *out) {
  host_job job = {.run = to_value, .value = out};
  *out = ax_nil();
  if (lua_isnoneornil(L, idx)) return AX_EINVAL;
  if (!lua_checkstack(L, 1)) return AX_ENOMEM;
  lua_pushvalue(L, idx);
  return do_job(L, &job, 1, 0);
}

static int push_value(lua_State *L, host_job *job) {
  return axL_peekvalue(L, job->value);
}

int axL_pushvalueof(lua_State *L, ax_value *v) {
  host_job job = {.run = push_value, .value = v};
  int rc = do_job(L, &job, 0, 1);
  if (rc == AX_OK) ax_value_clear(v);
  return rc;
}

/* --------------------------------------------------------------- scripts */

static void set_limit(lua_State *L, const char *name, uint32_t n) {
  lua_pushinteger(L, n);
  lua_setfield(L, -2, name);
}

/* Pushes the options of ax.script. */
static void push_options(lua_State *L, const axL_script *s) {
  static const char *const priorities[] = {"critical", "normal",
                                           "background"};
  lua_createtable(L, 0, 6);
  lua_pushstring(L, s->name);
  lua_setfield(L, -2, "name");
  lua_pushstring(L, priorities[s->priority]);
  lua_setfield(L, -2, "priority");
  set_limit(L, "quantum", s->quantum);
  set_limit(L, "warn", s->warn);
  set_limit(L, "kill", s->kill);
  if (s->globals == NULL) return;
  lua_newtable(L);
  for (int i = 0; s->globals[i] != NULL; i++) {
    lua_pushstring(L, s->globals[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "globals");
}

/* With the arguments of the script on the stack; answers a message. */
static int load_script(lua_State *L, host_job *job) {
  const axL_script *s = job->script;
  int nargs = lua_gettop(L);
  luaL_checkstack(L, 8, NULL);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, "axeberg");
  lua_getfield(L, -1, "script");
  lua_replace(L, nargs + 1);
  lua_settop(L, nargs + 1);
  push_options(L, s);
  lua_pushlstring(L, s->text, s->length > 0 ? s->length : strlen(s->text));
  lua_rotate(L, 1, 3); /* function, options, text, arguments */
  lua_call(L, nargs + 2, 3);
  if (lua_isinteger(L, -3)) {
    job->proc = ax_proc_find(axL_kernel(L), (int)lua_tointeger(L, -3));
    lua_pushnil(L);
    return 1;
  }
  const char *code = lua_tostring(L, -1);
  bool quota = code != NULL && strcmp(code, "EDQUOT") == 0;
  job->rc = quota ? AX_EDQUOT : AX_EINVAL;
  lua_pop(L, 1);
  return 1;
}

int axL_load(lua_State *L, const axL_script *script, int nargs,
             ax_proc **out) {
  host_job job = {.run = load_script, .told = true, .script = script};
  int rc = do_job(L, &job, nargs, 1);
  if (rc != AX_OK) return rc;
  lua_pop(L, 1);
  *out = job.proc;
  return AX_OK;
}

static int push_error(lua_State *L, host_job *job) {
  const ax_value *status;
  if (ax_proc_status(job->proc, &status) == AX_KILLED) {
    lua_pushfstring(L, "killed: %s", axL_signalname((int)status->u.integer));
    return 1;
  }
  axL_pushfailure(L, status);
  lua_pop(L, 1);
  luaL_tolstring(L, -1, NULL);
  return 1;
}

int axL_pusherror(lua_State *L, ax_proc *p) {
  const ax_value *status;
  host_job job = {.run = push_error, .proc = p};
  if (ax_proc_state(p) != AX_ZOMBIE) return AX_EBUSY;
  if (ax_proc_peek(p, &status) == AX_EXITED) return AX_ENOENT;
  return do_job(L, &job, 0, 1);
}
