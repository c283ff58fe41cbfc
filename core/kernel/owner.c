/* owner - which thread a kernel belongs to */
#include "kernel/owner.h"

#ifdef AX_DEBUG
const void *ax__thread(void) {
  static _Thread_local char self; /* its address is the thread's name */
  return &self;
}
#else
const void *ax__thread(void) { return NULL; }
#endif

void ax_kernel_own(ax_kernel *k) { k->owner = ax__thread(); }
