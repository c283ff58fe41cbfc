/* path_test - walking paths: links, dots, slashes, permissions, mounts */
#include "ipc/path.h"
#include "files.h"
#include "ipc/mount.h"

#define OK(call) check_int((call), AX_OK)

/* A little of everything. */
static void setup(void) {
  tree_open();
  OK(ax_fs_chdir(w.k, "/tmp"));
  OK(put("file", "text"));
  OK(ax_fs_mkdir(w.k, "dir", 0755));
  OK(put("dir/in", "inside"));
  OK(ax_fs_mkdir(w.k, "dir/sub", 0755));
  OK(ax_fs_symlink(w.k, "file", "link"));
  OK(ax_fs_symlink(w.k, "dir", "dirlink"));
  OK(ax_fs_symlink(w.k, "dir/", "slashlink"));
  OK(ax_fs_symlink(w.k, "/tmp/dir/sub/../in", "longlink"));
  OK(ax_fs_symlink(w.k, "nothing", "dangling"));
  OK(ax_fs_symlink(w.k, "loop2", "loop1"));
  OK(ax_fs_symlink(w.k, "loop1", "loop2"));
  OK(ax_fs_symlink(w.k, "..", "up"));
}

static void teardown(void) { world_close(&w); }

typedef struct row {
  const char *path, *want;
} row;

static const char *follow(const char *path) {
  static char text[8];
  ax_stat st;
  int rc = ax_fs_stat(w.k, path, &st);
  if (rc != AX_OK) return ax_error_name(rc);
  snprintf(text, sizeof text, "%c", kind_letter(st.mode));
  return text;
}

static const char *nofollow(const char *path) {
  static char text[8];
  ax_stat st;
  int rc = ax_fs_lstat(w.k, path, &st);
  if (rc != AX_OK) return ax_error_name(rc);
  snprintf(text, sizeof text, "%c", kind_letter(st.mode));
  return text;
}

static void check_rows(const row *rows, size_t n,
                       const char *(*look)(const char *path)) {
  for (size_t i = 0; i < n; i++)
    if (!check_str(look(rows[i].path), rows[i].want))
      fprintf(stderr, "  of \"%s\"\n", rows[i].path);
}

static void paths_lead_where_posix_says(void) {
  static const row rows[] = {
      {"", "ENOENT"},
      {"/", "d"},
      {"//", "d"},
      {"/..", "d"},
      {"/../../tmp/./file", "f"},
      {".", "d"},
      {"./", "d"},
      {"..", "d"},
      {"file", "f"},
      {"file/", "ENOTDIR"},
      {"file/.", "ENOTDIR"},
      {"file/..", "ENOTDIR"},
      {"file/x", "ENOTDIR"},
      {"nothing", "ENOENT"},
      {"nothing/", "ENOENT"},
      {"nothing/..", "ENOENT"},
      {"dir//in", "f"},
      {"dir///", "d"},
      {"dir/../file", "f"},
      {"link", "f"},
      {"link/", "ENOTDIR"},
      {"link/x", "ENOTDIR"},
      {"dirlink", "d"},
      {"dirlink/in", "f"},
      {"dirlink/../file", "f"},
      {"slashlink", "d"},
      {"slashlink/in", "f"},
      {"longlink", "f"},
      {"dangling", "ENOENT"},
      {"dangling/", "ENOENT"},
      {"loop1", "ELOOP"},
      {"loop1/x", "ELOOP"},
      {"up/tmp/up/tmp/file", "f"},
      {"up", "d"},
      {"up/", "d"},
  };
  setup();
  check_rows(rows, COUNT(rows), follow);
  teardown();
}

static void the_last_link_is_followed_or_not(void) {
  static const row rows[] = {{"link", "l"},      {"link/", "ENOTDIR"},
                             {"dirlink", "l"},   {"dirlink/", "d"},
                             {"dirlink/.", "d"}, {"dangling", "l"},
                             {"loop1", "l"},     {"loop1/", "ELOOP"},
                             {"longlink", "l"},  {"dirlink/in", "f"}};
  setup();
  check_rows(rows, COUNT(rows), nofollow);
  teardown();
}

static const char *create(const char *path) {
  ax_object *f;
  int rc = open_file(path, AX_O_WRONLY | AX_O_CREAT | AX_O_EXCL, &f);
  if (f != NULL) ax_unref(f);
  return ax_error_name(rc);
}

static const char *create_any(const char *path) {
  ax_object *f;
  int rc = open_file(path, AX_O_WRONLY | AX_O_CREAT, &f);
  if (f != NULL) ax_unref(f);
  return rc == AX_OK ? "OK" : ax_error_name(rc);
}

static const char *mkdir_(const char *path) {
  int rc = ax_fs_mkdir(w.k, path, 0777);
  return rc == AX_OK ? "OK" : ax_error_name(rc);
}

static const char *mkfifo_(const char *path) {
  int rc = ax_fs_mkfifo(w.k, path, 0666);
  return rc == AX_OK ? "OK" : ax_error_name(rc);
}

static const char *unlink_(const char *path) {
  int rc = ax_fs_unlink(w.k, path);
  return rc == AX_OK ? "OK" : ax_error_name(rc);
}

static const char *rmdir_(const char *path) {
  int rc = ax_fs_rmdir(w.k, path);
  return rc == AX_OK ? "OK" : ax_error_name(rc);
}

static void making_looks_at_the_name(void) {
  static const row exclusive[] = {
      {"file", "EEXIST"}, {"dangling", "EEXIST"}, {"loop1", "EEXIST"},
      {"dir", "EEXIST"},  {".", "EEXIST"},        {"/", "EEXIST"},
      {"new/", "EISDIR"}, {"no/new", "ENOENT"},   {"file/new", "ENOTDIR"},
      {"", "ENOENT"}};
  static const row any[] = {
      {"dir", "EISDIR"},     {".", "EISDIR"},    {"/", "EISDIR"},
      {"loop1", "ELOOP"},    {"new/", "EISDIR"}, {"file/", "EISDIR"},
      {"dirlink", "EISDIR"}, {"dangling", "OK"}, {"link", "OK"}};
  static const row dirs[] = {
      {"file", "EEXIST"},     {"dangling", "EEXIST"}, {".", "EEXIST"},
      {"..", "EEXIST"},       {"/", "EEXIST"},        {"d1", "OK"},
      {"d2/", "OK"},          {"d3//", "OK"},         {"d4/.", "ENOENT"},
      {"d5/x", "ENOENT"},     {"dirlink/d6", "OK"},   {"file/x", "ENOTDIR"},
      {"dangling/", "EEXIST"}};
  static const row fifos[] = {
      {"f1", "OK"}, {"f2/", "ENOENT"}, {"file/", "EEXIST"}, {"..", "EEXIST"}};
  setup();
  check_rows(exclusive, COUNT(exclusive), create);
  check_rows(any, COUNT(any), create_any);
  check_str(is("nothing"), "f 644 1 0"); /* where the link leads */
  check_rows(dirs, COUNT(dirs), mkdir_);
  check_str(is("dir/d6"), "d 755 2 0");
  check_rows(fifos, COUNT(fifos), mkfifo_);
  teardown();
}

static void removing_looks_at_the_name(void) {
  static const row files[] = {
      {"file/", "ENOTDIR"}, {"dir", "EISDIR"},       {"dir/", "EISDIR"},
      {".", "EISDIR"},      {"..", "EISDIR"},        {"/", "EISDIR"},
      {"no", "ENOENT"},     {"no/", "ENOENT"},       {"link/", "ENOTDIR"},
      {"link", "OK"},       {"dirlink/", "ENOTDIR"}, {"dirlink", "OK"},
      {"loop1", "OK"},      {"file", "OK"},          {"file", "ENOENT"}};
  static const row dirs[] = {
      {"dir", "ENOTEMPTY"},  {".", "EINVAL"},
      {"..", "ENOTEMPTY"},   {"/", "EBUSY"},
      {"dir/.", "EINVAL"},   {"dir/sub/..", "ENOTEMPTY"},
      {"up", "ENOTDIR"},     {"up/", "ENOTDIR"},
      {"dir/in", "ENOTDIR"}, {"dir/in/", "ENOTDIR"},
      {"dir/sub/", "OK"},    {"dir/sub", "ENOENT"}};
  setup();
  check_rows(files, COUNT(files), unlink_);
  check_rows(dirs, COUNT(dirs), rmdir_);
  teardown();
}

/* ---------------------------------------------------------- what is too much */

static void names_and_paths_have_a_longest(void) {
  static char path[3 * AX_PATH_MAX];
  setup();
  memset(path, 'n', 256);
  check_str(create(path), "ENAMETOOLONG");
  check_str(follow(path), "ENAMETOOLONG");
  path[255] = '\0';
  check_str(create_any(path), "OK");
  check_str(follow(path), "f");
  for (size_t i = 0; i < AX_PATH_MAX; i += 2) memcpy(path + i, "./", 3);
  check_str(follow(path), "ENAMETOOLONG");
  path[AX_PATH_MAX - 1] = '\0';
  check_str(follow(path), "d");
  check_int(ax_fs_symlink(w.k, path, "long"), AX_OK);
  check_str(follow("long"), "d");
  check_str(follow("long/././././dir"), "d"); /* longer than one path */
  memset(path, '/', AX_PATH_MAX);
  check_str(follow(path), "ENAMETOOLONG");
  OK(ax_fs_mkdir(w.k, "gone", 0755));
  OK(ax_fs_chdir(w.k, "gone"));
  memset(path, 'n', 256);
  path[256] = '\0';
  check_str(mkdir_(path), "ENAMETOOLONG");
  check_str(unlink_(path), "ENAMETOOLONG");
  OK(ax_fs_rmdir(w.k, "../gone"));
  check_str(mkdir_(path), "ENOENT"); /* nothing at all is there */
  check_str(unlink_(path), "ENOENT");
  check_str(create(path), "ENOENT");
  check_str(follow(path), "ENOENT");
  memset(path, '/', AX_PATH_MAX);
  OK(ax_fs_chdir(w.k, "/tmp"));
  check_int(ax_fs_symlink(w.k, path, "longer"), AX_ENAMETOOLONG);
  check_int(ax_fs_symlink(w.k, "", "empty"), AX_ENOENT);
  teardown();
}

static void forty_links_are_followed(void) {
  char name[16], target[16];
  setup();
  OK(put("0", "end"));
  for (int i = 1; i <= 41; i++) {
    snprintf(name, sizeof name, "%d", i);
    snprintf(target, sizeof target, "%d", i - 1);
    OK(ax_fs_symlink(w.k, target, name));
  }
  check_str(get("40"), "end");
  check_str(get("41"), "ELOOP");
  teardown();
}

/* Two links, each twice the other's path: no memory, no time. */
static void links_do_not_explode(void) {
  setup();
  OK(ax_fs_symlink(w.k, "b/b/b/b/b/b/b/b", "a"));
  OK(ax_fs_symlink(w.k, "a/a/a/a/a/a/a/a", "b"));
  check_str(follow("a"), "ELOOP");
  OK(ax_fs_symlink(w.k, "self/self/self", "self"));
  check_str(follow("self"), "ELOOP");
  teardown();
}

static void any_byte_may_be_in_a_name(void) {
  char name[3] = "a";
  setup();
  OK(ax_fs_chdir(w.k, "dir/sub"));
  for (int c = 1; c < 256; c++) {
    if (c == '/') continue;
    name[1] = (char)c;
    OK(put(name, name));
    check_str(get(name), name);
    OK(ax_fs_unlink(w.k, name));
  }
  teardown();
}

/* -------------------------------------------------------------- the way back */

static void the_real_path_has_no_links(void) {
  static const row rows[] = {
      {"/", "/"},
      {".", "/tmp"},
      {"dir/../dirlink/sub", "/tmp/dir/sub"},
      {"longlink", "/tmp/dir/in"},
      {"file", "/tmp/file"},
      {"file/", "ENOTDIR"},
      {"dangling", "ENOENT"},
      {"up/..", "/"},
      {"slashlink/", "/tmp/dir"},
  };
  char few[8];
  size_t n;
  setup();
  check_rows(rows, COUNT(rows), real);
  check_str(cwd(), "/tmp");
  OK(ax_fs_chdir(w.k, "dir/sub"));
  check_str(cwd(), "/tmp/dir/sub");
  check_int(ax_fs_getcwd(w.k, few, sizeof few, &n), AX_ERANGE);
  check_int(ax_fs_getcwd(w.k, few, 0, &n), AX_ERANGE);
  OK(ax_fs_chdir(w.k, "/tmp"));
  OK(ax_fs_getcwd(w.k, few, 5, &n));
  check_int(ax_fs_getcwd(w.k, few, 4, &n), AX_ERANGE);
  teardown();
}

/* ------------------------------------------------------------- permissions */

/* What the others may, as user 7 of group 8. */
static void become_user(void) {
  OK(ax_proc_setgid(w.host, 8));
  OK(ax_proc_setuid(w.host, 7));
}

static void every_directory_on_the_way_is_passed(void) {
  setup();
  OK(ax_fs_mkdir(w.k, "closed", 0700));
  OK(ax_fs_mkdir(w.k, "closed/in", 0777));
  OK(ax_fs_mkdir(w.k, "blind", 0711));
  OK(ax_fs_mkdir(w.k, "blind/in", 0777));
  OK(ax_fs_mkdir(w.k, "shown", 0744));
  OK(put("shown/in", ""));
  OK(ax_fs_chmod(w.k, "closed/in", 0777));
  OK(ax_fs_chmod(w.k, "blind/in", 0777));
  become_user();
  check_str(follow("closed"), "d");
  check_str(follow("closed/in"), "EACCES");
  check_str(follow("closed/."), "EACCES");
  check_str(follow("closed/.."), "EACCES");
  check_str(list("blind"), "EACCES");
  check_str(follow("blind/in"), "d");
  check_str(create_any("blind/in/x"), "OK");
  check_str(create_any("blind/x"), "EACCES");
  check_str(list("shown"), "in");
  check_str(follow("shown/in"), "EACCES");
  check_int(ax_fs_chdir(w.k, "closed"), AX_EACCES);
  check_int(ax_fs_chdir(w.k, "file"), AX_ENOTDIR);
  OK(ax_fs_chdir(w.k, "blind"));
  check_str(is("in/x"), "f 644 1 0");
  check_int(stat_of("in/x").uid, 7);
  check_int(stat_of("in/x").gid, 8);
  teardown();
}

static void files_are_opened_by_whom_they_let(void) {
  ax_object *f;
  setup();
  OK(ax_fs_chmod(w.k, "file", 0640));
  OK(ax_fs_chown(w.k, "file", 0, 8, true));
  OK(put("none", ""));
  OK(ax_fs_chmod(w.k, "none", 0));
  become_user();
  check_str(get("file"), "text");
  check_int(put("file", "x"), AX_EACCES);
  check_str(get("none"), "EACCES");
  check_int(open_file("file", AX_O_RDWR, &f), AX_EACCES);
  check_int(open_file("file", AX_O_RDONLY | AX_O_TRUNC, &f), AX_EACCES);
  check_str(get("file"), "text");
  check_int(ax_fs_truncate(w.k, "file", 0), AX_EACCES);
  check_int(ax_fs_access(w.k, "file", 4), AX_OK);
  check_int(ax_fs_access(w.k, "file", 6), AX_EACCES);
  check_int(ax_fs_access(w.k, "file", 8), AX_EINVAL);
  check_int(ax_fs_chmod(w.k, "file", 0777), AX_EPERM);
  check_int(ax_fs_chown(w.k, "file", 7, 8, true), AX_EPERM);
  check_int(ax_fs_utime(w.k, "file", AX_TIME_NOW, AX_TIME_NOW, true),
            AX_EACCES);
  check_int(ax_fs_utime(w.k, "file", 1, 1, true), AX_EPERM);
  /* a new file is opened as its maker wants, whatever its mode */
  OK(ax_fs_open(w.k, "mine", AX_O_RDWR | AX_O_CREAT, 0, &f));
  ax_unref(f);
  check_int(open_file("mine", AX_O_RDWR, &f), AX_EACCES);
  check_int(ax_fs_chown(w.k, "mine", 7, 8, true), AX_OK);
  check_int(ax_fs_chown(w.k, "mine", 7, 9, true), AX_EPERM);
  check_int(ax_fs_chown(w.k, "mine", 0, UINT32_MAX, true), AX_EPERM);
  teardown();
}

static void sticky_directories_protect(void) {
  setup();
  become_user();
  check_str(unlink_("file"), "EPERM");
  check_int(ax_fs_rename(w.k, "file", "mine"), AX_EPERM);
  OK(put("mine", ""));
  check_int(ax_fs_rename(w.k, "mine", "file"), AX_EPERM);
  check_str(rmdir_("dir"), "EPERM");
  OK(ax_fs_rename(w.k, "mine", "still mine"));
  check_str(unlink_("still mine"), "OK");
  teardown();
}

static void modes_of_new_files(void) {
  setup();
  check_int(ax_fs_umask(w.k, -1), 022);
  check_int(ax_fs_umask(w.k, 027), 022);
  check_int(ax_fs_umask(w.k, 027), 027);
  OK(put("f", ""));
  check_str(is("f"), "f 640 1 0");
  OK(ax_fs_mkdir(w.k, "d", 01777));
  check_str(is("d"), "d 1750 2 0");
  OK(ax_fs_chmod(w.k, "d", 02777));
  OK(ax_fs_chown(w.k, "d", UINT32_MAX, 55, true));
  OK(ax_fs_mkdir(w.k, "d/e", 0777));
  check_str(is("d/e"), "d 2750 2 0");
  check_int(stat_of("d/e").gid, 55);
  OK(put("d/f", ""));
  check_int(stat_of("d/f").gid, 55);
  OK(ax_fs_chmod(w.k, "d/f", 06755));
  check_str(is("d/f"), "f 6755 1 0");
  OK(ax_fs_chown(w.k, "d/f", 7, UINT32_MAX, true)); /* not in his name */
  check_str(is("d/f"), "f 755 1 0");
  OK(ax_fs_chmod(w.k, "d/f", 06777));
  become_user();
  OK(put("d/f", "changed"));
  check_str(is("d/f"), "f 777 1 7");
  OK(ax_fs_chmod(w.k, "d/f", 06777)); /* the group is not his */
  check_str(is("d/f"), "f 4777 1 7");
  teardown();
}

static void user_0_executes_what_somebody_may(void) {
  setup();
  check_int(ax_fs_access(w.k, "file", 1), AX_EACCES);
  check_int(ax_fs_access(w.k, "dir", 1), AX_OK);
  OK(ax_fs_chmod(w.k, "file", 0001));
  check_int(ax_fs_access(w.k, "file", 7), AX_OK);
  teardown();
}

/* ------------------------------------------------------------------ mounts */

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
      TEST(paths_lead_where_posix_says),
      TEST(the_last_link_is_followed_or_not),
      TEST(making_looks_at_the_name),
      TEST(removing_looks_at_the_name),
      TEST(names_and_paths_have_a_longest),
      TEST(forty_links_are_followed),
      TEST(links_do_not_explode),
      TEST(any_byte_may_be_in_a_name),
      TEST(the_real_path_has_no_links),
      TEST(every_directory_on_the_way_is_passed),
      TEST(files_are_opened_by_whom_they_let),
      TEST(sticky_directories_protect),
      TEST(modes_of_new_files),
      TEST(user_0_executes_what_somebody_may),
      TEST(mounts_are_crossed_both_ways),
      TEST(mounts_are_stacked),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
