/* msgq - System V message queues as handles
**
** A handle may be typed: then its user values are a schema, and functions
** that make bytes of a value and a value of bytes; each of them may be
** nil.  They are the handle's, not the queue's.  What is not typed carries
** strings, and takes the shortest way. */
#include <string.h>

#include "axL.h"

enum { SCHEMA = 1, ENCODE, DECODE, NVALUES = DECODE };

static int msgq_results(lua_State *L, int rc, ax_value *v);

static const axL_class queue_class = {"axeberg.msgqueue", msgq_results,
                                      NVALUES};

#define checkqueue(L) axL_checkobject(L, 1, &queue_class)

/* Pushes a user value of the handle at idx: is there something? */
static bool has(lua_State *L, int idx, int which) {
  int type = lua_getiuservalue(L, idx, which);
  if (type != LUA_TNIL && type != LUA_TNONE) return true;
  lua_pop(L, 1);
  return false;
}

/* -------------------------------------------------------------- payloads */

static int msgq_mismatch(lua_State *L) {
  const ax_object *o = axL_tohandle(L, 1, &queue_class)->hold->object;
  int id = o == NULL ? 0 : ax_msgq_id(o);
  return luaL_error(L, "queue %d: %s", id, lua_tostring(L, -1));
}

/* Pushes the value at idx, checked by the schema of the handle at 1. */
static void push_checked(lua_State *L, int idx) {
  if (!has(L, 1, SCHEMA)) {
    lua_pushvalue(L, idx);
    return;
  }
  if (!axL_carry(L, axL_testschema(L, -1), idx)) msgq_mismatch(L);
  lua_remove(L, -2);
}

/* The bytes that a typed handle makes of the value at idx; they stay on the
** stack. */
static const char *encode(lua_State *L, int idx, size_t *size) {
  if (lua_isnoneornil(L, idx)) luaL_error(L, "nil cannot be sent");
  push_checked(L, idx);
  if (has(L, 1, ENCODE)) {
    lua_insert(L, -2);
    lua_call(L, 1, 1);
    if (lua_type(L, -1) != LUA_TSTRING)
      luaL_error(L, "the codec's encode made no string");
  } else {
    lua_replace(L, idx);
    luaL_checkstring(L, idx);
    lua_pushvalue(L, idx);
  }
  return lua_tolstring(L, -1, size);
}

/* Pushes what the bytes mean that are on the top, instead of them; false: a
** sentence that says why they mean nothing. */
static bool decode(lua_State *L, int handle) {
  if (has(L, handle, DECODE)) {
    lua_insert(L, -2);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
      luaL_tolstring(L, -1, NULL);
      return false;
    }
  }
  if (!has(L, handle, SCHEMA)) return true;
  return axL_carry(L, axL_testschema(L, -1), lua_absindex(L, -2));
}

int axL_pushreceived(lua_State *L, ax_received *r) {
  lua_pushinteger(L, r->type);
  lua_pushlstring(L, r->bytes, r->size);
  if (r->owner.type != AX_NIL) ax_value_clear(&r->owner);
  return 2;
}

/* What a receive answers through the handle h at idx. */
static int received(lua_State *L, const axL_handle *h, int handle,
                    ax_received *r) {
  axL_pushreceived(L, r);
  if (!h->typed) return 2;
  int bytes = lua_gettop(L);
  lua_pushvalue(L, bytes);
  if (decode(L, handle)) {
    lua_replace(L, bytes);
    lua_settop(L, bytes);
    return 2;
  }
  axL_fail(L, AX_EPROTO, lua_tostring(L, -1));
  lua_pushvalue(L, bytes - 1);
  lua_pushvalue(L, bytes);
  lua_rotate(L, bytes - 1, 5);
  lua_settop(L, bytes + 3);
  return 5;
}

static int msgq_results(lua_State *L, int rc, ax_value *v) {
  int top = lua_gettop(L);
  ax_received r;
  if (rc == AX_OK && ax_message_get(v, &r) == AX_OK)
    return received(L, lua_touserdata(L, top), top, &r);
  ax_value_clear(v);
  return axL_result(L, rc);
}

/* ----------------------------------------------------------------- send */

static int msgq_send_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int arm;
  ax_value v;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  ax_value_clear(&v);
  return axL_result(L, rc);
}

static int msgq_send_failed(lua_State *L, int rc, const ax_object *o,
                            size_t size) {
  if (rc == AX_EAGAIN) return axL_fail(L, rc, "full");
  if (rc == AX_EDQUOT) return axL_fail(L, rc, "message quota exceeded");
  ax_msgq_stat s;
  if (rc != AX_EINVAL || ax_msgq_stat_get(o, &s) != AX_OK)
    return axL_result(L, rc);
  return axL_fail(
      L, rc,
      lua_pushfstring(L,
                      "the message has %I bytes, the queue has room for %I",
                      (lua_Integer)size, (lua_Integer)s.qbytes));
}

int axL_msgsend(lua_State *L, ax_object *o, lua_Integer type,
                const char *bytes, size_t size, bool wait,
                uint64_t deadline) {
  int rc = ax_msgq_send(o, type, bytes, size);
  if (rc == AX_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  if (rc != AX_EAGAIN || !wait) return msgq_send_failed(L, rc, o, size);
  axL_checkblock(L);
  ax_value v;
  rc = ax_message_new(axL_kernel(L), type, bytes, size, &v);
  if (rc != AX_OK) return axL_result(L, rc);
  return axL_park(L, NULL, ax_msgq_sender(o), v, deadline, msgq_send_finish);
}

/* The type at index 2, 0 if there is none.  What is nearly always so takes
** one call. */
static inline lua_Integer checktype(lua_State *L) {
  int isint;
  lua_Integer type = lua_tointegerx(L, 2, &isint);
  return isint ? type : luaL_optinteger(L, 2, 0);
}

static int badtype(lua_State *L) {
  luaL_checkinteger(L, 2);
  return luaL_argerror(L, 2, "the type of a message is 1 or more");
}

static int msgq_send(lua_State *L, bool wait, uint64_t deadline) {
  const axL_handle *h = axL_checkopen(L, 1, &queue_class);
  lua_Integer type = checktype(L);
  if (type < 1) return badtype(L);
  size_t size;
  const char *bytes =
      h->typed ? encode(L, 3, &size) : luaL_checklstring(L, 3, &size);
  /* a codec or a finalizer may have closed it */
  ax_object *o = h->hold->object;
  if (o == NULL) return axL_badhandle(L, 1, &queue_class);
  return axL_msgsend(L, o, type, bytes, size, wait, deadline);
}

/* queue:send(type, data [, timeout]) */
static int l_msgq_send(lua_State *L) {
  return msgq_send(L, true,
                   lua_gettop(L) > 3 ? axL_checkdeadline(L, 4) : AX_NEVER);
}

/* queue:try_send(type, data) */
static int l_msgq_try_send(lua_State *L) { return msgq_send(L, false, 0); }

/* ----------------------------------------------------------------- recv */

/* The options of a receive at idx, for messages of that type. */
static ax_value checkwant(lua_State *L, lua_Integer type, int idx) {
  static const char *const names[] = {"size", "except", "noerror", NULL};
  if (lua_isnoneornil(L, idx)) return ax_integer(type);
  luaL_checktype(L, idx, LUA_TTABLE);
  axL_checkoptions(L, idx, names);
  size_t size = SIZE_MAX;
  int flags = 0;
  if (lua_getfield(L, idx, "size") != LUA_TNIL) {
    lua_Integer n = lua_tointeger(L, -1);
    if (!lua_isinteger(L, -1) || n < 0)
      axL_badvalue(L, idx, "option \"size\" is not a whole number from 0");
    size = (size_t)n;
  }
  lua_getfield(L, idx, "except");
  if (lua_toboolean(L, -1)) flags |= AX_MSG_EXCEPT;
  lua_getfield(L, idx, "noerror");
  if (lua_toboolean(L, -1)) flags |= AX_MSG_NOERROR;
  lua_pop(L, 3);
  return ax_msgq_want(type, size, flags);
}

static int msgq_recv_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int arm;
  ax_value v;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  ax_received r;
  if (rc == AX_OK && ax_message_get(&v, &r) == AX_OK)
    return received(L, lua_touserdata(L, 1), 1, &r);
  ax_value_clear(&v);
  return axL_result(L, rc);
}

/* queue:recv([type] [, timeout] [, options]) */
static int l_msgq_recv(lua_State *L) {
  const axL_handle *h = axL_checkopen(L, 1, &queue_class);
  ax_object *o = h->hold->object;
  int top = lua_gettop(L);
  uint64_t deadline = AX_NEVER;
  ax_value want = ax_integer(checktype(L));
  ax_received r;
  if (top > 2) deadline = axL_checkdeadline(L, 3);
  if (top > 3) want = checkwant(L, want.u.integer, 4);
  int rc = ax_msgq_recv(o, want, &r);
  if (rc == AX_OK) return received(L, h, 1, &r);
  if (rc != AX_EAGAIN) return axL_result(L, rc);
  return axL_park(L, h->hold->holder, o, want, deadline, msgq_recv_finish);
}

/* queue:try_recv([type] [, options]) */
static int l_msgq_try_recv(lua_State *L) {
  const axL_handle *h = axL_checkopen(L, 1, &queue_class);
  ax_value want = checkwant(L, checktype(L), 3);
  ax_received r;
  int rc = ax_msgq_recv(h->hold->object, want, &r);
  if (rc == AX_OK) return received(L, h, 1, &r);
  if (rc == AX_EAGAIN) return axL_fail(L, rc, "empty");
  return axL_result(L, rc);
}

bool axL_isqueuearm(lua_State *L, int idx) {
  if (axL_tohandle(L, idx, &queue_class) == NULL) return false;
  return lua_isnil(L, idx + 1) || lua_isinteger(L, idx + 1);
}

/* ------------------------------------------------------- stat and change */

static int l_msgq_stat(lua_State *L) { return axL_msgstat(L, checkqueue(L)); }

static int l_set(lua_State *L) {
  static const char *const names[] = {"uid", "gid", "mode", "qbytes", NULL};
  ax_object *o = checkqueue(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  axL_checkoptions(L, 2, names);
  return axL_msgset(L, o, 2);
}

static int l_remove(lua_State *L) {
  return axL_result(L, ax_msgq_remove(checkqueue(L)));
}

static int l_id(lua_State *L) {
  lua_pushinteger(L, ax_msgq_id(checkqueue(L)));
  return 1;
}

/* ------------------------------------------------------------------ new */

/* The queue is new: its size.  Answers as axL_msgget. */
static int msgq_set_bytes(lua_State *L, ax_object *o, size_t qbytes) {
  ax_msgq_change to = {UINT32_MAX, UINT32_MAX, UINT32_MAX, qbytes};
  int rc = ax_msgq_set(o, &to);
  if (rc == AX_OK) return 0;
  ax_msgq_remove(o);
  ax_unref(o);
  return axL_result(L, rc);
}

/* Finds the queue, or makes one with that size.  Answers as axL_msgget. */
static int get_queue(lua_State *L, lua_Integer key, lua_Integer flags,
                     ax_object **o) {
  size_t qbytes =
      (size_t)axL_checkfield(L, 2, "qbytes", LUA_MAXINTEGER, AX_MSG_BYTES);
  bool creates = (flags & AX_IPC_CREAT) != 0;
  if (key != AX_IPC_PRIVATE && !(flags & AX_IPC_EXCL)) {
    int n = axL_msgget(L, key, flags & ~(lua_Integer)AX_IPC_CREAT, o);
    if (n == 0 || !creates || strcmp(lua_tostring(L, -1), "ENOENT") != 0)
      return n;
    lua_settop(L, -n - 1);
  }
  int n = axL_msgget(L, key, flags, o);
  return n == 0 && qbytes != AX_MSG_BYTES ? msgq_set_bytes(L, *o, qbytes) : n;
}

/* The user values of the handle on the top. */
static void set_values(lua_State *L, axL_handle *h) {
  for (int which = SCHEMA; which <= DECODE; which++) {
    lua_pushvalue(L, which + 3);
    if (!lua_isnil(L, -1)) h->typed = true;
    lua_setiuservalue(L, -2, which);
  }
}

/* msgqueue(key, options, flags, schema, encode, decode): what Lua has not
** looked at is checked here. */
static int l_msgqueue(lua_State *L) {
  lua_Integer key = luaL_optinteger(L, 1, AX_IPC_PRIVATE);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_Integer flags = luaL_checkinteger(L, 3);
  lua_settop(L, 6);
  ax_kernel *k = axL_kernel(L);
  axL_handle *h = axL_newhandle(L, k, &queue_class);
  set_values(L, h);
  if (axL_room(k, 1) != AX_OK)
    return axL_fail(L, AX_EDQUOT, "handle quota exceeded");
  ax_object *o;
  int n = get_queue(L, key, flags, &o);
  if (n > 0) return n;
  axL_holdobject(k, h, o);
  lua_settop(L, 7); /* the handle */
  return 1;
}

static int l_msgq_len(lua_State *L) {
  ax_msgq_stat s;
  int rc = ax_msgq_stat_get(checkqueue(L), &s);
  lua_pushinteger(L, rc == AX_OK ? (lua_Integer)s.qnum : 0);
  return 1;
}

static const luaL_Reg msgq_methods[] = {
    {"send", l_msgq_send}, {"try_send", l_msgq_try_send},
    {"recv", l_msgq_recv}, {"try_recv", l_msgq_try_recv},
    {"stat", l_msgq_stat}, {"set", l_set},
    {"remove", l_remove},  {"id", l_id},
    {NULL, NULL}};

static const luaL_Reg msgq_meta[] = {{"__len", l_msgq_len}, {NULL, NULL}};

static const luaL_Reg msgq_functions[] = {{"msgqueue", l_msgqueue},
                                          {NULL, NULL}};

void axL_openmsgq(lua_State *L) {
  axL_newhandleclass(L, &queue_class, msgq_meta, msgq_methods);
  axL_setfuncs(L, msgq_functions);
}

#undef checkqueue
