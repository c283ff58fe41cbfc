/* posix - the files of the kernel of this machine, line by line
**
** Reads one call a line, answers one line each: the result, or the errno as
** a number after a minus.  What lies between "begin uid dir" and "end" is
** done by a process of its own, in the name of that user (if this one is
** root), with dir/1/2/.../9/r, which it makes, as its directory; dir is removed
** at the end.  It has the descriptors 0, 1 and 2, and may have MOST_FDS.
** Bytes are runs of a letter; what is read is answered as its length and a
** sum.
**
** who -> the user's number */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_FDS = 16, MOST = 1 << 20, LINE = 1 << 15, WORDS = 6 };

static char data[MOST];
static char *word[WORDS]; /* of the line */
static const char *base;  /* the directory that was made */

static int answer(long long rc) {
  if (rc < 0) rc = -errno;
  return printf("%lld\n", rc);
}

static long long number(int i) {
  return word[i] == NULL ? 0 : strtoll(word[i], NULL, 10);
}

static int fd(int i) { return (int)number(i); }

/* "" and what cannot stand in a line: %hex, % alone is nothing. */
static const char *path(int i) {
  char *from = word[i], *to = word[i];
  for (; *from != '\0'; to++) {
    char hex[3] = {from[0], from[1], '\0'};
    if (*from != '%') {
      *to = *from++;
    } else if (from[1] == '\0') {
      break;
    } else {
      memcpy(hex, from + 1, 2);
      *to = (char)strtol(hex, NULL, 16);
      from += 3;
    }
  }
  *to = '\0';
  return word[i];
}

/* ------------------------------------------------------------------ bytes */

static void fill(int letter_at, long long size) {
  memset(data, word[letter_at][0], (size_t)size);
}

static int tell_bytes(long long n) {
  unsigned sum = 0;
  if (n < 0) return answer(-1);
  for (long long i = 0; i < n; i++) sum = sum * 31 + (unsigned char)data[i];
  return printf("%lld %u\n", n, sum);
}

static int do_read(void) {
  return tell_bytes(read(fd(1), data, (size_t)number(2)));
}

static int do_pread(void) {
  return tell_bytes(pread(fd(1), data, (size_t)number(2), number(3)));
}

static int do_write(void) {
  fill(2, number(3));
  return answer(write(fd(1), data, (size_t)number(3)));
}

static int do_pwrite(void) {
  fill(2, number(3));
  return answer(pwrite(fd(1), data, (size_t)number(3), number(4)));
}

/* ------------------------------------------------------------ descriptors */

/* Pipes are as small as ours. */
static int small(int n) {
  struct stat st;
  if (n >= 0 && fstat(n, &st) == 0 && S_ISFIFO(st.st_mode))
    (void)fcntl(n, F_SETPIPE_SZ, 4096);
  return n;
}

static int do_open(void) {
  return answer(small(open(path(1), (int)number(2), (mode_t)number(3))));
}

static int do_pipe(void) {
  int fds[2];
  if (pipe2(fds, O_NONBLOCK) < 0) return answer(-1);
  small(fds[0]);
  return printf("%d %d\n", fds[0], fds[1]);
}

static int do_dup(void) { return answer(dup(fd(1))); }
static int do_dup2(void) { return answer(dup2(fd(1), fd(2))); }
static int do_dupfd(void) { return answer(fcntl(fd(1), F_DUPFD, fd(2))); }
static int do_close(void) { return answer(close(fd(1))); }

static int do_lseek(void) {
  return answer(lseek(fd(1), number(2), (int)number(3)));
}

static int do_ftruncate(void) { return answer(ftruncate(fd(1), number(2))); }

static int do_getfl(void) {
  int flags = fcntl(fd(1), F_GETFL);
  return answer(flags < 0 ? -1 : flags & (O_ACCMODE | O_APPEND | O_NONBLOCK));
}

/* --------------------------------------------------------------- looking */

static int tell_stat(int rc, const struct stat *st) {
  if (rc < 0) return answer(-1);
  long long size = S_ISDIR(st->st_mode) ? 0 : (long long)st->st_size;
  return printf("%o %lu %lu %lu %lld\n", (unsigned)st->st_mode,
                (unsigned long)st->st_nlink, (unsigned long)st->st_uid,
                (unsigned long)st->st_gid, size);
}

static int do_stat(void) {
  struct stat st;
  int rc = stat(path(1), &st);
  return tell_stat(rc, &st);
}

static int do_lstat(void) {
  struct stat st;
  int rc = lstat(path(1), &st);
  return tell_stat(rc, &st);
}

static int do_fstat(void) {
  struct stat st;
  int rc = fstat(fd(1), &st);
  return tell_stat(rc, &st);
}

static int do_readlink(void) {
  ssize_t n = readlink(path(1), data, MOST);
  if (n < 0) return answer(-1);
  return printf("%.*s\n", (int)n, data);
}

static int do_getcwd(void) {
  const char *at = getcwd(data, MOST);
  if (at == NULL) return answer(-1);
  return printf("%s\n", at);
}

static int by_name(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static void limit_fds(rlim_t most) {
  struct rlimit l;
  if (getrlimit(RLIMIT_NOFILE, &l) < 0) exit(3);
  l.rlim_cur = most;
  if (setrlimit(RLIMIT_NOFILE, &l) < 0) exit(3);
}

/* The entries, in the order of their names, and their kinds. */
static int do_list(void) {
  char *names[1024];
  int n = 0;
  struct dirent *e;
  limit_fds(MOST_FDS + 1);
  DIR *d = opendir(path(1));
  int error = errno;
  limit_fds(MOST_FDS);
  errno = error;
  if (d == NULL) return answer(-1);
  while ((e = readdir(d)) != NULL && n < 1024)
    if (e->d_name[0] != '.') names[n++] = strdup(e->d_name);
  closedir(d);
  qsort(names, (size_t)n, sizeof *names, by_name);
  for (int i = 0; i < n; i++) {
    printf("%s ", names[i]);
    free(names[i]);
  }
  return printf("%d\n", n);
}

/* --------------------------------------------------------------- changing */

static int do_mkdir(void) {
  return answer(mkdir(path(1), (mode_t)number(2)));
}

static int do_mkfifo(void) {
  return answer(mkfifo(path(1), (mode_t)number(2)));
}

static int do_unlink(void) { return answer(unlink(path(1))); }
static int do_rmdir(void) { return answer(rmdir(path(1))); }
static int do_rename(void) { return answer(rename(path(1), path(2))); }
static int do_link(void) { return answer(link(path(1), path(2))); }
static int do_symlink(void) { return answer(symlink(path(1), path(2))); }
static int do_chdir(void) { return answer(chdir(path(1))); }
static int do_umask(void) { return answer(umask((mode_t)number(1))); }

static int do_chmod(void) {
  return answer(chmod(path(1), (mode_t)number(2)));
}

static int do_chown(void) {
  return answer(chown(path(1), (uid_t)number(2), (gid_t)number(3)));
}

static int do_access(void) { return answer(access(path(1), (int)number(2))); }

static int do_truncate(void) { return answer(truncate(path(1), number(2))); }

/* --------------------------------------------------------------- sequences */

static const struct {
  const char *name;
  int (*call)(void);
  int words; /* with the name */
} calls[] = {
    {"read", do_read, 3},         {"pread", do_pread, 4},
    {"write", do_write, 4},       {"pwrite", do_pwrite, 5},
    {"open", do_open, 4},         {"pipe", do_pipe, 1},
    {"dup", do_dup, 2},           {"dup2", do_dup2, 3},
    {"dupfd", do_dupfd, 3},       {"close", do_close, 2},
    {"lseek", do_lseek, 4},       {"ftruncate", do_ftruncate, 3},
    {"getfl", do_getfl, 2},       {"stat", do_stat, 2},
    {"lstat", do_lstat, 2},       {"fstat", do_fstat, 2},
    {"readlink", do_readlink, 2}, {"getcwd", do_getcwd, 1},
    {"list", do_list, 2},         {"mkdir", do_mkdir, 3},
    {"mkfifo", do_mkfifo, 3},     {"unlink", do_unlink, 2},
    {"rmdir", do_rmdir, 2},       {"rename", do_rename, 3},
    {"link", do_link, 3},         {"symlink", do_symlink, 3},
    {"chdir", do_chdir, 2},       {"umask", do_umask, 2},
    {"chmod", do_chmod, 3},       {"chown", do_chown, 4},
    {"access", do_access, 3},     {"truncate", do_truncate, 3},
};

static int split(char *line) {
  int n = 0;
  for (int i = 0; i < WORDS; i++) word[i] = NULL;
  for (char *w = strtok(line, " \n"); w != NULL && n < WORDS;
       w = strtok(NULL, " \n"))
    word[n++] = w;
  return n;
}

static void run(char *line) {
  int n = split(line);
  for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
    if (n == calls[i].words && strcmp(word[0], calls[i].name) == 0) {
      (void)calls[i].call();
      return;
    }
  printf("? %s\n", n > 0 ? word[0] : "");
}

static void become(long uid) {
  if (geteuid() != 0) return;
  if (setgroups(0, NULL) < 0 || setgid((gid_t)uid) < 0 ||
      setuid((uid_t)uid) < 0)
    exit(3);
}

/* Makes dir and what is below it, and goes there. */
static void enter(const char *dir, long uid) {
  static const char *const below[] = {"1", "2", "3", "4", "5",
                                      "6", "7", "8", "9", "r"};
  umask(022);
  if (mkdir(dir, 0755) < 0 || chdir(dir) < 0) exit(4);
  for (size_t i = 0; i < 10; i++)
    if (mkdir(below[i], 0755) < 0 || chdir(below[i]) < 0) exit(4);
  if (geteuid() == 0 && chown(".", (uid_t)uid, (gid_t)uid) < 0) exit(4);
  become(uid);
}

/* A sequence, to its end. */
static void sequence(long uid, const char *dir) {
  char line[LINE];
  enter(dir, uid);
  limit_fds(MOST_FDS);
  for (int i = 3; i < 1024; i++) (void)close(i);
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (strcmp(line, "end\n") == 0) break;
    run(line);
  }
}

static void clean(const char *dir) {
  struct dirent *e;
  (void)chmod(dir, 0700);
  DIR *d = opendir(dir);
  if (d == NULL) return;
  int fd = dirfd(d);
  while ((e = readdir(d)) != NULL) {
    char below[8192];
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
    if (unlinkat(fd, e->d_name, 0) == 0) continue;
    snprintf(below, sizeof below, "%s/%s", dir, e->d_name);
    clean(below);
  }
  closedir(d);
  (void)rmdir(dir);
}

/* The process of the sequence reads on where this one is, and back. */
static void begin(long uid, const char *dir) {
  int status;
  base = strdup(dir);
  fflush(stdout);
  pid_t pid = fork();
  if (pid < 0) exit(5);
  if (pid == 0) {
    sequence(uid, base);
    fflush(stdout);
    _exit(0);
  }
  waitpid(pid, &status, 0);
  clean(base);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) exit(6);
}

int main(void) {
  char line[LINE];
  setvbuf(stdin, NULL, _IONBF, 0); /* shared with the sequences */
  signal(SIGPIPE, SIG_IGN);
  while (fgets(line, sizeof line, stdin) != NULL) {
    int n = split(line);
    if (n == 1 && strcmp(word[0], "who") == 0) answer(geteuid());
    if (n == 3 && strcmp(word[0], "begin") == 0)
      begin(strtol(word[1], NULL, 10), word[2]);
  }
  return 0;
}
