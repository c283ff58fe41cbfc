/* walker - processes that do random things, to a kernel and to the model
**
** Interface:
** - spawn, send_now, recv_now, kill_somebody: done in both worlds, and
**   what the kernel answers is compared with what the model says
** - m.procs[i] and walkers[i] are the same process */
#ifndef AX_TEST_WALKER_H
#define AX_TEST_WALKER_H

#include "kernel/proc.h"
#include "model.h"
#include "world.h"

/* A process of the test: its number in the model. */
typedef struct walker {
  int number;
  int pid;
  ax_proc *p;
  ax_hold holds[MCHANS];
  int ends[MCHANS]; /* what they hold: 2 * channel + end */
} walker;

static world w;
static model m;
static uint64_t seed; /* of what comes next */
static bool ending;   /* who is stepped, exits */
static walker walkers[MPROCS];
static ax_object *ends[MCHANS][2];

static int choose(int n) { return (int)test_random(&seed, (uint64_t)n); }

/* -------------------------------------------------------------- messages */

static int nreleased[MSLOTS];

static void release(ax_keeper *k, uint32_t slot) {
  (void)k;
  nreleased[slot]++;
}

static ax_keeper keeper = {release, NULL};

static ax_value message(int slot) {
  ax_value v = {AX_FOREIGN, 0, (uint32_t)slot, {0}};
  v.u.keeper = &keeper;
  return v;
}

static bool may_send(void) { return m.nslots < MSLOTS; }

/* The test has the message now, and lets go of it. */
static void consume(ax_value *v, int slot) {
  if (slot < 0) {
    check_int(v->type == AX_FOREIGN, 0);
    return;
  }
  check_int(v->type, AX_FOREIGN);
  check_int(v->slot, slot);
  ax_value_clear(v);
  m_release(&m, slot);
}

/* An end that somebody still holds; false: there is none. */
static bool pick_end(int end, int *chan) {
  for (int i = 0; i < 2 * MCHANS; i++) {
    *chan = choose(MCHANS);
    if (m.chans[*chan].refs[end] > 0) return true;
  }
  return false;
}

static void send_now(int self) {
  int chan;
  if (!may_send() || !pick_end(TX, &chan)) return;
  int slot = m.nslots++;
  ax_value v = message(slot);
  int rc = ax_channel_send(ends[chan][TX], &v);
  check_int(rc, m_send(&m, chan, slot, self));
  if (rc != AX_OK) consume(&v, slot);
}

static void recv_now(int self) {
  int chan, slot = -1;
  if (!pick_end(RX, &chan)) return;
  ax_value v = ax_nil();
  int rc = ax_channel_recv(ends[chan][RX], &v);
  check_int(rc, m_recv(&m, chan, &slot, self));
  consume(&v, slot);
}

/* ----------------------------------------------------------------- waits */

/* A random arm, in both worlds. */
static ax_arm pick_arm(m_arm *a) {
  ax_arm arm = ARM(NULL);
  a->kind = (enum m_kind)(choose(12) % 4);
  if (a->kind == M_SEND && may_send() && pick_end(TX, &a->on)) {
    a->slot = m.nslots++;
    arm.object = ends[a->on][TX];
    arm.value = message(a->slot);
    return arm;
  }
  if (a->kind != M_END && pick_end(RX, &a->on)) {
    a->kind = M_RECV;
    arm.object = ends[a->on][RX];
    return arm;
  }
  a->on = choose(m.nprocs);
  a->kind = m.procs[a->on].reaped ? M_NOTHING : M_END;
  if (a->kind == M_END) arm.object = ax_proc_object(walkers[a->on].p);
  return arm;
}

/* The kernel says how the wait of a process ended. */
static void check_result(int self) {
  m_proc *p = &m.procs[self];
  int arm = -7, dead = p->dead;
  ax_value v = ax_nil();
  int rc = ax_proc_result(walkers[self].p, &arm, &v);
  check_int(rc, p->rc);
  check_int(arm, p->arm);
  if (dead != NOBODY) {
    check(v.type == AX_INTEGER && v.u.integer == walkers[dead].pid);
    ax_value_clear(&v);
  }
  consume(&v, p->value);
  m_seen(&m, self);
}

/* Which arm has the kernel chosen?  One that the model finds possible. */
static void follow(int self) {
  m_proc *p = &m.procs[self];
  const ax_proc *kp = walkers[self].p;
  int fired = kp->fired == NULL ? -1 : (int)(kp->fired - kp->clauses);
  if (!check(fired >= 0 && fired < p->narms)) return;
  if (!check(m_possible(&m, self, &p->arms[fired]))) return;
  m_attempt(&m, self, fired);
}

static bool any_possible(int self) {
  const m_proc *p = &m.procs[self];
  for (int i = 0; i < p->narms; i++)
    if (m_possible(&m, self, &p->arms[i])) return true;
  return false;
}

static uint64_t pick_deadline(void) {
  switch (choose(4)) {
    case 0: return 0;
    case 1: return AX_NEVER;
    default: return w.now + (uint64_t)choose(20);
  }
}

/* Begins a wait; true if the process has to leave its step. */
static bool wait_now(int self) {
  m_proc *p = &m.procs[self];
  ax_arm arms[MARMS];
  p->narms = choose(MARMS + 1);
  for (int i = 0; i < p->narms; i++) arms[i] = pick_arm(&p->arms[i]);
  uint64_t deadline = pick_deadline();
  int rc = ax_wait(walkers[self].p, arms, p->narms, deadline);
  if (rc == AX_EAGAIN) {
    check(!p->cancelled && deadline != 0 && !any_possible(self));
    m_link(&m, self, deadline);
    return true;
  }
  check_int(rc, AX_OK);
  if (p->cancelled) {
    p->cancelled = false;
    m_decide(&m, self, -1, AX_ECANCELED, -1);
  } else if (any_possible(self)) {
    follow(self);
  } else {
    check(deadline == 0);
    m_decide(&m, self, -1, AX_ETIMEDOUT, -1);
  }
  check_result(self);
  return false;
}

/* --------------------------------------------------------------- signals */

static void cont(int to) {
  m_proc *p = &m.procs[to];
  if (!p->stopped) return;
  p->stopped = false;
  if (p->state != M_WAITING) return;
  if (p->cancelled) {
    p->cancelled = false;
    m_decide(&m, to, -1, AX_ECANCELED, -1);
    return;
  }
  for (int i = 0; i < p->narms && p->state == M_WAITING; i++)
    if (p->arms[i].kind == M_SEND || p->arms[i].kind == M_RECV)
      m_serve(&m, p->arms[i].on);
}

static void signalled(int to, int signal) {
  m_proc *p = &m.procs[to];
  if (signal == AX_SIGCONT) {
    cont(to);
  } else if (signal == AX_SIGSTOP) {
    p->stopped = true;
  } else if (signal == AX_SIGTERM) {
    if (p->state == M_WAITING && !p->stopped)
      m_decide(&m, to, -1, AX_ECANCELED, -1);
    else
      p->cancelled = true;
  } else {
    p->killed = true;
    p->stopped = false;
    m_refuse(&m, to);
    if (p->state != M_RUNNING) p->state = M_READY;
  }
}

static void kill_now(int to, int signal) {
  m_proc *p = &m.procs[to];
  bool dies = !p->started && (signal == AX_SIGKILL || signal == AX_SIGTERM);
  bool deaf = p->killed || dies; /* who dies does so in body_free */
  bool there = p->state < M_ZOMBIE;
  check_int(ax_kill(w.k, walkers[to].pid, signal), there ? AX_OK : AX_ESRCH);
  if (there && !deaf) signalled(to, signal);
}

static void kill_somebody(void) {
  static const int signals[] = {AX_SIGTERM, AX_SIGKILL, AX_SIGSTOP,
                                AX_SIGCONT, AX_SIGCONT};
  if (m.nprocs == 0) return;
  int to = choose(m.nprocs), signal = signals[choose(5)];
  kill_now(to, signal);
}

/* ----------------------------------------------------------------- bodies */

static void spawn(int parent);

static void close_one(int self) {
  m_proc *p = &m.procs[self];
  if (p->nholds == 0) return;
  int i = choose(p->nholds), end = p->holds[i];
  walker *k = &walkers[self];
  for (int h = 0; h < MCHANS; h++) {
    if (k->holds[h].object == NULL || k->ends[h] != end) continue;
    ax_hold_drop(&k->holds[h]);
    m_remove(p->holds, &p->nholds, i);
    m_unref(&m, end / 2, end % 2);
    return;
  }
  check(i < 0 && "the kernel has that hold, too");
}

static enum ax_step act_once(int self, bool *again) {
  *again = false;
  if (ending) return AX_DONE;
  switch (choose(10)) {
    case 0: return AX_YIELD;
    case 1: return choose(3) == 0 ? AX_DONE : AX_YIELD;
    case 2: kill_somebody(); break;
    case 3: send_now(self); break;
    case 4: recv_now(self); break;
    case 5: close_one(self); break;
    case 6:
      if (choose(3) == 0) spawn(self);
      break;
    default:
      if (wait_now(self)) return AX_WAIT;
  }
  *again = true;
  return AX_YIELD;
}

static enum ax_step body_step(ax_proc *p) {
  int self = ((walker *)ax_proc_body(p))->number;
  m_proc *mp = &m.procs[self];
  check(mp->state == M_READY && !mp->stopped && !mp->killed);
  mp->started = true;
  if (mp->decided) check_result(self);
  mp->state = M_RUNNING;
  enum ax_step answer = AX_YIELD;
  bool again = true;
  for (int i = 0; i < 5 && again; i++) answer = act_once(self, &again);
  if (answer == AX_YIELD) mp->state = M_READY;
  return answer;
}

static void body_unwind(ax_proc *p) {
  int self = ((walker *)ax_proc_body(p))->number;
  check(m.procs[self].killed && m.procs[self].started);
}

/* Every death comes through here, whatever it was that brought it. */
static void body_free(ax_proc *p) {
  walker *k = ax_proc_body(p);
  for (int i = 0; i < MCHANS; i++) check(k->holds[i].object == NULL);
  m_die(&m, k->number);
}

static const ax_proc_ops ops = {
    .step = body_step, .unwind = body_unwind, .free = body_free};

/* A child that gets some ends of its own. */
static void spawn(int parent) {
  if (m.nprocs == MPROCS) return;
  int self = m.nprocs;
  walker *k = &walkers[self];
  m_proc *p = &m.procs[self];
  memset(k, 0, sizeof *k);
  k->number = self;
  const char *name = choose(2) ? "x" : NULL;
  enum ax_priority priority = (enum ax_priority)choose(3);
  if (!check_int(ax_spawn(w.k, &ops, k, name, priority, &k->p), AX_OK))
    return;
  m.nprocs++;
  k->pid = ax_proc_pid(k->p);
  p->parent = parent;
  p->dead = NOBODY;
  for (int i = choose(3); i > 0; i--) {
    int chan, end = choose(2), h = p->nholds;
    if (!pick_end(end, &chan)) continue;
    k->ends[h] = 2 * chan + end;
    p->holds[p->nholds++] = 2 * chan + end;
    m.chans[chan].refs[end]++;
    ax_hold_add(k->p, &k->holds[h], ax_ref(ends[chan][end]));
  }
}

#endif
