/* poll_test - waiting for descriptors of the host */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "real.h"

/* ---------------------------------------------------------------- reading */

static void the_idle_kernel_sleeps_until_there_is_something(void) {
  setup_hooked();
  meanwhile = put_hello;
  SPAWN(&w, "a", AX_NORMAL, READS(reader), CALL(read_some));
  run();
  check_log(&w, "a> a=hello a.");
  check_int(npolls, 1);
  check(patience == AX_NEVER);
  teardown();
}

static void it_sleeps_no_longer_than_until_the_next_deadline(void) {
  setup_hooked();
  SPAWN(&w, "a", AX_NORMAL, WAIT1(70, ARM_READ(reader)));
  check_int(ax_step(w.k), 1);
  w.now = 20;
  check_int(ax_next_deadline(w.k), 70);
  check_int(npolls, 0);
  check_int(ax_step(w.k), 0); /* looks, and does not wait */
  check_int(npolls, 1);
  check_int(patience, 0);
  w.now = 70;
  run();
  check_log(&w, "a!ETIMEDOUT a.");
  teardown();
}

static void a_virtual_clock_jumps_if_nothing_is_there(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, WAIT1(50, ARM_READ(reader)), SLEEP(30),
        CALL(put_x));
  SPAWN(&w, "b", AX_NORMAL, SLEEP(60), READS(reader), CALL(read_some));
  run();
  check_log(&w, "a!ETIMEDOUT b!ETIMEDOUT a!ETIMEDOUT a. b> b=x b.");
  check_int(w.now, 80);
  teardown();
}

static void a_deadline_beside_a_real_clock_is_kept(void) {
  ax_config config;
  memset(&config, 0, sizeof config);
  config.clock = ax_clock_real();
  world_open_with(&w, &config);
  setup_files();
  uint64_t before = ax_now(w.k);
  SPAWN(&w, "a", AX_NORMAL, WAIT1(2000000, ARM_READ(reader)));
  run();
  check_log(&w, "a!ETIMEDOUT a.");
  check(ax_now(w.k) - before >= 2000000);
  teardown();
}

static int spins;

static void spin(actor *a) {
  if (++spins == 3000) a->at = a->nacts;
}

static void nobody_starves_the_host(void) {
  setup_hooked();
  spins = 0;
  SPAWN(&w, "s", AX_NORMAL, CALL(spin), YIELD, AGAIN);
  SPAWN(&w, "a", AX_NORMAL, READS(reader), CALL(read_some));
  check_int(ax_step(w.k), 2);
  put("x");
  run();
  check_log(&w, "a> a=x a. s.");
  check(npolls >= 1 && npolls <= 3000 / 100);
  teardown();
}

static void the_end_is_told_like_data(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, READS(reader), CALL(read_some), CALL(read_some));
  check_int(ax_step(w.k), 1);
  put("x");
  hang_up();
  run();
  check_log(&w, "a> a=x a=. a.");
  teardown();
}

static void a_descriptor_that_was_closed_is_an_error(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, READS(reader), CALL(read_some));
  check_int(ax_step(w.k), 1);
  close(in[0]);
  run();
  check_log(&w, "a> a=!EBADF a.");
  in[0] = -1;
  teardown();
}

/* ---------------------------------------------------------------- fairness */

static void those_who_read_are_told_one_by_one(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, READS(reader), CALL(read_one));
  SPAWN(&w, "b", AX_NORMAL, READS(reader), CALL(read_one));
  SPAWN(&w, "c", AX_NORMAL, READS(reader), CALL(read_one));
  check_int(ax_step(w.k), 3);
  put("xy");
  check_int(ax_step(w.k), 1); /* a; two bytes, but one reads at a time */
  check_int(ax_step(w.k), 1); /* b, of what was read ahead */
  check_int(ax_step(w.k), 0);
  put("z");
  run();
  check_log(&w, "a> a=x a. b> b=y b. c> c=z c.");
  teardown();
}

static void those_who_only_look_are_all_told(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, READS(reader), CALL(read_some));
  SPAWN(&w, "b", AX_NORMAL, KNOWS(reader));
  SPAWN(&w, "c", AX_NORMAL, KNOWS(reader));
  check_int(ax_step(w.k), 3);
  put("x");
  run();
  check_log(&w, "a> a=x a. b> b. c> c.");
  teardown();
}

static actor *victim;

static void kill_victim(actor *a) {
  check_int(ax_kill(a->w->k, victim->pid, AX_SIGKILL), AX_OK);
}

/* The killer is told in the same pass, and runs first. */
static void a_kill_between_told_and_run_loses_nothing(void) {
  setup();
  victim = SPAWN(&w, "a", AX_NORMAL, READS(reader), CALL(read_some));
  SPAWN(&w, "k", AX_CRITICAL, KNOWS(reader), CALL(kill_victim));
  SPAWN(&w, "b", AX_NORMAL, READS(reader), CALL(read_some));
  check_int(ax_step(w.k), 3);
  put("x");
  run();
  check_log(&w, "k> k. a~ a. b> b=x b.");
  teardown();
}

static void a_stopped_process_is_no_reason_to_look(void) {
  setup_hooked();
  actor *a = SPAWN(&w, "a", AX_NORMAL, READS(reader), CALL(read_some));
  check_int(ax_step(w.k), 1);
  check_int(ax_kill(w.k, a->pid, AX_SIGSTOP), AX_OK);
  put("x");
  check_int(ax_run(w.k, NULL), AX_EDEADLK);
  check_int(npolls, 0);
  check_int(ax_kill(w.k, a->pid, AX_SIGCONT), AX_OK);
  run();
  check_log(&w, "a> a=x a.");
  teardown();
}

static void whoever_waits_no_more_is_not_looked_for(void) {
  setup();
  ax_pollfd list[4];
  actor *a = SPAWN(&w, "a", AX_NORMAL, READS(reader));
  SPAWN(&w, "b", AX_NORMAL, WAIT1(10, ARM(reader)));
  check_int(ax_kernel_pollfds(w.k, list, 4), 0);
  check_int(ax_step(w.k), 2);
  check_int(ax_kernel_pollfds(w.k, list, 0), 1);
  check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
  run();
  check_int(ax_kernel_pollfds(w.k, list, 4), 0);
  check_log(&w, "a~ a. b!ETIMEDOUT b.");
  teardown();
}

/* ------------------------------------------------- for a loop of the host */

#if defined(__linux__)
static int readable(int fd) {
  struct pollfd p = {fd, POLLIN, 0};
  return poll(&p, 1, 0);
}

static void one_descriptor_stands_for_all(void) {
  setup();
  int fd = ax_kernel_descriptor(w.k);
  check(fd >= 0);
  check_int(ax_kernel_descriptor(w.k), fd);
  SPAWN(&w, "a", AX_NORMAL, READS(reader), CALL(read_some), READS(reader),
        CALL(read_some));
  check_int(ax_step(w.k), 1);
  check_int(readable(fd), 0);
  put("x");
  check_int(readable(fd), 1);
  check_int(ax_step(w.k), 1);
  check_int(readable(fd), 0);
  put("y");
  check_int(readable(fd), 1);
  check_int(ax_step(w.k), 1);
  check_log(&w, "a> a=x a> a=y a.");
  put("z"); /* nobody waits */
  check_int(readable(fd), 0);
  teardown();
}

static void two_files_of_one_descriptor_are_both_seen(void) {
  setup();
  ax_object *twin;
  check_int(ax_host_file(w.k, in[0], AX_O_RDONLY, false, &twin), AX_OK);
  int fd = ax_kernel_descriptor(w.k);
  SPAWN(&w, "a", AX_NORMAL, KNOWS(reader));
  SPAWN(&w, "b", AX_NORMAL, KNOWS(twin));
  check_int(ax_step(w.k), 2);
  put("x");
  check_int(readable(fd), 1);
  check_int(ax_step(w.k), 2);
  check_log(&w, "a> a. b> b.");
  check_int(readable(fd), 0);
  ax_unref(twin);
  teardown();
}
#endif

int main(int argc, char **argv) {
  static const test tests[] = {
    TEST(the_idle_kernel_sleeps_until_there_is_something),
    TEST(it_sleeps_no_longer_than_until_the_next_deadline),
    TEST(a_virtual_clock_jumps_if_nothing_is_there),
    TEST(a_deadline_beside_a_real_clock_is_kept),
    TEST(nobody_starves_the_host),
    TEST(the_end_is_told_like_data),
    TEST(a_descriptor_that_was_closed_is_an_error),
    TEST(those_who_read_are_told_one_by_one),
    TEST(those_who_only_look_are_all_told),
    TEST(a_kill_between_told_and_run_loses_nothing),
    TEST(a_stopped_process_is_no_reason_to_look),
    TEST(whoever_waits_no_more_is_not_looked_for),
#if defined(__linux__)
    TEST(one_descriptor_stands_for_all),
    TEST(two_files_of_one_descriptor_are_both_seen),
#endif
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
