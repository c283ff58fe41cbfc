/* axL - what the files of the Lua binding share
**
** Every C function of the module has two upvalues: the state (axL_state)
** and the table of references.  A Lua value that waits inside the kernel
** is a slot of that table; an ax_value of type AX_FOREIGN names it.
**
** Interface, file by file:
** - state: axL_getstate, axL_newref, axL_freeref
** - value: axL_tovalue, axL_pushvalue, axL_result
** - schema: axL_toschema, axL_carry, axL_openschema */
#ifndef AXL_H
#define AXL_H

#include <lauxlib.h>
#include <lua.h>

#include "axeberg.h"

typedef struct axL_state axL_state;

/* The two upvalues of every C function. */
#define AXL_STATE lua_upvalueindex(1)
#define AXL_REFS lua_upvalueindex(2)

/* Registers functions with those upvalues in the table on the top. */
void axL_setfuncs(lua_State *L, const luaL_Reg *functions);

/* Makes the metatable for __name = name with these metamethods and
** methods (NULL for none), registered as luaL_newmetatable does, and
** leaves it on the top. */
void axL_newclass(lua_State *L, const char *name, const luaL_Reg *meta,
                  const luaL_Reg *methods);

/* The state that belongs to L; only inside functions of the module. */
axL_state *axL_getstate(lua_State *L);

/* The kernel that calls act on now. */
ax_kernel *axL_kernel(lua_State *L);

/* The first kernel of this Lua state; it lives as long as the state. */
ax_kernel *axL_firstkernel(lua_State *L);

/* What a call answers in Lua: true for AX_OK; else nil, the flow word or
** sentence, the errno name. */
int axL_result(lua_State *L, int rc);

/* ------------------------------------------------------------- schema */

/* Compiles the description at idx (a name, a table, or a schema value).
** The caller owns one reference.  Raises on a bad description. */
ax_schema *axL_toschema(lua_State *L, int idx);

/* Checks the value at idx and pushes a copy that shares nothing mutable
** with it: 1.  Or pushes the message "$.pos.x: expected ...": 0.  Raises
** only when memory is short. */
int axL_carry(lua_State *L, ax_schema *schema, int idx);

/* Adds the schema functions to the module table on the top. */
void axL_openschema(lua_State *L);

#endif
