/* table_test - the handle table: small numbers that do not come back soon */
#include "kernel/table.h"

#include "mem.h"

enum { NOBJECTS = 500 };

/* The table never looks into an object: any address will do. */
static char objects[NOBJECTS];

static mem memory;
static ax_mem m;
static ax_table t;

static void setup(void) {
  mem_init(&memory);
  memset(&m, 0, sizeof m);
  m.hook = mem_allocator(&memory);
  memset(&t, 0, sizeof t);
}

static void teardown(void) {
  ax_table_fini(&t, &m);
  mem_check_empty(&memory);
}

static ax_object *object(int i) { return (ax_object *)(void *)&objects[i]; }

static int add(int i) {
  int id = -1;
  check_int(ax_table_add(&t, &m, object(i), &id), AX_OK);
  check(ax_table_find(&t, id) == object(i));
  return id;
}

static void an_empty_table_finds_nothing(void) {
  setup();
  check(ax_table_find(&t, 0) == NULL);
  check(ax_table_find(&t, 1) == NULL);
  check(ax_table_find(&t, -1) == NULL);
  size_t at = 0;
  check(ax_table_each(&t, &at) == NULL);
  teardown();
}

static void numbers_begin_at_one_and_rise(void) {
  setup();
  for (int i = 0; i < NOBJECTS; i++) check_int(add(i), i + 1);
  for (int i = 0; i < NOBJECTS; i++)
    check(ax_table_find(&t, i + 1) == object(i));
  check_int(t.count, NOBJECTS);
  teardown();
}

static void strange_numbers_find_nothing(void) {
  setup();
  for (int i = 0; i < 9; i++) add(i);
  const int strange[] = {0,      -1,        10,        9 + 1024, 1 - 16,
                         1 + 16, INT32_MAX, INT32_MIN, AX_ID_MAX};
  for (size_t i = 0; i < COUNT(strange); i++)
    check(ax_table_find(&t, strange[i]) == NULL);
  teardown();
}

static void a_stale_number_finds_nothing(void) {
  setup();
  int stale[100];
  int keep = add(0);
  for (int i = 0; i < 100; i++) {
    stale[i] = add(1);
    check(i == 0 || stale[i] > stale[i - 1]);
    ax_table_remove(&t, stale[i]);
    for (int j = 0; j <= i; j++) check(ax_table_find(&t, stale[j]) == NULL);
  }
  check(ax_table_find(&t, keep) == object(0));
  check_int(t.count, 1);
  teardown();
}

static void a_taken_slot_is_skipped(void) {
  setup();
  int keep[4];
  for (int i = 0; i < 4; i++) keep[i] = add(i);
  int last = keep[3];
  for (int n = 0; n < 5000; n++) {
    int id = add(4);
    check(id > last);
    check(id - last <= 5); /* it skips the four and no more */
    last = id;
    ax_table_remove(&t, id);
    for (int i = 0; i < 4; i++)
      check(ax_table_find(&t, keep[i]) == object(i));
  }
  check(t.room <= 32); /* collisions do not make it grow */
  teardown();
}

/* Many that stay, and one slot that is used again and again: the numbers
** must not run away, for that is the time it takes. */
static void long_lived_numbers_cost_little(void) {
  setup();
  for (int i = 0; i < 400; i++) add(i);
  int first = add(400), last = first;
  ax_table_remove(&t, first);
  for (int n = 0; n < 10000; n++) {
    last = add(400);
    ax_table_remove(&t, last);
  }
  check(last - first < 10000 * 8);
  teardown();
}

static void numbers_begin_again_after_the_last(void) {
  setup();
  int keep = add(0);
  check_int(keep, 1);
  t.last = AX_ID_MAX - 2;
  int a = add(1), b = add(2), c = add(3);
  check(a > 1 && a <= AX_ID_MAX && b > 0 && b <= AX_ID_MAX);
  check(c > 0 && c <= AX_ID_MAX);
  check(a != b && b != c && a != c && a != keep && b != keep && c != keep);
  check(c < 100);
  check(ax_table_find(&t, keep) == object(0));
  check(ax_table_find(&t, a) == object(1));
  check(ax_table_find(&t, b) == object(2));
  check(ax_table_find(&t, c) == object(3));
  teardown();
}

static void the_last_number_is_given_out_in_an_empty_table(void) {
  setup();
  t.last = AX_ID_MAX;
  check_int(add(0), 1);
  t.last = AX_ID_MAX - 1;
  check_int(add(1), AX_ID_MAX);
  check_int(add(2), 2);
  teardown();
}

static void growing_across_the_wrap_keeps_everything(void) {
  setup();
  int ids[NOBJECTS];
  t.last = AX_ID_MAX - 100;
  for (int i = 0; i < NOBJECTS; i++) ids[i] = add(i);
  for (int i = 0; i < NOBJECTS; i++) {
    check(ids[i] > 0 && ids[i] <= AX_ID_MAX);
    check(ax_table_find(&t, ids[i]) == object(i));
  }
  check_int(t.count, NOBJECTS);
  teardown();
}

static void each_meets_every_object_once(void) {
  setup();
  uint64_t seed = 3;
  int ids[60];
  int in[60] = {0};
  for (int n = 0; n < 400; n++) {
    int i = (int)test_random(&seed, 60);
    if (in[i])
      ax_table_remove(&t, ids[i]);
    else
      ids[i] = add(i);
    in[i] = !in[i];
  }
  size_t at = 0;
  for (ax_object *o; (o = ax_table_each(&t, &at)) != NULL;)
    in[(char *)(void *)o - objects]--;
  for (int i = 0; i < 60; i++) check_int(in[i], 0);
  teardown();
}

static void objects_may_be_removed_meanwhile(void) {
  setup();
  int ids[60], met = 0;
  for (int i = 0; i < 60; i++) ids[i] = add(i);
  size_t at = 0;
  for (ax_object *o; (o = ax_table_each(&t, &at)) != NULL; met++)
    ax_table_remove(&t, ids[(char *)(void *)o - objects]);
  check_int(met, 60);
  check_int(t.count, 0);
  teardown();
}

/* Random adding and removing against an array of who has which number. */
static void random_work_matches_the_model(void) {
  setup();
  int ids[NOBJECTS] = {0};
  uint64_t seed = 11;
  t.last = AX_ID_MAX - 3000;
  size_t in = 0;
  for (int n = 0; n < 40000; n++) {
    int i = (int)test_random(&seed, n % 8000 < 4000 ? NOBJECTS : 20);
    if (ids[i] != 0) {
      check(ax_table_find(&t, ids[i]) == object(i));
      ax_table_remove(&t, ids[i]);
      check(ax_table_find(&t, ids[i]) == NULL);
      ids[i] = 0;
      in--;
    } else {
      ids[i] = add(i);
      in++;
      check(ids[i] > 0 && ids[i] <= AX_ID_MAX);
    }
    check_int(t.count, in);
  }
  for (int i = 0; i < NOBJECTS; i++)
    for (int j = 0; j < i; j++) check(ids[i] == 0 || ids[i] != ids[j]);
  teardown();
}

static void adding_without_memory_changes_nothing(void) {
  setup();
  memory.always = true;
  for (int i = 0; i < NOBJECTS; i++) {
    int id = -7;
    memory.fail = memory.asked + 1;
    int rc = ax_table_add(&t, &m, object(i), &id);
    if (rc == AX_OK) continue;
    check_int(rc, AX_ENOMEM);
    check_int(t.count, i);
    memory.fail = 0;
    check_int(ax_table_add(&t, &m, object(i), &id), AX_OK);
    check_int(id, i + 1);
  }
  check(memory.failed > 0);
  for (int i = 0; i < NOBJECTS; i++)
    check(ax_table_find(&t, i + 1) == object(i));
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(an_empty_table_finds_nothing),
      TEST(numbers_begin_at_one_and_rise),
      TEST(strange_numbers_find_nothing),
      TEST(a_stale_number_finds_nothing),
      TEST(a_taken_slot_is_skipped),
      TEST(long_lived_numbers_cost_little),
      TEST(numbers_begin_again_after_the_last),
      TEST(the_last_number_is_given_out_in_an_empty_table),
      TEST(growing_across_the_wrap_keeps_everything),
      TEST(each_meets_every_object_once),
      TEST(objects_may_be_removed_meanwhile),
      TEST(random_work_matches_the_model),
      TEST(adding_without_memory_changes_nothing),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
