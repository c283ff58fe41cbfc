/* thread_test - one kernel in each of several threads
**
** Kernels share nothing, so each comes to the same result as if it were
** alone.  The checks are made when the threads are done. */
#include <pthread.h>

#include "axeberg.h"
#include "test.h"

enum { NTHREADS = 4, NWORKERS = 20, NMESSAGES = 200 };

typedef struct job {
  uint64_t now;
  uint64_t sum; /* of what was received, and when */
  int rc;       /* of the run */
  ax_object *tx, *rx;
} job;

typedef struct worker {
  job *job;
  int left; /* messages to go */
} worker;

static enum ax_step send_step(ax_proc *p) {
  worker *self = ax_proc_body(p);
  ax_kernel *k = ax_proc_kernel(p);
  if (self->left-- == 0) return AX_DONE;
  ax_arm send = {self->job->tx, ax_integer(ax_proc_pid(p))};
  int narms = ax_random(k, 4) > 0; /* or it just sleeps */
  uint64_t deadline = self->job->now + ax_random(k, 100);
  return ax_wait(p, &send, narms, deadline) == AX_EAGAIN ? AX_WAIT : AX_YIELD;
}

static enum ax_step recv_step(ax_proc *p) {
  worker *self = ax_proc_body(p);
  int arm;
  ax_value v;
  int rc = ax_proc_result(p, &arm, &v);
  if (rc == AX_EPIPE) return AX_DONE;
  if (v.type == AX_INTEGER)
    self->job->sum =
        self->job->sum * 31 + (uint64_t)v.u.integer + self->job->now;
  ax_arm receive = {self->job->rx, ax_nil()};
  rc = ax_wait(p, &receive, 1, AX_NEVER);
  return rc == AX_EAGAIN ? AX_WAIT : AX_YIELD;
}

static const ax_proc_ops send_ops = {.size = sizeof(worker),
                                     .step = send_step};
static const ax_proc_ops recv_ops = {.size = sizeof(worker),
                                     .step = recv_step};

static int work(job *j, ax_kernel *k) {
  ax_channel_options o = {3, AX_FULL_BLOCK, "shared", NULL};
  ax_proc *p;
  int rc = ax_channel_new(k, &o, &j->tx, &j->rx);
  if (rc != AX_OK) return rc;
  for (int i = 0; rc == AX_OK && i < NWORKERS; i++) {
    worker body = {j, NMESSAGES};
    rc = ax_spawn(k, i == 0 ? &recv_ops : &send_ops, &body, "worker",
                  (enum ax_priority)(i % 3), &p);
  }
  while (rc == AX_OK && ax_next_deadline(k) != AX_NEVER) {
    uint64_t next = ax_next_deadline(k);
    if (next > j->now) j->now = next;
    ax_step(k);
  }
  ax_unref(j->tx);
  if (rc == AX_OK) rc = ax_run(k, NULL);
  ax_unref(j->rx);
  return rc;
}

static void *run_job(void *arg) {
  job *j = arg;
  ax_kernel *k;
  ax_config config = {.clock = ax_clock_virtual(&j->now), .seed = 7};
  j->rc = ax_kernel_new(&config, &k);
  if (j->rc != AX_OK) return NULL;
  j->rc = work(j, k);
  ax_kernel_free(k);
  return NULL;
}

static void kernels_in_threads_never_meet(void) {
  static job alone, jobs[NTHREADS];
  pthread_t threads[NTHREADS];
  run_job(&alone);
  check_int(alone.rc, AX_OK);
  check(alone.sum != 0 && alone.now > 0);
  for (int i = 0; i < NTHREADS; i++)
    if (!check_int(pthread_create(&threads[i], NULL, run_job, &jobs[i]), 0))
      exit(1);
  for (int i = 0; i < NTHREADS; i++) pthread_join(threads[i], NULL);
  for (int i = 0; i < NTHREADS; i++) {
    check_int(jobs[i].rc, AX_OK);
    check(jobs[i].sum == alone.sum);
    check(jobs[i].now == alone.now);
  }
}

int main(int argc, char **argv) {
  static const test tests[] = {TEST(kernels_in_threads_never_meet)};
  return test_main(argc, argv, tests, COUNT(tests));
}
