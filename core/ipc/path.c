/* path - from a path to a node */
#include "ipc/path.h"

#include <string.h>

#include "ipc/mount.h"
#include "kernel/fd.h"
#include "kernel/kernel.h"

typedef struct path_walker {
  ax_kernel *kernel;
  ax_vnode *root; /* of all */
  ax_vnode *at;   /* where it is; referred to */
  const char *rest;
  char *block; /* that rest is in, after a link; NULL */
  size_t room; /* of block */
  int flags;
  int nlinks; /* followed so far */
} path_walker;

/* The next part of a path. */
typedef struct path_piece {
  const char *name;
  size_t length;
  bool last, slash; /* nothing but slashes behind it; at least one */
} path_piece;

bool ax__may(const ax_kernel *k, const ax_vnode *n, uint32_t want) {
  return ax__permits(k->running, n->mode, n->uid, n->gid, want);
}

bool ax__path_removed(ax_vnode *dir) {
  char name[AX_NAME_MAX + 1];
  const ax_vnode_ops *ops = ax__vnode_ops(dir);
  return ops->parent(dir) != NULL && ops->name(dir, name) == AX_ENOENT;
}

/* ----------------------------------------------------------------- steps */

/* Takes the caller's reference to n over. */
static void path_enter(path_walker *w, ax_vnode *n) {
  ax_unref(&w->at->object);
  w->at = n;
}

/* From a directory to what is mounted on it; takes a reference over and
** gives one. */
static ax_vnode *path_down(ax_vnode *n) {
  while (n->cover != NULL) {
    ax_vnode *cover = n->cover;
    ax_ref(&cover->object);
    ax_unref(&n->object);
    n = cover;
  }
  return n;
}

/* The directory above; the root is above itself.  Gives a reference. */
static ax_vnode *path_up(const path_walker *w, ax_vnode *n) {
  while (n->covers != NULL && n != w->root) n = n->covers;
  ax_vnode *parent = ax__vnode_ops(n)->parent(n);
  if (parent == NULL) parent = n;
  ax_ref(&parent->object);
  return path_down(parent);
}

static int path_lookup(const path_walker *w, const path_piece *p,
                       ax_vnode **out) {
  ax_name name = {p->name, p->length};
  const ax_vnode_ops *ops = ax__vnode_ops(w->at);
  if (p->length > AX_NAME_MAX)
    return ax__path_removed(w->at) ? AX_ENOENT : AX_ENAMETOOLONG;
  int rc = ops->lookup(w->at, name, out);
  if (rc == AX_OK) *out = path_down(*out);
  return rc;
}

/* Replaces the link and what was to come by its target and that. */
static int path_follow(path_walker *w, ax_vnode *link) {
  char target[AX_PATH_MAX];
  size_t length, tail = strlen(w->rest);
  const ax_vnode_ops *ops = ax__vnode_ops(link);
  if (w->nlinks++ >= AX_LINKS_MAX) return AX_ELOOP;
  if (ops->readlink == NULL) return AX_EINVAL;
  int rc = ops->readlink(link, target, sizeof target, &length);
  if (rc != AX_OK) return rc;
  if (length == 0) return AX_ENOENT;
  if (length >= sizeof target) return AX_ENAMETOOLONG;
  size_t room = length + tail + 1;
  char *block = ax__alloc(&w->kernel->mem, room);
  if (block == NULL) return AX_ENOMEM;
  memcpy(block, target, length);
  memcpy(block + length, w->rest, tail + 1);
  ax__free(&w->kernel->mem, w->block, w->room);
  w->rest = w->block = block;
  w->room = room;
  if (*block == '/') path_enter(w, ax__vnode_of(ax_ref(&w->root->object)));
  return AX_OK;
}

/* False: there is none. */
static bool path_part(path_walker *w, path_piece *p) {
  const char *s = w->rest + strspn(w->rest, "/");
  p->name = s;
  p->length = strcspn(s, "/");
  w->rest = s + p->length;
  size_t slashes = strspn(w->rest, "/");
  p->slash = slashes > 0;
  p->last = w->rest[slashes] == '\0';
  return p->length > 0;
}

static enum ax_last path_kind(const path_piece *p) {
  if (p->length == 1 && p->name[0] == '.') return AX_LAST_DOT;
  if (p->length == 2 && memcmp(p->name, "..", 2) == 0) return AX_LAST_DOTDOT;
  return AX_LAST_NAME;
}

/* --------------------------------------------------------------- the end */

/* Is the walk to go on behind this link? */
static bool path_goes_on(const path_walker *w, const path_piece *p,
                         const ax_vnode *n) {
  if (n == NULL || ax__vnode_kind(n) != AX_S_IFLNK) return false;
  if (!p->last) return true;
  if (w->flags & AX_PATH_NAME) return false;
  return p->slash || w->flags & AX_PATH_FOLLOW;
}

/* The walk is at its end: *n has the last name in w->at, or nothing has it.
** Takes the reference to n over. */
static void path_arrive(const path_walker *w, const path_piece *p,
                        ax_vnode *n, ax_goal *out) {
  out->dir = ax__vnode_of(ax_ref(&w->at->object));
  out->node = n;
  out->last = p->length == 0 ? AX_LAST_ROOT : path_kind(p);
  out->slash = p->slash;
  out->too_long = p->length > AX_NAME_MAX;
  out->length = out->too_long ? AX_NAME_MAX : p->length;
  memcpy(out->name, p->name, out->length);
  out->name[out->length] = '\0';
}

/* What the next part leads to, NULL: nothing, which is the last one. */
static int path_next(const path_walker *w, const path_piece *p,
                     ax_vnode **out) {
  if (!ax__may(w->kernel, w->at, AX_MAY_EXECUTE)) return AX_EACCES;
  if (p->last && p->slash && w->flags & AX_PATH_CREATE) return AX_EISDIR;
  enum ax_last kind = path_kind(p);
  if (kind == AX_LAST_DOT) *out = ax__vnode_of(ax_ref(&w->at->object));
  if (kind == AX_LAST_DOTDOT) *out = path_up(w, w->at);
  if (kind != AX_LAST_NAME) return AX_OK;
  int rc = path_lookup(w, p, out);
  bool missing =
      rc == AX_ENOENT || (rc == AX_ENAMETOOLONG && w->flags & AX_PATH_NAME);
  if (!missing || !p->last) return rc;
  if (rc == AX_ENOENT && p->length > AX_NAME_MAX) return rc; /* removed */
  *out = NULL;
  return AX_OK;
}

/* One part further; *done: that was the last one. */
static int path_step(path_walker *w, ax_goal *out, bool *done) {
  path_piece p;
  ax_vnode *n;
  if (!path_part(w, &p)) { /* slashes and nothing else */
    path_arrive(w, &p, ax__vnode_of(ax_ref(&w->at->object)), out);
    *done = true;
    return AX_OK;
  }
  int rc = path_next(w, &p, &n);
  if (rc != AX_OK) return rc;
  if (path_goes_on(w, &p, n)) {
    rc = path_follow(w, n);
    ax_unref(&n->object);
    return rc;
  }
  if (p.last) {
    path_arrive(w, &p, n, out);
    *done = true;
    return AX_OK;
  }
  if (ax__vnode_kind(n) != AX_S_IFDIR) {
    ax_unref(&n->object);
    return AX_ENOTDIR;
  }
  path_enter(w, n);
  return AX_OK;
}

/* ------------------------------------------------------------- the walk */

static ax_vnode *path_start(const ax_kernel *k, const char *path,
                            ax_vnode *root) {
  const ax_files *files = k->running->files;
  bool relative = *path != '/' && files != NULL && files->cwd != NULL;
  return relative ? ax__vnode_of(files->cwd) : root;
}

static bool path_too_long(const char *path) {
  return memchr(path, '\0', AX_PATH_MAX) == NULL;
}

int ax__path_goal(ax_kernel *k, const char *path, int flags, ax_goal *out) {
  if (*path == '\0') return AX_ENOENT;
  if (path_too_long(path)) return AX_ENAMETOOLONG;
  path_walker w = {.kernel = k, .rest = path, .flags = flags};
  int rc = ax__fs_root(k, &w.root);
  if (rc != AX_OK) return rc;
  bool done = false;
  w.at = path_start(k, path, w.root);
  ax_ref(&w.at->object);
  while (rc == AX_OK && !done) rc = path_step(&w, out, &done);
  ax_unref(&w.at->object);
  ax__free(&k->mem, w.block, w.room);
  return rc;
}

void ax__goal_fini(ax_goal *p) {
  if (p->node != NULL) ax_unref(&p->node->object);
  ax_unref(&p->dir->object);
}

int ax__path_find(ax_kernel *k, const char *path, int flags, ax_vnode **out) {
  ax_goal p;
  int rc = ax__path_goal(k, path, flags, &p);
  if (rc != AX_OK) return rc;
  if (p.node == NULL)
    rc = AX_ENOENT;
  else if (p.slash && ax__vnode_kind(p.node) != AX_S_IFDIR)
    rc = AX_ENOTDIR;
  else
    *out = ax__vnode_of(ax_ref(&p.node->object));
  ax__goal_fini(&p);
  return rc;
}

/* ----------------------------------------------------------- the way back */

/* Writes before *at what does not begin before the buffer. */
static bool path_prepend(char *buffer, size_t *at, const char *bytes,
                         size_t n) {
  if (n >= *at) return false;
  *at -= n;
  memcpy(buffer + *at, bytes, n);
  buffer[--*at] = '/';
  return true;
}

/* The directory above, and what n is called there. */
static int path_above(ax_vnode **n, char name[AX_NAME_MAX + 1]) {
  ax_vnode *parent = ax__vnode_ops(*n)->parent(*n);
  if (parent == NULL) return AX_ENOENT; /* it was unmounted */
  int rc = ax__vnode_ops(*n)->name(*n, name);
  *n = parent;
  return rc;
}

int ax__path_of(ax_kernel *k, ax_vnode *dir, const ax_name *name,
                char *buffer, size_t size, size_t *length) {
  ax_vnode *root;
  char part[AX_NAME_MAX + 1];
  int rc = ax__fs_root(k, &root);
  if (rc != AX_OK) return rc;
  if (size < 2) return AX_ERANGE;
  size_t at = size;
  buffer[--at] = '\0';
  if (name != NULL && !path_prepend(buffer, &at, name->bytes, name->length))
    return AX_ERANGE;
  while (dir != root) {
    if (dir->covers != NULL) {
      dir = dir->covers;
      continue;
    }
    rc = path_above(&dir, part);
    if (rc != AX_OK) return rc;
    if (!path_prepend(buffer, &at, part, strlen(part))) return AX_ERANGE;
  }
  if (at == size - 1) buffer[--at] = '/';
  *length = size - 1 - at;
  memmove(buffer, buffer + at, *length + 1);
  return AX_OK;
}
