/* sys - the plain system calls: numbers instead of handles
**
** lua/axeberg/sys.lua gives the flags their names. */
#include "axL.h"

void axL_setsys(lua_State *L, const luaL_Reg *sys_functions) {
  if (lua_getfield(L, -1, "sys") != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "sys");
  }
  axL_setfuncs(L, sys_functions);
  lua_pop(L, 1);
}

/* -------------------------------------------------------- message queues */

/* msgget(key, flags) */
static int l_msgget(lua_State *L) {
  ax_object *o;
  int n = axL_msgget(L, luaL_checkinteger(L, 1), luaL_checkinteger(L, 2), &o);
  if (n > 0) return n;
  lua_pushinteger(L, ax_msgq_id(o));
  ax_unref(o);
  return 1;
}

/* The queue whose number is the first argument; NULL: there is none, and
** that is the answer, three results on the stack. */
static ax_object *sys_find(lua_State *L) {
  lua_Integer id = luaL_checkinteger(L, 1);
  ax_object *o = NULL;
  if (id > 0 && id <= INT32_MAX) o = ax_msgq_find(axL_kernel(L), (int)id);
  if (o == NULL)
    axL_fail(L, AX_EINVAL, lua_pushfstring(L, "there is no queue %I", id));
  return o;
}

/* msgsnd(id, type, data, flags) */
static int l_msgsnd(lua_State *L) {
  size_t size;
  lua_Integer type = luaL_checkinteger(L, 2);
  const char *bytes = luaL_checklstring(L, 3, &size);
  bool wait = (luaL_optinteger(L, 4, 0) & AX_IPC_NOWAIT) == 0;
  if (type < 1)
    return axL_fail(L, AX_EINVAL, "the type of a message is 1 or more");
  ax_object *o = sys_find(L);
  if (o == NULL) return 3;
  return axL_msgsend(L, o, type, bytes, size, wait, AX_NEVER);
}

static int sys_recv_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int arm;
  ax_value v;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  ax_received r;
  if (rc == AX_OK && ax_message_get(&v, &r) == AX_OK)
    return axL_pushreceived(L, &r);
  ax_value_clear(&v);
  return axL_result(L, rc);
}

/* msgrcv(id, type, size, flags); size nil: any */
static int l_msgrcv(lua_State *L) {
  enum { MSG_COPY = 040000 }; /* of Linux; we have not that */
  lua_Integer type = luaL_checkinteger(L, 2);
  lua_Integer size = luaL_optinteger(L, 3, LUA_MAXINTEGER);
  lua_Integer flags = luaL_optinteger(L, 4, 0);
  if (size < 0) return axL_fail(L, AX_EINVAL, "negative size");
  if (flags & MSG_COPY) return axL_result(L, AX_ENOTSUP);
  ax_object *o = sys_find(L);
  if (o == NULL) return 3;
  ax_value want = ax_msgq_want(type, (size_t)size, (int)(flags & INT32_MAX));
  ax_received r;
  int rc = ax_msgq_recv(o, want, &r);
  if (rc == AX_OK) return axL_pushreceived(L, &r);
  if (rc != AX_EAGAIN) return axL_result(L, rc);
  if (flags & AX_IPC_NOWAIT) return axL_result(L, AX_ENOMSG);
  return axL_park(L, NULL, o, want, AX_NEVER, sys_recv_finish);
}

/* msgctl(id, command, change) */
static int l_msgctl(lua_State *L) {
  enum { RMID, SET, STAT };
  lua_Integer command = luaL_checkinteger(L, 2);
  ax_object *o = sys_find(L);
  if (o == NULL) return 3;
  switch (command) {
    case RMID: return axL_result(L, ax_msgq_remove(o));
    case SET: return axL_msgset(L, o, 3);
    case STAT: return axL_msgstat(L, o);
    default: return axL_fail(L, AX_EINVAL, "no such command");
  }
}

/* msgids(): the numbers of all queues */
static int l_msgids(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  size_t n = ax_msgq_list(k, NULL, 0);
  int *ids = lua_newuserdatauv(L, n * sizeof *ids + 1, 0);
  ax_msgq_list(k, ids, n);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_pushinteger(L, ids[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* ----------------------------------------------------------- credentials */

#define running(L) ax_running(axL_kernel(L))

static uint32_t checkid(lua_State *L, int idx) {
  lua_Integer id = luaL_checkinteger(L, idx);
  luaL_argcheck(L, id >= 0 && id < UINT32_MAX, idx, "no such user or group");
  return (uint32_t)id;
}

static int l_getuid(lua_State *L) {
  lua_pushinteger(L, ax_proc_uid(running(L)));
  return 1;
}

static int l_setuid(lua_State *L) {
  return axL_result(L, ax_proc_setuid(running(L), checkid(L, 1)));
}

static int l_getgid(lua_State *L) {
  lua_pushinteger(L, ax_proc_gid(running(L)));
  return 1;
}

static int l_setgid(lua_State *L) {
  return axL_result(L, ax_proc_setgid(running(L), checkid(L, 1)));
}

static int l_getgroups(lua_State *L) {
  size_t n;
  const uint32_t *groups = ax_proc_groups(running(L), &n);
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_pushinteger(L, groups[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static int l_setgroups(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  size_t n = lua_rawlen(L, 1);
  uint32_t *groups = lua_newuserdatauv(L, n * sizeof *groups + 1, 0);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, 1, (lua_Integer)i + 1);
    groups[i] = checkid(L, -1);
    lua_pop(L, 1);
  }
  return axL_result(L, ax_proc_setgroups(running(L), groups, n));
}

static const luaL_Reg sys_functions[] = {
    {"msgget", l_msgget},       {"msgsnd", l_msgsnd},
    {"msgrcv", l_msgrcv},       {"msgctl", l_msgctl},
    {"msgids", l_msgids},       {"getuid", l_getuid},
    {"setuid", l_setuid},       {"getgid", l_getgid},
    {"setgid", l_setgid},       {"getgroups", l_getgroups},
    {"setgroups", l_setgroups}, {NULL, NULL}};

void axL_opensys(lua_State *L) { axL_setsys(L, sys_functions); }

#undef running
