/* program - programs of the system, and how they end
**
** Where the system has a descriptor for a process (Linux), that is watched.
** Elsewhere who waits looks now and then.  No signal handler is installed,
** and nobody's children are waited for but our own. */
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "ipc/host.h"
#include "ipc/launch.h"
#include "ipc/posix.h"
#include "kernel/kernel.h"

#define PROGRAM_LOOK (AX_SECOND / 200) /* how often, where that is needed */

enum program_state {
  PROGRAM_RUNS,
  PROGRAM_ENDED,
  PROGRAM_LOST /* somebody else was told how it ended */
};

typedef struct ax_program {
  ax_object object;
  ax_watch watch; /* its fd is -1 if there is none */
  ax_list waiting;
  char *name;
  int pid;
  enum program_state state;
  int status;    /* PROGRAM_ENDED: of waitpid(2) */
  uint64_t look; /* without a watch: when who waits looks again */
} ax_program;

static const ax_object_ops program_ops;

static ax_program *program_of(const ax_object *o) {
  ax_assert(o->ops == &program_ops);
  return ax_container(o, ax_program, object);
}

/* Has it ended?  flags: of waitpid(2). */
static bool program_ended(ax_program *p, int flags) {
  pid_t pid;
  if (p->state != PROGRAM_RUNS) return true;
  do pid = waitpid((pid_t)p->pid, &p->status, flags);
  while (pid < 0 && errno == EINTR);
  if (pid == 0) return false;
  p->state = pid > 0 ? PROGRAM_ENDED : PROGRAM_LOST;
  return true;
}

/* ----------------------------------------------------------------- waiting */

static int program_attempt(ax_object *o, ax_clause *c) {
  ax_program *p = program_of(o);
  (void)c;
  if (program_ended(p, WNOHANG)) return AX_OK;
  p->look = ax_now(o->kernel) + PROGRAM_LOOK;
  return AX_EAGAIN;
}

static ax_list *program_queue(ax_object *o) {
  ax_program *p = program_of(o);
  if (p->watch.fd >= 0) ax__watch_begin(o->kernel, &p->watch);
  return &p->waiting;
}

static void program_serve(ax_object *o) { (void)program_queue(o); }

static uint64_t program_deadline(const ax_object *o) {
  const ax_program *p = program_of(o);
  return p->watch.fd >= 0 ? AX_NEVER : p->look;
}

static int program_wants(const ax_watch *w) {
  const ax_program *p = ax_container(w, ax_program, watch);
  return ax__first(&p->waiting) != NULL ? AX_POLLIN : 0;
}

/* All who wait are told. */
static void program_ready(ax_watch *w, int events) {
  ax_program *p = ax_container(w, ax_program, watch);
  ax_clause *c;
  (void)events;
  if (!program_ended(p, WNOHANG)) return;
  while ((c = ax__first(&p->waiting)) != NULL) ax__fire(c, AX_OK);
}

static const ax_watch_ops program_watch_ops = {program_wants, program_ready};

/* Nobody can ask for it any more: it is killed, and leaves no zombie. */
static void program_free(ax_object *o) {
  ax_program *p = program_of(o);
  ax_kernel *k = o->kernel;
  ax__fire_all(&p->waiting, AX_EPIPE);
  if (!program_ended(p, WNOHANG)) {
    (void)ax__launch_signal(p->pid, p->watch.fd, AX_SIGKILL);
    (void)program_ended(p, 0);
  }
  int fd = p->watch.fd;
  ax__watch_fini(k, &p->watch);
  if (fd >= 0) close(fd);
  ax__string_free(&k->mem, p->name);
  ax__free(&k->mem, p, sizeof *p);
  ax_object_fini(k);
}

static int program_describe(const ax_object *o, char *buffer, size_t size) {
  const ax_program *p = program_of(o);
  return snprintf(buffer, size, "\"%s\" (%s %d)", p->name,
                  p->state == PROGRAM_RUNS ? "runs as" : "was", p->pid);
}

static const ax_object_ops program_ops = {
    .kind = "program",
    .doing = "wait for program",
    .free = program_free,
    .attempt = program_attempt,
    .queue = program_queue,
    .serve = program_serve,
    .deadline = program_deadline,
    .describe = program_describe,
};

/* --------------------------------------------------------------------- new */

static void unref_pipes(ax_object *pipes[3]) {
  for (int i = 0; i < 3; i++) {
    if (pipes[i] != NULL) ax_unref(pipes[i]);
    pipes[i] = NULL;
  }
}

/* Files over our ends, which are closed if this fails. */
static int program_pipes(ax_kernel *k, const int ends[3],
                         ax_object *pipes[3]) {
  int rc = AX_OK;
  for (int i = 0; i < 3; i++) {
    int flags = i == 0 ? AX_O_WRONLY : AX_O_RDONLY;
    if (ends[i] < 0) continue;
    if (rc == AX_OK)
      rc = ax__host_own(k, ends[i], flags, &pipes[i]);
    else
      close(ends[i]);
  }
  if (rc != AX_OK) unref_pipes(pipes);
  return rc;
}

/* A program that is not started: pid 0. */
static int program_make(ax_kernel *k, const char *name, ax_program **out) {
  ax_program *p = ax__alloc_zero(&k->mem, sizeof *p);
  if (p == NULL) return AX_ENOMEM;
  p->name = ax__string_copy(&k->mem, name);
  int rc = p->name == NULL
               ? AX_ENOMEM
               : ax__watch_init(k, &p->watch, &program_watch_ops, -1);
  if (rc != AX_OK) {
    ax__string_free(&k->mem, p->name);
    ax__free(&k->mem, p, sizeof *p);
    return rc;
  }
  ax_object_init(k, &p->object, &program_ops);
  ax_list_init(&p->waiting);
  p->state = PROGRAM_LOST;
  *out = p;
  return AX_OK;
}

int ax_program_new(ax_kernel *k, const ax_program_options *o,
                   ax_object *pipes[3], ax_object **out) {
  ax_program *p;
  int ends[3], rc;
  pipes[0] = pipes[1] = pipes[2] = NULL;
  if (o->args == NULL || o->args[0] == NULL) return AX_EINVAL;
  rc = program_make(k, o->args[0], &p);
  if (rc != AX_OK) return rc;
  rc = ax__launch(o, ends, &p->pid);
  if (rc == AX_OK) {
    p->state = PROGRAM_RUNS;
    p->watch.fd = ax__launch_watch(p->pid);
    rc = program_pipes(k, ends, pipes);
  }
  if (rc != AX_OK) {
    ax_unref(&p->object);
    return rc;
  }
  *out = &p->object;
  return AX_OK;
}

/* ------------------------------------------------------------------ status */

int ax_program_status(ax_object *program, enum ax_how *how, int *number) {
  ax_program *p = program_of(program);
  if (!program_ended(p, WNOHANG)) return AX_EAGAIN;
  if (p->state == PROGRAM_LOST) return AX_ECHILD;
  bool killed = WIFSIGNALED(p->status);
  *how = killed ? AX_KILLED : AX_EXITED;
  *number = killed ? WTERMSIG(p->status) : WEXITSTATUS(p->status);
  return AX_OK;
}

int ax_program_kill(ax_object *program, int number) {
  ax_program *p = program_of(program);
  if (program_ended(p, WNOHANG)) return AX_ESRCH;
  return ax__launch_signal(p->pid, p->watch.fd, number);
}

int ax_program_pid(const ax_object *program) {
  return program_of(program)->pid;
}

#undef PROGRAM_LOOK
