/* stdio - the host program's standard files, and what it can open */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "ipc/host.h"
#include "ipc/posix.h"

/* Opening a FIFO is not to block.  A FIFO to which nobody has written yet
** looks as if it were at its end, so it is asked before each read, as if it
** blocked. */
int ax_host_open(ax_kernel *k, const char *path, int flags, uint32_t mode,
                 ax_object **out) {
  int fd;
  do fd = open(path, ax__posix_flags(flags), (mode_t)mode);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) return ax__posix_error(errno);
  fcntl(fd, F_SETFL, ax__posix_flags(flags) & ~O_NONBLOCK);
  int rc = ax_host_file(k, fd, flags, true, out);
  if (rc != AX_OK) close(fd);
  return rc;
}

int ax_host_descriptor(ax_object *file) {
  ax_file *f = ax__file_of(file);
  if (f == NULL || ax__file_ops(f)->descriptor == NULL) return -1;
  return ax__file_ops(f)->descriptor(f);
}

bool ax__host_terminal(const ax_object *file) {
  const ax_file *f = ax__file_of(file);
  int fd = f == NULL ? -1 : ax__host_number(f);
  return fd >= 0 && isatty(fd);
}

/* The standard file number fd; NULL: it is closed. */
static int host_standard(ax_kernel *k, int fd, ax_object **out) {
  int flags = fd == 0 ? AX_O_RDONLY : AX_O_WRONLY;
  FILE *stream = fd == 2 ? stderr : stdout;
  int rc = ax__host_stream(k, fd, flags, stream, out);
  if (rc == AX_OK) return rc;
  *out = NULL;
  return rc == AX_EBADF ? AX_OK : rc;
}

int ax_host_stdio(ax_kernel *k) {
  ax_object *files[3] = {NULL, NULL, NULL};
  int rc = AX_OK;
  for (int fd = 0; fd < 3 && rc == AX_OK; fd++)
    rc = host_standard(k, fd, &files[fd]);
  if (rc == AX_OK) ax_kernel_set_stdio(k, files[0], files[1], files[2]);
  for (int fd = 0; fd < 3; fd++)
    if (files[fd] != NULL) ax_unref(files[fd]);
  return rc;
}
