/* module - the Lua module axeberg.core */
#include <string.h>

#include "axL.h"

static const char module_key; /* key in the registry: the module's table */

/* ax.type(v): what v is, "sender", "schema", ...; nil if it is not ours. */
static int l_type(lua_State *L) {
  static const char ours[] = "axeberg.";
  luaL_checkany(L, 1);
  const char *name = NULL;
  if (luaL_getmetafield(L, 1, "__name") == LUA_TSTRING)
    name = lua_tostring(L, -1);
  if (name != NULL && strncmp(name, ours, sizeof ours - 1) == 0)
    lua_pushstring(L, name + sizeof ours - 1);
  else
    lua_pushnil(L);
  return 1;
}

static const luaL_Reg module_functions[] = {{"type", l_type}, {NULL, NULL}};

/* The part that needs the upvalues: the state and the references. */
static int module_open(lua_State *L) {
  if (lua_istable(L, 1)) axL_refit(L);
  lua_newtable(L);
  axL_setfuncs(L, module_functions);
  axL_openlimit(L);
  axL_openloop(L);
  axL_openreport(L);
  axL_openkernel(L);
  axL_openproc(L);
  axL_openwait(L);
  axL_openwrap(L);
  axL_openschema(L);
  axL_openchannel(L);
  axL_openalarm(L);
  axL_openmsgq(L);
  axL_openfile(L);
  axL_openbuffer(L);
  axL_openfd(L);
  axL_openhost(L);
  axL_openfs(L);
  axL_openmount(L);
  axL_opendir(L);
  axL_openpath(L);
  axL_openshm(L);
  axL_opensys(L);
  axL_openselect(L);
  axL_opentrace(L);
  lua_pushlightuserdata(L, NULL);
  lua_setfield(L, -2, "null");
  lua_pushliteral(L, AX_VERSION);
  lua_setfield(L, -2, "VERSION");
  return 1;
}

AXL_API int luaopen_axeberg_core(lua_State *L);

/* Called with a table instead of the module's name: with options of ax.run for
** the kernel of the script itself.
**
** A Lua state has one state of ours, however often the module is loaded:
** the metatables of the handles are shared, too. */
AXL_API int luaopen_axeberg_core(lua_State *L) {
  luaL_checkversion(L);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &module_key) == LUA_TTABLE) return 1;
  lua_pop(L, 1);
  lua_settop(L, 1);
  axL_newstate(L);
  lua_pushcclosure(L, module_open, 2);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &module_key);
  return 1;
}
