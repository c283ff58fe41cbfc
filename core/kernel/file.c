/* file - what every open file has in common */
#include "kernel/file.h"

#include <string.h>

#include "kernel/kernel.h"

/* ---------------------------------------------------------- life, waiting */

void ax_file_init(ax_kernel *k, ax_file *f, const ax_file_ops *ops,
                  uint32_t flags) {
  ax_assert(ops->object.side == AX_READ_SIDE);
  ax_assert(ops->writer.side == AX_WRITE_SIDE);
  memset(f, 0, sizeof *f);
  ax_object_init(k, &f->object, &ops->object);
  f->writer = (ax_object){&ops->writer, k, 1};
  f->flags = flags;
  ax_list_init(&f->due);
}

/* What was held and read may be big. */
static void held_free(ax_file *f) {
  ax__free(ax__kernel_mem(f->object.kernel), f->held.data, f->held.room);
  memset(&f->held, 0, sizeof f->held);
}

void ax_file_fini(ax_file *f) {
  held_free(f);
  ax_list_unlink(&f->due);
  ax_object_fini(f->object.kernel);
}

void ax__file_later(ax_file *f) {
  if (ax_list_empty(&f->due)) ax_list_push(&f->object.kernel->due, &f->due);
}

enum { HELD_KEPT = 65536 }; /* bytes of room that a file keeps for reuse */

void ax__files_serve(ax_kernel *k) {
  ax_list *l;
  while ((l = ax_list_pop(&k->due)) != NULL) {
    ax_file *f = ax_container(l, ax_file, due);
    if (f->held.length == 0 && f->held.room > HELD_KEPT) held_free(f);
    if (f->object.ops->serve != NULL) f->object.ops->serve(&f->object);
  }
}

int ax__file_ready(ax_object *o, ax_clause *c) {
  (void)o;
  (void)c;
  return AX_OK;
}

ax_value ax_lent(const void *data, size_t size) {
  ax_value v = {AX_LENT, 0, (uint32_t)size, {0}};
  ax_assert(size <= UINT32_MAX);
  v.u.lent = data;
  return v;
}

size_t ax_lent_size(const ax_value *v) {
  return v->type == AX_LENT ? v->slot : 0;
}

int ax__file_write_now(ax_object *o, ax_clause *c) {
  while (ax_lent_size(&c->value) > 0) {
    size_t done = 0;
    int rc = ax_file_write(o, c->value.u.lent, c->value.slot, &done);
    if (rc != AX_OK) return rc;
    ax__lent_shrink(&c->value, done);
  }
  return AX_OK;
}

ax_object *ax_file_writer(ax_object *file) {
  ax_file *f = ax__file_of(file);
  return f == NULL ? NULL : &f->writer;
}

/* The file, if the call can be made: of one that reads, or writes, or (0)
** any.  Else NULL, and *rc says why. */
static ax_file *file_for(const ax_object *o, int side, int *rc) {
  ax_file *f = ax__file_of(o);
  *rc = AX_EBADF;
  if (f == NULL || (side == AX_READ_SIDE && !ax__file_reads(f)) ||
      (side == AX_WRITE_SIDE && !ax__file_writes(f)))
    return NULL;
  *rc = AX_EPIPE;
  return f->object.kernel->closed ? NULL : f;
}

/* ------------------------------------------------------ what is held back */

static size_t held_left(const ax_file *f) {
  return f->held.length - f->held.at;
}

/* Room for that many bytes more, behind those that are left. */
static int held_reserve(ax_file *f, size_t more) {
  ax_held *h = &f->held;
  size_t left = held_left(f), room = h->room == 0 ? 64 : h->room;
  if (h->at > 0) memmove(h->data, h->data + h->at, left);
  h->at = 0;
  h->length = left;
  if (more > SIZE_MAX / 4 - left) return AX_ENOMEM;
  while (room < left + more) room *= 2;
  if (room == h->room) return AX_OK;
  char *data =
      ax__resize(ax__kernel_mem(f->object.kernel), h->data, h->room, room);
  if (data == NULL) return AX_ENOMEM;
  h->data = data;
  h->room = room;
  return AX_OK;
}

static void held_take(ax_file *f, size_t n) {
  ax_held *h = &f->held;
  h->at += n;
  if (h->at < h->length) return;
  h->at = h->length = 0;
  if (h->room > HELD_KEPT) ax__file_later(f);
}

/* What is held goes back to where it was, in a file with an offset. */
static int held_return(ax_file *f) {
  int64_t position, left = (int64_t)held_left(f);
  const ax_file_ops *ops = ax__file_ops(f);
  if (left == 0 || ops->seek == NULL) return AX_OK;
  int rc = ops->seek(f, -left, AX_SEEK_CUR, &position);
  if (rc == AX_OK) f->held.at = f->held.length = 0;
  return rc == AX_ESPIPE ? AX_OK : rc;
}

/* How much of the piece comes with the first byte `until`. */
static size_t piece_until(const char *data, size_t size, size_t most,
                          int until) {
  if (size > most) size = most;
  const char *at = until < 0 ? NULL : memchr(data, until, size);
  return at == NULL ? size : (size_t)(at - data) + 1;
}

static int gather_peeked(ax_file *f, size_t most, int until, size_t *more) {
  const char *data;
  const ax_file_ops *ops = ax__file_ops(f);
  int rc = ops->peek(f, &data, more);
  if (rc != AX_OK || *more == 0) return rc;
  size_t n = piece_until(data, *more, most, until);
  *more = 0;
  rc = held_reserve(f, n);
  if (rc != AX_OK) return rc;
  memcpy(f->held.data + f->held.length, data, n);
  f->held.length += n;
  *more = n;
  ops->take(f, n);
  return AX_OK;
}

enum { GATHER_AT_ONCE = 4096 }; /* bytes, where nothing can be shown */

static int gather_read(ax_file *f, size_t most, size_t *more) {
  size_t n = most < GATHER_AT_ONCE ? most : GATHER_AT_ONCE;
  int rc = held_reserve(f, n);
  if (rc != AX_OK) return rc;
  rc = ax__file_ops(f)->read(f, f->held.data + f->held.length, n, more);
  if (rc == AX_OK) f->held.length += *more;
  return rc;
}

int ax_file_gather(ax_object *file, size_t most, int until, size_t *more) {
  int rc;
  ax_file *f = file_for(file, AX_READ_SIDE, &rc);
  *more = 0;
  if (f == NULL) return rc;
  const ax_file_ops *ops = ax__file_ops(f);
  if (ops->peek != NULL) return gather_peeked(f, most, until, more);
  return ops->read == NULL ? AX_ENOTSUP : gather_read(f, most, more);
}

size_t ax_file_gathered(const ax_object *file) {
  const ax_file *f = ax__file_of(file);
  return f == NULL ? 0 : held_left(f);
}

/* ------------------------------------------------------- reading, writing */

int ax_file_peek(ax_object *file, const char **data, size_t *size) {
  int rc;
  ax_file *f = file_for(file, AX_READ_SIDE, &rc);
  if (f == NULL) return rc;
  if (f->held.length > 0) {
    *data = f->held.data + f->held.at;
    *size = held_left(f);
    return AX_OK;
  }
  const ax_file_ops *ops = ax__file_ops(f);
  return ops->peek == NULL ? AX_ENOTSUP : ops->peek(f, data, size);
}

void ax_file_take(ax_object *file, size_t n) {
  ax_file *f = ax__file_of(file);
  if (n == 0) return;
  if (f->held.length > 0)
    held_take(f, n);
  else
    ax__file_ops(f)->take(f, n);
  if (ax__file_ops(f)->finish != NULL) ax__file_ops(f)->finish(f);
}

/* For files that have no read of their own, and for what is held. */
static int read_peeked(ax_object *file, char *data, size_t size,
                       size_t *done) {
  const char *from;
  int rc = ax_file_peek(file, &from, done);
  if (rc != AX_OK || *done == 0) return rc;
  if (*done > size) *done = size;
  memcpy(data, from, *done);
  ax_file_take(file, *done);
  return AX_OK;
}

int ax_file_read(ax_object *file, void *buffer, size_t size, size_t *done) {
  int rc;
  ax_file *f = file_for(file, AX_READ_SIDE, &rc);
  *done = 0;
  if (f == NULL) return rc;
  const ax_file_ops *ops = ax__file_ops(f);
  if (size == 0 && ops->seek == NULL) return AX_OK; /* nobody waits for it */
  if (f->held.length > 0) return read_peeked(file, buffer, size, done);
  if (ops->read != NULL) return ops->read(f, buffer, size, done);
  return ops->peek == NULL ? AX_ENOTSUP
                           : read_peeked(file, buffer, size, done);
}

int ax_file_write(ax_object *file, const void *data, size_t size,
                  size_t *done) {
  int rc;
  ax_file *f = file_for(file, AX_WRITE_SIDE, &rc);
  *done = 0;
  if (f == NULL) return rc;
  const ax_file_ops *ops = ax__file_ops(f);
  if (ops->write == NULL) return AX_EBADF;
  if (size == 0) return AX_OK;
  if (f->held.length > 0) {
    rc = held_return(f);
    if (rc != AX_OK) return rc;
  }
  return ops->write(f, data, size, done);
}

/* ------------------------------------------------------- places, lengths */

static int place_check(size_t size, int64_t offset) {
  if (offset < 0 || size > (uint64_t)(INT64_MAX - offset)) return AX_EINVAL;
  return AX_OK;
}

int ax_file_pread(ax_object *file, void *buffer, size_t size, int64_t offset,
                  size_t *done) {
  int rc;
  ax_file *f = file_for(file, 0, &rc);
  *done = 0;
  if (offset < 0) return AX_EINVAL;
  if (f == NULL) return rc;
  const ax_file_ops *ops = ax__file_ops(f);
  if (ops->pread == NULL) return AX_ESPIPE;
  if (!ax__file_reads(f)) return AX_EBADF;
  rc = place_check(size, offset);
  if (rc != AX_OK) return rc;
  return ops->pread(f, buffer, size, (uint64_t)offset, done);
}

int ax_file_pwrite(ax_object *file, const void *data, size_t size,
                   int64_t offset, size_t *done) {
  int rc;
  ax_file *f = file_for(file, 0, &rc);
  *done = 0;
  if (offset < 0) return AX_EINVAL;
  if (f == NULL) return rc;
  const ax_file_ops *ops = ax__file_ops(f);
  if (ops->pwrite == NULL) return AX_ESPIPE;
  if (!ax__file_writes(f)) return AX_EBADF;
  rc = place_check(size, offset);
  if (rc != AX_OK || size == 0) return rc;
  return ops->pwrite(f, data, size, (uint64_t)offset, done);
}

int ax_file_seek(ax_object *file, int64_t offset, enum ax_whence whence,
                 int64_t *position) {
  int rc;
  ax_file *f = file_for(file, 0, &rc);
  if (f == NULL) return rc;
  const ax_file_ops *ops = ax__file_ops(f);
  if (ops->seek == NULL) return AX_ESPIPE;
  if ((unsigned)whence > AX_SEEK_END) return AX_EINVAL;
  rc = held_return(f);
  return rc == AX_OK ? ops->seek(f, offset, whence, position) : rc;
}

int ax_file_truncate(ax_object *file, int64_t size) {
  int rc;
  ax_file *f = file_for(file, 0, &rc);
  if (f == NULL) return rc;
  const ax_file_ops *ops = ax__file_ops(f);
  if (size < 0 || ops->resize == NULL || !ax__file_writes(f))
    return AX_EINVAL;
  return ops->resize(f, (uint64_t)size);
}

/* -------------------------------------------------------------- the rest */

int ax_file_stat(ax_object *file, ax_stat *out) {
  int rc;
  ax_file *f = file_for(file, 0, &rc);
  if (f == NULL) return rc;
  memset(out, 0, sizeof *out);
  const ax_file_ops *ops = ax__file_ops(f);
  return ops->stat == NULL ? AX_ENOTSUP : ops->stat(f, out);
}

int ax_file_entry(ax_object *file, ax_entry *out) {
  int rc;
  ax_file *f = file_for(file, AX_READ_SIDE, &rc);
  if (f == NULL) return rc;
  const ax_file_ops *ops = ax__file_ops(f);
  return ops->entry == NULL ? AX_ENOTDIR : ops->entry(f, out);
}

int ax_file_flags(const ax_object *file) {
  const ax_file *f = ax__file_of(file);
  return f == NULL ? AX_EBADF : (int)f->flags;
}

int ax_file_set_flags(ax_object *file, int flags) {
  int rc;
  ax_file *f = file_for(file, 0, &rc);
  const uint32_t changeable = AX_O_APPEND | AX_O_NONBLOCK;
  if (f == NULL) return rc;
  f->flags = (f->flags & ~changeable) | ((uint32_t)flags & changeable);
  return AX_OK;
}

int ax_pipe_capacity(ax_object *file, size_t size, size_t *out) {
  int rc;
  ax_file *f = file_for(file, 0, &rc);
  if (f == NULL) return rc;
  const ax_file_ops *ops = ax__file_ops(f);
  return ops->capacity == NULL ? AX_EINVAL : ops->capacity(f, size, out);
}

ax_object *ax_file_opening(ax_object *file) {
  ax_file *f = ax__file_of(file);
  if (f == NULL || ax__file_ops(f)->opening == NULL) return NULL;
  return ax__file_ops(f)->opening(f);
}
