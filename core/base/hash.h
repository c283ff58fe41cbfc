/* hash - things by a number
**
** The nodes live in what is found by them, so adding takes no memory that
** could be missing: the table grows when it can, and is slower when not.
**
** Interface:
** - ax_hash_init, ax_hash_fini
** - ax_hash_add, ax_hash_remove, ax_hash_find: O(1) */
#ifndef AX_BASE_HASH_H
#define AX_BASE_HASH_H

#include "base/alloc.h"

/* Embed it in what is to be found. */
typedef struct ax_hash_node {
  struct ax_hash_node *next; /* in the same bucket */
  int64_t key;
} ax_hash_node;

enum { AX_HASH_BITS = 2 }; /* of the buckets that need no memory */

typedef struct ax_hash {
  ax_hash_node **buckets; /* first, or a block of their own */
  unsigned bits;          /* there are 1 << bits buckets */
  size_t count;           /* of nodes */
  ax_hash_node *first[1 << AX_HASH_BITS];
} ax_hash;

/* h must not move from then on. */
void ax_hash_init(ax_hash *h);

/* Frees the buckets; nodes that are still in are forgotten. */
void ax_hash_fini(ax_hash *h, ax_mem *m);

/* Each has what the other had. */
void ax_hash_swap(ax_hash *a, ax_hash *b);

/* Adds a node that is in no table.  If others there have that key, finding
** gives one of them, and the rest are among those behind it. */
void ax_hash_add(ax_hash *h, ax_mem *m, ax_hash_node *node, int64_t key);

/* Takes a node out that is in. */
void ax_hash_remove(ax_hash *h, ax_hash_node *node);

static inline size_t ax_hash_bucket(const ax_hash *h, int64_t key) {
  uint64_t mixed = (uint64_t)key * UINT64_C(0x9e3779b97f4a7c15);
  return (size_t)(mixed >> (64 - h->bits));
}

/* The node with that key, or NULL. */
static inline ax_hash_node *ax_hash_find(const ax_hash *h, int64_t key) {
  ax_hash_node *n = h->buckets[ax_hash_bucket(h, key)];
  while (n != NULL && n->key != key) n = n->next;
  return n;
}

#endif
