/* flow_test - many who read and write one pipe, by chance: whatever happens
** to them, what was written is read, once and in order */
#include "ipc/pipe.h"

#include "stream.h"

enum {
  NWRITERS = 6,
  NREADERS = 4,
  NTEXT = 400, /* bytes that a writer writes, at most */
  NCYCLE = 40  /* each writer has so many bytes of its own, by turns */
};

typedef struct game {
  uint64_t seed;
  size_t capacity;
  char text[NWRITERS][NTEXT]; /* what each writes */
  size_t size[NWRITERS];
  bool killed[NWRITERS];      /* nobody told how much of it went through */
  size_t through[NWRITERS];   /* bytes, as the writers know */
  char got[NWRITERS * NTEXT]; /* what was read, in order */
  size_t ngot;
} game;

static game g;

/* ------------------------------------------------------------- processes */

typedef struct player {
  bool reads;
  int which;
  size_t at, lent;
  bool waiting;
  ax_proc *p;
  int pid;
} player;

static player players[NWRITERS + NREADERS];

static void got(const char *data, size_t n) {
  if (!check(g.ngot + n <= sizeof g.got)) return;
  memcpy(g.got + g.ngot, data, n);
  g.ngot += n;
}

static enum ax_step player_reads(player *a) {
  char buffer[64];
  size_t done, size = (size_t)test_random(&g.seed, sizeof buffer) + 1;
  int arm;
  ax_value v;
  if (a->waiting) {
    a->waiting = false;
    if (ax_proc_result(a->p, &arm, &v) != AX_OK) return AX_DONE;
  }
  for (;;) {
    int rc = ax_file_read(rd, buffer, size, &done);
    if (rc == AX_OK && done == 0) return AX_DONE;
    if (rc == AX_OK) {
      got(buffer, done);
      if (test_random(&g.seed, 3) == 0) return AX_YIELD;
      continue;
    }
    check_int(rc, AX_EAGAIN);
    rc = ax_park(a->p, rd, ax_boolean(true), AX_NEVER);
    if (rc != AX_EAGAIN) return AX_YIELD; /* no memory */
    a->waiting = true;
    return AX_WAIT;
  }
}

static void player_wrote(player *a, size_t n) {
  a->at += n;
  g.through[a->which] += n;
}

static enum ax_step player_writes(player *a) {
  const char *text = g.text[a->which];
  size_t size = g.size[a->which], done;
  int arm;
  ax_value v;
  if (a->waiting) {
    a->waiting = false;
    int rc = ax_proc_result(a->p, &arm, &v);
    player_wrote(a, a->lent - ax_lent_size(&v));
    if (rc != AX_OK) return AX_DONE;
  }
  while (a->at < size) {
    int rc = AX_EAGAIN;
    bool lends = test_random(&g.seed, 2) == 0;
    if (!lends) {
      rc = ax_file_write(wr, text + a->at, size - a->at, &done);
      if (rc == AX_OK) player_wrote(a, done);
    }
    if (rc == AX_OK) continue;
    ax_arm one = {ax_file_writer(wr), ax_lent(text + a->at, size - a->at)};
    a->lent = size - a->at;
    rc = lends ? ax_wait(a->p, &one, 1, w.now + 50)
               : ax_park(a->p, one.object, one.value, AX_NEVER);
    if (rc == AX_ENOMEM) return AX_YIELD;
    a->waiting = true;
    return rc == AX_EAGAIN ? AX_WAIT : AX_YIELD;
  }
  return AX_DONE;
}

static enum ax_step player_step(ax_proc *p) {
  player *a = ax_proc_body(p);
  return a->reads ? player_reads(a) : player_writes(a);
}

static const ax_proc_ops player_ops = {.step = player_step};

static void player_new(player *a, bool reads, int which) {
  *a = (player){.reads = reads, .which = which};
  if (ax_spawn(w.k, &player_ops, a, NULL, AX_NORMAL, &a->p) != AX_OK) {
    a->p = NULL;
    return;
  }
  a->pid = ax_proc_pid(a->p);
}

static bool alive(const player *a) {
  return a->p != NULL && ax_kill(w.k, a->pid, 0) == AX_OK;
}

/* ------------------------------------------------------------------- play */

static void disturb(player *a) {
  const int signals[] = {AX_SIGSTOP, AX_SIGCONT, AX_SIGTERM};
  if (!alive(a)) return;
  switch (test_random(&g.seed, 8)) {
    case 0:
      check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
      if (!a->reads) g.killed[a->which] = true;
      break;
    case 1:
    case 2: ax_kill(w.k, a->pid, signals[test_random(&g.seed, 2)]); break;
    case 3:
      if (a->reads || a->waiting) ax_kill(w.k, a->pid, AX_SIGTERM);
      break;
    default: ax_kill(w.k, a->pid, AX_SIGCONT); break;
  }
}

static void make_text(int which) {
  size_t most = test_random(&g.seed, 4) == 0 ? NTEXT : 24;
  size_t n = (size_t)test_random(&g.seed, most) + 1;
  for (size_t i = 0; i < n; i++)
    g.text[which][i] = (char)(which * NCYCLE + (int)i % NCYCLE);
  g.size[which] = n;
}

/* Each byte tells whose it is; the bytes of each are in order, and a short
** text is in one piece, or not there at all. */
static void check_what_was_read(void) {
  size_t n[NWRITERS] = {0};
  int last = 0;
  for (size_t i = 0; i < g.ngot; i++) {
    int who = (unsigned char)g.got[i] / NCYCLE;
    if (i > 0 && who != last && g.size[last] <= g.capacity)
      check_int(n[last], g.size[last]);
    check(n[who] < g.size[who] && g.text[who][n[who]] == g.got[i]);
    n[who]++;
    last = who;
  }
  for (int i = 0; i < NWRITERS; i++) {
    check(g.killed[i] ? n[i] >= g.through[i] : n[i] == g.through[i]);
    if (g.size[i] <= g.capacity) check(n[i] == 0 || n[i] == g.size[i]);
  }
}

static void play(uint64_t seed, bool short_of_memory) {
  const size_t capacities[] = {1, 7, 16, 64, 300};
  g.seed = seed;
  g.ngot = 0;
  memset(g.through, 0, sizeof g.through);
  memset(g.killed, 0, sizeof g.killed);
  g.capacity = capacities[test_random(&g.seed, COUNT(capacities))];
  stream_open(g.capacity);
  for (int i = 0; i < NWRITERS; i++) {
    make_text(i);
    player_new(&players[i], false, i);
  }
  for (int i = 0; i < NREADERS; i++)
    player_new(&players[NWRITERS + i], true, i);
  for (int step = 0; step < 60; step++) {
    if (short_of_memory) w.memory.fail = w.memory.asked + 2;
    ax_step(w.k);
    w.memory.fail = 0;
    if (test_random(&g.seed, 3) == 0) w.now += 20;
    disturb(&players[test_random(&g.seed, COUNT(players))]);
  }
  for (size_t i = 0; i < COUNT(players); i++)
    if (alive(&players[i])) ax_kill(w.k, players[i].pid, AX_SIGCONT);
  player *last = &players[NWRITERS]; /* somebody reads to the end */
  if (!alive(last)) player_new(last, true, 0);
  for (int i = 0; i < 2000; i++) ax_step(w.k);
  for (int i = 0; i < NWRITERS; i++) check(!alive(&players[i]));
  drop(&wr);
  run();
  char rest[64];
  size_t n;
  while (ax_file_read(rd, rest, sizeof rest, &n) == AX_OK && n > 0)
    got(rest, n);
  check_what_was_read();
  stream_close();
}

static void what_was_written_is_read_in_order(void) {
  for (uint64_t seed = 1; seed <= 1500; seed++) play(seed, false);
}

static void the_same_with_little_memory(void) {
  for (uint64_t seed = 1; seed <= 300; seed++) play(seed, true);
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(what_was_written_is_read_in_order),
      TEST(the_same_with_little_memory),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
