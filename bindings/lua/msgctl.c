/* msgctl - message queues: finding, looking, changing */
#include "axL.h"

int axL_msgget(lua_State *L, lua_Integer key, lua_Integer flags,
               ax_object **o) {
  luaL_argcheck(L, key >= INT32_MIN && key <= INT32_MAX, 1,
                "a key has 32 bits");
  int rc =
      ax_msgq_get(axL_kernel(L), (int32_t)key, (int)(flags & INT32_MAX), o);
  if (rc == AX_OK) return 0;
  if (rc == AX_ENOSPC) return axL_fail(L, rc, "too many queues");
  if (rc != AX_ENOENT) return axL_result(L, rc);
  return axL_fail(L, rc, lua_pushfstring(L, "no queue has the key %I", key));
}

static void msgctl_integer(lua_State *L, const char *name, lua_Integer i) {
  lua_pushinteger(L, i);
  lua_setfield(L, -2, name);
}

static void msgctl_time(lua_State *L, const char *name, uint64_t time) {
  lua_pushnumber(L, (lua_Number)time / (lua_Number)AX_SECOND);
  lua_setfield(L, -2, name);
}

int axL_msgstat(lua_State *L, const ax_object *o) {
  ax_msgq_stat s;
  int rc = ax_msgq_stat_get(o, &s);
  if (rc != AX_OK) return axL_result(L, rc);
  lua_createtable(L, 0, 15);
  msgctl_integer(L, "id", s.id);
  msgctl_integer(L, "key", s.perm.key);
  msgctl_integer(L, "uid", s.perm.uid);
  msgctl_integer(L, "gid", s.perm.gid);
  msgctl_integer(L, "cuid", s.perm.cuid);
  msgctl_integer(L, "cgid", s.perm.cgid);
  msgctl_integer(L, "mode", (lua_Integer)s.perm.mode);
  msgctl_integer(L, "qnum", (lua_Integer)s.qnum);
  msgctl_integer(L, "cbytes", (lua_Integer)s.cbytes);
  msgctl_integer(L, "qbytes", (lua_Integer)s.qbytes);
  msgctl_integer(L, "lspid", s.lspid);
  msgctl_integer(L, "lrpid", s.lrpid);
  msgctl_time(L, "stime", s.stime);
  msgctl_time(L, "rtime", s.rtime);
  msgctl_time(L, "ctime", s.ctime);
  return 1;
}

lua_Integer axL_checkfield(lua_State *L, int idx, const char *name,
                           lua_Integer most, lua_Integer otherwise) {
  if (lua_getfield(L, idx, name) == LUA_TNIL) {
    lua_pop(L, 1);
    return otherwise;
  }
  int isint;
  lua_Integer i = lua_tointegerx(L, -1, &isint);
  if (!isint || i < 0 || i > most) {
    const char *sentence = lua_pushfstring(
        L, "field \"%s\" is not a whole number from 0 to %I", name, most);
    lua_insert(L, -2);
    axL_badvalue(L, idx, sentence);
  }
  lua_pop(L, 1);
  return i;
}

int axL_msgset(lua_State *L, ax_object *o, int idx) {
  luaL_checktype(L, idx, LUA_TTABLE);
  ax_msgq_change to;
  to.uid =
      (uint32_t)axL_checkfield(L, idx, "uid", UINT32_MAX - 1, UINT32_MAX);
  to.gid =
      (uint32_t)axL_checkfield(L, idx, "gid", UINT32_MAX - 1, UINT32_MAX);
  to.mode = (uint32_t)axL_checkfield(L, idx, "mode", INT32_MAX, UINT32_MAX);
  to.qbytes = (size_t)axL_checkfield(L, idx, "qbytes", LUA_MAXINTEGER, -1);
  return axL_result(L, ax_msgq_set(o, &to));
}
