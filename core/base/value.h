/* value - what travels through channels
**
** Interface: the public ax_value of axeberg.h; ax__value_take moves one. */
#ifndef AX_BASE_VALUE_H
#define AX_BASE_VALUE_H

#include "base/bytes.h"

/* The value, which is nil afterwards.  (Moved in parts, as it was written: the
** processor has to wait where 16 bytes are read that were written as 8 and
** 8.) */
static inline ax_value ax__value_take(ax_value *v) {
  ax_value taken;
  taken.type = v->type;
  taken.flow = v->flow;
  taken.slot = v->slot;
  taken.u = v->u;
  v->type = AX_NIL;
  return taken;
}

#endif
