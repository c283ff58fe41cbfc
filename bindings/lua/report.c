/* report - who waits for what, and who could end it */
#include <stdio.h>

#include "axL.h"

#define REPORT "axeberg.deadlock"

enum { SHOWN = 50 }; /* processes in the text; the table has all */

ax_proc **axL_listprocs(lua_State *L, const ax_kernel *k, size_t *n) {
  *n = ax_proc_list(k, NULL, 0);
  ax_proc **list = lua_newuserdatauv(L, *n * sizeof *list + 1, 0);
  ax_proc_list(k, list, *n);
  return list;
}

static void add_arm(luaL_Buffer *b, const ax_object *o) {
  char text[128];
  ax_object_describe(o, text, sizeof text);
  luaL_addstring(b, ax_object_doing(o));
  if (*text != '\0') luaL_addchar(b, ' ');
  luaL_addstring(b, text);
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
    if (o != NULL) add_arm(&b, o);
  }
  uint64_t deadline = ax_proc_deadline(p);
  if (deadline != AX_NEVER)
    add_deadline(&b, deadline, n == 0);
  else if (n == 0)
    luaL_addstring(&b, "sleep for ever");
  luaL_pushresult(&b);
}

/* ----------------------------------------------------- who holds what */

/* Appends "process 3 (name)" to the text under the object's address in the
** table of holders. */
static void note_holder(lua_State *L, int holders, const ax_hold *h,
                        const char *who) {
  if (lua_rawgetp(L, holders, h->object) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushstring(L, who);
  } else {
    lua_pushfstring(L, "%s, %s", lua_tostring(L, -1), who);
    lua_remove(L, -2);
  }
  lua_rawsetp(L, holders, h->object);
}

static const char *push_who(lua_State *L, const ax_proc *p) {
  const char *name = ax_proc_name(p);
  int pid = ax_proc_pid(p);
  if (*name == '\0') return lua_pushfstring(L, "process %d", pid);
  return lua_pushfstring(L, "process %d (%s)", pid, name);
}

/* Pushes the table: address of an object -> its holders as text. */
static void push_holders(lua_State *L, ax_proc **list, size_t n) {
  lua_newtable(L);
  int holders = lua_gettop(L);
  for (size_t i = 0; i < n; i++) {
    const char *who = push_who(L, list[i]);
    const ax_hold *h = ax_proc_held(list[i]);
    for (; h != NULL; h = h->next) note_holder(L, holders, h, who);
    lua_pop(L, 1);
  }
}

/* Pushes who could fire an arm for o; false, and nothing, if nobody. */
static bool push_waker(lua_State *L, ax_object *o, int holders) {
  ax_object *peer = o == NULL ? NULL : ax_object_peer(o);
  if (peer == NULL) return false;
  if (peer == o) { /* a process: it ends by itself */
    char text[128];
    ax_object_describe(o, text, sizeof text);
    lua_pushfstring(L, "process %s", text);
    return true;
  }
  if (lua_rawgetp(L, holders, peer) != LUA_TNIL) return true;
  lua_pop(L, 1);
  return false;
}

/* Pushes who could end the wait of p: "nobody" if there is nobody. */
static void push_wakers(lua_State *L, ax_proc *p, int holders) {
  int n = 0;
  for (int i = 0; i < ax_proc_arms(p); i++) {
    if (!push_waker(L, ax_proc_arm(p, i), holders)) continue;
    if (++n == 1) continue;
    lua_pushfstring(L, "%s, %s", lua_tostring(L, -2), lua_tostring(L, -1));
    lua_replace(L, -3);
    lua_pop(L, 1);
  }
  if (n == 0) lua_pushliteral(L, "nobody");
}

/* -------------------------------------------------------- the deadlock */

/* Pushes {pid, name, waiting, wakers, traceback}. */
static void push_entry(lua_State *L, ax_proc *p, int holders) {
  lua_createtable(L, 0, 5);
  lua_pushinteger(L, ax_proc_pid(p));
  lua_setfield(L, -2, "pid");
  lua_pushstring(L, ax_proc_name(p));
  lua_setfield(L, -2, "name");
  axL_pushwaiting(L, p);
  lua_setfield(L, -2, "waiting");
  push_wakers(L, p, holders);
  lua_setfield(L, -2, "wakers");
  axL_pushtraceback(L, p);
  lua_setfield(L, -2, "traceback");
}

void axL_pushreport(lua_State *L, ax_kernel *k) {
  size_t n;
  lua_Integer count = 0;
  luaL_checkstack(L, 20, "report");
  lua_createtable(L, 0, 1);
  int report = lua_gettop(L);
  lua_newtable(L);
  ax_proc **list = axL_listprocs(L, k, &n);
  push_holders(L, list, n);
  int holders = lua_gettop(L);
  for (size_t i = 0; i < n; i++) {
    if (!ax_proc_waiting(list[i])) continue;
    push_entry(L, list[i], holders);
    lua_rawseti(L, report + 1, ++count);
  }
  lua_settop(L, report + 1);
  lua_setfield(L, report, "processes");
  luaL_setmetatable(L, REPORT);
}

/* Appends field of the entry on the top between before and after. */
static void add_field(lua_State *L, luaL_Buffer *b, const char *before,
                      const char *field, const char *after) {
  luaL_addstring(b, before);
  lua_getfield(L, 2, field);
  luaL_tolstring(L, -1, NULL);
  lua_remove(L, -2);
  luaL_addvalue(b);
  luaL_addstring(b, after);
}

/* Index 2: an entry. */
static void add_entry(lua_State *L, luaL_Buffer *b) {
  add_field(L, b, "\nprocess ", "pid", "");
  if (lua_getfield(L, 2, "name") != LUA_TNIL && lua_rawlen(L, -1) > 0) {
    luaL_addstring(b, " (");
    luaL_addvalue(b);
    luaL_addstring(b, ")");
  } else {
    lua_pop(L, 1);
  }
  add_field(L, b, ": ", "waiting", "");
  add_field(L, b, "\n  who could wake it: ", "wakers", "\n");
  add_field(L, b, "", "traceback", "");
}

static int report_tostring(lua_State *L) {
  luaL_Buffer b;
  lua_settop(L, 1);
  lua_getfield(L, 1, "processes");
  lua_Integer n = luaL_len(L, 2);
  lua_replace(L, 1); /* index 1: the processes; index 2: one of them */
  lua_pushnil(L);
  luaL_buffinit(L, &b);
  luaL_addstring(&b, "deadlock: nothing can run, nothing is going to "
                     "happen, and these wait:");
  for (lua_Integer i = 1; i <= n && i <= SHOWN; i++) {
    lua_rawgeti(L, 1, i);
    lua_replace(L, 2);
    add_entry(L, &b);
  }
  if (n > SHOWN) {
    lua_pushfstring(L, "\n... and %I more", n - SHOWN);
    luaL_addvalue(&b);
  }
  luaL_pushresult(&b);
  return 1;
}

static const luaL_Reg meta[] = {{"__tostring", report_tostring},
                                {NULL, NULL}};

void axL_openreport(lua_State *L) {
  axL_newclass(L, REPORT, meta, NULL);
  lua_pop(L, 1);
}
