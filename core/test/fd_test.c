/* fd_test - the descriptors of processes */
#include "kernel/kernel.h"

#include "stream.h"

static int fd_of(ax_object *file, int lowest) {
  int fd = -1;
  int rc = ax_fd_add(w.host, file, lowest, &fd);
  return rc == AX_OK ? fd : rc;
}

static int refs(const ax_object *o) { return (int)o->refs; }

static void numbers_are_the_lowest_that_are_free(void) {
  stream_open(0);
  for (int fd = 0; fd < 40; fd++) check_int(fd_of(rd, 0), fd);
  check_int(refs(rd), 41);
  check_int(ax_fd_close(w.host, 7), AX_OK);
  check_int(ax_fd_close(w.host, 3), AX_OK);
  check_int(ax_fd_close(w.host, 30), AX_OK);
  check_int(fd_of(rd, 5), 7);
  check_int(fd_of(rd, 0), 3);
  check_int(fd_of(rd, 0), 30);
  check_int(fd_of(rd, 100), 100);
  check_int(fd_of(rd, 0), 40);
  check_int(ax_fd_set(w.host, 41, rd), AX_OK);
  check_int(fd_of(rd, 0), 42);
  check_int(refs(rd), 45);
  int fds[64];
  check_int(ax_fd_list(w.host, fds, 2), 43 + 1);
  check_int(fds[1], 1);
  check_int(ax_fd_list(w.host, fds, 64), 44);
  check_int(fds[43], 100);
  stream_close_with_fds();
}

static void one_file_has_many_numbers(void) {
  stream_open(0);
  check_int(fd_of(wr, 0), 0);
  check_int(fd_of(wr, 0), 1);
  check(ax_fd_find(w.host, 1) == wr);
  drop(&wr); /* a reference; two are left */
  check_str(take(9), "EAGAIN");
  check_int(ax_fd_close(w.host, 0), AX_OK);
  check_int(ax_fd_close(w.host, 0), AX_EBADF);
  check_int(put_to(ax_fd_find(w.host, 1), "x"), 1);
  check_int(ax_fd_set(w.host, 1, rd), AX_OK); /* closes what was there */
  check_str(take(9), "x");
  check_str(take(9), "");
  check_int(ax_fd_set(w.host, 1, rd), AX_OK); /* the same again */
  check(ax_fd_find(w.host, 1) == rd && refs(rd) == 2);
  check_int(ax_fd_close(w.host, 1), AX_OK);
  stream_close();
}

static void strange_numbers_are_refused(void) {
  stream_open(0);
  const int strange[] = {-1, INT32_MIN, 1024, INT32_MAX};
  for (size_t i = 0; i < COUNT(strange); i++) {
    check(ax_fd_find(w.host, strange[i]) == NULL);
    check_int(ax_fd_close(w.host, strange[i]), AX_EBADF);
    check_int(ax_fd_set(w.host, strange[i], rd), AX_EBADF);
    check_int(fd_of(rd, strange[i]), AX_EINVAL);
  }
  check_int(fd_of(ax_proc_object(w.host), 0), AX_EBADF);
  check_int(ax_fd_set(w.host, 0, ax_proc_object(w.host)), AX_EBADF);
  stream_close();
}

static void there_is_a_limit(void) {
  stream_open(0);
  check_int(ax_fd_limit(w.host), AX_FD_MOST);
  check_int(ax_fd_set_limit(w.host, -1), AX_EINVAL);
  check_int(ax_fd_set_limit(w.host, (1 << 20) + 1), AX_EINVAL);
  check_int(ax_fd_set_limit(w.host, 3), AX_OK);
  for (int fd = 0; fd < 3; fd++) check_int(fd_of(rd, 0), fd);
  check_int(fd_of(rd, 0), AX_EMFILE);
  check_int(fd_of(rd, 3), AX_EINVAL);
  check_int(ax_fd_set(w.host, 3, rd), AX_EBADF);
  check_int(ax_fd_set_limit(w.host, 1), AX_OK); /* what is there stays */
  check(ax_fd_find(w.host, 2) == rd);
  check_int(ax_fd_close(w.host, 0), AX_OK);
  check_int(fd_of(rd, 0), 0);
  actor *a = SPAWN(&w, "a", AX_NORMAL, LOG);
  check_int(ax_fd_limit(a->p), 1);
  run();
  stream_close_with_fds();
}

/* ------------------------------------------------------------ inheritance */

static void a_child_gets_the_first_three(void) {
  stream_open(0);
  for (int fd = 0; fd < 5; fd++) check_int(ax_fd_set(w.host, fd, rd), AX_OK);
  check_int(ax_fd_close(w.host, 1), AX_OK);
  ax_files *own = ax__files_own(w.host);
  own->umask = 077;
  own->cwd = ax_ref(rd); /* stands for a directory */
  actor *a = SPAWN(&w, "a", AX_NORMAL, LOG);
  for (int fd = 0; fd < 5; fd++)
    check(ax_fd_find(a->p, fd) == (fd == 0 || fd == 2 ? rd : NULL));
  check_int(a->p->files->umask, 077);
  check(a->p->files->cwd == rd);
  check_int(refs(rd), 1 + 4 + 1 + 2 + 1);
  check_int(ax_fd_close(w.host, 0), AX_OK);
  check(ax_fd_find(a->p, 0) == rd);
  run();
  check_int(refs(rd), 1 + 3 + 1);
  stream_close_with_fds();
}

/* Who opens nothing needs no memory for it. */
static void most_have_what_the_kernel_has(void) {
  stream_open(0);
  ax_kernel_set_stdio(w.k, rd, wr, wr);
  ax_kernel_set_stdio(w.k, rd, wr, NULL);
  actor *a = SPAWN(&w, "a", AX_NORMAL, LOG);
  check(a->p->files == NULL);
  check(ax_fd_find(a->p, 0) == rd && ax_fd_find(a->p, 1) == wr);
  check(ax_fd_find(a->p, 2) == NULL && ax_fd_find(a->p, 3) == NULL);
  int fds[4];
  check_int(ax_fd_list(a->p, fds, 4), 2);
  check_int(ax_fd_close(a->p, 1), AX_OK); /* for itself */
  check(a->p->files != NULL && ax_fd_find(a->p, 0) == rd);
  check(ax_fd_find(a->p, 1) == NULL && ax_fd_find(w.host, 1) == wr);
  check_int(refs(rd), 3);
  run();
  check_int(refs(rd), 2);
  ax_kernel_set_stdio(w.k, NULL, NULL, NULL);
  check_int(refs(rd), 1);
  stream_close();
}

static void the_end_closes_all(void) {
  for (int how = 0; how < 4; how++) {
    stream_open(0);
    actor *a = how == 0   ? SPAWN(&w, "a", AX_NORMAL, LOG)
               : how == 1 ? SPAWN(&w, "a", AX_NORMAL, FAIL(1))
                          : SPAWN(&w, "a", AX_NORMAL, SLEEP(99));
    for (int fd = 0; fd < 20; fd += 3)
      check_int(ax_fd_set(a->p, fd, wr), AX_OK);
    drop(&wr);
    read_by("r", 9, 1);
    ax_step(w.k);
    if (how == 2) check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
    if (how == 3) check_int(ax_kill(w.k, a->pid, AX_SIGTERM), AX_OK);
    run();
    check(strstr(w.log, "r< r.") != NULL);
    stream_close();
  }
}

static void the_kernel_closes_all(void) {
  stream_open(0);
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(99));
  check_int(ax_fd_set(a->p, 5, wr), AX_OK);
  check_int(fd_of(rd, 0), 0);
  ax_kernel_set_stdio(w.k, rd, wr, wr);
  world_free_kernel(&w);
  check_int(refs(rd), 1);
  check_int(refs(wr), 1);
  drop(&rd);
  drop(&wr);
  world_close(&w);
}

/* ---------------------------------------------------------- without memory */

/* Every allocation fails once; then all is as it was, and works. */
static void memory_may_be_short(void) {
  size_t failed = 1;
  for (size_t n = 1; failed > 0; n++) {
    int fd;
    ax_proc *child = NULL;
    stream_open(0);
    ax_kernel_set_stdio(w.k, rd, NULL, wr);
    w.memory.asked = w.memory.failed = 0;
    w.memory.fail = n;
    int rc = ax_fd_add(w.host, rd, 20, &fd);
    if (rc == AX_OK) rc = ax_fd_set(w.host, 40, wr);
    if (rc == AX_OK) rc = ax_fd_close(w.host, 0);
    if (rc == AX_OK) rc = ax_fd_set_limit(w.host, 50);
    static const ax_proc_ops ops = {.step = NULL};
    if (rc == AX_OK)
      rc = ax_spawn(w.k, &ops, NULL, "child", AX_NORMAL, &child);
    failed = w.memory.failed;
    check_int(rc, failed > 0 ? AX_ENOMEM : AX_OK);
    check(ax_fd_find(w.host, 2) == wr);
    w.memory.fail = 0;
    check_int(ax_fd_set(w.host, 41, wr), AX_OK);
    stream_close_with_fds();
  }
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(numbers_are_the_lowest_that_are_free),
      TEST(one_file_has_many_numbers),
      TEST(strange_numbers_are_refused),
      TEST(there_is_a_limit),
      TEST(a_child_gets_the_first_three),
      TEST(most_have_what_the_kernel_has),
      TEST(the_end_closes_all),
      TEST(the_kernel_closes_all),
      TEST(memory_may_be_short),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
