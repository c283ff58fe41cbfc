/* page - the bytes of segments, 4096 at a time */
#include "ipc/page.h"

#include <string.h>

#include "base/assert.h"

const uint8_t ax__page_zeros[AX_SHM_PAGE];

/* ------------------------------------------------------------------ pool */

static ax_page *pool_pop(ax_pool *pool) {
  ax_page *p = pool->spare;
  pool->spare = p->older;
  pool->count--;
  return p;
}

static void pool_push(ax_pool *pool, ax_page *p) {
  p->older = pool->spare;
  pool->spare = p;
  pool->count++;
}

void ax__pool_trim(ax_pool *pool, size_t keep) {
  while (pool->count > keep)
    ax__free(pool->mem, pool_pop(pool), sizeof(ax_page));
}

int ax__pool_reserve(ax_pool *pool, size_t n) {
  while (pool->count < n) {
    ax_page *p = ax__alloc(pool->mem, sizeof *p);
    if (p == NULL) {
      ax__pool_trim(pool, 0);
      return AX_ENOMEM;
    }
    pool_push(pool, p);
  }
  return AX_OK;
}

ax_page *ax__pool_take(ax_pool *pool) {
  ax_assert(pool->spare != NULL);
  ax_page *p = pool_pop(pool);
  ax_list_init(&p->link);
  p->older = p->newer = p->twin = NULL;
  p->from = 0;
  p->changed = false;
  return p;
}

void ax__pool_put(ax_pool *pool, ax_page *p) {
  if (pool->count < pool->keep)
    pool_push(pool, p);
  else
    ax__free(pool->mem, p, sizeof *p);
}

/* ----------------------------------------------------------------- bytes */

enum { WORD_BYTES = sizeof(uint64_t) };

/* The word at offset i, which is a multiple of its size. */
static uint64_t word_at(const uint8_t *bytes, size_t i) {
  uint64_t word;
  memcpy(&word, bytes + i, sizeof word);
  return word;
}

static size_t merge_word(uint8_t *to, const uint8_t *mine,
                         const uint8_t *twin) {
  size_t replaced = 0;
  for (int i = 0; i < WORD_BYTES; i++) {
    if (mine[i] == twin[i]) continue;
    replaced += to[i] != twin[i] && to[i] != mine[i];
    to[i] = mine[i];
  }
  return replaced;
}

size_t ax__page_merge(uint8_t *to, const uint8_t *mine, const uint8_t *twin) {
  size_t replaced = 0;
  for (size_t i = 0; i < AX_SHM_PAGE; i += WORD_BYTES)
    if (word_at(mine, i) != word_at(twin, i))
      replaced += merge_word(to + i, mine + i, twin + i);
  return replaced;
}

void ax__page_rebase(uint8_t *mine, const uint8_t *twin, const uint8_t *now) {
  for (size_t i = 0; i < AX_SHM_PAGE; i += WORD_BYTES) {
    if (word_at(mine, i) == word_at(twin, i))
      memcpy(mine + i, now + i, WORD_BYTES);
    else
      for (size_t j = i; j < i + WORD_BYTES; j++)
        if (mine[j] == twin[j]) mine[j] = now[j];
  }
}
