/* table - the one handle table: small number -> object
**
** Numbers are given out in rising order and do not come back soon, so a
** stale one answers "no such" instead of somebody else's object.  An entry
** lives at slot number % room, and room is a power of two: a number whose
** slot is taken is skipped.  Lookup is one comparison.
**
** Descriptors are the exception: their numbers are given out from the lowest
** free one, and each is its own slot (ax_table_lowest, ax_table_put).  A table
** is used in one way or the other.
**
** Interface:
** - ax_table_add, ax_table_remove, ax_table_find: O(1)
** - ax_table_lowest, ax_table_put: by the lowest free number, by a given one
** - ax_table_each: all of them, in the order of the slots */
#ifndef AX_KERNEL_TABLE_H
#define AX_KERNEL_TABLE_H

#include "axeberg.h"
#include "base/alloc.h"

#define AX_ID_MAX 0x3fffffff /* numbers begin again at 1 after this one */

typedef struct ax_table_slot {
  ax_object *object; /* NULL: free */
  int id;            /* the number it was given */
} ax_table_slot;

typedef struct ax_table {
  ax_table_slot *slots;
  size_t room, count;
  int last; /* the number given out last; of descriptors: all below it are in
            ** use */
} ax_table;

/* Gives the object the next number; the table holds no reference.
** AX_ENOMEM. */
int ax_table_add(ax_table *t, ax_mem *m, ax_object *o, int *id);

/* The lowest free number, not below `lowest`. */
int ax_table_lowest(const ax_table *t, int lowest);

/* Gives the object that number, which is free.  AX_ENOMEM. */
int ax_table_put(ax_table *t, ax_mem *m, ax_object *o, int id);

/* Frees the number; it must be in use. */
void ax_table_remove(ax_table *t, int id);

/* The object of that number, or NULL. */
static inline ax_object *ax_table_find(const ax_table *t, int id) {
  if (t->room == 0) return NULL;
  const ax_table_slot *s = &t->slots[(size_t)id & (t->room - 1)];
  return s->id == id ? s->object : NULL;
}

/* Goes through all objects: at begins at 0, NULL ends it.  Removing is
** allowed meanwhile, adding is not. */
ax_object *ax_table_each(const ax_table *t, size_t *at);

void ax_table_fini(ax_table *t, ax_mem *m);

#endif
