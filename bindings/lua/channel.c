/* channel - typed queues between processes */
#include <math.h>
#include <string.h>

#include "axL.h"

static const axL_class sender = {"axeberg.sender", NULL, 0};
static const axL_class receiver = {"axeberg.receiver", axL_received, 0};

/* ------------------------------------------------------------- messages */

static const char *channel_name(const ax_object *o) {
  ax_channel_stat s;
  ax_channel_stat_get(o, &s);
  return s.name;
}

/* Raises: the value is not what the channel carries.  The schema's message is
** on the top.  Finalizers may have closed the handle. */
static int channel_mismatch(lua_State *L, const axL_handle *h) {
  const char *message = lua_tostring(L, -1), *name = "";
  if (h->hold->object != NULL) name = channel_name(h->hold->object);
  if (*name == '\0') return luaL_error(L, "channel: %s", message);
  return luaL_error(L, "channel \"%s\": %s", name, message);
}

ax_object *axL_tosender(lua_State *L, int idx) {
  if (axL_tohandle(L, idx, &sender) == NULL) return NULL;
  return axL_checkobject(L, idx, &sender);
}

void axL_pushmessage(lua_State *L, const ax_object *o, int idx) {
  int type = lua_type(L, idx);
  if (type <= LUA_TNIL) luaL_error(L, "nil cannot be sent");
  ax_schema *schema = ax_channel_schema(o);
  if (schema == NULL ||
      (type == LUA_TSTRING && ax_schema_plain(schema) & 1u << AX_STRING))
    lua_pushvalue(L, idx);
  else if (!axL_carry(L, schema, idx))
    channel_mismatch(L, axL_checkhandle(L, idx - 1, &sender));
}

/* ------------------------------------------------------------------ send */

static int channel_send_failed(lua_State *L, int rc, ax_value *v) {
  ax_value_clear(v);
  if (rc == AX_EAGAIN) return axL_fail(L, rc, "full");
  if (rc == AX_EDQUOT) return axL_fail(L, rc, "message quota exceeded");
  return axL_result(L, rc);
}

static int channel_send_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int arm;
  ax_value v;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  ax_value_clear(&v);
  return axL_result(L, rc);
}

/* Sends the value at index 2, which has to be checked or copied first. */
static int send_checked(lua_State *L, const axL_handle *h, ax_value *v) {
  axL_state *S = axL_stateof(ax_object_kernel(h->hold->object));
  axL_pushmessage(L, h->hold->object, 2);
  *v = axL_popvalue(L, S);
  /* a finalizer may have closed it meanwhile */
  return h->hold->object == NULL ? AX_EPIPE
                                 : ax_channel_send(h->hold->object, v);
}

/* Sends the value at index 2 now; on AX_EAGAIN it is left in *v. */
static inline int send_now(lua_State *L, const axL_handle *h, ax_value *v) {
  if (!lua_isinteger(L, 2)) return send_checked(L, h, v);
  *v = ax_integer(lua_tointeger(L, 2));
  int rc = ax_channel_send(h->hold->object, v);
  return rc == AX_EPROTO ? send_checked(L, h, v) : rc;
}

static bool may_block(const ax_object *o) {
  ax_channel_stat s;
  ax_channel_stat_get(o, &s);
  return s.full == AX_FULL_BLOCK;
}

static int l_channel_send(lua_State *L) {
  const axL_handle *h = axL_checkopen(L, 1, &sender);
  uint64_t deadline = AX_NEVER;
  if (lua_gettop(L) > 2) deadline = axL_checkdeadline(L, 3);
  ax_value v;
  int rc = send_now(L, h, &v);
  if (rc == AX_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  ax_object *o = h->hold->object;
  if (rc != AX_EAGAIN || !may_block(o)) return channel_send_failed(L, rc, &v);
  return axL_park(L, h->hold->holder, o, v, deadline, channel_send_finish);
}

static int l_channel_try_send(lua_State *L) {
  ax_value v;
  int rc = send_now(L, axL_checkopen(L, 1, &sender), &v);
  if (rc != AX_OK) return channel_send_failed(L, rc, &v);
  lua_pushboolean(L, 1);
  return 1;
}

/* ------------------------------------------------------------------ recv */

static int channel_recv_by(lua_State *L, const axL_handle *h,
                           uint64_t deadline) {
  ax_value v;
  ax_object *o = h->hold->object;
  int rc = ax_channel_recv(o, &v);
  if (rc == AX_OK) return axL_pushvalue(L, &v);
  if (rc != AX_EAGAIN) return axL_result(L, rc);
  return axL_park(L, h->hold->holder, o, ax_nil(), deadline, axL_receive);
}

static int l_channel_recv(lua_State *L) {
  const axL_handle *h = axL_checkopen(L, 1, &receiver);
  uint64_t deadline = AX_NEVER;
  if (lua_gettop(L) > 1) deadline = axL_checkdeadline(L, 2);
  return channel_recv_by(L, h, deadline);
}

static int l_channel_try_recv(lua_State *L) {
  ax_object *o = axL_checkobject(L, 1, &receiver);
  ax_value v;
  int rc = ax_channel_recv(o, &v);
  if (rc == AX_OK) return axL_pushvalue(L, &v);
  if (rc == AX_EAGAIN) return axL_fail(L, rc, "empty");
  return axL_result(L, rc);
}

/* An iterator: what a for loop passes after the receiver is no timeout. */
static int l_next(lua_State *L) {
  return channel_recv_by(L, axL_checkopen(L, 1, &receiver), AX_NEVER);
}

static int l_iter(lua_State *L) {
  axL_checkobject(L, 1, &receiver);
  lua_pushvalue(L, AXL_STATE);
  lua_pushvalue(L, AXL_REFS);
  lua_pushcclosure(L, l_next, 2);
  lua_pushvalue(L, 1);
  return 2;
}

/* ------------------------------------------------------------- both ends */

/* A handle for a sender of that schema, or NULL.  While a table is copied
** finalizers may run, and the channel may go; so whoever has the handle has
** the schema. */
static axL_handle *new_sender(lua_State *L, ax_kernel *k, ax_schema *schema) {
  if (schema == NULL || !(ax_schema_types(schema) & 1u << AX_TABLE))
    return axL_newhandle(L, k, &sender);
  axL_boxschema(L, schema);
  return axL_newkeeper(L, k, &sender);
}

axL_handle *axL_newend(lua_State *L, ax_kernel *k, const axL_class *class,
                       const ax_object *o) {
  return class == &sender ? new_sender(L, k, ax_channel_schema(o))
                          : axL_newhandle(L, k, class);
}

static int l_clone(lua_State *L) {
  ax_object *o = axL_checkobject(L, 1, &sender);
  ax_kernel *k = axL_kernel(L);
  int rc = axL_room(k, 1);
  if (rc != AX_OK) return axL_fail(L, rc, "handle quota exceeded");
  axL_handle *h = axL_newend(L, k, &sender, o);
  o = axL_checkobject(L, 1, &sender); /* a finalizer may have closed it */
  axL_holdobject(k, h, ax_ref(o));
  return 1;
}

static ax_object *checkend(lua_State *L) {
  const axL_class *class =
      axL_tohandle(L, 1, &sender) != NULL ? &sender : &receiver;
  return axL_checkobject(L, 1, class);
}

static int l_channel_len(lua_State *L) {
  ax_channel_stat s;
  ax_channel_stat_get(checkend(L), &s);
  lua_pushinteger(L, (lua_Integer)s.queued);
  return 1;
}

static const char *const policies[] = {"block", "fail", "drop_oldest",
                                       "drop_newest", NULL};

static int l_channel_stat(lua_State *L) {
  ax_channel_stat s;
  ax_channel_stat_get(checkend(L), &s);
  lua_pushstring(L, s.name); /* first: a finalizer may free it */
  lua_createtable(L, 0, 7);
  lua_insert(L, -2);
  lua_setfield(L, -2, "name");
  lua_pushinteger(L, (lua_Integer)s.queued);
  lua_setfield(L, -2, "queued");
  if (s.capacity == AX_UNBOUNDED)
    lua_pushnumber(L, (lua_Number)HUGE_VAL);
  else
    lua_pushinteger(L, (lua_Integer)s.capacity);
  lua_setfield(L, -2, "capacity");
  lua_pushstring(L, policies[s.full]);
  lua_setfield(L, -2, "full");
  lua_pushinteger(L, s.senders);
  lua_setfield(L, -2, "senders");
  lua_pushinteger(L, s.receivers);
  lua_setfield(L, -2, "receivers");
  lua_pushinteger(L, (lua_Integer)s.dropped);
  lua_setfield(L, -2, "dropped");
  return 1;
}

/* ------------------------------------------------------------------ new */

static size_t checkcapacity(lua_State *L) {
  int type = lua_getfield(L, 2, "capacity");
  if (type == LUA_TNIL) return AX_UNBOUNDED;
  if (type == LUA_TNUMBER && lua_tonumber(L, -1) == (lua_Number)HUGE_VAL)
    return AX_UNBOUNDED;
  int isnum;
  lua_Integer n = lua_tointegerx(L, -1, &isnum);
  if (type != LUA_TNUMBER || !isnum || n < 0)
    axL_badvalue(L, 2, "option \"capacity\" is not a whole number from 0");
  return (size_t)n;
}

static enum ax_full checkpolicy(lua_State *L) {
  if (lua_getfield(L, 2, "full") == LUA_TNIL) return AX_FULL_BLOCK;
  const char *s = lua_tostring(L, -1);
  for (int i = 0; s != NULL && policies[i] != NULL; i++)
    if (strcmp(s, policies[i]) == 0) return (enum ax_full)i;
  axL_badvalue(L, 2,
               "option \"full\" is not \"block\", \"fail\", "
               "\"drop_oldest\" or \"drop_newest\"");
  return AX_FULL_BLOCK;
}

static const char *checkname(lua_State *L) {
  if (lua_getfield(L, 2, "name") == LUA_TNIL) return NULL;
  if (lua_type(L, -1) != LUA_TSTRING)
    axL_badvalue(L, 2, "option \"name\" is not a string");
  return lua_tostring(L, -1);
}

static ax_channel_options checkchannel(lua_State *L) {
  static const char *const names[] = {"capacity", "full", "name", NULL};
  ax_channel_options o = {.capacity = AX_UNBOUNDED};
  if (lua_isnoneornil(L, 2)) return o;
  luaL_checktype(L, 2, LUA_TTABLE);
  axL_checkoptions(L, 2, names);
  o.capacity = checkcapacity(L);
  o.full = checkpolicy(L);
  o.name = checkname(L);
  if (o.capacity == 0 && o.full > AX_FULL_FAIL)
    luaL_argerror(L, 2,
                  "option \"full\": a channel of capacity 0 has "
                  "nothing to drop");
  return o;
}

/* Options where the schema should be are a slip that many will make. */
static void check_order(lua_State *L) {
  if (!lua_istable(L, 1)) return;
  lua_pushliteral(L, "capacity");
  if (lua_rawget(L, 1) == LUA_TNUMBER)
    luaL_argerror(L, 1,
                  "options are the second argument: "
                  "ax.channel(nil, {capacity = ...})");
  lua_pop(L, 1);
}

static int l_channel(lua_State *L) {
  lua_settop(L, 2);
  ax_kernel *k = axL_kernel(L);
  ax_channel_options o = checkchannel(L);
  int rc = axL_room(k, 2);
  if (rc != AX_OK) return axL_fail(L, rc, "handle quota exceeded");
  check_order(L);
  if (!lua_isnil(L, 1)) o.schema = axL_pushschema(L, 1);
  axL_handle *tx = new_sender(L, k, o.schema);
  axL_handle *rx = axL_newhandle(L, k, &receiver);
  ax_object *s, *r;
  rc = ax_channel_new(k, &o, &s, &r);
  if (rc != AX_OK) return axL_result(L, rc);
  axL_holdobject(k, tx, s);
  axL_holdobject(k, rx, r);
  return 2;
}

static const luaL_Reg sender_methods[] = {{"send", l_channel_send},
                                          {"try_send", l_channel_try_send},
                                          {"clone", l_clone},
                                          {"stat", l_channel_stat},
                                          {NULL, NULL}};

static const luaL_Reg receiver_methods[] = {{"recv", l_channel_recv},
                                            {"try_recv", l_channel_try_recv},
                                            {"iter", l_iter},
                                            {"stat", l_channel_stat},
                                            {NULL, NULL}};

static const luaL_Reg sender_meta[] = {{"__len", l_channel_len},
                                       {NULL, NULL}};

static const luaL_Reg receiver_meta[] = {
    {"__len", l_channel_len}, {"__call", l_next}, {NULL, NULL}};

static const luaL_Reg channel_functions[] = {{"channel", l_channel},
                                             {NULL, NULL}};

void axL_openchannel(lua_State *L) {
  axL_newhandleclass(L, &sender, sender_meta, sender_methods);
  axL_newhandleclass(L, &receiver, receiver_meta, receiver_methods);
  axL_setfuncs(L, channel_functions);
}
