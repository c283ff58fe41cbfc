/* child_test - parents, children, and failures that nobody heard of */
#include "world.h"

static world w;
static ax_object *tx, *rx;

static void setup(void) {
  world_open(&w);
  world_channel(&w, 1, AX_FULL_BLOCK, &tx, &rx);
}

static void teardown(void) {
  check_int(world_stats(&w).waiters, 0);
  ax_unref(tx);
  ax_unref(rx);
  world_close(&w);
}

static void run(void) { check_int(ax_run(w.k, NULL), AX_OK); }

/* ---------------------------------------------------- failed without hearing */

static char failures[64];

static void failed(void *ctx, ax_proc *p) {
  check(ctx == &failures);
  strcat(failures, ax_proc_name(p));
}

static void asks(actor *a) {
  const ax_value *status;
  ax_proc *p = ax_proc_find(a->w->k, 2);
  if (p != NULL) (void)ax_proc_status(p, &status);
}

static void setup_failures(void) {
  ax_config config = {.failed = failed, .ctx = &failures};
  world_open_with(&w, &config);
  world_channel(&w, 1, AX_FULL_BLOCK, &tx, &rx);
  failures[0] = '\0';
}

static void a_failure_nobody_asked_for_is_told_once(void) {
  setup_failures();
  SPAWN(&w, "f", AX_NORMAL, FAIL(1));
  SPAWN(&w, "g", AX_NORMAL, EXIT(1));
  actor *h = SPAWN(&w, "h", AX_NORMAL, RECV(rx));
  ax_step(w.k);
  check_int(ax_kill(w.k, h->pid, AX_SIGKILL), AX_OK);
  run();
  check_str(failures, ""); /* it may yet be asked for */
  teardown();
  check_str(failures, "f");
}

static void a_failure_that_was_heard_of_is_not_told(void) {
  setup_failures();
  actor *f = SPAWN(&w, "f", AX_NORMAL, FAIL(1));
  SPAWN(&w, "g", AX_NORMAL, RECV(ax_proc_object(f->p)), CALL(asks));
  run();
  check_int(ax_proc_reap(f->p), AX_OK);
  teardown();
  check_str(failures, "");
}

static void a_reaped_failure_that_nobody_looked_at_is_told(void) {
  setup_failures();
  actor *f = SPAWN(&w, "f", AX_NORMAL, FAIL(1));
  run();
  check_int(ax_proc_reap(f->p), AX_OK);
  check_str(failures, "f");
  teardown();
  check_str(failures, "f");
}

static void spawn_failing(actor *a) {
  SPAWN(a->w, "f", AX_NORMAL, FAIL(1));
  SPAWN(a->w, "g", AX_NORMAL, SLEEP(9), FAIL(1));
}

/* One fails while its parent lives, one when it is gone. */
static void failing_children_of_the_dead_are_told(void) {
  setup_failures();
  SPAWN(&w, "p", AX_NORMAL, CALL(spawn_failing), SLEEP(5));
  w.now = 0;
  ax_step(w.k);
  ax_step(w.k);
  check_str(failures, "");
  w.now = 5;
  ax_step(w.k);
  check_str(failures, "f"); /* with its parent */
  check(ax_proc_find(w.k, 3) == NULL);
  run();
  check_str(failures, "fg");
  check(ax_proc_find(w.k, 4) == NULL);
  teardown();
  check_str(failures, "fg");
}

static void a_watcher_that_dies_first_has_not_heard(void) {
  setup_failures();
  actor *f = SPAWN(&w, "f", AX_NORMAL, SLEEP(5), FAIL(1));
  actor *g =
      SPAWN(&w, "g", AX_BACKGROUND, RECV(ax_proc_object(f->p)), CALL(asks));
  ax_step(w.k);
  ax_step(w.k);
  w.now = 5;
  SPAWN(&w, "h", AX_BACKGROUND, YIELD, AGAIN);
  ax_step(w.k);
  check_int(ax_kill(w.k, g->pid, AX_SIGKILL), AX_OK);
  check_int(ax_kill(w.k, 4, AX_SIGKILL), AX_OK);
  run();
  check_int(ax_proc_reap(f->p), AX_OK);
  teardown();
  check_str(failures, "f");
}

/* --------------------------------------------------------------- any child */

static void check_child(int rc, int pid) {
  int index;
  ax_value v;
  check_int(ax_proc_result(w.host, &index, &v), rc);
  if (rc == AX_OK) check(v.type == AX_INTEGER && v.u.integer == pid);
}

/* The host waits for any child; what the wait came to is -1 or a pid. */
static void check_any(int pid) {
  ax_arm arm = ARM(ax_kernel_children(w.k));
  int rc = ax_wait(w.host, &arm, 1, AX_NEVER);
  if (rc == AX_EAGAIN) rc = ax_run(w.k, w.host);
  check_int(rc, AX_OK);
  check_child(pid < 0 ? AX_ECHILD : AX_OK, pid);
  if (pid > 0) check_int(ax_proc_reap(ax_proc_find(w.k, pid)), AX_OK);
}

static void the_first_that_ended_is_the_first_to_be_told(void) {
  setup();
  check_any(-1);
  SPAWN(&w, "a", AX_NORMAL, SLEEP(10));
  SPAWN(&w, "b", AX_NORMAL, SLEEP(5));
  SPAWN(&w, "c", AX_NORMAL, EXIT(1));
  check_any(4);
  check_int(w.now, 0);
  SPAWN(&w, "x", AX_NORMAL, SLEEP(20));
  w.now = 30;
  check_any(3);
  check_any(2);
  check_any(5);
  check_any(-1);
  teardown();
}

static void grandchildren_are_no_children(void) {
  setup();
  SPAWN(&w, "p", AX_NORMAL, CALL(spawn_failing), SLEEP(20));
  check_any(2);
  check_any(-1);
  teardown();
}

static void wait_for_any(actor *a) {
  a->acts[a->at] = (act)RECV(ax_kernel_children(a->w->k));
}

static void reap_four(actor *a) {
  check_int(ax_proc_reap(ax_proc_find(a->w->k, 4)), AX_OK);
}

/* Two parents wait at once: each hears of its own children. */
static void every_parent_hears_of_its_own(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(5));
  ax_arm arm = ARM(ax_kernel_children(w.k));
  check_int(ax_wait(w.host, &arm, 1, 50), AX_EAGAIN);
  SPAWN(&w, "b", AX_NORMAL, CALL(spawn_failing), CALL(wait_for_any), LOG,
        CALL(reap_four), CALL(wait_for_any), LOG);
  check_int(ax_run(w.k, w.host), AX_OK);
  check_child(AX_OK, a->pid);
  run();
  check(strstr(w.log, "b<4") != NULL && strstr(w.log, "b<5") != NULL);
  check_any(a->pid);
  check_any(3);
  check_any(-1);
  teardown();
}

static void what_is_reaped_is_no_child_any_more(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(5));
  actor *b = SPAWN(&w, "b", AX_NORMAL, YIELD);
  run();
  check_int(ax_proc_reap(b->p), AX_OK);
  check_int(ax_proc_reap(a->p), AX_OK);
  check_any(-1);
  teardown();
}

/* A zombie that is reaped but still watched is nobody's child. */
static void what_is_reaped_but_watched_is_no_child(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(5));
  SPAWN(&w, "b", AX_BACKGROUND, RECV(ax_proc_object(a->p)), SLEEP(9));
  SPAWN(&w, "c", AX_BACKGROUND, YIELD, AGAIN);
  ax_step(w.k);
  ax_step(w.k);
  w.now = 5;
  ax_step(w.k);
  check_int(ax_proc_state(a->p), AX_ZOMBIE);
  check_int(ax_proc_reap(a->p), AX_OK);
  check(ax_proc_find(w.k, 2) == a->p);
  ax_arm arm = ARM(ax_kernel_children(w.k));
  check_int(ax_wait(w.host, &arm, 1, 0), AX_OK);
  check_child(AX_ETIMEDOUT, 0);
  check_int(ax_kill(w.k, 4, AX_SIGKILL), AX_OK);
  run();
  check(ax_proc_find(w.k, 2) == NULL);
  teardown();
}

/* The hook may reap what it is told of, and look for others. */
static void reaping_failed(void *ctx, ax_proc *p) {
  const ax_value *status;
  failed(ctx, p);
  check_int(ax_proc_status(p, &status), AX_FAILED);
  check_int(ax_proc_reap(p), AX_OK);
  check_int(ax_proc_reap(p), AX_OK);
}

static void the_hook_may_reap(void) {
  ax_config config = {.failed = reaping_failed, .ctx = &failures};
  world_open_with(&w, &config);
  world_channel(&w, 1, AX_FULL_BLOCK, &tx, &rx);
  failures[0] = '\0';
  SPAWN(&w, "p", AX_NORMAL, CALL(spawn_failing), SLEEP(5));
  actor *q = SPAWN(&w, "q", AX_NORMAL, FAIL(1));
  run();
  check_int(ax_proc_reap(q->p), AX_OK);
  teardown();
  check_str(failures, "fgq");
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(a_failure_nobody_asked_for_is_told_once),
      TEST(a_failure_that_was_heard_of_is_not_told),
      TEST(a_reaped_failure_that_nobody_looked_at_is_told),
      TEST(failing_children_of_the_dead_are_told),
      TEST(a_watcher_that_dies_first_has_not_heard),
      TEST(the_first_that_ended_is_the_first_to_be_told),
      TEST(grandchildren_are_no_children),
      TEST(every_parent_hears_of_its_own),
      TEST(what_is_reaped_is_no_child_any_more),
      TEST(what_is_reaped_but_watched_is_no_child),
      TEST(the_hook_may_reap),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
