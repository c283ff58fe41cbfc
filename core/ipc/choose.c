/* choose - which alternative of a union a table is
**
** Trying one alternative after the other would walk a value again and again
** at each level of a recursive union, so a look at the table's entries comes
** first: an alternative with a tag (a field that is an enum) whose value is
** another one is out; so is one with other fields, or other types of them.
** Mostly one alternative is left, and its faults are then told as if there
** was no union.  Only alternatives that look alike are tried in turn. */
#include "ipc/walk.h"

/* How well does a table fit, as far as one sees from outside? */
enum { WRONG_TAG, WRONG_FIELDS, FITS };

/* May the current value be what the node wants?  Tags are looked at. */
static int look(ax__walk *w, const ax__node *n) {
  ax_source *s = w->from;
  if (n->kind == AX__ENUM) {
    s->ops->load(s);
    return ax__find_literal(w->schema, n, &s->item) ? FITS : WRONG_TAG;
  }
  return n->types & AX__BIT(s->type) ? FITS : WRONG_FIELDS;
}

static int worse(int a, int b) { return a < b ? a : b; }

static int look_missing(const ax__walk *w, const ax__node *n,
                        const uint64_t *seen) {
  int fit = FITS;
  for (uint32_t i = 0; i < n->count; i++) {
    const ax__link *f = &w->schema->links[n->first + i];
    if (f->optional || seen[i / 64] >> i % 64 & 1) continue;
    bool tag = w->schema->nodes[f->node].kind == AX__ENUM;
    fit = worse(fit, tag ? WRONG_TAG : WRONG_FIELDS);
  }
  return fit;
}

static int look_record(ax__walk *w, const ax__node *n) {
  int fit = FITS;
  uint64_t seen[AX__SEEN_WORDS];
  ax__clear_seen(n, seen);
  while (fit > WRONG_TAG && w->from->ops->next(w->from)) {
    if (!ax__take(w, 1)) return WRONG_TAG;
    uint32_t i = ax__find_field(w, n, AX__NO_FIELD);
    if (i == AX__NO_FIELD) {
      if (!n->open) fit = worse(fit, WRONG_FIELDS);
      continue;
    }
    seen[i / 64] |= UINT64_C(1) << i % 64;
    fit = worse(fit, look(w, ax__child(w->schema, n, i)));
  }
  return worse(fit, look_missing(w, n, seen));
}

static int look_tuple(ax__walk *w, const ax__node *n, size_t count) {
  int fit = count > n->count ? WRONG_FIELDS : FITS;
  for (uint32_t i = 0; i < n->count && fit > WRONG_TAG; i++) {
    const ax__link *l = &w->schema->links[n->first + i];
    const ax__node *child = &w->schema->nodes[l->node];
    w->from->ops->at(w->from, i + 1);
    if (w->from->type != AX_NIL)
      fit = worse(fit, look(w, child));
    else if (!l->optional)
      fit = child->kind == AX__ENUM ? WRONG_TAG : WRONG_FIELDS;
  }
  return fit;
}

static int look_array(ax__walk *w, const ax__node *n, size_t count) {
  if (count < n->u.size.min || count > n->u.size.max) return WRONG_FIELDS;
  if (count == 0) return FITS;
  w->from->ops->at(w->from, 1);
  bool fits =
      w->from->type != AX_NIL && look(w, ax__child(w->schema, n, 0)) == FITS;
  return fits ? FITS : WRONG_FIELDS;
}

static bool look_entry(ax__walk *w, const ax__node *n) {
  ax_source *s = w->from;
  bool exact;
  int64_t i;
  s->ops->key(s);
  return s->key.type < AX_TABLE &&
         ax__check_scalar(w, ax__child(w->schema, n, 0), &s->key, &exact,
                          &i) == AX_OK &&
         look(w, ax__child(w->schema, n, 1)) == FITS;
}

/* All entries, or the answer would depend on which comes first. */
static int look_map(ax__walk *w, const ax__node *n) {
  while (w->from->ops->next(w->from)) {
    if (!ax__take(w, 1)) return WRONG_TAG;
    if (!look_entry(w, n)) return WRONG_FIELDS;
  }
  return FITS;
}

static int look_inside(ax__walk *w, const ax__node *n) {
  ax_source *s = w->from;
  switch (n->kind) {
    case AX__RECORD: return look_record(w, n);
    case AX__TUPLE: return look_tuple(w, n, s->ops->count(s));
    case AX__ARRAY: return look_array(w, n, s->ops->count(s));
    case AX__MAP: return look_map(w, n);
    default: return FITS;
  }
}

/* What a trial of an alternative must leave as it was. */
typedef struct state {
  ax_mark from, to;
  uint8_t place;
  size_t index;
  uint32_t depth;
} state;

static state save(ax__walk *w) {
  state before = {.place = w->from->place, .index = w->from->index};
  before.depth = w->depth;
  before.from = w->from->ops->mark(w->from);
  if (w->to != NULL) before.to = w->to->ops->mark(w->to);
  return before;
}

static void restore(ax__walk *w, const state *before) {
  w->from->ops->rewind(w->from, before->from);
  if (w->to != NULL) w->to->ops->rewind(w->to, before->to);
  w->from->place = before->place;
  w->from->index = before->index;
  w->depth = before->depth;
}

/* How well does the current table fit?  It stays the current value. */
static int look_at(ax__walk *w, const ax__node *n, const state *before) {
  ax_source *s = w->from;
  if (!(n->types & AX__BIT(AX_TABLE))) return WRONG_TAG;
  if (w->depth == AX_DEPTH_MAX || s->ops->open(s) != AX_OK) return FITS;
  int fit = look_inside(w, n);
  s->ops->rewind(s, before->from);
  return fit;
}

/* Tries those that fit, in turn and in silence. */
static int try_each(ax__walk *w, const ax__node *n, const state *before) {
  for (uint32_t i = 0; i < n->count; i++) {
    const ax__node *child = ax__child(w->schema, n, i);
    if (look_at(w, child, before) != FITS) continue;
    int rc = ax__walk_node(w, child);
    if (rc != AX_EPROTO) return rc;
    restore(w, before);
  }
  return AX_EPROTO;
}

static int none_fits(ax__walk *w, const ax__node *n) {
  char expected[110];
  ax__describe_short(w->schema, n, expected, sizeof expected);
  ax__trail_say(&w->trail, "expected %s, got a table that is none of these",
                expected);
  return AX_EPROTO;
}

int ax__walk_union(ax__walk *w, const ax__node *n) {
  if (w->from->type != AX_TABLE) return ax__walk_scalar(w, n);
  state before = save(w);
  bool blame = w->blame;
  uint32_t count[3] = {0, 0, 0};
  const ax__node *best[3] = {NULL, NULL, NULL};
  w->blame = false;
  for (uint32_t i = 0; i < n->count; i++) {
    const ax__node *child = ax__child(w->schema, n, i);
    if (!(child->types & AX__BIT(AX_TABLE))) continue;
    int fit = look_at(w, child, &before);
    if (count[fit]++ == 0) best[fit] = child;
  }
  int rc = count[FITS] > 1 ? try_each(w, n, &before) : AX_EPROTO;
  w->blame = blame;
  if (count[FITS] == 1) return ax__walk_node(w, best[FITS]);
  if (count[FITS] > 1) return rc == AX_EPROTO && blame ? none_fits(w, n) : rc;
  if (count[WRONG_FIELDS] == 1) return ax__walk_node(w, best[WRONG_FIELDS]);
  if (count[WRONG_FIELDS] == 0 && count[WRONG_TAG] == 1)
    return ax__walk_node(w, best[WRONG_TAG]);
  if (count[WRONG_FIELDS] + count[WRONG_TAG] == 0) return ax__mismatch(w, n);
  return blame ? none_fits(w, n) : AX_EPROTO;
}
