/* write - writing files
**
** What cannot be written at once is lent to the kernel until it is: the
** strings are arguments, and stay where they are.
**
** A call that waits has on the top of its stack where it is: write_place. */
#include "file.h"

enum { WRITE_PART = 1 << 30 }; /* what is lent at once */

/* Where a write is. */
typedef struct write_place {
  int n;             /* arguments: the file, and what is to be written */
  int at;            /* which one */
  size_t offset;     /* of it */
  size_t total;      /* of all */
  uint64_t deadline; /* if it has waited already */
} write_place;

enum { WRITE_SLOTS = 5 };

static void write_push(lua_State *L, const write_place *p) {
  luaL_checkstack(L, WRITE_SLOTS + 4, "too many arguments");
  lua_pushinteger(L, p->n);
  lua_pushinteger(L, p->at);
  lua_pushinteger(L, (lua_Integer)p->offset);
  lua_pushinteger(L, (lua_Integer)p->total);
  lua_pushinteger(L, (lua_Integer)p->deadline);
}

static write_place write_pop(lua_State *L) {
  write_place p = {(int)lua_tointeger(L, -5), (int)lua_tointeger(L, -4),
                   (size_t)lua_tointeger(L, -3), (size_t)lua_tointeger(L, -2),
                   (uint64_t)lua_tointeger(L, -1)};
  lua_pop(L, WRITE_SLOTS);
  return p;
}

/* All is written: the file itself, or, for a descriptor, how much. */
static int write_done(lua_State *L, const write_place *p) {
  if (lua_isinteger(L, 1)) {
    lua_pushinteger(L, (lua_Integer)p->total);
    return 1;
  }
  lua_settop(L, 1);
  return 1;
}

/* Not all is written.  Of a descriptor, what is; a TERM stays for the next
** call that waits. */
static int write_stop(lua_State *L, const write_place *p, int rc) {
  if (lua_isinteger(L, 1) && p->total > 0) {
    ax_proc *self = ax_running(axL_kernel(L));
    if (rc == AX_ECANCELED)
      ax_kill(axL_kernel(L), ax_proc_pid(self), AX_SIGTERM);
    return write_done(L, p);
  }
  int n = axL_filefail(L, rc, "full");
  if (lua_isinteger(L, 1)) return n;
  lua_pushinteger(L, (lua_Integer)p->total);
  return n + 1;
}

static void write_pass(write_place *p, size_t n) {
  p->offset += n;
  p->total += n;
}

static int write_go_on(lua_State *L, ax_object *o, write_place *p);

static int write_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int arm;
  ax_value v;
  size_t size;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  write_place p = write_pop(L);
  lua_tolstring(L, p.at, &size);
  size -= p.offset;
  if (size > WRITE_PART) size = WRITE_PART;
  write_pass(&p, size - ax_lent_size(&v));
  if (rc != AX_OK) return write_stop(L, &p, rc);
  ax_object *o = axL_stillfile(L, 1);
  return o == NULL ? write_stop(L, &p, AX_EPIPE) : write_go_on(L, o, &p);
}

/* Waits until the rest is written.  Long things are not tried before: if
** somebody waits for them he gets them without a detour. */
static int write_block(lua_State *L, ax_object *o, write_place *p,
                       const char *data, size_t size) {
  if (p->deadline == AX_NEVER) p->deadline = axL_filedeadline(L, 1);
  if (size > WRITE_PART) size = WRITE_PART;
  ax_arm arm = {ax_file_writer(o), ax_lent(data, size)};
  write_push(L, p);
  if (size > AX_PIPE_BUF)
    return axL_wait(L, axL_kernel(L), &arm, 1, p->deadline, write_finish);
  return axL_park(L, axL_fileholder(L, 1), arm.object, arm.value, p->deadline,
                  write_finish);
}

/* Writes what is left of the argument.  AX_EAGAIN: it has to wait. */
static int write_now(ax_object *o, write_place *p, const char *data,
                     size_t size, bool waits) {
  while (p->offset < size) {
    size_t done;
    if (waits && size - p->offset > AX_PIPE_BUF) return AX_EAGAIN;
    int rc = ax_file_write(o, data + p->offset, size - p->offset, &done);
    if (rc != AX_OK) return rc;
    write_pass(p, done);
  }
  return AX_OK;
}

static int write_go_on(lua_State *L, ax_object *o, write_place *p) {
  bool waits = !(ax_file_flags(o) & AX_O_NONBLOCK);
  for (; p->at <= p->n; p->at++, p->offset = 0) {
    size_t size;
    const char *data = lua_tolstring(L, p->at, &size);
    int rc = write_now(o, p, data, size, waits);
    if (rc == AX_EAGAIN && waits)
      return write_block(L, o, p, data + p->offset, size - p->offset);
    if (rc != AX_OK) return write_stop(L, p, rc);
  }
  return write_done(L, p);
}

/* Writes the arguments, but for what is done of the first one. */
static int write_rest(lua_State *L, ax_object *o, size_t done) {
  write_place p = {lua_gettop(L), 2, done, done, AX_NEVER};
  bool writes = o != NULL && (ax_file_flags(o) & AX_O_ACCMODE) != 0;
  if (!writes) return write_stop(L, &p, AX_EBADF);
  for (int i = 2; i <= p.n; i++) luaL_checklstring(L, i, NULL);
  return write_go_on(L, o, &p);
}

/* file:write(...): a short string goes the short way. */
int axL_filewrite(lua_State *L) {
  size_t size, done = 0;
  ax_object *o = axL_checkfile(L, 1);
  const char *data = lua_tolstring(L, 2, &size);
  if (o == NULL || data == NULL || size > AX_PIPE_BUF || lua_gettop(L) > 2 ||
      ax_file_write(o, data, size, &done) != AX_OK || done < size)
    return write_rest(L, o, done);
  lua_pushvalue(L, 1);
  return 1;
}

/* write(fd, data [, timeout]) */
int axL_syswrite(lua_State *L) {
  luaL_checkinteger(L, 1);
  ax_object *o = axL_checkfile(L, 1);
  size_t size, done;
  luaL_checklstring(L, 2, &size);
  write_place p = {2, 2, 0, 0, axL_checkdeadline(L, 3)};
  lua_settop(L, 2);
  int rc = o == NULL ? AX_EBADF : AX_OK;
  if (rc == AX_OK && size == 0) rc = ax_file_write(o, "", 0, &done);
  return rc == AX_OK ? write_go_on(L, o, &p) : axL_result(L, rc);
}
