/* table - the one handle table: small number -> object */
#include "kernel/table.h"

#include "base/assert.h"

enum { TABLE_ROOM = 16 };

static ax_table_slot *slot_of(const ax_table *t, int id) {
  return &t->slots[(size_t)id & (t->room - 1)];
}

/* Twice the room; every number keeps a slot of its own. */
static int table_grow(ax_table *t, ax_mem *m) {
  ax_table old = *t;
  size_t room = old.room == 0 ? TABLE_ROOM : old.room * 2;
  ax_table_slot *slots = ax__alloc_zero(m, room * sizeof *slots);
  if (slots == NULL) return AX_ENOMEM;
  t->slots = slots;
  t->room = room;
  for (size_t i = 0; i < old.room; i++)
    if (old.slots[i].object != NULL)
      *slot_of(t, old.slots[i].id) = old.slots[i];
  ax__free(m, old.slots, old.room * sizeof *old.slots);
  return AX_OK;
}

int ax_table_add(ax_table *t, ax_mem *m, ax_object *o, int *id) {
  if (t->count >= t->room - t->room / 8) {
    int rc = table_grow(t, m);
    if (rc != AX_OK) return rc;
  }
  ax_table_slot *s;
  do {
    t->last = t->last >= AX_ID_MAX ? 1 : t->last + 1;
    s = slot_of(t, t->last);
  } while (s->object != NULL);
  s->object = o;
  s->id = t->last;
  t->count++;
  *id = s->id;
  return AX_OK;
}

int ax_table_lowest(const ax_table *t, int lowest) {
  int id = lowest < t->last ? t->last : lowest;
  while ((size_t)id < t->room && t->slots[id].object != NULL) id++;
  return id;
}

int ax_table_put(ax_table *t, ax_mem *m, ax_object *o, int id) {
  while (t->room <= (size_t)id) {
    int rc = table_grow(t, m);
    if (rc != AX_OK) return rc;
  }
  t->slots[id] = (ax_table_slot){o, id};
  t->count++;
  if (id == t->last) t->last = ax_table_lowest(t, id);
  return AX_OK;
}

void ax_table_remove(ax_table *t, int id) {
  ax_table_slot *s = slot_of(t, id);
  ax_assert(s->id == id && s->object != NULL);
  s->object = NULL;
  s->id = 0;
  t->count--;
}

ax_object *ax_table_each(const ax_table *t, size_t *at) {
  while (*at < t->room) {
    ax_object *o = t->slots[(*at)++].object;
    if (o != NULL) return o;
  }
  return NULL;
}

void ax_table_fini(ax_table *t, ax_mem *m) {
  ax__free(m, t->slots, t->room * sizeof *t->slots);
  t->slots = NULL;
  t->room = t->count = 0;
}
