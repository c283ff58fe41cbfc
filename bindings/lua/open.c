/* open - opening files: ax.open and ax.sys.open
**
** A FIFO may have to wait for its other side.  The end is open already then,
** as a handle or a descriptor of the process, so it goes with it; it is
** closed if the wait ends otherwise. */
#include "file.h"

enum { OPEN_PATH = 1, OPEN_FLAGS, OPEN_MODE, OPEN_DEADLINE, OPEN_FILE };

/* Everything was checked by Lua; but for NULs in the path. */
static int open_call(lua_State *L, ax_kernel *k, ax_object **o) {
  int rc;
  const char *path = axL_checkpath(L, OPEN_PATH, &rc);
  lua_Integer flags = luaL_checkinteger(L, OPEN_FLAGS);
  lua_Integer mode = luaL_optinteger(L, OPEN_MODE, 0666);
  luaL_argcheck(L, mode >= 0 && mode <= 07777, OPEN_MODE,
                "a mode is from 0 to 0o7777");
  if (path == NULL) return rc;
  if (flags < 0 || flags > INT32_MAX) return AX_EINVAL;
  return ax_fs_open(k, path, (int)flags, (uint32_t)mode, o);
}

static int open_fail(lua_State *L, int rc) {
  if (rc == AX_ECANCELED || rc == AX_ETIMEDOUT) return axL_result(L, rc);
  return axL_pathresult(L, rc, OPEN_PATH);
}

static int open_wait(lua_State *L, ax_kernel *k, ax_object *o,
                     lua_KFunction finish) {
  ax_arm arm = {ax_file_opening(o), ax_nil()};
  uint64_t deadline = axL_checkdeadline(L, OPEN_DEADLINE);
  if (arm.object == NULL) return finish(L, LUA_OK, 0);
  return axL_wait(L, k, &arm, 1, deadline, finish);
}

/* How the wait ended, if there was one. */
static int open_waited(lua_KContext ctx) {
  int arm;
  ax_value v = ax_nil();
  if (ctx == 0) return AX_OK;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  ax_value_clear(&v);
  return rc;
}

/* ----------------------------------------------------------------- handles */

static int open_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int rc = open_waited(ctx);
  lua_settop(L, OPEN_FILE);
  if (rc == AX_OK) return 1;
  axL_handle *h = lua_touserdata(L, OPEN_FILE);
  if (h->hold->object != NULL) ax_hold_drop(h->hold);
  return open_fail(L, rc);
}

/* open(path, flags, mode, timeout): a file */
static int l_open(lua_State *L) {
  ax_object *o;
  ax_kernel *k = axL_kernel(L);
  lua_settop(L, OPEN_DEADLINE);
  axL_checkdeadline(L, OPEN_DEADLINE);
  if (axL_room(k, 1) != AX_OK)
    return axL_fail(L, AX_EDQUOT, "handle quota exceeded");
  axL_handle *h = axL_newfile(L, k);
  int rc = open_call(L, k, &o);
  if (rc != AX_OK && rc != AX_EAGAIN) return open_fail(L, rc);
  axL_holdobject(k, h, o);
  return open_wait(L, k, o, open_finish);
}

/* -------------------------------------------------------------- descriptors */

static int open_fd_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int rc = open_waited(ctx);
  if (rc == AX_OK) return 1;
  ax_proc *p = ax_running(axL_kernel(L));
  (void)ax_fd_close(p, (int)lua_tointeger(L, OPEN_FILE));
  return open_fail(L, rc);
}

/* Is there a number for one more?  Asked before anything is made; but paths
** that are none are told first. */
static int open_room(lua_State *L, const ax_proc *p) {
  size_t size;
  luaL_checklstring(L, OPEN_PATH, &size);
  if (ax_fd_list(p, NULL, 0) < (size_t)ax_fd_limit(p)) return AX_OK;
  if (size >= AX_PATH_MAX) return AX_ENAMETOOLONG;
  return size == 0 ? AX_ENOENT : AX_EMFILE;
}

/* open(path, flags, mode, timeout): a descriptor */
static int l_sys_open(lua_State *L) {
  int fd;
  ax_object *o;
  ax_kernel *k = axL_kernel(L);
  ax_proc *p = ax_running(k);
  lua_settop(L, OPEN_DEADLINE);
  axL_checkdeadline(L, OPEN_DEADLINE);
  int rc = open_room(L, p);
  if (rc == AX_OK) rc = open_call(L, k, &o);
  if (rc != AX_OK && rc != AX_EAGAIN) return open_fail(L, rc);
  rc = ax_fd_add(p, o, 0, &fd);
  ax_unref(o); /* it is the table's */
  if (rc != AX_OK) return open_fail(L, rc);
  lua_pushinteger(L, fd);
  return open_wait(L, k, o, open_fd_finish);
}

static const luaL_Reg open_functions[] = {{"open", l_open}, {NULL, NULL}};

static const luaL_Reg open_numbers[] = {{"open", l_sys_open}, {NULL, NULL}};

void axL_openpath(lua_State *L) {
  axL_setfuncs(L, open_functions);
  axL_setsys(L, open_numbers);
}
