/* slab - small blocks, cut from large ones
**
** A small block that is freed waits in a list of those of its size for the
** next who asks; the large ones are given back together, at the end.  They
** double, up to some MB, and the system is asked to back the first 64 MB of
** those with large pages: first touching a page costs more than whatever is
** kept in it.
**
** Interface:
** - ax_slab_get, ax_slab_put: O(1)
** - ax_slab_fini: gives everything back */
#ifndef AX_BASE_SLAB_H
#define AX_BASE_SLAB_H

#include "axeberg.h"

enum {
  AX_SLAB_GRAIN = 16, /* sizes are rounded up to it; fit for any type */
  AX_SLAB_MAX = 512   /* the largest small block */
};

typedef struct ax_slab {
  struct ax_slab_piece *pieces; /* the large blocks, youngest first */
  char *at;                     /* what is left of the youngest */
  size_t left;
  size_t total;                              /* of the large blocks */
  void *unused[AX_SLAB_MAX / AX_SLAB_GRAIN]; /* lists, by size */
} ax_slab;

/* 0 < size <= AX_SLAB_MAX bytes, not cleared; NULL when memory is short. */
void *ax_slab_get(ax_slab *s, const ax_allocator *from, size_t size);

/* Takes back a block of that size. */
void ax_slab_put(ax_slab *s, void *block, size_t size);

/* Frees all blocks, those in use too; the slab is empty, and may go on. */
void ax_slab_fini(ax_slab *s, const ax_allocator *from);

#endif
