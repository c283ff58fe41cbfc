/* source - a Lua value that is walked through
**
** Each open table has its place on the Lua stack, above it the key that is
** looked at and that key's value, which is the next table in turn.  If a
** copy is made at the same time, the new table stands between them:
**
**   a mere look:  table, key | table, key | value
**   a copy:       table, nil, new table, key | ... | value
**
** (Before the copying of a table begins, the alternatives of a union look at
** it with the nil in its second place as their key.)  Metatables are never
** looked at.  Nothing here raises but for want of memory.
**
** Interface:
** - axL_beginlook, axL_begincopy: a source that stands on the top value */
#ifndef AXL_SOURCE_H
#define AXL_SOURCE_H

#include "axL.h"

enum { AXL_LOOK = 2, AXL_COPY = 4 }; /* places for each open table */

typedef struct axL_source {
  ax_source source;
  lua_State *L;
  int base;   /* where the open table is */
  int key;    /* where its key is */
  int stride; /* AXL_LOOK or AXL_COPY */
  int root;   /* where the root is */
  int room;   /* up to where the stack has room for tables */
  int names;  /* where the table with the names of fields is, or 0 */
} axL_source;

static inline axL_source *axL_ofsource(ax_source *s) {
  return (axL_source *)(void *)s;
}

/* interned: the names of the schema's fields are strings of this state;
** names: see above. */
void axL_beginlook(lua_State *L, axL_source *s, bool interned, int names);

/* Only for the sink of copy.c. */
void axL_begincopy(lua_State *L, axL_source *s, bool interned);

#endif
