/* pipe_test - bytes from process to process, who is served, what is left */

#include "stream.h"

/* ------------------------------------------------------------- the stream */

static void bytes_come_out_as_they_went_in(void) {
  stream_open(8);
  check_str(take(9), "EAGAIN");
  for (int i = 0; i < 20; i++) { /* around the ring */
    check_int(put("abc"), 3);
    check_int(put("defg"), 4);
    check_str(take(5), "abcde");
    check_str(take(9), "fg");
  }
  check_str(take(9), "EAGAIN");
  stream_close();
}

static void the_last_writer_is_the_end(void) {
  stream_open(0);
  ax_object *copy = ax_ref(wr);
  check_int(put("left"), 4);
  drop(&wr);
  check_str(take(2), "le");
  check_int(put_to(copy, "!"), 1);
  drop(&copy);
  check_str(take(9), "ft!");
  check_str(take(9), "");
  check_str(take(9), "");
  stream_close();
}

static void without_readers_nothing_can_be_written(void) {
  stream_open(0);
  check_int(put("x"), 1);
  drop(&rd);
  check_int(put("x"), AX_EPIPE);
  stream_close();
}

static void ends_do_what_they_were_opened_for(void) {
  size_t done;
  int64_t position;
  stream_open(0);
  check_int(ax_file_write(rd, "x", 1, &done), AX_EBADF);
  check_int(ax_file_read(wr, &done, 1, &done), AX_EBADF);
  check_int(ax_file_seek(rd, 0, AX_SEEK_CUR, &position), AX_ESPIPE);
  check_int(ax_file_pread(rd, &done, 1, 0, &done), AX_ESPIPE);
  check_int(ax_file_truncate(wr, 0), AX_EINVAL);
  check_int(ax_file_write(wr, "x", 0, &done), AX_OK);
  ax_stat s;
  check_int(ax_file_stat(rd, &s), AX_OK);
  check_int(s.mode, AX_S_IFIFO | 0600);
  char text[64];
  check_int(put("12345"), 5);
  ax_object_describe(rd, text, sizeof text);
  check_str(text, "pipe (5/4096 bytes)");
  check(ax_object_peer(rd) == wr);
  check(ax_object_peer(ax_file_writer(wr)) == rd);
  stream_close();
}

static void parts_go_where_there_is_no_room_for_all(void) {
  stream_open(8192);
  check_int(put(many(8000)), 8000);
  check_int(put(many(4096)), AX_EAGAIN); /* one piece or none */
  check_int(put(many(4097)), 192);
  check_int(put("x"), AX_EAGAIN);
  check_str(take(8000), many(8000));
  stream_close();
}

static void a_long_write_goes_through_a_short_pipe(void) {
  for (int lends = 0; lends < 2; lends++) {
    stream_open(7);
    (lends ? lend_by : write_by)("a", many(50))->size = 50;
    read_by("b", 12, 99);
    w.quiet = false;
    ax_step(w.k);
    for (int i = 0; i < 20; i++) ax_step(w.k);
    drop(&wr);
    run();
    char got[64] = "";
    for (const char *at = w.log; (at = strstr(at, "b<")) != NULL; at++)
      strncat(got, at + 2, strcspn(at + 2, " "));
    check_str(got, many(50));
    check(strstr(w.log, "a>50") != NULL);
    stream_close();
  }
}

/* ---------------------------------------------------------------- writers */

static void writers_stand_in_line(void) {
  stream_open(8);
  check_int(put("123456"), 6);
  write_by("a", "abcde");
  write_by("b", "x");
  ax_step(w.k);
  check_int(put("y"), AX_EAGAIN); /* though there is room */
  check_str(take(2), "12");
  ax_step(w.k);
  check_log(&w, "");
  check_str(take(1), "3");
  ax_step(w.k);
  check_log(&w, "a>5 a.");
  check_str(take(9), "456abcdex");
  run();
  check_log(&w, "b>1 b.");
  stream_close();
}

static void small_writes_are_not_parted(void) {
  stream_open(8);
  check_int(put("12345"), 5);
  peer *a = write_by("a", "abcdefgh");
  ax_step(w.k);
  check_str(take(4), "1234");
  signal_to(a, AX_SIGKILL);
  run();
  check_str(take(9), "5"); /* nothing of it */
  stream_close();
}

static void whoever_leaves_the_line_makes_way(void) {
  for (int how = 0; how < 4; how++) {
    stream_open(8);
    check_int(put("12345"), 5);
    peer *a = write_by("a", "abcdef");
    a->within = how == 3 ? 10 : AX_NEVER;
    write_by("b", "xyz");
    ax_step(w.k);
    const int signals[] = {AX_SIGKILL, AX_SIGTERM, AX_SIGSTOP};
    if (how < 3)
      signal_to(a, signals[how]);
    else
      w.now = 10;
    ax_step(w.k);
    ax_step(w.k);
    check(strstr(w.log, "b>3") != NULL);
    check_str(take(9), "12345xyz");
    if (how == 2) signal_to(a, AX_SIGCONT);
    run();
    const char *outcome[] = {"a.", "a!ECANCELED:0", "a>6", "a!ETIMEDOUT:0"};
    check(strstr(w.log, outcome[how]) != NULL);
    check_str(take(9), how == 2 ? "abcdef" : "EAGAIN");
    stream_close();
  }
}

static void what_went_through_is_told(void) {
  for (int how = 0; how < 3; how++) {
    stream_open(8);
    peer *a = write_by("a", many(30));
    a->within = how == 0 ? 10 : AX_NEVER;
    ax_step(w.k); /* 8 are in the pipe */
    char got[32] = "";
    strcat(got, take(8));
    strcat(got, take(3)); /* from where they are */
    if (how == 0) w.now = 10;
    if (how == 1) signal_to(a, AX_SIGTERM);
    if (how == 2) drop(&rd);
    run();
    const char *log[] = {"a!ETIMEDOUT:11 a.", "a!ECANCELED:11 a.",
                         "a!EPIPE:11 a."};
    check_log(&w, log[how]);
    check(strncmp(got, many(30), 11) == 0 && strlen(got) == 11);
    if (how < 2) check_str(take(9), "EAGAIN");
    stream_close();
  }
}

static void a_killed_writer_leaves_what_went_through(void) {
  stream_open(8);
  peer *a = write_by("a", many(30));
  ax_step(w.k);
  signal_to(a, AX_SIGKILL);
  run();
  char got[32] = "";
  strcat(got, take(30));
  check_int(strlen(got), 8);
  check(strncmp(got, many(30), 8) == 0);
  check_str(take(9), "EAGAIN");
  stream_close();
}

/* A blocked reader gets it all from where it is. */
static void a_long_write_is_handed_over(void) {
  const char *data;
  size_t size;
  stream_open(8);
  read_by("r", 40, 1);
  ax_step(w.k);
  lend_by("a", many(30));
  ax_step(w.k);
  check_int(ax_file_peek(rd, &data, &size), AX_EAGAIN); /* it is not ours */
  run();
  char log[80];
  snprintf(log, sizeof log, "r<%s r. a>30 a.", many(30));
  check_log(&w, log);
  stream_close();
}

/* ----------------------------------------------------------- in the midst */

static void the_size_can_change(void) {
  size_t size;
  stream_open(8);
  for (int i = 0; i < 5; i++) { /* around the ring */
    check_int(put("12345"), 5);
    check_str(take(5), "12345");
  }
  check_int(put("abcdefg"), 7);
  write_by("a", "xyz");
  ax_step(w.k);
  check_int(ax_pipe_capacity(rd, 0, &size), AX_OK);
  check_int(size, 8);
  check_int(ax_pipe_capacity(rd, 7, &size), AX_EBUSY);
  check_int(ax_pipe_capacity(rd, AX_PIPE_MAX + 1, &size), AX_EPERM);
  check_int(ax_pipe_capacity(wr, 12, &size), AX_OK);
  check_int(size, 12);
  run();
  check_log(&w, "a>3 a.");
  check_int(ax_pipe_capacity(rd, 9, &size), AX_EBUSY);
  check_str(take(99), "abcdefgxyz");
  check_int(ax_pipe_capacity(rd, 1, &size), AX_OK);
  check_int(put("xy"), 1);
  check_str(take(99), "x");
  ax_object *r, *x;
  check_int(ax_pipe(w.k, AX_PIPE_MAX + 1, &r, &x), AX_EPERM);
  stream_close();
}

static void what_outlives_the_kernel_answers(void) {
  size_t size;
  stream_open(8);
  check_int(put("12345678"), 8);
  write_by("a", "x");
  ax_step(w.k);
  world_free_kernel(&w);
  check_int(put("x"), AX_EPIPE);
  check_str(take(9), "EPIPE");
  check_int(ax_pipe_capacity(rd, 0, &size), AX_EPIPE);
  drop(&rd);
  drop(&wr);
  world_close(&w);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(bytes_come_out_as_they_went_in),
      TEST(the_last_writer_is_the_end),
      TEST(without_readers_nothing_can_be_written),
      TEST(ends_do_what_they_were_opened_for),
      TEST(parts_go_where_there_is_no_room_for_all),
      TEST(a_long_write_goes_through_a_short_pipe),
      TEST(writers_stand_in_line),
      TEST(small_writes_are_not_parted),
      TEST(whoever_leaves_the_line_makes_way),
      TEST(what_went_through_is_told),
      TEST(a_killed_writer_leaves_what_went_through),
      TEST(a_long_write_is_handed_over),
      TEST(the_size_can_change),
      TEST(what_outlives_the_kernel_answers),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
