/* fd - the descriptors of a process, and where in the file tree it is */
#include "kernel/fd.h"

#include <string.h>

#include "kernel/kernel.h"

enum {
  NSTDIO = 3,
  FD_LIMIT = 1 << 20 /* the highest limit that can be set */
};

/* -------------------------------------------------------- what is one's own */

static int fd_put(ax_proc *p, int fd, ax_object *file) {
  int rc = ax_table_put(&p->files->table, &p->end.kernel->mem, file, fd);
  if (rc == AX_OK) ax_ref(file);
  return rc;
}

/* The number is free again, and may be the lowest one. */
static void fd_take(ax_files *files, int fd) {
  ax_object *file = ax_table_find(&files->table, fd);
  ax_table_remove(&files->table, fd);
  if (fd < files->table.last) files->table.last = fd;
  ax_unref(file);
}

/* Its 0, 1 and 2; of those that are NULL there are none. */
static int fd_put_stdio(ax_proc *p, ax_object *const files[NSTDIO]) {
  int rc = AX_OK;
  for (int fd = 0; fd < NSTDIO && rc == AX_OK; fd++)
    if (files[fd] != NULL) rc = fd_put(p, fd, files[fd]);
  if (rc != AX_OK) ax__files_close(p);
  return rc;
}

static ax_files *files_new(ax_proc *p) {
  ax_files *files = ax__alloc_zero(&p->end.kernel->mem, sizeof *files);
  if (files == NULL) return NULL;
  files->umask = AX_UMASK;
  files->most = AX_FD_MOST;
  return files;
}

ax_files *ax__files_own(ax_proc *p) {
  if (p->files != NULL) return p->files;
  p->files = files_new(p);
  if (p->files != NULL) (void)fd_put_stdio(p, p->end.kernel->stdio);
  return p->files; /* NULL, if that failed */
}

int ax__files_inherit(const ax_proc *parent, ax_proc *child) {
  const ax_files *theirs = parent->files;
  if (theirs == NULL) return AX_OK;
  ax_files *own = child->files = files_new(child);
  if (own == NULL) return AX_ENOMEM;
  own->umask = theirs->umask;
  own->most = theirs->most;
  if (theirs->cwd != NULL) own->cwd = ax_ref(theirs->cwd);
  ax_object *files[NSTDIO];
  for (int fd = 0; fd < NSTDIO; fd++) files[fd] = ax_fd_find(parent, fd);
  return fd_put_stdio(child, files);
}

void ax__files_close(ax_proc *p) {
  ax_files *files = p->files;
  ax_mem *m = &p->end.kernel->mem;
  if (files == NULL) return;
  for (size_t fd = files->table.room; fd-- > 0;)
    if (files->table.slots[fd].object != NULL) fd_take(files, (int)fd);
  ax_table_fini(&files->table, m);
  if (files->cwd != NULL) ax_unref(files->cwd);
  p->files = NULL;
  ax__free(m, files, sizeof *files);
}

/* Back to what all have, if that is what it has. */
static void files_drop(ax_proc *p) {
  ax_files *files = p->files;
  size_t count = 0;
  for (int fd = 0; fd < NSTDIO; fd++) {
    ax_object *std = p->end.kernel->stdio[fd];
    if (ax_table_find(&files->table, fd) != std) return;
    count += std != NULL;
  }
  if (files->table.count == count && files->cwd == NULL &&
      files->umask == AX_UMASK && files->most == AX_FD_MOST)
    ax__files_close(p);
}

void ax_kernel_set_stdio(ax_kernel *k, ax_object *in, ax_object *out,
                         ax_object *err) {
  ax_object *files[NSTDIO] = {in, out, err};
  for (int fd = 0; fd < NSTDIO; fd++) {
    ax_object *old = k->stdio[fd];
    k->stdio[fd] = files[fd] == NULL ? NULL : ax_ref(files[fd]);
    if (old != NULL) ax_unref(old);
  }
}

/* ------------------------------------------------------------ descriptors */

ax_object *ax_fd_find(const ax_proc *p, int fd) {
  if (fd < 0) return NULL;
  if (p->files != NULL) return ax_table_find(&p->files->table, fd);
  return fd < NSTDIO ? p->end.kernel->stdio[fd] : NULL;
}

int ax_fd_add(ax_proc *p, ax_object *file, int lowest, int *fd) {
  if (ax__file_of(file) == NULL) return AX_EBADF;
  if (lowest < 0 || lowest >= ax_fd_limit(p)) return AX_EINVAL;
  if (ax__files_own(p) == NULL) return AX_ENOMEM;
  int number = ax_table_lowest(&p->files->table, lowest);
  if (number >= p->files->most) return AX_EMFILE;
  int rc = fd_put(p, number, file);
  if (rc == AX_OK) *fd = number;
  return rc;
}

int ax_fd_set(ax_proc *p, int fd, ax_object *file) {
  if (ax__file_of(file) == NULL) return AX_EBADF;
  if (fd < 0 || fd >= ax_fd_limit(p)) return AX_EBADF;
  if (ax__files_own(p) == NULL) return AX_ENOMEM;
  ax_object *old = ax_table_find(&p->files->table, fd);
  if (old == NULL) return fd_put(p, fd, file);
  p->files->table.slots[fd].object = ax_ref(file);
  ax_unref(old);
  return AX_OK;
}

int ax_fd_close(ax_proc *p, int fd) {
  if (ax_fd_find(p, fd) == NULL) return AX_EBADF;
  if (ax__files_own(p) == NULL) return AX_ENOMEM;
  fd_take(p->files, fd);
  if (p->files->table.count <= NSTDIO) files_drop(p);
  return AX_OK;
}

size_t ax_fd_list(const ax_proc *p, int *fds, size_t room) {
  size_t n = 0;
  size_t end = p->files == NULL ? NSTDIO : p->files->table.room;
  for (size_t fd = 0; fd < end; fd++) {
    if (ax_fd_find(p, (int)fd) == NULL) continue;
    if (n < room) fds[n] = (int)fd;
    n++;
  }
  return n;
}

int ax_fd_limit(const ax_proc *p) {
  return p->files == NULL ? AX_FD_MOST : p->files->most;
}

int ax_fd_set_limit(ax_proc *p, int most) {
  if (most < 0 || most > FD_LIMIT) return AX_EINVAL;
  if (ax__files_own(p) == NULL) return AX_ENOMEM;
  p->files->most = most;
  return AX_OK;
}
