/* kernel - what holds everything, and the loop that runs it
**
** A pass runs only what was ready when it began: all critical processes,
** then all normal ones, then one background process.  So two processes that
** wake each other for ever starve nobody, and background work goes on, one
** step a pass, however busy the rest is.
**
** Interface: public, axeberg.h. */
#ifndef AX_KERNEL_KERNEL_H
#define AX_KERNEL_KERNEL_H

#include "kernel/fd.h"
#include "kernel/poll.h"
#include "kernel/proc.h"
#include "kernel/table.h"

enum { NPRIORITIES = 3 };

/* What a floor above keeps for a kernel, to be told of its end: it begins
** with this. */
typedef struct ax_annex {
  struct ax_annex *next; /* of the same kernel */
  const void *tag;       /* whose it is: an address of the floor above */
  void (*free)(ax_kernel *k, struct ax_annex *a); /* at the kernel's end */
} ax_annex;

struct ax_kernel {
  ax_mem mem;
  ax_config config;
  ax_table procs;             /* pid -> ax_proc.end */
  ax_object children;         /* to wait for any child */
  ax_list parents;            /* clauses that do */
  ax_list ticks;              /* clauses of those who got an alarm's beat */
  ax_list graves;             /* reaped and looked at: to be freed */
  ax_heap timers;             /* every deadline */
  ax_poll poll;               /* descriptors of the host */
  ax_list due;                /* files to be served before the next pass */
  ax_object *stdio[3];        /* 0, 1, 2 of who has no others; NULL: closed */
  ax_list ready[NPRIORITIES]; /* for the next pass */
  ax_list pass;               /* what is left of this one, in order */
  ax_proc *running;           /* the host outside of any step */
  ax_proc *host;              /* process 1 (0 with config.outside) */
  const struct ax_tap *tap;   /* to its recorder; NULL: nobody traces */
  uint64_t time;              /* the clock's, when it was last read */
  uint64_t begun;             /* the clock's, when the kernel was made */
  int64_t epoch;              /* what the time of files is later than that */
  uint64_t random;            /* the generator's state */
  size_t nobjects;            /* alive; the last one frees a dead kernel */
  ax_quota quota;             /* of all together */
  ax_quota each;              /* of every process */
  size_t nholds;              /* references held */
  size_t nqueued;             /* messages in channels and queues */
  size_t nsegments;           /* of shared memory */
  size_t nshared;             /* the sum of their sizes */
  size_t nlive;               /* processes that are not zombies, no host */
  uint64_t nsteps, npasses;
  uint32_t serial;   /* the last channel's number */
  uint64_t npipes;   /* the last pipe's */
  int lastid;        /* the last number that an annex gave out */
  ax_annex *annexes; /* of the floors above */
  const void *owner; /* which thread's it is (owner.h) */
  bool looping;      /* ax_step or ax_run is on the C stack */
  bool closed;       /* ax_kernel_free was called */
};

/* The annex with that tag, or NULL. */
ax_annex *ax__annex_find(const ax_kernel *k, const void *tag);

/* From now on a is the one with its tag; or is not any more. */
void ax__annex_add(ax_kernel *k, ax_annex *a);
void ax__annex_remove(ax_kernel *k, ax_annex *a);

/* Frees the memory of a kernel that is closed and holds no object. */
void ax__kernel_release(ax_kernel *k);

/* Where everything of this kernel is allocated. */
ax_mem *ax__kernel_mem(ax_kernel *k);

#endif
