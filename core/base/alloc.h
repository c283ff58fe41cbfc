/* alloc - memory through the host's hook, counted
**
** Interface:
** - ax__alloc, ax__resize, ax__free: as malloc, realloc and free; the
**   caller remembers the size, so no block has a header.
** - Blocks and bytes are counted: a kernel knows when it leaks.
** - ax__alloc_fini: the end of a place where memory comes from
**
** Small blocks come from a slab, and go back to the hook only at the end;
** with AX_DEBUG every block is the hook's own, so that whoever watches the
** hook sees each of them. */
#ifndef AX_BASE_ALLOC_H
#define AX_BASE_ALLOC_H

#include "axeberg.h"
#include "base/slab.h"

typedef struct ax_mem {
  ax_allocator hook; /* where memory comes from */
  size_t blocks;     /* allocations that live */
  size_t bytes;      /* their sizes together */
  size_t limit;      /* of bytes; 0: none */
  ax_slab slab;      /* the small blocks */
} ax_mem;

/* size > 0 bytes, not cleared; NULL when memory is short. */
void *ax__alloc(ax_mem *m, size_t size);

/* The same, cleared. */
void *ax__alloc_zero(ax_mem *m, size_t size);

/* A block of another size with the same contents; NULL, and the old block
** as it was, when memory is short.  block may be NULL with oldsize 0. */
void *ax__resize(ax_mem *m, void *block, size_t oldsize, size_t newsize);

/* Frees a block of that size; NULL is fine. */
void ax__free(ax_mem *m, void *block, size_t size);

/* Gives back what the slab took, with all small blocks. */
void ax__alloc_fini(ax_mem *m);

/* A copy of the string; NULL when memory is short.  Free it with
** ax__string_free, which takes NULL too. */
char *ax__string_copy(ax_mem *m, const char *s);
void ax__string_free(ax_mem *m, char *s);

#endif
