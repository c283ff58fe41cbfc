/* decode - one item of MessagePack */
#include <string.h>

#include "ipc/unpack.h"

typedef struct input {
  const uint8_t *at, *end;
  bool damaged; /* it ended too early */
} input;

/* The next n bytes as a number, the most significant first. */
static uint64_t number(input *in, size_t n) {
  uint64_t u = 0;
  if ((size_t)(in->end - in->at) < n) {
    in->damaged = true;
    return 0;
  }
  for (; n > 0; n--) u = u << 8 | *in->at++;
  return u;
}

static int got_integer(ax_item *item, int64_t i) {
  item->type = AX_INTEGER;
  item->u.integer = i;
  return AX_OK;
}

static int got_number(ax_item *item, double d) {
  item->type = AX_NUMBER;
  item->u.number = d;
  return AX_OK;
}

static int got_boolean(ax_item *item, bool b) {
  item->type = AX_BOOLEAN;
  item->u.boolean = b;
  return AX_OK;
}

static int string(input *in, ax_item *item, uint64_t length) {
  if ((uint64_t)(in->end - in->at) < length) return AX_EINVAL;
  item->type = AX_STRING;
  item->length = (size_t)length;
  item->u.string = (const char *)in->at;
  in->at += length;
  return AX_OK;
}

/* Each entry takes a byte or two, so a count is never much too big. */
static int table(input *in, ax_item *item, uint64_t count, bool *list,
                 bool is_list) {
  if (count * (is_list ? 1 : 2) > (uint64_t)(in->end - in->at))
    return AX_EINVAL;
  item->type = AX_TABLE;
  item->length = (size_t)count;
  *list = is_list;
  return AX_OK;
}

static double single(uint64_t bits) {
  uint32_t u = (uint32_t)bits;
  float f;
  memcpy(&f, &u, sizeof f);
  return (double)f;
}

static double twice(uint64_t bits) {
  double d;
  memcpy(&d, &bits, sizeof d);
  return d;
}

/* An unsigned number of 8 bytes may be too big for an integer. */
static int big(ax_item *item, uint64_t u) {
  if (u > INT64_MAX) return got_number(item, (double)u);
  return got_integer(item, (int64_t)u);
}

/* Tags from 0xc0 to 0xdf. */
static int tagged(input *in, uint8_t tag, ax_item *item, bool *list) {
  switch (tag) {
    case 0xc0: item->type = AX_NULL; return AX_OK;
    case 0xc2: return got_boolean(item, false);
    case 0xc3: return got_boolean(item, true);
    case 0xc4:
    case 0xd9: return string(in, item, number(in, 1));
    case 0xc5:
    case 0xda: return string(in, item, number(in, 2));
    case 0xc6:
    case 0xdb: return string(in, item, number(in, 4));
    case 0xca: return got_number(item, single(number(in, 4)));
    case 0xcb: return got_number(item, twice(number(in, 8)));
    case 0xcc: return got_integer(item, (int64_t)number(in, 1));
    case 0xcd: return got_integer(item, (int64_t)number(in, 2));
    case 0xce: return got_integer(item, (int64_t)number(in, 4));
    case 0xcf: return big(item, number(in, 8));
    case 0xd0: return got_integer(item, (int8_t)number(in, 1));
    case 0xd1: return got_integer(item, (int16_t)number(in, 2));
    case 0xd2: return got_integer(item, (int32_t)number(in, 4));
    case 0xd3: return got_integer(item, (int64_t)number(in, 8));
    case 0xdc: return table(in, item, number(in, 2), list, true);
    case 0xdd: return table(in, item, number(in, 4), list, true);
    case 0xde: return table(in, item, number(in, 2), list, false);
    case 0xdf: return table(in, item, number(in, 4), list, false);
    default: return AX_EINVAL; /* extensions, and 0xc1 */
  }
}

int ax__decode(const uint8_t **at, const uint8_t *end, ax_item *item,
               bool *list) {
  input in = {*at, end, false};
  item->type = AX_NIL;
  item->length = 0;
  *list = false;
  uint8_t tag = (uint8_t)number(&in, 1);
  int rc;
  if (in.damaged) return AX_EINVAL;
  if (tag < 0x80)
    rc = got_integer(item, tag);
  else if (tag < 0x90)
    rc = table(&in, item, tag & 15, list, false);
  else if (tag < 0xa0)
    rc = table(&in, item, tag & 15, list, true);
  else if (tag < 0xc0)
    rc = string(&in, item, tag & 31);
  else if (tag < 0xe0)
    rc = tagged(&in, tag, item, list);
  else
    rc = got_integer(item, (int8_t)tag);
  if (in.damaged) rc = AX_EINVAL;
  if (rc != AX_OK)
    item->type = AX_NIL;
  else
    *at = in.at;
  return rc;
}

/* ----------------------------------------------------------------- check */

static bool good_key(const ax_item *key) {
  if (key->type == AX_NUMBER) return key->u.number == key->u.number;
  return key->type == AX_BOOLEAN || key->type == AX_INTEGER ||
         key->type == AX_STRING;
}

int ax__check_packed(const uint8_t *data, size_t length) {
  const uint8_t *end = data + length;
  uint64_t left[AX_DEPTH_MAX + 1]; /* items to come, for each open table */
  bool keys[AX_DEPTH_MAX + 1];     /* every other one of them is a key */
  uint32_t depth = 0;
  left[0] = 1;
  keys[0] = false;
  while (left[depth] > 0 || depth > 0) {
    if (left[depth] == 0) {
      depth--;
      continue;
    }
    ax_item item;
    bool list, key = keys[depth] && left[depth] % 2 == 0;
    int rc = ax__decode(&data, end, &item, &list);
    if (rc != AX_OK) return rc;
    if (key && !good_key(&item)) return AX_EINVAL;
    left[depth]--;
    if (item.type != AX_TABLE) continue;
    if (depth == AX_DEPTH_MAX) return AX_E2BIG;
    left[++depth] = (uint64_t)item.length * (list ? 1 : 2);
    keys[depth] = !list;
  }
  return data == end ? AX_OK : AX_EINVAL;
}
