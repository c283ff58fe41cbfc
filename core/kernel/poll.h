/* poll - waiting for descriptors of the host program
**
** What has a real descriptor has an ax_watch.  It is in the kernel's list
** only while somebody waits for it, so an idle kernel sleeps for exactly
** those, and one that nobody waits for costs nothing.  Waits end in many
** ways, and none of them tells a watch: it is asked before each look, and
** leaves the list when it wants nothing.
**
** Interface: public, axeberg.h; for those who have descriptors:
** - ax__watch_init, ax__watch_fini
** - ax__watch_begin: somebody waits from now on
** for the kernel:
** - ax__poll_idle, ax__poll_busy, ax__poll_sync */
#ifndef AX_KERNEL_POLL_H
#define AX_KERNEL_POLL_H

#include "axeberg.h"
#include "base/list.h"

typedef struct ax_watch ax_watch;

typedef struct ax_watch_ops {
  /* What to look for: AX_POLLIN, AX_POLLOUT; 0: nobody waits. */
  int (*wants)(const ax_watch *w);

  /* It is ready for that, or broken: whoever waits is to try. */
  void (*ready)(ax_watch *w, int events);
} ax_watch_ops;

struct ax_watch {
  ax_list link; /* in the kernel's list, while somebody may wait */
  const ax_watch_ops *ops;
  int fd;     /* the host's */
  int listed; /* by which one the kernel's own descriptor has it; -1: not */
  int events; /* for what */
};

/* Of a kernel. */
typedef struct ax_poll {
  ax_list watches;   /* that somebody waits for, or has waited for */
  ax_pollfd *fds;    /* room for all watches that there are */
  size_t room, used; /* entries; watches that there are */
  uint64_t steps;    /* of the kernel, at the last look */
  int descriptor;    /* ax_kernel_descriptor; -1: nobody asked for it */
} ax_poll;

/* Makes a watch, and room for it.  AX_ENOMEM. */
int ax__watch_init(ax_kernel *k, ax_watch *w, const ax_watch_ops *ops,
                   int fd);

/* To be called before the descriptor is closed. */
void ax__watch_fini(ax_kernel *k, ax_watch *w);

/* From now on wants may answer something. */
void ax__watch_begin(ax_kernel *k, ax_watch *w);

void ax__poll_init(ax_kernel *k);
void ax__poll_fini(ax_kernel *k);

/* Nothing can run: waits for a descriptor, at most until the deadline.
** False: there is none to wait for, and no time has passed. */
bool ax__poll_idle(ax_kernel *k, uint64_t deadline);

/* Looks without waiting: always; or if some steps were made meanwhile. */
void ax__poll_look(ax_kernel *k);
void ax__poll_busy(ax_kernel *k);

/* Brings the kernel's own descriptor up to date. */
void ax__poll_sync(ax_kernel *k);

#endif
