/* bytes_test - shared byte strings, growing ones, and values */
#include "base/bytes.h"

#include "base/value.h"
#include "mem.h"

static mem memory;
static ax_mem m;

static void setup(void) {
  mem_init(&memory);
  memset(&m, 0, sizeof m);
  m.hook = mem_allocator(&memory);
}

static void teardown(void) {
  mem_check_empty(&memory);
  check_int(m.blocks, 0);
  check_int(m.bytes, 0);
}

static void bytes_are_a_copy_with_zeros_and_all(void) {
  setup();
  char data[] = "a\0b\xff";
  ax_bytes *b = ax_bytes_new(&m, data, 4);
  if (!check(b != NULL)) return;
  data[0] = 'x';
  check_int(b->length, 4);
  check(memcmp(b->data, "a\0b\xff", 4) == 0);
  ax_bytes_unref(b);
  teardown();
}

static void no_bytes_are_bytes_too(void) {
  setup();
  ax_bytes *b = ax_bytes_new(&m, NULL, 0);
  if (!check(b != NULL)) return;
  check_int(b->length, 0);
  ax_bytes_unref(b);
  teardown();
}

static void the_last_reference_frees(void) {
  setup();
  ax_bytes *b = ax_bytes_new(&m, "abc", 3);
  check(ax_bytes_ref(b) == b);
  ax_bytes_unref(b);
  check_int(m.blocks, 1);
  check(memcmp(b->data, "abc", 3) == 0);
  ax_bytes_unref(b);
  teardown();
}

static void a_length_that_overflows_is_out_of_memory(void) {
  setup();
  check(ax_bytes_new(&m, "abc", SIZE_MAX) == NULL);
  check(ax_bytes_new(&m, "abc", SIZE_MAX - 7) == NULL);
  check(ax_bytes_new(&m, "abc", SIZE_MAX - sizeof(ax_bytes)) == NULL);
  check(ax_bytes_new(&m, "abc", SIZE_MAX - sizeof(ax_bytes) + 1) == NULL);
  memory.fail = memory.asked + 1;
  check(ax_bytes_new(&m, "abc", 3) == NULL);
  teardown();
}

static void a_buffer_appends(void) {
  setup();
  ax_buffer b;
  ax_buffer_init(&b, &m);
  check_int(m.blocks, 0);
  for (int i = 0; i < 1000; i++)
    check_int(ax_buffer_add(&b, "0123456789", (size_t)(i % 11)), AX_OK);
  check_int(b.length, 1000 / 11 * 55 + 45);
  size_t at = 0;
  for (int i = 0; i < 1000; i++) {
    check(memcmp(b.data + at, "0123456789", (size_t)(i % 11)) == 0);
    at += (size_t)(i % 11);
  }
  ax_buffer_fini(&b);
  teardown();
}

static void an_empty_buffer_is_fine(void) {
  setup();
  ax_buffer b;
  ax_buffer_init(&b, &m);
  check_int(ax_buffer_add(&b, NULL, 0), AX_OK);
  check_int(b.length, 0);
  ax_bytes *bytes = ax_buffer_bytes(&b);
  check(bytes != NULL && bytes->length == 0);
  if (bytes != NULL) ax_bytes_unref(bytes);
  ax_buffer_fini(&b);
  teardown();
}

static void bytes_of_a_buffer_are_a_copy(void) {
  setup();
  ax_buffer b;
  ax_buffer_init(&b, &m);
  check_int(ax_buffer_add(&b, "abc", 3), AX_OK);
  ax_bytes *bytes = ax_buffer_bytes(&b);
  check_int(ax_buffer_add(&b, "def", 3), AX_OK);
  check(bytes->length == 3 && memcmp(bytes->data, "abc", 3) == 0);
  check(b.length == 6 && memcmp(b.data, "abcdef", 6) == 0);
  ax_buffer_fini(&b);
  check(memcmp(bytes->data, "abc", 3) == 0);
  ax_bytes_unref(bytes);
  teardown();
}

static void a_buffer_without_memory_stays_as_it_was(void) {
  setup();
  ax_buffer b;
  ax_buffer_init(&b, &m);
  memory.always = true;
  memory.fail = 1;
  check_int(ax_buffer_add(&b, "abc", 3), AX_ENOMEM);
  check_int(b.length, 0);
  memory.fail = 0;
  check_int(ax_buffer_add(&b, "abc", 3), AX_OK);
  memory.fail = 1;
  char big[5000] = {0};
  check_int(ax_buffer_add(&b, big, sizeof big), AX_ENOMEM);
  check(ax_buffer_bytes(&b) == NULL);
  check(b.length == 3 && memcmp(b.data, "abc", 3) == 0);
  memory.fail = 0;
  check_int(ax_buffer_add(&b, "abc", SIZE_MAX), AX_ENOMEM);
  check_int(ax_buffer_add(&b, "abc", SIZE_MAX - 3), AX_ENOMEM);
  check_int(ax_buffer_add(&b, "abc", SIZE_MAX / 2 + 1), AX_ENOMEM);
  check(b.length == 3 && memcmp(b.data, "abc", 3) == 0);
  ax_buffer_fini(&b);
  teardown();
}

/* ---------------------------------------------------------------- values */

typedef struct keeper {
  ax_keeper base;
  int released;
  uint32_t slot;
} keeper;

static void keeper_release(ax_keeper *k, uint32_t slot) {
  keeper *self = (keeper *)k;
  self->released++;
  self->slot = slot;
}

static void a_value_is_sixteen_bytes(void) {
  check_int(sizeof(ax_value), 16);
}

static void plain_values_own_nothing(void) {
  ax_value all[] = {ax_nil(), ax_integer(INT64_MIN), ax_number(0.5),
                    ax_boolean(true)};
  check_int(all[0].type, AX_NIL);
  check(all[1].type == AX_INTEGER && all[1].u.integer == INT64_MIN);
  check(all[2].type == AX_NUMBER && all[2].u.number == 0.5);
  check(all[3].type == AX_BOOLEAN && all[3].u.boolean);
  for (size_t i = 0; i < COUNT(all); i++) {
    ax_value_clear(&all[i]);
    check_int(all[i].type, AX_NIL);
    ax_value_clear(&all[i]);
  }
}

static void clearing_lets_go_once(void) {
  setup();
  const uint8_t types[] = {AX_STRING, AX_TABLE};
  for (size_t i = 0; i < COUNT(types); i++) {
    ax_value v = ax_nil();
    v.type = types[i];
    v.u.bytes = ax_bytes_new(&m, "a\0b", 3);
    size_t length = 0;
    const char *data = ax_value_bytes(&v, &length);
    check(length == 3 && memcmp(data, "a\0b", 3) == 0);
    ax_value_clear(&v);
    check_int(v.type, AX_NIL);
    ax_value_clear(&v);
    teardown();
  }
}

static void a_foreign_value_is_released_by_its_keeper(void) {
  keeper k = {{keeper_release, NULL}, 0, 0};
  ax_value v = {AX_FOREIGN, 0, 77, {0}};
  v.u.keeper = &k.base;
  ax_value_clear(&v);
  check_int(k.released, 1);
  check_int(k.slot, 77);
  check_int(v.type, AX_NIL);
  ax_value_clear(&v);
  check_int(k.released, 1);
}

static void a_taken_value_has_one_owner(void) {
  ax_value v = ax_integer(5);
  ax_value w = ax__value_take(&v);
  check_int(v.type, AX_NIL);
  check(w.type == AX_INTEGER && w.u.integer == 5);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(bytes_are_a_copy_with_zeros_and_all),
      TEST(no_bytes_are_bytes_too),
      TEST(the_last_reference_frees),
      TEST(a_length_that_overflows_is_out_of_memory),
      TEST(a_buffer_appends),
      TEST(an_empty_buffer_is_fine),
      TEST(bytes_of_a_buffer_are_a_copy),
      TEST(a_buffer_without_memory_stays_as_it_was),
      TEST(a_value_is_sixteen_bytes),
      TEST(plain_values_own_nothing),
      TEST(clearing_lets_go_once),
      TEST(a_foreign_value_is_released_by_its_keeper),
      TEST(a_taken_value_has_one_owner),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
