/* cover_test - file systems that are mounted in the tree */
#include "files.h"
#include "ipc/mount.h"

static void setup(void) { sample_open(); }

static void teardown(void) { world_close(&w); }

/* What is mounted there, or the error. */
static const char *source_of(const char *path) {
  static ax_mount m;
  int rc;
  for (size_t i = 0; (rc = ax_fs_mounts(w.k, i, &m)) == AX_OK; i++)
    if (strcmp(m.path, path) == 0) return m.source;
  return ax_error_name(rc);
}

static void mounts_are_crossed_both_ways(void) {
  ax_tree *t;
  setup();
  OK(ax__tree_new(w.k, ax__fs_number(w.k), &t));
  OK(ax__fs_mount(w.k, t->root, "dir", "another"));
  check_str(list("dir"), "");
  check_str(list("dirlink"), "");
  OK(put("dir/new", "in it"));
  check_str(get("dir/new"), "in it");
  check_str(get("dir/../file"), "text");
  check(stat_of("dir/new").dev != stat_of("file").dev);
  check_int(ax_fs_rename(w.k, "dir/new", "new"), AX_EXDEV);
  check_int(ax_fs_link(w.k, "file", "dir/file"), AX_EXDEV);
  check_str(rmdir_("dir"), "EBUSY");
  check_int(ax_fs_rename(w.k, "dir", "other"), AX_EBUSY);
  check_int(ax_fs_rename(w.k, "up", "dir"), AX_EISDIR);
  OK(ax_fs_mkdir(w.k, "dir/deep", 0755));
  OK(ax_fs_chdir(w.k, "dir/deep"));
  check_str(cwd(), "/tmp/dir/deep");
  check_str(real(".."), "/tmp/dir");
  check_str(real("../.."), "/tmp");
  check_str(real("../new"), "/tmp/dir/new");
  check_str(source_of("/tmp/dir"), "another");
  check_str(source_of("/tmp/dirlink"), "ENOENT");
  check_int(ax__fs_mount(w.k, t->root, "/", "again"), AX_EBUSY);
  check_int(ax_fs_unmount(w.k, "/tmp"), AX_EINVAL);
  check_int(ax_fs_unmount(w.k, "/tmp/file"), AX_EINVAL);
  OK(ax_fs_unmount(w.k, "/tmp/dir"));
  check_str(cwd(), "ENOENT"); /* it goes on, out of reach */
  check_str(list(".."), "new deep");
  check_str(get("/tmp/dir/in"), "inside");
  OK(ax_fs_chdir(w.k, "/"));
  ax__tree_end(t);
  teardown();
}

static void mounts_are_stacked(void) {
  ax_tree *a, *b, *c;
  setup();
  OK(ax__tree_new(w.k, ax__fs_number(w.k), &a));
  OK(ax__tree_new(w.k, ax__fs_number(w.k), &b));
  OK(ax__tree_new(w.k, ax__fs_number(w.k), &c));
  OK(ax__fs_mount(w.k, a->root, "dir", "a"));
  OK(put("dir/a", ""));
  OK(ax__fs_mount(w.k, b->root, "dir", "b"));
  OK(ax_fs_mkdir(w.k, "dir/b", 0755));
  check_str(list("dir"), "b");
  OK(ax__fs_mount(w.k, c->root, "dir/b", "c"));
  check_str(real("dir/b/../.."), "/tmp");
  check_int(ax_fs_unmount(w.k, "dir"), AX_EBUSY);
  OK(ax_fs_unmount(w.k, "dir/b"));
  OK(ax_fs_unmount(w.k, "dir"));
  check_str(list("dir"), "a");
  check_int(ax__fs_mount(w.k, b->root, "file", "b"), AX_ENOTDIR);
  check_int(ax__fs_mount(w.k, b->root, "nothing", "b"), AX_ENOENT);
  check_int(ax__fs_mount(w.k, b->root, "/", "b"), AX_EBUSY);
  ax__tree_end(b);
  ax__tree_end(c);
  become_user();
  check_int(ax_fs_unmount(w.k, "dir"), AX_EPERM);
  ax__tree_end(a); /* while it is mounted */
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(mounts_are_crossed_both_ways),
      TEST(mounts_are_stacked),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
