/* hold - references that a process gives back at its end */
#include "kernel/kernel.h"

static bool full(size_t limit, size_t used, size_t more) {
  if (limit == 0 || more == 0) return false;
  return used >= limit || more > limit - used;
}

int ax_hold_room(const ax_proc *p, size_t n) {
  const ax_kernel *k = p->end.kernel;
  bool no = full(k->each.handles, p->nholds, n) ||
            full(k->quota.handles, k->nholds, n);
  return no ? AX_EDQUOT : AX_OK;
}

void ax_hold_add(ax_proc *p, ax_hold *h, ax_object *o) {
  p->nholds++;
  p->end.kernel->nholds++;
  h->holder = p;
  h->object = o;
  h->next = p->holds;
  h->prev = &p->holds;
  if (p->holds != NULL) p->holds->prev = &h->next;
  p->holds = h;
}

ax_object *ax_hold_take(ax_hold *h) {
  ax_object *o = h->object;
  if (o == NULL) return NULL;
  h->holder->nholds--;
  h->holder->end.kernel->nholds--;
  h->object = NULL;
  h->holder = NULL;
  *h->prev = h->next;
  if (h->next != NULL) h->next->prev = h->prev;
  return o;
}

void ax_hold_drop(ax_hold *h) {
  ax_object *o = ax_hold_take(h);
  if (o != NULL) ax_unref(o);
}
