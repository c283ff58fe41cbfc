/* model - what processes and channels do, said in the simplest way
**
** No kernel here: arrays, and rules taken from axeberg.h.  property_test
** does everything twice, to a kernel and to this, and compares.
**
** Interface:
** - m_send, m_recv: what an operation comes to, now
** - m_possible, m_attempt, m_link, m_decide: a wait
** - m_kill, m_die, m_unref: what they do to everybody else */
#ifndef AX_TEST_MODEL_H
#define AX_TEST_MODEL_H

#include "axeberg.h"
#include "test.h"

enum { MPROCS = 48, MCHANS = 4, MSLOTS = 1024, MARMS = 3, NOBODY = -1 };

/* Which end of a channel, as an index. */
enum { TX, RX };

enum m_state { M_READY, M_RUNNING, M_WAITING, M_ZOMBIE, M_GONE };

enum m_kind { M_NOTHING, M_SEND, M_RECV, M_END };

typedef struct m_arm {
  enum m_kind kind;
  int on;   /* the channel; M_END: the process */
  int slot; /* M_SEND: the message */
} m_arm;

typedef struct m_proc {
  enum m_state state;
  bool started, stopped, cancelled, killed, reaped;
  int parent; /* NOBODY: the host */
  int narms;  /* of its wait */
  m_arm arms[MARMS];
  uint64_t deadline;
  bool decided; /* a wait has ended, and it does not know yet */
  int rc, arm;
  int value;         /* a message, or -1 */
  int dead;          /* the process whose end it was told, or NOBODY */
  int nholds;        /* the ends it holds, 2 * channel + end */
  int holds[MCHANS]; /* the youngest last */
} m_proc;

/* Those who wait at an end, the longest first. */
typedef struct m_queue {
  int n;
  struct {
    int proc, arm;
  } of[MPROCS * MARMS];
} m_queue;

typedef struct m_chan {
  size_t capacity;
  enum ax_full full;
  int refs[2];
  m_queue waiting[2];
  int nqueued, queued[MSLOTS];
  int ngiven, given[MPROCS]; /* processes that do not know yet */
  uint64_t dropped;
} m_chan;

typedef struct model {
  int nprocs, nslots;
  m_proc procs[MPROCS];
  m_chan chans[MCHANS];
  bool released[MSLOTS];
} model;

static inline void m_release(model *m, int slot) {
  check(!m->released[slot]);
  m->released[slot] = true;
}

static inline void m_insert(int *array, int *n, int at, int value) {
  memmove(array + at + 1, array + at, (size_t)(*n - at) * sizeof *array);
  array[at] = value;
  ++*n;
}

static inline int m_remove(int *array, int *n, int at) {
  int value = array[at];
  memmove(array + at, array + at + 1, (size_t)(--*n - at) * sizeof *array);
  return value;
}

static inline int m_index(const int *array, int n, int value) {
  for (int i = 0; i < n; i++)
    if (array[i] == value) return i;
  return -1;
}

/* ----------------------------------------------------------------- waits */

static inline void m_unlink(model *m, int proc) {
  for (int c = 0; c < MCHANS; c++)
    for (int end = TX; end <= RX; end++) {
      m_queue *q = &m->chans[c].waiting[end];
      int kept = 0;
      for (int i = 0; i < q->n; i++)
        if (q->of[i].proc != proc) q->of[kept++] = q->of[i];
      q->n = kept;
    }
}

/* It waits from now on. */
static inline void m_link(model *m, int proc, uint64_t deadline) {
  m_proc *p = &m->procs[proc];
  p->state = M_WAITING;
  p->deadline = deadline;
  for (int i = 0; i < p->narms; i++) {
    if (p->arms[i].kind != M_SEND && p->arms[i].kind != M_RECV) continue;
    m_queue *q =
        &m->chans[p->arms[i].on].waiting[p->arms[i].kind == M_SEND ? TX : RX];
    q->of[q->n].proc = proc;
    q->of[q->n++].arm = i;
  }
}

/* Its wait has ended: with an arm, or with arm -1. */
static inline void m_decide(model *m, int proc, int arm, int rc, int value) {
  m_proc *p = &m->procs[proc];
  m_unlink(m, proc);
  for (int i = 0; i < p->narms; i++)
    if (i != arm && p->arms[i].kind == M_SEND) m_release(m, p->arms[i].slot);
  if (arm >= 0 && p->arms[arm].kind == M_SEND && rc != AX_OK)
    value = p->arms[arm].slot;
  p->state = M_READY;
  p->decided = true;
  p->narms = 0;
  p->rc = rc;
  p->arm = arm;
  p->value = value;
  p->dead = NOBODY;
}

/* Whom to serve at that end: the first that is not stopped, and not self,
** who is the one that asks; or -1. */
static inline int m_first(const model *m, int chan, int end, int self) {
  const m_queue *q = &m->chans[chan].waiting[end];
  for (int i = 0; i < q->n; i++)
    if (!m->procs[q->of[i].proc].stopped && q->of[i].proc != self) return i;
  return -1;
}

static inline void m_give(model *m, int chan, int waiter, int slot) {
  m_chan *c = &m->chans[chan];
  int proc = c->waiting[RX].of[waiter].proc;
  m_decide(m, proc, c->waiting[RX].of[waiter].arm, AX_OK, slot);
  c->given[c->ngiven++] = proc;
}

/* The message of a sender that waits, who is told. */
static inline int m_take(model *m, int chan, int waiter) {
  const m_queue *q = &m->chans[chan].waiting[TX];
  int proc = q->of[waiter].proc, arm = q->of[waiter].arm;
  int slot = m->procs[proc].arms[arm].slot;
  m_decide(m, proc, arm, AX_OK, -1);
  return slot;
}

/* ------------------------------------------------------------ operations */

static inline int m_send(model *m, int chan, int slot, int self) {
  m_chan *c = &m->chans[chan];
  if (c->refs[RX] == 0 || c->refs[TX] == 0) return AX_EPIPE;
  int waiter = m_first(m, chan, RX, self);
  if (waiter >= 0) {
    m_give(m, chan, waiter, slot);
    return AX_OK;
  }
  if ((size_t)c->nqueued >= c->capacity) {
    if (c->full <= AX_FULL_FAIL) return AX_EAGAIN;
    c->dropped++;
    if (c->full == AX_FULL_DROP_NEWEST) {
      m_release(m, slot);
      return AX_OK;
    }
    m_release(m, m_remove(c->queued, &c->nqueued, 0));
  }
  c->queued[c->nqueued++] = slot;
  return AX_OK;
}

static inline int m_recv(model *m, int chan, int *slot, int self) {
  m_chan *c = &m->chans[chan];
  if (c->refs[RX] == 0) return AX_EPIPE;
  int waiter = m_first(m, chan, TX, self);
  if (c->nqueued == 0) {
    if (waiter < 0) return c->refs[TX] == 0 ? AX_EPIPE : AX_EAGAIN;
    *slot = m_take(m, chan, waiter);
    return AX_OK;
  }
  *slot = m_remove(c->queued, &c->nqueued, 0);
  if (waiter >= 0 && (size_t)c->nqueued < c->capacity)
    c->queued[c->nqueued++] = m_take(m, chan, waiter);
  return AX_OK;
}

/* Some of those who wait go on after a stop: who can be served, is.  Nobody
** is his own partner. */
static inline void m_serve(model *m, int chan) {
  m_chan *c = &m->chans[chan];
  m_queue *w = c->waiting;
  int to, from;
  while (c->nqueued > 0 && (to = m_first(m, chan, RX, NOBODY)) >= 0)
    m_give(m, chan, to, m_remove(c->queued, &c->nqueued, 0));
  while ((size_t)c->nqueued < c->capacity &&
         (from = m_first(m, chan, TX, NOBODY)) >= 0)
    c->queued[c->nqueued++] = m_take(m, chan, from);
  for (int i = 0; i < w[TX].n; i++) {
    int proc = w[TX].of[i].proc;
    to = m_first(m, chan, RX, proc);
    if (m->procs[proc].stopped || to < 0) continue;
    int receiver = w[RX].of[to].proc, slot = m_take(m, chan, i);
    for (to = 0; w[RX].of[to].proc != receiver;) to++;
    m_give(m, chan, to, slot);
    i = -1;
  }
}

/* Would the arm's operation be decided at once? */
static inline bool m_possible(const model *m, int proc, const m_arm *a) {
  const m_chan *c = &m->chans[a->on < MCHANS ? a->on : 0];
  switch (a->kind) {
    case M_NOTHING: return false;
    case M_END: return a->on == proc || m->procs[a->on].state >= M_ZOMBIE;
    case M_SEND:
      return c->refs[RX] == 0 || c->refs[TX] == 0 ||
             m_first(m, a->on, RX, proc) >= 0 ||
             (size_t)c->nqueued < c->capacity || c->full > AX_FULL_FAIL;
    default:
      return c->refs[RX] == 0 || c->refs[TX] == 0 || c->nqueued > 0 ||
             m_first(m, a->on, TX, proc) >= 0;
  }
}

/* Does the arm's operation, which is possible, and decides the wait. */
static inline void m_attempt(model *m, int proc, int arm) {
  m_proc *p = &m->procs[proc];
  m_arm a = p->arms[arm];
  int slot = -1, rc;
  if (a.kind == M_END)
    rc = a.on == proc ? AX_EDEADLK : AX_OK;
  else if (a.kind == M_SEND)
    rc = m_send(m, a.on, a.slot, proc);
  else
    rc = m_recv(m, a.on, &slot, proc);
  m_decide(m, proc, arm, rc, slot);
  if (a.kind == M_END && rc == AX_OK) p->dead = a.on;
}

/* ------------------------------------------------------ refs and the end */

static inline void m_fire_all(model *m, int chan, int end) {
  m_queue *q = &m->chans[chan].waiting[end];
  while (q->n > 0) m_decide(m, q->of[0].proc, q->of[0].arm, AX_EPIPE, -1);
}

static inline void m_unref(model *m, int chan, int end) {
  m_chan *c = &m->chans[chan];
  if (--c->refs[end] > 0) return;
  m_fire_all(m, chan, end); /* who waits for both hears of this one */
  if (end == TX) {
    while (c->nqueued > 0 && c->waiting[RX].n > 0)
      m_give(m, chan, 0, m_remove(c->queued, &c->nqueued, 0));
  } else {
    while (c->nqueued > 0) m_release(m, m_remove(c->queued, &c->nqueued, 0));
    c->ngiven = 0;
  }
  m_fire_all(m, chan, 1 - end);
}

/* What it was given and never saw goes on: those who were given something
** after it move up, and the last message goes to who waits, or back. */
static inline void m_refuse(model *m, int proc) {
  m_proc *p = &m->procs[proc];
  if (p->state == M_WAITING) m_decide(m, proc, -1, AX_ECANCELED, -1);
  if (!p->decided) return;
  p->decided = false;
  for (int chan = 0; chan < MCHANS; chan++) {
    m_chan *c = &m->chans[chan];
    int at = m_index(c->given, c->ngiven, proc);
    if (at < 0) continue;
    m_remove(c->given, &c->ngiven, at);
    int slot = p->value;
    for (; at < c->ngiven; at++) {
      int later = m->procs[c->given[at]].value;
      m->procs[c->given[at]].value = slot;
      slot = later;
    }
    int heir = m_first(m, chan, RX, proc);
    if (heir >= 0)
      m_give(m, chan, heir, slot);
    else
      m_insert(c->queued, &c->nqueued, 0, slot);
    return;
  }
  if (p->value >= 0) m_release(m, p->value);
}

/* It knows how its wait ended. */
static inline void m_seen(model *m, int proc) {
  for (int c = 0; c < MCHANS; c++) {
    int at = m_index(m->chans[c].given, m->chans[c].ngiven, proc);
    if (at >= 0) m_remove(m->chans[c].given, &m->chans[c].ngiven, at);
  }
  m->procs[proc].decided = false;
  m->procs[proc].state = M_RUNNING;
}

static inline bool m_alive(const model *m, int proc) {
  return m->procs[proc].state < M_ZOMBIE;
}

static inline void m_die(model *m, int proc) {
  m_proc *p = &m->procs[proc];
  m_refuse(m, proc);
  p->state = M_ZOMBIE;
  while (p->nholds > 0) {
    int end = p->holds[--p->nholds];
    m_unref(m, end / 2, end % 2);
  }
  for (int i = 0; i < m->nprocs; i++) {
    m_proc *q = &m->procs[i];
    if (q->parent == proc && !m_alive(m, i)) q->reaped = true;
    for (int a = 0; a < q->narms && q->state == M_WAITING; a++)
      if (q->arms[a].kind == M_END && q->arms[a].on == proc) {
        m_decide(m, i, a, AX_OK, -1);
        q->dead = proc;
      }
  }
  if (p->parent != NOBODY && !m_alive(m, p->parent)) p->reaped = true;
}

/* Reaped, and nobody is left who has to look at it? */
static inline bool m_gone(const model *m, int proc) {
  if (!m->procs[proc].reaped) return false;
  for (int i = 0; i < m->nprocs; i++)
    if (m->procs[i].decided && m->procs[i].dead == proc) return false;
  return true;
}

#endif
