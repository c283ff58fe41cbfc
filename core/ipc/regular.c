/* regular - regular files in memory */
#include "base/assert.h"
#include "ipc/content.h"
#include "kernel/cred.h"
#include "kernel/kernel.h"

typedef struct regular {
  ax_inode inode;
  ax_content content;
} regular;

typedef struct regular_file {
  ax_file file;
  regular *regular; /* referred to */
} regular_file;

static regular *regular_of(ax_vnode *n) { return (regular *)(void *)n; }

static regular_file *regular_open_of(ax_file *f) {
  return (regular_file *)(void *)f; /* its first */
}

static regular *regular_in(ax_file *f) { return regular_open_of(f)->regular; }

/* ---------------------------------------------------------------- contents */

/* Others than user 0 do not change what runs in somebody else's name. */
static void regular_strip(regular *r) {
  ax_vnode *n = &r->inode.vnode;
  uint32_t group = AX_S_ISGID | 010;
  if (ax_proc_uid(n->object.kernel->running) == 0) return;
  n->mode &= ~(uint32_t)AX_S_ISUID;
  if ((n->mode & group) == group) n->mode &= ~(uint32_t)AX_S_ISGID;
}

static int regular_put(regular *r, uint64_t at, const char *data, size_t size,
                       size_t *done) {
  if (at >= INT64_MAX) return AX_EFBIG;
  if (size > (uint64_t)INT64_MAX - at) size = (size_t)(INT64_MAX - at);
  int rc = ax__content_write(&r->content, at, data, size);
  if (rc != AX_OK) return rc;
  regular_strip(r);
  ax__inode_modified(&r->inode);
  *done = size;
  return AX_OK;
}

static int regular_resize(regular *r, uint64_t size) {
  if (size > INT64_MAX) return AX_EFBIG;
  ax__content_resize(&r->content, size);
  regular_strip(r);
  ax__inode_modified(&r->inode);
  return AX_OK;
}

static void regular_looked(regular *r) {
  r->inode.atime = ax__tree_soon(r->inode.tree);
}

static int regular_stat(ax_vnode *n, ax_stat *out) {
  const ax_content *c = &regular_of(n)->content;
  out->size = (int64_t)c->size;
  out->blocks = (int64_t)c->pages.count * (AX_CONTENT_PAGE / 512);
  return ax__inode_stat(n, out);
}

static int regular_set(ax_vnode *n, const ax_change *to) {
  ax_change rest = *to;
  if (to->what & AX_SET_SIZE) {
    int rc = regular_resize(regular_of(n), to->size);
    if (rc != AX_OK) return rc;
    rest.what = to->what & ~(unsigned)AX_SET_SIZE;
  }
  return rest.what == 0 ? AX_OK : ax__inode_set(n, &rest);
}

/* -------------------------------------------------------------- open files */

static int regular_file_peek(ax_file *f, const char **data, size_t *size) {
  regular *r = regular_in(f);
  *size = ax__content_show(&r->content, f->position, data);
  regular_looked(r);
  return AX_OK;
}

static void regular_file_take(ax_file *f, size_t n) { f->position += n; }

static int regular_file_pread(ax_file *f, char *data, size_t size,
                              uint64_t at, size_t *done) {
  regular *r = regular_in(f);
  *done = ax__content_read(&r->content, at, data, size);
  regular_looked(r);
  return AX_OK;
}

static int regular_file_read(ax_file *f, char *data, size_t size,
                             size_t *done) {
  int rc = regular_file_pread(f, data, size, f->position, done);
  f->position += *done;
  return rc;
}

static int regular_file_pwrite(ax_file *f, const char *data, size_t size,
                               uint64_t at, size_t *done) {
  return regular_put(regular_in(f), at, data, size, done);
}

static int regular_file_write(ax_file *f, const char *data, size_t size,
                              size_t *done) {
  regular *r = regular_in(f);
  uint64_t at = f->flags & AX_O_APPEND ? r->content.size : f->position;
  int rc = regular_put(r, at, data, size, done);
  if (rc == AX_OK) f->position = at + *done;
  return rc;
}

static int regular_file_seek(ax_file *f, int64_t offset,
                             enum ax_whence whence, int64_t *position) {
  uint64_t from = whence == AX_SEEK_SET   ? 0
                  : whence == AX_SEEK_CUR ? f->position
                                          : regular_in(f)->content.size;
  if (offset > 0 && (uint64_t)offset > (uint64_t)INT64_MAX - from)
    return AX_EOVERFLOW;
  if (offset < 0 && 0 - (uint64_t)offset > from) return AX_EINVAL;
  f->position = from + (uint64_t)offset;
  *position = (int64_t)f->position;
  return AX_OK;
}

static int regular_file_resize(ax_file *f, uint64_t size) {
  return regular_resize(regular_in(f), size);
}

static int regular_file_stat(ax_file *f, ax_stat *out) {
  return ax__vnode_stat(&regular_in(f)->inode.vnode, out);
}

static void regular_file_free(ax_object *o) {
  ax_file *f = ax__file_of(o);
  regular *r = regular_in(f);
  ax_kernel *k = o->kernel;
  ax_file_fini(f);
  ax__free(&k->mem, f, sizeof(regular_file));
  ax_unref(&r->inode.vnode.object); /* the last, for the kernel's sake */
}

static const ax_file_ops regular_file_ops = {
    .object = {AX_READ_SIDE, .kind = "file", .doing = "read file",
               .free = regular_file_free, .attempt = ax__file_ready},
    .writer = {AX_WRITE_SIDE, .kind = "file", .doing = "write file",
               .attempt = ax__file_write_now},
    .peek = regular_file_peek,
    .take = regular_file_take,
    .read = regular_file_read,
    .write = regular_file_write,
    .pread = regular_file_pread,
    .pwrite = regular_file_pwrite,
    .seek = regular_file_seek,
    .resize = regular_file_resize,
    .stat = regular_file_stat,
};

static int regular_open(ax_vnode *n, uint32_t flags, ax_object **out) {
  ax_kernel *k = n->object.kernel;
  regular_file *f = ax__alloc_zero(&k->mem, sizeof *f);
  if (f == NULL) return AX_ENOMEM;
  ax_file_init(k, &f->file, &regular_file_ops, flags);
  f->regular = regular_of(n);
  ax_ref(&n->object);
  *out = &f->file.object;
  return AX_OK;
}

/* ----------------------------------------------------------- new, free */

static void regular_free(ax_object *o) {
  regular *r = regular_of(ax__vnode_of(o));
  ax__content_fini(&r->content);
  ax__inode_free(&r->inode, sizeof *r);
}

static const ax_vnode_ops regular_ops = {
    .object = {.kind = "file", .free = regular_free},
    .stat = regular_stat,
    .set = regular_set,
    .open = regular_open,
    .statfs = ax__inode_statfs,
};

ax_content *ax__regular_content(ax_vnode *n) {
  ax_assert(ax__vnode_ops(n) == &regular_ops);
  return &regular_of(n)->content;
}

int ax__regular_new(ax_tree *t, const ax_making *how, ax_inode **out) {
  int rc = ax__inode_new(t, &regular_ops, sizeof(regular), how, out);
  if (rc == AX_OK) ax__content_init(&regular_of(&(*out)->vnode)->content, t);
  return rc;
}
