/* procinfo - what the files in /proc say */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ipc/procfs.h"
#include "kernel/kernel.h"

/* ------------------------------------------------------------------ writing */

/* What is longer is cut off. */
enum { PROCINFO_LINE = 512 };

static int info_add(ax_buffer *b, const char *format, ...) {
  char line[PROCINFO_LINE];
  va_list args;
  va_start(args, format);
  int n = vsnprintf(line, sizeof line, format, args);
  va_end(args);
  if (n < 0) return AX_EINVAL;
  if (n >= PROCINFO_LINE) n = PROCINFO_LINE - 1;
  return ax_buffer_add(b, line, (size_t)n);
}

/* An object in words, on one line. */
static int info_object(ax_buffer *b, const char *what, const ax_object *o) {
  char text[256] = "";
  ax_object_describe(o, text, sizeof text);
  for (char *s = text; *s != '\0'; s++)
    if ((unsigned char)*s < ' ') *s = ' ';
  return info_add(b, "%s %s\n", what, text);
}

/* ---------------------------------------------------------------- a process */

static int info_groups(const ax_proc *p, ax_buffer *b) {
  size_t n;
  const uint32_t *groups = ax_proc_groups(p, &n);
  int rc = info_add(b, "Groups:\t");
  for (size_t i = 0; i < n && rc == AX_OK; i++)
    rc = info_add(b, i == 0 ? "%u" : " %u", (unsigned)groups[i]);
  return rc == AX_OK ? info_add(b, "\n") : rc;
}

static int info_status(ax_kernel *k, ax_proc *p, ax_buffer *b) {
  static const char *const states[] = {"ready", "running", "waiting",
                                       "stopped", "zombie"};
  static const char *const priorities[] = {"critical", "normal",
                                           "background"};
  (void)k;
  int rc = info_add(b, "Name:\t%.200s\nState:\t%s\nPid:\t%d\nPPid:\t%d\n",
                    ax_proc_name(p), states[ax_proc_state(p)], p->pid,
                    ax_proc_parent(p));
  if (rc == AX_OK)
    rc = info_add(b, "Uid:\t%u\nGid:\t%u\n", (unsigned)ax_proc_uid(p),
                  (unsigned)ax_proc_gid(p));
  if (rc == AX_OK) rc = info_groups(p, b);
  if (rc != AX_OK) return rc;
  return info_add(b,
                  "Priority:\t%s\nHandles:\t%u\nDescriptors:\t%zu\n"
                  "Children:\t%d\n",
                  priorities[ax_proc_priority(p)], (unsigned)p->nholds,
                  ax_fd_list(p, NULL, 0), p->nchildren);
}

static int info_fd_line(const ax_proc *p, int fd, ax_buffer *b) {
  static const char *const access[] = {"r", "w", "rw", "?"};
  char start[64];
  ax_object *file = ax_fd_find(p, fd);
  if (file == NULL) return AX_OK;
  snprintf(start, sizeof start, "%d\t%s\t%s", fd,
           access[ax_file_flags(file) & AX_O_ACCMODE], ax_object_kind(file));
  return info_object(b, start, file);
}

/* A line for each descriptor: number, what it may, what it is. */
static int info_fd(ax_kernel *k, ax_proc *p, ax_buffer *b) {
  size_t n = ax_fd_list(p, NULL, 0);
  int rc = AX_OK;
  if (n == 0) return AX_OK;
  int *fds = ax__alloc(&k->mem, n * sizeof *fds);
  if (fds == NULL) return AX_ENOMEM;
  ax_fd_list(p, fds, n);
  for (size_t i = 0; i < n && rc == AX_OK; i++)
    rc = info_fd_line(p, fds[i], b);
  ax__free(&k->mem, fds, n * sizeof *fds);
  return rc;
}

/* A line for each thing that it waits for; nothing: it does not wait. */
static int info_wait(ax_kernel *k, ax_proc *p, ax_buffer *b) {
  int rc = AX_OK;
  (void)k;
  if (!ax_proc_waiting(p)) return AX_OK;
  for (int i = 0; i < ax_proc_arms(p) && rc == AX_OK; i++) {
    const ax_object *o = ax_proc_arm(p, i);
    if (o != NULL) rc = info_object(b, ax_object_doing(o), o);
  }
  uint64_t until = ax_proc_deadline(p);
  if (rc != AX_OK || until == AX_NEVER) return rc;
  return info_add(b, "until %.6f\n", (double)until / (double)AX_SECOND);
}

enum { PROCINFO_STACK = 16384 };

static int info_stack(ax_kernel *k, ax_proc *p, ax_buffer *b) {
  if (p->ops == NULL || p->ops->trace == NULL) return AX_OK;
  char *text = ax__alloc(&k->mem, PROCINFO_STACK);
  if (text == NULL) return AX_ENOMEM;
  size_t n = p->ops->trace(p, text, PROCINFO_STACK);
  if (n >= PROCINFO_STACK) n = PROCINFO_STACK - 1;
  int rc = ax_buffer_add(b, text, n);
  if (rc == AX_OK && n > 0) rc = ax_buffer_add(b, "\n", 1);
  ax__free(&k->mem, text, PROCINFO_STACK);
  return rc;
}

const ax_procfs_file ax__procfs_own[] = {{"status", 0444, info_status},
                                         {"fd", 0400, info_fd},
                                         {"wait", 0400, info_wait},
                                         {"stack", 0400, info_stack},
                                         {NULL, 0, NULL}};

/* --------------------------------------------------------------- the kernel */

static int info_keyed(ax_buffer *b, const char *kind, int id,
                      const ax_perm *perm, size_t bytes, size_t count) {
  return info_add(b, "%s\t%d\t0x%08x\t%04o\t%u\t%u\t%zu\t%zu\n", kind, id,
                  (unsigned)perm->key, (unsigned)perm->mode,
                  (unsigned)perm->uid, (unsigned)perm->gid, bytes, count);
}

static int info_queue(ax_kernel *k, int id, ax_buffer *b) {
  ax_msgq_stat s;
  ax_object *o = ax_msgq_find(k, id);
  if (o == NULL || ax_msgq_stat_get(o, &s) != AX_OK) return AX_OK;
  return info_keyed(b, "queue", id, &s.perm, s.cbytes, s.qnum);
}

static int info_segment(ax_kernel *k, int id, ax_buffer *b) {
  ax_shm_stat s;
  ax_object *o = ax_shm_find(k, id);
  if (o == NULL || ax_shm_stat_get(o, &s) != AX_OK) return AX_OK;
  return info_keyed(b, "segment", id, &s.perm, ax_shm_size(o),
                    (size_t)s.nattach);
}

/* All that one kind has, by those functions. */
static int info_all(ax_kernel *k, ax_buffer *b,
                    size_t (*list)(const ax_kernel *, int *, size_t),
                    int (*line)(ax_kernel *, int, ax_buffer *)) {
  size_t n = list(k, NULL, 0);
  int rc = AX_OK;
  if (n == 0) return AX_OK;
  int *ids = ax__alloc(&k->mem, n * sizeof *ids);
  if (ids == NULL) return AX_ENOMEM;
  list(k, ids, n);
  for (size_t i = 0; i < n && rc == AX_OK; i++) rc = line(k, ids[i], b);
  ax__free(&k->mem, ids, n * sizeof *ids);
  return rc;
}

/* Queues and segments that the process may read. */
static int info_ipc(ax_kernel *k, ax_proc *p, ax_buffer *b) {
  (void)p;
  int rc = info_add(b, "kind\tid\tkey\tmode\tuid\tgid\tbytes\tcount\n");
  if (rc == AX_OK) rc = info_all(k, b, ax_msgq_list, info_queue);
  if (rc == AX_OK) rc = info_all(k, b, ax_shm_list, info_segment);
  return rc;
}

static int info_memory(ax_kernel *k, ax_proc *p, ax_buffer *b) {
  ax_stats s;
  (void)p;
  ax_kernel_stats(k, &s);
  return info_add(b,
                  "Bytes:\t%zu\nBlocks:\t%zu\nLimit:\t%zu\nObjects:\t%zu\n"
                  "Processes:\t%zu\nHandles:\t%zu\nMessages:\t%zu\n"
                  "Waiters:\t%zu\nTimers:\t%zu\n",
                  s.bytes, s.blocks, k->mem.limit, s.objects, s.processes,
                  s.handles, s.messages, s.waiters, s.timers);
}

/* Seconds since the kernel was made, then steps and passes. */
static int info_uptime(ax_kernel *k, ax_proc *p, ax_buffer *b) {
  (void)p;
  double up = (double)(ax_now(k) - k->begun) / (double)AX_SECOND;
  return info_add(b, "%.2f %" PRIu64 " %" PRIu64 "\n", up, k->nsteps,
                  k->npasses);
}

static int info_mounts(ax_kernel *k, ax_proc *p, ax_buffer *b) {
  int rc = AX_OK;
  (void)p;
  ax_mount *m = ax__alloc(&k->mem, sizeof *m);
  if (m == NULL) return AX_ENOMEM;
  for (size_t i = 0; rc == AX_OK; i++) {
    rc = ax_fs_mounts(k, i, m);
    if (rc == AX_OK) rc = ax_buffer_add(b, m->source, strlen(m->source));
    if (rc == AX_OK) rc = ax_buffer_add(b, "\t", 1);
    if (rc == AX_OK) rc = ax_buffer_add(b, m->path, strlen(m->path));
    if (rc == AX_OK) rc = ax_buffer_add(b, "\n", 1);
  }
  ax__free(&k->mem, m, sizeof *m);
  return rc == AX_ENOENT ? AX_OK : rc;
}

static int info_version(ax_kernel *k, ax_proc *p, ax_buffer *b) {
  (void)k;
  (void)p;
  return info_add(b, "axeberg %s\n", ax_version());
}

const ax_procfs_file ax__procfs_all[] = {
    {"ipc", 0444, info_ipc},         {"meminfo", 0444, info_memory},
    {"mounts", 0444, info_mounts},   {"uptime", 0444, info_uptime},
    {"version", 0444, info_version}, {NULL, 0, NULL}};
