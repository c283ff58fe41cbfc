/* real - real pipes, and files over them
**
** Interface:
** - setup_files, teardown_files: reader and writer, files over our sides of
**   two pipes; in[1] and out[0] are the other sides
** - setup, setup_hooked, teardown: with a world around; hooked: the kernel
**   waits by hook, which never waits, and calls meanwhile once
** - read_some, read_one, put_x: acts */
#ifndef AX_TEST_REAL_H
#define AX_TEST_REAL_H

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "world.h"

static world w;
static int in[2], out[2];          /* real pipes; our sides: in[0], out[1] */
static ax_object *reader, *writer; /* files over those */
static int npolls;                 /* calls of the hook */
static uint64_t patience;          /* what the last one was to wait */
static void (*meanwhile)(void);    /* what happens while it waits; once */

/* An arm that promises to read at once. */
#define ARM_READ(o)                         \
  {                                         \
    (o), {                                  \
      AX_BOOLEAN, 0, 0, { .boolean = true } \
    }                                       \
  }
#define READS(o) WAIT1(AX_NEVER, ARM_READ(o))
#define KNOWS(o) WAIT1(AX_NEVER, ARM(o))

static inline void open_pipe(int ends[2]) { check_int(pipe(ends), 0); }

static inline void setup_files(void) {
  open_pipe(in);
  open_pipe(out);
  check_int(ax_host_file(w.k, in[0], AX_O_RDONLY, true, &reader), AX_OK);
  check_int(ax_host_file(w.k, out[1], AX_O_WRONLY, true, &writer), AX_OK);
}

static inline void setup(void) {
  world_open(&w);
  setup_files();
}

static inline void teardown(void) {
  ax_unref(reader);
  ax_unref(writer);
  close(in[1]);
  close(out[0]);
  world_close(&w);
}

static inline int hook(void *ctx, ax_pollfd *list, size_t n, uint64_t ns) {
  (void)ctx;
  npolls++;
  patience = ns;
  if (meanwhile != NULL) meanwhile();
  meanwhile = NULL;
  return poll((struct pollfd *)(void *)list, (nfds_t)n, 0);
}

static inline void setup_hooked(void) {
  ax_config config;
  memset(&config, 0, sizeof config);
  config.poll = hook;
  npolls = 0;
  world_open_with(&w, &config);
  setup_files();
}

static inline void run(void) { check_int(ax_run(w.k, NULL), AX_OK); }

static inline void put(const char *text) {
  check_int(write(in[1], text, strlen(text)), (intmax_t)strlen(text));
}

static inline void put_hello(void) { put("hello"); }

static inline void hang_up(void) {
  close(in[1]);
  in[1] = open("/dev/null", O_WRONLY);
}

/* ------------------------------------------------------------------- acts */

/* Reads once and notes it: a=hello, a=. at the end, a=!EAGAIN. */
static inline void read_some(actor *a) {
  char text[64] = "=";
  size_t n;
  int rc = ax_file_read(reader, text + 1, 40, &n);
  if (rc != AX_OK) {
    snprintf(text + 1, 40, "!%s", ax_error_name(rc));
  } else if (n == 0) {
    strcpy(text, "=.");
  } else {
    text[1 + n] = '\0';
  }
  actor_log(a, text, "");
}

/* Takes one byte of what it is shown. */
static inline void read_one(actor *a) {
  const char *data;
  size_t n;
  char text[3] = "= ";
  int rc = ax_file_peek(reader, &data, &n);
  if (rc != AX_OK || n == 0) {
    actor_log(a, "=!", ax_error_name(rc));
    return;
  }
  text[1] = data[0];
  ax_file_take(reader, 1);
  actor_log(a, text, "");
}

static inline void put_x(actor *a) {
  (void)a;
  put("x");
}

#endif
