/* source - a Lua value that is walked through */
#include "source.h"

enum {
  RUN = 8,    /* values that are fetched before they are dropped */
  LEVELS = 4, /* open tables for which the stack is made to grow at once */
  ROOM = (LEVELS + 1) * AXL_COPY + RUN + 4
};

/* The type of the value on the top, whose Lua type is t. */
static inline uint8_t source_type(lua_State *L, int t) {
  static const uint8_t types[] = {[LUA_TNIL] = AX_NIL,
                                  [LUA_TBOOLEAN] = AX_BOOLEAN,
                                  [LUA_TNUMBER] = AX_NUMBER,
                                  [LUA_TSTRING] = AX_STRING,
                                  [LUA_TTABLE] = AX_TABLE,
                                  [LUA_TFUNCTION] = AX_FOREIGN,
                                  [LUA_TUSERDATA] = AX_FOREIGN,
                                  [LUA_TTHREAD] = AX_FOREIGN,
                                  [LUA_TLIGHTUSERDATA] = AX_FOREIGN};
  if (t == LUA_TLIGHTUSERDATA && lua_touserdata(L, -1) == NULL)
    return AX_NULL;
  return types[t];
}

/* Is the new table there, so that values are taken off the stack? */
static inline bool copying(const axL_source *s) {
  return s->key == s->base + AXL_COPY - 1;
}

/* ------------------------------------------------------------- scalars */

static void load_number(lua_State *L, int idx, ax_item *item) {
  if (lua_isinteger(L, idx)) {
    item->type = AX_INTEGER;
    item->u.integer = lua_tointeger(L, idx);
  } else {
    item->type = AX_NUMBER;
    item->u.number = lua_tonumber(L, idx);
  }
}

static void load_item(lua_State *L, int idx, ax_item *item) {
  switch (item->type) {
    case AX_BOOLEAN: item->u.boolean = lua_toboolean(L, idx); break;
    case AX_NUMBER: load_number(L, idx, item); break;
    case AX_STRING:
      item->u.string = lua_tolstring(L, idx, &item->length);
      break;
    case AX_FOREIGN:
      item->u.string = lua_typename(L, lua_type(L, idx));
      break;
    default: break;
  }
}

static void source_load(ax_source *s) {
  s->item.type = s->type;
  load_item(axL_ofsource(s)->L, -1, &s->item);
}

static void source_key(ax_source *s) {
  lua_State *L = axL_ofsource(s)->L;
  int t = lua_type(L, axL_ofsource(s)->key);
  s->key.type = t == LUA_TSTRING    ? AX_STRING
                : t == LUA_TNUMBER  ? AX_NUMBER
                : t == LUA_TBOOLEAN ? AX_BOOLEAN
                                    : AX_FOREIGN;
  load_item(L, axL_ofsource(s)->key, &s->key);
}

/* -------------------------------------------------------------- tables */

static int source_open(ax_source *source) {
  axL_source *s = axL_ofsource(source);
  s->base = s->key + 1; /* the current value */
  if (s->base > s->room) {
    if (!lua_checkstack(s->L, ROOM)) return AX_ENOMEM;
    s->room = s->base + LEVELS * AXL_COPY;
  }
  s->key = s->base + 1;
  lua_pushnil(s->L);
  return AX_OK;
}

/* For a mere look.  The table is the current value again. */
static void source_close(ax_source *source) {
  axL_source *s = axL_ofsource(source);
  lua_settop(s->L, s->base);
  s->base -= AXL_LOOK;
  s->key = s->base + 1;
  source->type = AX_TABLE;
}

static size_t source_count(ax_source *source) {
  axL_source *s = axL_ofsource(source);
  lua_State *L = s->L;
  int base = s->base;
  size_t n = 0;
  lua_pushnil(L);
  for (; lua_next(L, base); n++) lua_settop(L, -2);
  return n;
}

static size_t source_border(ax_source *s, bool *list) {
  *list = false;
  return lua_rawlen(axL_ofsource(s)->L, axL_ofsource(s)->base);
}

static void source_at(ax_source *source, size_t i) {
  axL_source *s = axL_ofsource(source);
  if (!copying(s)) lua_settop(s->L, s->key);
  int t = lua_rawgeti(s->L, s->base, (lua_Integer)i);
  source->type = source_type(s->L, t);
  if (t == LUA_TNIL) lua_settop(s->L, s->key);
}

static bool source_next(ax_source *source) {
  axL_source *s = axL_ofsource(source);
  lua_State *L = s->L;
  if (!copying(s)) lua_settop(L, s->key);
  if (!lua_next(L, s->base)) return false;
  source->type = source_type(L, lua_type(L, -1));
  return true;
}

static ax_mark source_mark(ax_source *source) {
  axL_source *s = axL_ofsource(source);
  ax_mark m = {(size_t)lua_gettop(s->L), (size_t)s->base, (size_t)s->key};
  return m;
}

static void source_rewind(ax_source *source, ax_mark m) {
  axL_source *s = axL_ofsource(source);
  lua_settop(s->L, (int)m.place);
  s->base = (int)m.depth;
  s->key = (int)m.count;
  source->type = source_type(s->L, lua_type(s->L, -1));
}

static const void *source_identity(ax_source *source) {
  return lua_topointer(axL_ofsource(source)->L, -1);
}

/* Is table number i, from 0, one of those before it? */
static bool met_before(const axL_source *s, int i) {
  const void *table = lua_topointer(s->L, s->root + i * s->stride);
  for (int j = 0; j < i; j++)
    if (lua_topointer(s->L, s->root + j * s->stride) == table) return true;
  return false;
}

static size_t source_cycle(ax_source *source) {
  const axL_source *s = axL_ofsource(source);
  for (int i = 1; s->root + i * s->stride <= s->base + s->stride; i++)
    if (met_before(s, i)) return (size_t)i + 1;
  return 0;
}

/* ------------------------------------------------------------ in passing */

/* Is the value on the top, whose Lua type is t, of one of the types? */
static bool is_hardly_among(lua_State *L, int t, uint32_t types) {
  if (t == LUA_TNUMBER)
    return types >> AX_INTEGER & 1 && lua_isinteger(L, -1);
  return types >> source_type(L, t) & 1;
}

static inline bool is_among(lua_State *L, int t, uint32_t types) {
  static const uint8_t bits[] = {[LUA_TNIL] = 0,
                                 [LUA_TBOOLEAN] = 1 << AX_BOOLEAN,
                                 [LUA_TLIGHTUSERDATA] = 0, /* depends */
                                 [LUA_TNUMBER] = 1 << AX_NUMBER,
                                 [LUA_TSTRING] = 1 << AX_STRING,
                                 [LUA_TTABLE] = 1 << AX_TABLE,
                                 [LUA_TFUNCTION] = 1 << AX_FOREIGN,
                                 [LUA_TUSERDATA] = 1 << AX_FOREIGN,
                                 [LUA_TTHREAD] = 1 << AX_FOREIGN};
  return bits[t] & types ? true : is_hardly_among(L, t, types);
}

static size_t look_run(ax_source *source, ax_sink *to, size_t i, size_t n,
                       uint32_t types) {
  axL_source *s = axL_ofsource(source);
  lua_State *L = s->L;
  int base = s->base, key = s->key, npiled = 0;
  size_t first = i;
  if (to != NULL) return 0;
  for (; i <= n; i++) {
    int t = lua_rawgeti(L, base, (lua_Integer)i);
    npiled++;
    if (!is_among(L, t, types)) break;
    if (npiled < RUN) continue;
    lua_settop(L, key);
    npiled = 0;
  }
  if (npiled > 0) lua_settop(L, key);
  return i - first;
}

static size_t copy_run(ax_source *source, ax_sink *to, size_t i, size_t n,
                       uint32_t types) {
  axL_source *s = axL_ofsource(source);
  lua_State *L = s->L;
  int base = s->base, key = s->key;
  size_t first = i;
  if (to == NULL) return look_run(source, to, i, n, types);
  for (; i <= n; i++) {
    int t = lua_rawgeti(L, base, (lua_Integer)i);
    if (!is_among(L, t, types)) {
      lua_settop(L, key);
      break;
    }
    lua_rawseti(L, key - 1, (lua_Integer)i);
  }
  return i - first;
}

/* The current entry is not one to pass over. */
static bool stop(ax_source *source, int t, bool known, bool *isknown) {
  source->type = source_type(axL_ofsource(source)->L, t);
  *isknown = known;
  return true;
}

static bool look_fields(ax_source *source, ax_sink *to, ax_field *fields,
                        uint32_t n, uint16_t **expected, uint64_t *seen,
                        bool *isknown) {
  axL_source *s = axL_ofsource(source);
  lua_State *L = s->L;
  int base = s->base, key = s->key;
  (void)to;
  if (lua_gettop(L) > key) lua_settop(L, key);
  while (lua_next(L, base)) {
    uint32_t i = **expected;
    int t = lua_type(L, -1);
    bool known = i < n && lua_topointer(L, -2) == fields[i].name;
    if (!known || !is_among(L, t, fields[i].plain))
      return stop(source, t, known, isknown);
    seen[i / 64] |= UINT64_C(1) << i % 64;
    *expected = &fields[i].next;
    lua_settop(L, key);
  }
  return false;
}

static bool copy_fields(ax_source *source, ax_sink *to, ax_field *fields,
                        uint32_t n, uint16_t **expected, uint64_t *seen,
                        bool *isknown) {
  axL_source *s = axL_ofsource(source);
  lua_State *L = s->L;
  int base = s->base, key = s->key;
  if (to == NULL)
    return look_fields(source, to, fields, n, expected, seen, isknown);
  while (lua_next(L, base)) {
    uint32_t i = **expected;
    int t = lua_type(L, -1);
    bool known = i < n && lua_topointer(L, -2) == fields[i].name;
    if (!known || !is_among(L, t, fields[i].plain))
      return stop(source, t, known, isknown);
    lua_pushvalue(L, -1);
    lua_copy(L, key, key + 1);
    lua_rawset(L, key - 1);
    seen[i / 64] |= UINT64_C(1) << i % 64;
    *expected = &fields[i].next;
  }
  return false;
}

static uint32_t look_names(ax_source *source, const ax_field *fields,
                           uint32_t number, uint32_t n) {
  axL_source *s = axL_ofsource(source);
  lua_State *L = s->L;
  int base = s->base, key = s->key, names = s->names, npiled = 0;
  lua_settop(L, key);
  for (uint32_t i = 0; i < n; i++) {
    lua_rawgeti(L, names, (lua_Integer)number + i + 1);
    int t = lua_rawget(L, base);
    if (!is_among(L, t, fields[i].plain)) {
      source->type = source_type(L, t);
      if (npiled == 0) return i;
      lua_copy(L, -1, key + 1); /* to its place */
      lua_settop(L, key + 1);
      return i;
    }
    if (++npiled < RUN) continue;
    lua_settop(L, key);
    npiled = 0;
  }
  return n;
}

/* For a copy: the table around is the open one again, and the sink does the
** rest; unless a union has only tried something. */
static void source_copy_close(ax_source *source) {
  axL_source *s = axL_ofsource(source);
  if (!copying(s)) {
    source_close(source);
    return;
  }
  s->base -= AXL_COPY;
  s->key = s->base + AXL_COPY - 1;
}

/* ----------------------------------------------------------------- begin */

#define SOURCE_OPS                                                 \
  .load = source_load, .open = source_open, .count = source_count, \
  .border = source_border, .at = source_at, .next = source_next,   \
  .key = source_key, .mark = source_mark, .rewind = source_rewind, \
  .identity = source_identity, .cycle = source_cycle

static const ax_source_ops look_ops = {SOURCE_OPS, .close = source_close,
                                       .run = look_run};

static const ax_source_ops look_fields_ops = {
    SOURCE_OPS, .close = source_close, .run = look_run,
    .fields = look_fields};

static const ax_source_ops look_names_ops = {
    SOURCE_OPS, .close = source_close, .run = look_run, .fields = look_fields,
    .names = look_names};

static const ax_source_ops source_copy_ops = {
    SOURCE_OPS, .close = source_copy_close, .run = copy_run};

static const ax_source_ops copy_fields_ops = {
    SOURCE_OPS, .close = source_copy_close, .run = copy_run,
    .fields = copy_fields};

static void source_begin(lua_State *L, axL_source *s,
                         const ax_source_ops *ops, int stride) {
  s->source.ops = ops;
  s->source.rc = AX_OK;
  s->source.type = source_type(L, lua_type(L, -1));
  s->L = L;
  s->stride = stride;
  s->root = lua_gettop(L);
  s->room = 0;
  s->base = s->root - stride;
  s->key = s->base + stride - 1;
}

void axL_beginlook(lua_State *L, axL_source *s, bool interned, int names) {
  source_begin(L, s,
               names > 0  ? &look_names_ops
               : interned ? &look_fields_ops
                          : &look_ops,
               AXL_LOOK);
  s->names = names;
}

void axL_begincopy(lua_State *L, axL_source *s, bool interned) {
  source_begin(L, s, interned ? &copy_fields_ops : &source_copy_ops,
               AXL_COPY);
}

#undef SOURCE_OPS
