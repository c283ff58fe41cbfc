/* mem - an allocator that watches its user and fails when told
**
** Every block has its size in front, so that a wrong oldsize is found;
** every resize moves the block, and what is not initialised or was freed is
** not zero.
**
** Interface:
** - mem_init, mem_allocator: a watched allocator
** - fail, always: which allocation fails, counted from 1, and whether all
**   after it fail, too */
#ifndef AX_TEST_MEM_H
#define AX_TEST_MEM_H

#include <stddef.h>

#include "axeberg.h"
#include "test.h"

typedef struct mem {
  size_t blocks, bytes; /* alive */
  size_t asked;         /* allocations wanted so far */
  size_t fail;          /* the number of the one that fails; 0: none */
  bool always;          /* those after it, too */
  size_t failed;        /* how many failed */
} mem;

typedef union mem_head {
  size_t size;
  max_align_t align;
} mem_head;

enum { MEM_FRESH = 0xa5, MEM_FREED = 0x5a };

static inline void mem_init(mem *m) { memset(m, 0, sizeof *m); }

static inline bool mem_fails(mem *m) {
  m->asked++;
  if (m->fail == 0 || m->asked < m->fail) return false;
  if (m->asked > m->fail && !m->always) return false;
  m->failed++;
  return true;
}

static inline void mem_release(mem *m, void *block, size_t size) {
  if (block == NULL) return;
  mem_head *head = (mem_head *)block - 1;
  check_int(size, head->size);
  m->blocks--;
  m->bytes -= head->size;
  memset(block, MEM_FREED, head->size);
  free(head);
}

static inline void *mem_resize(void *ctx, void *block, size_t oldsize,
                               size_t newsize) {
  mem *m = ctx;
  if (newsize == 0) {
    mem_release(m, block, oldsize);
    return NULL;
  }
  if (mem_fails(m) || newsize > SIZE_MAX / 2) return NULL;
  mem_head *head = malloc(sizeof *head + newsize);
  if (head == NULL) return NULL;
  head->size = newsize;
  memset(head + 1, MEM_FRESH, newsize);
  if (block != NULL)
    memcpy(head + 1, block, oldsize < newsize ? oldsize : newsize);
  mem_release(m, block, oldsize);
  m->blocks++;
  m->bytes += newsize;
  return head + 1;
}

static inline ax_allocator mem_allocator(mem *m) {
  ax_allocator a = {mem_resize, m};
  return a;
}

/* Nothing is left of what was allocated. */
#define mem_check_empty(m) \
  (check_int((m)->blocks, 0), check_int((m)->bytes, 0))

#endif
