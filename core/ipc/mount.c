/* mount - the file tree of a kernel, and what is mounted in it */
#include "ipc/mount.h"

#include <string.h>

#include "base/assert.h"
#include "base/list.h"
#include "ipc/device.h"
#include "ipc/path.h"
#include "ipc/procfs.h"
#include "kernel/kernel.h"

typedef struct filetree {
  ax_annex annex;
  ax_tree *tree;
  ax_list mounts; /* oldest first */
  uint64_t last;  /* number of a file system given out */
} filetree;

typedef struct mounting {
  ax_list link;
  ax_vnode *root;  /* of what is mounted; referred to */
  ax_vnode *where; /* the directory that it covers; referred to */
  ax_vnode *next;  /* that it is going to cover; referred to; NULL */
  char *source;
} mounting;

static const char filetree_tag;

static mounting *mounting_of(ax_list *l) {
  return ax_container(l, mounting, link);
}

/* ----------------------------------------------------------- new, free */

/* Something was mounted, and is not any more. */
static void mounting_end(ax_kernel *k, mounting *m) {
  ax_list_unlink(&m->link);
  m->where->cover = NULL;
  m->root->covers = NULL;
  ax_unref(&m->root->object);
  ax_unref(&m->where->object);
  ax__string_free(&k->mem, m->source);
  ax__free(&k->mem, m, sizeof *m);
}

static void filetree_end(ax_kernel *k, ax_annex *a) {
  filetree *t = ax_container(a, filetree, annex);
  while (!ax_list_empty(&t->mounts))
    mounting_end(k, mounting_of(t->mounts.prev));
  ax__tree_end(t->tree);
  ax__free(&k->mem, t, sizeof *t);
}

static int filetree_mkdir(filetree *t, const char *name, uint32_t mode) {
  ax_vnode *dir, *root = t->tree->root;
  ax_making how = {.mode = AX_S_IFDIR | mode, .target = ""};
  ax_name n = {name, strlen(name)};
  int rc = ax__vnode_ops(root)->make(root, n, &how, &dir);
  if (rc == AX_OK) ax_unref(&dir->object);
  return rc;
}

/* What is there from the beginning. */
static int filetree_fill(filetree *t) {
  int rc = filetree_mkdir(t, "tmp", 01777);
  if (rc == AX_OK) rc = filetree_mkdir(t, "dev", 0755);
  if (rc == AX_OK) rc = filetree_mkdir(t, "proc", 0555);
  return rc;
}

/* A file system that is there from the beginning. */
static int filetree_mount_one(ax_kernel *k, filetree *t, const char *path,
                              const char *source,
                              int (*make)(ax_kernel *k, uint64_t dev,
                                          ax_vnode **out)) {
  ax_vnode *root;
  int rc = make(k, ++t->last, &root);
  if (rc != AX_OK) return rc;
  rc = ax__fs_mount(k, root, path, source);
  ax_unref(&root->object);
  return rc;
}

static int filetree_mount(ax_kernel *k, filetree *t) {
  int rc = filetree_mount_one(k, t, "/dev", "devices", ax__device_root);
  if (rc != AX_OK) return rc;
  return filetree_mount_one(k, t, "/proc", "processes", ax__procfs_root);
}

static int filetree_new(ax_kernel *k, filetree **out) {
  filetree *t = ax__alloc_zero(&k->mem, sizeof *t);
  if (t == NULL) return AX_ENOMEM;
  t->annex.tag = &filetree_tag;
  t->annex.free = filetree_end;
  ax_list_init(&t->mounts);
  int rc = ax__tree_new(k, ++t->last, &t->tree);
  if (rc != AX_OK) {
    ax__free(&k->mem, t, sizeof *t);
    return rc;
  }
  rc = filetree_fill(t);
  if (rc != AX_OK) {
    filetree_end(k, &t->annex);
    return rc;
  }
  ax__annex_add(k, &t->annex);
  rc = filetree_mount(k, t);
  if (rc != AX_OK) {
    ax__annex_remove(k, &t->annex);
    filetree_end(k, &t->annex);
    return rc;
  }
  *out = t;
  return AX_OK;
}

static int filetree_get(ax_kernel *k, filetree **out) {
  ax_annex *a = ax__annex_find(k, &filetree_tag);
  if (a != NULL) {
    *out = ax_container(a, filetree, annex);
    return AX_OK;
  }
  return k->closed ? AX_EPIPE : filetree_new(k, out);
}

int ax__fs_tree(ax_kernel *k, ax_tree **out) {
  filetree *t;
  int rc = filetree_get(k, &t);
  if (rc == AX_OK) *out = t->tree;
  return rc;
}

int ax__fs_root(ax_kernel *k, ax_vnode **out) {
  ax_tree *t;
  int rc = ax__fs_tree(k, &t);
  if (rc == AX_OK) *out = t->root;
  return rc;
}

uint64_t ax__fs_number(ax_kernel *k) {
  filetree *t;
  return filetree_get(k, &t) == AX_OK ? ++t->last : 0;
}

/* ---------------------------------------------------------------- mounts */

static int mounting_new(ax_kernel *k, const char *source, mounting **out) {
  mounting *m = ax__alloc_zero(&k->mem, sizeof *m);
  if (m == NULL) return AX_ENOMEM;
  ax_list_init(&m->link);
  m->source = ax__string_copy(&k->mem, source);
  if (m->source == NULL) {
    ax__free(&k->mem, m, sizeof *m);
    return AX_ENOMEM;
  }
  *out = m;
  return AX_OK;
}

/* The root covers the directory; takes the reference to that over. */
static int mount_over(ax_kernel *k, filetree *t, ax_vnode *root,
                      ax_vnode *where, const char *source) {
  mounting *m;
  if (root->covers != NULL || where == t->tree->root) return AX_EBUSY;
  if (ax__vnode_kind(where) != AX_S_IFDIR) return AX_ENOTDIR;
  int rc = mounting_new(k, source, &m);
  if (rc != AX_OK) return rc;
  m->root = ax__vnode_of(ax_ref(&root->object));
  m->where = ax__vnode_of(ax_ref(&where->object));
  where->cover = root;
  root->covers = where;
  ax_list_push(&t->mounts, &m->link);
  return AX_OK;
}

int ax__fs_mount(ax_kernel *k, ax_vnode *root, const char *path,
                 const char *source) {
  filetree *t;
  ax_vnode *where;
  int rc = filetree_get(k, &t);
  if (rc == AX_OK) rc = ax__path_find(k, path, AX_PATH_FOLLOW, &where);
  if (rc != AX_OK) return rc;
  rc = mount_over(k, t, root, where, source);
  ax_unref(&where->object);
  return rc;
}

static bool mounted_within(filetree *t, uint64_t dev) {
  for (ax_list *l = t->mounts.next; l != &t->mounts; l = l->next)
    if (mounting_of(l)->where->dev == dev) return true;
  return false;
}

static mounting *mounting_find(filetree *t, const ax_vnode *root) {
  for (ax_list *l = t->mounts.next; l != &t->mounts; l = l->next)
    if (mounting_of(l)->root == root) return mounting_of(l);
  return NULL;
}

int ax__fs_unmount(ax_kernel *k, const char *path) {
  filetree *t;
  ax_vnode *root;
  int rc = filetree_get(k, &t);
  if (rc == AX_OK) rc = ax__path_find(k, path, AX_PATH_FOLLOW, &root);
  if (rc != AX_OK) return rc;
  mounting *m = mounting_find(t, root);
  if (m == NULL)
    rc = AX_EINVAL;
  else if (mounted_within(t, root->dev))
    rc = AX_EBUSY;
  else
    mounting_end(k, m);
  ax_unref(&root->object);
  return rc;
}

/* ---------------------------------------------------------------- moving */

/* How far below the directory; -1: it is not. */
static int mount_depth(const ax_vnode *from, ax_vnode *where) {
  int depth = 0;
  for (; where != NULL && where != from; depth++)
    where = ax__vnode_ops(where)->parent(where);
  return where == NULL ? -1 : depth;
}

/* One step down, to the entry of that name, which is made if need be; takes
** the reference to dir over and gives one. */
static int mount_step(ax_vnode **dir, const char *name) {
  ax_vnode *n;
  ax_name as = {name, strlen(name)};
  ax_making how = {.mode = AX_S_IFDIR | 0755, .target = ""};
  int rc = ax__vnode_ops(*dir)->lookup(*dir, as, &n);
  if (rc == AX_ENOENT) rc = ax__vnode_ops(*dir)->make(*dir, as, &how, &n);
  if (rc != AX_OK) return rc;
  if (ax__vnode_kind(n) != AX_S_IFDIR) {
    ax_unref(&n->object);
    return AX_EBUSY;
  }
  ax_unref(&(*dir)->object);
  *dir = n;
  return AX_OK;
}

/* The place below to that where has below from. */
static int mount_place(ax_vnode *where, int depth, ax_vnode *to,
                       ax_vnode **out) {
  char name[AX_NAME_MAX + 1];
  ax_ref(&to->object);
  while (depth-- > 0) {
    ax_vnode *above = where;
    for (int i = 0; i < depth; i++)
      above = ax__vnode_ops(above)->parent(above);
    int rc = ax__vnode_ops(above)->name(above, name);
    if (rc == AX_OK) rc = mount_step(&to, name);
    if (rc != AX_OK) {
      ax_unref(&to->object);
      return rc;
    }
  }
  *out = to;
  return AX_OK;
}

static int mounts_prepare(filetree *t, const ax_vnode *from, ax_vnode *to) {
  int rc = AX_OK;
  for (ax_list *l = t->mounts.next; l != &t->mounts && rc == AX_OK;
       l = l->next) {
    mounting *m = mounting_of(l);
    if (m->where->dev != from->dev) continue;
    int depth = mount_depth(from, m->where);
    if (depth > 0) rc = mount_place(m->where, depth, to, &m->next);
  }
  return rc;
}

static void mounting_move(mounting *m, bool really) {
  ax_vnode *old = really ? m->where : m->next;
  if (m->next == NULL) return;
  if (really) {
    m->where->cover = NULL;
    m->where = m->next;
    m->where->cover = m->root;
    m->root->covers = m->where;
  }
  m->next = NULL;
  ax_unref(&old->object);
}

int ax__fs_move_mounts(ax_kernel *k, ax_vnode *from, ax_vnode *to) {
  filetree *t;
  int rc = filetree_get(k, &t);
  if (rc != AX_OK) return rc;
  rc = mounts_prepare(t, from, to);
  for (ax_list *l = t->mounts.next; l != &t->mounts; l = l->next)
    mounting_move(mounting_of(l), rc == AX_OK);
  return rc;
}

/* ---------------------------------------------------------------- public */

int ax_fs_unmount(ax_kernel *k, const char *path) {
  if (ax_proc_uid(k->running) != 0) return AX_EPERM;
  return ax__fs_unmount(k, path);
}

int ax_fs_mounts(ax_kernel *k, size_t i, ax_mount *out) {
  filetree *t;
  size_t length;
  int rc = filetree_get(k, &t);
  if (rc != AX_OK) return rc;
  ax_list *l = t->mounts.next;
  while (i-- > 0 && l != &t->mounts) l = l->next;
  if (l == &t->mounts) return AX_ENOENT;
  const mounting *m = mounting_of(l);
  out->dev = m->root->dev;
  out->source = m->source;
  return ax__path_of(k, m->root, NULL, out->path, sizeof out->path, &length);
}
