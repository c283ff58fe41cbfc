/* backlog - messages in order, and by type */
#include "ipc/backlog.h"

#include <string.h>

#include "base/assert.h"

enum { SPARES = 8 }; /* that are kept for later */

/* -------------------------------------------------------------- messages */

static ax_message *of_keeper(ax_keeper *keeper) {
  return ax_container(keeper, ax_message, keeper);
}

static void release(ax_keeper *keeper, uint32_t slot) {
  (void)slot;
  ax__message_free(of_keeper(keeper));
}

/* For receivers that do not know messages: the bytes. */
static int pack(ax_keeper *keeper, uint32_t slot, ax_value *out) {
  (void)slot;
  const ax_message *m = of_keeper(keeper);
  ax_bytes *b = ax_bytes_new(m->mem, m->data, m->shown);
  if (b == NULL) return AX_ENOMEM;
  *out = ax_nil();
  out->type = AX_STRING;
  out->u.bytes = b;
  return AX_OK;
}

ax_message *ax__message_new(ax_mem *mem, int64_t type, const void *data,
                            size_t size) {
  if (size > SIZE_MAX / 2) return NULL;
  ax_message *m = ax__alloc(mem, sizeof *m + size);
  if (m == NULL) return NULL;
  m->keeper.release = release;
  m->keeper.pack = pack;
  m->mem = mem;
  m->kind = NULL;
  m->type = type;
  m->size = m->shown = size;
  if (size > 0) memcpy(m->data, data, size);
  return m;
}

void ax__message_free(ax_message *m) {
  ax__free(m->mem, m, sizeof *m + m->size);
}

ax_value ax__message_value(ax_message *m) {
  ax_value v = {AX_FOREIGN, 0, {0}};
  v.u.keeper = &m->keeper;
  return v;
}

ax_message *ax__message_of(const ax_value *v) {
  if (v->type != AX_FOREIGN || v->u.keeper->release != release) return NULL;
  return of_keeper(v->u.keeper);
}

/* ----------------------------------------------------------------- types */

static ax_mtype *type_of(ax_hash_node *node) {
  return ax_container(node, ax_mtype, node);
}

static void add_spare(ax_backlog *b, ax_mtype *t) {
  t->node.next = b->spare;
  b->spare = &t->node;
  b->nspare++;
}

static ax_mtype *pop_spare(ax_backlog *b) {
  ax_mtype *t = type_of(b->spare);
  b->spare = t->node.next;
  b->nspare--;
  return t;
}

/* The type's entry; a spare one becomes it. */
static ax_mtype *type_for(ax_backlog *b, int64_t type) {
  ax_hash_node *node = ax_hash_find(&b->types, type);
  if (node != NULL) return type_of(node);
  ax_assert(b->nspare > 0);
  ax_mtype *t = pop_spare(b);
  ax_hash_add(&b->types, b->mem, &t->node, type);
  int rc = ax_heap_add(&b->lowest, b->mem, &t->place, (uint64_t)type);
  ax_assert(rc == AX_OK);
  (void)rc;
  return t;
}

/* The type has no messages any more. */
static void retire(ax_backlog *b, ax_mtype *t) {
  ax_hash_remove(&b->types, &t->node);
  ax_heap_remove(&b->lowest, &t->place);
  if (b->nspare >= b->reserved + SPARES)
    ax__free(b->mem, t, sizeof *t);
  else
    add_spare(b, t);
}

int ax__backlog_reserve(ax_backlog *b, size_t n) {
  int rc = ax_heap_reserve(&b->lowest, b->mem, n);
  if (rc != AX_OK) return rc;
  while (b->nspare < n) {
    ax_mtype *t = ax__alloc_zero(b->mem, sizeof *t);
    if (t == NULL) return AX_ENOMEM;
    ax_list_init(&t->messages);
    add_spare(b, t);
  }
  b->reserved = n;
  return AX_OK;
}

/* ------------------------------------------------------- adding, taking */

static void count_in(ax_backlog *b, ax_message *m) {
  b->count++;
  b->bytes += m->size;
}

void ax__backlog_add(ax_backlog *b, ax_message *m) {
  m->kind = type_for(b, m->type);
  ax_list_push(&m->kind->messages, &m->peers);
  ax_list_push(&b->order, &m->u.order);
  count_in(b, m);
}

static ax_message *of_order(ax_list *l) {
  return ax_container(l, ax_message, u.order);
}

static ax_message *of_peers(ax_list *l) {
  return ax_container(l, ax_message, peers);
}

/* It was handed out not long ago: its type's oldest, and not far from the
** end of all. */
void ax__backlog_restore(ax_backlog *b, ax_message *m) {
  m->shown = m->size;
  m->kind = type_for(b, m->type);
  ax_list *peers = &m->kind->messages, *at = peers->next;
  while (at != peers && of_peers(at)->serial < m->serial) at = at->next;
  ax_list_push(at, &m->peers); /* before it */
  ax_list *last = b->order.prev;
  while (last != &b->order && of_order(last)->serial > m->serial)
    last = last->prev;
  ax_list_push(last->next, &m->u.order);
  count_in(b, m);
}

void ax__backlog_take(ax_backlog *b, ax_message *m) {
  ax_list_unlink(&m->u.order);
  ax_list_unlink(&m->peers);
  b->count--;
  b->bytes -= m->size;
  if (ax_list_empty(&m->kind->messages)) retire(b, m->kind);
  m->kind = NULL;
}

/* --------------------------------------------------------------- finding */

static ax_message *oldest(const ax_mtype *t) {
  return of_peers(t->messages.next);
}

static ax_message *find_lowest(const ax_backlog *b, uint64_t most) {
  uint64_t type;
  ax_heap_entry *e = ax_heap_min(&b->lowest, &type);
  if (e == NULL || type > most) return NULL;
  return oldest(ax_container(e, ax_mtype, place));
}

/* The oldest of another type.  Where there is but one, that one decides; else
** this walks over those of the type that are older than the answer. */
static ax_message *find_other(const ax_backlog *b, int64_t type) {
  if (b->types.count == 1 && ax_hash_find(&b->types, type) != NULL)
    return NULL;
  ax_list *l = b->order.next;
  while (l != &b->order && of_order(l)->type == type) l = l->next;
  return l == &b->order ? NULL : of_order(l);
}

ax_message *ax__backlog_find(const ax_backlog *b, int64_t type,
                             bool except) {
  if (type < 0) return find_lowest(b, (uint64_t)0 - (uint64_t)type);
  if (type == 0)
    return ax_list_empty(&b->order) ? NULL : of_order(b->order.next);
  if (except) return find_other(b, type);
  ax_hash_node *node = ax_hash_find(&b->types, type);
  return node == NULL ? NULL : oldest(type_of(node));
}

/* ------------------------------------------------------------ init, fini */

void ax__backlog_init(ax_backlog *b, ax_mem *m) {
  memset(b, 0, sizeof *b);
  b->mem = m;
  ax_list_init(&b->order);
  ax_hash_init(&b->types);
}

void ax__backlog_clear(ax_backlog *b) {
  while (b->count > 0) {
    ax_message *m = of_order(b->order.next);
    ax__backlog_take(b, m);
    ax__message_free(m);
  }
}

void ax__backlog_fini(ax_backlog *b) {
  ax__backlog_clear(b);
  while (b->nspare > 0) ax__free(b->mem, pop_spare(b), sizeof(ax_mtype));
  ax_hash_fini(&b->types, b->mem);
  ax_heap_fini(&b->lowest, b->mem);
}
