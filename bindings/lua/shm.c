/* shm - segments of shared memory as handles */
#include <string.h>

#include "shm.h"

static const axL_class segment_class = {"axeberg.segment", NULL, 0};

#define checksegment(L) axL_checkobject(L, 1, &segment_class)

/* ------------------------------------------------------------------- get */

static int shmget_failed(lua_State *L, int rc, lua_Integer key, size_t size) {
  switch (rc) {
    case AX_ENOENT:
      return axL_fail(L, rc,
                      lua_pushfstring(L, "no segment has the key %I", key));
    case AX_ENOSPC: return axL_fail(L, rc, "too many segments");
    case AX_EDQUOT: return axL_fail(L, rc, "segment quota exceeded");
    case AX_EINVAL: break;
    default: return axL_result(L, rc);
  }
  if (size > 0 && size <= AX_SHM_MAX)
    return axL_fail(L, rc, "the segment with that key is smaller");
  return axL_fail(L, rc,
                  lua_pushfstring(L, "a segment has 1 to %I bytes",
                                  (lua_Integer)AX_SHM_MAX));
}

int axL_shmget(lua_State *L, lua_Integer key, lua_Integer size,
               lua_Integer flags, ax_object **o) {
  luaL_argcheck(L, key >= INT32_MIN && key <= INT32_MAX, 1,
                "a key has 32 bits");
  int rc = size < 0 ? AX_EINVAL
                    : ax_shm_get(axL_kernel(L), (int32_t)key, (size_t)size,
                                 (int)(flags & INT32_MAX), o);
  if (rc == AX_OK) return 0;
  return shmget_failed(L, rc, key, size < 0 ? 0 : (size_t)size);
}

/* shm(key, size, flags): what Lua has not looked at is checked here. */
static int l_shm(lua_State *L) {
  lua_Integer key = luaL_checkinteger(L, 1);
  lua_Integer size = luaL_checkinteger(L, 2);
  lua_Integer flags = luaL_checkinteger(L, 3);
  ax_kernel *k = axL_kernel(L);
  axL_handle *h = axL_newhandle(L, k, &segment_class);
  if (axL_room(k, 1) != AX_OK)
    return axL_fail(L, AX_EDQUOT, "handle quota exceeded");
  ax_object *o;
  int n = axL_shmget(L, key, size, flags, &o);
  if (n > 0) return n;
  axL_holdobject(k, h, o);
  return 1;
}

/* ---------------------------------------------------------------- attach */

static int attach_flags(lua_State *L) {
  static const char *const modes[] = {"r", "rw", NULL};
  static const char *const names[] = {"direct", NULL};
  int flags = luaL_checkoption(L, 2, "rw", modes) == 0 ? AX_SHM_RDONLY : 0;
  if (lua_isnoneornil(L, 3)) return flags;
  luaL_checktype(L, 3, LUA_TTABLE);
  axL_checkoptions(L, 3, names);
  int type = lua_getfield(L, 3, "direct");
  if (type != LUA_TNIL && type != LUA_TBOOLEAN)
    axL_badvalue(L, 3, "option \"direct\" is not true or false");
  if (lua_toboolean(L, -1)) flags |= AX_SHM_DIRECT;
  lua_pop(L, 1);
  return flags;
}

/* segment:attach([mode] [, options]) */
static int l_attach(lua_State *L) {
  ax_object *o = checksegment(L);
  return axL_attach(L, o, attach_flags(L));
}

/* ------------------------------------------------------- stat and change */

int axL_shmstat(lua_State *L, const ax_object *o) {
  ax_shm_stat s;
  int rc = ax_shm_stat_get(o, &s);
  if (rc != AX_OK) return axL_result(L, rc);
  lua_createtable(L, 0, 16);
  axL_setinteger(L, "id", s.id);
  axL_setperm(L, &s.perm);
  axL_setinteger(L, "size", (lua_Integer)s.size);
  axL_setinteger(L, "version", (lua_Integer)s.version);
  axL_setinteger(L, "pages", (lua_Integer)s.npages);
  axL_setinteger(L, "nattch", (lua_Integer)s.nattach);
  axL_setinteger(L, "cpid", s.cpid);
  axL_setinteger(L, "lpid", s.lpid);
  axL_settime(L, "atime", s.atime);
  axL_settime(L, "dtime", s.dtime);
  axL_settime(L, "ctime", s.ctime);
  return 1;
}

int axL_shmset(lua_State *L, ax_object *o, int idx) {
  luaL_checktype(L, idx, LUA_TTABLE);
  ax_shm_change to;
  to.uid =
      (uint32_t)axL_checkfield(L, idx, "uid", UINT32_MAX - 1, UINT32_MAX);
  to.gid =
      (uint32_t)axL_checkfield(L, idx, "gid", UINT32_MAX - 1, UINT32_MAX);
  to.mode = (uint32_t)axL_checkfield(L, idx, "mode", INT32_MAX, UINT32_MAX);
  return axL_result(L, ax_shm_set(o, &to));
}

static int l_shm_stat(lua_State *L) {
  return axL_shmstat(L, checksegment(L));
}

static int l_shm_set(lua_State *L) {
  static const char *const names[] = {"uid", "gid", "mode", NULL};
  ax_object *o = checksegment(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  axL_checkoptions(L, 2, names);
  return axL_shmset(L, o, 2);
}

static int l_shm_remove(lua_State *L) {
  return axL_result(L, ax_shm_remove(checksegment(L)));
}

static int l_shm_id(lua_State *L) {
  lua_pushinteger(L, ax_shm_id(checksegment(L)));
  return 1;
}

static int l_shm_version(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)ax_shm_version(checksegment(L)));
  return 1;
}

static int l_shm_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)ax_shm_size(checksegment(L)));
  return 1;
}

static const luaL_Reg shm_methods[] = {
    {"attach", l_attach}, {"stat", l_shm_stat},
    {"set", l_shm_set},   {"remove", l_shm_remove},
    {"id", l_shm_id},     {"version", l_shm_version},
    {NULL, NULL}};

static const luaL_Reg shm_meta[] = {{"__len", l_shm_len}, {NULL, NULL}};

static const luaL_Reg shm_functions[] = {{"shm", l_shm}, {NULL, NULL}};

void axL_openshm(lua_State *L) {
  axL_newhandleclass(L, &segment_class, shm_meta, shm_methods);
  axL_setfuncs(L, shm_functions);
  axL_openregion(L);
  axL_openview(L);
  axL_openshmsys(L);
}
