/* wait_test - the one wait: arms, and what becomes of values */
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

/* ------------------------------------------------------------------ arms */

static void no_arms_and_no_deadline_wait_for_ever(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(AX_NEVER));
  check_int(ax_run(w.k, NULL), AX_EDEADLK);
  check_int(ax_proc_state(a->p), AX_WAITING);
  check_int(ax_proc_arms(a->p), 0);
  check_int(ax_kill(w.k, a->pid, AX_SIGTERM), AX_OK);
  run();
  check_log(&w, "a!ECANCELED a.");
  teardown();
}

static void an_arm_without_object_never_fires(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, WAIT3(50, ARM(NULL), ARM(rx), ARM(NULL)),
        WAIT3(50, ARM(NULL), ARM(rx), ARM(NULL)));
  SPAWN(&w, "b", AX_NORMAL, SLEEP(10), SEND(tx, 5));
  ax_step(w.k);
  check_int(world_stats(&w).waiters, 1);
  run();
  check_log(&w, "b!ETIMEDOUT b> b. a1<5 a!ETIMEDOUT a.");
  teardown();
}

static void one_arm_fires_and_the_others_are_gone(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, WAIT2(AX_NEVER, ARM(rx), ARM(rx2)),
                   SLEEP(50));
  ax_step(w.k);
  check_int(world_stats(&w).waiters, 2);
  send(tx2, 7);
  check_int(world_stats(&w).waiters, 0);
  send(tx, 8); /* stays for the next */
  check_int(ax_proc_state(a->p), AX_READY);
  ax_channel_stat stat;
  ax_channel_stat_get(rx, &stat);
  check_int(stat.queued, 1);
  run();
  check_log(&w, "a1<7 a!ETIMEDOUT a.");
  ax_value v;
  check_int(ax_channel_recv(rx, &v), AX_OK);
  check_int(v.u.integer, 8);
  teardown();
}

static void one_object_in_several_arms_fires_once(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, WAIT3(AX_NEVER, ARM(rx), ARM(rx), ARM(rx)),
        WAIT1(0, ARM(rx)));
  ax_step(w.k);
  check_int(world_stats(&w).waiters, 3);
  send(tx, 5);
  send(tx, 6);
  ax_step(w.k);
  check(w.log[0] == 'a' && strcmp(w.log + 2, "<5 a<6 a.") == 0);
  teardown();
}

static void many_arms_are_fine(void) {
  setup();
  enum { N = 1000 };
  static ax_arm arms[N];
  for (int i = 0; i < N; i++) arms[i] = (ax_arm)ARM(i == 700 ? rx2 : rx);
  check_int(ax_wait(w.host, arms, N, AX_NEVER), AX_EAGAIN);
  check_int(world_stats(&w).waiters, N);
  check_int(ax_proc_arms(w.host), N);
  check(ax_proc_arm(w.host, 700) == rx2);
  check(ax_proc_arm(w.host, N) == NULL);
  send(tx2, 5);
  check_int(ax_run(w.k, w.host), AX_OK);
  int index;
  ax_value v;
  check_int(ax_proc_result(w.host, &index, &v), AX_OK);
  check_int(index, 700);
  check_int(v.u.integer, 5);
  teardown();
}

/* Both channels always have a message: neither arm is preferred. */
static void ready_arms_are_picked_by_chance(void) {
  setup();
  int picked[2] = {0, 0};
  for (int i = 0; i < 1000; i++) {
    ax_value v = ax_integer(1);
    (void)ax_channel_send(tx, &v);
    v = ax_integer(2);
    (void)ax_channel_send(tx2, &v);
    const ax_arm arms[2] = {ARM(rx), ARM(rx2)};
    check_int(ax_wait(w.host, arms, 2, AX_NEVER), AX_OK);
    int index = -1;
    check_int(ax_proc_result(w.host, &index, &v), AX_OK);
    check_int(v.u.integer, index + 1);
    picked[index == 1]++;
  }
  check(picked[0] > 400 && picked[1] > 400);
  teardown();
}

static void a_send_and_a_receive_of_one_process_never_meet(void) {
  setup();
  ax_object *mtx, *mrx;
  world_channel(&w, 0, AX_FULL_BLOCK, &mtx, &mrx);
  SPAWN(&w, "a", AX_NORMAL, WAIT2(50, ARM_SEND(mtx, 5), ARM(mrx)));
  run();
  check_log(&w, "a!ETIMEDOUT a.");
  SPAWN(&w, "b", AX_NORMAL, WAIT2(50, ARM_SEND(mtx, 6), ARM(mrx)));
  SPAWN(&w, "c", AX_NORMAL, WAIT2(50, ARM_SEND(mtx, 7), ARM(mrx)));
  run();
  bool sent = strstr(w.log, "b0>") != NULL; /* else c did */
  check_log(&w, sent ? "c1<6 c. b0> b." : "c0> c. b1<7 b.");
  ax_unref(mtx);
  ax_unref(mrx);
  teardown();
}

static void an_arm_whose_object_closes_says_so(void) {
  setup();
  ax_object *tx3, *rx3;
  world_channel(&w, 1, AX_FULL_BLOCK, &tx3, &rx3);
  SPAWN(&w, "a", AX_NORMAL, WAIT3(50, ARM(rx), ARM(rx3), ARM(rx2)));
  ax_step(w.k);
  ax_unref(tx3);
  check_int(world_stats(&w).waiters, 0);
  ax_unref(rx3);
  run();
  check_log(&w, "a1!EPIPE a.");
  teardown();
}

static void an_object_may_close_after_another_arm_fired(void) {
  setup();
  ax_object *tx3, *rx3;
  world_channel(&w, 1, AX_FULL_BLOCK, &tx3, &rx3);
  SPAWN(&w, "a", AX_NORMAL, WAIT2(50, ARM(rx), ARM(rx3)));
  ax_step(w.k);
  send(tx, 5);
  ax_unref(tx3);
  ax_unref(rx3);
  run();
  check_log(&w, "a0<5 a.");
  teardown();
}

/* A waiter holds no reference: the end that it waits on may close. */
static void the_own_end_may_close_under_a_waiter(void) {
  setup();
  for (int first = 0; first < 2; first++) {
    ax_object *ends[2];
    world_channel(&w, 1, AX_FULL_BLOCK, &ends[0], &ends[1]);
    send(ends[0], 1);
    SPAWN(&w, "a", AX_NORMAL, SEND(ends[0], 2));
    SPAWN(&w, "b", AX_NORMAL, WAIT2(99, ARM(rx), ARM_SEND(ends[0], 3)));
    ax_step(w.k);
    ax_unref(ends[first]);
    ax_unref(ends[1 - first]);
    run();
    check_log(&w, "a!EPIPE a. b1!EPIPE b.");
    world_channel(&w, 1, AX_FULL_BLOCK, &ends[0], &ends[1]);
    SPAWN(&w, "c", AX_NORMAL, RECV(ends[1]));
    SPAWN(&w, "d", AX_NORMAL, WAIT2(99, ARM(ends[1]), ARM(rx)));
    ax_step(w.k);
    ax_unref(ends[first]);
    ax_unref(ends[1 - first]);
    run();
    check_log(&w, "c!EPIPE c. d0!EPIPE d.");
  }
  teardown();
}

/* --------------------------------------------------------------- values */

static ax_value string(const char *text) {
  ax_value v = ax_nil();
  check_int(ax_string(w.k, text, strlen(text), &v), AX_OK);
  return v;
}

static bool is_string(const ax_value *v, const char *text) {
  size_t length = 0;
  if (v->type != AX_STRING) return false;
  const char *data = ax_value_bytes(v, &length);
  return length == strlen(text) && memcmp(data, text, length) == 0;
}

static void check_released(uint32_t slot, int times) {
  check_int(w.closet.released[slot], times);
}

static void what_is_not_sent_is_let_go(void) {
  setup();
  const ax_arm arms[3] = {ARM_GIVE(&w, tx, 0), ARM_GIVE(&w, tx, 1),
                          ARM_GIVE(&w, NULL, 2)};
  check_int(ax_wait(w.host, arms, 3, AX_NEVER), AX_OK);
  int index;
  ax_value v;
  check_int(ax_proc_result(w.host, &index, &v), AX_OK);
  if (!check(index == 0 || index == 1)) return;
  check_int(v.type, AX_NIL);
  uint32_t sent = (uint32_t)index;
  check_released(sent, 0);
  check_released(1 - sent, 1);
  check_released(2, 1);
  check_int(ax_channel_recv(rx, &v), AX_OK);
  check(v.type == AX_FOREIGN && v.slot == sent);
  ax_value_clear(&v);
  check_released(sent, 1);
  teardown();
}

static void what_waited_and_lost_is_let_go(void) {
  setup();
  send(tx, 1);
  SPAWN(&w, "a", AX_NORMAL,
        WAIT3(AX_NEVER, ARM_GIVE(&w, tx, 0), ARM(rx2), ARM_GIVE(&w, tx, 1)),
        SLEEP(1));
  ax_step(w.k);
  check_released(0, 0);
  check_released(1, 0);
  send(tx2, 2);
  run();
  check_log(&w, "a1<2 a!ETIMEDOUT a.");
  check_released(0, 1);
  check_released(1, 1);
  teardown();
}

/* The ways in which a wait ends without a send. */
static void an_ended_wait_lets_go_of_its_values(void) {
  setup();
  send(tx, 1);
  const uint64_t deadlines[] = {0, 10, AX_NEVER};
  for (uint32_t i = 0; i < COUNT(deadlines); i++) {
    const ax_arm arms[2] = {ARM_GIVE(&w, tx, 2 * i),
                            ARM_GIVE(&w, tx, 2 * i + 1)};
    if (i == 2) check_int(ax_kill(w.k, 1, AX_SIGTERM), AX_OK);
    int rc = ax_wait(w.host, arms, 2, deadlines[i]);
    if (rc == AX_EAGAIN) rc = ax_run(w.k, w.host);
    check_int(rc, AX_OK);
    ax_value v;
    int index = 4;
    check_int(ax_proc_result(w.host, &index, &v),
              i == 2 ? AX_ECANCELED : AX_ETIMEDOUT);
    check_int(index, -1);
    check_int(v.type, AX_NIL);
    check_released(2 * i, 1);
    check_released(2 * i + 1, 1);
  }
  teardown();
}

/* A step that does not ask for the result of its wait. */
static void a_value_that_was_not_asked_for_is_let_go_or_stays(void) {
  setup();
  for (uint32_t i = 0; i < 3; i++) {
    ax_value v = world_foreign(&w, i);
    check_int(ax_channel_send(tx, &v), AX_OK);
    const ax_arm arm = ARM(rx);
    check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_OK);
    if (ax_channel_recv(rx, &v) == AX_OK) ax_value_clear(&v);
  }
  int index;
  ax_value last;
  check_int(ax_proc_result(w.host, &index, &last), AX_OK);
  ax_value_clear(&last);
  for (uint32_t i = 0; i < 3; i++) check_released(i, 1);
  teardown();
}

static void a_value_that_nobody_took_is_not_lost(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, WAIT1(10, ARM(rx)), SLEEP(10));
  ax_step(w.k);
  send(tx, 5);
  check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
  run();
  check_log(&w, "a~ a.");
  ax_value v;
  check_int(ax_channel_recv(rx, &v), AX_OK);
  check_int(v.u.integer, 5);
  teardown();
}

static void a_result_is_given_once(void) {
  setup();
  ax_value s = string("text"), v;
  check_int(ax_channel_send(tx, &s), AX_OK);
  ax_arm arm = ARM(rx);
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_OK);
  int index;
  check_int(ax_proc_result(w.host, &index, &v), AX_OK);
  check_int(index, 0);
  check(is_string(&v, "text"));
  ax_value again;
  check_int(ax_proc_result(w.host, &index, &again), AX_OK);
  check_int(again.type, AX_NIL);
  ax_value_clear(&v);
  teardown();
}

static void objects_of_another_kernel_are_refused(void) {
  setup();
  world other;
  world_open(&other);
  ax_object *far_tx, *far_rx;
  world_channel(&other, 1, AX_FULL_BLOCK, &far_tx, &far_rx);
  check(ax_object_kernel(far_rx) == other.k);
  ax_arm arms[2] = {{tx, string("mine")}, ARM(far_rx)};
  check_int(ax_wait(w.host, arms, 2, 50), AX_EXDEV);
  check_int(world_stats(&w).waiters + world_stats(&w).timers, 0);
  check_int(world_stats(&other).waiters, 0);
  check(is_string(&arms[0].value, "mine"));
  ax_value_clear(&arms[0].value);
  ax_unref(far_tx);
  ax_unref(far_rx);
  world_close(&other);
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(no_arms_and_no_deadline_wait_for_ever),
      TEST(an_arm_without_object_never_fires),
      TEST(one_arm_fires_and_the_others_are_gone),
      TEST(one_object_in_several_arms_fires_once),
      TEST(many_arms_are_fine),
      TEST(ready_arms_are_picked_by_chance),
      TEST(a_send_and_a_receive_of_one_process_never_meet),
      TEST(an_arm_whose_object_closes_says_so),
      TEST(an_object_may_close_after_another_arm_fired),
      TEST(the_own_end_may_close_under_a_waiter),
      TEST(what_is_not_sent_is_let_go),
      TEST(what_waited_and_lost_is_let_go),
      TEST(an_ended_wait_lets_go_of_its_values),
      TEST(a_value_that_was_not_asked_for_is_let_go_or_stays),
      TEST(a_value_that_nobody_took_is_not_lost),
      TEST(a_result_is_given_once),
      TEST(objects_of_another_kernel_are_refused),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
