/* pack_test - values as MessagePack, and back */
#include "world.h"

static world w;

/* ---------------------------------------------------------------- helpers */

static ax_pack *begin(void) {
  ax_pack *p = NULL;
  if (!check_int(ax_pack_new(w.k, &p), AX_OK)) exit(1);
  return p;
}

static ax_value end(ax_pack *p) {
  ax_value v = ax_nil();
  check_int(ax_pack_end(p, &v), AX_OK);
  return v;
}

static ax_value import(const void *data, size_t length) {
  ax_value v = ax_nil();
  check_int(ax_pack_import(w.k, data, length, &v), AX_OK);
  return v;
}

/* The value's bytes are these; lets go of it. */
static void check_bytes(ax_value v, const void *want, size_t length) {
  size_t n = 0;
  if (!check_int(v.type, AX_TABLE)) return;
  const char *got = ax_value_bytes(&v, &n);
  check_int(n, length);
  check(n == length && memcmp(got, want, n) == 0);
  ax_value_clear(&v);
}

/* ----------------------------------------------------------------- scalars */

typedef struct integer_row {
  int64_t i;
  const char *bytes; /* of the list that holds it */
  size_t length;
} integer_row;

#define ROW(i, bytes) \
  { (i), (bytes), sizeof(bytes) - 1 }

static const integer_row integers[] = {
    ROW(0, "\x91\x00"),
    ROW(127, "\x91\x7f"),
    ROW(128, "\x91\xcc\x80"),
    ROW(255, "\x91\xcc\xff"),
    ROW(256, "\x91\xcd\x01\x00"),
    ROW(65535, "\x91\xcd\xff\xff"),
    ROW(65536, "\x91\xce\x00\x01\x00\x00"),
    ROW(INT64_C(4294967296), "\x91\xcf\x00\x00\x00\x01\x00\x00\x00\x00"),
    ROW(INT64_MAX, "\x91\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"),
    ROW(-1, "\x91\xff"),
    ROW(-32, "\x91\xe0"),
    ROW(-33, "\x91\xd0\xdf"),
    ROW(-128, "\x91\xd0\x80"),
    ROW(-129, "\x91\xd1\xff\x7f"),
    ROW(-32768, "\x91\xd1\x80\x00"),
    ROW(-32769, "\x91\xd2\xff\xff\x7f\xff"),
    ROW(INT64_MIN, "\x91\xd3\x80\x00\x00\x00\x00\x00\x00\x00"),
};

static void integers_take_as_few_bytes_as_they_can(void) {
  world_open(&w);
  for (size_t i = 0; i < COUNT(integers); i++) {
    ax_pack *p = begin();
    ax_pack_list(p);
    ax_pack_integer(p, integers[i].i);
    ax_pack_close(p);
    check_bytes(end(p), integers[i].bytes, integers[i].length);
    ax_value v = import(integers[i].bytes + 1, integers[i].length - 1);
    check_int(v.type, AX_INTEGER);
    check_int(v.u.integer, integers[i].i);
  }
  world_close(&w);
}

static void a_scalar_by_itself_is_a_value_too(void) {
  world_open(&w);
  ax_pack *p = begin();
  ax_pack_boolean(p, true);
  check_int(end(p).u.boolean, true);
  p = begin();
  ax_pack_null(p);
  check_int(end(p).type, AX_NULL);
  p = begin();
  ax_pack_number(p, -0.5);
  check(end(p).u.number == -0.5);
  p = begin();
  ax_pack_string(p, "a\0b", 3);
  ax_value s = end(p);
  size_t n = 0;
  check(memcmp(ax_value_bytes(&s, &n), "a\0b", 3) == 0);
  check_int(n, 3);
  ax_value_clear(&s);
  world_close(&w);
}

static void strings_of_all_lengths_come_back(void) {
  static const size_t lengths[] = {0, 31, 32, 255, 256, 65535, 65536};
  static const size_t heads[] = {1, 1, 2, 2, 3, 3, 5};
  static char text[65536];
  world_open(&w);
  memset(text, 'x', sizeof text);
  for (size_t i = 0; i < COUNT(lengths); i++) {
    ax_pack *p = begin();
    ax_pack_list(p);
    ax_pack_string(p, text, lengths[i]);
    ax_pack_close(p);
    ax_value v = end(p);
    size_t n = 0;
    ax_value_bytes(&v, &n);
    check_int(n, 1 + heads[i] + lengths[i]);
    ax_reader r;
    ax_item key, item;
    ax_reader_init(&r, &v);
    check_int(ax_reader_next(&r, &key, &item), AX_OK);
    check_int(item.length, lengths[i]);
    check(memcmp(item.u.string, text, item.length) == 0);
    ax_value_clear(&v);
  }
  world_close(&w);
}

/* ------------------------------------------------------------------ tables */

/* n integers that count up, or n pairs of them. */
static ax_value counted(size_t n, bool map) {
  ax_pack *p = begin();
  if (map)
    ax_pack_map(p);
  else
    ax_pack_list(p);
  for (size_t i = 1; i <= n; i++) {
    if (map) ax_pack_integer(p, (int64_t)i);
    ax_pack_integer(p, (int64_t)i);
  }
  ax_pack_close(p);
  return end(p);
}

static void tables_of_all_sizes_come_back(void) {
  static const size_t sizes[] = {0, 1, 15, 16, 17, 65535, 65536};
  world_open(&w);
  for (size_t i = 0; i < 2 * COUNT(sizes); i++) {
    size_t size = sizes[i / 2], n = 0, length;
    ax_value v = counted(size, i % 2 == 1);
    ax_reader r;
    ax_item key, item;
    ax_reader_init(&r, &v);
    while (ax_reader_next(&r, &key, &item) == AX_OK) {
      n++;
      check(key.type == AX_INTEGER && key.u.integer == (int64_t)n);
      check(item.type == AX_INTEGER && item.u.integer == (int64_t)n);
    }
    check_int(n, size);
    const char *bytes = ax_value_bytes(&v, &length);
    ax_value again = import(bytes, length);
    check_bytes(again, bytes, length);
    ax_value_clear(&v);
  }
  world_close(&w);
}

/* { id = 7, tags = { "a", { } }, pos = { x = 1.5 } } */
static const char nested[] = "\x83\xa2id\x07\xa4tags\x92\xa1"
                             "a\x90\xa3pos\x81\xa1x\xcb\x3f\xf8\0\0\0\0\0\0";

static void build_nested(ax_pack *p) {
  ax_pack_map(p);
  ax_pack_name(p, "id");
  ax_pack_integer(p, 7);
  ax_pack_name(p, "tags");
  ax_pack_list(p);
  ax_pack_name(p, "a");
  ax_pack_list(p);
  ax_pack_close(p);
  ax_pack_close(p);
  ax_pack_name(p, "pos");
  ax_pack_map(p);
  ax_pack_name(p, "x");
  ax_pack_number(p, 1.5);
  ax_pack_close(p);
  ax_pack_close(p);
}

static void tables_are_packed_as_messagepack(void) {
  world_open(&w);
  ax_pack *p = begin();
  build_nested(p);
  check_bytes(end(p), nested, sizeof nested - 1);
  world_close(&w);
}

static void a_packed_table_is_a_part_of_another(void) {
  world_open(&w);
  ax_value inner = import(nested, sizeof nested - 1);
  ax_value text = ax_nil();
  check_int(ax_string(w.k, "s", 1, &text), AX_OK);
  ax_pack *p = begin();
  ax_pack_list(p);
  ax_pack_value(p, &inner);
  ax_pack_value(p, &text);
  ax_value null = {AX_NULL, 0, 0, {0}}, yes = ax_boolean(true);
  ax_pack_value(p, &null);
  ax_pack_value(p, &yes);
  ax_pack_close(p);
  char want[sizeof nested + 4] = "\x94";
  memcpy(want + 1, nested, sizeof nested - 1);
  memcpy(want + sizeof nested, "\xa1s\xc0\xc3", 4);
  check_bytes(end(p), want, sizeof want);
  ax_value_clear(&inner);
  ax_value_clear(&text);
  world_close(&w);
}

/* ------------------------------------------------------------------ misuse */

static void no_list(ax_pack *p) { ax_pack_close(p); }

static void a_null_key(ax_pack *p) {
  ax_pack_map(p);
  ax_pack_null(p);
}

static void a_nan_key(ax_pack *p) {
  ax_pack_map(p);
  ax_pack_number(p, strtod("nan", NULL));
}

static void a_table_key(ax_pack *p) {
  ax_pack_map(p);
  ax_pack_list(p);
}

static void a_key_without_a_value(ax_pack *p) {
  ax_pack_map(p);
  ax_pack_integer(p, 1);
  ax_pack_close(p);
}

static void two_roots(ax_pack *p) {
  ax_pack_integer(p, 1);
  ax_pack_integer(p, 2);
}

static void an_open_table(ax_pack *p) { ax_pack_list(p); }

static void no_value(ax_pack *p) { (void)p; }

static void nil_in_it(ax_pack *p) {
  ax_value nil = ax_nil();
  ax_pack_list(p);
  ax_pack_value(p, &nil);
  ax_pack_close(p);
}

static void misuse_is_an_error_that_stays(void) {
  static void (*const misuses[])(ax_pack *) = {
      no_list,   a_null_key,    a_nan_key, a_table_key,           nil_in_it,
      two_roots, an_open_table, no_value,  a_key_without_a_value,
  };
  world_open(&w);
  for (size_t i = 0; i < COUNT(misuses); i++) {
    ax_pack *p = begin();
    ax_value v = ax_nil();
    misuses[i](p);
    check_int(ax_pack_end(p, &v), AX_EINVAL);
    check_int(v.type, AX_NIL);
  }
  ax_pack *p = begin();
  check_int(ax_pack_close(p), AX_EINVAL);
  check_int(ax_pack_integer(p, 1), AX_EINVAL);
  ax_pack_free(p);
  ax_pack_free(NULL);
  world_close(&w);
}

static void tables_are_nested_100_deep_at_most(void) {
  world_open(&w);
  ax_pack *p = begin();
  for (int i = 0; i < AX_DEPTH_MAX; i++) check_int(ax_pack_list(p), AX_OK);
  check_int(ax_pack_list(p), AX_E2BIG);
  ax_pack_free(p);
  char deep[AX_DEPTH_MAX + 1];
  memset(deep, 0x91, sizeof deep);
  deep[AX_DEPTH_MAX - 1] = (char)0x90;
  ax_value v = import(deep, AX_DEPTH_MAX);
  p = begin();
  ax_pack_list(p);
  check_int(ax_pack_value(p, &v), AX_E2BIG);
  ax_pack_free(p);
  ax_value_clear(&v);
  deep[AX_DEPTH_MAX - 1] = (char)0x91;
  deep[AX_DEPTH_MAX] = (char)0x90;
  check_int(ax_pack_import(w.k, deep, sizeof deep, &v), AX_E2BIG);
  world_close(&w);
}

/* Packs slot 1 as its number in a list; others it cannot pack. */
static int pack_slot(ax_keeper *keeper, uint32_t slot, ax_value *out) {
  (void)keeper;
  if (slot != 1) return AX_EPROTO;
  *out = counted(1, false);
  return AX_OK;
}

static void a_keeper_packs_its_values(void) {
  world_open(&w);
  ax_value v = world_foreign(&w, 1), other = world_foreign(&w, 2);
  check_int(ax_value_pack(&v), AX_ENOTSUP);
  w.closet.keeper.pack = pack_slot;
  check_int(ax_value_pack(&other), AX_EPROTO);
  check_int(other.type, AX_FOREIGN);
  check_int(ax_value_pack(&v), AX_OK);
  check_int(w.closet.released[1], 1);
  check_bytes(v, "\x91\x01", 2);
  v = ax_integer(5);
  check_int(ax_value_pack(&v), AX_OK);
  check_int(v.u.integer, 5);
  world_close(&w);
}

static void memory_may_fail_at_any_point(void) {
  for (size_t n = 1;; n++) {
    world_open(&w);
    w.memory.fail = w.memory.asked + n;
    ax_pack *p;
    ax_value v = ax_nil();
    int rc = ax_pack_new(w.k, &p);
    if (rc == AX_OK) {
      build_nested(p);
      rc = ax_pack_end(p, &v);
    }
    bool failed = w.memory.failed > 0;
    check_int(rc, failed ? AX_ENOMEM : AX_OK);
    check_int(v.type, failed ? AX_NIL : AX_TABLE);
    ax_value_clear(&v);
    world_close(&w);
    if (!failed) break;
    check(n < 100);
  }
}

static const test tests[] = {
    TEST(integers_take_as_few_bytes_as_they_can),
    TEST(a_scalar_by_itself_is_a_value_too),
    TEST(strings_of_all_lengths_come_back),
    TEST(tables_of_all_sizes_come_back),
    TEST(tables_are_packed_as_messagepack),
    TEST(a_packed_table_is_a_part_of_another),
    TEST(misuse_is_an_error_that_stays),
    TEST(tables_are_nested_100_deep_at_most),
    TEST(a_keeper_packs_its_values),
    TEST(memory_may_fail_at_any_point),
};

int main(int argc, char **argv) {
  return test_main(argc, argv, tests, COUNT(tests));
}
