/* wait - the one wait */
#include "kernel/wait.h"

#include "kernel/owner.h"
#include "kernel/trace.h"

ax_clause *ax__first(const ax_list *queue) {
  for (ax_list *l = queue->next; l != queue; l = l->next) {
    ax_clause *c = ax_container(l, ax_clause, link);
    if (!c->proc->stopped) return c;
  }
  return NULL;
}

/* ---------------------------------------------------- the end of a wait */

/* The clause did not fire.  What it lent is told, and was in the way of
** others; whatever else it was to send is let go. */
static void settle_value(ax_clause *c) {
  ax_file *f = ax__file_of(c->object);
  if (c->value.type != AX_LENT)
    ax_value_clear(&c->value);
  else if (f != NULL)
    ax__file_later(f);
}

static void settle_clauses(ax_proc *p, const ax_clause *fired) {
  for (int i = 0; i < p->nclauses; i++) {
    ax_clause *c = &p->clauses[i];
    ax_list_unlink(&c->link);
    if (c != fired && c->value.type != AX_NIL) settle_value(c);
  }
}

/* Unlinks everything; only the fired clause keeps its value. */
static inline void settle(ax_proc *p, ax_clause *fired, int rc) {
  if (ax__traced(p->end.kernel) && p->state == AX_WAITING)
    ax__trace_wake(p, fired, rc);
  if (p->nclauses == 1 && fired == p->clauses)
    ax_list_unlink(&fired->link);
  else
    settle_clauses(p, fired);
  if (ax_timer_is_set(&p->deadline))
    ax_timer_clear(p->end.kernel, &p->deadline);
  p->fired = fired;
  p->result = rc;
}

void ax__fire(ax_clause *c, int rc) {
  ax_proc *p = c->proc;
  ax_assert(p->state == AX_WAITING);
  settle(p, c, rc);
  ax__proc_ready(p);
}

void ax__fire_all(ax_list *queue, int rc) {
  while (!ax_list_empty(queue))
    ax__fire(ax_container(queue->next, ax_clause, link), rc);
}

void ax__wait_stop(ax_proc *p, int rc) {
  ax_assert(p->state == AX_WAITING);
  settle(p, NULL, rc);
  ax__proc_ready(p);
}

static uint64_t due(const ax_object *o) {
  return o == NULL || o->ops->deadline == NULL ? AX_NEVER
                                               : o->ops->deadline(o);
}

/* When the wait ends, or an object that it waits for has its moment. */
static uint64_t next_look(const ax_proc *p) {
  uint64_t next = p->until;
  const ax_clause *end = p->clauses + p->nclauses;
  for (const ax_clause *c = p->clauses; c < end; c++) {
    uint64_t moment = due(c->object);
    if (moment < next) next = moment;
  }
  return next;
}

/* While it is stopped only its own time counts. */
static uint64_t next_moment(const ax_proc *p) {
  return p->stopped ? p->until : next_look(p);
}

static int set_timer(ax_proc *p) {
  uint64_t next = next_moment(p);
  if (next == AX_NEVER || p->until == 0) return AX_OK;
  return ax_timer_set(p->end.kernel, &p->deadline, next);
}

/* The moment of an object may have come: is it for this process? */
static bool take_moment(ax_proc *p) {
  for (int i = 0; i < p->nclauses && !p->stopped; i++) {
    ax_clause *c = &p->clauses[i];
    if (due(c->object) == AX_NEVER) continue;
    const ax_object_ops *ops = c->object->ops;
    int rc = ops->attempt(c->object, c);
    if (rc == AX_EAGAIN) continue;
    ax__fire(c, rc);
    if (rc == AX_OK && ops->given != NULL) ops->given(c->object, c);
    return true;
  }
  return false;
}

/* The process's own deadline has come, or the moment of an object; but that
** may have been for somebody else. */
void ax__wait_expired(ax_timer *t) {
  ax_proc *p = ax_container(t, ax_proc, deadline);
  if (ax__traced(p->end.kernel)) ax__trace_timer(p);
  if (take_moment(p)) return;
  if (next_moment(p) <= p->end.kernel->time)
    ax__wait_stop(p, AX_ETIMEDOUT);
  else
    (void)set_timer(p); /* there is room: it was in the heap */
}

void ax__wait_end(ax_proc *p) {
  if (p->state == AX_WAITING) settle(p, NULL, AX_ECANCELED);
  if (p->fired != NULL) {
    ax_clause *c = p->fired;
    if (!ax_list_empty(&c->link)) c->object->ops->refuse(c->object, c);
    ax_value_clear(&c->value);
    p->fired = NULL;
  }
  p->nclauses = 0;
}

void ax__wait_fini(ax_proc *p) {
  ax__wait_end(p);
  if (p->room > 1)
    ax__free(&p->end.kernel->mem, p->clauses,
             (size_t)p->room * sizeof *p->clauses);
}

void ax_wait_cancel(ax_proc *p) {
  ax__wait_end(p);
  ax_list_unlink(&p->link); /* it may have been woken */
  p->state = AX_RUNNING;
}

/* The process has what it was given. */
static void accept(ax_clause *c) {
  const ax_object_ops *ops = c->object->ops;
  ax_list_unlink(&c->link);
  if (ops->accept != NULL) ops->accept(c->object);
}

/* Nothing fired: what was lent tells how far it came. */
static int result_of_none(ax_proc *p, int *arm, ax_value *value) {
  bool lent = p->nclauses == 1 && p->clauses->value.type == AX_LENT;
  *arm = -1;
  *value = lent ? p->clauses->value : ax_nil();
  p->nclauses = 0;
  return p->result;
}

int ax_proc_result(ax_proc *p, int *arm, ax_value *value) {
  ax_clause *c = p->fired;
  if (p->state == AX_WAITING) {
    *arm = -1;
    *value = ax_nil();
    return AX_EAGAIN;
  }
  if (c == NULL) return result_of_none(p, arm, value);
  p->nclauses = 0;
  if (!ax_list_empty(&c->link)) accept(c);
  *arm = c == p->clauses ? 0 : (int)(c - p->clauses);
  *value = ax__value_take(&c->value);
  p->fired = NULL;
  return p->result;
}

/* ------------------------------------------------ the beginning of a wait */

/* The last wait is over. */
static AX__ALWAYS void renew(ax_proc *p) {
  if (p->fired != NULL || p->nclauses > 0 || p->state != AX_RUNNING)
    ax_wait_cancel(p);
}

/* Makes room for that many clauses.  A process keeps the block for its next
** wait. */
static int wait_reserve(ax_proc *p, int n) {
  if (n <= p->room) return AX_OK;
  ax_mem *m = &p->end.kernel->mem;
  ax_clause *block = ax__alloc(m, (size_t)n * sizeof *block);
  if (block == NULL) return AX_ENOMEM;
  if (p->room > 1) ax__free(m, p->clauses, (size_t)p->room * sizeof *block);
  p->clauses = block;
  p->room = n;
  return AX_OK;
}

static void wait_fill(ax_proc *p, int arm, ax_object *o, ax_value v) {
  ax_clause *c = &p->clauses[arm];
  ax_list_init(&c->link);
  c->proc = p;
  c->object = o;
  c->value = v;
  c->order = (uint32_t)arm;
}

/* The clauses are filled; if this fails the values are the caller's. */
static int set_deadline(ax_proc *p, uint64_t deadline) {
  p->until = deadline;
  int rc = set_timer(p);
  if (rc != AX_OK) p->nclauses = 0;
  return rc;
}

static bool wait_foreign(const ax_proc *p, const ax_object *o) {
  return o != NULL && o->kernel != p->end.kernel;
}

/* Makes the clauses and sets the deadline. */
static int wait_begin(ax_proc *p, const ax_arm *arms, int n,
                      uint64_t deadline) {
  for (int i = 0; i < n; i++)
    if (wait_foreign(p, arms[i].object)) return AX_EXDEV;
  renew(p);
  int rc = wait_reserve(p, n);
  if (rc != AX_OK) return rc;
  p->nclauses = n;
  for (int i = 0; i < n; i++) wait_fill(p, i, arms[i].object, arms[i].value);
  return set_deadline(p, deadline);
}

/* Performs the first operation that is possible, in random order, so that
** of those that are possible each has the same chance; NULL: there is none. */
static ax_clause *try_arms(ax_proc *p, int *rc) {
  ax_clause *clauses = p->clauses;
  uint32_t n = (uint32_t)p->nclauses;
  for (uint32_t i = 0; i < n; i++) {
    uint32_t other = i;
    if (n - i > 1) other += (uint32_t)ax_random(p->end.kernel, n - i);
    ax_clause *c = &clauses[clauses[other].order];
    clauses[other].order = clauses[i].order;
    if (c->object == NULL) continue;
    *rc = c->object->ops->attempt(c->object, c);
    if (*rc != AX_EAGAIN) return c;
  }
  return NULL;
}

/* Nothing could be done at once: waits, unless the time is up. */
static inline int commit(ax_proc *p, int n, uint64_t deadline) {
  if (deadline == 0) {
    settle(p, NULL, AX_ETIMEDOUT);
    return AX_OK;
  }
  const ax_clause *end = p->clauses + n;
  for (ax_clause *c = p->clauses; c < end; c++)
    if (c->object != NULL)
      ax_list_push(c->object->ops->queue(c->object), &c->link);
  p->since = p->end.kernel->time;
  p->state = AX_WAITING;
  if (ax__traced(p->end.kernel)) ax__trace_wait(p);
  return AX_EAGAIN;
}

/* A TERM was pending: it ends the wait before it begins. */
static bool cancel(ax_proc *p) {
  if (!p->cancelled) return false;
  p->cancelled = false;
  settle(p, NULL, AX_ECANCELED);
  return true;
}

int ax_wait(ax_proc *p, const ax_arm *arms, int narms, uint64_t deadline) {
  ax_assert_owner(p->end.kernel);
  int rc = wait_begin(p, arms, narms, deadline);
  if (rc != AX_OK || cancel(p)) return rc;
  ax_clause *fired = try_arms(p, &rc);
  if (fired != NULL) {
    settle(p, fired, rc);
    return AX_OK;
  }
  return commit(p, narms, deadline);
}

int ax_park(ax_proc *p, ax_object *object, ax_value value,
            uint64_t deadline) {
  ax_assert_owner(p->end.kernel);
  if (wait_foreign(p, object)) return AX_EXDEV;
  renew(p);
  p->nclauses = 1;
  wait_fill(p, 0, object, value);
  p->until = deadline;
  if (deadline != AX_NEVER || due(object) != AX_NEVER) {
    int rc = set_deadline(p, deadline);
    if (rc != AX_OK) return rc;
  }
  return cancel(p) ? AX_OK : commit(p, 1, deadline);
}

/* It was stopped: what it waits for, or was given, goes to the others. */
void ax__wait_pass(ax_proc *p) {
  for (int i = 0; i < p->nclauses; i++) {
    const ax_clause *c = &p->clauses[i];
    if (ax_list_empty(&c->link)) continue;
    ax_file *f = ax__file_of(c->object);
    if (f != NULL) ax__file_later(f);
  }
}

/* Its clauses are found by ax__first again, and the moments of what it waits
** for count again. */
void ax__wait_serve(ax_proc *p) {
  for (int i = 0; i < p->nclauses && p->state == AX_WAITING; i++) {
    ax_object *o = p->clauses[i].object;
    if (o != NULL && o->ops->serve != NULL) o->ops->serve(o);
  }
  if (p->state != AX_WAITING) return;
  ax_timer_clear(p->end.kernel, &p->deadline);
  if (set_timer(p) != AX_OK) ax__wait_stop(p, AX_ENOMEM);
}
