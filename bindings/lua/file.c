/* file - open files as handles, and the standard ones */
#include "file.h"

#include <string.h>

static const axL_class file_class = {"axeberg.file", NULL, 1};

/* ax.stdin and so on: another size than a handle has, so that it is none. */
typedef struct std_file {
  const void *mark; /* &file_class */
  int fd;
  bool timed; /* its user value is a timeout */
} std_file;

static std_file *file_tostd(lua_State *L, int idx) {
  std_file *s = lua_touserdata(L, idx);
  if (s == NULL || lua_rawlen(L, idx) != sizeof *s || s->mark != &file_class)
    return NULL;
  return s;
}

static ax_object *file_byfd(lua_State *L, lua_Integer fd) {
  if (fd < 0 || fd > INT32_MAX) return NULL;
  return ax_fd_find(ax_running(axL_kernel(L)), (int)fd);
}

/* A std file or a descriptor; or raises. */
static ax_object *file_other(lua_State *L, int idx) {
  const std_file *s = file_tostd(L, idx);
  if (s != NULL) return file_byfd(L, s->fd);
  if (lua_isinteger(L, idx)) return file_byfd(L, lua_tointeger(L, idx));
  axL_badhandle(L, idx, &file_class);
  return NULL;
}

ax_object *axL_checkfile(lua_State *L, int idx) {
  const axL_handle *h = axL_tohandle(L, idx, &file_class);
  if (h != NULL && h->hold->object != NULL) return h->hold->object;
  return file_other(L, idx);
}

ax_object *axL_stillfile(lua_State *L, int idx) {
  const axL_handle *h = axL_tohandle(L, idx, &file_class);
  return h != NULL ? h->hold->object : file_other(L, idx);
}

ax_proc *axL_fileholder(lua_State *L, int idx) {
  const axL_handle *h = axL_tohandle(L, idx, &file_class);
  return h != NULL ? h->hold->holder : NULL;
}

bool axL_isfile(lua_State *L, int idx) {
  return axL_tohandle(L, idx, &file_class) != NULL ||
         file_tostd(L, idx) != NULL;
}

uint64_t axL_filedeadline(lua_State *L, int idx) {
  const axL_handle *h = axL_tohandle(L, idx, &file_class);
  const std_file *s = h == NULL ? file_tostd(L, idx) : NULL;
  if (!(h != NULL ? h->typed : s != NULL && s->timed)) return AX_NEVER;
  lua_getiuservalue(L, idx, 1);
  lua_Number seconds = lua_tonumber(L, -1);
  lua_pop(L, 1);
  return ax_deadline(axL_kernel(L), seconds);
}

axL_handle *axL_newfile(lua_State *L, ax_kernel *k) {
  return axL_newhandle(L, k, &file_class);
}

int axL_filefail(lua_State *L, int rc, const char *again) {
  if (rc == AX_EAGAIN) return axL_fail(L, rc, again);
  return axL_result(L, rc);
}

/* ------------------------------------------------------------- the methods */

/* The file at index 1; NULL: there is none, and that is the answer, three
** results on the stack. */
static ax_object *file_self(lua_State *L) {
  ax_object *o = axL_checkfile(L, 1);
  if (o == NULL) axL_result(L, AX_EBADF);
  return o;
}

static int l_file_seek(lua_State *L) {
  static const char *const whences[] = {"set", "cur", "end", NULL};
  ax_object *o = file_self(L);
  if (o == NULL) return 3;
  int whence = luaL_checkoption(L, 2, "cur", whences);
  int64_t position;
  lua_Integer offset = luaL_optinteger(L, 3, 0);
  int rc = ax_file_seek(o, offset, (enum ax_whence)whence, &position);
  if (rc != AX_OK) return axL_result(L, rc);
  lua_pushinteger(L, position);
  return 1;
}

/* Nothing is held back, so there is nothing to set and nothing to flush. */
static int l_file_setvbuf(lua_State *L) {
  static const char *const modes[] = {"no", "full", "line", NULL};
  ax_object *o = file_self(L);
  if (o == NULL) return 3;
  luaL_checkoption(L, 2, NULL, modes);
  luaL_optinteger(L, 3, 0);
  lua_pushboolean(L, 1);
  return 1;
}

static int l_file_flush(lua_State *L) {
  if (file_self(L) == NULL) return 3;
  lua_settop(L, 1);
  return 1;
}

static int l_file_truncate(lua_State *L) {
  ax_object *o = file_self(L);
  if (o == NULL) return 3;
  return axL_result(L, ax_file_truncate(o, luaL_checkinteger(L, 2)));
}

/* file:settimeout([seconds]): of each call from now on */
static int l_file_settimeout(lua_State *L) {
  ax_object *o = file_self(L);
  if (o == NULL) return 3;
  bool timed = !lua_isnoneornil(L, 2);
  if (timed) axL_checkdeadline(L, 2);
  lua_settop(L, 2);
  lua_setiuservalue(L, 1, 1);
  axL_handle *h = axL_tohandle(L, 1, &file_class);
  std_file *s = file_tostd(L, 1);
  if (h != NULL) h->typed = timed;
  if (s != NULL) s->timed = timed;
  return 1;
}

/* file:nonblock([on]): how it is, after it was set */
static int l_file_nonblock(lua_State *L) {
  ax_object *o = file_self(L);
  if (o == NULL) return 3;
  int flags = ax_file_flags(o);
  if (!lua_isnoneornil(L, 2)) {
    luaL_checktype(L, 2, LUA_TBOOLEAN);
    flags =
        lua_toboolean(L, 2) ? flags | AX_O_NONBLOCK : flags & ~AX_O_NONBLOCK;
    int rc = ax_file_set_flags(o, flags);
    if (rc != AX_OK) return axL_result(L, rc);
  }
  lua_pushboolean(L, flags & AX_O_NONBLOCK);
  return 1;
}

/* file:capacity([bytes]): of a pipe */
static int l_file_capacity(lua_State *L) {
  ax_object *o = file_self(L);
  if (o == NULL) return 3;
  lua_Integer size = luaL_optinteger(L, 2, 0);
  luaL_argcheck(L, lua_isnoneornil(L, 2) || size > 0, 2,
                "a pipe holds 1 byte or more");
  size_t now;
  int rc = ax_pipe_capacity(o, (size_t)size, &now);
  if (rc != AX_OK) return axL_result(L, rc);
  lua_pushinteger(L, (lua_Integer)now);
  return 1;
}

void axL_pushstat(lua_State *L, const ax_stat *s) {
  static const char *const kinds[] = {
      NULL,   "fifo", "char", NULL, "directory", NULL, "block", NULL,
      "file", NULL,   "link", NULL, "socket",    NULL, NULL,    NULL};
  lua_createtable(L, 0, 14);
#define FIELD(name)                         \
  lua_pushinteger(L, (lua_Integer)s->name); \
  lua_setfield(L, -2, #name)
  FIELD(dev);
  FIELD(ino);
  FIELD(nlink);
  FIELD(uid);
  FIELD(gid);
  FIELD(rdev);
  FIELD(size);
  FIELD(blocks);
#undef FIELD
#define TIME(name)                                                \
  lua_pushnumber(L, (lua_Number)s->name / (lua_Number)AX_SECOND); \
  lua_setfield(L, -2, #name)
  TIME(atime);
  TIME(mtime);
  TIME(ctime);
#undef TIME
  lua_pushinteger(L, s->mode & 07777);
  lua_setfield(L, -2, "mode");
  lua_pushstring(L, kinds[s->mode >> 12 & 15]);
  lua_setfield(L, -2, "type");
}

static int l_file_stat(lua_State *L) {
  ax_stat s;
  ax_object *o = file_self(L);
  if (o == NULL) return 3;
  int rc = ax_file_stat(o, &s);
  if (rc != AX_OK) return axL_result(L, rc);
  axL_pushstat(L, &s);
  return 1;
}

/* "pipe reader, open" */
static void push_kind(lua_State *L, const ax_object *o) {
  static const char *const sides[] = {" reader", " writer", ""};
  const char *kind = ax_object_kind(o);
  bool pipe = strcmp(kind, "pipe") == 0;
  lua_pushfstring(L, "file (%s%s, open)", kind,
                  pipe ? sides[ax_file_flags(o) & AX_O_ACCMODE] : "");
}

static int file_tostring(lua_State *L) {
  const axL_handle *h = axL_checkhandle(L, 1, &file_class);
  if (h->hold->object != NULL)
    push_kind(L, h->hold->object);
  else
    lua_pushstring(L, h->moved != 0 ? "file (moved)" : "file (closed)");
  return 1;
}

/* --------------------------------------------------------- standard files */

static int std_close(lua_State *L) {
  const std_file *s = file_tostd(L, 1);
  if (s == NULL) luaL_typeerror(L, 1, file_class.name);
  return axL_result(L, ax_fd_close(ax_running(axL_kernel(L)), s->fd));
}

static int std_tostring(lua_State *L) {
  static const char *const names[] = {"stdin", "stdout", "stderr"};
  const std_file *s = file_tostd(L, 1);
  lua_pushfstring(L, "file (%s)", s == NULL ? "?" : names[s->fd]);
  return 1;
}

static void push_std(lua_State *L, int fd) {
  std_file *s = lua_newuserdatauv(L, sizeof *s, 1);
  *s = (std_file){&file_class, fd, false};
  luaL_setmetatable(L, "axeberg.stdfile");
}

/* ------------------------------------------------------------------- pipes */

/* The option capacity of the table at idx; 0: none. */
size_t axL_checkcapacity(lua_State *L, int idx) {
  static const char *const names[] = {"capacity", NULL};
  if (lua_isnoneornil(L, idx)) return 0;
  luaL_checktype(L, idx, LUA_TTABLE);
  axL_checkoptions(L, idx, names);
  if (lua_getfield(L, idx, "capacity") == LUA_TNIL) return 0;
  lua_Integer n = lua_tointeger(L, -1);
  if (!lua_isinteger(L, -1) || n < 1 || n > AX_PIPE_MAX)
    axL_badvalue(L, idx,
                 "option \"capacity\" is not a whole number from 1 to "
                 "1048576");
  return (size_t)n;
}

static int l_pipe(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  size_t capacity = axL_checkcapacity(L, 1);
  if (axL_room(k, 2) != AX_OK)
    return axL_fail(L, AX_EDQUOT, "handle quota exceeded");
  axL_handle *r = axL_newfile(L, k);
  axL_handle *w = axL_newfile(L, k);
  ax_object *reader, *writer;
  int rc = ax_pipe(k, capacity, &reader, &writer);
  if (rc != AX_OK) return axL_result(L, rc);
  axL_holdobject(k, r, reader);
  axL_holdobject(k, w, writer);
  return 2;
}

static const luaL_Reg file_methods[] = {{"read", axL_fileread},
                                        {"readline", axL_filereadline},
                                        {"readinto", axL_filereadinto},
                                        {"readsome", axL_filereadsome},
                                        {"lines", axL_filelines},
                                        {"write", axL_filewrite},
                                        {"seek", l_file_seek},
                                        {"setvbuf", l_file_setvbuf},
                                        {"flush", l_file_flush},
                                        {"truncate", l_file_truncate},
                                        {"settimeout", l_file_settimeout},
                                        {"nonblock", l_file_nonblock},
                                        {"capacity", l_file_capacity},
                                        {"stat", l_file_stat},
                                        {NULL, NULL}};

static const luaL_Reg file_meta[] = {{"__tostring", file_tostring},
                                     {NULL, NULL}};

static const luaL_Reg std_methods[] = {{"close", std_close}, {NULL, NULL}};

static const luaL_Reg std_meta[] = {{"__tostring", std_tostring},
                                    {NULL, NULL}};

static const luaL_Reg file_functions[] = {{"pipe", l_pipe}, {NULL, NULL}};

static void new_std_class(lua_State *L) {
  axL_newclass(L, "axeberg.stdfile", std_meta, file_methods);
  lua_pushstring(L, file_class.name);
  lua_setfield(L, -2, "__name");
  lua_getfield(L, -1, "__index");
  axL_setfuncs(L, std_methods);
  lua_pop(L, 2);
}

void axL_openfile(lua_State *L) {
  static const char *const names[] = {"stdin", "stdout", "stderr"};
  axL_newhandleclass(L, &file_class, file_meta, file_methods);
  new_std_class(L);
  axL_setfuncs(L, file_functions);
  for (int fd = 0; fd < 3; fd++) {
    push_std(L, fd);
    lua_setfield(L, -2, names[fd]);
  }
}
