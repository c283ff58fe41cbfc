/* post_test - threads that post into the kernels of other threads
**
** Threads check nothing themselves: they count, and the checks are made when
** they are done. */
#include <pthread.h>

#include "axeberg.h"
#include "test.h"

/* A kernel with a door into a channel of that capacity. */
static void make_kernel(ax_kernel **k, size_t capacity, size_t bytes,
                        ax_object **rx, ax_object **door) {
  ax_channel_options o = {capacity, AX_FULL_BLOCK, "posts", NULL};
  ax_object *tx;
  if (ax_kernel_new(NULL, k) != AX_OK ||
      ax_channel_new(*k, &o, &tx, rx) != AX_OK ||
      ax_door_new(*k, tx, bytes, door) != AX_OK)
    exit(1);
  ax_unref(tx); /* the door's own is left */
}

enum { NPOSTERS = 4, NPOSTS = 5000 };

typedef struct poster {
  ax_object *door;
  int who;
  int rc;
  size_t full; /* how often the door was */
} poster;

static void *post_all(void *arg) {
  poster *self = arg;
  for (int i = 0; i < NPOSTS; i++) {
    int message[2] = {self->who, i};
    do {
      self->rc = ax_door_post(self->door, AX_STRING, message, sizeof message);
      self->full += self->rc == AX_EAGAIN;
    } while (self->rc == AX_EAGAIN);
    if (self->rc != AX_OK) break;
  }
  return NULL;
}

typedef struct reader {
  ax_object *rx;
  int next[NPOSTERS];
  int left, disorder;
} reader;

static enum ax_step read_step(ax_proc *p) {
  reader *self = ax_proc_body(p);
  ax_arm arm = {self->rx, ax_nil()};
  int which, message[2];
  size_t length;
  ax_value v;
  if (ax_proc_result(p, &which, &v) == AX_OK && v.type == AX_STRING) {
    memcpy(message, ax_value_bytes(&v, &length), sizeof message);
    if (message[1] != self->next[message[0]]++) self->disorder++;
    ax_value_clear(&v);
    if (--self->left == 0) return AX_DONE;
  }
  return ax_wait(p, &arm, 1, AX_NEVER) == AX_EAGAIN ? AX_WAIT : AX_YIELD;
}

static const ax_proc_ops read_ops = {.step = read_step};

/* The kernel sleeps in ax_run; each post wakes it. */
static void many_threads_one_kernel(void) {
  ax_kernel *k;
  ax_object *door;
  ax_proc *p;
  pthread_t threads[NPOSTERS];
  poster posters[NPOSTERS];
  reader r = {.left = NPOSTERS * NPOSTS};
  make_kernel(&k, 16, 512, &r.rx, &door);
  check_int(ax_spawn(k, &read_ops, &r, "reader", AX_NORMAL, &p), AX_OK);
  for (int i = 0; i < NPOSTERS; i++) {
    posters[i] = (poster){door, i, AX_OK, 0};
    if (pthread_create(&threads[i], NULL, post_all, &posters[i]) != 0)
      exit(1);
  }
  check_int(ax_run(k, NULL), AX_OK);
  for (int i = 0; i < NPOSTERS; i++) {
    pthread_join(threads[i], NULL);
    check_int(posters[i].rc, AX_OK);
    check_int(r.next[i], NPOSTS);
  }
  check_int(r.disorder, 0);
  ax_unref(r.rx);
  ax_unref(door);
  ax_kernel_free(k);
}

/* Two kernels in two threads, each with a door for the other. */
typedef struct side {
  pthread_barrier_t *barrier; /* doors are there; and nobody posts any more */
  struct side *other;
  ax_object *door, *rx;
  int64_t left, got;
} side;

enum { NROUNDS = 2000 };

static enum ax_step echo_step(ax_proc *p) {
  side *self = ax_proc_body(p);
  ax_arm arm = {self->rx, ax_nil()};
  int which;
  ax_value v;
  if (ax_proc_result(p, &which, &v) == AX_OK && v.type == AX_STRING) {
    self->got++;
    ax_value_clear(&v);
    if (ax_door_post(self->other->door, AX_STRING, "ball", 4) != AX_OK)
      return AX_DONE;
    if (--self->left == 0) return AX_DONE;
  }
  return ax_wait(p, &arm, 1, AX_NEVER) == AX_EAGAIN ? AX_WAIT : AX_YIELD;
}

static const ax_proc_ops echo_ops = {.step = echo_step};

static void *run_side(void *arg) {
  side *self = arg;
  ax_kernel *k;
  ax_proc *p;
  make_kernel(&k, AX_UNBOUNDED, 256, &self->rx, &self->door);
  if (ax_spawn(k, &echo_ops, self, "echo", AX_NORMAL, &p) != AX_OK) exit(1);
  pthread_barrier_wait(self->barrier);
  ax_run(k, NULL);
  pthread_barrier_wait(self->barrier);
  ax_unref(self->rx);
  ax_unref(self->door);
  ax_kernel_free(k);
  return NULL;
}

static void two_kernels_in_two_threads(void) {
  pthread_barrier_t barrier;
  pthread_t threads[2];
  side sides[2];
  pthread_barrier_init(&barrier, NULL, 3);
  for (int i = 0; i < 2; i++) {
    sides[i] = (side){&barrier, &sides[1 - i], NULL, NULL, NROUNDS, 0};
    if (pthread_create(&threads[i], NULL, run_side, &sides[i]) != 0) exit(1);
  }
  pthread_barrier_wait(&barrier);
  check_int(ax_door_post(sides[0].door, AX_STRING, "ball", 4), AX_OK);
  pthread_barrier_wait(&barrier);
  for (int i = 0; i < 2; i++) {
    pthread_join(threads[i], NULL);
    check_int(sides[i].got, NROUNDS);
  }
  pthread_barrier_destroy(&barrier);
}

/* A kernel goes to another thread, which says that it is its own. */
static void *end_kernel(void *arg) {
  ax_kernel *k = arg;
  ax_kernel_own(k);
  ax_kernel_free(k);
  return NULL;
}

static void a_kernel_moves_to_another_thread(void) {
  ax_kernel *k;
  ax_object *rx, *door;
  pthread_t thread;
  make_kernel(&k, 1, 64, &rx, &door);
  ax_unref(rx);
  ax_unref(door);
  if (!check_int(pthread_create(&thread, NULL, end_kernel, k), 0)) exit(1);
  check_int(pthread_join(thread, NULL), 0);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(many_threads_one_kernel),
      TEST(two_kernels_in_two_threads),
      TEST(a_kernel_moves_to_another_thread),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
