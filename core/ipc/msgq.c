/* msgq - System V message queues: sending, receiving, waiting */
#include "ipc/msgq.h"

#include <stdio.h>

#include "base/assert.h"
#include "ipc/want.h"

const ax_keykind ax__msgq_kind = {AX_MSG_QUEUES};

static const ax_object_ops queue_ops, sender_ops;

ax_msgq *ax__msgq_of(const ax_object *o) {
  ax_assert(o->ops == &queue_ops);
  return ax_container(o, ax_msgq, keyed.object);
}

static ax_msgq *of_sender(const ax_object *o) {
  ax_assert(o->ops == &sender_ops);
  return ax_container(o, ax_msgq, sender);
}

static ax_kernel *kernel_of(const ax_msgq *q) {
  return q->keyed.object.kernel;
}

static bool removed(const ax_msgq *q) { return q->keyed.id == 0; }

/* Looking at the clock costs as much as sending. */
enum { USES_PER_LOOK = 16 };

uint64_t ax__msgq_time(ax_msgq *q) {
  ax_kernel *k = kernel_of(q);
  if (q->nlooks++ % USES_PER_LOOK == 0) k->time = ax_now(k);
  return k->time;
}

/* -------------------------------------------------------------- handing */

static size_t count_given(const ax_msgq *q) {
  size_t n = 0;
  for (ax_list *l = q->given.next; l != &q->given; l = l->next) n++;
  return n;
}

/* Memory for one more message beside all that may come back.  Counting is
** slow, so that after it there is some for a while. */
static int reserve(ax_msgq *q) {
  if (ax_list_empty(&q->given)) q->ngiven = 0;
  if (ax__backlog_reserved(&q->backlog, q->ngiven + 1)) return AX_OK;
  q->ngiven = count_given(q);
  return ax__backlog_reserve(&q->backlog, q->ngiven + q->ngiven / 2 + 1);
}

static void give(ax_msgq *q, ax_clause *c, ax_message *m) {
  ax_value want = c->value;
  c->value = ax__want_show(&want, m);
  m->u.want = want;
  ax__fire(c, AX_OK);
  ax_list_push(&q->given, &c->link);
  q->ngiven++;
  q->lrpid = c->proc->pid;
  q->rtime = ax__msgq_time(q);
}

/* It gets nothing, not even what it wanted. */
static void fail_receiver(ax_clause *c, int rc) {
  c->value = ax_nil();
  ax__fire(c, rc);
}

/* Hands a message to who waits longest of those who want it; false: nobody
** does.  To whom it is too long hears so, and it goes to the next. */
static bool hand(ax_msgq *q, ax_message *m) {
  ax_list *l = q->receivers.next;
  while (l != &q->receivers) {
    ax_clause *c = ax_container(l, ax_clause, link);
    l = l->next;
    if (c->proc->stopped || !ax__wanted(&c->value, m)) continue;
    if (!ax__want_refuses(&c->value, m)) {
      give(q, c, m);
      return true;
    }
    fail_receiver(c, AX_E2BIG);
    l = q->receivers.next; /* the process may have waited twice */
  }
  return false;
}

/* The message is sent, by that process; reserve has been called. */
static void deliver(ax_msgq *q, const ax_proc *p, ax_message *m) {
  m->serial = ++q->serial;
  q->lspid = p->pid;
  q->stime = ax__msgq_time(q);
  if (!ax_list_empty(&q->receivers) && hand(q, m)) return;
  ax__backlog_add(&q->backlog, m);
  kernel_of(q)->nqueued++;
}

/* ----------------------------------------------------------------- send */

static bool fits(const ax_msgq *q, size_t size) {
  const ax_backlog *b = &q->backlog;
  return b->bytes <= q->qbytes && size <= q->qbytes - b->bytes &&
         b->count < q->qbytes;
}

/* May a message of that size be sent by the process, now or later? */
static int check_send(const ax_msgq *q, const ax_proc *p, size_t size) {
  if (removed(q)) return AX_EIDRM;
  if (size > q->qbytes) return AX_EINVAL;
  if (!ax__perm_permits(p, &q->keyed.perm, AX_MAY_WRITE)) return AX_EACCES;
  return AX_OK;
}

/* May it now?  Then there is memory for it, too. */
static int prepare(ax_msgq *q, const ax_proc *p, size_t size) {
  int rc = check_send(q, p, size);
  if (rc != AX_OK) return rc;
  if (!fits(q, size)) {
    if (size < q->least) q->least = size;
    return AX_EAGAIN;
  }
  const ax_kernel *k = kernel_of(q);
  if (k->quota.messages > 0 && k->nqueued >= k->quota.messages)
    return AX_EDQUOT;
  return reserve(q);
}

int ax_msgq_send(ax_object *queue, int64_t type, const void *data,
                 size_t size) {
  ax_msgq *q = ax__msgq_of(queue);
  if (type < 1) return AX_EINVAL;
  ax_kernel *k = kernel_of(q);
  int rc = prepare(q, k->running, size);
  if (rc != AX_OK) return rc;
  ax_message *m = ax__message_new(&k->mem, type, data, size);
  if (m == NULL) return AX_ENOMEM;
  deliver(q, k->running, m);
  return AX_OK;
}

static int sender_attempt(ax_object *o, ax_clause *c) {
  ax_msgq *q = of_sender(o);
  ax_message *m = ax__message_of(&c->value);
  if (m == NULL || m->mem != &o->kernel->mem) return AX_EINVAL;
  int rc = prepare(q, c->proc, m->size);
  if (rc != AX_OK) return rc;
  c->value = ax_nil();
  deliver(q, c->proc, m);
  return AX_OK;
}

static ax_list *sender_queue(ax_object *o) { return &of_sender(o)->senders; }

/* Who waits longest of those for whose message there is room, or NULL. */
static ax_clause *first_to_fit(const ax_msgq *q) {
  if (!fits(q, q->least)) return NULL;
  for (ax_list *l = q->senders.next; l != &q->senders; l = l->next) {
    ax_clause *c = ax_container(l, ax_clause, link);
    if (c->proc->stopped) continue;
    if (fits(q, ax__message_of(&c->value)->size)) return c;
  }
  return NULL;
}

void ax__msgq_admit(ax_msgq *q) {
  ax_clause *c;
  while ((c = first_to_fit(q)) != NULL) {
    ax_message *m = ax__message_of(&c->value);
    int rc = reserve(q);
    if (rc == AX_OK) c->value = ax_nil();
    ax__fire(c, rc);
    if (rc == AX_OK) deliver(q, c->proc, m);
  }
  if (ax_list_empty(&q->senders)) q->least = SIZE_MAX;
}

/* ----------------------------------------------------------------- recv */

static ax_message *find(const ax_msgq *q, const ax_value *want) {
  return ax__backlog_find(&q->backlog, ax__want_type(want),
                          ax__want_except(want));
}

static void take(ax_msgq *q, ax_message *m) {
  ax__backlog_take(&q->backlog, m);
  kernel_of(q)->nqueued--;
}

static int receive(ax_msgq *q, const ax_proc *p, ax_value want,
                   ax_value *out) {
  if (want.type != AX_NIL && want.type != AX_INTEGER) return AX_EINVAL;
  if (removed(q)) return AX_EIDRM;
  if (!ax__perm_permits(p, &q->keyed.perm, AX_MAY_READ)) return AX_EACCES;
  ax_message *m = find(q, &want);
  if (m == NULL) return AX_EAGAIN;
  if (ax__want_refuses(&want, m)) return AX_E2BIG;
  take(q, m);
  *out = ax__want_show(&want, m);
  q->lrpid = p->pid;
  q->rtime = ax__msgq_time(q);
  if (!ax_list_empty(&q->senders)) ax__msgq_admit(q);
  return AX_OK;
}

int ax_msgq_recv(ax_object *queue, ax_value want, ax_value *message) {
  return receive(ax__msgq_of(queue), queue->kernel->running, want, message);
}

static int queue_attempt(ax_object *o, ax_clause *c) {
  int rc = receive(ax__msgq_of(o), c->proc, c->value, &c->value);
  if (rc != AX_OK && rc != AX_EAGAIN) c->value = ax_nil();
  return rc;
}

static ax_list *queue_queue(ax_object *o) {
  return &ax__msgq_of(o)->receivers;
}

/* The message m comes back from before next in given: who was handed one
** later, and would have got this one, gets it.  Answers the one left over. */
static ax_message *shift_given(ax_msgq *q, ax_list *next, ax_message *m) {
  for (; next != &q->given; next = next->next) {
    ax_clause *c = ax_container(next, ax_clause, link);
    ax_message *later = ax__message_of(&c->value);
    ax_value want = later->u.want;
    if (!ax__want_rather(&want, later, m)) continue;
    c->value = ax__want_show(&want, m);
    m->u.want = want;
    m = later;
  }
  return m;
}

/* The message of a dead process goes to who waits for it, or back to its
** place. */
static void queue_refuse(ax_object *o, ax_clause *c) {
  ax_msgq *q = ax__msgq_of(o);
  ax_list *next = c->link.next;
  ax_list_unlink(&c->link);
  if (removed(q)) return; /* the message goes with the process */
  ax_message *m = ax__message_of(&c->value);
  c->value = ax_nil();
  m = shift_given(q, next, m);
  if (hand(q, m)) return;
  ax__backlog_restore(&q->backlog, m);
  kernel_of(q)->nqueued++;
}

/* Serves the first receiver that can be; false: there is none. */
static bool serve_one(ax_msgq *q) {
  for (ax_list *l = q->receivers.next; l != &q->receivers; l = l->next) {
    ax_clause *c = ax_container(l, ax_clause, link);
    ax_message *m = c->proc->stopped ? NULL : find(q, &c->value);
    if (m == NULL) continue;
    if (ax__want_refuses(&c->value, m)) {
      fail_receiver(c, AX_E2BIG);
      return true;
    }
    if (reserve(q) != AX_OK) return false;
    take(q, m);
    give(q, c, m);
    return true;
  }
  return false;
}

/* Somebody was stopped, and nobody served him. */
static void queue_serve(ax_object *o) {
  ax_msgq *q = ax__msgq_of(o);
  while (serve_one(q)) continue;
  ax__msgq_admit(q);
}

static void sender_serve(ax_object *o) { ax__msgq_admit(of_sender(o)); }

/* --------------------------------------------------------------- changes */

/* Who waits has nothing to wait for any more. */
static void dismiss(ax_msgq *q) {
  while (!ax_list_empty(&q->receivers))
    fail_receiver(ax_container(q->receivers.next, ax_clause, link), AX_EIDRM);
  ax__fire_all(&q->senders, AX_EIDRM);
}

int ax_msgq_remove(ax_object *queue) {
  ax_msgq *q = ax__msgq_of(queue);
  if (removed(q)) return AX_EIDRM;
  if (!ax__perm_owned(kernel_of(q)->running, &q->keyed.perm)) return AX_EPERM;
  ax__keyed_remove(&ax__msgq_kind, &q->keyed);
  dismiss(q);
  kernel_of(q)->nqueued -= q->backlog.count;
  ax__backlog_clear(&q->backlog);
  ax_unref(queue);
  return AX_OK;
}

/* The last reference is gone, and it was removed.  What was given stays
** given, but cannot come back any more. */
static void queue_free(ax_object *o) {
  ax_msgq *q = ax__msgq_of(o);
  ax_kernel *k = o->kernel;
  while (ax_list_pop(&q->given) != NULL) continue;
  dismiss(q);
  k->nqueued -= q->backlog.count; /* at the end of a kernel */
  ax__backlog_fini(&q->backlog);
  ax__free(&k->mem, q, sizeof *q);
  ax_object_fini(k);
}

/* --------------------------------------------------------------- reports */

static int describe(const ax_msgq *q, char *buffer, size_t size) {
  if (removed(q)) return snprintf(buffer, size, "removed");
  return snprintf(buffer, size, "#%d (%zu messages, %zu/%zu bytes)",
                  q->keyed.id, q->backlog.count, q->backlog.bytes, q->qbytes);
}

static int queue_describe(const ax_object *o, char *buffer, size_t size) {
  return describe(ax__msgq_of(o), buffer, size);
}

static int sender_describe(const ax_object *o, char *buffer, size_t size) {
  return describe(of_sender(o), buffer, size);
}

/* Whoever has the queue can send and receive. */
static ax_object *queue_peer(ax_object *o) { return o; }

static ax_object *sender_peer(ax_object *o) {
  return &of_sender(o)->keyed.object;
}

static const ax_object_ops queue_ops = {
    .kind = "queue",
    .doing = "receive from queue",
    .free = queue_free,
    .attempt = queue_attempt,
    .queue = queue_queue,
    .refuse = queue_refuse,
    .serve = queue_serve,
    .peer = queue_peer,
    .describe = queue_describe,
};

static const ax_object_ops sender_ops = {
    .kind = "queue",
    .doing = "send to queue",
    .attempt = sender_attempt,
    .queue = sender_queue,
    .serve = sender_serve,
    .peer = sender_peer,
    .describe = sender_describe,
};

ax_object *ax_msgq_sender(ax_object *queue) {
  return &ax__msgq_of(queue)->sender;
}

/* ------------------------------------------------------------------ new */

static int make(ax_kernel *k, int32_t key, int flags, ax_msgq **out) {
  ax_msgq *q = ax__alloc_zero(&k->mem, sizeof *q);
  if (q == NULL) return AX_ENOMEM;
  int rc = ax__keyed_add(k->running, &ax__msgq_kind, key, flags, &q->keyed);
  if (rc != AX_OK) {
    ax__free(&k->mem, q, sizeof *q);
    return rc;
  }
  ax_object_init(k, &q->keyed.object, &queue_ops);
  q->sender = (ax_object){&sender_ops, k, 1};
  ax__backlog_init(&q->backlog, &k->mem);
  ax_list_init(&q->receivers);
  ax_list_init(&q->given);
  ax_list_init(&q->senders);
  q->qbytes = AX_MSG_BYTES;
  q->least = SIZE_MAX;
  q->ctime = ax__msgq_time(q);
  *out = q;
  return AX_OK;
}

int ax_msgq_get(ax_kernel *k, int32_t key, int flags, ax_object **queue) {
  ax_keyed *found;
  ax_msgq *q;
  int rc = ax__keyed_get(k->running, &ax__msgq_kind, key, flags, &found);
  if (rc == AX_OK && found == NULL) {
    rc = make(k, key, flags, &q);
    if (rc == AX_OK) found = &q->keyed;
  }
  if (rc != AX_OK) return rc;
  *queue = ax_ref(&found->object);
  return AX_OK;
}
