/* region - a segment that is attached: a private view, or direct */
#include "ipc/region.h"

#include <stdio.h>
#include <string.h>

static const ax_object_ops region_ops;

ax_region *ax__region_test(const ax_object *o) {
  return o->ops == &region_ops ? ax_container(o, ax_region, object) : NULL;
}

ax_region *ax__region_of(const ax_object *o) {
  ax_assert(o->ops == &region_ops);
  return ax_container(o, ax_region, object);
}

int ax__region_check(const ax_region *r, size_t offset, size_t size,
                     bool writes) {
  if (writes && !r->writes) return AX_EACCES;
  size_t all = r->shm->size;
  return offset <= all && size <= all - offset ? AX_OK : AX_EFAULT;
}

/* ------------------------------------------------------------- own pages */

void ax__region_disown(ax_region *r, ax_page *p) {
  ax_hash_remove(&r->own, &p->node);
  ax_list_unlink(&p->link);
}

void ax__region_adopt(ax_region *r, ax_page *p, size_t number) {
  ax_hash_add(&r->own, &r->object.kernel->mem, &p->node, (int64_t)number);
  ax_list_push(&r->pages, &p->link);
}

static void drop_own(ax_region *r) {
  while (!ax_list_empty(&r->pages)) {
    ax_page *p = ax_container(r->pages.next, ax_page, link);
    ax__region_disown(r, p);
    if (p->twin != NULL) ax__pool_put(&r->shm->pool, p->twin);
    ax__pool_put(&r->shm->pool, p);
  }
  ax_hash_fini(&r->own, &r->object.kernel->mem);
}

/* --------------------------------------------------------------- writing */

/* Does it take a page to write there? */
static bool needs_page(const ax_region *r, size_t number) {
  const ax_page *p;
  if (r->direct) {
    p = ax__shm_head(r->shm, number);
    return p == NULL || ax__shm_seen(r->shm, p);
  }
  p = ax__region_own(r, number);
  return p == NULL || !p->changed;
}

int ax__region_reserve(ax_region *r, size_t offset, size_t size) {
  if (size == 0) return AX_OK;
  size_t need = 0, last = (offset + size - 1) / AX_SHM_PAGE;
  for (size_t n = offset / AX_SHM_PAGE; n <= last; n++)
    need += needs_page(r, n);
  return ax__pool_reserve(&r->shm->pool, need);
}

/* A new page, with the bytes of what is there if they matter. */
static ax_page *copy_page(ax_region *r, size_t number, bool blank) {
  ax_page *p = ax__pool_take(&r->shm->pool);
  if (!blank) memcpy(p->bytes, ax__region_bytes(r, number), AX_SHM_PAGE);
  return p;
}

/* The published page, which no view may see that is not to see the change. */
static ax_page *open_direct(ax_region *r, size_t number, bool blank) {
  ax_shm *s = r->shm;
  ax_page *p = ax__shm_head(s, number);
  if (p != NULL && !ax__shm_seen(s, p)) {
    p->from = s->version + 1;
    return p;
  }
  p = copy_page(r, number, blank);
  ax__shm_publish(s, p, number, s->version + 1);
  return p;
}

/* The view's own page, which remembers what it was. */
static ax_page *open_own(ax_region *r, size_t number, bool blank) {
  ax_page *own = ax__region_own(r, number);
  if (own != NULL && own->changed) return own;
  ax_page *p = copy_page(r, number, blank);
  if (own != NULL) ax__region_disown(r, own);
  p->twin = own;
  p->changed = true;
  ax__region_adopt(r, p, number);
  return p;
}

uint8_t *ax__region_open(ax_region *r, size_t offset, size_t *size,
                         bool replaces) {
  size_t number = offset / AX_SHM_PAGE, at = offset % AX_SHM_PAGE;
  if (*size > AX_SHM_PAGE - at) *size = AX_SHM_PAGE - at;
  bool blank = replaces && *size == AX_SHM_PAGE;
  ax_page *p =
      r->direct ? open_direct(r, number, blank) : open_own(r, number, blank);
  return p->bytes + at;
}

void ax__region_close(ax_region *r) {
  ax_shm *s = r->shm;
  if (!r->direct) return;
  if (r->view.version == s->version) r->view.version++;
  ax__shm_advance(s, s->version + 1);
}

/* The bytes, if they are in one page that the view has changed already. */
static uint8_t *changed_bytes(const ax_region *r, size_t offset,
                              size_t size) {
  size_t at = offset % AX_SHM_PAGE;
  if (size > AX_SHM_PAGE - at) return NULL;
  ax_page *own = ax__region_own(r, offset / AX_SHM_PAGE);
  return own != NULL && own->changed ? own->bytes + at : NULL;
}

int ax_region_write(ax_object *region, size_t offset, const void *data,
                    size_t size) {
  ax_region *r = ax__region_of(region);
  int rc = ax__region_check(r, offset, size, true);
  if (rc != AX_OK || size == 0) return rc;
  uint8_t *bytes = changed_bytes(r, offset, size);
  if (bytes != NULL) { /* as most small writes are */
    memcpy(bytes, data, size);
    return AX_OK;
  }
  rc = ax__region_reserve(r, offset, size);
  if (rc != AX_OK) return rc;
  for (const char *from = data; size > 0;) {
    size_t n = size;
    bytes = ax__region_open(r, offset, &n, true);
    memcpy(bytes, from, n);
    from += n;
    offset += n;
    size -= n;
  }
  ax__region_close(r);
  return AX_OK;
}

int ax_region_pointer(ax_object *region, size_t offset, size_t *size,
                      void **pointer) {
  ax_region *r = ax__region_of(region);
  int rc = ax__region_check(r, offset, 1, true);
  if (rc != AX_OK) return rc;
  rc = ax__region_reserve(r, offset, 1);
  if (rc != AX_OK) return rc;
  size_t left = r->shm->size - offset;
  if (*size > left) *size = left;
  *pointer = ax__region_open(r, offset, size, false);
  ax__region_close(r);
  return AX_OK;
}

/* --------------------------------------------------------------- reading */

int ax_region_read(const ax_object *region, size_t offset, void *out,
                   size_t size) {
  const ax_region *r = ax__region_of(region);
  int rc = ax__region_check(r, offset, size, false);
  if (rc != AX_OK) return rc;
  for (char *to = out; size > 0;) {
    size_t at = offset % AX_SHM_PAGE, n = AX_SHM_PAGE - at;
    if (n > size) n = size;
    memcpy(to, ax__region_bytes(r, offset / AX_SHM_PAGE) + at, n);
    to += n;
    offset += n;
    size -= n;
  }
  return AX_OK;
}

int ax_region_peek(const ax_object *region, size_t offset, size_t *size,
                   const void **pointer) {
  const ax_region *r = ax__region_of(region);
  int rc = ax__region_check(r, offset, 1, false);
  if (rc != AX_OK) return rc;
  size_t at = offset % AX_SHM_PAGE, left = r->shm->size - offset;
  if (left > AX_SHM_PAGE - at) left = AX_SHM_PAGE - at;
  if (*size > left) *size = left;
  *pointer = ax__region_bytes(r, offset / AX_SHM_PAGE) + at;
  return AX_OK;
}

/* ---------------------------------------------------- waiting for a sync */

static int region_attempt(ax_object *o, ax_clause *c) {
  const ax_region *r = ax__region_of(o);
  if (r->view.version == r->shm->version) return AX_EAGAIN;
  c->value = ax_integer((int64_t)r->shm->version);
  return AX_OK;
}

static ax_list *region_queue(ax_object *o) {
  ax_region *r = ax__region_of(o);
  if (ax_list_empty(&r->watch)) ax_list_push(&r->shm->watched, &r->watch);
  return &r->waiting;
}

static ax_object *region_peer(ax_object *o) {
  return &ax__region_of(o)->shm->keyed.object;
}

static int region_describe(const ax_object *o, char *buffer, size_t size) {
  const ax_region *r = ax__region_of(o);
  return snprintf(buffer, size, "#%d (%zu bytes, %s%s, version %llu/%llu)",
                  r->shm->keyed.id, r->shm->size, r->writes ? "rw" : "r",
                  r->direct ? ", direct" : "",
                  (unsigned long long)r->view.version,
                  (unsigned long long)r->shm->version);
}

/* -------------------------------------------------------- attach, detach */

static void region_free(ax_object *o) {
  ax_region *r = ax__region_of(o);
  ax_shm *s = r->shm;
  ax_kernel *k = o->kernel;
  ax__fire_all(&r->waiting, AX_EPIPE);
  ax_list_unlink(&r->watch);
  drop_own(r);
  if (!r->direct) ax__shm_leave(s, &r->view);
  ax__region_unname(r);
  ax__shm_detached(s, &r->link);
  ax_unref(&s->keyed.object);
  ax__free(&k->mem, r, sizeof *r);
  ax_object_fini(k);
}

static const ax_object_ops region_ops = {
    .kind = "region",
    .doing = "wait for a sync of region",
    .free = region_free,
    .attempt = region_attempt,
    .queue = region_queue,
    .peer = region_peer,
    .describe = region_describe,
};

static ax_region *make_region(ax_shm *s, int flags) {
  ax_kernel *k = ax__shm_kernel(s);
  ax_region *r = ax__alloc_zero(&k->mem, sizeof *r);
  if (r == NULL) return NULL;
  ax_object_init(k, &r->object, &region_ops);
  r->shm = s;
  r->writes = (flags & AX_SHM_RDONLY) == 0;
  r->direct = (flags & AX_SHM_DIRECT) != 0;
  r->view.version = s->version;
  ax_list_init(&r->view.link);
  ax_list_init(&r->view.old);
  ax_hash_init(&r->own);
  ax_list_init(&r->pages);
  ax_list_init(&r->waiting);
  ax_list_init(&r->watch);
  ax_list_init(&r->link);
  return r;
}

int ax_shm_attach(ax_object *segment, int flags, ax_object **region) {
  ax_shm *s = ax__shm_of(segment);
  const ax_proc *p = segment->kernel->running;
  uint32_t want = AX_MAY_READ | (flags & AX_SHM_RDONLY ? 0 : AX_MAY_WRITE);
  if (s->keyed.id == 0) return AX_EIDRM;
  if (!ax__perm_permits(p, &s->keyed.perm, want)) return AX_EACCES;
  if (flags & AX_SHM_DIRECT && ax__words_init(s) != AX_OK) return AX_ENOMEM;
  ax_region *r = make_region(s, flags);
  if (r == NULL) return AX_ENOMEM;
  ax_ref(segment);
  ax__shm_attached(s, &r->link);
  if (!r->direct) ax__shm_enter(s, &r->view);
  *region = &r->object;
  return AX_OK;
}
