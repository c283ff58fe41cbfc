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

/* ------------------------------------------------ failed without hearing */

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

/* ------------------------------------------------------- adopt and detach */

static void an_adopted_child_is_a_child(void) {
  setup();
  actor *a =
      SPAWN(&w, "a", AX_NORMAL, SLEEP(5), RECV(ax_kernel_children(w.k)));
  actor *b = SPAWN(&w, "b", AX_NORMAL, SLEEP(20));
  check_int(ax_proc_adopt(a->p, b->p), AX_OK);
  check_int(ax_proc_parent(b->p), a->pid);
  check_any(2);
  check_log(&w, "a!ETIMEDOUT b!ETIMEDOUT b. a<3 a.");
  check(ax_proc_find(w.k, 3) == NULL); /* with its parent */
  check_any(-1);
  teardown();
}

static void who_loses_the_last_child_is_told(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(50));
  actor *b = SPAWN(&w, "b", AX_NORMAL, SLEEP(9));
  actor *c = SPAWN(&w, "c", AX_NORMAL, SLEEP(9));
  check_int(ax_proc_adopt(a->p, c->p), AX_OK);
  check_int(ax_proc_adopt(b->p, a->p), AX_OK);
  ax_arm arm = ARM(ax_kernel_children(w.k));
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_EAGAIN);
  ax_proc_detach(b->p);
  check_int(ax_run(w.k, w.host), AX_OK);
  check_child(AX_ECHILD, 0);
  check_int(w.now, 0);
  run();
  check(ax_proc_find(w.k, b->pid) == NULL);
  check(ax_proc_find(w.k, a->pid) == NULL); /* its parent was gone */
  check_any(-1);
  teardown();
}

static void the_detached_are_reaped_at_once(void) {
  setup_failures();
  actor *a = SPAWN(&w, "a", AX_NORMAL, FAIL(5));
  actor *b = SPAWN(&w, "b", AX_NORMAL, FAIL(5));
  ax_proc_detach(a->p);
  check_int(ax_proc_parent(a->p), 0);
  run();
  check(ax_proc_find(w.k, 2) == NULL);
  check_str(failures, "a");
  check(ax_proc_find(w.k, 3) == b->p);
  ax_proc_detach(b->p); /* it is dead by now */
  check(ax_proc_find(w.k, 3) == NULL);
  check_str(failures, "ab");
  check_any(-1);
  teardown();
}

static void strange_families_are_refused(void) {
  setup();
  world other;
  world_open(&other);
  actor *a = SPAWN(&w, "a", AX_NORMAL, YIELD);
  actor *far = SPAWN(&other, "f", AX_NORMAL, YIELD);
  check_int(ax_proc_adopt(a->p, a->p), AX_EINVAL);
  check_int(ax_proc_adopt(a->p, w.host), AX_EINVAL);
  check_int(ax_proc_adopt(a->p, far->p), AX_EXDEV);
  check_int(ax_proc_adopt(w.host, a->p), AX_OK);
  run();
  check_int(ax_proc_adopt(w.host, a->p), AX_ESRCH);
  check_any(2);
  check_any(-1);
  world_close(&other);
  teardown();
}

/* Fire and forget: the body's end is the process's. */
static void reaping_free(ax_proc *p) {
  actor_free(p);
  check_int(ax_proc_reap(p), AX_OK);
}

static void a_body_may_reap_its_process(void) {
  static const ax_proc_ops ops = {.step = actor_step, .free = reaping_free};
  setup();
  const act sleep = SLEEP(5);
  actor *a = actor_new_with(&w, &ops, "a", AX_NORMAL, &sleep, 1);
  actor_new_with(&w, &ops, "b", AX_NORMAL, &sleep, 1);
  SPAWN(&w, "c", AX_NORMAL, RECV(ax_proc_object(a->p)));
  ax_arm arm = ARM(ax_kernel_children(w.k));
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_EAGAIN);
  check_int(ax_run(w.k, w.host), AX_OK);
  check_child(AX_OK, 4);
  check_log(&w, "a!ETIMEDOUT a. b!ETIMEDOUT b. c<2 c.");
  check(ax_proc_find(w.k, 2) == NULL && ax_proc_find(w.k, 3) == NULL);
  actor_new_with(&w, &ops, "d", AX_NORMAL, &sleep, 1);
  check_int(ax_kill(w.k, 5, AX_SIGKILL), AX_OK);
  check(ax_proc_find(w.k, 5) == NULL);
  check_any(4);
  check_any(-1);
  teardown();
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
      TEST(an_adopted_child_is_a_child),
      TEST(who_loses_the_last_child_is_told),
      TEST(the_detached_are_reaped_at_once),
      TEST(strange_families_are_refused),
      TEST(a_body_may_reap_its_process),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
