/* host - files of the host, and programs of its system
**
** What is here is what lua/axeberg/host.lua is made of: the table "host" of
** the module. */
#include <signal.h>
#include <string.h>

#include "file.h"

#if defined(__GNUC__)
__attribute__((visibility("default"))) /* not ours: see all.c */
#endif
extern char **environ;

static const axL_class program_class;

/* The path, sentence, and so on. */
static int host_fail(lua_State *L, const char *what, int rc) {
  if (rc == AX_ENOMEM) return axL_result(L, rc);
  return axL_fail(L, rc,
                  lua_pushfstring(L, "%s: %s", what, ax_error_text(rc)));
}

/* A string without NUL. */
static const char *host_checkname(lua_State *L, int idx) {
  size_t n;
  const char *s = luaL_checklstring(L, idx, &n);
  luaL_argcheck(L, strlen(s) == n, idx, "a NUL in it");
  return s;
}

/* ------------------------------------------------------------------- files */

/* open(path, flags) */
static int l_host_open(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  const char *path = host_checkname(L, 1);
  int flags = (int)luaL_checkinteger(L, 2);
  ax_object *o = NULL;
  if (axL_room(k, 1) != AX_OK)
    return axL_fail(L, AX_EDQUOT, "handle quota exceeded");
  axL_handle *h = axL_newfile(L, k);
  int rc = ax_host_open(k, path, flags, 0666, &o);
  if (rc != AX_OK) return host_fail(L, path, rc);
  axL_holdobject(k, h, o);
  return 1;
}

/* fd(number, flags, own) */
static int l_host_fd(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  lua_Integer fd = luaL_checkinteger(L, 1);
  int flags = (int)luaL_checkinteger(L, 2);
  ax_object *o;
  if (fd < 0 || fd > INT32_MAX) return axL_result(L, AX_EBADF);
  if (axL_room(k, 1) != AX_OK)
    return axL_fail(L, AX_EDQUOT, "handle quota exceeded");
  axL_handle *h = axL_newfile(L, k);
  int rc = ax_host_file(k, (int)fd, flags, lua_toboolean(L, 3), &o);
  if (rc != AX_OK) return axL_result(L, rc);
  axL_holdobject(k, h, o);
  return 1;
}

/* descriptor(file): the number of the host; nil: it has none */
static int l_host_descriptor(lua_State *L) {
  luaL_argexpected(L, axL_isfile(L, 1), 1, "axeberg.file");
  ax_object *o = axL_checkfile(L, 1);
  int fd = o == NULL ? -1 : ax_host_descriptor(o);
  if (fd < 0) return 0;
  lua_pushinteger(L, fd);
  return 1;
}

/* environ(): "NAME=value", ... */
static int l_host_environ(lua_State *L) {
  lua_newtable(L);
  for (lua_Integer i = 0; environ != NULL && environ[i] != NULL; i++) {
    lua_pushstring(L, environ[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* ----------------------------------------------------------------- signals */

typedef struct host_signal {
  const char *name;
  int number;
} host_signal;

static const host_signal host_signals[] = {
    {"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT},
    {"ILL", SIGILL},   {"TRAP", SIGTRAP}, {"ABRT", SIGABRT},
    {"BUS", SIGBUS},   {"FPE", SIGFPE},   {"KILL", SIGKILL},
    {"USR1", SIGUSR1}, {"SEGV", SIGSEGV}, {"USR2", SIGUSR2},
    {"PIPE", SIGPIPE}, {"ALRM", SIGALRM}, {"TERM", SIGTERM},
    {"CONT", SIGCONT}, {"STOP", SIGSTOP}, {"TSTP", SIGTSTP},
    {"TTIN", SIGTTIN}, {"TTOU", SIGTTOU}, {"XCPU", SIGXCPU},
    {"XFSZ", SIGXFSZ}, {"SYS", SIGSYS},   {NULL, 0}};

/* By its name, or its number if it has none here. */
static void host_pushsignal(lua_State *L, int number) {
  const host_signal *s = host_signals;
  while (s->name != NULL && s->number != number) s++;
  if (s->name != NULL)
    lua_pushstring(L, s->name);
  else
    lua_pushinteger(L, number);
}

static int host_checksignal(lua_State *L, int idx) {
  if (lua_isnoneornil(L, idx)) return SIGTERM;
  if (lua_type(L, idx) == LUA_TNUMBER) {
    lua_Integer n = luaL_checkinteger(L, idx);
    luaL_argcheck(L, n >= 0 && n <= 64, idx, "no such signal");
    return (int)n;
  }
  const char *name = luaL_checkstring(L, idx);
  const host_signal *s = host_signals;
  if (strncmp(name, "SIG", 3) == 0) name += 3;
  while (s->name != NULL && strcmp(s->name, name) != 0) s++;
  if (s->name == NULL)
    luaL_argerror(L, idx, lua_pushfstring(L, "unknown signal \"%s\"", name));
  return s->number;
}

/* ---------------------------------------------------------------- programs */

/* The strings of the table at idx as an array that ends with NULL; they are
** its own as long as the table has them. */
static const char *const *host_pushlist(lua_State *L, int idx) {
  luaL_checktype(L, idx, LUA_TTABLE);
  size_t n = (size_t)lua_rawlen(L, idx);
  const char **list = lua_newuserdatauv(L, (n + 1) * sizeof *list, 0);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, idx, (lua_Integer)i + 1);
    size_t length;
    list[i] =
        lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
    luaL_argcheck(L, list[i] != NULL && strlen(list[i]) == length, idx,
                  "not a list of strings without NUL");
    lua_pop(L, 1);
  }
  list[n] = NULL;
  return list;
}

enum {
  LAUNCH_ARGS = 1,
  LAUNCH_ENV,
  LAUNCH_CWD,
  LAUNCH_STDIO,
  LAUNCH_LAST = 6
};

/* Pushes the handles, still empty: the program, then a file for each pipe or
** nil. */
static void push_program(lua_State *L, ax_kernel *k, const int stdio[3]) {
  axL_newhandle(L, k, &program_class);
  for (int i = 0; i < 3; i++) {
    if (stdio[i] == AX_PROGRAM_PIPE)
      axL_newfile(L, k);
    else
      lua_pushnil(L);
  }
}

/* launch(args, env, cwd, stdin, stdout, stderr): a program, which has the
** files stdin, stdout and stderr where those are pipes. */
static int l_host_launch(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  ax_program_options o = {NULL, NULL, NULL, {0, 0, 0}};
  lua_settop(L, LAUNCH_LAST);
  size_t n = 1;
  for (int i = 0; i < 3; i++) {
    o.stdio[i] = (int)luaL_checkinteger(L, LAUNCH_STDIO + i);
    n += o.stdio[i] == AX_PROGRAM_PIPE;
  }
  if (!lua_isnil(L, LAUNCH_CWD)) o.cwd = host_checkname(L, LAUNCH_CWD);
  o.args = host_pushlist(L, LAUNCH_ARGS);
  if (!lua_isnil(L, LAUNCH_ENV)) o.env = host_pushlist(L, LAUNCH_ENV);
  if (axL_room(k, n) != AX_OK)
    return axL_fail(L, AX_EDQUOT, "handle quota exceeded");
  push_program(L, k, o.stdio);
  ax_object *program, *pipes[3];
  int rc = ax_program_new(k, &o, pipes, &program);
  if (rc != AX_OK) return host_fail(L, o.args[0], rc);
  axL_holdobject(k, lua_touserdata(L, -4), program);
  for (int i = 0; i < 3; i++)
    if (pipes[i] != NULL)
      axL_holdobject(k, lua_touserdata(L, i - 3), pipes[i]);
  for (int i = 3; i >= 1; i--) lua_setiuservalue(L, -1 - i, i);
  return 1;
}

/* "exited" and the code, "killed" and the signal. */
static int program_results(lua_State *L, int rc, ax_value *v) {
  enum ax_how how;
  int number;
  const axL_handle *h = lua_touserdata(L, -1);
  ax_value_clear(v);
  if (rc == AX_OK && h->hold->object == NULL) rc = AX_EPIPE;
  if (rc == AX_OK) rc = ax_program_status(h->hold->object, &how, &number);
  if (rc == AX_ECHILD)
    return axL_fail(L, rc, "somebody else was told how it ended");
  if (rc != AX_OK) return axL_result(L, rc);
  if (how == AX_EXITED) {
    lua_pushliteral(L, "exited");
    lua_pushinteger(L, number);
  } else {
    lua_pushliteral(L, "killed");
    host_pushsignal(L, number);
  }
  return 2;
}

static const axL_class program_class = {"axeberg.program", program_results,
                                        4};

static int program_waited(lua_State *L, int status, lua_KContext ctx) {
  int arm;
  ax_value v;
  (void)status;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  lua_settop(L, 1);
  return program_results(L, rc, &v);
}

/* program:ended([timeout]) */
static int l_program_ended(lua_State *L) {
  ax_arm arm = {axL_checkobject(L, 1, &program_class), ax_nil()};
  uint64_t deadline = axL_checkdeadline(L, 2);
  return axL_wait(L, axL_kernel(L), &arm, 1, deadline, program_waited);
}

/* program:kill([signal]) */
static int l_program_kill(lua_State *L) {
  ax_object *o = axL_checkobject(L, 1, &program_class);
  return axL_result(L, ax_program_kill(o, host_checksignal(L, 2)));
}

static int l_program_pid(lua_State *L) {
  ax_object *o = axL_checkobject(L, 1, &program_class);
  lua_pushinteger(L, ax_program_pid(o));
  return 1;
}

/* program.stdin, .stdout, .stderr, .pumps; or a method, of the table that is
** the upvalue behind the usual two. */
static int program_index(lua_State *L) {
  static const char *const names[] = {"stdin", "stdout", "stderr", "pumps",
                                      NULL};
  axL_checkhandle(L, 1, &program_class);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(3)) != LUA_TNIL) return 1;
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  for (int i = 0; names[i] != NULL; i++)
    if (strcmp(name, names[i]) == 0) {
      lua_getiuservalue(L, 1, i + 1);
      return 1;
    }
  return 0;
}

/* pumps(program, list): the processes that belong to it */
static int l_host_pumps(lua_State *L) {
  axL_checkhandle(L, 1, &program_class);
  lua_settop(L, 2);
  lua_setiuservalue(L, 1, 4);
  return 0;
}

static const luaL_Reg program_methods[] = {{"ended", l_program_ended},
                                           {"kill", l_program_kill},
                                           {"pid", l_program_pid},
                                           {NULL, NULL}};

static const luaL_Reg program_meta[] = {{NULL, NULL}};

static const luaL_Reg host_functions[] = {{"open", l_host_open},
                                          {"fd", l_host_fd},
                                          {"descriptor", l_host_descriptor},
                                          {"environ", l_host_environ},
                                          {"launch", l_host_launch},
                                          {"pumps", l_host_pumps},
                                          {NULL, NULL}};

/* Leaves the table of the methods, which Lua adds to, in host.program. */
static void new_program_class(lua_State *L) {
  axL_newhandleclass(L, &program_class, program_meta, program_methods);
  luaL_getmetatable(L, program_class.name);
  lua_getfield(L, -1, "__index");
  lua_pushvalue(L, AXL_STATE);
  lua_pushvalue(L, AXL_REFS);
  lua_pushvalue(L, -3);
  lua_pushcclosure(L, program_index, 3);
  lua_setfield(L, -3, "__index");
  lua_remove(L, -2);
  lua_setfield(L, -2, "program");
}

void axL_openhost(lua_State *L) {
  lua_newtable(L);
  axL_setfuncs(L, host_functions);
  new_program_class(L);
  lua_setfield(L, -2, "host");
}
