/* number - regions that processes hold by a number
**
** Whoever speaks in system calls has numbers and no objects.  The numbers
** are there while any region has one. */
#include "ipc/region.h"

typedef struct ax_numbers {
  ax_annex annex;
  ax_table table; /* number -> ax_region.object */
} ax_numbers;

static const char number_tag; /* its address */

static ax_numbers *find_numbers(const ax_kernel *k) {
  ax_annex *a = ax__annex_find(k, &number_tag);
  return a == NULL ? NULL : ax_container(a, ax_numbers, annex);
}

static void free_numbers(ax_kernel *k, ax_numbers *n) {
  k->lastid = n->table.last;
  ax_table_fini(&n->table, &k->mem);
  ax__free(&k->mem, n, sizeof *n);
}

/* The kernel ends: what the host holds has no numbers any more. */
static void end_numbers(ax_kernel *k, ax_annex *a) {
  ax_numbers *n = ax_container(a, ax_numbers, annex);
  ax_object *o;
  for (size_t at = 0; (o = ax_table_each(&n->table, &at)) != NULL;)
    ax__region_of(o)->id = 0;
  free_numbers(k, n);
}

static ax_numbers *make_numbers(ax_kernel *k) {
  ax_numbers *n = find_numbers(k);
  if (n != NULL) return n;
  n = ax__alloc_zero(&k->mem, sizeof *n);
  if (n == NULL) return NULL;
  n->annex.tag = &number_tag;
  n->annex.free = end_numbers;
  n->table.last = k->lastid;
  ax__annex_add(k, &n->annex);
  return n;
}

static void drop_numbers(ax_kernel *k, ax_numbers *n) {
  if (n->table.count > 0) return;
  ax__annex_remove(k, &n->annex);
  free_numbers(k, n);
}

int ax_region_hold(ax_object *region, int *number) {
  ax_region *r = ax__region_of(region);
  ax_kernel *k = region->kernel;
  if (k->closed) return AX_EPIPE;
  if (r->id != 0) return AX_EBUSY;
  int rc = ax_hold_room(k->running, 1);
  if (rc != AX_OK) return rc;
  ax_numbers *n = make_numbers(k);
  if (n == NULL) return AX_ENOMEM;
  rc = ax_table_add(&n->table, &k->mem, region, &r->id);
  if (rc != AX_OK) {
    drop_numbers(k, n);
    return rc;
  }
  ax_hold_add(k->running, &r->hold, region);
  *number = r->id;
  return AX_OK;
}

ax_object *ax_region_find(const ax_kernel *k, int number) {
  const ax_numbers *n = find_numbers(k);
  if (n == NULL || number <= 0) return NULL;
  ax_object *o = ax_table_find(&n->table, number);
  if (o == NULL || ax__region_of(o)->hold.holder != k->running) return NULL;
  return o;
}

int ax_region_detach(ax_kernel *k, int number) {
  ax_object *o = ax_region_find(k, number);
  if (o == NULL) return AX_EINVAL;
  ax_hold_drop(&ax__region_of(o)->hold);
  return AX_OK;
}

void ax__region_unname(ax_region *r) {
  if (r->id == 0) return;
  ax_kernel *k = r->object.kernel;
  ax_numbers *n = find_numbers(k);
  ax_table_remove(&n->table, r->id);
  r->id = 0;
  drop_numbers(k, n);
}
