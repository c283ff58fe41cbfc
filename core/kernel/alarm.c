/* alarm - a moment, or a beat, as an object to wait for
**
** An alarm has no timer of its own: it lends its moment to the deadline of
** whoever waits for it. */
#include <stdio.h>

#include "base/assert.h"
#include "kernel/kernel.h"

typedef struct ax_alarm {
  ax_object object;
  ax_list waiting; /* clauses */
  uint64_t due;    /* AX_NEVER: it will not come any more */
  uint64_t period; /* 0: once */
} ax_alarm;

static ax_alarm *alarm_of(const ax_object *o) {
  return ax_container(o, ax_alarm, object);
}

static void alarm_free(ax_object *o) {
  ax_alarm *a = alarm_of(o);
  ax_kernel *k = o->kernel;
  ax__fire_all(&a->waiting, AX_EPIPE);
  ax__free(&k->mem, a, sizeof *a);
  ax_object_fini(k);
}

static int alarm_attempt(ax_object *o, ax_clause *c) {
  ax_alarm *a = alarm_of(o);
  uint64_t now = ax_now(o->kernel);
  if (now < a->due) return AX_EAGAIN;
  uint64_t n = 1;
  if (a->period > 0) {
    n = (now - a->due) / a->period + 1;
    uint64_t left = AX_NEVER - 1 - a->due;
    a->due = n > left / a->period ? AX_NEVER : a->due + n * a->period;
  }
  c->value = ax_integer((int64_t)n);
  return AX_OK;
}

/* For whoever runs next with it; the alarm stays until then. */
static void alarm_given(ax_object *o, ax_clause *c) {
  ax_ref(o);
  ax_list_push(&o->kernel->ticks, &c->link);
}

/* The first who waits and is not stopped gets what is due. */
static void alarm_serve(ax_object *o) {
  ax_clause *c;
  while ((c = ax__first(&alarm_of(o)->waiting)) != NULL &&
         alarm_attempt(o, c) == AX_OK) {
    ax__fire(c, AX_OK);
    alarm_given(o, c);
  }
}

/* A beat that nobody saw is to be heard by another. */
static void alarm_refuse(ax_object *o, ax_clause *c) {
  ax_alarm *a = alarm_of(o);
  ax_list_unlink(&c->link);
  if (a->period > 0 && a->due != AX_NEVER)
    a->due -= (uint64_t)c->value.u.integer * a->period;
  alarm_serve(o);
  ax_unref(o);
}

static ax_list *alarm_queue(ax_object *o) { return &alarm_of(o)->waiting; }

static uint64_t alarm_deadline(const ax_object *o) {
  return alarm_of(o)->due;
}

static int alarm_describe(const ax_object *o, char *buffer, size_t size) {
  const ax_alarm *a = alarm_of(o);
  double second = (double)AX_SECOND;
  if (a->due == AX_NEVER) return snprintf(buffer, size, "never");
  if (a->period == 0)
    return snprintf(buffer, size, "at %.6f", (double)a->due / second);
  return snprintf(buffer, size, "at %.6f, every %.6f",
                  (double)a->due / second, (double)a->period / second);
}

static const ax_object_ops alarm_ops = {
    .kind = "alarm",
    .doing = "wait for alarm",
    .free = alarm_free,
    .attempt = alarm_attempt,
    .queue = alarm_queue,
    .given = alarm_given,
    .refuse = alarm_refuse,
    .accept = ax_unref,
    .serve = alarm_serve,
    .deadline = alarm_deadline,
    .describe = alarm_describe,
};

int ax_alarm_new(ax_kernel *k, uint64_t due, uint64_t period,
                 ax_object **out) {
  ax_alarm *a = ax__alloc(&k->mem, sizeof *a);
  if (a == NULL) return AX_ENOMEM;
  ax_object_init(k, &a->object, &alarm_ops);
  ax_list_init(&a->waiting);
  a->due = due;
  a->period = period;
  *out = &a->object;
  return AX_OK;
}
