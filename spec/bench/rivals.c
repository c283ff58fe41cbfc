/* rivals - the workloads in C: rivals NAME N prints the nanoseconds of
** processor time that one unit cost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAME = 64 * 1024 };

/* One copy of a frame, from one place to another. */
static void copy_frames(long n) {
  static char from[FRAME], to[FRAME];
  for (long i = 0; i < n; i++) {
    from[i % FRAME] = (char)i;
    memcpy(to, from, FRAME);
#if defined(__GNUC__)
    __asm__ volatile("" : : "r"(to) : "memory"); /* it is not left out */
#endif
  }
  if (to[0] != from[0]) exit(1);
}

/* The same bytes 4 KiB at a time, in the nearest cache. */
static void copy_pages(long n) {
  static char from[4096], to[4096];
  for (long i = 0; i < n * 16; i++) {
    memcpy(to, from, sizeof to);
#if defined(__GNUC__)
    __asm__ volatile("" : : "r"(to) : "memory");
#endif
  }
}

/* A pipe of the system between two processes, with writes and reads of those
** sizes; n writes. */
static void pipe_between(long n, size_t wsize, size_t rsize) {
  static char bytes[FRAME];
  int ends[2];
  if (pipe(ends) != 0) exit(1);
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    for (long i = 0; i < n; i++)
      if (write(ends[1], bytes, wsize) != (ssize_t)wsize) _exit(1);
    _exit(0);
  }
  close(ends[1]);
  long left = n * (long)wsize;
  for (ssize_t got; (got = read(ends[0], bytes, rsize)) > 0;) left -= got;
  close(ends[0]);
  int status = 1;
  waitpid(child, &status, 0);
  if (left != 0 || status != 0) exit(1);
}

static void pipe_big(long n) { pipe_between(n, FRAME, FRAME); }
static void pipe_page(long n) { pipe_between(n, FRAME, 4096); }
static void pipe_small(long n) { pipe_between(n, 64, 4096); }

static const struct {
  const char *name;
  void (*run)(long n);
} workloads[] = {{"memcpy", copy_frames},
                 {"pages", copy_pages},
                 {"pipe", pipe_big},
                 {"pipe4k", pipe_page},
                 {"pipe64", pipe_small}};

static double seconds_of(int who) {
  struct rusage r;
  getrusage(who, &r);
  return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
         (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* Processor time of this process and its children. */
static double used(void) {
  return seconds_of(RUSAGE_SELF) + seconds_of(RUSAGE_CHILDREN);
}

int main(int argc, char **argv) {
  size_t i = 0, count = sizeof workloads / sizeof *workloads;
  if (argc < 3) return 2;
  while (i < count && strcmp(argv[1], workloads[i].name) != 0) i++;
  if (i == count) return 2;
  long n = atol(argv[2]);
  workloads[i].run(n / 10 + 1); /* to warm up */
  double before = used();
  workloads[i].run(n);
  printf("%f\n", (used() - before) / (double)n * 1e9);
  return 0;
}
