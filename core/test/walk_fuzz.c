/* walk_fuzz - any bytes through a walk, checked before or not
**
** The first byte picks a schema.  Bytes that nobody has checked may be
** refused as damaged; those that were accepted by ax_pack_import are never
** damaged, and what a walk packs of them is accepted again. */
#include <stdlib.h>
#include <string.h>

#include "ipc/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool claim) {
  if (!claim) abort();
}

/* { x = itself?, list = { itself or a string }, map = ... }, and so on. */
static ax_schema *make_schema(ax_kernel *k, uint8_t which) {
  ax_shape *b;
  ax_schema *s;
  must(ax_shape_new(k, &b) == AX_OK);
  ax_node record = ax_shape_record(b, which & 1);
  ax_node either = ax_shape_union(b), list = ax_shape_array(b, 0, 9);
  ax_node map = ax_shape_map(b), maybe = ax_shape_optional(b);
  ax_node tuple = ax_shape_tuple(b);
  ax_shape_add(b, tuple, maybe);
  ax_shape_add(b, tuple, ax_shape_type(b, AX_INTEGER));
  ax_shape_add(b, either, record);
  ax_shape_add(b, either, which & 2 ? tuple : list);
  ax_shape_add(b, either, ax_shape_string(b, 0, 5, "^%a", 3));
  ax_shape_add(b, either, which & 4 ? map : ax_shape_number(b, -5, 5));
  ax_shape_add(b, maybe, either);
  ax_shape_add(b, list, either);
  ax_shape_add(b, map, ax_shape_any(b));
  ax_shape_add(b, map, either);
  ax_shape_field(b, record, "x", 1, maybe);
  ax_shape_field(b, record, "y", 1, which & 8 ? tuple : maybe);
  must(ax_shape_compile(b, either, &s, NULL) == AX_OK);
  return s;
}

/* From u into a pack; its value if the walk is fine. */
static int walk(ax_kernel *k, const ax_schema *s, ax__unpack *u,
                ax_value *out) {
  ax_pack *p;
  ax_fault fault;
  must(ax_pack_new(k, &p) == AX_OK);
  int rc = ax_walk(s, &u->source, ax_pack_sink(p), &fault);
  if (rc == AX_EPROTO) must(strlen(fault.text) < sizeof fault.text);
  if (rc == AX_OK) return ax_pack_end(p, out);
  ax_pack_free(p);
  return rc;
}

static void walk_unchecked(ax_kernel *k, const ax_schema *s,
                           const uint8_t *data, size_t size) {
  ax__unpack u;
  ax_value v;
  ax__unpack_init(&u, data, size);
  int rc = walk(k, s, &u, &v);
  must(rc == AX_OK || rc == AX_EPROTO || rc == AX_EINVAL);
  if (rc == AX_OK) ax_value_clear(&v);
}

static void walk_value(ax_kernel *k, const ax_schema *s, ax_value *v) {
  ax__unpack u;
  ax_value copy;
  ax__unpack_value(&u, v);
  int rc = walk(k, s, &u, &copy);
  must(rc == AX_OK || rc == AX_EPROTO);
  must(ax_schema_check_value(s, v, NULL) == rc || ax_schema_is_open(s));
  if (rc != AX_OK) return;
  must(ax_schema_check_value(s, &copy, NULL) == AX_OK);
  must(ax_schema_admit(s, v, NULL) == AX_OK);
  ax_value_clear(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ax_kernel *k;
  ax_value v;
  if (size == 0 || ax_kernel_new(NULL, &k) != AX_OK) return 0;
  ax_schema *s = make_schema(k, data[0]);
  walk_unchecked(k, s, data + 1, size - 1);
  walk_unchecked(k, NULL, data + 1, size - 1);
  if (ax_pack_import(k, data + 1, size - 1, &v) == AX_OK) {
    walk_value(k, s, &v);
    ax_value_clear(&v);
  }
  ax_schema_unref(s);
  ax_kernel_free(k);
  return 0;
}
