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

int axL_msgstat(lua_State *L, const ax_object *o) {
  ax_msgq_stat s;
  int rc = ax_msgq_stat_get(o, &s);
  if (rc != AX_OK) return axL_result(L, rc);
  lua_createtable(L, 0, 15);
  axL_setinteger(L, "id", s.id);
  axL_setperm(L, &s.perm);
  axL_setinteger(L, "qnum", (lua_Integer)s.qnum);
  axL_setinteger(L, "cbytes", (lua_Integer)s.cbytes);
  axL_setinteger(L, "qbytes", (lua_Integer)s.qbytes);
  axL_setinteger(L, "lspid", s.lspid);
  axL_setinteger(L, "lrpid", s.lrpid);
  axL_settime(L, "stime", s.stime);
  axL_settime(L, "rtime", s.rtime);
  axL_settime(L, "ctime", s.ctime);
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
