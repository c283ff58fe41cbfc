/* proc - processes: spawn, wait, kill, exit, getpid, ps */
#include <string.h>

#include "file.h"

static const char *const priorities[] = {"critical", "normal", "background",
                                         NULL};
static const char *const states[] = {"ready", "running", "waiting", "stopped",
                                     "zombie"};

/* --------------------------------------------------------------- signals */

typedef struct signal_name {
  const char *name;
  int number;
} signal_name;

static const signal_name signals[] = {{"TERM", AX_SIGTERM},
                                      {"KILL", AX_SIGKILL},
                                      {"STOP", AX_SIGSTOP},
                                      {"CONT", AX_SIGCONT},
                                      {NULL, 0}};

const char *axL_signalname(int number) {
  const signal_name *s = signals;
  while (s->name != NULL && s->number != number) s++;
  return s->name;
}

static int checksignal(lua_State *L, int idx) {
  if (lua_isnoneornil(L, idx)) return AX_SIGTERM;
  if (lua_type(L, idx) == LUA_TNUMBER) {
    lua_Integer number = luaL_checkinteger(L, idx);
    bool known = number >= 0 && number <= INT8_MAX;
    known = known && (number == 0 || axL_signalname((int)number) != NULL);
    luaL_argcheck(L, known, idx,
                  lua_pushfstring(L, "unknown signal %I", number));
    return (int)number;
  }
  const char *name = luaL_checkstring(L, idx);
  if (strncmp(name, "SIG", 3) == 0) name += 3;
  const signal_name *s = signals;
  while (s->name != NULL && strcmp(s->name, name) != 0) s++;
  if (s->name == NULL)
    luaL_argerror(L, idx, lua_pushfstring(L, "unknown signal \"%s\"", name));
  return s->number;
}

/* The signal hit the caller itself. */
static int hit(lua_State *L, ax_proc *p, int number) {
  if (number == AX_SIGTERM) {
    ax_proc_cancelled(p);
    return axL_raisecancel(L);
  }
  axL_mark(p, L);
  return lua_yield(L, 0);
}

/* A number that no process can have stands for 0, which none has. */
static int checkpid(lua_State *L, int idx) {
  lua_Integer pid = luaL_checkinteger(L, idx);
  return pid < -1 || pid > INT32_MAX ? 0 : (int)pid;
}

static int l_kill(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  int pid = checkpid(L, 1), number = checksignal(L, 2);
  ax_proc *p = ax_running(k);
  bool self = ax_proc_find(k, pid) == p;
  bool stops = self && (number == AX_SIGKILL || number == AX_SIGSTOP);
  if (stops && p != ax_kernel_host(k)) axL_checkblock(L);
  int rc = ax_kill(k, pid, number);
  if (rc != AX_OK) return axL_result(L, rc);
  if (stops || (self && number == AX_SIGTERM)) return hit(L, p, number);
  return axL_result(L, rc);
}

/* ----------------------------------------------------------------- spawn */

/* Pushes the options stdin, stdout and stderr of the table at index 1. */
static void checkstdio(lua_State *L) {
  static const char *const names[] = {"stdin", "stdout", "stderr"};
  for (int fd = 0; fd < 3; fd++) {
    if (lua_getfield(L, 1, names[fd]) == LUA_TNIL) continue;
    const char *what = "is closed";
    if (!axL_isfile(L, -1))
      what = "is not a file";
    else if (axL_stillfile(L, lua_gettop(L)) != NULL)
      continue;
    lua_pushfstring(L, "option \"%s\" %s", names[fd], what);
    lua_insert(L, -2);
    axL_badvalue(L, 1, lua_tostring(L, -2));
  }
}

/* Pushes the option cwd of the table at index 1; where it is, or 0. */
static int checkcwd(lua_State *L) {
  int type = lua_getfield(L, 1, "cwd");
  if (type == LUA_TSTRING) return lua_gettop(L);
  if (type != LUA_TNIL) axL_badvalue(L, 1, "option \"cwd\" is not a string");
  lua_pop(L, 1);
  return 0;
}

/* Reads the table at index 1; what it points to is anchored by it. */
static axL_options checkspawn(lua_State *L) {
  static const char *const names[] = {
      "name",     "priority", "quantum", "warn",   "kill", "parent",
      "detached", "stdin",    "stdout",  "stderr", "cwd",  NULL};
  axL_options o = {.priority = AX_NORMAL};
  axL_checkoptions(L, 1, names);
  o.limits = axL_checklimits(L, 1);
  if (lua_getfield(L, 1, "name") != LUA_TNIL) {
    if (lua_type(L, -1) != LUA_TSTRING)
      axL_badvalue(L, 1, "option \"name\" is not a string");
    o.name = lua_tostring(L, -1);
  }
  if (lua_getfield(L, 1, "priority") != LUA_TNIL) {
    const char *priority = lua_tostring(L, -1);
    int i = 0;
    while (priorities[i] != NULL &&
           (priority == NULL || strcmp(priorities[i], priority) != 0))
      i++;
    if (priorities[i] == NULL)
      axL_badvalue(L, 1,
                   "option \"priority\" is not \"critical\", "
                   "\"normal\" or \"background\"");
    o.priority = (enum ax_priority)i;
  }
  if (lua_getfield(L, 1, "parent") != LUA_TNIL) {
    lua_Integer pid = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : -1;
    if (pid > 0 && pid <= INT32_MAX)
      o.parent = ax_proc_find(axL_kernel(L), (int)pid);
    if (o.parent == NULL || ax_proc_state(o.parent) == AX_ZOMBIE)
      axL_badvalue(L, 1, "option \"parent\" is not the pid of a process");
  }
  if (lua_getfield(L, 1, "detached") > LUA_TBOOLEAN)
    axL_badvalue(L, 1, "option \"detached\" is not true or false");
  o.detached = lua_toboolean(L, -1);
  lua_pop(L, 4);
  return o;
}

static bool any_handle(lua_State *L, const ax_kernel *k, int from, int to) {
  for (int i = from; i <= to; i++)
    if (axL_toany(L, k, i) != NULL) return true;
  return false;
}

/* Pushes the values from..to again, with new handles in place of handles. */
static void push_twins(lua_State *L, const ax_kernel *k, int from, int to) {
  luaL_checkstack(L, 2 * (to - from + 1) + 4, "too many arguments");
  for (int i = from; i <= to; i++) {
    if (axL_toany(L, k, i) == NULL) {
      lua_pushvalue(L, i);
      continue;
    }
    for (int j = from; j < i; j++)
      if (lua_rawequal(L, i, j)) luaL_argerror(L, i, "the same handle twice");
    axL_newtwin(L, k, i);
  }
}

/* Spawns with the function at index fn and the arguments up to top; handles
** move.  Nothing has moved if this raises, or answers NULL (quota). */
static ax_proc *spawn_moving(lua_State *L, ax_kernel *k, int fn, int top,
                             const axL_options *o) {
  int n = top - fn, twins = lua_gettop(L) + 1;
  push_twins(L, k, fn, top);
  for (int i = 0; i <= n; i++) lua_pushvalue(L, twins + i);
  ax_proc *p = axL_spawn(L, k, n, o);
  if (p == NULL) return NULL;
  for (int i = 1; i <= n; i++) {
    axL_handle *from = axL_toany(L, k, fn + i);
    if (from != NULL) axL_movehandle(from, axL_toany(L, k, twins + i), p);
  }
  return p;
}

/* The name takes the place of the options, so that nobody can collect it. */
static void keep_name(lua_State *L, axL_options *o) {
  bool is = lua_getfield(L, 1, "name") == LUA_TSTRING;
  o->name = is ? lua_tostring(L, -1) : NULL;
  lua_replace(L, 1);
}

static int l_spawn(lua_State *L) {
  axL_options o = {.priority = AX_NORMAL};
  ax_kernel *k = axL_kernel(L);
  int fn = 1, top = lua_gettop(L);
  if (lua_type(L, 1) == LUA_TTABLE) {
    o = checkspawn(L);
    fn = 2;
  } else {
    o.limits = *axL_inherited(L);
  }
  luaL_checktype(L, fn, LUA_TFUNCTION);
  if (o.parent != NULL && ax_child_room(o.parent) != AX_OK)
    return axL_fail(L, AX_EDQUOT, "process quota exceeded");
  if (fn == 2) {
    luaL_checkstack(L, 8, "too many arguments");
    checkstdio(L);
    if (lua_isnil(L, -1) && lua_isnil(L, -2) && lua_isnil(L, -3))
      lua_pop(L, 3);
    else
      o.stdio = top + 1;
  }
  int cwd = fn == 2 ? checkcwd(L) : 0;
  int n = cwd > 0 ? axL_pushdirectory(L, k, cwd, &o.cwd) : 0;
  if (n > 0) return n;
  if (fn == 2) keep_name(L, &o);
  bool plain = o.stdio == 0 && cwd == 0 && !any_handle(L, k, fn + 1, top);
  ax_proc *p =
      plain ? axL_spawn(L, k, top - fn, &o) : spawn_moving(L, k, fn, top, &o);
  if (cwd > 0) axL_dropdirectory(L, cwd + 1);
  if (p == NULL) return axL_fail(L, AX_EDQUOT, "process quota exceeded");
  lua_pushinteger(L, ax_proc_pid(p));
  return 1;
}

/* ------------------------------------------------------------------ wait */

/* Pushes what it left: how many values. */
static int push_left(lua_State *L, enum ax_how how, const ax_value *status) {
  if (how == AX_EXITED) return axL_peekvalue(L, status);
  if (how == AX_FAILED) {
    axL_pushfailure(L, status);
    return 2;
  }
  lua_pushinteger(L, status->u.integer);
  return 1;
}

/* pid, how, and what it left.  That comes first, since finalizers may run as
** soon as memory is needed, and reap the process. */
static int ended(lua_State *L, ax_kernel *k, int rc, const ax_value *v,
                 bool reap) {
  static const char *const ends[] = {
      [AX_EXITED] = "exited", [AX_KILLED] = "killed", [AX_FAILED] = "error"};
  if (rc == AX_ECHILD) return axL_fail(L, rc, "no child process left");
  if (rc != AX_OK) return axL_result(L, rc);
  ax_proc *p = ax_proc_find(k, (int)v->u.integer);
  const ax_value *status;
  enum ax_how how = ax_proc_peek(p, &status);
  ax_ref(ax_proc_object(p)); /* peeking at what C left may need memory */
  int n = push_left(L, how, status);
  ax_unref(ax_proc_object(p));
  p = ax_proc_find(k, (int)v->u.integer);
  if (reap && p != NULL) {
    ax_proc_status(p, &status); /* if it failed, that is known now */
    ax_proc_reap(p);
  }
  if (how == AX_KILLED) {
    lua_pushstring(L, axL_signalname((int)lua_tointeger(L, -1)));
    lua_replace(L, -2);
  }
  lua_pushinteger(L, v->u.integer);
  lua_pushstring(L, ends[how]);
  lua_rotate(L, -(n + 2), 2);
  return n + 2;
}

int axL_ended(lua_State *L, ax_kernel *k, int rc, const ax_value *v) {
  return ended(L, k, rc, v, true);
}

static int wait_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int arm;
  ax_value v;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  return ended(L, ax_proc_kernel(axL_waiter(ctx)), rc, &v, true);
}

static int watch_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int arm;
  ax_value v;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  return ended(L, ax_proc_kernel(axL_waiter(ctx)), rc, &v, false);
}

/* What to wait for, by the pid at idx; NULL: why not, in three results. */
static ax_object *find_process(lua_State *L, ax_kernel *k, int idx) {
  int pid = checkpid(L, idx);
  if (pid == -1) return ax_kernel_children(k);
  ax_proc *p = ax_proc_find(k, pid);
  if (p == NULL) {
    lua_pushfstring(L, "no process %I (it never was, or was waited for)",
                    (LUAI_UACINT)lua_tointeger(L, idx));
    axL_fail(L, AX_ECHILD, lua_tostring(L, -1));
    return NULL;
  }
  if (p == ax_running(k)) {
    axL_fail(L, AX_EDEADLK, "a process cannot wait for itself");
    return NULL;
  }
  return ax_proc_object(p);
}

ax_object *axL_toprocess(lua_State *L, ax_kernel *k, int idx) {
  return find_process(L, k, idx);
}

static int await(lua_State *L, lua_KFunction finish) {
  ax_arm arm = {NULL, ax_nil()};
  ax_kernel *k = axL_kernel(L);
  uint64_t deadline = axL_checkdeadline(L, 2);
  arm.object = find_process(L, k, 1);
  if (arm.object == NULL) return 3;
  return axL_wait(L, k, &arm, 1, deadline, finish);
}

static int l_wait(lua_State *L) { return await(L, wait_finish); }

/* As wait, but it leaves the status for others. */
static int l_watch(lua_State *L) { return await(L, watch_finish); }

/* -------------------------------------------------------------- the rest */

static int l_getpid(lua_State *L) {
  lua_pushinteger(L, ax_proc_pid(ax_running(axL_kernel(L))));
  return 1;
}

static int l_exit(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  if (ax_running(k) == ax_kernel_host(k))
    return luaL_error(L,
                      "exit: process %d is the script itself; return from "
                      "it, or call os.exit",
                      ax_proc_pid(ax_running(k)));
  axL_checkblock(L);
  lua_settop(L, 1);
  ax_value status =
      lua_isnil(L, 1) ? ax_integer(0) : axL_popvalue(L, axL_stateof(k));
  return axL_exit(L, &status);
}

/* True, once, if a TERM came that no blocking call has answered. */
static int l_cancelled(lua_State *L) {
  lua_pushboolean(L, ax_proc_cancelled(ax_running(axL_kernel(L))));
  return 1;
}

static void push_process(lua_State *L, ax_proc *p) {
  lua_createtable(L, 0, 6);
  lua_pushinteger(L, ax_proc_pid(p));
  lua_setfield(L, -2, "pid");
  lua_pushinteger(L, ax_proc_parent(p));
  lua_setfield(L, -2, "ppid");
  lua_pushstring(L, ax_proc_name(p));
  lua_setfield(L, -2, "name");
  lua_pushstring(L, states[ax_proc_state(p)]);
  lua_setfield(L, -2, "state");
  lua_pushstring(L, priorities[ax_proc_priority(p)]);
  lua_setfield(L, -2, "priority");
  if (ax_proc_waiting(p)) {
    axL_pushwaiting(L, p);
    lua_setfield(L, -2, "waiting");
  }
}

static int list_processes(lua_State *L) {
  size_t n;
  ax_proc **list = axL_listprocs(L, lua_touserdata(L, 1), &n);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    push_process(L, list[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int l_ps(lua_State *L) {
  axL_frozen(L, list_processes, axL_kernel(L));
  return 1;
}

static const luaL_Reg proc_functions[] = {
    {"spawn", l_spawn},   {"wait", l_wait},
    {"watch", l_watch},   {"kill", l_kill},
    {"ps", l_ps},         {"exit", l_exit},
    {"getpid", l_getpid}, {"cancelled", l_cancelled},
    {NULL, NULL}};

void axL_openproc(lua_State *L) { axL_setfuncs(L, proc_functions); }
