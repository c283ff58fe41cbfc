/* fs - opening, making, renaming and removing files */
#include "ipc/dir.h"
#include "ipc/path.h"
#include "kernel/fd.h"
#include "kernel/kernel.h"

static bool fs_is_dir(const ax_vnode *n) {
  return ax__vnode_kind(n) == AX_S_IFDIR;
}

/* ----------------------------------------------------------------- making */

static uint32_t fs_umask(const ax_proc *p) {
  return p->files == NULL ? AX_UMASK : p->files->umask;
}

/* Who may not give a file that group does not make it act for the group. */
static uint32_t fs_strip(const ax_proc *p, const ax_vnode *dir,
                         uint32_t mode) {
  uint32_t acts = AX_S_ISGID | 010;
  if ((mode & acts) != acts || !(dir->mode & AX_S_ISGID)) return mode;
  if (ax_proc_uid(p) == 0 || ax__in_group(p, dir->gid)) return mode;
  return mode & ~(uint32_t)AX_S_ISGID;
}

/* A new file is its maker's; in a directory with AX_S_ISGID, of the group of
** that, which goes on in directories. */
static ax_making fs_making(const ax_proc *p, const ax_vnode *dir,
                           uint32_t mode) {
  ax_making how = {.mode = mode, .uid = ax_proc_uid(p), .target = ""};
  bool group = (dir->mode & AX_S_ISGID) != 0;
  how.gid = group ? dir->gid : ax_proc_gid(p);
  if ((mode & AX_S_IFMT) == AX_S_IFLNK) return how;
  how.mode &= ~fs_umask(p);
  if ((mode & AX_S_IFMT) != AX_S_IFDIR)
    how.mode = fs_strip(p, dir, how.mode);
  else if (group)
    how.mode |= AX_S_ISGID;
  return how;
}

/* May something new be in the directory? */
static int fs_may_add(const ax_kernel *k, ax_vnode *dir) {
  if (ax__may(k, dir, AX_MAY_WRITE)) return AX_OK;
  return ax__path_removed(dir) ? AX_ENOENT : AX_EACCES;
}

/* Makes it in a place where nothing is. */
static int fs_make_at(ax_kernel *k, const ax_goal *at, uint32_t mode,
                      const char *target, ax_vnode **out) {
  const ax_vnode_ops *ops = ax__vnode_ops(at->dir);
  if (ops->make == NULL) return AX_EROFS;
  int rc = fs_may_add(k, at->dir);
  if (rc != AX_OK) return rc;
  ax_making how = fs_making(k->running, at->dir, mode);
  how.target = target;
  return ops->make(at->dir, ax__goal_name(at), &how, out);
}

/* Is there nothing, and can there be something? */
static int fs_free(const ax_goal *at, bool dir) {
  if (at->too_long) return AX_ENAMETOOLONG;
  if (at->last != AX_LAST_NAME || at->node != NULL) return AX_EEXIST;
  return at->slash && !dir ? AX_ENOENT : AX_OK;
}

static int fs_make(ax_kernel *k, const char *path, uint32_t mode,
                   const char *target) {
  ax_goal at;
  ax_vnode *n;
  int rc = ax__path_goal(k, path, AX_PATH_NAME, &at);
  if (rc != AX_OK) return rc;
  rc = fs_free(&at, (mode & AX_S_IFMT) == AX_S_IFDIR);
  if (rc == AX_OK) rc = fs_make_at(k, &at, mode, target, &n);
  if (rc == AX_OK) ax_unref(&n->object);
  ax__goal_fini(&at);
  return rc;
}

int ax_fs_mkdir(ax_kernel *k, const char *path, uint32_t mode) {
  return fs_make(k, path, AX_S_IFDIR | (mode & 01777), "");
}

int ax_fs_mkfifo(ax_kernel *k, const char *path, uint32_t mode) {
  return fs_make(k, path, AX_S_IFIFO | (mode & 07777), "");
}

int ax_fs_symlink(ax_kernel *k, const char *target, const char *path) {
  size_t n = 0;
  while (n < AX_PATH_MAX && target[n] != '\0') n++;
  if (n == 0) return AX_ENOENT;
  if (n == AX_PATH_MAX) return AX_ENAMETOOLONG;
  return fs_make(k, path, AX_S_IFLNK | 0777, target);
}

static int fs_link_at(ax_kernel *k, const ax_goal *at, ax_vnode *n) {
  const ax_vnode_ops *ops = ax__vnode_ops(at->dir);
  int rc = fs_free(at, false);
  if (rc != AX_OK) return rc;
  if (at->dir->dev != n->dev) return AX_EXDEV;
  if (ops->link == NULL) return AX_EROFS;
  rc = fs_may_add(k, at->dir);
  if (rc != AX_OK) return rc;
  if (fs_is_dir(n)) return AX_EPERM;
  return ops->link(at->dir, ax__goal_name(at), n);
}

int ax_fs_link(ax_kernel *k, const char *path, const char *new_path) {
  ax_goal at;
  ax_vnode *n;
  int rc = ax__path_find(k, path, 0, &n);
  if (rc != AX_OK) return rc;
  rc = ax__path_goal(k, new_path, AX_PATH_NAME, &at);
  if (rc == AX_OK) {
    rc = fs_link_at(k, &at, n);
    ax__goal_fini(&at);
  }
  ax_unref(&n->object);
  return rc;
}

/* ---------------------------------------------------------------- opening */

enum {
  FS_KEPT = AX_O_ACCMODE | AX_O_APPEND | AX_O_NONBLOCK | AX_O_DIRECTORY,
  FS_WRITES = AX_O_TRUNC /* needs the permission to write */
};

static uint32_t fs_wanted(int flags) {
  int mode = flags & AX_O_ACCMODE;
  uint32_t want = mode == AX_O_WRONLY ? 0 : AX_MAY_READ;
  if (mode != AX_O_RDONLY || flags & FS_WRITES) want |= AX_MAY_WRITE;
  return want;
}

/* May what is there be opened so? */
static int fs_check(const ax_kernel *k, const ax_vnode *n, int flags) {
  uint32_t want = fs_wanted(flags);
  if (flags & AX_O_DIRECTORY && !fs_is_dir(n)) return AX_ENOTDIR;
  if (ax__vnode_kind(n) == AX_S_IFLNK) return AX_ELOOP;
  if (fs_is_dir(n) && want & AX_MAY_WRITE) return AX_EISDIR;
  return ax__may(k, n, want) ? AX_OK : AX_EACCES;
}

static int fs_cut(ax_vnode *n, int flags) {
  ax_change to = {.what = AX_SET_SIZE};
  const ax_vnode_ops *ops = ax__vnode_ops(n);
  if (!(flags & AX_O_TRUNC) || ax__vnode_kind(n) != AX_S_IFREG) return AX_OK;
  return ops->set == NULL ? AX_EINVAL : ops->set(n, &to);
}

static int fs_open_node(ax_vnode *n, int flags, ax_object **file) {
  const ax_vnode_ops *ops = ax__vnode_ops(n);
  uint32_t kept = (uint32_t)flags & FS_KEPT;
  if (fs_is_dir(n)) return ax__dir_open(n, kept, file);
  if (ops->open == NULL) return AX_ENXIO;
  int rc = ops->open(n, kept, file);
  if (rc != AX_OK) return rc;
  rc = fs_cut(n, flags);
  if (rc != AX_OK) ax_unref(*file);
  return rc;
}

/* Makes the file, and takes it away again if it cannot be opened. */
static int fs_create(ax_kernel *k, const ax_goal *at, int flags,
                     uint32_t mode, ax_object **file) {
  ax_vnode *n;
  int rc = fs_make_at(k, at, AX_S_IFREG | (mode & 07777), "", &n);
  if (rc != AX_OK) return rc;
  rc = fs_open_node(n, flags & ~AX_O_TRUNC, file);
  const ax_vnode_ops *ops = ax__vnode_ops(at->dir);
  if (rc != AX_OK && ops->remove != NULL)
    (void)ops->remove(at->dir, ax__goal_name(at), n);
  ax_unref(&n->object);
  return rc;
}

static int fs_open_at(ax_kernel *k, const ax_goal *at, int flags,
                      uint32_t mode, ax_object **file) {
  if (at->node == NULL) return fs_create(k, at, flags, mode, file);
  if (flags & AX_O_EXCL) return AX_EEXIST;
  if (fs_is_dir(at->node)) return AX_EISDIR;
  int rc = fs_check(k, at->node, flags);
  return rc == AX_OK ? fs_open_node(at->node, flags, file) : rc;
}

static int fs_open_there(ax_kernel *k, const char *path, int flags,
                         ax_object **file) {
  ax_vnode *n;
  int follow = flags & AX_O_NOFOLLOW ? 0 : AX_PATH_FOLLOW;
  int rc = ax__path_find(k, path, follow, &n);
  if (rc != AX_OK) return rc;
  rc = fs_check(k, n, flags);
  if (rc == AX_OK) rc = fs_open_node(n, flags, file);
  ax_unref(&n->object);
  return rc;
}

int ax_fs_open(ax_kernel *k, const char *path, int flags, uint32_t mode,
               ax_object **file) {
  ax_goal at;
  if ((flags & AX_O_ACCMODE) == AX_O_ACCMODE) return AX_EINVAL;
  if (!(flags & AX_O_CREAT)) return fs_open_there(k, path, flags, file);
  if (flags & AX_O_DIRECTORY) return AX_EINVAL;
  bool here = (flags & (AX_O_EXCL | AX_O_NOFOLLOW)) != 0;
  int how = AX_PATH_CREATE | (here ? 0 : AX_PATH_FOLLOW);
  int rc = ax__path_goal(k, path, how, &at);
  if (rc != AX_OK) return rc;
  rc = fs_open_at(k, &at, flags, mode, file);
  ax__goal_fini(&at);
  return rc;
}

/* --------------------------------------------------------------- removing */

/* In a sticky directory files belong to who made them. */
static bool fs_sticks(const ax_kernel *k, const ax_vnode *dir,
                      const ax_vnode *n) {
  uint32_t uid = ax_proc_uid(k->running);
  return dir->mode & AX_S_ISVTX && uid != 0 && uid != n->uid &&
         uid != dir->uid;
}

/* May n lose its name in dir, as a directory or as something else? */
static int fs_may_remove(const ax_kernel *k, const ax_vnode *dir,
                         const ax_vnode *n, bool as_dir) {
  if (!ax__may(k, dir, AX_MAY_WRITE)) return AX_EACCES;
  if (fs_sticks(k, dir, n)) return AX_EPERM;
  if (as_dir != fs_is_dir(n)) return as_dir ? AX_ENOTDIR : AX_EISDIR;
  return AX_OK;
}

static int fs_remove_at(ax_kernel *k, const ax_goal *at, bool as_dir) {
  const ax_vnode_ops *ops = ax__vnode_ops(at->dir);
  if (ops->remove == NULL) return AX_EROFS;
  if (at->too_long) return AX_ENAMETOOLONG;
  if (at->node == NULL) return AX_ENOENT;
  if (at->slash && !as_dir)
    return fs_is_dir(at->node) ? AX_EISDIR : AX_ENOTDIR;
  int rc = fs_may_remove(k, at->dir, at->node, as_dir);
  if (rc != AX_OK) return rc;
  if (at->node->covers != NULL) return AX_EBUSY;
  return ops->remove(at->dir, ax__goal_name(at), at->node);
}

/* dots: what is answered for "/", "." and "..". */
static int fs_remove(ax_kernel *k, const char *path, bool as_dir,
                     const int dots[]) {
  ax_goal at;
  int rc = ax__path_goal(k, path, AX_PATH_NAME, &at);
  if (rc != AX_OK) return rc;
  rc = at.last == AX_LAST_NAME ? fs_remove_at(k, &at, as_dir) : dots[at.last];
  ax__goal_fini(&at);
  return rc;
}

int ax_fs_unlink(ax_kernel *k, const char *path) {
  static const int dots[] = {AX_OK, AX_EISDIR, AX_EISDIR, AX_EISDIR};
  return fs_remove(k, path, false, dots);
}

int ax_fs_rmdir(ax_kernel *k, const char *path) {
  static const int dots[] = {AX_OK, AX_EBUSY, AX_EINVAL, AX_ENOTEMPTY};
  return fs_remove(k, path, true, dots);
}

/* --------------------------------------------------------------- renaming */

/* Is dir n, or below it? */
static bool fs_below(ax_vnode *dir, const ax_vnode *n) {
  while (dir != NULL && dir != n) dir = ax__vnode_ops(dir)->parent(dir);
  return dir != NULL;
}

/* Do both make sense, whoever asks? */
static int fs_check_rename(const ax_goal *from, const ax_goal *to) {
  if (from->dir->dev != to->dir->dev) return AX_EXDEV;
  if (from->last != AX_LAST_NAME || to->last != AX_LAST_NAME) return AX_EBUSY;
  if (from->too_long) return AX_ENAMETOOLONG;
  if (from->node == NULL) return AX_ENOENT;
  if (to->too_long) return AX_ENAMETOOLONG;
  bool dir = fs_is_dir(from->node);
  if (!dir && (from->slash || to->slash)) return AX_ENOTDIR;
  if (dir && fs_below(to->dir, from->node)) return AX_EINVAL;
  bool above = to->node != NULL && fs_below(from->dir, to->node);
  return above ? AX_ENOTEMPTY : AX_OK;
}

/* May the process? */
static int fs_may_rename(const ax_kernel *k, const ax_goal *from,
                         const ax_goal *to) {
  bool dir = fs_is_dir(from->node);
  int rc = fs_may_remove(k, from->dir, from->node, dir);
  if (rc != AX_OK) return rc;
  if (to->node != NULL)
    rc = fs_may_remove(k, to->dir, to->node, dir);
  else
    rc = fs_may_add(k, to->dir);
  if (rc != AX_OK) return rc;
  bool moves = dir && from->dir != to->dir; /* its ".." changes */
  if (moves && !ax__may(k, from->node, AX_MAY_WRITE)) return AX_EACCES;
  return AX_OK;
}

static int fs_rename_at(ax_kernel *k, const ax_goal *from,
                        const ax_goal *to) {
  const ax_vnode_ops *ops = ax__vnode_ops(from->dir);
  int rc = fs_check_rename(from, to);
  if (rc != AX_OK) return rc;
  if (ops->rename == NULL) return AX_EROFS;
  if (from->node == to->node) return AX_OK;
  rc = fs_may_rename(k, from, to);
  if (rc != AX_OK) return rc;
  bool busy = to->node != NULL && to->node->covers != NULL;
  if (busy || from->node->covers != NULL) return AX_EBUSY;
  return ops->rename(from->dir, ax__goal_name(from), from->node, to->dir,
                     ax__goal_name(to), to->node);
}

int ax_fs_rename(ax_kernel *k, const char *path, const char *new_path) {
  ax_goal from, to;
  int rc = ax__path_goal(k, path, AX_PATH_NAME, &from);
  if (rc != AX_OK) return rc;
  rc = ax__path_goal(k, new_path, AX_PATH_NAME, &to);
  if (rc == AX_OK) {
    rc = fs_rename_at(k, &from, &to);
    ax__goal_fini(&to);
  }
  ax__goal_fini(&from);
  return rc;
}
