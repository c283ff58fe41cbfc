/* unpack - packed values as a source */
#include "ipc/unpack.h"

#include <string.h>

#include "base/assert.h"
#include "ipc/walk.h"

static ax__unpack *unpack_of(ax_source *s) {
  return ax_container(s, ax__unpack, source);
}

static ax__unpack_level *level_of(ax__unpack *u) {
  return &u->level[u->depth];
}

/* The bytes are damaged: there is nothing more to see. */
static void damaged(ax__unpack *u) {
  u->source.rc = AX_EINVAL;
  u->source.type = AX_NIL;
  u->inside = false;
}

/* Behind the n items at at; NULL: damaged. */
static const uint8_t *behind(const ax__unpack *u, const uint8_t *at,
                             uint64_t n) {
  ax_item item;
  bool list;
  for (; n > 0; n--) {
    if (ax__decode(&at, u->end, &item, &list) != AX_OK) return NULL;
    if (item.type == AX_TABLE) n += (uint64_t)item.length * (list ? 1 : 2);
  }
  return at;
}

/* Moves the cursor behind the current value. */
static bool unpack_pass(ax__unpack *u) {
  if (!u->inside) return u->source.rc == AX_OK;
  u->inside = false;
  uint64_t n = (uint64_t)u->value.length * (u->list ? 1 : 2);
  const uint8_t *at = behind(u, u->cursor, n);
  if (at == NULL)
    damaged(u);
  else
    u->cursor = at;
  return at != NULL;
}

/* The item at the cursor becomes the current value. */
static void stand(ax__unpack *u) {
  if (ax__decode(&u->cursor, u->end, &u->value, &u->list) != AX_OK) {
    damaged(u);
    return;
  }
  u->source.type = u->value.type;
  u->inside = u->value.type == AX_TABLE;
}

static void stand_on_nothing(ax__unpack *u) {
  u->value.type = AX_NIL;
  u->source.type = AX_NIL;
  u->inside = false;
}

/* A number that is an integer is the same key, as in Lua. */
static void read_key(ax__unpack *u) {
  bool list;
  int64_t i;
  if (ax__decode(&u->cursor, u->end, &u->key, &list) != AX_OK ||
      u->key.type == AX_TABLE || u->key.type == AX_NULL) {
    damaged(u);
    return;
  }
  if (u->key.type != AX_NUMBER) return;
  if (ax__exact_integer(u->key.u.number, &i)) {
    u->key.type = AX_INTEGER;
    u->key.u.integer = i;
  } else if (u->key.u.number != u->key.u.number) {
    damaged(u);
  }
}

/* The entry at the cursor becomes the current one; it is counted already. */
static void read_entry(ax__unpack *u) {
  ax__unpack_level *l = level_of(u);
  u->entry = u->cursor;
  u->inside = false;
  if (l->list) {
    u->key.type = AX_INTEGER;
    u->key.u.integer = l->count - l->left;
  } else {
    read_key(u);
  }
  if (u->source.rc == AX_OK) stand(u);
}

static void restart(ax__unpack *u) {
  ax__unpack_level *l = level_of(u);
  u->cursor = l->first;
  l->left = l->count;
  u->inside = false;
}

/* ------------------------------------------------------- the source's ops */

static void packed_load(ax_source *s) {
  s->item = unpack_of(s)->value;
  if (s->item.type == AX_FOREIGN) s->item.u.string = "foreign value";
}

static int packed_open(ax_source *s) {
  ax__unpack *u = unpack_of(s);
  if (u->depth == AX_DEPTH_MAX) return AX_E2BIG;
  ax__unpack_level *l = &u->level[++u->depth];
  l->first = u->cursor;
  l->count = l->left = (uint32_t)u->value.length;
  l->list = u->list;
  l->random = false;
  u->inside = false;
  return AX_OK;
}

static void packed_close(ax_source *s) {
  ax__unpack *u = unpack_of(s);
  ax__unpack_level *l = level_of(u);
  if (l->random && !l->list) restart(u);
  if (unpack_pass(u)) {
    const uint8_t *at =
        behind(u, u->cursor, (uint64_t)l->left * (l->list ? 1 : 2));
    if (at == NULL)
      damaged(u);
    else
      u->cursor = at;
  }
  u->depth--;
}

static size_t packed_count(ax_source *s) {
  return level_of(unpack_of(s))->count;
}

static size_t packed_border(ax_source *s, bool *list) {
  *list = level_of(unpack_of(s))->list;
  return *list ? packed_count(s) : 0;
}

static bool advance(ax__unpack *u) {
  ax__unpack_level *l = level_of(u);
  if (!unpack_pass(u) || l->left == 0) return false;
  l->left--;
  read_entry(u);
  return u->source.rc == AX_OK;
}

static bool packed_next(ax_source *s) {
  ax__unpack *u = unpack_of(s);
  ax__unpack_level *l = level_of(u);
  if (l->random) restart(u);
  l->random = false;
  return advance(u);
}

/* A list's elements mostly come in turn. */
static void packed_at(ax_source *s, size_t i) {
  ax__unpack *u = unpack_of(s);
  ax__unpack_level *l = level_of(u);
  if (!l->random || i <= l->count - l->left) restart(u);
  l->random = true;
  if (!l->list) {
    stand_on_nothing(u);
    return;
  }
  while (advance(u))
    if ((uint64_t)u->key.u.integer == i) return;
  stand_on_nothing(u);
}

static void packed_key(ax_source *s) { s->key = unpack_of(s)->key; }

static const void *packed_identity(ax_source *s) {
  return unpack_of(s)->entry;
}

/* The entry, how deep, and how many entries come after it. */
static ax_mark packed_mark(ax_source *s) {
  ax__unpack *u = unpack_of(s);
  ax_mark m = {(size_t)(u->end - u->entry), u->depth, level_of(u)->left};
  return m;
}

static void packed_rewind(ax_source *s, ax_mark m) {
  ax__unpack *u = unpack_of(s);
  if (s->rc != AX_OK) return;
  if (u->scalar) return;
  u->depth = (uint32_t)m.depth;
  level_of(u)->left = (uint32_t)m.count;
  u->cursor = u->end - m.place;
  if (u->depth > 0) {
    read_entry(u);
  } else {
    u->entry = u->cursor;
    stand(u);
  }
}

static const ax_source_ops source_ops = {
    .load = packed_load,
    .open = packed_open,
    .close = packed_close,
    .count = packed_count,
    .border = packed_border,
    .at = packed_at,
    .next = packed_next,
    .key = packed_key,
    .mark = packed_mark,
    .rewind = packed_rewind,
    .identity = packed_identity,
};

static void unpack_init(ax__unpack *u, const void *data, size_t length) {
  memset(&u->source, 0, sizeof u->source);
  u->source.ops = &source_ops;
  u->entry = u->cursor = data;
  u->end = u->cursor + length;
  u->scalar = false;
  u->depth = 0;
  u->level[0].left = 0;
  stand_on_nothing(u);
}

void ax__unpack_init(ax__unpack *u, const void *data, size_t length) {
  unpack_init(u, data, length);
  stand(u);
}

static void init_scalar(ax__unpack *u, const ax_value *v) {
  unpack_init(u, "", 0);
  u->scalar = true;
  u->source.type = u->value.type = v->type;
  switch (v->type) {
    case AX_BOOLEAN: u->value.u.boolean = v->u.boolean; break;
    case AX_INTEGER: u->value.u.integer = v->u.integer; break;
    case AX_NUMBER: u->value.u.number = v->u.number; break;
    case AX_STRING:
      u->value.u.string = ax_value_bytes(v, &u->value.length);
      break;
    default: break;
  }
}

void ax__unpack_value(ax__unpack *u, const ax_value *v) {
  size_t length;
  if (v->type != AX_TABLE) {
    init_scalar(u, v);
    return;
  }
  const char *data = ax_value_bytes(v, &length);
  ax__unpack_init(u, data, length);
}

int ax_walk_value(const ax_schema *s, const ax_value *v, ax_sink *to,
                  ax_fault *fault) {
  ax__unpack u;
  ax__unpack_value(&u, v);
  return ax_walk(s, &u.source, to, fault);
}

int ax_walk_packed(const ax_schema *s, const void *data, size_t length,
                   ax_sink *to, ax_fault *fault) {
  ax__unpack u;
  int rc = ax__check_packed(data, length);
  if (rc != AX_OK) return rc;
  ax__unpack_init(&u, data, length);
  return ax_walk(s, &u.source, to, fault);
}

/* ---------------------------------------------------------------- reader */

void ax_reader_init(ax_reader *r, const ax_value *table) {
  ax_item item;
  bool list;
  size_t length;
  const char *data = ax_value_bytes(table, &length);
  r->at = (const uint8_t *)data;
  r->end = r->at + length;
  r->depth = 0;
  r->inside = false;
  r->level[0].left = r->level[0].index = 0;
  if (ax__decode(&r->at, r->end, &item, &list) != AX_OK) return;
  if (item.type != AX_TABLE) return;
  r->level[0].left = (uint32_t)item.length;
  r->level[0].list = list;
}

/* Behind the rest of the table at that depth. */
static int reader_pass(ax_reader *r, uint32_t depth) {
  uint64_t n = r->level[depth].left;
  ax_item item;
  bool list;
  for (n *= r->level[depth].list ? 1 : 2; n > 0; n--) {
    int rc = ax__decode(&r->at, r->end, &item, &list);
    if (rc != AX_OK) return rc;
    if (item.type == AX_TABLE) n += (uint64_t)item.length * (list ? 1 : 2);
  }
  return AX_OK;
}

/* Behind the last value, if that was a table that was not entered. */
static int reader_finish(ax_reader *r) {
  if (!r->inside) return AX_OK;
  r->inside = false;
  return reader_pass(r, r->depth + 1);
}

int ax_reader_next(ax_reader *r, ax_item *key, ax_item *value) {
  bool list;
  int rc = reader_finish(r);
  if (rc != AX_OK) return rc;
  if (r->level[r->depth].left == 0) return AX_ENOENT;
  r->level[r->depth].left--;
  key->type = AX_INTEGER;
  key->u.integer = ++r->level[r->depth].index;
  if (!r->level[r->depth].list) rc = ax__decode(&r->at, r->end, key, &list);
  if (rc == AX_OK) rc = ax__decode(&r->at, r->end, value, &list);
  if (rc != AX_OK || value->type != AX_TABLE) return rc;
  if (r->depth == AX_DEPTH_MAX) return AX_E2BIG;
  r->inside = true;
  r->level[r->depth + 1].left = (uint32_t)value->length;
  r->level[r->depth + 1].index = 0;
  r->level[r->depth + 1].list = list;
  return AX_OK;
}

int ax_reader_enter(ax_reader *r) {
  if (!r->inside) return AX_EINVAL;
  r->inside = false;
  r->depth++;
  return AX_OK;
}

int ax_reader_leave(ax_reader *r) {
  if (r->depth == 0) return AX_EINVAL;
  int rc = reader_finish(r);
  if (rc == AX_OK) rc = reader_pass(r, r->depth);
  r->depth--;
  return rc;
}
