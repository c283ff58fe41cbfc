/* stop_test - STOP and CONT */
#include "world.h"

static world w;
static ax_object *tx, *rx;

static void setup(void) {
  world_open(&w);
  world_channel(&w, 1, AX_FULL_BLOCK, &tx, &rx);
}

static void teardown(void) {
  check_int(world_stats(&w).waiters, 0);
  check_int(world_stats(&w).timers, 0);
  ax_unref(tx);
  ax_unref(rx);
  world_close(&w);
}

static void run(void) { check_int(ax_run(w.k, NULL), AX_OK); }

static void kill_with(const actor *a, int signal) {
  check_int(ax_kill(w.k, a->pid, signal), AX_OK);
}

static void send(int64_t i) {
  ax_value v = ax_integer(i);
  check_int(ax_channel_send(tx, &v), AX_OK);
}

static void stop_self(actor *a) { kill_with(a, AX_SIGSTOP); }

static void a_stopped_process_does_not_run(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, LOG, YIELD, AGAIN);
  ax_step(w.k);
  kill_with(a, AX_SIGSTOP);
  kill_with(a, AX_SIGSTOP);
  check_int(ax_proc_state(a->p), AX_STOPPED);
  check_int(ax_step(w.k), 0);
  check_int(ax_run(w.k, NULL), AX_EDEADLK);
  check(ax_next_deadline(w.k) == AX_NEVER);
  kill_with(a, AX_SIGCONT);
  kill_with(a, AX_SIGCONT);
  check_int(ax_proc_state(a->p), AX_READY);
  check_int(ax_step(w.k), 1);
  check_log(&w, "a- a-");
  kill_with(a, AX_SIGSTOP);
  kill_with(a, AX_SIGKILL); /* works on stopped ones, too */
  run();
  check_log(&w, "a~ a.");
  teardown();
}

static void stopping_oneself(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, CALL(stop_self), LOG, YIELD, LOG);
  check_int(ax_run(w.k, NULL), AX_EDEADLK);
  check_log(&w, "a-");
  check_int(ax_proc_state(a->p), AX_STOPPED);
  kill_with(a, AX_SIGCONT);
  run();
  check_log(&w, "a- a.");
  teardown();
}

static void nobody_is_served_while_stopped(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx));
  SPAWN(&w, "b", AX_NORMAL, RECV(rx));
  ax_step(w.k);
  kill_with(a, AX_SIGSTOP);
  send(1);
  send(2);
  check_int(ax_step(w.k), 1);
  check_log(&w, "b<1 b.");
  ax_channel_stat stat;
  ax_channel_stat_get(rx, &stat);
  check_int(stat.queued, 1);
  kill_with(a, AX_SIGCONT);
  run();
  check_log(&w, "a<2 a.");
  teardown();
}

static void a_woken_process_may_be_stopped(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx));
  ax_step(w.k);
  send(1);
  kill_with(a, AX_SIGSTOP);
  check_int(ax_step(w.k), 0);
  kill_with(a, AX_SIGCONT);
  run();
  check_log(&w, "a<1 a.");
  teardown();
}

static void time_goes_on_while_stopped(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, WAIT1(10, ARM(rx)));
  ax_step(w.k);
  kill_with(a, AX_SIGSTOP);
  w.now = 20;
  check_int(ax_step(w.k), 0);
  kill_with(a, AX_SIGCONT);
  run();
  check_log(&w, "a!ETIMEDOUT a.");
  check_int(w.now, 20);
  teardown();
}

static void a_term_waits_for_cont(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx));
  ax_step(w.k);
  kill_with(a, AX_SIGSTOP);
  kill_with(a, AX_SIGTERM);
  check_int(ax_step(w.k), 0);
  kill_with(a, AX_SIGCONT);
  run();
  check_log(&w, "a!ECANCELED a.");
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(a_stopped_process_does_not_run),
      TEST(stopping_oneself),
      TEST(nobody_is_served_while_stopped),
      TEST(a_woken_process_may_be_stopped),
      TEST(time_goes_on_while_stopped),
      TEST(a_term_waits_for_cont),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
