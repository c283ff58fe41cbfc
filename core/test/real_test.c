/* real_test - reading and writing descriptors of the host */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "real.h"
#include "descriptors.h"

/* ----------------------------------------------------------------- writing */

enum { BIG = 300000 };
static char big[BIG], got[BIG];
static size_t ngot;

/* Empties the pipe, as much as there is. */
static void drain(void) {
  struct pollfd p = {out[0], POLLIN, 0};
  while (poll(&p, 1, 0) > 0 && (p.revents & POLLIN) && ngot < BIG) {
    ssize_t n = read(out[0], got + ngot, BIG - ngot);
    if (n <= 0) break;
    ngot += (size_t)n;
  }
}

static void make_big(void) {
  for (size_t i = 0; i < BIG; i++) big[i] = (char)(i * 7 + i / 256);
  ngot = 0;
}

#define LENDS(o, data, size)                                  \
  {                                                           \
    .kind = A_WAIT, .narms = 1, .within = AX_NEVER, .arms = { \
      {ax_file_writer(o), ax_lent((data), (size))}            \
    }                                                         \
  }

static void a_big_write_goes_on_as_the_other_side_reads(void) {
  setup();
  make_big();
  SPAWN(&w, "a", AX_NORMAL, LENDS(writer, big, BIG));
  check_int(ax_step(w.k), 1);
  check_int(world_stats(&w).waiters, 1);
  while (world_stats(&w).waiters > 0 && ngot < BIG) {
    drain();
    check(ax_step(w.k) >= 0);
  }
  drain();
  run();
  check_log(&w, "a> a.");
  check_int(ngot, BIG);
  check(memcmp(big, got, BIG) == 0);
  teardown();
}

static void a_write_takes_what_there_is_room_for(void) {
  size_t done, all = 0;
  setup();
  make_big();
  int rc;
  while ((rc = ax_file_write(writer, big + all, BIG - all, &done)) == AX_OK)
    all += done;
  check_int(rc, AX_EAGAIN);
  check(all >= 4096 && all < BIG);
  drain();
  check_int(ngot, all);
  check(memcmp(big, got, all) == 0);
  teardown();
}

static void what_was_not_written_is_told(void) {
  setup();
  make_big();
  SPAWN(&w, "a", AX_NORMAL, LENDS(writer, big, BIG));
  check_int(ax_step(w.k), 1);
  ax_arm arm = {ax_file_writer(writer), ax_lent(big, BIG)};
  check_int(ax_wait(w.host, &arm, 1, 10), AX_EAGAIN);
  w.now = 10;
  check_int(ax_run(w.k, w.host), AX_OK);
  int index;
  ax_value v;
  check_int(ax_proc_result(w.host, &index, &v), AX_ETIMEDOUT);
  teardown();
}

static void a_closed_pipe_kills_nobody(void) {
  size_t done;
  setup();
  make_big();
  SPAWN(&w, "a", AX_NORMAL, LENDS(writer, big, BIG));
  check_int(ax_step(w.k), 1);
  close(out[0]);
  run();
  check_log(&w, "a!EPIPE a.");
  check_int(ax_file_write(writer, "x", 1, &done), AX_EPIPE);
  out[0] = open("/dev/null", O_RDONLY);
  teardown();
}

/* ------------------------------------------------------------ flags, kinds */

static void the_descriptor_stays_as_it_was(void) {
  setup();
  size_t n;
  char c;
  check_int(ax_file_read(reader, &c, 1, &n), AX_EAGAIN);
  check_int(fcntl(in[0], F_GETFL) & O_NONBLOCK, 0);
  check_int(fcntl(out[1], F_GETFL) & O_NONBLOCK, 0);
  check_int(ax_host_descriptor(reader), in[0]);
  ax_object *again;
  check_int(ax_host_file(w.k, in[0], AX_O_RDONLY, false, &again), AX_OK);
  ax_unref(again);
  put("x");
  check_int(ax_file_read(reader, &c, 1, &n), AX_OK);
  check_int(n, 1);
  teardown();
}

/* A terminal is shared with the shell: it is asked, and left as it is. */
static void a_terminal_is_left_as_it_is(void) {
  world_open(&w);
  int master = posix_openpt(O_RDWR | O_NOCTTY);
  ax_object *f;
  char text[16];
  size_t n;
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
    world_close(&w);
    return; /* there are none here */
  }
  int fd = open(ptsname(master), O_RDWR | O_NOCTTY);
  check_int(ax_host_file(w.k, fd, AX_O_RDWR, false, &f), AX_OK);
  check_int(ax_file_read(f, text, sizeof text, &n), AX_EAGAIN);
  check_int(write(master, "half", 4), 4);
  check_int(ax_file_read(f, text, sizeof text, &n), AX_EAGAIN);
  check_int(write(master, " line\n", 6), 6);
  ax_arm arm = ARM_READ(f);
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_OK);
  check_int(ax_file_read(f, text, sizeof text, &n), AX_OK);
  check(n == 10 && memcmp(text, "half line\n", 10) == 0);
  check_int(ax_file_write(f, "out", 3, &n), AX_OK);
  check_int(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  check_int(write(master, "\004", 1), 1); /* the end, once */
  check_int(ax_file_read(f, text, sizeof text, &n), AX_OK);
  check_int(n, 0);
  check_int(ax_file_read(f, text, sizeof text, &n), AX_EAGAIN);
  ax_unref(f);
  close(fd);
  close(master);
  world_close(&w);
}

static char path[] = "/tmp/axeberg-poll-XXXXXX";

static void a_regular_file_never_waits(void) {
  world_open(&w);
  int fd = mkstemp(path);
  close(fd);
  ax_object *f;
  char text[16];
  const char *data;
  size_t n;
  int64_t at;
  ax_stat s;
  check_int(ax_host_open(w.k, path, AX_O_RDWR, 0, &f), AX_OK);
  check_int(ax_file_write(f, "one\ntwo\n", 8, &n), AX_OK);
  check_int(n, 8);
  check_int(ax_file_seek(f, 0, AX_SEEK_SET, &at), AX_OK);
  check_int(ax_file_peek(f, &data, &n), AX_OK);
  check(n == 8 && memcmp(data, "one\ntwo\n", 8) == 0);
  ax_file_take(f, 4);
  check_int(ax_file_seek(f, 0, AX_SEEK_CUR, &at), AX_OK);
  check_int(at, 4); /* what was read ahead does not count */
  check_int(ax_file_read(f, text, 3, &n), AX_OK);
  check(n == 3 && memcmp(text, "two", 3) == 0);
  check_int(ax_file_write(f, "!", 1, &n), AX_OK);
  check_int(ax_file_pread(f, text, 16, 0, &n), AX_OK);
  check(n == 8 && memcmp(text, "one\ntwo!", 8) == 0);
  check_int(ax_file_pwrite(f, "O", 1, 0, &n), AX_OK);
  check_int(ax_file_set_flags(f, AX_O_APPEND), AX_OK);
  check_int(ax_file_seek(f, 0, AX_SEEK_SET, &at), AX_OK);
  check_int(ax_file_write(f, "+", 1, &n), AX_OK);
  check_int(ax_file_stat(f, &s), AX_OK);
  check_int(s.size, 9);
  check_int(s.mode & AX_S_IFMT, AX_S_IFREG);
  check_int(ax_file_truncate(f, 2), AX_OK);
  check_int(ax_file_stat(f, &s), AX_OK);
  check_int(s.size, 2);
  ax_arm arm = ARM(f);
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_OK);
  int index;
  ax_value v;
  check_int(ax_proc_result(w.host, &index, &v), AX_OK);
  ax_unref(f);
  unlink(path);
  check_int(ax_host_open(w.k, path, AX_O_RDWR, 0, &f), AX_ENOENT);
  world_close(&w);
}

static void wrong_ways_are_errors(void) {
  setup();
  size_t n;
  int64_t at;
  char c;
  ax_object *f;
  check_int(ax_file_write(reader, "x", 1, &n), AX_EBADF);
  check_int(ax_file_read(writer, &c, 1, &n), AX_EBADF);
  check_int(ax_file_seek(reader, 0, AX_SEEK_SET, &at), AX_ESPIPE);
  check_int(ax_file_pread(reader, &c, 1, 0, &n), AX_ESPIPE);
  check_int(ax_file_truncate(writer, 1), AX_EINVAL);
  check_int(ax_host_file(w.k, 12345, AX_O_RDWR, true, &f), AX_EBADF);
  check_int(ax_host_open(w.k, "/", AX_O_RDWR, 0, &f), AX_EISDIR);
  teardown();
}

/* ------------------------------------------------------------------ memory */

static void files_outlive_their_kernel(void) {
  setup();
  SPAWN(&w, "a", AX_NORMAL, READS(reader));
  check_int(ax_step(w.k), 1);
  world_free_kernel(&w);
  size_t n;
  check_int(ax_file_write(writer, "x", 1, &n), AX_EPIPE);
  teardown();
}

static void memory_may_end_anywhere(void) {
  int before = count_descriptors(), rc = AX_ENOMEM;
  for (size_t i = 1; rc == AX_ENOMEM; i++) {
    world_open(&w);
    w.memory.fail = w.memory.asked + i;
    const char *data;
    size_t n;
    ax_object *f = NULL;
    rc = ax_host_open(w.k, "/dev/null", AX_O_RDONLY, 0, &f);
    if (rc == AX_OK) rc = ax_file_peek(f, &data, &n);
    if (f != NULL) ax_unref(f);
    w.memory.fail = 0;
    world_close(&w);
    check_int(count_descriptors(), before);
  }
  check_int(rc, AX_OK);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(a_big_write_goes_on_as_the_other_side_reads),
      TEST(a_write_takes_what_there_is_room_for),
      TEST(what_was_not_written_is_told),
      TEST(a_closed_pipe_kills_nobody),
      TEST(the_descriptor_stays_as_it_was),
      TEST(a_terminal_is_left_as_it_is),
      TEST(a_regular_file_never_waits),
      TEST(wrong_ways_are_errors),
      TEST(files_outlive_their_kernel),
      TEST(memory_may_end_anywhere),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
