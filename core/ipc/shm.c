/* shm - segments of shared memory: what is published, and who sees it */
#include "ipc/shm.h"

#include <stdio.h>

#include "ipc/region.h"

const ax_keykind ax__shm_kind = {AX_SHM_SEGMENTS};

enum { SHM_SPARE = 32 }; /* pages that a segment keeps to use again */

static const ax_object_ops shm_ops;

ax_shm *ax__shm_of(const ax_object *o) {
  ax_assert(o->ops == &shm_ops);
  return ax_container(o, ax_shm, keyed.object);
}

static ax_mem *shm_mem(const ax_shm *s) { return &ax__shm_kernel(s)->mem; }

/* -------------------------------------------------------------- versions */

static ax_view *view_of(ax_list *link) {
  return ax_container(link, ax_view, link);
}

/* The next older view, or one of the same version; NULL: there is none. */
static ax_view *view_before(const ax_shm *s, const ax_view *v) {
  return v->link.prev == &s->views ? NULL : view_of(v->link.prev);
}

/* An old page that nobody sees any more. */
static void forget(ax_shm *s, ax_page *p) {
  p->newer->older = p->older;
  if (p->older != NULL) p->older->newer = p->newer;
  ax__pool_put(&s->pool, p);
}

void ax__shm_publish(ax_shm *s, ax_page *p, size_t number, uint64_t version) {
  ax_page *head = ax__shm_head(s, number), *older = head;
  p->from = version;
  p->changed = false;
  if (head != NULL) {
    ax_hash_remove(&s->pages, &head->node);
    if (ax__shm_seen(s, head)) {
      ax_list_push(&view_of(s->views.prev)->old, &head->link);
    } else {
      older = head->older;
      ax__pool_put(&s->pool, head);
    }
  }
  p->older = older;
  if (older != NULL) older->newer = p;
  ax_hash_add(&s->pages, shm_mem(s), &p->node, (int64_t)number);
}

void ax__shm_enter(ax_shm *s, ax_view *v) {
  v->version = s->version;
  ax_list_push(&s->views, &v->link);
}

void ax__shm_leave(ax_shm *s, ax_view *v) {
  ax_view *before = view_before(s, v);
  ax_list_unlink(&v->link);
  if (before != NULL && before->version == v->version) {
    ax_list_move(&before->old, &v->old);
    return;
  }
  ax_list *l;
  while ((l = ax_list_pop(&v->old)) != NULL) {
    ax_page *p = ax_container(l, ax_page, link);
    if (before != NULL && before->version >= p->from)
      ax_list_push(&before->old, l);
    else
      forget(s, p);
  }
}

/* There is a version that the region does not show. */
static void tell_waiting(ax_region *r, uint64_t version) {
  while (!ax_list_empty(&r->waiting)) {
    ax_clause *c = ax_container(r->waiting.next, ax_clause, link);
    c->value = ax_integer((int64_t)version);
    ax__fire(c, AX_OK);
  }
}

void ax__shm_advance(ax_shm *s, uint64_t version) {
  ax_list all, *l;
  s->version = version;
  if (ax_list_empty(&s->watched)) return;
  ax_list_init(&all);
  ax_list_move(&all, &s->watched);
  while ((l = ax_list_pop(&all)) != NULL) {
    ax_region *r = ax_container(l, ax_region, watch);
    if (r->view.version < version) tell_waiting(r, version);
    if (!ax_list_empty(&r->waiting)) ax_list_push(&s->watched, l);
  }
}

/* ---------------------------------------------------------- life and death */

/* All pages go. */
static void free_pages(ax_shm *s) {
  for (size_t i = 0; i < (size_t)1 << s->pages.bits; i++)
    while (s->pages.buckets[i] != NULL) {
      ax_page *p = ax_container(s->pages.buckets[i], ax_page, node);
      ax_hash_remove(&s->pages, &p->node);
      ax__pool_put(&s->pool, p);
    }
  ax_hash_fini(&s->pages, shm_mem(s));
  ax__pool_trim(&s->pool, 0);
}

/* Once it is removed, and nobody has it attached, it is no more. */
static void settle_segment(ax_shm *s) {
  if (s->keyed.id != 0 || s->nattach > 0 || !s->counted) return;
  ax_kernel *k = ax__shm_kernel(s);
  s->counted = false;
  k->nsegments--;
  k->nshared -= s->size;
  free_pages(s);
}

void ax__shm_attached(ax_shm *s, ax_list *region) {
  const ax_kernel *k = ax__shm_kernel(s);
  ax_list_push(&s->regions, region);
  s->nattach++;
  s->lpid = k->running->pid;
  s->atime = ax_now(k);
}

void ax__shm_detached(ax_shm *s, ax_list *region) {
  const ax_kernel *k = ax__shm_kernel(s);
  ax_list_unlink(region);
  s->nattach--;
  if (!k->closed) { /* else it has neither processes nor a clock */
    s->lpid = k->running->pid;
    s->dtime = ax_now(k);
  }
  settle_segment(s);
}

int ax_shm_remove(ax_object *segment) {
  ax_shm *s = ax__shm_of(segment);
  if (s->keyed.id == 0) return AX_EIDRM;
  if (!ax__perm_owned(segment->kernel->running, &s->keyed.perm))
    return AX_EPERM;
  ax__keyed_remove(&ax__shm_kind, &s->keyed);
  settle_segment(s);
  ax_unref(segment);
  return AX_OK;
}

/* Regions have references, so it has none. */
static void shm_free(ax_object *o) {
  ax_shm *s = ax__shm_of(o);
  ax_kernel *k = o->kernel;
  settle_segment(s);
  ax__words_free(s);
  ax__free(&k->mem, s, sizeof *s);
  ax_object_fini(k);
}

static int shm_describe(const ax_object *o, char *buffer, size_t size) {
  const ax_shm *s = ax__shm_of(o);
  if (s->keyed.id == 0) return snprintf(buffer, size, "removed");
  return snprintf(buffer, size, "#%d (%zu bytes, version %llu)", s->keyed.id,
                  s->size, (unsigned long long)s->version);
}

static const ax_object_ops shm_ops = {
    .kind = "segment",
    .doing = "segment",
    .free = shm_free,
    .describe = shm_describe,
};

/* ------------------------------------------------------------------- new */

/* May there be another one? */
static int admit_segment(const ax_kernel *k, size_t size) {
  if (size == 0 || size > AX_SHM_MAX) return AX_EINVAL;
  if (size > AX_SHM_ALL - k->nshared) return AX_ENOSPC;
  const ax_quota *q = &k->quota;
  if (q->segments > 0 && k->nsegments >= q->segments) return AX_EDQUOT;
  if (q->shared == 0) return AX_OK;
  bool fits = k->nshared <= q->shared && size <= q->shared - k->nshared;
  return fits ? AX_OK : AX_EDQUOT;
}

static void init_segment(ax_kernel *k, ax_shm *s, size_t size) {
  size_t npages = (size - 1) / AX_SHM_PAGE + 1;
  ax_object_init(k, &s->keyed.object, &shm_ops);
  s->size = size;
  ax_hash_init(&s->pages);
  s->pool.mem = &k->mem;
  s->pool.keep = npages < SHM_SPARE ? npages : SHM_SPARE;
  ax_list_init(&s->views);
  ax_list_init(&s->regions);
  ax_list_init(&s->watched);
  s->cpid = k->running->pid;
  s->ctime = ax_now(k);
  s->counted = true;
  k->nsegments++;
  k->nshared += size;
}

static int make_segment(ax_kernel *k, int32_t key, size_t size, int flags,
                        ax_keyed **out) {
  int rc = admit_segment(k, size);
  if (rc != AX_OK) return rc;
  ax_shm *s = ax__alloc_zero(&k->mem, sizeof *s);
  if (s == NULL) return AX_ENOMEM;
  rc = ax__keyed_add(k->running, &ax__shm_kind, key, flags, &s->keyed);
  if (rc != AX_OK) {
    ax__free(&k->mem, s, sizeof *s);
    return rc;
  }
  init_segment(k, s, size);
  *out = &s->keyed;
  return AX_OK;
}

int ax_shm_get(ax_kernel *k, int32_t key, size_t size, int flags,
               ax_object **segment) {
  ax_keyed *found;
  int rc = ax__keyed_get(k->running, &ax__shm_kind, key, flags, &found);
  if (rc != AX_OK) return rc;
  if (found == NULL)
    rc = make_segment(k, key, size, flags, &found);
  else if (size > ax_container(found, ax_shm, keyed)->size)
    rc = AX_EINVAL;
  if (rc != AX_OK) return rc;
  *segment = ax_ref(&found->object);
  return AX_OK;
}
