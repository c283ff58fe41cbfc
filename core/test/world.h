/* world - a kernel to test, and actors: processes that follow a script
**
** The kernel runs on a virtual clock that begins at 0 and on watched memory.
** An actor does its acts one after the other; what happens to it is noted in
** the world's log, one word each:
**
**   a<5       received 5, or process 5 ended    a~  unwinds
**   a<#5      received foreign value 5          a.  its body was freed
**   a>        sent                              a-  came to an A_LOG act
**   a!EPIPE   its wait ended with that
**   a?ENOMEM  ax_wait itself answered that
**
** With more than one arm the index stands before the sign: a1<5.
**
** Interface:
** - world_open, world_close, world_channel
** - SPAWN(world, name, priority, acts...), actor_hold
** - check_log: what happened since the last one */
#ifndef AX_TEST_WORLD_H
#define AX_TEST_WORLD_H

#include "axeberg.h"
#include "mem.h"

enum { NARMS = 3, NACTS = 16, NHOLDS = 4, NSLOTS = 64 };

typedef struct actor actor;

/* A keeper that counts how often each of its values was let go. */
typedef struct closet {
  ax_keeper keeper;
  int made[NSLOTS]; /* an actor gave it to the kernel */
  int released[NSLOTS];
} closet;

enum act_kind { A_WAIT, A_YIELD, A_EXIT, A_FAIL, A_AGAIN, A_CALL, A_LOG };

typedef struct act {
  enum act_kind kind;
  int narms;
  ax_arm arms[NARMS];
  uint64_t within; /* the wait's length; AX_NEVER */
  int64_t value;   /* A_EXIT, A_FAIL: the status */
  void (*call)(actor *a);
} act;

typedef struct world {
  mem memory;
  uint64_t now;
  ax_kernel *k;
  ax_proc *host;
  actor *actors; /* all that were made */
  closet closet;
  bool quiet; /* nothing is noted */
  bool retry; /* who gets no memory tries again, and does not note it */
  size_t length;
  char log[8192];
} world;

struct actor {
  world *w;
  actor *next; /* of the world's */
  const char *name;
  ax_proc *p;
  int pid;
  int nacts, at;
  int rc;       /* of the last wait */
  bool waiting; /* the last step ended in a wait */
  int freed;    /* how often */
  int nholds;
  ax_hold holds[NHOLDS];
  act acts[NACTS];
};

/* ------------------------------------------------------------------ acts */

#define ARM_RECV(o)       \
  {                       \
    (o), {                \
      AX_NIL, 0, 0, { 0 } \
    }                     \
  }
#define ARM_SEND(o, v)                     \
  {                                        \
    (o), {                                 \
      AX_INTEGER, 0, 0, { .integer = (v) } \
    }                                      \
  }

#define ARM_GIVE(world, o, slot) \
  { (o), world_foreign((world), (slot)) }

/* As ARM_RECV, for whatever takes no value. */
#define ARM(o) ARM_RECV(o)

#define WAIT1(time, a) \
  { .kind = A_WAIT, .narms = 1, .arms = {a}, .within = (time) }
#define WAIT2(time, a, b) \
  { .kind = A_WAIT, .narms = 2, .arms = {a, b}, .within = (time) }
#define WAIT3(time, a, b, c) \
  { .kind = A_WAIT, .narms = 3, .arms = {a, b, c}, .within = (time) }
#define RECV(o) WAIT1(AX_NEVER, ARM_RECV(o))
#define SEND(o, v) WAIT1(AX_NEVER, ARM_SEND(o, v))
#define SLEEP(time) \
  { .kind = A_WAIT, .within = (time) }
#define YIELD \
  { .kind = A_YIELD }
#define EXIT(v) \
  { .kind = A_EXIT, .value = (v) }
#define FAIL(v) \
  { .kind = A_FAIL, .value = (v) }
#define AGAIN \
  { .kind = A_AGAIN }
#define CALL(f) \
  { .kind = A_CALL, .call = (f) }
#define LOG \
  { .kind = A_LOG }

/* ----------------------------------------------------------------- world */

static inline void world_log(world *w, const char *word) {
  if (w->quiet) return;
  size_t left = sizeof w->log - w->length;
  int n =
      snprintf(w->log + w->length, left, "%s%s", w->length ? " " : "", word);
  if (check(n > 0 && (size_t)n < left)) w->length += (size_t)n;
}

static inline void closet_release(ax_keeper *k, uint32_t slot) {
  closet *self = (closet *)k;
  if (check(slot < NSLOTS)) self->released[slot]++;
}

/* The foreign value number slot of this world. */
static inline ax_value world_foreign(world *w, uint32_t slot) {
  ax_value v = {AX_FOREIGN, 0, slot, {0}};
  v.u.keeper = &w->closet.keeper;
  return v;
}

static inline void world_open_with(world *w, ax_config *config) {
  memset(w, 0, sizeof *w);
  mem_init(&w->memory);
  w->closet.keeper.release = closet_release;
  config->allocator = mem_allocator(&w->memory);
  if (config->clock.now == NULL) config->clock = ax_clock_virtual(&w->now);
  if (!check_int(ax_kernel_new(config, &w->k), AX_OK)) exit(1);
  w->host = ax_kernel_host(w->k);
}

static inline void world_open(world *w) {
  ax_config config;
  memset(&config, 0, sizeof config);
  world_open_with(w, &config);
}

/* Frees the kernel, which calls the free of every actor. */
static inline void world_free_kernel(world *w) {
  ax_kernel_free(w->k);
  w->k = NULL;
}

/* Every body was freed once, and no memory is left. */
static inline void world_close(world *w) {
  if (w->k != NULL) world_free_kernel(w);
  while (w->actors != NULL) {
    actor *a = w->actors;
    w->actors = a->next;
    check_int(a->freed, 1);
    free(a);
  }
  mem_check_empty(&w->memory);
}

static inline void check_log_at(world *w, const char *want, const char *file,
                                int line) {
  test_str(w->log, want, "the log", file, line);
  w->length = 0;
  w->log[0] = '\0';
}

#define check_log(w, want) check_log_at((w), (want), __FILE__, __LINE__)

static inline ax_stats world_stats(const world *w) {
  ax_stats s;
  ax_kernel_stats(w->k, &s);
  return s;
}

static inline void world_channel(world *w, size_t capacity, enum ax_full full,
                                 ax_object **tx, ax_object **rx) {
  ax_channel_options o = {capacity, full, NULL, NULL};
  if (!check_int(ax_channel_new(w->k, &o, tx, rx), AX_OK)) exit(1);
}

/* ---------------------------------------------------------------- actors */

static inline void actor_log(actor *a, const char *sign, const char *rest) {
  char word[64];
  snprintf(word, sizeof word, "%s%s%s", a->name, sign, rest);
  world_log(a->w, word);
}

/* Notes how the wait of the last act ended. */
static inline void actor_note(actor *a, const act *t) {
  int arm = -2;
  ax_value v = ax_nil();
  char sign[16] = "", text[32] = "";
  a->rc = ax_proc_result(a->p, &arm, &v);
  if (a->rc == AX_ENOMEM && a->w->retry && t->narms == 1) {
    a->at--; /* with the value that came back */
    return;
  }
  if (t->narms > 1 && arm >= 0) snprintf(sign, sizeof sign, "%d", arm);
  if (a->rc != AX_OK) {
    strcat(sign, "!");
    snprintf(text, sizeof text, "%s", ax_error_name(a->rc));
  } else if (v.type == AX_INTEGER) {
    strcat(sign, "<");
    snprintf(text, sizeof text, "%" PRId64, v.u.integer);
  } else if (v.type == AX_FOREIGN) {
    strcat(sign, "<");
    snprintf(text, sizeof text, "#%" PRIu32, v.slot);
  } else {
    strcat(sign, ">");
  }
  ax_value_clear(&v);
  actor_log(a, sign, text);
}

/* A wait took the value, or answered an error and left it to the actor. */
static inline void actor_gave(actor *a, ax_value v, int rc) {
  if (v.type == AX_FOREIGN) a->w->closet.made[v.slot] = 1;
  if (rc != AX_OK && rc != AX_EAGAIN) ax_value_clear(&v);
}

/* Begins a wait; true if the actor has to leave its step. */
static inline bool actor_wait(actor *a, const act *t) {
  uint64_t deadline = t->within == AX_NEVER || t->within == 0
                          ? t->within
                          : ax_now(a->w->k) + t->within;
  int rc = ax_wait(a->p, t->arms, t->narms, deadline);
  if (rc == AX_ENOMEM && a->w->retry)
    rc = ax_wait(a->p, t->arms, t->narms, deadline);
  for (int i = 0; i < t->narms; i++) actor_gave(a, t->arms[i].value, rc);
  if (rc == AX_EAGAIN) return a->waiting = true;
  if (rc == AX_OK)
    actor_note(a, t);
  else
    actor_log(a, "?", ax_error_name(rc));
  return false;
}

static inline void actor_exit(actor *a, const act *t) {
  ax_proc_exit(a->p, t->kind == A_FAIL ? AX_FAILED : AX_EXITED,
               ax_integer(t->value));
}

static inline enum ax_step actor_step(ax_proc *p) {
  actor *a = ax_proc_body(p);
  check(ax_running(ax_proc_kernel(p)) == p);
  check_int(ax_proc_state(p), AX_RUNNING);
  if (a->waiting) actor_note(a, &a->acts[a->at - 1]);
  a->waiting = false;
  while (a->at < a->nacts) {
    const act *t = &a->acts[a->at++];
    switch (t->kind) {
      case A_WAIT:
        if (actor_wait(a, t)) return AX_WAIT;
        break;
      case A_YIELD: return AX_YIELD;
      case A_EXIT:
      case A_FAIL: actor_exit(a, t); return AX_DONE;
      case A_AGAIN: a->at = 0; break;
      case A_CALL: t->call(a); break;
      case A_LOG: actor_log(a, "-", ""); break;
    }
  }
  return AX_DONE;
}

static inline void actor_unwind(ax_proc *p) {
  check(ax_running(ax_proc_kernel(p)) == p);
  actor_log(ax_proc_body(p), "~", "");
}

/* A dead body holds nothing. */
static inline void actor_free(ax_proc *p) {
  actor *a = ax_proc_body(p);
  for (int i = 0; i < a->nholds; i++) check(a->holds[i].object == NULL);
  a->freed++;
  actor_log(a, ".", "");
}

static const ax_proc_ops actor_ops = {
    .step = actor_step, .unwind = actor_unwind, .free = actor_free};

static inline actor *actor_new_with(world *w, const ax_proc_ops *ops,
                                    const char *name,
                                    enum ax_priority priority,
                                    const act *acts, size_t nacts) {
  actor *a = calloc(1, sizeof *a);
  if (a == NULL || nacts > NACTS) exit(2);
  a->w = w;
  a->name = name;
  a->nacts = (int)nacts;
  if (nacts > 0) memcpy(a->acts, acts, nacts * sizeof *acts);
  int rc = ax_spawn(w->k, ops, a, name, priority, &a->p);
  if (rc == AX_ENOMEM && w->retry)
    rc = ax_spawn(w->k, ops, a, name, priority, &a->p);
  if (rc != AX_OK) {
    check_int(rc, AX_ENOMEM);
    free(a);
    return NULL;
  }
  a->pid = ax_proc_pid(a->p);
  a->next = w->actors;
  w->actors = a;
  return a;
}

static inline actor *actor_new(world *w, const char *name,
                               enum ax_priority priority, const act *acts,
                               size_t nacts) {
  return actor_new_with(w, &actor_ops, name, priority, acts, nacts);
}

#define SPAWN(w, name, priority, ...)                      \
  actor_new((w), (name), (priority), (act[]){__VA_ARGS__}, \
            COUNT(((act[]){__VA_ARGS__})))

/* a holds the object from now on; it takes the caller's reference over. */
static inline void actor_hold(actor *a, ax_object *o) {
  if (a->nholds == NHOLDS) exit(2);
  ax_hold_add(a->p, &a->holds[a->nholds++], o);
}

#endif
