/* msgq - System V message queues: sending, receiving, waiting */
#include "ipc/msgq.h"

#include <stdio.h>

#include "base/assert.h"
#include "ipc/want.h"
#include "kernel/trace.h"

const ax_keykind ax__msgq_kind = {AX_MSG_QUEUES};

static const ax_object_ops queue_ops, msgq_sender_ops;

ax_msgq *ax__msgq_of(const ax_object *o) {
  ax_assert(o->ops == &queue_ops);
  return ax_container(o, ax_msgq, keyed.object);
}

static ax_msgq *msgq_of_sender(const ax_object *o) {
  ax_assert(o->ops == &msgq_sender_ops);
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

/* May it now? */
static int msgq_prepare(ax_msgq *q, const ax_proc *p, size_t size) {
  int rc = check_send(q, p, size);
  if (rc != AX_OK) return rc;
  if (!fits(q, size)) {
    if (size < q->least) q->least = size;
    return AX_EAGAIN;
  }
  const ax_kernel *k = kernel_of(q);
  bool spent = k->quota.messages > 0 && k->nqueued >= k->quota.messages;
  return spent ? AX_EDQUOT : AX_OK;
}

/* Somebody may be waiting for it. */
static int send_block(ax_msgq *q, int64_t type, const void *data,
                      size_t size) {
  ax_kernel *k = kernel_of(q);
  ax_message *m = ax__message_new(&k->mem, type, data, size);
  if (m == NULL) return AX_ENOMEM;
  int rc = ax__msgq_deliver(q, k->running, m);
  if (rc != AX_OK) ax__message_free(m);
  return rc;
}

int ax_msgq_send(ax_object *queue, int64_t type, const void *data,
                 size_t size) {
  ax_msgq *q = ax__msgq_of(queue);
  if (type < 1) return AX_EINVAL;
  ax_kernel *k = kernel_of(q);
  int rc = msgq_prepare(q, k->running, size);
  if (rc != AX_OK) return rc;
  if (!ax_list_empty(&q->receivers)) return send_block(q, type, data, size);
  rc = ax__backlog_add(&q->backlog, type, q->serial + 1, data, size);
  if (rc != AX_OK) return rc;
  k->nqueued++;
  ax__msgq_stamp(q, k->running);
  return AX_OK;
}

static int msgq_sender_attempt(ax_object *o, ax_clause *c) {
  ax_msgq *q = msgq_of_sender(o);
  ax_message *m = ax__message_of(&c->value);
  if (m == NULL || m->mem != &o->kernel->mem) return AX_EINVAL;
  int rc = msgq_prepare(q, c->proc, m->size);
  if (rc != AX_OK) return rc;
  rc = ax__msgq_deliver(q, c->proc, m);
  if (rc == AX_OK) c->value = ax_nil();
  return rc;
}

static ax_list *msgq_sender_queue(ax_object *o) {
  return &msgq_of_sender(o)->senders;
}

/* Who waits longest of those for whose message there is room, or NULL. */
static ax_clause *first_to_fit(const ax_msgq *q) {
  if (!fits(q, q->least)) return NULL;
  for (ax_list *l = q->senders.next; l != &q->senders; l = l->next) {
    ax_clause *c = ax__clause_of(l);
    if (c->proc->stopped) continue;
    if (fits(q, ax__message_of(&c->value)->size)) return c;
  }
  return NULL;
}

void ax__msgq_admit(ax_msgq *q) {
  ax_clause *c;
  while ((c = first_to_fit(q)) != NULL) {
    int rc = ax__msgq_deliver(q, c->proc, ax__message_of(&c->value));
    if (rc == AX_OK) c->value = ax_nil();
    ax__fire(c, rc);
  }
  if (ax_list_empty(&q->senders)) q->least = SIZE_MAX;
}

/* ----------------------------------------------------------------- recv */

/* What p is to get.  AX_EAGAIN: nothing; or another error. */
static int msgq_find(ax_msgq *q, const ax_proc *p, const ax_value *want,
                     ax_spot *out) {
  if (want->type != AX_NIL && want->type != AX_INTEGER) return AX_EINVAL;
  if (removed(q)) return AX_EIDRM;
  if (!ax__perm_permits(p, &q->keyed.perm, AX_MAY_READ)) return AX_EACCES;
  *out = ax__backlog_find(&q->backlog, ax__want_type(want),
                          ax__want_except(want));
  if (ax__spot_empty(out)) return AX_EAGAIN;
  return ax__want_refuses(want, out->size) ? AX_E2BIG : AX_OK;
}

/* The message with that serial was taken out of the backlog. */
static void taken(ax_msgq *q, const ax_proc *p, uint64_t serial) {
  kernel_of(q)->nqueued--;
  if (ax__traced(kernel_of(q)))
    ax__trace_recv(p, &q->keyed.object, (uint16_t)serial, q->backlog.count);
  q->lrpid = p->pid;
  q->rtime = ax__msgq_time(q);
}

int ax_msgq_recv(ax_object *queue, ax_value want, ax_received *out) {
  ax_msgq *q = ax__msgq_of(queue);
  const ax_proc *p = queue->kernel->running;
  ax_spot s;
  int rc = msgq_find(q, p, &want, &s);
  if (rc != AX_OK) return rc;
  if (!ax_list_empty(&q->senders)) {
    /* their messages would take the place of what was received */
    ax_message *m = ax__backlog_lift(&q->backlog, &s);
    if (m == NULL) return AX_ENOMEM;
    ax_value v = ax__message_value(m);
    (void)ax_message_get(&v, out);
    taken(q, p, s.serial);
    ax__msgq_admit(q);
  } else {
    ax__backlog_take(&q->backlog, &s, out);
    taken(q, p, s.serial);
  }
  out->size = ax__want_shown(&want, out->size);
  return AX_OK;
}

static int queue_attempt(ax_object *o, ax_clause *c) {
  ax_msgq *q = ax__msgq_of(o);
  ax_value want = c->value;
  ax_spot s;
  int rc = msgq_find(q, c->proc, &want, &s);
  if (rc == AX_EAGAIN) return rc;
  c->value = ax_nil();
  if (rc != AX_OK) return rc;
  ax_message *m = ax__backlog_lift(&q->backlog, &s);
  if (m == NULL) return AX_ENOMEM;
  m->shown = ax__want_shown(&want, m->size);
  c->value = ax__message_value(m);
  taken(q, c->proc, s.serial);
  ax__msgq_admit(q);
  return AX_OK;
}

static ax_list *queue_queue(ax_object *o) {
  return &ax__msgq_of(o)->receivers;
}

/* Serves the first receiver that can be; false: there is none. */
static bool serve_one(ax_msgq *q) {
  for (ax_list *l = q->receivers.next; l != &q->receivers; l = l->next) {
    ax_clause *c = ax__clause_of(l);
    ax_spot s;
    if (c->proc->stopped) continue;
    int rc = msgq_find(q, c->proc, &c->value, &s);
    if (rc == AX_EAGAIN) continue;
    ax_message *m = rc == AX_OK ? ax__backlog_lift(&q->backlog, &s) : NULL;
    if (m != NULL) {
      kernel_of(q)->nqueued--;
      ax__msgq_give(q, c, m);
    } else {
      ax__msgq_fail(c, rc == AX_OK ? AX_ENOMEM : rc);
    }
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

static void msgq_sender_serve(ax_object *o) {
  ax__msgq_admit(msgq_of_sender(o));
}

/* --------------------------------------------------------------- changes */

/* Who waits has nothing to wait for any more. */
static void dismiss(ax_msgq *q) {
  while (!ax_list_empty(&q->receivers))
    ax__msgq_fail(ax__clause_of(q->receivers.next), AX_EIDRM);
  ax__fire_all(&q->senders, AX_EIDRM);
}

int ax_msgq_remove(ax_object *queue) {
  ax_msgq *q = ax__msgq_of(queue);
  if (removed(q)) return AX_EIDRM;
  if (!ax__perm_owned(kernel_of(q)->running, &q->keyed.perm)) return AX_EPERM;
  ax__keyed_remove(&ax__msgq_kind, &q->keyed);
  dismiss(q);
  kernel_of(q)->nqueued -= q->backlog.count;
  ax__backlog_fini(&q->backlog);
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

static int msgq_describe(const ax_msgq *q, char *buffer, size_t size) {
  if (removed(q)) return snprintf(buffer, size, "removed");
  return snprintf(buffer, size, "#%d (%zu messages, %zu/%zu bytes)",
                  q->keyed.id, q->backlog.count, q->backlog.bytes, q->qbytes);
}

static int queue_describe(const ax_object *o, char *buffer, size_t size) {
  return msgq_describe(ax__msgq_of(o), buffer, size);
}

static int msgq_sender_describe(const ax_object *o, char *buffer,
                                size_t size) {
  return msgq_describe(msgq_of_sender(o), buffer, size);
}

static const char *queue_label(const ax_object *o, uint32_t *number) {
  *number = (uint32_t)ax__msgq_of(o)->keyed.id;
  return NULL;
}

static const char *msgq_sender_label(const ax_object *o, uint32_t *number) {
  return queue_label(&msgq_of_sender(o)->keyed.object, number);
}

/* Whoever has the queue can send and receive. */
static ax_object *queue_peer(ax_object *o) { return o; }

static ax_object *msgq_sender_peer(ax_object *o) {
  return &msgq_of_sender(o)->keyed.object;
}

static const ax_object_ops queue_ops = {
    .kind = "queue",
    .doing = "receive from queue",
    .label = queue_label,
    .free = queue_free,
    .attempt = queue_attempt,
    .queue = queue_queue,
    .refuse = ax__msgq_refuse,
    .serve = queue_serve,
    .peer = queue_peer,
    .describe = queue_describe,
};

static const ax_object_ops msgq_sender_ops = {
    .kind = "queue",
    .doing = "send to queue",
    .label = msgq_sender_label,
    .attempt = msgq_sender_attempt,
    .queue = msgq_sender_queue,
    .serve = msgq_sender_serve,
    .peer = msgq_sender_peer,
    .describe = msgq_sender_describe,
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
  q->sender = (ax_object){&msgq_sender_ops, k, 1};
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
