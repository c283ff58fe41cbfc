/* clock - the machine's time, and time that only jumps */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <time.h>

#include "axeberg.h"

static uint64_t real_now(void *ctx) {
  struct timespec t;
  (void)ctx;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * AX_SECOND + (uint64_t)t.tv_nsec;
}

static void real_sleep(void *ctx, uint64_t nanoseconds) {
  (void)ctx;
  struct timespec t;
  t.tv_sec = (time_t)(nanoseconds / AX_SECOND);
  t.tv_nsec = (long)(nanoseconds % AX_SECOND);
  nanosleep(&t, NULL);
}

ax_clock ax_clock_real(void) {
  ax_clock c = {real_now, real_sleep, NULL};
  return c;
}

static uint64_t virtual_now(void *ctx) { return *(uint64_t *)ctx; }

static void virtual_sleep(void *ctx, uint64_t nanoseconds) {
  *(uint64_t *)ctx += nanoseconds;
}

ax_clock ax_clock_virtual(uint64_t *now) {
  ax_clock c = {virtual_now, virtual_sleep, now};
  return c;
}
