/* pipe - a stream of bytes between processes: of pipes and of FIFOs */
#include "ipc/pipe.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "kernel/kernel.h"

enum { AX_PIPE_DEV = 0 }; /* ax_stat.dev; the tree begins with 1 */

/* Who waits on one side. */
typedef struct pipe_line {
  ax_list came;     /* clauses that nobody has looked at yet */
  ax_list waiting;  /* those that want to read or to write, in line */
  ax_list watching; /* those that only want to know */
} pipe_line;

struct ax__pipe {
  ax_kernel *kernel;
  char *data;            /* the buffer: capacity bytes, used as a ring */
  size_t capacity;       /* set by the user */
  size_t head, count;    /* where the oldest byte is, how many there are */
  pipe_line read, write; /* who waits */
  ax_list given;         /* readers that were told and have not run yet */
  const ax_proc *turn;   /* who was, has run, and reads now; only compared */
  ax_list ends;          /* all that are open, the oldest first */
  size_t nreaders, nwriters; /* among them */
  uint64_t number;           /* tells pipes apart */
  uint32_t uid, gid;         /* whose it is, if it is no FIFO */
  int64_t time;              /* when it was made */
  uint32_t refs;
};

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

/* --------------------------------------------------------------- the lines */

static void line_init(pipe_line *l) {
  ax_list_init(&l->came);
  ax_list_init(&l->waiting);
  ax_list_init(&l->watching);
}

/* Puts those who came where they belong: each once. */
static void line_sort(pipe_line *l) {
  ax_list *link;
  while ((link = ax_list_pop(&l->came)) != NULL) {
    const ax_clause *c = ax_container(link, ax_clause, link);
    ax_list_push(c->value.type == AX_NIL ? &l->watching : &l->waiting, link);
  }
}

/* The first in line that is not stopped, or NULL. */
static ax_clause *line_first(pipe_line *l) {
  if (!ax_list_empty(&l->came)) line_sort(l);
  return ax_list_empty(&l->waiting) ? NULL : ax__first(&l->waiting);
}

/* Tells all who watch. */
static void line_show(pipe_line *l) {
  ax_clause *c;
  while ((c = ax__first(&l->watching)) != NULL) ax__fire(c, AX_OK);
}

/* Ends the waits on a line: all, or those by way of that side of an end. */
static void line_end(pipe_line *l, const ax_object *side, int rc) {
  ax_list all;
  ax_list_init(&all);
  line_sort(l);
  ax_list_move(&all, &l->waiting);
  ax_list_move(&all, &l->watching);
  while (!ax_list_empty(&all)) {
    ax_clause *c = ax_container(all.next, ax_clause, link);
    if (side == NULL || c->object == side) {
      ax__fire(c, rc);
    } else {
      ax_list_unlink(&c->link);
      ax_list_push(&l->came, &c->link);
    }
  }
}

/* ------------------------------------------------------------- the buffer */

static size_t pipe_room(const ax__pipe *p) { return p->capacity - p->count; }

/* What is written in one piece or not at all. */
static size_t pipe_atom(const ax__pipe *p) {
  return p->capacity < AX_PIPE_BUF ? p->capacity : AX_PIPE_BUF;
}

/* There is room for it. */
static void pipe_put(ax__pipe *p, const char *data, size_t n) {
  size_t tail = p->head + p->count;
  if (tail >= p->capacity) tail -= p->capacity;
  size_t first = p->capacity - tail;
  if (first > n) first = n;
  memcpy(p->data + tail, data, first);
  if (n > first) memcpy(p->data, data + first, n - first);
  p->count += n;
}

static void pipe_drop(ax__pipe *p, size_t n) {
  p->count -= n;
  p->head += n;
  if (p->head >= p->capacity) p->head -= p->capacity;
  if (p->count == 0) p->head = 0;
}

/* Moves what writers lent into the buffer, as far as all that is left of it
** fits in, and lets them go on. */
static void pipe_admit(ax__pipe *p) {
  ax_clause *c;
  while ((c = line_first(&p->write)) != NULL) {
    size_t left = ax_lent_size(&c->value);
    if (left > pipe_room(p)) return;
    pipe_put(p, c->value.u.lent, left);
    ax__lent_shrink(&c->value, left);
    ax__fire(c, AX_OK);
  }
}

/* The bytes that come next, in one piece; 0: there are none. */
static size_t pipe_front(ax__pipe *p, const char **data) {
  if (p->count == 0) {
    ax_clause *c = line_first(&p->write);
    if (c == NULL) return 0;
    *data = c->value.u.lent;
    if (ax_lent_size(&c->value) > pipe_atom(p))
      return ax_lent_size(&c->value);
    pipe_admit(p);
  }
  *data = p->data + p->head;
  size_t piece = p->capacity - p->head;
  return p->count < piece ? p->count : piece;
}

/* Takes n of the bytes that pipe_front has just shown. */
static void pipe_pass(ax__pipe *p, size_t n) {
  if (p->count > 0) {
    pipe_drop(p, n);
    return;
  }
  ax_clause *c = line_first(&p->write);
  ax__lent_shrink(&c->value, n);
  if (ax_lent_size(&c->value) == 0) ax__fire(c, AX_OK);
}

/* ---------------------------------------------------------------- readers */

/* Is there something to read, or the end? */
static bool pipe_readable(ax__pipe *p) {
  return p->count > 0 || p->nwriters == 0 || line_first(&p->write) != NULL;
}

/* Gives the right to read to the first in line, if nobody has it who will
** use it; at the end there is nothing to share. */
static void pipe_tell(ax__pipe *p) {
  ax_clause *c;
  if (!pipe_readable(p)) return;
  line_sort(&p->read);
  line_show(&p->read);
  const char *data;
  bool ended = p->nwriters == 0 && pipe_front(p, &data) == 0;
  while ((ended || ax__first(&p->given) == NULL) &&
         (c = line_first(&p->read)) != NULL) {
    ax__fire(c, AX_OK);
    ax_list_push(&p->given, &c->link);
  }
}

/* May the running process read, or are others before it? */
static bool pipe_may_read(ax__pipe *p) {
  if (ax_list_empty(&p->given) && ax_list_empty(&p->read.came) &&
      ax_list_empty(&p->read.waiting))
    return true;
  if (p->turn != NULL && p->turn == p->kernel->running) return true;
  return ax__first(&p->given) == NULL && line_first(&p->read) == NULL;
}

/* Is there room for those who only want to know? */
static bool pipe_writable(ax__pipe *p) {
  return pipe_room(p) >= pipe_atom(p) && line_first(&p->write) == NULL;
}

/* After whatever has changed: whom can be served is served. */
static void pipe_settle(ax__pipe *p) {
  p->turn = NULL;
  pipe_admit(p);
  if (!ax_list_empty(&p->write.watching) && pipe_writable(p))
    line_show(&p->write);
  pipe_tell(p);
}

static void pipe_serve(ax_object *o) { pipe_settle(pipe_of(o)); }

static int pipe_peek(ax_file *f, const char **data, size_t *size) {
  ax__pipe *p = pipe_of_file(f);
  if (pipe_may_read(p)) {
    *size = pipe_front(p, data);
    if (*size > 0) return AX_OK;
  }
  *size = 0;
  *data = "";
  return p->nwriters == 0 && p->count == 0 ? AX_OK : AX_EAGAIN;
}

static void pipe_take(ax_file *f, size_t n) {
  pipe_pass(pipe_of_file(f), n);
  ax__file_later(f);
}

static void pipe_finish(ax_file *f) {
  pipe_of_file(f)->turn = NULL;
  ax__file_later(f);
}

static int pipe_read(ax_file *f, char *data, size_t size, size_t *done) {
  const char *from;
  ax__pipe *p = pipe_of_file(f);
  int rc = pipe_peek(f, &from, done);
  if (rc != AX_OK || *done == 0) return rc;
  size_t n = 0, piece;
  while (n < size && (piece = pipe_front(p, &from)) > 0) {
    if (piece > size - n) piece = size - n;
    memcpy(data + n, from, piece);
    pipe_pass(p, piece);
    n += piece;
  }
  *done = n;
  pipe_settle(p);
  return AX_OK;
}

/* To wait for reading, by clauses that want to or only want to know. */
static int pipe_read_attempt(ax_object *o, ax_clause *c) {
  const ax_file *f = ax__file_of(o);
  ax__pipe *p = pipe_of(o);
  if (!ax__file_reads(f)) return AX_EBADF;
  if (f->held.length > 0) return AX_OK;
  if (c->value.type != AX_NIL && !pipe_may_read(p)) return AX_EAGAIN;
  return pipe_readable(p) ? AX_OK : AX_EAGAIN;
}

static ax_list *pipe_read_queue(ax_object *o) {
  return &pipe_of(o)->read.came;
}

/* It runs: it is its turn, until somebody else runs. */
static void pipe_accept(ax_object *o) {
  pipe_of(o)->turn = o->kernel->running;
  ax__file_later(ax__file_of(o));
}

/* It died first: the next one. */
static void pipe_refuse(ax_object *o, ax_clause *c) {
  ax_list_unlink(&c->link);
  pipe_tell(pipe_of(o));
}

/* ---------------------------------------------------------------- writers */

static int pipe_write(ax_file *f, const char *data, size_t size,
                      size_t *done) {
  ax__pipe *p = pipe_of_file(f);
  if (p->nreaders == 0) return AX_EPIPE;
  if (line_first(&p->write) != NULL) {
    pipe_settle(p); /* it may have room since the last read */
    if (line_first(&p->write) != NULL) return AX_EAGAIN;
  }
  size_t room = pipe_room(p);
  if (room == 0 || (size <= pipe_atom(p) && room < size)) return AX_EAGAIN;
  *done = size < room ? size : room;
  pipe_put(p, data, *done);
  pipe_tell(p);
  return AX_OK;
}

/* Nothing is in the buffer and somebody waits for bytes: he gets them from
** where they are. */
static bool pipe_hands_over(ax__pipe *p, const ax_clause *c) {
  return p->count == 0 && ax_lent_size(&c->value) > p->capacity &&
         c->proc->until != 0 && line_first(&p->write) == NULL &&
         line_first(&p->read) != NULL;
}

/* A clause without bytes asks whether there is room. */
static int pipe_write_attempt(ax_object *o, ax_clause *c) {
  ax_file *f = ax__file_of(o);
  ax__pipe *p = pipe_of(o);
  if (!ax__file_writes(f)) return AX_EBADF;
  if (p->nreaders == 0) return AX_EPIPE;
  if (c->value.type != AX_LENT) return pipe_writable(p) ? AX_OK : AX_EAGAIN;
  size_t size = ax_lent_size(&c->value), done = 0;
  if (size > pipe_atom(p) && c->proc->nclauses > 1) return AX_EINVAL;
  if (pipe_hands_over(p, c)) {
    ax__file_later(f); /* once it waits */
    return AX_EAGAIN;
  }
  if (size == 0) return AX_OK;
  int rc = pipe_write(f, c->value.u.lent, size, &done);
  if (rc != AX_OK) return rc;
  ax__lent_shrink(&c->value, done);
  return done == size ? AX_OK : AX_EAGAIN;
}

static ax_list *pipe_write_queue(ax_object *o) {
  return &pipe_of(o)->write.came;
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
  line_end(&p->read, &e->file.object, AX_EPIPE);
  line_end(&p->write, &e->file.writer, AX_EPIPE);
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
  if (p->nreaders == 0) line_end(&p->write, NULL, AX_EPIPE);
  if (ax_list_empty(&p->ends)) p->head = p->count = 0;
  pipe_settle(p);
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

/* The same bytes in a buffer of that size. */
static int pipe_resize(ax__pipe *p, size_t size) {
  const char *piece;
  size_t n = 0, count = p->count;
  char *data = ax__alloc(&p->kernel->mem, size);
  if (data == NULL) return AX_ENOMEM;
  while (p->count > 0) {
    size_t m = pipe_front(p, &piece);
    memcpy(data + n, piece, m);
    pipe_drop(p, m);
    n += m;
  }
  ax__free(&p->kernel->mem, p->data, p->capacity);
  p->data = data;
  p->capacity = size;
  p->head = 0;
  p->count = count;
  return AX_OK;
}

static int pipe_capacity(ax_file *f, size_t size, size_t *out) {
  ax__pipe *p = pipe_of_file(f);
  if (size > AX_PIPE_MAX) return AX_EPERM;
  if (size > 0 && size < p->capacity &&
      (size < p->count || line_first(&p->write) != NULL))
    return AX_EBUSY;
  int rc = size == 0 || size == p->capacity ? AX_OK : pipe_resize(p, size);
  if (rc != AX_OK) return rc;
  *out = p->capacity;
  pipe_settle(p);
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

static void pipe_init(ax__pipe *p, ax_kernel *k) {
  p->kernel = k;
  p->refs = 1;
  p->number = ++k->npipes;
  p->time = (int64_t)k->time;
  p->uid = ax_proc_uid(k->running);
  p->gid = ax_proc_gid(k->running);
  line_init(&p->read);
  line_init(&p->write);
  ax_list_init(&p->given);
  ax_list_init(&p->ends);
  k->nobjects++; /* outlives its ends */
}

int ax__pipe_new(ax_kernel *k, size_t capacity, ax__pipe **out) {
  if (capacity == 0) capacity = AX_PIPE_SIZE;
  if (capacity > AX_PIPE_MAX) return AX_EPERM;
  if (k->closed) return AX_EPIPE;
  ax__pipe *p = ax__alloc_zero(&k->mem, sizeof *p);
  if (p == NULL) return AX_ENOMEM;
  p->data = ax__alloc(&k->mem, capacity);
  if (p->data == NULL) {
    ax__free(&k->mem, p, sizeof *p);
    return AX_ENOMEM;
  }
  p->capacity = capacity;
  pipe_init(p, k);
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
  ax__free(&k->mem, p->data, p->capacity);
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
