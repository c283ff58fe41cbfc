/* msgq_test - message queues: a model, memory that fails, those who wait */
#include "world.h"

static world w;
static ax_object *q;

static void setup(void) {
  world_open(&w);
  check_int(ax_msgq_get(w.k, 0, 0600, &q), AX_OK);
}

static void teardown(void) {
  check_int(ax_msgq_remove(q), AX_OK);
  ax_unref(q);
  check_int(world_stats(&w).waiters, 0);
  check_int(world_stats(&w).objects, world_stats(&w).processes);
  check_int(world_stats(&w).messages, 0);
  world_close(&w);
}

static int send(int64_t type, const char *text) {
  return ax_msgq_send(q, type, text, strlen(text));
}

/* Receives; "type:bytes", or the error's name. */
static const char *recv_as(ax_value want) {
  static char text[128];
  ax_received r;
  int rc = ax_msgq_recv(q, want, &r);
  if (rc != AX_OK) return ax_error_name(rc);
  snprintf(text, sizeof text, "%" PRId64 ":%.*s", r.type, (int)r.size,
           r.bytes);
  ax_value_clear(&r.owner);
  return text;
}

static const char *recv(int64_t type) { return recv_as(ax_integer(type)); }

static void run(void) { check_int(ax_run(w.k, NULL), AX_OK); }

static ax_msgq_stat look(void) {
  ax_msgq_stat s;
  memset(&s, 0, sizeof s);
  check_int(ax_msgq_stat_get(q, &s), AX_OK);
  return s;
}

/* ------------------------------------------------------------- the model */

enum { MODEL = 4000, TYPES = 40, SIZES = 400 };

/* Messages in the order in which they were sent. */
static struct {
  int64_t type;
  size_t size;
  uint32_t number;
} model[MODEL];
static size_t nmodel, model_bytes;

/* The place of the message that is wanted; nmodel: there is none. */
static size_t model_find(int64_t type, bool except) {
  size_t best = nmodel;
  for (size_t i = 0; i < nmodel; i++) {
    int64_t t = model[i].type;
    bool fits = type == 0  ? true
                : type < 0 ? t <= -type
                           : (t == type) != except;
    if (!fits) continue;
    if (best == nmodel || (type < 0 && t < model[best].type)) best = i;
    if (type >= 0) break;
  }
  return best;
}

static void model_remove(size_t i) {
  model_bytes -= model[i].size;
  memmove(&model[i], &model[i + 1], (--nmodel - i) * sizeof *model);
}

static void model_send(uint64_t *seed, uint32_t number) {
  char bytes[SIZES + sizeof number] = {0};
  int64_t type = (int64_t)test_random(seed, TYPES) + 1;
  size_t most = test_random(seed, 20) == 0 ? SIZES : 60;
  size_t size = sizeof number + (size_t)test_random(seed, most);
  memcpy(bytes, &number, sizeof number);
  int rc = ax_msgq_send(q, type, bytes, size);
  if (model_bytes + size > AX_MSG_BYTES) {
    check_int(rc, AX_EAGAIN);
    return;
  }
  check_int(rc, AX_OK);
  model[nmodel].type = type;
  model[nmodel].size = size;
  model[nmodel++].number = number;
  model_bytes += size;
}

static void model_recv(uint64_t *seed) {
  int64_t type = (int64_t)test_random(seed, 2 * TYPES + 1) - TYPES;
  bool except = test_random(seed, 4) == 0;
  size_t limit = (size_t)test_random(seed, SIZES), i;
  ax_received r;
  int flags = except ? AX_MSG_EXCEPT : 0;
  int rc = ax_msgq_recv(q, ax_msgq_want(type, limit, flags), &r);
  i = model_find(type, except);
  if (i == nmodel || model[i].size > limit) {
    check_int(rc, i == nmodel ? AX_EAGAIN : AX_E2BIG);
    return;
  }
  if (!check_int(rc, AX_OK)) return;
  check_int(r.size, model[i].size);
  check_int(r.type, model[i].type);
  check_int(memcmp(r.bytes, &model[i].number, sizeof model[i].number), 0);
  ax_value_clear(&r.owner);
  model_remove(i);
}

static void it_does_what_a_plain_list_does(void) {
  setup();
  nmodel = model_bytes = 0;
  uint64_t seed = 3;
  for (uint32_t n = 1; n < 60000; n++) {
    bool sends = test_random(&seed, 100) < (n / 5000 % 2 == 0 ? 60 : 45);
    if (sends)
      model_send(&seed, n);
    else
      model_recv(&seed);
    ax_msgq_stat s = look();
    check(s.qnum == nmodel && s.cbytes == model_bytes);
  }
  check(nmodel > 0);
  check_int(world_stats(&w).messages, nmodel);
  teardown();
}

/* --------------------------------------------------------- failing memory */

/* A call that answers ENOMEM has changed nothing, and works again. */
static void send_somehow(int64_t type) {
  ax_msgq_stat before = look();
  int rc = send(type, "abc");
  ax_msgq_stat now = look();
  if (rc == AX_ENOMEM) {
    check(now.qnum == before.qnum && now.cbytes == before.cbytes);
    rc = send(type, "abc");
  }
  check_int(rc, AX_OK);
}

/* The same for a wait that finds a message at once. */
static void wait_somehow(const char *want) {
  ax_msgq_stat before = look();
  int which;
  ax_value v;
  ax_arm arm = {q, ax_nil()};
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_OK);
  int rc = ax_proc_result(w.host, &which, &v);
  if (rc == AX_ENOMEM) {
    check_int(look().qnum, before.qnum);
    check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_OK);
    rc = ax_proc_result(w.host, &which, &v);
  }
  check_int(rc, AX_OK);
  ax_received r;
  if (!check_int(ax_message_get(&v, &r), AX_OK)) return;
  check(r.size == strlen(want) && memcmp(r.bytes, want, r.size) == 0);
  ax_value_clear(&v);
}

static bool with_failure(size_t n) {
  world_open(&w);
  w.quiet = w.retry = true;
  w.memory.fail = w.memory.asked + n;
  int rc = ax_msgq_get(w.k, 5, AX_IPC_CREAT | 0600, &q);
  if (rc == AX_ENOMEM) {
    check_int(ax_msgq_list(w.k, NULL, 0), 0);
    rc = ax_msgq_get(w.k, 5, AX_IPC_CREAT | 0600, &q);
  }
  check_int(rc, AX_OK);
  actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(q), SLEEP(10));
  actor *b = SPAWN(&w, "b", AX_NORMAL, RECV(q), SLEEP(10));
  ax_step(w.k);
  send_somehow(7);
  send_somehow(8);
  for (int64_t type = 1; type <= 20; type++) send_somehow(type);
  ax_kill(w.k, a->pid, AX_SIGKILL); /* what they were handed comes back, */
  ax_kill(w.k, b->pid, AX_SIGKILL); /* and that cannot fail */
  check_int(look().qnum, 22);
  check_str(recv(0), "7:abc");
  check_str(recv(0), "8:abc");
  wait_somehow("abc");
  for (int64_t type = 1; type < 20; type++)
    check(strcmp(recv(-100), "EAGAIN") != 0);
  check_str(recv(0), "EAGAIN");
  bool failed = w.memory.failed > 0;
  w.memory.fail = 0;
  teardown();
  return failed;
}

static void nothing_is_lost_without_memory(void) {
  size_t n = 1;
  while (with_failure(n)) n++;
  check(n > 20);
}

static void who_waits_for_room_sends_once_there_is_some(void) {
  setup();
  ax_msgq_change small = {UINT32_MAX, UINT32_MAX, UINT32_MAX, 1};
  check_int(ax_msgq_set(q, &small), AX_OK);
  check_int(send(1, ""), AX_OK);
  check_int(send(2, ""), AX_EAGAIN);
  ax_value v;
  check_int(ax_message_new(w.k, 2, "x", 1, &v), AX_OK);
  ax_arm arm = {ax_msgq_sender(q), v};
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_EAGAIN);
  check_str(recv(0), "1:");
  int which;
  check_int(ax_run(w.k, w.host), AX_OK);
  check_int(ax_proc_result(w.host, &which, &v), AX_OK);
  check(which == 0 && v.type == AX_NIL);
  check_str(recv(0), "2:x");
  teardown();
}

/* --------------------------------------------------------------- waiting */

static void a_message_goes_to_who_wants_it(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, WAIT1(AX_NEVER, ARM_SEND(q, 1)));
  SPAWN(&w, "b", AX_NORMAL, WAIT1(AX_NEVER, ARM_SEND(q, -3)));
  SPAWN(&w, "c", AX_NORMAL, WAIT2(AX_NEVER, ARM_SEND(q, 9), ARM_SEND(q, 8)));
  ax_step(w.k);
  check_int(world_stats(&w).waiters, 4);
  check_int(send(8, "x"), AX_OK);
  check_int(send(9, "y"), AX_OK); /* nobody waits any more */
  check_int(send(3, "z"), AX_OK);
  check_int(send(1, "z"), AX_OK);
  run();
  check_log(&w, "c1<#0 c. b<#0 b. a<#0 a.");
  check_str(recv(0), "9:y");
  teardown();
}

static void a_want_that_is_none_is_refused(void) {
  setup();
  ax_value v = ax_boolean(true), out;
  ax_received r;
  check_int(ax_msgq_recv(q, v, &r), AX_EINVAL);
  check_int(ax_message_get(&v, &r), AX_EINVAL);
  ax_arm arm = {ax_msgq_sender(q), ax_integer(3)};
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_OK);
  int which;
  check_int(ax_proc_result(w.host, &which, &out), AX_EINVAL);
  check_int(ax_msgq_send(q, 0, "", 0), AX_EINVAL);
  check_int(ax_message_new(w.k, 0, "", 0, &out), AX_EINVAL);
  teardown();
}

static void the_end_of_the_kernel_ends_queues(void) {
  setup();
  check_int(send(1, "left"), AX_OK);
  ax_object *other;
  check_int(ax_msgq_get(w.k, 9, AX_IPC_CREAT, &other), AX_OK);
  ax_unref(other); /* the kernel's own reference is left */
  SPAWN(&w, "a", AX_NORMAL, WAIT1(AX_NEVER, ARM_SEND(q, 5)));
  ax_step(w.k);
  world_free_kernel(&w);
  check_int(send(1, "x"), AX_EIDRM);
  check_str(recv(0), "EIDRM");
  check_int(ax_msgq_remove(q), AX_EIDRM);
  check_int(ax_msgq_id(q), 0);
  ax_unref(q);
  world_close(&w);
}

static void a_message_is_bytes_for_others(void) {
  setup();
  ax_value m, v;
  ax_received r;
  size_t size;
  check_int(ax_message_new(w.k, 4, "a\0b", 3, &m), AX_OK);
  check_int(ax_message_get(&m, &r), AX_OK);
  check(r.type == 4 && r.size == 3 && memcmp(r.bytes, "a\0b", 3) == 0);
  check_int(m.u.keeper->pack(m.u.keeper, m.slot, &v), AX_OK);
  const char *bytes = ax_value_bytes(&v, &size);
  check(size == 3 && memcmp(bytes, "a\0b", 3) == 0);
  ax_value_clear(&v);
  ax_value_clear(&m);
  teardown();
}

/* --------------------------------------------------------- names and ids */

static void numbers_and_keys_are_found(void) {
  setup();
  int ids[3] = {0, 0, 0};
  ax_object *a, *b;
  check_int(ax_msgq_get(w.k, 7, 0600, &a), AX_ENOENT);
  check_int(ax_msgq_get(w.k, 7, AX_IPC_CREAT | 0600, &a), AX_OK);
  check_int(ax_msgq_get(w.k, 7, 0, &b), AX_OK);
  check(a == b && ax_msgq_find(w.k, ax_msgq_id(a)) == a);
  check_int(ax_msgq_get(w.k, 7, AX_IPC_CREAT | AX_IPC_EXCL, &b), AX_EEXIST);
  check_int(ax_msgq_list(w.k, ids, 3), 2);
  check(ids[0] == ax_msgq_id(q) && ids[1] == ax_msgq_id(a) && ids[2] == 0);
  check_int(ax_msgq_remove(a), AX_OK);
  check(ax_msgq_find(w.k, ids[1]) == NULL);
  check(ax_msgq_find(w.k, 0) == NULL && ax_msgq_find(w.k, -1) == NULL);
  check_int(ax_msgq_get(w.k, 7, 0600, &b), AX_ENOENT);
  ax_unref(a);
  ax_unref(a);
  teardown();
}

static void credentials_are_shared_and_freed(void) {
  setup();
  const uint32_t groups[] = {3, 4};
  size_t n, blocks = world_stats(&w).blocks;
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(5));
  size_t one = world_stats(&w).blocks - blocks;
  check_int(ax_proc_setgroups(w.host, groups, 2), AX_OK);
  check_int(ax_proc_setgid(w.host, 2), AX_OK);
  check_int(ax_proc_setuid(w.host, 1), AX_OK);
  check_int(ax_proc_setuid(w.host, 0), AX_EPERM);
  check_int(ax_proc_setgroups(w.host, groups, 1), AX_EPERM);
  actor *b = SPAWN(&w, "b", AX_NORMAL, SLEEP(5));
  check_int(world_stats(&w).blocks, blocks + 2 * one + 1);
  check_int(ax_proc_uid(a->p), 0);
  check(ax_proc_uid(b->p) == 1 && ax_proc_gid(b->p) == 2);
  const uint32_t *list = ax_proc_groups(b->p, &n);
  check(n == 2 && list[0] == 3 && list[1] == 4);
  check_int(send(1, "x"), AX_EACCES);
  check_int(ax_msgq_remove(q), AX_EPERM);
  run();
  ax_unref(q); /* it goes with the kernel */
  world_close(&w);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(it_does_what_a_plain_list_does),
      TEST(nothing_is_lost_without_memory),
      TEST(who_waits_for_room_sends_once_there_is_some),
      TEST(a_message_goes_to_who_wants_it),
      TEST(a_want_that_is_none_is_refused),
      TEST(the_end_of_the_kernel_ends_queues),
      TEST(a_message_is_bytes_for_others),
      TEST(numbers_and_keys_are_found),
      TEST(credentials_are_shared_and_freed),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
