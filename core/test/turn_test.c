/* turn_test - who may read a pipe next, and who only looks */
#include "stream.h"

/* ---------------------------------------------------------------- readers */

static void readers_stand_in_line(void) {
  stream_open(0);
  read_by("a", 1, 1);
  read_by("b", 1, 1);
  read_by("c", 9, 1);
  ax_step(w.k);
  check_int(put("12345"), 5);
  check_str(take(1), "EAGAIN"); /* nobody reads past them */
  run();
  check_log(&w, "a<1 a. b<2 b. c<345 c.");
  stream_close();
}

static void one_at_a_time_is_told(void) {
  stream_open(0);
  read_by("a", 9, 2);
  read_by("b", 9, 2);
  ax_step(w.k);
  for (int i = 0; i < 4; i++) {
    check_int(put("x"), 1);
    check_int(ax_step(w.k), 1);
  }
  check_log(&w, "a<x b<x a<x a. b<x b.");
  stream_close();
}

/* The one that was told dies or stops before it reads: the next one. */
static void the_right_to_read_is_not_lost(void) {
  const int signals[] = {AX_SIGKILL, AX_SIGSTOP};
  for (int i = 0; i < 2; i++) {
    stream_open(0);
    peer *a = read_by("a", 9, 1);
    read_by("b", 9, 1);
    ax_step(w.k);
    check_int(put("x"), 1);
    signal_to(a, signals[i]);
    ax_step(w.k);
    ax_step(w.k);
    check(strstr(w.log, "b<x b.") != NULL);
    if (i == 1) {
      signal_to(a, AX_SIGCONT);
      ax_step(w.k);
      check_int(put("y"), 1);
      run();
      check(strstr(w.log, "a<y a.") != NULL);
    }
    run();
    stream_close();
  }
}

static void the_end_reaches_all(void) {
  stream_open(0);
  char names[20][3];
  for (int i = 0; i < 20; i++) {
    snprintf(names[i], sizeof names[i], "%c", 'a' + i);
    read_by(names[i], 9, 1);
  }
  ax_step(w.k);
  drop(&wr);
  check_int(ax_step(w.k), 20);
  check_int(ax_kernel_alive(w.k), 0);
  stream_close();
}

static void a_wait_can_end(void) {
  stream_open(0);
  read_by("a", 9, 1)->within = 10;
  peer *b = read_by("b", 9, 1);
  peer *c = read_by("c", 9, 1);
  ax_step(w.k);
  signal_to(b, AX_SIGTERM);
  signal_to(c, AX_SIGKILL);
  w.now = 10;
  run();
  check_log(&w, "b!ECANCELED b. c. a!ETIMEDOUT a.");
  check_int(put("x"), 1);
  check_str(take(9), "x");
  stream_close();
}

/* The end by way of which they wait is closed by somebody else. */
static void an_end_is_closed_under_those_who_wait(void) {
  stream_open(8);
  read_by("a", 9, 1);
  ax_step(w.k);
  drop(&rd);
  run();
  check_log(&w, "a!EPIPE a.");
  stream_close();
  stream_open(8);
  check_int(put("12345678"), 8);
  write_by("a", "x");
  ax_step(w.k);
  drop(&wr);
  run();
  check_log(&w, "a!EPIPE:0 a.");
  check_str(take(9), "12345678");
  check_str(take(9), "");
  stream_close();
}

/* ------------------------------------------------------- who wants to know */

static void all_who_look_are_told(void) {
  stream_open(8);
  SPAWN(&w, "a", AX_NORMAL, RECV(rd));
  SPAWN(&w, "b", AX_NORMAL, RECV(rd));
  read_by("r", 9, 1);
  ax_step(w.k);
  check_int(put("x"), 1);
  check_int(ax_step(w.k), 3);
  check_log(&w, "a> a. b> b. r<x r.");
  check_int(put("12345678"), 8);
  SPAWN(&w, "c", AX_NORMAL, RECV(rd)); /* at once */
  SPAWN(&w, "d", AX_NORMAL, RECV(ax_file_writer(wr)));
  ax_step(w.k);
  check_log(&w, "c> c.");
  check_str(take(7), "1234567");
  ax_step(w.k);
  check_log(&w, ""); /* what is not parted does not fit */
  check_str(take(1), "8");
  run();
  check_log(&w, "d> d.");
  stream_close();
}

static void looking_tells_of_the_end(void) {
  stream_open(8);
  check_int(put("12345678"), 8);
  SPAWN(&w, "a", AX_NORMAL, RECV(ax_file_writer(wr)));
  ax_step(w.k);
  drop(&rd);
  run();
  check_log(&w, "a!EPIPE a.");
  stream_close();
}

/* Of several things, one: bytes go at once or not at all. */
static void writing_can_be_one_arm(void) {
  for (int first = 0; first < 2; first++) {
    stream_open(8);
    check_int(put("12345"), 5);
    ax_arm arms[] = {{ax_file_writer(wr), ax_lent("abcd", 4)},
                     {NULL, ax_nil()}};
    check_int(ax_wait(w.host, arms, 2, AX_NEVER), AX_EAGAIN);
    if (first == 0) check_str(take(4), "1234");
    if (first == 1) check_int(ax_kill(w.k, 1, AX_SIGTERM), AX_OK);
    int arm;
    ax_value v;
    check_int(ax_run(w.k, w.host), AX_OK);
    int rc = ax_proc_result(w.host, &arm, &v);
    check_int(rc, first == 0 ? AX_OK : AX_ECANCELED);
    check_int(ax_lent_size(&v), 0);
    check_str(take(9), first == 0 ? "5abcd" : "12345");
    stream_close();
  }
}

static void many_bytes_are_no_arm_among_others(void) {
  stream_open(0);
  ax_arm arms[] = {{ax_file_writer(wr), ax_lent(many(4097), 4097)},
                   {NULL, ax_nil()}};
  int arm;
  ax_value v;
  check_int(ax_wait(w.host, arms, 2, AX_NEVER), AX_OK);
  check_int(ax_proc_result(w.host, &arm, &v), AX_EINVAL);
  check_int(arm, 0);
  check_int(ax_lent_size(&v), 4097);
  stream_close();
}

static void lent_bytes_cannot_be_sent(void) {
  ax_object *tx, *rx;
  stream_open(0);
  world_channel(&w, AX_UNBOUNDED, AX_FULL_BLOCK, &tx, &rx);
  ax_value v = ax_lent("x", 1);
  check_int(ax_channel_send(tx, &v), AX_EINVAL);
  ax_unref(tx);
  ax_unref(rx);
  stream_close();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(readers_stand_in_line),
      TEST(one_at_a_time_is_told),
      TEST(the_right_to_read_is_not_lost),
      TEST(the_end_reaches_all),
      TEST(a_wait_can_end),
      TEST(an_end_is_closed_under_those_who_wait),
      TEST(all_who_look_are_told),
      TEST(looking_tells_of_the_end),
      TEST(writing_can_be_one_arm),
      TEST(many_bytes_are_no_arm_among_others),
      TEST(lent_bytes_cannot_be_sent),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
