/* shm - segments of shared memory: what is published, and who sees it
**
** Interface: public, axeberg.h; and for regions:
** - ax__shm_page: the page that a view of some version sees
** - ax__shm_publish: a page takes the place of the one before
** - ax__shm_enter, ax__shm_leave: a view begins or ends to see a version */
#ifndef AX_IPC_SHM_H
#define AX_IPC_SHM_H

#include "base/assert.h"
#include "ipc/key.h"
#include "ipc/page.h"

typedef struct ax_words ax_words;
typedef struct ax_view ax_view;

/* Versions.  Each sync that changes something makes a new version of the
** segment, and publishes the pages that changed.  A view sees one version,
** until it refreshes: of each page the newest one that is not newer than
** that.  So to refresh means to see another version, whatever the size.
**
** An old page is kept as long as a view sees it: it is in the list of the
** newest view that does.  When that view goes on to another version, it
** hands the page to the next older view if that sees it, and else the page
** goes to the pool.  So no page is kept that nobody sees, and what a refresh
** costs follows the pages that were changed since the last one. */
typedef struct ax_shm {
  ax_keyed keyed;
  size_t size;
  uint64_t version; /* the newest; at first 0 */
  ax_hash pages;    /* the newest page of each number; none: zeros */
  ax_pool pool;     /* pages to use again */
  ax_list views;    /* by the version that they see, the newest last */
  ax_list regions;  /* in the order in which they were attached */
  ax_list watched;  /* regions with which somebody may wait for a version */
  ax_words
      *words;     /* where to wait in direct mode; NULL: no such region yet */
  size_t nattach; /* regions */
  int cpid, lpid; /* who made it, who attached or detached last */
  uint64_t atime, dtime, ctime;
  bool counted; /* it is there, and the kernel's sums know */
} ax_shm;

/* Who sees a version; a part of a region that is not direct. */
struct ax_view {
  ax_list link; /* in the segment's views */
  ax_list old;  /* pages that are old, and that no newer view sees */
  uint64_t version;
};

extern const ax_keykind ax__shm_kind;

/* The segment, if o is one. */
ax_shm *ax__shm_of(const ax_object *o);

static inline ax_kernel *ax__shm_kernel(const ax_shm *s) {
  return s->keyed.object.kernel;
}

/* The newest page of that number; NULL: zeros. */
static inline ax_page *ax__shm_head(const ax_shm *s, size_t number) {
  ax_hash_node *node = ax_hash_find(&s->pages, (int64_t)number);
  return node == NULL ? NULL : ax_container(node, ax_page, node);
}

/* The one that a view of that version sees. */
static inline ax_page *ax__shm_page(const ax_shm *s, size_t number,
                                    uint64_t version) {
  ax_page *p = ax__shm_head(s, number);
  while (p != NULL && p->from > version) p = p->older;
  return p;
}

/* Does any view see the newest page p? */
static inline bool ax__shm_seen(const ax_shm *s, const ax_page *p) {
  const ax_list *last = s->views.prev;
  if (last == &s->views) return false;
  return ax_container(last, ax_view, link)->version >= p->from;
}

/* p, which has its number and is in no list, is the newest from now on, of
** that version. */
void ax__shm_publish(ax_shm *s, ax_page *p, size_t number, uint64_t version);

/* There is a new version: who waits for one hears of it. */
void ax__shm_advance(ax_shm *s, uint64_t version);

/* The view sees the newest version from now on. */
void ax__shm_enter(ax_shm *s, ax_view *v);

/* It sees nothing any more. */
void ax__shm_leave(ax_shm *s, ax_view *v);

/* A region was attached, or detached, by the running process. */
void ax__shm_attached(ax_shm *s, ax_list *region);
void ax__shm_detached(ax_shm *s, ax_list *region);

/* Fills the segment's words in, once.  AX_ENOMEM. */
int ax__words_init(ax_shm *s);
void ax__words_free(ax_shm *s);

#endif
