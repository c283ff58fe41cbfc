/* tree - the file system in memory
**
** An inode is a node with a number and times.  A directory refers to what
** it has names for; a subdirectory does not refer back while it is in its
** parent, and does once it was removed, so no cycle keeps anything alive.
** Bytes and files are counted, and there may be limits.
**
** Interface:
** - ax__tree_new, ax__tree_end
** - ax__inode_init, ax__inode_fini: for the kinds of files, which are made
**   by ax__folder_new, ax__regular_new, ax__symlink_new, ax__fifo_new
** - ax__tree_charge, ax__tree_refund: what is counted
** - ax__tree_now, ax__tree_soon: its clock */
#ifndef AX_IPC_TREE_H
#define AX_IPC_TREE_H

#include "ipc/node.h"

enum { AX_LINK_MAX = 65000 }; /* names that a file may have */

/* A file system; it lives as long as an inode of it. */
typedef struct ax_tree {
  ax_kernel *kernel;
  uint64_t dev;
  uint64_t last;        /* inode number given out */
  uint64_t bytes, most; /* counted; allowed, 0: any number */
  uint64_t files;       /* inodes that live */
  uint64_t most_files;  /* 0: any number */
  uint32_t nlooks;      /* see ax__tree_soon */
  ax_vnode *root;       /* referred to; NULL: at its end */
} ax_tree;

typedef struct ax_inode {
  ax_vnode vnode;
  ax_tree *tree;
  uint64_t ino;
  uint32_t nlink;
  int64_t atime, mtime, ctime;
} ax_inode;

/* A new file system with an empty root, user 0's.  AX_ENOMEM. */
int ax__tree_new(ax_kernel *k, uint64_t dev, ax_tree **out);

/* Takes everything out of it and lets go of the root. */
void ax__tree_end(ax_tree *t);

static inline ax_inode *ax__inode_of(ax_vnode *n) {
  return (ax_inode *)(void *)n; /* its first */
}

/* Counts bytes, before they are taken.  AX_ENOSPC. */
int ax__tree_charge(ax_tree *t, uint64_t bytes);
void ax__tree_refund(ax_tree *t, uint64_t bytes);

/* The time for what changes; and for what is looked at, where it may be some
** looks old: the clock costs as much as a short read. */
int64_t ax__tree_now(ax_tree *t);
int64_t ax__tree_soon(ax_tree *t);

/* A block of that size for an inode of that kind, charged, with one
** reference and no name.  AX_ENOSPC, AX_ENOMEM. */
int ax__inode_new(ax_tree *t, const ax_vnode_ops *ops, size_t size,
                  const ax_making *how, ax_inode **out);

/* The way back; the tree, and the kernel, may be gone afterwards. */
void ax__inode_free(ax_inode *i, size_t size);

/* The functions of a node that all inodes share. */
int ax__inode_stat(ax_vnode *n, ax_stat *out);
int ax__inode_set(ax_vnode *n, const ax_change *to);
int ax__inode_statfs(ax_vnode *n, ax_statfs *out);

/* It was changed now: contents; what is known of it. */
void ax__inode_modified(ax_inode *i);
void ax__inode_changed(ax_inode *i);

/* The kinds: a new one, which has no name yet.  AX_ENOSPC, AX_ENOMEM. */
int ax__folder_new(ax_tree *t, const ax_making *how, ax_inode **out);
int ax__regular_new(ax_tree *t, const ax_making *how, ax_inode **out);
int ax__symlink_new(ax_tree *t, const ax_making *how, ax_inode **out);
int ax__fifo_new(ax_tree *t, const ax_making *how, ax_inode **out);

/* Everything in a directory, and below, loses its name. */
void ax__folder_clear(ax_vnode *folder);

/* Each has what the other had in it; one gets owner, mode and times, too.  Of
** the same tree. */
void ax__folder_swap(ax_vnode *one, ax_vnode *other);

#endif
