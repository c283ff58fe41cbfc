/* outside - a directory of the host as a file system: looking, opening */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* O_PATH */
#endif

#include "ipc/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "ipc/posix.h"
#include "kernel/kernel.h"

#if defined(O_PATH)
#define OUTSIDE_DIR O_PATH /* needs no permission to read */
#else
#define OUTSIDE_DIR O_RDONLY
#endif

/* ------------------------------------------------------------ what it is */

const char *ax__outside_name(ax_name name, char buffer[AX_NAME_MAX + 1]) {
  memcpy(buffer, name.bytes, name.length);
  buffer[name.length] = '\0';
  return buffer;
}

int ax__outside_is(const ax_outside *o, const struct stat *s) {
  return o->dev == (uint64_t)s->st_dev && o->ino == (uint64_t)s->st_ino
             ? AX_OK
             : AX_ENOENT;
}

/* What the system says of the file now. */
static int outside_look(const ax_outside *o, struct stat *s) {
  int rc = o->fd >= 0
               ? fstat(o->fd, s)
               : fstatat(o->parent->fd, o->name, s, AT_SYMLINK_NOFOLLOW);
  return rc != 0 ? ax__posix_error(errno) : ax__outside_is(o, s);
}

/* What the walk has to know. */
static void outside_note(ax_outside *o, const struct stat *s) {
  o->vnode.mode = (uint32_t)s->st_mode;
  o->vnode.uid = (uint32_t)s->st_uid;
  o->vnode.gid = (uint32_t)s->st_gid;
}

static int outside_stat(ax_vnode *n, ax_stat *out) {
  ax_outside *o = ax__outside_of(n);
  struct stat s;
  int rc = outside_look(o, &s);
  if (rc != AX_OK) return rc;
  outside_note(o, &s);
  ax__posix_stat(&s, out);
  return AX_OK;
}

static int outside_statfs(ax_vnode *n, ax_statfs *out) {
  const ax_outside *o = ax__outside_of(n);
  struct statvfs s;
  int rc = fstatvfs(o->fd >= 0 ? o->fd : o->parent->fd, &s);
  if (rc != 0) return ax__posix_error(errno);
  out->block = (uint32_t)s.f_frsize;
  out->total = (uint64_t)s.f_blocks * s.f_frsize;
  out->used = (uint64_t)(s.f_blocks - s.f_bfree) * s.f_frsize;
  out->most = (uint64_t)s.f_files;
  out->files = (uint64_t)(s.f_files - s.f_ffree);
  out->readonly = o->root->readonly || (s.f_flag & ST_RDONLY) != 0;
  return AX_OK;
}

static int outside_readlink(ax_vnode *n, char *buffer, size_t size,
                            size_t *length) {
  const ax_outside *o = ax__outside_of(n);
  char target[AX_PATH_MAX];
  ssize_t got = readlinkat(o->parent->fd, o->name, target, sizeof target);
  if (got < 0) return ax__posix_error(errno);
  *length = (size_t)got;
  memcpy(buffer, target, *length < size ? *length : size);
  return AX_OK;
}

/* ---------------------------------------------------------------- opening */

int ax__outside_open(const ax_outside *o, int flags, int *fd) {
  struct stat s;
  flags |= O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  do
    *fd = o->fd >= 0 ? openat(o->fd, ".", flags)
                     : openat(o->parent->fd, o->name, flags);
  while (*fd < 0 && errno == EINTR);
  if (*fd < 0) return ax__posix_error(errno);
  int rc =
      fstat(*fd, &s) == 0 ? ax__outside_is(o, &s) : ax__posix_error(errno);
  if (rc != AX_OK) close(*fd);
  return rc;
}

/* Devices of the host are not opened, and sockets cannot be. */
static int outside_open(ax_vnode *n, uint32_t flags, ax_object **out) {
  const ax_outside *o = ax__outside_of(n);
  uint32_t kind = ax__vnode_kind(n), access = flags & AX_O_ACCMODE;
  int fd;
  if (access != AX_O_RDONLY && o->root->readonly) return AX_EROFS;
  if (kind == AX_S_IFCHR || kind == AX_S_IFBLK) return AX_EACCES;
  if (kind != AX_S_IFREG && kind != AX_S_IFIFO) return AX_ENXIO;
  int how = ax__posix_flags((int)(flags & (AX_O_ACCMODE | AX_O_APPEND)));
  int rc = ax__outside_open(o, how, &fd);
  if (rc != AX_OK) return rc;
  fcntl(fd, F_SETFL, how & ~O_NONBLOCK); /* for whom it may be given to */
  rc = ax_host_file(n->object.kernel, fd, (int)flags, true, out);
  if (rc != AX_OK) close(fd);
  return rc;
}

/* ------------------------------------------------------------ directories */

static const ax_vnode_ops outside_ops;

static void outside_free(ax_object *object) {
  ax_outside *o = ax__outside_of(ax__vnode_of(object));
  ax_outside *parent = o->parent;
  ax_list_unlink(&o->link);
  if (o->stream != NULL) closedir(o->stream);
  if (o->fd >= 0) close(o->fd);
  ax__string_free(&object->kernel->mem, o->name);
  ax_vnode_free(&o->vnode, sizeof *o);
  if (parent != NULL) ax_unref(&parent->vnode.object);
}

static int outside_new(ax_kernel *k, uint64_t dev, const struct stat *s,
                       const char *name, ax_outside **out) {
  ax_outside *o = ax__alloc_zero(&k->mem, sizeof *o);
  if (o == NULL) return AX_ENOMEM;
  if (name != NULL) o->name = ax__string_copy(&k->mem, name);
  if (name != NULL && o->name == NULL) {
    ax__free(&k->mem, o, sizeof *o);
    return AX_ENOMEM;
  }
  ax_vnode_init(k, &o->vnode, &outside_ops, dev, (uint32_t)s->st_mode);
  outside_note(o, s);
  ax_list_init(&o->link);
  ax_list_init(&o->dirs);
  o->dev = (uint64_t)s->st_dev;
  o->ino = (uint64_t)s->st_ino;
  o->fd = -1;
  *out = o;
  return AX_OK;
}

/* A directory that somebody refers to is found again as the same node. */
static ax_outside *outside_known(ax_outside *root, const struct stat *s) {
  for (ax_list *l = root->dirs.next; l != &root->dirs; l = l->next) {
    ax_outside *o = ax_container(l, ax_outside, link);
    if (ax__outside_is(o, s) == AX_OK) return o;
  }
  return ax__outside_is(root, s) == AX_OK ? root : NULL;
}

/* Takes the descriptor over. */
static int outside_dir(ax_outside *dir, const char *name, int fd,
                       ax_outside **out) {
  struct stat s;
  if (fstat(fd, &s) != 0) {
    close(fd);
    return ax__posix_error(errno);
  }
  ax_outside *o = outside_known(dir->root, &s);
  if (o != NULL) {
    close(fd);
    outside_note(o, &s);
    ax_ref(&o->vnode.object);
    *out = o;
    return AX_OK;
  }
  int rc =
      outside_new(dir->vnode.object.kernel, dir->vnode.dev, &s, name, &o);
  if (rc != AX_OK) {
    close(fd);
    return rc;
  }
  o->fd = fd;
  ax_list_push(&dir->root->dirs, &o->link);
  *out = o;
  return AX_OK;
}

/* A directory is opened first, and is what it was when it was opened. */
static int outside_find(ax_outside *dir, const char *name, ax_outside **out) {
  struct stat s;
  int flags = OUTSIDE_DIR | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat(dir->fd, name, flags);
  if (fd >= 0) return outside_dir(dir, name, fd, out);
  if (errno != ENOTDIR && errno != ELOOP && errno != EMLINK)
    return ax__posix_error(errno);
  if (fstatat(dir->fd, name, &s, AT_SYMLINK_NOFOLLOW) != 0)
    return ax__posix_error(errno);
  if (S_ISDIR(s.st_mode)) return AX_ENOENT; /* since then */
  return outside_new(dir->vnode.object.kernel, dir->vnode.dev, &s, name, out);
}

int ax__outside_lookup(ax_vnode *n, ax_name name, ax_vnode **out) {
  char buffer[AX_NAME_MAX + 1];
  ax_outside *dir = ax__outside_of(n), *o;
  int rc = outside_find(dir, ax__outside_name(name, buffer), &o);
  if (rc != AX_OK) return rc;
  if (o->root == NULL) { /* it is new */
    o->root = dir->root;
    o->parent = dir;
    ax_ref(&n->object);
  }
  *out = &o->vnode;
  return AX_OK;
}

static ax_vnode *outside_parent(ax_vnode *n) {
  ax_outside *parent = ax__outside_of(n)->parent;
  return parent == NULL ? NULL : &parent->vnode;
}

static int outside_called(ax_vnode *n, char name[AX_NAME_MAX + 1]) {
  const ax_outside *o = ax__outside_of(n);
  struct stat s;
  if (fstat(o->fd, &s) != 0 || s.st_nlink == 0) return AX_ENOENT;
  strcpy(name, o->name);
  return AX_OK;
}

/* The stream, at the place that is wanted. */
static int outside_rewind(ax_outside *o, uint64_t at) {
  if (o->stream == NULL) {
    int fd = openat(o->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return ax__posix_error(errno);
    o->stream = fdopendir(fd);
    if (o->stream == NULL) {
      close(fd);
      return AX_ENOMEM;
    }
    o->at = 0;
  }
  if (o->at == at) return AX_OK;
  if (at == 0)
    rewinddir(o->stream);
  else
    seekdir(o->stream, (long)at);
  o->at = at;
  return AX_OK;
}

static uint32_t outside_kind(const ax_outside *o, const char *name) {
  struct stat s;
  if (fstatat(o->fd, name, &s, AT_SYMLINK_NOFOLLOW) != 0) return AX_S_IFREG;
  return (uint32_t)s.st_mode & AX_S_IFMT;
}

static bool outside_is_dots(const char *name) {
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int outside_entry(ax_vnode *n, uint64_t *at, ax_entry *out) {
  ax_outside *o = ax__outside_of(n);
  struct dirent *d;
  int rc = outside_rewind(o, *at);
  if (rc != AX_OK) return rc;
  do {
    errno = 0;
    d = readdir(o->stream);
  } while (d != NULL && outside_is_dots(d->d_name));
  if (d == NULL) {
    rc = errno == 0 ? AX_ENOENT : ax__posix_error(errno);
    closedir(o->stream);
    o->stream = NULL;
    return rc;
  }
  o->at = *at = (uint64_t)telldir(o->stream);
  out->ino = (uint64_t)d->d_ino;
  out->mode = outside_kind(o, d->d_name);
  memcpy(out->name, d->d_name, strlen(d->d_name) + 1);
  return AX_OK;
}

static const ax_vnode_ops outside_ops = {
    .object = {.kind = "file of the host", .free = outside_free},
    .stat = outside_stat,
    .set = ax__outside_set,
    .readlink = outside_readlink,
    .open = outside_open,
    .statfs = outside_statfs,
    .lookup = ax__outside_lookup,
    .parent = outside_parent,
    .name = outside_called,
    .entry = outside_entry,
    .make = ax__outside_make,
    .link = ax__outside_link,
    .remove = ax__outside_remove,
    .rename = ax__outside_rename,
};

/* ------------------------------------------------------------------ mounts */

static int outside_root(ax_kernel *k, const char *directory, bool readonly,
                        ax_vnode **out) {
  struct stat s;
  ax_outside *o = NULL;
  int fd = open(directory, OUTSIDE_DIR | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ax__posix_error(errno);
  uint64_t dev = ax__fs_number(k);
  int rc = fstat(fd, &s) != 0 ? ax__posix_error(errno)
           : dev == 0         ? AX_ENOMEM
                              : outside_new(k, dev, &s, NULL, &o);
  if (rc != AX_OK) {
    close(fd);
    return rc;
  }
  o->fd = fd;
  o->root = o;
  o->readonly = readonly;
  *out = &o->vnode;
  return AX_OK;
}

int ax_host_mount(ax_kernel *k, const char *directory, const char *path,
                  bool readonly) {
  ax_vnode *root = NULL;
  if (ax_proc_uid(k->running) != 0) return AX_EPERM;
  int rc = outside_root(k, directory, readonly, &root);
  if (rc != AX_OK) return rc;
  rc = ax__fs_mount(k, root, path, directory);
  ax_unref(&root->object);
  return rc;
}

#undef OUTSIDE_DIR
