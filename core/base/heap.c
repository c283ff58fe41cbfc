/* heap - deadlines in order */
#include "base/heap.h"

#include "base/assert.h"

enum { ARITY = 4, HEAP_ROOM = 16 };

static bool before(const ax_heap_slot *a, const ax_heap_slot *b) {
  return a->time != b->time ? a->time < b->time : a->number < b->number;
}

static void heap_put(ax_heap *h, size_t i, ax_heap_slot slot) {
  h->slots[i] = slot;
  slot.entry->place = i + 1;
}

static void sift_up(ax_heap *h, size_t i, ax_heap_slot slot) {
  while (i > 0) {
    size_t parent = (i - 1) / ARITY;
    if (!before(&slot, &h->slots[parent])) break;
    heap_put(h, i, h->slots[parent]);
    i = parent;
  }
  heap_put(h, i, slot);
}

/* The earliest child of i, or count if it has none. */
static size_t earliest_child(const ax_heap *h, size_t i) {
  size_t first = i * ARITY + 1, best = first;
  if (first >= h->count) return h->count;
  size_t end = first + ARITY < h->count ? first + ARITY : h->count;
  for (size_t c = first + 1; c < end; c++)
    if (before(&h->slots[c], &h->slots[best])) best = c;
  return best;
}

static void sift_down(ax_heap *h, size_t i, ax_heap_slot slot) {
  for (;;) {
    size_t child = earliest_child(h, i);
    if (child == h->count || !before(&h->slots[child], &slot)) break;
    heap_put(h, i, h->slots[child]);
    i = child;
  }
  heap_put(h, i, slot);
}

static int heap_grow(ax_heap *h, ax_mem *m) {
  size_t room = h->room == 0 ? HEAP_ROOM : h->room * 2;
  ax_heap_slot *slots =
      ax__resize(m, h->slots, h->room * sizeof *slots, room * sizeof *slots);
  if (slots == NULL) return AX_ENOMEM;
  h->slots = slots;
  h->room = room;
  return AX_OK;
}

int ax_heap_add(ax_heap *h, ax_mem *m, ax_heap_entry *e, uint64_t time) {
  ax_assert(e->place == 0);
  if (h->count == h->room) {
    int rc = heap_grow(h, m);
    if (rc != AX_OK) return rc;
  }
  ax_heap_slot slot = {time, h->number++, e};
  sift_up(h, h->count++, slot);
  return AX_OK;
}

void ax_heap_remove(ax_heap *h, ax_heap_entry *e) {
  if (e->place == 0) return;
  size_t i = e->place - 1;
  ax_assert(i < h->count && h->slots[i].entry == e);
  e->place = 0;
  ax_heap_slot last = h->slots[--h->count];
  if (last.entry == e) return;
  if (i > 0 && before(&last, &h->slots[(i - 1) / ARITY]))
    sift_up(h, i, last);
  else
    sift_down(h, i, last);
}

void ax_heap_fini(ax_heap *h, ax_mem *m) {
  ax__free(m, h->slots, h->room * sizeof *h->slots);
  h->slots = NULL;
  h->count = h->room = 0;
}
