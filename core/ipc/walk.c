/* walk - one walk over a value: its tables */
#include "ipc/walk.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"

const ax__node ax__any = {.kind = AX__ANY,
                          .plain = AX__SCALARS,
                          .types = AX__SCALARS | AX__BIT(AX_TABLE)};

/* ---------------------------------------------------------------- faults */

int ax__at_key(ax__walk *w, int rc, const ax__here *h, const ax_item *key) {
  w->depth = h->depth;
  if (w->blame && (w->cut == 0 || h->depth + 1 < w->cut))
    ax__trail_key(w->trail, key);
  return rc;
}

static int at_field(ax__walk *w, int rc, const ax__here *h,
                    const ax__link *f) {
  ax_item key = {.type = AX_STRING, .length = f->length, .u.string = f->text};
  return ax__at_key(w, rc, h, &key);
}

static int too_deep(ax__walk *w) {
  if (!w->blame) return AX_EPROTO;
  if (w->from->ops->cycle != NULL)
    w->cut = (uint32_t)w->from->ops->cycle(w->from);
  return ax__fault(w, w->cut > 0 ? "a cycle: this table contains itself"
                                 : "tables are nested more than 100 deep");
}

int ax__too_many(ax__walk *w) {
  w->spent = true;
  return AX_EPROTO;
}

/* AX_EPROTO: what has that type cannot be written down. */
static int walk_foreign(ax__walk *w, const ax_item *item, const char *where) {
  if (w->blame)
    ax__trail_say(w->trail, "a %s cannot be packed%s", ax__type_name(item),
                  where);
  return AX_EPROTO;
}

/* ---------------------------------------------------------------- moving */

int ax__carry(ax__walk *w) {
  ax_source *s = w->from;
  if (w->keys && s->type == AX_FOREIGN) {
    s->ops->load(s);
    return walk_foreign(w, &s->item, "");
  }
  return w->to == NULL ? AX_OK : w->to->ops->scalar(w->to, s);
}

int ax__load_key(ax__walk *w) {
  ax_source *s = w->from;
  if (!w->keys) return AX_OK;
  s->ops->key(s);
  return s->key.type == AX_FOREIGN ? walk_foreign(w, &s->key, " as a key")
                                   : AX_OK;
}

int ax__enter(ax__walk *w, ax__here *h) {
  if (w->depth == AX_DEPTH_MAX) return too_deep(w);
  h->place = w->from->place;
  h->index = w->from->index;
  h->depth = w->depth++;
  return w->from->ops->open(w->from);
}

int ax__leave(ax__walk *w, const ax__here *h) {
  ax_source *s = w->from;
  if (s->rc != AX_OK) return s->rc;
  s->ops->close(s);
  s->place = h->place;
  s->index = h->index;
  w->depth = h->depth;
  return w->to == NULL ? AX_OK : w->to->ops->close(w->to, s);
}

int ax__open_sink(ax__walk *w, bool list, size_t nelements, size_t nentries) {
  if (w->to == NULL) return AX_OK;
  return w->to->ops->open(w->to, w->from, list, nelements, nentries);
}

/* --------------------------------------------------------------- records */

static bool is_name(const ax__link *f, const ax_item *key) {
  return f->length == key->length &&
         memcmp(f->text, key->u.string, f->length) == 0;
}

static uint32_t walk_search(const ax__link *fields, uint32_t n,
                            const ax_item *key) {
  uint32_t low = 0, high = n;
  while (low < high) {
    uint32_t mid = low + (high - low) / 2;
    ax_item name = {.type = AX_STRING, .length = fields[mid].length};
    name.u.string = fields[mid].text;
    int order = ax__key_order(key, &name);
    if (order == 0) return mid;
    if (order < 0)
      high = mid;
    else
      low = mid + 1;
  }
  return AX__NO_FIELD;
}

uint32_t ax__find_field(ax__walk *w, const ax__node *n, uint32_t expected) {
  ax_source *s = w->from;
  const ax__link *fields = w->schema->links + n->first;
  s->ops->key(s);
  if (s->key.type != AX_STRING) return AX__NO_FIELD;
  if (expected < n->count && is_name(&fields[expected], &s->key))
    return expected;
  return walk_search(fields, n->count, &s->key);
}

/* A field that the record does not know.  A mere check does not care. */
static int other_field(ax__walk *w, const ax__node *n) {
  if (!n->open) return ax__fault(w, "unexpected field");
  if (!w->carries) return AX_OK;
  int rc = ax__load_key(w);
  return rc == AX_OK ? ax__walk_node(w, &ax__any) : rc;
}

int ax__see(ax__walk *w, uint32_t i, uint64_t *seen) {
  uint64_t bit = UINT64_C(1) << i % 64;
  if (seen[i / 64] & bit) return ax__fault(w, "it is there twice");
  seen[i / 64] |= bit;
  return AX_OK;
}

static int field(ax__walk *w, const ax__node *n, uint32_t i, uint64_t *seen) {
  int rc = ax__see(w, i, seen);
  return rc == AX_OK ? ax__walk_node(w, ax__child(w->schema, n, i)) : rc;
}

/* The number of the first one that is missing. */
static uint32_t missing(const ax__node *n, const uint64_t *seen) {
  const uint64_t *required = n->u.record.required;
  for (uint32_t i = 0; i < n->count; i += 64) {
    uint64_t bits = required[i / 64] & ~seen[i / 64];
    for (uint32_t j = i; bits != 0; j++, bits >>= 1)
      if (bits & 1) return j;
  }
  return AX__NO_FIELD;
}

bool ax__missing(const ax__walk *w, const ax__node *n, const uint64_t *seen,
                 ax_item *key) {
  uint32_t i = missing(n, seen);
  if (i == AX__NO_FIELD) return false;
  const ax__link *l = &w->schema->links[n->first + i];
  key->type = n->kind == AX__TUPLE ? AX_INTEGER : AX_STRING;
  key->length = l->length;
  if (n->kind == AX__TUPLE)
    key->u.integer = i + 1;
  else
    key->u.string = l->text;
  return true;
}

static int missing_field(ax__walk *w, const ax__here *h, const ax__link *f) {
  return at_field(w, ax__fault(w, "required field is missing"), h, f);
}

/* A mere check of an open record looks at its fields only. */
static int check_fields(ax__walk *w, const ax__node *n) {
  ax__here h;
  ax_source *s = w->from;
  const ax_field *fields = w->schema->fields + n->first;
  int rc = ax__enter(w, &h);
  if (rc != AX_OK) return rc;
  if (!ax__take(w, n->count)) return ax__too_many(w);
  s->place = AX_AT_ENTRY;
  for (uint32_t i = 0; i < n->count; i++) {
    i += s->ops->names(s, fields + i, n->first + i, n->count - i);
    if (i == n->count) break;
    const ax__link *f = &w->schema->links[n->first + i];
    if (s->type == AX_NIL) {
      if (!f->optional) return missing_field(w, &h, f);
      continue;
    }
    rc = ax__walk_node(w, &w->schema->nodes[f->node]);
    if (rc != AX_OK) return at_field(w, rc, &h, f);
  }
  return ax__leave(w, &h);
}

/* Goes to the next entry that is not done with in passing.  *known: it is
** the field that was expected. */
static bool next_field(ax__walk *w, const ax__node *n, uint16_t **expected,
                       uint64_t *seen, bool *known) {
  ax_source *s = w->from;
  s->place = AX_AT_ENTRY;
  *known = false;
  if (s->ops->fields == NULL || w->keys) return s->ops->next(s);
  return s->ops->fields(s, w->to, w->schema->fields + n->first, n->count,
                        expected, seen, known);
}

/* The entries of a record; the hints learn their order. */
static int record_entries(ax__walk *w, const ax__node *n, uint64_t *seen) {
  uint16_t *expected = &w->schema->nodes[n - w->schema->nodes].hint;
  bool known;
  while (next_field(w, n, &expected, seen, &known)) {
    if (!ax__take(w, 1)) return ax__too_many(w);
    uint32_t i = known ? *expected : ax__find_field(w, n, *expected);
    int rc = i == AX__NO_FIELD ? other_field(w, n) : field(w, n, i, seen);
    if (rc != AX_OK) return rc;
    if (i == AX__NO_FIELD) continue;
    *expected = (uint16_t)i;
    expected = &w->schema->fields[n->first + i].next;
  }
  return missing(n, seen) == AX__NO_FIELD ? AX_OK : AX_EPROTO;
}

static int walk_record(ax__walk *w, const ax__node *n) {
  ax__here h;
  uint64_t seen[AX__SEEN_WORDS];
  ax_source *s = w->from;
  if (s->type != AX_TABLE) return ax__mismatch(w, n);
  if (n->open && !w->carries && s->ops->names != NULL)
    return check_fields(w, n);
  if (w->blame) return ax__walk_blame(w, n);
  int rc = ax__enter(w, &h);
  if (rc == AX_OK) rc = ax__open_sink(w, false, 0, n->count);
  if (rc != AX_OK) return rc;
  if (!ax__take(w, n->count)) return ax__too_many(w);
  ax__clear_seen(n, seen);
  rc = record_entries(w, n, seen);
  return rc == AX_OK ? ax__leave(w, &h) : rc;
}

/* -------------------------------------------------------- maps and the rest */

static int map_entry(ax__walk *w, const ax__node *n) {
  bool exact;
  int64_t i;
  ax_source *s = w->from;
  s->ops->key(s);
  const ax__node *key = ax__child(w->schema, n, 0);
  bool scalar = s->key.type >= AX_BOOLEAN && s->key.type <= AX_STRING;
  if (!scalar) return ax__fault(w, "bad key: not a string or number");
  int rc = ax__check_scalar(w, key, &s->key, &exact, &i);
  if (rc != AX_OK) {
    if (w->blame) ax__trail_wrap(w->trail, "bad key: ");
    return rc;
  }
  return ax__walk_node(w, ax__child(w->schema, n, 1));
}

int ax__walk_entry(ax__walk *w, const ax__node *n, uint64_t *seen) {
  if (!ax__take(w, 1)) return ax__too_many(w);
  w->from->place = AX_AT_ENTRY;
  if (n->kind == AX__RECORD) {
    uint32_t i = ax__find_field(w, n, AX__NO_FIELD);
    return i == AX__NO_FIELD ? other_field(w, n) : field(w, n, i, seen);
  }
  if (n->kind == AX__TUPLE) return ax__walk_position(w, n, seen);
  if (n->kind == AX__MAP) return map_entry(w, n);
  int rc = ax__load_key(w);
  return rc == AX_OK ? ax__walk_node(w, &ax__any) : rc;
}

/* Any table as a list, for a sink that has lists. */
static int any_list(ax__walk *w, const ax__here *h, size_t count) {
  if (!ax__take(w, count)) return ax__too_many(w);
  int rc = ax__open_sink(w, true, count, 0);
  if (rc == AX_OK) rc = ax__walk_elements(w, &ax__any, h, count);
  return rc == AX_OK ? ax__leave(w, h) : rc;
}

/* A map, or any table. */
static int entries(ax__walk *w, const ax__node *n) {
  ax__here h;
  ax_source *s = w->from;
  if (s->type != AX_TABLE) return ax__mismatch(w, n);
  if (w->blame) return ax__walk_blame(w, n);
  int rc = ax__enter(w, &h);
  if (rc != AX_OK) return rc;
  if (w->to != NULL) {
    size_t count = s->ops->count(s);
    if (n->kind != AX__MAP && w->keys && ax__is_list(s, count))
      return any_list(w, &h, count);
    bool list;
    size_t border = s->ops->border(s, &list);
    if (border > count) border = count;
    rc = ax__open_sink(w, false, border, count - border);
    if (rc != AX_OK) return rc;
  }
  while (s->ops->next(s)) {
    rc = ax__walk_entry(w, n, NULL);
    if (rc != AX_OK) return rc;
  }
  return ax__leave(w, &h);
}

/* ------------------------------------------------------------------ walk */

int ax__walk_node(ax__walk *w, const ax__node *n) {
  if (n->plain >> w->from->type & 1) return ax__carry(w);
  switch (n->kind) {
    case AX__ANY:
    case AX__TABLE:
    case AX__MAP: return entries(w, n);
    case AX__ARRAY: return ax__walk_array(w, n);
    case AX__RECORD: return walk_record(w, n);
    case AX__TUPLE: return ax__walk_tuple(w, n);
    case AX__UNION: return ax__walk_union(w, n);
    default: return ax__walk_scalar(w, n);
  }
}

static int walk_root(ax__walk *w) {
  const ax_schema *s = w->schema;
  w->left = AX_WALK_MAX;
  w->depth = 0;
  w->from->place = AX_AT_ROOT;
  if (s != NULL && s->optional && w->from->type == AX_NIL) return AX_OK;
  int rc = ax__walk_node(w, s == NULL ? &ax__any : &s->nodes[0]);
  return w->from->rc == AX_OK ? rc : w->from->rc;
}

/* The same once more, for the words. */
static void walk_explain(ax__walk *w, ax_mark root) {
  w->from->ops->rewind(w->from, root);
  w->to = NULL;
  w->blame = true;
  w->cut = 0;
  w->tried = false;
  if (walk_root(w) != AX_EPROTO)
    ax__trail_say(w->trail, "the value changed while it was looked at");
}

int ax_walk(const ax_schema *schema, ax_source *from, ax_sink *to,
            ax_fault *fault) {
  ax__trail trail;
  ax__trial trials[AX__NTRIALS];
  ax__walk w = {.schema = schema, .from = from, .to = to};
  w.trail = &trail;
  w.trials = trials;
  w.carries = to != NULL;
  w.keys = to != NULL && to->keys;
  if (fault == NULL) return walk_root(&w);
  ax_mark root = from->ops->mark(from);
  int rc = walk_root(&w);
  if (rc != AX_EPROTO) return rc;
  ax__trail_clear(&trail);
  if (!w.spent) walk_explain(&w, root);
  if (w.spent) ax__trail_say(&trail, "more than 16777216 values");
  ax__trail_tell(&trail, fault);
  return AX_EPROTO;
}
