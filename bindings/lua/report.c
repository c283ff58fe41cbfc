/* report - who waits for what, and who could end it
**
** This file collects; lua/axeberg/report.lua puts it into words. */
#include <stdio.h>
#include <string.h>

#include "axL.h"

#define REPORT "axeberg.deadlock"

ax_proc **axL_listprocs(lua_State *L, const ax_kernel *k, size_t *n) {
  *n = ax_proc_list(k, NULL, 0);
  ax_proc **list = lua_newuserdatauv(L, *n * sizeof *list + 1, 0);
  ax_proc_list(k, list, *n);
  return list;
}

void axL_frozen(lua_State *L, lua_CFunction f, void *argument) {
  bool running = lua_gc(L, LUA_GCISRUNNING) != 0;
  lua_pushvalue(L, AXL_STATE);
  lua_pushvalue(L, AXL_REFS);
  lua_pushcclosure(L, f, 2);
  lua_pushlightuserdata(L, argument);
  lua_gc(L, LUA_GCSTOP);
  int status = lua_pcall(L, 1, 1, 0);
  if (running) lua_gc(L, LUA_GCRESTART);
  if (status != LUA_OK) lua_error(L);
}

const char *axL_pushwho(lua_State *L, const ax_proc *p) {
  const char *name = ax_proc_name(p);
  int pid = ax_proc_pid(p);
  if (*name == '\0') return lua_pushfstring(L, "process %d", pid);
  return lua_pushfstring(L, "process %d (%s)", pid, name);
}

/* What failed in C has left a value of its own, with no traceback. */
static int push_plain_failure(lua_State *L, const ax_value *status) {
  if (status->type == AX_NIL)
    lua_pushliteral(L, "not enough memory");
  else
    axL_peekvalue(L, status);
  lua_pushliteral(L, "");
  return 2;
}

int axL_pushfailure(lua_State *L, const ax_value *status) {
  if (status->type != AX_FOREIGN) return push_plain_failure(L, status);
  axL_peekvalue(L, status);
  lua_rawgeti(L, -1, 1);
  lua_rawgeti(L, -2, 2);
  lua_remove(L, -3);
  return 2;
}

/* ----------------------------------------------------- what it waits for */

static void push_object(lua_State *L, const ax_object *o) {
  char text[128];
  ax_object_describe(o, text, sizeof text);
  lua_pushfstring(L, *text == '\0' ? "%s%s" : "%s %s", ax_object_doing(o),
                  text);
}

static void add_deadline(luaL_Buffer *b, uint64_t deadline, bool only) {
  char text[64];
  snprintf(text, sizeof text, "%s %.6f", only ? "sleep until" : ", until",
           (double)deadline / (double)AX_SECOND);
  luaL_addstring(b, text);
}

void axL_pushwaiting(lua_State *L, ax_proc *p) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  int n = ax_proc_arms(p);
  for (int i = 0; i < n; i++) {
    const ax_object *o = ax_proc_arm(p, i);
    if (i > 0) luaL_addstring(&b, " or ");
    if (o == NULL) continue;
    push_object(L, o);
    luaL_addvalue(&b);
  }
  uint64_t deadline = ax_proc_deadline(p);
  if (deadline != AX_NEVER)
    add_deadline(&b, deadline, n == 0);
  else if (n == 0)
    luaL_addstring(&b, "sleep for ever");
  luaL_pushresult(&b);
}

/* ----------------------------------------------------- who holds what */

/* Appends a number to the list on the top. */
static void report_append(lua_State *L, lua_Integer number) {
  lua_pushinteger(L, number);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

/* One holder more in the table on the top; nobody is there twice. */
static void add_holder(lua_State *L, const ax_object *o, int pid) {
  if (lua_rawgetp(L, -1, o) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, -3, o);
  }
  lua_rawgeti(L, -1, (lua_Integer)lua_rawlen(L, -1));
  bool known = lua_tointeger(L, -1) == pid;
  lua_pop(L, 1);
  if (!known) report_append(L, pid);
  lua_pop(L, 1);
}

/* The files of a process, by its descriptors: many have the three that they
** inherited. */
static void add_files(lua_State *L, const ax_proc *p) {
  enum { FDS = 64 };
  int few[FDS], *fds = few;
  size_t n = ax_fd_list(p, few, FDS);
  if (n > FDS) {
    fds = lua_newuserdatauv(L, n * sizeof *fds, 0);
    lua_insert(L, -2); /* below the table */
    ax_fd_list(p, fds, n);
  }
  for (size_t i = 0; i < n; i++)
    add_holder(L, ax_fd_find(p, fds[i]), ax_proc_pid(p));
  if (n > FDS) lua_remove(L, -2);
}

/* The parent has it as a child, which is what one who waits for any child
** waits for; noted at the parent's own object, which nobody holds. */
static void add_child(lua_State *L, const ax_proc *p) {
  ax_proc *parent = ax_proc_find(ax_proc_kernel(p), ax_proc_parent(p));
  if (parent != NULL) add_holder(L, ax_proc_object(parent), ax_proc_pid(p));
}

/* Pushes the table: address of an object -> list of its holders' pids; and
** of the object of a process -> those of its children that are alive. */
static void push_holders(lua_State *L, ax_proc **list, size_t n) {
  lua_newtable(L);
  for (size_t i = 0; i < n; i++) {
    const ax_hold *h = ax_proc_held(list[i]);
    for (; h != NULL; h = h->next)
      add_holder(L, h->object, ax_proc_pid(list[i]));
    if (ax_proc_state(list[i]) == AX_ZOMBIE) continue;
    add_files(L, list[i]);
    add_child(L, list[i]);
  }
}

/* Pushes the pids of those who could fire an arm of p for o. */
static void push_wakers(lua_State *L, ax_proc *p, ax_object *o, int holders) {
  bool any = o == ax_kernel_children(ax_proc_kernel(p));
  ax_object *peer = any ? ax_proc_object(p) : ax_object_peer(o);
  const ax_proc *other = ax_object_process(o);
  if (peer != NULL && lua_rawgetp(L, holders, peer) != LUA_TNIL) return;
  if (peer != NULL) lua_pop(L, 1);
  lua_newtable(L);
  if (other != NULL) report_append(L, ax_proc_pid(other));
}

/* Pushes {what =, wakers = {pid, ...}}. */
static void push_arm(lua_State *L, ax_proc *p, ax_object *o, int holders) {
  lua_createtable(L, 0, 2);
  if (o == NULL) return;
  push_object(L, o);
  lua_setfield(L, -2, "what");
  push_wakers(L, p, o, holders);
  lua_setfield(L, -2, "wakers");
}

static int trace_push(lua_State *L) {
  axL_pushtraceback(L, lua_touserdata(L, 1));
  return 1;
}

size_t axL_trace(ax_proc *p, char *buffer, size_t size) {
  lua_State *L = axL_stateof(ax_proc_kernel(p))->aux;
  size_t n = 0;
  lua_pushcfunction(L, trace_push);
  lua_pushlightuserdata(L, p);
  if (lua_pcall(L, 1, 1, 0) == LUA_OK) {
    const char *text = lua_tolstring(L, -1, &n);
    if (n < size) size = n + 1;
    if (size > 0) memcpy(buffer, text, size - 1);
    if (size > 0) buffer[size - 1] = '\0';
  }
  lua_pop(L, 1);
  return n;
}

/* ---------------------------------------------------------- the processes */

static void set_arms(lua_State *L, ax_proc *p, int holders) {
  lua_createtable(L, ax_proc_arms(p), 0);
  for (int i = 0; i < ax_proc_arms(p); i++) {
    push_arm(L, p, ax_proc_arm(p, i), holders);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "arms");
}

/* For what, and since when. */
static void set_wait(lua_State *L, ax_proc *p) {
  axL_pushwaiting(L, p);
  lua_setfield(L, -2, "waiting");
  lua_pushnumber(L, (lua_Number)ax_proc_since(p) / (lua_Number)AX_SECOND);
  lua_setfield(L, -2, "since");
}

static void push_entry(lua_State *L, ax_proc *p, int holders) {
  lua_createtable(L, 0, 8);
  lua_pushinteger(L, ax_proc_pid(p));
  lua_setfield(L, -2, "pid");
  lua_pushstring(L, ax_proc_name(p));
  lua_setfield(L, -2, "name");
  lua_pushboolean(L, ax_proc_state(p) == AX_STOPPED);
  lua_setfield(L, -2, "stopped");
  if (ax_proc_waiting(p)) set_wait(L, p);
  axL_pushtraceback(L, p);
  lua_setfield(L, -2, "traceback");
  set_arms(L, p, holders);
}

/* Is it one of those because of whom nothing goes on?  Who is stopped may be
** ready otherwise. */
static bool report_lists(const ax_proc *p) {
  return ax_proc_waiting(p) || ax_proc_state(p) == AX_STOPPED;
}

/* Pushes a list with an entry for each process that waits, or is stopped. */
static void push_waits(lua_State *L, ax_kernel *k) {
  size_t n;
  lua_Integer count = 0;
  luaL_checkstack(L, 20, "report");
  lua_newtable(L);
  int waits = lua_gettop(L);
  ax_proc **list = axL_listprocs(L, k, &n);
  push_holders(L, list, n);
  for (size_t i = 0; i < n; i++) {
    if (!report_lists(list[i])) continue;
    push_entry(L, list[i], waits + 2);
    lua_rawseti(L, waits, ++count);
  }
  lua_settop(L, waits);
}

/* Pushes a list of {pid, name, error}: who failed and was not waited for. */
static void push_failures(lua_State *L, ax_kernel *k) {
  size_t n;
  lua_Integer count = 0;
  const ax_value *status;
  lua_newtable(L);
  ax_proc **list = axL_listprocs(L, k, &n);
  for (size_t i = 0; i < n; i++) {
    if (ax_proc_state(list[i]) != AX_ZOMBIE ||
        ax_proc_peek(list[i], &status) != AX_FAILED)
      continue;
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, ax_proc_pid(list[i]));
    lua_setfield(L, -2, "pid");
    lua_pushstring(L, ax_proc_name(list[i]));
    lua_setfield(L, -2, "name");
    axL_pushfailure(L, status);
    lua_pop(L, 1);
    lua_setfield(L, -2, "error");
    lua_rawseti(L, -3, ++count);
  }
  lua_pop(L, 1);
}

static int make_report(lua_State *L) {
  ax_kernel *k = lua_touserdata(L, 1);
  lua_createtable(L, 0, 2);
  push_failures(L, k);
  lua_setfield(L, -2, "failures");
  push_waits(L, k);
  lua_setfield(L, -2, "processes");
  luaL_setmetatable(L, REPORT);
  return 1;
}

void axL_pushreport(lua_State *L, ax_kernel *k) {
  axL_frozen(L, make_report, k);
}

static int make_waits(lua_State *L) {
  push_waits(L, lua_touserdata(L, 1));
  return 1;
}

static int l_waits(lua_State *L) {
  axL_frozen(L, make_waits, axL_kernel(L));
  return 1;
}

static const luaL_Reg report_functions[] = {{"waits", l_waits}, {NULL, NULL}};

void axL_openreport(lua_State *L) {
  luaL_newmetatable(L, REPORT);
  lua_setfield(L, -2, "deadlock"); /* report.lua fills it in */
  axL_setfuncs(L, report_functions);
}

#undef REPORT
