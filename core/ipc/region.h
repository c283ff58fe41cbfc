/* region - a segment that is attached: a private view, or direct
**
** Interface: public, axeberg.h; and for its files:
** - ax__region_bytes: where a page of it is to be read
** - ax__region_check: is that inside, and allowed? */
#ifndef AX_IPC_REGION_H
#define AX_IPC_REGION_H

#include "ipc/shm.h"

/* What a view shows is what it sees of the segment, under the pages that
** are its own: those that it has changed and not published, and, if others
** published something since it refreshed, those that it published itself.
** (Otherwise it sees these in the segment, as everybody else.) */
typedef struct ax_region {
  ax_object object;
  ax_shm *shm;     /* a reference */
  ax_list link;    /* in the segment's regions */
  ax_view view;    /* direct: its version only, of the last refresh */
  ax_hash own;     /* its own pages by number */
  ax_list pages;   /* and in the order of their coming */
  ax_list waiting; /* clauses that wait for a version that it does not show */
  ax_list watch;   /* in the segment's watched, if there may be any */
  ax_hold hold;    /* of who holds it by a number */
  int id;          /* that number, 0: none */
  bool writes, direct;
} ax_region;

/* The region, if o is one; NULL if it is something else. */
ax_region *ax__region_test(const ax_object *o);
ax_region *ax__region_of(const ax_object *o);

/* The view's own page of that number, or NULL. */
static inline ax_page *ax__region_own(const ax_region *r, size_t number) {
  if (r->own.count == 0) return NULL;
  ax_hash_node *node = ax_hash_find(&r->own, (int64_t)number);
  return node == NULL ? NULL : ax_container(node, ax_page, node);
}

/* What the region shows of that page of the segment. */
static inline const uint8_t *ax__region_bytes(const ax_region *r,
                                              size_t number) {
  const ax_page *own = ax__region_own(r, number);
  if (own != NULL) return own->bytes;
  uint64_t version = r->direct ? UINT64_MAX : r->view.version;
  return ax__page_bytes(ax__shm_page(r->shm, number, version));
}

/* Are these bytes inside?  AX_EFAULT: no.  AX_EACCES: they are not to be
** written. */
int ax__region_check(const ax_region *r, size_t offset, size_t size,
                     bool writes);

/* A view's own page, changed or not, is not its own any more. */
void ax__region_disown(ax_region *r, ax_page *p);

/* It is from now on. */
void ax__region_adopt(ax_region *r, ax_page *p, size_t number);

/* Bytes of one page, to be written: at most *size of them, which becomes
** how many there are up to the end of the page.  replaces: all of them are
** going to be written.  Room was made by ax__region_reserve. */
uint8_t *ax__region_open(ax_region *r, size_t offset, size_t *size,
                         bool replaces);

/* Room for what ax__region_open needs for these bytes.  AX_ENOMEM. */
int ax__region_reserve(ax_region *r, size_t offset, size_t size);

/* After the last ax__region_open of a change.  Direct: it is a version. */
void ax__region_close(ax_region *r);

/* Takes it out of the numbers. */
void ax__region_unname(ax_region *r);

#endif
