/* timer - something to do when a moment has come
**
** Interface:
** - ax_timer_set, ax_timer_clear: O(log n)
** - ax__timers_run: what is due now, earliest first; the kernel calls it */
#ifndef AX_KERNEL_TIMER_H
#define AX_KERNEL_TIMER_H

#include "axeberg.h"
#include "base/heap.h"

typedef struct ax_timer ax_timer;

struct ax_timer {
  ax_heap_entry entry;
  void (*due)(ax_timer *t); /* called once; the timer is clear by then */
};

/* Sets a clear timer.  AX_ENOMEM. */
int ax_timer_set(ax_kernel *k, ax_timer *t, uint64_t deadline);

static inline bool ax_timer_is_set(const ax_timer *t) {
  return t->entry.place != 0;
}

/* Nothing happens if it is clear. */
void ax_timer_clear(ax_kernel *k, ax_timer *t);

/* Fires all that are due. */
void ax__timers_run(ax_kernel *k);

#endif
