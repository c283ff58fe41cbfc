/* message - messages of queues as blocks, and as values */
#include <string.h>

#include "base/assert.h"
#include "ipc/backlog.h"
#include "kernel/kernel.h"

static ax_message *of_keeper(ax_keeper *keeper) {
  return ax_container(keeper, ax_message, keeper);
}

static void message_release(ax_keeper *keeper, uint32_t slot) {
  (void)slot;
  ax__message_free(of_keeper(keeper));
}

/* For receivers that do not know messages: the bytes. */
static int message_pack(ax_keeper *keeper, uint32_t slot, ax_value *out) {
  (void)slot;
  const ax_message *m = of_keeper(keeper);
  ax_bytes *b = ax_bytes_new(m->mem, m->data, m->shown);
  if (b == NULL) return AX_ENOMEM;
  *out = ax_nil();
  out->type = AX_STRING;
  out->u.bytes = b;
  return AX_OK;
}

ax_message *ax__message_new(ax_mem *mem, int64_t type, const void *data,
                            size_t size) {
  if (size > SIZE_MAX / 2) return NULL;
  ax_message *m = ax__alloc(mem, sizeof *m + size);
  if (m == NULL) return NULL;
  m->keeper.release = message_release;
  m->keeper.pack = message_pack;
  m->mem = mem;
  m->type = type;
  m->size = m->shown = size;
  if (size > 0) memcpy(m->data, data, size);
  return m;
}

void ax__message_free(ax_message *m) {
  ax__free(m->mem, m, sizeof *m + m->size);
}

ax_value ax__message_value(ax_message *m) {
  ax_value v = {AX_FOREIGN, 0, 0, {0}};
  v.u.keeper = &m->keeper;
  return v;
}

ax_message *ax__message_of(const ax_value *v) {
  if (v->type != AX_FOREIGN || v->u.keeper->release != message_release)
    return NULL;
  return of_keeper(v->u.keeper);
}

/* ---------------------------------------------------------------- public */

int ax_message_new(ax_kernel *k, int64_t type, const void *data, size_t size,
                   ax_value *out) {
  if (type < 1) return AX_EINVAL;
  ax_message *m = ax__message_new(&k->mem, type, data, size);
  if (m == NULL) return AX_ENOMEM;
  *out = ax__message_value(m);
  return AX_OK;
}

int ax_message_get(const ax_value *message, ax_received *out) {
  const ax_message *m = ax__message_of(message);
  if (m == NULL) return AX_EINVAL;
  out->type = m->type;
  out->bytes = m->data;
  out->size = m->shown;
  out->owner = *message;
  return AX_OK;
}
