/* hash - things by a number */
#include "base/hash.h"

#include <string.h>

#include "base/assert.h"

static size_t room(const ax_hash *h) { return (size_t)1 << h->bits; }

void ax_hash_init(ax_hash *h) {
  memset(h, 0, sizeof *h);
  h->buckets = h->first;
  h->bits = AX_HASH_BITS;
}

static void free_buckets(const ax_hash *h, ax_mem *m, ax_hash_node **old,
                         size_t n) {
  if (old != h->first) ax__free(m, old, n * sizeof *old);
}

void ax_hash_fini(ax_hash *h, ax_mem *m) {
  free_buckets(h, m, h->buckets, room(h));
  ax_hash_init(h);
}

void ax_hash_swap(ax_hash *a, ax_hash *b) {
  ax_hash c = *a;
  bool own = a->buckets == a->first, theirs = b->buckets == b->first;
  *a = *b;
  *b = c;
  if (theirs) a->buckets = a->first;
  if (own) b->buckets = b->first;
}

static void hash_link(ax_hash *h, ax_hash_node *node) {
  ax_hash_node **bucket = &h->buckets[ax_hash_bucket(h, node->key)];
  node->next = *bucket;
  *bucket = node;
}

/* Twice the buckets, or, when memory is short, as many as before. */
static void hash_grow(ax_hash *h, ax_mem *m) {
  ax_hash_node **old = h->buckets;
  size_t n = room(h);
  ax_hash_node **buckets = ax__alloc_zero(m, 2 * n * sizeof *buckets);
  if (buckets == NULL) return;
  h->buckets = buckets;
  h->bits++;
  for (size_t i = 0; i < n; i++)
    for (ax_hash_node *node = old[i], *next; node != NULL; node = next) {
      next = node->next;
      hash_link(h, node);
    }
  free_buckets(h, m, old, n);
}

void ax_hash_add(ax_hash *h, ax_mem *m, ax_hash_node *node, int64_t key) {
  if (h->count >= room(h)) hash_grow(h, m);
  node->key = key;
  hash_link(h, node);
  h->count++;
}

void ax_hash_remove(ax_hash *h, ax_hash_node *node) {
  ax_hash_node **at = &h->buckets[ax_hash_bucket(h, node->key)];
  while (*at != node) {
    ax_assert(*at != NULL);
    at = &(*at)->next;
  }
  *at = node->next;
  h->count--;
}
