/* channel - a FIFO of values between processes
**
** Interface: public, axeberg.h. */
#ifndef AX_IPC_CHANNEL_H
#define AX_IPC_CHANNEL_H

#include "base/ring.h"
#include "kernel/trace.h"
#include "kernel/wait.h"

/* Both ends are objects inside the channel; an end with no reference left
** is closed, and with both closed the channel is freed.
**
** Who waits: receivers only while nothing is queued, senders only while the
** queue is full (stopped processes apart: nobody serves them).  A sender
** that waits holds its value in its clause; whoever makes room moves it
** into the queue.  A receiver that waits gets its value in its clause, which
** then stays in given until the process runs; what is given is in order, and
** older than what is queued.  The ring has always room for what given may
** bring back. */
typedef struct ax_channel {
  ax_object sender, receiver;
  ax_ring queue;     /* messages */
  size_t capacity;   /* AX_UNBOUNDED, or how many may be queued */
  ax_list receivers; /* clauses that wait for a value */
  ax_list given;     /* clauses that got one and have not run yet */
  ax_list senders;   /* clauses that wait for room */
  char *name;        /* own copy, or NULL */
  ax_schema *schema; /* what messages must match, or NULL */
  uint64_t dropped;
  uint32_t ngiven;  /* in given, at most */
  uint32_t serial;  /* tells unnamed channels apart */
  uint16_t flow;    /* the last traced message's number */
  uint16_t accepts; /* bit per ax_type that needs no further check */
  uint8_t full;     /* enum ax_full */
} ax_channel;

/* The channel of an end. */
const ax_channel *ax__channel_of(const ax_object *end);

/* What an ax_object_ops has for either end. */
int ax__channel_describe(const ax_object *end, char *buffer, size_t size);
const char *ax__channel_label(const ax_object *end, uint32_t *number);
ax_object *ax__channel_peer(ax_object *end);

/* Who traces hears of it, which the caller has asked for: p has sent a
** message; the running process has received one. */
AX__ASIDE void ax__channel_sent(const ax_channel *ch, const ax_proc *p,
                                uint16_t flow);
AX__ASIDE void ax__channel_received(const ax_channel *ch, uint16_t flow);

#endif
