/* deliver - who gets a message of a queue, and who gets it then if he dies */
#include "base/assert.h"
#include "ipc/msgq.h"
#include "ipc/want.h"
#include "kernel/trace.h"

/* -------------------------------------------------------------- handing */

void ax__msgq_give(ax_msgq *q, ax_clause *c, ax_message *m) {
  ax_value want = c->value;
  m->shown = ax__want_shown(&want, m->size);
  m->u.want = want;
  c->value = ax__message_value(m);
  if (ax__traced(c->proc->end.kernel)) c->value.flow = (uint16_t)m->serial;
  ax__fire(c, AX_OK);
  ax_list_push(&q->given, &c->link);
  q->lrpid = c->proc->pid;
  q->rtime = ax__msgq_time(q);
}

void ax__msgq_fail(ax_clause *c, int rc) {
  c->value = ax_nil();
  ax__fire(c, rc);
}

/* Who waits longest of those who want a message of that type and size, but
** not p, who sends it; NULL: nobody does. */
static ax_clause *find_taker(const ax_msgq *q, const ax_proc *p, int64_t type,
                             size_t size) {
  for (ax_list *l = q->receivers.next; l != &q->receivers; l = l->next) {
    ax_clause *c = ax__clause_of(l);
    if (c->proc == p || c->proc->stopped) continue;
    if (ax__wanted(&c->value, type) && !ax__want_refuses(&c->value, size))
      return c;
  }
  return NULL;
}

/* Who waits longer than the taker (NULL: whoever waits), wants such a message
** and finds it too long hears so. */
static void refuse_takers(ax_msgq *q, const ax_proc *p,
                          const ax_clause *taker, int64_t type, size_t size) {
  ax_list *l = q->receivers.next;
  while (l != &q->receivers && (taker == NULL || l != &taker->link)) {
    ax_clause *c = ax__clause_of(l);
    l = l->next;
    if (c->proc == p || c->proc->stopped) continue;
    if (taker != NULL && c->proc == taker->proc) continue;
    if (!ax__wanted(&c->value, type)) continue;
    if (!ax__want_refuses(&c->value, size)) continue;
    ax__msgq_fail(c, AX_E2BIG);
    l = q->receivers.next; /* the process may have waited twice */
  }
}

/* The message, whose serial is set, goes to who wants it; false: to nobody.
** Who is not to have it yet: see find_taker. */
static bool hand(ax_msgq *q, const ax_proc *p, ax_message *m) {
  ax_clause *taker = find_taker(q, p, m->type, m->size);
  refuse_takers(q, p, taker, m->type, m->size);
  if (taker != NULL) ax__msgq_give(q, taker, m);
  return taker != NULL;
}

void ax__msgq_stamp(ax_msgq *q, const ax_proc *p) {
  q->serial++;
  q->lspid = p->pid;
  q->stime = ax__msgq_time(q);
  if (ax__traced(p->end.kernel))
    ax__trace_send(p, &q->keyed.object, (uint16_t)q->serial,
                   q->backlog.count);
}

int ax__msgq_deliver(ax_msgq *q, const ax_proc *p, ax_message *m) {
  m->serial = q->serial + 1;
  if (find_taker(q, p, m->type, m->size) == NULL) {
    int rc = ax__backlog_put(&q->backlog, m);
    if (rc != AX_OK) return rc;
    q->keyed.object.kernel->nqueued++;
    refuse_takers(q, p, NULL, m->type, m->size);
  } else {
    hand(q, p, m);
  }
  ax__msgq_stamp(q, p);
  return AX_OK;
}

/* ------------------------------------------------------------ coming back */

/* The message m comes back from before next in given: who was handed one
** later, and would have got this one, gets it.  Answers the one left over. */
static ax_message *msgq_shift_given(ax_msgq *q, ax_list *next,
                                    ax_message *m) {
  for (; next != &q->given; next = next->next) {
    ax_clause *c = ax__clause_of(next);
    ax_message *later = ax__message_of(&c->value);
    ax_value want = later->u.want;
    if (!ax__want_rather(&want, later, m)) continue;
    m->shown = ax__want_shown(&want, m->size);
    m->u.want = want;
    c->value = ax__message_value(m);
    if (ax__traced(c->proc->end.kernel)) c->value.flow = (uint16_t)m->serial;
    m = later;
  }
  return m;
}

/* The message of a dead process goes to who waits for it, or back to its
** place. */
void ax__msgq_refuse(ax_object *o, ax_clause *c) {
  ax_msgq *q = ax__msgq_of(o);
  ax_list *next = c->link.next;
  ax_list_unlink(&c->link);
  if (q->keyed.id == 0) return; /* the message goes with the process */
  ax_message *m = ax__message_of(&c->value);
  c->value = ax_nil();
  m = msgq_shift_given(q, next, m);
  if (hand(q, NULL, m)) return;
  ax__backlog_return(&q->backlog, m);
  q->keyed.object.kernel->nqueued++;
}
