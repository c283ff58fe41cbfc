/* value - Lua values to ax_values and back, results, arguments */
#include <math.h>
#include <string.h>

#include "axL.h"

ax_value axL_popvalue(lua_State *L, axL_state *S) {
  ax_value v;
  switch (lua_type(L, -1)) {
    case LUA_TNUMBER:
      v = lua_isinteger(L, -1) ? ax_integer(lua_tointeger(L, -1))
                               : ax_number(lua_tonumber(L, -1));
      break;
    case LUA_TBOOLEAN: v = ax_boolean(lua_toboolean(L, -1)); break;
    default: {
      v.type = AX_FOREIGN;
      v.flow = 0;
      v.slot = axL_newref(L, S);
      v.u.keeper = &S->keeper;
      return v;
    }
  }
  lua_pop(L, 1);
  return v;
}

int axL_peekvalue(lua_State *L, const ax_value *v) {
  switch (v->type) {
    case AX_INTEGER: lua_pushinteger(L, v->u.integer); break;
    case AX_NUMBER: lua_pushnumber(L, v->u.number); break;
    case AX_BOOLEAN: lua_pushboolean(L, v->u.boolean); break;
    case AX_NULL: lua_pushlightuserdata(L, NULL); break;
    case AX_FOREIGN: lua_rawgeti(L, AXL_REFS, v->slot); break;
    case AX_STRING: {
      size_t length;
      const char *bytes = ax_value_bytes(v, &length);
      lua_pushlstring(L, bytes, length);
      break;
    }

    case AX_TABLE: axL_unpack(L, v); break;
    default: lua_pushnil(L); break;
  }
  return 1;
}

int axL_pushvalue(lua_State *L, ax_value *v) {
  if (v->type == AX_INTEGER) {
    lua_pushinteger(L, v->u.integer);
    return 1;
  }
  if (v->type == AX_FOREIGN) {
    axL_takeref(L, (axL_state *)(void *)v->u.keeper, v->slot);
    return 1;
  }
  axL_peekvalue(L, v);
  ax_value_clear(v);
  return 1;
}

/* ------------------------------------------------------------- results */

int axL_fail(lua_State *L, int rc, const char *sentence) {
  lua_pushnil(L);
  lua_pushstring(L, sentence);
  lua_pushstring(L, ax_error_name(rc));
  return 3;
}

int axL_result(lua_State *L, int rc) {
  if (rc == AX_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  if (rc == AX_ECANCELED) return axL_raisecancel(L);
  if (rc == AX_ENOMEM) return luaL_error(L, "not enough memory");
  return axL_fail(L, rc, ax_error_text(rc));
}

int axL_received(lua_State *L, int rc, ax_value *v) {
  return rc == AX_OK ? axL_pushvalue(L, v) : axL_result(L, rc);
}

/* ----------------------------------------------------------- arguments */

int axL_badvalue(lua_State *L, int idx, const char *sentence) {
  const char *format = "%s: %s";
  const char *value = luaL_typename(L, -1);
  switch (lua_type(L, -1)) {
    case LUA_TSTRING: format = "%s: \"%s\""; /* fall through */
    case LUA_TNUMBER:
    case LUA_TBOOLEAN: value = luaL_tolstring(L, -1, NULL);
  }
  return luaL_argerror(L, idx, lua_pushfstring(L, format, sentence, value));
}

uint64_t axL_checkdeadline(lua_State *L, int idx) {
  if (lua_isnoneornil(L, idx)) return AX_NEVER;
  lua_Number seconds = luaL_checknumber(L, idx);
  if (!(seconds >= 0)) {
    lua_pushvalue(L, idx);
    axL_badvalue(L, idx, seconds < 0 ? "negative timeout" : "timeout is NaN");
  }
  return ax_deadline(axL_kernel(L), seconds);
}

static bool value_among(const char *name, const char *const names[]) {
  for (int i = 0; names[i] != NULL; i++)
    if (strcmp(name, names[i]) == 0) return true;
  return false;
}

void axL_checknames(lua_State *L, int idx, int arg,
                    const char *const names[]) {
  for (lua_pushnil(L); lua_next(L, idx) != 0; lua_pop(L, 1)) {
    if (lua_type(L, -2) != LUA_TSTRING)
      luaL_argerror(L, arg, "option names are strings");
    const char *name = lua_tostring(L, -2);
    if (!value_among(name, names))
      luaL_argerror(L, arg,
                    lua_pushfstring(L, "unknown option \"%s\"", name));
  }
}

void axL_checkoptions(lua_State *L, int idx, const char *const names[]) {
  axL_checknames(L, idx, idx, names);
}

void axL_setinteger(lua_State *L, const char *name, lua_Integer i) {
  lua_pushinteger(L, i);
  lua_setfield(L, -2, name);
}

void axL_settime(lua_State *L, const char *name, uint64_t time) {
  lua_pushnumber(L, (lua_Number)time / (lua_Number)AX_SECOND);
  lua_setfield(L, -2, name);
}

void axL_setperm(lua_State *L, const ax_perm *perm) {
  axL_setinteger(L, "key", perm->key);
  axL_setinteger(L, "uid", perm->uid);
  axL_setinteger(L, "gid", perm->gid);
  axL_setinteger(L, "cuid", perm->cuid);
  axL_setinteger(L, "cgid", perm->cgid);
  axL_setinteger(L, "mode", perm->mode);
}
