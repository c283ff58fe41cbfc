/* store - archives of trees in files of the host
**
** A new file is written beside the old one, brought to the disk, and takes
** its name: whatever happens, there is the old one or the new one. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* O_NOFOLLOW */
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ipc/posix.h"
#include "kernel/kernel.h"

enum { STORE_PATH = 4096 };

/* The folder of the file is on the disk as well; some systems cannot. */
static void store_sync_folder(const char *file) {
  char above[STORE_PATH];
  const char *slash = strrchr(file, '/');
  size_t n = slash == NULL ? 0 : (size_t)(slash - file) + 1;
  if (n + 2 > sizeof above) return;
  memcpy(above, file, n);
  strcpy(above + n, ".");
  int fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)fsync(fd);
  close(fd);
}

static int store_all(int fd, const char *data, size_t size) {
  while (size > 0) {
    size_t n;
    int rc = ax__posix_write(fd, data, size, &n);
    if (rc != AX_OK) return rc;
    data += n;
    size -= n;
  }
  return fsync(fd) == 0 ? AX_OK : ax__posix_error(errno);
}

/* A new file beside the other one; its name. */
static int store_create(const char *file, char name[STORE_PATH], int *fd) {
  enum { TRIES = 100 };
  int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  for (int i = 0; i < TRIES; i++) {
    int n =
        snprintf(name, STORE_PATH, "%s.%d-%d.new", file, (int)getpid(), i);
    if (n < 0 || n >= STORE_PATH) return AX_ENAMETOOLONG;
    *fd = open(name, flags, 0666);
    if (*fd >= 0) return AX_OK;
    if (errno != EEXIST) break;
  }
  return ax__posix_error(errno);
}

/* A file that is there keeps its mode. */
static int store_keep_mode(const char *file, int fd) {
  struct stat s;
  if (stat(file, &s) != 0) return AX_OK;
  return fchmod(fd, s.st_mode & 0777) == 0 ? AX_OK : ax__posix_error(errno);
}

static int store_write(const char *file, const char *data, size_t size) {
  char name[STORE_PATH];
  int fd, rc = store_create(file, name, &fd);
  if (rc != AX_OK) return rc;
  rc = store_keep_mode(file, fd);
  if (rc == AX_OK) rc = store_all(fd, data, size);
  if (close(fd) != 0 && rc == AX_OK) rc = ax__posix_error(errno);
  if (rc == AX_OK && rename(name, file) != 0) rc = ax__posix_error(errno);
  if (rc == AX_OK)
    store_sync_folder(file);
  else
    (void)unlink(name);
  return rc;
}

int ax_fs_save(ax_kernel *k, const char *path, const char *file) {
  ax_value archive;
  size_t size;
  int rc = ax_fs_pack(k, path, &archive);
  if (rc != AX_OK) return rc;
  const char *data = ax_value_bytes(&archive, &size);
  rc = store_write(file, data, size);
  ax_value_clear(&archive);
  return rc;
}

/* ----------------------------------------------------------------- loading */

/* As many bytes as there are, up to size. */
static int store_read(int fd, char *data, size_t *size) {
  size_t all = 0, n = 1;
  int rc = AX_OK;
  while (all < *size && n > 0 && rc == AX_OK) {
    rc = ax__posix_read(fd, data + all, *size - all, &n);
    all += n;
  }
  *size = all;
  return rc;
}

static int store_load(ax_kernel *k, const char *path, int fd,
                      const char **why) {
  struct stat s;
  if (fstat(fd, &s) != 0) return ax__posix_error(errno);
  if (S_ISDIR(s.st_mode)) return AX_EISDIR;
  if (!S_ISREG(s.st_mode)) return AX_EINVAL;
  size_t room = (size_t)s.st_size + 1, size = room;
  char *data = ax__alloc(&k->mem, room);
  if (data == NULL) return AX_ENOMEM;
  int rc = store_read(fd, data, &size);
  if (rc == AX_OK) rc = ax_fs_unpack(k, path, data, size, why);
  ax__free(&k->mem, data, room);
  return rc;
}

int ax_fs_load(ax_kernel *k, const char *path, const char *file,
               const char **why) {
  *why = NULL;
  int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return ax__posix_error(errno);
  int rc = store_load(k, path, fd, why);
  close(fd);
  return rc;
}
