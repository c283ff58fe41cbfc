/* trace_test - what happens in a kernel, kept in a ring for eyes */
#include <string.h>

#include "world.h"

static world w;
static ax_trace *t;
static uint64_t seen; /* the event to go on with */

static void setup(void) {
  world_open(&w);
  seen = 0;
  if (!check_int(ax_trace_new(NULL, 1024, &t), AX_OK)) exit(1);
  check_int(ax_trace_attach(t, w.k), AX_OK);
}

static void teardown(void) {
  world_close(&w);
  ax_trace_free(t);
}

static void run(void) { check_int(ax_run(w.k, NULL), AX_OK); }

/* The next events of these kinds, in words: "send 2 value ...". */
static const char *events(uint32_t kinds) {
  static char text[4096];
  ax_event e;
  size_t length = 0;
  text[0] = '\0';
  while (ax_trace_read(t, &seen, &e, 1) == 1) {
    if (!(kinds & 1u << e.kind)) continue;
    length += (size_t)snprintf(text + length, sizeof text - length, "%s%s %d",
                               length == 0 ? "" : ", ", ax_event_name(e.kind),
                               (int)e.pid);
    if (e.other != 0)
      length += (size_t)snprintf(text + length, sizeof text - length, "/%d",
                                 (int)e.other);
    if (e.value != 0)
      length += (size_t)snprintf(text + length, sizeof text - length, " %d",
                                 (int)e.value);
    if (*e.what != '\0' || *e.name != '\0')
      length += (size_t)snprintf(text + length, sizeof text - length, " %s%s",
                                 e.what, e.name);
    if (e.flow != 0)
      length += (size_t)snprintf(text + length, sizeof text - length, "@%d",
                                 (int)e.flow);
  }
  return text;
}

#define check_events(kinds, want)      \
  do {                                 \
    const char *text_ = events(kinds); \
    check_str(text_, want);            \
  } while (0)

#define BIT(kind) (1u << AX_EVENT_##kind)
#define MESSAGES (BIT(SEND) | BIT(RECV))

/* ------------------------------------------------------------- processes */

static void it_tells_what_a_process_does(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, SLEEP(5), YIELD, EXIT(7));
  run();
  check_events(~0u, "run 1, spawn 2/1 a, pause 1, "
                    "run 2, wait 2 sleep, pause 2, "
                    "timer 2, wake 2/1 -110, "
                    "run 2, pause 2, run 2, exit 2 7 a, pause 2, run 1");
  teardown();
}

static void times_are_those_of_the_kernel(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, SLEEP(5), SLEEP(10));
  run();
  ax_event e[64];
  size_t n = ax_trace_read(t, &seen, e, COUNT(e));
  uint64_t last = 0;
  for (size_t i = 0; i < n; i++) {
    check(e[i].time >= last);
    check_int(e[i].kernel, 1);
    last = e[i].time;
    if (e[i].kind == AX_EVENT_EXIT) check_int(e[i].time, 15);
  }
  check_int(last, 15);
  teardown();
}

static void signals_and_how_it_ended(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(AX_NEVER));
  actor *b = SPAWN(&w, "b", AX_NORMAL, FAIL(3));
  ax_step(w.k);
  (void)events(0);
  check_int(b->freed, 1);
  check_int(ax_kill(w.k, a->pid, AX_SIGTERM), AX_OK);
  check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
  run();
  check_events(~(BIT(RUN) | BIT(PAUSE)),
               "signal 1/2 15, wake 2/1 -125, signal 1/2 9, exit 2/1 9 a");
  teardown();
}

static void waits_name_what_they_are_for(void) {
  setup();
  ax_object *tx, *rx;
  ax_channel_options o = {AX_UNBOUNDED, AX_FULL_BLOCK, "jobs", NULL};
  check_int(ax_channel_new(w.k, &o, &tx, &rx), AX_OK);
  actor *a = SPAWN(&w, "a", AX_NORMAL, WAIT2(5, ARM(rx), ARM(rx)));
  SPAWN(&w, "b", AX_NORMAL, WAIT1(AX_NEVER, ARM(ax_proc_object(a->p))));
  run();
  check_events(BIT(WAIT) | BIT(WAKE),
               "wait 2 2 recv from channeljobs, wait 3 1 wait for processa, "
               "wake 2/1 -110, wake 3/2 wait for processa");
  ax_unref(tx);
  ax_unref(rx);
  teardown();
}

/* -------------------------------------------------------------- messages */

static void a_message_keeps_its_number(void) {
  setup();
  ax_object *tx, *rx;
  world_channel(&w, 1, AX_FULL_BLOCK, &tx, &rx);
  SPAWN(&w, "a", AX_NORMAL, SEND(tx, 10), SEND(tx, 11), SEND(tx, 12));
  SPAWN(&w, "b", AX_NORMAL, RECV(rx), RECV(rx), RECV(rx));
  run();
  check_events(MESSAGES,
               "send 2 1 receiver@1, send 2 1 receiver@2, "
               "recv 3 1 receiver@1, recv 3 receiver@2, send 2 receiver@3, "
               "recv 3 -1 receiver@3");
  ax_unref(tx);
  ax_unref(rx);
  teardown();
}

static void a_rendezvous_is_a_message(void) {
  setup();
  ax_object *tx, *rx;
  world_channel(&w, 0, AX_FULL_BLOCK, &tx, &rx);
  SPAWN(&w, "a", AX_NORMAL, SEND(tx, 10));
  SPAWN(&w, "b", AX_NORMAL, RECV(rx));
  run();
  check_events(MESSAGES, "send 2 receiver@1, recv 3 receiver@1");
  ax_unref(tx);
  ax_unref(rx);
  teardown();
}

static void what_comes_back_keeps_its_number(void) {
  setup();
  ax_object *tx, *rx;
  world_channel(&w, AX_UNBOUNDED, AX_FULL_BLOCK, &tx, &rx);
  actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx));
  actor *b = SPAWN(&w, "b", AX_NORMAL, RECV(rx));
  ax_step(w.k);
  ax_value one = ax_integer(1), two = ax_integer(2);
  check_int(ax_channel_send(tx, &one), AX_OK);
  check_int(ax_channel_send(tx, &two), AX_OK);
  check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
  run();
  check_int(b->freed, 1);
  ax_value v;
  check_int(ax_channel_recv(rx, &v), AX_OK);
  check_int(v.u.integer, 2);
  check_events(MESSAGES, "send 1 receiver@1, send 1 receiver@2, "
                         "recv 3 -1 receiver@1, recv 1 receiver@2");
  ax_unref(tx);
  ax_unref(rx);
  teardown();
}

static void queues_number_their_messages(void) {
  setup();
  ax_object *q;
  ax_received r;
  check_int(ax_msgq_get(w.k, AX_IPC_PRIVATE, 0600, &q), AX_OK);
  SPAWN(&w, "a", AX_NORMAL, RECV(q));
  ax_step(w.k);
  for (int64_t i = 1; i < 4; i++)
    check_int(ax_msgq_send(q, i, "x", 1), AX_OK);
  check_int(ax_msgq_recv(q, ax_integer(3), &r), AX_OK);
  ax_value_clear(&r.owner);
  run();
  check_events(MESSAGES,
               "send 1 queue@1, send 1 1 queue@2, send 1 2 queue@3, "
               "recv 1 1 queue@3, recv 2 -1 queue@1");
  check_int(ax_msgq_remove(q), AX_OK);
  ax_unref(q);
  teardown();
}

/* ------------------------------------------------------------- recorders */

static void the_oldest_are_forgotten(void) {
  ax_event e[64];
  world_open(&w);
  if (!check_int(ax_trace_new(NULL, 30, &t), AX_OK)) exit(1);
  check_int((int)ax_trace_room(t), 32);
  check_int(ax_trace_attach(t, w.k), AX_OK); /* one event */
  char text[16];
  for (int i = 0; i < 99; i++) {
    snprintf(text, sizeof text, "%d", i);
    ax_trace_mark(w.k, text);
  }
  check_int((int)ax_trace_count(t), 100);
  seen = 3;
  check_int((int)ax_trace_read(t, &seen, e, 10), 10);
  check_int((int)seen, 78);
  check_str(e[0].name, "67");
  check_int((int)ax_trace_read(t, &seen, e, COUNT(e)), 22);
  check_str(e[21].name, "98");
  check_int((int)ax_trace_read(t, &seen, e, COUNT(e)), 0);
  teardown();
}

static void long_names_are_cut(void) {
  setup();
  ax_event e;
  ax_trace_mark(w.k, "0123456789012345678901234567890123456789");
  seen = 1;
  check_int((int)ax_trace_read(t, &seen, &e, 1), 1);
  check_str(e.name, "0123456789012345678901234567890");
  teardown();
}

static void it_outlives_its_kernels(void) {
  setup();
  ax_kernel *list[2];
  check_int(ax_trace_number(w.k), 1);
  check_int(ax_trace_attach(t, w.k), AX_EBUSY);
  SPAWN(&w, "a", AX_NORMAL, SLEEP(AX_NEVER));
  ax_step(w.k);
  world other;
  world_open(&other);
  check_int(ax_trace_attach(t, other.k), AX_OK);
  check_int(ax_trace_number(other.k), 2);
  check_int((int)ax_trace_kernels(t, list, 1), 2);
  check(list[0] == other.k);
  ax_trace_detach(other.k);
  ax_trace_detach(other.k);
  check_int(ax_trace_number(other.k), 0);
  ax_trace_mark(other.k, "unheard");
  world_close(&other);
  world_close(&w);
  check_int((int)ax_trace_kernels(t, list, 2), 0);
  check_events(BIT(EXIT) | BIT(MARK), "exit 2/1 9 a");
  ax_trace_free(t);
}

static void detach(actor *a) { ax_trace_detach(a->w->k); }

static void attach(actor *a) {
  check_int(ax_trace_attach(t, a->w->k), AX_OK);
}

static void processes_begin_and_end_it(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, CALL(detach), YIELD, CALL(attach));
  run();
  check_events(~0u, "run 1, spawn 2/1 a, pause 1, run 2, "
                    "run 2, exit 2 a, pause 2, run 1");
  teardown();
}

/* A clock of its own begins at 0, whatever it says. */
static void clocks_are_told_apart(void) {
  setup();
  w.now = 1000;
  world other;
  ax_config config = {.clock = ax_clock_virtual(&w.now)};
  world_open_with(&other, &config);
  check_int(ax_trace_attach(t, other.k), AX_OK);
  world third;
  world_open(&third);
  third.now = 77;
  check_int(ax_trace_attach(t, third.k), AX_OK);
  ax_event e[3];
  check_int((int)ax_trace_read(t, &seen, e, 3), 3);
  check_int((int)e[0].time, 0);
  check_int((int)e[1].time, 1000);
  check_int((int)e[2].time, 0);
  world_close(&third);
  world_close(&other);
  teardown();
}

static void memory_may_fail(void) {
  mem m;
  mem_init(&m);
  ax_allocator a = mem_allocator(&m);
  for (int n = 1; n <= 2; n++) {
    m.fail = m.asked + (size_t)n;
    check_int(ax_trace_new(&a, 16, &t), AX_ENOMEM);
    mem_check_empty(&m);
  }
  check_int(ax_trace_new(&a, 16, &t), AX_OK);
  check_int(ax_trace_new(&a, SIZE_MAX / 2, &t), AX_ENOMEM);
  world_open(&w);
  m.fail = m.asked + 1;
  check_int(ax_trace_attach(t, w.k), AX_ENOMEM);
  check_int(ax_trace_number(w.k), 0);
  check_int(ax_trace_attach(t, w.k), AX_OK);
  world_close(&w);
  ax_trace_free(t);
  mem_check_empty(&m);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(it_tells_what_a_process_does),
      TEST(times_are_those_of_the_kernel),
      TEST(signals_and_how_it_ended),
      TEST(waits_name_what_they_are_for),
      TEST(a_message_keeps_its_number),
      TEST(a_rendezvous_is_a_message),
      TEST(what_comes_back_keeps_its_number),
      TEST(queues_number_their_messages),
      TEST(the_oldest_are_forgotten),
      TEST(long_names_are_cut),
      TEST(it_outlives_its_kernels),
      TEST(processes_begin_and_end_it),
      TEST(clocks_are_told_apart),
      TEST(memory_may_fail),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
