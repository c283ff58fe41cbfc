/* host_test - the host as a process that waits; waits looked at */
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

static void check_released(uint32_t slot, int times) {
  check_int(w.closet.released[slot], times);
}

/* Its end, its arms, its deadline, as a report shows them. */
static void a_wait_can_be_looked_at(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, YIELD,
                   WAIT3(20, ARM(rx), ARM(NULL), ARM(rx2)), YIELD);
  ax_step(w.k);
  check(!ax_proc_waiting(a->p) && ax_proc_arms(a->p) == 0);
  check(ax_proc_arm(a->p, 0) == NULL);
  w.now = 7;
  ax_step(w.k);
  check(ax_proc_waiting(a->p));
  check_int(ax_proc_arms(a->p), 3);
  check(ax_proc_arm(a->p, 0) == rx && ax_proc_arm(a->p, 2) == rx2);
  check(ax_proc_arm(a->p, 1) == NULL && ax_proc_arm(a->p, 3) == NULL);
  check(ax_proc_arm(a->p, -1) == NULL);
  check_int(ax_proc_deadline(a->p), 27);
  int index = 5;
  ax_value v;
  check_int(ax_proc_result(a->p, &index, &v), AX_EAGAIN);
  check(index == -1 && v.type == AX_NIL);
  run();
  check(ax_proc_deadline(a->p) == AX_NEVER);
  check_log(&w, "a!ETIMEDOUT a.");
  teardown();
}

static void parking_does_not_try(void) {
  setup();
  check_int(ax_park(w.host, rx, ax_nil(), 10), AX_EAGAIN);
  send(tx, 5);
  check_int(ax_run(w.k, w.host), AX_OK);
  int index;
  ax_value v;
  check_int(ax_proc_result(w.host, &index, &v), AX_OK);
  check(index == 0 && v.u.integer == 5 && w.now == 0);
  check_int(ax_park(w.host, rx, ax_nil(), 0), AX_OK);
  check_int(ax_proc_result(w.host, &index, &v), AX_ETIMEDOUT);
  send(tx, 6);
  check_int(ax_park(w.host, tx, world_foreign(&w, 0), 10), AX_EAGAIN);
  check_int(ax_run(w.k, w.host), AX_OK);
  check_int(ax_proc_result(w.host, &index, &v), AX_ETIMEDOUT);
  check_released(0, 1);
  check_int(ax_kill(w.k, 1, AX_SIGTERM), AX_OK);
  check_int(ax_park(w.host, tx, world_foreign(&w, 1), AX_NEVER), AX_OK);
  check_int(ax_proc_result(w.host, &index, &v), AX_ECANCELED);
  check_released(1, 1);
  teardown();
}

/* A wait that is begun while another one is on takes its place. */
static void a_new_wait_ends_the_old_one(void) {
  setup();
  ax_arm one = ARM(rx), two[2] = {ARM(rx2), ARM(NULL)};
  for (int i = 0; i < 2; i++) {
    check_int(ax_wait(w.host, &one, i, 10), AX_EAGAIN);
    check_int(ax_wait(w.host, two, 2, 30), AX_EAGAIN);
    check_int(world_stats(&w).timers, 1);
    send(tx, 1);
    send(tx2, 2);
    check_int(ax_wait(w.host, &one, 1, 10), AX_OK); /* it was woken */
    int index;
    ax_value v;
    check_int(ax_proc_result(w.host, &index, &v), AX_OK);
    check(index == 0 && v.u.integer == 1);
    check_int(ax_channel_recv(rx2, &v), AX_OK); /* it came back */
    check_int(v.u.integer, 2);
    check_int(ax_step(w.k), 0);
  }
  teardown();
}

/* A host with a loop of its own is woken by a pass. */
static void a_pass_may_wake_the_host(void) {
  setup();
  ax_arm one = ARM(rx);
  check_int(ax_wait(w.host, &one, 1, AX_NEVER), AX_EAGAIN);
  SPAWN(&w, "a", AX_NORMAL, SEND(tx, 5));
  check_int(ax_step(w.k), 1);
  check_int(ax_step(w.k), 0);
  check_int(ax_proc_state(w.host), AX_RUNNING);
  int index;
  ax_value v;
  check_int(ax_proc_result(w.host, &index, &v), AX_OK);
  check_int(v.u.integer, 5);
  teardown();
}

static void only_the_host_is_run(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(5));
  check_int(ax_run(w.k, a->p), AX_EINVAL);
  run();
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(a_wait_can_be_looked_at),     TEST(parking_does_not_try),
      TEST(a_new_wait_ends_the_old_one), TEST(a_pass_may_wake_the_host),
      TEST(only_the_host_is_run),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
