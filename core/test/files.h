/* files - a world with files in it, in few words
**
** Interface:
** - put, get: a file with a text, and back
** - is: what lstat says of a path, as "f 644 2 5" (kind, mode, names, size)
** - unlink_, rmdir_: "OK", or the name of the error
** - become_user: from now on user 7 of group 8 acts
** - list: the entries of a directory, in order, "a b c"
** - tree_open, tree_clean; sample_open: with a little of everything */
#ifndef AX_TEST_FILES_H
#define AX_TEST_FILES_H

#include "world.h"

static world w;

static inline int open_file(const char *path, int flags, ax_object **file) {
  *file = NULL;
  return ax_fs_open(w.k, path, flags, 0666, file);
}

/* The file has that text; the error, or AX_OK. */
static inline int put(const char *path, const char *text) {
  ax_object *f;
  size_t done, size = strlen(text);
  int rc = open_file(path, AX_O_WRONLY | AX_O_CREAT | AX_O_TRUNC, &f);
  if (rc != AX_OK) return rc;
  rc = ax_file_write(f, text, size, &done);
  if (rc == AX_OK) check_int(done, size);
  ax_unref(f);
  return rc;
}

/* The text of a file, or the name of the error. */
static inline const char *get(const char *path) {
  static char text[4096];
  ax_object *f;
  size_t done = 0;
  int rc = open_file(path, AX_O_RDONLY, &f);
  if (rc != AX_OK) return ax_error_name(rc);
  rc = ax_file_read(f, text, sizeof text - 1, &done);
  ax_unref(f);
  text[done] = '\0';
  return rc == AX_OK ? text : ax_error_name(rc);
}

static inline char kind_letter(uint32_t mode) {
  switch (mode & AX_S_IFMT) {
    case AX_S_IFREG: return 'f';
    case AX_S_IFDIR: return 'd';
    case AX_S_IFLNK: return 'l';
    case AX_S_IFIFO: return 'p';
    default: return '?';
  }
}

static inline const char *is(const char *path) {
  static char text[80];
  ax_stat st;
  int rc = ax_fs_lstat(w.k, path, &st);
  if (rc != AX_OK) return ax_error_name(rc);
  snprintf(text, sizeof text, "%c %o %u %d", kind_letter(st.mode),
           st.mode & 07777, st.nlink, (int)st.size);
  return text;
}

static inline const char *list(const char *path) {
  static char text[4096];
  ax_object *f;
  ax_entry e;
  size_t n = 0;
  int rc = open_file(path, AX_O_RDONLY | AX_O_DIRECTORY, &f);
  if (rc != AX_OK) return ax_error_name(rc);
  text[0] = '\0';
  while ((rc = ax_file_entry(f, &e)) == AX_OK) {
    if (strcmp(e.name, ".") == 0 || strcmp(e.name, "..") == 0) continue;
    n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? " " : "",
                          e.name);
  }
  check_int(rc, AX_ENOENT);
  ax_unref(f);
  return text;
}

static inline const char *cwd(void) {
  static char text[AX_PATH_MAX];
  size_t n;
  int rc = ax_fs_getcwd(w.k, text, sizeof text, &n);
  if (rc == AX_OK) check_int(strlen(text), n);
  return rc == AX_OK ? text : ax_error_name(rc);
}

static inline const char *real(const char *path) {
  static char text[AX_PATH_MAX];
  size_t n;
  int rc = ax_fs_realpath(w.k, path, text, sizeof text, &n);
  return rc == AX_OK ? text : ax_error_name(rc);
}

static inline ax_stat stat_of(const char *path) {
  ax_stat st;
  memset(&st, 0, sizeof st);
  check_int(ax_fs_lstat(w.k, path, &st), AX_OK);
  return st;
}

static inline ax_statfs usage(void) {
  ax_statfs fs;
  memset(&fs, 0, sizeof fs);
  check_int(ax_fs_statfs(w.k, "/", &fs), AX_OK);
  return fs;
}

/* How the tree is when nothing was done with it. */
static ax_stats fresh;

static inline void tree_open(void) {
  world_open(&w);
  check_str(is("/tmp"), "d 1777 2 0");
  fresh = world_stats(&w);
}

/* All that was made is gone again. */
static inline void tree_clean(void) {
  check_int(ax_fs_chdir(w.k, "/"), AX_OK);
  check_str(list("/tmp"), "");
  check_int(world_stats(&w).objects, fresh.objects);
  world_close(&w);
}

#define OK(call) check_int((call), AX_OK)

/* A little of everything, in /tmp. */
static inline void sample_open(void) {
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

static inline const char *unlink_(const char *path) {
  int rc = ax_fs_unlink(w.k, path);
  return rc == AX_OK ? "OK" : ax_error_name(rc);
}

static inline const char *rmdir_(const char *path) {
  int rc = ax_fs_rmdir(w.k, path);
  return rc == AX_OK ? "OK" : ax_error_name(rc);
}

/* What the others may, as user 7 of group 8. */
static inline void become_user(void) {
  OK(ax_proc_setgid(w.host, 8));
  OK(ax_proc_setuid(w.host, 7));
}

#endif
