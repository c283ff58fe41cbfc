/* word - words of a segment: changed in one go, and waited for */
#include "ipc/word.h"

#include <stdio.h>
#include <string.h>

/* --------------------------------------------------------------- changing */

/* May a word of that width be there? */
static int check_word(const ax_region *r, size_t offset, size_t width,
                      bool writes) {
  bool sized = width == 1 || width == 2 || width == 4 || width == 8;
  if (!sized || offset % width != 0) return AX_EINVAL;
  int rc = ax__region_check(r, offset, width, writes);
  if (rc != AX_OK) return rc;
  return r->direct ? AX_OK : AX_ENOTSUP;
}

static uint64_t load_word(const uint8_t *at, size_t width) {
  uint8_t i8;
  uint16_t i16;
  uint32_t i32;
  uint64_t i64;
  switch (width) {
    case sizeof i8: return *at;
    case sizeof i16: memcpy(&i16, at, sizeof i16); return i16;
    case sizeof i32: memcpy(&i32, at, sizeof i32); return i32;
    default: memcpy(&i64, at, sizeof i64); return i64;
  }
}

static void store_word(uint8_t *at, size_t width, uint64_t word) {
  uint8_t i8 = (uint8_t)word;
  uint16_t i16 = (uint16_t)word;
  uint32_t i32 = (uint32_t)word;
  switch (width) {
    case sizeof i8: *at = i8; break;
    case sizeof i16: memcpy(at, &i16, sizeof i16); break;
    case sizeof i32: memcpy(at, &i32, sizeof i32); break;
    default: memcpy(at, &word, sizeof word); break;
  }
}

/* The word as it is; it was checked. */
static uint64_t word_now(const ax_region *r, size_t offset, size_t width) {
  const uint8_t *bytes = ax__region_bytes(r, offset / AX_SHM_PAGE);
  return load_word(bytes + offset % AX_SHM_PAGE, width);
}

static int change_word(ax_region *r, size_t offset, size_t width,
                       uint64_t word) {
  int rc = ax__region_reserve(r, offset, width);
  if (rc != AX_OK) return rc;
  uint8_t *at = ax__region_open(r, offset, &width, false);
  store_word(at, width, word);
  ax__region_close(r);
  return AX_OK;
}

int ax_region_load(const ax_object *region, size_t offset, size_t width,
                   uint64_t *word) {
  const ax_region *r = ax__region_of(region);
  int rc = check_word(r, offset, width, false);
  if (rc == AX_OK) *word = word_now(r, offset, width);
  return rc;
}

int ax_region_add(ax_object *region, size_t offset, size_t width, uint64_t n,
                  uint64_t *old) {
  ax_region *r = ax__region_of(region);
  int rc = check_word(r, offset, width, true);
  if (rc != AX_OK) return rc;
  *old = word_now(r, offset, width);
  return change_word(r, offset, width, *old + n);
}

int ax_region_swap(ax_object *region, size_t offset, size_t width,
                   uint64_t expected, uint64_t desired, uint64_t *old) {
  ax_region *r = ax__region_of(region);
  int rc = check_word(r, offset, width, true);
  if (rc != AX_OK) return rc;
  uint64_t mask = UINT64_MAX >> (64 - 8 * width);
  *old = word_now(r, offset, width);
  if (*old != (expected & mask)) return AX_EAGAIN;
  return change_word(r, offset, width, desired);
}

/* ---------------------------------------------------------------- waiting */

static const ax_object_ops word_ops;

static ax_wordqueue *wordqueue_of(const ax_object *o) {
  ax_assert(o->ops == &word_ops);
  return ax_container(o, ax_wordqueue, object);
}

static ax_wordqueue *queue_at(const ax_shm *s, size_t offset) {
  uint64_t mixed = (uint64_t)offset * UINT64_C(0x9e3779b97f4a7c15);
  return &s->words->queue[(mixed >> 32) % AX_WORD_QUEUES];
}

ax_object *ax_region_word(const ax_object *region, size_t offset) {
  const ax_region *r = ax__region_test(region);
  if (r == NULL || !r->direct) return NULL;
  return &queue_at(r->shm, offset)->object;
}

/* Who waits longest at that offset, NULL: nobody.  stopped: of those who
** are stopped. */
static ax_clause *first_at(const ax_wordqueue *q, int64_t offset,
                           bool stopped) {
  for (ax_list *l = q->waiting.next; l != &q->waiting; l = l->next) {
    ax_clause *c = ax_container(l, ax_clause, link);
    if (c->value.u.integer == offset && c->proc->stopped == stopped) return c;
  }
  return NULL;
}

/* Wakes one; those who are stopped only if nobody else is there.  False:
** nobody waits. */
static bool wake_one(ax_wordqueue *q, int64_t offset) {
  ax_clause *c = first_at(q, offset, false);
  if (c == NULL) c = first_at(q, offset, true);
  if (c == NULL) return false;
  ax__fire(c, AX_OK);
  ax_list_push(&q->given, &c->link);
  return true;
}

int ax_region_notify(ax_object *region, size_t offset, size_t most,
                     size_t *woken) {
  const ax_region *r = ax__region_of(region);
  *woken = 0;
  int rc = ax__region_check(r, offset, 1, false);
  if (rc != AX_OK) return rc;
  if (!r->direct) return AX_ENOTSUP;
  ax_wordqueue *q = queue_at(r->shm, offset);
  while (*woken < most && wake_one(q, (int64_t)offset)) ++*woken;
  return AX_OK;
}

/* Only a notify ends the wait: whoever looks at the word before he waits
** cannot miss one, since nobody else runs in between. */
static int word_attempt(ax_object *o, ax_clause *c) {
  (void)o;
  return c->value.type == AX_INTEGER ? AX_EAGAIN : AX_EINVAL;
}

static ax_list *word_queue(ax_object *o) { return &wordqueue_of(o)->waiting; }

static void word_refuse(ax_object *o, ax_clause *c) {
  ax_list_unlink(&c->link);
  (void)wake_one(wordqueue_of(o), c->value.u.integer);
}

static ax_object *word_peer(ax_object *o) {
  return &wordqueue_of(o)->shm->keyed.object;
}

static int word_describe(const ax_object *o, char *buffer, size_t size) {
  const ax_shm *s = wordqueue_of(o)->shm;
  return snprintf(buffer, size, "#%d (%zu bytes)", s->keyed.id, s->size);
}

static const ax_object_ops word_ops = {
    .kind = "word",
    .doing = "wait for a notify in segment",
    .attempt = word_attempt,
    .queue = word_queue,
    .refuse = word_refuse,
    .peer = word_peer,
    .describe = word_describe,
};

/* ------------------------------------------------------------- new, free */

int ax__words_init(ax_shm *s) {
  if (s->words != NULL) return AX_OK;
  ax_kernel *k = ax__shm_kernel(s);
  s->words = ax__alloc(&k->mem, sizeof *s->words);
  if (s->words == NULL) return AX_ENOMEM;
  for (int i = 0; i < AX_WORD_QUEUES; i++) {
    ax_wordqueue *q = &s->words->queue[i];
    q->object = (ax_object){&word_ops, k, 1};
    q->shm = s;
    ax_list_init(&q->waiting);
    ax_list_init(&q->given);
  }
  return AX_OK;
}

/* Who waits still has nobody any more to wake him. */
void ax__words_free(ax_shm *s) {
  if (s->words == NULL) return;
  for (int i = 0; i < AX_WORD_QUEUES; i++) {
    ax_wordqueue *q = &s->words->queue[i];
    while (ax_list_pop(&q->given) != NULL) continue;
    ax__fire_all(&q->waiting, AX_EIDRM);
  }
  ax__free(&ax__shm_kernel(s)->mem, s->words, sizeof *s->words);
  s->words = NULL;
}
