/* heap_test - deadlines in order, against a model */
#include "base/heap.h"

#include "mem.h"

enum { NENTRIES = 300 };

typedef struct item {
  ax_heap_entry entry;
  uint64_t time;
  uint64_t turn; /* when it went in; 0: it is not in */
} item;

static mem memory;
static ax_mem m;
static ax_heap heap;
static item items[NENTRIES];
static uint64_t turn;

static void setup(void) {
  mem_init(&memory);
  memset(&m, 0, sizeof m);
  m.hook = mem_allocator(&memory);
  memset(&heap, 0, sizeof heap);
  memset(items, 0, sizeof items);
  turn = 0;
}

static void teardown(void) {
  ax_heap_fini(&heap, &m);
  mem_check_empty(&memory);
}

static void add(int i, uint64_t time) {
  items[i].time = time;
  items[i].turn = ++turn;
  check_int(ax_heap_add(&heap, &m, &items[i].entry, time), AX_OK);
  check(items[i].entry.place != 0);
}

static void take(int i) {
  items[i].turn = 0;
  ax_heap_remove(&heap, &items[i].entry);
  check_int(items[i].entry.place, 0);
}

/* The model: who should come out first, or -1. */
static int model_min(void) {
  int best = -1;
  for (int i = 0; i < NENTRIES; i++) {
    if (items[i].turn == 0) continue;
    if (best < 0 || items[i].time < items[best].time ||
        (items[i].time == items[best].time &&
         items[i].turn < items[best].turn))
      best = i;
  }
  return best;
}

/* The heap and the model agree on who is first.  Answers who. */
static int check_min(void) {
  uint64_t time = 12345;
  ax_heap_entry *e = ax_heap_min(&heap, &time);
  int best = model_min();
  if (best < 0) {
    check(e == NULL);
    return -1;
  }
  check(e == &items[best].entry);
  check(time == items[best].time);
  return best;
}

static void an_empty_heap_has_no_first(void) {
  setup();
  check_int(check_min(), -1);
  take(0); /* which is not in */
  check_int(heap.count, 0);
  teardown();
}

static void equal_times_come_out_as_they_went_in(void) {
  setup();
  for (int i = 0; i < NENTRIES; i++) add((i * 7) % NENTRIES, 5);
  for (int i = 0; i < NENTRIES; i++) {
    check_int(check_min(), (i * 7) % NENTRIES);
    take((i * 7) % NENTRIES);
  }
  check_int(check_min(), -1);
  teardown();
}

static void an_entry_that_went_in_again_is_the_last_of_its_time(void) {
  setup();
  for (int i = 0; i < 10; i++) add(i, 1);
  take(0);
  add(0, 1);
  for (int i = 1; i < 10; i++) {
    check_int(check_min(), i);
    take(i);
  }
  check_int(check_min(), 0);
  teardown();
}

static void the_ends_of_time_are_in_order(void) {
  setup();
  add(0, AX_NEVER);
  add(1, 0);
  add(2, AX_NEVER - 1);
  add(3, UINT64_C(1) << 63);
  const int order[] = {1, 3, 2, 0};
  for (int i = 0; i < 4; i++) {
    check_int(check_min(), order[i]);
    take(order[i]);
  }
  teardown();
}

/* Random adding and removing; the range of times says how many are equal. */
static void run_random(uint64_t seed, uint64_t range) {
  setup();
  for (int n = 0; n < 4000; n++) {
    int i = (int)test_random(&seed, NENTRIES);
    bool filling = n % 1000 < 500;
    if (items[i].turn == 0) {
      if (filling || test_random(&seed, 3) == 0)
        add(i, test_random(&seed, range));
    } else if (!filling || test_random(&seed, 3) == 0) {
      take(i);
    }
    int best = check_min();
    if (best >= 0 && test_random(&seed, 4) == 0) take(best);
  }
  for (int best; (best = check_min()) >= 0;) take(best);
  teardown();
}

static void random_work_matches_the_model(void) {
  const uint64_t ranges[] = {1, 2, 10, 1000, UINT64_MAX};
  for (uint64_t seed = 1; seed <= 4; seed++)
    for (size_t i = 0; i < COUNT(ranges); i++) run_random(seed, ranges[i]);
}

static void adding_without_memory_changes_nothing(void) {
  setup();
  memory.always = true;
  int in = 0;
  for (int i = 0; i < NENTRIES; i++) {
    memory.fail = memory.asked + 1;
    int rc = ax_heap_add(&heap, &m, &items[i].entry, 9);
    if (rc == AX_ENOMEM) {
      check_int(items[i].entry.place, 0);
      memory.fail = 0;
      rc = ax_heap_add(&heap, &m, &items[i].entry, 9);
    }
    check_int(rc, AX_OK);
    items[i].time = 9;
    items[i].turn = ++turn;
    check_int(heap.count, ++in);
  }
  check(memory.failed > 0);
  for (int i = 0; i < NENTRIES; i++) {
    check_int(check_min(), i);
    take(i);
  }
  teardown();
}

static void entries_still_in_are_forgotten(void) {
  setup();
  for (int i = 0; i < 50; i++) add(i, 50);
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(an_empty_heap_has_no_first),
      TEST(equal_times_come_out_as_they_went_in),
      TEST(an_entry_that_went_in_again_is_the_last_of_its_time),
      TEST(the_ends_of_time_are_in_order),
      TEST(random_work_matches_the_model),
      TEST(adding_without_memory_changes_nothing),
      TEST(entries_still_in_are_forgotten),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
