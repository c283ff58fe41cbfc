/* tree - the file system in memory */
#include "ipc/tree.h"

#include <string.h>

#include "base/assert.h"
#include "ipc/content.h"
#include "kernel/kernel.h"

/* ----------------------------------------------------------- new, free */

static ax_mem *tree_mem(const ax_tree *t) { return &t->kernel->mem; }

/* The last inode is gone. */
static void tree_free(ax_tree *t) {
  ax_assert(t->bytes == 0);
  ax__free(tree_mem(t), t, sizeof *t);
}

int ax__tree_new(ax_kernel *k, uint64_t dev, ax_tree **out) {
  ax_inode *root;
  ax_making how = {.mode = AX_S_IFDIR | 0755, .target = ""};
  ax_tree *t = ax__alloc_zero(&k->mem, sizeof *t);
  if (t == NULL) return AX_ENOMEM;
  t->kernel = k;
  t->dev = dev;
  int rc = ax__folder_new(t, &how, &root);
  if (rc != AX_OK) {
    tree_free(t);
    return rc;
  }
  t->root = &root->vnode;
  *out = t;
  return AX_OK;
}

void ax__tree_end(ax_tree *t) {
  ax_vnode *root = t->root;
  ax__folder_clear(root);
  t->root = NULL;
  ax_unref(&root->object);
}

/* --------------------------------------------------------------- counting */

int ax__tree_charge(ax_tree *t, uint64_t bytes) {
  if (t->most > 0 && (t->bytes > t->most || bytes > t->most - t->bytes))
    return AX_ENOSPC;
  t->bytes += bytes;
  return AX_OK;
}

void ax__tree_refund(ax_tree *t, uint64_t bytes) {
  ax_assert(t->bytes >= bytes);
  t->bytes -= bytes;
}

/* -------------------------------------------------------------- its clock */

int64_t ax__tree_now(ax_tree *t) {
  uint64_t now = ax_now(t->kernel);
  if (now > t->kernel->time) t->kernel->time = now;
  return (int64_t)((uint64_t)t->kernel->epoch + t->kernel->time);
}

int64_t ax__tree_soon(ax_tree *t) {
  enum { LOOKS = 16 };
  if (t->nlooks++ % LOOKS == 0) return ax__tree_now(t);
  return (int64_t)((uint64_t)t->kernel->epoch + t->kernel->time);
}

/* ----------------------------------------------------------------- inodes */

static int inode_charge(ax_tree *t, size_t size) {
  if (t->most_files > 0 && t->files >= t->most_files) return AX_ENOSPC;
  return ax__tree_charge(t, size);
}

int ax__inode_new(ax_tree *t, const ax_vnode_ops *ops, size_t size,
                  const ax_making *how, ax_inode **out) {
  int rc = inode_charge(t, size);
  if (rc != AX_OK) return rc;
  ax_inode *i = ax__alloc_zero(tree_mem(t), size);
  if (i == NULL) {
    ax__tree_refund(t, size);
    return AX_ENOMEM;
  }
  ax_vnode_init(t->kernel, &i->vnode, ops, t->dev, how->mode);
  i->vnode.uid = how->uid;
  i->vnode.gid = how->gid;
  i->tree = t;
  i->ino = ++t->last;
  i->atime = i->mtime = i->ctime = ax__tree_now(t);
  t->files++;
  *out = i;
  return AX_OK;
}

void ax__inode_free(ax_inode *i, size_t size) {
  ax_tree *t = i->tree;
  ax__tree_refund(t, size);
  if (--t->files == 0) tree_free(t);
  ax_vnode_free(&i->vnode, size);
}

void ax__inode_modified(ax_inode *i) {
  i->mtime = i->ctime = ax__tree_now(i->tree);
}

void ax__inode_changed(ax_inode *i) { i->ctime = ax__tree_now(i->tree); }

int ax__inode_stat(ax_vnode *n, ax_stat *out) {
  const ax_inode *i = ax__inode_of(n);
  out->ino = i->ino;
  out->nlink = i->nlink;
  out->atime = i->atime;
  out->mtime = i->mtime;
  out->ctime = i->ctime;
  return AX_OK;
}

int ax__inode_set(ax_vnode *n, const ax_change *to) {
  ax_inode *i = ax__inode_of(n);
  if (to->what & AX_SET_SIZE) return AX_EINVAL;
  if (to->what & AX_SET_MODE)
    n->mode = (n->mode & AX_S_IFMT) | (to->mode & 07777);
  if (to->what & AX_SET_UID) n->uid = to->uid;
  if (to->what & AX_SET_GID) n->gid = to->gid;
  if (to->what & AX_SET_ATIME) i->atime = to->atime;
  if (to->what & AX_SET_MTIME) i->mtime = to->mtime;
  ax__inode_changed(i);
  return AX_OK;
}

int ax__inode_statfs(ax_vnode *n, ax_statfs *out) {
  const ax_tree *t = ax__inode_of(n)->tree;
  out->total = t->most;
  out->used = t->bytes;
  out->most = t->most_files;
  out->files = t->files;
  out->block = AX_CONTENT_PAGE;
  return AX_OK;
}

/* ---------------------------------------------------------- symbolic links */

typedef struct treelink {
  ax_inode inode;
  size_t length; /* of target */
  char target[];
} treelink;

static treelink *treelink_of(ax_vnode *n) { return (treelink *)(void *)n; }

static size_t treelink_size(size_t length) {
  return sizeof(treelink) + length;
}

static int treelink_stat(ax_vnode *n, ax_stat *out) {
  out->size = (int64_t)treelink_of(n)->length;
  return ax__inode_stat(n, out);
}

static int treelink_readlink(ax_vnode *n, char *buffer, size_t size,
                             size_t *length) {
  treelink *s = treelink_of(n);
  *length = s->length;
  if (size > 0)
    memcpy(buffer, s->target, size < s->length ? size : s->length);
  s->inode.atime = ax__tree_soon(s->inode.tree);
  return AX_OK;
}

static void treelink_free(ax_object *o) {
  treelink *s = treelink_of(ax__vnode_of(o));
  ax__inode_free(&s->inode, treelink_size(s->length));
}

static const ax_vnode_ops treelink_ops = {
    .object = {.kind = "symbolic link", .free = treelink_free},
    .stat = treelink_stat,
    .set = ax__inode_set,
    .readlink = treelink_readlink,
    .statfs = ax__inode_statfs,
};

int ax__symlink_new(ax_tree *t, const ax_making *how, ax_inode **out) {
  size_t length = strlen(how->target);
  int rc = ax__inode_new(t, &treelink_ops, treelink_size(length), how, out);
  if (rc != AX_OK) return rc;
  treelink *s = treelink_of(&(*out)->vnode);
  s->length = length;
  memcpy(s->target, how->target, length);
  return AX_OK;
}
