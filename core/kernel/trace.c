/* trace - what happens in a kernel, kept in a ring for eyes */
#include "kernel/trace.h"

#include <stddef.h>
#include <string.h>

#include "base/assert.h"

struct ax_trace {
  ax_mem mem;
  ax_tap *taps;    /* of the kernels that it is attached to */
  ax_event *ring;  /* event number i is at i % room */
  size_t room;     /* a power of two */
  uint64_t count;  /* of events since it was made */
  ax_clock clock;  /* of the first kernel */
  uint64_t base;   /* and its time then */
  uint16_t number; /* of the last kernel */
};

const char *ax_event_name(enum ax_event_kind kind) {
  static const char *const names[] = {
#define X(name, text) text,
      AX_EVENTS(X)
#undef X
  };
  size_t i = (size_t)kind;
  return i < sizeof names / sizeof *names ? names[i] : "unknown";
}

/* ------------------------------------------------------------- recording */

/* An event, by process p, with nothing else said of it. */
static ax_event new_event(enum ax_event_kind kind, const ax_proc *p) {
  ax_event e;
  memset(&e, 0, offsetof(ax_event, name) + 1);
  e.what = "";
  e.pid = p->pid;
  e.kind = (uint8_t)kind;
  return e;
}

/* Nobody hears of it where the kernel is closed, or was detached since the
** caller asked. */
static void record(const ax_kernel *k, ax_event *e) {
  const ax_tap *tap = k->tap;
  ax_trace *t = tap == NULL ? NULL : tap->trace;
  if (t == NULL) return;
  e->time = ax_now(k) - tap->base;
  e->kernel = tap->number;
  t->ring[t->count++ & (t->room - 1)] = *e;
}

/* As much of it as there is room for. */
static void set_name(ax_event *e, const char *name) {
  size_t i = 0;
  if (name == NULL) return;
  while (i < sizeof e->name - 1 && name[i] != '\0') {
    e->name[i] = name[i];
    i++;
  }
  e->name[i] = '\0';
}

/* Which object it is. */
static void set_label(ax_event *e, const ax_object *o) {
  if (o->ops->label != NULL) set_name(e, o->ops->label(o, &e->number));
}

static void trace_passage(enum ax_event_kind kind, const ax_proc *p,
                          const ax_object *o, uint16_t flow, int64_t depth) {
  ax_event e = new_event(kind, p);
  e.what = o->ops->kind;
  e.flow = flow;
  e.value = depth;
  set_label(&e, o);
  record(o->kernel, &e);
}

void ax__trace_send(const ax_proc *p, const ax_object *o, uint16_t flow,
                    size_t depth) {
  trace_passage(AX_EVENT_SEND, p, o, flow, (int64_t)depth);
}

void ax__trace_recv(const ax_proc *p, const ax_object *o, uint16_t flow,
                    size_t depth) {
  trace_passage(AX_EVENT_RECV, p, o, flow, (int64_t)depth);
}

void ax__trace_depth(const ax_object *o, size_t depth) {
  trace_passage(AX_EVENT_DEPTH, o->kernel->running, o, 0, (int64_t)depth);
}

void ax__trace_spawn(const ax_proc *p) {
  const ax_kernel *k = p->end.kernel;
  ax_event e = new_event(AX_EVENT_SPAWN, p);
  e.other = k->running->pid;
  set_name(&e, p->name);
  record(k, &e);
}

void ax__trace_exit(const ax_proc *p) {
  ax_event e = new_event(AX_EVENT_EXIT, p);
  e.other = p->how;
  if (p->status.type == AX_INTEGER) e.value = p->status.u.integer;
  set_name(&e, p->name);
  record(p->end.kernel, &e);
}

/* Was it given a message that it has not seen? */
static bool was_given(const ax_proc *p) {
  const ax_clause *c = p->fired;
  return c != NULL && !ax_list_empty(&c->link) && c->value.flow != 0;
}

/* It is going to look at what it was given, at once. */
void ax__trace_run(const ax_proc *p) {
  ax_event e = new_event(AX_EVENT_RUN, p);
  record(p->end.kernel, &e);
  if (was_given(p) && !p->killed)
    trace_passage(AX_EVENT_RECV, p, p->fired->object, p->fired->value.flow,
                  -1);
}

void ax__trace_pause(const ax_kernel *k, int pid) {
  ax_event e = new_event(AX_EVENT_PAUSE, k->host);
  e.pid = pid;
  record(k, &e);
}

void ax__trace_wait(const ax_proc *p) {
  ax_event e = new_event(AX_EVENT_WAIT, p);
  const ax_object *o = p->nclauses > 0 ? p->clauses[0].object : NULL;
  e.value = p->nclauses;
  e.what = o == NULL ? "sleep" : o->ops->doing;
  if (o != NULL) set_label(&e, o);
  record(p->end.kernel, &e);
}

void ax__trace_wake(const ax_proc *p, const ax_clause *c, int rc) {
  const ax_kernel *k = p->end.kernel;
  ax_event e = new_event(AX_EVENT_WAKE, p);
  e.other = k->running->pid;
  e.value = rc;
  if (c != NULL) {
    e.what = c->object->ops->doing;
    set_label(&e, c->object);
  }
  record(k, &e);
}

void ax__trace_timer(const ax_proc *p) {
  ax_event e = new_event(AX_EVENT_TIMER, p);
  record(p->end.kernel, &e);
}

void ax__trace_signal(const ax_proc *p, int signal) {
  const ax_kernel *k = p->end.kernel;
  ax_event e = new_event(AX_EVENT_SIGNAL, k->running);
  e.other = p->pid;
  e.value = signal;
  record(k, &e);
}

void ax_trace_mark(ax_kernel *k, const char *text) {
  if (!ax__traced(k)) return;
  ax_event e = new_event(AX_EVENT_MARK, k->running);
  set_name(&e, text);
  record(k, &e);
}

/* --------------------------------------------------------------- reading */

uint64_t ax_trace_count(const ax_trace *t) { return t->count; }

size_t ax_trace_room(const ax_trace *t) { return t->room; }

size_t ax_trace_read(const ax_trace *t, uint64_t *next, ax_event *out,
                     size_t room) {
  uint64_t oldest = t->count < t->room ? 0 : t->count - t->room;
  if (*next < oldest) *next = oldest;
  size_t n = 0;
  for (; n < room && *next < t->count; n++)
    out[n] = t->ring[(*next)++ & (t->room - 1)];
  return n;
}

/* ------------------------------------------------------------- recorders */

static size_t power_of_two(size_t n) {
  size_t power = 16;
  while (power < n) power *= 2;
  return power;
}

int ax_trace_new(const ax_allocator *a, size_t room, ax_trace **out) {
  ax_mem mem = {.hook = a == NULL ? ax_allocator_libc() : *a};
  if (room > SIZE_MAX / 4 / sizeof(ax_event)) return AX_ENOMEM;
  ax_trace *t = ax__alloc_zero(&mem, sizeof *t);
  if (t == NULL) return AX_ENOMEM;
  t->room = power_of_two(room);
  t->ring = ax__alloc(&mem, t->room * sizeof *t->ring);
  if (t->ring == NULL) {
    ax__free(&mem, t, sizeof *t);
    ax__alloc_fini(&mem);
    return AX_ENOMEM;
  }
  t->mem = mem;
  *out = t;
  return AX_OK;
}

void ax_trace_free(ax_trace *t) {
  while (t->taps != NULL) ax_trace_detach(t->taps->kernel);
  ax_mem mem = t->mem;
  ax__free(&mem, t->ring, t->room * sizeof *t->ring);
  ax__free(&mem, t, sizeof *t);
  ax__alloc_fini(&mem);
}

/* Kernels with the clock of the first one share its time; that of others
** begins at 0. */
static uint64_t base_time(ax_trace *t, const ax_kernel *k) {
  const ax_clock *c = &k->config.clock;
  uint64_t now = ax_now(k);
  if (t->number == 0) {
    t->clock = *c;
    t->base = now;
  }
  bool same = c->now == t->clock.now && c->ctx == t->clock.ctx;
  return same && now >= t->base ? t->base : now;
}

int ax_trace_attach(ax_trace *t, ax_kernel *k) {
  if (k->tap != NULL) return AX_EBUSY;
  ax_tap *tap = ax__alloc(&t->mem, sizeof *tap);
  if (tap == NULL) return AX_ENOMEM;
  tap->base = base_time(t, k);
  tap->trace = t;
  tap->kernel = k;
  tap->number = ++t->number;
  tap->next = t->taps;
  t->taps = tap;
  k->tap = tap;
  bool runs = k->running != k->host || !k->looping;
  if (runs && k->running->pid != 0) ax__trace_run(k->running);
  return AX_OK;
}

/* What a kernel has that is closed: whoever asks looks closer, and nothing
** is recorded. */
static const ax_tap tap_of_closed = {NULL, NULL, NULL, 0, 0};

void ax__trace_close(ax_kernel *k) {
  if (k->tap == NULL) k->tap = &tap_of_closed;
}

void ax_trace_detach(ax_kernel *k) {
  const ax_tap *tap = k->tap;
  if (tap == NULL || tap->trace == NULL) return;
  ax_tap **at = &tap->trace->taps;
  while (*at != tap) at = &(*at)->next;
  ax_tap *mine = *at;
  *at = mine->next;
  k->tap = k->closed ? &tap_of_closed : NULL;
  ax__free(&mine->trace->mem, mine, sizeof *mine);
}

int ax_trace_number(const ax_kernel *k) {
  return k->tap == NULL ? 0 : k->tap->number;
}

size_t ax_trace_kernels(const ax_trace *t, ax_kernel **list, size_t room) {
  size_t n = 0;
  for (const ax_tap *tap = t->taps; tap != NULL; tap = tap->next, n++)
    if (n < room) list[n] = tap->kernel;
  return n;
}
