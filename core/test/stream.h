/* stream - processes that read and write a file, to test pipes with
**
** What happens is noted in the world's log:
**
**   a<abc      read "abc"              a>5        wrote all 5 bytes
**   a<         read: the end           a!EPIPE:3  failed, 3 bytes are through
**   a!EPIPE    a read failed           a.         its body was freed
**
** Interface:
** - stream_open, stream_close: a world with a pipe
** - read_by, write_by, lend_by: processes; each holds nothing
** - take, put: by the host, at once */
#ifndef AX_TEST_STREAM_H
#define AX_TEST_STREAM_H

#include <stdarg.h>

#include "world.h"

static world w;
static ax_object *rd, *wr; /* NULL: closed */

typedef struct peer {
  const char *name;
  ax_object *file;
  const char *data;      /* to write; NULL: it reads */
  size_t size, at, lent; /* bytes: all, written, of the wait */
  int times;             /* reads to go */
  bool lends;            /* waits before it tries to write */
  bool waiting;
  uint64_t within; /* a wait may last */
  ax_proc *p;
  int pid;
  int fail; /* what ended it */
} peer;

static peer peers[32];
static int npeers;

static inline void stream_open(size_t capacity) {
  world_open(&w);
  npeers = 0;
  check_int(ax_pipe(w.k, capacity, &rd, &wr), AX_OK);
}

static inline void drop(ax_object **end) {
  if (*end != NULL) ax_unref(*end);
  *end = NULL;
}

static inline void stream_close(void) {
  check_int(world_stats(&w).waiters, 0);
  drop(&rd);
  drop(&wr);
  check_int(world_stats(&w).objects, world_stats(&w).processes);
  world_close(&w);
}

/* The same where descriptors are open: they go with the kernel. */
static inline void stream_close_with_fds(void) {
  drop(&rd);
  drop(&wr);
  world_close(&w);
}

static inline void run(void) { check_int(ax_run(w.k, NULL), AX_OK); }

static inline enum ax_step peer_park(peer *a, ax_object *o, ax_value v) {
  uint64_t until = a->within == AX_NEVER ? AX_NEVER : w.now + a->within;
  ax_arm arm = {o, v};
  a->lent = ax_lent_size(&v);
  a->fail =
      a->lends ? ax_wait(a->p, &arm, 1, until) : ax_park(a->p, o, v, until);
  if (a->fail != AX_EAGAIN && a->fail != AX_OK) return AX_DONE;
  a->waiting = true;
  return a->fail == AX_EAGAIN ? AX_WAIT : AX_YIELD;
}

/* The outcome of the wait before; false: that was the end. */
static inline bool peer_waited(peer *a) {
  int arm;
  ax_value v;
  if (!a->waiting) return true;
  a->waiting = false;
  a->fail = ax_proc_result(a->p, &arm, &v);
  a->at += a->lent - ax_lent_size(&v);
  return a->fail == AX_OK;
}

static inline void peer_log(const peer *a, const char *format, ...) {
  char word[256];
  va_list list;
  int n = snprintf(word, sizeof word, "%s", a->name);
  va_start(list, format);
  vsnprintf(word + n, sizeof word - (size_t)n, format, list);
  va_end(list);
  world_log(&w, word);
}

static inline enum ax_step write_step(peer *a) {
  size_t done;
  if (peer_waited(a)) {
    while (a->at < a->size) {
      a->fail = AX_EAGAIN;
      done = 0;
      if (!a->lends)
        a->fail =
            ax_file_write(a->file, a->data + a->at, a->size - a->at, &done);
      a->at += done;
      if (a->fail == AX_OK) continue;
      if (a->fail != AX_EAGAIN) break;
      enum ax_step step =
          peer_park(a, ax_file_writer(a->file),
                    ax_lent(a->data + a->at, a->size - a->at));
      if (step != AX_DONE) return step;
      break;
    }
  }
  if (a->at == a->size)
    peer_log(a, ">%zu", a->at);
  else
    peer_log(a, "!%s:%zu", ax_error_name(a->fail), a->at);
  return AX_DONE;
}

static inline enum ax_step read_step(peer *a) {
  char buffer[128];
  size_t done = 0;
  if (!peer_waited(a)) {
    peer_log(a, "!%s", ax_error_name(a->fail));
    return AX_DONE;
  }
  for (; a->times > 0; a->times--) {
    a->fail = ax_file_read(a->file, buffer, a->size, &done);
    if (a->fail == AX_EAGAIN) {
      enum ax_step step = peer_park(a, a->file, ax_boolean(true));
      if (step != AX_DONE) return step;
    }
    if (a->fail != AX_OK) {
      peer_log(a, "!%s", ax_error_name(a->fail));
      return AX_DONE;
    }
    peer_log(a, "<%.*s", (int)done, buffer);
    if (done == 0) return AX_DONE;
  }
  return AX_DONE;
}

static inline enum ax_step peer_step(ax_proc *p) {
  peer *a = ax_proc_body(p);
  return a->data == NULL ? read_step(a) : write_step(a);
}

static inline void peer_free(ax_proc *p) { peer_log(ax_proc_body(p), "."); }

static const ax_proc_ops peer_ops = {.step = peer_step, .free = peer_free};

static inline peer *peer_new(const char *name, ax_object *file,
                             const char *data, size_t size) {
  peer *a = &peers[npeers++];
  memset(a, 0, sizeof *a);
  a->name = name;
  a->file = file;
  a->data = data;
  a->size = size;
  a->within = AX_NEVER;
  if (ax_spawn(w.k, &peer_ops, a, NULL, AX_NORMAL, &a->p) != AX_OK) exit(2);
  a->pid = ax_proc_pid(a->p);
  return a;
}

/* Reads at most size bytes, so many times or until the end. */
static inline peer *read_by(const char *name, size_t size, int times) {
  peer *a = peer_new(name, rd, NULL, size);
  a->times = times;
  return a;
}

/* Writes all of it. */
static inline peer *write_by(const char *name, const char *data) {
  return peer_new(name, wr, data, strlen(data));
}

/* The same, without trying before it waits. */
static inline peer *lend_by(const char *name, const char *data) {
  peer *a = write_by(name, data);
  a->lends = true;
  return a;
}

static inline void signal_to(const peer *a, int number) {
  check_int(ax_kill(w.k, a->pid, number), AX_OK);
}

/* What can be read at once, at most size bytes; "" at the end, "EAGAIN". */
static inline const char *take_from(ax_object *file, size_t size) {
  static char buffer[8200];
  size_t done = 0;
  int rc = ax_file_read(file, buffer, size, &done);
  if (rc != AX_OK) return ax_error_name(rc);
  buffer[done] = '\0';
  return buffer;
}

static inline const char *take(size_t size) { return take_from(rd, size); }

/* How many bytes are written at once, or the error. */
static inline int put_to(ax_object *file, const char *data) {
  size_t done = 0;
  int rc = ax_file_write(file, data, strlen(data), &done);
  return rc == AX_OK ? (int)done : rc;
}

static inline int put(const char *data) { return put_to(wr, data); }

/* So many bytes. */
static inline const char *many(size_t n) {
  static char bytes[100001];
  for (size_t i = 0; i < sizeof bytes - 1; i++)
    bytes[i] = (char)('a' + i * 7 % 26);
  return bytes + (sizeof bytes - 1 - n);
}

#endif
