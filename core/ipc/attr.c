/* attr - what is known of files, and changed; where a process is */
#include "ipc/mount.h"
#include "ipc/path.h"
#include "kernel/fd.h"
#include "kernel/kernel.h"

static int attr_follow(bool follow) { return follow ? AX_PATH_FOLLOW : 0; }

/* ------------------------------------------------------------------ stat */

static int attr_stat(ax_kernel *k, const char *path, bool follow,
                     ax_stat *out) {
  ax_vnode *n;
  int rc = ax__path_find(k, path, attr_follow(follow), &n);
  if (rc != AX_OK) return rc;
  rc = ax__vnode_stat(n, out);
  ax_unref(&n->object);
  return rc;
}

int ax_fs_stat(ax_kernel *k, const char *path, ax_stat *out) {
  return attr_stat(k, path, true, out);
}

int ax_fs_lstat(ax_kernel *k, const char *path, ax_stat *out) {
  return attr_stat(k, path, false, out);
}

int ax_fs_readlink(ax_kernel *k, const char *path, char *buffer, size_t size,
                   size_t *length) {
  ax_vnode *n;
  int rc = ax__path_find(k, path, 0, &n);
  if (rc != AX_OK) return rc;
  const ax_vnode_ops *ops = ax__vnode_ops(n);
  bool is = ax__vnode_kind(n) == AX_S_IFLNK && ops->readlink != NULL;
  rc = is ? ops->readlink(n, buffer, size, length) : AX_EINVAL;
  ax_unref(&n->object);
  return rc;
}

/* User 0 may execute what anybody may. */
static int attr_may(const ax_kernel *k, ax_vnode *n, uint32_t want) {
  ax_statfs fs = {.readonly = false};
  const ax_vnode_ops *ops = ax__vnode_ops(n);
  bool changes = want & AX_MAY_WRITE && ax__vnode_kind(n) != AX_S_IFIFO &&
                 ax__vnode_kind(n) != AX_S_IFCHR;
  if (changes && ops->statfs != NULL) (void)ops->statfs(n, &fs);
  if (fs.readonly) return AX_EROFS;
  bool runs = want & AX_MAY_EXECUTE && ax__vnode_kind(n) != AX_S_IFDIR;
  if (runs && (n->mode & 0111) == 0) return AX_EACCES;
  return ax__may(k, n, want) ? AX_OK : AX_EACCES;
}

int ax_fs_access(ax_kernel *k, const char *path, int want) {
  ax_vnode *n;
  if (want < 0 || want > 7) return AX_EINVAL;
  int rc = ax__path_find(k, path, AX_PATH_FOLLOW, &n);
  if (rc != AX_OK) return rc;
  rc = attr_may(k, n, (uint32_t)want);
  ax_unref(&n->object);
  return rc;
}

/* ---------------------------------------------------------------- changes */

static bool attr_owned(const ax_kernel *k, const ax_vnode *n) {
  uint32_t uid = ax_proc_uid(k->running);
  return uid == 0 || uid == n->uid;
}

static int attr_set(ax_vnode *n, const ax_change *to) {
  const ax_vnode_ops *ops = ax__vnode_ops(n);
  if (to->what == 0) return AX_OK;
  return ops->set == NULL ? AX_EPERM : ops->set(n, to);
}

/* What is to be done with the node that a path leads to. */
typedef int (*attr_change)(ax_kernel *k, ax_vnode *n, ax_change *to);

static int attr_at(ax_kernel *k, const char *path, bool follow,
                   attr_change change, ax_change *to) {
  ax_vnode *n;
  int rc = ax__path_find(k, path, attr_follow(follow), &n);
  if (rc != AX_OK) return rc;
  rc = change(k, n, to);
  if (rc == AX_OK) rc = attr_set(n, to);
  ax_unref(&n->object);
  return rc;
}

/* Who is not in the group cannot make the file act for it. */
static int attr_chmod(ax_kernel *k, ax_vnode *n, ax_change *to) {
  const ax_proc *p = k->running;
  if (!attr_owned(k, n)) return AX_EPERM;
  if (ax_proc_uid(p) != 0 && !ax__in_group(p, n->gid))
    to->mode &= ~(uint32_t)AX_S_ISGID;
  return AX_OK;
}

int ax_fs_chmod(ax_kernel *k, const char *path, uint32_t mode) {
  ax_change to = {.what = AX_SET_MODE, .mode = mode & 07777};
  return attr_at(k, path, true, attr_chmod, &to);
}

/* Only user 0 gives files away; owners choose among their groups. */
static bool attr_may_give(const ax_kernel *k, const ax_vnode *n,
                          const ax_change *to) {
  const ax_proc *p = k->running;
  if (ax_proc_uid(p) == 0 || to->what == 0) return true;
  if (!attr_owned(k, n)) return false;
  if (to->what & AX_SET_UID && to->uid != n->uid) return false;
  return !(to->what & AX_SET_GID) || to->gid == n->gid ||
         ax__in_group(p, to->gid);
}

/* What is given to somebody else does not act for him. */
static int attr_chown(ax_kernel *k, ax_vnode *n, ax_change *to) {
  uint32_t acts = AX_S_ISGID | 010, mode = n->mode & 07777;
  if (!attr_may_give(k, n, to)) return AX_EPERM;
  if (ax__vnode_kind(n) == AX_S_IFDIR) return AX_OK;
  mode &= ~(uint32_t)AX_S_ISUID;
  if ((mode & acts) == acts) mode &= ~(uint32_t)AX_S_ISGID;
  if (mode == (n->mode & 07777)) return AX_OK;
  to->what |= AX_SET_MODE;
  to->mode = mode;
  return AX_OK;
}

int ax_fs_chown(ax_kernel *k, const char *path, uint32_t uid, uint32_t gid,
                bool follow) {
  ax_change to = {.uid = uid, .gid = gid};
  if (uid != UINT32_MAX) to.what |= AX_SET_UID;
  if (gid != UINT32_MAX) to.what |= AX_SET_GID;
  return attr_at(k, path, follow, attr_chown, &to);
}

/* Who may write may say that it is new, and no more. */
static int attr_utime(ax_kernel *k, ax_vnode *n, ax_change *to) {
  bool now = to->atime == AX_TIME_NOW && to->mtime == AX_TIME_NOW;
  if (to->what == 0 || attr_owned(k, n)) return AX_OK;
  if (!now) return AX_EPERM;
  return ax__may(k, n, AX_MAY_WRITE) ? AX_OK : AX_EACCES;
}

static int attr_utime_now(ax_kernel *k, ax_vnode *n, ax_change *to) {
  ax_tree *t;
  int rc = attr_utime(k, n, to);
  if (rc == AX_OK) rc = ax__fs_tree(k, &t);
  if (rc != AX_OK) return rc;
  if (to->atime == AX_TIME_NOW) to->atime = ax__tree_now(t);
  if (to->mtime == AX_TIME_NOW) to->mtime = ax__tree_now(t);
  return AX_OK;
}

int ax_fs_utime(ax_kernel *k, const char *path, int64_t atime, int64_t mtime,
                bool follow) {
  ax_change to = {.atime = atime, .mtime = mtime};
  if (atime != AX_TIME_OMIT) to.what |= AX_SET_ATIME;
  if (mtime != AX_TIME_OMIT) to.what |= AX_SET_MTIME;
  return attr_at(k, path, follow, attr_utime_now, &to);
}

static int attr_truncate(ax_kernel *k, ax_vnode *n, ax_change *to) {
  (void)to;
  if (ax__vnode_kind(n) == AX_S_IFDIR) return AX_EISDIR;
  if (ax__vnode_kind(n) != AX_S_IFREG) return AX_EINVAL;
  return ax__may(k, n, AX_MAY_WRITE) ? AX_OK : AX_EACCES;
}

int ax_fs_truncate(ax_kernel *k, const char *path, int64_t size) {
  ax_change to = {.what = AX_SET_SIZE, .size = (uint64_t)size};
  if (size < 0) return AX_EINVAL;
  return attr_at(k, path, true, attr_truncate, &to);
}

/* -------------------------------------------------------------- processes */

int ax_fs_directory(ax_kernel *k, const char *path, ax_object **dir) {
  ax_vnode *n;
  int rc = ax__path_find(k, path, AX_PATH_FOLLOW, &n);
  if (rc != AX_OK) return rc;
  if (ax__vnode_kind(n) != AX_S_IFDIR)
    rc = AX_ENOTDIR;
  else if (!ax__may(k, n, AX_MAY_EXECUTE))
    rc = AX_EACCES;
  if (rc != AX_OK)
    ax_unref(&n->object);
  else
    *dir = &n->object;
  return rc;
}

int ax_proc_set_directory(ax_proc *p, ax_object *dir) {
  if (ax__proc_dead(p)) return AX_ESRCH;
  ax_files *files = ax__files_own(p);
  if (files == NULL) return AX_ENOMEM;
  ax_object *old = files->cwd;
  files->cwd = ax_ref(dir);
  if (old != NULL) ax_unref(old);
  return AX_OK;
}

int ax_fs_chdir(ax_kernel *k, const char *path) {
  ax_object *dir;
  int rc = ax_fs_directory(k, path, &dir);
  if (rc != AX_OK) return rc;
  rc = ax_proc_set_directory(k->running, dir);
  ax_unref(dir);
  return rc;
}

int ax_fs_getcwd(ax_kernel *k, char *buffer, size_t size, size_t *length) {
  const ax_files *files = k->running->files;
  ax_vnode *dir;
  int rc = ax__fs_root(k, &dir);
  if (rc != AX_OK) return rc;
  if (files != NULL && files->cwd != NULL) dir = ax__vnode_of(files->cwd);
  return ax__path_of(k, dir, NULL, buffer, size, length);
}

int ax_fs_realpath(ax_kernel *k, const char *path, char *buffer, size_t size,
                   size_t *length) {
  ax_goal at;
  int rc = ax__path_goal(k, path, AX_PATH_FOLLOW, &at);
  if (rc != AX_OK) return rc;
  ax_name name = ax__goal_name(&at);
  if (at.node == NULL)
    rc = AX_ENOENT;
  else if (ax__vnode_kind(at.node) == AX_S_IFDIR)
    rc = ax__path_of(k, at.node, NULL, buffer, size, length);
  else if (at.slash)
    rc = AX_ENOTDIR;
  else
    rc = ax__path_of(k, at.dir, &name, buffer, size, length);
  ax__goal_fini(&at);
  return rc;
}

int ax_fs_umask(ax_kernel *k, int mask) {
  ax_proc *p = k->running;
  uint32_t old = p->files == NULL ? AX_UMASK : p->files->umask;
  if (mask < 0) return (int)old;
  ax_files *files = ax__files_own(p);
  if (files == NULL) return AX_ENOMEM;
  files->umask = (uint32_t)mask & 0777;
  return (int)old;
}

/* ----------------------------------------------------------- file systems */

int ax_fs_statfs(ax_kernel *k, const char *path, ax_statfs *out) {
  ax_vnode *n;
  int rc = ax__path_find(k, path, AX_PATH_FOLLOW, &n);
  if (rc != AX_OK) return rc;
  *out = (ax_statfs){.dev = n->dev};
  const ax_vnode_ops *ops = ax__vnode_ops(n);
  if (ops->statfs != NULL) rc = ops->statfs(n, out);
  ax_unref(&n->object);
  return rc;
}

int ax_fs_set_limit(ax_kernel *k, uint64_t bytes, uint64_t files) {
  ax_tree *t;
  if (ax_proc_uid(k->running) != 0) return AX_EPERM;
  int rc = ax__fs_tree(k, &t);
  if (rc != AX_OK) return rc;
  t->most = bytes;
  t->most_files = files;
  return AX_OK;
}

void ax_fs_set_epoch(ax_kernel *k, int64_t epoch) { k->epoch = epoch; }
