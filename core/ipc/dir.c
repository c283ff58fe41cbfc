/* dir - open directories, of whatever file system */
#include "ipc/dir.h"

#include <string.h>

#include "kernel/kernel.h"

typedef struct dirfile {
  ax_file file;    /* position: how many entries were read */
  ax_vnode *vnode; /* referred to */
  uint64_t at;     /* behind which entry it is, see ax_vnode_ops */
} dirfile;

static dirfile *dir_of(ax_file *f) {
  return (dirfile *)(void *)f; /* its first */
}

/* "." and ".." are the first two, everywhere. */
static int dir_dots(ax_vnode *n, const char *name, ax_entry *out) {
  ax_stat st;
  int rc = ax__vnode_stat(n, &st);
  if (rc != AX_OK) return rc;
  out->ino = st.ino;
  out->mode = AX_S_IFDIR;
  strcpy(out->name, name);
  return AX_OK;
}

static ax_vnode *dir_above(ax_vnode *n) {
  while (n->covers != NULL) n = n->covers;
  ax_vnode *parent = ax__vnode_ops(n)->parent(n);
  return parent == NULL ? n : parent;
}

static int dir_entry(ax_file *f, ax_entry *out) {
  dirfile *d = dir_of(f);
  int rc;
  if (f->position == 0)
    rc = dir_dots(d->vnode, ".", out);
  else if (f->position == 1)
    rc = dir_dots(dir_above(d->vnode), "..", out);
  else
    rc = ax__vnode_ops(d->vnode)->entry(d->vnode, &d->at, out);
  if (rc == AX_OK) f->position++;
  return rc;
}

/* Back to the beginning, or nowhere. */
static int dir_seek(ax_file *f, int64_t offset, enum ax_whence whence,
                    int64_t *position) {
  dirfile *d = dir_of(f);
  if (offset != 0 || whence == AX_SEEK_END) return AX_EINVAL;
  if (whence == AX_SEEK_SET) f->position = d->at = 0;
  *position = (int64_t)f->position;
  return AX_OK;
}

static int dir_read(ax_file *f, char *data, size_t size, size_t *done) {
  (void)f, (void)data, (void)size, (void)done;
  return AX_EISDIR;
}

static int dir_pread(ax_file *f, char *data, size_t size, uint64_t at,
                     size_t *done) {
  (void)at;
  return dir_read(f, data, size, done);
}

/* It was not opened for that. */
static int dir_pwrite(ax_file *f, const char *data, size_t size, uint64_t at,
                      size_t *done) {
  (void)f, (void)data, (void)size, (void)at, (void)done;
  return AX_EBADF;
}

static int dir_stat(ax_file *f, ax_stat *out) {
  return ax__vnode_stat(dir_of(f)->vnode, out);
}

static void dir_free(ax_object *o) {
  dirfile *d = dir_of(ax__file_of(o));
  ax_vnode *n = d->vnode;
  ax_kernel *k = o->kernel;
  ax_file_fini(&d->file);
  ax__free(&k->mem, d, sizeof *d);
  ax_unref(&n->object); /* the last, for the kernel's sake */
}

static const ax_file_ops dir_ops = {
    .object = {AX_READ_SIDE, .kind = "directory", .doing = "read directory",
               .free = dir_free, .attempt = ax__file_ready},
    .writer = {AX_WRITE_SIDE, .kind = "directory", .doing = "write directory",
               .attempt = ax__file_write_now},
    .read = dir_read,
    .pread = dir_pread,
    .pwrite = dir_pwrite,
    .seek = dir_seek,
    .stat = dir_stat,
    .entry = dir_entry,
};

int ax__dir_open(ax_vnode *n, uint32_t flags, ax_object **out) {
  ax_kernel *k = n->object.kernel;
  dirfile *d = ax__alloc_zero(&k->mem, sizeof *d);
  if (d == NULL) return AX_ENOMEM;
  ax_file_init(k, &d->file, &dir_ops, flags);
  d->vnode = n;
  ax_ref(&n->object);
  *out = &d->file.object;
  return AX_OK;
}

ax_vnode *ax__dir_vnode(ax_object *file) {
  ax_file *f = ax__file_of(file);
  bool is = f != NULL && &ax__file_ops(f)->object == &dir_ops.object;
  return is ? dir_of(f)->vnode : NULL;
}
