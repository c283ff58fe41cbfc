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
    ax__trail_key(&w->trail, key);
  return rc;
}

static int at_index(ax__walk *w, int rc, const ax__here *h, size_t i) {
  ax_item key = {.type = AX_INTEGER, .u.integer = (int64_t)i};
  return ax__at_key(w, rc, h, &key);
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

static int too_many(ax__walk *w) {
  return ax__fault(w, "more than 16777216 values");
}

/* The sink cannot hold the value, or its key. */
static int refused(ax__walk *w, int rc) {
  ax_source *s = w->from;
  if (rc != AX_ENOTSUP) return rc;
  if (!w->blame) return AX_EPROTO;
  bool key = s->place == AX_AT_ENTRY && s->key.type >= AX_TABLE;
  if (!key) s->ops->load(s);
  ax__trail_say(&w->trail, "a %s cannot be packed%s",
                ax__type_name(key ? &s->key : &s->item),
                key ? " as a key" : "");
  return AX_EPROTO;
}

static int wrong_size(ax__walk *w, const ax__node *n, size_t count) {
  char expected[80];
  if (!w->blame) return AX_EPROTO;
  ax__describe_short(w->schema, n, expected, sizeof expected);
  ax__trail_say(&w->trail, "expected %s, got %zu", expected, count);
  return AX_EPROTO;
}

/* ---------------------------------------------------------------- moving */

int ax__carry(ax__walk *w) {
  if (w->to == NULL) return AX_OK;
  int rc = w->to->ops->scalar(w->to, w->from);
  return rc == AX_OK ? AX_OK : refused(w, rc);
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

static int open_sink(ax__walk *w, bool list, size_t nelements,
                     size_t nentries) {
  if (w->to == NULL) return AX_OK;
  int rc = w->to->ops->open(w->to, w->from, list, nelements, nentries);
  return rc == AX_OK ? AX_OK : refused(w, rc);
}

/* n values more are looked at, if so many may. */
static bool take(ax__walk *w, size_t n) {
  if (n > w->left) return false;
  w->left -= (uint32_t)n;
  return true;
}

static bool next(ax__walk *w) {
  return w->from->ops->next(w->from);
}

/* ----------------------------------------------------------------- lists */

/* A table with n entries, of which number hole is missing, is no list: the
** first key that is to blame, or else the hole. */
static int no_list(ax__walk *w, const ax__here *h, size_t hole) {
  ax_source *s = w->from;
  ax_item worst = {.type = AX_NIL};
  if (s->rc != AX_OK) return s->rc;
  if (!w->blame) return AX_EPROTO;
  while (next(w)) {
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

/* The elements i..count of the open table, each of them like n. */
static int elements(ax__walk *w, const ax__node *n, const ax__here *h,
                    size_t count) {
  ax_source *s = w->from;
  s->place = AX_AT_ELEMENT;
  for (size_t i = 1;; i++) {
    if (s->ops->run != NULL)
      i += s->ops->run(s, w->to, i, count, n->plain);
    if (i > count) return AX_OK;
    s->index = i;
    s->ops->at(s, i);
    if (s->type == AX_NIL) return no_list(w, h, i);
    int rc = ax__walk_node(w, n);
    if (rc != AX_OK) return at_index(w, rc, h, i);
  }
}

static int array(ax__walk *w, const ax__node *n) {
  ax__here h;
  if (w->from->type != AX_TABLE) return ax__mismatch(w, n);
  int rc = ax__enter(w, &h);
  if (rc != AX_OK) return rc;
  size_t count = w->from->ops->count(w->from);
  if (count < n->u.size.min || count > n->u.size.max)
    return wrong_size(w, n, count);
  if (!take(w, count)) return too_many(w);
  rc = open_sink(w, true, count, 0);
  if (rc == AX_OK)
    rc = elements(w, ax__child(w->schema, n, 0), &h, count);
  return rc == AX_OK ? ax__leave(w, &h) : rc;
}

/* Are the keys of the open table 1..count? */
static bool is_list(ax_source *s, size_t count) {
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

/* A tuple of n positions was all right so far, but there is more. */
static int strange_position(ax__walk *w, const ax__here *h, uint32_t n) {
  ax_source *s = w->from;
  ax_item worst = {.type = AX_NIL};
  if (s->rc != AX_OK) return s->rc;
  if (!w->blame) return AX_EPROTO;
  while (next(w)) {
    s->ops->key(s);
    int64_t i = s->key.type == AX_INTEGER ? s->key.u.integer : 0;
    if (i >= 1 && i <= n) continue;
    if (worst.type == AX_NIL || ax__key_order(&s->key, &worst) < 0)
      worst = s->key;
  }
  return ax__at_key(w, ax__fault(w, "not a position of this tuple"), h,
                    &worst);
}

static int position(ax__walk *w, const ax__link *l, uint32_t i,
                    size_t *nseen) {
  ax_source *s = w->from;
  s->index = i;
  s->key.type = AX_INTEGER;
  s->key.u.integer = i;
  s->ops->at(s, i);
  if (s->type != AX_NIL) {
    ++*nseen;
    return ax__walk_node(w, &w->schema->nodes[l->node]);
  }
  if (l->optional) return AX_OK;
  return s->rc != AX_OK ? s->rc : ax__fault(w, "required element is missing");
}

/* Positions that are absent make it a map for a sink that has lists. */
static int positions(ax__walk *w, const ax__node *n, const ax__here *h,
                     size_t count) {
  ax_source *s = w->from;
  size_t nseen = 0;
  bool list = w->to == NULL || !w->to->keys || is_list(s, count);
  int rc = open_sink(w, list, n->count, 0);
  if (rc != AX_OK) return rc;
  for (uint32_t i = 1; i <= n->count; i++) {
    s->place = list ? AX_AT_ELEMENT : AX_AT_ENTRY;
    rc = position(w, &w->schema->links[n->first + i - 1], i, &nseen);
    if (rc != AX_OK) return at_index(w, rc, h, i);
  }
  return nseen == count ? AX_OK : strange_position(w, h, n->count);
}

static int tuple(ax__walk *w, const ax__node *n) {
  ax__here h;
  if (w->from->type != AX_TABLE) return ax__mismatch(w, n);
  int rc = ax__enter(w, &h);
  if (rc != AX_OK) return rc;
  size_t count = w->from->ops->count(w->from);
  if (!take(w, count)) return too_many(w);
  rc = positions(w, n, &h, count);
  return rc == AX_OK ? ax__leave(w, &h) : rc;
}

/* --------------------------------------------------------------- records */

static bool is_name(const ax__link *f, const ax_item *key) {
  return f->length == key->length &&
         memcmp(f->text, key->u.string, f->length) == 0;
}

static uint32_t search(const ax__link *fields, uint32_t n,
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
  bool known = s->name != NULL && (w->to == NULL || !w->to->keys);
  if (known && expected < n->count && fields[expected].name == s->name)
    return expected;
  s->ops->key(s);
  if (s->key.type != AX_STRING) return AX__NO_FIELD;
  if (expected < n->count && is_name(&fields[expected], &s->key))
    return expected;
  return search(fields, n->count, &s->key);
}

/* A field that the record does not know.  A mere check does not care. */
static int other_field(ax__walk *w, const ax__node *n) {
  if (!n->open) return ax__fault(w, "unexpected field");
  return w->to == NULL ? AX_OK : ax__walk_node(w, &ax__any);
}

static int field(ax__walk *w, const ax__node *n, uint32_t i,
                 uint64_t *seen) {
  const ax__link *f = &w->schema->links[n->first + i];
  uint64_t bit = UINT64_C(1) << i % 64;
  if (seen[i / 64] & bit) return ax__fault(w, "the field is there twice");
  seen[i / 64] |= bit;
  if (f->plain >> w->from->type & 1) return ax__carry(w);
  return ax__walk_node(w, &w->schema->nodes[f->node]);
}

const ax__link *ax__missing(const ax__walk *w, const ax__node *n,
                            const uint64_t *seen) {
  const uint64_t *required = n->u.record.required;
  for (uint32_t i = 0; i < n->count; i += 64) {
    uint64_t missing = required[i / 64] & ~seen[i / 64];
    for (uint32_t j = i; missing != 0; j++, missing >>= 1)
      if (missing & 1) return &w->schema->links[n->first + j];
  }
  return NULL;
}

static int missing_field(ax__walk *w, const ax__here *h, const ax__link *f) {
  return at_field(w, ax__fault(w, "required field is missing"), h, f);
}

/* A mere check of an open record looks at its fields only. */
static int check_fields(ax__walk *w, const ax__node *n) {
  ax__here h;
  ax_source *s = w->from;
  int rc = ax__enter(w, &h);
  if (rc != AX_OK) return rc;
  if (!take(w, n->count)) return too_many(w);
  s->place = AX_AT_ENTRY;
  for (uint32_t i = n->first; i < n->first + n->count; i++) {
    const ax__link *f = &w->schema->links[i];
    s->ops->field(s, i);
    if (f->plain >> s->type & 1) continue;
    if (s->type == AX_NIL) {
      if (f->optional) continue;
      return missing_field(w, &h, f);
    }
    rc = ax__walk_node(w, &w->schema->nodes[f->node]);
    if (rc != AX_OK) return at_field(w, rc, &h, f);
  }
  return ax__leave(w, &h);
}

static int record(ax__walk *w, const ax__node *n) {
  ax__here h;
  uint64_t seen[AX__SEEN_WORDS];
  ax_source *s = w->from;
  if (s->type != AX_TABLE) return ax__mismatch(w, n);
  if (n->open && w->to == NULL && s->ops->field != NULL)
    return check_fields(w, n);
  if (w->blame) return ax__walk_blame(w, n);
  int rc = ax__enter(w, &h);
  if (rc == AX_OK) rc = open_sink(w, false, 0, n->count);
  if (rc != AX_OK) return rc;
  ax__clear_seen(n, seen);
  uint16_t *expected = &w->schema->nodes[n - w->schema->nodes].hint;
  for (s->place = AX_AT_ENTRY; next(w); s->place = AX_AT_ENTRY) {
    if (!take(w, 1)) return too_many(w);
    uint32_t i = ax__find_field(w, n, *expected);
    if (i != AX__NO_FIELD) {
      *expected = (uint16_t)i;
      expected = &w->schema->links[n->first + i].next;
    }
    rc = i == AX__NO_FIELD ? other_field(w, n) : field(w, n, i, seen);
    if (rc != AX_OK) return rc;
  }
  if (ax__missing(w, n, seen) != NULL) return AX_EPROTO;
  return ax__leave(w, &h);
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
    if (w->blame) ax__trail_wrap(&w->trail, "bad key: ");
    return rc;
  }
  return ax__walk_node(w, ax__child(w->schema, n, 1));
}

int ax__walk_entry(ax__walk *w, const ax__node *n, uint64_t *seen) {
  if (!take(w, 1)) return too_many(w);
  w->from->place = AX_AT_ENTRY;
  if (n->kind == AX__RECORD) {
    uint32_t i = ax__find_field(w, n, AX__NO_FIELD);
    return i == AX__NO_FIELD ? other_field(w, n) : field(w, n, i, seen);
  }
  if (n->kind == AX__MAP) return map_entry(w, n);
  if (w->to != NULL && w->to->keys) w->from->ops->key(w->from);
  return ax__walk_node(w, &ax__any);
}

/* Any table as a list, for a sink that has lists. */
static int any_list(ax__walk *w, const ax__here *h, size_t count) {
  if (!take(w, count)) return too_many(w);
  int rc = open_sink(w, true, count, 0);
  if (rc == AX_OK) rc = elements(w, &ax__any, h, count);
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
    if (n->kind != AX__MAP && w->to->keys && is_list(s, count))
      return any_list(w, &h, count);
    bool list;
    size_t border = s->ops->border(s, &list);
    if (border > count) border = count;
    rc = open_sink(w, false, border, count - border);
    if (rc != AX_OK) return rc;
  }
  while (next(w)) {
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
    case AX__ARRAY: return array(w, n);
    case AX__RECORD: return record(w, n);
    case AX__TUPLE: return tuple(w, n);
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
static void explain(ax__walk *w, ax_mark root, ax_fault *fault) {
  w->from->ops->rewind(w->from, root);
  w->to = NULL;
  w->blame = true;
  w->cut = 0;
  ax__trail_clear(&w->trail);
  if (walk_root(w) != AX_EPROTO)
    ax__trail_say(&w->trail, "the value changed while it was looked at");
  ax__trail_tell(&w->trail, fault);
}

int ax_walk(const ax_schema *schema, ax_source *from, ax_sink *to,
            ax_fault *fault) {
  ax__walk w;
  w.schema = schema;
  w.from = from;
  w.to = to;
  w.blame = false;
  if (fault == NULL) return walk_root(&w);
  ax_mark root = from->ops->mark(from);
  int rc = walk_root(&w);
  if (rc == AX_EPROTO) explain(&w, root, fault);
  return rc;
}
