/* unpack_test - packed values read, walked through, and damaged */
#include "ipc/unpack.h"

#include "describe.h"

typedef struct row {
  const char *bytes;
  size_t length;
} row;

#define ROW(bytes) \
  { (bytes), sizeof(bytes) - 1 }

/* { id = 7, tags = { "a", { } }, pos = { x = 1.5 } } */
static const char nested[] = "\x83\xa2id\x07\xa4tags\x92\xa1"
                             "a\x90\xa3pos\x81\xa1x\xcb\x3f\xf8\0\0\0\0\0\0";

static void a_reader_goes_in_and_out_and_past(void) {
  world_open(&w);
  ax_value v = packed(nested, sizeof nested - 1);
  ax_reader r;
  ax_item key, item;
  ax_reader_init(&r, &v);
  check_int(ax_reader_leave(&r), AX_EINVAL);
  check_int(ax_reader_enter(&r), AX_EINVAL);
  check_int(ax_reader_next(&r, &key, &item), AX_OK);
  check_int(ax_reader_enter(&r), AX_EINVAL); /* a number */
  check_int(ax_reader_next(&r, &key, &item), AX_OK);
  check_int(item.type, AX_TABLE);
  check_int(item.length, 2);
  check_int(ax_reader_enter(&r), AX_OK);
  check_int(ax_reader_next(&r, &key, &item), AX_OK);
  check_int(ax_reader_leave(&r), AX_OK); /* with one to come */
  check_int(ax_reader_next(&r, &key, &item), AX_OK);
  check(key.length == 3 && memcmp(key.u.string, "pos", 3) == 0);
  check_int(ax_reader_next(&r, &key, &item), AX_ENOENT); /* past it */
  check_int(ax_reader_next(&r, &key, &item), AX_ENOENT);
  ax_value_clear(&v);
  world_close(&w);
}

static void all_forms_of_numbers_are_read(void) {
  world_open(&w);
  check_int(packed("\xd1\x00\x05", 3).u.integer, 5);
  check_int(packed("\xd3\0\0\0\0\0\0\0\x05", 9).u.integer, 5);
  check(packed("\xca\x3f\xc0\x00\x00", 5).u.number == 1.5);
  check(packed("\xcb\x3f\xf8\0\0\0\0\0\0", 9).u.number == 1.5);
  ax_value big = packed("\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9);
  check_int(big.type, AX_NUMBER); /* more than an integer holds */
  check(big.u.number == 18446744073709551615.0);
  world_close(&w);
}

/* ----------------------------------------------------------------- damage */

static const row damaged[] = {
    ROW(""),
    ROW("\xc1"),
    ROW("\xd4\x01\x02"),                     /* an extension */
    ROW("\xc7\x00\x01"),                     /* another */
    ROW("\x01\x02"),                         /* two values */
    ROW("\x81\xc0\x01"),                     /* null as a key */
    ROW("\x81\x90\x01"),                     /* a table as a key */
    ROW("\x81\xcb\x7f\xf8\0\0\0\0\0\0\x01"), /* NaN as a key */
    ROW("\xdd\xff\xff\xff\xff\x01"),         /* not that many */
    ROW("\xdf\x80\x00\x00\x00\x01\x01"),
    ROW("\xdb\xff\xff\xff\xff"),
};

static void damaged_bytes_are_refused(void) {
  world_open(&w);
  ax_value v = ax_nil();
  for (size_t i = 0; i < COUNT(damaged); i++)
    check_int(ax_pack_import(w.k, damaged[i].bytes, damaged[i].length, &v),
              AX_EINVAL);
  for (size_t n = 0; n < sizeof nested - 1; n++)
    check_int(ax_pack_import(w.k, nested, n, &v), AX_EINVAL);
  check_int(v.type, AX_NIL);
  world_close(&w);
}

/* ------------------------------------------------------------------- walks */

/* Walks through bytes that nobody has checked, into a pack. */
static int walk(const void *data, size_t length, ax_value *out) {
  ax__unpack u;
  ax_pack *p = NULL;
  if (!check_int(ax_pack_new(w.k, &p), AX_OK)) exit(1);
  ax__unpack_init(&u, data, length);
  int rc = ax_walk(NULL, &u.source, ax_pack_sink(p), &fault);
  if (rc == AX_OK) return ax_pack_end(p, out);
  ax_pack_free(p);
  return rc;
}

static void a_walk_packs_what_it_unpacks(void) {
  world_open(&w);
  ax_value v = ax_nil();
  size_t n = 0;
  check_int(walk(nested, sizeof nested - 1, &v), AX_OK);
  const char *bytes = ax_value_bytes(&v, &n);
  check(n == sizeof nested - 1 && memcmp(bytes, nested, n) == 0);
  ax_value_clear(&v);
  world_close(&w);
}

/* In memory of its own, so that a sanitizer sees the end. */
static void a_walk_of_damaged_bytes_is_an_error(void) {
  world_open(&w);
  ax_value v = ax_nil();
  for (size_t n = 0; n < sizeof nested - 1; n++) {
    char *cut = malloc(n + 1);
    if (cut == NULL) exit(1);
    memcpy(cut, nested, n);
    check_int(walk(cut, n, &v), AX_EINVAL);
    free(cut);
  }
  check_int(v.type, AX_NIL);
  world_close(&w);
}

/* Every byte of it set to every value: an answer, and no crash. */
static void a_walk_of_any_bytes_ends(void) {
  world_open(&w);
  begin();
  ax_schema *s = compile(describe_job());
  char bytes[sizeof nested - 1];
  for (size_t i = 0; i < sizeof bytes * 256; i++) {
    ax__unpack u;
    ax_value v = ax_nil();
    memcpy(bytes, nested, sizeof bytes);
    bytes[i / 256] = (char)(i % 256);
    if (walk(bytes, sizeof bytes, &v) == AX_OK) ax_value_clear(&v);
    ax__unpack_init(&u, bytes, sizeof bytes);
    int rc = ax_walk(s, &u.source, NULL, &fault);
    check(rc == AX_EPROTO || rc == AX_EINVAL);
  }
  ax_schema_unref(s);
  world_close(&w);
}

static const test tests[] = {
    TEST(a_reader_goes_in_and_out_and_past),
    TEST(all_forms_of_numbers_are_read),
    TEST(damaged_bytes_are_refused),
    TEST(a_walk_packs_what_it_unpacks),
    TEST(a_walk_of_damaged_bytes_is_an_error),
    TEST(a_walk_of_any_bytes_ends),
};

int main(int argc, char **argv) {
  return test_main(argc, argv, tests, COUNT(tests));
}
