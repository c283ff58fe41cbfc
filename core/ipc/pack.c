/* pack - values as MessagePack */
#include "ipc/pack.h"

#include <string.h>

#include "base/assert.h"
#include "ipc/unpack.h"
#include "kernel/kernel.h"

/* ----------------------------------------------------------------- bytes */

/* A tag, and n bytes of a number, the most significant first. */
static int pack_put(ax_pack *p, uint8_t tag, uint64_t u, size_t n) {
  uint8_t bytes[9] = {tag};
  for (size_t i = 0; i < n; i++) bytes[n - i] = (uint8_t)(u >> 8 * i);
  p->rc = ax_buffer_add(&p->buffer, bytes, n + 1);
  return p->rc;
}

static int pack_fail(ax_pack *p, int rc) {
  if (p->rc == AX_OK) p->rc = rc;
  return p->rc;
}

/* A value comes next; scalar: it is none with entries of its own. */
static int pack_begin(ax_pack *p, bool scalar) {
  ax__pack_level *l = &p->level[p->depth];
  if (p->rc != AX_OK) return p->rc;
  if (p->depth == 0 && l->count > 0) return pack_fail(p, AX_EINVAL);
  if (l->map && l->count % 2 == 0 && !scalar) return pack_fail(p, AX_EINVAL);
  if (l->count == UINT32_MAX) return pack_fail(p, AX_EOVERFLOW);
  l->count++;
  return AX_OK;
}

/* Is the next value a key? */
static bool at_key(const ax_pack *p) {
  return p->level[p->depth].map && p->level[p->depth].count % 2 == 0;
}

/* --------------------------------------------------------------- scalars */

int ax_pack_null(ax_pack *p) {
  if (at_key(p)) return pack_fail(p, AX_EINVAL);
  if (pack_begin(p, true) != AX_OK) return p->rc;
  return pack_put(p, 0xc0, 0, 0);
}

int ax_pack_boolean(ax_pack *p, bool b) {
  if (pack_begin(p, true) != AX_OK) return p->rc;
  return pack_put(p, b ? 0xc3 : 0xc2, 0, 0);
}

static int put_unsigned(ax_pack *p, uint64_t u) {
  if (u < 128) return pack_put(p, (uint8_t)u, 0, 0);
  if (u <= UINT8_MAX) return pack_put(p, 0xcc, u, 1);
  if (u <= UINT16_MAX) return pack_put(p, 0xcd, u, 2);
  if (u <= UINT32_MAX) return pack_put(p, 0xce, u, 4);
  return pack_put(p, 0xcf, u, 8);
}

int ax_pack_integer(ax_pack *p, int64_t i) {
  uint64_t u = (uint64_t)i;
  if (pack_begin(p, true) != AX_OK) return p->rc;
  if (i >= 0) return put_unsigned(p, u);
  if (i >= -32) return pack_put(p, (uint8_t)u, 0, 0);
  if (i >= INT8_MIN) return pack_put(p, 0xd0, u, 1);
  if (i >= INT16_MIN) return pack_put(p, 0xd1, u, 2);
  if (i >= INT32_MIN) return pack_put(p, 0xd2, u, 4);
  return pack_put(p, 0xd3, u, 8);
}

int ax_pack_number(ax_pack *p, double n) {
  uint64_t bits;
  if (at_key(p) && n != n) return pack_fail(p, AX_EINVAL);
  if (pack_begin(p, true) != AX_OK) return p->rc;
  memcpy(&bits, &n, sizeof bits);
  return pack_put(p, 0xcb, bits, 8);
}

int ax_pack_string(ax_pack *p, const void *data, size_t length) {
  if (length > UINT32_MAX) return pack_fail(p, AX_EOVERFLOW);
  if (pack_begin(p, true) != AX_OK) return p->rc;
  if (length < 32)
    pack_put(p, (uint8_t)(0xa0 | length), 0, 0);
  else if (length <= UINT8_MAX)
    pack_put(p, 0xd9, length, 1);
  else if (length <= UINT16_MAX)
    pack_put(p, 0xda, length, 2);
  else
    pack_put(p, 0xdb, length, 4);
  if (p->rc == AX_OK) p->rc = ax_buffer_add(&p->buffer, data, length);
  return p->rc;
}

int ax_pack_name(ax_pack *p, const char *name) {
  return ax_pack_string(p, name, strlen(name));
}

static int pack_item(ax_pack *p, const ax_item *item) {
  switch (item->type) {
    case AX_NULL: return ax_pack_null(p);
    case AX_BOOLEAN: return ax_pack_boolean(p, item->u.boolean);
    case AX_INTEGER: return ax_pack_integer(p, item->u.integer);
    case AX_NUMBER: return ax_pack_number(p, item->u.number);
    case AX_STRING: return ax_pack_string(p, item->u.string, item->length);
    default:
      return pack_fail(p, AX_ENOTSUP); /* a walk refuses these itself */
  }
}

/* ---------------------------------------------------------------- tables */

static int pack_open(ax_pack *p, bool map) {
  if (pack_begin(p, false) != AX_OK) return p->rc;
  if (p->depth == AX_DEPTH_MAX) return pack_fail(p, AX_E2BIG);
  ax__pack_level l = {.start = p->buffer.length, .map = map};
  p->level[++p->depth] = l;
  return pack_put(p, 0, 0, 0); /* the head, for now */
}

int ax_pack_list(ax_pack *p) { return pack_open(p, false); }

int ax_pack_map(ax_pack *p) { return pack_open(p, true); }

/* Gives the table that begins at start a head of n bytes more. */
static int put_head(ax_pack *p, size_t start, uint8_t tag, uint32_t count,
                    size_t n) {
  static const uint8_t room[4];
  size_t length = p->buffer.length - start - 1;
  p->rc = ax_buffer_add(&p->buffer, room, n);
  if (p->rc != AX_OK) return p->rc;
  char *head = p->buffer.data + start;
  if (n > 0) memmove(head + 1 + n, head + 1, length);
  head[0] = (char)tag;
  for (size_t i = 0; i < n; i++) head[n - i] = (char)(count >> 8 * i);
  return AX_OK;
}

int ax_pack_close(ax_pack *p) {
  const ax__pack_level *l = &p->level[p->depth];
  if (p->rc != AX_OK) return p->rc;
  if (p->depth == 0 || (l->map && l->count % 2 != 0))
    return pack_fail(p, AX_EINVAL);
  p->depth--;
  uint32_t count = l->map ? l->count / 2 : l->count;
  if (count < 16)
    return put_head(p, l->start, (uint8_t)((l->map ? 0x80 : 0x90) | count), 0,
                    0);
  if (count <= UINT16_MAX)
    return put_head(p, l->start, l->map ? 0xde : 0xdc, count, 2);
  return put_head(p, l->start, l->map ? 0xdf : 0xdd, count, 4);
}

/* Bytes that are one table go in as they are, if they are not too deep. */
static int pack_splice(ax_pack *p, const ax_value *v) {
  ax__unpack u;
  if (pack_begin(p, false) != AX_OK) return p->rc;
  p->level[p->depth].count--; /* the walk counts it itself */
  ax__unpack_value(&u, v);
  u.source.place = AX_AT_ROOT;
  return pack_fail(p, ax_walk(NULL, &u.source, &p->sink, NULL));
}

int ax_pack_value(ax_pack *p, const ax_value *v) {
  size_t length;
  const char *data;
  switch (v->type) {
    case AX_NULL: return ax_pack_null(p);
    case AX_BOOLEAN: return ax_pack_boolean(p, v->u.boolean);
    case AX_INTEGER: return ax_pack_integer(p, v->u.integer);
    case AX_NUMBER: return ax_pack_number(p, v->u.number);
    case AX_STRING:
      data = ax_value_bytes(v, &length);
      return ax_pack_string(p, data, length);
    case AX_TABLE: return pack_splice(p, v);
    default: return pack_fail(p, AX_EINVAL);
  }
}

int ax_value_pack(ax_value *v) {
  ax_value packed;
  if (v->type != AX_FOREIGN) return AX_OK;
  if (v->u.keeper->pack == NULL) return AX_ENOTSUP;
  int rc = v->u.keeper->pack(v->u.keeper, v->slot, &packed);
  if (rc != AX_OK) return rc;
  ax_value_clear(v);
  *v = packed;
  return AX_OK;
}

/* ------------------------------------------------------------- the sink */

static ax_pack *pack_of(ax_sink *s) { return ax_container(s, ax_pack, sink); }

/* The key of what comes next, if it has one. */
static int sink_key(ax_pack *p, const ax_source *from) {
  if (from->place != AX_AT_ENTRY) return AX_OK;
  return pack_item(p, &from->key);
}

static int sink_scalar(ax_sink *to, ax_source *from) {
  ax_pack *p = pack_of(to);
  int rc = sink_key(p, from);
  if (rc != AX_OK) return rc;
  from->ops->load(from);
  return pack_item(p, &from->item);
}

static int sink_integer(ax_sink *to, ax_source *from, int64_t i) {
  ax_pack *p = pack_of(to);
  int rc = sink_key(p, from);
  return rc != AX_OK ? rc : ax_pack_integer(p, i);
}

static int sink_open(ax_sink *to, ax_source *from, bool list,
                     size_t nelements, size_t nentries) {
  (void)nelements;
  (void)nentries;
  ax_pack *p = pack_of(to);
  int rc = sink_key(p, from);
  return rc != AX_OK ? rc : pack_open(p, !list);
}

static int sink_close(ax_sink *to, ax_source *from) {
  (void)from;
  return ax_pack_close(pack_of(to));
}

static ax_mark sink_mark(ax_sink *to) {
  ax_pack *p = pack_of(to);
  ax_mark m = {p->buffer.length, p->depth, p->level[p->depth].count};
  return m;
}

static void sink_rewind(ax_sink *to, ax_mark m) {
  ax_pack *p = pack_of(to);
  p->buffer.length = m.place;
  p->depth = (uint32_t)m.depth;
  p->level[p->depth].count = (uint32_t)m.count;
}

static const ax_sink_ops sink_ops = {
    sink_scalar, sink_integer, sink_open, sink_close, sink_mark, sink_rewind,
};

ax_sink *ax_pack_sink(ax_pack *p) { return &p->sink; }

/* -------------------------------------------------------------- new, end */

void ax__pack_init(ax_pack *p, ax_kernel *k) {
  p->sink.ops = &sink_ops;
  p->sink.keys = true;
  p->kernel = k;
  ax_buffer_init(&p->buffer, ax__kernel_mem(k));
  p->rc = AX_OK;
  p->depth = 0;
  p->level[0].count = 0;
  p->level[0].map = false;
}

void ax__pack_fini(ax_pack *p) { ax_buffer_fini(&p->buffer); }

int ax_pack_new(ax_kernel *k, ax_pack **out) {
  ax_pack *p = ax__alloc(ax__kernel_mem(k), sizeof *p);
  if (p == NULL) return AX_ENOMEM;
  ax__pack_init(p, k);
  *out = p;
  return AX_OK;
}

void ax_pack_free(ax_pack *p) {
  if (p == NULL) return;
  ax__pack_fini(p);
  ax__free(ax__kernel_mem(p->kernel), p, sizeof *p);
}

/* The value that the bytes, which are well formed, stand for. */
static int value_of(ax_kernel *k, const char *data, size_t length,
                    ax_value *out) {
  const uint8_t *at = (const uint8_t *)data;
  ax_item item;
  bool list;
  int rc = ax__decode(&at, at + length, &item, &list);
  if (rc != AX_OK) return rc;
  ax_value v = {.type = item.type};
  switch (item.type) {
    case AX_STRING: return ax_string(k, item.u.string, item.length, out);
    case AX_BOOLEAN: v.u.boolean = item.u.boolean; break;
    case AX_INTEGER: v.u.integer = item.u.integer; break;
    case AX_NUMBER: v.u.number = item.u.number; break;
    case AX_TABLE:
      v.u.bytes = ax_bytes_new(ax__kernel_mem(k), data, length);
      if (v.u.bytes == NULL) return AX_ENOMEM;
      break;
    default: break;
  }
  *out = v;
  return AX_OK;
}

const char *ax_pack_bytes(const ax_pack *p, size_t *length) {
  bool complete = p->rc == AX_OK && p->depth == 0 && p->level[0].count > 0;
  *length = complete ? p->buffer.length : 0;
  return complete ? p->buffer.data : NULL;
}

int ax__pack_result(ax_pack *p, ax_value *out) {
  size_t length;
  const char *bytes = ax_pack_bytes(p, &length);
  if (bytes == NULL) return pack_fail(p, AX_EINVAL);
  return value_of(p->kernel, bytes, length, out);
}

int ax_pack_end(ax_pack *p, ax_value *out) {
  int rc = ax__pack_result(p, out);
  ax_pack_free(p);
  return rc;
}

int ax_pack_import(ax_kernel *k, const void *data, size_t length,
                   ax_value *out) {
  int rc = ax__check_packed(data, length);
  return rc == AX_OK ? value_of(k, data, length, out) : rc;
}
