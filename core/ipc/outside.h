/* outside - a directory of the host as a file system
**
** No path can lead out of it, because none is ever handed to the system: it
** is asked for one name at a time, in a directory that is open already, and
** told not to follow links.  ".." is the directory that was passed through
** on the way, and where a symbolic link leads is looked up in the tree of the
** kernel, like every other path.  So there is nothing to be checked first and
** used later, and no race.
**
** A directory has a descriptor; other files are known by their directory,
** name and number, and if that is another file by then, it is none.
**
** Interface: public, axeberg.h; between the two files:
** - ax__outside_open, ax__outside_lookup, ax__outside_is */
#ifndef AX_IPC_OUTSIDE_H
#define AX_IPC_OUTSIDE_H

#include <dirent.h>

#include "ipc/node.h"

struct stat;

typedef struct ax_outside {
  ax_vnode vnode;
  struct ax_outside *root;   /* of the mount; kept by way of parent */
  struct ax_outside *parent; /* referred to; NULL: the root */
  ax_list link;              /* of a directory: in the root's dirs */
  ax_list dirs;              /* of the root: those that somebody refers to */
  uint64_t dev, ino;         /* which file it is */
  char *name;                /* in its parent; NULL: the root */
  int fd;                    /* of a directory; else -1 */
  bool readonly;             /* of the root: nothing is changed */
  DIR *stream;               /* that its entries are read from; NULL: none */
  uint64_t at;               /* where that is */
} ax_outside;

static inline ax_outside *ax__outside_of(ax_vnode *n) {
  return (ax_outside *)(void *)n; /* its first */
}

/* Opens the file; as open(2), but it is this file or an error. */
int ax__outside_open(const ax_outside *o, int flags, int *fd);

/* As ax_vnode_ops.lookup. */
int ax__outside_lookup(ax_vnode *dir, ax_name name, ax_vnode **out);

/* The name with a NUL, as the system wants it. */
const char *ax__outside_name(ax_name name, char buffer[AX_NAME_MAX + 1]);

/* What was found there is this file; else AX_ENOENT. */
int ax__outside_is(const ax_outside *o, const struct stat *s);

/* The functions of a node that change something. */
int ax__outside_set(ax_vnode *n, const ax_change *to);
int ax__outside_make(ax_vnode *dir, ax_name name, const ax_making *how,
                     ax_vnode **out);
int ax__outside_link(ax_vnode *dir, ax_name name, ax_vnode *n);
int ax__outside_remove(ax_vnode *dir, ax_name name, ax_vnode *n);
int ax__outside_rename(ax_vnode *dir, ax_name name, ax_vnode *n, ax_vnode *to,
                       ax_name new_name, ax_vnode *target);

#endif
