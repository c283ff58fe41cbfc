/* pipe - a stream of bytes between processes: of pipes and of FIFOs
**
** Here are its ends, which are files; the stream itself is stream.c. */
#include "ipc/pipe.h"

#include <stdio.h>
#include <string.h>

#include "ipc/stream.h"
#include "kernel/trace.h"

enum { AX_PIPE_DEV = 0 }; /* ax_stat.dev; the tree begins with 1 */

typedef struct pipe_end {
  ax_file file;
  ax_object gate;     /* to wait for until it is open */
  ax_list gate_queue; /* clauses that do */
  ax_list link;       /* among the ends */
  ax__pipe *pipe;
  const ax__pipe_hooks *hooks; /* of a FIFO; or NULL */
  void *node;
  bool opening; /* the other side is missing */
} pipe_end;

static const ax_file_ops pipe_ops;
static const ax_object_ops pipe_gate_ops;

static pipe_end *pipe_end_of(const ax_object *o) {
  return ax_container(ax__file_of(o), pipe_end, file);
}

static ax__pipe *pipe_of(const ax_object *o) { return pipe_end_of(o)->pipe; }

static ax__pipe *pipe_of_file(const ax_file *f) {
  return ax_container(f, pipe_end, file)->pipe;
}

/* --------------------------------------------------------------- tracing */

static const char *pipe_label(const ax_object *o, uint32_t *number) {
  *number = (uint32_t)pipe_of(o)->number;
  return NULL;
}

/* The running process has written to it. */
AX__ASIDE static void pipe_written(const ax_file *f) {
  ax__pipe *p = pipe_of_file(f);
  p->flow = ax__trace_next(p->flow);
  ax__trace_send(p->kernel->running, &f->object, p->flow, p->count);
}

/* It has read.  Who takes the last byte has all of the last write. */
AX__ASIDE static void pipe_was_read(const ax_file *f) {
  const ax__pipe *p = pipe_of_file(f);
  ax__trace_recv(p->kernel->running, &f->object, p->count == 0 ? p->flow : 0,
                 p->count);
}

/* ------------------------------------------------------ as a file, to wait */

static int pipe_peek(ax_file *f, const char **data, size_t *size) {
  return ax__stream_peek(pipe_of_file(f), data, size);
}

static void pipe_take(ax_file *f, size_t n) {
  ax__stream_take(pipe_of_file(f), n);
  if (ax__traced(f->object.kernel)) pipe_was_read(f);
  ax__file_later(f);
}

static void pipe_finish(ax_file *f) {
  pipe_of_file(f)->turn = NULL;
  ax__file_later(f);
}

static int pipe_read(ax_file *f, char *data, size_t size, size_t *done) {
  int rc = ax__stream_read(pipe_of_file(f), data, size, done);
  bool read = rc == AX_OK && *done > 0;
  if (read && ax__traced(f->object.kernel)) pipe_was_read(f);
  return rc;
}

static int pipe_write(ax_file *f, const char *data, size_t size,
                      size_t *done) {
  int rc = ax__stream_write(pipe_of_file(f), data, size, done);
  if (rc == AX_OK && ax__traced(f->object.kernel)) pipe_written(f);
  return rc;
}

static int pipe_read_attempt(ax_object *o, ax_clause *c) {
  const ax_file *f = ax__file_of(o);
  if (!ax__file_reads(f)) return AX_EBADF;
  if (f->held.length > 0) return AX_OK;
  return ax__stream_read_attempt(pipe_of(o), c);
}

static int pipe_write_attempt(ax_object *o, ax_clause *c) {
  ax_file *f = ax__file_of(o);
  if (!ax__file_writes(f)) return AX_EBADF;
  size_t before = pipe_of(o)->count;
  int rc = ax__stream_write_attempt(pipe_of(o), f, c);
  bool wrote = pipe_of(o)->count != before;
  if (wrote && ax__traced(o->kernel)) pipe_written(f);
  return rc;
}

static ax_list *pipe_read_queue(ax_object *o) {
  return &pipe_of(o)->read.came;
}

static ax_list *pipe_write_queue(ax_object *o) {
  return &pipe_of(o)->write.came;
}

static void pipe_serve(ax_object *o) { ax__stream_settle(pipe_of(o)); }

/* It runs: it is its turn, until somebody else runs. */
static void pipe_accept(ax_object *o) {
  pipe_of(o)->turn = o->kernel->running;
  ax__file_later(ax__file_of(o));
}

/* It died first: the next one. */
static void pipe_refuse(ax_object *o, ax_clause *c) {
  ax_list_unlink(&c->link);
  ax__stream_tell(pipe_of(o));
}

/* ---------------------------------------------------- until it is open */

static pipe_end *pipe_end_of_gate(const ax_object *o) {
  return ax_container(o, pipe_end, gate);
}

static int pipe_gate_attempt(ax_object *o, ax_clause *c) {
  (void)c;
  return pipe_end_of_gate(o)->opening ? AX_EAGAIN : AX_OK;
}

static ax_list *pipe_gate_queue(ax_object *o) {
  return &pipe_end_of_gate(o)->gate_queue;
}

/* An end of one kind has come: those of the other kind that waited for one
** are open. */
static void pipe_open_gates(ax__pipe *p, bool readers) {
  for (ax_list *l = p->ends.next; l != &p->ends; l = l->next) {
    pipe_end *e = ax_container(l, pipe_end, link);
    if (!e->opening || ax__file_reads(&e->file) != readers) continue;
    e->opening = false;
    ax__fire_all(&e->gate_queue, AX_OK);
  }
}

static ax_object *pipe_opening(ax_file *f) {
  pipe_end *e = ax_container(f, pipe_end, file);
  return e->opening ? &e->gate : NULL;
}

/* ----------------------------------------------------------------- close */

/* Nobody waits by way of it any more, and nobody has got anything from it. */
static void pipe_end_leave(pipe_end *e) {
  ax__pipe *p = e->pipe;
  ax__line_end(&p->read, &e->file.object, AX_EPIPE);
  ax__line_end(&p->write, &e->file.writer, AX_EPIPE);
  ax__fire_all(&e->gate_queue, AX_EPIPE);
  for (ax_list *l = p->given.next, *next; l != &p->given; l = next) {
    next = l->next;
    if (ax_container(l, ax_clause, link)->object == &e->file.object)
      ax_list_unlink(l);
  }
}

static void pipe_end_free(ax_object *o) {
  pipe_end *e = pipe_end_of(o);
  ax__pipe *p = e->pipe;
  pipe_end_leave(e);
  ax_list_unlink(&e->link);
  p->nreaders -= ax__file_reads(&e->file);
  p->nwriters -= ax__file_writes(&e->file);
  if (p->nreaders == 0) ax__line_end(&p->write, NULL, AX_EPIPE);
  if (ax_list_empty(&p->ends)) p->head = p->count = 0;
  ax__stream_settle(p);
  if (e->hooks != NULL) e->hooks->closed(e->node);
  ax_file_fini(&e->file);
  ax__free(&p->kernel->mem, e, sizeof *e);
  ax__pipe_unref(p); /* the last, for the kernel's sake */
}

/* -------------------------------------------------------------- the looks */

static int pipe_stat(ax_file *f, ax_stat *out) {
  const pipe_end *e = ax_container(f, pipe_end, file);
  if (e->hooks != NULL) return e->hooks->stat(e->node, out);
  out->dev = AX_PIPE_DEV;
  out->ino = e->pipe->number;
  out->mode = AX_S_IFIFO | 0600;
  out->nlink = 1;
  out->uid = e->pipe->uid;
  out->gid = e->pipe->gid;
  out->atime = out->mtime = out->ctime = e->pipe->time;
  return AX_OK;
}

static int pipe_capacity(ax_file *f, size_t size, size_t *out) {
  ax__pipe *p = pipe_of_file(f);
  if (size > AX_PIPE_MAX) return AX_EPERM;
  int rc =
      size == 0 || size == p->capacity ? AX_OK : ax__stream_resize(p, size);
  if (rc != AX_OK) return rc;
  *out = p->capacity;
  ax__stream_settle(p);
  return AX_OK;
}

static int pipe_describe(const ax_object *o, char *buffer, size_t size) {
  const pipe_end *e = pipe_end_of(o);
  return snprintf(buffer, size, "%s (%zu/%zu bytes)",
                  e->hooks == NULL ? "pipe" : "FIFO", e->pipe->count,
                  e->pipe->capacity);
}

/* The end that was opened last of those that read, or that write. */
static ax_object *pipe_find_end(const ax__pipe *p, bool reads) {
  for (ax_list *l = p->ends.prev; l != &p->ends; l = l->prev) {
    pipe_end *e = ax_container(l, pipe_end, link);
    if (reads ? ax__file_reads(&e->file) : ax__file_writes(&e->file))
      return &e->file.object;
  }
  return NULL;
}

static ax_object *pipe_read_peer(ax_object *o) {
  return pipe_find_end(pipe_of(o), false);
}

static ax_object *pipe_write_peer(ax_object *o) {
  return pipe_find_end(pipe_of(o), true);
}

static int pipe_gate_describe(const ax_object *o, char *buffer, size_t size) {
  const pipe_end *e = pipe_end_of_gate(o);
  return snprintf(buffer, size, "FIFO to %s",
                  ax__file_reads(&e->file) ? "read" : "write");
}

static const ax_object_ops pipe_gate_ops = {
    .kind = "opening",
    .doing = "open",
    .attempt = pipe_gate_attempt,
    .queue = pipe_gate_queue,
    .describe = pipe_gate_describe,
};

static const ax_file_ops pipe_ops = {
    .object = {.side = AX_READ_SIDE,
               .kind = "pipe",
               .doing = "read from",
               .label = pipe_label,
               .free = pipe_end_free,
               .attempt = pipe_read_attempt,
               .queue = pipe_read_queue,
               .refuse = pipe_refuse,
               .accept = pipe_accept,
               .serve = pipe_serve,
               .peer = pipe_read_peer,
               .describe = pipe_describe},
    .writer = {.side = AX_WRITE_SIDE,
               .kind = "pipe",
               .doing = "write to",
               .label = pipe_label,
               .attempt = pipe_write_attempt,
               .queue = pipe_write_queue,
               .serve = pipe_serve,
               .peer = pipe_write_peer,
               .describe = pipe_describe},
    .peek = pipe_peek,
    .take = pipe_take,
    .finish = pipe_finish,
    .read = pipe_read,
    .write = pipe_write,
    .stat = pipe_stat,
    .capacity = pipe_capacity,
    .opening = pipe_opening,
};

/* ------------------------------------------------------------------- new */

int ax__pipe_new(ax_kernel *k, size_t capacity, ax__pipe **out) {
  if (capacity == 0) capacity = AX_PIPE_SIZE;
  if (capacity > AX_PIPE_MAX) return AX_EPERM;
  if (k->closed) return AX_EPIPE;
  ax__pipe *p = ax__alloc_zero(&k->mem, sizeof *p);
  if (p == NULL) return AX_ENOMEM;
  int rc = ax__stream_init(k, p, capacity);
  if (rc != AX_OK) {
    ax__free(&k->mem, p, sizeof *p);
    return rc;
  }
  k->nobjects++; /* it outlives its ends */
  *out = p;
  return AX_OK;
}

ax__pipe *ax__pipe_ref(ax__pipe *p) {
  p->refs++;
  return p;
}

void ax__pipe_unref(ax__pipe *p) {
  ax_kernel *k = p->kernel;
  if (--p->refs > 0) return;
  ax__stream_fini(p);
  ax__free(&k->mem, p, sizeof *p);
  ax_object_fini(k);
}

size_t ax__pipe_readers(const ax__pipe *p) { return p->nreaders; }

size_t ax__pipe_writers(const ax__pipe *p) { return p->nwriters; }

int ax__pipe_open(ax__pipe *p, uint32_t flags, const ax__pipe_hooks *hooks,
                  void *node, ax_object **out) {
  bool reads = (flags & AX_O_ACCMODE) != AX_O_WRONLY;
  bool writes = (flags & AX_O_ACCMODE) != AX_O_RDONLY;
  bool alone = !(reads && writes) && (reads ? p->nwriters : p->nreaders) == 0;
  if (alone && writes && (flags & AX_O_NONBLOCK)) return AX_ENXIO;
  pipe_end *e = ax__alloc_zero(&p->kernel->mem, sizeof *e);
  if (e == NULL) return AX_ENOMEM;
  ax_file_init(p->kernel, &e->file, &pipe_ops,
               flags & (AX_O_ACCMODE | AX_O_NONBLOCK));
  e->gate = (ax_object){&pipe_gate_ops, p->kernel, 1};
  ax_list_init(&e->gate_queue);
  e->opening = alone && !(flags & AX_O_NONBLOCK);
  e->pipe = ax__pipe_ref(p);
  e->hooks = hooks;
  e->node = node;
  ax_list_init(&e->link);
  ax_list_push(&p->ends, &e->link);
  p->nreaders += reads;
  p->nwriters += writes;
  if (reads) pipe_open_gates(p, false);
  if (writes) pipe_open_gates(p, true);
  *out = &e->file.object;
  return AX_OK;
}

int ax_pipe(ax_kernel *k, size_t capacity, ax_object **reader,
            ax_object **writer) {
  ax__pipe *p;
  int rc = ax__pipe_new(k, capacity, &p);
  if (rc != AX_OK) return rc;
  rc = ax__pipe_open(p, AX_O_RDONLY | AX_O_NONBLOCK, NULL, NULL, reader);
  if (rc == AX_OK) {
    rc = ax__pipe_open(p, AX_O_WRONLY, NULL, NULL, writer);
    if (rc != AX_OK) ax_unref(*reader);
  }
  if (rc == AX_OK) ax_file_set_flags(*reader, 0);
  ax__pipe_unref(p);
  return rc;
}
