/* kernel - what holds everything, and the loop that runs it */
#include "kernel/kernel.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "kernel/owner.h"
#include "kernel/trace.h"

ax_mem *ax__kernel_mem(ax_kernel *k) { return &k->mem; }

/* --------------------------------------------------------------- annexes */

ax_annex *ax__annex_find(const ax_kernel *k, const void *tag) {
  ax_annex *a = k->annexes;
  while (a != NULL && a->tag != tag) a = a->next;
  return a;
}

void ax__annex_add(ax_kernel *k, ax_annex *a) {
  a->next = k->annexes;
  k->annexes = a;
}

void ax__annex_remove(ax_kernel *k, ax_annex *a) {
  ax_annex **at = &k->annexes;
  while (*at != a) at = &(*at)->next;
  *at = a->next;
}

static void free_annexes(ax_kernel *k) {
  ax_annex *a;
  while ((a = k->annexes) != NULL) {
    k->annexes = a->next;
    a->free(k, a);
  }
}

/* ------------------------------------------------------------ new, free */

static ax_config config_complete(const ax_config *given) {
  ax_config c;
  memset(&c, 0, sizeof c);
  if (given != NULL) c = *given;
  if (c.allocator.resize == NULL) c.allocator = ax_allocator_libc();
  if (c.clock.now == NULL) c.clock = ax_clock_real();
  return c;
}

static void kernel_init(ax_kernel *k, const ax_config *config, ax_mem mem) {
  memset(k, 0, sizeof *k);
  k->mem = mem;
  k->config = *config;
  k->begun = k->time = config->clock.now(config->clock.ctx);
  k->owner = ax__thread();
  k->random = config->seed;
  for (int i = 0; i < NPRIORITIES; i++) ax_list_init(&k->ready[i]);
  ax_list_init(&k->pass);
  ax_list_init(&k->graves);
  ax_list_init(&k->ticks);
  ax_list_init(&k->due);
  ax__children_init(k);
  ax__poll_init(k);
}

static int add_host(ax_kernel *k) {
  ax_proc *p = ax__alloc_zero(&k->mem, sizeof *p);
  if (p == NULL) return AX_ENOMEM;
  ax__proc_init(k, p, NULL, NULL, AX_NORMAL);
  p->state = AX_RUNNING;
  p->started = true;
  k->host = k->running = p;
  if (k->config.outside) return AX_OK;
  return ax_table_add(&k->procs, &k->mem, &p->end, &p->pid);
}

int ax_kernel_new(const ax_config *config, ax_kernel **out) {
  ax_config c = config_complete(config);
  ax_mem mem = {.hook = c.allocator};
  ax_kernel *k = ax__alloc(&mem, sizeof *k);
  if (k == NULL) return AX_ENOMEM;
  kernel_init(k, &c, mem);
  int rc = add_host(k);
  if (rc != AX_OK) {
    ax_kernel_free(k);
    return rc;
  }
  *out = k;
  return AX_OK;
}

/* Everybody dies; then the dead are buried. */
static void destroy_processes(ax_kernel *k) {
  ax_object *o;
  for (size_t at = 0; (o = ax_table_each(&k->procs, &at)) != NULL;)
    if (o != &k->host->end) ax__proc_destroy(ax_container(o, ax_proc, end));
  for (size_t at = 0; (o = ax_table_each(&k->procs, &at)) != NULL;)
    if (o != &k->host->end) ax__proc_bury(ax_container(o, ax_proc, end));
}

static void free_host(ax_kernel *k) {
  ax_proc *host = k->host;
  if (host == NULL) return;
  while (host->holds != NULL) ax_hold_drop(host->holds);
  ax__files_close(host);
  if (host->pid != 0) ax_table_remove(&k->procs, host->pid);
  ax_unref(&host->end);
}

void ax_kernel_free(ax_kernel *k) {
  ax_assert_owner(k);
  k->nobjects++; /* ours, until we are through */
  k->closed = true;
  ax__trace_close(k);
  if (k->host != NULL) {
    ax__wait_fini(k->host);
    destroy_processes(k);
  }
  ax_kernel_set_stdio(k, NULL, NULL, NULL);
  free_annexes(k);
  free_host(k);
  ax__poll_fini(k);
  ax_trace_detach(k);
  ax_table_fini(&k->procs, &k->mem);
  ax_heap_fini(&k->timers, &k->mem);
  ax_object_fini(k);
}

void ax__kernel_release(ax_kernel *k) {
  if (!k->closed || k->nobjects > 0) return;
  ax_mem mem = k->mem;
  ax__free(&mem, k, sizeof *k);
  ax__alloc_fini(&mem);
}

int ax_string(ax_kernel *k, const void *data, size_t len, ax_value *out) {
  ax_bytes *b = ax_bytes_new(&k->mem, data, len);
  if (b == NULL) return AX_ENOMEM;
  *out = ax_nil();
  out->type = AX_STRING;
  out->u.bytes = b;
  return AX_OK;
}

void ax_kernel_set_quota(ax_kernel *k, const ax_quota *all,
                         const ax_quota *each) {
  k->quota = *all;
  k->each = *each;
  k->mem.limit = all->bytes;
}

/* ------------------------------------------------------ time and chance */

uint64_t ax_now(const ax_kernel *k) {
  return k->config.clock.now(k->config.clock.ctx);
}

uint64_t ax_deadline(const ax_kernel *k, double seconds) {
  if (seconds <= 0) return 0;
  double ns = seconds * (double)AX_SECOND;
  if (!(ns < (double)(AX_NEVER / 2))) return AX_NEVER;
  uint64_t now = ax_now(k), wait = (uint64_t)ns;
  return wait < AX_NEVER - now ? now + wait : AX_NEVER;
}

/* splitmix64; the division, which costs more than the rest, only for limits
** that nobody has. */
uint64_t ax_random(ax_kernel *k, uint64_t limit) {
  uint64_t z = (k->random += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  z ^= z >> 31;
  return limit > UINT32_MAX ? z % limit : (z >> 32) * limit >> 32;
}

/* -------------------------------------------------------------- the loop */

static bool any_ready(const ax_kernel *k) {
  for (int i = 0; i < NPRIORITIES; i++)
    if (!ax_list_empty(&k->ready[i])) return true;
  return !ax_list_empty(&k->pass) || !ax_list_empty(&k->due);
}

/* Where there is no deadline the clock is read now and then only: it costs
** as much as a switch. */
enum { PASSES_PER_LOOK = 64 };

/* Decides who runs in the next pass. */
static void begin_pass(ax_kernel *k) {
  if (k->npasses++ % PASSES_PER_LOOK == 0) k->time = ax_now(k);
  if (!ax_list_empty(&k->graves)) ax__graves_close(k);
  if (k->timers.count > 0) ax__timers_run(k);
  if (!ax_list_empty(&k->due)) ax__files_serve(k);
  if (!ax_list_empty(&k->poll.watches)) ax__poll_busy(k);
  ax_list_move(&k->pass, &k->ready[AX_CRITICAL]);
  ax_list_move(&k->pass, &k->ready[AX_NORMAL]);
  ax_list *one = ax_list_pop(&k->ready[AX_BACKGROUND]);
  if (one != NULL) ax_list_push(&k->pass, one);
}

/* Who runs next in this pass; NULL: it is over. */
static ax_proc *next(ax_kernel *k) {
  ax_list *l = ax_list_pop(&k->pass);
  return l == NULL ? NULL : ax_container(l, ax_proc, link);
}

/* Lets it run: a step, but not of the host, which runs by itself.
**
** (Lua yields by longjmp, and then the processor guesses wrong where each
** function returns that was called before: so there should be none between
** the loop and the step.) */
static AX__ALWAYS int run(ax_kernel *k, ax_proc *p) {
  if (p == k->host) {
    p->state = AX_RUNNING;
    return 0;
  }
  enum ax_step answer = AX_DONE;
  if (ax__proc_begin(p)) answer = p->ops->step(p);
  ax__proc_stepped(p, answer);
  return 1;
}

int ax_step(ax_kernel *k) {
  ax_assert_owner(k);
  if (k->looping) return AX_EBUSY;
  k->looping = true;
  if (!any_ready(k)) ax__poll_look(k);
  if (ax_list_empty(&k->pass)) begin_pass(k);
  int n = 0;
  ax_proc *p;
  while ((p = next(k)) != NULL) n += run(k, p);
  ax__poll_sync(k);
  k->looping = false;
  return n;
}

/* Is there something to do now? */
static bool kernel_due(const ax_kernel *k) {
  uint64_t next = ax_next_deadline(k);
  return next == 0 || (next != AX_NEVER && next <= ax_now(k));
}

int ax_step_until(ax_kernel *k, uint64_t moment) {
  ax_assert_owner(k);
  if (k->looping) return AX_EBUSY;
  k->looping = true;
  int n = 0;
  ax__poll_look(k);
  do {
    ax_proc *p = next(k);
    if (p == NULL && kernel_due(k)) begin_pass(k);
    if (p == NULL && ax_list_empty(&k->pass)) break;
    if (p != NULL) n += run(k, p);
  } while (n == 0 || moment == AX_NEVER || ax_now(k) < moment);
  ax__poll_sync(k);
  k->looping = false;
  return n;
}

uint64_t ax_next_deadline(const ax_kernel *k) {
  uint64_t time;
  if (any_ready(k)) return 0;
  return ax_heap_min(&k->timers, &time) == NULL ? AX_NEVER : time;
}

/* Lets time pass until the first deadline, or until a descriptor that
** somebody waits for is ready; AX_EDEADLK if there is neither and the idle
** hook makes nothing ready. */
static int kernel_idle(ax_kernel *k) {
  uint64_t deadline = ax_next_deadline(k), now;
  if (ax__poll_idle(k, deadline)) return AX_OK;
  if (deadline == AX_NEVER) {
    if (k->config.idle != NULL) k->config.idle(k->config.ctx);
    return ax_next_deadline(k) == AX_NEVER ? AX_EDEADLK : AX_OK;
  }
  now = ax_now(k);
  if (deadline > now)
    k->config.clock.sleep(k->config.clock.ctx, deadline - now);
  return AX_OK;
}

/* Who runs next, in this pass or a new one.  AX_EDEADLK: nobody, ever. */
static int schedule(ax_kernel *k, ax_proc **p) {
  while ((*p = next(k)) == NULL) {
    begin_pass(k);
    if (!ax_list_empty(&k->pass)) continue;
    int rc = kernel_idle(k);
    if (rc != AX_OK) return rc;
    k->time = ax_now(k);
  }
  return AX_OK;
}

/* Runs until host is ready, or, if it is NULL, nobody is alive. */
static int loop(ax_kernel *k, const ax_proc *host) {
  ax_proc *p;
  while (host != NULL || k->nlive > 0) {
    int rc = schedule(k, &p);
    if (rc != AX_OK) return rc;
    (void)run(k, p);
    if (p == host) return AX_OK;
  }
  return AX_OK;
}

int ax_run(ax_kernel *k, ax_proc *p) {
  ax_assert_owner(k);
  if (k->looping) return AX_EBUSY;
  if (p != NULL && p != k->host) return AX_EINVAL;
  if (p != NULL && p->state == AX_RUNNING) ax__proc_ready(p);
  k->looping = true;
  bool script = k->host->pid != 0; /* the host is a process of its own */
  if (ax__traced(k) && script) ax__trace_pause(k, k->host->pid);
  int rc = loop(k, p);
  ax__poll_sync(k);
  if (ax__traced(k) && script) ax__trace_run(k->host);
  k->looping = false;
  return rc;
}

/* --------------------------------------------------------------- getters */

static int by_pid(const void *a, const void *b) {
  const ax_proc *p = *(ax_proc *const *)a, *q = *(ax_proc *const *)b;
  return p->pid < q->pid ? -1 : p->pid > q->pid;
}

size_t ax_proc_list(const ax_kernel *k, ax_proc **list, size_t room) {
  ax_object *o;
  size_t n = 0;
  for (size_t at = 0; (o = ax_table_each(&k->procs, &at)) != NULL; n++)
    if (n < room) list[n] = ax_container(o, ax_proc, end);
  if (room > 0) qsort(list, n < room ? n : room, sizeof *list, by_pid);
  return n;
}

ax_proc *ax_running(const ax_kernel *k) { return k->running; }

ax_proc *ax_kernel_host(const ax_kernel *k) { return k->host; }

void *ax_kernel_context(const ax_kernel *k) { return k->config.ctx; }

static size_t count_arms(const ax_proc *p) {
  size_t n = 0;
  for (int i = 0; i < ax_proc_arms(p); i++) n += ax_proc_arm(p, i) != NULL;
  return n;
}

size_t ax_kernel_alive(const ax_kernel *k) { return k->nlive; }

static size_t count_waiters(const ax_kernel *k) {
  size_t n = k->config.outside ? count_arms(k->host) : 0;
  ax_object *o;
  for (size_t at = 0; (o = ax_table_each(&k->procs, &at)) != NULL;)
    n += count_arms(ax_container(o, ax_proc, end));
  return n;
}

void ax_kernel_stats(const ax_kernel *k, ax_stats *out) {
  out->processes = k->procs.count;
  out->objects = k->nobjects;
  out->handles = k->nholds;
  out->messages = k->nqueued;
  out->waiters = count_waiters(k);
  out->timers = k->timers.count;
  out->blocks = k->mem.blocks;
  out->bytes = k->mem.bytes;
  out->segments = k->nsegments;
  out->shared = k->nshared;
  out->steps = k->nsteps;
  out->passes = k->npasses;
}
