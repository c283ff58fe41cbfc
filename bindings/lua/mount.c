/* mount - directories of the host in the file tree, and the tree in one file
** of the host: ax.fs.mount, save, load, pack, unpack */
#include <string.h>

#include "axL.h"

/* A path of the host. */
static const char *mount_checkpath(lua_State *L, int idx) {
  size_t n;
  const char *s = luaL_checklstring(L, idx, &n);
  luaL_argcheck(L, strlen(s) == n, idx, "a NUL in it");
  return s;
}

/* The option of that name in the table at idx, which may be nil. */
static bool mount_option(lua_State *L, int idx, const char *name) {
  if (lua_isnoneornil(L, idx)) return false;
  lua_getfield(L, idx, name);
  bool set = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return set;
}

/* mount(directory, path, options) */
static int l_mount(lua_State *L) {
  static const char *const names[] = {"readonly", NULL};
  const char *directory = mount_checkpath(L, 1);
  const char *path = mount_checkpath(L, 2);
  if (!lua_isnoneornil(L, 3)) {
    luaL_checktype(L, 3, LUA_TTABLE);
    axL_checkoptions(L, 3, names);
  }
  bool readonly = mount_option(L, 3, "readonly");
  int rc = ax_host_mount(axL_kernel(L), directory, path, readonly);
  if (rc == AX_OK || rc == AX_ENOMEM) return axL_result(L, rc);
  return axL_fail(
      L, rc,
      lua_pushfstring(L, "%s on %s: %s", directory, path, ax_error_text(rc)));
}

/* ---------------------------------------------------------------- archives */

/* "what: sentence"; the sentence of the code, or what is wrong. */
static int mount_answer(lua_State *L, int rc, const char *what,
                        const char *why) {
  if (rc == AX_OK || rc == AX_ENOMEM) return axL_result(L, rc);
  if (why == NULL) why = ax_error_text(rc);
  return axL_fail(L, rc, lua_pushfstring(L, "%s: %s", what, why));
}

/* The path in the tree at idx; "/" if there is none. */
static const char *mount_optpath(lua_State *L, int idx) {
  return lua_isnoneornil(L, idx) ? "/" : mount_checkpath(L, idx);
}

/* save(file, path) */
static int l_save(lua_State *L) {
  const char *file = mount_checkpath(L, 1), *path = mount_optpath(L, 2);
  return mount_answer(L, ax_fs_save(axL_kernel(L), path, file), file, NULL);
}

/* load(file, path) */
static int l_load(lua_State *L) {
  const char *why, *file = mount_checkpath(L, 1);
  int rc = ax_fs_load(axL_kernel(L), mount_optpath(L, 2), file, &why);
  return mount_answer(L, rc, file, why);
}

/* pack(path): a string */
static int l_mount_pack(lua_State *L) {
  ax_value archive;
  const char *path = mount_optpath(L, 1);
  int rc = ax_fs_pack(axL_kernel(L), path, &archive);
  if (rc != AX_OK) return mount_answer(L, rc, path, NULL);
  return axL_pushvalue(L, &archive);
}

/* unpack(string, path) */
static int l_mount_unpack(lua_State *L) {
  size_t size;
  const char *why, *data = luaL_checklstring(L, 1, &size);
  const char *path = mount_optpath(L, 2);
  int rc = ax_fs_unpack(axL_kernel(L), path, data, size, &why);
  return mount_answer(L, rc, path, why);
}

static const luaL_Reg mount_functions[] = {
    {"mount", l_mount},     {"save", l_save},           {"load", l_load},
    {"pack", l_mount_pack}, {"unpack", l_mount_unpack}, {NULL, NULL}};

/* Adds to the table "fs" of the module. */
void axL_openmount(lua_State *L) {
  lua_getfield(L, -1, "fs");
  axL_setfuncs(L, mount_functions);
  lua_pop(L, 1);
}
