/* channel - a FIFO of values between processes */
#include "ipc/channel.h"

#include "kernel/owner.h"
#include "kernel/trace.h"

static const ax_object_ops sender_ops, receiver_ops;

static ax_channel *of_sender(const ax_object *o) {
  ax_assert(o->ops == &sender_ops);
  return ax_container(o, ax_channel, sender);
}

static ax_channel *of_receiver(const ax_object *o) {
  ax_assert(o->ops == &receiver_ops);
  return ax_container(o, ax_channel, receiver);
}

/* ------------------------------------------------------------- the ring */

/* How many values may come back. */
static uint32_t count_given(const ax_channel *ch) {
  uint32_t n = 0;
  for (ax_list *l = ch->given.next; l != &ch->given; l = l->next) n++;
  return n;
}

/* Counting is slow, so that after it there is room for a while: a third of
** the ring is free. */
static int channel_make_room(ax_channel *ch) {
  ch->ngiven = count_given(ch);
  size_t used = ch->queue.count + ch->ngiven;
  while (used + used / 2 >= ch->queue.room) {
    int rc = ax_ring_grow(&ch->queue, &ch->sender.kernel->mem);
    if (rc != AX_OK) return used < ch->queue.room ? AX_OK : rc;
  }
  return AX_OK;
}

/* Room for one more beside all that may come back. */
static inline int reserve(ax_channel *ch) {
  bool room = ch->queue.count + ch->ngiven < ch->queue.room;
  return room ? AX_OK : channel_make_room(ch);
}

/* There is room for it. */
static void channel_append(ax_channel *ch, ax_value *v) {
  ax_ring_append(&ch->queue, v);
  ch->sender.kernel->nqueued++;
}

static int push(ax_channel *ch, ax_value *v) {
  const ax_kernel *k = ch->sender.kernel;
  if (k->nqueued > k->quota.messages - 1) return AX_EDQUOT; /* 0: no quota */
  int rc = reserve(ch);
  if (rc == AX_OK) channel_append(ch, v);
  return rc;
}

static ax_value pop(ax_channel *ch) {
  ch->sender.kernel->nqueued--;
  return ax_ring_pop(&ch->queue);
}

static void push_front(ax_channel *ch, ax_value v) {
  ax_ring_return(&ch->queue, v);
  ch->sender.kernel->nqueued++;
}

/* Hands a value to a waiting receiver; reserve has been called. */
static void give(ax_channel *ch, ax_clause *c, ax_value v) {
  c->value = v;
  ax__fire(c, AX_OK);
  ax_list_push(&ch->given, &c->link);
  ch->ngiven++;
}

/* Moves a waiting sender's value into the room that there is now. */
static void admit(ax_channel *ch) {
  if (ch->queue.count >= ch->capacity) return;
  ax_clause *c = ax__first(&ch->senders);
  if (c == NULL) return;
  uint16_t flow = c->value.flow; /* channel_append clears it */
  channel_append(ch, &c->value);
  if (ax__traced(c->proc->end.kernel)) ax__channel_sent(ch, c->proc, flow);
  ax__fire(c, AX_OK);
}

/* ----------------------------------------------------------------- send */

static int send_full(ax_channel *ch, ax_value *v) {
  switch (ch->full) {
    case AX_FULL_DROP_NEWEST:
      ch->dropped++;
      ax_value_clear(v);
      return AX_OK;
    case AX_FULL_DROP_OLDEST: {
      ax_value oldest = pop(ch);
      ch->dropped++;
      channel_append(ch, v);
      ax_value_clear(&oldest);
      return AX_OK;
    }
    default: return AX_EAGAIN;
  }
}

static int check_type(const ax_channel *ch, const ax_value *v) {
  if (ch->schema == NULL || v->type == AX_NIL) return AX_EINVAL;
  return ax_schema_check_value(ch->schema, v, NULL);
}

static inline int channel_pass(ax_channel *ch, ax_value *v) {
  if (!(ch->accepts & (1u << v->type))) {
    int rc = check_type(ch, v);
    if (rc != AX_OK) return rc;
  }
  ax_clause *c = ax__first(&ch->receivers);
  if (c != NULL) {
    int rc = reserve(ch);
    if (rc == AX_OK) give(ch, c, ax__value_take(v));
    return rc;
  }
  return ch->queue.count < ch->capacity ? push(ch, v) : send_full(ch, v);
}

/* Who traces is told; the message gets a number on its way, and keeps it if
** it has to wait. */
AX__ASIDE static int channel_send_traced(ax_channel *ch, ax_value *v) {
  const ax_kernel *k = ch->sender.kernel;
  if (k->closed) return AX_EPIPE;
  uint16_t flow = v->flow = ch->flow = ax__trace_next(ch->flow);
  int rc = channel_pass(ch, v);
  if (rc == AX_OK) ax__channel_sent(ch, k->running, flow);
  return rc;
}

static int channel_send(ax_channel *ch, ax_value *v) {
  if (ch->receiver.refs == 0 || ch->sender.refs == 0) return AX_EPIPE;
  if (ax__traced(ch->sender.kernel)) return channel_send_traced(ch, v);
  return channel_pass(ch, v);
}

int ax_channel_send(ax_object *sender, ax_value *v) {
  ax_assert_owner(sender->kernel);
  if (sender->ops != &sender_ops) return AX_EINVAL;
  return channel_send(of_sender(sender), v);
}

static int sender_attempt(ax_object *o, ax_clause *c) {
  return channel_send(of_sender(o), &c->value);
}

static ax_list *sender_queue(ax_object *o) { return &of_sender(o)->senders; }

/* ----------------------------------------------------------------- recv */

/* A rendezvous: straight from a waiting sender. */
static int take(ax_channel *ch, ax_value *v) {
  ax_clause *c = ax__first(&ch->senders);
  if (c == NULL) return ch->sender.refs == 0 ? AX_EPIPE : AX_EAGAIN;
  *v = ax__value_take(&c->value);
  ax__fire(c, AX_OK);
  return AX_OK;
}

static int channel_get(ax_channel *ch, ax_value *v) {
  if (ch->queue.count == 0) return take(ch, v);
  *v = pop(ch);
  if (!ax_list_empty(&ch->senders)) admit(ch);
  return AX_OK;
}

AX__ASIDE static int channel_recv_traced(ax_channel *ch, ax_value *v) {
  if (ch->receiver.kernel->closed) return AX_EPIPE;
  const ax_clause *c = ch->queue.count == 0 ? ax__first(&ch->senders) : NULL;
  const ax_proc *sender = c == NULL ? NULL : c->proc;
  int rc = channel_get(ch, v);
  if (rc != AX_OK) return rc;
  if (sender != NULL) ax__channel_sent(ch, sender, v->flow);
  ax__channel_received(ch, v->flow);
  return AX_OK;
}

static int channel_recv(ax_channel *ch, ax_value *v) {
  if (ax__traced(ch->receiver.kernel)) return channel_recv_traced(ch, v);
  return channel_get(ch, v);
}

int ax_channel_recv(ax_object *receiver, ax_value *v) {
  if (receiver->ops != &receiver_ops) return AX_EINVAL;
  return channel_recv(of_receiver(receiver), v);
}

static int receiver_attempt(ax_object *o, ax_clause *c) {
  ax_channel *ch = of_receiver(o);
  return ch->receiver.refs == 0 ? AX_EPIPE : channel_recv(ch, &c->value);
}

static ax_list *receiver_queue(ax_object *o) {
  return &of_receiver(o)->receivers;
}

/* The value v comes back from before next in given: who was given one later
** gets the one before it, so that they stay in order.  Answers the last. */
static ax_value shift_given(ax_channel *ch, ax_list *next, ax_value v) {
  for (; next != &ch->given; next = next->next) {
    ax_clause *c = ax_container(next, ax_clause, link);
    ax_value later = c->value;
    c->value = v;
    v = later;
  }
  return v;
}

/* The value of a dead process goes to those who wait, or back to where it
** was: before all that is queued. */
static void receiver_refuse(ax_object *o, ax_clause *c) {
  ax_channel *ch = of_receiver(o);
  ax_list *next = c->link.next;
  ax_list_unlink(&c->link);
  ax_value v = shift_given(ch, next, ax__value_take(&c->value));
  ax_clause *heir = ax__first(&ch->receivers);
  if (heir != NULL)
    give(ch, heir, v);
  else
    push_front(ch, v);
}

/* ----------------------------------------------- those who were stopped */

/* Whom a receiver can meet: not itself, if it selects both ends. */
static ax_clause *partner(ax_channel *ch, const ax_clause *to) {
  for (ax_list *l = ch->senders.next; l != &ch->senders; l = l->next) {
    ax_clause *from = ax_container(l, ax_clause, link);
    if (!from->proc->stopped && from->proc != to->proc) return from;
  }
  return NULL;
}

/* From a waiting sender straight to a waiting receiver. */
static bool match(ax_channel *ch) {
  for (ax_list *l = ch->receivers.next; l != &ch->receivers; l = l->next) {
    ax_clause *to = ax_container(l, ax_clause, link);
    ax_clause *from = to->proc->stopped ? NULL : partner(ch, to);
    if (from == NULL) continue;
    if (reserve(ch) != AX_OK) return false;
    ax_value v = ax__value_take(&from->value);
    if (ax__traced(ch->sender.kernel))
      ax__channel_sent(ch, from->proc, v.flow);
    ax__fire(from, AX_OK);
    give(ch, to, v);
    return true;
  }
  return false;
}

static void serve(ax_channel *ch) {
  ax_clause *c;
  while (ch->queue.count > 0 && (c = ax__first(&ch->receivers)) != NULL)
    give(ch, c, pop(ch));
  while (ch->queue.count < ch->capacity && ax__first(&ch->senders) != NULL &&
         reserve(ch) == AX_OK)
    admit(ch);
  while (match(ch)) continue;
}

static void sender_serve(ax_object *o) { serve(of_sender(o)); }

static void receiver_serve(ax_object *o) { serve(of_receiver(o)); }

/* ---------------------------------------------------------------- close */

static void clear(ax_channel *ch) {
  while (ch->queue.count > 0) {
    ax_value v = pop(ch);
    ax_value_clear(&v);
  }
}

static void free_channel(ax_channel *ch) {
  ax_mem *m = &ch->sender.kernel->mem;
  clear(ch);
  ax_ring_fini(&ch->queue, m);
  ax__string_free(m, ch->name);
  if (ch->schema != NULL) ax_schema_unref(ch->schema);
  ax__free(m, ch, sizeof *ch);
}

/* One end less; the channel goes with the last one. */
static void fini_end(ax_channel *ch, const ax_object *other) {
  ax_kernel *k = ch->sender.kernel;
  if (other->refs == 0) free_channel(ch);
  ax_object_fini(k);
}

/* The last sender is gone: who is still waiting will wait for nothing. */
static void sender_free(ax_object *o) {
  ax_channel *ch = of_sender(o);
  ax__fire_all(&ch->senders, AX_EPIPE);
  while (!ax_list_empty(&ch->receivers)) {
    ax_clause *c = ax_container(ch->receivers.next, ax_clause, link);
    if (ch->queue.count > 0)
      give(ch, c, pop(ch));
    else
      ax__fire(c, AX_EPIPE);
  }
  fini_end(ch, &ch->receiver);
}

/* What was given stays given, but cannot come back any more. */
static void receiver_free(ax_object *o) {
  ax_channel *ch = of_receiver(o);
  while (ax_list_pop(&ch->given) != NULL) continue;
  ax__fire_all(&ch->receivers, AX_EPIPE);
  ax__fire_all(&ch->senders, AX_EPIPE);
  clear(ch);
  fini_end(ch, &ch->sender);
}

/* --------------------------------------------------------------- reports */

static const ax_object_ops sender_ops = {
    .kind = "sender",
    .doing = "send to channel",
    .label = ax__channel_label,
    .free = sender_free,
    .attempt = sender_attempt,
    .queue = sender_queue,
    .serve = sender_serve,
    .peer = ax__channel_peer,
    .describe = ax__channel_describe,
};

static const ax_object_ops receiver_ops = {
    .kind = "receiver",
    .doing = "recv from channel",
    .label = ax__channel_label,
    .free = receiver_free,
    .attempt = receiver_attempt,
    .queue = receiver_queue,
    .serve = receiver_serve,
    .refuse = receiver_refuse,
    .peer = ax__channel_peer,
    .describe = ax__channel_describe,
};

const ax_channel *ax__channel_of(const ax_object *end) {
  return end->ops == &sender_ops ? of_sender(end) : of_receiver(end);
}

/* ------------------------------------------------------------------ new */

static void fill_in(ax_channel *ch, ax_kernel *k,
                    const ax_channel_options *o) {
  ch->capacity = o->capacity;
  ch->full = (uint8_t)o->full;
  ch->serial = ++k->serial;
  ch->accepts = (uint16_t) ~(1u << AX_NIL | 1u << AX_LENT);
  if (o->schema != NULL) {
    ch->schema = ax_schema_ref(o->schema);
    ch->accepts = (uint16_t)(ax_schema_plain(ch->schema) | 1u << AX_FOREIGN);
  }
  ax_list_init(&ch->receivers);
  ax_list_init(&ch->given);
  ax_list_init(&ch->senders);
  ax_object_init(k, &ch->sender, &sender_ops);
  ax_object_init(k, &ch->receiver, &receiver_ops);
}

int ax_channel_new(ax_kernel *k, const ax_channel_options *options,
                   ax_object **sender, ax_object **receiver) {
  static const ax_channel_options standard = {.capacity = AX_UNBOUNDED};
  if (options == NULL) options = &standard;
  if (options->capacity == 0 && options->full > AX_FULL_FAIL)
    return AX_EINVAL;
  ax_channel *ch = ax__alloc_zero(&k->mem, sizeof *ch);
  if (ch == NULL) return AX_ENOMEM;
  if (options->name != NULL) {
    ch->name = ax__string_copy(&k->mem, options->name);
    if (ch->name == NULL) {
      ax__free(&k->mem, ch, sizeof *ch);
      return AX_ENOMEM;
    }
  }
  fill_in(ch, k, options);
  *sender = &ch->sender;
  *receiver = &ch->receiver;
  return AX_OK;
}
