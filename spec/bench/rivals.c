/* rivals - the workloads in C: rivals NAME N prints the nanoseconds of
** processor time that one unit cost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

int main(int argc, char **argv) {
  if (argc < 3 || strcmp(argv[1], "memcpy") != 0) return 2;
  long n = atol(argv[2]);
  copy_frames(n / 10); /* to warm up */
  clock_t before = clock();
  copy_frames(n);
  double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
  printf("%f\n", seconds / (double)n * 1e9);
  return 0;
}
