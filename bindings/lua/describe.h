/* describe - Lua descriptions of schemas, compiled: what its files share
**
** Interface:
** - axL_failat, axL_checkshape: errors that say where
** - axL_rawfield, axL_checkkeys, axL_sizefield: looking into a table
** - nodes that have no parts */
#ifndef AXL_DESCRIBE_H
#define AXL_DESCRIBE_H

#include "axL.h"

typedef struct axL_maker {
  lua_State *L;
  ax_shape *shape;
  int memo;  /* where the table is that has nodes by their descriptions */
  int depth; /* of the table that is looked at */
} axL_maker;

/* Where in the description: a list from the inside to the outside. */
typedef struct axL_where {
  const struct axL_where *around;
  const char *name; /* NULL: it has a number */
  lua_Integer number;
} axL_where;

/* Raises: "schema: $.pos.x: ", and the message on the top. */
int axL_failat(axL_maker *m, const axL_where *w);

/* Raises if the shape has found something wrong. */
void axL_checkshape(axL_maker *m, const axL_where *w);

/* Pushes the field, raw; its type. */
int axL_rawfield(lua_State *L, int idx, const char *name);

/* Raises for keys of the table at idx that are neither one of the names nor
** one of 1..n. */
void axL_checkkeys(axL_maker *m, int idx, const axL_where *w,
                   const char *const *names, lua_Integer n);

/* Names for it. */
extern const char *const axL_kindonly[]; /* kind */
extern const char *const axL_ranges[];   /* kind, min, max */

/* The number of bytes or elements in the field; none if there is none. */
size_t axL_sizefield(axL_maker *m, int idx, const char *name, size_t none,
                     const axL_where *w);

/* How many elements the table has, besides its kind; raises for holes, and
** without any elements what none says, if it says anything. */
lua_Integer axL_listlength(axL_maker *m, int idx, const axL_where *w,
                           const char *none);

/* The node that the marked table at idx describes. */
ax_node axL_integernode(axL_maker *m, int idx, const axL_where *w);
ax_node axL_numbernode(axL_maker *m, int idx, const axL_where *w);
ax_node axL_stringnode(axL_maker *m, int idx, const axL_where *w);
ax_node axL_enumnode(axL_maker *m, int idx, const axL_where *w);

#endif
