/* backlog - messages in order, and by type
**
** The messages of a type stand one behind the other in chunks of its own:
** who receives by type touches only what he takes, and a chunk that was
** drained is used again at once.  Large ones, and those that are blocks
** already, are there as a pointer.  The types that have messages are in a
** hash and in two heaps: by type, and by the age of their oldest message.
** So the oldest of all, of a type, of another type, and of the lowest type
** are found in the same time however many messages there are; the heaps
** take the logarithm of the number of types.
**
** What somebody was handed and gave back waits in a list of its own, where
** it needs no memory: giving back cannot fail.
**
** Interface:
** - ax__message_new, ax__message_of: messages as blocks, and as values
** - ax__backlog_add, ax__backlog_put, ax__backlog_return: in
** - ax__backlog_find, then ax__backlog_take or ax__backlog_lift: out */
#ifndef AX_IPC_BACKLOG_H
#define AX_IPC_BACKLOG_H

#include "base/hash.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/value.h"

/* A message as a block of its own, and the foreign value that it is. */
typedef struct ax_message {
  ax_keeper keeper; /* of itself */
  ax_mem *mem;
  union {
    ax_list link;  /* in the backlog, if it came back */
    ax_value want; /* handed to somebody: what that one asked for */
  } u;
  int64_t type;    /* > 0 */
  uint64_t serial; /* in which order they were sent */
  size_t size;     /* of data, in bytes */
  size_t shown;    /* of them, those that the receiver asked for */
  char data[];
} ax_message;

typedef struct ax_chunk ax_chunk;

/* A type that has messages, or a spare one. */
typedef struct ax_mtype {
  ax_hash_node node; /* its key is the type; in the list of spares, too */
  ax_heap_entry low; /* in lowest */
  ax_heap_entry old; /* in oldest */
  ax_chunk *first;   /* with the oldest records; NULL: there are none */
  ax_chunk *last;    /* with the youngest ones */
  uint32_t begin;    /* of the records in first, */
  uint32_t stop;     /* their end, unless it is the last, */
  uint32_t end;      /* and that of those in last */
} ax_mtype;

typedef struct ax_backlog {
  ax_mem *mem;
  ax_hash types;       /* those that have messages */
  ax_heap lowest;      /* the same, by type */
  ax_heap oldest;      /* the same, by the serial of the oldest message, or of
                       ** an older one that was taken since */
  ax_list returned;    /* messages that came back, in any order */
  ax_hash_node *spare; /* types without messages */
  ax_chunk *chunks;    /* without records */
  size_t nspare, nchunks; /* how many those are */
  size_t count, bytes;    /* of the messages, and in them */
} ax_backlog;

/* Where a message is; neither: there is none. */
typedef struct ax_spot {
  ax_mtype *kind;       /* the oldest of that type; or */
  ax_message *returned; /* one that came back */
  int64_t type;
  uint64_t serial;
  size_t size;
} ax_spot;

static inline bool ax__spot_empty(const ax_spot *s) {
  return s->kind == NULL && s->returned == NULL;
}

/* A copy of the bytes as a message; NULL when memory is short. */
ax_message *ax__message_new(ax_mem *m, int64_t type, const void *data,
                            size_t size);

/* Frees a message that is in no backlog. */
void ax__message_free(ax_message *m);

/* The message as a value, which owns it, and back; NULL: it is none. */
ax_value ax__message_value(ax_message *m);
ax_message *ax__message_of(const ax_value *v);

void ax__backlog_init(ax_backlog *b, ax_mem *m);

/* Frees all messages, and the memory. */
void ax__backlog_fini(ax_backlog *b);

/* Puts a copy of the bytes at the end.  AX_ENOMEM. */
int ax__backlog_add(ax_backlog *b, int64_t type, uint64_t serial,
                    const void *data, size_t size);

/* Puts the message itself at the end.  AX_ENOMEM: it is the caller's. */
int ax__backlog_put(ax_backlog *b, ax_message *m);

/* Puts it where it was: before those that were sent after it. */
void ax__backlog_return(ax_backlog *b, ax_message *m);

/* The message that a receiver of that type gets: 0 the oldest; n the oldest
** of type n (except: of any other); -n that of the lowest type up to n. */
ax_spot ax__backlog_find(ax_backlog *b, int64_t type, bool except);

/* Takes it out.  The bytes stay where they are until the next call for the
** backlog, or until the owner is cleared, which is the caller's. */
void ax__backlog_take(ax_backlog *b, const ax_spot *s, ax_received *out);

/* Takes it out as a block.  NULL when memory is short, and it stays. */
ax_message *ax__backlog_lift(ax_backlog *b, const ax_spot *s);

#endif
