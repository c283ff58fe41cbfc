/* fd - descriptors: the system calls of ax.sys that take them */
#include "file.h"

static ax_proc *fd_running(lua_State *L) { return ax_running(axL_kernel(L)); }

/* A number that may be a descriptor; -1 if it cannot be one. */
static int fd_check(lua_State *L, int idx) {
  lua_Integer fd = luaL_checkinteger(L, idx);
  return fd < 0 || fd > INT32_MAX ? -1 : (int)fd;
}

/* The file of the descriptor at idx; NULL: there is none, and that is the
** answer, three results on the stack. */
static ax_object *fd_file(lua_State *L, int idx) {
  ax_object *o = ax_fd_find(fd_running(L), fd_check(L, idx));
  if (o == NULL) axL_result(L, AX_EBADF);
  return o;
}

/* Pushes a new descriptor for the file, and gives the reference back. */
static int fd_pushnew(lua_State *L, ax_object *o, int lowest) {
  int fd;
  int rc = ax_fd_add(fd_running(L), o, lowest, &fd);
  ax_unref(o);
  if (rc != AX_OK) return axL_result(L, rc);
  lua_pushinteger(L, fd);
  return 1;
}

int axL_pushfd(lua_State *L, ax_object *o) { return fd_pushnew(L, o, 0); }

/* pipe([options]) */
static int l_fd_pipe(lua_State *L) {
  ax_object *ends[2];
  int fds[2];
  ax_proc *p = fd_running(L);
  size_t capacity = axL_checkcapacity(L, 1);
  int rc = ax_pipe(axL_kernel(L), capacity, &ends[0], &ends[1]);
  if (rc != AX_OK) return axL_result(L, rc);
  rc = ax_fd_add(p, ends[0], 0, &fds[0]);
  if (rc == AX_OK) {
    rc = ax_fd_add(p, ends[1], 0, &fds[1]);
    if (rc != AX_OK) ax_fd_close(p, fds[0]);
  }
  ax_unref(ends[0]);
  ax_unref(ends[1]);
  if (rc != AX_OK) return axL_result(L, rc);
  lua_pushinteger(L, fds[0]);
  lua_pushinteger(L, fds[1]);
  return 2;
}

static int l_fd_close(lua_State *L) {
  return axL_result(L, ax_fd_close(fd_running(L), fd_check(L, 1)));
}

/* dup(fd) */
static int l_fd_dup(lua_State *L) {
  ax_object *o = fd_file(L, 1);
  return o == NULL ? 3 : fd_pushnew(L, ax_ref(o), 0);
}

/* dup2(fd, number) */
static int l_fd_dup2(lua_State *L) {
  ax_object *o = fd_file(L, 1);
  if (o == NULL) return 3;
  int fd = fd_check(L, 2);
  int rc = ax_fd_set(fd_running(L), fd, o);
  if (rc != AX_OK) return axL_result(L, rc);
  lua_pushinteger(L, fd);
  return 1;
}

/* lseek(fd, offset, whence) */
static int l_fd_lseek(lua_State *L) {
  int64_t position;
  ax_object *o = fd_file(L, 1);
  if (o == NULL) return 3;
  lua_Integer offset = luaL_checkinteger(L, 2);
  lua_Integer whence = luaL_optinteger(L, 3, AX_SEEK_SET);
  if (whence < AX_SEEK_SET || whence > AX_SEEK_END)
    return axL_result(L, AX_EINVAL);
  int rc = ax_file_seek(o, offset, (enum ax_whence)whence, &position);
  if (rc != AX_OK) return axL_result(L, rc);
  lua_pushinteger(L, position);
  return 1;
}

static int l_fd_ftruncate(lua_State *L) {
  ax_object *o = fd_file(L, 1);
  if (o == NULL) return 3;
  return axL_result(L, ax_file_truncate(o, luaL_checkinteger(L, 2)));
}

static int l_fd_fstat(lua_State *L) {
  ax_stat s;
  ax_object *o = fd_file(L, 1);
  if (o == NULL) return 3;
  int rc = ax_file_stat(o, &s);
  if (rc != AX_OK) return axL_result(L, rc);
  axL_pushstat(L, &s);
  return 1;
}

/* pread(fd, size, offset) */
static int l_fd_pread(lua_State *L) {
  ax_object *o = fd_file(L, 1);
  if (o == NULL) return 3;
  lua_Integer size = luaL_checkinteger(L, 2), at = luaL_checkinteger(L, 3);
  luaL_argcheck(L, size >= 0 && size < INT32_MAX, 2, "no such size");
  size_t done;
  luaL_Buffer b;
  char *data = luaL_buffinitsize(L, &b, (size_t)size);
  o = ax_fd_find(fd_running(L),
                 fd_check(L, 1)); /* a finalizer may have run */
  int rc =
      o == NULL ? AX_EBADF : ax_file_pread(o, data, (size_t)size, at, &done);
  luaL_pushresultsize(&b, rc == AX_OK ? done : 0);
  return rc == AX_OK ? 1 : axL_result(L, rc);
}

/* pwrite(fd, data, offset) */
static int l_fd_pwrite(lua_State *L) {
  size_t size, done;
  ax_object *o = fd_file(L, 1);
  if (o == NULL) return 3;
  const char *data = luaL_checklstring(L, 2, &size);
  int rc = ax_file_pwrite(o, data, size, luaL_checkinteger(L, 3), &done);
  if (rc != AX_OK) return axL_result(L, rc);
  lua_pushinteger(L, (lua_Integer)done);
  return 1;
}

/* fcntl(fd, command, argument), by the numbers that Linux has. */
static int l_fd_fcntl(lua_State *L) {
  enum { DUPFD = 0, GETFL = 3, SETFL = 4, SETPIPE = 1031, GETPIPE = 1032 };
  ax_object *o = fd_file(L, 1);
  if (o == NULL) return 3;
  lua_Integer command = luaL_checkinteger(L, 2);
  lua_Integer n = luaL_optinteger(L, 3, 0);
  size_t size = 0;
  int rc;
  switch (command) {
    case DUPFD:
      if (n < 0 || n > INT32_MAX) return axL_result(L, AX_EINVAL);
      return fd_pushnew(L, ax_ref(o), (int)n);
    case GETFL: lua_pushinteger(L, ax_file_flags(o)); return 1;
    case SETFL:
      return axL_result(L, ax_file_set_flags(o, (int)(n & INT32_MAX)));
    case SETPIPE:
      if (n < 1) return axL_result(L, AX_EINVAL);
      size = (size_t)n; /* fall through */
    case GETPIPE:
      rc = ax_pipe_capacity(o, size, &size);
      if (rc != AX_OK) return axL_result(L, rc);
      lua_pushinteger(L, (lua_Integer)size);
      return 1;
    default: return axL_result(L, AX_EINVAL);
  }
}

/* fileno(file): a new descriptor for it */
static int l_fd_fileno(lua_State *L) {
  luaL_argexpected(L, axL_isfile(L, 1), 1, "axeberg.file");
  ax_object *o = axL_checkfile(L, 1);
  if (o == NULL) return axL_result(L, AX_EBADF);
  return fd_pushnew(L, ax_ref(o), 0);
}

/* fdopen(fd): a new file for it */
static int l_fd_fdopen(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  if (axL_room(k, 1) != AX_OK)
    return axL_fail(L, AX_EDQUOT, "handle quota exceeded");
  axL_handle *h = axL_newfile(L, k);
  ax_object *o = fd_file(L, 1);
  if (o == NULL) return 3;
  axL_holdobject(k, h, ax_ref(o));
  return 1;
}

/* fds(): all that are open, rising */
static int l_fd_fds(lua_State *L) {
  ax_proc *p = fd_running(L);
  size_t n = ax_fd_list(p, NULL, 0);
  int *fds = lua_newuserdatauv(L, n * sizeof *fds + 1, 0);
  size_t m = ax_fd_list(p, fds, n); /* a finalizer may have run */
  if (m > n) m = n;
  lua_createtable(L, (int)m, 0);
  for (size_t i = 0; i < m; i++) {
    lua_pushinteger(L, fds[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* fdlimit([most]): how many there may be, after it was set */
static int l_fd_limit(lua_State *L) {
  ax_proc *p = fd_running(L);
  if (!lua_isnoneornil(L, 1)) {
    int rc = ax_fd_set_limit(p, fd_check(L, 1));
    if (rc != AX_OK) return axL_result(L, rc);
  }
  lua_pushinteger(L, ax_fd_limit(p));
  return 1;
}

static const luaL_Reg fd_functions[] = {{"pipe", l_fd_pipe},
                                        {"read", axL_sysread},
                                        {"write", axL_syswrite},
                                        {"close", l_fd_close},
                                        {"dup", l_fd_dup},
                                        {"dup2", l_fd_dup2},
                                        {"lseek", l_fd_lseek},
                                        {"ftruncate", l_fd_ftruncate},
                                        {"fstat", l_fd_fstat},
                                        {"pread", l_fd_pread},
                                        {"pwrite", l_fd_pwrite},
                                        {"fcntl", l_fd_fcntl},
                                        {"fileno", l_fd_fileno},
                                        {"fdopen", l_fd_fdopen},
                                        {"fds", l_fd_fds},
                                        {"fdlimit", l_fd_limit},
                                        {NULL, NULL}};

void axL_openfd(lua_State *L) { axL_setsys(L, fd_functions); }
