/* path - from a path to a node
**
** One walk for all file systems: it begins at the root or at the running
** process's directory, asks each directory for the next name, follows
** symbolic links, crosses mounts, and looks whether the process may pass.
** It needs memory only for links, and no C stack that grows.
**
** Interface:
** - ax__path_find: the node that a path leads to
** - ax__path_goal: a name in a directory, and what has it, if anything
** - ax__path_of: the other way round */
#ifndef AX_IPC_PATH_H
#define AX_IPC_PATH_H

#include "ipc/node.h"

enum {
  AX_PATH_FOLLOW = 1, /* where the last name is a link: on to its target */
  AX_PATH_NAME = 2,   /* the name itself is meant: never on, even where a
                      ** slash is behind it */
  AX_PATH_CREATE = 4  /* a file is to be made there: no slash behind it */
};

/* What the last part of a path is. */
enum ax_last { AX_LAST_NAME, AX_LAST_ROOT, AX_LAST_DOT, AX_LAST_DOTDOT };

/* Where a path leads. */
typedef struct ax_goal {
  ax_vnode *dir;  /* the directory that has the name; referred to */
  ax_vnode *node; /* what has the name; referred to; NULL: nothing */
  enum ax_last last;
  bool slash;    /* there was one behind it */
  bool too_long; /* no file has such a name, so node is NULL */
  size_t length; /* of name */
  char name[AX_NAME_MAX + 1];
} ax_goal;

/* The node; the caller gets a reference. */
int ax__path_find(ax_kernel *k, const char *path, int flags, ax_vnode **out);

/* The place; where nothing is there, node is NULL.  To be let go of with
** ax__goal_fini. */
int ax__path_goal(ax_kernel *k, const char *path, int flags, ax_goal *out);

void ax__goal_fini(ax_goal *p);

static inline ax_name ax__goal_name(const ax_goal *p) {
  ax_name name = {p->name, p->length};
  return name;
}

/* The path of a directory, as ax_fs_getcwd; a name below it may follow
** (NULL: none). */
int ax__path_of(ax_kernel *k, ax_vnode *dir, const ax_name *name,
                char *buffer, size_t size, size_t *length);

/* Has the directory lost its name?  Then nothing is in it, not even a name
** that is too long, or that may not be made. */
bool ax__path_removed(ax_vnode *dir);

/* May the running process do that with it?  want: AX_MAY_... of cred.h. */
bool ax__may(const ax_kernel *k, const ax_vnode *n, uint32_t want);

#endif
