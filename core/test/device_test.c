/* device_test - /dev and /proc */
#include "files.h"

static void setup(void) { world_open(&w); }

static void teardown(void) { world_close(&w); }

/* Reads that many bytes; how many there were, or the error. */
static int take(const char *path, char *buffer, size_t size) {
  ax_object *f;
  size_t n;
  int rc = open_file(path, AX_O_RDONLY, &f);
  if (rc != AX_OK) return rc;
  rc = ax_file_read(f, buffer, size, &n);
  ax_unref(f);
  return rc == AX_OK ? (int)n : rc;
}

static void devices_are_listed(void) {
  setup();
  ax_stat s;
  check_str(list("/dev"),
            "null zero full random urandom stdin stdout stderr tty");
  check_int(ax_fs_stat(w.k, "/dev/null", &s), AX_OK);
  check_int(s.mode, AX_S_IFCHR | 0666);
  check_int(s.rdev, 0x103);
  check_int(ax_fs_stat(w.k, "/dev/../dev/./zero", &s), AX_OK);
  check_int(ax_fs_stat(w.k, "/dev/nil", &s), AX_ENOENT);
  check_int(ax_fs_stat(w.k, "/dev/null/x", &s), AX_ENOTDIR);
  teardown();
}

static void they_are_not_changed(void) {
  setup();
  check_int(put("/dev/new", ""), AX_EROFS);
  check_int(ax_fs_unlink(w.k, "/dev/null"), AX_EROFS);
  check_int(ax_fs_mkdir(w.k, "/dev/dir", 0777), AX_EROFS);
  check_int(ax_fs_chmod(w.k, "/dev/null", 0), AX_EPERM);
  check_int(ax_fs_rename(w.k, "/dev/null", "/tmp/null"), AX_EXDEV);
  teardown();
}

static void null_takes_all_and_gives_nothing(void) {
  setup();
  char c[4];
  check_int(put("/dev/null", "gone"), AX_OK);
  check_int(take("/dev/null", c, 4), 0);
  teardown();
}

static void zero_gives_zeros(void) {
  setup();
  char c[4] = "xxx";
  check_int(take("/dev/zero", c, 4), 4);
  check(memcmp(c, "\0\0\0\0", 4) == 0);
  check_int(put("/dev/zero", "gone"), AX_OK);
  teardown();
}

static void full_is_full(void) {
  setup();
  char c[4] = "xxx";
  check_int(put("/dev/full", "x"), AX_ENOSPC);
  check_int(take("/dev/full", c, 4), 4);
  check(memcmp(c, "\0\0\0\0", 4) == 0);
  teardown();
}

static void random_is_the_same_for_the_same_seed(void) {
  char one[32], two[32], other[32];
  setup();
  check_int(take("/dev/random", one, 32), 32);
  check_int(take("/dev/urandom", other, 32), 32);
  teardown();
  setup();
  check_int(take("/dev/urandom", two, 32), 32);
  teardown();
  check(memcmp(one, two, 32) == 0);
  check(memcmp(one, other, 32) != 0);
}

static void stdin_and_stdout_are_the_process_s(void) {
  setup();
  ax_object *r, *writer;
  char c[8];
  check_int(take("/dev/stdin", c, 8), AX_ENXIO); /* it has none */
  check_int(ax_pipe(w.k, 0, &r, &writer), AX_OK);
  ax_kernel_set_stdio(w.k, r, writer, NULL);
  ax_unref(r);
  ax_unref(writer);
  check_int(put("/dev/stdout", "hello"), AX_OK);
  check_int(take("/dev/stdin", c, 8), 5);
  check(memcmp(c, "hello", 5) == 0);
  check_int(take("/dev/stdout", c, 8), AX_EACCES);
  check_int(put("/dev/stdin", "x"), AX_EACCES);
  check_int(take("/dev/stderr", c, 8), AX_ENXIO);
  check_int(put("/dev/tty", "x"), AX_ENXIO); /* a pipe is no terminal */
  teardown();
}

/* ------------------------------------------------------------------- proc */

static bool says(const char *path, const char *words) {
  return strstr(get(path), words) != NULL;
}

static void processes_are_directories(void) {
  setup();
  actor *a = SPAWN(&w, "worker", AX_BACKGROUND, SLEEP(10));
  check_str(list("/proc"), "self ipc meminfo mounts uptime version 1 2");
  check_str(list("/proc/2"), "status fd wait stack");
  check(says("/proc/2/status", "Name:\tworker\n"));
  check(says("/proc/2/status", "State:\tready\n"));
  check(says("/proc/2/status", "PPid:\t1\n"));
  check(says("/proc/2/status", "Priority:\tbackground\n"));
  check(says("/proc/self/status", "Pid:\t1\n"));
  check_int(ax_step(w.k), 1);
  check(says("/proc/2/status", "State:\twaiting\n"));
  check_str(get("/proc/2/wait"), "until 0.000000\n");
  check_int(ax_kill(w.k, a->pid, AX_SIGSTOP), AX_OK);
  check(says("/proc/2/status", "State:\tstopped\n"));
  check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
  check_int(ax_run(w.k, NULL), AX_OK);
  check(says("/proc/2/status", "State:\tzombie\n"));
  check_int(ax_proc_reap(a->p), AX_OK);
  check_str(get("/proc/2/status"), "ENOENT");
  check_str(get("/proc/02/status"), "ENOENT");
  check_str(get("/proc/99999999999/status"), "ENOENT");
  teardown();
}

static void what_they_wait_for_is_told(void) {
  setup();
  ax_object *tx, *rx;
  ax_channel_options o = {4, AX_FULL_BLOCK, "jobs", NULL};
  check_int(ax_channel_new(w.k, &o, &tx, &rx), AX_OK);
  SPAWN(&w, "a", AX_NORMAL, RECV(rx));
  check_int(ax_step(w.k), 1);
  check(says("/proc/2/wait", "\"jobs\" (0/4)\n"));
  ax_unref(tx);
  check_int(ax_run(w.k, NULL), AX_OK);
  ax_unref(rx);
  teardown();
}

static void descriptors_are_told(void) {
  setup();
  ax_object *f;
  int fd;
  check_int(open_file("/dev/null", AX_O_RDWR, &f), AX_OK);
  check_int(ax_fd_add(w.host, f, 3, &fd), AX_OK);
  ax_unref(f);
  check_str(get("/proc/self/fd"), "3\trw\tdevice /dev/null\n");
  check_int(ax_fd_close(w.host, 3), AX_OK);
  check_str(get("/proc/self/fd"), "");
  teardown();
}

static const char *trail = "line one\nline two";

static size_t tell_trail(ax_proc *p, char *buffer, size_t size) {
  (void)p;
  return (size_t)snprintf(buffer, size, "%s", trail);
}

static void stacks_are_those_of_the_binding(void) {
  setup();
  ax_proc_ops ops = {.step = actor_step,
                     .free = actor_free,
                     .unwind = actor_unwind,
                     .trace = tell_trail};
  actor_new_with(&w, &ops, "a", AX_NORMAL, NULL, 0);
  check_str(get("/proc/2/stack"), "line one\nline two\n");
  check_str(get("/proc/1/stack"), "");
  teardown();
}

static void the_kernel_tells_of_itself(void) {
  setup();
  ax_object *q, *s;
  check_int(ax_msgq_get(w.k, 7, AX_IPC_CREAT | 0600, &q), AX_OK);
  check_int(ax_shm_get(w.k, 0, 5000, 0640, &s), AX_OK);
  check_int(ax_msgq_send(q, 1, "four", 4), AX_OK);
  check_str(get("/proc/ipc"),
            "kind\tid\tkey\tmode\tuid\tgid\tbytes\tcount\n"
            "queue\t1\t0x00000007\t0600\t0\t0\t4\t1\n"
            "segment\t1\t0x00000000\t0640\t0\t0\t5000\t0\n");
  check(says("/proc/meminfo", "Messages:\t1\n"));
  check_str(get("/proc/version"), "axeberg " AX_VERSION "\n");
  check_str(get("/proc/mounts"), "devices\t/dev\nprocesses\t/proc\n");
  w.now += 2500 * (AX_SECOND / 1000);
  check(says("/proc/uptime", "2.50 0 0\n"));
  ax_unref(q);
  ax_unref(s);
  teardown();
}

static void a_text_stays_as_it_was_opened(void) {
  setup();
  ax_object *f;
  char text[64];
  size_t n;
  int64_t at;
  check_int(open_file("/proc/uptime", AX_O_RDONLY, &f), AX_OK);
  w.now += AX_SECOND;
  check_int(ax_file_read(f, text, 4, &n), AX_OK);
  check(n == 4 && memcmp(text, "0.00", 4) == 0);
  check_int(ax_file_seek(f, -2, AX_SEEK_END, &at), AX_OK);
  check_int(ax_file_read(f, text, 64, &n), AX_OK);
  check(n == 2 && text[1] == '\n');
  check_int(ax_file_read(f, text, 64, &n), AX_OK);
  check_int(n, 0);
  check_int(ax_file_pread(f, text, 4, 0, &n), AX_OK);
  check(n == 4 && memcmp(text, "0.00", 4) == 0);
  check_int(ax_file_write(f, "x", 1, &n), AX_EBADF);
  ax_unref(f);
  check_int(open_file("/proc/uptime", AX_O_RDWR, &f), AX_EACCES);
  teardown();
}

static void others_do_not_look_into_them(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(10));
  check_int(ax_proc_setuid(a->p, 5), AX_OK);
  ax_stat s;
  check_int(ax_fs_stat(w.k, "/proc/2/wait", &s), AX_OK);
  check_int(s.uid, 5);
  check_int(s.mode & 0777, 0400);
  check_int(ax_proc_setuid(w.host, 6), AX_OK);
  check_str(get("/proc/2/wait"), "EACCES");
  check(says("/proc/2/status", "Uid:\t5\n"));
  check_str(get("/proc/self/wait"), "");
  teardown();
}

static void a_process_may_be_in_it_and_end(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, EXIT(0));
  char path[64];
  size_t n;
  check_int(ax_fs_chdir(w.k, "/proc/2"), AX_OK);
  check_int(ax_fs_getcwd(w.k, path, sizeof path, &n), AX_OK);
  check_str(path, "/proc/2");
  check(says("status", "Name:\ta\n"));
  check(says("../self/status", "Pid:\t1\n"));
  check_int(ax_run(w.k, NULL), AX_OK);
  check_int(ax_proc_reap(a->p), AX_OK);
  check_int(ax_step(w.k), 0);
  check_str(get("status"), "ENOENT");
  check_int(ax_fs_getcwd(w.k, path, sizeof path, &n), AX_ENOENT);
  check_int(ax_fs_chdir(w.k, "/"), AX_OK);
  teardown();
}

static void memory_may_end_anywhere(void) {
  static const char *const paths[] = {"/dev/zero", "/proc/1/status",
                                      "/proc/ipc", "/proc/mounts",
                                      "/proc/self/fd"};
  for (size_t p = 0; p < COUNT(paths); p++) {
    int rc = AX_ENOMEM;
    for (size_t i = 1; rc == AX_ENOMEM; i++) {
      setup();
      char c[16];
      w.memory.fail = w.memory.asked + i;
      rc = take(paths[p], c, 16);
      w.memory.fail = 0;
      if (rc < 0) check_int(rc, AX_ENOMEM);
      teardown();
    }
  }
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(devices_are_listed),
      TEST(they_are_not_changed),
      TEST(null_takes_all_and_gives_nothing),
      TEST(zero_gives_zeros),
      TEST(full_is_full),
      TEST(random_is_the_same_for_the_same_seed),
      TEST(stdin_and_stdout_are_the_process_s),
      TEST(processes_are_directories),
      TEST(what_they_wait_for_is_told),
      TEST(descriptors_are_told),
      TEST(stacks_are_those_of_the_binding),
      TEST(the_kernel_tells_of_itself),
      TEST(a_text_stays_as_it_was_opened),
      TEST(others_do_not_look_into_them),
      TEST(a_process_may_be_in_it_and_end),
      TEST(memory_may_end_anywhere),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
