/* alloc_test - counted memory, and the allocator of the C library */
#include "base/alloc.h"

#include "mem.h"

static mem memory;
static ax_mem m;

static void setup(void) {
  mem_init(&memory);
  memset(&m, 0, sizeof m);
  m.hook = mem_allocator(&memory);
}

/* The counts are those of the allocator below. */
static void check_counts(size_t blocks, size_t bytes) {
  check_int(m.blocks, blocks);
  check_int(m.bytes, bytes);
  check_int(memory.blocks, blocks);
  check_int(memory.bytes, bytes);
}

static void blocks_and_bytes_are_counted(void) {
  setup();
  void *a = ax__alloc(&m, 10);
  check_counts(1, 10);
  void *b = ax__alloc(&m, 1);
  check_counts(2, 11);
  ax__free(&m, a, 10);
  check_counts(1, 1);
  ax__free(&m, b, 1);
  check_counts(0, 0);
}

static void cleared_memory_is_zero(void) {
  setup();
  unsigned char *a = ax__alloc_zero(&m, 100);
  if (!check(a != NULL)) return;
  for (int i = 0; i < 100; i++) check_int(a[i], 0);
  ax__free(&m, a, 100);
  check_counts(0, 0);
}

static void freeing_nothing_is_fine(void) {
  setup();
  ax__free(&m, NULL, 0);
  ax__free(&m, NULL, 7);
  ax__string_free(&m, NULL);
  check_counts(0, 0);
}

static void a_block_grows_and_shrinks_with_its_contents(void) {
  setup();
  char *a = ax__resize(&m, NULL, 0, 4);
  if (!check(a != NULL)) return;
  check_counts(1, 4);
  memcpy(a, "abc", 4);
  a = ax__resize(&m, a, 4, 1000);
  check_counts(1, 1000);
  check_str(a, "abc");
  a = ax__resize(&m, a, 1000, 2);
  check_counts(1, 2);
  check(a[0] == 'a' && a[1] == 'b');
  ax__free(&m, a, 2);
  check_counts(0, 0);
}

static void a_resize_without_memory_leaves_the_block(void) {
  setup();
  char *a = ax__alloc(&m, 4);
  memcpy(a, "abc", 4);
  memory.fail = 1;
  memory.always = true;
  check(ax__resize(&m, a, 4, 8) == NULL);
  check(ax__alloc(&m, 5) == NULL);
  check(ax__alloc_zero(&m, 5) == NULL);
  check(ax__resize(&m, NULL, 0, 5) == NULL);
  check(ax__string_copy(&m, "word") == NULL);
  check_str(a, "abc");
  check_counts(1, 4);
  ax__free(&m, a, 4);
  check_counts(0, 0);
}

static void strings_are_copied_with_their_end(void) {
  setup();
  char word[] = "word";
  char *copy = ax__string_copy(&m, word);
  char *empty = ax__string_copy(&m, "");
  word[0] = 'W';
  check_str(copy, "word");
  check_str(empty, "");
  check_counts(2, 5 + 1);
  ax__string_free(&m, copy);
  ax__string_free(&m, empty);
  check_counts(0, 0);
}

static void the_library_allocator_keeps_the_contract(void) {
  ax_allocator a = ax_allocator_libc();
  char *block = a.resize(a.ctx, NULL, 0, 4);
  if (!check(block != NULL)) return;
  memcpy(block, "abc", 4);
  char *more = a.resize(a.ctx, block, 4, 4000);
  check_str(more, "abc");
  check(a.resize(a.ctx, more, 4000, 0) == NULL);
  check(a.resize(a.ctx, NULL, 0, 0) == NULL);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(blocks_and_bytes_are_counted),
      TEST(cleared_memory_is_zero),
      TEST(freeing_nothing_is_fine),
      TEST(a_block_grows_and_shrinks_with_its_contents),
      TEST(a_resize_without_memory_leaves_the_block),
      TEST(strings_are_copied_with_their_end),
      TEST(the_library_allocator_keeps_the_contract),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
