/* bytes - byte strings: shared ones that do not change, and growing ones */
#include "base/bytes.h"

#include <string.h>

enum { BUFFER_ROOM = 64 };

ax_bytes *ax_bytes_new(ax_mem *m, const void *data, size_t length) {
  if (length > PTRDIFF_MAX - sizeof(ax_bytes)) return NULL;
  ax_bytes *b = ax__alloc(m, sizeof *b + length);
  if (b == NULL) return NULL;
  b->mem = m;
  b->refs = 1;
  b->length = length;
  if (length > 0) memcpy(b->data, data, length);
  return b;
}

void ax_bytes_unref(ax_bytes *b) {
  if (--b->refs == 0) ax__free(b->mem, b, sizeof *b + b->length);
}

void ax_buffer_init(ax_buffer *b, ax_mem *m) {
  b->mem = m;
  b->data = NULL;
  b->length = b->room = 0;
}

void ax_buffer_fini(ax_buffer *b) {
  ax__free(b->mem, b->data, b->room);
  ax_buffer_init(b, b->mem);
}

static int buffer_reserve(ax_buffer *b, size_t extra) {
  if (extra <= b->room - b->length) return AX_OK;
  if (extra > SIZE_MAX / 2 - b->length) return AX_ENOMEM;
  size_t room = b->room == 0 ? BUFFER_ROOM : b->room;
  while (room < b->length + extra) room *= 2;
  char *data = ax__resize(b->mem, b->data, b->room, room);
  if (data == NULL) return AX_ENOMEM;
  b->data = data;
  b->room = room;
  return AX_OK;
}

int ax_buffer_add(ax_buffer *b, const void *data, size_t length) {
  int rc = buffer_reserve(b, length);
  if (rc != AX_OK) return rc;
  if (length > 0) memcpy(b->data + b->length, data, length);
  b->length += length;
  return AX_OK;
}

ax_bytes *ax_buffer_bytes(const ax_buffer *b) {
  return ax_bytes_new(b->mem, b->data, b->length);
}
