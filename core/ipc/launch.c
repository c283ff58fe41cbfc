/* launch - starting a program of the system */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* pipe2, addchdir_np, addclosefrom_np, syscall */
#endif

#include "ipc/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include "ipc/posix.h"

#if !defined(__GLIBC__)
#define HAS_CLOSEFROM 0
#else
#define HAS_CLOSEFROM __GLIBC_PREREQ(2, 34)
#endif

#if !defined(__linux__)
extern char **environ; /* where unistd.h does not say so */
#endif

/* ------------------------------------------------------------ descriptors */

static void launch_close(int *fd) {
  if (*fd >= 0) close(*fd);
  *fd = -1;
}

/* The same descriptor where no standard one is; the old one goes if `mine`. */
static int launch_lift(int fd, bool mine) {
  if (mine && fd > 2) return fd;
  int lifted = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  int error = errno;
  if (mine) close(fd);
  errno = error;
  return lifted;
}

static int launch_pipe(int ends[2]) {
#if defined(__linux__)
  if (pipe2(ends, O_CLOEXEC) != 0) return ax__posix_error(errno);
#else
  if (pipe(ends) != 0) return ax__posix_error(errno);
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
#endif
  ends[0] = launch_lift(ends[0], true);
  ends[1] = launch_lift(ends[1], true);
  if (ends[0] >= 0 && ends[1] >= 0) return AX_OK;
  int rc = ax__posix_error(errno);
  launch_close(&ends[0]);
  launch_close(&ends[1]);
  return rc;
}

/* The program's side of its descriptor i, and ours if that is a pipe; both
** -1 if it needs none. */
static int launch_end(int what, int i, int *theirs, int *ours) {
  int ends[2];
  *theirs = *ours = -1;
  if (what != AX_PROGRAM_PIPE) {
    if (what < 0 || what == i) return AX_OK;
    *theirs = launch_lift(what, false);
    return *theirs >= 0 ? AX_OK : ax__posix_error(errno);
  }
  int rc = launch_pipe(ends);
  if (rc != AX_OK) return rc;
  *theirs = ends[i == 0 ? 0 : 1];
  *ours = ends[i == 0 ? 1 : 0];
  fcntl(*ours, F_SETFL, O_NONBLOCK);
  return AX_OK;
}

/* ------------------------------------------------------------------ launch */

/* Descriptor i of the program; errno or 0. */
static int launch_action(posix_spawn_file_actions_t *a, int what, int i,
                         int theirs) {
  if (what == AX_PROGRAM_NULL)
    return posix_spawn_file_actions_addopen(a, i, "/dev/null", O_RDWR, 0);
  if (what == AX_PROGRAM_STDOUT)
    return i == 1 ? 0 : posix_spawn_file_actions_adddup2(a, 1, i);
  if (theirs < 0) return 0;
  return posix_spawn_file_actions_adddup2(a, theirs, i);
}

static int launch_cwd(posix_spawn_file_actions_t *a, const char *cwd) {
  if (cwd == NULL) return 0;
#if defined(__linux__) || defined(__APPLE__)
  return posix_spawn_file_actions_addchdir_np(a, cwd);
#else
  (void)a;
  return ENOTSUP;
#endif
}

static int launch_actions(posix_spawn_file_actions_t *a,
                          const ax_program_options *o, const int theirs[3]) {
  int error = 0;
  for (int i = 0; i < 3 && error == 0; i++)
    error = launch_action(a, o->stdio[i], i, theirs[i]);
#if HAS_CLOSEFROM
  if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(a, 3);
  if (error == EBADF) error = 0; /* there can be none above */
#endif
  return error != 0 ? error : launch_cwd(a, o->cwd);
}

/* No signal is blocked, and SIGPIPE kills, whatever is so in the host. */
static int launch_attributes(posix_spawnattr_t *attr) {
  sigset_t none, broken;
  sigemptyset(&none);
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  int error = posix_spawnattr_setflags(
      attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (error == 0) error = posix_spawnattr_setsigmask(attr, &none);
  if (error == 0) error = posix_spawnattr_setsigdefault(attr, &broken);
  return error;
}

static int launch_spawn(const ax_program_options *o, const int theirs[3],
                        int *pid) {
  posix_spawn_file_actions_t a;
  posix_spawnattr_t attr;
  pid_t child = -1;
  char **args = (char **)(void *)o->args, **env = environ;
  if (o->env != NULL) env = (char **)(void *)o->env;
  if (posix_spawn_file_actions_init(&a) != 0) return AX_ENOMEM;
  int error = posix_spawnattr_init(&attr);
  if (error == 0) {
    error = launch_actions(&a, o, theirs);
    if (error == 0) error = launch_attributes(&attr);
    if (error == 0)
      error = posix_spawnp(&child, args[0], &a, &attr, args, env);
    posix_spawnattr_destroy(&attr);
  }
  posix_spawn_file_actions_destroy(&a);
  *pid = (int)child;
  return error == 0 ? AX_OK : ax__posix_error(error);
}

int ax__launch(const ax_program_options *o, int pipes[3], int *pid) {
  int theirs[3] = {-1, -1, -1}, rc = AX_OK;
  pipes[0] = pipes[1] = pipes[2] = -1;
  if (o->args == NULL || o->args[0] == NULL) return AX_EINVAL;
  for (int i = 0; i < 3 && rc == AX_OK; i++)
    rc = launch_end(o->stdio[i], i, &theirs[i], &pipes[i]);
  if (rc == AX_OK) rc = launch_spawn(o, theirs, pid);
  for (int i = 0; i < 3; i++) {
    launch_close(&theirs[i]);
    if (rc != AX_OK) launch_close(&pipes[i]);
  }
  return rc;
}

/* --------------------------------------------------------------- afterwards */

int ax__launch_watch(int pid) {
#if defined(__linux__) && defined(SYS_pidfd_open)
  return (int)syscall(SYS_pidfd_open, pid, 0); /* closed by exec */
#else
  (void)pid;
  return -1;
#endif
}

/* By the watch, which cannot mean somebody else. */
int ax__launch_signal(int pid, int watch, int number) {
  int rc = -1;
#if defined(__linux__) && defined(SYS_pidfd_send_signal)
  if (watch >= 0)
    rc = (int)syscall(SYS_pidfd_send_signal, watch, number, NULL, 0);
  else
    rc = kill((pid_t)pid, number);
#else
  (void)watch;
  rc = kill((pid_t)pid, number);
#endif
  return rc == 0 ? AX_OK : ax__posix_error(errno);
}

#undef HAS_CLOSEFROM
