/* page - the bytes of segments, 4096 at a time
**
** A page has one owner, and is in one of three places:
** - published: in the segment's hash, the newest of its number, or, if it is
**   an old one that some view still sees, behind the newer ones by older;
** - a view's own: in the view's hash, not published;
** - spare: in the pool of its segment.
** It moves between them; its bytes are copied only where a view begins to
** change what others see, and where the changes of two meet.
**
** Interface:
** - ax__pool_reserve, ax__pool_take, ax__pool_put: taking cannot fail after
**   a reserve, so whoever needs several pages gets all or none
** - ax__page_merge, ax__page_rebase: what two have changed, byte by byte */
#ifndef AX_IPC_PAGE_H
#define AX_IPC_PAGE_H

#include "base/hash.h"
#include "base/list.h"

enum { AX_PAGE_ALIGN = 16 };

typedef struct ax_page {
  ax_hash_node node;     /* by its number; its segment's, or its view's */
  ax_list link;          /* a view's own: all of them; an old one: in the list
                     ** of the newest view that sees it */
  struct ax_page *older; /* published: the one before; spare: the next */
  struct ax_page *newer; /* an old one: who took its place */
  struct ax_page *twin;  /* a view's own that is changed: what it was, if
                         ** that is the view's own, too; else NULL */
  uint64_t from;         /* published: the version it came with.  A view's
                         ** own and unchanged: published so by it, or 0 */
  bool changed;          /* a view's own: not published yet */
  _Alignas(AX_PAGE_ALIGN) uint8_t bytes[AX_SHM_PAGE];
} ax_page;

/* What a page that nobody has written looks like. */
extern const uint8_t ax__page_zeros[AX_SHM_PAGE];

static inline const uint8_t *ax__page_bytes(const ax_page *p) {
  return p == NULL ? ax__page_zeros : p->bytes;
}

typedef struct ax_pool {
  ax_mem *mem;
  ax_page *spare; /* a stack, by older */
  size_t count;   /* of spare pages */
  size_t keep;    /* how many of them are kept for the next time */
} ax_pool;

/* n pages can be taken.  AX_ENOMEM: not so many, and none is kept. */
int ax__pool_reserve(ax_pool *pool, size_t n);

/* A page that was reserved; its bytes are anything. */
ax_page *ax__pool_take(ax_pool *pool);

/* It is not needed any more. */
void ax__pool_put(ax_pool *pool, ax_page *p);

/* Frees the spare pages but the first few that are kept. */
void ax__pool_trim(ax_pool *pool, size_t keep);

/* Puts the bytes that differ between mine and twin into to.  How many of
** them replace what somebody else had changed to something else. */
size_t ax__page_merge(uint8_t *to, const uint8_t *mine, const uint8_t *twin);

/* Puts the bytes of now where mine is what twin is. */
void ax__page_rebase(uint8_t *mine, const uint8_t *twin, const uint8_t *now);

#endif
