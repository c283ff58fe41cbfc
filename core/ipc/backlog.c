/* backlog - messages in order, and by type */
#include "ipc/backlog.h"

#include <string.h>

#include "base/assert.h"

enum {
  SPARE_TYPES = 8, /* that are kept for later */
  SPARE_CHUNKS = 32,
  CHUNK = 512 - 16, /* bytes for records in a chunk */
  INSIDE = 224,     /* larger messages are blocks of their own */
};

/* Records of one type, one behind the other. */
struct ax_chunk {
  ax_chunk *next; /* later ones of the type; or of the spare ones */
  size_t end;     /* of the records, once it is not the last any more */
  uint64_t data[CHUNK / 8];
};

/* This, then the bytes, or a pointer to a message; then nothing up to the
** next multiple of 8. */
typedef struct backlog_record {
  uint64_t key; /* the serial, and the size of the bytes in the lowest 8 bits;
                ** BLOCK: there is a pointer instead */
} backlog_record;

enum { SIZE_BITS = 8, BLOCK = (1 << SIZE_BITS) - 1 };

static size_t padded(size_t size) { return (size + 7) & ~(size_t)7; }

static uint64_t serial_of(const backlog_record *r) {
  return r->key >> SIZE_BITS;
}

static bool is_block(const backlog_record *r) {
  return (r->key & BLOCK) == BLOCK;
}

static size_t size_of(const backlog_record *r) {
  return is_block(r) ? sizeof(ax_message *) : (size_t)(r->key & BLOCK);
}

static backlog_record *first_record(const ax_mtype *t) {
  return (backlog_record *)(void *)((char *)t->first->data + t->begin);
}

static ax_message *block_of(const backlog_record *r) {
  ax_message *m;
  memcpy(&m, r + 1, sizeof m);
  return m;
}

/* --------------------------------------------------------------- chunks */

/* What was drained last is used next: it is still in the cache. */
static ax_chunk *pop_chunk(ax_backlog *b) {
  ax_chunk *c = b->chunks;
  b->chunks = c->next;
  b->nchunks--;
  return c;
}

static void add_spare_chunk(ax_backlog *b, ax_chunk *c) {
  c->next = b->chunks;
  b->chunks = c;
  b->nchunks++;
}

/* Room for a record of that length at the end.  AX_ENOMEM. */
static int make_room(ax_backlog *b, ax_mtype *t, size_t length) {
  if (t->first != NULL && length <= CHUNK - t->end) return AX_OK;
  ax_chunk *c =
      b->chunks != NULL ? pop_chunk(b) : ax__alloc(b->mem, sizeof *c);
  if (c == NULL) return AX_ENOMEM;
  c->next = NULL;
  if (t->first == NULL) {
    t->first = c;
    t->begin = 0;
  } else {
    if (t->first == t->last) t->stop = t->end;
    t->last->next = c;
    t->last->end = t->end;
  }
  t->last = c;
  t->end = 0;
  return AX_OK;
}

/* Where the bytes go of the new last record. */
static void *backlog_append(ax_mtype *t, uint64_t serial, size_t size,
                            size_t length) {
  backlog_record *r =
      (backlog_record *)(void *)((char *)t->last->data + t->end);
  r->key = serial << SIZE_BITS | size;
  t->end += (uint32_t)length;
  return r + 1;
}

/* ----------------------------------------------------------------- types */

static ax_mtype *mtype_of(ax_hash_node *node) {
  return ax_container(node, ax_mtype, node);
}

static ax_mtype *pop_spare(ax_backlog *b) {
  ax_mtype *t = mtype_of(b->spare);
  b->spare = t->node.next;
  b->nspare--;
  return t;
}

/* What is spare is freed with the next call, because somebody may still be
** reading what he has taken; one with each call is enough. */
static void tidy(ax_backlog *b) {
  if (b->nspare > SPARE_TYPES)
    ax__free(b->mem, pop_spare(b), sizeof(ax_mtype));
  if (b->nchunks > SPARE_CHUNKS)
    ax__free(b->mem, pop_chunk(b), sizeof(ax_chunk));
}

/* The type has no messages any more, or has none yet. */
static void retire(ax_backlog *b, ax_mtype *t) {
  ax_hash_remove(&b->types, &t->node);
  ax_heap_remove(&b->lowest, &t->low);
  ax_heap_remove(&b->oldest, &t->old);
  t->node.next = b->spare;
  b->spare = &t->node;
  b->nspare++;
}

/* A type that has no messages yet.  NULL when memory is short. */
static ax_mtype *new_type(ax_backlog *b, int64_t type, uint64_t serial) {
  ax_mtype *t =
      b->spare != NULL ? pop_spare(b) : ax__alloc_zero(b->mem, sizeof *t);
  if (t == NULL) return NULL;
  ax_hash_add(&b->types, b->mem, &t->node, type);
  int rc = ax_heap_add(&b->lowest, b->mem, &t->low, (uint64_t)type);
  if (rc == AX_OK) rc = ax_heap_add(&b->oldest, b->mem, &t->old, serial);
  if (rc == AX_OK) return t;
  retire(b, t);
  return NULL;
}

/* The type, with room for a record of that length.  NULL when memory is
** short, and then nothing has happened. */
static ax_mtype *backlog_prepare(ax_backlog *b, int64_t type, uint64_t serial,
                                 size_t length) {
  ax_hash_node *node = ax_hash_find(&b->types, type);
  ax_mtype *t = node != NULL ? mtype_of(node) : new_type(b, type, serial);
  if (t == NULL) return NULL;
  if (make_room(b, t, length) == AX_OK) return t;
  if (t->first == NULL) retire(b, t);
  return NULL;
}

/* --------------------------------------------------------------- adding */

static void count_in(ax_backlog *b, size_t size) {
  b->count++;
  b->bytes += size;
}

static int add_block(ax_backlog *b, int64_t type, uint64_t serial,
                     const void *data, size_t size) {
  ax_message *m = ax__message_new(b->mem, type, data, size);
  if (m == NULL) return AX_ENOMEM;
  m->serial = serial;
  int rc = ax__backlog_put(b, m);
  if (rc != AX_OK) ax__message_free(m);
  return rc;
}

int ax__backlog_add(ax_backlog *b, int64_t type, uint64_t serial,
                    const void *data, size_t size) {
  if (size > INSIDE) return add_block(b, type, serial, data, size);
  tidy(b);
  size_t length = sizeof(backlog_record) + padded(size);
  ax_mtype *t = backlog_prepare(b, type, serial, length);
  if (t == NULL) return AX_ENOMEM;
  void *to = backlog_append(t, serial, size, length);
  if (size > 0) memcpy(to, data, size);
  count_in(b, size);
  return AX_OK;
}

int ax__backlog_put(ax_backlog *b, ax_message *m) {
  tidy(b);
  size_t length = sizeof(backlog_record) + padded(sizeof m);
  ax_mtype *t = backlog_prepare(b, m->type, m->serial, length);
  if (t == NULL) return AX_ENOMEM;
  memcpy(backlog_append(t, m->serial, BLOCK, length), &m, sizeof m);
  count_in(b, m->size);
  return AX_OK;
}

void ax__backlog_return(ax_backlog *b, ax_message *m) {
  m->shown = m->size;
  ax_list_push(&b->returned, &m->u.link);
  count_in(b, m->size);
}

/* --------------------------------------------------------------- finding */

/* The oldest of a type; t NULL: none. */
static ax_spot spot_of(ax_mtype *t) {
  ax_spot s = {t, NULL, 0, 0, 0};
  if (t == NULL) return s;
  const backlog_record *r = first_record(t);
  s.type = t->node.key;
  s.serial = serial_of(r);
  s.size = is_block(r) ? block_of(r)->size : size_of(r);
  return s;
}

static ax_mtype *find_type(const ax_backlog *b, int64_t type) {
  ax_hash_node *node = ax_hash_find(&b->types, type);
  return node == NULL ? NULL : mtype_of(node);
}

static ax_mtype *find_lowest(const ax_backlog *b, uint64_t most) {
  uint64_t type;
  ax_heap_entry *e = ax_heap_min(&b->lowest, &type);
  return e == NULL || type > most ? NULL : ax_container(e, ax_mtype, low);
}

/* Puts the type where it belongs among the oldest; it was there, so there is
** memory for it. */
static void reorder(ax_backlog *b, ax_mtype *t) {
  int rc =
      ax_heap_add(&b->oldest, b->mem, &t->old, serial_of(first_record(t)));
  ax_assert(rc == AX_OK);
  (void)rc;
}

/* The type whose oldest message is the oldest.  Only one that comes out on
** top is looked at, whether its key is still right. */
static ax_mtype *find_oldest(ax_backlog *b) {
  uint64_t serial;
  ax_heap_entry *e;
  while ((e = ax_heap_min(&b->oldest, &serial)) != NULL) {
    ax_mtype *t = ax_container(e, ax_mtype, old);
    if (serial_of(first_record(t)) == serial) return t;
    ax_heap_remove(&b->oldest, e);
    reorder(b, t);
  }
  return NULL;
}

static ax_mtype *find_other(ax_backlog *b, int64_t type) {
  ax_mtype *not = find_type(b, type);
  if (not == NULL) return find_oldest(b);
  ax_heap_remove(&b->oldest, &not ->old);
  ax_mtype *t = find_oldest(b);
  reorder(b, not );
  return t;
}

static ax_mtype *find_kind(ax_backlog *b, int64_t type, bool except) {
  if (type < 0) return find_lowest(b, (uint64_t)0 - (uint64_t)type);
  if (type == 0) return find_oldest(b);
  return except ? find_other(b, type) : find_type(b, type);
}

/* Is one of that type, and so old, to be received before s? */
static bool better(int64_t type, uint64_t serial, const ax_spot *s,
                   bool lowest) {
  if (ax__spot_empty(s)) return true;
  if (lowest && type != s->type) return type < s->type;
  return serial < s->serial;
}

/* The same among those that came back: they are few. */
static void look_back(const ax_backlog *b, int64_t type, bool except,
                      ax_spot *s) {
  const ax_list *l = b->returned.next;
  for (; l != &b->returned; l = l->next) {
    ax_message *m = ax_container(l, ax_message, u.link);
    bool fits = type == 0  ? true
                : type < 0 ? (uint64_t)m->type <= (uint64_t)0 - (uint64_t)type
                           : (m->type == type) != except;
    if (fits && better(m->type, m->serial, s, type < 0))
      *s = (ax_spot){NULL, m, m->type, m->serial, m->size};
  }
}

ax_spot ax__backlog_find(ax_backlog *b, int64_t type, bool except) {
  ax_spot s = spot_of(find_kind(b, type, except));
  if (!ax_list_empty(&b->returned)) look_back(b, type, except, &s);
  return s;
}

/* ---------------------------------------------------------------- taking */

static void count_out(ax_backlog *b, size_t size) {
  b->count--;
  b->bytes -= size;
}

/* The first record of the type is not wanted any more; it stays readable. */
static void backlog_pass(ax_backlog *b, ax_mtype *t) {
  ax_chunk *c = t->first;
  t->begin +=
      (uint32_t)(sizeof(backlog_record) + padded(size_of(first_record(t))));
  if (t->begin < (c == t->last ? t->end : t->stop)) return;
  t->first = c->next;
  t->begin = 0;
  if (t->first != NULL && t->first != t->last)
    t->stop = (uint32_t)t->first->end;
  add_spare_chunk(b, c);
  if (t->first == NULL) retire(b, t);
}

/* Takes it out if it is a block; else NULL. */
static ax_message *take_block(ax_backlog *b, const ax_spot *s) {
  ax_message *m = s->returned;
  if (m != NULL)
    ax_list_unlink(&m->u.link);
  else if (!is_block(first_record(s->kind)))
    return NULL;
  else
    m = block_of(first_record(s->kind));
  if (s->kind != NULL) backlog_pass(b, s->kind);
  count_out(b, s->size);
  return m;
}

void ax__backlog_take(ax_backlog *b, const ax_spot *s, ax_received *out) {
  tidy(b);
  out->type = s->type;
  out->size = s->size;
  out->owner = ax_nil();
  ax_message *m = take_block(b, s);
  if (m != NULL) {
    out->bytes = m->data;
    out->owner = ax__message_value(m);
    return;
  }
  out->bytes = (const char *)(first_record(s->kind) + 1);
  backlog_pass(b, s->kind);
  count_out(b, s->size);
}

ax_message *ax__backlog_lift(ax_backlog *b, const ax_spot *s) {
  tidy(b);
  ax_message *m = take_block(b, s);
  if (m != NULL) return m;
  m = ax__message_new(b->mem, s->type, first_record(s->kind) + 1, s->size);
  if (m == NULL) return NULL;
  m->serial = s->serial;
  backlog_pass(b, s->kind);
  count_out(b, s->size);
  return m;
}

/* ------------------------------------------------------------ init, fini */

void ax__backlog_init(ax_backlog *b, ax_mem *m) {
  memset(b, 0, sizeof *b);
  b->mem = m;
  ax_list_init(&b->returned);
  ax_hash_init(&b->types);
}

void ax__backlog_fini(ax_backlog *b) {
  while (b->count > 0) {
    ax_spot s = ax__backlog_find(b, 0, false);
    ax_received r;
    ax__backlog_take(b, &s, &r);
    ax_value_clear(&r.owner);
  }
  while (b->spare != NULL) ax__free(b->mem, pop_spare(b), sizeof(ax_mtype));
  while (b->chunks != NULL) ax__free(b->mem, pop_chunk(b), sizeof(ax_chunk));
  ax_hash_fini(&b->types, b->mem);
  ax_heap_fini(&b->lowest, b->mem);
  ax_heap_fini(&b->oldest, b->mem);
}
