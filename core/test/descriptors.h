/* descriptors - how many this program has open */
#ifndef AX_TEST_DESCRIPTORS_H
#define AX_TEST_DESCRIPTORS_H

#include <fcntl.h>

static inline int count_descriptors(void) {
  int n = 0;
  for (int fd = 0; fd < 256; fd++) n += fcntl(fd, F_GETFD) >= 0;
  return n;
}

#endif
