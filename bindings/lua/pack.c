/* pack - Lua values to packed ones and back */
#include "source.h"

static const char packs[] = "axeberg.pack";

/* --------------------------------------------------------------- packing */

/* Walks the value on the top into a new pack. */
static int pack_top(lua_State *L, const ax_schema *schema, ax_pack *p,
                    ax_fault *fault) {
  axL_source s;
  axL_beginlook(L, &s, false, 0);
  return ax_walk(schema, &s.source, ax_pack_sink(p), fault);
}

/* Packs the value on the top. */
static int value_of_top(lua_State *L, ax_kernel *k, ax_value *out) {
  ax_pack *p;
  int rc = ax_pack_new(k, &p);
  if (rc != AX_OK) return rc;
  rc = pack_top(L, NULL, p, NULL);
  if (rc == AX_OK) return ax_pack_end(p, out);
  ax_pack_free(p);
  return rc;
}

int axL_pack(ax_keeper *keeper, uint32_t slot, ax_value *out) {
  axL_state *S = (axL_state *)(void *)keeper;
  lua_State *L = S->aux;
  int top = lua_gettop(L);
  if (S->first == NULL || !lua_checkstack(L, 1)) return AX_ENOMEM;
  lua_rawgeti(S->store, AXL_AUX_REFS, slot);
  lua_xmove(S->store, L, 1);
  int rc = value_of_top(L, S->first, out);
  lua_settop(L, top);
  return rc;
}

/* A pack that an error must not leave behind. */
static ax_pack *new_pack(lua_State *L) {
  ax_pack **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, packs);
  if (ax_pack_new(axL_schemakernel(L), box) != AX_OK)
    luaL_error(L, "not enough memory");
  return *box;
}

static int pack_gc(lua_State *L) {
  ax_pack **box = lua_touserdata(L, 1);
  ax_pack_free(*box);
  *box = NULL;
  return 0;
}

int axL_packstring(lua_State *L, const ax_schema *schema, int idx) {
  ax_fault fault;
  size_t length;
  ax_pack *p = new_pack(L);
  lua_pushvalue(L, idx);
  int rc = pack_top(L, schema, p, &fault);
  if (rc == AX_EPROTO) {
    lua_pushstring(L, fault.text);
    return 0;
  }
  if (rc != AX_OK) luaL_error(L, "not enough memory");
  const char *bytes = ax_pack_bytes(p, &length);
  lua_pushlstring(L, bytes, length);
  return 1;
}

/* ------------------------------------------------------------- unpacking */

/* A sink that makes Lua values: an open table on the stack, above it the key
** of a table that is open inside it, if it has one. */
typedef struct unpacker {
  ax_sink sink;
  lua_State *L;
} unpacker;

static lua_State *unpacker_state(ax_sink *s) {
  return ((unpacker *)(void *)s)->L;
}

static void push_item(lua_State *L, const ax_item *item) {
  switch (item->type) {
    case AX_BOOLEAN: lua_pushboolean(L, item->u.boolean); break;
    case AX_INTEGER: lua_pushinteger(L, (lua_Integer)item->u.integer); break;
    case AX_NUMBER: lua_pushnumber(L, item->u.number); break;
    case AX_STRING: lua_pushlstring(L, item->u.string, item->length); break;
    default: lua_pushlightuserdata(L, NULL); break;
  }
}

/* The value on the top, and its key below it, go into the open table. */
static int store(lua_State *L, const ax_source *from) {
  if (from->place == AX_AT_ELEMENT)
    lua_rawseti(L, -2, (lua_Integer)from->index);
  else if (from->place == AX_AT_ENTRY)
    lua_rawset(L, -3);
  return AX_OK;
}

static void push_key(lua_State *L, const ax_source *from) {
  if (from->place == AX_AT_ENTRY) push_item(L, &from->key);
}

static int unpack_scalar(ax_sink *to, ax_source *from) {
  lua_State *L = unpacker_state(to);
  push_key(L, from);
  from->ops->load(from);
  push_item(L, &from->item);
  return store(L, from);
}

static int unpack_integer(ax_sink *to, ax_source *from, int64_t i) {
  lua_State *L = unpacker_state(to);
  push_key(L, from);
  lua_pushinteger(L, (lua_Integer)i);
  return store(L, from);
}

static int unpack_size(size_t n) { return n < 1 << 20 ? (int)n : 1 << 20; }

/* The source's table is open already, but its place is still that of the
** table around it. */
static int unpack_open(ax_sink *to, ax_source *from, bool list,
                       size_t nelements, size_t nentries) {
  lua_State *L = unpacker_state(to);
  (void)list;
  if (!lua_checkstack(L, 6)) return AX_ENOMEM;
  push_key(L, from);
  lua_createtable(L, unpack_size(nelements), unpack_size(nentries));
  return AX_OK;
}

static int unpack_close(ax_sink *to, ax_source *from) {
  return store(unpacker_state(to), from);
}

static ax_mark unpack_mark(ax_sink *to) {
  ax_mark m = {(size_t)lua_gettop(unpacker_state(to)), 0, 0};
  return m;
}

static void unpack_rewind(ax_sink *to, ax_mark m) {
  lua_settop(unpacker_state(to), (int)m.place);
}

static const ax_sink_ops unpack_ops = {
    unpack_scalar, unpack_integer, unpack_open,
    unpack_close,  unpack_mark,    unpack_rewind,
};

void axL_unpack(lua_State *L, const ax_value *v) {
  unpacker u = {{&unpack_ops, true}, L};
  luaL_checkstack(L, 6, NULL);
  int rc = ax_walk_value(NULL, v, &u.sink, NULL);
  if (rc != AX_OK) luaL_error(L, "unpack: %s", ax_error_text(rc));
}

int axL_unpackstring(lua_State *L, const ax_schema *schema, int idx) {
  unpacker u = {{&unpack_ops, true}, L};
  ax_fault fault;
  size_t length;
  const char *bytes = luaL_checklstring(L, idx, &length);
  int rc = ax_walk_packed(schema, bytes, length, &u.sink, &fault);
  if (rc == AX_OK) return 1;
  if (rc == AX_ENOMEM) luaL_error(L, "not enough memory");
  lua_pushstring(L, rc == AX_EPROTO ? fault.text : "$: no packed value");
  return 0;
}

void axL_openpack(lua_State *L) {
  static const luaL_Reg meta[] = {{"__gc", pack_gc}, {NULL, NULL}};
  axL_newclass(L, packs, meta, NULL);
  lua_pop(L, 1);
}
