/* sleep_test - waits that end by the clock */
#include "world.h"

static world w;
static ax_object *tx, *rx, *tx2, *rx2;

/* Two channels with room for one message each. */
static void setup(void) {
  world_open(&w);
  world_channel(&w, 1, AX_FULL_BLOCK, &tx, &rx);
  world_channel(&w, 1, AX_FULL_BLOCK, &tx2, &rx2);
}

/* All is as it was before anybody waited. */
static void teardown(void) {
  ax_stats s = world_stats(&w);
  check_int(s.waiters, 0);
  check_int(s.timers, 0);
  ax_unref(tx);
  ax_unref(rx);
  ax_unref(tx2);
  ax_unref(rx2);
  world_close(&w);
}

static void run(void) { check_int(ax_run(w.k, NULL), AX_OK); }

static void send(ax_object *sender, int64_t i) {
  ax_value v = ax_integer(i);
  check_int(ax_channel_send(sender, &v), AX_OK);
}

static void sleepers_wake_by_time_then_by_order(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, SLEEP(30));
  SPAWN(&w, "b", AX_NORMAL, SLEEP(10));
  SPAWN(&w, "c", AX_NORMAL, SLEEP(30));
  SPAWN(&w, "d", AX_NORMAL, SLEEP(10));
  check_int(ax_step(w.k), 4);
  check_int(world_stats(&w).timers, 4);
  check_int(world_stats(&w).waiters, 0);
  run();
  check_log(&w,
            "b!ETIMEDOUT b. d!ETIMEDOUT d. a!ETIMEDOUT a. c!ETIMEDOUT c.");
  check_int(w.now, 30);
  teardown();
}

static void a_deadline_that_has_passed_only_tries(void) {
  setup();
  w.now = 1000;
  const uint64_t past[] = {0, 1, 999, 1000};
  for (size_t i = 0; i < COUNT(past); i++) {
    ax_arm arm = ARM(rx);
    int rc = ax_wait(w.host, &arm, 1, past[i]);
    if (rc == AX_EAGAIN) rc = ax_run(w.k, w.host);
    check_int(rc, AX_OK);
    check_int(world_stats(&w).waiters, 0);
    int index = 5;
    ax_value v;
    check_int(ax_proc_result(w.host, &index, &v), AX_ETIMEDOUT);
    check_int(index, -1);
    check_int(v.type, AX_NIL);
  }
  check_int(w.now, 1000);
  teardown();
}

static void trying_takes_what_is_there(void) {
  setup();
  send(tx, 5);
  SPAWN(&w, "a", AX_NORMAL, WAIT1(0, ARM(rx)), WAIT1(0, ARM(rx)),
        WAIT1(0, ARM_SEND(tx, 6)), WAIT1(0, ARM_SEND(tx, 7)));
  check_int(ax_step(w.k), 1); /* it never had to wait */
  check_log(&w, "a<5 a!ETIMEDOUT a> a!ETIMEDOUT a.");
  teardown();
}

static void a_wake_and_a_timeout_are_one_of_both(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, WAIT1(10, ARM(rx)), WAIT1(0, ARM(rx)));
  ax_step(w.k);
  w.now = 10;
  send(tx, 5); /* the deadline has come, but nobody looked yet */
  ax_step(w.k);
  check_log(&w, "a<5 a!ETIMEDOUT a.");
  SPAWN(&w, "b", AX_NORMAL, WAIT1(10, ARM(rx)), WAIT1(0, ARM(rx)));
  ax_step(w.k);
  w.now = 20;
  SPAWN(&w, "c", AX_NORMAL, SEND(tx, 6));
  ax_step(w.k); /* here the deadline is seen first */
  ax_step(w.k);
  bool late = strstr(w.log, "b!ETIMEDOUT b<6") != NULL;
  check_log(&w, late ? "c> c. b!ETIMEDOUT b<6 b."
                     : "b!ETIMEDOUT b!ETIMEDOUT b. c> c.");
  ax_value v;
  check_int(ax_channel_recv(rx, &v), late ? AX_EAGAIN : AX_OK);
  teardown();
}

static void a_timeout_loses_no_later_message(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, WAIT2(10, ARM(rx), ARM(rx2)));
  SPAWN(&w, "b", AX_NORMAL, SLEEP(20), SEND(tx, 1), SEND(tx2, 2));
  SPAWN(&w, "c", AX_NORMAL, SLEEP(30), RECV(rx), RECV(rx2));
  run();
  check_log(&w, "a!ETIMEDOUT a. b!ETIMEDOUT b> b> b. c!ETIMEDOUT c<1 c<2 c.");
  teardown();
}

static void a_deadline_far_away_is_not_never(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, WAIT1(AX_NEVER - 1, ARM(rx)));
  run();
  check_log(&w, "a!ETIMEDOUT a.");
  check(w.now == AX_NEVER - 1);
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(sleepers_wake_by_time_then_by_order),
      TEST(a_deadline_that_has_passed_only_tries),
      TEST(trying_takes_what_is_there),
      TEST(a_wake_and_a_timeout_are_one_of_both),
      TEST(a_timeout_loses_no_later_message),
      TEST(a_deadline_far_away_is_not_never),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
