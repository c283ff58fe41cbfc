/* child - parents and children */
#include "base/assert.h"
#include "kernel/kernel.h"

enum { NOBODY = -1 }; /* the parent of a detached process */

/* Its parent, if that is alive. */
static ax_proc *parent_of(const ax_proc *p) {
  ax_kernel *k = p->end.kernel;
  if (p->parent == k->host->pid) return k->host;
  ax_proc *parent = ax_proc_find(k, p->parent);
  return parent == NULL || ax__proc_dead(parent) ? NULL : parent;
}

int ax_proc_parent(const ax_proc *p) {
  if (p == p->end.kernel->host) return 0;
  return parent_of(p) != NULL ? p->parent : 0;
}

/* ------------------------------------------------------- any child, to wait */

static bool childless(const ax_proc *p) {
  return p->nchildren == 0 && ax_list_empty(&p->dead);
}

static int children_attempt(ax_object *o, ax_clause *c) {
  (void)o;
  ax_proc *p = c->proc;
  if (childless(p)) return AX_ECHILD;
  if (ax_list_empty(&p->dead)) return AX_EAGAIN;
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

/* The clause by which it waits for any child, or NULL. */
static ax_clause *clause_of(const ax_proc *parent) {
  if (parent->state != AX_WAITING) return NULL;
  for (int i = 0; i < parent->nclauses; i++)
    if (parent->clauses[i].object == &parent->end.kernel->children)
      return &parent->clauses[i];
  return NULL;
}

/* A parent that waits for any child becomes a watcher of this one. */
static void tell_parent(ax_proc *p, const ax_proc *parent) {
  ax_clause *c = clause_of(parent);
  if (c == NULL) return;
  c->object = &p->end;
  c->value = ax_integer(p->pid);
  ax__fire(c, AX_OK);
  ax_list_push(&p->watchers, &c->link);
}

/* ----------------------------------------------------------- coming, going */

/* A living child of it is its child no more. */
static void lose(ax_proc *parent) {
  parent->nchildren--;
  if (!childless(parent)) return;
  ax_clause *c = clause_of(parent);
  if (c != NULL) ax__fire(c, AX_ECHILD);
}

void ax__child_ended(ax_proc *p) {
  ax_proc *parent = parent_of(p);
  if (parent == NULL || p->reaped) {
    if (parent != NULL) lose(parent);
    ax__proc_bury(p);
    return;
  }
  parent->nchildren--;
  ax_list_push(&parent->dead, &p->link);
  tell_parent(p, parent);
}

void ax__children_drop(ax_proc *p) {
  ax_list *l;
  while ((l = ax_list_pop(&p->dead)) != NULL)
    ax__proc_bury(ax_container(l, ax_proc, link));
}

int ax_child_room(const ax_proc *parent) {
  size_t most = parent->end.kernel->each.processes;
  return most > 0 && (size_t)parent->nchildren >= most ? AX_EDQUOT : AX_OK;
}

void ax_proc_detach(ax_proc *p) {
  ax_proc *old = parent_of(p);
  p->parent = NOBODY;
  if (ax__proc_dead(p))
    ax__proc_bury(p);
  else if (old != NULL)
    lose(old);
}

int ax_proc_adopt(ax_proc *parent, ax_proc *p) {
  if (p->end.kernel != parent->end.kernel) return AX_EXDEV;
  if (ax__proc_dead(p) || ax__proc_dead(parent)) return AX_ESRCH;
  if (p == parent || p == p->end.kernel->host) return AX_EINVAL;
  ax_proc *old = parent_of(p);
  p->parent = parent->pid;
  parent->nchildren++;
  if (old != NULL) lose(old);
  return AX_OK;
}
