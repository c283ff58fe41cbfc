/* backlog - messages in order, and by type
**
** Each message is in two lists, the one of all and the one of its type, and
** the types that have messages are in a hash and in a heap.  So the oldest
** of all, of a type, and of the lowest type are each found and taken out in
** the same time however many messages and types there are (the heap takes
** the logarithm of the number of types).
**
** Interface:
** - ax__message_new, ax__message_of: messages as values
** - ax__backlog_reserve, then ax__backlog_add or ax__backlog_restore
** - ax__backlog_find, ax__backlog_take */
#ifndef AX_IPC_BACKLOG_H
#define AX_IPC_BACKLOG_H

#include "base/hash.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/value.h"

/* A type that has messages, or a spare one. */
typedef struct ax_mtype {
  ax_hash_node node;   /* its key is the type; in the list of spares, too */
  ax_heap_entry place; /* in lowest */
  ax_list messages;    /* the oldest first */
} ax_mtype;

/* A message, and the foreign value that it is. */
typedef struct ax_message {
  ax_keeper keeper; /* of itself */
  ax_mem *mem;
  ax_list peers;    /* the messages of its type */
  union {
    ax_list order;  /* in the backlog: all messages */
    ax_value want;  /* handed to somebody: what that one asked for */
  } u;
  ax_mtype *kind;   /* in the backlog */
  int64_t type;     /* > 0 */
  uint64_t serial;  /* in which order they were sent */
  size_t size;      /* of data, in bytes */
  size_t shown;     /* of them, those that the receiver asked for */
  char data[];
} ax_message;

typedef struct ax_backlog {
  ax_mem *mem;
  ax_list order;       /* messages, the oldest first */
  ax_hash types;       /* those that have messages */
  ax_heap lowest;      /* the same, by type */
  ax_hash_node *spare; /* types without messages */
  size_t nspare;
  size_t reserved;     /* how many spares are not to be freed */
  size_t count, bytes; /* of the messages, and in them */
} ax_backlog;

/* A copy of the bytes as a message; NULL when memory is short. */
ax_message *ax__message_new(ax_mem *m, int64_t type, const void *data,
                            size_t size);

/* Frees a message that is in no backlog. */
void ax__message_free(ax_message *m);

/* The message as a value, which owns it, and back; NULL: it is none. */
ax_value ax__message_value(ax_message *m);
ax_message *ax__message_of(const ax_value *v);

void ax__backlog_init(ax_backlog *b, ax_mem *m);

/* Frees all messages. */
void ax__backlog_clear(ax_backlog *b);

/* The same, and the memory. */
void ax__backlog_fini(ax_backlog *b);

/* Memory for n messages of n new types: adding them cannot fail.  AX_ENOMEM:
** nothing happened. */
int ax__backlog_reserve(ax_backlog *b, size_t n);

/* Is there memory for that many?  Then it stays reserved. */
static inline bool ax__backlog_reserved(ax_backlog *b, size_t n) {
  if (b->nspare < n || b->lowest.room - b->lowest.count < n) return false;
  b->reserved = n;
  return true;
}

/* Puts a message at the end. */
void ax__backlog_add(ax_backlog *b, ax_message *m);

/* Puts it where it was: before those that were sent after it. */
void ax__backlog_restore(ax_backlog *b, ax_message *m);

/* The message that a receiver of that type gets: 0 the oldest; n the oldest
** of type n (except: of any other); -n that of the lowest type up to n.
** NULL: none. */
ax_message *ax__backlog_find(const ax_backlog *b, int64_t type, bool except);

/* Takes a message out, which is the caller's then. */
void ax__backlog_take(ax_backlog *b, ax_message *m);

#endif
