/* folder - directories in memory */
#include "ipc/entries.h"

#include <string.h>

#include "base/assert.h"

typedef struct folder {
  ax_inode inode; /* nlink: 2, and one for each directory in it */
  ax_entries entries;
  struct folder *parent; /* NULL: the root; referred to once it is removed */
  ax_dirent *self;       /* in the parent; NULL: removed, or the root */
} folder;

static folder *folder_of(ax_vnode *n) { return (folder *)(void *)n; }

static folder *folder_in(ax_inode *i) {
  return ax__vnode_kind(&i->vnode) == AX_S_IFDIR ? folder_of(&i->vnode)
                                                 : NULL;
}

static bool folder_removed(const folder *f) { return f->inode.nlink == 0; }

static bool folder_empty(const folder *f) {
  return f->entries.names.count == 0;
}

/* ------------------------------------------------------ names and inodes */

/* The entry has the inode from now on. */
static void folder_put(folder *f, ax_dirent *d, ax_inode *i) {
  folder *child = folder_in(i);
  ax_ref(&i->vnode.object);
  d->inode = i;
  if (child == NULL) {
    i->nlink++;
    return;
  }
  child->parent = f;
  child->self = d;
  f->inode.nlink++;
}

/* A directory that has another entry by now was moved. */
static void folder_take(folder *f, ax_dirent *d) {
  ax_inode *i = d->inode;
  folder *child = folder_in(i);
  d->inode = NULL;
  if (child == NULL) {
    i->nlink--;
  } else {
    f->inode.nlink--;
    if (child->self == d) {
      child->self = NULL;
      i->nlink = 0;
      ax_ref(&f->inode.vnode.object);
    }
  }
  ax__inode_changed(i);
  ax_unref(&i->vnode.object);
}

/* A new name for an inode. */
static int folder_enter(folder *f, ax_name name, ax_inode *i) {
  ax_dirent *d;
  if (folder_removed(f)) return AX_ENOENT;
  if (ax__entry_find(&f->entries, name) != NULL) return AX_EEXIST;
  int rc = ax__entry_new(&f->entries, name, &d);
  if (rc != AX_OK) return rc;
  ax__entry_add(&f->entries, d);
  folder_put(f, d, i);
  ax__inode_modified(&f->inode);
  return AX_OK;
}

static void folder_drop(folder *f, ax_dirent *d) {
  folder_take(f, d);
  ax__entry_remove(&f->entries, d);
  ax__inode_modified(&f->inode);
}

/* ---------------------------------------------------------------- looking */

static int folder_stat(ax_vnode *n, ax_stat *out) {
  out->size = (int64_t)folder_of(n)->entries.names.count;
  return ax__inode_stat(n, out);
}

static int folder_lookup(ax_vnode *n, ax_name name, ax_vnode **out) {
  const ax_dirent *d = ax__entry_find(&folder_of(n)->entries, name);
  if (d == NULL) return AX_ENOENT;
  *out = ax__vnode_of(ax_ref(&d->inode->vnode.object));
  return AX_OK;
}

static ax_vnode *folder_parent(ax_vnode *n) {
  folder *parent = folder_of(n)->parent;
  return parent == NULL ? NULL : &parent->inode.vnode;
}

static void entry_name(const ax_dirent *d, char name[AX_NAME_MAX + 1]) {
  memcpy(name, d->name, d->length);
  name[d->length] = '\0';
}

static int folder_name(ax_vnode *n, char name[AX_NAME_MAX + 1]) {
  const ax_dirent *self = folder_of(n)->self;
  if (self == NULL) return AX_ENOENT;
  entry_name(self, name);
  return AX_OK;
}

static int folder_entry(ax_vnode *n, uint64_t *at, ax_entry *out) {
  folder *f = folder_of(n);
  const ax_dirent *d = ax__entry_after(&f->entries, *at);
  f->inode.atime = ax__tree_soon(f->inode.tree);
  if (d == NULL) return AX_ENOENT;
  *at = d->serial;
  out->ino = d->inode->ino;
  out->mode = ax__vnode_kind(&d->inode->vnode);
  entry_name(d, out->name);
  return AX_OK;
}

/* --------------------------------------------------------------- changing */

static int inode_make(ax_tree *t, const ax_making *how, ax_inode **out) {
  switch (how->mode & AX_S_IFMT) {
    case AX_S_IFREG: return ax__regular_new(t, how, out);
    case AX_S_IFDIR: return ax__folder_new(t, how, out);
    case AX_S_IFLNK: return ax__symlink_new(t, how, out);
    case AX_S_IFIFO: return ax__fifo_new(t, how, out);
    default: return AX_EINVAL;
  }
}

static int folder_make(ax_vnode *n, ax_name name, const ax_making *how,
                       ax_vnode **out) {
  ax_inode *i;
  folder *f = folder_of(n);
  if (folder_removed(f)) return AX_ENOENT;
  int rc = inode_make(f->inode.tree, how, &i);
  if (rc != AX_OK) return rc;
  rc = folder_enter(f, name, i);
  if (rc == AX_OK)
    *out = &i->vnode;
  else
    ax_unref(&i->vnode.object);
  return rc;
}

static int folder_link(ax_vnode *n, ax_name name, ax_vnode *what) {
  ax_inode *i = ax__inode_of(what);
  if (i->nlink == 0) return AX_ENOENT;
  if (i->nlink >= AX_LINK_MAX) return AX_EMLINK;
  int rc = folder_enter(folder_of(n), name, i);
  if (rc == AX_OK) ax__inode_changed(i);
  return rc;
}

static bool holds_names(ax_vnode *n) {
  folder *f = folder_in(ax__inode_of(n));
  return f != NULL && !folder_empty(f);
}

static int folder_remove(ax_vnode *n, ax_name name, ax_vnode *what) {
  folder *f = folder_of(n);
  ax_dirent *d = ax__entry_find(&f->entries, name);
  ax_assert(d != NULL && &d->inode->vnode == what);
  if (holds_names(what)) return AX_ENOTEMPTY;
  folder_drop(f, d);
  return AX_OK;
}

/* Is it n, or below it? */
static bool folder_below(const folder *f, const ax_vnode *n) {
  while (f != NULL && &f->inode.vnode != n) f = f->parent;
  return f != NULL;
}

/* The name has another inode from now on. */
static void folder_replace(folder *f, ax_name name, ax_inode *i) {
  ax_dirent *d = ax__entry_find(&f->entries, name);
  folder_take(f, d);
  folder_put(f, d, i);
  ax__inode_modified(&f->inode);
}

static int folder_rename(ax_vnode *dir, ax_name name, ax_vnode *n,
                         ax_vnode *dest, ax_name new_name, ax_vnode *target) {
  folder *from = folder_of(dir), *to = folder_of(dest);
  if (folder_removed(to)) return AX_ENOENT;
  if (folder_below(to, n)) return AX_EINVAL;
  if (target != NULL && holds_names(target)) return AX_ENOTEMPTY;
  int rc = AX_OK;
  if (target == NULL)
    rc = folder_enter(to, new_name, ax__inode_of(n));
  else
    folder_replace(to, new_name, ax__inode_of(n));
  if (rc != AX_OK) return rc;
  folder_drop(from, ax__entry_find(&from->entries, name));
  return AX_OK;
}

/* ----------------------------------------------------------- new, free */

/* A removed directory may be the last that refers to its parent, which was
** removed as well, and so on: a loop, so that no stack is as deep as the
** tree was. */
static void folder_free(ax_object *o) {
  folder *f = folder_of(ax__vnode_of(o));
  while (f != NULL) {
    folder *parent = f->parent;
    ax_assert(folder_empty(f) && f->self == NULL);
    ax__entries_fini(&f->entries);
    ax__inode_free(&f->inode, sizeof *f);
    bool last = parent != NULL && --parent->inode.vnode.object.refs == 0;
    f = last ? parent : NULL;
  }
}

void ax__folder_clear(ax_vnode *n) {
  folder *top = folder_of(n), *f = top;
  for (;;) {
    ax_dirent *d = ax__entry_last(&f->entries);
    if (d == NULL && f == top) return;
    if (d == NULL)
      f = f->parent;
    else if (holds_names(&d->inode->vnode))
      f = folder_of(&d->inode->vnode);
    else
      folder_drop(f, d);
  }
}

/* The directories in it have it as their parent. */
static void folder_adopt(folder *f) {
  ax_dirent *d;
  for (uint64_t at = 0; (d = ax__entry_after(&f->entries, at)) != NULL;
       at = d->serial)
    if (folder_in(d->inode) != NULL) folder_in(d->inode)->parent = f;
}

void ax__folder_swap(ax_vnode *one, ax_vnode *other) {
  folder *a = folder_of(one), *b = folder_of(other);
  ax_inode i = a->inode, *p = &a->inode, *q = &b->inode;
  ax__entries_swap(&a->entries, &b->entries);
  folder_adopt(a);
  folder_adopt(b);
  p->nlink = q->nlink;
  p->atime = q->atime;
  p->mtime = q->mtime;
  p->ctime = q->ctime;
  one->mode = other->mode;
  one->uid = other->uid;
  one->gid = other->gid;
  q->nlink = i.nlink;
}

static const ax_vnode_ops folder_ops = {
    .object = {.kind = "directory", .free = folder_free},
    .stat = folder_stat,
    .set = ax__inode_set,
    .statfs = ax__inode_statfs,
    .lookup = folder_lookup,
    .parent = folder_parent,
    .name = folder_name,
    .entry = folder_entry,
    .make = folder_make,
    .link = folder_link,
    .remove = folder_remove,
    .rename = folder_rename,
};

int ax__folder_new(ax_tree *t, const ax_making *how, ax_inode **out) {
  int rc = ax__inode_new(t, &folder_ops, sizeof(folder), how, out);
  if (rc != AX_OK) return rc;
  (*out)->nlink = 2;
  ax__entries_init(&folder_of(&(*out)->vnode)->entries, t);
  return AX_OK;
}
