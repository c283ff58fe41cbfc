/* crowd_test - a hundred thousand processes at once
**
** Nothing here measures time; what is not O(1) takes minutes. */
#include "world.h"

enum { CROWD = 100000 };

static world w;
static ax_object *tx, *rx;
static int received; /* the last message that anybody got */
static int closed;   /* how many were told that it is closed */
static int late;     /* how many were told that time is up */

/* Receives once, or sends its number once. */
static enum ax_step crowd_step(ax_proc *p) {
  const ax_arm *arm = ax_proc_body(p);
  int index;
  ax_value v;
  int rc = ax_proc_result(p, &index, &v);
  if (index < 0 && rc == AX_OK) /* the first step */
    return ax_wait(p, arm, 1, AX_NEVER - 1) == AX_EAGAIN ? AX_WAIT : AX_YIELD;
  if (rc == AX_EPIPE) closed++;
  if (rc == AX_ETIMEDOUT) late++;
  if (v.type == AX_INTEGER && arm->object == rx)
    check_int(v.u.integer, ++received);
  return AX_DONE;
}

static const ax_proc_ops crowd_ops = {.size = sizeof(ax_arm),
                                      .step = crowd_step};

static ax_proc *join(ax_object *o, ax_value v) {
  ax_arm arm = {o, v};
  ax_proc *p = NULL;
  if (!check_int(ax_spawn(w.k, &crowd_ops, &arm, NULL, AX_NORMAL, &p), AX_OK))
    exit(1);
  return p;
}

static void setup(void) {
  world_open(&w);
  world_channel(&w, 0, AX_FULL_BLOCK, &tx, &rx);
  received = closed = late = 0;
}

static void gather(void) {
  for (int i = 0; i < CROWD; i++) join(rx, ax_nil());
  check_int(ax_step(w.k), CROWD);
  check_int(world_stats(&w).waiters, CROWD);
}

static void teardown(void) {
  check_int(world_stats(&w).waiters, 0);
  check_int(world_stats(&w).timers, 0);
  ax_unref(tx);
  ax_unref(rx);
  world_close(&w);
}

static void each_gets_its_message(void) {
  setup();
  gather();
  for (int i = 1; i <= CROWD; i++) {
    ax_value v = ax_integer(i);
    check_int(ax_channel_send(tx, &v), AX_OK);
  }
  check_int(ax_step(w.k), CROWD);
  check_int(received, CROWD);
  teardown();
}

static void each_sends_its_message(void) {
  setup();
  for (int i = 1; i <= CROWD; i++) join(tx, ax_integer(i));
  check_int(ax_step(w.k), CROWD);
  for (int i = 1; i <= CROWD; i++) {
    ax_value v;
    check_int(ax_channel_recv(rx, &v), AX_OK);
    check_int(v.u.integer, i);
  }
  check_int(ax_run(w.k, NULL), AX_OK);
  teardown();
}

static void all_are_told_of_a_close(void) {
  setup();
  gather();
  ax_unref(tx);
  check_int(world_stats(&w).waiters, 0);
  check_int(ax_run(w.k, NULL), AX_OK);
  check_int(closed, CROWD);
  ax_unref(rx);
  world_channel(&w, 0, AX_FULL_BLOCK, &tx, &rx);
  teardown();
}

static void all_time_out_at_once(void) {
  setup();
  gather();
  check_int(world_stats(&w).timers, CROWD);
  check_int(ax_run(w.k, NULL), AX_OK);
  check_int(late, CROWD);
  teardown();
}

static void all_are_killed_one_by_one(void) {
  setup();
  gather();
  for (int pid = CROWD + 1; pid > 1; pid--)
    check_int(ax_kill(w.k, pid, AX_SIGKILL), AX_OK);
  check_int(world_stats(&w).waiters, 0);
  check_int(ax_run(w.k, NULL), AX_OK);
  for (int pid = 2; pid <= CROWD + 1; pid++)
    check_int(ax_proc_reap(ax_proc_find(w.k, pid)), AX_OK);
  check_int(world_stats(&w).processes, 1);
  teardown();
}

static void all_wait_for_one(void) {
  setup();
  ax_proc *p = join(rx, ax_nil());
  for (int i = 0; i < CROWD; i++) join(ax_proc_object(p), ax_nil());
  check_int(ax_step(w.k), CROWD + 1);
  check_int(ax_kill(w.k, 2, AX_SIGKILL), AX_OK);
  check_int(ax_run(w.k, NULL), AX_OK);
  check_int(ax_proc_reap(p), AX_OK);
  check(ax_proc_find(w.k, 2) == NULL);
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(each_gets_its_message),     TEST(each_sends_its_message),
      TEST(all_are_told_of_a_close),   TEST(all_time_out_at_once),
      TEST(all_are_killed_one_by_one), TEST(all_wait_for_one),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
