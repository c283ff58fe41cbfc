/* alarm_test - a moment, or a beat, as an object to wait for */
#include "world.h"

static world w;

static void setup(void) { world_open(&w); }

static void teardown(void) {
  check_int(world_stats(&w).waiters, 0);
  check_int(world_stats(&w).timers, 0);
  world_close(&w);
}

static void run(void) { check_int(ax_run(w.k, NULL), AX_OK); }

static ax_object *alarm_at(uint64_t due, uint64_t period) {
  ax_object *o = NULL;
  if (!check_int(ax_alarm_new(w.k, due, period, &o), AX_OK)) exit(1);
  return o;
}

static void it_comes_once(void) {
  setup();
  ax_object *o = alarm_at(10, 0);
  check_str(ax_object_kind(o), "alarm");
  SPAWN(&w, "a", AX_NORMAL, RECV(o), RECV(o), SLEEP(5), RECV(o));
  check_int(ax_step(w.k), 1);
  check(ax_next_deadline(w.k) == 10);
  run();
  check_log(&w, "a<1 a<1 a!ETIMEDOUT a<1 a.");
  check_int(w.now, 15);
  ax_unref(o);
  teardown();
}

static void it_comes_again_and_again(void) {
  setup();
  ax_object *o = alarm_at(10, 7);
  SPAWN(&w, "a", AX_NORMAL, RECV(o), RECV(o), RECV(o));
  run();
  check_log(&w, "a<1 a<1 a<1 a.");
  check_int(w.now, 24);
  ax_unref(o);
  teardown();
}

static void missed_periods_are_counted(void) {
  setup();
  ax_object *o = alarm_at(10, 10);
  SPAWN(&w, "a", AX_NORMAL, SLEEP(35), RECV(o), RECV(o), SLEEP(30), RECV(o));
  run();
  check_log(&w, "a!ETIMEDOUT a<3 a<1 a!ETIMEDOUT a<3 a.");
  check_int(w.now, 70);
  ax_unref(o);
  teardown();
}

static void without_waiters_it_costs_nothing(void) {
  setup();
  ax_object *o = alarm_at(10, 10);
  check_int(world_stats(&w).timers, 0);
  check(ax_next_deadline(w.k) == AX_NEVER);
  SPAWN(&w, "a", AX_NORMAL, SLEEP(AX_NEVER));
  check_int(ax_run(w.k, NULL), AX_EDEADLK);
  check_int(w.now, 0);
  ax_unref(o);
  check_int(ax_kill(w.k, 2, AX_SIGKILL), AX_OK);
  run();
  teardown();
}

static void trying_does_not_wait(void) {
  setup();
  ax_object *o = alarm_at(10, 10);
  SPAWN(&w, "a", AX_NORMAL, WAIT1(0, ARM(o)), WAIT1(5, ARM(o)),
        WAIT1(6, ARM(o)), WAIT1(0, ARM(o)), WAIT1(10, ARM(o)));
  run();
  check_log(&w, "a!ETIMEDOUT a!ETIMEDOUT a<1 a!ETIMEDOUT a<1 a.");
  check_int(w.now, 20);
  ax_unref(o);
  teardown();
}

/* A beat is for one of those who wait; the others wait for the next. */
static void every_beat_is_for_one(void) {
  setup();
  ax_object *o = alarm_at(10, 10);
  SPAWN(&w, "a", AX_NORMAL, RECV(o));
  SPAWN(&w, "b", AX_NORMAL, RECV(o));
  SPAWN(&w, "c", AX_NORMAL, WAIT1(50, ARM(o)));
  SPAWN(&w, "d", AX_NORMAL, WAIT1(25, ARM(o)));
  run();
  check_log(&w, "a<1 a. b<1 b. d!ETIMEDOUT d. c<1 c.");
  check_int(w.now, 30);
  ax_unref(o);
  teardown();
}

static void a_moment_is_for_all(void) {
  setup();
  ax_object *o = alarm_at(10, 0);
  SPAWN(&w, "a", AX_NORMAL, RECV(o));
  SPAWN(&w, "b", AX_CRITICAL, RECV(o));
  SPAWN(&w, "c", AX_NORMAL, WAIT1(10, ARM(o)));
  run();
  check_int(w.now, 10);
  check(strstr(w.log, "b<1 b. a<1 a.") == w.log);
  ax_unref(o);
  teardown();
}

static void the_earliest_of_several_counts(void) {
  setup();
  ax_object *o = alarm_at(20, 0), *beat = alarm_at(15, 15), *tx, *rx;
  world_channel(&w, 1, AX_FULL_BLOCK, &tx, &rx);
  SPAWN(&w, "a", AX_NORMAL, WAIT3(99, ARM(o), ARM(rx), ARM(beat)),
        WAIT3(99, ARM(o), ARM(rx), ARM(NULL)), WAIT2(7, ARM(rx), ARM(beat)),
        WAIT2(99, ARM(beat), ARM(rx)), WAIT2(99, ARM(beat), ARM(rx)));
  SPAWN(&w, "b", AX_NORMAL, SLEEP(38), SEND(tx, 5));
  run();
  check_log(&w, "a2<1 a0<1 a!ETIMEDOUT a0<1 b!ETIMEDOUT b> b. a1<5 a.");
  check_int(world_stats(&w).timers, 0);
  ax_unref(o);
  ax_unref(beat);
  ax_unref(tx);
  ax_unref(rx);
  teardown();
}

static void closing_tells_who_waits(void) {
  setup();
  ax_object *o = alarm_at(10, 10);
  SPAWN(&w, "a", AX_NORMAL, RECV(o));
  SPAWN(&w, "b", AX_NORMAL, WAIT2(50, ARM(NULL), ARM(o)));
  ax_step(w.k);
  ax_unref(o);
  check_int(world_stats(&w).timers, 0);
  run();
  check_log(&w, "a!EPIPE a. b1!EPIPE b.");
  check_int(w.now, 0);
  teardown();
}

static void kills_and_stops_leave_nothing(void) {
  setup();
  ax_object *o = alarm_at(10, 10);
  actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(o));
  actor *b = SPAWN(&w, "b", AX_NORMAL, RECV(o));
  actor *c = SPAWN(&w, "c", AX_NORMAL, RECV(o));
  ax_step(w.k);
  check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
  check_int(ax_kill(w.k, b->pid, AX_SIGSTOP), AX_OK);
  check_int(ax_kill(w.k, c->pid, AX_SIGTERM), AX_OK);
  w.now = 25;
  for (int i = 0; i < 3; i++) ax_step(w.k);
  check_log(&w, "a~ a. c!ECANCELED c.");
  check_int(ax_kill(w.k, b->pid, AX_SIGCONT), AX_OK);
  run();
  check_log(&w, "b<2 b.");
  ax_unref(o);
  teardown();
}

static void the_ends_of_time(void) {
  setup();
  ax_object *never = alarm_at(AX_NEVER, 1), *past = alarm_at(0, 1),
            *last = alarm_at(AX_NEVER - 1, AX_NEVER);
  w.now = 1000;
  SPAWN(&w, "a", AX_NORMAL, RECV(past), WAIT1(5, ARM(never)), RECV(past),
        RECV(last), WAIT1(0, ARM(last)));
  run();
  check_log(&w, "a<1001 a!ETIMEDOUT a<5 a<1 a!ETIMEDOUT a.");
  check(w.now == AX_NEVER - 1);
  ax_unref(never);
  ax_unref(past);
  ax_unref(last);
  teardown();
}

static void it_may_be_parked_for(void) {
  setup();
  ax_object *o = alarm_at(10, 10);
  check_int(ax_park(w.host, o, ax_nil(), AX_NEVER), AX_EAGAIN);
  check(ax_proc_deadline(w.host) == AX_NEVER);
  check(ax_next_deadline(w.k) == 10);
  check_int(ax_run(w.k, w.host), AX_OK);
  int index;
  ax_value v;
  check_int(ax_proc_result(w.host, &index, &v), AX_OK);
  check(index == 0 && v.u.integer == 1);
  check_int(w.now, 10);
  ax_unref(o);
  teardown();
}

static void the_host_waits_for_an_alarm(void) {
  setup();
  ax_object *o = alarm_at(10, 10);
  ax_arm arm = ARM(o);
  for (int i = 1; i < 4; i++) {
    check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_EAGAIN);
    check_int(ax_run(w.k, w.host), AX_OK);
    int index;
    ax_value v;
    check_int(ax_proc_result(w.host, &index, &v), AX_OK);
    check(index == 0 && v.type == AX_INTEGER && v.u.integer == 1);
    check_int(w.now, 10 * i);
  }
  ax_unref(o);
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(it_comes_once),
      TEST(it_comes_again_and_again),
      TEST(missed_periods_are_counted),
      TEST(without_waiters_it_costs_nothing),
      TEST(trying_does_not_wait),
      TEST(every_beat_is_for_one),
      TEST(a_moment_is_for_all),
      TEST(the_earliest_of_several_counts),
      TEST(closing_tells_who_waits),
      TEST(kills_and_stops_leave_nothing),
      TEST(the_ends_of_time),
      TEST(it_may_be_parked_for),
      TEST(the_host_waits_for_an_alarm),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
