/* msgq - System V message queues
**
** Interface: public, axeberg.h. */
#ifndef AX_IPC_MSGQ_H
#define AX_IPC_MSGQ_H

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
** clause stays in given until the process runs, and the backlog has always
** memory for what given may bring back. */
typedef struct ax_msgq {
  ax_keyed keyed;    /* number, key, owners, mode */
  ax_object sender;  /* its references are not counted */
  ax_backlog backlog;
  ax_list receivers; /* clauses that wait for a message */
  ax_list given;     /* clauses that got one and have not run yet */
  ax_list senders;   /* clauses that wait for room */
  size_t ngiven;     /* in given, at most */
  size_t least;      /* no message that waits for room is smaller */
  size_t qbytes;     /* how many bytes, and messages, there may be */
  uint64_t serial;   /* of the last message */
  uint64_t stime, rtime, ctime;
  int lspid, lrpid;
  uint32_t nlooks;   /* how often the time was wanted */
} ax_msgq;

extern const ax_keykind ax__msgq_kind;

/* The queue, if o is one. */
ax_msgq *ax__msgq_of(const ax_object *o);

/* Sends all that waits for room and has it now. */
void ax__msgq_admit(ax_msgq *q);

/* The time, which is not looked up each time. */
uint64_t ax__msgq_time(ax_msgq *q);

#endif
