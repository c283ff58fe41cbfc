/* content - the bytes of a regular file in memory */
#include "ipc/content.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "kernel/kernel.h"

typedef struct sheet {
  ax_hash_node node; /* key: its number */
  char bytes[AX_CONTENT_PAGE];
} sheet;

static const char content_zeros[AX_CONTENT_PAGE];

static ax_mem *content_mem(const ax_content *c) {
  return &c->tree->kernel->mem;
}

void ax__content_init(ax_content *c, ax_tree *t) {
  ax_hash_init(&c->pages);
  c->tree = t;
  c->size = 0;
}

/* ----------------------------------------------------------------- pages */

static uint64_t sheet_number(uint64_t at) { return at / AX_CONTENT_PAGE; }

static sheet *sheet_find(const ax_content *c, uint64_t number) {
  ax_hash_node *n = ax_hash_find(&c->pages, (int64_t)number);
  return n == NULL ? NULL : ax_container(n, sheet, node);
}

static void sheet_drop(ax_content *c, sheet *s) {
  ax_hash_remove(&c->pages, &s->node);
  ax__free(content_mem(c), s, sizeof *s);
  ax__tree_refund(c->tree, sizeof *s);
}

/* Drops the pages from number first on.  What is to go may be a little of
** much, or much of what the numbers are a little of. */
static void content_cut(ax_content *c, uint64_t first) {
  uint64_t last = sheet_number(c->size);
  if (c->pages.count == 0 || first > last) return;
  if (last - first < c->pages.count) {
    for (uint64_t n = first; n <= last; n++) {
      sheet *s = sheet_find(c, n);
      if (s != NULL) sheet_drop(c, s);
    }
    return;
  }
  for (size_t b = 0; b < (size_t)1 << c->pages.bits; b++) {
    ax_hash_node *next, *n = c->pages.buckets[b];
    for (; n != NULL; n = next) {
      next = n->next;
      if ((uint64_t)n->key >= first)
        sheet_drop(c, ax_container(n, sheet, node));
    }
  }
}

void ax__content_fini(ax_content *c) {
  content_cut(c, 0);
  ax_hash_fini(&c->pages, content_mem(c));
}

/* ----------------------------------------------------------------- reading */

size_t ax__content_show(const ax_content *c, uint64_t at, const char **data) {
  *data = content_zeros;
  if (at >= c->size) return 0;
  const sheet *s = sheet_find(c, sheet_number(at));
  size_t offset = (size_t)(at % AX_CONTENT_PAGE);
  size_t n = AX_CONTENT_PAGE - offset;
  if (s != NULL) *data = s->bytes + offset;
  return n < c->size - at ? n : (size_t)(c->size - at);
}

static int content_by_number(const void *a, const void *b) {
  uint64_t i = *(const uint64_t *)a, j = *(const uint64_t *)b;
  return i < j ? -1 : i > j;
}

size_t ax__content_pages(const ax_content *c, uint64_t *numbers) {
  size_t n = 0;
  for (size_t b = 0; b < (size_t)1 << c->pages.bits; b++)
    for (ax_hash_node *node = c->pages.buckets[b]; node != NULL;
         node = node->next)
      numbers[n++] = (uint64_t)node->key;
  qsort(numbers, n, sizeof *numbers, content_by_number);
  return n;
}

size_t ax__content_read(const ax_content *c, uint64_t at, char *data,
                        size_t size) {
  size_t done = 0, n;
  const char *from;
  while (done < size && (n = ax__content_show(c, at + done, &from)) > 0) {
    if (n > size - done) n = size - done;
    memcpy(data + done, from, n);
    done += n;
  }
  return done;
}

/* ----------------------------------------------------------------- writing */

static void sheets_free(const ax_content *c, ax_hash_node *list) {
  while (list != NULL) {
    sheet *s = ax_container(list, sheet, node);
    list = list->next;
    ax__free(content_mem(c), s, sizeof *s);
  }
}

/* So many pages, cleared, linked by next.  AX_ENOMEM: none. */
static int sheets_new(const ax_content *c, uint64_t n, ax_hash_node **list) {
  for (*list = NULL; n > 0; n--) {
    sheet *s = ax__alloc_zero(content_mem(c), sizeof *s);
    if (s == NULL) {
      sheets_free(c, *list);
      return AX_ENOMEM;
    }
    s->node.next = *list;
    *list = &s->node;
  }
  return AX_OK;
}

/* Makes the pages first..last that are missing, or none. */
static int content_reserve(ax_content *c, uint64_t first, uint64_t last) {
  uint64_t missing = 0;
  ax_hash_node *list;
  for (uint64_t n = first; n <= last; n++)
    missing += sheet_find(c, n) == NULL;
  if (missing == 0) return AX_OK;
  int rc = ax__tree_charge(c->tree, missing * sizeof(sheet));
  if (rc != AX_OK) return rc;
  rc = sheets_new(c, missing, &list);
  if (rc != AX_OK) {
    ax__tree_refund(c->tree, missing * sizeof(sheet));
    return rc;
  }
  for (uint64_t n = first; n <= last; n++) {
    if (sheet_find(c, n) != NULL) continue;
    ax_hash_node *node = list;
    list = list->next;
    ax_hash_add(&c->pages, content_mem(c), node, (int64_t)n);
  }
  return AX_OK;
}

/* The page is there, and the bytes do not go beyond it. */
static void content_put(const ax_content *c, uint64_t at, const char *data,
                        size_t size) {
  sheet *s = sheet_find(c, sheet_number(at));
  memcpy(s->bytes + at % AX_CONTENT_PAGE, data, size);
}

int ax__content_write(ax_content *c, uint64_t at, const char *data,
                      size_t size) {
  if (size == 0) return AX_OK;
  uint64_t end = at + size;
  int rc = content_reserve(c, sheet_number(at), sheet_number(end - 1));
  if (rc != AX_OK) return rc;
  while (at < end) {
    size_t n = AX_CONTENT_PAGE - (size_t)(at % AX_CONTENT_PAGE);
    if (n > end - at) n = (size_t)(end - at);
    content_put(c, at, data, n);
    data += n;
    at += n;
  }
  if (end > c->size) c->size = end;
  return AX_OK;
}

/* ------------------------------------------------------------------- size */

/* What stands in the page behind the end is zeros, should it grow again. */
static void content_clear_tail(const ax_content *c) {
  size_t offset = (size_t)(c->size % AX_CONTENT_PAGE);
  sheet *s = offset == 0 ? NULL : sheet_find(c, sheet_number(c->size));
  if (s != NULL) memset(s->bytes + offset, 0, AX_CONTENT_PAGE - offset);
}

void ax__content_resize(ax_content *c, uint64_t size) {
  if (size < c->size) {
    content_cut(c, sheet_number(size + AX_CONTENT_PAGE - 1));
    if (c->pages.count == 0) ax_hash_fini(&c->pages, content_mem(c));
  }
  c->size = size;
  content_clear_tail(c);
}
