/* posix - calls, errors and numbers of the system around, as ours */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* st_mtim */
#endif

#include "ipc/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

int ax__posix_error(int number) {
  switch (number) {
#define X(name, code, text) \
  case name: return -(code);
    AX_ERRORS(X)
#undef X
#if EWOULDBLOCK != EAGAIN
    case EWOULDBLOCK: return AX_EAGAIN;
#endif
#if EOPNOTSUPP != ENOTSUP
    case EOPNOTSUPP: return AX_ENOTSUP;
#endif
    case ENOSYS: return AX_ENOTSUP;
    case ENOEXEC: return AX_EINVAL;
    case ETXTBSY: return AX_EBUSY;
    case ECONNRESET: return AX_EPIPE;
    default: return AX_EIO;
  }
}

int ax__posix_flags(int flags) {
  static const int pairs[][2] = {
      {AX_O_CREAT, O_CREAT},         {AX_O_EXCL, O_EXCL},
      {AX_O_TRUNC, O_TRUNC},         {AX_O_APPEND, O_APPEND},
      {AX_O_DIRECTORY, O_DIRECTORY}, {AX_O_NOFOLLOW, O_NOFOLLOW}};
  static const int modes[] = {O_RDONLY, O_WRONLY, O_RDWR, O_RDWR};
  int result = modes[flags & AX_O_ACCMODE];
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
    if (flags & pairs[i][0]) result |= pairs[i][1];
  return result | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
}

#if defined(__APPLE__)
#define MOMENT(s, which) (s)->st_##which##timespec
#else
#define MOMENT(s, which) (s)->st_##which##tim
#endif

static int64_t posix_time(struct timespec t) {
  return (int64_t)t.tv_sec * (int64_t)AX_SECOND + t.tv_nsec;
}

/* Kinds and permissions have the same numbers everywhere. */
void ax__posix_stat(const struct stat *s, ax_stat *out) {
  *out = (ax_stat){.dev = AX_POSIX_DEV ^ (uint64_t)s->st_dev,
                   .ino = (uint64_t)s->st_ino,
                   .mode = (uint32_t)s->st_mode,
                   .nlink = (uint32_t)s->st_nlink,
                   .uid = (uint32_t)s->st_uid,
                   .gid = (uint32_t)s->st_gid,
                   .rdev = (uint64_t)s->st_rdev,
                   .size = (int64_t)s->st_size,
                   .blocks = (int64_t)s->st_blocks,
                   .atime = posix_time(MOMENT(s, a)),
                   .mtime = posix_time(MOMENT(s, m)),
                   .ctime = posix_time(MOMENT(s, c))};
}

#undef MOMENT

/* ------------------------------------------------------------------ calls */

int ax__posix_result(long n, size_t *done) {
  *done = n > 0 ? (size_t)n : 0;
  return n < 0 ? ax__posix_error(errno) : AX_OK;
}

int ax__posix_read(int fd, char *data, size_t size, size_t *done) {
  ssize_t n;
  do n = read(fd, data, size);
  while (n < 0 && errno == EINTR);
  return ax__posix_result(n, done);
}

int ax__posix_write(int fd, const char *data, size_t size, size_t *done) {
  ssize_t n;
  do n = write(fd, data, size);
  while (n < 0 && errno == EINTR);
  return ax__posix_result(n, done);
}

/* The signal goes to the thread that writes, which keeps it off and takes it
** away, unless one was waiting there before. */
int ax__posix_send(int fd, const char *data, size_t size, size_t *done) {
  sigset_t broken, before, waiting;
  int number;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  sigemptyset(&waiting);
  pthread_sigmask(SIG_BLOCK, &broken, &before);
  if (sigismember(&before, SIGPIPE)) sigpending(&waiting);
  int rc = ax__posix_write(fd, data, size, done);
  if (rc == AX_EPIPE && !sigismember(&waiting, SIGPIPE)) {
    sigpending(&waiting);
    if (sigismember(&waiting, SIGPIPE)) sigwait(&broken, &number);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return rc;
}

bool ax__posix_ready(int fd, int events) {
  struct pollfd p = {fd, (short)events, 0};
  return poll(&p, 1, 0) != 0;
}
