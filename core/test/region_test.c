/* region_test - regions: who holds them, who waits for a sync, words */
#include "segment.h"

/* -------------------------------------------------------- life and death */

static void the_last_detach_frees_what_was_removed(void) {
  setup();
  attach(0, 0);
  attach(1, 0);
  put(0, 0, "still here");
  check_int(ax_shm_remove(segment), AX_OK);
  sync(0);
  refresh(1);
  check_str(get(1, 0, 10), "still here");
  check_int(ax_shm_attach(segment, 0, &view[2]), AX_EIDRM);
  check_int(ax_shm_remove(segment), AX_EIDRM);
  check_int(world_stats(&w).segments, 1);
  ax_unref(view[0]);
  check_int(world_stats(&w).shared, SIZE);
  ax_unref(view[1]);
  check_int(world_stats(&w).shared, 0); /* whatever references there are */
  check_int(ax_shm_size(segment), SIZE);
  ax_unref(segment);
  check_int(world_stats(&w).objects, 1);
  world_close(&w);
}

static int numbers[2];

static void hold_two(actor *a) {
  (void)a;
  for (int i = 0; i < 2; i++) {
    ax_object *region;
    int flags = i == 0 ? 0 : AX_SHM_RDONLY;
    check_int(ax_shm_attach(segment, flags, &region), AX_OK);
    check_int(ax_region_hold(region, &numbers[i]), AX_OK);
    check_int(ax_region_hold(region, &numbers[i]), AX_EBUSY);
  }
  ax_object *region = ax_region_find(w.k, numbers[0]);
  check_int(ax_region_write(region, 0, "x", 1), AX_OK);
  check_int(ax_shm_sync(segment), AX_OK);
  check_int(ax_shm_refresh(segment), AX_OK);
}

static void an_end_detaches(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, CALL(hold_two), SLEEP(AX_SECOND));
  SPAWN(&w, "k", AX_NORMAL, CALL(hold_two), SLEEP(AX_NEVER));
  (void)ax_step(w.k);
  check_int(look().nattach, 4);
  check(ax_region_find(w.k, numbers[0]) == NULL); /* not ours */
  check_int(ax_region_detach(w.k, numbers[0]), AX_EINVAL);
  check_int(ax_shm_sync(segment), AX_EINVAL);
  check_int(ax_kill(w.k, w.actors->pid, AX_SIGKILL), AX_OK);
  run();
  check_int(look().nattach, 0);
  check_int(world_stats(&w).handles, 0);
  check_log(&w, "k~ k. a!ETIMEDOUT a.");
  teardown();
}

static void the_host_may_outlive_the_kernel(void) {
  int number;
  setup();
  attach(0, 0);
  attach(1, AX_SHM_DIRECT);
  attach(2, 0);
  put(0, 0, "x");
  check_int(ax_region_hold(view[2], &number), AX_OK);
  world_free_kernel(&w);
  check_int(ax_shm_attach(segment, 0, &view[2]), AX_EIDRM);
  sync(0);
  check_str(get(1, 0, 1), "x");
  ax_unref(view[0]);
  ax_unref(segment);
  ax_unref(view[1]);
  world_close(&w);
}

/* ------------------------------------------------------------------ waits */

static void whoever_waits_hears_of_a_sync(void) {
  setup();
  attach(0, 0);
  attach(1, AX_SHM_RDONLY);
  attach(2, AX_SHM_DIRECT);
  SPAWN(&w, "a", AX_NORMAL, RECV(view[1]));
  SPAWN(&w, "b", AX_NORMAL, WAIT2(AX_NEVER, ARM(view[1]), ARM(view[2])));
  SPAWN(&w, "c", AX_NORMAL, WAIT1(5, ARM(view[1])));
  (void)ax_step(w.k);
  sync(0); /* nothing was changed */
  (void)ax_step(w.k);
  check_log(&w, "");
  put(0, 0, "x");
  (void)ax_step(w.k);
  check_log(&w, "");
  sync(0);
  run();
  check_log(&w, "a<1 a. b0<1 b. c<1 c.");
  SPAWN(&w, "d", AX_NORMAL, RECV(view[1]));          /* not refreshed yet */
  SPAWN(&w, "e", AX_NORMAL, WAIT1(5, ARM(view[0]))); /* its own */
  run();
  check_log(&w, "d<1 d. e!ETIMEDOUT e.");
  teardown();
}

static void a_direct_write_is_a_sync(void) {
  setup();
  attach(0, AX_SHM_RDONLY);
  attach(1, AX_SHM_DIRECT);
  SPAWN(&w, "a", AX_NORMAL, RECV(view[0]));
  (void)ax_step(w.k);
  put(1, 0, "x");
  run();
  check_log(&w, "a<1 a.");
  check_int(ax_region_version(view[1]), 1);
  teardown();
}

static void whose_region_closes_hears_so(void) {
  setup();
  attach(0, 0);
  attach(1, 0);
  SPAWN(&w, "a", AX_NORMAL, RECV(view[0]));
  SPAWN(&w, "b", AX_NORMAL, WAIT1(5, ARM(view[1])));
  (void)ax_step(w.k);
  ax_unref(view[0]);
  view[0] = NULL;
  run();
  check_log(&w, "a!EPIPE a. b!ETIMEDOUT b.");
  teardown();
}

/* ------------------------------------------------------------------ words */

#define AT(offset) ARM_SEND(ax_region_word(view[0], (offset)), (offset))
#define WAIT_AT(offset) WAIT1(AX_NEVER, AT(offset))

static size_t notify(size_t offset, size_t most) {
  size_t woken;
  check_int(ax_region_notify(view[0], offset, most, &woken), AX_OK);
  return woken;
}

static void a_notify_wakes_those_at_its_offset(void) {
  setup();
  attach(0, AX_SHM_DIRECT);
  SPAWN(&w, "a", AX_NORMAL, WAIT_AT(8));
  SPAWN(&w, "b", AX_NORMAL, WAIT_AT(8));
  SPAWN(&w, "c", AX_NORMAL, WAIT_AT(16));
  SPAWN(&w, "d", AX_NORMAL, WAIT2(AX_NEVER, AT(8), AT(16)));
  (void)ax_step(w.k);
  check_int(notify(0, 9), 0);
  check_int(notify(8, 1), 1);
  (void)ax_step(w.k);
  check_log(&w, "a<8 a.");
  check_int(notify(8, 9), 2);
  check_int(notify(16, 9), 1);
  run();
  check_log(&w, "b<8 b. d0<8 d. c<16 c.");
  teardown();
}

static void a_wake_of_the_dead_goes_to_the_next(void) {
  setup();
  attach(0, AX_SHM_DIRECT);
  actor *a = SPAWN(&w, "a", AX_NORMAL, WAIT_AT(8));
  SPAWN(&w, "b", AX_NORMAL, WAIT_AT(8));
  SPAWN(&w, "c", AX_NORMAL, WAIT1(5, AT(8)));
  (void)ax_step(w.k);
  check_int(notify(8, 1), 1);
  check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
  run();
  check_log(&w, "b<8 b. a~ a. c!ETIMEDOUT c.");
  teardown();
}

static void who_is_stopped_is_woken_last(void) {
  setup();
  attach(0, AX_SHM_DIRECT);
  actor *a = SPAWN(&w, "a", AX_NORMAL, WAIT_AT(8));
  SPAWN(&w, "b", AX_NORMAL, WAIT_AT(8));
  (void)ax_step(w.k);
  check_int(ax_kill(w.k, a->pid, AX_SIGSTOP), AX_OK);
  check_int(notify(8, 1), 1);
  (void)ax_step(w.k);
  check_log(&w, "b<8 b.");
  check_int(notify(8, 1), 1);
  (void)ax_step(w.k);
  check_log(&w, "");
  check_int(ax_kill(w.k, a->pid, AX_SIGCONT), AX_OK);
  run();
  check_log(&w, "a<8 a.");
  teardown();
}

static void words_change_in_one_go(void) {
  uint64_t old;
  setup();
  attach(0, AX_SHM_DIRECT);
  attach(1, 0);
  check_int(ax_region_add(view[0], 8, 1, 255, &old), AX_OK);
  check_int(old, 0);
  check_int(ax_region_add(view[0], 8, 1, 2, &old), AX_OK);
  check_int(old, 255);
  check_int(ax_region_add(view[0], 8, 8, UINT64_MAX, &old), AX_OK);
  check_int(old, 1);
  check_int(ax_region_swap(view[0], 8, 4, 7, 9, &old), AX_EAGAIN);
  check_int(old, 0);
  check_int(ax_region_swap(view[0], 8, 2, UINT64_C(0x70000), 9, &old), AX_OK);
  check_int(ax_region_add(view[0], 8, 4, 0, &old), AX_OK);
  check_int(old, 9);
  check_int(ax_shm_version(segment), 5);
  refresh(1);
  check_str(get(1, 8, 1), "\t");
  teardown();
}

static void a_pointer_is_the_bytes_themselves(void) {
  setup();
  void *p;
  const void *q;
  size_t n = SIZE;
  attach(0, AX_SHM_DIRECT);
  attach(1, 0);
  check_int(ax_region_pointer(view[0], 16, &n, &p), AX_OK);
  check_int(n, AX_SHM_PAGE - 16);
  check_int((uintptr_t)p % 16, 0);
  memcpy(p, "host", 4);
  check_str(get(0, 16, 4), "host");
  check_str(get(1, 16, 4), "");
  refresh(1);
  check_str(get(1, 16, 4), "host");
  n = SIZE;
  check_int(ax_region_pointer(view[0], SIZE - 4, &n, &p), AX_OK);
  check_int(n, 4);
  memcpy(p, "tail", 4);
  n = 100;
  check_int(ax_region_peek(view[0], SIZE - 4, &n, &q), AX_OK);
  check(n == 4 && memcmp(q, "tail", 4) == 0);
  check_str(get(1, SIZE - 4, 4), "");
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(the_last_detach_frees_what_was_removed),
      TEST(an_end_detaches),
      TEST(the_host_may_outlive_the_kernel),
      TEST(whoever_waits_hears_of_a_sync),
      TEST(a_direct_write_is_a_sync),
      TEST(whose_region_closes_hears_so),
      TEST(a_notify_wakes_those_at_its_offset),
      TEST(a_wake_of_the_dead_goes_to_the_next),
      TEST(who_is_stopped_is_woken_last),
      TEST(words_change_in_one_go),
      TEST(a_pointer_is_the_bytes_themselves),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
