/* dir - going through directories, and being in one */
#include <string.h>

#include "file.h"

static const axL_class dir_class = {"axeberg.directory", NULL, 0};

static const char *dir_kind(uint32_t mode) {
  switch (mode & AX_S_IFMT) {
    case AX_S_IFREG: return "file";
    case AX_S_IFDIR: return "directory";
    case AX_S_IFLNK: return "link";
    case AX_S_IFIFO: return "fifo";
    case AX_S_IFCHR: return "char";
    case AX_S_IFBLK: return "block";
    default: return "socket";
  }
}

/* Pushes name, kind and number of the next entry that is neither "." nor
** ".."; or answers an error. */
static int dir_pushentry(lua_State *L, ax_object *dir) {
  ax_entry e;
  int rc;
  do rc = ax_file_entry(dir, &e);
  while (rc == AX_OK &&
         (strcmp(e.name, ".") == 0 || strcmp(e.name, "..") == 0));
  if (rc != AX_OK) return rc;
  lua_pushstring(L, e.name);
  lua_pushstring(L, dir_kind(e.mode));
  lua_pushinteger(L, (lua_Integer)e.ino);
  return AX_OK;
}

/* At the end the directory is closed. */
static int l_dir_next(lua_State *L) {
  axL_handle *h = axL_checkhandle(L, 1, &dir_class);
  if (h->hold->object == NULL) return 0;
  int rc = dir_pushentry(L, h->hold->object);
  if (rc == AX_OK) return 3;
  ax_hold_drop(h->hold);
  if (rc == AX_ENOENT) return 0;
  return luaL_error(L, "%s", ax_error_text(rc));
}

/* opendir(path): a directory, to go through by its method next */
static int l_opendir(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  ax_object *o;
  int rc;
  const char *path = axL_checkpath(L, 1, &rc);
  if (path == NULL) return axL_pathresult(L, rc, 1);
  if (axL_room(k, 1) != AX_OK)
    return axL_fail(L, AX_EDQUOT, "handle quota exceeded");
  axL_handle *h = axL_newhandle(L, k, &dir_class);
  rc = ax_fs_open(k, path, AX_O_RDONLY | AX_O_DIRECTORY, 0, &o);
  if (rc != AX_OK) return axL_pathresult(L, rc, 1);
  axL_holdobject(k, h, o);
  return 1;
}

/* getdents(fd): the next entries, as many as there are up to 64 */
static int l_getdents(lua_State *L) {
  enum { AT_ONCE = 64 };
  ax_object *o = axL_checkfile(L, 1);
  ax_entry e;
  int rc = o == NULL ? AX_EBADF : AX_OK;
  lua_createtable(L, AT_ONCE, 0);
  for (lua_Integer i = 1; i <= AT_ONCE && rc == AX_OK; i++) {
    rc = ax_file_entry(o, &e);
    if (rc != AX_OK) break;
    lua_createtable(L, 0, 3);
    lua_pushstring(L, e.name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, dir_kind(e.mode));
    lua_setfield(L, -2, "type");
    lua_pushinteger(L, (lua_Integer)e.ino);
    lua_setfield(L, -2, "ino");
    lua_rawseti(L, -2, i);
  }
  return rc == AX_OK || rc == AX_ENOENT ? 1 : axL_result(L, rc);
}

/* ------------------------------------------------ where a process begins */

int axL_pushdirectory(lua_State *L, ax_kernel *k, int idx, ax_object **dir) {
  int rc;
  const char *path = axL_checkpath(L, idx, &rc);
  if (path == NULL) return axL_pathresult(L, rc, idx);
  if (axL_room(k, 1) != AX_OK)
    return axL_fail(L, AX_EDQUOT, "handle quota exceeded");
  axL_handle *h = axL_newhandle(L, k, &dir_class);
  rc = ax_fs_directory(k, path, dir);
  if (rc != AX_OK) return axL_pathresult(L, rc, idx);
  axL_holdobject(k, h, *dir);
  return 0;
}

void axL_dropdirectory(lua_State *L, int idx) {
  axL_handle *h = axL_tohandle(L, idx, &dir_class);
  if (h->hold->object != NULL) ax_hold_drop(h->hold);
}

static const luaL_Reg dir_methods[] = {{"next", l_dir_next}, {NULL, NULL}};

static const luaL_Reg dir_functions[] = {{"opendir", l_opendir},
                                         {NULL, NULL}};

static const luaL_Reg dir_numbers[] = {{"getdents", l_getdents},
                                       {NULL, NULL}};

static const luaL_Reg dir_meta[] = {{NULL, NULL}};

void axL_opendir(lua_State *L) {
  axL_newhandleclass(L, &dir_class, dir_meta, dir_methods);
  lua_getfield(L, -1, "fs");
  axL_setfuncs(L, dir_functions);
  lua_pop(L, 1);
  axL_setsys(L, dir_numbers);
}
