/* entries - the entries of a directory in memory */
#include <string.h>

#include "base/assert.h"
#include "ipc/entries.h"
#include "kernel/kernel.h"

enum { ENTRIES_ROOM = 8 };

static ax_mem *entries_mem(const ax_entries *e) {
  return &e->tree->kernel->mem;
}

void ax__entries_init(ax_entries *e, ax_tree *t) {
  memset(e, 0, sizeof *e);
  ax_hash_init(&e->names);
  e->tree = t;
}

void ax__entries_swap(ax_entries *a, ax_entries *b) {
  ax_entries c = *a;
  ax_hash_swap(&a->names, &b->names);
  a->order = b->order;
  a->used = b->used;
  a->room = b->room;
  a->serial = b->serial;
  b->order = c.order;
  b->used = c.used;
  b->room = c.room;
  b->serial = c.serial;
}

static void entries_free_order(ax_entries *e) {
  ax__free(entries_mem(e), e->order, e->room * sizeof *e->order);
  e->order = NULL;
  e->used = e->room = 0;
}

void ax__entries_fini(ax_entries *e) {
  ax_assert(e->names.count == 0);
  ax_hash_fini(&e->names, entries_mem(e));
  entries_free_order(e);
}

/* --------------------------------------------------------------- finding */

/* FNV-1a. */
static int64_t entry_hash(ax_name name) {
  uint64_t h = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < name.length; i++)
    h = (h ^ (uint8_t)name.bytes[i]) * UINT64_C(0x100000001b3);
  return (int64_t)h;
}

static bool entry_is(const ax_dirent *d, ax_name name) {
  return d->length == name.length &&
         memcmp(d->name, name.bytes, name.length) == 0;
}

ax_dirent *ax__entry_find(const ax_entries *e, ax_name name) {
  int64_t key = entry_hash(name);
  ax_hash_node *n = ax_hash_find(&e->names, key);
  for (; n != NULL; n = n->next) { /* names may have the same hash */
    ax_dirent *d = ax_container(n, ax_dirent, node);
    if (n->key == key && entry_is(d, name)) return d;
  }
  return NULL;
}

/* Where the first serial is that is above. */
static size_t entries_above(const ax_entries *e, uint64_t serial) {
  size_t low = 0, high = e->used;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (e->order[middle].serial > serial)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

ax_dirent *ax__entry_after(const ax_entries *e, uint64_t serial) {
  for (size_t i = entries_above(e, serial); i < e->used; i++)
    if (e->order[i].entry != NULL) return e->order[i].entry;
  return NULL;
}

ax_dirent *ax__entry_last(const ax_entries *e) {
  for (size_t i = e->used; i > 0; i--)
    if (e->order[i - 1].entry != NULL) return e->order[i - 1].entry;
  return NULL;
}

/* ----------------------------------------------------------------- adding */

/* Room for one more at the end of the order. */
static int entries_reserve(ax_entries *e) {
  if (e->used < e->room) return AX_OK;
  size_t room = e->room == 0 ? ENTRIES_ROOM : e->room * 2;
  ax_order *order = ax__resize(entries_mem(e), e->order,
                               e->room * sizeof *order, room * sizeof *order);
  if (order == NULL) return AX_ENOMEM;
  e->order = order;
  e->room = room;
  return AX_OK;
}

static size_t entry_size(size_t length) { return sizeof(ax_dirent) + length; }

int ax__entry_new(ax_entries *e, ax_name name, ax_dirent **out) {
  size_t size = entry_size(name.length);
  int rc = ax__tree_charge(e->tree, size);
  if (rc != AX_OK) return rc;
  ax_dirent *d = NULL;
  if (entries_reserve(e) == AX_OK) d = ax__alloc_zero(entries_mem(e), size);
  if (d == NULL) {
    ax__tree_refund(e->tree, size);
    if (e->names.count == 0) entries_free_order(e);
    return AX_ENOMEM;
  }
  d->length = name.length;
  memcpy(d->name, name.bytes, name.length);
  *out = d;
  return AX_OK;
}

void ax__entry_free(ax_entries *e, ax_dirent *d) {
  ax__tree_refund(e->tree, entry_size(d->length));
  ax__free(entries_mem(e), d, entry_size(d->length));
  if (e->names.count == 0) entries_free_order(e);
}

void ax__entry_add(ax_entries *e, ax_dirent *d) {
  ax_name name = {d->name, d->length};
  d->serial = ++e->serial;
  ax_hash_add(&e->names, entries_mem(e), &d->node, entry_hash(name));
  e->order[e->used++] = (ax_order){d->serial, d};
}

/* --------------------------------------------------------------- removing */

/* Gives back room that nothing needs, if memory allows. */
static void entries_shrink(ax_entries *e) {
  size_t room = e->room / 2, size = sizeof *e->order;
  if (room < ENTRIES_ROOM || e->used > room / 2) return;
  ax_order *order =
      ax__resize(entries_mem(e), e->order, e->room * size, room * size);
  if (order == NULL) return;
  e->order = order;
  e->room = room;
}

/* Closes the gaps when they are more than what is left. */
static void entries_compact(ax_entries *e) {
  size_t n = 0;
  while (e->used > 0 && e->order[e->used - 1].entry == NULL) e->used--;
  if (e->used / 2 > e->names.count) {
    for (size_t i = 0; i < e->used; i++)
      if (e->order[i].entry != NULL) e->order[n++] = e->order[i];
    e->used = n;
  }
  entries_shrink(e);
}

void ax__entry_remove(ax_entries *e, ax_dirent *d) {
  size_t at = entries_above(e, d->serial - 1);
  ax_assert(e->order[at].entry == d);
  ax_hash_remove(&e->names, &d->node);
  e->order[at].entry = NULL;
  entries_compact(e);
  if (e->names.count == 0) ax_hash_fini(&e->names, entries_mem(e));
  ax__entry_free(e, d);
}
