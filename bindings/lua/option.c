/* option - descriptions of scalars, and the options of all others */
#include <math.h>
#include <string.h>

#include "describe.h"

/* ---------------------------------------------------------------- errors */

static bool option_is_word(const char *name) {
  size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz_"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
  return n > 0 && name[n] == '\0' && strchr("0123456789", *name) == NULL;
}

static void push_where(lua_State *L, const axL_where *w) {
  luaL_checkstack(L, 4, NULL);
  if (w == NULL) {
    lua_pushliteral(L, "$");
    return;
  }
  push_where(L, w->around);
  if (w->name == NULL)
    lua_pushfstring(L, "[%I]", (LUAI_UACINT)w->number);
  else
    lua_pushfstring(L, option_is_word(w->name) ? ".%s" : "[\"%s\"]", w->name);
  lua_concat(L, 2);
}

int axL_failat(axL_maker *m, const axL_where *w) {
  push_where(m->L, w);
  return luaL_error(m->L, "schema: %s: %s", lua_tostring(m->L, -1),
                    lua_tostring(m->L, -2));
}

void axL_checkshape(axL_maker *m, const axL_where *w) {
  const char *why;
  int rc = ax_shape_error(m->shape, &why);
  if (rc == AX_OK) return;
  if (rc == AX_ENOMEM) luaL_error(m->L, "not enough memory");
  lua_pushstring(m->L, why);
  axL_failat(m, w);
}

/* ---------------------------------------------------------------- fields */

int axL_rawfield(lua_State *L, int idx, const char *name) {
  lua_pushstring(L, name);
  return lua_rawget(L, idx);
}

/* Raises unless the key on the top is one of the names or, with n > 0, one
** of 1..n. */
static void check_key(axL_maker *m, const axL_where *w,
                      const char *const *names, lua_Integer n) {
  lua_State *L = m->L;
  if (lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1 &&
      lua_tointeger(L, -1) <= n)
    return;
  if (lua_type(L, -1) == LUA_TSTRING)
    for (; *names != NULL; names++)
      if (strcmp(lua_tostring(L, -1), *names) == 0) return;
  lua_pushvalue(L, -1); /* for lua_tostring changes numbers */
  const char *key =
      lua_isstring(L, -1) ? lua_tostring(L, -1) : luaL_typename(L, -1);
  lua_pushfstring(L, "unknown option \"%s\"", key);
  axL_failat(m, w);
}

void axL_checkkeys(axL_maker *m, int idx, const axL_where *w,
                   const char *const *names, lua_Integer n) {
  lua_State *L = m->L;
  for (lua_pushnil(L); lua_next(L, idx);) {
    lua_pop(L, 1);
    check_key(m, w, names, n);
  }
}

size_t axL_sizefield(axL_maker *m, int idx, const char *name, size_t none,
                     const axL_where *w) {
  lua_State *L = m->L;
  size_t size = none;
  int is = 1;
  if (axL_rawfield(L, idx, name) != LUA_TNIL) {
    lua_Integer i = lua_tointegerx(L, -1, &is);
    if (lua_type(L, -1) != LUA_TNUMBER || !is || i < 0) {
      lua_pushfstring(L, "%s must be a whole number, 0 or more", name);
      axL_failat(m, w);
    }
    size = (size_t)i;
  }
  lua_pop(L, 1);
  return size;
}

static lua_Integer integer_field(axL_maker *m, int idx, const char *name,
                                 lua_Integer none, const axL_where *w) {
  lua_State *L = m->L;
  lua_Integer i = none;
  int is = 1;
  if (axL_rawfield(L, idx, name) != LUA_TNIL) {
    i = lua_tointegerx(L, -1, &is);
    if (lua_type(L, -1) != LUA_TNUMBER || !is) {
      lua_pushfstring(L, "%s must be an integer", name);
      axL_failat(m, w);
    }
  }
  lua_pop(L, 1);
  return i;
}

/* False if there is none: then the number stays what it is. */
static bool number_field(axL_maker *m, int idx, const char *name,
                         lua_Number *number, const axL_where *w) {
  lua_State *L = m->L;
  bool given = axL_rawfield(L, idx, name) != LUA_TNIL;
  if (given) {
    lua_Number n = lua_tonumber(L, -1);
    if (lua_type(L, -1) != LUA_TNUMBER || n != n) {
      lua_pushfstring(L, "%s must be a number", name);
      axL_failat(m, w);
    }
    lua_pushnumber(L, n);
    if (!lua_rawequal(L, -1, -2)) { /* exact; n has been rounded */
      lua_pushfstring(L, "%s must be a number that a float can be equal to",
                      name);
      axL_failat(m, w);
    }
    lua_pop(L, 1);
    *number = n;
  }
  lua_pop(L, 1);
  return given;
}

/* ---------------------------------------------------- nodes without parts */

const char *const axL_kindonly[] = {"kind", NULL};
const char *const axL_ranges[] = {"kind", "min", "max", NULL};

ax_node axL_integernode(axL_maker *m, int idx, const axL_where *w) {
  axL_checkkeys(m, idx, w, axL_ranges, 0);
  lua_Integer min = integer_field(m, idx, "min", LUA_MININTEGER, w);
  lua_Integer max = integer_field(m, idx, "max", LUA_MAXINTEGER, w);
  return ax_shape_integer(m->shape, min, max);
}

/* NaN is within no limits, be they infinite. */
ax_node axL_numbernode(axL_maker *m, int idx, const axL_where *w) {
  lua_Number min = -HUGE_VAL, max = HUGE_VAL;
  axL_checkkeys(m, idx, w, axL_ranges, 0);
  bool has_min = number_field(m, idx, "min", &min, w);
  bool has_max = number_field(m, idx, "max", &max, w);
  return has_min || has_max ? ax_shape_number(m->shape, min, max)
                            : ax_shape_type(m->shape, AX_NUMBER);
}

ax_node axL_stringnode(axL_maker *m, int idx, const axL_where *w) {
  static const char *const options[] = {"kind", "min", "max", "pattern",
                                        NULL};
  lua_State *L = m->L;
  axL_checkkeys(m, idx, w, options, 0);
  size_t min = axL_sizefield(m, idx, "min", 0, w);
  size_t max = axL_sizefield(m, idx, "max", SIZE_MAX, w);
  size_t length = 0;
  const char *pattern = NULL;
  int type = axL_rawfield(L, idx, "pattern");
  if (type == LUA_TSTRING) {
    pattern = lua_tolstring(L, -1, &length);
  } else if (type != LUA_TNIL) {
    lua_pushliteral(L, "pattern must be a string");
    axL_failat(m, w);
  }
  ax_node n = ax_shape_string(m->shape, min, max, pattern, length);
  lua_pop(L, 1);
  return n;
}

/* One of an enum's values, on the top. */
static void add_literal(axL_maker *m, ax_node parent, const axL_where *w) {
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
  axL_checkshape(m, w);
}

/* The number of the keys 1.. of the table; the last one. */
static lua_Integer count_elements(lua_State *L, int idx, lua_Integer *last) {
  lua_Integer n = 0;
  *last = 0;
  for (lua_pushnil(L); lua_next(L, idx); lua_pop(L, 1)) {
    if (!lua_isinteger(L, -2)) continue;
    lua_Integer i = lua_tointeger(L, -2);
    if (i > *last) *last = i;
    n++;
  }
  return n;
}

/* Raises: of the table's keys 1..last not all are there. */
static void fail_hole(axL_maker *m, int idx, lua_Integer last,
                      const axL_where *w) {
  lua_State *L = m->L;
  lua_Integer i = 1;
  for (; lua_rawgeti(L, idx, i) != LUA_TNIL; i++) lua_pop(L, 1);
  lua_pushfstring(L, "a hole: [%I] is nil, but [%I] is not", (LUAI_UACINT)i,
                  (LUAI_UACINT)last);
  axL_failat(m, w);
}

lua_Integer axL_listlength(axL_maker *m, int idx, const axL_where *w,
                           const char *none) {
  lua_Integer last;
  axL_checkkeys(m, idx, w, axL_kindonly, LUA_MAXINTEGER);
  lua_Integer n = count_elements(m->L, idx, &last);
  if (n != last) fail_hole(m, idx, last, w);
  if (n > 0 || none == NULL) return n;
  lua_pushstring(m->L, none);
  return axL_failat(m, w);
}

ax_node axL_enumnode(axL_maker *m, int idx, const axL_where *w) {
  lua_State *L = m->L;
  lua_Integer n = axL_listlength(m, idx, w, "an enum without values");
  ax_node parent = ax_shape_enum(m->shape);
  for (lua_Integer i = 1; i <= n; i++) {
    axL_where here = {w, NULL, i};
    lua_rawgeti(L, idx, i);
    add_literal(m, parent, &here);
    lua_pop(L, 1);
  }
  return parent;
}
