/* save_test - trees as archives, and back; damage */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"
#include "files.h"

static void setup(void) { world_open(&w); }

static void teardown(void) { world_close(&w); }

/* A tree with everything in it below /t. */
static void fill(void) {
  ax_object *f;
  size_t n;
  w.now = 7 * AX_SECOND;
  check_int(ax_fs_mkdir(w.k, "/t", 0755), AX_OK);
  check_int(ax_fs_mkdir(w.k, "/t/dir", 0750), AX_OK);
  check_int(ax_fs_mkdir(w.k, "/t/dir/deep", 01777), AX_OK);
  check_int(put("/t/one", "first"), AX_OK);
  check_int(put("/t/dir/empty", ""), AX_OK);
  check_int(ax_fs_link(w.k, "/t/one", "/t/dir/deep/twin"), AX_OK);
  check_int(ax_fs_symlink(w.k, "../one", "/t/dir/link"), AX_OK);
  check_int(ax_fs_mkfifo(w.k, "/t/fifo", 0640), AX_OK);
  check_int(ax_fs_chown(w.k, "/t/dir/empty", 5, 6, true), AX_OK);
  check_int(ax_fs_chmod(w.k, "/t/dir/empty", 04711), AX_OK);
  check_int(open_file("/t/sparse", AX_O_CREAT | AX_O_RDWR, &f), AX_OK);
  check_int(ax_file_pwrite(f, "far", 3, INT64_C(1) << 50, &n), AX_OK);
  check_int(ax_file_pwrite(f, "near", 4, 4094, &n), AX_OK);
  ax_unref(f);
  check_int(ax_fs_utime(w.k, "/t/one", -3, 4, true), AX_OK);
  check_int(ax_fs_utime(w.k, "/t/dir", 1, 2, true), AX_OK);
  w.now = 9 * AX_SECOND;
}

/* Everything is as fill made it, below that path. */
static void check_tree(const char *top) {
  char path[64];
  ax_stat a, b;
#define AT(rest) (snprintf(path, sizeof path, "%s/%s", top, rest), path)
  check_str(list(AT("")), "dir one fifo sparse");
  check_str(list(AT("dir")), "deep empty link");
  check_str(get(AT("dir/link")), "first");
  check_str(is(AT("dir/empty")), "f 4711 1 0");
  check_str(is(AT("dir/deep")), "d 1755 2 1");
  check_str(is(AT("fifo")), "p 640 1 0");
  check_int(ax_fs_stat(w.k, AT("one"), &a), AX_OK);
  check_int(ax_fs_stat(w.k, AT("dir/deep/twin"), &b), AX_OK);
  check_int(a.ino, b.ino);
  check_int(a.nlink, 2);
  check_int(a.mtime, 4);
  check_int(a.ctime, 7 * AX_SECOND);
  check_int(ax_fs_stat(w.k, AT("dir"), &a), AX_OK);
  check_int(a.mtime, 2);
  check_int(a.nlink, 3);
  check_int(ax_fs_stat(w.k, AT("dir/empty"), &a), AX_OK);
  check_int(a.uid, 5);
  check_int(a.gid, 6);
  check_int(ax_fs_stat(w.k, AT("sparse"), &a), AX_OK);
  check_int(a.size, (INT64_C(1) << 50) + 3);
  check_int(a.blocks, 24); /* three pages */
#undef AT
}

/* The archive of a directory, as memory of malloc's. */
static char *pack(const char *path, size_t *size) {
  ax_value v;
  if (!check_int(ax_fs_pack(w.k, path, &v), AX_OK)) exit(1);
  const char *bytes = ax_value_bytes(&v, size);
  char *copy = malloc(*size);
  if (copy == NULL) exit(2);
  memcpy(copy, bytes, *size);
  ax_value_clear(&v);
  return copy;
}

static const char *why;

static int unpack(const char *path, const char *data, size_t size) {
  return ax_fs_unpack(w.k, path, data, size, &why);
}

/* ------------------------------------------------------------- there, back */

static void a_tree_comes_back_as_it_was(void) {
  setup();
  fill();
  size_t size, again;
  char *archive = pack("/t", &size);
  check_int(ax_fs_mkdir(w.k, "/u", 0700), AX_OK);
  check_int(put("/u/old", "gone"), AX_OK);
  check_int(unpack("/u", archive, size), AX_OK);
  check(why == NULL);
  char *same = pack("/u", &again);
  check_int(again, size);
  check(memcmp(archive, same, size) == 0);
  ax_stat st;
  check_int(ax_fs_stat(w.k, "/u/one", &st), AX_OK);
  check_int(st.atime, -3);
  check_tree("/u");
  check_tree("/t");
  check_str(is("/u"), "d 755 3 4");
  check(size < 20000);
  free(archive);
  free(same);
  teardown();
}

static void another_kernel_can_read_it(void) {
  setup();
  fill();
  size_t size;
  char *archive = pack("/", &size);
  teardown();
  setup();
  check_int(put("/tmp/old", "gone"), AX_OK);
  check_int(unpack("/", archive, size), AX_OK);
  check_tree("/t");
  check_str(get("/tmp/old"), "ENOENT");
  check_str(list("/"), "tmp dev proc t");
  check_str(get("/dev/null"), ""); /* what was mounted still is */
  check(strstr(get("/proc/mounts"), "processes\t/proc\n") != NULL);
  free(archive);
  teardown();
}

static void who_has_a_file_open_keeps_it(void) {
  setup();
  fill();
  size_t size, n;
  char text[8], path[16];
  char *archive = pack("/t", &size);
  ax_object *f;
  check_int(put("/t/one", "second"), AX_OK);
  check_int(open_file("/t/one", AX_O_RDONLY, &f), AX_OK);
  check_int(ax_fs_chdir(w.k, "/t/dir"), AX_OK);
  check_int(unpack("/t", archive, size), AX_OK);
  check_int(ax_file_read(f, text, 8, &n), AX_OK);
  check(n == 6 && memcmp(text, "second", 6) == 0);
  ax_unref(f);
  check_int(ax_fs_getcwd(w.k, path, sizeof path, &n), AX_ENOENT);
  check_int(ax_fs_chdir(w.k, "/"), AX_OK);
  check_str(get("/t/one"), "first");
  free(archive);
  teardown();
}

static void mounts_stay_where_they_are(void) {
  setup();
  fill();
  size_t size;
  char *archive = pack("/t", &size);
  check_int(ax_fs_mkdir(w.k, "/t/new", 0755), AX_OK);
  check_int(ax_fs_mkdir(w.k, "/t/new/mnt", 0755), AX_OK);
  check_int(ax_host_mount(w.k, "/", "/t/new/mnt", true), AX_OK);
  check_int(unpack("/t", archive, size), AX_OK);
  check_str(list("/t"), "dir one fifo sparse new");
  ax_stat s;
  check_int(ax_fs_stat(w.k, "/t/new/mnt/tmp", &s), AX_OK);
  check_int(ax_fs_unmount(w.k, "/t/new/mnt"), AX_OK);
  check_str(list("/t/new/mnt"), "");
  /* but not on a file */
  check_int(ax_fs_rmdir(w.k, "/t/new/mnt"), AX_OK);
  check_int(ax_fs_unlink(w.k, "/t/one"), AX_OK);
  check_int(ax_fs_mkdir(w.k, "/t/one", 0755), AX_OK);
  check_int(ax_host_mount(w.k, "/", "/t/one", true), AX_OK);
  check_int(unpack("/t", archive, size), AX_EBUSY);
  check(why != NULL);
  check_int(ax_fs_stat(w.k, "/t/one/tmp", &s), AX_OK);
  check_str(list("/t"), "dir fifo sparse new one");
  free(archive);
  teardown();
}

static void who_may(void) {
  setup();
  fill();
  ax_value v;
  size_t size;
  char *archive = pack("/t", &size);
  check_int(ax_fs_pack(w.k, "/t/one", &v), AX_ENOTDIR);
  check_int(ax_fs_pack(w.k, "/dev", &v), AX_EXDEV);
  check_int(ax_fs_pack(w.k, "/none", &v), AX_ENOENT);
  check_int(unpack("/proc", archive, size), AX_EXDEV);
  check_int(ax_proc_setuid(w.host, 5), AX_OK);
  check_int(ax_fs_pack(w.k, "/t", &v), AX_EPERM);
  check_int(unpack("/t", archive, size), AX_EPERM);
  free(archive);
  teardown();
}

/* A way down is no reason for a stack. */
static void depth_does_not_matter(void) {
  enum { DEEP = 1500 };
  setup();
  size_t size;
  check_int(ax_fs_mkdir(w.k, "/t", 0755), AX_OK);
  check_int(ax_fs_chdir(w.k, "/t"), AX_OK);
  for (int i = 0; i < DEEP; i++) {
    check_int(ax_fs_mkdir(w.k, "d", 0755), AX_OK);
    check_int(ax_fs_chdir(w.k, "d"), AX_OK);
  }
  check_int(ax_fs_chdir(w.k, "/"), AX_OK);
  char *archive = pack("/t", &size);
  check_int(ax_fs_mkdir(w.k, "/u", 0755), AX_OK);
  check_int(unpack("/u", archive, size), AX_OK);
  check_str(list("/u/d/d/d"), "d");
  free(archive);
  teardown();
}

/* ------------------------------------------------------------------ damage */

static void every_damaged_byte_is_found(void) {
  setup();
  fill();
  size_t size;
  char *archive = pack("/t", &size);
  check_int(put("/t/kept", "x"), AX_OK);
  for (size_t i = 0; i < size; i++) {
    const char flips[] = {1, (char)0x80, (char)0xff};
    for (size_t j = 0; j < COUNT(flips); j++) {
      archive[i] = (char)(archive[i] ^ flips[j]);
      int rc = unpack("/t", archive, size);
      check(rc == AX_EIO || (rc == AX_EINVAL && i < 8));
      check(why != NULL);
      archive[i] = (char)(archive[i] ^ flips[j]);
    }
  }
  check_str(get("/t/kept"), "x");
  check_int(unpack("/t", archive, size), AX_OK);
  check_str(get("/t/kept"), "ENOENT");
  free(archive);
  teardown();
}

static void every_truncation_is_found(void) {
  setup();
  fill();
  size_t size;
  char *archive = pack("/t", &size);
  for (size_t n = 0; n < size; n++) {
    int rc = unpack("/t", archive, n);
    check(rc == AX_EIO || (rc == AX_EINVAL && n < 8));
  }
  char *more = malloc(size + 1);
  if (more == NULL) exit(2);
  memcpy(more, archive, size);
  more[size] = 0;
  check_int(unpack("/t", more, size + 1), AX_EIO);
  check_tree("/t");
  free(more);
  free(archive);
  teardown();
}

static void put_number(char *at, uint64_t n, int size) {
  for (int i = 0; i < size; i++) at[i] = (char)(n >> 8 * i);
}

/* Even if the sum is right. */
static void nonsense_is_found(void) {
  setup();
  fill();
  size_t size;
  uint64_t random = 1;
  int good = 0;
  char *archive = pack("/t", &size);
  char *bad = malloc(size);
  if (bad == NULL) exit(2);
  check_int(ax_fs_mkdir(w.k, "/u", 0755), AX_OK);
  for (int i = 0; i < 5000; i++) {
    memcpy(bad, archive, size);
    for (int j = 0; j < 3; j++)
      bad[20 + test_random(&random, 400)] = (char)test_random(&random, 256);
    put_number(bad + size - 4, ax__crc(0, bad, size - 4), 4);
    int rc = unpack("/u", bad, size);
    check(rc == AX_OK || rc == AX_EIO);
    good += rc == AX_OK;
    if (rc == AX_EIO) check(why != NULL);
  }
  check(good > 0 && good < 5000); /* a name, or a time, can be any */
  put_number(archive + 8, 2, 4);
  put_number(archive + size - 4, ax__crc(0, archive, size - 4), 4);
  check_int(unpack("/u", archive, size), AX_ENOTSUP);
  free(bad);
  free(archive);
  teardown();
}

static void nothing_is_half_restored(void) {
  setup();
  fill();
  size_t size;
  char *archive = pack("/t", &size);
  check_int(put("/t/kept", "x"), AX_OK);
  int rc = AX_ENOMEM;
  for (size_t i = 1; rc == AX_ENOMEM; i++) {
    w.memory.fail = w.memory.asked + i;
    rc = unpack("/t", archive, size);
    w.memory.fail = 0;
    if (rc != AX_OK) check_str(list("/t"), "dir one fifo sparse kept");
  }
  check_int(rc, AX_OK);
  check_tree("/t");
  check_int(put("/t/kept", "x"), AX_OK);
  ax_statfs fs;
  check_int(ax_fs_statfs(w.k, "/", &fs), AX_OK);
  check_int(ax_fs_set_limit(w.k, fs.used + 1000, 0), AX_OK);
  check_int(unpack("/t", archive, size), AX_ENOSPC);
  check_str(list("/t"), "dir one fifo sparse kept");
  rc = AX_ENOMEM;
  for (size_t i = 1; rc == AX_ENOMEM; i++) {
    ax_value v;
    w.memory.fail = w.memory.asked + i;
    rc = ax_fs_pack(w.k, "/t", &v);
    w.memory.fail = 0;
    if (rc == AX_OK) ax_value_clear(&v);
  }
  free(archive);
  teardown();
}

/* ------------------------------------------------------ files of the host */

static void a_file_of_the_host_holds_it(void) {
  char path[] = "/tmp/axeberg-save-XXXXXX", file[64];
  check(mkdtemp(path) != NULL);
  snprintf(file, sizeof file, "%s/tree", path);
  setup();
  fill();
  check_int(ax_fs_load(w.k, "/t", file, &why), AX_ENOENT);
  check_int(ax_fs_save(w.k, "/t", file), AX_OK);
  check_int(chmod(file, 0600), 0);
  check_int(put("/t/one", "changed"), AX_OK);
  check_int(ax_fs_load(w.k, "/t", file, &why), AX_OK);
  check_tree("/t");
  check_int(ax_fs_save(w.k, "/t", file), AX_OK); /* over the old one */
  struct stat s;
  check_int(stat(file, &s), 0);
  check_int(s.st_mode & 0777, 0600);
  int fd = open(file, O_WRONLY);
  check_int(pwrite(fd, "!", 1, 100), 1);
  close(fd);
  check_int(ax_fs_load(w.k, "/t", file, &why), AX_EIO);
  check_str(why, "the archive is damaged");
  check_int(truncate(file, 50), 0);
  check_int(ax_fs_load(w.k, "/t", file, &why), AX_EIO);
  check_str(why, "the archive is cut off");
  check_int(truncate(file, 0), 0);
  check_int(ax_fs_load(w.k, "/t", file, &why), AX_EINVAL);
  check_tree("/t");
  check_int(ax_fs_save(w.k, "/t", "/no/such/folder/tree"), AX_ENOENT);
  check_int(ax_fs_load(w.k, "/t", path, &why), AX_EISDIR);
  unlink(file);
  check_int(rmdir(path), 0); /* nothing else is left there */
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {TEST(a_tree_comes_back_as_it_was),
                               TEST(another_kernel_can_read_it),
                               TEST(who_has_a_file_open_keeps_it),
                               TEST(mounts_stay_where_they_are),
                               TEST(who_may),
                               TEST(depth_does_not_matter),
                               TEST(every_damaged_byte_is_found),
                               TEST(every_truncation_is_found),
                               TEST(nonsense_is_found),
                               TEST(nothing_is_half_restored),
                               TEST(a_file_of_the_host_holds_it)};
  return test_main(argc, argv, tests, COUNT(tests));
}
