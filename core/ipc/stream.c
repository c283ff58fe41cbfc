/* stream - the bytes of a pipe, and who waits for them */
#include "ipc/stream.h"

#include <string.h>

#include "kernel/kernel.h"

/* --------------------------------------------------------------- the lines */

/* Puts those who came where they belong: each once. */
static void line_sort(ax__line *l) {
  ax_list *link;
  while ((link = ax_list_pop(&l->came)) != NULL) {
    const ax_clause *c = ax_container(link, ax_clause, link);
    ax_list_push(c->value.type == AX_NIL ? &l->watching : &l->waiting, link);
  }
}

/* Nobody is there. */
static inline bool line_empty(const ax__line *l) {
  return ax_list_empty(&l->came) && ax_list_empty(&l->waiting) &&
         ax_list_empty(&l->watching);
}

/* The first in line that is not stopped, or NULL. */
static ax_clause *line_front(ax__line *l) {
  if (!ax_list_empty(&l->came)) line_sort(l);
  return ax_list_empty(&l->waiting) ? NULL : ax__first(&l->waiting);
}

static inline ax_clause *line_first(ax__line *l) {
  return line_empty(l) ? NULL : line_front(l);
}

/* Tells all who watch. */
static void line_show(ax__line *l) {
  ax_clause *c;
  while ((c = ax__first(&l->watching)) != NULL) ax__fire(c, AX_OK);
}

void ax__line_end(ax__line *l, const ax_object *side, int rc) {
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

/* Those that pipe_front has just shown. */
void ax__stream_take(ax__pipe *p, size_t n) {
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

/* The first in line gets it if nobody has it who will use it; at the end there
** is nothing to share. */
void ax__stream_tell(ax__pipe *p) {
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

void ax__stream_settle(ax__pipe *p) {
  p->turn = NULL;
  pipe_admit(p);
  if (!ax_list_empty(&p->write.watching) && pipe_writable(p))
    line_show(&p->write);
  ax__stream_tell(p);
}

int ax__stream_peek(ax__pipe *p, const char **data, size_t *size) {
  if (pipe_may_read(p)) {
    *size = pipe_front(p, data);
    if (*size > 0) return AX_OK;
  }
  *size = 0;
  *data = "";
  return p->nwriters == 0 && p->count == 0 ? AX_OK : AX_EAGAIN;
}

int ax__stream_read(ax__pipe *p, char *data, size_t size, size_t *done) {
  const char *from;
  int rc = ax__stream_peek(p, &from, done);
  if (rc != AX_OK || *done == 0) return rc;
  size_t n = 0, piece;
  while (n < size && (piece = pipe_front(p, &from)) > 0) {
    if (piece > size - n) piece = size - n;
    memcpy(data + n, from, piece);
    ax__stream_take(p, piece);
    n += piece;
  }
  *done = n;
  ax__stream_settle(p);
  return AX_OK;
}

int ax__stream_read_attempt(ax__pipe *p, const ax_clause *c) {
  if (c->value.type != AX_NIL && !pipe_may_read(p)) return AX_EAGAIN;
  return pipe_readable(p) ? AX_OK : AX_EAGAIN;
}

/* ---------------------------------------------------------------- writers */

int ax__stream_write(ax__pipe *p, const char *data, size_t size,
                     size_t *done) {
  if (p->nreaders == 0) return AX_EPIPE;
  if (line_first(&p->write) != NULL) {
    ax__stream_settle(p); /* it may have room since the last read */
    if (line_first(&p->write) != NULL) return AX_EAGAIN;
  }
  size_t room = pipe_room(p);
  if (room == 0 || (size <= pipe_atom(p) && room < size)) return AX_EAGAIN;
  *done = size < room ? size : room;
  pipe_put(p, data, *done);
  if (!line_empty(&p->read)) ax__stream_tell(p);
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
int ax__stream_write_attempt(ax__pipe *p, ax_file *f, ax_clause *c) {
  if (p->nreaders == 0) return AX_EPIPE;
  if (c->value.type != AX_LENT) return pipe_writable(p) ? AX_OK : AX_EAGAIN;
  size_t size = ax_lent_size(&c->value), done = 0;
  if (size > pipe_atom(p) && c->proc->nclauses > 1) return AX_EINVAL;
  if (pipe_hands_over(p, c)) {
    ax__file_later(f); /* once it waits */
    return AX_EAGAIN;
  }
  if (size == 0) return AX_OK;
  int rc = ax__stream_write(p, c->value.u.lent, size, &done);
  if (rc != AX_OK) return rc;
  ax__lent_shrink(&c->value, done);
  return done == size ? AX_OK : AX_EAGAIN;
}

/* ---------------------------------------------------------------- the rest */

int ax__stream_resize(ax__pipe *p, size_t size) {
  const char *piece;
  size_t n = 0, count = p->count;
  if (size < p->capacity &&
      (size < p->count || line_first(&p->write) != NULL))
    return AX_EBUSY;
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

static void line_init(ax__line *l) {
  ax_list_init(&l->came);
  ax_list_init(&l->waiting);
  ax_list_init(&l->watching);
}

int ax__stream_init(ax_kernel *k, ax__pipe *p, size_t capacity) {
  p->data = ax__alloc(&k->mem, capacity);
  if (p->data == NULL) return AX_ENOMEM;
  p->kernel = k;
  p->capacity = capacity;
  p->refs = 1;
  p->number = ++k->npipes;
  p->time = (int64_t)k->time;
  p->uid = ax_proc_uid(k->running);
  p->gid = ax_proc_gid(k->running);
  line_init(&p->read);
  line_init(&p->write);
  ax_list_init(&p->given);
  ax_list_init(&p->ends);
  return AX_OK;
}

void ax__stream_fini(ax__pipe *p) {
  ax__free(&p->kernel->mem, p->data, p->capacity);
}
