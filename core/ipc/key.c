/* key - what has a number, perhaps a key, and stays until it is removed */
#include "ipc/key.h"

#include <stdlib.h>

#include "base/assert.h"

typedef struct space {
  ax_annex annex;
  ax_table ids; /* number -> ax_keyed.object */
  ax_hash keys; /* those that have a key */
} space;

static space *space_of(ax_annex *a) {
  return a == NULL ? NULL : ax_container(a, space, annex);
}

static space *find_space(const ax_kernel *k, const ax_keykind *kind) {
  return space_of(ax__annex_find(k, kind));
}

static ax_keyed *keyed_of(ax_object *o) {
  return o == NULL ? NULL : ax_container(o, ax_keyed, object);
}

/* ----------------------------------------------------------- new, free */

static void free_space(ax_kernel *k, space *s) {
  k->lastid = s->ids.last;
  ax_hash_fini(&s->keys, &k->mem);
  ax_table_fini(&s->ids, &k->mem);
  ax__free(&k->mem, s, sizeof *s);
}

/* The kernel ends: handles of the host find everything removed. */
static void end_space(ax_kernel *k, ax_annex *a) {
  space *s = space_of(a);
  ax_object *o;
  for (size_t at = 0; (o = ax_table_each(&s->ids, &at)) != NULL;) {
    ax_table_remove(&s->ids, keyed_of(o)->id);
    keyed_of(o)->id = 0;
    ax_unref(o);
  }
  free_space(k, s);
}

/* Numbers go on from where those of the last namespace ended, so that they
** do not come back soon. */
static space *make_space(ax_kernel *k, const ax_keykind *kind) {
  space *s = find_space(k, kind);
  if (s != NULL) return s;
  s = ax__alloc_zero(&k->mem, sizeof *s);
  if (s == NULL) return NULL;
  s->annex.tag = kind;
  s->annex.free = end_space;
  s->ids.last = k->lastid;
  ax_hash_init(&s->keys);
  ax__annex_add(k, &s->annex);
  return s;
}

/* Nothing is kept for nothing. */
static void drop_space(ax_kernel *k, space *s) {
  if (s->ids.count > 0) return;
  ax__annex_remove(k, &s->annex);
  free_space(k, s);
}

/* ------------------------------------------------------------------- get */

/* The flags ask for the same in each of their three groups of bits. */
static uint32_t key_wanted(int flags) {
  uint32_t bits = (uint32_t)flags;
  return (bits | bits >> 3 | bits >> 6) & 7;
}

int ax__keyed_get(const ax_proc *p, const ax_keykind *kind, int32_t key,
                  int flags, ax_keyed **out) {
  *out = NULL;
  if (key == AX_IPC_PRIVATE) return AX_OK;
  const space *s = find_space(p->end.kernel, kind);
  ax_hash_node *node = s == NULL ? NULL : ax_hash_find(&s->keys, key);
  if (node == NULL) return flags & AX_IPC_CREAT ? AX_OK : AX_ENOENT;
  if (flags & AX_IPC_CREAT && flags & AX_IPC_EXCL) return AX_EEXIST;
  ax_keyed *o = ax_container(node, ax_keyed, node);
  if (!ax__perm_permits(p, &o->perm, key_wanted(flags))) return AX_EACCES;
  *out = o;
  return AX_OK;
}

static void own(ax_keyed *o, const ax_proc *p, int32_t key, int flags) {
  o->perm.key = key;
  o->perm.uid = o->perm.cuid = ax_proc_uid(p);
  o->perm.gid = o->perm.cgid = ax_proc_gid(p);
  o->perm.mode = (uint32_t)flags & 0777;
}

int ax__keyed_add(const ax_proc *p, const ax_keykind *kind, int32_t key,
                  int flags, ax_keyed *o) {
  ax_kernel *k = p->end.kernel;
  if (k->closed) return AX_EPIPE;
  space *s = make_space(k, kind);
  if (s == NULL) return AX_ENOMEM;
  if (s->ids.count >= kind->most) return AX_ENOSPC;
  int rc = ax_table_add(&s->ids, &k->mem, &o->object, &o->id);
  if (rc != AX_OK) {
    drop_space(k, s);
    return rc;
  }
  own(o, p, key, flags);
  if (key != AX_IPC_PRIVATE) ax_hash_add(&s->keys, &k->mem, &o->node, key);
  return AX_OK;
}

void ax__keyed_remove(const ax_keykind *kind, ax_keyed *o) {
  ax_kernel *k = o->object.kernel;
  space *s = find_space(k, kind);
  if (o->perm.key != AX_IPC_PRIVATE) ax_hash_remove(&s->keys, &o->node);
  ax_table_remove(&s->ids, o->id);
  o->id = 0;
  drop_space(k, s);
}

/* ---------------------------------------------------------------- getters */

ax_keyed *ax__keyed_find(const ax_kernel *k, const ax_keykind *kind, int id) {
  const space *s = find_space(k, kind);
  return s == NULL || id <= 0 ? NULL : keyed_of(ax_table_find(&s->ids, id));
}

static int by_number(const void *a, const void *b) {
  int m = *(const int *)a, n = *(const int *)b;
  return m < n ? -1 : m > n;
}

size_t ax__keyed_list(const ax_kernel *k, const ax_keykind *kind, int *ids,
                      size_t room) {
  const space *s = find_space(k, kind);
  size_t n = 0;
  ax_object *o;
  if (s == NULL) return 0;
  for (size_t at = 0; (o = ax_table_each(&s->ids, &at)) != NULL; n++)
    if (n < room) ids[n] = keyed_of(o)->id;
  if (room > 0) qsort(ids, n < room ? n : room, sizeof *ids, by_number);
  return n;
}
