/* gate_test - FIFOs: opening waits for the other side, ends come and go */
#include "ipc/pipe.h"

#include "stream.h"

static ax__pipe *fifo;
static int closed; /* how often an end told its node */

static int node_stat(void *node, ax_stat *out) {
  (void)node;
  out->ino = 77;
  return AX_OK;
}

static void node_closed(void *node) {
  check(node == &closed);
  closed++;
}

static const ax__pipe_hooks hooks = {node_stat, node_closed};

static void setup(void) {
  world_open(&w);
  npeers = closed = 0;
  rd = wr = NULL;
  check_int(ax__pipe_new(w.k, 8, &fifo), AX_OK);
}

static void teardown(void) {
  ax__pipe_unref(fifo);
  stream_close();
}

static int open_end(uint32_t flags, ax_object **out) {
  return ax__pipe_open(fifo, flags, &hooks, &closed, out);
}

/* An actor that waits until the end is open. */
static actor *opener(const char *name, ax_object *end) {
  return SPAWN(&w, name, AX_NORMAL, RECV(ax_file_opening(end)));
}

static void each_side_waits_for_the_other(void) {
  for (int first = 0; first < 2; first++) {
    setup();
    ax_object **ends[] = {&rd, &wr};
    const uint32_t flags[] = {AX_O_RDONLY, AX_O_WRONLY};
    check_int(open_end(flags[first], ends[first]), AX_OK);
    check(ax_file_opening(*ends[first]) != NULL);
    opener("a", *ends[first]);
    ax_step(w.k);
    check_log(&w, "");
    check_int(open_end(flags[!first], ends[!first]), AX_OK);
    check(ax_file_opening(*ends[!first]) == NULL);
    drop(ends[!first]); /* it was there; that will do */
    run();
    check_log(&w, "a> a.");
    check(ax_file_opening(*ends[first]) == NULL);
    check_int(closed, 1);
    teardown();
    check_int(closed, 2);
  }
}

static void who_does_not_wait_is_open_at_once(void) {
  setup();
  ax_object *both;
  check_int(open_end(AX_O_WRONLY | AX_O_NONBLOCK, &wr), AX_ENXIO);
  check_int(open_end(AX_O_RDONLY | AX_O_NONBLOCK, &rd), AX_OK);
  check(ax_file_opening(rd) == NULL);
  check_str(take(9), ""); /* nobody writes */
  check_int(open_end(AX_O_WRONLY | AX_O_NONBLOCK, &wr), AX_OK);
  check_str(take(9), "EAGAIN");
  check_int(ax_file_flags(wr), AX_O_WRONLY | AX_O_NONBLOCK);
  drop(&rd);
  drop(&wr);
  check_int(open_end(AX_O_RDWR, &both), AX_OK);
  check(ax_file_opening(both) == NULL);
  check_int(put_to(both, "abc"), 3);
  check_str(take_from(both, 9), "abc");
  check_str(take_from(both, 9), "EAGAIN"); /* it writes itself */
  drop(&both);
  teardown();
}

static void many_wait_and_one_comes(void) {
  setup();
  ax_object *more[5];
  for (int i = 0; i < 5; i++) {
    check_int(open_end(AX_O_RDONLY, &more[i]), AX_OK);
    opener("a", more[i]);
  }
  ax_step(w.k);
  check_int(world_stats(&w).waiters, 5);
  check_int(ax__pipe_readers(fifo), 5);
  check_int(open_end(AX_O_RDWR, &wr), AX_OK);
  run();
  check_log(&w, "a> a. a> a. a> a. a> a. a> a.");
  for (int i = 0; i < 5; i++) drop(&more[i]);
  check_int(ax__pipe_readers(fifo), 1);
  teardown();
}

static void who_gives_up_was_never_there(void) {
  for (int how = 0; how < 3; how++) {
    setup();
    check_int(open_end(AX_O_RDONLY, &rd), AX_OK);
    actor *a = opener("a", rd);
    ax_step(w.k);
    if (how == 0) check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
    if (how == 1) check_int(ax_kill(w.k, a->pid, AX_SIGTERM), AX_OK);
    drop(&rd);
    run();
    const char *log[] = {"a~ a.", "a!ECANCELED a.", "a!EPIPE a."};
    check_log(&w, log[how]);
    check_int(open_end(AX_O_WRONLY | AX_O_NONBLOCK, &wr), AX_ENXIO);
    teardown();
  }
}

static void after_the_end_another_writer_may_come(void) {
  setup();
  check_int(open_end(AX_O_RDONLY | AX_O_NONBLOCK, &rd), AX_OK);
  for (int i = 0; i < 3; i++) {
    check_str(take(9), "");
    check_int(open_end(AX_O_WRONLY, &wr), AX_OK);
    check_str(take(9), "EAGAIN");
    check_int(put("abc"), 3);
    drop(&wr);
    check_str(take(9), "abc");
  }
  teardown();
}

static void bytes_live_while_an_end_is_open(void) {
  setup();
  check_int(open_end(AX_O_RDWR, &rd), AX_OK);
  check_int(open_end(AX_O_WRONLY, &wr), AX_OK);
  check_int(put("abc"), 3);
  drop(&rd);
  check_int(put("d"), AX_EPIPE);
  check_int(open_end(AX_O_RDONLY, &rd), AX_OK);
  check_str(take(9), "abc");
  check_int(put("xyz"), 3);
  drop(&rd);
  drop(&wr);
  check_int(open_end(AX_O_RDWR, &rd), AX_OK);
  check_str(take(9), "EAGAIN");
  teardown();
}

static void ends_of_one_side_share_the_line(void) {
  setup();
  ax_object *other;
  check_int(open_end(AX_O_RDONLY | AX_O_NONBLOCK, &other), AX_OK);
  check_int(open_end(AX_O_RDONLY | AX_O_NONBLOCK, &rd), AX_OK);
  check_int(open_end(AX_O_WRONLY, &wr), AX_OK);
  read_by("a", 1, 1);
  read_by("b", 9, 1)->file = other;
  ax_step(w.k);
  check_int(put("xyz"), 3);
  run();
  check_log(&w, "a<x a. b<yz b.");
  read_by("c", 9, 1);
  read_by("d", 9, 1)->file = other;
  ax_step(w.k);
  drop(&rd); /* under c */
  ax_step(w.k);
  check_log(&w, "c!EPIPE c.");
  check_int(put("x"), 1);
  run();
  check_log(&w, "d<x d.");
  drop(&other);
  teardown();
}

static void it_looks_like_its_node(void) {
  setup();
  ax_stat s;
  char text[64];
  check_int(open_end(AX_O_RDONLY, &rd), AX_OK);
  check_int(ax_file_stat(rd, &s), AX_OK);
  check_int(s.ino, 77);
  ax_object_describe(rd, text, sizeof text);
  check_str(text, "FIFO (0/8 bytes)");
  ax_object *gate = ax_file_opening(rd);
  ax_object_describe(gate, text, sizeof text);
  check_str(text, "FIFO to read");
  check_str(ax_object_doing(gate), "open");
  check(ax_object_peer(rd) == NULL);
  check_int(open_end(AX_O_WRONLY, &wr), AX_OK);
  check(ax_object_peer(rd) == wr);
  teardown();
}

static void memory_may_be_short(void) {
  setup();
  for (size_t n = 1; n < 3; n++) {
    ax__pipe *p;
    w.memory.asked = 0;
    w.memory.fail = n;
    check_int(ax__pipe_new(w.k, 8, &p), AX_ENOMEM);
  }
  w.memory.asked = 0;
  w.memory.fail = 1;
  check_int(open_end(AX_O_RDWR, &rd), AX_ENOMEM);
  check_int(ax__pipe_readers(fifo), 0);
  w.memory.fail = 0;
  rd = NULL;
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(each_side_waits_for_the_other),
      TEST(who_does_not_wait_is_open_at_once),
      TEST(many_wait_and_one_comes),
      TEST(who_gives_up_was_never_there),
      TEST(after_the_end_another_writer_may_come),
      TEST(bytes_live_while_an_end_is_open),
      TEST(ends_of_one_side_share_the_line),
      TEST(it_looks_like_its_node),
      TEST(memory_may_be_short),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
