/* shape - a schema being described
**
** Nodes and links as they come, in growing blocks; a node's links are a
** list.  Numbers begin at 1, so that 0 is none.
**
** Interface: public, axeberg.h; ax_shape_compile is in compile.c. */
#ifndef AX_IPC_SHAPE_H
#define AX_IPC_SHAPE_H

#include "base/bytes.h"
#include "ipc/schema.h"

/* Nodes, and links, of a shape at most. */
enum { AX_SHAPE_MAX = 1 << 20 };

typedef struct ax__draft {
  ax__node node;   /* first: its first link, or 0; text: see offset */
  uint32_t last;   /* link, or 0 */
  size_t offset;   /* of the pattern, in text */
  uint32_t target; /* compiling: what it stands for, itself mostly */
  uint32_t number; /* compiling: the node's in the schema, and 1 */
  uint8_t state;   /* compiling: not looked at, being, done */
  bool optional;   /* compiling: may be absent */
} ax__draft;

typedef struct ax__draft_link {
  ax__link link; /* link.node: a draft's number; text: see offset */
  size_t offset; /* of name or literal, in text */
  uint32_t next; /* link of the same node, or 0 */
} ax__draft_link;

struct ax_shape {
  ax_kernel *kernel;
  ax_buffer drafts, links, text;
  int rc;          /* the first error */
  const char *why; /* what it was about */
};

static inline ax__draft *ax__draft_at(const ax_shape *b, ax_node i) {
  return (ax__draft *)(void *)b->drafts.data + (i - 1);
}

static inline ax__draft_link *ax__link_at(const ax_shape *b, uint32_t i) {
  return (ax__draft_link *)(void *)b->links.data + (i - 1);
}

static inline uint32_t ax__draft_count(const ax_shape *b) {
  return (uint32_t)(b->drafts.length / sizeof(ax__draft));
}

static inline uint32_t ax__link_count(const ax_shape *b) {
  return (uint32_t)(b->links.length / sizeof(ax__draft_link));
}

/* Remembers the first error. */
void ax__shape_fail(ax_shape *b, int rc, const char *why);

#endif
