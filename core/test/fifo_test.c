/* fifo_test - FIFOs: who comes first, what is left behind, memory */
#include "files.h"

static ax_object *in, *out;

static void setup(void) {
  tree_open();
  OK(ax_fs_mkfifo(w.k, "/tmp/p", 0644));
  in = out = NULL;
}

static void drop(ax_object **file) {
  if (*file != NULL) ax_unref(*file);
  *file = NULL;
}

static void teardown(void) {
  drop(&in);
  drop(&out);
  (void)ax_fs_unlink(w.k, "/tmp/p");
  tree_clean();
}

static int open_in(int flags) {
  return open_file("/tmp/p", AX_O_RDONLY | flags, &in);
}

static int open_out(int flags) {
  return open_file("/tmp/p", AX_O_WRONLY | flags, &out);
}

static int say(const char *text) {
  size_t done;
  return ax_file_write(out, text, strlen(text), &done);
}

static const char *hear(void) {
  static char text[8192];
  size_t done;
  int rc = ax_file_read(in, text, sizeof text - 1, &done);
  text[done] = '\0';
  return rc == AX_OK ? text : ax_error_name(rc);
}

/* ----------------------------------------------------------------- opening */

static void each_side_waits_for_the_other(void) {
  setup();
  check_int(open_in(0), AX_EAGAIN);
  check(in != NULL && ax_file_opening(in) != NULL);
  OK(open_out(0));
  check(ax_file_opening(in) == NULL && ax_file_opening(out) == NULL);
  OK(say("hello"));
  check_str(hear(), "hello");
  check_str(hear(), "EAGAIN");
  drop(&out);
  check_str(hear(), "");
  drop(&in);
  check_int(open_out(0), AX_EAGAIN);
  OK(open_in(0));
  check(ax_file_opening(out) == NULL);
  teardown();
}

static void without_blocking_only_a_writer_needs_somebody(void) {
  setup();
  check_int(open_out(AX_O_NONBLOCK), AX_ENXIO);
  check(out == NULL);
  OK(open_in(AX_O_NONBLOCK));
  check_str(hear(), ""); /* nobody writes */
  OK(open_out(AX_O_NONBLOCK));
  check_str(hear(), "EAGAIN");
  drop(&in);
  check_int(say("x"), AX_EPIPE);
  check_int(open_file("/tmp/p", AX_O_RDWR, &in), AX_OK);
  OK(say("x"));
  check_str(hear(), "x");
  teardown();
}

static void two_ways_open_at_once(void) {
  setup();
  OK(open_file("/tmp/p", AX_O_RDWR, &in));
  out = ax_ref(in);
  OK(say("to myself"));
  check_str(hear(), "to myself");
  check_str(hear(), "EAGAIN");
  teardown();
}

/* Who was waited for may have gone before the one who waited runs. */
static void who_left_again_was_there(void) {
  setup();
  check_int(open_in(0), AX_EAGAIN);
  SPAWN(&w, "a", AX_NORMAL, WAIT1(AX_NEVER, ARM(ax_file_opening(in))));
  OK(ax_step(w.k) == 1 ? AX_OK : AX_EIO);
  OK(open_out(0));
  OK(say("was here"));
  drop(&out);
  OK(ax_run(w.k, NULL));
  check_log(&w, "a> a.");
  check_str(hear(), "was here");
  check_str(hear(), "");
  drop(&in);
  check_str(is("/tmp/p"), "p 644 1 0");
  OK(ax_fs_unlink(w.k, "/tmp/p"));
  world_close(&w);
}

static void all_who_wait_are_let_in(void) {
  ax_object *more[3];
  setup();
  for (int i = 0; i < 3; i++) {
    check_int(open_in(0), AX_EAGAIN);
    more[i] = in;
  }
  OK(open_out(0));
  for (int i = 0; i < 3; i++) check(ax_file_opening(more[i]) == NULL);
  drop(&more[0]);
  drop(&more[1]);
  teardown();
}

static void giving_up_takes_the_end_away(void) {
  setup();
  check_int(open_in(0), AX_EAGAIN);
  SPAWN(&w, "a", AX_NORMAL, WAIT1(5, ARM(ax_file_opening(in))));
  OK(ax_run(w.k, NULL));
  check_log(&w, "a!ETIMEDOUT a.");
  drop(&in);
  check_int(open_out(AX_O_NONBLOCK), AX_ENXIO);
  world_close(&w);
}

/* The end of a process is the end of what it holds. */
static void a_killed_opener_is_no_reader(void) {
  setup();
  check_int(open_in(0), AX_EAGAIN);
  actor *a =
      SPAWN(&w, "a", AX_NORMAL, WAIT1(AX_NEVER, ARM(ax_file_opening(in))));
  actor_hold(a, in);
  in = NULL;
  check_int(ax_step(w.k), 1);
  OK(ax_kill(w.k, a->pid, AX_SIGKILL));
  OK(ax_run(w.k, NULL));
  check_int(open_out(AX_O_NONBLOCK), AX_ENXIO);
  world_close(&w);
}

/* ------------------------------------------------------------------- bytes */

static void bytes_live_while_an_end_is_open(void) {
  setup();
  OK(open_in(AX_O_NONBLOCK));
  OK(open_out(0));
  OK(say("one"));
  drop(&out);
  OK(open_out(0));
  OK(say("two"));
  check_str(hear(), "onetwo");
  OK(say("three"));
  drop(&in);
  OK(open_in(0)); /* the writer kept them */
  check_str(hear(), "three");
  OK(say("lost"));
  drop(&in);
  drop(&out);
  OK(open_in(AX_O_NONBLOCK));
  check_str(hear(), "");
  check_int(stat_of("/tmp/p").size, 0);
  teardown();
}

static void ends_go_on_without_the_name(void) {
  ax_stat st;
  setup();
  OK(open_in(AX_O_NONBLOCK));
  OK(open_out(0));
  OK(ax_fs_link(w.k, "/tmp/p", "/tmp/q"));
  OK(ax_fs_unlink(w.k, "/tmp/p"));
  OK(say("x"));
  check_str(hear(), "x");
  OK(ax_fs_unlink(w.k, "/tmp/q"));
  OK(say("y"));
  check_str(hear(), "y");
  OK(ax_file_stat(in, &st));
  check(st.nlink == 0 && (st.mode & AX_S_IFMT) == AX_S_IFIFO);
  OK(ax_fs_mkfifo(w.k, "/tmp/p", 0600)); /* another one */
  ax_object *other = NULL;
  check_int(open_file("/tmp/p", AX_O_WRONLY | AX_O_NONBLOCK, &other),
            AX_ENXIO);
  teardown();
}

static void one_name_is_one_stream(void) {
  setup();
  OK(ax_fs_link(w.k, "/tmp/p", "/tmp/q"));
  OK(open_in(AX_O_NONBLOCK));
  OK(open_file("/tmp/q", AX_O_WRONLY | AX_O_NONBLOCK, &out));
  OK(say("same"));
  check_str(hear(), "same");
  OK(ax_fs_rename(w.k, "/tmp/q", "/tmp/p")); /* one file: as it was */
  OK(ax_fs_unlink(w.k, "/tmp/q"));
  teardown();
}

static void a_mode_says_who_may(void) {
  setup();
  OK(ax_proc_setuid(w.host, 7));
  OK(open_in(AX_O_NONBLOCK));
  check_int(open_out(AX_O_NONBLOCK), AX_EACCES);
  check_int(open_file("/tmp/p", AX_O_RDWR, &out), AX_EACCES);
  int64_t at;
  check_int(ax_file_seek(in, 0, AX_SEEK_SET, &at), AX_ESPIPE);
  check_int(ax_file_truncate(in, 0), AX_EINVAL);
  check_int(ax_fs_truncate(w.k, "/tmp/p", 0), AX_EINVAL);
  drop(&in);
  world_close(&w);
}

/* ------------------------------------------------------------------ memory */

static int few_calls(void) {
  int rc = ax_fs_mkfifo(w.k, "/tmp/q", 0644);
  if (rc == AX_OK) rc = open_file("/tmp/q", AX_O_RDONLY, &in);
  if (rc == AX_EAGAIN) rc = open_file("/tmp/q", AX_O_WRONLY, &out);
  if (rc == AX_OK) rc = say("text");
  if (rc == AX_OK) check_str(hear(), "text");
  return rc;
}

static void nothing_is_lost_without_memory(void) {
  int rc = AX_ENOMEM;
  for (size_t n = 1; rc == AX_ENOMEM && n < 100; n++) {
    setup();
    ax_stats before = world_stats(&w);
    w.memory.asked = 0;
    w.memory.fail = n;
    rc = few_calls();
    w.memory.fail = 0;
    if (rc != AX_OK) check_int(rc, AX_ENOMEM);
    drop(&in);
    drop(&out);
    (void)ax_fs_unlink(w.k, "/tmp/q");
    check_int(world_stats(&w).objects, before.objects);
    teardown();
  }
  check_int(rc, AX_OK);
}

static void the_kernel_ends_first(void) {
  setup();
  OK(open_in(AX_O_NONBLOCK));
  OK(open_out(0));
  OK(say("x"));
  world_free_kernel(&w);
  check_str(hear(), "EPIPE");
  drop(&in);
  drop(&out);
  world_close(&w);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(each_side_waits_for_the_other),
      TEST(without_blocking_only_a_writer_needs_somebody),
      TEST(two_ways_open_at_once),
      TEST(who_left_again_was_there),
      TEST(all_who_wait_are_let_in),
      TEST(giving_up_takes_the_end_away),
      TEST(a_killed_opener_is_no_reader),
      TEST(bytes_live_while_an_end_is_open),
      TEST(ends_go_on_without_the_name),
      TEST(one_name_is_one_stream),
      TEST(a_mode_says_who_may),
      TEST(nothing_is_lost_without_memory),
      TEST(the_kernel_ends_first),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
