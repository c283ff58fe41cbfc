/* deadlock_test - when nothing can ever run again */
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

static void send(ax_object *to, int64_t i) {
  ax_value v = ax_integer(i);
  check_int(ax_channel_send(to, &v), AX_OK);
}

static void a_deadlock_is_told_and_can_be_mended(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx), LOG);
  for (int i = 0; i < 2; i++) {
    check_int(ax_run(w.k, NULL), AX_EDEADLK);
    check_int(ax_proc_state(a->p), AX_WAITING);
    check(ax_proc_waiting(a->p) && ax_proc_arm(a->p, 0) == rx);
    check_int(ax_proc_arms(a->p), 1);
    check(ax_proc_deadline(a->p) == AX_NEVER);
  }
  send(tx, 5);
  run();
  check_log(&w, "a<5 a- a.");
  teardown();
}

static void the_host_in_a_deadlock_goes_on(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, RECV(rx));
  ax_arm arm = ARM(rx);
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_EAGAIN);
  check_int(ax_run(w.k, w.host), AX_EDEADLK);
  check_int(world_stats(&w).waiters, 2);
  ax_wait_cancel(w.host);
  check_int(world_stats(&w).waiters, 1);
  check(!ax_proc_waiting(w.host));
  send(tx, 1);
  send(tx, 2);
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_OK);
  int index;
  ax_value v;
  check_int(ax_proc_result(w.host, &index, &v), AX_OK);
  check_int(v.u.integer, 2);
  ax_wait_cancel(w.host); /* it does not wait: nothing happens */
  run();
  check_log(&w, "a<1 a.");
  teardown();
}

static void waiting_for_the_last_process_is_no_deadlock(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(5), EXIT(9));
  ax_arm arm = ARM(ax_proc_object(a->p));
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_EAGAIN);
  check_int(ax_run(w.k, w.host), AX_OK);
  int index;
  ax_value v;
  check_int(ax_proc_result(w.host, &index, &v), AX_OK);
  check_int(v.u.integer, a->pid);
  teardown();
}

static int idles;

static void idle(void *ctx) {
  idles++;
  if (ctx != NULL && tx != NULL) {
    ax_unref(tx); /* as a collector would */
    tx = NULL;
  }
}

static void the_idle_hook_is_the_last_chance(void) {
  for (int helps = 0; helps < 2; helps++) {
    ax_config config = {.idle = idle, .ctx = helps ? &idles : NULL};
    world_open_with(&w, &config);
    world_channel(&w, 1, AX_FULL_BLOCK, &tx, &rx);
    idles = 0;
    SPAWN(&w, "a", AX_NORMAL, SLEEP(5), RECV(rx));
    check_int(ax_run(w.k, NULL), helps ? AX_OK : AX_EDEADLK);
    check_log(&w, helps ? "a!ETIMEDOUT a!EPIPE a." : "a!ETIMEDOUT");
    check_int(idles, 1);
    if (!helps) ax_unref(tx);
    run();
    ax_unref(rx);
    world_close(&w);
  }
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(a_deadlock_is_told_and_can_be_mended),
      TEST(the_host_in_a_deadlock_goes_on),
      TEST(waiting_for_the_last_process_is_no_deadlock),
      TEST(the_idle_hook_is_the_last_chance),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
