/* alloc - memory through the host's hook, counted */
#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static void *libc_resize(void *ctx, void *block, size_t oldsize,
                         size_t newsize) {
  (void)ctx;
  (void)oldsize;
  if (newsize == 0) {
    free(block);
    return NULL;
  }
  return realloc(block, newsize);
}

ax_allocator ax_allocator_libc(void) {
  ax_allocator a = {libc_resize, NULL};
  return a;
}

/* May that many bytes more be in use? */
static bool within(const ax_mem *m, size_t more) {
  return m->limit == 0 ||
         (m->bytes <= m->limit && more <= m->limit - m->bytes);
}

/* Does a block of that size come from the slab? */
static bool is_small(size_t size) {
#ifdef AX_DEBUG
  (void)size;
  return false;
#else
  return size <= AX_SLAB_MAX;
#endif
}

static void *block_get(ax_mem *m, size_t size) {
  return is_small(size) ? ax_slab_get(&m->slab, &m->hook, size)
                        : m->hook.resize(m->hook.ctx, NULL, 0, size);
}

static void block_put(ax_mem *m, void *block, size_t size) {
  if (is_small(size))
    ax_slab_put(&m->slab, block, size);
  else
    m->hook.resize(m->hook.ctx, block, size, 0);
}

/* A block that is small, or becomes it, moves. */
static void *block_move(ax_mem *m, void *block, size_t oldsize,
                        size_t newsize) {
  if (!is_small(oldsize) && !is_small(newsize))
    return m->hook.resize(m->hook.ctx, block, oldsize, newsize);
  void *moved = block_get(m, newsize);
  if (moved == NULL) return NULL;
  memcpy(moved, block, oldsize < newsize ? oldsize : newsize);
  block_put(m, block, oldsize);
  return moved;
}

void *ax__alloc(ax_mem *m, size_t size) {
  if (!within(m, size)) return NULL;
  void *block = block_get(m, size);
  if (block == NULL) return NULL;
  m->blocks++;
  m->bytes += size;
  return block;
}

/* Where gcc knows the size it clears a block with an instruction that takes
** longer to begin than memset does for all of a small block. */
#if defined(__GNUC__) && !defined(__clang__)
#define APART __attribute__((noinline, noclone))
#else
#define APART
#endif

APART void *ax__alloc_zero(ax_mem *m, size_t size) {
  void *block = ax__alloc(m, size);
  if (block != NULL) memset(block, 0, size);
  return block;
}

void *ax__resize(ax_mem *m, void *block, size_t oldsize, size_t newsize) {
  if (block == NULL) return ax__alloc(m, newsize);
  if (newsize > oldsize && !within(m, newsize - oldsize)) return NULL;
  void *moved = block_move(m, block, oldsize, newsize);
  if (moved != NULL) m->bytes += newsize - oldsize;
  return moved;
}

void ax__free(ax_mem *m, void *block, size_t size) {
  if (block == NULL) return;
  m->blocks--;
  m->bytes -= size;
  block_put(m, block, size);
}

void ax__alloc_fini(ax_mem *m) { ax_slab_fini(&m->slab, &m->hook); }

char *ax__string_copy(ax_mem *m, const char *s) {
  size_t size = strlen(s) + 1;
  char *copy = ax__alloc(m, size);
  if (copy != NULL) memcpy(copy, s, size);
  return copy;
}

void ax__string_free(ax_mem *m, char *s) {
  if (s != NULL) ax__free(m, s, strlen(s) + 1);
}

#undef APART
