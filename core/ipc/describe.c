/* describe - schemas in words
**
** Long: as a Lua script would spell the description.  Short: as a message
** says what was expected. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ipc/fault.h"
#include "ipc/schema.h"

typedef struct printer {
  const ax_schema *schema;
  char *buffer;
  size_t size, length;
  bool cut;       /* there was no room */
  uint32_t depth; /* of nodes that are being written: */
  const ax__node *path[AX_DEPTH_MAX];
} printer;

/* ----------------------------------------------------------------- pieces */

static void print_bytes(printer *w, const char *text, size_t length) {
  if (w->cut || w->length + length >= w->size) {
    w->cut = true;
    return;
  }
  memcpy(w->buffer + w->length, text, length);
  w->length += length;
}

AX__PRINTF static void print(printer *w, const char *format, ...) {
  char text[128];
  va_list arguments;
  va_start(arguments, format);
  int n = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  print_bytes(w, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static void print_item(printer *w, const ax_item *item) {
  char text[256];
  size_t n = ax__quote(item, text, sizeof text);
  print_bytes(w, text, n);
}

static void print_number(printer *w, double d) {
  if (isinf(d)) {
    print(w, d > 0 ? "math.huge" : "-math.huge");
    return;
  }
  ax_item item = {.type = AX_NUMBER, .u.number = d};
  print_item(w, &item);
}

/* All of it, unlike ax__quote. */
static void print_string(printer *w, const char *s, size_t length) {
  char text[8];
  print_bytes(w, "\"", 1);
  for (size_t i = 0; i < length && !w->cut; i++)
    print_bytes(w, text, ax__escape((unsigned char)s[i], text));
  print_bytes(w, "\"", 1);
}

/* Ends the text; where something had no room, with "...". */
static size_t end_text(printer *w) {
  if (w->size == 0) return 0;
  if (w->cut) {
    size_t dots = w->size > 3 ? 3 : w->size - 1;
    if (w->length > w->size - 1 - dots) w->length = w->size - 1 - dots;
    memcpy(w->buffer + w->length, "...", dots);
    w->length += dots;
  }
  w->buffer[w->length] = '\0';
  return w->length;
}

/* ------------------------------------------------------------------ long */

static void print_node(printer *w, const ax__node *n);

static void print_link(printer *w, const ax__link *l) {
  if (l->optional) print(w, "ax.optional(");
  print_node(w, &w->schema->nodes[l->node]);
  if (l->optional) print(w, ")");
}

/* "{ a, b }" */
static void print_list(printer *w, const ax__node *n) {
  print(w, "{");
  for (uint32_t i = 0; i < n->count && !w->cut; i++) {
    const ax__link *l = &w->schema->links[n->first + i];
    print(w, i == 0 ? " " : ", ");
    if (n->kind == AX__ENUM) {
      ax_item literal = ax__literal(l);
      if (literal.type == AX_STRING)
        print_string(w, l->text, l->length);
      else
        print_item(w, &literal);
    } else {
      print_link(w, l);
    }
  }
  print(w, n->count > 0 ? " }" : "}");
}

static void print_record(printer *w, const ax__node *n) {
  print(w, n->open ? "ax.record({" : "{");
  for (uint32_t i = 0; i < n->count && !w->cut; i++) {
    const ax__link *l = &w->schema->links[n->first + i];
    bool plain = ax__plain_name(l->text, l->length);
    print(w, "%s%s", i == 0 ? " " : ", ", plain ? "" : "[");
    if (plain)
      print_bytes(w, l->text, l->length);
    else
      print_string(w, l->text, l->length);
    print(w, plain ? " = " : "] = ");
    print_link(w, l);
  }
  print(w, n->count > 0 ? " }" : "}");
  if (n->open) print(w, ", { open = true })");
}

/* Begins an option: what stands before its value. */
static void option(printer *w, const char *name, bool *first) {
  print(w, "%s%s = ", *first ? "{ " : ", ", name);
  *first = false;
}

static void print_sizes(printer *w, const ax__node *n) {
  bool first = true;
  if (n->u.size.min > 0) {
    option(w, "min", &first);
    print(w, "%zu", n->u.size.min);
  }
  if (n->u.size.max < SIZE_MAX) {
    option(w, "max", &first);
    print(w, "%zu", n->u.size.max);
  }
  if (n->kind == AX__STRING && n->u.size.pattern != NULL) {
    option(w, "pattern", &first);
    print_string(w, n->u.size.pattern, n->u.size.length);
  }
  print(w, " }");
}

static void print_integer(printer *w, const ax__node *n) {
  bool first = true;
  print(w, "ax.integer ");
  if (n->u.integer.min > INT64_MIN) {
    option(w, "min", &first);
    print(w, "%" PRId64, n->u.integer.min);
  }
  if (n->u.integer.max < INT64_MAX) {
    option(w, "max", &first);
    print(w, "%" PRId64, n->u.integer.max);
  }
  print(w, " }");
}

static void print_range(printer *w, const ax__node *n) {
  print(w, "ax.number { min = ");
  print_number(w, n->u.number.min);
  print(w, ", max = ");
  print_number(w, n->u.number.max);
  print(w, " }");
}

static void print_array(printer *w, const ax__node *n) {
  bool plain = n->u.size.min == 0 && n->u.size.max == SIZE_MAX;
  print(w, plain ? "{ " : "ax.array(");
  print_link(w, &w->schema->links[n->first]);
  if (!plain) {
    print(w, ", ");
    print_sizes(w, n);
  }
  print(w, plain ? " }" : ")");
}

static void print_map(printer *w, const ax__node *n) {
  print(w, "ax.map(");
  print_link(w, &w->schema->links[n->first]);
  print(w, ", ");
  print_link(w, &w->schema->links[n->first + 1]);
  print(w, ")");
}

static const char *const kind_names[AX__NKINDS] = {
    "any",  "table", "null",  "boolean", "integer", "number",  "string",
    "enum", "array", "table", "table",   "table",   "a union", "optional"};

static void print_open_node(printer *w, const ax__node *n) {
  switch (n->kind) {
    case AX__ENUM:
      print(w, "ax.enum ");
      print_list(w, n);
      break;
    case AX__TUPLE:
      print(w, "ax.tuple ");
      print_list(w, n);
      break;
    case AX__UNION:
      print(w, "ax.union ");
      print_list(w, n);
      break;
    case AX__RECORD: print_record(w, n); break;
    case AX__ARRAY: print_array(w, n); break;
    case AX__MAP: print_map(w, n); break;
    case AX__INTEGER: print_integer(w, n); break;
    case AX__NUMBER: print_range(w, n); break;
    default: print(w, "ax.string "); print_sizes(w, n);
  }
}

static bool on_path(const printer *w, const ax__node *n) {
  for (uint32_t i = 0; i < w->depth; i++)
    if (w->path[i] == n) return true;
  return false;
}

static void print_node(printer *w, const ax__node *n) {
  bool limited = n->kind >= AX__INTEGER && n->kind <= AX__STRING &&
                 (n->plain & n->types) == 0;
  if (n->kind <= AX__STRING && !limited) {
    print(w, "\"%s\"", kind_names[n->kind]);
  } else if (on_path(w, n)) {
    print(w, "<recursive>");
  } else if (w->depth == AX_DEPTH_MAX) {
    print(w, "...");
  } else {
    w->path[w->depth++] = n;
    print_open_node(w, n);
    w->depth--;
  }
}

size_t ax_schema_describe(const ax_schema *s, char *buffer, size_t size) {
  printer w = {.schema = s, .buffer = buffer, .size = size};
  if (s->optional) print(&w, "ax.optional(");
  print_node(&w, &s->nodes[0]);
  if (s->optional) print(&w, ")");
  return end_text(&w);
}

/* ----------------------------------------------------------------- short */

static void say_count(printer *w, const char *before, size_t n,
                      const char *unit) {
  print(w, "%s%zu %s%s", before, n, unit, n == 1 ? "" : "s");
}

static void say_sizes(printer *w, const ax__node *n, const char *unit) {
  size_t min = n->u.size.min, max = n->u.size.max;
  if (min > 0 && min < max && max < SIZE_MAX) {
    print(w, " of %zu", min);
    say_count(w, " to ", max, unit);
  } else if (min > 0) {
    say_count(w, min == max ? " of " : " of at least ", min, unit);
  } else if (max < SIZE_MAX) {
    say_count(w, " of at most ", max, unit);
  }
}

static void say_integers(printer *w, const ax__node *n) {
  int64_t min = n->u.integer.min, max = n->u.integer.max;
  if (min > INT64_MIN && max < INT64_MAX)
    print(w, " from %" PRId64 " to %" PRId64, min, max);
  else if (min > INT64_MIN)
    print(w, " of at least %" PRId64, min);
  else if (max < INT64_MAX)
    print(w, " of at most %" PRId64, max);
}

static void say_numbers(printer *w, const ax__node *n) {
  double min = n->u.number.min, max = n->u.number.max;
  if (n->plain != 0) return;
  if (isinf(min) && isinf(max)) {
    print(w, " that is not NaN");
    return;
  }
  print(w, isinf(max)   ? " of at least "
           : isinf(min) ? " of at most "
                        : " from ");
  print_number(w, isinf(min) ? max : min);
  if (isinf(min) || isinf(max)) return;
  print(w, " to ");
  print_number(w, max);
}

/* What joins number i of n words to those before it. */
static const char *joint(uint32_t i, uint32_t n) {
  return i == 0 ? "" : i + 1 == n ? " or " : ", ";
}

static void say_literals(printer *w, const ax__node *n) {
  for (uint32_t i = 0; i < n->count && !w->cut; i++) {
    ax_item literal = ax__literal(&w->schema->links[n->first + i]);
    print(w, "%s", joint(i, n->count));
    print_item(w, &literal);
  }
}

/* "{ id, name }" */
static void say_fields(printer *w, const ax__node *n) {
  print(w, "{");
  for (uint32_t i = 0; i < n->count && !w->cut; i++) {
    const ax__link *f = &w->schema->links[n->first + i];
    const ax__node *child = &w->schema->nodes[f->node];
    print(w, i == 0 ? " " : ", ");
    print_bytes(w, f->text, f->length);
    if (child->kind != AX__ENUM || child->count > 1) continue;
    print(w, " = ");
    say_literals(w, child);
  }
  print(w, " }");
}

static void say_union(printer *w, const ax__node *n);

static void say(printer *w, const ax__node *n) {
  if (n->kind != AX__ENUM && n->kind != AX__UNION)
    print(w, "%s%s", kind_names[n->kind], n->kind == AX__ANY ? " value" : "");
  switch (n->kind) {
    case AX__INTEGER: say_integers(w, n); break;
    case AX__NUMBER: say_numbers(w, n); break;
    case AX__STRING:
      say_sizes(w, n, "byte");
      if (n->u.size.pattern == NULL) break;
      print(w, " that matches ");
      print_string(w, n->u.size.pattern, n->u.size.length);
      break;
    case AX__ENUM: say_literals(w, n); break;
    case AX__ARRAY: say_sizes(w, n, "element"); break;
    case AX__UNION: say_union(w, n); break;
    default: break;
  }
}

static size_t say_alternative(const printer *w, const ax__node *n, uint32_t i,
                              char *buffer, size_t size) {
  printer alone = {.schema = w->schema, .buffer = buffer, .size = size};
  const ax__node *child = ax__child(w->schema, n, i);
  if (child->kind == AX__RECORD)
    say_fields(&alone, child);
  else
    say(&alone, child);
  return end_text(&alone);
}

/* The words of each alternative, but the same words only once. */
static void say_union(printer *w, const ax__node *n) {
  enum { MOST = 8, WORDS = 120 }; /* what a message has room for */
  char said[MOST][WORDS];
  uint32_t nsaid = 0, i = 0;
  for (; i < n->count && nsaid < MOST; i++) {
    bool again = false;
    say_alternative(w, n, i, said[nsaid], WORDS);
    for (uint32_t j = 0; j < nsaid && !again; j++)
      again = strcmp(said[j], said[nsaid]) == 0;
    if (!again) nsaid++;
  }
  for (uint32_t j = 0; j < nsaid; j++)
    print(w, "%s%s", joint(j, nsaid), said[j]);
  if (i < n->count) w->cut = true;
}

size_t ax__describe_short(const ax_schema *s, const ax__node *n, char *buffer,
                          size_t size) {
  printer w = {.schema = s, .buffer = buffer, .size = size};
  say(&w, n);
  return end_text(&w);
}
