/* sync - what a view has changed becomes everybody's, and the reverse
**
** What a view has changed is what differs from what it saw when it began to
** change it: its twin.  If nobody else has published the page since, the
** view's page takes its place; else the bytes that differ are put into a
** copy of the newest one.  Nothing is compared but pages that the view has
** written. */
#include <string.h>

#include "ipc/region.h"

/* What the changed page p of a view was before. */
static const uint8_t *twin_bytes(const ax_region *r, const ax_page *p) {
  if (p->twin != NULL) return p->twin->bytes;
  return ax__page_bytes(
      ax__shm_page(r->shm, (size_t)p->node.key, r->view.version));
}

/* Is that still what everybody else sees? */
static bool twin_is_head(const ax_region *r, const ax_page *p,
                         const ax_page *head) {
  uint64_t from = head == NULL ? 0 : head->from;
  if (p->twin != NULL) return p->twin->from != 0 && p->twin->from == from;
  return from <= r->view.version;
}

static ax_page *page_at(ax_list *link) {
  return ax_container(link, ax_page, link);
}

/* ------------------------------------------------------------------ sync */

/* The page is what it was before: it is not changed. */
static void revert(ax_region *r, ax_page *p) {
  size_t number = (size_t)p->node.key;
  ax_page *twin = p->twin;
  ax__region_disown(r, p);
  ax__pool_put(&r->shm->pool, p);
  if (twin != NULL) ax__region_adopt(r, twin, number);
}

/* Reverts what was written, but not changed; how many pages are left that
** were. */
static size_t count_changed(ax_region *r) {
  size_t n = 0;
  ax_list *end = r->pages.prev, *next = r->pages.next;
  for (bool more = !ax_list_empty(&r->pages); more;) {
    ax_page *p = page_at(next);
    more = next != end;
    next = next->next;
    if (!p->changed) continue;
    if (memcmp(p->bytes, twin_bytes(r, p), AX_SHM_PAGE) == 0)
      revert(r, p);
    else
      n++;
  }
  return n;
}

/* The view sees the newest version: its pages take the place of those. */
static void publish_all(ax_region *r) {
  ax_shm *s = r->shm;
  ax__shm_leave(s, &r->view);
  while (!ax_list_empty(&r->pages)) {
    ax_page *p = page_at(r->pages.next);
    size_t number = (size_t)p->node.key;
    ax__region_disown(r, p);
    ax__shm_publish(s, p, number, s->version + 1);
  }
  s->version++;
  ax__shm_enter(s, &r->view);
}

/* The changed page p is put into what others have published.  The view goes
** on seeing its own. */
static size_t publish_one(ax_region *r, ax_page *p) {
  ax_shm *s = r->shm;
  size_t number = (size_t)p->node.key, replaced = 0;
  ax_page *head = ax__shm_head(s, number), *now = ax__pool_take(&s->pool);
  bool same = twin_is_head(r, p, head);
  memcpy(now->bytes, same ? p->bytes : ax__page_bytes(head), AX_SHM_PAGE);
  if (!same)
    replaced = ax__page_merge(now->bytes, p->bytes, twin_bytes(r, p));
  if (p->twin != NULL) ax__pool_put(&s->pool, p->twin);
  p->twin = NULL;
  p->changed = false;
  p->from = same ? s->version + 1 : 0;
  ax__shm_publish(s, now, number, s->version + 1);
  return replaced;
}

static int publish_merged(ax_region *r, size_t n, size_t *replaced) {
  ax_shm *s = r->shm;
  int rc = ax__pool_reserve(&s->pool, n);
  if (rc != AX_OK) return rc;
  for (ax_list *l = r->pages.next; l != &r->pages; l = l->next)
    if (page_at(l)->changed) *replaced += publish_one(r, page_at(l));
  s->version++;
  return AX_OK;
}

int ax_region_sync(ax_object *region, size_t *replaced) {
  ax_region *r = ax__region_of(region);
  size_t unused;
  if (replaced == NULL) replaced = &unused;
  *replaced = 0;
  if (!r->writes) return AX_EACCES;
  if (r->direct) return AX_OK;
  size_t n = count_changed(r);
  if (n == 0) return AX_OK;
  if (r->view.version == r->shm->version) {
    publish_all(r);
  } else {
    int rc = publish_merged(r, n, replaced);
    if (rc != AX_OK) return rc;
  }
  ax__shm_advance(r->shm, r->shm->version);
  return AX_OK;
}

/* --------------------------------------------------------------- refresh */

/* A page of the view's own: what others have changed comes in under what it
** has changed itself. */
static void refresh_page(ax_region *r, ax_page *p) {
  ax_shm *s = r->shm;
  const ax_page *head = ax__shm_head(s, (size_t)p->node.key);
  if (!p->changed) {
    ax__region_disown(r, p);
    ax__pool_put(&s->pool, p);
    return;
  }
  if (!twin_is_head(r, p, head))
    ax__page_rebase(p->bytes, twin_bytes(r, p), ax__page_bytes(head));
  if (p->twin != NULL) ax__pool_put(&s->pool, p->twin);
  p->twin = NULL;
}

int ax_region_refresh(ax_object *region) {
  ax_region *r = ax__region_of(region);
  ax_shm *s = r->shm;
  if (r->view.version == s->version) return AX_OK;
  if (r->direct) {
    r->view.version = s->version;
    return AX_OK;
  }
  for (ax_list *l = r->pages.next, *next; l != &r->pages; l = next) {
    next = l->next;
    refresh_page(r, page_at(l));
  }
  ax__shm_leave(s, &r->view);
  ax__shm_enter(s, &r->view);
  return AX_OK;
}

/* -------------------------------------------------------------- versions */

uint64_t ax_region_version(const ax_object *region) {
  return ax__region_of(region)->view.version;
}

ax_object *ax_region_segment(const ax_object *region) {
  return &ax__region_of(region)->shm->keyed.object;
}

bool ax_region_writes(const ax_object *region) {
  return ax__region_of(region)->writes;
}

bool ax_region_direct(const ax_object *region) {
  return ax__region_of(region)->direct;
}
