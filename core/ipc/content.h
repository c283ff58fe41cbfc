/* content - the bytes of a regular file in memory
**
** Pages are found by their number in a hash; where there is none, there are
** zeros.  So a file may be as long as a number can say, and takes memory for
** what was written.
**
** Interface:
** - ax__content_init, ax__content_fini
** - ax__content_show, ax__content_read, ax__content_write
** - ax__content_resize */
#ifndef AX_IPC_CONTENT_H
#define AX_IPC_CONTENT_H

#include "base/hash.h"
#include "ipc/tree.h"

enum { AX_CONTENT_PAGE = 4096 }; /* bytes */

typedef struct ax_content {
  ax_hash pages; /* those that there are, by number */
  ax_tree *tree; /* where they are counted */
  uint64_t size; /* bytes; below 2^63 */
} ax_content;

void ax__content_init(ax_content *c, ax_tree *t);

/* Frees the pages. */
void ax__content_fini(ax_content *c);

/* Shows bytes from there on, as many as there are in one piece: 0 at the
** end.  They stay where they are until the content changes. */
size_t ax__content_show(const ax_content *c, uint64_t at, const char **data);

/* Writes the numbers of the pages that there are, rising; how many.  There is
** room for pages.count. */
size_t ax__content_pages(const ax_content *c, uint64_t *numbers);

/* The content of a node that is a regular file of the tree. */
ax_content *ax__regular_content(ax_vnode *n);

/* Copies at most size bytes; how many. */
size_t ax__content_read(const ax_content *c, uint64_t at, char *data,
                        size_t size);

/* Writes all bytes, or fails: AX_ENOSPC, AX_ENOMEM.  at + size < 2^63. */
int ax__content_write(ax_content *c, uint64_t at, const char *data,
                      size_t size);

/* Cuts off, or lets zeros follow; cannot fail. */
void ax__content_resize(ax_content *c, uint64_t size);

#endif
