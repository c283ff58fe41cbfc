/* free_test - the end of a kernel, whatever is alive, and its neighbours */
#include "world.h"

static world w;
static ax_object *tx, *rx;

static void setup(void) {
  world_open(&w);
  world_channel(&w, 1, AX_FULL_BLOCK, &tx, &rx);
}

/* The host lets go of its ends after its kernel. */
static void teardown(void) {
  world_free_kernel(&w);
  ax_unref(tx);
  ax_unref(rx);
  world_close(&w);
}

static void give(ax_object *to, uint32_t slot) {
  ax_value v = world_foreign(&w, slot);
  check_int(ax_channel_send(to, &v), AX_OK);
}

static void check_released(uint32_t first, uint32_t last) {
  for (uint32_t i = first; i <= last; i++) check_int(w.closet.released[i], 1);
}

static void kill_with(const actor *a, int signal) {
  check_int(ax_kill(w.k, a->pid, signal), AX_OK);
}

static void nothing_was_ever_done(void) {
  world_open(&w);
  world_close(&w);
}

/* Processes in every state, with values everywhere. */
static void everything_is_alive(void) {
  setup();
  ax_object *tx2, *rx2, *tx3, *rx3;
  world_channel(&w, AX_UNBOUNDED, AX_FULL_BLOCK, &tx2, &rx2);
  world_channel(&w, 0, AX_FULL_BLOCK, &tx3, &rx3);
  give(tx, 0);
  SPAWN(&w, "a", AX_NORMAL, WAIT1(AX_NEVER, ARM_GIVE(&w, tx, 1)));
  SPAWN(&w, "b", AX_NORMAL, WAIT2(50, ARM_GIVE(&w, tx, 2), ARM(rx2)));
  actor *c = SPAWN(&w, "c", AX_NORMAL, RECV(rx2));
  SPAWN(&w, "d", AX_CRITICAL, EXIT(1));
  actor *e = SPAWN(&w, "e", AX_NORMAL, SLEEP(9));
  actor *f = SPAWN(&w, "f", AX_NORMAL, RECV(rx3));
  SPAWN(&w, "g", AX_NORMAL, RECV(ax_proc_object(f->p)));
  SPAWN(&w, "h", AX_NORMAL, RECV(ax_kernel_children(w.k)));
  SPAWN(&w, "i", AX_NORMAL, WAIT1(AX_NEVER, ARM_GIVE(&w, tx3, 3)));
  actor_hold(c, tx2);
  actor_hold(c, ax_ref(tx3));
  actor_hold(e, tx3);
  actor_hold(f, rx2);
  actor_hold(c, rx3);
  ax_arm arm = ARM(ax_proc_object(e->p));
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_EAGAIN);
  ax_step(w.k);
  kill_with(e, AX_SIGSTOP);
  give(tx2, 4); /* b is given it, and does not run any more */
  give(tx2, 5);
  give(tx2, 6);
  kill_with(f, AX_SIGKILL); /* and is not unwound */
  SPAWN(&w, "j", AX_NORMAL, LOG);
  world_free_kernel(&w);
  check(strstr(w.log, "j-") == NULL);
  ax_unref(tx);
  ax_unref(rx);
  check_released(0, 6);
  world_close(&w);
}

static void in_the_middle_of_a_pass(void) {
  setup();
  SPAWN(&w, "a", AX_CRITICAL, LOG, YIELD, LOG);
  SPAWN(&w, "b", AX_NORMAL, LOG);
  check_int(ax_run(w.k, w.host), AX_OK);
  SPAWN(&w, "c", AX_BACKGROUND, LOG);
  SPAWN(&w, "d", AX_BACKGROUND, LOG);
  check_int(ax_run(w.k, w.host), AX_OK);
  check(strstr(w.log, "d-") == NULL);
  teardown();
}

/* -------------------------------------------- ends that outlive the kernel */

static void ends_outlive_their_kernel(void) {
  for (int first = 0; first < 2; first++) {
    setup();
    give(tx, 0);
    actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(5));
    ax_object *end = ax_ref(ax_proc_object(a->p));
    world_free_kernel(&w);
    ax_value v = world_foreign(&w, 1);
    check_int(ax_channel_send(tx, &v), AX_EPIPE);
    check(v.type == AX_FOREIGN && v.slot == 1);
    check_int(ax_channel_recv(rx, &v), AX_EPIPE);
    char text[64];
    check(ax_object_describe(tx, text, sizeof text) > 0);
    check_str(ax_object_kind(rx), "receiver");
    check(ax_object_peer(tx) == rx);
    ax_channel_stat stat;
    ax_channel_stat_get(tx, &stat);
    check_int(stat.senders, 1);
    check_str(ax_object_kind(end), "process");
    ax_unref(first ? rx : tx);
    ax_unref(end);
    check(w.memory.blocks > 0);
    ax_unref(first ? tx : rx);
    check_int(w.closet.released[0], 1);
    world_close(&w);
  }
}

static void what_the_host_holds_is_given_back(void) {
  setup();
  ax_hold holds[2];
  ax_hold_add(w.host, &holds[0], ax_ref(tx));
  ax_hold_add(w.host, &holds[1], ax_ref(rx));
  world_free_kernel(&w);
  check(holds[0].object == NULL && holds[1].object == NULL);
  ax_hold_drop(&holds[0]);
  ax_channel_stat stat;
  ax_channel_stat_get(tx, &stat);
  check(stat.senders == 1 && stat.receivers == 1);
  ax_unref(tx);
  ax_unref(rx);
  world_close(&w);
}

/* ------------------------------------------- bodies that act when they die */

static int spawned;

static void busy_free(ax_proc *p) {
  actor *a = ax_proc_body(p);
  static const ax_proc_ops ops = {.step = actor_step};
  ax_proc *q;
  spawned = ax_spawn(ax_proc_kernel(p), &ops, NULL, "q", AX_NORMAL, &q);
  ax_value v = ax_integer(1);
  (void)ax_channel_send(tx, &v);
  (void)ax_kill(ax_proc_kernel(p), a->pid + 1, AX_SIGKILL);
  (void)ax_kill(ax_proc_kernel(p), a->pid - 1, AX_SIGKILL);
  actor_free(p);
}

static void a_body_may_act_while_it_is_freed(void) {
  static const ax_proc_ops ops = {
      .step = actor_step, .unwind = actor_unwind, .free = busy_free};
  setup();
  const act receive = RECV(rx);
  for (int i = 0; i < 20; i++)
    actor_new_with(&w, i % 2 ? &ops : &actor_ops, "a", AX_NORMAL, &receive,
                   1);
  ax_step(w.k);
  world_free_kernel(&w);
  check_int(spawned, AX_EPIPE);
  ax_unref(tx);
  ax_unref(rx);
  world_close(&w);
}

/* The body carries the holds: they are let go before it is freed. */
static void free_all(ax_proc *p) { free(ax_proc_body(p)); }

static enum ax_step yield_step(ax_proc *p) {
  (void)p;
  return AX_YIELD;
}

static void a_body_may_carry_its_holds(void) {
  static const ax_proc_ops ops = {.step = yield_step, .free = free_all};
  setup();
  for (int i = 0; i < 3; i++) {
    ax_hold *h = malloc(sizeof *h);
    ax_proc *p;
    if (h == NULL) return;
    check_int(ax_spawn(w.k, &ops, h, NULL, AX_NORMAL, &p), AX_OK);
    ax_hold_add(p, h, ax_ref(i == 1 ? rx : tx));
  }
  ax_step(w.k);
  check_int(ax_kill(w.k, 2, AX_SIGKILL), AX_OK);
  ax_step(w.k);
  teardown();
}

static int frees;

static void count_free(ax_proc *p) {
  check_str(ax_proc_body(p), "body");
  frees++;
}

static void a_failed_spawn_leaves_the_body(void) {
  static const ax_proc_ops ops = {.step = yield_step, .free = count_free};
  char body[] = "body";
  setup();
  frees = 0;
  for (size_t fail = 1;; fail++) {
    ax_proc *p;
    w.memory.asked = 0;
    w.memory.fail = fail;
    size_t blocks = w.memory.blocks;
    int rc = ax_spawn(w.k, &ops, body, "name", AX_NORMAL, &p);
    check_int(frees, 0);
    if (rc == AX_OK) {
      check(fail > 2);
      break;
    }
    check_int(rc, AX_ENOMEM);
    check_int(w.memory.blocks, blocks);
    check_int(world_stats(&w).processes, 1);
  }
  teardown();
  check_int(frees, 1);
}

static void a_kernel_that_gets_no_memory_is_none(void) {
  for (size_t fail = 1;; fail++) {
    mem m;
    mem_init(&m);
    m.fail = fail;
    ax_config config = {.allocator = mem_allocator(&m)};
    ax_kernel *k = NULL;
    int rc = ax_kernel_new(&config, &k);
    if (rc == AX_OK) {
      check(fail > 2);
      ax_kernel_free(k);
      mem_check_empty(&m);
      break;
    }
    check_int(rc, AX_ENOMEM);
    check(k == NULL);
    mem_check_empty(&m);
  }
}

/* ------------------------------------------------------------- two kernels */

static void two_kernels_never_meet(void) {
  static world b;
  ax_object *btx, *brx;
  setup();
  world_open(&b);
  world_channel(&b, 1, AX_FULL_BLOCK, &btx, &brx);
  SPAWN(&w, "a", AX_NORMAL, RECV(rx), SLEEP(10));
  SPAWN(&b, "b", AX_NORMAL, SLEEP(5), SEND(btx, 7), SLEEP(5));
  SPAWN(&b, "c", AX_NORMAL, RECV(brx));
  check_int(ax_run(w.k, NULL), AX_EDEADLK);
  check_int(ax_run(b.k, NULL), AX_OK);
  check_log(&b, "b!ETIMEDOUT b> c<7 c. b!ETIMEDOUT b.");
  check_log(&w, "");
  check_int(w.now, 0);
  check_int(b.now, 10);
  ax_value v = ax_integer(8);
  check_int(ax_channel_send(tx, &v), AX_OK);
  check(ax_next_deadline(b.k) == AX_NEVER && ax_next_deadline(w.k) == 0);
  ax_unref(btx);
  ax_unref(brx);
  world_close(&b);
  check_int(ax_run(w.k, NULL), AX_OK);
  check_log(&w, "a<8 a!ETIMEDOUT a.");
  teardown();
}

/* A step of one kernel may run the other. */
static world inner;

static void run_inner(actor *a) {
  (void)a;
  check_int(ax_run(inner.k, NULL), AX_OK);
}

static void a_step_may_run_another_kernel(void) {
  setup();
  world_open(&inner);
  SPAWN(&inner, "i", AX_NORMAL, SLEEP(5), LOG);
  SPAWN(&w, "o", AX_NORMAL, CALL(run_inner), LOG);
  check_int(ax_run(w.k, NULL), AX_OK);
  check_log(&inner, "i!ETIMEDOUT i- i.");
  check_log(&w, "o- o.");
  world_close(&inner);
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(nothing_was_ever_done),
      TEST(everything_is_alive),
      TEST(in_the_middle_of_a_pass),
      TEST(ends_outlive_their_kernel),
      TEST(what_the_host_holds_is_given_back),
      TEST(a_body_may_act_while_it_is_freed),
      TEST(a_body_may_carry_its_holds),
      TEST(a_failed_spawn_leaves_the_body),
      TEST(a_kernel_that_gets_no_memory_is_none),
      TEST(two_kernels_never_meet),
      TEST(a_step_may_run_another_kernel),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
