/* proc_test - processes: spawn, end, status, signals, holds */
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
  if (!check(status != NULL)) return;
  check_int(status->type, AX_INTEGER);
  check_int(status->u.integer, value);
}

/* ----------------------------------------------------------------- birth */

static void a_process_is_what_it_was_spawned_as(void) {
  setup();
  char name[] = "worker";
  actor *a = SPAWN(&w, "a", AX_BACKGROUND, YIELD);
  actor *b = actor_new(&w, name, AX_CRITICAL, NULL, 0);
  name[0] = 'W';
  check_int(a->pid, 2);
  check_int(b->pid, 3);
  check(ax_proc_body(a->p) == a && ax_proc_kernel(a->p) == w.k);
  check_int(ax_proc_parent(a->p), 1);
  check_str(ax_proc_name(b->p), "worker");
  check_int(ax_proc_state(a->p), AX_READY);
  check_int(ax_proc_priority(a->p), AX_BACKGROUND);
  check_int(ax_proc_priority(b->p), AX_CRITICAL);
  check_int(world_stats(&w).processes, 3);
  run();
  teardown();
}

static void the_host_is_process_one(void) {
  setup();
  check_int(ax_proc_pid(w.host), 1);
  check_int(ax_proc_parent(w.host), 0);
  check(ax_running(w.k) == w.host);
  check(ax_proc_find(w.k, 1) == w.host);
  check(ax_proc_name(w.host) != NULL);
  check_int(ax_proc_reap(w.host), AX_EBUSY);
  teardown();
}

static void an_outside_host_leaves_number_one_to_others(void) {
  ax_config config = {.outside = true};
  world_open_with(&w, &config);
  check_int(ax_proc_pid(w.host), 0);
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(5));
  check_int(a->pid, 1);
  check_int(ax_proc_parent(a->p), 0);
  check(ax_proc_find(w.k, 1) == a->p);
  check_int(ax_kill(w.k, 0, AX_SIGTERM), AX_ESRCH);
  ax_arm arm = ARM(ax_proc_object(a->p));
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_EAGAIN);
  check_int(world_stats(&w).waiters, 1);
  check_int(ax_run(w.k, w.host), AX_OK);
  check_status(a, AX_EXITED, 0);
  check_int(ax_kill(w.k, 1, AX_SIGKILL), AX_ESRCH);
  world_close(&w);
}

static void processes_are_found_and_listed(void) {
  setup();
  ax_proc *list[100] = {NULL};
  actor *all[50];
  for (int i = 0; i < 50; i++) all[i] = SPAWN(&w, "a", AX_NORMAL, YIELD);
  check(ax_proc_find(w.k, 2) == all[0]->p);
  check(ax_proc_find(w.k, 99) == NULL && ax_proc_find(w.k, -1) == NULL);
  run();
  check(ax_proc_find(w.k, 2) == all[0]->p); /* a zombie */
  check_int(ax_proc_reap(all[0]->p), AX_OK);
  check_int(ax_proc_reap(all[30]->p), AX_OK);
  check(ax_proc_find(w.k, 2) == NULL);
  actor *b = SPAWN(&w, "b", AX_NORMAL, YIELD);
  check_int(b->pid, 52);
  check_int(ax_proc_list(w.k, NULL, 0), 50);
  check_int(ax_proc_list(w.k, list, 100), 50);
  check(list[0] == w.host && list[1] == all[1]->p && list[49] == b->p);
  for (int i = 1; i < 50; i++)
    check(ax_proc_pid(list[i - 1]) < ax_proc_pid(list[i]));
  check(list[50] == NULL);
  teardown();
}

/* The lowest numbers are the first if the list is short. */
static void a_short_list_has_the_first(void) {
  setup();
  ax_proc *list[3] = {NULL};
  for (int i = 0; i < 20; i++) SPAWN(&w, "a", AX_NORMAL, YIELD);
  check_int(ax_proc_list(w.k, list, 2), 21);
  check(list[0] == w.host && list[1] == ax_proc_find(w.k, 2));
  check(list[2] == NULL);
  teardown();
}

/* A body that lives in its process, and may need any alignment. */
typedef union inside {
  long double number;
  max_align_t align;
  char text[100];
} inside;

static int inside_steps;

static enum ax_step inside_step(ax_proc *p) {
  inside *self = ax_proc_body(p);
  check_int((uintptr_t)self % _Alignof(max_align_t), 0);
  check_str(self->text, "copied");
  inside_steps++;
  return AX_DONE;
}

static void a_process_may_carry_its_body(void) {
  setup();
  static const ax_proc_ops ops = {.size = sizeof(inside),
                                  .step = inside_step};
  inside body = {.text = "copied"};
  ax_proc *p, *q;
  check_int(ax_spawn(w.k, &ops, &body, "x", AX_NORMAL, &p), AX_OK);
  check_int(ax_spawn(w.k, &ops, &body, NULL, AX_NORMAL, &q), AX_OK);
  body.text[0] = 'X';
  check(ax_proc_body(p) != &body && ax_proc_body(p) != ax_proc_body(q));
  check_str(ax_proc_name(q), "");
  inside_steps = 0;
  run();
  check_int(inside_steps, 2);
  teardown();
}

/* ------------------------------------------------------------------- end */

static void a_process_tells_how_it_ended(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, YIELD);
  actor *b = SPAWN(&w, "b", AX_NORMAL, EXIT(7));
  actor *c = SPAWN(&w, "c", AX_NORMAL, FAIL(8));
  actor *d = SPAWN(&w, "d", AX_NORMAL, RECV(rx));
  ax_step(w.k);
  kill_with(d, AX_SIGKILL);
  run();
  check_log(&w, "b. c. a. d~ d.");
  check_status(a, AX_EXITED, 0);
  check_status(b, AX_EXITED, 7);
  check_status(c, AX_FAILED, 8);
  check_status(d, AX_KILLED, AX_SIGKILL);
  check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_ESRCH);
  check_int(world_stats(&w).processes, 5);
  check_int(ax_proc_reap(a->p), AX_OK);
  check_int(world_stats(&w).processes, 4);
  teardown();
}

static void the_end_lets_go_of_holds_youngest_first(void) {
  setup();
  ax_object *ends[3][2];
  actor *a = SPAWN(&w, "a", AX_NORMAL, YIELD);
  for (int i = 0; i < 3; i++) {
    world_channel(&w, 1, AX_FULL_BLOCK, &ends[i][0], &ends[i][1]);
    actor_hold(a, ends[i][0]);
    check(ax_proc_held(a->p)->object == ends[i][0]);
  }
  SPAWN(&w, "x", AX_NORMAL, RECV(ends[0][1]));
  SPAWN(&w, "y", AX_NORMAL, RECV(ends[1][1]));
  SPAWN(&w, "z", AX_NORMAL, RECV(ends[2][1]));
  run();
  check_log(&w, "a. z!EPIPE z. y!EPIPE y. x!EPIPE x.");
  for (int i = 0; i < 3; i++) ax_unref(ends[i][1]);
  teardown();
}

static void holds_are_taken_and_dropped(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(5));
  for (int i = 0; i < 3; i++) actor_hold(a, ax_ref(tx));
  check(ax_hold_take(&a->holds[1]) == tx); /* from the middle */
  ax_unref(tx);
  ax_hold_drop(&a->holds[2]);
  ax_channel_stat stat;
  ax_channel_stat_get(tx, &stat);
  check_int(stat.senders, 2);
  check(ax_proc_held(a->p)->object == tx);
  check(ax_proc_held(a->p)->next == NULL);
  ax_hold_drop(&a->holds[0]);
  check(ax_proc_held(a->p) == NULL);
  ax_hold_drop(&a->holds[0]);
  ax_channel_stat_get(tx, &stat);
  check_int(stat.senders, 1);
  run();
  ax_hold_drop(&a->holds[0]); /* closed long ago */
  teardown();
}

/* ----------------------------------------------------- waiting for an end */

static void all_who_wait_for_an_end_are_woken(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(10), EXIT(3));
  ax_object *end = ax_proc_object(a->p);
  for (int i = 0; i < 200; i++) SPAWN(&w, "b", AX_NORMAL, RECV(end));
  ax_step(w.k);
  check_int(world_stats(&w).waiters, 200);
  w.now = 10;
  ax_step(w.k);
  check_int(world_stats(&w).waiters, 0);
  check_int(ax_proc_reap(a->p), AX_OK);
  check(ax_proc_find(w.k, a->pid) == a->p); /* until they have run */
  check_status(a, AX_EXITED, 3);
  check_int(ax_step(w.k), 200);
  check(ax_proc_find(w.k, 2) == NULL);
  run();
  teardown();
}

static void waiting_for_a_dead_one_is_no_wait(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, EXIT(3));
  run();
  check_log(&w, "a.");
  SPAWN(&w, "b", AX_NORMAL, RECV(ax_proc_object(a->p)));
  check_int(ax_step(w.k), 1);
  check_log(&w, "b<2 b.");
  teardown();
}

/* The watcher was told, and is killed before it could look. */
static void a_killed_watcher_does_not_keep_the_dead(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(10));
  actor *b = SPAWN(&w, "b", AX_BACKGROUND, RECV(ax_proc_object(a->p)));
  actor *c = SPAWN(&w, "c", AX_BACKGROUND,
                   WAIT2(99, ARM(ax_proc_object(a->p)), ARM(rx)));
  ax_step(w.k);
  ax_step(w.k);
  w.now = 10;
  ax_step(w.k);
  check_int(ax_proc_reap(a->p), AX_OK);
  kill_with(b, AX_SIGKILL);
  kill_with(c, AX_SIGKILL);
  run();
  check(ax_proc_find(w.k, 2) == NULL);
  check_int(world_stats(&w).processes, 3);
  teardown();
}

static void a_timed_out_watcher_leaves_no_trace(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(100));
  SPAWN(&w, "b", AX_NORMAL, WAIT1(10, ARM(ax_proc_object(a->p))));
  w.now = 0;
  ax_step(w.k);
  w.now = 10;
  ax_step(w.k);
  check_log(&w, "b!ETIMEDOUT b.");
  run();
  check_int(ax_proc_reap(a->p), AX_OK);
  check(ax_proc_find(w.k, 2) == NULL);
  teardown();
}

static void nobody_waits_for_himself(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, YIELD, SLEEP(5));
  a->acts[0] = (act)RECV(ax_proc_object(a->p));
  run();
  check_log(&w, "a!EDEADLK a!ETIMEDOUT a.");
  teardown();
}

static void two_watch_each_other_and_one_is_killed(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, YIELD);
  actor *b = SPAWN(&w, "b", AX_NORMAL, RECV(ax_proc_object(a->p)));
  a->acts[0] = (act)RECV(ax_proc_object(b->p));
  check_int(ax_run(w.k, NULL), AX_EDEADLK);
  kill_with(a, AX_SIGKILL);
  run();
  check_log(&w, "a~ a. b<2 b.");
  teardown();
}

/* ----------------------------------------------------------- step answers */

static enum ax_step answer; /* of the first step */
static int answers;

static enum ax_step sloppy_step(ax_proc *p) {
  ax_arm arm = ARM(rx);
  if (answers++ > 0) return AX_DONE;
  if (answer != AX_WAIT) check_int(ax_wait(p, &arm, 1, 50), AX_EAGAIN);
  return answer;
}

/* A step that breaks the rules about waiting breaks nothing else. */
static void a_careless_step_breaks_nothing(void) {
  static const ax_proc_ops ops = {.step = sloppy_step};
  const enum ax_step all[] = {AX_DONE, AX_YIELD, AX_WAIT};
  for (size_t i = 0; i < COUNT(all); i++) {
    setup();
    answer = all[i];
    answers = 0;
    ax_proc *p;
    check_int(ax_spawn(w.k, &ops, NULL, NULL, AX_NORMAL, &p), AX_OK);
    int rc = ax_run(w.k, NULL);
    check(rc == AX_OK || rc == AX_EDEADLK);
    if (rc == AX_EDEADLK) check_int(ax_kill(w.k, 2, AX_SIGKILL), AX_OK);
    run();
    check_int(ax_proc_state(p), AX_ZOMBIE);
    teardown();
  }
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(a_process_is_what_it_was_spawned_as),
      TEST(the_host_is_process_one),
      TEST(an_outside_host_leaves_number_one_to_others),
      TEST(processes_are_found_and_listed),
      TEST(a_short_list_has_the_first),
      TEST(a_process_may_carry_its_body),
      TEST(a_process_tells_how_it_ended),
      TEST(the_end_lets_go_of_holds_youngest_first),
      TEST(holds_are_taken_and_dropped),
      TEST(all_who_wait_for_an_end_are_woken),
      TEST(waiting_for_a_dead_one_is_no_wait),
      TEST(a_killed_watcher_does_not_keep_the_dead),
      TEST(a_timed_out_watcher_leaves_no_trace),
      TEST(nobody_waits_for_himself),
      TEST(two_watch_each_other_and_one_is_killed),
      TEST(a_careless_step_breaks_nothing),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
