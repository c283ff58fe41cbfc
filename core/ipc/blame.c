/* blame - which of several faults is told
**
** The entries of a table come in an order that differs from run to run.  So
** that the same value always gets the same message, the fault with the
** first key is told: all entries are checked in silence, then the one with
** the first key among those that failed is walked once more, with words. */
#include <string.h>

#include "ipc/walk.h"

static int group(const ax_item *key) {
  switch (key->type) {
    case AX_INTEGER:
    case AX_NUMBER: return 0;
    case AX_STRING: return 1;
    case AX_BOOLEAN: return 2;
    default: return 3;
  }
}

static double number_of(const ax_item *key) {
  return key->type == AX_INTEGER ? (double)key->u.integer : key->u.number;
}

static int string_order(const ax_item *a, const ax_item *b) {
  size_t shorter = a->length < b->length ? a->length : b->length;
  int order = shorter > 0 ? memcmp(a->u.string, b->u.string, shorter) : 0;
  return order != 0 ? order
                    : (a->length > b->length) - (a->length < b->length);
}

int ax__key_order(const ax_item *a, const ax_item *b) {
  int kind = group(a);
  if (kind != group(b)) return kind - group(b);
  if (kind == 1) return string_order(a, b);
  if (kind == 2) return (int)a->u.boolean - (int)b->u.boolean;
  if (kind == 3) return strcmp(ax__type_name(a), ax__type_name(b));
  if (a->type == AX_INTEGER && b->type == AX_INTEGER)
    return (a->u.integer > b->u.integer) - (a->u.integer < b->u.integer);
  return (number_of(a) > number_of(b)) - (number_of(a) < number_of(b));
}

/* Checks all entries in silence; *worst is the first key of those that
** failed, AX_NIL if none did. */
static int find_worst(ax__walk *w, const ax__node *n, uint64_t *seen,
                      ax_item *worst) {
  ax_source *s = w->from;
  uint32_t depth = w->depth;
  worst->type = AX_NIL;
  while (s->ops->next(s)) {
    s->ops->key(s);
    ax_item key = s->key;
    ax_mark m = s->ops->mark(s);
    int rc = ax__walk_entry(w, n, seen);
    if (rc == AX_OK) continue;
    if (rc != AX_EPROTO) return rc;
    s->ops->rewind(s, m);
    w->depth = depth;
    if (worst->type == AX_NIL || ax__key_order(&key, worst) < 0) *worst = key;
  }
  return s->rc;
}

/* Goes to the entry that failed and tells why. */
static int tell(ax__walk *w, const ax__node *n, uint64_t *seen,
                const ax__here *h, const ax_item *worst) {
  ax_source *s = w->from;
  while (s->ops->next(s)) {
    s->ops->key(s);
    if (ax__key_order(&s->key, worst) != 0) continue;
    int rc = ax__walk_entry(w, n, seen);
    if (rc != AX_OK) return ax__at_key(w, rc, h, worst);
  }
  return AX_OK;
}

/* What is missing fails, too. */
static bool add_missing(const ax__walk *w, const ax__node *n,
                        const uint64_t *seen, ax_item *worst) {
  ax_item key;
  if (n->kind != AX__RECORD && n->kind != AX__TUPLE) return false;
  if (!ax__missing(w, n, seen, &key)) return false;
  if (worst->type != AX_NIL && ax__key_order(&key, worst) > 0) return false;
  *worst = key;
  return true;
}

int ax__walk_blame(ax__walk *w, const ax__node *n) {
  ax__here h;
  ax_item worst;
  uint64_t seen[AX__SEEN_WORDS];
  ax_mark start = w->from->ops->mark(w->from);
  ax__clear_seen(n, seen);
  int rc = ax__enter(w, &h);
  if (rc != AX_OK) return rc;
  w->blame = false;
  rc = find_worst(w, n, seen, &worst);
  w->blame = true;
  if (rc != AX_OK) return rc;
  if (add_missing(w, n, seen, &worst))
    return ax__at_key(
        w,
        ax__fault(w, n->kind == AX__TUPLE ? "required element is missing"
                                          : "required field is missing"),
        &h, &worst);
  if (worst.type == AX_NIL) return ax__leave(w, &h);
  w->from->ops->rewind(w->from, start);
  w->depth = h.depth;
  ax__clear_seen(n, seen);
  rc = ax__enter(w, &h);
  if (rc == AX_OK) rc = tell(w, n, seen, &h, &worst);
  return rc == AX_OK ? ax__leave(w, &h) : rc;
}
