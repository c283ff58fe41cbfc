/* cell - numbers as they lie in memory: "i32", "f64", "c16", ... */
#include "cell.h"

#include <stdlib.h>
#include <string.h>

static const struct {
  const char *name;
  axL_cell cell;
} cell_names[] = {
    {"i8", {AXL_I8, 1}},   {"u8", {AXL_U8, 1}},    {"i16", {AXL_I16, 2}},
    {"u16", {AXL_U16, 2}}, {"i32", {AXL_I32, 4}},  {"u32", {AXL_U32, 4}},
    {"i64", {AXL_I64, 8}}, {"u64", {AXL_U64, 8}},  {"f32", {AXL_F32, 4}},
    {"f64", {AXL_F64, 8}}, {"bool", {AXL_BOOL, 1}}};

/* "c16": the number of characters; 0: it is not that. */
static uint32_t chars_size(const char *name) {
  if (*name != 'c' || name[1] < '1' || name[1] > '9') return 0;
  char *end;
  unsigned long n = strtoul(name + 1, &end, 10);
  return *end == '\0' && n <= AX_SHM_MAX ? (uint32_t)n : 0;
}

axL_cell axL_checkcell(lua_State *L, int idx, int arg) {
  axL_cell chars = {AXL_CHARS, 0};
  const char *name = lua_type(L, idx) == LUA_TSTRING ? lua_tostring(L, idx)
                                                     : luaL_typename(L, idx);
  for (size_t i = 0; i < sizeof cell_names / sizeof *cell_names; i++)
    if (strcmp(name, cell_names[i].name) == 0) return cell_names[i].cell;
  chars.size = chars_size(name);
  if (chars.size == 0)
    luaL_argerror(L, arg, lua_pushfstring(L, "unknown type \"%s\"", name));
  return chars;
}

/* ------------------------------------------------------------- to Lua */

#define CASE(kind, type, push)                     \
  case kind: {                                     \
    type cell_value;                               \
    memcpy(&cell_value, bytes, sizeof cell_value); \
    push(L, cell_value);                           \
    break;                                         \
  }

void axL_pushcell(lua_State *L, axL_cell c, const void *bytes) {
  switch ((enum axL_kind)c.kind) {
    CASE(AXL_I8, int8_t, lua_pushinteger)
    CASE(AXL_U8, uint8_t, lua_pushinteger)
    CASE(AXL_I16, int16_t, lua_pushinteger)
    CASE(AXL_U16, uint16_t, lua_pushinteger)
    CASE(AXL_I32, int32_t, lua_pushinteger)
    CASE(AXL_U32, uint32_t, lua_pushinteger)
    CASE(AXL_I64, int64_t, lua_pushinteger)
    CASE(AXL_U64, int64_t, lua_pushinteger)
    CASE(AXL_F32, float, lua_pushnumber)
    CASE(AXL_F64, double, lua_pushnumber)
    CASE(AXL_BOOL, uint8_t, lua_pushboolean)
    case AXL_CHARS: lua_pushlstring(L, bytes, c.size); break;
  }
}

#undef CASE

/* ------------------------------------------------------------- from Lua */

static const char *cell_misfit(lua_State *L, int idx, const char *what) {
  return lua_pushfstring(L, "%s expected, got %s", what,
                         luaL_typename(L, idx));
}

/* The low bytes of i, if the number fits into them. */
static const char *integer_cell(lua_State *L, int idx, axL_cell c,
                                void *bytes) {
  int isint;
  if (lua_type(L, idx) != LUA_TNUMBER) return cell_misfit(L, idx, "integer");
  lua_Integer i = lua_tointegerx(L, idx, &isint);
  if (!isint)
    return lua_pushfstring(L, "%f is no integer", lua_tonumber(L, idx));
  if (c.size < sizeof i) {
    bool is_signed =
        c.kind == AXL_I8 || c.kind == AXL_I16 || c.kind == AXL_I32;
    int bits = 8 * (int)c.size;
    lua_Integer most = ((lua_Integer)1 << (bits - is_signed)) - 1;
    lua_Integer least = is_signed ? -most - 1 : 0;
    if (i < least || i > most)
      return lua_pushfstring(L, "%I does not fit into %d bits", i, bits);
  }
  uint64_t word = (uint64_t)i;
  uint8_t w8 = (uint8_t)word;
  uint16_t w16 = (uint16_t)word;
  uint32_t w32 = (uint32_t)word;
  switch (c.size) {
    case sizeof w8: memcpy(bytes, &w8, sizeof w8); break;
    case sizeof w16: memcpy(bytes, &w16, sizeof w16); break;
    case sizeof w32: memcpy(bytes, &w32, sizeof w32); break;
    default: memcpy(bytes, &word, sizeof word); break;
  }
  return NULL;
}

static const char *number_cell(lua_State *L, int idx, axL_cell c,
                               void *bytes) {
  if (lua_type(L, idx) != LUA_TNUMBER) return cell_misfit(L, idx, "number");
  double number = lua_tonumber(L, idx);
  float single = (float)number;
  if (c.kind == AXL_F32)
    memcpy(bytes, &single, sizeof single);
  else
    memcpy(bytes, &number, sizeof number);
  return NULL;
}

/* Shorter strings are filled up with zeros, as string.pack does. */
static const char *chars_cell(lua_State *L, int idx, axL_cell c,
                              void *bytes) {
  size_t length;
  if (lua_type(L, idx) != LUA_TSTRING) return cell_misfit(L, idx, "string");
  const char *text = lua_tolstring(L, idx, &length);
  if (length > c.size)
    return lua_pushfstring(L, "the string is longer than %d", (int)c.size);
  memset(bytes, 0, c.size);
  memcpy(bytes, text, length);
  return NULL;
}

const char *axL_tocell(lua_State *L, int idx, axL_cell c, void *bytes) {
  switch ((enum axL_kind)c.kind) {
    case AXL_F32:
    case AXL_F64: return number_cell(L, idx, c, bytes);
    case AXL_CHARS: return chars_cell(L, idx, c, bytes);
    case AXL_BOOL:
      if (!lua_isboolean(L, idx)) return cell_misfit(L, idx, "boolean");
      *(uint8_t *)bytes = (uint8_t)lua_toboolean(L, idx);
      return NULL;
    default: return integer_cell(L, idx, c, bytes);
  }
}
