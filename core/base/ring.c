/* ring - values in the order of their coming */
#include "base/ring.h"

enum { RING_ROOM = 4 };

int ax_ring_grow(ax_ring *r, ax_mem *m) {
  if (r->room > UINT32_MAX / 2) return AX_ENOMEM;
  uint32_t room = r->room == 0 ? RING_ROOM : r->room * 2;
  ax_value *slots = ax__alloc(m, room * sizeof *slots);
  if (slots == NULL) return AX_ENOMEM;
  for (size_t i = 0; i < r->count; i++) slots[i] = *ax_ring_at(r, i);
  ax__free(m, r->slots, r->room * sizeof *slots);
  r->slots = slots;
  r->room = room;
  r->head = 0;
  return AX_OK;
}

void ax_ring_fini(ax_ring *r, ax_mem *m) {
  ax__free(m, r->slots, r->room * sizeof *r->slots);
  r->slots = NULL;
  r->room = r->head = 0;
  r->count = 0;
}
