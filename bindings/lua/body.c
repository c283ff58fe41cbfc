/* body - a Lua function as the body of a process
**
** The function runs in a Lua thread that the process gets when it is made,
** or at its first step, from a small pool of idle ones, and that goes back
** there at the end.  (An idle thread costs every garbage collection, so
** there are few.  coroutine.running() of a dead process may name a thread
** that runs another one by now.) */
#include <string.h>

#include "body.h"
#include "file.h"

static const ax_proc_ops body_ops;

static axL_body *body_of(const ax_proc *p) { return ax_proc_body(p); }

axL_body *axL_luabody(const ax_proc *p) {
  return ax_proc_is(p, &body_ops) ? body_of(p) : NULL;
}

static axL_state *state_of(const ax_proc *p) {
  return axL_stateof(ax_proc_kernel(p));
}

static axL_body *running_body(lua_State *L) {
  return axL_luabody(ax_running(axL_getstate(L)->kernel));
}

/* Is it as the process left it, with nargs values that wait for the first
** step?  (0: it is not the first.) */
static bool untouched(lua_State *co, int nargs) {
  if (nargs == 0) return lua_status(co) == LUA_YIELD;
  return lua_status(co) == LUA_OK && !axL_incall(co) &&
         lua_gettop(co) == nargs + 1;
}

/* ------------------------------------------------- before and after that */

/* Gives the body a thread that is ready for fn and args. */
static bool bind(axL_state *S, axL_body *b) {
  axL_thread t;
  if (!axL_getthread(S, &t)) return false;
  int size = b->nargs + 4; /* an idle thread has room for that many */
  if (size > LUA_MINSTACK && !lua_checkstack(t.co, size)) {
    axL_putthread(S, t);
    return false;
  }
  if (b->limits.quantum > 0) axL_limit(t.co, &b->limits);
  lua_pushvalue(S->store, AXL_AUX_MAIN);
  lua_pushvalue(S->store, AXL_AUX_ONERROR);
  lua_xmove(S->store, t.co, 2);
  b->current = b->co = t.co;
  b->blocked = NULL;
  b->slot = t.slot;
  return true;
}

/* Binds now what had to wait; false when memory is short. */
static bool bind_late(axL_state *S, axL_body *b) {
  uint32_t kept[KEPT];
  memcpy(kept, b->kept, sizeof kept);
  if (!bind(S, b)) return false;
  int n = 0;
  for (; n < KEPT && kept[n] != 0; n++) {
    lua_rawgeti(S->store, AXL_AUX_REFS, kept[n]);
    axL_freeref(S, kept[n]);
  }
  lua_xmove(S->store, b->co, n);
  if (n == b->nargs + 1) return true;
  for (int i = 1; i <= b->nargs + 1; i++) lua_rawgeti(b->co, 3, i);
  lua_remove(b->co, 3);
  return true;
}

/* ------------------------------------------------------------ the process */

/* Memory was short, or the stack: nothing could be kept of the error. */
static enum ax_step give_up(ax_proc *p) {
  ax_proc_exit(p, AX_FAILED, ax_nil());
  return AX_DONE;
}

/* Pops a value from store that stays as long as the wait does, whatever
** becomes of the coroutine that has it; or nil.  Needs no memory. */
static void keep_waiting(axL_state *S, const axL_body *b, int which) {
  lua_rawgeti(S->store, AXL_AUX_REFS, b->slot);
  lua_insert(S->store, -2);
  lua_setiuservalue(S->store, -2, which);
  lua_pop(S->store, 1);
}

/* The wait is over. */
static void drop_waiting(axL_state *S, axL_body *b) {
  if (b->lends) {
    lua_pushnil(S->store);
    keep_waiting(S, b, KEPT_LENT);
    b->lends = false;
  }
  if (b->blocked != NULL && b->blocked != b->co) {
    lua_pushnil(S->store);
    keep_waiting(S, b, KEPT_BLOCKED);
  }
  b->blocked = NULL;
}

/* It runs, or has ended, without the process. */
static enum ax_step stolen(axL_state *S, ax_proc *p) {
  lua_pushvalue(S->store, AXL_AUX_MAIN);
  lua_xmove(S->store, S->aux, 1);
  lua_pushlightuserdata(S->aux, (void *)&axL_stolen);
  if (lua_pcall(S->aux, 1, 0, 0) == LUA_OK) return AX_DONE;
  lua_pop(S->aux, 1);
  return give_up(p);
}

/* Runs the <close> variables of what is over; false: the error is on co. */
static bool close_all(axL_state *S, axL_body *b) {
  (void)S; /* newer versions of Lua want to know */
  b->over = true;
  b->used = 0; /* they get a budget of their own */
  axL_limit(b->co, &b->limits);
  return axL_closethread(b->co, S->runner) == LUA_OK;
}

/* An error in a <close> has nobody else to go to. */
static void body_unwind(ax_proc *p) {
  axL_body *b = body_of(p);
  if (b->co == NULL || axL_incall(b->co) || close_all(state_of(p), b)) return;
  const char *message = lua_tostring(b->co, -1);
  lua_warning(b->co, "axeberg: error in a <close> of a killed process: ", 1);
  lua_warning(b->co, message == NULL ? "(no string)" : message, 0);
}

/* After ax.exit, an error in a <close> is how the process ends, as it is
** after a return. */
static enum ax_step exit_step(axL_state *S, ax_proc *p, axL_body *b) {
  if (close_all(S, b)) return AX_DONE;
  lua_pushvalue(S->store, AXL_AUX_MAIN);
  lua_xmove(S->store, b->co, 1);
  lua_insert(b->co, -2);
  return lua_pcall(b->co, 1, 0, 0) == LUA_OK ? AX_DONE : give_up(p);
}

static enum ax_step body_step(ax_proc *p) {
  axL_body *b = body_of(p);
  axL_state *S = state_of(p);
  int nargs = 0, n = 0;
  if (b->nargs >= 0) {
    if (b->co == NULL && !bind_late(S, b)) return give_up(p);
    nargs = b->nargs + 2;
    b->nargs = -1;
  }
  b->blocks = false;
  drop_waiting(S, b);
  if (!untouched(b->co, nargs)) return stolen(S, p);
  int status = lua_resume(b->co, S->runner, nargs, &n);
  if (status == LUA_OK) return AX_DONE;
  if (status != LUA_YIELD) return give_up(p);
  if (n > 0) lua_pop(b->co, n);
  if (b->over) return exit_step(S, p, b);
  return ax_proc_state(p) == AX_RUNNING ? AX_YIELD : AX_WAIT;
}

/* Lets go of the thread, or of what is kept until there is one. */
static void unbind(axL_state *S, axL_body *b) {
  if (b->co != NULL) {
    drop_waiting(S, b);
    axL_putthread(S, (axL_thread){b->co, b->slot});
    return;
  }
  for (int i = 0; i < KEPT && b->kept[i] != 0; i++)
    axL_freeref(S, b->kept[i]);
}

static void body_free(ax_proc *p) {
  axL_body *b = body_of(p);
  unbind(state_of(p), b);
  if (b->traceback != 0) axL_freeref(state_of(p), b->traceback);
}

static const ax_proc_ops body_ops = {sizeof(axL_body), body_step, body_unwind,
                                     body_free, axL_trace};

/* Pops function and arguments, and keeps them. */
static void keep(lua_State *L, axL_state *S, axL_body *b) {
  int n = b->nargs + 1;
  if (n > KEPT) {
    lua_createtable(L, n, 0);
    lua_insert(L, -(n + 1));
    for (int i = n; i >= 1; i--) lua_rawseti(L, -(i + 1), i);
    n = 1;
  }
  axL_reserverefs(L, S, (uint32_t)n);
  while (n-- > 0) b->kept[n] = axL_newref(L, S);
}

/* Its standard files and its directory, as far as there are some; false:
** memory is short. */
static bool give_files(lua_State *L, ax_proc *p, const axL_options *options) {
  int idx = options->stdio;
  for (int fd = 0; fd < 3 && idx > 0; fd++) {
    ax_object *o = lua_isnil(L, idx + fd) ? NULL : axL_stillfile(L, idx + fd);
    if (o != NULL && ax_fd_set(p, fd, o) != AX_OK) return false;
  }
  return options->cwd == NULL ||
         ax_proc_set_directory(p, options->cwd) == AX_OK;
}

ax_proc *axL_spawn(lua_State *L, ax_kernel *k, int n,
                   const axL_options *options) {
  ax_proc *p = NULL;
  axL_state *S = axL_stateof(k);
  axL_body b = {.nargs = n, .limits = options->limits};
  bool now = S->npool > 0 && bind(S, &b);
  if (!now) keep(L, S, &b);
  int rc = ax_spawn(k, &body_ops, &b, options->name, options->priority, &p);
  if (rc != AX_OK) {
    unbind(S, &b);
    if (rc == AX_EDQUOT) return NULL;
    luaL_error(L, "spawn: %s", ax_error_text(rc));
  }
  if (!give_files(L, p, options)) {
    ax_kill(k, ax_proc_pid(p), AX_SIGKILL); /* frees what b has */
    ax_proc_reap(p);
    luaL_error(L, "not enough memory");
  }
  if (now) lua_xmove(L, b.co, n + 1);
  if (options->parent != NULL) ax_proc_adopt(options->parent, p);
  if (options->detached) ax_proc_detach(p);
  return p;
}

/* --------------------------------------------------- for those who block */

void axL_preempt(ax_proc *p, lua_State *L) {
  axL_body *b = body_of(p);
  b->blocks = true;
  b->blocked = L;
  if (L == b->co) return;
  lua_pushthread(L);
  lua_xmove(L, state_of(p)->store, 1);
  keep_waiting(state_of(p), b, KEPT_BLOCKED);
}

/* A write that waits (see write.c) has five numbers on the top, the second
** of which says where the string is. */
enum { LENT_AT = -4, LENT_LEAST = 7 };

void axL_mark(ax_proc *p, lua_State *L) {
  axL_body *b = body_of(p);
  axL_preempt(p, L);
  b->used = 0;
  if (lua_gettop(L) < LENT_LEAST || ax_proc_arms(p) != 1) return;
  int at = (int)lua_tointeger(L, LENT_AT);
  if (at < 1 || at > lua_gettop(L) || !lua_isstring(L, at)) return;
  axL_state *S = state_of(p);
  lua_pushvalue(L, at);
  lua_xmove(L, S->store, 1);
  keep_waiting(S, b, KEPT_LENT);
  b->lends = true;
}

bool axL_runsin(lua_State *L, const ax_proc *p) {
  const axL_body *b = axL_luabody(p);
  return b != NULL && ax_proc_state(p) == AX_RUNNING && b->current == L &&
         lua_isyieldable(L);
}

const char *axL_whynot(lua_State *L, const ax_proc *p) {
  const axL_body *b = axL_luabody(p);
  if (b == NULL) return "this process is written in C";
  if (b->over) return "a <close> must not, after ax.exit or KILL";
  if (L != b->current)
    return "this is a coroutine of the coroutine library; "
           "make it with ax.wrap";
  if (!lua_isyieldable(L))
    return "a C function that cannot yield is in between "
           "(table.sort, string.gsub, a finalizer, ...)";
  return NULL;
}

int axL_exit(lua_State *L, ax_value *status) {
  ax_proc *p = ax_running(axL_getstate(L)->kernel);
  ax_proc_exit(p, AX_EXITED, *status);
  body_of(p)->over = true;
  axL_mark(p, L);
  return lua_yield(L, 0);
}

int axL_raisecancel(lua_State *L) {
  axL_body *b = axL_luabody(ax_running(axL_kernel(L)));
  if (b != NULL) b->cancelled = true;
  lua_pushliteral(L, "cancelled");
  return lua_error(L);
}

lua_State *axL_enter(lua_State *L, lua_State *G) {
  axL_body *b = axL_luabody(ax_running(axL_kernel(L)));
  if (b == NULL) return NULL;
  axL_limit(G, &b->limits); /* wherever that was made */
  if (b->current != L || !lua_isyieldable(L)) return NULL;
  b->current = G;
  return L;
}

bool axL_leave(lua_State *L, lua_State *outer) {
  if (outer == NULL) return false;
  axL_body *b = running_body(L);
  if (b == NULL) return false;
  b->current = outer;
  return b->blocks;
}

axL_limits *axL_limitsof(const ax_proc *p, uint32_t **used) {
  axL_body *b = axL_luabody(p);
  if (b == NULL) return NULL;
  *used = &b->used;
  return &b->limits;
}

/* --------------------------------------------------------------- reports */

void axL_pushtraceback(lua_State *L, const ax_proc *p) {
  if (p == ax_kernel_host(ax_proc_kernel(p))) {
    luaL_traceback(L, L, NULL, 1);
    return;
  }
  const axL_body *b = axL_luabody(p);
  lua_State *co = b == NULL ? NULL : b->co;
  if (co == NULL || lua_status(co) != LUA_YIELD) {
    lua_pushliteral(L, "");
    return;
  }
  luaL_traceback(L, co, NULL, 0);
  if (b->blocked == NULL || b->blocked == co) return;
  luaL_traceback(L, b->blocked, NULL, 0);
  lua_insert(L, -2);
  lua_pushliteral(L, "\n");
  lua_insert(L, -2);
  lua_concat(L, 3);
}
