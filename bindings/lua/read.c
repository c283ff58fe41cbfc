/* read - reading files: the formats of the io library, lines, buffers
**
** What a read needs stands in the file in one piece (ax_file_peek), or is
** collected there (ax_file_gather), so a call that gives up in the midst has
** lost nothing, and the next one goes on from there.  Bytes are taken first
** and then copied: a finalizer that runs meanwhile can do no harm.
**
** A call that waits has on the top of its stack: the deadline, and how many
** arguments there are; below that its results so far, then its arguments. */
#include <string.h>

#include "file.h"

/* Each reader pushes one value, nil at the end, and answers AX_OK; or it
** answers AX_EAGAIN, or an error, and has pushed nothing. */

/* Takes n bytes that are shown at data and pushes `keep` of them. */
static int read_push(lua_State *L, ax_object *o, const char *data, size_t n,
                     size_t keep) {
  ax_file_take(o, n);
  lua_pushlstring(L, data, keep);
  return AX_OK;
}

/* The end was reached: what is collected is all there is. */
static int read_rest(lua_State *L, ax_object *o, bool all) {
  const char *data = "";
  size_t size = 0;
  if (ax_file_gathered(o) > 0) {
    int rc = ax_file_peek(o, &data, &size);
    if (rc != AX_OK) return rc;
  }
  if (size > 0 || all) return read_push(L, o, data, size, size);
  lua_pushnil(L);
  return AX_OK;
}

/* Peek, for files that cannot as well. */
static int read_look(ax_object *o, const char **data, size_t *size) {
  int rc = ax_file_peek(o, data, size);
  if (rc == AX_ENOTSUP) {
    rc = ax_file_gather(o, 4096, -1, size);
    if (rc == AX_OK && *size > 0) rc = ax_file_peek(o, data, size);
  }
  return rc;
}

static int read_count(lua_State *L, ax_object *o, size_t n) {
  const char *data;
  size_t size, more;
  for (;;) {
    int rc = read_look(o, &data, &size);
    if (rc != AX_OK) return rc;
    if (size >= n && size > 0) return read_push(L, o, data, n, n);
    if (size == 0) return read_rest(L, o, false);
    rc = ax_file_gather(o, n - ax_file_gathered(o), -1, &more);
    if (rc != AX_OK) return rc;
    if (more == 0) return read_rest(L, o, false);
  }
}

static int read_all(lua_State *L, ax_object *o) {
  size_t more;
  int rc;
  while ((rc = ax_file_gather(o, SIZE_MAX, -1, &more)) == AX_OK && more > 0)
    continue;
  return rc == AX_OK ? read_rest(L, o, true) : rc;
}

/* A line of at most `most` bytes; a longer one comes in parts. */
static int read_line(lua_State *L, ax_object *o, size_t most, bool chop) {
  const char *data;
  size_t size, more;
  for (;;) {
    int rc = read_look(o, &data, &size);
    if (rc != AX_OK) return rc;
    if (size > most) size = most;
    const char *end = size == 0 ? NULL : memchr(data, '\n', size);
    if (end != NULL) {
      size_t n = (size_t)(end - data);
      return read_push(L, o, data, n + 1, chop ? n : n + 1);
    }
    if (size == most) return read_push(L, o, data, size, size);
    if (size == 0) return read_rest(L, o, false);
    rc = ax_file_gather(o, most - ax_file_gathered(o), '\n', &more);
    if (rc != AX_OK) return rc;
    if (more == 0) return read_rest(L, o, false);
  }
}

/* ----------------------------------------------------------------- numbers */

static int read_number(lua_State *L, ax_object *o) {
  bool ended = false;
  for (;;) {
    const char *data = "";
    size_t size = 0, first, more = 0;
    int rc = read_look(o, &data, &size);
    if (rc != AX_OK) return rc;
    size_t end = axL_numeral(data, size, &first);
    if (end == size && !ended) { /* it may go on */
      rc = ax_file_gather(o, AXL_NUMERAL, -1, &more);
      if (rc != AX_OK) return rc;
      ended = more == 0;
      continue;
    }
    char text[AXL_NUMERAL + 1];
    memcpy(text, data + first, end - first);
    text[end - first] = '\0';
    ax_file_take(o, end);
    if (end == first || lua_stringtonumber(L, text) == 0) lua_pushnil(L);
    return AX_OK;
  }
}

/* ----------------------------------------------------------------- formats */

/* Reads by the format at idx. */
static int read_format(lua_State *L, ax_object *o, int idx) {
  int isint;
  lua_Integer n = lua_tointegerx(L, idx, &isint);
  if (isint && lua_type(L, idx) == LUA_TNUMBER) {
    luaL_argcheck(L, n >= 0, idx, "negative size");
    return read_count(L, o, (size_t)n);
  }
  const char *format = luaL_checkstring(L, idx);
  if (*format == '*') format++;
  switch (*format) {
    case 'l': return read_line(L, o, SIZE_MAX, true);
    case 'L': return read_line(L, o, SIZE_MAX, false);
    case 'n': return read_number(L, o);
    case 'a': return read_all(L, o);
    default: luaL_argerror(L, idx, "invalid format"); return AX_EINVAL;
  }
}

/* Of a call: its arguments; and does it raise what it cannot answer, as the
** iterator of lines does? */
typedef struct read_call {
  int n;
  bool raises;
} read_call;

static int read_finish(lua_State *L, int status, lua_KContext ctx);

/* The read stops: the results so far, and why there is no more. */
static int read_stop(lua_State *L, read_call call, int rc) {
  int results = lua_gettop(L) - call.n + axL_filefail(L, rc, "empty");
  return call.raises ? luaL_error(L, "%s", lua_tostring(L, -2)) : results;
}

/* Waits and goes on. */
static int read_block(lua_State *L, ax_object *o, read_call call,
                      uint64_t deadline) {
  if (ax_file_flags(o) & AX_O_NONBLOCK) return read_stop(L, call, AX_EAGAIN);
  if (deadline == 0) return read_stop(L, call, AX_ETIMEDOUT);
  luaL_checkstack(L, 8, "too many results");
  lua_pushinteger(L, (lua_Integer)deadline);
  lua_pushinteger(L, call.n * 2 + call.raises);
  return axL_park(L, axL_fileholder(L, 1), o, ax_boolean(true), deadline,
                  read_finish);
}

/* Reads by the formats for which there are no results yet.  deadline: NULL
** if it is not known yet. */
static int read_go_on(lua_State *L, ax_object *o, read_call call,
                      const uint64_t *deadline) {
  int results = lua_gettop(L) - call.n;
  for (int i = 2 + results; i <= call.n; i++) {
    int rc = o == NULL ? AX_EPIPE : read_format(L, o, i);
    if (rc == AX_EAGAIN)
      return read_block(
          L, o, call, deadline == NULL ? axL_filedeadline(L, 1) : *deadline);
    if (rc != AX_OK) return read_stop(L, call, rc);
    results++;
    if (i == call.n || lua_isnil(L, -1)) break;
    luaL_checkstack(L, 8, "too many results");
    o = axL_stillfile(L, 1); /* a finalizer may have closed it */
  }
  return results;
}

/* The outcome of a wait, and the file again. */
static int read_waited(lua_State *L, lua_KContext ctx, ax_object **o) {
  int arm;
  ax_value v;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  *o = rc == AX_OK ? axL_stillfile(L, 1) : NULL;
  return rc == AX_OK && *o == NULL ? AX_EPIPE : rc;
}

static int read_finish(lua_State *L, int status, lua_KContext ctx) {
  ax_object *o;
  (void)status;
  int rc = read_waited(L, ctx, &o);
  int number = (int)lua_tointeger(L, -1);
  read_call call = {number / 2, number % 2};
  uint64_t deadline = (uint64_t)lua_tointeger(L, -2);
  lua_pop(L, 2);
  return rc == AX_OK ? read_go_on(L, o, call, &deadline)
                     : read_stop(L, call, rc);
}

/* file:read(formats...) */
int axL_fileread(lua_State *L) {
  ax_object *o = axL_checkfile(L, 1);
  if (o == NULL) return axL_result(L, AX_EBADF);
  if (lua_gettop(L) == 1) lua_pushliteral(L, "l");
  read_call call = {lua_gettop(L), false};
  return read_go_on(L, o, call, NULL);
}

/* ------------------------------------------------------------------- lines */

/* The iterator: behind the state, the file, how many formats, and those. */
static int lines_next(lua_State *L) {
  lua_settop(L, 0);
  lua_pushvalue(L, lua_upvalueindex(3));
  int n = (int)lua_tointeger(L, lua_upvalueindex(4));
  luaL_checkstack(L, n + 8, "too many formats");
  for (int i = 1; i <= n; i++) lua_pushvalue(L, lua_upvalueindex(4 + i));
  ax_object *o = axL_checkfile(L, 1);
  read_call call = {n + 1, true};
  return o == NULL ? read_stop(L, call, AX_EBADF)
                   : read_go_on(L, o, call, NULL);
}

/* file:lines(formats...) */
int axL_filelines(lua_State *L) {
  enum { LINES_MOST = 250 };
  axL_checkfile(L, 1);
  if (lua_gettop(L) == 1) lua_pushliteral(L, "l");
  int n = lua_gettop(L) - 1;
  luaL_argcheck(L, n <= LINES_MOST, LINES_MOST + 2, "too many formats");
  luaL_checkstack(L, 8, "too many formats");
  lua_pushvalue(L, AXL_STATE);
  lua_pushvalue(L, AXL_REFS);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, n);
  lua_rotate(L, 2, 4);
  lua_pushcclosure(L, lines_next, n + 4);
  return 1;
}

/* ------------------------------------------------------------- the others */

/* What is read without formats: 1 is the file, 2 how much or into what, 3
** the deadline.  AX_OK and a result, or why not. */
typedef int (*read_by)(lua_State *L, ax_object *o);

static int read_once(lua_State *L, ax_object *o, read_by by,
                     lua_KFunction finish) {
  int rc = by(L, o);
  if (rc == AX_OK) return 1;
  if (rc == AX_EAGAIN && !(ax_file_flags(o) & AX_O_NONBLOCK)) {
    uint64_t deadline = (uint64_t)lua_tointeger(L, 3);
    if (deadline > 0)
      return axL_park(L, axL_fileholder(L, 1), o, ax_boolean(true), deadline,
                      finish);
    rc = AX_ETIMEDOUT;
  }
  return axL_filefail(L, rc, "empty");
}

static int readline_by(lua_State *L, ax_object *o) {
  return read_line(L, o, (size_t)lua_tointeger(L, 2), false);
}

static int readline_finish(lua_State *L, int status, lua_KContext ctx) {
  ax_object *o;
  (void)status;
  int rc = read_waited(L, ctx, &o);
  return rc == AX_OK ? read_once(L, o, readline_by, readline_finish)
                     : axL_result(L, rc);
}

/* file:readline(size [, timeout]): a line with its end, or the first bytes of
** it */
int axL_filereadline(lua_State *L) {
  ax_object *o = axL_checkfile(L, 1);
  if (o == NULL) return axL_result(L, AX_EBADF);
  luaL_argcheck(L, luaL_checkinteger(L, 2) > 0, 2, "it is 1 byte at least");
  uint64_t deadline = lua_isnoneornil(L, 3) ? axL_filedeadline(L, 1)
                                            : axL_checkdeadline(L, 3);
  lua_settop(L, 2);
  lua_pushinteger(L, (lua_Integer)deadline);
  return read_once(L, o, readline_by, readline_finish);
}

/* What there is, into the buffer at 2, at most as much as is said at 4; the
** end is nil for files, 0 for descriptors. */
static int readinto_by(lua_State *L, ax_object *o) {
  size_t done;
  axL_block *b = axL_tobuffer(L, 2);
  int rc = ax_file_read(o, b->data, (size_t)lua_tointeger(L, 4), &done);
  if (rc != AX_OK) return rc;
  if (done == 0 && lua_isuserdata(L, 1) && lua_tointeger(L, 4) > 0)
    lua_pushnil(L);
  else
    lua_pushinteger(L, (lua_Integer)done);
  return AX_OK;
}

static int readinto_finish(lua_State *L, int status, lua_KContext ctx) {
  ax_object *o;
  (void)status;
  int rc = read_waited(L, ctx, &o);
  return rc == AX_OK ? read_once(L, o, readinto_by, readinto_finish)
                     : axL_result(L, rc);
}

/* Pushes the deadline, 3, and how much is to be read, 4: what is said at idx,
** or the buffer's size. */
static void readinto_size(lua_State *L, int idx, uint64_t deadline) {
  const axL_block *b = axL_tobuffer(L, 2);
  if (b == NULL) luaL_typeerror(L, 2, "axeberg.buffer");
  lua_Integer n = luaL_optinteger(L, idx, (lua_Integer)b->size);
  luaL_argcheck(L, n >= 0 && (size_t)n <= b->size, idx,
                "the buffer is not as big");
  lua_settop(L, 2);
  lua_pushinteger(L, (lua_Integer)deadline);
  lua_pushinteger(L, n);
}

/* file:readinto(buffer [, size]) */
int axL_filereadinto(lua_State *L) {
  ax_object *o = axL_checkfile(L, 1);
  if (o == NULL) return axL_result(L, AX_EBADF);
  readinto_size(L, 3, axL_filedeadline(L, 1));
  return read_once(L, o, readinto_by, readinto_finish);
}

/* Behind the piece on the top there may be more; what is wrong with that is
** for the next call to say. */
static int readsome_rest(lua_State *L, size_t left) {
  const char *data;
  size_t size;
  int n = 1;
  ax_object *o;
  while (left > 0 && (o = axL_stillfile(L, 1)) != NULL &&
         ax_file_peek(o, &data, &size) == AX_OK && size > 0) {
    if (size > left) size = left;
    left -= size;
    luaL_checkstack(L, 8, "too many pieces");
    read_push(L, o, data, size, size);
    n++;
  }
  lua_concat(L, n);
  return AX_OK;
}

/* What there is, at most as many bytes as is said at 2: "" at the end. */
static int readsome_by(lua_State *L, ax_object *o) {
  const char *data = "";
  size_t size, most = (size_t)lua_tointeger(L, 2);
  char none;
  int rc = most > 0 ? read_look(o, &data, &size)
                    : ax_file_read(o, &none, 0, &size);
  if (rc != AX_OK) return rc;
  if (size == 0 && lua_isuserdata(L, 1) && most > 0) {
    lua_pushnil(L);
    return AX_OK;
  }
  if (size > most) size = most;
  read_push(L, o, data, size, size);
  return size > 0 ? readsome_rest(L, most - size) : AX_OK;
}

static int readsome_finish(lua_State *L, int status, lua_KContext ctx) {
  ax_object *o;
  (void)status;
  int rc = read_waited(L, ctx, &o);
  return rc == AX_OK ? read_once(L, o, readsome_by, readsome_finish)
                     : axL_result(L, rc);
}

static int readsome(lua_State *L, ax_object *o, uint64_t deadline) {
  luaL_argcheck(L, luaL_checkinteger(L, 2) >= 0, 2, "negative size");
  lua_settop(L, 2);
  lua_pushinteger(L, (lua_Integer)deadline);
  return read_once(L, o, readsome_by, readsome_finish);
}

/* file:readsome(size): what there is */
int axL_filereadsome(lua_State *L) {
  ax_object *o = axL_checkfile(L, 1);
  if (o == NULL) return axL_result(L, AX_EBADF);
  return readsome(L, o, axL_filedeadline(L, 1));
}

/* read(fd, size [, timeout]) or read(fd, buffer [, size [, timeout]]) */
int axL_sysread(lua_State *L) {
  luaL_checkinteger(L, 1);
  ax_object *o = axL_checkfile(L, 1);
  if (o == NULL) return axL_result(L, AX_EBADF);
  if (lua_type(L, 2) == LUA_TNUMBER)
    return readsome(L, o, axL_checkdeadline(L, 3));
  readinto_size(L, 3, axL_checkdeadline(L, 4));
  return read_once(L, o, readinto_by, readinto_finish);
}
