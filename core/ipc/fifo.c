/* fifo - FIFOs in memory: a stream of bytes that has a name
**
** The stream is there while an end is open, and with it the bytes. */
#include "ipc/pipe.h"
#include "ipc/tree.h"

typedef struct fifo {
  ax_inode inode;
  ax__pipe *pipe; /* referred to; NULL: no end is open */
  size_t nends;   /* that are open */
} fifo;

static fifo *fifo_of(ax_vnode *n) { return (fifo *)(void *)n; }

static int fifo_end_stat(void *node, ax_stat *out) {
  return ax__vnode_stat(node, out);
}

/* The last end takes the bytes with it. */
static void fifo_closed(void *node) {
  fifo *f = fifo_of(node);
  ax__pipe *pipe = f->pipe;
  if (--f->nends == 0) {
    f->pipe = NULL;
    ax__pipe_unref(pipe);
  }
  ax_unref(&f->inode.vnode.object);
}

static const ax__pipe_hooks fifo_hooks = {fifo_end_stat, fifo_closed};

static int fifo_open_end(fifo *f, uint32_t flags, ax_object **out) {
  int rc = ax__pipe_open(f->pipe, flags, &fifo_hooks, f, out);
  if (rc != AX_OK) return rc;
  (void)ax_file_set_flags(*out, (int)flags); /* it keeps AX_O_APPEND, too */
  f->nends++;
  ax_ref(&f->inode.vnode.object);
  return ax_file_opening(*out) == NULL ? AX_OK : AX_EAGAIN;
}

static int fifo_open(ax_vnode *n, uint32_t flags, ax_object **out) {
  fifo *f = fifo_of(n);
  if (f->pipe != NULL) return fifo_open_end(f, flags, out);
  int rc = ax__pipe_new(n->object.kernel, 0, &f->pipe);
  if (rc != AX_OK) return rc;
  rc = fifo_open_end(f, flags, out);
  if (f->nends > 0) return rc;
  ax__pipe_unref(f->pipe);
  f->pipe = NULL;
  return rc;
}

/* Nothing is open. */
static void fifo_free(ax_object *o) {
  ax__inode_free(&fifo_of(ax__vnode_of(o))->inode, sizeof(fifo));
}

static const ax_vnode_ops fifo_ops = {
    .object = {.kind = "fifo", .free = fifo_free},
    .stat = ax__inode_stat,
    .set = ax__inode_set,
    .open = fifo_open,
    .statfs = ax__inode_statfs,
};

int ax__fifo_new(ax_tree *t, const ax_making *how, ax_inode **out) {
  return ax__inode_new(t, &fifo_ops, sizeof(fifo), how, out);
}
