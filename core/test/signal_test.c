/* signal_test - TERM and KILL at every point of a life */
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

static void check_status(actor *a, enum ax_how how, int64_t value) {
  const ax_value *status = NULL;
  check_int(ax_proc_state(a->p), AX_ZOMBIE);
  check_int(ax_proc_status(a->p, &status), how);
  check(status->type == AX_INTEGER && status->u.integer == value);
}

static void send(int64_t i) {
  ax_value v = ax_integer(i);
  check_int(ax_channel_send(tx, &v), AX_OK);
}

static void bad_signals_and_pids_are_refused(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(5));
  const int strange[] = {-1, 1, 2, 16, 20, 1000, INT32_MAX, INT32_MIN};
  for (size_t i = 0; i < COUNT(strange); i++) {
    check_int(ax_kill(w.k, a->pid, strange[i]), AX_EINVAL);
    check_int(ax_kill(w.k, 100 + (int)i, AX_SIGTERM), AX_ESRCH);
  }
  check_int(ax_kill(w.k, -1, AX_SIGKILL), AX_ESRCH);
  check_int(ax_kill(w.k, 0, AX_SIGKILL), AX_ESRCH);
  check_int(ax_kill(w.k, 1, AX_SIGKILL), AX_EPERM);
  check_int(ax_kill(w.k, 1, AX_SIGSTOP), AX_EPERM);
  check_int(ax_kill(w.k, 1, AX_SIGCONT), AX_OK);
  run();
  check_int(ax_kill(w.k, a->pid, AX_SIGTERM), AX_ESRCH);
  check_log(&w, "a!ETIMEDOUT a.");
  teardown();
}

/* -------------------------------------------------------- before the run */

static void what_has_not_run_dies_without_running(void) {
  const int signals[] = {AX_SIGTERM, AX_SIGKILL};
  for (size_t i = 0; i < COUNT(signals); i++) {
    setup();
    actor *a = SPAWN(&w, "a", AX_NORMAL, LOG, YIELD, LOG);
    SPAWN(&w, "b", AX_CRITICAL, RECV(ax_proc_object(a->p)));
    actor_hold(a, ax_ref(tx));
    kill_with(a, signals[i]);
    run();
    check_log(&w, "a. b<2 b.");
    check_status(a, AX_KILLED, signals[i]);
    ax_channel_stat stat;
    ax_channel_stat_get(tx, &stat);
    check_int(stat.senders, 1);
    teardown();
  }
}

static void a_stopped_newcomer_is_killed_without_running(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, LOG);
  kill_with(a, AX_SIGSTOP);
  check_int(ax_run(w.k, NULL), AX_EDEADLK);
  kill_with(a, AX_SIGKILL);
  run();
  check_log(&w, "a.");
  check_status(a, AX_KILLED, AX_SIGKILL);
  teardown();
}

/* -------------------------------------------------------------- SIGTERM */

static void term_ends_a_wait_once(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, WAIT2(90, ARM(rx), ARM(rx)),
                   WAIT1(10, ARM(rx)), EXIT(4));
  ax_step(w.k);
  kill_with(a, AX_SIGTERM);
  check_int(world_stats(&w).waiters, 0);
  check_int(world_stats(&w).timers, 0);
  run();
  check_log(&w, "a!ECANCELED a!ETIMEDOUT a.");
  check_status(a, AX_EXITED, 4);
  teardown();
}

static void each_term_ends_one_wait(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx), RECV(rx), WAIT1(5, ARM(rx)));
  ax_step(w.k);
  kill_with(a, AX_SIGTERM); /* for the wait that it is in */
  kill_with(a, AX_SIGTERM); /* for its next one */
  run();
  check_log(&w, "a!ECANCELED a!ECANCELED a!ETIMEDOUT a.");
  teardown();
}

static void term_between_waits_ends_the_next_one(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, YIELD, RECV(rx), RECV(rx));
  ax_step(w.k);
  kill_with(a, AX_SIGTERM);
  send(5);
  run();
  check_log(&w, "a!ECANCELED a<5 a.");
  teardown();
}

static void term_loses_no_value_that_was_handed_over(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx), WAIT1(9, ARM(rx)));
  ax_step(w.k);
  send(5);
  kill_with(a, AX_SIGTERM);
  run();
  if (strstr(w.log, "a<5 a!ECANCELED") != NULL)
    check_log(&w, "a<5 a!ECANCELED a.");
  else
    check_log(&w, "a!ECANCELED a<5 a.");
  teardown();
}

static int host_result(void) {
  int arm;
  ax_value v;
  int rc = ax_proc_result(w.host, &arm, &v);
  check_int(v.type, AX_NIL);
  return rc;
}

static void term_reaches_the_host_too(void) {
  setup();
  check_int(ax_kill(w.k, 1, AX_SIGTERM), AX_OK);
  ax_arm arm = ARM(rx);
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_OK);
  check_int(host_result(), AX_ECANCELED);
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_EAGAIN);
  check_int(ax_kill(w.k, 1, AX_SIGTERM), AX_OK);
  check_int(ax_run(w.k, w.host), AX_OK);
  check_int(host_result(), AX_ECANCELED);
  teardown();
}

static bool cancelled[2];

static void look(actor *a) {
  cancelled[0] = ax_proc_cancelled(a->p);
  cancelled[1] = ax_proc_cancelled(a->p);
}

static void a_term_may_be_asked_for(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, CALL(look), YIELD, CALL(look),
                   WAIT1(3, ARM(rx)));
  ax_step(w.k);
  check(!cancelled[0] && !cancelled[1]);
  kill_with(a, AX_SIGTERM);
  run();
  check(cancelled[0] && !cancelled[1]);
  check_log(&w, "a!ETIMEDOUT a.");
  teardown();
}

/* -------------------------------------------------------------- SIGKILL */

static void kill_at_every_block_point(void) {
  const act points[] = {
      RECV(NULL), SEND(NULL, 9),   SLEEP(50),
      YIELD,      SLEEP(AX_NEVER), WAIT2(40, ARM(NULL), ARM(NULL)),
  };
  for (size_t i = 0; i < COUNT(points); i++) {
    setup();
    act blocked = points[i];
    blocked.arms[0].object = i == 1 ? tx : rx;
    if (i == 1) send(1);
    actor *a = actor_new(&w, "a", AX_NORMAL, &blocked, 1);
    actor *b = SPAWN(&w, "b", AX_NORMAL, RECV(ax_proc_object(a->p)));
    ax_step(w.k);
    kill_with(a, AX_SIGKILL);
    check_int(ax_proc_reap(a->p), AX_EBUSY);
    check_int(ax_kill(w.k, a->pid, AX_SIGCONT), AX_OK);
    run();
    check_log(&w, "a~ a. b<2 b.");
    check_status(a, AX_KILLED, AX_SIGKILL);
    check_status(b, AX_EXITED, 0);
    check_int(w.now, 0);
    teardown();
  }
}

static void a_kill_again_is_the_same_kill(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx));
  ax_step(w.k);
  kill_with(a, AX_SIGKILL);
  kill_with(a, AX_SIGTERM);
  kill_with(a, AX_SIGSTOP);
  kill_with(a, AX_SIGKILL);
  run();
  check_log(&w, "a~ a.");
  check_status(a, AX_KILLED, AX_SIGKILL);
  teardown();
}

static void kill_self(actor *a) { kill_with(a, AX_SIGKILL); }
static void term_self(actor *a) { kill_with(a, AX_SIGTERM); }

/* The step ends as it likes, and is the last one. */
static void killing_oneself(void) {
  const act ends[] = {YIELD, SLEEP(50), SLEEP(0), EXIT(3)};
  for (size_t i = 0; i < COUNT(ends); i++) {
    setup();
    actor *a = SPAWN(&w, "a", AX_NORMAL, CALL(kill_self), LOG, YIELD, LOG);
    a->acts[2] = ends[i];
    run();
    check_int(ax_proc_state(a->p), AX_ZOMBIE);
    check(strncmp(w.log, "a-", 2) == 0);
    check(strstr(w.log + 2, "a-") == NULL || i == 2);
    check_int(w.now, 0);
    check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_ESRCH);
    teardown();
  }
}

static void terminating_oneself_ends_the_next_wait(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, CALL(term_self), LOG, SLEEP(9), SLEEP(9));
  run();
  check_log(&w, "a- a!ECANCELED a!ETIMEDOUT a.");
  teardown();
}

/* ---------------------------------------------------------------- unwind */

static ax_object *unwound_to;

static void busy_unwind(ax_proc *p) {
  actor *a = ax_proc_body(p);
  actor_unwind(p);
  ax_value v = ax_integer(42);
  check_int(ax_channel_send(unwound_to, &v), AX_OK);
  actor *c = SPAWN(a->w, "c", AX_NORMAL, LOG);
  check_int(ax_proc_parent(c->p), a->pid);
  kill_self(a);
  check_int(ax_kill(w.k, a->pid, AX_SIGTERM), AX_OK);
}

/* Unwinding runs as the process, and may do what does not wait. */
static void an_unwinding_process_may_still_act(void) {
  static const ax_proc_ops ops = {
      .step = actor_step, .unwind = busy_unwind, .free = actor_free};
  setup();
  unwound_to = tx;
  const act wait = RECV(rx);
  kill_with(actor_new_with(&w, &ops, "a", AX_NORMAL, &wait, 1), AX_SIGCONT);
  ax_step(w.k);
  check_int(ax_kill(w.k, 2, AX_SIGKILL), AX_OK);
  run();
  check_log(&w, "a~ a. c- c.");
  ax_value v;
  check_int(ax_channel_recv(rx, &v), AX_OK);
  check_int(v.u.integer, 42);
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(bad_signals_and_pids_are_refused),
      TEST(what_has_not_run_dies_without_running),
      TEST(a_stopped_newcomer_is_killed_without_running),
      TEST(term_ends_a_wait_once),
      TEST(each_term_ends_one_wait),
      TEST(term_between_waits_ends_the_next_one),
      TEST(term_loses_no_value_that_was_handed_over),
      TEST(term_reaches_the_host_too),
      TEST(a_term_may_be_asked_for),
      TEST(kill_at_every_block_point),
      TEST(a_kill_again_is_the_same_kill),
      TEST(killing_oneself),
      TEST(terminating_oneself_ends_the_next_wait),
      TEST(an_unwinding_process_may_still_act),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
