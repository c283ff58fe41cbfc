/* pack_fuzz - bytes from outside: refused, or a value that can be read
**
** Any input: ax_pack_import answers an error, or a value that the reader
** reads to its end, that packs again, and that is accepted again. */
#include <stdlib.h>
#include <string.h>

#include "axeberg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Fails the run: our own claim does not hold. */
static void must(bool claim) {
  if (!claim) abort();
}

/* Reads what the item refers to, so that a sanitizer sees it. */
static void touch(const ax_item *item) {
  if (item->type != AX_STRING || item->length == 0) return;
  char *copy = malloc(item->length);
  if (copy != NULL) memcpy(copy, item->u.string, item->length);
  free(copy);
}

static void read_all(const ax_value *table) {
  ax_reader r;
  ax_item key, value;
  int depth = 0;
  ax_reader_init(&r, table);
  for (;;) {
    if (ax_reader_next(&r, &key, &value) == AX_OK) {
      touch(&key);
      touch(&value);
      if (value.type != AX_TABLE) continue;
      must(ax_reader_enter(&r) == AX_OK);
      depth++;
    } else {
      if (depth-- == 0) return;
      must(ax_reader_leave(&r) == AX_OK);
    }
  }
}

static void pack_again(ax_kernel *k, const ax_value *v) {
  ax_pack *p;
  ax_value packed, again;
  size_t length;
  must(ax_pack_new(k, &p) == AX_OK);
  ax_pack_value(p, v);
  must(ax_pack_end(p, &packed) == AX_OK);
  must(packed.type == v->type);
  if (packed.type == AX_TABLE) {
    const char *bytes = ax_value_bytes(&packed, &length);
    must(ax_pack_import(k, bytes, length, &again) == AX_OK);
    ax_value_clear(&again);
  }
  ax_value_clear(&packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ax_kernel *k;
  ax_value v;
  if (ax_kernel_new(NULL, &k) != AX_OK) return 0;
  if (ax_pack_import(k, data, size, &v) == AX_OK) {
    if (v.type == AX_TABLE) read_all(&v);
    pack_again(k, &v);
    ax_value_clear(&v);
  }
  ax_kernel_free(k);
  return 0;
}
