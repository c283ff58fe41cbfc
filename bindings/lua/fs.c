/* fs - opening files, and the file tree
**
** The same functions are in ax.fs and, by the names that the system calls
** have, in ax.sys.  modes are read here, most options in lua/axeberg/fs.lua. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "file.h"

/* --------------------------------------------------- arguments, results */

const char *axL_checkpath(lua_State *L, int idx, int *rc) {
  size_t size;
  const char *path = luaL_checklstring(L, idx, &size);
  if (strlen(path) == size) return path;
  *rc = AX_EINVAL;
  return NULL;
}

int axL_pathresult(lua_State *L, int rc, int idx) {
  if (rc == AX_OK || rc == AX_ENOMEM) return axL_result(L, rc);
  const char *path = lua_tostring(L, idx);
  return axL_fail(L, rc,
                  lua_pushfstring(L, "%s: %s", path, ax_error_text(rc)));
}

/* The same for two paths, at 1 and 2. */
static int fs_result2(lua_State *L, int rc) {
  if (rc == AX_OK || rc == AX_ENOMEM) return axL_result(L, rc);
  const char *from = lua_tostring(L, 1), *to = lua_tostring(L, 2);
  return axL_fail(
      L, rc, lua_pushfstring(L, "%s -> %s: %s", from, to, ax_error_text(rc)));
}

/* The mode at idx, a number or its octal digits, at most `most`. */
static uint32_t fs_mode(lua_State *L, int idx, lua_Integer most) {
  lua_Integer mode = -1;
  if (lua_type(L, idx) == LUA_TSTRING) {
    const char *digits = lua_tostring(L, idx);
    size_t n = strspn(digits, "01234567");
    if (n == 0 || digits[n] != '\0')
      luaL_argerror(L, idx,
                    lua_pushfstring(L, "mode \"%s\" is not octal", digits));
    mode = n > 8 ? -1 : strtol(digits, NULL, 8);
  } else {
    mode = luaL_checkinteger(L, idx);
  }
  if (mode < 0 || mode > most) {
    lua_pushvalue(L, idx);
    axL_badvalue(L, idx,
                 most == 0777 ? "a mask is from 0 to 0777, octal"
                              : "a mode is from 0 to 07777, octal");
  }
  return (uint32_t)mode;
}

static uint32_t fs_checkmode(lua_State *L, int idx, uint32_t otherwise) {
  return lua_isnoneornil(L, idx) ? otherwise : fs_mode(L, idx, 07777);
}

/* The options at idx: are links followed? */
static bool fs_checkfollow(lua_State *L, int idx) {
  static const char *const names[] = {"follow", NULL};
  if (lua_isnoneornil(L, idx)) return true;
  luaL_checktype(L, idx, LUA_TTABLE);
  axL_checkoptions(L, idx, names);
  bool follow = lua_getfield(L, idx, "follow") == LUA_TNIL;
  if (!follow && !lua_isboolean(L, -1))
    axL_badvalue(L, idx, "option \"follow\" is not true or false");
  follow = follow || lua_toboolean(L, -1);
  lua_pop(L, 1);
  return follow;
}

/* A user or group; nil: as it is. */
static uint32_t fs_checkowner(lua_State *L, int idx) {
  if (lua_isnoneornil(L, idx)) return UINT32_MAX;
  lua_Integer id = luaL_checkinteger(L, idx);
  if (id >= 0 && id < UINT32_MAX) return (uint32_t)id;
  lua_pushvalue(L, idx);
  axL_badvalue(L, idx, "no such user or group");
  return 0;
}

/* Seconds; nil: now; false: as it is. */
static int64_t fs_checktime(lua_State *L, int idx) {
  if (lua_isnoneornil(L, idx)) return AX_TIME_NOW;
  if (lua_isboolean(L, idx) && !lua_toboolean(L, idx)) return AX_TIME_OMIT;
  lua_Number ns = luaL_checknumber(L, idx) * (lua_Number)AX_SECOND;
  luaL_argcheck(L, ns > -9.2e18 && ns < 9.2e18, idx, "no such time");
  return (int64_t)ns;
}

/* ---------------------------------------------------------- one path each */

/* What most calls are: a path, and perhaps more. */
typedef int (*fs_call)(lua_State *L, ax_kernel *k, const char *path);

static int fs_do(lua_State *L, fs_call call) {
  int rc;
  const char *path = axL_checkpath(L, 1, &rc);
  if (path != NULL) rc = call(L, axL_kernel(L), path);
  return axL_pathresult(L, rc, 1);
}

static int fs_mkdir(lua_State *L, ax_kernel *k, const char *path) {
  return ax_fs_mkdir(k, path, fs_checkmode(L, 2, 0777));
}

static int fs_mkfifo(lua_State *L, ax_kernel *k, const char *path) {
  return ax_fs_mkfifo(k, path, fs_checkmode(L, 2, 0666));
}

static int fs_unlink(lua_State *L, ax_kernel *k, const char *path) {
  (void)L;
  return ax_fs_unlink(k, path);
}

static int fs_rmdir(lua_State *L, ax_kernel *k, const char *path) {
  (void)L;
  return ax_fs_rmdir(k, path);
}

static int fs_chdir(lua_State *L, ax_kernel *k, const char *path) {
  (void)L;
  return ax_fs_chdir(k, path);
}

static int fs_unmount(lua_State *L, ax_kernel *k, const char *path) {
  (void)L;
  return ax_fs_unmount(k, path);
}

static int fs_chmod(lua_State *L, ax_kernel *k, const char *path) {
  return ax_fs_chmod(k, path, fs_mode(L, 2, 07777));
}

/* (path, uid, gid, options) */
static int fs_chown(lua_State *L, ax_kernel *k, const char *path) {
  uint32_t uid = fs_checkowner(L, 2), gid = fs_checkowner(L, 3);
  return ax_fs_chown(k, path, uid, gid, fs_checkfollow(L, 4));
}

/* (path, atime, mtime, options) */
static int fs_utime(lua_State *L, ax_kernel *k, const char *path) {
  int64_t atime = fs_checktime(L, 2), mtime = fs_checktime(L, 3);
  return ax_fs_utime(k, path, atime, mtime, fs_checkfollow(L, 4));
}

static int fs_access(lua_State *L, ax_kernel *k, const char *path) {
  lua_Integer want = luaL_optinteger(L, 2, 0);
  return want < 0 || want > 7 ? AX_EINVAL : ax_fs_access(k, path, (int)want);
}

static int fs_truncate(lua_State *L, ax_kernel *k, const char *path) {
  return ax_fs_truncate(k, path, luaL_checkinteger(L, 2));
}

static int l_mkdir(lua_State *L) { return fs_do(L, fs_mkdir); }
static int l_mkfifo(lua_State *L) { return fs_do(L, fs_mkfifo); }
static int l_unlink(lua_State *L) { return fs_do(L, fs_unlink); }
static int l_rmdir(lua_State *L) { return fs_do(L, fs_rmdir); }
static int l_chdir(lua_State *L) { return fs_do(L, fs_chdir); }
static int l_unmount(lua_State *L) { return fs_do(L, fs_unmount); }
static int l_chmod(lua_State *L) { return fs_do(L, fs_chmod); }
static int l_chown(lua_State *L) { return fs_do(L, fs_chown); }
static int l_utime(lua_State *L) { return fs_do(L, fs_utime); }
static int l_access(lua_State *L) { return fs_do(L, fs_access); }
static int l_truncate(lua_State *L) { return fs_do(L, fs_truncate); }

/* -------------------------------------------------------------- two paths */

typedef int (*fs_call2)(ax_kernel *k, const char *from, const char *to);

static int fs_do2(lua_State *L, fs_call2 call) {
  int rc;
  const char *from = axL_checkpath(L, 1, &rc), *to = axL_checkpath(L, 2, &rc);
  if (from != NULL && to != NULL) rc = call(axL_kernel(L), from, to);
  return fs_result2(L, rc);
}

static int l_rename(lua_State *L) { return fs_do2(L, ax_fs_rename); }
static int l_link(lua_State *L) { return fs_do2(L, ax_fs_link); }
static int l_symlink(lua_State *L) { return fs_do2(L, ax_fs_symlink); }

/* ---------------------------------------------------------------- looking */

static int fs_stat(lua_State *L,
                   int (*call)(ax_kernel *, const char *, ax_stat *)) {
  int rc;
  ax_stat s;
  const char *path = axL_checkpath(L, 1, &rc);
  if (path != NULL) rc = call(axL_kernel(L), path, &s);
  if (rc != AX_OK) return axL_pathresult(L, rc, 1);
  axL_pushstat(L, &s);
  return 1;
}

static int l_stat(lua_State *L) { return fs_stat(L, ax_fs_stat); }
static int l_lstat(lua_State *L) { return fs_stat(L, ax_fs_lstat); }

/* Pushes a text that a call writes: it is never longer than most paths, but
** a directory may be deeper than one. */
typedef int (*fs_text)(lua_State *L, ax_kernel *k, char *buffer, size_t size,
                       size_t *length);

static int fs_pushtext(lua_State *L, fs_text call, int idx) {
  ax_kernel *k = axL_kernel(L);
  luaL_Buffer b;
  size_t length = 0, size = AX_PATH_MAX;
  int rc;
  do {
    char *buffer = luaL_buffinitsize(L, &b, size);
    rc = call(L, k, buffer, size, &length);
    if (rc == AX_OK) {
      luaL_pushresultsize(&b, length);
      return 1;
    }
    luaL_pushresultsize(&b, 0);
    lua_pop(L, 1);
    size *= 2;
  } while (rc == AX_ERANGE);
  return idx > 0 ? axL_pathresult(L, rc, idx) : axL_result(L, rc);
}

static int fs_readlink(lua_State *L, ax_kernel *k, char *buffer, size_t size,
                       size_t *length) {
  int rc = AX_OK;
  const char *path = axL_checkpath(L, 1, &rc);
  if (path != NULL) rc = ax_fs_readlink(k, path, buffer, size, length);
  return rc == AX_OK && *length > size ? AX_ERANGE : rc;
}

static int fs_realpath(lua_State *L, ax_kernel *k, char *buffer, size_t size,
                       size_t *length) {
  int rc = AX_OK;
  const char *path = axL_checkpath(L, 1, &rc);
  return path == NULL ? rc : ax_fs_realpath(k, path, buffer, size, length);
}

static int fs_getcwd(lua_State *L, ax_kernel *k, char *buffer, size_t size,
                     size_t *length) {
  (void)L;
  return ax_fs_getcwd(k, buffer, size, length);
}

static int l_readlink(lua_State *L) { return fs_pushtext(L, fs_readlink, 1); }
static int l_realpath(lua_State *L) { return fs_pushtext(L, fs_realpath, 1); }
static int l_getcwd(lua_State *L) { return fs_pushtext(L, fs_getcwd, 0); }

/* umask([mask]): what it was */
static int l_umask(lua_State *L) {
  int mask = lua_isnoneornil(L, 1) ? -1 : (int)fs_mode(L, 1, 0777);
  int old = ax_fs_umask(axL_kernel(L), mask);
  if (old < 0) return axL_result(L, old);
  lua_pushinteger(L, old);
  return 1;
}

static int l_statfs(lua_State *L) {
  int rc;
  ax_statfs s;
  const char *path = axL_checkpath(L, 1, &rc);
  if (path != NULL) rc = ax_fs_statfs(axL_kernel(L), path, &s);
  if (rc != AX_OK) return axL_pathresult(L, rc, 1);
  lua_createtable(L, 0, 7);
  axL_setinteger(L, "dev", (lua_Integer)s.dev);
  axL_setinteger(L, "total", (lua_Integer)s.total);
  axL_setinteger(L, "used", (lua_Integer)s.used);
  axL_setinteger(L, "most", (lua_Integer)s.most);
  axL_setinteger(L, "files", (lua_Integer)s.files);
  axL_setinteger(L, "block", (lua_Integer)s.block);
  lua_pushboolean(L, s.readonly);
  lua_setfield(L, -2, "readonly");
  return 1;
}

/* The count that is option `name` of the table at 1; 0: none. */
static uint64_t fs_checklimit(lua_State *L, const char *name) {
  int isnum = 1;
  lua_Integer n = 0;
  if (lua_getfield(L, 1, name) != LUA_TNIL) n = lua_tointegerx(L, -1, &isnum);
  if (!isnum || n < 0) {
    lua_pushfstring(L, "option \"%s\" is not a whole number from 0", name);
    lua_insert(L, -2);
    axL_badvalue(L, 1, lua_tostring(L, -2));
  }
  lua_pop(L, 1);
  return (uint64_t)n;
}

/* limit{bytes, files}: of the tree in memory; 0: none */
static int l_limit(lua_State *L) {
  static const char *const names[] = {"bytes", "files", NULL};
  uint64_t bytes = 0, files = 0;
  if (!lua_isnoneornil(L, 1)) {
    luaL_checktype(L, 1, LUA_TTABLE);
    axL_checkoptions(L, 1, names);
    bytes = fs_checklimit(L, "bytes");
    files = fs_checklimit(L, "files");
  }
  return axL_result(L, ax_fs_set_limit(axL_kernel(L), bytes, files));
}

/* mounts(): what is mounted, the oldest first */
static int l_mounts(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  ax_mount *m = lua_newuserdatauv(L, sizeof *m, 0);
  lua_newtable(L);
  int rc;
  for (size_t i = 0; (rc = ax_fs_mounts(k, i, m)) == AX_OK; i++) {
    lua_createtable(L, 0, 3);
    lua_pushstring(L, m->path);
    lua_setfield(L, -2, "path");
    lua_pushstring(L, m->source);
    lua_setfield(L, -2, "source");
    axL_setinteger(L, "dev", (lua_Integer)m->dev);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return rc == AX_ENOENT ? 1 : axL_result(L, rc);
}

void axL_setepoch(ax_kernel *k) {
  struct timespec now;
  if (timespec_get(&now, TIME_UTC) == 0) return;
  uint64_t ns = (uint64_t)now.tv_sec * AX_SECOND + (uint64_t)now.tv_nsec;
  ax_fs_set_epoch(k, (int64_t)(ns - ax_now(k)));
}

/* -------------------------------------------------------------- the tables */

static const luaL_Reg fs_functions[] = {{"mkdir", l_mkdir},
                                        {"mkfifo", l_mkfifo},
                                        {"unlink", l_unlink},
                                        {"rmdir", l_rmdir},
                                        {"rename", l_rename},
                                        {"link", l_link},
                                        {"symlink", l_symlink},
                                        {"readlink", l_readlink},
                                        {"stat", l_stat},
                                        {"lstat", l_lstat},
                                        {"chmod", l_chmod},
                                        {"chown", l_chown},
                                        {"utime", l_utime},
                                        {"access", l_access},
                                        {"truncate", l_truncate},
                                        {"chdir", l_chdir},
                                        {"getcwd", l_getcwd},
                                        {"umask", l_umask},
                                        {"statfs", l_statfs},
                                        {"unmount", l_unmount},
                                        {NULL, NULL}};

static const luaL_Reg fs_more[] = {{"realpath", l_realpath},
                                   {"mounts", l_mounts},
                                   {"limit", l_limit},
                                   {NULL, NULL}};

void axL_openfs(lua_State *L) {
  lua_newtable(L);
  axL_setfuncs(L, fs_functions);
  axL_setfuncs(L, fs_more);
  lua_setfield(L, -2, "fs");
  axL_setsys(L, fs_functions);
}
