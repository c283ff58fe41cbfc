/* restore_fuzz - archives of any bytes: nothing breaks, nothing is half done
**
** Length and checksum are put right, so that the fuzzer gets behind them. */
#include <string.h>

#include "axeberg.h"
#include "base/crc.h"
#include "ipc/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(uint8_t *at, uint64_t n, size_t size) {
  for (size_t i = 0; i < size; i++) at[i] = (uint8_t)(n >> 8 * i);
}

/* What is restored can be saved and restored again, and is the same then;
** what is not has changed nothing. */
static void try_archive(ax_kernel *k, const uint8_t *data, size_t size) {
  ax_value one, two;
  const char *why;
  if (ax_fs_unpack(k, "/", data, size, &why) != AX_OK) {
    ax_stat s;
    if (ax_fs_stat(k, "/kept", &s) != AX_OK) __builtin_trap();
    return;
  }
  size_t length;
  if (ax_fs_pack(k, "/", &one) != AX_OK) return;
  const char *bytes = ax_value_bytes(&one, &length);
  if (ax_fs_unpack(k, "/", bytes, length, &why) != AX_OK) __builtin_trap();
  if (ax_fs_pack(k, "/", &two) != AX_OK) __builtin_trap();
  size_t again;
  const char *same = ax_value_bytes(&two, &again);
  if (again != length || memcmp(bytes, same, length) != 0) __builtin_trap();
  ax_value_clear(&one);
  ax_value_clear(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  enum { MOST = 65536 };
  static uint8_t archive[MOST];
  size_t all = size + AX_ARCHIVE_HEAD + AX_ARCHIVE_TAIL;
  uint64_t now = 0;
  ax_kernel *k;
  ax_config config = {.clock = ax_clock_virtual(&now)};
  if (all > MOST || ax_kernel_new(&config, &k) != AX_OK) return 0;
  memcpy(archive, AX_ARCHIVE_MAGIC, 8);
  put(archive + 8, AX_ARCHIVE_VERSION, 4);
  put(archive + 12, all, 8);
  if (size > 0) memcpy(archive + AX_ARCHIVE_HEAD, data, size);
  put(archive + all - 4, ax__crc(0, archive, all - 4), 4);
  (void)ax_fs_mkdir(k, "/kept", 0755);
  try_archive(k, archive, all);
  ax_kernel_free(k);
  return 0;
}
