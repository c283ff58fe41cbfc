/* pattern_fuzz - patterns: refused, or found or not in bounded time
**
** The first byte of the input says how many of the next are the pattern;
** the string is the rest. */
#include <stdlib.h>
#include <string.h>

#include "ipc/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of exactly that size, so that a sanitizer sees its borders. */
static char *copy_of(const uint8_t *data, size_t size) {
  char *copy = malloc(size > 0 ? size : 1);
  if (copy == NULL) abort();
  if (size > 0) memcpy(copy, data, size);
  return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  size_t length = data[0] < size ? data[0] : size - 1;
  char *pattern = copy_of(data + 1, length);
  char *s = copy_of(data + 1 + length, size - 1 - length);
  if (ax__pattern_check(pattern, length) == NULL) {
    int rc = ax__pattern_find(pattern, length, s, size - 1 - length);
    if (rc != 0 && rc != 1 && rc != AX_E2BIG) abort();
  }
  free(pattern);
  free(s);
  return 0;
}
