/* hostwait - waiting for descriptors of the host program
**
** Who waits to read is told when there is something; who waits to write has
** lent what is to be written, and it is written when there is room. */
#include "base/assert.h"
#include "base/value.h"
#include "ipc/host.h"
#include "kernel/kernel.h"

/* Who is to be told next that there is something to read; NULL: nobody.  Of
** those who are going to read only one at a time. */
static ax_clause *host_reader(const ax_host *h) {
  bool busy = ax__first(&h->given) != NULL;
  for (ax_list *l = h->reading.next; l != &h->reading; l = l->next) {
    ax_clause *c = ax_container(l, ax_clause, link);
    if (!c->proc->stopped && (!busy || c->value.type == AX_NIL)) return c;
  }
  return NULL;
}

static void host_tell_readers(ax_host *h) {
  ax_clause *c;
  while ((c = host_reader(h)) != NULL) {
    bool reads = c->value.type != AX_NIL;
    ax__fire(c, AX_OK);
    if (reads) ax_list_push(&h->given, &c->link);
  }
}

int ax__host_attempt(ax_object *o, ax_clause *c) {
  const ax_host *h = ax__host_of(o);
  (void)c;
  if (!ax__file_reads(&h->file)) return AX_EBADF;
  if (h->from < h->to || ax__host_look(h, AX_POLLIN)) return AX_OK;
  ax__host_flush(h);
  return AX_EAGAIN;
}

/* Writes what was lent: AX_OK when all of it went, or as much as ever will
** beside other arms. */
static int host_write_lent(ax_host *h, ax_clause *c) {
  size_t size = ax_lent_size(&c->value), done;
  if (c->proc->nclauses > 1 && size > AX_PIPE_BUF) return AX_EINVAL;
  while (size > 0) {
    int rc = ax__host_push(h, c->value.u.lent, size, &done);
    if (rc != AX_OK) return rc;
    ax__lent_shrink(&c->value, done);
    size -= done;
    if (c->proc->nclauses > 1) break;
  }
  return AX_OK;
}

const ax_clause *ax__host_writer(const ax_host *h) {
  for (ax_list *l = h->writing.next; l != &h->writing; l = l->next) {
    const ax_clause *c = ax_container(l, ax_clause, link);
    if (!c->proc->stopped && c->value.type != AX_NIL) return c;
  }
  return NULL;
}

int ax__host_writer_attempt(ax_object *o, ax_clause *c) {
  ax_host *h = ax__host_of(o);
  if (!ax__file_writes(&h->file)) return AX_EBADF;
  if (c->value.type == AX_NIL)
    return ax__host_look(h, AX_POLLOUT) ? AX_OK : AX_EAGAIN;
  return host_write_lent(h, c);
}

static void host_serve_writers(ax_host *h) {
  ax_clause *c;
  while ((c = ax__first(&h->writing)) != NULL) {
    int rc = ax__host_writer_attempt(&h->file.writer, c);
    if (rc == AX_EAGAIN) break;
    ax__fire(c, rc);
  }
}

ax_list *ax__host_queue(ax_object *o) {
  ax_host *h = ax__host_of(o);
  ax__watch_begin(o->kernel, &h->watch);
  return &h->reading;
}

ax_list *ax__host_writer_queue(ax_object *o) {
  ax_host *h = ax__host_of(o);
  ax__watch_begin(o->kernel, &h->watch);
  return &h->writing;
}

/* Who was told to read died: the next one is told. */
void ax__host_refuse(ax_object *o, ax_clause *c) {
  ax_host *h = ax__host_of(o);
  ax_list_unlink(&c->link);
  ax__watch_begin(o->kernel, &h->watch);
  if (h->from < h->to) host_tell_readers(h);
}

void ax__host_accept(ax_object *o) {
  ax__watch_begin(o->kernel, &ax__host_of(o)->watch);
}

void ax__host_serve(ax_object *o) {
  ax_host *h = ax__host_of(o);
  ax__watch_begin(o->kernel, &h->watch);
  if (h->from < h->to) host_tell_readers(h);
}

void ax__host_writer_serve(ax_object *o) {
  ax__watch_begin(o->kernel, &ax__host_of(o)->watch);
}

static int host_wants(const ax_watch *w) {
  const ax_host *h = ax_container(w, ax_host, watch);
  return (host_reader(h) != NULL ? AX_POLLIN : 0) |
         (ax__first(&h->writing) != NULL ? AX_POLLOUT : 0);
}

static void host_ready(ax_watch *w, int events) {
  ax_host *h = ax_container(w, ax_host, watch);
  if (events & ~AX_POLLOUT) host_tell_readers(h);
  if (events & ~AX_POLLIN) host_serve_writers(h);
}

const ax_watch_ops ax__host_watch = {host_wants, host_ready};
