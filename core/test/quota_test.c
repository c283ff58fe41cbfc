/* quota_test - limits, and that what would pass them changes nothing */
#include "world.h"

static world w;
static ax_object *tx, *rx;

static void setup(void) {
  world_open(&w);
  world_channel(&w, AX_UNBOUNDED, AX_FULL_BLOCK, &tx, &rx);
}

static void teardown(void) {
  ax_unref(tx);
  ax_unref(rx);
  ax_stats s = world_stats(&w);
  check_int(s.messages, 0);
  check_int(s.handles, 0);
  world_close(&w);
}

static void limit(ax_quota all, ax_quota each) {
  ax_kernel_set_quota(w.k, &all, &each);
}

static const ax_quota none;

static void run(void) { check_int(ax_run(w.k, NULL), AX_OK); }

/* Spawns one that sleeps; the answer. */
static int spawn(void) {
  static const ax_proc_ops ops = {.step = actor_step, .free = actor_free};
  size_t before = w.memory.blocks;
  actor *a = calloc(1, sizeof *a);
  if (a == NULL) exit(2);
  *a = (actor){.w = &w, .name = "s", .nacts = 1, .acts = {SLEEP(5)}};
  int rc = ax_spawn(w.k, &ops, a, "s", AX_NORMAL, &a->p);
  if (rc != AX_OK) {
    check_int(w.memory.blocks, before);
    free(a);
    return rc;
  }
  a->pid = ax_proc_pid(a->p);
  a->next = w.actors;
  w.actors = a;
  return rc;
}

static void processes_are_limited(void) {
  setup();
  limit((ax_quota){.processes = 3}, none);
  for (int i = 0; i < 3; i++) check_int(spawn(), AX_OK);
  check_int(spawn(), AX_EDQUOT);
  check_int(world_stats(&w).processes, 4);
  run(); /* zombies do not count */
  check_int(spawn(), AX_OK);
  check_int(w.actors->pid, 5);
  limit(none, none);
  for (int i = 0; i < 10; i++) check_int(spawn(), AX_OK);
  limit((ax_quota){.processes = 3}, none);
  check_int(spawn(), AX_EDQUOT); /* there are more already */
  run();
  check_int(spawn(), AX_OK);
  run();
  teardown();
}

static int answers[4];

static void spawn_three(actor *a) {
  (void)a;
  for (int i = 0; i < 3; i++) answers[i] = spawn();
}

static void children_are_limited(void) {
  setup();
  limit(none, (ax_quota){.processes = 2});
  SPAWN(&w, "a", AX_NORMAL, CALL(spawn_three), SLEEP(9), CALL(spawn_three));
  check_int(spawn(), AX_OK);
  check_int(spawn(), AX_EDQUOT);
  ax_step(w.k);
  check(answers[0] == AX_OK && answers[1] == AX_OK);
  check_int(answers[2], AX_EDQUOT);
  run(); /* dead children do not count */
  check(answers[0] == AX_OK && answers[1] == AX_OK);
  check_int(answers[2], AX_EDQUOT);
  check_int(spawn(), AX_OK);
  run();
  teardown();
}

static void handles_are_limited(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(5));
  actor *b = SPAWN(&w, "b", AX_NORMAL, SLEEP(5));
  limit((ax_quota){.handles = 3}, (ax_quota){.handles = 2});
  check_int(ax_hold_room(a->p, 2), AX_OK);
  check_int(ax_hold_room(a->p, 3), AX_EDQUOT);
  check_int(ax_hold_room(a->p, SIZE_MAX), AX_EDQUOT);
  for (int i = 0; i < 2; i++) actor_hold(a, ax_ref(tx));
  check_int(ax_hold_room(a->p, 1), AX_EDQUOT);
  check_int(ax_hold_room(a->p, 0), AX_OK);
  check_int(ax_hold_room(b->p, 1), AX_OK);
  check_int(ax_hold_room(b->p, 2), AX_EDQUOT);
  actor_hold(b, ax_ref(rx));
  check_int(world_stats(&w).handles, 3);
  check_int(ax_hold_room(b->p, 1), AX_EDQUOT);
  ax_hold_drop(&a->holds[0]);
  check_int(world_stats(&w).handles, 2);
  check_int(ax_hold_room(b->p, 1), AX_OK);
  run();
  check_int(world_stats(&w).handles, 0);
  teardown();
}

static int send(int64_t i) {
  ax_value v = ax_integer(i);
  int rc = ax_channel_send(tx, &v);
  if (rc != AX_OK) check(v.type == AX_INTEGER && v.u.integer == i);
  return rc;
}

static void messages_are_limited(void) {
  setup();
  ax_object *tx2, *rx2;
  world_channel(&w, 1, AX_FULL_DROP_OLDEST, &tx2, &rx2);
  limit((ax_quota){.messages = 3}, none);
  ax_value v = ax_integer(0);
  check_int(ax_channel_send(tx2, &v), AX_OK);
  for (int i = 1; i <= 2; i++) check_int(send(i), AX_OK);
  check_int(world_stats(&w).messages, 3);
  check_int(send(3), AX_EDQUOT);
  v = ax_integer(4);
  check_int(ax_channel_send(tx2, &v), AX_OK); /* in the place of another */
  SPAWN(&w, "a", AX_NORMAL, WAIT1(50, ARM_SEND(tx, 5)), EXIT(1));
  run();
  check_log(&w, "a!EDQUOT a.");
  check_int(ax_channel_recv(rx, &v), AX_OK);
  check_int(v.u.integer, 1);
  check_int(send(6), AX_OK);
  for (int i = 0; i < 2; i++) check_int(ax_channel_recv(rx, &v), AX_OK);
  check_int(v.u.integer, 6);
  check_int(world_stats(&w).messages, 1);
  ax_unref(rx2);
  check_int(world_stats(&w).messages, 0);
  ax_unref(tx2);
  teardown();
}

/* What is handed to one who waits is in no queue. */
static void handing_over_needs_no_room(void) {
  setup();
  limit((ax_quota){.messages = 1}, none);
  check_int(send(1), AX_OK);
  actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx), RECV(rx));
  ax_step(w.k);
  check_int(send(2), AX_OK);
  check_int(send(3), AX_OK);
  check_int(send(4), AX_EDQUOT);
  check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
  check_int(world_stats(&w).messages, 2); /* nothing is lost, though */
  check_int(send(4), AX_EDQUOT);
  run();
  teardown();
}

static void memory_is_limited(void) {
  setup();
  size_t used = world_stats(&w).bytes;
  limit((ax_quota){.bytes = used + 2000}, none);
  ax_value v[100];
  int n = 0, rc = AX_OK;
  while (n < 100 && rc == AX_OK)
    rc = ax_string(w.k, "0123456789", 10, &v[n++]);
  check_int(rc, AX_ENOMEM);
  check(n > 20 && world_stats(&w).bytes <= used + 2000);
  check_int(world_stats(&w).bytes, w.memory.bytes);
  ax_value_clear(&v[0]);
  check_int(ax_string(w.k, "0123456789", 10, &v[0]), AX_OK);
  limit((ax_quota){.bytes = 1}, none); /* less than is in use */
  ax_value more;
  check_int(ax_string(w.k, "", 0, &more), AX_ENOMEM);
  for (int i = 0; i < n - 1; i++) ax_value_clear(&v[i]);
  check_int(spawn(), AX_ENOMEM);
  limit(none, none);
  check_int(spawn(), AX_OK);
  run();
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(processes_are_limited),      TEST(children_are_limited),
      TEST(handles_are_limited),        TEST(messages_are_limited),
      TEST(handing_over_needs_no_room), TEST(memory_is_limited),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
