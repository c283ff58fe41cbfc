/* slab_test - small blocks, cut from large ones */
#include "base/slab.h"

#include "mem.h"

enum { N = 5000 };

static mem memory;
static ax_allocator hook;
static ax_slab slab;

static void setup(void) {
  mem_init(&memory);
  hook = mem_allocator(&memory);
  memset(&slab, 0, sizeof slab);
}

static void teardown(void) {
  ax_slab_fini(&slab, &hook);
  mem_check_empty(&memory);
}

static void *get(size_t size) { return ax_slab_get(&slab, &hook, size); }

static size_t size_of(int i) { return (size_t)(i * 7919 % AX_SLAB_MAX) + 1; }

static void blocks_are_apart_and_aligned(void) {
  static unsigned char *blocks[N];
  setup();
  for (int i = 0; i < N; i++) {
    blocks[i] = get(size_of(i));
    if (!check(blocks[i] != NULL)) return;
    check_int((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
    memset(blocks[i], i, size_of(i));
  }
  for (int i = 0; i < N; i++)
    for (size_t j = 0; j < size_of(i); j++)
      if (blocks[i][j] != (unsigned char)i) check_int(blocks[i][j], i);
  teardown();
}

static void what_was_put_back_is_used_again(void) {
  setup();
  void *a = get(100), *b = get(100);
  ax_slab_put(&slab, a, 100);
  ax_slab_put(&slab, b, 100);
  check(get(24) != a);
  check(get(100) == b); /* the youngest is the warmest */
  check(get(112) == a); /* the same after rounding */
  check(get(100) != a);
  teardown();
}

static void a_large_block_for_many_small_ones(void) {
  setup();
  for (int i = 0; i < N; i++) check(get(64) != NULL);
  size_t wanted = (size_t)N * 64;
  check(memory.blocks < 12);
  check(memory.bytes >= wanted && memory.bytes < 3 * wanted);
  size_t bytes = memory.bytes;
  void *block = get(64);
  for (int i = 0; i < N; i++) {
    ax_slab_put(&slab, block, 64);
    check(get(64) == block);
  }
  check_int(memory.bytes, bytes);
  teardown();
}

/* What is too little for the next block serves smaller ones. */
static void the_rest_of_a_large_block_is_not_lost(void) {
  setup();
  char *a = get(400);
  check(get(512) == a + 400);
  check_int(memory.blocks, 1);
  check(get(200) != NULL);
  check_int(memory.blocks, 2);
  check(get(32) == a + 400 + 512);
  teardown();
}

static void short_of_memory_it_asks_for_less(void) {
  setup();
  for (int i = 0; i < N; i++) get(512);
  size_t asked = memory.asked;
  while (memory.asked == asked) get(512);
  asked = memory.asked; /* a large block has just begun */
  memory.fail = asked + 1;
  while (memory.failed == 0) check(get(512) != NULL);
  check_int(memory.asked, asked + 2); /* once, and for half of it */
  teardown();
}

static void without_memory_nothing_changes(void) {
  setup();
  void *a = get(16);
  memory.fail = 1;
  memory.always = true;
  int n = 0;
  while (get(500) != NULL) n++;
  check(n <= 2);
  size_t bytes = memory.bytes;
  check(get(500) == NULL);
  check_int(memory.bytes, bytes);
  ax_slab_put(&slab, a, 16);
  check(get(10) == a);
  memory.fail = 0;
  check(get(500) != NULL);
  teardown();
}

static void after_its_end_it_may_go_on(void) {
  setup();
  ax_slab_fini(&slab, &hook);
  check(get(8) != NULL);
  ax_slab_fini(&slab, &hook);
  mem_check_empty(&memory);
  check(get(8) != NULL);
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(blocks_are_apart_and_aligned),
      TEST(what_was_put_back_is_used_again),
      TEST(a_large_block_for_many_small_ones),
      TEST(the_rest_of_a_large_block_is_not_lost),
      TEST(short_of_memory_it_asks_for_less),
      TEST(without_memory_nothing_changes),
      TEST(after_its_end_it_may_go_on),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
