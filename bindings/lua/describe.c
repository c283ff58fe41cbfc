/* describe - Lua descriptions of schemas, compiled
**
** A description is a name ("integer"), a table, or a schema.  Tables that
** are marked (they have the metatable core.description, set by the functions
** of lua/axeberg/schema.lua) say in their field kind what they are; others
** are records, or arrays if all they have is one element.  A table that is
** met again is the same node again, so cyclic tables describe recursion.
** Tables are looked at raw.  Errors say where in the description. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "describe.h"

static const char marks[] = "axeberg.description";
static const char shapes[] = "axeberg.shape";

/* Of descriptions; half of them may be optional. */
enum { DESCRIBE_DEPTH = 200 };

static ax_node node_at(axL_maker *m, int idx, const axL_where *w);

/* ------------------------------------------------------- nodes with parts */

/* The node stands for the table at idx from now on. */
static ax_node remember_node(axL_maker *m, int idx, ax_node n,
                             const axL_where *w) {
  axL_checkshape(m, w);
  lua_pushvalue(m->L, idx);
  lua_pushinteger(m->L, (lua_Integer)n);
  lua_rawset(m->L, m->memo);
  return n;
}

/* Adds what the elements 1..n of the table describe. */
static ax_node add_parts(axL_maker *m, int idx, lua_Integer n, ax_node parent,
                         const axL_where *w) {
  lua_State *L = m->L;
  for (lua_Integer i = 1; i <= n; i++) {
    axL_where here = {w, NULL, i};
    lua_rawgeti(L, idx, i);
    ax_shape_add(m->shape, parent, node_at(m, lua_gettop(L), &here));
    axL_checkshape(m, &here);
    lua_pop(L, 1);
  }
  return parent;
}

static ax_node list_node(axL_maker *m, int idx, ax_node parent,
                         const axL_where *w, const char *none) {
  lua_Integer n = axL_listlength(m, idx, w, none);
  remember_node(m, idx, parent, w);
  return add_parts(m, idx, n, parent, w);
}

/* ax.optional(s), ax.recursive(fn): no step of the path. */
static ax_node wrapper_node(axL_maker *m, int idx, ax_node parent,
                            const axL_where *w) {
  axL_checkkeys(m, idx, w, axL_kindonly, 1);
  remember_node(m, idx, parent, w);
  lua_rawgeti(m->L, idx, 1);
  ax_shape_add(m->shape, parent, node_at(m, lua_gettop(m->L), w));
  lua_pop(m->L, 1);
  return parent;
}

static ax_node map_node(axL_maker *m, int idx, const axL_where *w) {
  axL_checkkeys(m, idx, w, axL_kindonly, 2);
  ax_node parent = remember_node(m, idx, ax_shape_map(m->shape), w);
  return add_parts(m, idx, 2, parent, w);
}

static ax_node array_node(axL_maker *m, int idx, const axL_where *w) {
  axL_checkkeys(m, idx, w, axL_ranges, 1);
  size_t min = axL_sizefield(m, idx, "min", 0, w);
  size_t max = axL_sizefield(m, idx, "max", SIZE_MAX, w);
  ax_node parent = ax_shape_array(m->shape, min, max);
  remember_node(m, idx, parent, w);
  return add_parts(m, idx, 1, parent, w);
}

typedef struct field_name {
  const char *text;
  size_t length;
} field_name;

static int compare(const void *a, const void *b) {
  const field_name *x = a, *y = b;
  size_t shorter = x->length < y->length ? x->length : y->length;
  int order = memcmp(x->text, y->text, shorter);
  return order != 0 ? order
                    : (x->length > y->length) - (x->length < y->length);
}

/* Finalizers run while we allocate, and may change what we read. */
static ax_node changed(axL_maker *m, const axL_where *w) {
  lua_pushliteral(m->L, "the description changed while it was read");
  return (ax_node)axL_failat(m, w);
}

/* Fills in the string keys of the table at idx, which the table on the top
** keeps alive; their number, or room + 1 if they are not what was counted.
** Nothing in here allocates. */
static size_t fill_names(lua_State *L, int idx, field_name *names,
                         size_t room) {
  int keep = lua_gettop(L);
  size_t n = 0;
  for (lua_pushnil(L); lua_next(L, idx); n++) {
    lua_pop(L, 1);
    if (n == room || lua_type(L, -1) != LUA_TSTRING) {
      lua_pop(L, 1);
      return room + 1;
    }
    names[n].text = lua_tolstring(L, -1, &names[n].length);
    lua_pushvalue(L, -1);
    lua_rawseti(L, keep, (lua_Integer)n + 1);
  }
  return n;
}

/* Pushes a userdata with the n string keys of the table at idx, sorted, so
** that the same description always has the same first error. */
static const field_name *sorted_names(axL_maker *m, int idx, size_t n,
                                      const axL_where *w) {
  lua_State *L = m->L;
  field_name *names = lua_newuserdatauv(L, (n + 1) * sizeof *names, 1);
  lua_createtable(L, n < INT_MAX ? (int)n : INT_MAX, 0);
  if (fill_names(L, idx, names, n) != n) changed(m, w);
  lua_setiuservalue(L, -2, 1);
  qsort(names, n, sizeof *names, compare);
  return names;
}

/* The n fields of the table at idx, which are all that it has. */
static ax_node record_fields(axL_maker *m, int idx, size_t n, ax_node record,
                             const axL_where *w) {
  lua_State *L = m->L;
  const field_name *names = sorted_names(m, idx, n, w);
  for (size_t i = 0; i < n; i++) {
    axL_where here = {w, names[i].text, 0};
    lua_pushlstring(L, names[i].text, names[i].length);
    if (lua_rawget(L, idx) == LUA_TNIL) changed(m, w);
    ax_node child = node_at(m, lua_gettop(L), &here);
    ax_shape_field(m->shape, record, names[i].text, names[i].length, child);
    axL_checkshape(m, &here);
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
static ax_node plain_node(axL_maker *m, int idx, const axL_where *w) {
  lua_State *L = m->L;
  size_t nothers, nnames = count_keys(L, idx, &nothers);
  if (nothers == 0) {
    ax_node record = ax_shape_record(m->shape, false);
    return record_fields(m, idx, nnames, remember_node(m, idx, record, w), w);
  }
  if (nnames > 0) {
    lua_pushliteral(L, "fields and elements in one table; "
                       "ax.tuple{...} describes elements, {...} fields");
    axL_failat(m, w);
  }
  bool one = nothers == 1 && lua_rawgeti(L, idx, 1) != LUA_TNIL;
  if (one) {
    lua_pop(L, 1);
    return array_node(m, idx, w);
  }
  lua_pushliteral(L, "an array has one element, { s }, that describes all; "
                     "ax.tuple{...} describes each by itself");
  return (ax_node)axL_failat(m, w);
}

/* ax.record(fields, { open = true }) */
static ax_node marked_record(axL_maker *m, int idx, const axL_where *w) {
  static const char *const options[] = {"kind", "fields", "open", NULL};
  lua_State *L = m->L;
  size_t nothers;
  axL_checkkeys(m, idx, w, options, 0);
  int type = axL_rawfield(L, idx, "open");
  if (type != LUA_TNIL && type != LUA_TBOOLEAN) {
    lua_pushliteral(L, "open must be true or false");
    axL_failat(m, w);
  }
  ax_node record = ax_shape_record(m->shape, lua_toboolean(L, -1));
  remember_node(m, idx, record, w);
  bool table = axL_rawfield(L, idx, "fields") == LUA_TTABLE;
  int fields = lua_gettop(L);
  size_t n = table ? count_keys(L, fields, &nothers) : 0;
  if (!table || nothers > 0) {
    lua_pushliteral(L, "a record's fields are a table { name = s }");
    axL_failat(m, w);
  }
  record_fields(m, fields, n, record, w);
  lua_pop(L, 2);
  return record;
}

static ax_node optional_node(axL_maker *m, int idx, const axL_where *w) {
  return wrapper_node(m, idx, ax_shape_optional(m->shape), w);
}

/* A union of one: another name for it. */
static ax_node recursive_node(axL_maker *m, int idx, const axL_where *w) {
  return wrapper_node(m, idx, ax_shape_union(m->shape), w);
}

static ax_node tuple_node(axL_maker *m, int idx, const axL_where *w) {
  return list_node(m, idx, ax_shape_tuple(m->shape), w, NULL);
}

static ax_node union_node(axL_maker *m, int idx, const axL_where *w) {
  return list_node(m, idx, ax_shape_union(m->shape), w,
                   "a union without alternatives");
}

typedef struct special {
  const char *kind;
  ax_node (*make)(axL_maker *m, int idx, const axL_where *w);
} special;

static const special specials[] = {
    {"array", array_node},        {"enum", axL_enumnode},
    {"integer", axL_integernode}, {"map", map_node},
    {"number", axL_numbernode},   {"optional", optional_node},
    {"record", marked_record},    {"recursive", recursive_node},
    {"string", axL_stringnode},   {"tuple", tuple_node},
    {"union", union_node},
};

/* A table that says what it is. */
static ax_node marked_node(axL_maker *m, int idx, const axL_where *w) {
  bool is_string = axL_rawfield(m->L, idx, "kind") == LUA_TSTRING;
  const char *kind = is_string ? lua_tostring(m->L, -1) : "";
  for (size_t i = 0; i < sizeof specials / sizeof *specials; i++) {
    if (strcmp(kind, specials[i].kind) != 0) continue;
    lua_pop(m->L, 1);
    return specials[i].make(m, idx, w);
  }
  lua_pushliteral(m->L, "no description");
  return (ax_node)axL_failat(m, w);
}

static bool is_marked(lua_State *L, int idx) {
  if (!lua_getmetatable(L, idx)) return false;
  luaL_getmetatable(L, marks);
  bool is = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return is;
}

static ax_node table_node(axL_maker *m, int idx, const axL_where *w) {
  lua_State *L = m->L;
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  lua_pushvalue(L, idx);
  if (lua_rawget(L, m->memo) != LUA_TNIL) {
    ax_node known = (ax_node)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return known;
  }
  lua_pop(L, 1);
  if (++m->depth > DESCRIBE_DEPTH) {
    lua_pushliteral(L, "nested more than 200 deep");
    axL_failat(m, w);
  }
  ax_node n =
      is_marked(L, idx) ? marked_node(m, idx, w) : plain_node(m, idx, w);
  m->depth--;
  return n;
}

static ax_node named_node(axL_maker *m, int idx, const axL_where *w) {
  static const char *const names[] = {"null",   "boolean", "integer",
                                      "number", "string",  "table"};
  static const enum ax_type types[] = {AX_NULL,   AX_BOOLEAN, AX_INTEGER,
                                       AX_NUMBER, AX_STRING,  AX_TABLE};
  const char *text = lua_tostring(m->L, idx);
  if (strcmp(text, "any") == 0) return ax_shape_any(m->shape);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (strcmp(text, names[i]) == 0) return ax_shape_type(m->shape, types[i]);
  lua_pushfstring(m->L, "unknown type \"%s\"", text);
  return (ax_node)axL_failat(m, w);
}

/* The node that the value at idx describes. */
static ax_node node_at(axL_maker *m, int idx, const axL_where *w) {
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
    axL_failat(m, w);
  }
  axL_checkshape(m, w);
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
  axL_maker m = {.L = L};
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
