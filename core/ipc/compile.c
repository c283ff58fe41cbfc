/* compile - from a shape to a schema
**
** 1. resolve: optional nodes and unions of one alternative are other names
**    for some node; unions inside unions are flattened.
** 2. reach: the nodes that the root is made of get their numbers.
** 3. Everything goes into one block. */
#include <string.h>

#include "base/assert.h"
#include "ipc/shape.h"
#include "kernel/kernel.h"

enum { UNKNOWN, BUSY, RESOLVED };

typedef struct compiler {
  ax_shape *b;
  ax_buffer order; /* the numbers of the drafts that are reached */
  size_t nlinks, nfields, nwords, ntext;
} compiler;

static bool compile_fail(ax_shape *b, const char *why) {
  ax__shape_fail(b, AX_EINVAL, why);
  return false;
}

/* --------------------------------------------------------------- resolve */

static bool resolve(ax_shape *b, ax_node i, int depth);

/* Do both accept a type and all of it? */
static bool same(const ax__node *a, const ax__node *b) {
  bool all = a->plain != 0 || a->kind == AX__TABLE;
  return a->kind == b->kind && a->kind <= AX__STRING && all &&
         a->plain == b->plain;
}

/* Is that node, or one like it, among the links that begin with this one? */
static bool shape_among(const ax_shape *b, uint32_t link, ax_node node) {
  const ax__node *n = &ax__draft_at(b, node)->node;
  for (; link != 0; link = ax__link_at(b, link)->next) {
    ax_node other = ax__link_at(b, link)->link.node;
    if (other == node || same(&ax__draft_at(b, other)->node, n)) return true;
  }
  return false;
}

/* The alternatives of a union in the making. */
typedef struct alternatives {
  uint32_t first, last, count;
} alternatives;

/* Adds one, unless it is there. */
static bool add_one(ax_shape *b, ax_node node, alternatives *a) {
  if (shape_among(b, a->first, node)) return true;
  if (a->count++ == AX_FIELDS_MAX)
    return compile_fail(b, "more than 1024 alternatives");
  ax__draft_link l;
  memset(&l, 0, sizeof l);
  l.link.node = node;
  b->rc = ax_buffer_add(&b->links, &l, sizeof l);
  if (b->rc != AX_OK) return false;
  uint32_t number = ax__link_count(b);
  if (a->first == 0)
    a->first = number;
  else
    ax__link_at(b, a->last)->next = number;
  a->last = number;
  return true;
}

/* Adds a node, or the alternatives that it has if it is a union itself. */
static bool add_all(ax_shape *b, ax_node node, alternatives *a) {
  const ax__draft *d = ax__draft_at(b, node);
  if (d->node.kind != AX__UNION) return add_one(b, node, a);
  for (uint32_t l = d->node.first; l != 0; l = ax__link_at(b, l)->next)
    if (!add_one(b, ax__link_at(b, l)->link.node, a)) return false;
  return true;
}

/* Which types a union accepts: plainly, if no alternative that comes before
** would have to take a closer look. */
static void sum_types(const ax_shape *b, ax__draft *d) {
  for (uint32_t l = d->node.first; l != 0; l = ax__link_at(b, l)->next) {
    const ax__node *n = &ax__draft_at(b, ax__link_at(b, l)->link.node)->node;
    d->node.plain |= (uint16_t)(n->plain & ~d->node.types);
    d->node.types |= n->types;
  }
}

static bool resolve_union(ax_shape *b, ax_node i, int depth) {
  alternatives a = {0, 0, 0};
  bool optional = false;
  uint32_t l = ax__draft_at(b, i)->node.first;
  if (l == 0) return compile_fail(b, "a union without alternatives");
  for (; l != 0; l = ax__link_at(b, l)->next) {
    ax_node child = ax__link_at(b, l)->link.node;
    if (!resolve(b, child, depth + 1)) return false;
    optional |= ax__draft_at(b, child)->optional;
    ax_node target = ax__draft_at(b, child)->target;
    if (!add_all(b, target, &a)) return false;
  }
  ax__draft *d = ax__draft_at(b, i);
  d->optional = optional;
  d->node.first = a.first;
  d->node.count = a.count;
  if (a.count == 1) d->target = ax__link_at(b, a.first)->link.node;
  sum_types(b, d);
  return true;
}

static bool resolve_optional(ax_shape *b, ax_node i, int depth) {
  ax__draft *d = ax__draft_at(b, i);
  if (d->node.count == 0) return compile_fail(b, "an optional of nothing");
  ax_node child = ax__link_at(b, d->node.first)->link.node;
  if (!resolve(b, child, depth + 1)) return false;
  d->target = ax__draft_at(b, child)->target;
  d->optional = true;
  return true;
}

/* Finds out what the node stands for. */
static bool resolve(ax_shape *b, ax_node i, int depth) {
  ax__draft *d = ax__draft_at(b, i);
  if (d->state == RESOLVED) return true;
  if (d->state == BUSY)
    return compile_fail(b, "contains itself with no value in between");
  if (depth > AX_DEPTH_MAX)
    return compile_fail(b, "unions and optionals nested too deep");
  d->state = BUSY;
  d->target = i;
  bool fine = true;
  if (d->node.kind == AX__UNION) fine = resolve_union(b, i, depth);
  if (d->node.kind == AX__OPTIONAL) fine = resolve_optional(b, i, depth);
  d->state = RESOLVED;
  return fine;
}

/* ----------------------------------------------------------------- reach */

static bool number_node(compiler *c, ax_node i) {
  ax__draft *d = ax__draft_at(c->b, i);
  if (d->number != 0) return true;
  c->b->rc = ax_buffer_add(&c->order, &i, sizeof i);
  if (c->b->rc != AX_OK) return false;
  d->number = (uint32_t)(c->order.length / sizeof i);
  return true;
}

/* Has the node what its kind needs? */
static bool compile_complete(const compiler *c, const ax__node *n) {
  static const uint32_t keys = AX__BIT(AX_BOOLEAN) | AX__BIT(AX_INTEGER) |
                               AX__BIT(AX_NUMBER) | AX__BIT(AX_STRING);
  if (n->kind == AX__ARRAY && n->count < 1)
    return compile_fail(c->b, "an array of nothing");
  if (n->kind == AX__ENUM && n->count < 1)
    return compile_fail(c->b, "an enum without values");
  if (n->kind != AX__MAP) return true;
  if (n->count < 2) return compile_fail(c->b, "a map without keys or values");
  ax_node child = ax__link_at(c->b, n->first)->link.node;
  ax_node key = ax__draft_at(c->b, child)->target;
  const ax__node *k = &ax__draft_at(c->b, key)->node;
  if (k->kind != AX__ANY && (k->types & ~keys) != 0)
    return compile_fail(c->b,
                        "keys of a map are strings, numbers or booleans");
  return true;
}

static bool has_pattern(const ax__node *n) {
  return n->kind == AX__STRING && n->u.size.pattern != NULL;
}

static bool has_required(const ax__node *n) {
  return n->kind == AX__RECORD || n->kind == AX__TUPLE;
}

static size_t words_of(const ax__node *n) {
  return has_required(n) ? (n->count + 63) / 64 : 0;
}

static bool reach_node(compiler *c, ax_node i) {
  uint32_t l = ax__draft_at(c->b, i)->node.first;
  bool leaves = ax__draft_at(c->b, i)->node.kind == AX__ENUM;
  for (; l != 0; l = ax__link_at(c->b, l)->next) {
    c->ntext += ax__link_at(c->b, l)->link.length + 1;
    if (leaves) continue;
    ax_node child = ax__link_at(c->b, l)->link.node;
    if (!resolve(c->b, child, 0)) return false;
    if (!number_node(c, ax__draft_at(c->b, child)->target)) return false;
  }
  const ax__node *n = &ax__draft_at(c->b, i)->node;
  c->nlinks += n->count;
  if (n->kind == AX__RECORD) c->nfields += n->count;
  c->nwords += words_of(n);
  if (has_pattern(n)) c->ntext += n->u.size.length + 1;
  return compile_complete(c, n);
}

static ax_node nth(const compiler *c, size_t i) {
  ax_node node;
  memcpy(&node, c->order.data + i * sizeof node, sizeof node);
  return node;
}

static size_t count_nodes(const compiler *c) {
  return c->order.length / sizeof(ax_node);
}

static bool reach(compiler *c, ax_node root) {
  if (!resolve(c->b, root, 0)) return false;
  if (!number_node(c, ax__draft_at(c->b, root)->target)) return false;
  for (size_t i = 0; i < count_nodes(c); i++)
    if (!reach_node(c, nth(c, i))) return false;
  return true;
}

/* ------------------------------------------------------------- the block */

typedef struct schema_writer {
  const compiler *c;
  const ax_shape *b;
  ax_schema *s;
  ax__link *link; /* the next free one */
  uint64_t *word; /* the same */
  char *text;     /* the same */
} schema_writer;

static const char *write_text(schema_writer *w, size_t offset,
                              size_t length) {
  char *text = w->text;
  if (length > 0) memcpy(text, w->b->text.data + offset, length);
  text[length] = '\0';
  w->text += length + 1;
  return text;
}

static void write_link(schema_writer *w, const ax__draft_link *from,
                       bool leaf) {
  ax__link *l = w->link++;
  *l = from->link;
  l->text = write_text(w, from->offset, from->link.length);
  if (leaf) return;
  const ax__draft *child = ax__draft_at(w->b, from->link.node);
  const ax__draft *target = ax__draft_at(w->b, child->target);
  l->optional = child->optional;
  l->node = target->number - 1;
}

static bool comes_before(const ax__link *a, const ax__link *b) {
  uint32_t shorter = a->length < b->length ? a->length : b->length;
  int order = memcmp(a->text, b->text, shorter);
  return order != 0 ? order < 0 : a->length < b->length;
}

static void sort_fields(ax__link *fields, uint32_t n) {
  for (uint32_t i = 1; i < n; i++) {
    ax__link moved = fields[i];
    uint32_t j = i;
    for (; j > 0 && comes_before(&moved, &fields[j - 1]); j--)
      fields[j] = fields[j - 1];
    fields[j] = moved;
  }
}

/* What sources know of the n links from first on, whose children need not
** be there yet. */
static void write_fields(schema_writer *w, uint32_t first, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    uint32_t child = w->s->links[first + i].node;
    ax_field *f = &w->s->fields[first + i];
    f->name = NULL;
    f->plain = ax__draft_at(w->b, nth(w->c, child))->node.plain;
    f->next = (uint16_t)(i + 1 < n ? i + 1 : 0);
  }
}

static void write_required(schema_writer *w, ax__node *n) {
  const ax__link *links = w->s->links + n->first;
  size_t words = words_of(n);
  memset(w->word, 0, words * sizeof *w->word);
  for (uint32_t i = 0; i < n->count; i++)
    if (!links[i].optional) w->word[i / 64] |= UINT64_C(1) << i % 64;
  n->u.record.required = w->word;
  w->word += words;
}

static void write_node(schema_writer *w, const ax__draft *d) {
  ax__node *n = &w->s->nodes[d->number - 1];
  *n = d->node;
  n->first = (uint32_t)(w->link - w->s->links);
  for (uint32_t l = d->node.first; l != 0; l = ax__link_at(w->b, l)->next)
    write_link(w, ax__link_at(w->b, l), n->kind == AX__ENUM);
  if (n->open) w->s->open = true;
  if (n->kind == AX__RECORD) {
    sort_fields(w->s->links + n->first, n->count);
    write_fields(w, n->first, n->count);
  }
  if (has_required(n)) write_required(w, n);
  if (has_pattern(n))
    n->u.size.pattern = write_text(w, d->offset, n->u.size.length);
}

/* Records first, so that the first links are all fields. */
static void write_nodes(schema_writer *w) {
  for (int pass = 0; pass < 2; pass++) {
    for (size_t i = 0; i < count_nodes(w->c); i++) {
      const ax__draft *d = ax__draft_at(w->b, nth(w->c, i));
      if ((d->node.kind == AX__RECORD) == (pass == 0)) write_node(w, d);
    }
  }
}

static void write_schema(ax_schema *s, size_t size, const compiler *c) {
  schema_writer w = {.c = c, .b = c->b, .s = s};
  s->size = size;
  s->nnodes = (uint32_t)count_nodes(c);
  s->open = false;
  s->nodes = (ax__node *)(void *)(s + 1);
  s->links = w.link = (ax__link *)(void *)(s->nodes + s->nnodes);
  s->fields = (ax_field *)(void *)(s->links + c->nlinks);
  s->nfields = (uint32_t)c->nfields;
  w.word = (uint64_t *)(void *)(s->fields + c->nfields);
  w.text = (char *)(w.word + c->nwords);
  s->anchor = ax_nil();
  s->fault.text[0] = '\0';
  write_nodes(&w);
  ax_assert(w.text == (char *)s + size);
}

static ax_schema *assemble(const compiler *c, ax_node root) {
  size_t size = sizeof(ax_schema) + count_nodes(c) * sizeof(ax__node) +
                c->nlinks * sizeof(ax__link) + c->nfields * sizeof(ax_field) +
                c->nwords * sizeof(uint64_t) + c->ntext;
  ax_schema *s = ax__alloc(ax__kernel_mem(c->b->kernel), size);
  if (s == NULL) {
    ax__shape_fail(c->b, AX_ENOMEM, NULL);
    return NULL;
  }
  write_schema(s, size, c);
  s->optional = ax__draft_at(c->b, root)->optional;
  ax__schema_init(c->b->kernel, s);
  return s;
}

static ax_schema *compile(ax_shape *b, ax_node root) {
  compiler c = {.b = b};
  ax_schema *s = NULL;
  if (b->rc == AX_OK && (root == 0 || root > ax__draft_count(b)))
    compile_fail(b, "no node of this shape");
  if (b->rc != AX_OK) return NULL;
  ax_buffer_init(&c.order, ax__kernel_mem(b->kernel));
  if (reach(&c, root)) s = assemble(&c, root);
  ax_buffer_fini(&c.order);
  return s;
}

int ax_shape_compile(ax_shape *b, ax_node root, ax_schema **out,
                     ax_fault *fault) {
  *out = compile(b, root);
  const char *why;
  int rc = ax_shape_error(b, &why);
  if (rc != AX_OK && fault != NULL) {
    strncpy(fault->text, why, sizeof fault->text - 1);
    fault->text[sizeof fault->text - 1] = '\0';
  }
  ax_shape_free(b);
  return rc;
}
