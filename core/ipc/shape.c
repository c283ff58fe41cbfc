/* shape - a schema being described */
#include "ipc/shape.h"

#include <math.h>
#include <string.h>

#include "ipc/pattern.h"
#include "kernel/kernel.h"

int ax_shape_new(ax_kernel *k, ax_shape **out) {
  ax_mem *m = ax__kernel_mem(k);
  ax_shape *b = ax__alloc_zero(m, sizeof *b);
  if (b == NULL) return AX_ENOMEM;
  b->kernel = k;
  ax_buffer_init(&b->drafts, m);
  ax_buffer_init(&b->links, m);
  ax_buffer_init(&b->text, m);
  *out = b;
  return AX_OK;
}

void ax_shape_free(ax_shape *b) {
  if (b == NULL) return;
  ax_buffer_fini(&b->drafts);
  ax_buffer_fini(&b->links);
  ax_buffer_fini(&b->text);
  ax__free(ax__kernel_mem(b->kernel), b, sizeof *b);
}

void ax__shape_fail(ax_shape *b, int rc, const char *why) {
  if (b->rc != AX_OK) return;
  b->rc = rc;
  b->why = why;
}

int ax_shape_error(const ax_shape *b, const char **text) {
  *text = b->why == NULL ? ax_error_text(b->rc) : b->why;
  return b->rc;
}

static int misuse(ax_shape *b, const char *why) {
  ax__shape_fail(b, AX_EINVAL, why);
  return 0;
}

/* ----------------------------------------------------------------- nodes */

static ax_node add_node(ax_shape *b, enum ax__kind kind, uint32_t plain,
                        uint32_t types) {
  ax__draft d;
  memset(&d, 0, sizeof d);
  d.node.kind = (uint8_t)kind;
  d.node.plain = (uint16_t)plain;
  d.node.types = (uint16_t)types;
  if (b->rc == AX_OK && ax__draft_count(b) == AX_SHAPE_MAX)
    ax__shape_fail(b, AX_EOVERFLOW, "too many nodes");
  if (b->rc == AX_OK) b->rc = ax_buffer_add(&b->drafts, &d, sizeof d);
  return b->rc == AX_OK ? ax__draft_count(b) : 0;
}

static ax_node add_container(ax_shape *b, enum ax__kind kind) {
  return add_node(b, kind, 0, AX__BIT(AX_TABLE));
}

/* Where a copy of the bytes is in the shape's text. */
static size_t add_text(ax_shape *b, const void *data, size_t length) {
  size_t offset = b->text.length;
  if (length > UINT32_MAX) misuse(b, "too long");
  if (b->rc == AX_OK) b->rc = ax_buffer_add(&b->text, data, length);
  return offset;
}

ax_node ax_shape_any(ax_shape *b) {
  return add_node(b, AX__ANY, AX__SCALARS, AX__SCALARS | AX__BIT(AX_TABLE));
}

ax_node ax_shape_type(ax_shape *b, enum ax_type type) {
  uint32_t numbers = AX__BIT(AX_INTEGER) | AX__BIT(AX_NUMBER);
  switch (type) {
    case AX_NULL: return add_node(b, AX__NULL, AX__BIT(type), AX__BIT(type));
    case AX_BOOLEAN:
      return add_node(b, AX__BOOLEAN, AX__BIT(type), AX__BIT(type));
    case AX_INTEGER: return ax_shape_integer(b, INT64_MIN, INT64_MAX);
    case AX_NUMBER: {
      ax_node i = add_node(b, AX__NUMBER, numbers, numbers);
      if (i == 0) return 0;
      ax__draft_at(b, i)->node.u.number.min = -HUGE_VAL;
      ax__draft_at(b, i)->node.u.number.max = HUGE_VAL;
      return i;
    }
    case AX_STRING: return ax_shape_string(b, 0, SIZE_MAX, NULL, 0);
    case AX_TABLE: return add_node(b, AX__TABLE, 0, AX__BIT(type));
    default: return (ax_node)misuse(b, "no type of which there are schemas");
  }
}

ax_node ax_shape_integer(ax_shape *b, int64_t min, int64_t max) {
  bool all = min == INT64_MIN && max == INT64_MAX;
  if (min > max) misuse(b, "min is greater than max");
  ax_node i = add_node(b, AX__INTEGER, all ? AX__BIT(AX_INTEGER) : 0,
                       AX__BIT(AX_INTEGER) | AX__BIT(AX_NUMBER));
  if (i == 0) return 0;
  ax__draft_at(b, i)->node.u.integer.min = min;
  ax__draft_at(b, i)->node.u.integer.max = max;
  return i;
}

ax_node ax_shape_number(ax_shape *b, double min, double max) {
  if (!(min <= max)) misuse(b, "min is greater than max");
  ax_node i =
      add_node(b, AX__NUMBER, 0, AX__BIT(AX_INTEGER) | AX__BIT(AX_NUMBER));
  if (i == 0) return 0;
  ax__draft_at(b, i)->node.u.number.min = min;
  ax__draft_at(b, i)->node.u.number.max = max;
  return i;
}

static void shape_set_size(ax_shape *b, ax_node i, size_t min, size_t max) {
  if (min > max) misuse(b, "min is greater than max");
  if (i == 0) return;
  ax__draft_at(b, i)->node.u.size.min = min;
  ax__draft_at(b, i)->node.u.size.max = max;
}

ax_node ax_shape_string(ax_shape *b, size_t min, size_t max,
                        const char *pattern, size_t length) {
  bool all = min == 0 && max == SIZE_MAX && pattern == NULL;
  const char *why = pattern ? ax__pattern_check(pattern, length) : NULL;
  if (why != NULL) misuse(b, why);
  ax_node i = add_node(b, AX__STRING, all ? AX__BIT(AX_STRING) : 0,
                       AX__BIT(AX_STRING));
  shape_set_size(b, i, min, max);
  if (i == 0 || pattern == NULL) return i;
  size_t offset = add_text(b, pattern, length);
  ax__draft *d = ax__draft_at(b, i);
  d->node.u.size.pattern = ""; /* there is one; until it is compiled */
  d->node.u.size.length = length;
  d->offset = offset;
  return i;
}

ax_node ax_shape_array(ax_shape *b, size_t min, size_t max) {
  ax_node i = add_container(b, AX__ARRAY);
  shape_set_size(b, i, min, max);
  return i;
}

ax_node ax_shape_map(ax_shape *b) { return add_container(b, AX__MAP); }

ax_node ax_shape_record(ax_shape *b, bool open) {
  ax_node i = add_container(b, AX__RECORD);
  if (i != 0) ax__draft_at(b, i)->node.open = open;
  return i;
}

ax_node ax_shape_tuple(ax_shape *b) { return add_container(b, AX__TUPLE); }

ax_node ax_shape_union(ax_shape *b) { return add_node(b, AX__UNION, 0, 0); }

ax_node ax_shape_optional(ax_shape *b) {
  return add_node(b, AX__OPTIONAL, 0, 0);
}

ax_node ax_shape_enum(ax_shape *b) { return add_node(b, AX__ENUM, 0, 0); }

/* ----------------------------------------------------------------- links */

/* The most links that a node of that kind may have. */
static uint32_t links_max(enum ax__kind kind) {
  switch (kind) {
    case AX__ARRAY:
    case AX__OPTIONAL: return 1;
    case AX__MAP: return 2;
    case AX__RECORD:
    case AX__TUPLE:
    case AX__UNION:
    case AX__ENUM: return AX_FIELDS_MAX;
    default: return 0;
  }
}

static void add_link(ax_shape *b, ax_node parent, ax__draft_link l) {
  if (b->rc != AX_OK) return;
  ax__draft *d = ax__draft_at(b, parent);
  if (d->node.count == links_max((enum ax__kind)d->node.kind)) {
    misuse(b, d->node.count < AX_FIELDS_MAX
                  ? "one part too many"
                  : "more than 1024 fields, positions or alternatives");
    return;
  }
  if (ax__link_count(b) == AX_SHAPE_MAX) {
    ax__shape_fail(b, AX_EOVERFLOW, "too many links");
    return;
  }
  b->rc = ax_buffer_add(&b->links, &l, sizeof l);
  if (b->rc != AX_OK) return;
  uint32_t number = ax__link_count(b);
  if (d->last == 0)
    d->node.first = number;
  else
    ax__link_at(b, d->last)->next = number;
  d->last = number;
  d->node.count++;
}

/* Is it a node of this shape, of that kind? */
static bool is_node(ax_shape *b, ax_node i, enum ax__kind kind) {
  if (b->rc != AX_OK) return false;
  if (i == 0 || i > ax__draft_count(b))
    misuse(b, "no node of this shape");
  else if (kind != AX__NKINDS && ax__draft_at(b, i)->node.kind != kind)
    misuse(b, "a node of another kind");
  return b->rc == AX_OK;
}

void ax_shape_add(ax_shape *b, ax_node parent, ax_node child) {
  if (!is_node(b, parent, AX__NKINDS) || !is_node(b, child, AX__NKINDS))
    return;
  uint8_t kind = ax__draft_at(b, parent)->node.kind;
  if (kind == AX__RECORD || kind == AX__ENUM) {
    misuse(b, "a node of another kind");
    return;
  }
  ax__draft_link l;
  memset(&l, 0, sizeof l);
  l.link.node = child;
  add_link(b, parent, l);
}

/* Has a record a field of that name already? */
static bool has_field(const ax_shape *b, ax_node record, const char *name,
                      size_t length) {
  uint32_t i = ax__draft_at(b, record)->node.first;
  for (; i != 0; i = ax__link_at(b, i)->next) {
    const ax__draft_link *l = ax__link_at(b, i);
    if (l->link.length != length) continue;
    if (length == 0 || memcmp(b->text.data + l->offset, name, length) == 0)
      return true;
  }
  return false;
}

void ax_shape_field(ax_shape *b, ax_node record, const char *name,
                    size_t length, ax_node child) {
  if (!is_node(b, record, AX__RECORD) || !is_node(b, child, AX__NKINDS))
    return;
  if (has_field(b, record, name, length)) {
    misuse(b, "a field is there twice");
    return;
  }
  ax__draft_link l;
  memset(&l, 0, sizeof l);
  l.offset = add_text(b, name, length);
  l.link.node = child;
  l.link.length = (uint32_t)length;
  add_link(b, record, l);
}

void ax_shape_literal(ax_shape *b, ax_node parent, const ax_item *value) {
  if (!is_node(b, parent, AX__ENUM)) return;
  ax__draft_link l;
  memset(&l, 0, sizeof l);
  l.link.type = value->type;
  switch (value->type) {
    case AX_BOOLEAN: l.link.u.boolean = value->u.boolean; break;
    case AX_INTEGER: l.link.u.integer = value->u.integer; break;
    case AX_NUMBER: l.link.u.number = value->u.number; break;
    case AX_STRING:
      l.offset = add_text(b, value->u.string, value->length);
      l.link.length = (uint32_t)value->length;
      break;
    default: misuse(b, "no string, number or boolean");
  }
  if (value->type == AX_NUMBER && value->u.number != value->u.number)
    misuse(b, "NaN is equal to nothing");
  add_link(b, parent, l);
  if (b->rc != AX_OK) return;
  ax__node *n = &ax__draft_at(b, parent)->node;
  n->types |= (uint16_t)AX__BIT(value->type);
  if (value->type == AX_INTEGER || value->type == AX_NUMBER)
    n->types |= AX__BIT(AX_INTEGER) | AX__BIT(AX_NUMBER);
}

/* ----------------------------------------------------------------- embed */

/* Copies a node as it is, without its links. */
static ax_node copy_node(ax_shape *b, const ax__node *from) {
  ax_node i = add_node(b, (enum ax__kind)from->kind, 0, 0);
  if (i == 0) return 0;
  bool has_pattern = from->kind == AX__STRING && from->u.size.pattern != NULL;
  size_t offset = 0;
  if (has_pattern)
    offset = add_text(b, from->u.size.pattern, from->u.size.length);
  ax__draft *d = ax__draft_at(b, i);
  d->node = *from;
  d->node.first = d->node.count = 0;
  d->node.hint = 0;
  if (has_pattern) d->node.u.size.pattern = "";
  d->offset = offset;
  return i;
}

static void copy_link(ax_shape *b, ax_node parent, const ax__link *from,
                      ax_node base) {
  ax__draft_link l;
  memset(&l, 0, sizeof l);
  l.link = *from;
  l.link.node = base + from->node;
  if (from->optional) {
    ax_node optional = ax_shape_optional(b);
    ax_shape_add(b, optional, base + from->node);
    l.link.node = optional;
  }
  l.offset = add_text(b, from->text, from->length);
  add_link(b, parent, l);
}

ax_node ax_shape_embed(ax_shape *b, const ax_schema *s) {
  ax_node base = ax__draft_count(b) + 1;
  for (uint32_t i = 0; i < s->nnodes; i++) copy_node(b, &s->nodes[i]);
  for (uint32_t i = 0; i < s->nnodes && b->rc == AX_OK; i++) {
    const ax__node *n = &s->nodes[i];
    for (uint32_t j = 0; j < n->count && b->rc == AX_OK; j++)
      copy_link(b, base + i, &s->links[n->first + j], base);
  }
  if (!s->optional) return b->rc == AX_OK ? base : 0;
  ax_node optional = ax_shape_optional(b);
  ax_shape_add(b, optional, base);
  return optional;
}
