/* posix - calls, errors and numbers of the system around, as ours
**
** Interface:
** - ax__posix_error, ax__posix_flags, ax__posix_stat
** - ax__posix_read, ax__posix_write, ax__posix_send, ax__posix_ready */
#ifndef AX_IPC_POSIX_H
#define AX_IPC_POSIX_H

#include "axeberg.h"

struct stat;

/* errno as a code; AX_EIO for what is in no list of ours. */
int ax__posix_error(int number);

/* AX_O_* for open(2): not to block, and to be closed by exec. */
int ax__posix_flags(int flags);

/* What stat(2) tells. */
void ax__posix_stat(const struct stat *s, ax_stat *out);

/* What read(2) or write(2) answered, with errno. */
int ax__posix_result(long n, size_t *done);

/* As those, for what does not block. */
int ax__posix_read(int fd, char *data, size_t size, size_t *done);
int ax__posix_write(int fd, const char *data, size_t size, size_t *done);

/* To a pipe or a socket: if it is closed that is AX_EPIPE, and no SIGPIPE. */
int ax__posix_send(int fd, const char *data, size_t size, size_t *done);

/* Is it ready for those AX_POLL*, or broken? */
bool ax__posix_ready(int fd, int events);

/* ax_stat.dev of the host's files: this, and what it has itself. */
#define AX_POSIX_DEV (UINT64_C(1) << 40)

#endif
