/* access_test - modes and owners: who may pass, open, remove, change */
#include "files.h"

static void setup(void) { sample_open(); }

static void teardown(void) { world_close(&w); }

static const char *follow(const char *path) {
  static char text[8];
  ax_stat st;
  int rc = ax_fs_stat(w.k, path, &st);
  if (rc != AX_OK) return ax_error_name(rc);
  snprintf(text, sizeof text, "%c", kind_letter(st.mode));
  return text;
}

static const char *create_any(const char *path) {
  ax_object *f;
  int rc = open_file(path, AX_O_WRONLY | AX_O_CREAT, &f);
  if (f != NULL) ax_unref(f);
  return rc == AX_OK ? "OK" : ax_error_name(rc);
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

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(every_directory_on_the_way_is_passed),
      TEST(files_are_opened_by_whom_they_let),
      TEST(sticky_directories_protect),
      TEST(modes_of_new_files),
      TEST(user_0_executes_what_somebody_may),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
