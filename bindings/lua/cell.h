/* cell - numbers as they lie in memory: "i32", "f64", "c16", ...
**
** Interface:
** - axL_checkcell: what a name means
** - axL_pushcell, axL_tocell: from memory to Lua, and back */
#ifndef AXL_CELL_H
#define AXL_CELL_H

#include "axL.h"

enum axL_kind {
  AXL_I8,
  AXL_U8,
  AXL_I16,
  AXL_U16,
  AXL_I32,
  AXL_U32,
  AXL_I64,
  AXL_U64, /* the same bits as AXL_I64: Lua has no other integers */
  AXL_F32,
  AXL_F64,
  AXL_BOOL, /* one byte */
  AXL_CHARS /* a string of a fixed length */
};

enum { AXL_CELL_MAX = 8 }; /* bytes of any kind but AXL_CHARS */

typedef struct axL_cell {
  uint8_t kind;  /* enum axL_kind */
  uint32_t size; /* bytes */
} axL_cell;

/* The cell that is named by the string at idx; raises that argument arg is
** bad. */
axL_cell axL_checkcell(lua_State *L, int idx, int arg);

/* Pushes what the bytes mean. */
void axL_pushcell(lua_State *L, axL_cell c, const void *bytes);

/* Puts the value at idx into AXL_CELL_MAX bytes, for AXL_CHARS into c.size of
** them.  NULL; or why it does not fit, on the stack. */
const char *axL_tocell(lua_State *L, int idx, axL_cell c, void *bytes);

#endif
