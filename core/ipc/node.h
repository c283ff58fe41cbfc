/* node - what every file of the file tree has in common
**
** The tree of a kernel is made of nodes: directories, regular files,
** symbolic links, FIFOs, devices.  A node is an object with a table of
** functions; so a file system - the one in memory, /proc, a directory of
** the host - is a way to make nodes.  What is the same for all of them is
** done above: walking paths, symbolic links, permissions, owners of new
** files, mounts (path.h, fs.c).  A table does the bare work, for the
** running process, which has been found to be allowed to.
**
** Mounts.  The root of a file system may cover a directory of another one:
** then `cover` of that directory is the root, and `covers` of the root is
** the directory.  Each refers to the other's node; the walk goes down and,
** for "..", up.
**
** To make a file system: embed an ax_vnode in your nodes, fill in an
** ax_vnode_ops, take a number for it (ax__fs_number), make its root with
** ax_vnode_init, and mount that (ax__fs_mount).  A function that is missing
** answers what is said there.  As everywhere: a call that fails has changed
** nothing.
**
** Interface:
** - ax_vnode, ax_vnode_ops
** - ax_vnode_init, ax_vnode_free, ax__vnode_of, ax__vnode_stat
** - ax__fs_number, ax__fs_mount, ax__fs_unmount */
#ifndef AX_IPC_NODE_H
#define AX_IPC_NODE_H

#include "kernel/file.h"

typedef struct ax_vnode ax_vnode;

/* A name in a directory: length bytes, from 1 to AX_NAME_MAX, neither '/'
** nor NUL among them; neither "." nor "..".  Not closed by a NUL. */
typedef struct ax_name {
  const char *bytes;
  size_t length;
} ax_name;

/* What a new file is to be. */
typedef struct ax_making {
  uint32_t mode;      /* kind (AX_S_IFREG, DIR, LNK, FIFO) and permissions */
  uint32_t uid, gid;  /* whose */
  const char *target; /* of a symbolic link; "" is none */
} ax_making;

/* What is to change; the others stay. */
typedef struct ax_change {
  enum {
    AX_SET_MODE = 1, /* the permissions: 07777 */
    AX_SET_UID = 2,
    AX_SET_GID = 4,
    AX_SET_SIZE = 8,
    AX_SET_ATIME = 16,
    AX_SET_MTIME = 32
  } what; /* a set of them */
  uint32_t mode, uid, gid;
  uint64_t size;
  int64_t atime, mtime; /* nanoseconds on the tree's clock */
} ax_change;

typedef struct ax_vnode_ops {
  ax_object_ops object; /* kind, free, describe; a node is no thing to wait
                        ** for */

  /* What there is to know; dev, mode, uid and gid are filled in already,
  ** from the node.  Never missing. */
  int (*stat)(ax_vnode *n, ax_stat *out);

  /* Changes it.  Missing: AX_EPERM, and for the size AX_EINVAL. */
  int (*set)(ax_vnode *n, const ax_change *to);

  /* Where a symbolic link leads: writes at most size bytes, tells how many
  ** there would be.  Missing: AX_EINVAL. */
  int (*readlink)(ax_vnode *n, char *buffer, size_t size, size_t *length);

  /* Opens it: a new file, with one reference, that refers to the node
  ** (ax_file.h).  flags: AX_O_ACCMODE, APPEND, NONBLOCK.  AX_EAGAIN with a
  ** file: it is a FIFO, and the other side is missing (ax_file_opening).
  ** Not called for directories and links.  Missing: AX_ENXIO. */
  int (*open)(ax_vnode *n, uint32_t flags, ax_object **file);

  /* How full the file system is; dev is filled in.  Missing: zeros. */
  int (*statfs)(ax_vnode *n, ax_statfs *out);

  /* The rest is for directories. */

  /* The node with that name; the caller gets a reference.  AX_ENOENT.
  ** While somebody refers to a directory, it is found as the same node,
  ** if it is to be a mount point.  Never missing. */
  int (*lookup)(ax_vnode *dir, ax_name name, ax_vnode **out);

  /* The directory that it is in, borrowed; NULL for the root.  Removed
  ** ones keep theirs.  Never missing. */
  ax_vnode *(*parent)(ax_vnode *dir);

  /* What it is called there, with a NUL.  AX_ENOENT: it was removed.  Not
  ** called for the root.  Never missing. */
  int (*name)(ax_vnode *dir, char name[AX_NAME_MAX + 1]);

  /* The first entry behind *at, which begins with 0, and where that is.
  ** Without "." and "..".  AX_ENOENT: there are no more.  Who goes through
  ** while entries are made and removed sees each of the others once.
  ** Never missing. */
  int (*entry)(ax_vnode *dir, uint64_t *at, ax_entry *out);

  /* Makes a file and gives a reference to it.  AX_EEXIST; AX_ENOENT: the
  ** directory was removed; AX_ENOSPC.  Missing: AX_EROFS, as for all that
  ** follow. */
  int (*make)(ax_vnode *dir, ax_name name, const ax_making *how,
              ax_vnode **out);

  /* One more name for a file of the same file system that is no directory.
  ** AX_EEXIST, AX_EMLINK, AX_ENOSPC; AX_ENOENT: one of both was removed. */
  int (*link)(ax_vnode *dir, ax_name name, ax_vnode *n);

  /* Takes the name from n, which lookup has just found there.  AX_ENOTEMPTY:
  ** it is a directory with something in it. */
  int (*remove)(ax_vnode *dir, ax_name name, ax_vnode *n);

  /* n, found as `name` in `dir`, gets another name, perhaps in another
  ** directory of the same file system.  What was there, or NULL, is
  ** `target`, which goes away in the same moment; both are directories or
  ** none is, and they are not the same.  AX_ENOTEMPTY; AX_EINVAL: into
  ** itself or below; AX_ENOENT: `to` was removed; AX_ENOSPC. */
  int (*rename)(ax_vnode *dir, ax_name name, ax_vnode *n, ax_vnode *to,
                ax_name new_name, ax_vnode *target);
} ax_vnode_ops;

struct ax_vnode {
  ax_object object;  /* its ops are ax_vnode_ops.object */
  uint64_t dev;      /* the number of its file system */
  uint32_t mode;     /* kind and permissions: kept right by its owner, read by
                    ** the walk */
  uint32_t uid, gid; /* whose it is, kept and read likewise */
  ax_vnode *cover;   /* root of what is mounted here, referred to; NULL */
  ax_vnode *covers;  /* of such a root: where, referred to; NULL */
};

/* A node with one reference, the caller's; user 0's until told otherwise. */
void ax_vnode_init(ax_kernel *k, ax_vnode *n, const ax_vnode_ops *ops,
                   uint64_t dev, uint32_t mode);

/* For ops->object.free: frees the memory, which is of that size, and counts
** it out; the kernel may be gone afterwards. */
void ax_vnode_free(ax_vnode *n, size_t size);

static inline const ax_vnode_ops *ax__vnode_ops(const ax_vnode *n) {
  return (const ax_vnode_ops *)(const void *)n->object.ops; /* its first */
}

static inline ax_vnode *ax__vnode_of(ax_object *o) {
  return (ax_vnode *)(void *)o; /* its first */
}

static inline uint32_t ax__vnode_kind(const ax_vnode *n) {
  return n->mode & AX_S_IFMT;
}

/* All that there is to know of a node, its dev, mode and owners included. */
int ax__vnode_stat(ax_vnode *n, ax_stat *out);

/* The number of a new file system of this kernel: ax_stat.dev of all in it.
** The tree in memory has 1. */
uint64_t ax__fs_number(ax_kernel *k);

/* The root of a new file system covers the directory that the path leads
** to; takes a reference of its own.  source: what is shown of it, copied.
** AX_EBUSY: it is mounted already, or the directory is the root of all.
** AX_ENOTDIR, AX_ENOMEM, and what a walk answers.  Who may is not asked. */
int ax__fs_mount(ax_kernel *k, ax_vnode *root, const char *path,
                 const char *source);

/* The path leads to the root of a file system, which is taken away; files
** that are open stay, and so does who is in it.  AX_EINVAL: to no such root,
** or to the root of all.  AX_EBUSY: something else is mounted in it. */
int ax__fs_unmount(ax_kernel *k, const char *path);

#endif
