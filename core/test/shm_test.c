/* shm_test - shared memory: a model, memory that fails, limits */
#include "segment.h"

/* ------------------------------------------------------------- the model */

/* Byte by byte: what is published; what each view shows, and what it showed
** when it was synced or refreshed last. */
static uint8_t published[SIZE], shown[VIEWS][SIZE], before[VIEWS][SIZE];
static uint64_t version, seen[VIEWS];

static void model_refresh(int v) {
  for (size_t i = 0; i < SIZE; i++) {
    if (shown[v][i] == before[v][i]) shown[v][i] = published[i];
    before[v][i] = published[i];
  }
  seen[v] = version;
}

/* How many bytes replace those of others. */
static size_t model_sync(int v) {
  size_t replaced = 0, changed = 0;
  for (size_t i = 0; i < SIZE; i++) {
    if (shown[v][i] == before[v][i]) continue;
    replaced += published[i] != before[v][i] && published[i] != shown[v][i];
    published[i] = before[v][i] = shown[v][i];
    changed++;
  }
  if (changed == 0) return 0;
  if (seen[v] == version) seen[v]++;
  version++;
  return replaced;
}

static void check_view(int v) {
  static uint8_t bytes[SIZE];
  check_int(ax_region_read(view[v], 0, bytes, SIZE), AX_OK);
  check(memcmp(bytes, shown[v], SIZE) == 0);
  check_int(ax_region_version(view[v]), seen[v]);
  check_int(ax_shm_version(segment), version);
}

/* A few bytes, with few values, so that some are written as they are. */
static void step_write(uint64_t *seed, int v) {
  uint8_t bytes[AX_SHM_PAGE + 200];
  bool large = test_random(seed, 6) == 0;
  size_t size = (size_t)test_random(seed, large ? sizeof bytes : 24);
  size_t offset = (size_t)test_random(seed, SIZE - size + 1);
  for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)test_random(seed, 3);
  check_int(ax_region_write(view[v], offset, bytes, size), AX_OK);
  memcpy(shown[v] + offset, bytes, size);
}

static void step_attach(int v) {
  if (view[v] != NULL) ax_unref(view[v]);
  attach(v, 0);
  memcpy(shown[v], published, SIZE);
  memcpy(before[v], published, SIZE);
  seen[v] = version;
}

/* Past the views: it is published at once. */
static void step_direct(uint64_t *seed) {
  ax_object *direct;
  uint8_t bytes[20];
  size_t offset = (size_t)test_random(seed, SIZE - sizeof bytes);
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)test_random(seed, 3);
  check_int(ax_shm_attach(segment, AX_SHM_DIRECT, &direct), AX_OK);
  check_int(ax_region_write(direct, offset, bytes, sizeof bytes), AX_OK);
  memcpy(published + offset, bytes, sizeof bytes);
  version++;
  check_int(ax_region_read(direct, 0, bytes, sizeof bytes), AX_OK);
  check(memcmp(bytes, published, sizeof bytes) == 0);
  ax_unref(direct);
}

static void model_step(uint64_t *seed) {
  int v = (int)test_random(seed, VIEWS);
  size_t replaced = 0;
  switch (test_random(seed, 12)) {
    case 0: step_attach(v); break;
    case 1: step_direct(seed); break;
    case 2:
    case 3:
      refresh(v);
      model_refresh(v);
      break;
    case 4:
    case 5:
    case 6:
      check_int(ax_region_sync(view[v], &replaced), AX_OK);
      check_int(replaced, model_sync(v));
      break;
    default: step_write(seed, v); break;
  }
  check_view(v);
}

static void it_does_what_plain_bytes_do(void) {
  for (uint64_t seed = 1; seed <= 20; seed++) {
    uint64_t state = seed;
    setup();
    memset(published, 0, sizeof published);
    version = 0;
    for (int v = 0; v < VIEWS; v++) step_attach(v);
    for (int n = 0; n < 1000; n++) model_step(&state);
    for (int v = 0; v < VIEWS; v++) check_view(v);
    teardown();
  }
}

/* --------------------------------------------------------- what it costs */

static void pages_are_kept_only_while_somebody_sees_them(void) {
  setup();
  for (int v = 0; v < VIEWS; v++) attach(v, 0);
  put(0, 0, "first");
  sync(0);
  for (int v = 2; v < VIEWS; v++) refresh(v); /* 1 stays behind */
  size_t blocks = 0;
  for (int n = 0; n < 100; n++) {
    char text[16];
    snprintf(text, sizeof text, "number %d", n);
    put(0, 0, text);
    sync(0);
    refresh(2 + n % 3);
    if (n == 10) blocks = world_stats(&w).blocks;
  }
  for (int n = 0; n < 100; n++) { /* nobody sees what comes in between */
    put(0, 0, n % 2 == 0 ? "number 00" : "number 99");
    sync(0);
    if (n == 10) blocks = world_stats(&w).blocks;
  }
  check_int(world_stats(&w).blocks, blocks);
  check_str(get(1, 0, 5), "");
  check_str(get(0, 0, 9), "number 99");
  refresh(1);
  check_str(get(1, 0, 9), "number 99");
  teardown();
}

static void a_large_segment_takes_no_memory(void) {
  ax_object *large, *region;
  setup();
  size_t bytes = world_stats(&w).bytes;
  check_int(ax_shm_get(w.k, 0, AX_SHM_MAX, 0600, &large), AX_OK);
  check_int(ax_shm_attach(large, 0, &region), AX_OK);
  check_int(ax_region_write(region, AX_SHM_MAX - 3, "end", 3), AX_OK);
  check_int(ax_region_sync(region, NULL), AX_OK);
  check_int(ax_region_refresh(region), AX_OK);
  check(world_stats(&w).bytes - bytes < 4 * AX_SHM_PAGE);
  check_int(ax_shm_remove(large), AX_OK);
  ax_unref(large);
  ax_unref(region);
  teardown();
}

/* --------------------------------------------------------- failing memory */

/* The n-th allocation from now on fails. */
static void fail_after(size_t n) { w.memory.fail = w.memory.asked + n; }

/* A story in which everything takes memory; false: a call got none, and it
** left everything as it was. */
static int story(void) {
  static const uint8_t long_bytes[2 * AX_SHM_PAGE] = {1, 2, 3};
  int rc = ax_shm_attach(segment, 0, &view[0]);
  if (rc == AX_OK) rc = ax_shm_attach(segment, 0, &view[1]);
  if (rc == AX_OK) rc = ax_shm_attach(segment, AX_SHM_DIRECT, &view[2]);
  if (rc != AX_OK) return rc;
  rc = ax_region_write(view[0], 100, long_bytes, sizeof long_bytes);
  if (rc != AX_OK) check_str(get(0, 100, 3), "");
  if (rc == AX_OK) rc = put(1, 4000, "abc");
  if (rc == AX_OK) rc = put(1, 9000, "xyz");
  if (rc == AX_OK) rc = ax_region_sync(view[0], NULL);
  if (rc != AX_OK) return rc;
  uint64_t number = ax_shm_version(segment);
  rc = ax_region_sync(view[1], NULL); /* of two pages: both or none */
  if (rc != AX_OK) {
    check_int(ax_shm_version(segment), number);
    check_str(get(2, 4000, 3), "");
    check_str(get(2, 9000, 3), "");
    check_str(get(1, 9000, 3), "xyz");
    rc = ax_region_sync(view[1], NULL);
  }
  check_int(rc, AX_OK);
  check_str(get(2, 4000, 3), "abc");
  check_str(get(2, 9000, 3), "xyz");
  rc = put(2, 9001, "Y");
  check_str(get(2, 9000, 3), rc == AX_OK ? "xYz" : "xyz");
  check_str(get(1, 9000, 3), "xyz");
  return rc;
}

static void whatever_fails_changes_nothing(void) {
  size_t n = 0, failed = 0;
  for (bool failing = true; failing && n < 200; n++) {
    setup();
    fail_after(n + 1);
    (void)story();
    failing = w.memory.failed > 0;
    failed += failing;
    w.memory.fail = 0;
    teardown();
  }
  check(failed > 8 && n < 200);
}

static void a_segment_or_a_number_that_gets_no_memory_is_not_there(void) {
  for (size_t n = 1; n < 12; n++) {
    ax_object *other = NULL;
    int number = 0;
    setup();
    fail_after(n);
    int rc = ax_shm_get(w.k, 5, 100, AX_IPC_CREAT | 0600, &other);
    if (rc == AX_OK) rc = ax_shm_attach(other, 0, &view[0]);
    if (rc == AX_OK) {
      rc = ax_region_hold(view[0], &number);
      if (rc == AX_OK) view[0] = NULL;
    }
    check_int(rc, w.memory.failed > 0 ? AX_ENOMEM : AX_OK);
    w.memory.fail = 0;
    if (number != 0) check_int(ax_region_detach(w.k, number), AX_OK);
    if (other != NULL) {
      check_int(ax_shm_remove(other), AX_OK);
      ax_unref(other);
    }
    teardown();
  }
}

/* ----------------------------------------------------------------- limits */

static void nothing_is_read_or_written_outside(void) {
  char c = 0;
  void *p;
  const void *q;
  size_t n = 10;
  uint64_t old;
  setup();
  attach(0, 0);
  attach(1, AX_SHM_DIRECT);
  static const size_t bad[][2] = {{SIZE, 1},     {SIZE + 1, 0},
                                  {0, SIZE + 1}, {SIZE_MAX, 1},
                                  {1, SIZE_MAX}, {SIZE_MAX, SIZE_MAX}};
  for (size_t i = 0; i < COUNT(bad); i++) {
    check_int(ax_region_read(view[0], bad[i][0], &c, bad[i][1]), AX_EFAULT);
    check_int(ax_region_write(view[0], bad[i][0], &c, bad[i][1]), AX_EFAULT);
  }
  check_int(ax_region_read(view[0], SIZE, &c, 0), AX_OK);
  check_int(ax_region_write(view[0], SIZE, &c, 0), AX_OK);
  check_int(ax_region_pointer(view[1], SIZE, &n, &p), AX_EFAULT);
  check_int(ax_region_peek(view[1], SIZE, &n, &q), AX_EFAULT);
  check_int(ax_region_add(view[1], SIZE - SIZE % 8, 8, 1, &old), AX_EFAULT);
  check_int(ax_region_add(view[1], 4, 8, 1, &old), AX_EINVAL);
  check_int(ax_region_add(view[1], 0, 3, 1, &old), AX_EINVAL);
  check_int(ax_region_add(view[0], 0, 8, 1, &old), AX_ENOTSUP);
  check_int(ax_shm_version(segment), 0);
  teardown();
}

static void a_region_to_be_read_is_not_written(void) {
  void *p;
  size_t n = 1;
  setup();
  attach(0, AX_SHM_RDONLY);
  check_int(put(0, 0, "x"), AX_EACCES);
  check_int(ax_region_pointer(view[0], 0, &n, &p), AX_EACCES);
  check_int(ax_region_sync(view[0], NULL), AX_EACCES);
  check_int(ax_region_refresh(view[0]), AX_OK);
  teardown();
}

static void quotas_and_the_systems_limits_hold(void) {
  ax_object *o, *big;
  ax_quota quota = {.segments = 2, .shared = 2 * SIZE}, each = {0};
  setup();
  ax_kernel_set_quota(w.k, &quota, &each);
  check_int(ax_shm_get(w.k, 0, SIZE + 1, 0600, &o), AX_EDQUOT);
  check_int(ax_shm_get(w.k, 0, SIZE, 0600, &o), AX_OK);
  check_int(ax_shm_get(w.k, 0, 1, 0600, &big), AX_EDQUOT);
  check_int(ax_shm_remove(o), AX_OK);
  ax_unref(o);
  quota.segments = quota.shared = 0;
  ax_kernel_set_quota(w.k, &quota, &each);
  check_int(ax_shm_get(w.k, 0, 0, 0600, &o), AX_EINVAL);
  check_int(ax_shm_get(w.k, 0, AX_SHM_MAX + 1, 0600, &o), AX_EINVAL);
  check_int(ax_shm_get(w.k, 0, AX_SHM_MAX, 0600, &big), AX_OK);
  check_int(ax_shm_get(w.k, 0, AX_SHM_MAX, 0600, &o), AX_ENOSPC);
  check_int(ax_shm_remove(big), AX_OK);
  ax_unref(big);
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(it_does_what_plain_bytes_do),
      TEST(pages_are_kept_only_while_somebody_sees_them),
      TEST(a_large_segment_takes_no_memory),
      TEST(whatever_fails_changes_nothing),
      TEST(a_segment_or_a_number_that_gets_no_memory_is_not_there),
      TEST(nothing_is_read_or_written_outside),
      TEST(a_region_to_be_read_is_not_written),
      TEST(quotas_and_the_systems_limits_hold),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
