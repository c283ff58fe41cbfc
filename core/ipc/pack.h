/* pack - values as MessagePack
**
** The head of a table depends on how many entries it gets, so one byte is
** left free for it, and the rest moves if that is not enough.
**
** Interface: public, axeberg.h; for a pack on the stack:
** - ax__pack_init, ax__pack_fini */
#ifndef AX_IPC_PACK_H
#define AX_IPC_PACK_H

#include "base/bytes.h"

typedef struct ax__pack_level {
  size_t start;   /* of the head */
  uint32_t count; /* keys and values, elements */
  bool map;
} ax__pack_level;

struct ax_pack {
  ax_sink sink;
  ax_kernel *kernel;
  ax_buffer buffer;
  int rc;         /* the first error */
  uint32_t depth; /* tables that are open; level 0 is around the root */
  ax__pack_level level[AX_DEPTH_MAX + 1];
};

void ax__pack_init(ax_pack *p, ax_kernel *k);
void ax__pack_fini(ax_pack *p);

/* The packed value; p stays as it is. */
int ax__pack_result(ax_pack *p, ax_value *out);

#endif
