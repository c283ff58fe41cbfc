/* property_test - random interleavings against a model
**
** Every sequence has a number, and a seed with that number repeats it:
** property_test [first [count]], or AX_SEED in the environment. */
#include "walker.h"

enum { SEQUENCES = 3000, OPERATIONS = 120 };

static int host_refs[MCHANS][2]; /* references of the host to each end */

/* ------------------------------------------------------------- the host */

static void ref_or_unref(void) {
  int chan = choose(MCHANS), end = choose(2);
  if (host_refs[chan][end] == 0) return;
  if (choose(3) == 0) {
    ax_ref(ends[chan][end]);
    host_refs[chan][end]++;
    m.chans[chan].refs[end]++;
  } else if (host_refs[chan][end] > 1 || choose(6) == 0) {
    host_refs[chan][end]--;
    m_unref(&m, chan, end);
    ax_unref(ends[chan][end]);
  }
}

static void reap_somebody(void) {
  if (m.nprocs == 0) return;
  int i = choose(m.nprocs);
  m_proc *p = &m.procs[i];
  if (p->state == M_GONE || p->reaped) return;
  check_int(ax_proc_reap(walkers[i].p), m_alive(&m, i) ? AX_EBUSY : AX_OK);
  p->reaped = !m_alive(&m, i);
}

static void expire(void) {
  for (int i = 0; i < m.nprocs; i++)
    if (m.procs[i].state == M_WAITING && m.procs[i].deadline <= w.now)
      m_decide(&m, i, -1, AX_ETIMEDOUT, -1);
}

static void step(void) {
  expire();
  check(ax_step(w.k) >= 0);
}

/* ------------------------------------------------------------ comparing */

static void compare_proc(int i) {
  static const enum ax_state states[] = {AX_READY, AX_RUNNING, AX_WAITING,
                                         AX_ZOMBIE};
  m_proc *p = &m.procs[i];
  if (m_gone(&m, i)) p->state = M_GONE;
  ax_proc *found = ax_proc_find(w.k, walkers[i].pid);
  check(found == (p->state == M_GONE ? NULL : walkers[i].p));
  if (found == NULL) return;
  bool stopped = p->stopped && p->state != M_ZOMBIE;
  check_int(ax_proc_state(found), stopped ? AX_STOPPED : states[p->state]);
  check_int(ax_proc_arms(found), p->state == M_WAITING ? p->narms : 0);
}

static void compare_channel(int c) {
  const m_chan *mc = &m.chans[c];
  if (mc->refs[TX] + mc->refs[RX] == 0) return;
  ax_channel_stat s;
  ax_channel_stat_get(ends[c][mc->refs[TX] > 0 ? TX : RX], &s);
  check_int(s.queued, mc->nqueued);
  check_int(s.senders, mc->refs[TX]);
  check_int(s.receivers, mc->refs[RX]);
  check_int(s.dropped, mc->dropped);
}

static void compare(void) {
  for (int i = 0; i < m.nprocs; i++) compare_proc(i);
  for (int c = 0; c < MCHANS; c++) compare_channel(c);
  for (int i = 0; i < m.nslots; i++) check_int(nreleased[i], m.released[i]);
}

/* ------------------------------------------------------------ a sequence */

static void open_world(void) {
  static const size_t capacities[] = {0, 1, 3, AX_UNBOUNDED};
  memset(&m, 0, sizeof m);
  memset(nreleased, 0, sizeof nreleased);
  ending = false;
  ax_config config = {.seed = seed};
  world_open_with(&w, &config);
  for (int c = 0; c < MCHANS; c++) {
    m_chan *mc = &m.chans[c];
    mc->capacity = capacities[choose(4)];
    mc->full = (enum ax_full)choose(mc->capacity == 0 ? 2 : 4);
    world_channel(&w, mc->capacity, mc->full, &ends[c][TX], &ends[c][RX]);
    for (int end = TX; end <= RX; end++)
      host_refs[c][end] = mc->refs[end] = 1;
  }
}

static void operate(void) {
  switch (choose(12)) {
    case 0: spawn(NOBODY); break;
    case 1: send_now(NOBODY); break;
    case 2: recv_now(NOBODY); break;
    case 3: kill_somebody(); break;
    case 4: ref_or_unref(); break;
    case 5: reap_somebody(); break;
    case 6: w.now += (uint64_t)choose(15); break;
    default: step();
  }
}

static void close_host_ends(void) {
  for (int c = 0; c < MCHANS; c++)
    for (int end = TX; end <= RX; end++)
      while (host_refs[c][end] > 0) {
        host_refs[c][end]--;
        m_unref(&m, c, end);
        ax_unref(ends[c][end]);
      }
}

/* All go on and exit as soon as they can; or they are killed. */
static void wind_down(bool killing) {
  ending = true;
  for (int i = 0; i < m.nprocs; i++)
    if (m_alive(&m, i)) kill_now(i, killing ? AX_SIGKILL : AX_SIGCONT);
  for (int i = 0; i < 200; i++) {
    w.now += 10;
    step();
    compare();
  }
  for (int i = 0; i < m.nprocs; i++) {
    const m_proc *p = &m.procs[i];
    check(!m_alive(&m, i) ||
          (!killing && p->state == M_WAITING && p->deadline == AX_NEVER));
  }
}

static void run_sequence(void) {
  open_world();
  for (int i = 0; i < OPERATIONS && test_now.failures == 0; i++) {
    operate();
    compare();
  }
  int end = choose(3);
  if (end > 0 && test_now.failures == 0) wind_down(end == 1);
  if (choose(2)) close_host_ends();
  world_free_kernel(&w);
  close_host_ends();
  for (int i = 0; i < m.nslots && test_now.failures == 0; i++)
    check_int(nreleased[i], 1); /* neither lost nor doubled */
  world_close(&w);
}

static uint64_t first = 1, count = SEQUENCES;

static void random_sequences_match_the_model(void) {
  for (uint64_t n = first; n < first + count; n++) {
    seed = n;
    run_sequence();
    if (test_now.failures == 0) continue;
    fprintf(stderr,
            "sequence %" PRIu64 "; it again: property_test %" PRIu64 " 1\n",
            n, n);
    return;
  }
}

int main(int argc, char **argv) {
  static const test tests[] = {TEST(random_sequences_match_the_model)};
  const char *wanted = argc > 1 ? argv[1] : getenv("AX_SEED");
  if (wanted != NULL) first = strtoull(wanted, NULL, 10);
  if (argc > 2) count = strtoull(argv[2], NULL, 10);
  printf("sequences from %" PRIu64 "\n", first);
  return test_main(1, argv, tests, COUNT(tests));
}
