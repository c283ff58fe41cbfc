/* choose - which alternative of a union a table is
**
** Trying one alternative after the other would walk a value again and again
** at each level of a recursive union, so a look at the table's entries comes
** first: an alternative with a tag (a field that is an enum) whose value is
** another one is out; so is one with other fields, or other types of them.
** Mostly one alternative is left, and its faults are then told as if there
** was no union.  Only alternatives that look alike are tried in turn. */
#include <string.h>

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

static int look_tuple(ax__walk *w, const ax__node *n) {
  int fit = FITS;
  ax_source *s = w->from;
  uint64_t seen[AX__SEEN_WORDS];
  ax__clear_seen(n, seen);
  while (fit > WRONG_TAG && s->ops->next(s)) {
    if (!ax__take(w, 1)) return WRONG_TAG;
    s->ops->key(s);
    bool known = s->key.type == AX_INTEGER && s->key.u.integer >= 1 &&
                 s->key.u.integer <= n->count;
    uint32_t i = known ? (uint32_t)s->key.u.integer - 1 : 0;
    if (known) seen[i / 64] |= UINT64_C(1) << i % 64;
    fit = worse(fit,
                known ? look(w, ax__child(w->schema, n, i)) : WRONG_FIELDS);
  }
  return worse(fit, look_missing(w, n, seen));
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
    case AX__TUPLE: return look_tuple(w, n);
    case AX__ARRAY: return look_array(w, n, s->ops->count(s));
    case AX__MAP: return look_map(w, n);
    default: return FITS;
  }
}

/* What a trial of an alternative must leave as it was. */
typedef struct state {
  ax_mark from, to;
  ax_item key;
  uint8_t place;
  size_t index;
  uint32_t depth;
} state;

static state save(ax__walk *w) {
  state before = {.place = w->from->place, .index = w->from->index};
  before.depth = w->depth;
  before.key = w->from->key;
  before.from = w->from->ops->mark(w->from);
  if (w->to != NULL) before.to = w->to->ops->mark(w->to);
  return before;
}

/* For the source alone. */
static void return_to(ax__walk *w, const state *before) {
  w->from->ops->rewind(w->from, before->from);
  w->from->key = before->key;
}

static void restore(ax__walk *w, const state *before) {
  return_to(w, before);
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
  return_to(w, before);
  return fit;
}

/* Where the trial of the current table against the node is remembered. */
static ax__trial *remember_trial(ax__walk *w, const ax__node *n) {
  const void *table = w->from->ops->identity(w->from);
  if (!w->tried) memset(w->trials, 0, AX__NTRIALS * sizeof *w->trials);
  w->tried = true;
  uintptr_t hash = (uintptr_t)table / 8 * 31 + (uintptr_t)n / 8 + w->depth;
  ax__trial *t = &w->trials[hash % AX__NTRIALS];
  if (t->table != table || t->node != n || t->depth != w->depth) {
    ax__trial new = {table, NULL, w->depth, false};
    *t = new;
  }
  return t;
}

/* Is the current table like the node?  No table is walked for that twice,
** or the alternatives of a union in a union in a union... would be as many
** walks as their product. */
static bool try_one(ax__walk *w, const ax__node *n, const state *before) {
  ax__trial *t = remember_trial(w, n);
  if (t->node == n) return t->fits;
  const void *table = t->table;
  ax_sink *to = w->to;
  w->to = NULL;
  bool fits = ax__walk_node(w, n) == AX_OK;
  w->to = to;
  restore(w, before);
  t = remember_trial(w, n); /* others may have been there meanwhile */
  t->table = table;
  t->node = n;
  t->fits = fits;
  return fits;
}

/* The first alternative that the current table is like, or NULL. */
static const ax__node *try_each(ax__walk *w, const ax__node *n,
                                const state *before) {
  for (uint32_t i = 0; i < n->count; i++) {
    const ax__node *child = ax__child(w->schema, n, i);
    if (look_at(w, child, before) == FITS && try_one(w, child, before))
      return child;
  }
  return NULL;
}

static int none_fits(ax__walk *w, const ax__node *n) {
  char expected[110];
  if (!w->blame) return AX_EPROTO;
  ax__describe_short(w->schema, n, expected, sizeof expected);
  ax__trail_say(w->trail, "expected %s, got a table that is none of these",
                expected);
  return AX_EPROTO;
}

/* The alternative that a table is, or seems to be and is not; or NULL.
** *sure: it is. */
static const ax__node *choose(ax__walk *w, const ax__node *n,
                              const state *before, bool *sure) {
  uint32_t count[3] = {0, 0, 0};
  const ax__node *best[3] = {NULL, NULL, NULL};
  for (uint32_t i = 0; i < n->count; i++) {
    const ax__node *child = ax__child(w->schema, n, i);
    if (!(child->types & AX__BIT(AX_TABLE))) continue;
    int fit = look_at(w, child, before);
    if (count[fit]++ == 0) best[fit] = child;
  }
  *sure = count[FITS] > 1;
  if (*sure) return try_each(w, n, before);
  if (count[FITS] == 1) return best[FITS];
  if (count[WRONG_FIELDS] == 1) return best[WRONG_FIELDS];
  if (count[WRONG_FIELDS] == 0 && count[WRONG_TAG] == 1)
    return best[WRONG_TAG];
  return NULL;
}

int ax__walk_union(ax__walk *w, const ax__node *n) {
  if (w->from->type != AX_TABLE) return ax__walk_scalar(w, n);
  if (!(n->types & AX__BIT(AX_TABLE))) return ax__mismatch(w, n);
  state before = save(w);
  bool sure, blame = w->blame;
  w->blame = false;
  const ax__node *child = choose(w, n, &before, &sure);
  w->blame = blame;
  if (w->from->rc != AX_OK) return w->from->rc;
  if (child == NULL) return none_fits(w, n);
  return sure && w->to == NULL ? AX_OK : ax__walk_node(w, child);
}
