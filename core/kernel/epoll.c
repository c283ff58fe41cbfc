/* epoll - one descriptor that stands for many (Linux) */
#include "kernel/epoll.h"

#include "base/assert.h"

#if defined(__linux__)

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

int ax__epoll_new(void) {
  int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd >= 0) return fd;
  return errno == EMFILE || errno == ENFILE ? AX_EMFILE : AX_ENOMEM;
}

void ax__epoll_free(int epoll) { close(epoll); }

static int epoll_change(int epoll, int how, int fd, int events) {
  struct epoll_event e = {.events = (uint32_t)events};
  return epoll_ctl(epoll, how, fd, &e);
}

/* An epoll has each descriptor once; two watches of one need a second
** number for it. */
static int epoll_add(int epoll, int fd, int events) {
  if (epoll_change(epoll, EPOLL_CTL_ADD, fd, events) == 0) return fd;
  if (errno != EEXIST) return -1;
  int twin = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (twin < 0) return -1;
  if (epoll_change(epoll, EPOLL_CTL_ADD, twin, events) == 0) return twin;
  close(twin);
  return -1;
}

void ax__epoll_set(int epoll, ax_watch *w, int events) {
  if (w->listed < 0)
    w->listed = epoll_add(epoll, w->fd, events);
  else if (epoll_change(epoll, EPOLL_CTL_MOD, w->listed, events) != 0)
    return;
  if (w->listed >= 0) w->events = events;
}

void ax__epoll_remove(int epoll, ax_watch *w) {
  (void)epoll_change(epoll, EPOLL_CTL_DEL, w->listed, 0);
  if (w->listed != w->fd) close(w->listed);
  w->listed = -1;
  w->events = 0;
}

#else

int ax__epoll_new(void) { return AX_ENOTSUP; }

void ax__epoll_free(int epoll) { (void)epoll; }

void ax__epoll_set(int epoll, ax_watch *w, int events) {
  (void)epoll;
  (void)w;
  (void)events;
}

void ax__epoll_remove(int epoll, ax_watch *w) {
  (void)epoll;
  (void)w;
}

#endif
