/* device - /dev: files that are no files
**
** A node is made for each look; what a device is stands in a table.  The
** numbers are those of Linux.  random and urandom are the kernel's own
** generator: the same seed gives the same bytes, so they are for games and
** tests, not for secrets.  stdin, stdout and stderr are what the process has
** as 0, 1 and 2; tty is the first of these that is a terminal. */
#include "ipc/device.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "ipc/host.h"
#include "kernel/kernel.h"

typedef struct device_kind {
  const char *name;
  uint64_t rdev;
  int (*read)(ax_kernel *k, char *data, size_t size, size_t *done);
  int (*write)(size_t size, size_t *done);
  int fd; /* with no functions: which descriptor; -1: a terminal */
} device_kind;

typedef struct device {
  ax_vnode vnode;
  const device_kind *kind;
} device;

typedef struct device_file {
  ax_file file;
  device *device; /* referred to */
} device_file;

#define DEVICE_NUMBER(major, minor) ((uint64_t)(major) << 8 | (minor))

/* --------------------------------------------------------------- the bytes */

static int null_read(ax_kernel *k, char *data, size_t size, size_t *done) {
  (void)k, (void)data, (void)size;
  *done = 0;
  return AX_OK;
}

static int zero_read(ax_kernel *k, char *data, size_t size, size_t *done) {
  (void)k;
  memset(data, 0, size);
  *done = size;
  return AX_OK;
}

static int random_read(ax_kernel *k, char *data, size_t size, size_t *done) {
  for (size_t i = 0; i < size; i++) data[i] = (char)ax_random(k, 256);
  *done = size;
  return AX_OK;
}

static int null_write(size_t size, size_t *done) {
  *done = size;
  return AX_OK;
}

static int full_write(size_t size, size_t *done) {
  (void)size, (void)done;
  return AX_ENOSPC;
}

static const device_kind device_kinds[] = {
    {"null", DEVICE_NUMBER(1, 3), null_read, null_write, 0},
    {"zero", DEVICE_NUMBER(1, 5), zero_read, null_write, 0},
    {"full", DEVICE_NUMBER(1, 7), zero_read, full_write, 0},
    {"random", DEVICE_NUMBER(1, 8), random_read, null_write, 0},
    {"urandom", DEVICE_NUMBER(1, 9), random_read, null_write, 0},
    {"stdin", DEVICE_NUMBER(5, 64), NULL, NULL, 0},
    {"stdout", DEVICE_NUMBER(5, 65), NULL, NULL, 1},
    {"stderr", DEVICE_NUMBER(5, 66), NULL, NULL, 2},
    {"tty", DEVICE_NUMBER(5, 0), NULL, NULL, -1}};

enum { DEVICE_KINDS = sizeof device_kinds / sizeof device_kinds[0] };

static uint64_t device_number(const device_kind *kind) {
  return (uint64_t)(kind - device_kinds) + 2;
}

/* -------------------------------------------------------------- open files */

static device_file *device_file_of(ax_file *f) {
  return (device_file *)(void *)f; /* its first */
}

static int device_read(ax_file *f, char *data, size_t size, size_t *done) {
  return device_file_of(f)->device->kind->read(f->object.kernel, data, size,
                                               done);
}

static int device_write(ax_file *f, const char *data, size_t size,
                        size_t *done) {
  (void)data;
  return device_file_of(f)->device->kind->write(size, done);
}

static int device_pread(ax_file *f, char *data, size_t size, uint64_t at,
                        size_t *done) {
  (void)at;
  return device_read(f, data, size, done);
}

static int device_pwrite(ax_file *f, const char *data, size_t size,
                         uint64_t at, size_t *done) {
  (void)at;
  return device_write(f, data, size, done);
}

/* Every place is the beginning. */
static int device_seek(ax_file *f, int64_t offset, enum ax_whence whence,
                       int64_t *position) {
  (void)f, (void)offset, (void)whence;
  *position = 0;
  return AX_OK;
}

static int device_file_stat(ax_file *f, ax_stat *out) {
  return ax__vnode_stat(&device_file_of(f)->device->vnode, out);
}

static int device_file_describe(const ax_object *o, char *buffer,
                                size_t size) {
  const device_file *f = (const device_file *)(const void *)ax__file_of(o);
  return snprintf(buffer, size, "/dev/%s", f->device->kind->name);
}

static void device_file_free(ax_object *o) {
  device_file *f = device_file_of(ax__file_of(o));
  device *d = f->device;
  ax_kernel *k = o->kernel;
  ax_file_fini(&f->file);
  ax__free(&k->mem, f, sizeof *f);
  ax_unref(&d->vnode.object); /* the last, for the kernel's sake */
}

static const ax_file_ops device_file_ops = {
    .object = {AX_READ_SIDE, .kind = "device", .doing = "read device",
               .free = device_file_free, .attempt = ax__file_ready,
               .describe = device_file_describe},
    .writer = {AX_WRITE_SIDE, .kind = "device", .doing = "write device",
               .attempt = ax__file_write_now,
               .describe = device_file_describe},
    .read = device_read,
    .write = device_write,
    .pread = device_pread,
    .pwrite = device_pwrite,
    .seek = device_seek,
    .stat = device_file_stat,
};

/* ------------------------------------------------------------------- nodes */

static device *device_of(ax_vnode *n) { return (device *)(void *)n; }

/* Was the file opened for that? */
static bool device_allows(ax_object *file, uint32_t flags) {
  uint32_t want = flags & AX_O_ACCMODE, have;
  have = (uint32_t)ax_file_flags(file) & AX_O_ACCMODE;
  return have == AX_O_RDWR || have == want;
}

/* A descriptor of the process, once more. */
static int device_share(const ax_kernel *k, int fd, uint32_t flags,
                        ax_object **out) {
  ax_object *file = ax_fd_find(k->running, fd);
  if (file == NULL) return AX_ENXIO;
  if (!device_allows(file, flags)) return AX_EACCES;
  *out = ax_ref(file);
  return AX_OK;
}

static int device_terminal(const ax_kernel *k, uint32_t flags,
                           ax_object **out) {
  for (int fd = 0; fd < 3; fd++) {
    ax_object *file = ax_fd_find(k->running, fd);
    if (file != NULL && ax__host_terminal(file) && device_allows(file, flags))
      return device_share(k, fd, flags, out);
  }
  return AX_ENXIO;
}

static int device_open(ax_vnode *n, uint32_t flags, ax_object **out) {
  device *d = device_of(n);
  ax_kernel *k = n->object.kernel;
  if (d->kind->read == NULL)
    return d->kind->fd < 0 ? device_terminal(k, flags, out)
                           : device_share(k, d->kind->fd, flags, out);
  device_file *f = ax__alloc_zero(&k->mem, sizeof *f);
  if (f == NULL) return AX_ENOMEM;
  ax_file_init(k, &f->file, &device_file_ops, flags);
  f->device = d;
  ax_ref(&n->object);
  *out = &f->file.object;
  return AX_OK;
}

static int device_stat(ax_vnode *n, ax_stat *out) {
  const device *d = device_of(n);
  out->ino = device_number(d->kind);
  out->nlink = 1;
  out->rdev = d->kind->rdev;
  return AX_OK;
}

static int device_statfs(ax_vnode *n, ax_statfs *out) {
  (void)n;
  out->readonly = true;
  out->files = DEVICE_KINDS + 1;
  return AX_OK;
}

static void device_free(ax_object *o) {
  ax_vnode_free(ax__vnode_of(o), sizeof(device));
}

static const ax_vnode_ops device_ops = {
    .object = {.kind = "device", .free = device_free},
    .stat = device_stat,
    .open = device_open,
    .statfs = device_statfs,
};

/* --------------------------------------------------------- the directory */

static int devices_stat(ax_vnode *n, ax_stat *out) {
  (void)n;
  out->ino = 1;
  out->nlink = 2;
  out->size = DEVICE_KINDS;
  return AX_OK;
}

static const device_kind *device_find(ax_name name) {
  for (int i = 0; i < DEVICE_KINDS; i++) {
    const char *is = device_kinds[i].name;
    if (strlen(is) == name.length && memcmp(is, name.bytes, name.length) == 0)
      return &device_kinds[i];
  }
  return NULL;
}

static int devices_lookup(ax_vnode *dir, ax_name name, ax_vnode **out) {
  ax_kernel *k = dir->object.kernel;
  const device_kind *kind = device_find(name);
  if (kind == NULL) return AX_ENOENT;
  device *d = ax__alloc_zero(&k->mem, sizeof *d);
  if (d == NULL) return AX_ENOMEM;
  ax_vnode_init(k, &d->vnode, &device_ops, dir->dev, AX_S_IFCHR | 0666);
  d->kind = kind;
  *out = &d->vnode;
  return AX_OK;
}

static ax_vnode *devices_parent(ax_vnode *dir) {
  (void)dir;
  return NULL;
}

static int devices_entry(ax_vnode *dir, uint64_t *at, ax_entry *out) {
  (void)dir;
  if (*at >= DEVICE_KINDS) return AX_ENOENT;
  const device_kind *kind = &device_kinds[(*at)++];
  out->ino = device_number(kind);
  out->mode = AX_S_IFCHR;
  strcpy(out->name, kind->name);
  return AX_OK;
}

static void devices_free(ax_object *o) {
  ax_vnode_free(ax__vnode_of(o), sizeof(ax_vnode));
}

static const ax_vnode_ops devices_ops = {
    .object = {.kind = "directory", .free = devices_free},
    .stat = devices_stat,
    .statfs = device_statfs,
    .lookup = devices_lookup,
    .parent = devices_parent,
    .entry = devices_entry,
};

int ax__device_root(ax_kernel *k, uint64_t dev, ax_vnode **out) {
  ax_vnode *n = ax__alloc(&k->mem, sizeof *n);
  if (n == NULL) return AX_ENOMEM;
  ax_vnode_init(k, n, &devices_ops, dev, AX_S_IFDIR | 0755);
  *out = n;
  return AX_OK;
}

#undef DEVICE_NUMBER
