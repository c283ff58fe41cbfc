/* proc - processes */
#include "kernel/proc.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "kernel/kernel.h"

enum { NOBODY = -1 }; /* the parent of a detached process */

static ax_proc *proc_of(ax_object *end) {
  return end == NULL ? NULL : ax_container(end, ax_proc, end);
}

/* --------------------------------------------------------------- the end */

static bool dead(const ax_proc *p) { return p->state == AX_ZOMBIE; }

/* Nobody asked how it failed: the host hears of it. */
static void tell_failure(ax_proc *p) {
  ax_config *c = &p->end.kernel->config;
  if (p->how == AX_FAILED && !p->seen && c->failed != NULL)
    c->failed(c->ctx, p);
}

/* Where the body begins that lives in the process: fit for any type. */
typedef union frame {
  ax_proc proc;
  max_align_t align;
} frame;

static size_t block_size(const ax_proc_ops *ops) {
  if (ops == NULL || ops->size == 0) return sizeof(ax_proc);
  return sizeof(frame) + ops->size;
}

static void end_free(ax_object *end) {
  ax_proc *p = proc_of(end);
  ax_kernel *k = p->end.kernel;
  ax_value_clear(&p->status);
  ax__string_free(&k->mem, p->name);
  ax__free(&k->mem, p, block_size(p->ops));
  ax_object_fini(k);
}

static int end_attempt(ax_object *end, ax_clause *c) {
  ax_proc *p = proc_of(end);
  if (p == c->proc) return AX_EDEADLK;
  if (!dead(p)) return AX_EAGAIN;
  c->value = ax_integer(p->pid);
  return AX_OK;
}

static ax_list *end_queue(ax_object *end) { return &proc_of(end)->watchers; }

/* Frees a dead process once nobody is left who still has to look at it. */
static void bury(ax_proc *p) {
  p->reaped = true;
  ax_list_unlink(&p->link);
  if (!ax_list_empty(&p->watchers) || p->buried) return;
  p->buried = true; /* the hook may reap it, too */
  tell_failure(p);
  ax_table_remove(&p->end.kernel->procs, p->pid);
  ax_unref(&p->end);
}

/* A watcher died before it looked. */
static void end_refuse(ax_object *end, ax_clause *c) {
  ax_list_unlink(&c->link);
  if (proc_of(end)->reaped) bury(proc_of(end));
}

/* The last watcher has looked: it may look until its step is over. */
static void end_accept(ax_object *end) {
  ax_proc *p = proc_of(end);
  if (p->reaped && !p->buried && ax_list_empty(&p->watchers))
    ax_list_push(&p->end.kernel->graves, &p->link);
}

void ax__graves_close(ax_kernel *k) {
  ax_list *l;
  while ((l = ax_list_pop(&k->graves)) != NULL)
    bury(ax_container(l, ax_proc, link));
}

static int end_describe(const ax_object *end, char *buffer, size_t size) {
  const ax_proc *p = ax_container(end, ax_proc, end);
  const char *name = ax_proc_name(p);
  if (*name == '\0') return snprintf(buffer, size, "%d", p->pid);
  return snprintf(buffer, size, "%d (%s)", p->pid, name);
}

static const ax_object_ops end_ops = {
    .kind = "process",
    .doing = "wait for process",
    .free = end_free,
    .attempt = end_attempt,
    .queue = end_queue,
    .refuse = end_refuse,
    .accept = end_accept,
    .describe = end_describe,
};

const ax_proc *ax_object_process(const ax_object *o) {
  return o->ops == &end_ops ? ax_container(o, ax_proc, end) : NULL;
}

ax_object *ax_proc_object(ax_proc *p) { return &p->end; }

static void tell_watchers(ax_proc *p) {
  ax_list asked;
  ax_list_init(&asked);
  ax_list_move(&asked, &p->watchers);
  while (!ax_list_empty(&asked)) {
    ax_clause *c = ax_container(asked.next, ax_clause, link);
    c->value = ax_integer(p->pid);
    ax__fire(c, AX_OK);
    ax_list_push(&p->watchers, &c->link);
  }
}

/* -------------------------------------------------------- any child */

static int children_attempt(ax_object *o, ax_clause *c) {
  (void)o;
  ax_proc *p = c->proc;
  if (ax_list_empty(&p->dead)) return p->nchildren > 0 ? AX_EAGAIN : AX_ECHILD;
  c->value = ax_integer(ax_container(p->dead.next, ax_proc, link)->pid);
  return AX_OK;
}

static ax_list *children_queue(ax_object *o) { return &o->kernel->parents; }

static const ax_object_ops children_ops = {
    .kind = "children",
    .doing = "wait for any child",
    .attempt = children_attempt,
    .queue = children_queue,
};

/* The kernel's own, and not counted. */
void ax__children_init(ax_kernel *k) {
  k->children = (ax_object){&children_ops, k, 1};
  ax_list_init(&k->parents);
}

ax_object *ax_kernel_children(ax_kernel *k) { return &k->children; }

/* A parent that waits for any child becomes a watcher of this one. */
static void tell_parent(ax_proc *p, const ax_proc *parent) {
  ax_list *queue = &p->end.kernel->parents;
  for (ax_list *l = queue->next; l != queue; l = l->next) {
    ax_clause *c = ax_container(l, ax_clause, link);
    if (c->proc != parent) continue;
    c->object = &p->end;
    c->value = ax_integer(p->pid);
    ax__fire(c, AX_OK);
    ax_list_push(&p->watchers, &c->link);
    return;
  }
}

/* Zombies whose parent is gone belong to nobody. */
static void drop_children(ax_proc *p) {
  ax_list *l;
  while ((l = ax_list_pop(&p->dead)) != NULL)
    bury(ax_container(l, ax_proc, link));
}

/* Its parent, if that is alive. */
static ax_proc *parent_of(const ax_proc *p) {
  ax_kernel *k = p->end.kernel;
  if (p->parent == k->host->pid) return k->host;
  ax_proc *parent = ax_proc_find(k, p->parent);
  return parent == NULL || dead(parent) ? NULL : parent;
}

static void join_parent(ax_proc *p) {
  ax_proc *parent = parent_of(p);
  if (parent == NULL) {
    bury(p);
    return;
  }
  parent->nchildren--;
  ax_list_push(&parent->dead, &p->link);
  tell_parent(p, parent);
}

static void die(ax_proc *p) {
  ax__wait_fini(p);
  p->state = AX_ZOMBIE;
  p->end.kernel->nlive--;
  ax_list_unlink(&p->link);
  while (p->holds != NULL) ax_hold_drop(p->holds);
  if (p->ops->free != NULL) p->ops->free(p);
  drop_children(p);
  tell_watchers(p);
  join_parent(p);
}

static void die_of(ax_proc *p, int signal) {
  ax_proc_exit(p, AX_KILLED, ax_integer(signal));
  die(p);
}

void ax_proc_exit(ax_proc *p, enum ax_how how, ax_value status) {
  ax_value_clear(&p->status);
  p->how = (uint8_t)how;
  p->status = status;
}

enum ax_how ax_proc_status(ax_proc *p, const ax_value **status) {
  ax_assert(dead(p));
  p->seen = true;
  *status = &p->status;
  return (enum ax_how)p->how;
}

int ax_proc_reap(ax_proc *p) {
  if (!dead(p)) return AX_EBUSY;
  bury(p);
  return AX_OK;
}

/* ------------------------------------------------------------------ life */

void ax__proc_init(ax_kernel *k, ax_proc *p, const ax_proc_ops *ops,
                   void *body, enum ax_priority priority) {
  ax_object_init(k, &p->end, &end_ops);
  ax_list_init(&p->watchers);
  ax_list_init(&p->link);
  ax_list_init(&p->dead);
  p->ops = ops;
  p->body = body;
  p->clauses = &p->one;
  p->room = 1;
  p->deadline.due = ax__wait_expired;
  p->fired = -1;
  p->status = ax_integer(0);
  p->state = AX_READY;
  p->priority = (uint8_t)priority;
}

static int add(ax_kernel *k, ax_proc *p, const char *name) {
  if (name != NULL) {
    p->name = ax__string_copy(&k->mem, name);
    if (p->name == NULL) return AX_ENOMEM;
  }
  return ax_table_add(&k->procs, &k->mem, &p->end, &p->pid);
}

int ax_spawn(ax_kernel *k, const ax_proc_ops *ops, void *body,
             const char *name, enum ax_priority priority, ax_proc **out) {
  if (k->closed) return AX_EPIPE;
  ax_proc *p = ax__alloc(&k->mem, block_size(ops));
  if (p == NULL) return AX_ENOMEM;
  memset(p, 0, sizeof *p);
  if (ops->size > 0) body = memcpy((frame *)p + 1, body, ops->size);
  ax__proc_init(k, p, ops, body, priority);
  int rc = add(k, p, name);
  if (rc != AX_OK) {
    ax_unref(&p->end);
    return rc;
  }
  p->parent = k->running->pid;
  k->running->nchildren++;
  k->nlive++;
  ax__proc_ready(p);
  *out = p;
  return AX_OK;
}

void ax_proc_detach(ax_proc *p) {
  ax_proc *old = parent_of(p);
  if (old != NULL && !dead(p)) old->nchildren--;
  p->parent = NOBODY;
}

int ax_proc_adopt(ax_proc *parent, ax_proc *p) {
  if (dead(p) || dead(parent)) return AX_ESRCH;
  if (p == parent) return AX_EINVAL;
  ax_proc *old = parent_of(p);
  if (old != NULL) old->nchildren--;
  p->parent = parent->pid;
  parent->nchildren++;
  return AX_OK;
}

void ax__proc_ready(ax_proc *p) {
  p->state = AX_READY;
  if (!p->stopped) ax_list_push(&p->end.kernel->ready[p->priority], &p->link);
}

/* Lets the process unwind what it was doing when it was killed. */
static void unwind(ax_proc *p) {
  ax_wait_cancel(p);
  if (p->ops->unwind != NULL) p->ops->unwind(p);
  ax_proc_exit(p, AX_KILLED, ax_integer(AX_SIGKILL));
}

/* After a step that was not the last.  A step that says it waits and does
** not yields; one that waits and says it yields waits no more. */
static void go_on(ax_proc *p, enum ax_step answer) {
  if (p->state == AX_WAITING && answer == AX_YIELD)
    ax__wait_stop(p, AX_ECANCELED);
  else if (p->state == AX_RUNNING)
    ax__proc_ready(p);
}

void ax__proc_step(ax_proc *p) {
  ax_kernel *k = p->end.kernel;
  k->running = p;
  k->nsteps++;
  enum ax_step answer = AX_DONE;
  if (!p->killed) {
    p->state = AX_RUNNING;
    p->started = true;
    answer = p->ops->step(p);
  }
  if (p->killed) {
    unwind(p);
    answer = AX_DONE;
  }
  if (answer == AX_DONE)
    die(p);
  else
    go_on(p, answer);
  k->running = k->host;
  if (!ax_list_empty(&k->graves)) ax__graves_close(k);
}

void ax__proc_destroy(ax_proc *p) {
  if (!dead(p)) die_of(p, AX_SIGKILL);
}

void ax__proc_bury(ax_proc *p) { bury(p); }

/* --------------------------------------------------------------- signals */

static int send_kill(ax_proc *p) {
  if (!p->started) {
    die_of(p, AX_SIGKILL);
    return AX_OK;
  }
  p->killed = true;
  p->stopped = false;
  if (p->state == AX_RUNNING) return AX_OK;
  ax__wait_end(p);
  ax_list_unlink(&p->link);
  ax__proc_ready(p);
  return AX_OK;
}

static int send_term(ax_proc *p) {
  if (!p->started && p != p->end.kernel->host)
    die_of(p, AX_SIGTERM);
  else if (p->state == AX_WAITING && !p->stopped)
    ax__wait_stop(p, AX_ECANCELED);
  else
    p->cancelled = true;
  return AX_OK;
}

static int send_stop(ax_proc *p) {
  p->stopped = true;
  ax_list_unlink(&p->link);
  return AX_OK;
}

static int send_cont(ax_proc *p) {
  if (!p->stopped) return AX_OK;
  if (p->state == AX_WAITING && p->cancelled) {
    p->cancelled = false;
    ax__wait_stop(p, AX_ECANCELED);
  } else if (p->state == AX_WAITING) {
    ax__wait_retry(p);
  }
  p->stopped = false;
  if (p->state == AX_READY) ax__proc_ready(p);
  return AX_OK;
}

int ax_kill(ax_kernel *k, int pid, int signal) {
  ax_proc *p = ax_proc_find(k, pid);
  if (signal == 0) return p == NULL || dead(p) ? AX_ESRCH : AX_OK;
  if (signal != AX_SIGKILL && signal != AX_SIGTERM &&
      signal != AX_SIGSTOP && signal != AX_SIGCONT)
    return AX_EINVAL;
  if (p == NULL || dead(p)) return AX_ESRCH;
  if (p->killed) return AX_OK; /* it is as good as dead */
  bool host = p == k->host;
  switch (signal) {
    case AX_SIGKILL: return host ? AX_EPERM : send_kill(p);
    case AX_SIGSTOP: return host ? AX_EPERM : send_stop(p);
    case AX_SIGTERM: return send_term(p);
    default: return send_cont(p);
  }
}

bool ax_proc_cancelled(ax_proc *p) {
  bool was = p->cancelled;
  p->cancelled = false;
  return was;
}

/* ---------------------------------------------------------------- holds */

void ax_hold_add(ax_proc *p, ax_hold *h, ax_object *o) {
  h->holder = p;
  h->object = o;
  h->next = p->holds;
  h->prev = &p->holds;
  if (p->holds != NULL) p->holds->prev = &h->next;
  p->holds = h;
}

ax_object *ax_hold_take(ax_hold *h) {
  ax_object *o = h->object;
  if (o == NULL) return NULL;
  h->object = NULL;
  h->holder = NULL;
  *h->prev = h->next;
  if (h->next != NULL) h->next->prev = h->prev;
  return o;
}

void ax_hold_drop(ax_hold *h) {
  ax_object *o = ax_hold_take(h);
  if (o != NULL) ax_unref(o);
}

/* --------------------------------------------------------------- getters */

ax_proc *ax_proc_find(const ax_kernel *k, int pid) {
  return proc_of(ax_table_find(&k->procs, pid));
}

ax_kernel *ax_proc_kernel(const ax_proc *p) { return p->end.kernel; }

void *ax_proc_body(const ax_proc *p) { return p->body; }

int ax_proc_pid(const ax_proc *p) { return p->pid; }

const char *ax_proc_name(const ax_proc *p) {
  return p->name == NULL ? "" : p->name;
}

int ax_proc_parent(const ax_proc *p) {
  const ax_kernel *k = p->end.kernel;
  if (p == k->host) return 0;
  return parent_of(p) != NULL ? p->parent : k->host->pid;
}

enum ax_state ax_proc_state(const ax_proc *p) {
  if (p->stopped && !dead(p)) return AX_STOPPED;
  return (enum ax_state)p->state;
}

enum ax_priority ax_proc_priority(const ax_proc *p) {
  return (enum ax_priority)p->priority;
}

int ax_proc_arms(const ax_proc *p) {
  return p->state == AX_WAITING ? p->nclauses : 0;
}

ax_object *ax_proc_arm(const ax_proc *p, int i) {
  return i >= 0 && i < ax_proc_arms(p) ? p->clauses[i].object : NULL;
}

uint64_t ax_proc_deadline(const ax_proc *p) {
  return p->state == AX_WAITING ? p->until : AX_NEVER;
}

uint64_t ax_proc_since(const ax_proc *p) { return p->since; }

const ax_hold *ax_proc_held(const ax_proc *p) { return p->holds; }

bool ax_proc_waiting(const ax_proc *p) { return p->state == AX_WAITING; }
