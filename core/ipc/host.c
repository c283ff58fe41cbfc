/* host - files over descriptors of the host program
**
** Descriptors that others use, too, as a terminal, are never made
** non-blocking: that would hold for those others, and after this program.
** They are asked by poll(2) before each read and write, and what is written
** is small enough not to block.
**
** What peek shows comes from a small buffer; who reads more than that reads
** past it. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* F_GETPIPE_SZ */
#endif

#include "ipc/host.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/value.h"
#include "ipc/posix.h"
#include "kernel/kernel.h"

enum { HOST_BUFFER = 16384 };

static const ax_file_ops host_ops;

ax_host *ax__host_of(const ax_object *o) {
  ax_file *f = ax__file_of(o);
  ax_assert(f != NULL && f->object.ops == &host_ops.object);
  return ax_container(f, ax_host, file);
}

static ax_host *host_of_file(const ax_file *f) {
  return ax_container(f, ax_host, file);
}

/* ------------------------------------------------------- bytes, in and out */

bool ax__host_look(const ax_host *h, int events) {
  return h->plain || ax__posix_ready(h->fd, events);
}

void ax__host_flush(const ax_host *h) {
  if (h->stream != NULL) fflush(h->stream);
}

static int host_pull(const ax_host *h, char *data, size_t size,
                     size_t *done) {
  if (h->polite && !ax__host_look(h, AX_POLLIN)) {
    ax__host_flush(h);
    return AX_EAGAIN;
  }
  return ax__posix_read(h->fd, data, size, done);
}

int ax__host_push(const ax_host *h, const char *data, size_t size,
                  size_t *done) {
  if (h->plain) return ax__posix_write(h->fd, data, size, done);
  if (h->polite) {
    if (!ax__host_look(h, AX_POLLOUT)) return AX_EAGAIN;
    if (size > PIPE_BUF) size = PIPE_BUF;
  }
  return ax__posix_send(h->fd, data, size, done);
}

/* What was read ahead of a file with places goes back. */
static void host_unread(ax_host *h) {
  if (h->plain && h->from < h->to)
    (void)lseek(h->fd, -(off_t)(h->to - h->from), SEEK_CUR);
  if (h->plain) h->from = h->to = 0;
}

/* ---------------------------------------------------------- the operations */

static int host_peek(ax_file *f, const char **data, size_t *size) {
  ax_host *h = host_of_file(f);
  ax_mem *m = &f->object.kernel->mem;
  if (h->from == h->to) {
    if (h->buffer == NULL) h->buffer = ax__alloc(m, HOST_BUFFER);
    if (h->buffer == NULL) return AX_ENOMEM;
    h->from = h->to = 0;
    int rc = host_pull(h, h->buffer, HOST_BUFFER, &h->to);
    if (rc != AX_OK) return rc;
  }
  *data = h->buffer + h->from;
  *size = h->to - h->from;
  return AX_OK;
}

static void host_take(ax_file *f, size_t n) {
  ax_host *h = host_of_file(f);
  h->from += n;
  if (h->from < h->to && !ax_list_empty(&h->reading)) ax__file_later(f);
}

static int host_read(ax_file *f, char *data, size_t size, size_t *done) {
  ax_host *h = host_of_file(f);
  size_t left = h->to - h->from;
  if (left == 0) return host_pull(h, data, size, done);
  *done = size < left ? size : left;
  memcpy(data, h->buffer + h->from, *done);
  host_take(f, *done);
  return AX_OK;
}

/* The flag may have been set after it was opened. */
static void host_to_end(const ax_host *h) {
  if (h->plain && (h->file.flags & AX_O_APPEND))
    (void)lseek(h->fd, 0, SEEK_END);
}

static int host_write(ax_file *f, const char *data, size_t size,
                      size_t *done) {
  ax_host *h = host_of_file(f);
  size_t n;
  int rc;
  *done = 0;
  ax__host_flush(h);
  host_unread(h);
  host_to_end(h);
  if (ax__host_writer(h) != NULL)
    return AX_EAGAIN; /* who waits comes first */
  do {
    rc = ax__host_push(h, data + *done, size - *done, &n);
    if (rc == AX_OK) *done += n;
  } while (rc == AX_OK && *done < size);
  return *done > 0 ? AX_OK : rc;
}

static int host_pread(ax_file *f, char *data, size_t size, uint64_t at,
                      size_t *done) {
  ssize_t n;
  do n = pread(host_of_file(f)->fd, data, size, (off_t)at);
  while (n < 0 && errno == EINTR);
  return ax__posix_result(n, done);
}

static int host_pwrite(ax_file *f, const char *data, size_t size, uint64_t at,
                       size_t *done) {
  ssize_t n;
  ax_host *h = host_of_file(f);
  host_unread(h);
  do n = pwrite(h->fd, data, size, (off_t)at);
  while (n < 0 && errno == EINTR);
  return ax__posix_result(n, done);
}

static int host_seek(ax_file *f, int64_t offset, enum ax_whence whence,
                     int64_t *position) {
  static const int whences[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  ax_host *h = host_of_file(f);
  ax__host_flush(h);
  host_unread(h);
  off_t at = lseek(h->fd, (off_t)offset, whences[whence]);
  if (at < 0) return ax__posix_error(errno);
  *position = at;
  return AX_OK;
}

static int host_resize(ax_file *f, uint64_t size) {
  ax_host *h = host_of_file(f);
  host_unread(h);
  return ftruncate(h->fd, (off_t)size) == 0 ? AX_OK : ax__posix_error(errno);
}

static int host_stat(ax_file *f, ax_stat *out) {
  struct stat s;
  if (fstat(host_of_file(f)->fd, &s) != 0) return ax__posix_error(errno);
  ax__posix_stat(&s, out);
  return AX_OK;
}

static int host_capacity(ax_file *f, size_t size, size_t *out) {
#if defined(F_GETPIPE_SZ)
  int fd = host_of_file(f)->fd;
  int n =
      size > 0 ? fcntl(fd, F_SETPIPE_SZ, (int)size) : fcntl(fd, F_GETPIPE_SZ);
  if (n < 0) return errno == EBADF ? AX_EINVAL : ax__posix_error(errno);
  *out = (size_t)n;
  return AX_OK;
#else
  (void)f;
  (void)size;
  (void)out;
  return AX_EINVAL;
#endif
}

/* Whoever asks may give it to others, who expect it to block. */
static int host_descriptor(ax_file *f) {
  ax_host *h = host_of_file(f);
  host_unread(h);
  if (!h->polite && !h->plain) {
    int flags = fcntl(h->fd, F_GETFL);
    if (flags >= 0) fcntl(h->fd, F_SETFL, flags & ~O_NONBLOCK);
    h->polite = true;
  }
  return h->fd;
}

static int host_describe(const ax_object *o, char *buffer, size_t size) {
  const ax_host *h = ax__host_of(o);
  return snprintf(buffer, size, "descriptor %d of the host", h->fd);
}

static void host_free(ax_object *o) {
  ax_host *h = ax__host_of(o);
  ax_kernel *k = o->kernel;
  while (ax_list_pop(&h->given) != NULL) continue;
  ax__fire_all(&h->reading, AX_EPIPE);
  ax__fire_all(&h->writing, AX_EPIPE);
  ax__host_flush(h);
  ax__watch_fini(k, &h->watch);
  if (h->own) close(h->fd);
  k->nobjects++; /* ours, until the memory is free */
  ax_file_fini(&h->file);
  ax__free(&k->mem, h->buffer, HOST_BUFFER);
  ax__free(&k->mem, h, sizeof *h);
  ax_object_fini(k);
}

static const ax_file_ops host_ops = {
    .object = {.side = AX_READ_SIDE,
               .kind = "descriptor",
               .doing = "read from",
               .free = host_free,
               .attempt = ax__host_attempt,
               .queue = ax__host_queue,
               .refuse = ax__host_refuse,
               .accept = ax__host_accept,
               .serve = ax__host_serve,
               .describe = host_describe},
    .writer = {.side = AX_WRITE_SIDE,
               .kind = "descriptor",
               .doing = "write to",
               .attempt = ax__host_writer_attempt,
               .queue = ax__host_writer_queue,
               .serve = ax__host_writer_serve,
               .describe = host_describe},
    .peek = host_peek,
    .take = host_take,
    .read = host_read,
    .write = host_write,
    .pread = host_pread,
    .pwrite = host_pwrite,
    .seek = host_seek,
    .resize = host_resize,
    .stat = host_stat,
    .capacity = host_capacity,
    .descriptor = host_descriptor,
};

/* --------------------------------------------------------------------- new */

/* Does a read or a write of it never wait? */
static bool host_is_plain(const struct stat *s) {
  return S_ISREG(s->st_mode) || S_ISDIR(s->st_mode) || S_ISBLK(s->st_mode);
}

static int host_new(ax_kernel *k, int fd, int flags, ax_host **out) {
  struct stat s;
  if (fstat(fd, &s) != 0) return ax__posix_error(errno);
  ax_host *h = ax__alloc_zero(&k->mem, sizeof *h);
  if (h == NULL) return AX_ENOMEM;
  int rc = ax__watch_init(k, &h->watch, &ax__host_watch, fd);
  if (rc != AX_OK) {
    ax__free(&k->mem, h, sizeof *h);
    return rc;
  }
  uint32_t kept = AX_O_ACCMODE | AX_O_APPEND | AX_O_NONBLOCK;
  ax_file_init(k, &h->file, &host_ops, (uint32_t)flags & kept);
  ax_list_init(&h->reading);
  ax_list_init(&h->writing);
  ax_list_init(&h->given);
  h->fd = fd;
  h->plain = host_is_plain(&s);
  h->polite = !h->plain;
  *out = h;
  return AX_OK;
}

int ax_host_file(ax_kernel *k, int fd, int flags, bool own, ax_object **out) {
  ax_host *h = NULL;
  int rc = host_new(k, fd, flags, &h);
  if (rc != AX_OK) return rc;
  h->own = own;
  *out = &h->file.object;
  return AX_OK;
}

int ax__host_stream(ax_kernel *k, int fd, int flags, FILE *stream,
                    ax_object **out) {
  ax_host *h = NULL;
  int rc = host_new(k, fd, flags, &h);
  if (rc != AX_OK) return rc;
  h->stream = stream;
  *out = &h->file.object;
  return AX_OK;
}

int ax__host_own(ax_kernel *k, int fd, int flags, ax_object **out) {
  ax_host *h = NULL;
  int rc = host_new(k, fd, flags, &h);
  if (rc != AX_OK) {
    close(fd);
    return rc;
  }
  h->own = true;
  h->polite = false;
  *out = &h->file.object;
  return AX_OK;
}

int ax__host_number(const ax_file *f) {
  bool is = ax__file_ops(f)->descriptor == host_descriptor;
  return is ? ax_container(f, ax_host, file)->fd : -1;
}
