/* ring - values in the order of their coming
**
** Slots in a circle, a power of two, that doubles when it is full.
**
** Interface:
** - ax_ring_append, ax_ring_pop, ax_ring_return: at the end, from the
**   front, back to the front; O(1) and they cannot fail
** - ax_ring_grow: twice the room, which the caller sees to */
#ifndef AX_BASE_RING_H
#define AX_BASE_RING_H

#include "base/assert.h"
#include "base/value.h"

typedef struct ax_ring {
  ax_value *slots;
  uint32_t room; /* slots: 0 or a power of two */
  uint32_t head; /* the oldest one's slot */
  size_t count;  /* values in it */
} ax_ring;

static inline ax_value *ax_ring_at(const ax_ring *r, size_t i) {
  return &r->slots[(r->head + i) & (r->room - 1)];
}

/* There is room for it; *v is nil afterwards. */
static inline void ax_ring_append(ax_ring *r, ax_value *v) {
  ax_assert(r->count < r->room);
  *ax_ring_at(r, r->count++) = ax__value_take(v);
}

/* The oldest one; there is one. */
static inline ax_value ax_ring_pop(ax_ring *r) {
  ax_assert(r->count > 0);
  ax_value v = r->slots[r->head];
  r->head = (r->head + 1) & (r->room - 1);
  r->count--;
  return v;
}

/* Puts one back to where pop took it from; there is room for it. */
static inline void ax_ring_return(ax_ring *r, ax_value v) {
  ax_assert(r->count < r->room);
  r->head = (r->head - 1) & (r->room - 1);
  r->count++;
  r->slots[r->head] = v;
}

/* AX_ENOMEM leaves the ring as it was. */
int ax_ring_grow(ax_ring *r, ax_mem *m);

/* Frees the slots; the values are the caller's business. */
void ax_ring_fini(ax_ring *r, ax_mem *m);

#endif
