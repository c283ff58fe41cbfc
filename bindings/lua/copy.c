/* copy - Lua values, checked and copied by one walk */
#include <string.h>

#include "source.h"

/* A source and a sink on the same stack. */
typedef struct copier {
  axL_source from;
  ax_sink to;
} copier;

/* The new table takes the value on the top. */
static int copy_scalar(ax_sink *to, ax_source *from) {
  axL_source *s = axL_ofsource(from);
  lua_State *L = s->L;
  (void)to;
  if (from->place == AX_AT_ELEMENT) {
    lua_rawseti(L, s->key - 1, (lua_Integer)from->index);
  } else if (from->place == AX_AT_ENTRY) {
    lua_pushvalue(L, -1);
    lua_copy(L, s->key, s->key + 1);
    lua_rawset(L, s->key - 1);
  }
  return AX_OK;
}

static int copy_integer(ax_sink *to, ax_source *from, int64_t i) {
  lua_settop(axL_ofsource(from)->L, -2);
  lua_pushinteger(axL_ofsource(from)->L, (lua_Integer)i);
  return copy_scalar(to, from);
}

static int copy_size(size_t n) { return n < 1 << 24 ? (int)n : 1 << 24; }

static int copy_open(ax_sink *to, ax_source *from, bool list,
                     size_t nelements, size_t nentries) {
  axL_source *s = axL_ofsource(from);
  (void)to;
  (void)list;
  lua_createtable(s->L, copy_size(nelements), copy_size(nentries));
  lua_pushnil(s->L);
  s->key = s->base + AXL_COPY - 1;
  return AX_OK;
}

/* The new table takes the old one's place, and goes where that was. */
static int copy_close(ax_sink *to, ax_source *from) {
  axL_source *s = axL_ofsource(from);
  int value = s->base + AXL_COPY;
  lua_copy(s->L, value + 2, value);
  lua_settop(s->L, value);
  return copy_scalar(to, from);
}

static ax_mark copy_mark(ax_sink *to) {
  ax_mark none = {0, 0, 0};
  (void)to;
  return none;
}

static void copy_rewind(ax_sink *to, ax_mark m) {
  (void)to;
  (void)m;
}

static const ax_sink_ops copy_ops = {
    copy_scalar, copy_integer, copy_open, copy_close, copy_mark, copy_rewind,
};

/* Pushes a table with the names of the schema's fields. */
static void push_names(lua_State *L, const ax_schema *schema) {
  size_t length;
  const char *name;
  lua_newtable(L);
  for (uint32_t i = 0; (name = ax_schema_name(schema, i, &length)); i++) {
    lua_pushlstring(L, name, length);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/* Makes the names in the table on the top known to the schema, and pops it;
** the schema keeps it. */
static void anchor_names(lua_State *L, axL_state *S, ax_schema *schema) {
  ax_value *anchor = ax_schema_anchor(schema);
  size_t length;
  for (uint32_t i = 0; ax_schema_name(schema, i, &length) != NULL; i++) {
    lua_rawgeti(L, -1, (lua_Integer)i + 1);
    ax_schema_intern(schema, i, lua_topointer(L, -1));
    lua_pop(L, 1);
  }
  anchor->slot = axL_newref(L, S);
  anchor->u.keeper = &S->keeper;
  anchor->type = AX_FOREIGN;
}

/* Are the names of the schema's fields strings of this Lua state, so that
** their addresses tell them apart?  The first state that asks has them. */
static bool intern(lua_State *L, axL_state *S, ax_schema *schema) {
  const ax_value *anchor = ax_schema_anchor(schema);
  if (anchor->type == AX_NIL) {
    push_names(L, schema); /* may run finalizers that do the same */
    if (anchor->type == AX_NIL)
      anchor_names(L, S, schema);
    else
      lua_pop(L, 1);
  }
  return anchor->u.keeper == &S->keeper;
}

/* Raises what cannot be helped. */
static void check_memory(lua_State *L, int rc) {
  if (rc != AX_OK && rc != AX_EPROTO) luaL_error(L, "not enough memory");
}

/* ------------------------------------------------------------ the walks */

static int nowhere(ax_sink *to, ax_source *from) {
  (void)to;
  (void)from;
  return AX_OK;
}

static int nowhere_integer(ax_sink *to, ax_source *from, int64_t i) {
  (void)i;
  return nowhere(to, from);
}

static int nowhere_open(ax_sink *to, ax_source *from, bool list,
                        size_t nelements, size_t nentries) {
  (void)list;
  (void)nelements;
  (void)nentries;
  return nowhere(to, from);
}

/* Stands for the sink of a copy that failed, to find out why. */
static const ax_sink_ops nowhere_ops = {
    nowhere, nowhere_integer, nowhere_open, nowhere, copy_mark, copy_rewind,
};

/* Pops the value that could not be copied and pushes what is wrong with
** it. */
static void copy_explain(lua_State *L, const ax_schema *schema) {
  axL_source s;
  ax_fault fault;
  ax_sink to = {.ops = &nowhere_ops, .keys = false};
  axL_beginlook(L, &s, false, 0);
  int rc = ax_walk(schema, &s.source, &to, &fault);
  check_memory(L, rc);
  lua_settop(L, s.root - 1);
  lua_pushstring(
      L, rc == AX_OK ? "$: it changed while it was looked at" : fault.text);
}

int axL_check(lua_State *L, ax_schema *schema, bool *interned) {
  axL_source s;
  ax_fault fault;
  if (!*interned) *interned = intern(L, axL_getstate(L), schema);
  bool names = *interned && ax_schema_is_open(schema);
  if (names) {
    lua_rawgeti(L, AXL_REFS, ax_schema_anchor(schema)->slot);
    lua_pushvalue(L, -2);
  }
  axL_beginlook(L, &s, *interned, names ? lua_gettop(L) - 1 : 0);
  int rc = ax_walk(schema, &s.source, NULL, &fault);
  if (rc == AX_OK) return 1;
  check_memory(L, rc);
  lua_settop(L, s.root);
  lua_pushstring(L, fault.text);
  return 0;
}

static int carry(lua_State *L, ax_schema *schema, int idx, bool interned) {
  copier c;
  lua_pushvalue(L, idx);
  axL_begincopy(L, &c.from, interned);
  c.to.ops = &copy_ops;
  c.to.keys = false;
  int rc = ax_walk(schema, &c.from.source, &c.to, NULL);
  if (rc == AX_OK) return 1;
  lua_settop(L, c.from.root - 1);
  check_memory(L, rc);
  lua_pushvalue(L, idx);
  copy_explain(L, schema);
  return 0;
}

int axL_carry(lua_State *L, ax_schema *schema, int idx) {
  if (lua_type(L, idx) != LUA_TTABLE) /* nothing is made, no finalizer runs */
    return carry(L, schema, idx, false);
  return carry(L, schema, idx, intern(L, axL_getstate(L), schema));
}
