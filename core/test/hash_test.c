/* hash_test - a hash against a plain array, with and without memory */
#include "base/hash.h"

#include "mem.h"
#include "test.h"

enum { KEYS = 3000 };

typedef struct thing {
  ax_hash_node node;
  bool in;
} thing;

static thing things[KEYS];
static mem memory;
static ax_mem m;
static ax_hash h;

static int64_t key_of(size_t i) {
  return i % 3 == 0   ? (int64_t)i
         : i % 3 == 1 ? -(int64_t)i
                      : (int64_t)((uint64_t)i << 40);
}

static void setup(void) {
  mem_init(&memory);
  memset(&m, 0, sizeof m);
  m.hook = mem_allocator(&memory);
  memset(things, 0, sizeof things);
  ax_hash_init(&h);
}

static void teardown(void) {
  ax_hash_fini(&h, &m);
  mem_check_empty(&memory);
  check_int(m.blocks, 0);
}

static void check_all(size_t count) {
  check_int(h.count, count);
  for (size_t i = 0; i < KEYS; i++) {
    ax_hash_node *want = things[i].in ? &things[i].node : NULL;
    check(ax_hash_find(&h, key_of(i)) == want);
  }
}

/* Adds and removes by chance; the memory fails from the nth on. */
static void churn(size_t fail) {
  setup();
  memory.fail = fail;
  memory.always = true;
  uint64_t seed = 11;
  size_t count = 0;
  for (size_t round = 0; round < 4 * KEYS; round++) {
    size_t i = (size_t)test_random(&seed, KEYS);
    if (things[i].in) {
      ax_hash_remove(&h, &things[i].node);
      count--;
    } else {
      ax_hash_add(&h, &m, &things[i].node, key_of(i));
      count++;
    }
    things[i].in = !things[i].in;
    if (round % 1000 == 0) check_all(count);
  }
  check_all(count);
  teardown();
}

static void what_is_in_is_found(void) { churn(0); }

static void without_memory_it_is_slower_but_right(void) {
  churn(1);
  churn(4);
  check(memory.failed > 0);
}

static void an_empty_one_has_no_memory(void) {
  setup();
  check(ax_hash_find(&h, 0) == NULL);
  ax_hash_add(&h, &m, &things[0].node, 7);
  check(ax_hash_find(&h, 7) == &things[0].node);
  check_int(memory.blocks, 0);
  ax_hash_remove(&h, &things[0].node);
  check(ax_hash_find(&h, 7) == NULL);
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(what_is_in_is_found),
      TEST(without_memory_it_is_slower_but_right),
      TEST(an_empty_one_has_no_memory),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
