/* proc - processes
**
** Interface: public, axeberg.h; for the kernel's files:
** - ax__proc_ready: to the end of its ready list
** - ax__proc_begin, ax__proc_stepped: what is before a step and after it */
#ifndef AX_KERNEL_PROC_H
#define AX_KERNEL_PROC_H

#include "kernel/cred.h"
#include "kernel/timer.h"
#include "kernel/wait.h"

struct ax_proc {
  ax_object end;          /* to wait for its end; refs: itself and waiters */
  ax_list watchers;       /* clauses that wait for the end */
  ax_list link;           /* in a ready list, or among the parent's dead */
  ax_list dead;           /* children that ended and were not waited for */
  const ax_proc_ops *ops; /* NULL for the host */
  void *body;
  char *name;             /* own copy, or NULL */
  struct ax_files *files; /* its descriptors; NULL: the kernel's, see fd.h */
  ax_cred *cred;      /* whom it acts for, shared; NULL: user 0, group 0 */
  ax_hold *holds;     /* what it lets go of at its end, youngest first */
  ax_clause *clauses; /* of the current or last wait: &one or a block */
  ax_clause *fired;   /* the one that ended the wait, or NULL */
  ax_clause one;
  ax_timer deadline; /* when the wait is to be looked at again */
  uint64_t until;    /* when the wait ends; 0: it only tries; AX_NEVER */
  uint64_t since;    /* when the wait began, as far as the kernel knew */
  ax_value status;   /* how it ended: exit value, signal, error */
  int pid;
  int parent;       /* the pid; it may be dead by now */
  int result;       /* of the last wait */
  int nclauses;     /* in use in clauses */
  int room;         /* of clauses; 1: it is &one */
  uint32_t nholds;  /* in holds */
  int nchildren;    /* alive */
  uint8_t state;    /* enum ax_state, without AX_STOPPED */
  uint8_t how;      /* enum ax_how, once it is a zombie */
  uint8_t priority; /* enum ax_priority */
  bool started;     /* was stepped at least once */
  bool stopped;     /* by SIGSTOP */
  bool cancelled;   /* a SIGTERM came that no wait has answered yet */
  bool killed;      /* a SIGKILL came: to be unwound, never stepped */
  bool seen;        /* somebody asked for its status */
  bool reaped;      /* to be freed when the last watcher has looked */
  bool buried;      /* it has no number any more */
};

void ax__proc_ready(ax_proc *p);

/* A step begins; false: there is none, because the process was killed. */
bool ax__proc_begin(ax_proc *p);

/* The step, if there was one, gave that answer; the process may be freed. */
void ax__proc_stepped(ax_proc *p, enum ax_step answer);

static inline bool ax__proc_dead(const ax_proc *p) {
  return p->state == AX_ZOMBIE;
}

/* The host's process: no ops, and not in any list.  Allocated by the
** kernel. */
void ax__proc_init(ax_kernel *k, ax_proc *p, const ax_proc_ops *ops,
                   void *body, enum ax_priority priority);

/* Dies of the signal at once, without running anything of the body. */
void ax__proc_die_of(ax_proc *p, int signal);

/* Kills without running anything of the body; for the end of a kernel. */
void ax__proc_destroy(ax_proc *p);

/* Frees a dead process as soon as nobody watches it any more. */
void ax__proc_bury(ax_proc *p);

/* Frees those that were reaped and looked at. */
void ax__graves_close(ax_kernel *k);

/* Any child, as an object to wait for. */
void ax__children_init(ax_kernel *k);

/* p is dead: its parent hears of it; without one it is buried. */
void ax__child_ended(ax_proc *p);

/* Zombies whose parent, p, is gone belong to nobody. */
void ax__children_drop(ax_proc *p);

#endif
