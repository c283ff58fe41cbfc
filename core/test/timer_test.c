/* timer_test - something to do when a moment has come */
#include "kernel/timer.h"

#include "base/assert.h"
#include "world.h"

typedef struct alarm {
  ax_timer timer;
  char name;
  uint64_t again;      /* set again so much later, or 0 */
  int turns;           /* how often at most */
  struct alarm *clear; /* clears that one, too */
} alarm;

static world w;
static alarm a, b, c;

static void due(ax_timer *t) {
  alarm *self = ax_container(t, alarm, timer);
  char name[2] = {self->name, '\0'};
  world_log(&w, name);
  check_int(t->entry.place, 0);
  if (self->clear != NULL) ax_timer_clear(w.k, &self->clear->timer);
  if (self->again > 0 && --self->turns > 0)
    check_int(ax_timer_set(w.k, t, ax_now(w.k) + self->again), AX_OK);
}

static void alarm_init(alarm *self, char name) {
  memset(self, 0, sizeof *self);
  self->timer.due = due;
  self->name = name;
}

static void setup(void) {
  world_open(&w);
  alarm_init(&a, 'a');
  alarm_init(&b, 'b');
  alarm_init(&c, 'c');
}

static void set(alarm *self, uint64_t deadline) {
  check_int(ax_timer_set(w.k, &self->timer, deadline), AX_OK);
}

static void check_timers(size_t n, uint64_t next) {
  check_int(world_stats(&w).timers, n);
  check(ax_next_deadline(w.k) == next);
}

static void a_timer_fires_when_its_time_has_come(void) {
  setup();
  set(&a, 100);
  check_timers(1, 100);
  w.now = 99;
  ax_step(w.k);
  check_log(&w, "");
  w.now = 100;
  ax_step(w.k);
  check_log(&w, "a");
  check_timers(0, AX_NEVER);
  w.now = 1000;
  ax_step(w.k);
  check_log(&w, "");
  world_close(&w);
}

static void late_timers_fire_in_the_order_of_their_times(void) {
  setup();
  set(&a, 30);
  set(&b, 10);
  set(&c, 20);
  check_timers(3, 10);
  w.now = 500;
  ax_step(w.k);
  check_log(&w, "b c a");
  world_close(&w);
}

static void equal_times_fire_in_the_order_of_setting(void) {
  setup();
  set(&c, 10);
  set(&a, 10);
  set(&b, 10);
  w.now = 10;
  ax_step(w.k);
  check_log(&w, "c a b");
  world_close(&w);
}

static void a_cleared_timer_does_not_fire(void) {
  setup();
  set(&a, 10);
  set(&b, 10);
  ax_timer_clear(w.k, &a.timer);
  ax_timer_clear(w.k, &a.timer);
  ax_timer_clear(w.k, &c.timer);
  check_timers(1, 10);
  w.now = 10;
  ax_step(w.k);
  check_log(&w, "b");
  set(&a, 20);
  w.now = 20;
  ax_step(w.k);
  check_log(&w, "a");
  world_close(&w);
}

static void a_timer_may_be_set_again_when_it_fires(void) {
  setup();
  a.again = 10;
  a.turns = 3;
  set(&a, 10);
  for (w.now = 0; w.now < 100; w.now += 5) ax_step(w.k);
  check_log(&w, "a a a");
  check_timers(0, AX_NEVER);
  world_close(&w);
}

static void a_timer_may_clear_others_that_are_due(void) {
  setup();
  b.clear = &a;
  set(&b, 10);
  set(&a, 10);
  set(&c, 10);
  w.now = 10;
  ax_step(w.k);
  check_log(&w, "b c");
  world_close(&w);
}

static void setting_without_memory_leaves_it_clear(void) {
  setup();
  w.memory.fail = 1;
  w.memory.always = true;
  check_int(ax_timer_set(w.k, &a.timer, 10), AX_ENOMEM);
  check_timers(0, AX_NEVER);
  w.memory.fail = 0;
  set(&a, 10);
  check_timers(1, 10);
  ax_timer_clear(w.k, &a.timer);
  world_close(&w);
}

static void running_sleeps_until_timers_are_due(void) {
  setup();
  set(&a, 7);
  set(&b, 50);
  SPAWN(&w, "p", AX_NORMAL, SLEEP(20));
  check_int(ax_run(w.k, NULL), AX_OK);
  check_log(&w, "a p!ETIMEDOUT p.");
  check_int(w.now, 20); /* it does not wait for b */
  check_timers(1, 50);
  ax_timer_clear(w.k, &b.timer);
  world_close(&w);
}

/* A timer may wake somebody: only without one it is a deadlock. */
static void a_timer_puts_a_deadlock_off(void) {
  setup();
  set(&a, 5);
  ax_object *tx, *rx;
  world_channel(&w, 1, AX_FULL_BLOCK, &tx, &rx);
  SPAWN(&w, "p", AX_NORMAL, RECV(rx));
  check_int(ax_run(w.k, NULL), AX_EDEADLK);
  check_log(&w, "a");
  check_int(w.now, 5);
  ax_unref(tx);
  check_int(ax_run(w.k, NULL), AX_OK);
  check_log(&w, "p!EPIPE p.");
  ax_unref(rx);
  world_close(&w);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(a_timer_fires_when_its_time_has_come),
      TEST(late_timers_fire_in_the_order_of_their_times),
      TEST(equal_times_fire_in_the_order_of_setting),
      TEST(a_cleared_timer_does_not_fire),
      TEST(a_timer_may_be_set_again_when_it_fires),
      TEST(a_timer_may_clear_others_that_are_due),
      TEST(setting_without_memory_leaves_it_clear),
      TEST(running_sleeps_until_timers_are_due),
      TEST(a_timer_puts_a_deadlock_off),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
