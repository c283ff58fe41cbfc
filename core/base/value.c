/* value - what travels through channels */
#include "base/value.h"

#include "base/assert.h"

const char *ax_value_bytes(const ax_value *v, size_t *length) {
  ax_assert(v->type == AX_STRING || v->type == AX_TABLE);
  *length = v->u.bytes->length;
  return v->u.bytes->data;
}

void ax_value_clear(ax_value *v) {
  ax_value old = ax__value_take(v);
  if (old.type == AX_STRING || old.type == AX_TABLE)
    ax_bytes_unref(old.u.bytes);
  else if (old.type == AX_FOREIGN)
    old.u.keeper->release(old.u.keeper, old.slot);
}
