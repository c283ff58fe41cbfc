/* unpack - packed values as a source
**
** Interface:
** - ax__decode: one item of MessagePack
** - ax__check_packed: are the bytes one value, and well formed?
** - ax__unpack: a source that stands on a value; damaged bytes end a walk
**   with AX_EINVAL
** - public, axeberg.h: ax_reader */
#ifndef AX_IPC_UNPACK_H
#define AX_IPC_UNPACK_H

#include "axeberg.h"

/* Reads the item at *at, of a table only its head, and moves *at behind it.
** AX_EINVAL: damaged. */
int ax__decode(const uint8_t **at, const uint8_t *end, ax_item *item,
               bool *list);

/* AX_EINVAL; AX_E2BIG: tables are too deep. */
int ax__check_packed(const uint8_t *data, size_t length);

typedef struct ax__unpack_level {
  const uint8_t *first; /* entry */
  uint32_t count, left; /* entries: all, those to come */
  bool list;
  bool random; /* at was called, so next begins with the first */
} ax__unpack_level;

typedef struct ax__unpack {
  ax_source source;
  const uint8_t *end;
  const uint8_t *entry;  /* the current one: its key, or element */
  const uint8_t *cursor; /* behind the head of the current value */
  ax_item key, value;    /* the current ones */
  bool scalar;           /* there are no bytes, value is the root */
  bool list;             /* the current value is a list */
  bool inside;           /* it is a table and was not gone into */
  uint32_t depth;
  ax__unpack_level level[AX_DEPTH_MAX + 1];
} ax__unpack;

/* Stands on those bytes, which need not be well formed. */
void ax__unpack_init(ax__unpack *u, const void *data, size_t length);

/* Stands on the value. */
void ax__unpack_value(ax__unpack *u, const ax_value *v);

#endif
