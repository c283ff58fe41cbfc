/* memory_test - every allocation fails once
**
** A rich scenario runs again and again; the first allocation fails, then
** the second, ... until a run needs no more.  A call that fails changes
** nothing: when it is tried again, all goes on as if memory had been there,
** word by word; when nobody tries again, all is still given back. */
#include "world.h"

enum { TX, RX, JOBS = 0, SHORT, MEET, NCHANNELS, NSLEEPERS = 40 };

static world w;
static ax_object *ends[NCHANNELS][2];
static bool complete; /* the scenario came to its end */

/* The call's answer; it is tried again if that is the game. */
#define TRY(rc, call) \
  (rc = (call), rc == AX_ENOMEM && w.retry ? (rc = (call)) : rc)

static bool make_kernel(void) {
  ax_config config = {.allocator = mem_allocator(&w.memory),
                      .clock = ax_clock_virtual(&w.now)};
  int rc;
  w.closet.keeper.release = closet_release;
  if (TRY(rc, ax_kernel_new(&config, &w.k)) != AX_OK) return false;
  w.host = ax_kernel_host(w.k);
  return true;
}

static bool make_channels(void) {
  static const ax_channel_options options[NCHANNELS] = {
      {AX_UNBOUNDED, AX_FULL_BLOCK, "jobs", NULL},
      {3, AX_FULL_BLOCK, "short", NULL},
      {0, AX_FULL_BLOCK, NULL, NULL},
  };
  for (int i = 0; i < NCHANNELS; i++) {
    int rc;
    ax_object **tx = &ends[i][TX], **rx = &ends[i][RX];
    TRY(rc, ax_channel_new(w.k, &options[i], tx, rx));
    if (rc != AX_OK) return false;
  }
  return true;
}

static bool make_sleepers(void) {
  for (int i = 0; i < NSLEEPERS; i++)
    if (SPAWN(&w, "z", (enum ax_priority)(i % 3),
              SLEEP(1 + (uint64_t)i / 2)) == NULL)
      return false;
  return true;
}

static bool make_workers(void) {
  ax_object *const *jobs = ends[JOBS], *const *few = ends[SHORT];
  ax_object *const *meet = ends[MEET];
  for (uint32_t i = 0; i < 8; i++)
    if (SPAWN(&w, "p", AX_NORMAL, WAIT1(AX_NEVER, ARM_GIVE(&w, jobs[TX], i)),
              SEND(few[TX], i), WAIT1(9, ARM_GIVE(&w, meet[TX], 8 + i)),
              YIELD) == NULL)
      return false;
  return SPAWN(&w, "c", AX_BACKGROUND, RECV(jobs[RX]), RECV(jobs[RX]),
               SLEEP(3), RECV(jobs[RX]), RECV(few[RX])) != NULL &&
         SPAWN(&w, "d", AX_CRITICAL, RECV(jobs[RX]), RECV(jobs[RX]),
               WAIT3(9, ARM(few[RX]), ARM(meet[RX]), ARM(jobs[RX])),
               WAIT3(9, ARM(few[RX]), ARM(meet[RX]), ARM(jobs[RX])),
               RECV(few[RX]), EXIT(3)) != NULL;
}

static void spawn_child(actor *a) {
  SPAWN(a->w, "k", AX_NORMAL, SLEEP(2), FAIL(1));
}

/* Those who watch, are killed, or hold the ends that others need. */
static bool make_others(void) {
  actor *h = SPAWN(&w, "h", AX_NORMAL, CALL(spawn_child), SLEEP(6),
                   RECV(ax_kernel_children(w.k)));
  if (h == NULL) return false;
  actor_hold(h, ax_ref(ends[JOBS][TX]));
  actor_hold(h, ax_ref(ends[MEET][RX]));
  return SPAWN(&w, "e", AX_NORMAL, RECV(ax_proc_object(h->p))) != NULL &&
         SPAWN(&w, "v", AX_NORMAL, RECV(ends[JOBS][RX]), RECV(NULL)) !=
             NULL &&
         SPAWN(&w, "t", AX_NORMAL, SLEEP(AX_NEVER),
               WAIT2(50, ARM(ends[MEET][RX]), ARM(NULL))) != NULL;
}

/* The host sends strings, as many as make the channel grow. */
static bool send_strings(void) {
  for (int i = 0; i < 20; i++) {
    ax_value v = ax_nil();
    int rc;
    if (TRY(rc, ax_string(w.k, "text", 4, &v)) != AX_OK) return false;
    TRY(rc, ax_channel_send(ends[JOBS][TX], &v));
    if (rc == AX_OK) continue;
    size_t length;
    check(memcmp(ax_value_bytes(&v, &length), "text", 4) == 0);
    ax_value_clear(&v);
    return false;
  }
  return true;
}

static void kill_by_name(const char *name, int signal) {
  for (actor *a = w.actors; a != NULL; a = a->next)
    if (strcmp(a->name, name) == 0 && !a->freed)
      check_int(ax_kill(w.k, a->pid, signal), AX_OK);
}

static bool host_waits(void) {
  ax_arm arms[2] = {ARM(ends[JOBS][RX]), ARM(ends[SHORT][RX])};
  for (int i = 0; i < 5; i++) {
    int rc, index;
    TRY(rc, ax_wait(w.host, arms, 2, w.now + 1));
    if (rc == AX_EAGAIN) rc = ax_run(w.k, w.host);
    if (rc != AX_OK) return false;
    ax_value v;
    rc = ax_proc_result(w.host, &index, &v);
    char word[32];
    snprintf(word, sizeof word, "host%d:%s:%d", index, ax_error_name(rc),
             v.type);
    world_log(&w, word);
    ax_value_clear(&v);
  }
  return true;
}

static void run_scenario(void) {
  complete = false;
  if (!make_kernel() || !make_channels() || !make_sleepers()) return;
  if (!make_workers() || !make_others()) return;
  ax_step(w.k);
  if (!send_strings()) return;
  kill_by_name("v", AX_SIGKILL);
  kill_by_name("c", AX_SIGSTOP);
  ax_step(w.k);
  kill_by_name("t", AX_SIGTERM);
  kill_by_name("c", AX_SIGCONT);
  w.now += 2;
  if (!host_waits()) return;
  for (int i = 0; i < NCHANNELS; i++) {
    ax_unref(ends[i][TX]);
    ends[i][TX] = NULL;
  }
  int rc = ax_run(w.k, NULL);
  check(rc == AX_OK || rc == AX_EDEADLK);
  complete = true;
}

/* ----------------------------------------------------------------- a run */

static char wanted[sizeof w.log];
static size_t needed; /* allocations of a run without a failure */

static void clean_up(void) {
  for (int i = 0; i < NCHANNELS; i++)
    for (int end = TX; end <= RX; end++)
      if (ends[i][end] != NULL) ax_unref(ends[i][end]);
  world_close(&w);
  for (int i = 0; i < NSLOTS; i++)
    check_int(w.closet.released[i], w.closet.made[i]);
}

/* One run in which allocation number fail fails, and those after it, too,
** if always; true if it really did. */
static bool run_with(size_t fail, bool always, bool retry) {
  memset(&w, 0, sizeof w);
  memset(ends, 0, sizeof ends);
  w.memory.fail = fail;
  w.memory.always = always;
  w.retry = retry;
  run_scenario();
  bool failed = w.memory.failed > 0;
  if (fail == 0) needed = w.memory.asked;
  if (!failed || retry) check(complete);
  if (fail == 0) memcpy(wanted, w.log, sizeof wanted);
  if (retry) check_str(w.log, wanted);
  w.quiet = true;
  clean_up();
  return failed;
}

static void the_scenario_is_rich(void) {
  check(!run_with(0, false, false));
  static const char *const words[] = {
      "p> p> p>", "d<#0", "c<",         "z!ETIMEDOUT", "v~ v.", "t!ECANCELED",
      "h<",       "e<",   "host0:OK:7", "p!EPIPE",     "k.",    "d1<"};
  for (size_t i = 0; i < COUNT(words); i++)
    if (!check(strstr(wanted, words[i]) != NULL))
      fprintf(stderr, "no %s in: %s\n", words[i], wanted);
  check(needed > 100);
}

static void what_is_tried_again_comes_to_the_same_end(void) {
  run_with(0, false, false);
  size_t n = 1;
  while (run_with(n, false, true)) n++;
  check_int(n, needed + 1);
}

static void one_failure_is_survived(void) {
  for (size_t n = 1; run_with(n, false, false);) n++;
}

static void no_memory_from_then_on_is_survived(void) {
  for (size_t n = 1; run_with(n, true, false);) n++;
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(the_scenario_is_rich),
      TEST(what_is_tried_again_comes_to_the_same_end),
      TEST(one_failure_is_survived),
      TEST(no_memory_from_then_on_is_survived),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
