/* poll - waiting for descriptors of the host program */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* ppoll */
#endif

#include "kernel/poll.h"

#include <poll.h>

#include "base/assert.h"
#include "kernel/epoll.h"
#include "kernel/kernel.h"

/* An ax_pollfd is a struct pollfd under another name. */
_Static_assert(sizeof(ax_pollfd) == sizeof(struct pollfd) &&
                   offsetof(ax_pollfd, events) ==
                       offsetof(struct pollfd, events) &&
                   offsetof(ax_pollfd, revents) ==
                       offsetof(struct pollfd, revents),
               "struct pollfd is another one here");
_Static_assert(AX_POLLIN == POLLIN && AX_POLLOUT == POLLOUT &&
                   AX_POLLERR == POLLERR && AX_POLLHUP == POLLHUP &&
                   AX_POLLNVAL == POLLNVAL,
               "poll has other numbers here");

static ax_watch *watch_of(ax_list *l) {
  return ax_container(l, ax_watch, link);
}

/* -------------------------------------------------------------- watches */

int ax__watch_init(ax_kernel *k, ax_watch *w, const ax_watch_ops *ops,
                   int fd) {
  ax_poll *poll = &k->poll;
  if (poll->used == poll->room) {
    size_t room = poll->room == 0 ? 4 : poll->room * 2;
    ax_pollfd *fds = ax__resize(&k->mem, poll->fds, poll->room * sizeof *fds,
                                room * sizeof *fds);
    if (fds == NULL) return AX_ENOMEM;
    poll->fds = fds;
    poll->room = room;
  }
  poll->used++;
  ax_list_init(&w->link);
  w->ops = ops;
  w->fd = fd;
  w->listed = -1;
  w->events = 0;
  return AX_OK;
}

static void watch_forget(ax_kernel *k, ax_watch *w) {
  ax_list_unlink(&w->link);
  if (w->listed >= 0) ax__epoll_remove(k->poll.descriptor, w);
}

/* The last watch takes the room with it, so that nothing is left. */
void ax__watch_fini(ax_kernel *k, ax_watch *w) {
  ax_poll *poll = &k->poll;
  watch_forget(k, w);
  if (--poll->used > 0) return;
  ax__free(&k->mem, poll->fds, poll->room * sizeof *poll->fds);
  poll->fds = NULL;
  poll->room = 0;
}

void ax__watch_begin(ax_kernel *k, ax_watch *w) {
  if (ax_list_empty(&w->link)) ax_list_push(&k->poll.watches, &w->link);
}

/* ----------------------------------------------------------------- looks */

/* Fills the array in; how many there are. */
static size_t poll_collect(ax_kernel *k) {
  ax_list *head = &k->poll.watches, *next;
  size_t n = 0;
  for (ax_list *l = head->next; l != head; l = next) {
    ax_watch *w = watch_of(l);
    next = l->next;
    int events = w->ops->wants(w);
    if (events == 0) {
      watch_forget(k, w);
      continue;
    }
    k->poll.fds[n++] = (ax_pollfd){w->fd, (short)events, 0};
  }
  return n;
}

/* Tells those that are ready; the list is as it was collected. */
static void poll_tell(ax_kernel *k, size_t n) {
  ax_list *l = k->poll.watches.next;
  for (size_t i = 0; i < n; i++, l = l->next) {
    ax_watch *w = watch_of(l);
    if (k->poll.fds[i].revents == 0 || w->ops->wants(w) == 0) continue;
    w->ops->ready(w, k->poll.fds[i].revents);
  }
}

/* poll(2), as exact as the machine can.  A signal is no error: whoever
** calls looks again. */
static int poll_machine(void *ctx, ax_pollfd *list, size_t n, uint64_t ns) {
  struct pollfd *fds = (struct pollfd *)(void *)list;
  (void)ctx;
#if defined(__linux__)
  struct timespec t = {(time_t)(ns / AX_SECOND), (long)(ns % AX_SECOND)};
  return ppoll(fds, (nfds_t)n, ns == AX_NEVER ? NULL : &t, NULL);
#else
  uint64_t ms = ns / 1000000 + (ns % 1000000 > 0);
  int most = 1 << 30;
  return poll(fds, (nfds_t)n,
              ns == AX_NEVER        ? -1
              : ms < (uint64_t)most ? (int)ms
                                    : most);
#endif
}

/* How much has been done; where only the host runs there are no steps. */
static uint64_t poll_work(const ax_kernel *k) {
  return k->nsteps + k->npasses;
}

/* Looks at the n that were collected; true: something was ready. */
static bool poll_wait(ax_kernel *k, size_t n, uint64_t ns) {
  const ax_config *c = &k->config;
  k->poll.steps = poll_work(k);
  int rc =
      (c->poll != NULL ? c->poll : poll_machine)(c->ctx, k->poll.fds, n, ns);
  if (rc > 0) poll_tell(k, n);
  return rc > 0;
}

void ax__poll_look(ax_kernel *k) {
  if (ax_list_empty(&k->poll.watches)) return;
  size_t n = poll_collect(k);
  if (n > 0) (void)poll_wait(k, n, 0);
}

/* A look costs as much as some steps. */
enum { STEPS_PER_POLL = 256 };

void ax__poll_busy(ax_kernel *k) {
  if (poll_work(k) - k->poll.steps >= STEPS_PER_POLL) ax__poll_look(k);
}

/* Does time pass while poll waits? */
static bool poll_takes_time(const ax_kernel *k) {
  return k->config.poll != NULL || k->config.clock.now == ax_clock_real().now;
}

bool ax__poll_idle(ax_kernel *k, uint64_t deadline) {
  size_t n = ax_list_empty(&k->poll.watches) ? 0 : poll_collect(k);
  if (n == 0) return false;
  uint64_t ns = AX_NEVER, now = ax_now(k);
  if (deadline != AX_NEVER) ns = deadline > now ? deadline - now : 0;
  if (ns == AX_NEVER || poll_takes_time(k))
    (void)poll_wait(k, n, ns);
  else if (!poll_wait(k, n, 0) && ns > 0)
    k->config.clock.sleep(k->config.clock.ctx, ns);
  return true;
}

/* ------------------------------------------------- for a loop of the host */

size_t ax_kernel_pollfds(ax_kernel *k, ax_pollfd *list, size_t room) {
  size_t n = poll_collect(k);
  for (size_t i = 0; i < n && i < room; i++) list[i] = k->poll.fds[i];
  return n;
}

void ax__poll_sync(ax_kernel *k) {
  if (k->poll.descriptor < 0) return;
  (void)poll_collect(k); /* for those that leave */
  for (ax_list *l = k->poll.watches.next; l != &k->poll.watches;
       l = l->next) {
    ax_watch *w = watch_of(l);
    int events = w->ops->wants(w);
    if (events != w->events) ax__epoll_set(k->poll.descriptor, w, events);
  }
}

int ax_kernel_descriptor(ax_kernel *k) {
  if (k->poll.descriptor < 0) {
    int fd = ax__epoll_new();
    if (fd < 0) return fd;
    k->poll.descriptor = fd;
  }
  ax__poll_sync(k);
  return k->poll.descriptor;
}

void ax__poll_init(ax_kernel *k) {
  ax_list_init(&k->poll.watches);
  k->poll.descriptor = -1;
}

void ax__poll_fini(ax_kernel *k) {
  if (k->poll.descriptor >= 0) ax__epoll_free(k->poll.descriptor);
  k->poll.descriptor = -1;
}
