/* walk - one walk over a value
**
** The walker goes down into the value and the schema at the same time; each
** table costs one level of the C stack, and there are at most AX_DEPTH_MAX.
** It allocates nothing and holds nothing, so a source or sink may leave it
** by a longjmp.
**
** The first walk is silent: it ends with AX_EPROTO where something does not
** match.  Only then, and only if somebody wants to know, a second one goes
** through the value in the order of its keys and finds words.
**
** Files:
** - walk: records and maps; array: arrays and tuples; scalar: what is no
**   table; choose: unions; blame: which of several faults is told
**
** Interface:
** - ax__walk_node: the current value against a node
** - the rest is shared among those files */
#ifndef AX_IPC_WALK_H
#define AX_IPC_WALK_H

#include "ipc/fault.h"
#include "ipc/schema.h"

enum { AX__SEEN_WORDS = AX_FIELDS_MAX / 64 };

/* Whether a table is like a node, as a trial found out. */
typedef struct ax__trial {
  const void *table;
  const ax__node *node;
  uint32_t depth; /* of the table; the limit depends on it */
  bool fits;
} ax__trial;

enum { AX__NTRIALS = 128 }; /* that are remembered */

typedef struct ax__walk {
  const ax_schema *schema; /* NULL: any */
  ax_source *from;
  ax_sink *to;      /* NULL: nowhere */
  bool carries;     /* it goes somewhere, or would if it was not to be blamed:
                  ** other fields of open records count, too */
  bool keys;        /* the same for a sink that writes down: see ax_sink */
  uint32_t left;    /* values that may still be looked at */
  uint32_t depth;   /* tables that are open */
  bool spent;       /* there were too many values */
  uint32_t cut;     /* if not 0: a fault in a table of this depth or deeper is
                  ** told at the table above it */
  bool tried;       /* there are trials */
  bool blame;       /* something does not match: say what */
  ax__trail *trail; /* only then */
  ax__trial *trials; /* AX__NTRIALS; cleared before the first */
} ax__walk;

/* Where a table stands in the one around it. */
typedef struct ax__here {
  uint8_t place;
  size_t index;
  uint32_t depth; /* of the tables around it */
} ax__here;

extern const ax__node ax__any;

/* Checks the current value, and carries it. */
int ax__walk_node(ax__walk *w, const ax__node *n);

/* The same for values that are no table. */
int ax__walk_scalar(ax__walk *w, const ax__node *n);

/* The same for arrays, tuples, unions. */
int ax__walk_array(ax__walk *w, const ax__node *n);
int ax__walk_tuple(ax__walk *w, const ax__node *n);
int ax__walk_union(ax__walk *w, const ax__node *n);

/* The same for records, tuples, maps and any tables if w->blame: the fault
** whose key comes first. */
int ax__walk_blame(ax__walk *w, const ax__node *n);

/* Numbers come before strings, and those before all else; negative, 0 or
** positive, as memcmp. */
int ax__key_order(const ax_item *a, const ax_item *b);

/* Carries the current scalar, which is welcome. */
int ax__carry(ax__walk *w);

/* Loads the key of the current entry of any table, if anybody looks. */
int ax__load_key(ax__walk *w);

/* Into the current table, and out of it again. */
int ax__enter(ax__walk *w, ax__here *h);
int ax__leave(ax__walk *w, const ax__here *h);

/* Marks field or position i as seen; AX_EPROTO: it was. */
int ax__see(ax__walk *w, uint32_t i, uint64_t *seen);

/* The same table in the sink; ax__leave closes it. */
int ax__open_sink(ax__walk *w, bool list, size_t nelements, size_t nentries);

/* n values more are looked at, if so many may; else ax__too_many. */
static inline bool ax__take(ax__walk *w, size_t n) {
  if (n > w->left) return false;
  w->left -= (uint32_t)n;
  return true;
}

int ax__too_many(ax__walk *w);

/* The elements 1..count of the open table, each of them like n. */
int ax__walk_elements(ax__walk *w, const ax__node *n, const ax__here *h,
                      size_t count);

/* Are the keys of the open table, which has count entries, 1..count? */
bool ax__is_list(ax_source *s, size_t count);

enum { AX__NO_FIELD = UINT16_MAX }; /* more than AX_FIELDS_MAX */

/* The number of the field that the current key names, or AX__NO_FIELD; a
** good guess makes it cheap.  Loads the key. */
uint32_t ax__find_field(ax__walk *w, const ax__node *n, uint32_t expected);

/* The current entry of a record, tuple, map or any table.  Fields and
** positions are marked as seen. */
int ax__walk_entry(ax__walk *w, const ax__node *n, uint64_t *seen);

/* The current entry of a tuple. */
int ax__walk_position(ax__walk *w, const ax__node *n, uint64_t *seen);

/* The key of the first field or position that is required and was not seen;
** false: none. */
bool ax__missing(const ax__walk *w, const ax__node *n, const uint64_t *seen,
                 ax_item *key);

static inline void ax__clear_seen(const ax__node *n, uint64_t *seen) {
  for (uint32_t i = 0; i < n->count; i += 64) seen[i / 64] = 0;
}

/* Scalars alone: AX_OK or AX_EPROTO.  *exact: it is a number to be taken as
** the integer *i. */
int ax__check_scalar(ax__walk *w, const ax__node *n, const ax_item *item,
                     bool *exact, int64_t *i);

/* Is the scalar one of an enum's? */
const ax__link *ax__find_literal(const ax_schema *s, const ax__node *n,
                                 const ax_item *item);

/* The integer that the number is, if it is one exactly. */
bool ax__exact_integer(double d, int64_t *i);

/* AX_EPROTO: "expected <the node>, got <the current value>". */
int ax__mismatch(ax__walk *w, const ax__node *n);

/* AX_EPROTO with that message. */
int ax__fault(ax__walk *w, const char *message);

/* A fault of what the key leads to: rc as it is.  here: the table's. */
int ax__at_key(ax__walk *w, int rc, const ax__here *h, const ax_item *key);

#endif
