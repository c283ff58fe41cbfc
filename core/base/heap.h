/* heap - deadlines in order
**
** A 4-ary heap of (time, number) keys, kept inline so that sifting touches
** no entry's own memory.  Equal times come out in the order in which they
** went in.
**
** Interface:
** - ax_heap_add, ax_heap_remove: O(log n); the entry knows its place.
** - ax_heap_min: the entry that is due first. */
#ifndef AX_BASE_HEAP_H
#define AX_BASE_HEAP_H

#include "base/alloc.h"

/* Embed it in what has a deadline. */
typedef struct ax_heap_entry {
  size_t place; /* the heap's: index + 1, 0 when it is in no heap */
} ax_heap_entry;

typedef struct ax_heap_slot {
  uint64_t time;
  uint64_t number; /* of the insertion */
  ax_heap_entry *entry;
} ax_heap_slot;

typedef struct ax_heap {
  ax_heap_slot *slots;
  size_t count, room;
  uint64_t number; /* the next insertion's */
} ax_heap;

/* Adds an entry that is in no heap.  AX_ENOMEM. */
int ax_heap_add(ax_heap *h, ax_mem *m, ax_heap_entry *e, uint64_t time);

/* Takes the entry out; nothing happens if it is not in. */
void ax_heap_remove(ax_heap *h, ax_heap_entry *e);

/* The entry with the earliest time, and the time; NULL if it is empty. */
static inline ax_heap_entry *ax_heap_min(const ax_heap *h, uint64_t *time) {
  if (h->count == 0) return NULL;
  *time = h->slots[0].time;
  return h->slots[0].entry;
}

/* Frees the slots; entries that are still in are forgotten. */
void ax_heap_fini(ax_heap *h, ax_mem *m);

#endif
