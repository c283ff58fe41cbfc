/* shmctl - segments: finding, looking, changing */
#include "ipc/region.h"

ax_object *ax_shm_find(const ax_kernel *k, int id) {
  ax_keyed *o = ax__keyed_find(k, &ax__shm_kind, id);
  return o == NULL ? NULL : &o->object;
}

size_t ax_shm_list(const ax_kernel *k, int *ids, size_t room) {
  return ax__keyed_list(k, &ax__shm_kind, ids, room);
}

int ax_shm_id(const ax_object *segment) {
  return ax__shm_of(segment)->keyed.id;
}

size_t ax_shm_size(const ax_object *segment) {
  return ax__shm_of(segment)->size;
}

uint64_t ax_shm_version(const ax_object *segment) {
  return ax__shm_of(segment)->version;
}

int ax_shm_stat_get(const ax_object *segment, ax_shm_stat *out) {
  const ax_shm *s = ax__shm_of(segment);
  const ax_proc *p = segment->kernel->running;
  if (s->keyed.id == 0) return AX_EIDRM;
  if (!ax__perm_permits(p, &s->keyed.perm, AX_MAY_READ)) return AX_EACCES;
  out->perm = s->keyed.perm;
  out->id = s->keyed.id;
  out->size = s->size;
  out->version = s->version;
  out->npages = s->pages.count;
  out->nattach = s->nattach;
  out->cpid = s->cpid;
  out->lpid = s->lpid;
  out->atime = s->atime;
  out->dtime = s->dtime;
  out->ctime = s->ctime;
  return AX_OK;
}

int ax_shm_set(ax_object *segment, const ax_shm_change *to) {
  ax_shm *s = ax__shm_of(segment);
  if (s->keyed.id == 0) return AX_EIDRM;
  if (!ax__perm_owned(segment->kernel->running, &s->keyed.perm))
    return AX_EPERM;
  if (to->uid != UINT32_MAX) s->keyed.perm.uid = to->uid;
  if (to->gid != UINT32_MAX) s->keyed.perm.gid = to->gid;
  if (to->mode != UINT32_MAX) s->keyed.perm.mode = to->mode & 0777;
  s->ctime = ax_now(segment->kernel);
  return AX_OK;
}

/* ------------------------------------------- all regions of the process */

/* The next region that the running process holds by a number; NULL: there
** is none after that. */
static ax_region *next_held(const ax_shm *s, const ax_region *after) {
  const ax_proc *p = ax__shm_kernel(s)->running;
  ax_list *l = after == NULL ? s->regions.next : after->link.next;
  for (; l != &s->regions; l = l->next) {
    ax_region *r = ax_container(l, ax_region, link);
    if (r->id != 0 && r->hold.holder == p) return r;
  }
  return NULL;
}

int ax_shm_sync(ax_object *segment) {
  const ax_shm *s = ax__shm_of(segment);
  ax_region *r = NULL;
  int rc = AX_EINVAL;
  while ((r = next_held(s, r)) != NULL) {
    int one = r->writes ? ax_region_sync(&r->object, NULL) : AX_EACCES;
    if (one == AX_ENOMEM) return one;
    if (rc != AX_OK) rc = one;
  }
  return rc;
}

int ax_shm_refresh(ax_object *segment) {
  const ax_shm *s = ax__shm_of(segment);
  ax_region *r = NULL;
  int rc = AX_EINVAL;
  while ((r = next_held(s, r)) != NULL) {
    rc = ax_region_refresh(&r->object);
    if (rc != AX_OK) return rc;
  }
  return rc;
}
