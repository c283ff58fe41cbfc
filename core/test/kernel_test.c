/* kernel_test - passes, priorities, running, time and chance */
#include <math.h>

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

/* ------------------------------------------------- passes and priorities */

static void a_pass_runs_by_priority_then_by_order(void) {
  setup();
  SPAWN(&w, "x", AX_BACKGROUND, LOG);
  SPAWN(&w, "n", AX_NORMAL, LOG, YIELD, LOG);
  SPAWN(&w, "c", AX_CRITICAL, LOG, YIELD, LOG);
  SPAWN(&w, "y", AX_BACKGROUND, LOG);
  SPAWN(&w, "m", AX_NORMAL, LOG);
  SPAWN(&w, "d", AX_CRITICAL, LOG);
  check_int(ax_step(w.k), 5);
  check_log(&w, "c- d- d. n- m- m. x- x.");
  check_int(ax_step(w.k), 3);
  check_log(&w, "c- c. n- n. y- y.");
  check_int(ax_step(w.k), 0);
  check_int(world_stats(&w).steps, 8);
  teardown();
}

static void spawn_critical(actor *a) { SPAWN(a->w, "c", AX_CRITICAL, LOG); }

static void what_becomes_ready_waits_for_the_next_pass(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, CALL(spawn_critical), YIELD, LOG);
  SPAWN(&w, "b", AX_NORMAL, LOG);
  check_int(ax_step(w.k), 2);
  check_log(&w, "b- b.");
  check_int(ax_step(w.k), 2);
  check_log(&w, "c- c. a- a.");
  teardown();
}

/* Two that wake each other for ever, at every priority, and one at every
** priority that wants to get on with its work. */
static void nobody_starves(void) {
  for (int busy = AX_CRITICAL; busy <= AX_BACKGROUND; busy++) {
    setup();
    w.quiet = true;
    ax_object *tx2, *rx2;
    world_channel(&w, 1, AX_FULL_BLOCK, &tx2, &rx2);
    SPAWN(&w, "a", (enum ax_priority)busy, SEND(tx, 1), RECV(rx2), AGAIN);
    SPAWN(&w, "b", (enum ax_priority)busy, RECV(rx), SEND(tx2, 1), AGAIN);
    actor *others[3];
    for (int i = AX_CRITICAL; i <= AX_BACKGROUND; i++)
      others[i] = SPAWN(&w, "o", (enum ax_priority)i, YIELD, YIELD, YIELD,
                        YIELD, YIELD);
    for (int pass = 0; pass < 30; pass++) check(ax_step(w.k) > 0);
    for (int i = AX_CRITICAL; i <= AX_BACKGROUND; i++)
      check_int(ax_proc_state(others[i]->p), AX_ZOMBIE);
    check_int(ax_kill(w.k, 2, AX_SIGKILL), AX_OK);
    check_int(ax_kill(w.k, 3, AX_SIGKILL), AX_OK);
    run();
    ax_unref(tx2);
    ax_unref(rx2);
    teardown();
  }
}

static void background_gets_one_step_a_pass(void) {
  setup();
  w.quiet = true;
  actor *all[4];
  for (int i = 0; i < 4; i++)
    all[i] = SPAWN(&w, "b", AX_BACKGROUND, YIELD, AGAIN);
  SPAWN(&w, "n", AX_NORMAL, YIELD, AGAIN);
  for (int pass = 1; pass <= 100; pass++) {
    check_int(ax_step(w.k), 2);
    check_int(world_stats(&w).passes, pass);
  }
  for (int i = 0; i < 4; i++)
    check_int(ax_kill(w.k, all[i]->pid, AX_SIGKILL), AX_OK);
  check_int(ax_kill(w.k, 6, AX_SIGKILL), AX_OK);
  run();
  teardown();
}

static void the_schedule_is_always_the_same(void) {
  char first[64] = "";
  for (int turn = 0; turn < 3; turn++) {
    setup();
    for (int i = 0; i < 3; i++)
      SPAWN(&w, i == 1 ? "b" : "a", AX_NORMAL, SLEEP(5), LOG, YIELD, LOG);
    run();
    if (turn == 0) snprintf(first, sizeof first, "%.60s", w.log);
    check(strncmp(first, w.log, 60) == 0);
    teardown();
  }
}

/* --------------------------------------------------------------- running */

static void the_host_waits_and_is_woken(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, SLEEP(20), SEND(tx, 5), YIELD, LOG);
  ax_arm arm = ARM(rx);
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_EAGAIN);
  check_int(ax_run(w.k, w.host), AX_OK);
  int index = 7;
  ax_value v;
  check_int(ax_proc_result(w.host, &index, &v), AX_OK);
  check(index == 0 && v.type == AX_INTEGER && v.u.integer == 5);
  check_int(w.now, 20);
  run();
  check_log(&w, "a!ETIMEDOUT a> a- a.");
  teardown();
}

static void a_host_that_does_not_wait_yields_once(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, LOG, YIELD, LOG, YIELD, LOG);
  for (int i = 0; i < 3; i++) check_int(ax_run(w.k, w.host), AX_OK);
  check_log(&w, "a- a- a- a.");
  check_int(ax_run(w.k, w.host), AX_OK); /* alone, too */
  check_int(ax_run(w.k, NULL), AX_OK);
  teardown();
}

static int nested[3];

static void run_from_a_step(actor *a) {
  nested[0] = ax_run(a->w->k, NULL);
  nested[1] = ax_run(a->w->k, a->w->host);
  nested[2] = ax_step(a->w->k);
}

static void running_from_a_step_is_refused(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, CALL(run_from_a_step), LOG);
  SPAWN(&w, "b", AX_NORMAL, LOG);
  run();
  check_log(&w, "a- a. b- b.");
  check_int(nested[0], AX_EBUSY);
  check_int(nested[1], AX_EBUSY);
  check(nested[2] <= 0);
  teardown();
}

static void hosts_with_a_loop_of_their_own(void) {
  setup();
  check(ax_next_deadline(w.k) == AX_NEVER);
  SPAWN(&w, "a", AX_NORMAL, SLEEP(30), LOG);
  SPAWN(&w, "b", AX_NORMAL, SLEEP(AX_NEVER));
  check(ax_next_deadline(w.k) == 0);
  check_int(ax_step(w.k), 2);
  check(ax_next_deadline(w.k) == 30);
  check_int(ax_step(w.k), 0);
  check_int(w.now, 0); /* ax_step never sleeps */
  w.now = 30;
  check_int(ax_step(w.k), 1);
  check(ax_next_deadline(w.k) == AX_NEVER);
  check_int(ax_kill(w.k, 3, AX_SIGTERM), AX_OK);
  check(ax_next_deadline(w.k) == 0);
  run();
  check_log(&w, "a!ETIMEDOUT a- a. b!ECANCELED b.");
  teardown();
}

/* A clock that wakes up early, as real ones do. */
typedef struct lazy {
  uint64_t now;
  int sleeps;
} lazy;

static uint64_t lazy_now(void *ctx) { return ((lazy *)ctx)->now; }

static void lazy_sleep(void *ctx, uint64_t nanoseconds) {
  lazy *self = ctx;
  self->sleeps++;
  self->now += nanoseconds / 2 + 1;
}

/* A step takes a second of this clock. */
static void spend_a_second(actor *a) { a->w->now += AX_SECOND; }

static void a_budget_ends_in_the_middle_of_a_pass(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, CALL(spend_a_second), LOG);
  SPAWN(&w, "b", AX_NORMAL, CALL(spend_a_second), LOG);
  SPAWN(&w, "c", AX_NORMAL, CALL(spend_a_second), LOG, YIELD, LOG);
  check_int(ax_step_until(w.k, w.now + 1), 1);
  check_log(&w, "a- a.");
  check_int(ax_step_until(w.k, w.now + AX_SECOND + 1), 2);
  check_log(&w, "b- b. c-");
  check_int(ax_step_until(w.k, 0), 1); /* at least one */
  check_log(&w, "c- c.");
  check_int(ax_step_until(w.k, AX_NEVER), 0);
  teardown();
}

static void a_sleep_may_return_early(void) {
  lazy clock = {1000, 0};
  ax_config config = {.clock = {lazy_now, lazy_sleep, &clock}};
  world_open_with(&w, &config);
  SPAWN(&w, "a", AX_NORMAL, SLEEP(500), LOG);
  run();
  check_log(&w, "a!ETIMEDOUT a- a.");
  check(clock.now >= 1500 && clock.now < 1510 && clock.sleeps > 3);
  world_close(&w);
}

/* -------------------------------------------------------- time and chance */

static void deadlines_saturate(void) {
  setup();
  w.now = 5;
  check(ax_now(w.k) == 5);
  check(ax_deadline(w.k, 0) == 0);
  check(ax_deadline(w.k, 1.5) == 5 + AX_SECOND + AX_SECOND / 2);
  check(ax_deadline(w.k, 1e-9) == 6);
  check(ax_deadline(w.k, (double)INFINITY) == AX_NEVER);
  const double huge[] = {1e300, 1.8446744073709552e10, 1.9e10, 1e18};
  for (size_t i = 0; i < COUNT(huge); i++)
    check(ax_deadline(w.k, huge[i]) >= AX_NEVER - AX_SECOND);
  check(ax_deadline(w.k, 1e9) == 5 + 1000000000 * AX_SECOND);
  w.now = AX_NEVER - 10;
  check(ax_deadline(w.k, 1) == AX_NEVER);
  w.now = 0;
  teardown();
}

static void the_real_clock_goes_forward(void) {
  ax_clock c = ax_clock_real();
  uint64_t before = c.now(c.ctx);
  c.sleep(c.ctx, 2000000);
  uint64_t after = c.now(c.ctx);
  check(after >= before + 1000000);
  check(after < before + 60 * AX_SECOND);
  c.sleep(c.ctx, 0);
}

static void the_virtual_clock_jumps(void) {
  uint64_t now = 7;
  ax_clock c = ax_clock_virtual(&now);
  check(c.now(c.ctx) == 7);
  c.sleep(c.ctx, 1000000 * AX_SECOND);
  check(now == 7 + 1000000 * AX_SECOND && c.now(c.ctx) == now);
  now += 3;
  check(c.now(c.ctx) == now);
}

static void chance_stays_below_its_limit_and_is_fair(void) {
  setup();
  const uint64_t limits[] = {1, 2, 3, 10, UINT64_C(1) << 63, UINT64_MAX};
  for (size_t i = 0; i < COUNT(limits); i++)
    for (int n = 0; n < 1000; n++)
      check(ax_random(w.k, limits[i]) < limits[i]);
  int seen[6] = {0};
  for (int n = 0; n < 6000; n++) seen[ax_random(w.k, 6)]++;
  for (int i = 0; i < 6; i++) check(seen[i] > 850 && seen[i] < 1150);
  teardown();
}

/* The first numbers of a kernel with that seed, as text. */
static void chance_of(uint64_t seed, char *text, size_t size) {
  ax_config config = {.seed = seed};
  world_open_with(&w, &config);
  size_t n = 0;
  for (int i = 0; i < 8; i++)
    n += (size_t)snprintf(text + n, size - n, "%d ",
                          (int)ax_random(w.k, 1000));
  world_close(&w);
}

static void a_seed_makes_the_same_chances(void) {
  char texts[4][64];
  const uint64_t seeds[] = {0, 1, 2, UINT64_MAX};
  for (size_t i = 0; i < COUNT(seeds); i++) {
    char again[64];
    chance_of(seeds[i], texts[i], sizeof texts[i]);
    chance_of(seeds[i], again, sizeof again);
    check_str(again, texts[i]);
    for (size_t j = 0; j < i; j++) check(strcmp(texts[i], texts[j]) != 0);
  }
}

static void what_is_alive_is_counted(void) {
  setup();
  ax_stats before = world_stats(&w);
  check_int(before.processes, 1);
  check_int(before.blocks, w.memory.blocks);
  check_int(before.bytes, w.memory.bytes);
  SPAWN(&w, "a", AX_NORMAL, WAIT2(20, ARM(rx), ARM(rx)));
  SPAWN(&w, "b", AX_NORMAL, SLEEP(10));
  ax_step(w.k);
  ax_stats s = world_stats(&w);
  check_int(s.processes, 3);
  check_int(s.waiters, 2);
  check_int(s.timers, 2);
  check_int(s.steps, 2);
  check_int(s.passes, 1);
  check_int(s.blocks, w.memory.blocks);
  check_int(s.bytes, w.memory.bytes);
  run();
  for (int pid = 2; pid < 4; pid++)
    check_int(ax_proc_reap(ax_proc_find(w.k, pid)), AX_OK);
  s = world_stats(&w);
  check_int(s.processes, 1);
  check_int(s.objects, before.objects);
  check_int(s.waiters + s.timers, 0);
  teardown();
}

static void a_kernel_has_sensible_defaults(void) {
  ax_kernel *k = NULL;
  if (!check_int(ax_kernel_new(NULL, &k), AX_OK)) return;
  uint64_t now = ax_now(k);
  check(now > 0 && ax_now(k) >= now);
  check_int(ax_proc_pid(ax_kernel_host(k)), 1);
  ax_arm arm = ARM(NULL);
  check_int(ax_wait(ax_kernel_host(k), &arm, 1, now + 1000000), AX_EAGAIN);
  check_int(ax_run(k, ax_kernel_host(k)), AX_OK);
  check(ax_now(k) >= now + 1000000);
  ax_kernel_free(k);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(a_pass_runs_by_priority_then_by_order),
      TEST(what_becomes_ready_waits_for_the_next_pass),
      TEST(nobody_starves),
      TEST(background_gets_one_step_a_pass),
      TEST(the_schedule_is_always_the_same),
      TEST(the_host_waits_and_is_woken),
      TEST(a_host_that_does_not_wait_yields_once),
      TEST(running_from_a_step_is_refused),
      TEST(hosts_with_a_loop_of_their_own),
      TEST(a_budget_ends_in_the_middle_of_a_pass),
      TEST(a_sleep_may_return_early),
      TEST(deadlines_saturate),
      TEST(the_real_clock_goes_forward),
      TEST(the_virtual_clock_jumps),
      TEST(chance_stays_below_its_limit_and_is_fair),
      TEST(a_seed_makes_the_same_chances),
      TEST(what_is_alive_is_counted),
      TEST(a_kernel_has_sensible_defaults),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
