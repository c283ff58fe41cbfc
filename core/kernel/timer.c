/* timer - something to do when a moment has come */
#include "kernel/timer.h"

#include "base/assert.h"
#include "kernel/kernel.h"

int ax_timer_set(ax_kernel *k, ax_timer *t, uint64_t deadline) {
  return ax_heap_add(&k->timers, &k->mem, &t->entry, deadline);
}

void ax_timer_clear(ax_kernel *k, ax_timer *t) {
  ax_heap_remove(&k->timers, &t->entry);
}

void ax__timers_run(ax_kernel *k) {
  uint64_t now = k->time = ax_now(k), time;
  ax_heap_entry *e;
  while ((e = ax_heap_min(&k->timers, &time)) != NULL && time <= now) {
    ax_heap_remove(&k->timers, e);
    ax_timer *t = ax_container(e, ax_timer, entry);
    t->due(t);
  }
}
