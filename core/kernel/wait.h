/* wait - the one wait
**
** A process waits on clauses: one object each, linked in that object's
** queue; a deadline is one more, in the timer heap.  Whoever makes an
** operation possible performs it for the clause that waits longest and
** fires it: all clauses of the process are unlinked, the outcome is kept in
** the process, and it becomes ready.  Timeout, kill and select are the same
** unlinking; nothing is left to retry, so no wake is ever lost or shared.
**
** What a clause was given belongs to the process only when it runs again.
** Until then the giver may keep the fired clause linked in a list of its
** own; if the process dies first, ops->refuse takes the value back.
**
** Interface:
** - ax_wait, ax_proc_result: public, axeberg.h
** - ax__first: whom to serve
** - ax__fire: served
** - ax__wait_end: the process waits no more */
#ifndef AX_KERNEL_WAIT_H
#define AX_KERNEL_WAIT_H

#include "base/list.h"
#include "base/value.h"
#include "kernel/object.h"
#include "kernel/timer.h"

struct ax_clause {
  ax_list link;      /* in the object's queue, or the giver's list */
  ax_proc *proc;     /* who waits */
  ax_object *object; /* for what; the object unlinks before it is freed */
  ax_value value;    /* to send, or received */
  uint32_t order;    /* while arms are tried: which one comes in this place */
};

/* The longest waiting clause of a queue whose process is not stopped, or
** NULL. */
ax_clause *ax__first(const ax_list *queue);

/* The clause's operation was performed with that outcome: its process is
** ready. */
void ax__fire(ax_clause *c, int rc);

/* Fires every clause of a queue, stopped processes too: the object goes
** away. */
void ax__fire_all(ax_list *queue, int rc);

/* Ends the process's wait without a clause having fired. */
void ax__wait_stop(ax_proc *p, int rc);

/* Lets go of everything that the last wait left, giving back what the
** process did not take. */
void ax__wait_end(ax_proc *p);

/* The same at the end of the process, with the memory. */
void ax__wait_fini(ax_proc *p);

/* The process was stopped and is not any more: the objects that it waits for
** serve it if they can. */
void ax__wait_serve(ax_proc *p);

/* The process was stopped: those behind it in a line may go on. */
void ax__wait_pass(ax_proc *p);

/* The deadline of a process has come. */
void ax__wait_expired(ax_timer *t);

#endif
