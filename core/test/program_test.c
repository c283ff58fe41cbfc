/* program_test - programs of the system */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"
#include "world.h"

static world w;
static ax_object *pipes[3], *program;

static const int piped[3] = {AX_PROGRAM_PIPE, AX_PROGRAM_PIPE, 2};

/* A world with time of its own: programs take as long as they take. */
static void setup(void) {
  ax_config config;
  memset(&config, 0, sizeof config);
  config.clock = ax_clock_real();
  world_open_with(&w, &config);
}

static int start(const int stdio[3], const char *const *args) {
  ax_program_options o = {args, NULL, NULL, {stdio[0], stdio[1], stdio[2]}};
  return ax_program_new(w.k, &o, pipes, &program);
}

static void drop(ax_object **o) {
  if (*o != NULL) ax_unref(*o);
  *o = NULL;
}

static void teardown(void) {
  for (int i = 0; i < 3; i++) drop(&pipes[i]);
  drop(&program);
  world_close(&w);
  check(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD); /* no zombie */
}

/* Waits in the name of the host. */
static int await(ax_object *o, ax_value v) {
  ax_arm arm = {o, v};
  int index, rc = ax_wait(w.host, &arm, 1, AX_NEVER);
  if (rc == AX_EAGAIN) rc = ax_run(w.k, w.host);
  if (!check_int(rc, AX_OK)) return rc;
  rc = ax_proc_result(w.host, &index, &v);
  ax_value_clear(&v);
  return rc;
}

static void check_end(enum ax_how want, int number) {
  enum ax_how how;
  int n;
  check_int(await(program, ax_nil()), AX_OK);
  check_int(ax_program_status(program, &how, &n), AX_OK);
  check_int(how, want);
  check_int(n, number);
}

static void say(const char *text) {
  check_int(await(ax_file_writer(pipes[0]), ax_lent(text, strlen(text))),
            AX_OK);
}

/* All that it says, to the end. */
static const char *hear(ax_object *file) {
  static char text[4096];
  size_t n, all = 0;
  int rc;
  while ((rc = ax_file_read(file, text + all, sizeof text - 1 - all, &n)) ==
             AX_EAGAIN ||
         n > 0) {
    if (rc == AX_EAGAIN) check_int(await(file, ax_boolean(true)), AX_OK);
    if (rc == AX_OK) all += n;
  }
  check_int(rc, AX_OK);
  text[all] = '\0';
  return text;
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SHELL(script) ARGS("sh", "-c", script)

/* -------------------------------------------------------------- how it ends */

static void its_code_is_told(void) {
  setup();
  check_int(start((int[]){-1, -1, 2}, SHELL("exit 7")), AX_OK);
  check(ax_program_pid(program) > 1);
  check_end(AX_EXITED, 7);
  check_end(AX_EXITED, 7); /* and again */
  check_int(ax_program_kill(program, AX_SIGTERM), AX_ESRCH);
  teardown();
}

static void so_is_what_killed_it(void) {
  setup();
  check_int(start((int[]){-1, AX_PROGRAM_PIPE, 2},
                  SHELL("echo up; exec sleep 1000")),
            AX_OK);
  char text[8];
  size_t n;
  int how, number;
  check_int(await(pipes[1], ax_boolean(true)), AX_OK);
  check_int(ax_file_read(pipes[1], text, 8, &n), AX_OK);
  check_int(ax_program_status(program, (enum ax_how *)&how, &number),
            AX_EAGAIN);
  check_int(ax_program_kill(program, AX_SIGTERM), AX_OK);
  check_end(AX_KILLED, AX_SIGTERM);
  teardown();
}

static void the_last_reference_kills_and_reaps(void) {
  setup();
  check_int(start(piped, ARGS("sleep", "1000")), AX_OK);
  teardown();
}

static void what_cannot_be_started_says_why(void) {
  setup();
  check_int(start(piped, ARGS("/no/such/program")), AX_ENOENT);
  check_int(start(piped, ARGS("no-such-program-at-all")), AX_ENOENT);
  check_int(start(piped, ARGS("/")), AX_EACCES);
  check_int(start(piped, (const char *const[]){NULL}), AX_EINVAL);
  ax_program_options o = {ARGS("true"), NULL, "/no/such/folder", {0, 1, 2}};
  check_int(ax_program_new(w.k, &o, pipes, &program), AX_ENOENT);
  teardown();
}

/* Without its own descriptor for the program, who waits looks now and then. */
static void it_works_where_programs_have_no_descriptor(void) {
  struct rlimit old, few;
  int filler[64], n = 0;
  setup();
  getrlimit(RLIMIT_NOFILE, &old);
  few = old;
  few.rlim_cur = COUNT(filler);
  setrlimit(RLIMIT_NOFILE, &few);
  while ((filler[n] = fcntl(0, F_DUPFD_CLOEXEC, 3)) >= 0) n++;
  int rc = start((int[]){0, 1, 2}, SHELL("exit 3"));
  while (n > 0) close(filler[--n]);
  setrlimit(RLIMIT_NOFILE, &old);
  check_int(rc, AX_OK);
  ax_pollfd list[1];
  check_int(await(program, ax_nil()), AX_OK);
  check_int(ax_kernel_pollfds(w.k, list, 1), 0);
  check_end(AX_EXITED, 3);
  teardown();
}

/* ------------------------------------------------------------------- pipes */

static void it_reads_and_writes(void) {
  setup();
  check_int(start(piped, ARGS("sort")), AX_OK);
  say("pear\nfig\n");
  say("apple\n");
  drop(&pipes[0]);
  check_str(hear(pipes[1]), "apple\nfig\npear\n");
  check_end(AX_EXITED, 0);
  teardown();
}

static void its_errors_may_go_with_the_rest(void) {
  setup();
  check_int(start((int[]){-1, AX_PROGRAM_PIPE, AX_PROGRAM_STDOUT},
                  SHELL("echo out; echo err >&2; cat")),
            AX_OK);
  check(pipes[0] == NULL && pipes[2] == NULL);
  check_str(hear(pipes[1]), "out\nerr\n");
  check_end(AX_EXITED, 0);
  teardown();
}

static void its_world_can_be_chosen(void) {
  setup();
  ax_program_options o = {SHELL("echo $NAME; pwd"),
                          ARGS("NAME=value"),
                          "/",
                          {-1, AX_PROGRAM_PIPE, 2}};
  check_int(ax_program_new(w.k, &o, pipes, &program), AX_OK);
  check_str(hear(pipes[1]), "value\n/\n");
  teardown();
}

/* One's end is another's beginning: it is handed over as one that blocks. */
static void programs_can_be_joined(void) {
  setup();
  check_int(start((int[]){-1, AX_PROGRAM_PIPE, 2}, SHELL("echo b; echo a")),
            AX_OK);
  ax_object *first = program, *between = pipes[1];
  int fd = ax_host_descriptor(between);
  check_int(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  check_int(start((int[]){fd, AX_PROGRAM_PIPE, 2}, ARGS("sort")), AX_OK);
  ax_unref(between);
  check_str(hear(pipes[1]), "a\nb\n");
  check_end(AX_EXITED, 0);
  ax_unref(first);
  teardown();
}

static void standard_descriptors_can_change_places(void) {
  setup();
  int ends[2];
  check_int(pipe(ends), 0);
  int old = dup(1);
  dup2(ends[1], 1);
  int rc = start((int[]){-1, 2, 1}, SHELL("echo to the other >&2"));
  dup2(old, 1);
  close(old);
  close(ends[1]);
  check_int(rc, AX_OK);
  ax_object *end;
  check_int(ax_host_file(w.k, ends[0], AX_O_RDONLY, true, &end), AX_OK);
  check_str(hear(end), "to the other\n");
  ax_unref(end);
  teardown();
}

static void it_gets_no_other_descriptor(void) {
  setup();
  ax_object *others[3] = {NULL}, *other;
  check_int(start(piped, ARGS("cat")), AX_OK);
  memcpy(others, pipes, sizeof others);
  other = program;
  check_int(start((int[]){-1, AX_PROGRAM_PIPE, 2},
                  SHELL("for i in 3 4 5 6 7 8 9; do "
                        "if (: <&$i) 2>/dev/null; then echo $i; fi; done")),
            AX_OK);
  check_str(hear(pipes[1]), "");
  for (int i = 0; i < 3; i++) drop(&others[i]);
  drop(&other);
  teardown();
}

static void the_host_may_have_closed_its_own(void) {
  setup();
  int old = dup(0);
  close(0);
  int rc = start(piped, ARGS("cat"));
  dup2(old, 0);
  close(old);
  check_int(rc, AX_OK);
  say("x");
  drop(&pipes[0]);
  check_str(hear(pipes[1]), "x");
  teardown();
}

static void a_program_that_does_not_listen_is_told(void) {
  static char much[200000];
  setup();
  check_int(start((int[]){AX_PROGRAM_PIPE, -1, 2}, ARGS("true")), AX_OK);
  check_int(await(ax_file_writer(pipes[0]), ax_lent(much, sizeof much)),
            AX_EPIPE);
  check_end(AX_EXITED, 0);
  teardown();
}

/* -------------------------------------------------------------- processes */

static void the_death_of_its_holder_ends_it(void) {
  setup();
  actor *a = SPAWN(&w, "a", AX_NORMAL, SLEEP(AX_SECOND * 1000));
  check_int(start(piped, ARGS("cat")), AX_OK);
  int pid = ax_program_pid(program);
  actor_hold(a, program);
  actor_hold(a, pipes[0]);
  actor_hold(a, pipes[1]);
  program = pipes[0] = pipes[1] = NULL;
  check_int(ax_step(w.k), 1);
  check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
  check_int(ax_run(w.k, NULL), AX_OK);
  check(waitpid(pid, NULL, WNOHANG) < 0);
  check_log(&w, "a~ a.");
  teardown();
}

static void others_go_on_meanwhile(void) {
  setup();
  check_int(start((int[]){AX_PROGRAM_PIPE, -1, 2}, ARGS("cat")), AX_OK);
  SPAWN(&w, "a", AX_NORMAL, WAIT1(AX_NEVER, ARM(program)));
  SPAWN(&w, "b", AX_NORMAL, YIELD, YIELD, LOG);
  for (int i = 0; i < 3; i++) check(ax_step(w.k) > 0);
  check_log(&w, "b- b.");
  drop(&pipes[0]); /* now it ends */
  check_int(ax_run(w.k, NULL), AX_OK);
  check_log(&w, "a> a.");
  teardown();
}

/* ------------------------------------------------------------------ memory */

static void memory_may_end_anywhere(void) {
  int before = count_descriptors(), rc = AX_ENOMEM;
  for (size_t i = 1; rc == AX_ENOMEM; i++) {
    setup();
    w.memory.fail = w.memory.asked + i;
    rc = start(piped, ARGS("cat"));
    w.memory.fail = 0;
    if (rc == AX_ENOMEM) check(program == NULL && pipes[0] == NULL);
    teardown();
    check_int(count_descriptors(), before);
  }
  check_int(rc, AX_OK);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(its_code_is_told),
      TEST(so_is_what_killed_it),
      TEST(the_last_reference_kills_and_reaps),
      TEST(what_cannot_be_started_says_why),
      TEST(it_works_where_programs_have_no_descriptor),
      TEST(it_reads_and_writes),
      TEST(its_errors_may_go_with_the_rest),
      TEST(its_world_can_be_chosen),
      TEST(programs_can_be_joined),
      TEST(standard_descriptors_can_change_places),
      TEST(it_gets_no_other_descriptor),
      TEST(the_host_may_have_closed_its_own),
      TEST(a_program_that_does_not_listen_is_told),
      TEST(the_death_of_its_holder_ends_it),
      TEST(others_go_on_meanwhile),
      TEST(memory_may_end_anywhere),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
