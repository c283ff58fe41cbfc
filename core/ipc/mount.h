/* mount - the file tree of a kernel, and what is mounted in it
**
** It is made when it is first asked for, and goes with the kernel.
**
** Interface:
** - ax__fs_root, ax__fs_tree
** - ax__fs_number, ax__fs_mount, ax__fs_unmount: node.h */
#ifndef AX_IPC_MOUNT_H
#define AX_IPC_MOUNT_H

#include "ipc/tree.h"

/* The root of all, borrowed.  AX_ENOMEM; AX_EPIPE: the kernel ends. */
int ax__fs_root(ax_kernel *k, ax_vnode **out);

/* What is mounted below one directory is mounted at the same places below
** the other one, where directories are made for it.  AX_EBUSY: something else
** is there.  AX_ENOMEM, AX_ENOSPC. */
int ax__fs_move_mounts(ax_kernel *k, ax_vnode *from, ax_vnode *to);

/* The file system in memory that the root belongs to.  The same errors. */
int ax__fs_tree(ax_kernel *k, ax_tree **out);

#endif
