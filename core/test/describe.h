/* describe - schemas to test, described in C
**
** Interface:
** - begin, compile: a shape, and the schema that comes of it
** - type, field, literal, array, optional: nodes in few words
** - describe_job: a bit of everything
** - PACKED, check_value: a value, and what a schema says of it */
#ifndef AX_TEST_DESCRIBE_H
#define AX_TEST_DESCRIBE_H

#include "world.h"

static world w;
static ax_shape *b;
static ax_fault fault;

static inline void begin(void) {
  if (!check_int(ax_shape_new(w.k, &b), AX_OK)) exit(1);
}

static inline ax_schema *compile(ax_node root) {
  ax_schema *s = NULL;
  fault.text[0] = '\0';
  if (!check_int(ax_shape_compile(b, root, &s, &fault), AX_OK)) {
    fprintf(stderr, "%s\n", fault.text);
    exit(1);
  }
  return s;
}

static inline ax_node type(enum ax_type t) { return ax_shape_type(b, t); }

static inline void field(ax_node record, const char *name, ax_node child) {
  ax_shape_field(b, record, name, strlen(name), child);
}

static inline void literal(ax_node parent, const char *s) {
  ax_item item = {.type = AX_STRING, .length = strlen(s), .u.string = s};
  ax_shape_literal(b, parent, &item);
}

static inline ax_node array(ax_node element) {
  ax_node a = ax_shape_array(b, 0, SIZE_MAX);
  ax_shape_add(b, a, element);
  return a;
}

static inline ax_node optional(ax_node child) {
  ax_node o = ax_shape_optional(b);
  ax_shape_add(b, o, child);
  return o;
}

/* { id: integer, name: string?, tags: array of string, mood: "a" or "b",
** next: itself? } */
static inline ax_node describe_job(void) {
  ax_node job = ax_shape_record(b, false), mood = ax_shape_enum(b);
  literal(mood, "a");
  literal(mood, "b");
  field(job, "id", ax_shape_integer(b, 1, 100));
  field(job, "name", optional(type(AX_STRING)));
  field(job, "tags", array(ax_shape_string(b, 0, 3, "^%a", 3)));
  field(job, "mood", mood);
  field(job, "next", optional(job));
  return job;
}

/* A value from MessagePack; n is its length. */
static inline ax_value packed(const char *bytes, size_t n) {
  ax_value v = ax_nil();
  check_int(ax_pack_import(w.k, bytes, n, &v), AX_OK);
  return v;
}

#define PACKED(bytes) packed((bytes), sizeof(bytes) - 1)

/* The value is welcome ("") or this is wrong with it; lets go of it. */
static inline void check_value(ax_schema *s, ax_value v, const char *want) {
  fault.text[0] = '\0';
  int rc = ax_schema_check_value(s, &v, &fault);
  check_int(rc, *want == '\0' ? AX_OK : AX_EPROTO);
  check_str(fault.text, want);
  if (rc == AX_EPROTO) check_str(ax_schema_fault(s), want);
  check_int(ax_schema_check_value(s, &v, NULL), rc);
  ax_value_clear(&v);
}

#endif
