/* test - what every test program of the core is made of
**
** A program lists its tests and answers test_main from main: 0 if every
** check held.  A word as argument runs only the tests with it in the name.
**
** Interface:
** - check(claim), check_int(got, want), check_str(got, want): a failure is
**   printed with its place, counted, and the test goes on
** - test_random: a generator that is the same everywhere */
#ifndef AX_TEST_TEST_H
#define AX_TEST_TEST_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct test {
  const char *name;
  void (*run)(void);
} test;

#define TEST(function) \
  { #function, function }
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Failures that are printed per test; all are counted. */
enum { TEST_SHOWN = 8 };

static struct {
  const char *name; /* of the running test */
  size_t checks, failures;
  size_t shown; /* failures of the running test */
} test_now;

static inline bool test_fail(const char *file, int line) {
  test_now.failures++;
  if (test_now.shown++ >= TEST_SHOWN) return false;
  fprintf(stderr, "%s:%d: %s: ", file, line, test_now.name);
  return true;
}

static inline bool test_check(bool held, const char *claim, const char *file,
                              int line) {
  test_now.checks++;
  if (!held && test_fail(file, line)) fprintf(stderr, "not so: %s\n", claim);
  return held;
}

static inline bool test_int(intmax_t got, intmax_t want, const char *what,
                            const char *file, int line) {
  test_now.checks++;
  if (got != want && test_fail(file, line))
    fprintf(stderr, "%s is %" PRIdMAX ", not %" PRIdMAX "\n", what, got,
            want);
  return got == want;
}

static inline bool test_str(const char *got, const char *want,
                            const char *what, const char *file, int line) {
  test_now.checks++;
  bool same = got != NULL && strcmp(got, want) == 0;
  if (!same && test_fail(file, line))
    fprintf(stderr, "%s is\n  \"%s\", not\n  \"%s\"\n", what,
            got ? got : "(NULL)", want);
  return same;
}

#define check(claim) test_check((claim), #claim, __FILE__, __LINE__)
#define check_int(got, want) \
  test_int((intmax_t)(got), (intmax_t)(want), #got, __FILE__, __LINE__)
#define check_str(got, want) test_str((got), (want), #got, __FILE__, __LINE__)

/* A number below limit (splitmix64). */
static inline uint64_t test_random(uint64_t *state, uint64_t limit) {
  uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (z ^ (z >> 31)) % limit;
}

static inline int test_main(int argc, char **argv, const test *tests,
                            size_t ntests) {
  size_t nrun = 0;
  for (size_t i = 0; i < ntests; i++) {
    if (argc > 1 && strstr(tests[i].name, argv[1]) == NULL) continue;
    test_now.name = tests[i].name;
    test_now.shown = 0;
    tests[i].run();
    if (test_now.shown > 0)
      fprintf(stderr, "FAILED %s (%zu)\n", test_now.name, test_now.shown);
    nrun++;
  }
  printf("%zu tests, %zu checks, %zu failures\n", nrun, test_now.checks,
         test_now.failures);
  return test_now.failures > 0 || nrun == 0;
}

#endif
