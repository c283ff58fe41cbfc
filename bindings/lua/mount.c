/* mount - directories of the host in the file tree: ax.fs.mount */
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

static const luaL_Reg mount_functions[] = {{"mount", l_mount}, {NULL, NULL}};

/* Adds to the table "fs" of the module. */
void axL_openmount(lua_State *L) {
  lua_getfield(L, -1, "fs");
  axL_setfuncs(L, mount_functions);
  lua_pop(L, 1);
}
