/* region - segments that are attached, as handles */
#include <string.h>

#include "cell.h"
#include "file.h"
#include "shm.h"

/* The user value of a region: memory to put pages together in. */
enum { SCRATCH = 1, SCRATCH_MAX = 1 << 20 };

static int region_results(lua_State *L, int rc, ax_value *v) {
  return axL_received(L, rc, v);
}

static const axL_class region_class = {"axeberg.region", region_results,
                                       SCRATCH};

#define checkregion(L) axL_checkobject(L, 1, &region_class)

axL_handle *axL_checkregion(lua_State *L, int idx) {
  return axL_checkopen(L, idx, &region_class);
}

int axL_badregion(lua_State *L, int idx) {
  return axL_badhandle(L, idx, &region_class);
}

static size_t region_size(const ax_object *o) {
  return ax_shm_size(ax_region_segment(o));
}

int axL_regionresult(lua_State *L, int rc, const ax_object *o,
                     lua_Integer offset, lua_Integer size) {
  if (rc == AX_EFAULT)
    return axL_fail(
        L, rc,
        lua_pushfstring(L, "offset %I, size %I: the region has %I bytes",
                        offset, size, (lua_Integer)region_size(o)));
  if (rc == AX_EACCES) return axL_fail(L, rc, "the region is read-only");
  if (rc == AX_ENOTSUP) return axL_fail(L, rc, "the region is not direct");
  return axL_result(L, rc);
}

int axL_attach(lua_State *L, ax_object *segment, int flags) {
  ax_kernel *k = ax_object_kernel(segment);
  axL_handle *h = axL_newhandle(L, k, &region_class);
  if (axL_room(k, 1) != AX_OK)
    return axL_fail(L, AX_EDQUOT, "handle quota exceeded");
  ax_object *o;
  int rc = ax_shm_attach(segment, flags, &o);
  if (rc != AX_OK) return axL_result(L, rc);
  axL_holdobject(k, h, o);
  return 1;
}

/* ---------------------------------------------------------- read and write */

/* Pushes memory for that many bytes; the handle at idx, if there is one,
** keeps it for the next time. */
static void *push_scratch(lua_State *L, int idx, size_t size) {
  if (idx != 0 && lua_getiuservalue(L, idx, SCRATCH) == LUA_TUSERDATA &&
      lua_rawlen(L, -1) >= size)
    return lua_touserdata(L, -1);
  void *memory = lua_newuserdatauv(L, size, 0);
  if (idx != 0 && size <= SCRATCH_MAX) {
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, idx, SCRATCH);
  }
  return memory;
}

/* The region again: a finalizer may have run, and closed it. */
static const ax_object *region_again(lua_State *L, int handle, int number) {
  if (handle != 0) return axL_checkobject(L, handle, &region_class);
  const ax_object *o = ax_region_find(axL_kernel(L), number);
  if (o == NULL) luaL_error(L, "region %d is detached", number);
  return o;
}

int axL_regionread(lua_State *L, const ax_object *o, int handle, int number,
                   lua_Integer offset, lua_Integer size) {
  size_t at = (size_t)offset, n = (size_t)size, there = n;
  const void *bytes;
  if (n > 0 && ax_region_peek(o, at, &there, &bytes) == AX_OK && there == n) {
    lua_pushlstring(L, bytes, there); /* it is in one page */
    return 1;
  }
  if (at > region_size(o) || n > region_size(o) - at)
    return axL_regionresult(L, AX_EFAULT, o, offset, size);
  void *memory = push_scratch(L, handle, n);
  int rc = ax_region_read(region_again(L, handle, number), at, memory, n);
  if (rc != AX_OK) return axL_regionresult(L, rc, o, offset, size);
  lua_pushlstring(L, memory, n);
  return 1;
}

/* The buffer at idx, or NULL. */
static axL_block *region_buffer(lua_State *L, int idx) {
  return lua_type(L, idx) == LUA_TUSERDATA ? axL_tobuffer(L, idx) : NULL;
}

/* Fills the buffer, as far as there are bytes; pushes how many those were. */
static int read_into(lua_State *L, const ax_object *o, lua_Integer offset,
                     axL_block *b) {
  size_t all = region_size(o), at = (size_t)offset;
  size_t size = at < all && all - at < b->size ? all - at : b->size;
  int rc = ax_region_read(o, at, b->data, at == all ? 0 : size);
  if (rc != AX_OK)
    return axL_regionresult(L, rc, o, offset, (lua_Integer)size);
  lua_pushinteger(L, (lua_Integer)(at == all ? 0 : size));
  return 1;
}

int axL_regionget(lua_State *L, const ax_object *o, int handle, int number,
                  int idx) {
  axL_block *b = region_buffer(L, idx + 1);
  lua_Integer offset = luaL_optinteger(L, idx, 0);
  if (b != NULL) return read_into(L, o, offset, b);
  lua_Integer all = (lua_Integer)region_size(o);
  lua_Integer rest = offset >= 0 && offset <= all ? all - offset : 0;
  lua_Integer size = luaL_optinteger(L, idx + 1, rest);
  return axL_regionread(L, o, handle, number, offset, size);
}

/* region:read([offset [, size or buffer]]) */
static int l_region_read(lua_State *L) {
  return axL_regionget(L, checkregion(L), 1, 0, 2);
}

int axL_regionwrite(lua_State *L, ax_object *o, int idx) {
  size_t size;
  lua_Integer offset = luaL_checkinteger(L, idx);
  const axL_block *b = region_buffer(L, idx + 1);
  const char *bytes =
      b != NULL ? b->data : luaL_checklstring(L, idx + 1, &size);
  if (b != NULL) size = b->size;
  int rc = ax_region_write(o, (size_t)offset, bytes, size);
  return axL_regionresult(L, rc, o, offset, (lua_Integer)size);
}

/* region:write(offset, string or buffer) */
static int l_region_write(lua_State *L) {
  return axL_regionwrite(L, checkregion(L), 2);
}

/* ------------------------------------------------------- sync and refresh */

/* region:sync() */
static int l_sync(lua_State *L) {
  ax_object *o = checkregion(L);
  size_t replaced;
  int rc = ax_region_sync(o, &replaced);
  if (rc != AX_OK) return axL_regionresult(L, rc, o, 0, 0);
  lua_pushinteger(L, (lua_Integer)ax_shm_version(ax_region_segment(o)));
  lua_pushinteger(L, (lua_Integer)replaced);
  return 2;
}

/* region:refresh() */
static int l_refresh(lua_State *L) {
  ax_object *o = checkregion(L);
  int rc = ax_region_refresh(o);
  if (rc != AX_OK) return axL_regionresult(L, rc, o, 0, 0);
  lua_pushinteger(L, (lua_Integer)ax_region_version(o));
  return 1;
}

/* region:version() */
static int l_region_version(lua_State *L) {
  const ax_object *o = checkregion(L);
  lua_pushinteger(L, (lua_Integer)ax_region_version(o));
  lua_pushinteger(L, (lua_Integer)ax_shm_version(ax_region_segment(o)));
  return 2;
}

/* region:next([timeout]) */
static int l_region_next(lua_State *L) {
  ax_arm arm = {checkregion(L), ax_nil()};
  uint64_t deadline = axL_checkdeadline(L, 2);
  return axL_wait(L, axL_kernel(L), &arm, 1, deadline, axL_receive);
}

static int l_detach(lua_State *L) {
  ax_hold_drop(axL_checkhandle(L, 1, &region_class)->hold);
  lua_pushboolean(L, 1);
  return 1;
}

static int l_region_len(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)region_size(checkregion(L)));
  return 1;
}

/* ------------------------------------------------------------------ words */

/* The word's type at idx, "i64" if there is none. */
static axL_cell checkword(lua_State *L, int idx) {
  axL_cell c = {AXL_I64, 8};
  if (!lua_isnoneornil(L, idx)) c = axL_checkcell(L, idx, idx);
  if (c.kind > AXL_U64) luaL_argerror(L, idx, "an integer type expected");
  return c;
}

static uint64_t checkbits(lua_State *L, int idx) {
  return (uint64_t)luaL_checkinteger(L, idx);
}

/* Pushes the word, whose bits are at the low end. */
static void push_word(lua_State *L, axL_cell c, uint64_t word) {
  int unused = 64 - 8 * (int)c.size;
  bool is_signed = c.kind == AXL_I8 || c.kind == AXL_I16 || c.kind == AXL_I32;
  if (is_signed)
    lua_pushinteger(L, (lua_Integer)(word << unused) >> unused);
  else
    lua_pushinteger(L, (lua_Integer)word);
}

static int word_failed(lua_State *L, int rc, const ax_object *o,
                       lua_Integer offset, axL_cell c) {
  if (rc == AX_EINVAL)
    return axL_fail(L, rc,
                    lua_pushfstring(L, "offset %I is no multiple of %d",
                                    offset, (int)c.size));
  return axL_regionresult(L, rc, o, offset, (lua_Integer)c.size);
}

/* region:fetch_add(offset, n [, type]) */
static int l_fetch_add(lua_State *L) {
  ax_object *o = checkregion(L);
  lua_Integer offset = luaL_checkinteger(L, 2);
  uint64_t n = checkbits(L, 3), old;
  axL_cell c = checkword(L, 4);
  int rc = ax_region_add(o, (size_t)offset, c.size, n, &old);
  if (rc != AX_OK) return word_failed(L, rc, o, offset, c);
  push_word(L, c, old);
  return 1;
}

/* region:compare_exchange(offset, expected, desired [, type]) */
static int l_compare_exchange(lua_State *L) {
  ax_object *o = checkregion(L);
  lua_Integer offset = luaL_checkinteger(L, 2);
  uint64_t expected = checkbits(L, 3), desired = checkbits(L, 4), old;
  axL_cell c = checkword(L, 5);
  int rc = ax_region_swap(o, (size_t)offset, c.size, expected, desired, &old);
  if (rc != AX_OK && rc != AX_EAGAIN) return word_failed(L, rc, o, offset, c);
  lua_pushboolean(L, rc == AX_OK);
  push_word(L, c, old);
  return 2;
}

/* What a wait for a notify answers. */
static int notified(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int arm;
  ax_value v;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  return axL_result(L, rc);
}

/* region:wait(offset, expected [, timeout [, type]]) */
static int l_region_wait(lua_State *L) {
  ax_object *o = checkregion(L);
  lua_Integer offset = luaL_checkinteger(L, 2);
  uint64_t expected = checkbits(L, 3), old = 0;
  uint64_t deadline = axL_checkdeadline(L, 4);
  axL_cell c = checkword(L, 5);
  int rc = ax_region_load(o, (size_t)offset, c.size, &old);
  if (rc != AX_OK) return word_failed(L, rc, o, offset, c);
  if ((old ^ expected) << (64 - 8 * c.size) != 0)
    return axL_fail(L, AX_EAGAIN, "changed");
  ax_arm arm = {ax_region_word(o, (size_t)offset), ax_integer(offset)};
  return axL_wait(L, axL_kernel(L), &arm, 1, deadline, notified);
}

/* region:notify(offset [, n]) */
static int l_notify(lua_State *L) {
  ax_object *o = checkregion(L);
  lua_Integer offset = luaL_checkinteger(L, 2);
  lua_Number n = luaL_optnumber(L, 3, 1);
  luaL_argcheck(L, n >= 0, 3, "a count from 0 expected");
  size_t most = n < (lua_Number)INT32_MAX ? (size_t)n : SIZE_MAX, woken;
  int rc = ax_region_notify(o, (size_t)offset, most, &woken);
  if (rc != AX_OK) return axL_regionresult(L, rc, o, offset, 1);
  lua_pushinteger(L, (lua_Integer)woken);
  return 1;
}

ax_object *axL_toword(lua_State *L, int idx) {
  const axL_handle *h = axL_tohandle(L, idx, &region_class);
  if (h == NULL || h->hold->object == NULL || !lua_isinteger(L, idx + 1))
    return NULL;
  size_t offset = (size_t)lua_tointeger(L, idx + 1), one = 1;
  const void *bytes;
  if (ax_region_peek(h->hold->object, offset, &one, &bytes) != AX_OK)
    return NULL;
  return ax_region_word(h->hold->object, offset);
}

/* ------------------------------------------------------------------ class */

static const luaL_Reg region_methods[] = {
    {"read", l_region_read},
    {"write", l_region_write},
    {"sync", l_sync},
    {"refresh", l_refresh},
    {"version", l_region_version},
    {"next", l_region_next},
    {"detach", l_detach},
    {"fetch_add", l_fetch_add},
    {"compare_exchange", l_compare_exchange},
    {"wait", l_region_wait},
    {"notify", l_notify},
    {NULL, NULL}};

static const luaL_Reg region_meta[] = {{"__len", l_region_len}, {NULL, NULL}};

/* The table of methods is in the field "region", for shm.lua to add its own
** to. */
void axL_openregion(lua_State *L) {
  axL_newhandleclass(L, &region_class, region_meta, region_methods);
  luaL_getmetatable(L, region_class.name);
  lua_getfield(L, -1, "__index");
  lua_setfield(L, -3, "region");
  lua_pop(L, 1);
}
