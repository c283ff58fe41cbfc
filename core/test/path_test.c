/* path_test - walking paths: links, dots, slashes, what is too long */
#include "ipc/path.h"
#include "files.h"
#include "ipc/mount.h"

static void setup(void) { sample_open(); }

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

/* ------------------------------------------------------ what is too much */

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

/* ---------------------------------------------------------- the way back */

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
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
