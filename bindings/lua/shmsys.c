/* shmsys - shared memory as plain system calls: numbers instead of handles
**
** lua/axeberg/sys.lua gives the flags their names. */
#include "shm.h"

/* shmget(key, size, flags) */
static int l_shmget(lua_State *L) {
  ax_object *o;
  int n = axL_shmget(L, luaL_checkinteger(L, 1), luaL_checkinteger(L, 2),
                     luaL_checkinteger(L, 3), &o);
  if (n > 0) return n;
  lua_pushinteger(L, ax_shm_id(o));
  ax_unref(o);
  return 1;
}

static bool is_number(lua_Integer i) { return i > 0 && i <= INT32_MAX; }

/* The segment whose number is the first argument; NULL: there is none, and
** that is the answer, three results on the stack. */
static ax_object *find_segment(lua_State *L) {
  lua_Integer id = luaL_checkinteger(L, 1);
  ax_object *o = is_number(id) ? ax_shm_find(axL_kernel(L), (int)id) : NULL;
  if (o == NULL)
    axL_fail(L, AX_EINVAL, lua_pushfstring(L, "there is no segment %I", id));
  return o;
}

/* The same for a region. */
static ax_object *find_region(lua_State *L) {
  lua_Integer n = luaL_checkinteger(L, 1);
  ax_object *o = is_number(n) ? ax_region_find(axL_kernel(L), (int)n) : NULL;
  if (o == NULL)
    axL_fail(L, AX_EINVAL, lua_pushfstring(L, "there is no region %I", n));
  return o;
}

/* shmat(id, flags) */
static int l_shmat(lua_State *L) {
  lua_Integer flags = luaL_checkinteger(L, 2);
  ax_object *segment = find_segment(L), *region;
  if (segment == NULL) return 3;
  int rc = ax_shm_attach(segment, (int)(flags & INT32_MAX), &region);
  if (rc != AX_OK) return axL_result(L, rc);
  int number;
  rc = ax_region_hold(region, &number);
  if (rc != AX_OK) ax_unref(region);
  if (rc == AX_EDQUOT) return axL_fail(L, rc, "handle quota exceeded");
  if (rc != AX_OK) return axL_result(L, rc);
  lua_pushinteger(L, number);
  return 1;
}

/* shmdt(region) */
static int l_shmdt(lua_State *L) {
  if (find_region(L) == NULL) return 3;
  int number = (int)lua_tointeger(L, 1);
  return axL_result(L, ax_region_detach(axL_kernel(L), number));
}

static int synced(lua_State *L, int rc, const ax_object *segment) {
  if (rc == AX_EINVAL)
    return axL_fail(
        L, rc,
        lua_pushfstring(L, "segment %d is not attached", ax_shm_id(segment)));
  if (rc == AX_EACCES) return axL_fail(L, rc, "the region is read-only");
  return axL_result(L, rc);
}

/* shm_sync(id), shm_refresh(id) */
static int l_shm_sync(lua_State *L) {
  ax_object *o = find_segment(L);
  return o == NULL ? 3 : synced(L, ax_shm_sync(o), o);
}

static int l_shm_refresh(lua_State *L) {
  ax_object *o = find_segment(L);
  return o == NULL ? 3 : synced(L, ax_shm_refresh(o), o);
}

/* mem_read(region, offset, size or buffer) */
static int l_mem_read(lua_State *L) {
  luaL_checkinteger(L, 2);
  luaL_checkany(L, 3);
  const ax_object *o = find_region(L);
  if (o == NULL) return 3;
  return axL_regionget(L, o, 0, (int)lua_tointeger(L, 1), 2);
}

/* mem_write(region, offset, string or buffer) */
static int l_mem_write(lua_State *L) {
  luaL_checkany(L, 3);
  ax_object *o = find_region(L);
  return o == NULL ? 3 : axL_regionwrite(L, o, 2);
}

/* shmctl(id, command, change) */
static int l_shmctl(lua_State *L) {
  enum { SHM_RMID, SHM_SET, SHM_STAT };
  lua_Integer command = luaL_checkinteger(L, 2);
  ax_object *o = find_segment(L);
  if (o == NULL) return 3;
  switch (command) {
    case SHM_RMID: return axL_result(L, ax_shm_remove(o));
    case SHM_SET: return axL_shmset(L, o, 3);
    case SHM_STAT: return axL_shmstat(L, o);
    default: return axL_fail(L, AX_EINVAL, "no such command");
  }
}

/* shmids(): the numbers of all segments */
static int l_shmids(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  size_t n = ax_shm_list(k, NULL, 0);
  int *ids = lua_newuserdatauv(L, n * sizeof *ids + 1, 0);
  size_t now = ax_shm_list(k, ids, n); /* finalizers may have removed some */
  if (now < n) n = now;
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    lua_pushinteger(L, ids[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

static const luaL_Reg shmsys_functions[] = {{"shmget", l_shmget},
                                            {"shmat", l_shmat},
                                            {"shmdt", l_shmdt},
                                            {"shm_sync", l_shm_sync},
                                            {"shm_refresh", l_shm_refresh},
                                            {"mem_read", l_mem_read},
                                            {"mem_write", l_mem_write},
                                            {"shmctl", l_shmctl},
                                            {"shmids", l_shmids},
                                            {NULL, NULL}};

void axL_openshmsys(lua_State *L) { axL_setsys(L, shmsys_functions); }
