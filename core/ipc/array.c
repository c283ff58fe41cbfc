/* array - tables with the keys 1..n: arrays and tuples */
#include "ipc/walk.h"

static int at_index(ax__walk *w, int rc, const ax__here *h, size_t i) {
  ax_item key = {.type = AX_INTEGER, .u.integer = (int64_t)i};
  return ax__at_key(w, rc, h, &key);
}

static int wrong_size(ax__walk *w, const ax__node *n, size_t count) {
  char expected[80];
  if (!w->blame) return AX_EPROTO;
  ax__describe_short(w->schema, n, expected, sizeof expected);
  ax__trail_say(w->trail, "expected %s, got %zu", expected, count);
  return AX_EPROTO;
}

/* ---------------------------------------------------------------- arrays */

/* A table with n entries, of which number hole is missing, is no list: the
** first key that is to blame, or else the hole. */
static int no_list(ax__walk *w, const ax__here *h, size_t hole) {
  ax_source *s = w->from;
  ax_item worst = {.type = AX_NIL};
  if (s->rc != AX_OK) return s->rc;
  if (!w->blame) return AX_EPROTO;
  while (s->ops->next(s)) {
    s->ops->key(s);
    bool fine = s->key.type == AX_INTEGER && s->key.u.integer >= 1;
    if (fine) continue;
    if (worst.type == AX_NIL || ax__key_order(&s->key, &worst) < 0)
      worst = s->key;
  }
  if (worst.type == AX_NIL)
    return at_index(w, ax__fault(w, "element is missing"), h, hole);
  return ax__at_key(w, ax__fault(w, "not a key of an array"), h, &worst);
}

int ax__walk_elements(ax__walk *w, const ax__node *n, const ax__here *h,
                      size_t count) {
  ax_source *s = w->from;
  s->place = AX_AT_ELEMENT;
  for (size_t i = 1;; i++) {
    if (s->ops->run != NULL && !w->keys)
      i += s->ops->run(s, w->to, i, count, n->plain);
    if (i > count) return AX_OK;
    s->index = i;
    s->ops->at(s, i);
    if (s->type == AX_NIL) return no_list(w, h, i);
    int rc = ax__walk_node(w, n);
    if (rc != AX_OK) return at_index(w, rc, h, i);
  }
}

int ax__walk_array(ax__walk *w, const ax__node *n) {
  ax__here h;
  if (w->from->type != AX_TABLE) return ax__mismatch(w, n);
  int rc = ax__enter(w, &h);
  if (rc != AX_OK) return rc;
  size_t count = w->from->ops->count(w->from);
  if (count < n->u.size.min || count > n->u.size.max)
    return wrong_size(w, n, count);
  if (!ax__take(w, count)) return ax__too_many(w);
  rc = ax__open_sink(w, true, count, 0);
  if (rc == AX_OK)
    rc = ax__walk_elements(w, ax__child(w->schema, n, 0), &h, count);
  return rc == AX_OK ? ax__leave(w, &h) : rc;
}

bool ax__is_list(ax_source *s, size_t count) {
  bool list;
  if (count == 0) return true;
  size_t border = s->ops->border(s, &list);
  if (list || border < count) return list;
  for (size_t i = 1; i <= count; i++) {
    s->ops->at(s, i);
    if (s->type == AX_NIL) return false;
  }
  return true;
}

/* ---------------------------------------------------------------- tuples */

int ax__walk_position(ax__walk *w, const ax__node *n, uint64_t *seen) {
  ax_source *s = w->from;
  s->ops->key(s);
  bool known = s->key.type == AX_INTEGER && s->key.u.integer >= 1 &&
               s->key.u.integer <= n->count;
  if (!known) return ax__fault(w, "not a position of this tuple");
  uint32_t i = (uint32_t)s->key.u.integer - 1;
  int rc = ax__see(w, i, seen);
  return rc == AX_OK ? ax__walk_node(w, ax__child(w->schema, n, i)) : rc;
}

/* The positions 1..count, for a sink that has lists. */
static int list_positions(ax__walk *w, const ax__node *n, size_t count,
                          uint64_t *seen) {
  ax_source *s = w->from;
  s->place = AX_AT_ELEMENT;
  for (uint32_t i = 0; i < count; i++) {
    s->index = i + 1;
    s->ops->at(s, i + 1);
    int rc = ax__see(w, i, seen);
    if (rc == AX_OK) rc = ax__walk_node(w, ax__child(w->schema, n, i));
    if (rc != AX_OK) return rc;
  }
  return AX_OK;
}

/* The same in any order, and with gaps. */
static int any_positions(ax__walk *w, const ax__node *n, uint64_t *seen) {
  while (w->from->ops->next(w->from)) {
    int rc = ax__walk_entry(w, n, seen);
    if (rc != AX_OK) return rc;
  }
  return AX_OK;
}

int ax__walk_tuple(ax__walk *w, const ax__node *n) {
  ax__here h;
  ax_item key;
  uint64_t seen[AX__SEEN_WORDS];
  if (w->from->type != AX_TABLE) return ax__mismatch(w, n);
  if (w->blame) return ax__walk_blame(w, n);
  int rc = ax__enter(w, &h);
  if (rc != AX_OK) return rc;
  size_t count = w->from->ops->count(w->from);
  if (count > n->count) return AX_EPROTO;
  bool list = w->keys && ax__is_list(w->from, count);
  rc = ax__open_sink(w, list, n->count, 0);
  if (rc != AX_OK) return rc;
  ax__clear_seen(n, seen);
  rc = list ? list_positions(w, n, count, seen) : any_positions(w, n, seen);
  if (rc == AX_OK && ax__missing(w, n, seen, &key)) rc = AX_EPROTO;
  return rc == AX_OK ? ax__leave(w, &h) : rc;
}
