/* msgq - System V message queues
**
** Interface: public, axeberg.h. */
#ifndef AX_IPC_MSGQ_H
#define AX_IPC_MSGQ_H

#include "base/assert.h"
#include "ipc/backlog.h"
#include "ipc/key.h"

/* The queue itself is the object to receive from, and sender, which lives in
** it, the one to wait for room.
**
** Who waits: receivers only while nothing in the backlog is what they want;
** senders only while their message has no room (stopped processes apart:
** nobody serves them).  A receiver's clause has
** what it wants as its value, a sender's its message.  Who sends hands the
** message to the receiver that waits longest of those who want it; the
** clause stays in given until the process runs. */
typedef struct ax_msgq {
  ax_keyed keyed;   /* number, key, owners, mode */
  ax_object sender; /* its references are not counted */
  ax_backlog backlog;
  ax_list receivers; /* clauses that wait for a message */
  ax_list given;     /* clauses that got one and have not run yet */
  ax_list senders;   /* clauses that wait for room */
  size_t least;      /* no message that waits for room is smaller */
  size_t qbytes;     /* how many bytes, and messages, there may be */
  uint64_t serial;   /* of the last message */
  uint64_t stime, rtime, ctime;
  int lspid, lrpid;
  uint32_t nlooks; /* how often the time was wanted */
} ax_msgq;

extern const ax_keykind ax__msgq_kind;

/* The queue, if o is one. */
ax_msgq *ax__msgq_of(const ax_object *o);

static inline ax_clause *ax__clause_of(ax_list *link) {
  return ax_container(link, ax_clause, link);
}

/* Sends a message that is a block already, in the name of p: hands it to who
** waits for it, or queues it.  AX_ENOMEM: nothing happened. */
int ax__msgq_deliver(ax_msgq *q, const ax_proc *p, ax_message *m);

/* The next message was sent, by that process. */
void ax__msgq_stamp(ax_msgq *q, const ax_proc *p);

/* Hands a message to a waiting receiver that wants it. */
void ax__msgq_give(ax_msgq *q, ax_clause *c, ax_message *m);

/* The receiver gets that error, and not even back what it wanted. */
void ax__msgq_fail(ax_clause *c, int rc);

/* The process died before it saw the message in the clause. */
void ax__msgq_refuse(ax_object *queue, ax_clause *c);

/* Sends all that waits for room and has it now. */
void ax__msgq_admit(ax_msgq *q);

/* The time, which is not looked up each time. */
uint64_t ax__msgq_time(ax_msgq *q);

#endif
