/* sysv - the message queues of the kernel of this machine, line by line
**
** Reads one call a line, answers one line each: the results, or the errno as
** a number after a minus.  Bytes are one run of a letter: their length.  The
** queues that are left are removed at the end.  %n stands for the queue that
** the n-th successful get answered.
**
** get key flags -> id     snd id type size flags -> 0
** rcv id type size flags -> type size first
** stat id -> mode qnum cbytes qbytes   set id mode qbytes -> 0   rm id -> 0
** limit -> the longest message   user n -> its number, root's too if it was
** not to be changed */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>

enum { MOST = 1 << 20, QUEUES = 4096 };

static int made[QUEUES], nmade;

static struct {
  long type;
  char data[MOST];
} message;

static void answer(long rc) { printf("%ld\n", rc < 0 ? -(long)errno : rc); }

static void get(long key, int flags) {
  int id = msgget((key_t)key, flags);
  if (id >= 0 && nmade < QUEUES) made[nmade++] = id;
  answer(id);
}

static void send(int id, long type, long size, int flags, char letter) {
  message.type = type;
  if (size > 0) memset(message.data, letter, (size_t)size);
  answer(msgsnd(id, &message, (size_t)size, flags));
}

static void recv(int id, long type, long size, int flags) {
  ssize_t n = msgrcv(id, &message, (size_t)size, type, flags);
  if (n < 0)
    answer(-1);
  else
    printf("%ld %ld %c\n", message.type, (long)n,
           n > 0 ? message.data[0] : '-');
}

static void stat(int id) {
  struct msqid_ds ds;
  if (msgctl(id, IPC_STAT, &ds) < 0)
    answer(-1);
  else
    printf("%o %lu %lu %lu\n", (unsigned)ds.msg_perm.mode & 0777,
           (unsigned long)ds.msg_qnum, (unsigned long)ds.__msg_cbytes,
           (unsigned long)ds.msg_qbytes);
}

static void set(int id, int mode, long qbytes) {
  struct msqid_ds ds;
  memset(&ds, 0, sizeof ds);
  ds.msg_perm.uid = geteuid();
  ds.msg_perm.gid = getegid();
  ds.msg_perm.mode = (unsigned short)mode;
  ds.msg_qbytes = (msglen_t)qbytes;
  answer(msgctl(id, IPC_SET, &ds));
}

static void limit(void) {
  struct msginfo info;
  answer(msgctl(0, IPC_INFO, (struct msqid_ds *)&info) < 0 ? -1
                                                           : info.msgmax);
}

/* Becomes an unprivileged user, if it can. */
static void user(uid_t uid) {
  if (uid != 0 && setgid((gid_t)uid) == 0 && setuid(uid) != 0) exit(1);
  answer((long)geteuid());
}

/* The number, or that of the queue that it stands for. */
static long number(const char *text) {
  if (*text != '%') return strtol(text, NULL, 10);
  long place = strtol(text + 1, NULL, 10);
  return place > 0 && place <= nmade ? made[place - 1] : -1;
}

static void serve(const char *word, const long *a, char letter) {
  if (strcmp(word, "get") == 0)
    get(a[0], (int)a[1]);
  else if (strcmp(word, "snd") == 0)
    send((int)a[0], a[1], a[2], (int)a[3], letter);
  else if (strcmp(word, "rcv") == 0)
    recv((int)a[0], a[1], a[2], (int)a[3]);
  else if (strcmp(word, "stat") == 0)
    stat((int)a[0]);
  else if (strcmp(word, "set") == 0)
    set((int)a[0], (int)a[1], a[2]);
  else if (strcmp(word, "rm") == 0)
    answer(msgctl((int)a[0], IPC_RMID, NULL));
  else if (strcmp(word, "limit") == 0)
    limit();
  else if (strcmp(word, "user") == 0)
    user((uid_t)a[0]);
  else
    puts("?");
}

int main(void) {
  char line[256], words[5][32], letter;
  while (fgets(line, sizeof line, stdin) != NULL) {
    long a[4] = {0, 0, 0, 0};
    letter = 'x';
    int n = sscanf(line, "%31s %31s %31s %31s %31s %c", words[0], words[1],
                   words[2], words[3], words[4], &letter);
    for (int i = 1; i < n && i < 5; i++) a[i - 1] = number(words[i]);
    if (n > 0) serve(words[0], a, letter);
  }
  for (int i = 0; i < nmade; i++) msgctl(made[i], IPC_RMID, NULL);
  return 0;
}
