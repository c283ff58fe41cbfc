/* slab - small blocks, cut from large ones */
#include "base/slab.h"

#include <string.h>

#ifdef __linux__
#include <sys/mman.h>
#endif

#include "base/assert.h"

enum {
  PIECE_MIN = 1024,
  PIECE_MAX = 16 << 20,
  PIECE_LARGE = 2 << 20, /* worth a large page */
  LARGE_MAX = 64 << 20,  /* beyond, they cost more than small ones */
  MALLOC = 64,           /* more than malloc adds to a block */
  PAGE = 4096
};

typedef struct ax_slab_piece {
  _Alignas(AX_SLAB_GRAIN) struct ax_slab_piece *next;
  size_t power; /* of two: its size, and what malloc adds */
} ax_slab_piece;

static size_t rounded(size_t size) {
  return (size + AX_SLAB_GRAIN - 1) & ~(size_t)(AX_SLAB_GRAIN - 1);
}

static void **list_of(ax_slab *s, size_t size) {
  return &s->unused[rounded(size) / AX_SLAB_GRAIN - 1];
}

/* A wish, which the system may not grant.  It is about whole pages, and
** harmless for what else is in them. */
static void ask_for_large_pages(void *block, size_t size) {
#ifdef MADV_HUGEPAGE
  uintptr_t page = PAGE, begin = (uintptr_t)block & ~(page - 1);
  uintptr_t end = ((uintptr_t)block + size + page - 1) & ~(page - 1);
  (void)madvise((void *)begin, end - begin, MADV_HUGEPAGE);
#else
  (void)block, (void)size;
#endif
}

/* What is left of the last piece is not lost. */
static void use_rest(ax_slab *s) {
  if (s->left >= AX_SLAB_GRAIN) ax_slab_put(s, s->at, s->left);
  s->left = 0;
}

/* With malloc's part it is a power of two, which systems place where a large
** page may begin. */
static size_t piece_size(size_t power) { return power - MALLOC; }

static ax_slab_piece *piece_new(const ax_allocator *from, size_t power) {
  size_t size = piece_size(power);
  ax_slab_piece *p = from->resize(from->ctx, NULL, 0, size);
  if (p == NULL) return NULL;
  p->power = power;
  return p;
}

/* Twice as much as the last one; less, if there is not that much. */
static bool slab_grow(ax_slab *s, const ax_allocator *from) {
  size_t power = s->pieces == NULL ? PIECE_MIN : s->pieces->power * 2;
  if (power > PIECE_MAX) power = PIECE_MAX;
  ax_slab_piece *p;
  while ((p = piece_new(from, power)) == NULL) {
    if (power == PIECE_MIN) return false;
    power /= 2;
  }
  if (power >= PIECE_LARGE && s->total < LARGE_MAX)
    ask_for_large_pages(p, piece_size(power));
  s->total += power;
  use_rest(s);
  p->next = s->pieces;
  s->pieces = p;
  s->at = (char *)(p + 1);
  s->left = piece_size(power) - sizeof *p;
  return true;
}

void *ax_slab_get(ax_slab *s, const ax_allocator *from, size_t size) {
  ax_assert(size > 0 && size <= AX_SLAB_MAX);
  void **list = list_of(s, size);
  void *block = *list;
  if (block != NULL) {
    memcpy(list, block, sizeof *list);
    return block;
  }
  size = rounded(size);
  if (size > s->left && !slab_grow(s, from)) return NULL;
  block = s->at;
  s->at += size;
  s->left -= size;
  return block;
}

void ax_slab_put(ax_slab *s, void *block, size_t size) {
  void **list = list_of(s, size);
  memcpy(block, list, sizeof *list);
  *list = block;
}

void ax_slab_fini(ax_slab *s, const ax_allocator *from) {
  while (s->pieces != NULL) {
    ax_slab_piece *next = s->pieces->next;
    from->resize(from->ctx, s->pieces, piece_size(s->pieces->power), 0);
    s->pieces = next;
  }
  memset(s, 0, sizeof *s);
}
