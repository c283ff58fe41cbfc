/* outmake - a directory of the host as a file system: changing it */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* futimens */
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/outside.h"
#include "ipc/posix.h"

/* What the system answered. */
static int outmake_result(int result) {
  return result == 0 ? AX_OK : ax__posix_error(errno);
}

/* ---------------------------------------------------------------- the file */

static int outmake_chmod(ax_outside *o, uint32_t mode) {
  int fd, rc = ax__outside_open(o, O_RDONLY, &fd);
  if (rc == AX_EACCES && o->fd < 0) rc = ax__outside_open(o, O_WRONLY, &fd);
  if (rc != AX_OK) return rc;
  rc = outmake_result(fchmod(fd, (mode_t)(mode & 07777)));
  close(fd);
  if (rc == AX_OK)
    o->vnode.mode = (o->vnode.mode & AX_S_IFMT) | (mode & 07777);
  return rc;
}

static int outmake_resize(const ax_outside *o, uint64_t size) {
  int fd, rc = ax__outside_open(o, O_WRONLY, &fd);
  if (rc != AX_OK) return rc;
  rc = outmake_result(ftruncate(fd, (off_t)size));
  close(fd);
  return rc;
}

/* The directory and the name by which the system knows a file that is not to
** be followed if it is a link; of a directory, it itself. */
static int outmake_at(const ax_outside *o, const char **name) {
  *name = o->fd >= 0 ? "." : o->name;
  return o->fd >= 0 ? o->fd : o->parent->fd;
}

static int outmake_chown(ax_outside *o, const ax_change *to) {
  const char *name;
  int at = outmake_at(o, &name);
  uid_t uid = to->what & AX_SET_UID ? (uid_t)to->uid : (uid_t)-1;
  gid_t gid = to->what & AX_SET_GID ? (gid_t)to->gid : (gid_t)-1;
  int rc = outmake_result(fchownat(at, name, uid, gid, AT_SYMLINK_NOFOLLOW));
  if (rc != AX_OK) return rc;
  if (to->what & AX_SET_UID) o->vnode.uid = to->uid;
  if (to->what & AX_SET_GID) o->vnode.gid = to->gid;
  return AX_OK;
}

static struct timespec outmake_moment(bool given, int64_t moment) {
  struct timespec t = {0, UTIME_OMIT};
  if (!given) return t;
  int64_t second = (int64_t)AX_SECOND, rest = moment % second;
  t.tv_sec = (time_t)(moment / second - (rest < 0));
  t.tv_nsec = (long)(rest < 0 ? rest + second : rest);
  return t;
}

static int outmake_utime(const ax_outside *o, const ax_change *to) {
  const char *name;
  int at = outmake_at(o, &name);
  struct timespec times[2] = {
      outmake_moment(to->what & AX_SET_ATIME, to->atime),
      outmake_moment(to->what & AX_SET_MTIME, to->mtime)};
  return outmake_result(utimensat(at, name, times, AT_SYMLINK_NOFOLLOW));
}

int ax__outside_set(ax_vnode *n, const ax_change *to) {
  ax_outside *o = ax__outside_of(n);
  int rc = AX_OK;
  if (o->root->readonly) return AX_EROFS;
  if (to->what & AX_SET_SIZE) rc = outmake_resize(o, to->size);
  if (rc == AX_OK && to->what & (AX_SET_UID | AX_SET_GID))
    rc = outmake_chown(o, to);
  if (rc == AX_OK && to->what & AX_SET_MODE) rc = outmake_chmod(o, to->mode);
  if (rc == AX_OK && to->what & (AX_SET_ATIME | AX_SET_MTIME))
    rc = outmake_utime(o, to);
  return rc;
}

/* ------------------------------------------------------------- its entries */

static int outmake_regular(int at, const char *name, mode_t mode) {
  int flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat(at, name, flags, mode);
  if (fd < 0) return ax__posix_error(errno);
  close(fd);
  return AX_OK;
}

/* Nothing that is made acts for somebody else. */
static int outmake_kind(int at, const char *name, const ax_making *how) {
  mode_t mode = (mode_t)(how->mode & 01777);
  switch (how->mode & AX_S_IFMT) {
    case AX_S_IFREG: return outmake_regular(at, name, mode);
    case AX_S_IFDIR: return outmake_result(mkdirat(at, name, mode));
    case AX_S_IFLNK: return outmake_result(symlinkat(how->target, at, name));
    case AX_S_IFIFO: return outmake_result(mkfifoat(at, name, mode));
    default: return AX_EINVAL;
  }
}

int ax__outside_make(ax_vnode *dir, ax_name name, const ax_making *how,
                     ax_vnode **out) {
  char buffer[AX_NAME_MAX + 1];
  const ax_outside *d = ax__outside_of(dir);
  if (d->root->readonly) return AX_EROFS;
  int rc = outmake_kind(d->fd, ax__outside_name(name, buffer), how);
  return rc == AX_OK ? ax__outside_lookup(dir, name, out) : rc;
}

int ax__outside_link(ax_vnode *dir, ax_name name, ax_vnode *n) {
  char buffer[AX_NAME_MAX + 1];
  const ax_outside *d = ax__outside_of(dir), *o = ax__outside_of(n);
  if (d->root->readonly) return AX_EROFS;
  return outmake_result(linkat(o->parent->fd, o->name, d->fd,
                               ax__outside_name(name, buffer), 0));
}

int ax__outside_remove(ax_vnode *dir, ax_name name, ax_vnode *n) {
  char buffer[AX_NAME_MAX + 1];
  const ax_outside *d = ax__outside_of(dir);
  int flags = ax__vnode_kind(n) == AX_S_IFDIR ? AT_REMOVEDIR : 0;
  if (d->root->readonly) return AX_EROFS;
  int rc =
      outmake_result(unlinkat(d->fd, ax__outside_name(name, buffer), flags));
  return rc == AX_EEXIST ? AX_ENOTEMPTY : rc; /* some systems say so */
}

int ax__outside_rename(ax_vnode *dir, ax_name name, ax_vnode *n, ax_vnode *to,
                       ax_name new_name, ax_vnode *target) {
  char old[AX_NAME_MAX + 1], new[AX_NAME_MAX + 1];
  const ax_outside *from = ax__outside_of(dir), *dest = ax__outside_of(to);
  (void)n;
  (void)target;
  if (from->root->readonly) return AX_EROFS;
  int rc =
      outmake_result(renameat(from->fd, ax__outside_name(name, old), dest->fd,
                              ax__outside_name(new_name, new)));
  return rc == AX_EEXIST ? AX_ENOTEMPTY : rc;
}
