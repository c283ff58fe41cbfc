/* want - which message a receiver asks for
**
** A value of its own, which a clause can hold: the type as an integer, and
** in its slot two bits of flags, above them the limit of bytes + 1, or 0 for
** none.  So the plain type, and nil, are wants, too.
**
** Interface: public, ax_msgq_want; inside, what follows. */
#ifndef AX_IPC_WANT_H
#define AX_IPC_WANT_H

#include "ipc/backlog.h"

enum { AX_WANT_EXCEPT = 1, AX_WANT_CUT = 2, AX_WANT_SHIFT = 2 };

/* The highest limit that there is room for; above it there is none. */
#define AX_WANT_LIMIT ((UINT32_MAX >> AX_WANT_SHIFT) - 1)

static inline int64_t ax__want_type(const ax_value *want) {
  return want->type == AX_NIL ? 0 : want->u.integer;
}

static inline bool ax__want_except(const ax_value *want) {
  return want->type != AX_NIL && (want->slot & AX_WANT_EXCEPT) != 0;
}

static inline size_t ax__want_limit(const ax_value *want) {
  if (want->type == AX_NIL || want->slot >> AX_WANT_SHIFT == 0)
    return SIZE_MAX;
  return (want->slot >> AX_WANT_SHIFT) - 1;
}

/* Is a message of that type wanted? */
static inline bool ax__wanted(const ax_value *want, int64_t type) {
  int64_t wanted = ax__want_type(want);
  if (wanted == 0) return true;
  if (wanted < 0) return (uint64_t)type <= (uint64_t)0 - (uint64_t)wanted;
  return (type == wanted) != ax__want_except(want);
}

/* Is one of that size too long, and not to be cut off? */
static inline bool ax__want_refuses(const ax_value *want, size_t size) {
  return size > ax__want_limit(want) && (want->slot & AX_WANT_CUT) == 0;
}

/* How much of a message of that size is to be seen. */
static inline size_t ax__want_shown(const ax_value *want, size_t size) {
  size_t limit = ax__want_limit(want);
  return size < limit ? size : limit;
}

/* Would who wants that, and has got m, rather have got n? */
static inline bool ax__want_rather(const ax_value *want, const ax_message *m,
                                   const ax_message *n) {
  if (!ax__wanted(want, n->type)) return false;
  if (ax__want_refuses(want, n->size)) return false;
  if (ax__want_type(want) < 0 && m->type != n->type) return n->type < m->type;
  return n->serial < m->serial;
}

#endif
