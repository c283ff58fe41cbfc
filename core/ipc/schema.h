/* schema - the compiled form of a schema
**
** One block: the schema, its nodes, their links, names and patterns.  Nodes
** refer to each other by number, so recursion is a number and nothing can
** refer to itself.  Nothing in it changes once it is compiled, but for what
** the walk learns (hints) and what is hung on it (names' addresses, anchor).
**
** Interface: public, axeberg.h. */
#ifndef AX_IPC_SCHEMA_H
#define AX_IPC_SCHEMA_H

#include "base/alloc.h"
#include "kernel/object.h"

/* The kinds of nodes.  The optional ones, and unions that are one of many
** names for a node, exist in shapes only. */
enum ax__kind {
  AX__ANY,
  AX__TABLE,
  AX__NULL,
  AX__BOOLEAN,
  AX__INTEGER,
  AX__NUMBER,
  AX__STRING,
  AX__ENUM,
  AX__ARRAY,
  AX__MAP,
  AX__RECORD,
  AX__TUPLE,
  AX__UNION,
  AX__OPTIONAL,
  AX__NKINDS
};

#define AX__BIT(type) (1u << (type))

/* Every type that is not a table, and not nil. */
#define AX__SCALARS                                               \
  (AX__BIT(AX_NULL) | AX__BIT(AX_BOOLEAN) | AX__BIT(AX_INTEGER) | \
   AX__BIT(AX_NUMBER) | AX__BIT(AX_STRING) | AX__BIT(AX_FOREIGN))

typedef struct ax__node {
  uint8_t kind;          /* enum ax__kind */
  bool open;             /* record: other fields are carried */
  uint16_t plain;        /* types that are welcome without another look */
  uint16_t types;        /* types that may be welcome */
  uint16_t hint;         /* record: the field that came first last time */
  uint32_t first, count; /* its links: element; key and value; fields,
                         ** sorted; positions; alternatives; literals */
  union {
    struct {
      int64_t min, max;
    } integer;
    struct {
      double min, max;
    } number;
    struct {
      size_t min, max;     /* bytes, elements */
      const char *pattern; /* NULL: none */
      size_t length;       /* of the pattern */
    } size;
    struct {
      const uint64_t *required; /* bit i % 64 of word i / 64: field i is */
    } record;                   /* and tuple */
  } u;
} ax__node;

/* What a node is made of. */
typedef struct ax__link {
  const char *text; /* a field's name, a string literal */
  uint32_t length;  /* of the text */
  uint32_t node;    /* the child */
  bool optional;    /* may be absent */
  uint8_t type;     /* literal: enum ax_type */
  union {
    bool boolean;
    int64_t integer;
    double number;
  } u; /* literal */
} ax__link;

struct ax_schema {
  ax_object object;
  size_t size;      /* of the block */
  ax__node *nodes;  /* 0 is the root */
  ax__link *links;  /* first those of records, by name: */
  ax_field *fields; /* the same for sources */
  uint32_t nfields; /* how many of them */
  uint32_t nnodes;
  bool optional;   /* the root may be nil */
  bool open;       /* there are open records */
  ax_value anchor; /* see ax_schema_anchor */
  ax_fault fault;  /* of the last failed check of a value from C */
};

static inline const ax__node *ax__child(const ax_schema *s, const ax__node *n,
                                        uint32_t i) {
  return &s->nodes[s->links[n->first + i].node];
}

static inline ax_item ax__literal(const ax__link *l) {
  ax_item item = {.type = l->type, .length = l->length};
  switch (l->type) {
    case AX_BOOLEAN: item.u.boolean = l->u.boolean; break;
    case AX_INTEGER: item.u.integer = l->u.integer; break;
    case AX_NUMBER: item.u.number = l->u.number; break;
    default: item.u.string = l->text;
  }
  return item;
}

/* A new schema is an object, with one reference. */
void ax__schema_init(ax_kernel *k, ax_schema *s);

/* Describes one node in few words: `number`, `"a" or "b"`, `integer from 1
** to 5`; as snprintf, but what is cut ends in "...". */
size_t ax__describe_short(const ax_schema *s, const ax__node *n, char *buffer,
                          size_t size);

#endif
