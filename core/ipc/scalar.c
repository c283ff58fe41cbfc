/* scalar - values that are no tables */
#include <stdio.h>
#include <string.h>

#include "ipc/pattern.h"
#include "ipc/walk.h"

#define TWO63 9223372036854775808.0 /* 2^63, exactly */

enum { EXPECTED_MAX = 110 }; /* bytes of a message */

bool ax__exact_integer(double d, int64_t *i) {
  if (!(d >= -TWO63 && d < TWO63)) return false;
  *i = (int64_t)d;
  return (double)*i == d;
}

/* ---------------------------------------------------------------- faults */

int ax__fault(ax__walk *w, const char *message) {
  if (w->blame) ax__trail_say(w->trail, "%s", message);
  return AX_EPROTO;
}

static int scalar_wanted(ax__walk *w, const ax__node *n, const char *got) {
  char expected[EXPECTED_MAX];
  ax__describe_short(w->schema, n, expected, sizeof expected);
  ax__trail_say(w->trail, "expected %s, got %s", expected, got);
  return AX_EPROTO;
}

/* The type is right, the value is not. */
static int wrong_value(ax__walk *w, const ax__node *n, const ax_item *item) {
  char got[64];
  if (!w->blame) return AX_EPROTO;
  ax__quote(item, got, sizeof got);
  return scalar_wanted(w, n, got);
}

int ax__mismatch(ax__walk *w, const ax__node *n) {
  if (w->from->rc != AX_OK) return w->from->rc;
  if (!w->blame) return AX_EPROTO;
  w->from->ops->load(w->from);
  return scalar_wanted(w, n, ax__type_name(&w->from->item));
}

/* ---------------------------------------------------------------- checks */

static int check_integer(ax__walk *w, const ax__node *n, const ax_item *item,
                         bool *exact, int64_t *i) {
  *exact = item->type == AX_NUMBER;
  if (item->type == AX_INTEGER)
    *i = item->u.integer;
  else if (!ax__exact_integer(item->u.number, i))
    return wrong_value(w, n, item);
  if (*i < n->u.integer.min || *i > n->u.integer.max)
    return wrong_value(w, n, item);
  return AX_OK;
}

/* i <= d, without rounding i. */
static bool at_most(int64_t i, double d) {
  if (d >= TWO63) return true;
  if (!(d >= -TWO63)) return false;
  int64_t whole = (int64_t)d; /* towards zero */
  return i <= whole && !(i == whole && (double)whole > d);
}

static bool at_least(int64_t i, double d) {
  if (d >= TWO63) return false;
  if (!(d >= -TWO63)) return true;
  int64_t whole = (int64_t)d;
  return i >= whole && !(i == whole && (double)whole < d);
}

static int check_number(ax__walk *w, const ax__node *n, const ax_item *item) {
  double min = n->u.number.min, max = n->u.number.max;
  bool plain = (n->plain & AX__BIT(AX_NUMBER)) != 0;
  bool fine = plain || (item->type == AX_INTEGER
                            ? at_least(item->u.integer, min) &&
                                  at_most(item->u.integer, max)
                            : item->u.number >= min && item->u.number <= max);
  return fine ? AX_OK : wrong_value(w, n, item);
}

static int wrong_length(ax__walk *w, const ax__node *n, size_t length) {
  char got[40];
  if (!w->blame) return AX_EPROTO;
  snprintf(got, sizeof got, "%zu byte%s", length, length == 1 ? "" : "s");
  return scalar_wanted(w, n, got);
}

static int check_string(ax__walk *w, const ax__node *n, const ax_item *item) {
  if (item->length < n->u.size.min || item->length > n->u.size.max)
    return wrong_length(w, n, item->length);
  if (n->u.size.pattern == NULL) return AX_OK;
  int found = ax__pattern_find(n->u.size.pattern, n->u.size.length,
                               item->u.string, item->length);
  if (found == 1) return AX_OK;
  if (found == 0) return wrong_value(w, n, item);
  return ax__fault(w, "the pattern takes too long on this string");
}

static bool same_string(const ax__link *l, const ax_item *item) {
  return l->length == item->length &&
         memcmp(l->text, item->u.string, l->length) == 0;
}

/* As Lua compares: numbers by their value, be they integers or not. */
static bool is_literal(const ax__link *l, const ax_item *item) {
  int64_t i;
  if (item->type == AX_NUMBER && l->type == AX_INTEGER)
    return ax__exact_integer(item->u.number, &i) && i == l->u.integer;
  if (item->type == AX_INTEGER && l->type == AX_NUMBER)
    return ax__exact_integer(l->u.number, &i) && i == item->u.integer;
  if (item->type != l->type) return false;
  switch (item->type) {
    case AX_STRING: return same_string(l, item);
    case AX_INTEGER: return item->u.integer == l->u.integer;
    case AX_NUMBER: return item->u.number == l->u.number;
    case AX_BOOLEAN: return item->u.boolean == l->u.boolean;
    default: return false;
  }
}

const ax__link *ax__find_literal(const ax_schema *s, const ax__node *n,
                                 const ax_item *item) {
  for (uint32_t i = 0; i < n->count; i++) {
    const ax__link *l = &s->links[n->first + i];
    if (is_literal(l, item)) return l;
  }
  return NULL;
}

static int check_enum(ax__walk *w, const ax__node *n, const ax_item *item,
                      bool *exact, int64_t *i) {
  const ax__link *l = ax__find_literal(w->schema, n, item);
  if (l == NULL) return wrong_value(w, n, item);
  *exact = item->type == AX_NUMBER && l->type == AX_INTEGER;
  if (*exact) *i = l->u.integer;
  return AX_OK;
}

/* The first alternative that is no table and fits. */
static int check_union(ax__walk *w, const ax__node *n, const ax_item *item,
                       bool *exact, int64_t *i) {
  uint32_t nfitting = 0;
  const ax__node *only = NULL;
  for (uint32_t a = 0; a < n->count; a++) {
    const ax__node *child = ax__child(w->schema, n, a);
    if (!(child->types & AX__BIT(item->type))) continue;
    int rc = ax__check_scalar(w, child, item, exact, i);
    if (rc != AX_EPROTO) return rc;
    nfitting++;
    only = child;
  }
  if (nfitting == 1) return ax__check_scalar(w, only, item, exact, i);
  return wrong_value(w, n, item);
}

int ax__check_scalar(ax__walk *w, const ax__node *n, const ax_item *item,
                     bool *exact, int64_t *i) {
  *exact = false;
  if (!(n->types & AX__BIT(item->type)))
    return w->blame ? scalar_wanted(w, n, ax__type_name(item)) : AX_EPROTO;
  switch (n->kind) {
    case AX__INTEGER: return check_integer(w, n, item, exact, i);
    case AX__NUMBER: return check_number(w, n, item);
    case AX__STRING: return check_string(w, n, item);
    case AX__ENUM: return check_enum(w, n, item, exact, i);
    case AX__UNION: return check_union(w, n, item, exact, i);
    default: return AX_OK;
  }
}

int ax__walk_scalar(ax__walk *w, const ax__node *n) {
  ax_source *s = w->from;
  bool exact = false;
  int64_t i = 0;
  if (s->rc != AX_OK) return s->rc;
  s->ops->load(s);
  int rc = ax__check_scalar(w, n, &s->item, &exact, &i);
  if (rc != AX_OK || w->to == NULL) return rc;
  return exact ? w->to->ops->integer(w->to, s, i) : ax__carry(w);
}

#undef TWO63
