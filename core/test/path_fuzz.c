/* path_fuzz - any bytes as calls with paths
**
** A call is a byte that says which, and one or two paths, each up to a NUL.
** Whatever is done: what a path leads to is what its real path leads to,
** what was counted is there, and nothing is left when the kernel is gone. */
#include <stdlib.h>
#include <string.h>

#include "axeberg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool claim) {
  if (!claim) abort();
}

/* ----------------------------------------------------------------- memory */

static size_t blocks; /* alive */
static size_t budget; /* allocations until one fails; 0: none does */

static void *fuzz_resize(void *ctx, void *block, size_t oldsize,
                         size_t newsize) {
  (void)ctx, (void)oldsize;
  if (newsize == 0) {
    blocks -= block != NULL;
    free(block);
    return NULL;
  }
  if (budget > 0 && --budget == 0) return NULL;
  void *moved = realloc(block, newsize);
  if (moved != NULL) blocks += block == NULL;
  return moved;
}

/* ------------------------------------------------------------------ input */

typedef struct input {
  const uint8_t *at, *end;
} input;

static uint8_t next_byte(input *in) {
  return in->at < in->end ? *in->at++ : 0;
}

/* The bytes up to a NUL, with a NUL; the caller's. */
static char *next_path(input *in) {
  size_t n = 0, left = (size_t)(in->end - in->at);
  while (n < left && in->at[n] != '\0') n++;
  char *path = malloc(n + 1);
  must(path != NULL);
  if (n > 0) memcpy(path, in->at, n);
  path[n] = '\0';
  in->at += n < left ? n + 1 : n;
  return path;
}

/* ----------------------------------------------------------------- claims */

static bool known(int rc) {
  return rc == AX_OK || (rc < 0 && strcmp(ax_error_name(rc), "EUNKNOWN"));
}

static void check_path(ax_kernel *k, const char *path) {
  static char real[2 * AX_PATH_MAX];
  size_t length;
  ax_stat a, b;
  int rc = ax_fs_stat(k, path, &a);
  must(known(rc));
  int real_rc = ax_fs_realpath(k, path, real, AX_PATH_MAX, &length);
  must(known(real_rc));
  if (real_rc != AX_OK) return;
  must(rc == AX_OK && real[0] == '/' && strlen(real) == length);
  must(ax_fs_lstat(k, real, &b) == AX_OK);
  must(a.ino == b.ino && a.dev == b.dev && a.mode == b.mode);
}

/* The entries of a directory lead where they say. */
static void check_dir(ax_kernel *k, const char *path) {
  ax_object *dir;
  ax_entry e;
  char below[AX_PATH_MAX + AX_NAME_MAX + 2];
  ax_stat s;
  int rc = ax_fs_open(k, path, AX_O_DIRECTORY, 0, &dir);
  must(known(rc));
  if (rc != AX_OK) return;
  must(strlen(path) < AX_PATH_MAX);
  while ((rc = ax_file_entry(dir, &e)) == AX_OK) {
    strcpy(below, path);
    strcat(below, "/");
    strcat(below, e.name);
    rc = ax_fs_lstat(k, below, &s);
    if (rc == AX_OK) must((s.mode & AX_S_IFMT) == (e.mode & AX_S_IFMT));
    must(rc == AX_OK || rc == AX_ENAMETOOLONG || rc == AX_ENOENT ||
         rc == AX_EACCES);
  }
  must(rc == AX_ENOENT);
  ax_unref(dir);
}

/* ------------------------------------------------------------------ calls */

static int open_call(ax_kernel *k, const char *path, int flags) {
  ax_object *f = NULL;
  size_t done;
  int rc = ax_fs_open(k, path, flags | AX_O_NONBLOCK, 0644, &f);
  if (rc != AX_OK) return rc;
  rc = ax_file_write(f, path, strlen(path), &done);
  ax_unref(f);
  return rc;
}

static int one_path(ax_kernel *k, uint8_t which, const char *path) {
  switch (which % 9) {
    case 0: return ax_fs_mkdir(k, path, 0755);
    case 1: return ax_fs_rmdir(k, path);
    case 2: return ax_fs_unlink(k, path);
    case 3: return ax_fs_chdir(k, path);
    case 4: return open_call(k, path, AX_O_RDWR | AX_O_CREAT);
    case 5: return open_call(k, path, AX_O_RDWR | AX_O_TRUNC);
    case 6: return ax_fs_mkfifo(k, path, 0644);
    case 7: return ax_fs_truncate(k, path, which);
    default: return ax_fs_chmod(k, path, which);
  }
}

static int two_paths(ax_kernel *k, uint8_t which, const char *a,
                     const char *b) {
  switch (which % 3) {
    case 0: return ax_fs_symlink(k, a, b);
    case 1: return ax_fs_link(k, a, b);
    default: return ax_fs_rename(k, a, b);
  }
}

static void call(ax_kernel *k, input *in) {
  uint8_t which = next_byte(in);
  char *a = next_path(in);
  if (which & 1) {
    must(known(one_path(k, which / 2, a)));
  } else {
    char *b = next_path(in);
    must(known(two_paths(k, which / 2, a, b)));
    free(b);
  }
  size_t rest = budget;
  budget = 0;
  check_path(k, a);
  check_dir(k, a);
  budget = rest;
  free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ax_kernel *k;
  input in = {data, data + size};
  ax_config config = {.allocator = {fuzz_resize, NULL}};
  uint64_t now = 0;
  config.clock = ax_clock_virtual(&now);
  blocks = budget = 0;
  must(ax_kernel_new(&config, &k) == AX_OK);
  must(ax_fs_chdir(k, "/tmp") == AX_OK);
  budget = next_byte(&in);
  if (next_byte(&in) & 1) (void)ax_proc_setuid(ax_kernel_host(k), 7);
  while (in.at < in.end) call(k, &in);
  budget = 0;
  ax_kernel_free(k);
  must(blocks == 0);
  return 0;
}
