/* epoll - one descriptor that stands for many (Linux)
**
** Elsewhere ax__epoll_new answers AX_ENOTSUP, and the rest is never called.
**
** Interface:
** - ax__epoll_new, ax__epoll_free
** - ax__epoll_set, ax__epoll_remove: which watches it has */
#ifndef AX_KERNEL_EPOLL_H
#define AX_KERNEL_EPOLL_H

#include "kernel/poll.h"

/* The descriptor, which can be read when a watch is ready; or an error. */
int ax__epoll_new(void);

void ax__epoll_free(int epoll);

/* Looks for those events of the watch from now on (not 0).  Where that is
** impossible (too many descriptors) the watch goes unnoticed until the next
** ax_step. */
void ax__epoll_set(int epoll, ax_watch *w, int events);

/* Does not look any more; only if it did (w->listed >= 0). */
void ax__epoll_remove(int epoll, ax_watch *w);

#endif
