/* proc - processes */
#include "kernel/proc.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "kernel/owner.h"
#include "kernel/trace.h"

static ax_proc *proc_of(ax_object *end) {
  return end == NULL ? NULL : ax_container(end, ax_proc, end);
}

/* --------------------------------------------------------------- the end */

/* Nobody asked how it failed: the host hears of it. */
static void tell_failure(ax_proc *p) {
  ax_config *c = &p->end.kernel->config;
  if (p->how == AX_FAILED && !p->seen && c->failed != NULL)
    c->failed(c->ctx, p);
}

/* Where the body begins that lives in the process: fit for any type. */
typedef union proc_frame {
  ax_proc proc;
  max_align_t align;
} proc_frame;

static size_t proc_size(const ax_proc_ops *ops) {
  if (ops == NULL || ops->size == 0) return sizeof(ax_proc);
  return sizeof(proc_frame) + ops->size;
}

static void end_free(ax_object *end) {
  ax_proc *p = proc_of(end);
  ax_kernel *k = p->end.kernel;
  ax_value_clear(&p->status);
  ax__string_free(&k->mem, p->name);
  ax__cred_unref(&k->mem, p->cred);
  ax__free(&k->mem, p, proc_size(p->ops));
  ax_object_fini(k);
}

static int end_attempt(ax_object *end, ax_clause *c) {
  ax_proc *p = proc_of(end);
  if (p == c->proc) return AX_EDEADLK;
  if (!ax__proc_dead(p)) return AX_EAGAIN;
  c->value = ax_integer(p->pid);
  return AX_OK;
}

static ax_list *end_queue(ax_object *end) { return &proc_of(end)->watchers; }

/* Frees a dead process once nobody is left who still has to look at it. */
void ax__proc_bury(ax_proc *p) {
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
  if (proc_of(end)->reaped) ax__proc_bury(proc_of(end));
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
    ax__proc_bury(ax_container(l, ax_proc, link));
}

static const char *end_label(const ax_object *end, uint32_t *number) {
  const ax_proc *p = ax_container(end, ax_proc, end);
  *number = (uint32_t)p->pid;
  return p->name;
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
    .label = end_label,
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

/* Its free, and the hook that hears of failed children, may reap it. */
static void proc_die(ax_proc *p) {
  ax_ref(&p->end);
  ax__wait_fini(p);
  p->state = AX_ZOMBIE;
  if (ax__traced(p->end.kernel)) ax__trace_exit(p);
  p->end.kernel->nlive--;
  ax_list_unlink(&p->link);
  while (p->holds != NULL) ax_hold_drop(p->holds);
  if (p->files != NULL) ax__files_close(p);
  if (p->ops->free != NULL) p->ops->free(p);
  ax__children_drop(p);
  tell_watchers(p);
  ax__child_ended(p);
  ax_unref(&p->end);
}

void ax__proc_die_of(ax_proc *p, int signal) {
  ax_proc_exit(p, AX_KILLED, ax_integer(signal));
  proc_die(p);
}

void ax_proc_exit(ax_proc *p, enum ax_how how, ax_value status) {
  ax_value_clear(&p->status);
  p->how = (uint8_t)how;
  p->status = status;
}

enum ax_how ax_proc_peek(const ax_proc *p, const ax_value **status) {
  *status = &p->status;
  return (enum ax_how)p->how;
}

enum ax_how ax_proc_status(ax_proc *p, const ax_value **status) {
  ax_assert(ax__proc_dead(p));
  p->seen = true;
  *status = &p->status;
  return (enum ax_how)p->how;
}

int ax_proc_reap(ax_proc *p) {
  if (!ax__proc_dead(p)) return AX_EBUSY;
  ax__proc_bury(p);
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
  p->status = ax_integer(0);
  p->state = AX_READY;
  p->priority = (uint8_t)priority;
}

static int proc_add(ax_kernel *k, ax_proc *p, const char *name) {
  if (name != NULL) {
    p->name = ax__string_copy(&k->mem, name);
    if (p->name == NULL) return AX_ENOMEM;
  }
  return ax_table_add(&k->procs, &k->mem, &p->end, &p->pid);
}

/* May the running process make one more? */
static int proc_allowed(const ax_kernel *k) {
  if (k->closed) return AX_EPIPE;
  if (k->quota.processes > 0 && k->nlive >= k->quota.processes)
    return AX_EDQUOT;
  return ax_child_room(k->running);
}

int ax_spawn(ax_kernel *k, const ax_proc_ops *ops, void *body,
             const char *name, enum ax_priority priority, ax_proc **out) {
  ax_assert_owner(k);
  int rc = proc_allowed(k);
  if (rc != AX_OK) return rc;
  ax_proc *p = ax__alloc_zero(&k->mem, proc_size(ops));
  if (p == NULL) return AX_ENOMEM;
  if (ops->size > 0) body = memcpy((proc_frame *)p + 1, body, ops->size);
  ax__proc_init(k, p, ops, body, priority);
  rc = ax__files_inherit(k->running, p);
  if (rc == AX_OK) rc = proc_add(k, p, name);
  if (rc != AX_OK) {
    ax__files_close(p);
    ax_unref(&p->end);
    return rc;
  }
  p->cred = ax__cred_ref(k->running->cred);
  p->parent = k->running->pid;
  k->running->nchildren++;
  k->nlive++;
  ax__proc_ready(p);
  if (ax__traced(k)) ax__trace_spawn(p);
  *out = p;
  return AX_OK;
}

void ax__proc_ready(ax_proc *p) {
  p->state = AX_READY;
  if (!p->stopped) ax_list_push(&p->end.kernel->ready[p->priority], &p->link);
}

/* Lets the process unwind what it was doing when it was killed. */
static void proc_unwind(ax_proc *p) {
  ax_wait_cancel(p);
  if (p->ops->unwind != NULL) p->ops->unwind(p);
  ax_proc_exit(p, AX_KILLED, ax_integer(AX_SIGKILL));
}

/* After a step that was not the last.  A step that says it waits and does
** not yields; one that waits and says it yields waits no more. */
static void proc_go_on(ax_proc *p, enum ax_step answer) {
  if (p->state == AX_WAITING && answer == AX_YIELD)
    ax__wait_stop(p, AX_ECANCELED);
  else if (p->state == AX_RUNNING)
    ax__proc_ready(p);
}

bool ax__proc_begin(ax_proc *p) {
  ax_kernel *k = p->end.kernel;
  if (ax__traced(k)) ax__trace_run(p);
  k->running = p;
  k->nsteps++;
  if (p->killed) return false;
  p->state = AX_RUNNING;
  p->started = true;
  return true;
}

void ax__proc_stepped(ax_proc *p, enum ax_step answer) {
  ax_kernel *k = p->end.kernel;
  int pid = p->pid;
  if (p->killed) {
    proc_unwind(p);
    answer = AX_DONE;
  }
  if (answer == AX_DONE)
    proc_die(p);
  else
    proc_go_on(p, answer);
  k->running = k->host;
  if (!ax_list_empty(&k->graves)) ax__graves_close(k);
  if (ax__traced(k)) ax__trace_pause(k, pid);
}

void ax__proc_destroy(ax_proc *p) {
  if (!ax__proc_dead(p)) ax__proc_die_of(p, AX_SIGKILL);
}

/* --------------------------------------------------------------- getters */

ax_proc *ax_proc_find(const ax_kernel *k, int pid) {
  return proc_of(ax_table_find(&k->procs, pid));
}

ax_kernel *ax_proc_kernel(const ax_proc *p) { return p->end.kernel; }

void *ax_proc_body(const ax_proc *p) { return p->body; }

bool ax_proc_is(const ax_proc *p, const ax_proc_ops *ops) {
  return p->ops == ops;
}

int ax_proc_pid(const ax_proc *p) { return p->pid; }

const char *ax_proc_name(const ax_proc *p) {
  return p->name == NULL ? "" : p->name;
}

enum ax_state ax_proc_state(const ax_proc *p) {
  if (p->stopped && !ax__proc_dead(p)) return AX_STOPPED;
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
