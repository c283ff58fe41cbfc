/* bytes - byte strings: shared ones that do not change, and growing ones
**
** Interface:
** - ax_bytes: immutable, reference counted.  ax_bytes_new, _ref, _unref.
** - ax_buffer: grows at its end; ax_buffer_fini frees it, or
**   ax_buffer_bytes makes an ax_bytes of what it holds. */
#ifndef AX_BASE_BYTES_H
#define AX_BASE_BYTES_H

#include "base/alloc.h"

struct ax_bytes {
  ax_mem *mem;   /* whose memory it is */
  size_t refs;   /* holders; the last one frees */
  size_t length; /* of data, in bytes */
  char data[];
};

/* A copy of the bytes with one reference; NULL when memory is short. */
ax_bytes *ax_bytes_new(ax_mem *m, const void *data, size_t length);

static inline ax_bytes *ax_bytes_ref(ax_bytes *b) {
  b->refs++;
  return b;
}

void ax_bytes_unref(ax_bytes *b);

typedef struct ax_buffer {
  ax_mem *mem;
  char *data; /* NULL while it is empty */
  size_t length, room;
} ax_buffer;

void ax_buffer_init(ax_buffer *b, ax_mem *m);
void ax_buffer_fini(ax_buffer *b);

/* Appends; AX_ENOMEM leaves the buffer as it was. */
int ax_buffer_add(ax_buffer *b, const void *data, size_t length);

/* What the buffer holds, with one reference; NULL when memory is short.
** The buffer stays as it is. */
ax_bytes *ax_buffer_bytes(const ax_buffer *b);

#endif
