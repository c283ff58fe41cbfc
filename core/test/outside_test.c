/* outside_test - directories of the host in the tree; attempts to get out */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "descriptors.h"
#include "files.h"

/* A folder of the host: in/ is mounted, secret/ is beside it. */
static char top[64];
static int ndescriptors;

static const char *host(const char *name) {
  static char paths[4][256];
  static int i;
  i = (i + 1) % 4;
  snprintf(paths[i], sizeof paths[i], "%s/%s", top, name);
  return paths[i];
}

static void host_write(const char *name, const char *text) {
  FILE *f = fopen(host(name), "w");
  if (!check(f != NULL)) return;
  fputs(text, f);
  fclose(f);
}

static const char *host_read(const char *name) {
  static char text[256];
  FILE *f = fopen(host(name), "r");
  if (f == NULL) return "(none)";
  text[fread(text, 1, sizeof text - 1, f)] = '\0';
  fclose(f);
  return text;
}

static void setup_with(bool readonly) {
  ndescriptors = count_descriptors();
  strcpy(top, "/tmp/axeberg-outside-XXXXXX");
  check(mkdtemp(top) != NULL);
  check_int(mkdir(host("in"), 0755), 0);
  check_int(mkdir(host("in/dir"), 0755), 0);
  check_int(mkdir(host("secret"), 0755), 0);
  host_write("in/file", "inside");
  host_write("in/dir/file", "deeper");
  host_write("secret/file", "secret");
  world_open(&w);
  check_int(ax_fs_mkdir(w.k, "/mnt", 0755), AX_OK);
  check_int(ax_host_mount(w.k, host("in"), "/mnt", readonly), AX_OK);
}

static void setup(void) { setup_with(false); }

static void teardown(void) {
  char command[128];
  world_close(&w);
  check_int(count_descriptors(), ndescriptors);
  snprintf(command, sizeof command, "rm -rf '%s'", top);
  check_int(system(command), 0);
}

/* ------------------------------------------------------------ ordinary use */

static void it_reads_what_is_there(void) {
  setup();
  check_str(get("/mnt/file"), "inside");
  check_str(get("/mnt/dir/file"), "deeper");
  check_str(get("/mnt/dir/../file"), "inside");
  check_str(get("/mnt/none"), "ENOENT");
  check_str(get("/mnt/file/x"), "ENOTDIR");
  check_str(list("/mnt/dir"), "file");
  ax_stat s;
  check_int(ax_fs_stat(w.k, "/mnt/file", &s), AX_OK);
  check_int(s.size, 6);
  check_int(ax_fs_access(w.k, "/mnt/file", 4), AX_OK);
  teardown();
}

static void it_writes_to_the_host(void) {
  setup();
  check_int(put("/mnt/new", "written"), AX_OK);
  check_str(host_read("in/new"), "written");
  check_int(put("/mnt/new", "less"), AX_OK);
  check_str(host_read("in/new"), "less");
  check_int(ax_fs_mkdir(w.k, "/mnt/made", 0755), AX_OK);
  check_int(ax_fs_rename(w.k, "/mnt/new", "/mnt/made/moved"), AX_OK);
  check_str(host_read("in/made/moved"), "less");
  check_int(ax_fs_link(w.k, "/mnt/file", "/mnt/made/twin"), AX_OK);
  check_str(is("/mnt/file"), "f 644 2 6");
  check_int(ax_fs_unlink(w.k, "/mnt/file"), AX_OK);
  check_str(host_read("in/file"), "(none)");
  check_str(get("/mnt/made/twin"), "inside");
  check_int(ax_fs_rmdir(w.k, "/mnt/made"), AX_ENOTEMPTY);
  check_int(ax_fs_rmdir(w.k, "/mnt/dir/file"), AX_ENOTDIR);
  check_int(ax_fs_unlink(w.k, "/mnt/dir/file"), AX_OK);
  check_int(ax_fs_rmdir(w.k, "/mnt/dir"), AX_OK);
  check_int(ax_fs_mkdir(w.k, "/mnt/made", 0755), AX_EEXIST);
  teardown();
}

static void it_changes_what_is_known_of_files(void) {
  setup();
  ax_stat s;
  check_int(ax_fs_chmod(w.k, "/mnt/file", 0600), AX_OK);
  check_int(ax_fs_utime(w.k, "/mnt/file", AX_TIME_OMIT, 5 * AX_SECOND, true),
            AX_OK);
  check_int(ax_fs_truncate(w.k, "/mnt/file", 2), AX_OK);
  check_int(ax_fs_utime(w.k, "/mnt/file", AX_TIME_OMIT, 5 * AX_SECOND, true),
            AX_OK);
  check_int(ax_fs_stat(w.k, "/mnt/file", &s), AX_OK);
  check_int(s.mode, AX_S_IFREG | 0600);
  check_int(s.size, 2);
  check_int(s.mtime, 5 * AX_SECOND);
  check_str(host_read("in/file"), "in");
  check_int(ax_fs_chmod(w.k, "/mnt/dir", 0700), AX_OK);
  check_int(ax_fs_stat(w.k, "/mnt/dir", &s), AX_OK);
  check_int(s.mode, AX_S_IFDIR | 0700);
  teardown();
}

static void a_directory_is_one_node_and_can_be_left(void) {
  setup();
  char path[64];
  size_t n;
  check_int(ax_fs_chdir(w.k, "/mnt/dir"), AX_OK);
  check_int(ax_fs_getcwd(w.k, path, sizeof path, &n), AX_OK);
  check_str(path, "/mnt/dir");
  check_str(get("file"), "deeper");
  check_str(get("../file"), "inside");
  check_str(list("../.."), "tmp dev proc mnt");
  check_int(ax_fs_unmount(w.k, "/mnt"), AX_OK); /* who is in it stays */
  check_str(get("file"), "deeper");
  check_int(ax_fs_chdir(w.k, "/"), AX_OK);
  check_str(list("/mnt"), "");
  teardown();
}

static void something_can_be_mounted_in_it(void) {
  setup();
  check_int(ax_host_mount(w.k, host("secret"), "/mnt/dir", true), AX_OK);
  check_str(get("/mnt/dir/file"), "secret");
  check_int(ax_fs_rmdir(w.k, "/mnt/dir"), AX_EBUSY);
  check_int(ax_fs_unmount(w.k, "/mnt"), AX_EBUSY);
  check_int(ax_fs_unmount(w.k, "/mnt/dir"), AX_OK);
  check_str(get("/mnt/dir/file"), "deeper");
  teardown();
}

static void all_entries_are_told_once(void) {
  setup();
  for (int i = 0; i < 300; i++) {
    char name[32];
    snprintf(name, sizeof name, "in/dir/%03d", i);
    host_write(name, "");
  }
  ax_object *f;
  ax_entry e;
  int n = 0, rc;
  check_int(open_file("/mnt/dir", AX_O_RDONLY, &f), AX_OK);
  while ((rc = ax_file_entry(f, &e)) == AX_OK) {
    n++;
    if (n == 100) check(strlen(list("/mnt/dir")) > 300); /* beside it */
  }
  check_int(rc, AX_ENOENT);
  check_int(n, 303);
  ax_unref(f);
  teardown();
}

static void read_only_is_read_only(void) {
  setup_with(true);
  check_str(get("/mnt/file"), "inside");
  check_int(put("/mnt/file", "x"), AX_EROFS);
  check_int(put("/mnt/new", "x"), AX_EROFS);
  check_int(ax_fs_mkdir(w.k, "/mnt/new", 0755), AX_EROFS);
  check_int(ax_fs_symlink(w.k, "x", "/mnt/new"), AX_EROFS);
  check_int(ax_fs_mkfifo(w.k, "/mnt/new", 0644), AX_EROFS);
  check_int(ax_fs_unlink(w.k, "/mnt/file"), AX_EROFS);
  check_int(ax_fs_rmdir(w.k, "/mnt/dir"), AX_EROFS);
  check_int(ax_fs_rename(w.k, "/mnt/file", "/mnt/new"), AX_EROFS);
  check_int(ax_fs_link(w.k, "/mnt/file", "/mnt/new"), AX_EROFS);
  check_int(ax_fs_chmod(w.k, "/mnt/file", 0), AX_EROFS);
  check_int(ax_fs_truncate(w.k, "/mnt/file", 0), AX_EROFS);
  check_int(ax_fs_utime(w.k, "/mnt/file", 0, 0, true), AX_EROFS);
  check_str(host_read("in/file"), "inside");
  teardown();
}

static void only_user_0_mounts(void) {
  setup();
  check_int(ax_fs_mkdir(w.k, "/other", 0777), AX_OK);
  check_int(ax_host_mount(w.k, host("none"), "/other", true), AX_ENOENT);
  check_int(ax_host_mount(w.k, host("in/file"), "/other", true), AX_ENOTDIR);
  check_int(ax_host_mount(w.k, host("in"), "/", true), AX_EBUSY);
  check_int(ax_host_mount(w.k, host("in"), "/nowhere", true), AX_ENOENT);
  check_int(ax_proc_setuid(w.host, 7), AX_OK);
  check_int(ax_host_mount(w.k, host("in"), "/other", true), AX_EPERM);
  teardown();
}

/* --------------------------------------------------------------- ways out */

static void links_lead_to_places_in_the_tree(void) {
  setup();
  static const char *const targets[] = {"/etc/passwd", "/", "..",
                                        "../secret/file", "../../../../etc"};
  check_int(symlink(host("secret/file"), host("in/absolute")), 0);
  for (size_t i = 0; i < COUNT(targets); i++) {
    unlink(host("in/link"));
    check_int(symlink(targets[i], host("in/link")), 0);
    const char *text = get("/mnt/link");
    check(strcmp(text, "ENOENT") == 0 || strcmp(text, "EISDIR") == 0);
    check_str(get("/mnt/link/passwd"), "ENOENT");
    check_str(get("/mnt/link/etc/passwd"), "ENOENT");
    check_str(get("/mnt/link/secret/file"), "ENOENT");
  }
  check_str(get("/mnt/absolute"), "ENOENT");
  check_int(put("/mnt/absolute", "x"), AX_ENOENT);
  check_str(host_read("secret/file"), "secret");
  check_int(ax_fs_truncate(w.k, "/mnt/absolute", 0), AX_ENOENT);
  check_int(ax_fs_chmod(w.k, "/mnt/absolute", 0), AX_ENOENT);
  check_int(symlink("dir/file", host("in/good")), 0);
  check_str(get("/mnt/good"), "deeper");
  check_int(symlink("loop", host("in/loop")), 0);
  check_str(get("/mnt/loop"), "ELOOP");
  teardown();
}

static void dots_lead_no_further_than_the_root(void) {
  setup();
  check_str(get("/mnt/../../../../../../etc/passwd"), "ENOENT");
  check_str(get("/mnt/dir/../../../secret/file"), "ENOENT");
  check_str(get("/mnt/dir/../../mnt/dir/../file"), "inside");
  check_str(get("/mnt/.../x"), "ENOENT");
  check_int(ax_fs_rename(w.k, "/mnt/file", "/mnt/../file"), AX_EXDEV);
  teardown();
}

static void devices_are_not_opened(void) {
  setup();
  check_int(ax_fs_mkdir(w.k, "/hostdev", 0755), AX_OK);
  check_int(ax_host_mount(w.k, "/dev", "/hostdev", false), AX_OK);
  check_str(get("/hostdev/zero"), "EACCES");
  check_int(put("/hostdev/null", "x"), AX_EACCES);
  teardown();
}

/* Who is in a directory that is moved out of the mount is not led up from
** there. */
static void a_directory_may_be_moved_away(void) {
  setup();
  check_int(ax_fs_chdir(w.k, "/mnt/dir"), AX_OK);
  check_int(rename(host("in/dir"), host("secret/dir")), 0);
  check_str(get("file"), "deeper");
  check_str(get("../file"), "inside"); /* not that of secret */
  check_str(get("../../secret/file"), "ENOENT");
  check_str(get("/mnt/dir/file"), "ENOENT");
  check_int(ax_fs_chdir(w.k, "/"), AX_OK);
  teardown();
}

/* Somebody exchanges a directory for a link, and a file, all the time. */
static pid_t attacker(void) {
  pid_t pid = fork();
  if (pid != 0) return pid;
  for (;;) {
    (void)rename(host("in/dir"), host("in/hidden"));
    (void)symlink(host("secret"), host("in/dir"));
    (void)unlink(host("in/dir"));
    (void)rename(host("in/hidden"), host("in/dir"));
    (void)rename(host("in/file"), host("in/hidden"));
    (void)symlink(host("secret/file"), host("in/file"));
    (void)rename(host("in/hidden"), host("in/file"));
  }
}

static void races_are_not_won(void) {
  setup();
  pid_t pid = attacker();
  int won = 0, good = 0, other = 0;
  for (int i = 0; i < 20000; i++) {
    const char *text = get(i & 1 ? "/mnt/dir/file" : "/mnt/file");
    if (strcmp(text, "secret") == 0)
      won++;
    else if (strcmp(text, "inside") == 0 || strcmp(text, "deeper") == 0)
      good++;
    else
      other++;
    if (i % 16 == 0) (void)put("/mnt/dir/file", "deeper");
    if (i % 16 == 1) (void)ax_fs_chmod(w.k, "/mnt/file", 0600);
  }
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
  struct stat s;
  check_int(won, 0);
  check(good > 0);
  check(other > 0);
  check_str(host_read("secret/file"), "secret");
  check_int(stat(host("secret/file"), &s), 0);
  check_int(s.st_mode & 0777, 0644);
  teardown();
}

static void memory_may_end_anywhere(void) {
  setup();
  int rc = AX_ENOMEM;
  for (size_t i = 1; rc == AX_ENOMEM; i++) {
    ax_object *f;
    ax_entry e;
    w.memory.fail = w.memory.asked + i;
    rc = open_file("/mnt/dir", AX_O_RDONLY, &f);
    if (rc == AX_OK) {
      while (ax_file_entry(f, &e) == AX_OK) continue;
      ax_unref(f);
      rc = open_file("/mnt/dir/file", AX_O_RDONLY, &f);
    }
    if (rc == AX_OK) ax_unref(f);
    w.memory.fail = 0;
  }
  check_int(rc, AX_OK);
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(it_reads_what_is_there),
      TEST(it_writes_to_the_host),
      TEST(it_changes_what_is_known_of_files),
      TEST(a_directory_is_one_node_and_can_be_left),
      TEST(something_can_be_mounted_in_it),
      TEST(all_entries_are_told_once),
      TEST(read_only_is_read_only),
      TEST(only_user_0_mounts),
      TEST(links_lead_to_places_in_the_tree),
      TEST(dots_lead_no_further_than_the_root),
      TEST(devices_are_not_opened),
      TEST(a_directory_may_be_moved_away),
      TEST(races_are_not_won),
      TEST(memory_may_end_anywhere),
  };
  umask(022);
  return test_main(argc, argv, tests, COUNT(tests));
}
