/* describe - Lua descriptions of schemas, compiled
**
** A description is a name ("integer"), a table, or a schema.  Tables that
** are marked (they have the metatable core.description, set by the functions
** of lua/axeberg/schema.lua) say in their field kind what they are; others
** are records, or arrays if all they have is one element.  A table that is
** met again is the same node again, so cyclic tables describe recursion.
** Tables are looked at raw.  Errors say where in the description. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "axL.h"

static const char marks[] = "axeberg.description";
static const char shapes[] = "axeberg.shape";

typedef struct maker {
  lua_State *L;
  ax_shape *shape;
  int memo; /* where the table is that has nodes by their descriptions */
  int depth;
} maker;

/* Where in the description: a list from the inside to the outside. */
typedef struct where {
  const struct where *around;
  const char *name; /* NULL: it has a number */
  lua_Integer number;
} where;

static ax_node node_at(maker *m, int idx, const where *w);

/* ---------------------------------------------------------------- errors */

static bool is_word(const char *name) {
  size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz_"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
  return n > 0 && name[n] == '\0' && strchr("0123456789", *name) == NULL;
}

static void push_where(lua_State *L, const where *w) {
  luaL_checkstack(L, 4, NULL);
  if (w == NULL) {
    lua_pushliteral(L, "$");
    return;
  }
  push_where(L, w->around);
  if (w->name == NULL)
    lua_pushfstring(L, "[%I]", (LUAI_UACINT)w->number);
  else
    lua_pushfstring(L, is_word(w->name) ? ".%s" : "[\"%s\"]", w->name);
  lua_concat(L, 2);
}

/* Raises: "schema: $.pos.x: ", and the message on the top. */
static int fail(maker *m, const where *w) {
  push_where(m->L, w);
  return luaL_error(m->L, "schema: %s: %s", lua_tostring(m->L, -1),
                    lua_tostring(m->L, -2));
}

/* Raises if the shape has found something wrong. */
static void check(maker *m, const where *w) {
  const char *why;
  int rc = ax_shape_error(m->shape, &why);
  if (rc == AX_OK) return;
  if (rc == AX_ENOMEM) luaL_error(m->L, "not enough memory");
  lua_pushstring(m->L, why);
  fail(m, w);
}

/* ---------------------------------------------------------------- fields */

/* Pushes the field, raw; its type. */
static int raw_field(lua_State *L, int idx, const char *name) {
  lua_pushstring(L, name);
  return lua_rawget(L, idx);
}

/* Raises unless the key on the top is one of the names or, with n > 0, one
** of 1..n. */
static void check_key(maker *m, const where *w, const char *const *names,
                      lua_Integer n) {
  lua_State *L = m->L;
  if (lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1 &&
      lua_tointeger(L, -1) <= n)
    return;
  if (lua_type(L, -1) == LUA_TSTRING)
    for (; *names != NULL; names++)
      if (strcmp(lua_tostring(L, -1), *names) == 0) return;
  lua_pushfstring(L, "unknown option \"%s\"", luaL_tolstring(L, -1, NULL));
  fail(m, w);
}

/* Raises for keys of the table at idx that mean nothing there. */
static void check_keys(maker *m, int idx, const where *w,
                       const char *const *names, lua_Integer n) {
  lua_State *L = m->L;
  for (lua_pushnil(L); lua_next(L, idx);) {
    lua_pop(L, 1);
    check_key(m, w, names, n);
  }
}

/* The number of bytes or elements in the field; what it is without one. */
static size_t size_field(maker *m, int idx, const char *name, size_t none,
                         const where *w) {
  lua_State *L = m->L;
  size_t size = none;
  int is = 1;
  if (raw_field(L, idx, name) != LUA_TNIL) {
    lua_Integer i = lua_tointegerx(L, -1, &is);
    if (lua_type(L, -1) != LUA_TNUMBER || !is || i < 0) {
      lua_pushfstring(L, "%s must be a whole number, 0 or more", name);
      fail(m, w);
    }
    size = (size_t)i;
  }
  lua_pop(L, 1);
  return size;
}

static lua_Integer integer_field(maker *m, int idx, const char *name,
                                 lua_Integer none, const where *w) {
  lua_State *L = m->L;
  lua_Integer i = none;
  int is = 1;
  if (raw_field(L, idx, name) != LUA_TNIL) {
    i = lua_tointegerx(L, -1, &is);
    if (lua_type(L, -1) != LUA_TNUMBER || !is) {
      lua_pushfstring(L, "%s must be an integer", name);
      fail(m, w);
    }
  }
  lua_pop(L, 1);
  return i;
}

static lua_Number number_field(maker *m, int idx, const char *name,
                               lua_Number none, const where *w) {
  lua_State *L = m->L;
  lua_Number n = none;
  if (raw_field(L, idx, name) != LUA_TNIL) {
    n = lua_tonumber(L, -1);
    if (lua_type(L, -1) != LUA_TNUMBER || n != n) {
      lua_pushfstring(L, "%s must be a number", name);
      fail(m, w);
    }
  }
  lua_pop(L, 1);
  return n;
}

/* ---------------------------------------------------- nodes without parts */

static const char *const ranges[] = {"kind", "min", "max", NULL};

static ax_node integer_node(maker *m, int idx, const where *w) {
  check_keys(m, idx, w, ranges, 0);
  lua_Integer min = integer_field(m, idx, "min", LUA_MININTEGER, w);
  lua_Integer max = integer_field(m, idx, "max", LUA_MAXINTEGER, w);
  return ax_shape_integer(m->shape, min, max);
}

static ax_node number_node(maker *m, int idx, const where *w) {
  check_keys(m, idx, w, ranges, 0);
  lua_Number min = number_field(m, idx, "min", -HUGE_VAL, w);
  lua_Number max = number_field(m, idx, "max", HUGE_VAL, w);
  bool all = isinf(min) && min < 0 && isinf(max) && max > 0;
  return all ? ax_shape_type(m->shape, AX_NUMBER)
             : ax_shape_number(m->shape, min, max);
}

static ax_node string_node(maker *m, int idx, const where *w) {
  static const char *const options[] = {"kind", "min", "max", "pattern",
                                        NULL};
  lua_State *L = m->L;
  check_keys(m, idx, w, options, 0);
  size_t min = size_field(m, idx, "min", 0, w);
  size_t max = size_field(m, idx, "max", SIZE_MAX, w);
  size_t length = 0;
  const char *pattern = NULL;
  int type = raw_field(L, idx, "pattern");
  if (type == LUA_TSTRING) {
    pattern = lua_tolstring(L, -1, &length);
  } else if (type != LUA_TNIL) {
    lua_pushliteral(L, "pattern must be a string");
    fail(m, w);
  }
  ax_node n = ax_shape_string(m->shape, min, max, pattern, length);
  lua_pop(L, 1);
  return n;
}

/* One of an enum's values, on the top. */
static void add_literal(maker *m, ax_node parent, const where *w) {
  lua_State *L = m->L;
  ax_item item = {.type = AX_NIL};
  switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
      item.type = AX_BOOLEAN;
      item.u.boolean = lua_toboolean(L, -1);
      break;
    case LUA_TNUMBER:
      item.type = lua_isinteger(L, -1) ? AX_INTEGER : AX_NUMBER;
      if (item.type == AX_INTEGER)
        item.u.integer = lua_tointeger(L, -1);
      else
        item.u.number = lua_tonumber(L, -1);
      break;
    case LUA_TSTRING:
      item.type = AX_STRING;
      item.u.string = lua_tolstring(L, -1, &item.length);
      break;
    default: break;
  }
  ax_shape_literal(m->shape, parent, &item);
  check(m, w);
}

static const char *const kind_only[] = {"kind", NULL};

static ax_node enum_node(maker *m, int idx, const where *w) {
  lua_State *L = m->L;
  lua_Integer n = (lua_Integer)lua_rawlen(L, idx);
  check_keys(m, idx, w, kind_only, n);
  ax_node parent = ax_shape_enum(m->shape);
  for (lua_Integer i = 1; i <= n; i++) {
    where here = {w, NULL, i};
    lua_rawgeti(L, idx, i);
    add_literal(m, parent, &here);
    lua_pop(L, 1);
  }
  return parent;
}

/* ------------------------------------------------------- nodes with parts */

/* The node stands for the table at idx from now on. */
static ax_node remember(maker *m, int idx, ax_node n, const where *w) {
  check(m, w);
  lua_pushvalue(m->L, idx);
  lua_pushinteger(m->L, (lua_Integer)n);
  lua_rawset(m->L, m->memo);
  return n;
}

/* Adds what the elements 1..n of the table describe. */
static ax_node add_parts(maker *m, int idx, lua_Integer n, ax_node parent,
                         const where *w) {
  lua_State *L = m->L;
  for (lua_Integer i = 1; i <= n; i++) {
    where here = {w, NULL, i};
    lua_rawgeti(L, idx, i);
    ax_shape_add(m->shape, parent, node_at(m, lua_gettop(L), &here));
    check(m, &here);
    lua_pop(L, 1);
  }
  return parent;
}

static ax_node list_node(maker *m, int idx, ax_node parent, const where *w) {
  lua_Integer n = (lua_Integer)lua_rawlen(m->L, idx);
  check_keys(m, idx, w, kind_only, n);
  remember(m, idx, parent, w);
  return add_parts(m, idx, n, parent, w);
}

/* For kinds that have exactly so many parts. */
static ax_node fixed_node(maker *m, int idx, lua_Integer n, ax_node parent,
                          const where *w) {
  check_keys(m, idx, w, kind_only, n);
  remember(m, idx, parent, w);
  return add_parts(m, idx, n, parent, w);
}

static ax_node array_node(maker *m, int idx, const where *w) {
  check_keys(m, idx, w, ranges, 1);
  size_t min = size_field(m, idx, "min", 0, w);
  size_t max = size_field(m, idx, "max", SIZE_MAX, w);
  ax_node parent = ax_shape_array(m->shape, min, max);
  remember(m, idx, parent, w);
  return add_parts(m, idx, 1, parent, w);
}

typedef struct name {
  const char *text;
  size_t length;
} name;

static int compare(const void *a, const void *b) {
  const name *x = a, *y = b;
  size_t shorter = x->length < y->length ? x->length : y->length;
  int order = memcmp(x->text, y->text, shorter);
  return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

/* Pushes a userdata with the n string keys of the table at idx, sorted, so
** that the same description always has the same first error. */
static const name *sorted_names(lua_State *L, int idx, size_t n) {
  name *names = lua_newuserdatauv(L, (n + 1) * sizeof *names, 0);
  size_t i = 0;
  for (lua_pushnil(L); lua_next(L, idx); i++) {
    lua_pop(L, 1);
    names[i].text = lua_tolstring(L, -1, &names[i].length);
  }
  qsort(names, n, sizeof *names, compare);
  return names;
}

/* The n fields of the table at idx, which are all that it has. */
static ax_node record_fields(maker *m, int idx, size_t n, ax_node record,
                             const where *w) {
  lua_State *L = m->L;
  const name *names = sorted_names(L, idx, n);
  for (size_t i = 0; i < n; i++) {
    where here = {w, names[i].text, 0};
    lua_pushlstring(L, names[i].text, names[i].length);
    lua_rawget(L, idx);
    ax_node child = node_at(m, lua_gettop(L), &here);
    ax_shape_field(m->shape, record, names[i].text, names[i].length, child);
    check(m, &here);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return record;
}

/* The numbers of string keys and of other keys. */
static size_t count_keys(lua_State *L, int idx, size_t *others) {
  size_t n = 0;
  *others = 0;
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TSTRING)
      n++;
    else
      ++*others;
  }
  return n;
}

/* { id = "integer" }, { "string" } */
static ax_node plain_node(maker *m, int idx, const where *w) {
  lua_State *L = m->L;
  size_t nothers, nnames = count_keys(L, idx, &nothers);
  if (nothers == 0) {
    ax_node record = ax_shape_record(m->shape, false);
    return record_fields(m, idx, nnames, remember(m, idx, record, w), w);
  }
  if (nnames > 0) {
    lua_pushliteral(L, "fields and elements in one table; "
                       "ax.tuple{...} describes elements, {...} fields");
    fail(m, w);
  }
  bool one = nothers == 1 && lua_rawgeti(L, idx, 1) != LUA_TNIL;
  if (one) {
    lua_pop(L, 1);
    return array_node(m, idx, w);
  }
  lua_pushliteral(L, "an array has one element, { s }, that describes all; "
                     "ax.tuple{...} describes each by itself");
  return (ax_node)fail(m, w);
}

/* ax.record(fields, { open = true }) */
static ax_node marked_record(maker *m, int idx, const where *w) {
  static const char *const options[] = {"kind", "fields", "open", NULL};
  lua_State *L = m->L;
  size_t nothers;
  check_keys(m, idx, w, options, 0);
  int type = raw_field(L, idx, "open");
  if (type != LUA_TNIL && type != LUA_TBOOLEAN) {
    lua_pushliteral(L, "open must be true or false");
    fail(m, w);
  }
  ax_node record = ax_shape_record(m->shape, lua_toboolean(L, -1));
  remember(m, idx, record, w);
  bool table = raw_field(L, idx, "fields") == LUA_TTABLE;
  int fields = lua_gettop(L);
  size_t n = table ? count_keys(L, fields, &nothers) : 0;
  if (!table || nothers > 0) {
    lua_pushliteral(L, "a record's fields are a table { name = s }");
    fail(m, w);
  }
  record_fields(m, fields, n, record, w);
  lua_pop(L, 2);
  return record;
}

/* A table that says what it is. */
static ax_node marked_node(maker *m, int idx, const where *w) {
  static const char *const kinds[] = {
      "array",  "enum",      "integer", "map",   "number", "optional",
      "record", "recursive", "string",  "tuple", "union",  NULL};
  lua_State *L = m->L;
  raw_field(L, idx, "kind");
  const char *kind = lua_tostring(L, -1);
  int i = 0;
  while (kind != NULL && kinds[i] != NULL && strcmp(kind, kinds[i]) != 0) i++;
  lua_pop(L, 1);
  switch (kind == NULL ? 11 : i) {
    case 0: return array_node(m, idx, w);
    case 1: return enum_node(m, idx, w);
    case 2: return integer_node(m, idx, w);
    case 3: return fixed_node(m, idx, 2, ax_shape_map(m->shape), w);
    case 4: return number_node(m, idx, w);
    case 5: return fixed_node(m, idx, 1, ax_shape_optional(m->shape), w);
    case 6: return marked_record(m, idx, w);
    case 7: return fixed_node(m, idx, 1, ax_shape_union(m->shape), w);
    case 8: return string_node(m, idx, w);
    case 9: return list_node(m, idx, ax_shape_tuple(m->shape), w);
    case 10: return list_node(m, idx, ax_shape_union(m->shape), w);
    default: lua_pushliteral(L, "no description"); return (ax_node)fail(m, w);
  }
}

static bool is_marked(lua_State *L, int idx) {
  if (!lua_getmetatable(L, idx)) return false;
  luaL_getmetatable(L, marks);
  bool is = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return is;
}

static ax_node table_node(maker *m, int idx, const where *w) {
  lua_State *L = m->L;
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  lua_pushvalue(L, idx);
  if (lua_rawget(L, m->memo) != LUA_TNIL) {
    ax_node known = (ax_node)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return known;
  }
  lua_pop(L, 1);
  if (++m->depth > AX_DEPTH_MAX) {
    lua_pushliteral(L, "nested more than 100 deep");
    fail(m, w);
  }
  ax_node n = is_marked(L, idx) ? marked_node(m, idx, w)
                                : plain_node(m, idx, w);
  m->depth--;
  return n;
}

static ax_node named_node(maker *m, int idx, const where *w) {
  static const char *const names[] = {"null",   "boolean", "integer",
                                      "number", "string",  "table"};
  static const enum ax_type types[] = {AX_NULL,   AX_BOOLEAN, AX_INTEGER,
                                       AX_NUMBER, AX_STRING,  AX_TABLE};
  const char *text = lua_tostring(m->L, idx);
  if (strcmp(text, "any") == 0) return ax_shape_any(m->shape);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(text, names[i]) == 0)
      return ax_shape_type(m->shape, types[i]);
  lua_pushfstring(m->L, "unknown type \"%s\"", text);
  return (ax_node)fail(m, w);
}

/* The node that the value at idx describes. */
static ax_node node_at(maker *m, int idx, const where *w) {
  lua_State *L = m->L;
  ax_node n = 0;
  ax_schema *schema = axL_testschema(L, idx);
  int type = lua_type(L, idx);
  if (schema != NULL) {
    n = ax_shape_embed(m->shape, schema);
  } else if (type == LUA_TSTRING) {
    n = named_node(m, idx, w);
  } else if (type == LUA_TTABLE) {
    n = table_node(m, idx, w);
  } else if (type == LUA_TLIGHTUSERDATA && lua_touserdata(L, idx) == NULL) {
    n = ax_shape_type(m->shape, AX_NULL);
  } else {
    lua_pushfstring(L, "a %s describes nothing", lua_typename(L, type));
    fail(m, w);
  }
  check(m, w);
  return n;
}

/* -------------------------------------------------------------- compile */

/* A shape that an error must not leave behind. */
static ax_shape **new_shape(lua_State *L) {
  ax_shape **box = lua_newuserdatauv(L, sizeof *box, 0);
  *box = NULL;
  luaL_setmetatable(L, shapes);
  if (ax_shape_new(axL_schemakernel(L), box) != AX_OK)
    luaL_error(L, "not enough memory");
  return box;
}

static int shape_gc(lua_State *L) {
  ax_shape **box = lua_touserdata(L, 1);
  ax_shape_free(*box);
  *box = NULL;
  return 0;
}

ax_schema *axL_compile(lua_State *L, int idx) {
  maker m = {.L = L};
  ax_schema *schema;
  ax_fault fault;
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  ax_shape **box = new_shape(L);
  m.shape = *box;
  lua_newtable(L);
  m.memo = lua_gettop(L);
  ax_node root = node_at(&m, idx, NULL);
  *box = NULL;
  int rc = ax_shape_compile(m.shape, root, &schema, &fault);
  lua_pop(L, 2);
  if (rc == AX_ENOMEM) luaL_error(L, "not enough memory");
  if (rc != AX_OK) luaL_error(L, "schema: %s", fault.text);
  return schema;
}

void axL_opendescribe(lua_State *L) {
  static const luaL_Reg meta[] = {{"__gc", shape_gc}, {NULL, NULL}};
  axL_newclass(L, shapes, meta, NULL);
  luaL_newmetatable(L, marks);
  lua_setfield(L, -3, "description");
  lua_pop(L, 1);
}
