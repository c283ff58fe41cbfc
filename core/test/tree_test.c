/* tree_test - the file system in memory: names, limits, size, memory */
#include "files.h"

/* ------------------------------------------------------------------ names */

static void names_are_counted(void) {
  tree_open();
  OK(put("/tmp/a", "12345"));
  OK(ax_fs_link(w.k, "/tmp/a", "/tmp/b"));
  check_str(is("/tmp/a"), "f 644 2 5");
  check_int(stat_of("/tmp/a").ino, stat_of("/tmp/b").ino);
  check_int(ax_fs_link(w.k, "/tmp/a", "/tmp/b"), AX_EEXIST);
  check_int(ax_fs_link(w.k, "/tmp", "/b"), AX_EPERM);
  check_int(ax_fs_link(w.k, "/tmp/c", "/tmp/d"), AX_ENOENT);
  OK(ax_fs_mkdir(w.k, "/tmp/d", 0755));
  OK(ax_fs_mkdir(w.k, "/tmp/d/e", 0755));
  check_str(is("/tmp/d"), "d 755 3 1");
  check_int(ax_fs_rmdir(w.k, "/tmp/d"), AX_ENOTEMPTY);
  check_int(ax_fs_unlink(w.k, "/tmp/d"), AX_EISDIR);
  check_int(ax_fs_rmdir(w.k, "/tmp/a"), AX_ENOTDIR);
  OK(ax_fs_rename(w.k, "/tmp/d/e", "/tmp/e"));
  check_str(is("/tmp/d"), "d 755 2 0");
  check_str(is("/tmp"), "d 1777 4 4");
  check_str(list("/tmp"), "a b d e");
  OK(ax_fs_unlink(w.k, "/tmp/a"));
  check_str(is("/tmp/b"), "f 644 1 5");
  OK(ax_fs_unlink(w.k, "/tmp/b"));
  OK(ax_fs_rmdir(w.k, "/tmp/d"));
  OK(ax_fs_rmdir(w.k, "/tmp/e"));
  tree_clean();
}

static void there_are_only_so_many_names(void) {
  char name[32];
  tree_open();
  OK(put("/tmp/a", ""));
  int n = 1, rc = AX_OK;
  for (; rc == AX_OK && n < 100000; n += rc == AX_OK) {
    snprintf(name, sizeof name, "/tmp/%d", n);
    rc = ax_fs_link(w.k, "/tmp/a", name);
  }
  check_int(rc, AX_EMLINK);
  check_int(n, 65000);
  check_int(stat_of("/tmp/a").nlink, 65000);
  while (--n > 0) {
    snprintf(name, sizeof name, "/tmp/%d", n);
    OK(ax_fs_unlink(w.k, name));
  }
  OK(ax_fs_unlink(w.k, "/tmp/a"));
  tree_clean();
}

static void renaming_replaces(void) {
  tree_open();
  OK(ax_fs_chdir(w.k, "/tmp"));
  OK(put("a", "a"));
  OK(put("b", "b"));
  OK(ax_fs_rename(w.k, "a", "b"));
  check_str(get("b"), "a");
  check_str(list("."), "b");
  OK(ax_fs_rename(w.k, "b", "b"));
  OK(ax_fs_link(w.k, "b", "c"));
  OK(ax_fs_rename(w.k, "b", "c")); /* one file: nothing happens */
  check_str(list("."), "b c");
  OK(ax_fs_mkdir(w.k, "d", 0755));
  OK(ax_fs_mkdir(w.k, "e", 0755));
  OK(ax_fs_mkdir(w.k, "d/in", 0755));
  check_int(ax_fs_rename(w.k, "d", "d/in/x"), AX_EINVAL);
  check_int(ax_fs_rename(w.k, "d", "d/in"), AX_EINVAL);
  check_int(ax_fs_rename(w.k, "d/in", "d"), AX_ENOTEMPTY);
  check_int(ax_fs_rename(w.k, "e", "d"), AX_ENOTEMPTY);
  check_int(ax_fs_rename(w.k, "b", "d"), AX_EISDIR);
  check_int(ax_fs_rename(w.k, "d", "b"), AX_ENOTDIR);
  check_int(ax_fs_rename(w.k, "d/.", "x"), AX_EBUSY);
  check_int(ax_fs_rename(w.k, "d", "/"), AX_EBUSY);
  check_int(ax_fs_rename(w.k, "b", "x/"), AX_ENOTDIR);
  check_int(ax_fs_rename(w.k, "x", "y"), AX_ENOENT);
  OK(ax_fs_rename(w.k, "d/", "e/")); /* an empty directory is replaced */
  check_str(list("e"), "in");
  check_str(list("."), "b c e");
  check_str(is("."), "d 1777 3 3");
  OK(ax_fs_chdir(w.k, "e/in"));
  OK(ax_fs_rename(w.k, "/tmp/e", "/tmp/f"));
  check_str(cwd(), "/tmp/f/in");
  OK(ax_fs_rename(w.k, "../../b", "../g"));
  check_str(list(".."), "in g");
  OK(ax_fs_unlink(w.k, "../g"));
  OK(ax_fs_rmdir(w.k, "../in"));
  check_str(cwd(), "ENOENT");
  check_str(list("."), "");
  check_int(put("x", ""), AX_ENOENT);
  check_int(ax_fs_rename(w.k, "/tmp/f", "x"), AX_EINVAL);
  check_int(ax_fs_rename(w.k, "/tmp/c", "x"), AX_ENOENT);
  check_str(real(".."), "/tmp/f");
  OK(ax_fs_rmdir(w.k, "../../f"));
  check_str(real("../.."), "/tmp");
  OK(ax_fs_unlink(w.k, "/tmp/c"));
  tree_clean();
}

/* Who reads a directory meanwhile sees what stays once. */
static void reading_goes_on_while_entries_come_and_go(void) {
  enum { N = 500 };
  static int seen[N];
  ax_object *f;
  ax_entry e;
  char name[AX_PATH_MAX];
  int read = 0, n;
  tree_open();
  memset(seen, 0, sizeof seen);
  for (int i = 0; i < N; i++) {
    snprintf(name, sizeof name, "/tmp/%d", i);
    OK(put(name, ""));
  }
  OK(open_file("/tmp", AX_O_RDONLY, &f));
  while (ax_file_entry(f, &e) == AX_OK) {
    if (sscanf(e.name, "%d", &n) != 1) continue;
    check(n < N && seen[n]++ == 0);
    snprintf(name, sizeof name, "/tmp/%d", (n * 7 + 1) % N);
    if (read++ % 3 == 0 && n % 5 != 0) (void)ax_fs_unlink(w.k, name);
    snprintf(name, sizeof name, "/tmp/new%d", read);
    if (read < 200) OK(put(name, ""));
  }
  for (int i = 0; i < N; i++) {
    snprintf(name, sizeof name, "/tmp/%d", i);
    if (strcmp(is(name), "ENOENT") != 0) check_int(seen[i], 1);
  }
  int64_t at;
  OK(ax_file_seek(f, 0, AX_SEEK_SET, &at));
  for (n = 0; ax_file_entry(f, &e) == AX_OK;)
    if (e.name[0] != '.') {
      snprintf(name, sizeof name, "/tmp/%s", e.name);
      OK(ax_fs_unlink(w.k, name));
      n++;
    }
  check(n > N / 2);
  ax_unref(f);
  tree_clean();
}

/* ----------------------------------------------------------------- limits */

static void a_full_tree_has_nothing_half_written(void) {
  ax_object *f;
  size_t done;
  static char big[20000];
  tree_open();
  OK(open_file("/tmp/a", AX_O_RDWR | AX_O_CREAT, &f));
  OK(ax_file_write(f, "x", 1, &done));
  uint64_t used = usage().used;
  OK(ax_fs_set_limit(w.k, used + 10000, 0));
  check_int(ax_file_write(f, big, sizeof big, &done), AX_ENOSPC);
  check_int(done, 0);
  check_int(stat_of("/tmp/a").size, 1);
  check_int(stat_of("/tmp/a").blocks, 8);
  check_int(usage().used, used);
  OK(ax_file_write(f, big, 10000, &done));
  check_int(ax_fs_mkdir(w.k, "/tmp/d", 0755), AX_OK);
  OK(ax_fs_set_limit(w.k, usage().used, 0));
  check_int(put("/tmp/b", ""), AX_ENOSPC);
  check_int(ax_fs_mkdir(w.k, "/tmp/e", 0755), AX_ENOSPC);
  check_int(ax_fs_symlink(w.k, "x", "/tmp/e"), AX_ENOSPC);
  check_int(ax_fs_link(w.k, "/tmp/a", "/tmp/e"), AX_ENOSPC);
  check_int(ax_fs_mkfifo(w.k, "/tmp/e", 0644), AX_ENOSPC);
  check_int(ax_fs_rename(w.k, "/tmp/a", "/tmp/e"), AX_ENOSPC);
  check_str(list("/tmp"), "a d");
  OK(ax_file_truncate(f, 1 << 30)); /* takes nothing */
  ax_unref(f);
  OK(ax_fs_unlink(w.k, "/tmp/a"));
  OK(ax_fs_rmdir(w.k, "/tmp/d"));
  OK(ax_fs_set_limit(w.k, 0, usage().files + 1));
  OK(put("/tmp/a", "any number of bytes"));
  check_int(put("/tmp/b", ""), AX_ENOSPC);
  OK(ax_fs_unlink(w.k, "/tmp/a"));
  tree_clean();
}

static void times_tell_what_happened(void) {
  tree_open();
  ax_fs_set_epoch(w.k, 1000);
  w.now = 10;
  OK(put("/tmp/a", "x"));
  check_int(stat_of("/tmp/a").mtime, 1010);
  check_int(stat_of("/tmp").mtime, 1010);
  w.now = 20;
  OK(ax_fs_chmod(w.k, "/tmp/a", 0600));
  check_int(stat_of("/tmp/a").mtime, 1010);
  check_int(stat_of("/tmp/a").ctime, 1020);
  w.now = 30;
  OK(ax_fs_link(w.k, "/tmp/a", "/tmp/b"));
  check_int(stat_of("/tmp/a").ctime, 1030);
  OK(ax_fs_utime(w.k, "/tmp/a", 5, AX_TIME_OMIT, true));
  check(stat_of("/tmp/b").atime == 5 && stat_of("/tmp/b").mtime == 1010);
  OK(ax_fs_utime(w.k, "/tmp/a", AX_TIME_OMIT, AX_TIME_NOW, true));
  check(stat_of("/tmp/b").atime == 5 && stat_of("/tmp/b").mtime == 1030);
  w.now = 40;
  OK(ax_fs_truncate(w.k, "/tmp/a", 0));
  check_int(stat_of("/tmp/b").mtime, 1040);
  w.now = 50;
  OK(ax_fs_unlink(w.k, "/tmp/a"));
  check_int(stat_of("/tmp").mtime, 1050);
  OK(ax_fs_unlink(w.k, "/tmp/b"));
  tree_clean();
}

/* ------------------------------------------------------------------- size */

static void big_directories_are_fast(void) {
  enum { N = 100000 };
  char name[32];
  tree_open();
  for (int i = 0; i < N; i++) {
    snprintf(name, sizeof name, "/tmp/%d", i);
    if (ax_fs_mkdir(w.k, name, 0755) != AX_OK) check(false);
  }
  check_int(stat_of("/tmp").nlink, N + 2);
  check_str(is("/tmp/99999"), "d 755 2 0");
  world_close(&w); /* with all that is in it */
}

/* No stack is as deep as a tree. */
static void deep_trees_end(void) {
  enum { N = 100000 };
  tree_open();
  OK(ax_fs_chdir(w.k, "/tmp"));
  for (int i = 0; i < N; i++) {
    if (ax_fs_mkdir(w.k, "d", 0755) != AX_OK) check(false);
    if (ax_fs_chdir(w.k, "d") != AX_OK) check(false);
  }
  check_str(cwd(), "ERANGE");
  int n = 0;
  while (n < N / 2 && ax_fs_rmdir(w.k, "../d") == AX_OK) {
    if (n++ == 0) check_str(cwd(), "ENOENT");
    if (ax_fs_mkdir(w.k, "x", 0755) != AX_ENOENT) check(false);
    if (ax_fs_chdir(w.k, "..") != AX_OK) check(false);
  }
  check_int(n, N / 2);
  world_close(&w);
}

/* Each of many directories that are gone is all that refers to the next. */
static void a_chain_of_removed_directories_ends(void) {
  enum { N = 100000 };
  tree_open();
  OK(ax_fs_chdir(w.k, "/tmp"));
  for (int i = 0; i < N; i++) {
    if (ax_fs_mkdir(w.k, "d", 0755) != AX_OK) check(false);
    if (ax_fs_chdir(w.k, "d") != AX_OK) check(false);
  }
  ax_object *deepest;
  OK(open_file(".", AX_O_RDONLY, &deepest));
  for (int i = 0; i < N; i++) {
    if (ax_fs_chdir(w.k, "..") != AX_OK) check(false);
    if (ax_fs_rmdir(w.k, "d") != AX_OK) check(false);
  }
  check_str(list("/tmp"), "");
  check(world_stats(&w).objects >= fresh.objects + N);
  ax_unref(deepest);
  tree_clean();
}

/* ----------------------------------------------------------------- memory */

static int few_calls(void) {
  ax_object *f = NULL;
  static char big[10000];
  size_t done;
  int rc = ax_fs_mkdir(w.k, "/tmp/d", 0755);
  if (rc == AX_OK) rc = ax_fs_chdir(w.k, "/tmp/d");
  if (rc == AX_OK) rc = ax_fs_symlink(w.k, "/tmp/d/../d/f", "l");
  if (rc == AX_OK) rc = open_file("l", AX_O_RDWR | AX_O_CREAT, &f);
  if (rc == AX_OK) rc = ax_file_write(f, big, sizeof big, &done);
  if (rc == AX_OK) rc = ax_fs_link(w.k, "l", "m");
  if (rc == AX_OK) rc = ax_fs_rename(w.k, "m", "a-longer-name");
  if (rc == AX_OK) rc = ax_fs_mkfifo(w.k, "p", 0644);
  if (rc == AX_OK) rc = ax_fs_mkdir(w.k, "e", 0755);
  if (rc == AX_OK) rc = ax_fs_rename(w.k, "e", "../e");
  for (int i = 0; rc == AX_OK && i < 10; i++)
    rc = ax_fs_link(w.k, "p",
                    (const char *[]){"0", "1", "2", "3", "4", "5", "6", "7",
                                     "8", "9"}[i]);
  if (f != NULL) ax_unref(f);
  return rc;
}

/* What few_calls made, as far as it came. */
static void undo_calls(void) {
  static const char *const names[] = {
      "/tmp/d/l", "/tmp/d/f", "/tmp/d/m", "/tmp/d/a-longer-name",
      "/tmp/d/p", "/tmp/d/0", "/tmp/d/1", "/tmp/d/2",
      "/tmp/d/3", "/tmp/d/4", "/tmp/d/5", "/tmp/d/6",
      "/tmp/d/7", "/tmp/d/8", "/tmp/d/9"};
  (void)ax_fs_chdir(w.k, "/");
  for (size_t i = 0; i < COUNT(names); i++) (void)ax_fs_unlink(w.k, names[i]);
  (void)ax_fs_rmdir(w.k, "/tmp/d/e");
  (void)ax_fs_rmdir(w.k, "/tmp/e");
  (void)ax_fs_rmdir(w.k, "/tmp/d");
}

static void nothing_is_lost_without_memory(void) {
  for (int always = 0; always < 2; always++) {
    int rc = AX_ENOMEM;
    for (size_t n = 1; rc == AX_ENOMEM && n < 1000; n++) {
      tree_open();
      uint64_t used = usage().used;
      w.memory.asked = 0;
      w.memory.always = always != 0;
      w.memory.fail = n;
      rc = few_calls();
      w.memory.fail = 0;
      if (rc != AX_OK) check_int(rc, AX_ENOMEM);
      undo_calls();
      check_int(usage().used, used);
      tree_clean();
    }
    check_int(rc, AX_OK);
  }
}

static void a_tree_is_made_or_not(void) {
  ax_stat st;
  int rc = AX_ENOMEM;
  for (size_t n = 1; rc == AX_ENOMEM && n < 100; n++) {
    world_open(&w);
    size_t blocks = world_stats(&w).blocks;
    w.memory.asked = 0;
    w.memory.fail = n;
    rc = ax_fs_stat(w.k, "/tmp", &st);
    w.memory.fail = 0;
    if (rc != AX_OK) check_int(world_stats(&w).blocks, blocks);
    world_close(&w);
  }
  check_int(rc, AX_OK);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(names_are_counted),
      TEST(there_are_only_so_many_names),
      TEST(renaming_replaces),
      TEST(reading_goes_on_while_entries_come_and_go),
      TEST(a_full_tree_has_nothing_half_written),
      TEST(times_tell_what_happened),
      TEST(big_directories_are_fast),
      TEST(deep_trees_end),
      TEST(a_chain_of_removed_directories_ends),
      TEST(nothing_is_lost_without_memory),
      TEST(a_tree_is_made_or_not),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
