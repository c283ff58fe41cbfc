/* msgctl - message queues: finding, looking, changing */
#include "ipc/msgq.h"
#include "ipc/want.h"

/* ----------------------------------------------------------------- wants */

ax_value ax_msgq_want(int64_t type, size_t size, int flags) {
  ax_value v = ax_integer(type);
  if (size <= AX_WANT_LIMIT) v.slot = (uint32_t)(size + 1) << AX_WANT_SHIFT;
  if (flags & AX_MSG_EXCEPT) v.slot |= AX_WANT_EXCEPT;
  if (flags & AX_MSG_NOERROR) v.slot |= AX_WANT_CUT;
  return v;
}

/* --------------------------------------------------------------- finding */

ax_object *ax_msgq_find(const ax_kernel *k, int id) {
  ax_keyed *o = ax__keyed_find(k, &ax__msgq_kind, id);
  return o == NULL ? NULL : &o->object;
}

size_t ax_msgq_list(const ax_kernel *k, int *ids, size_t room) {
  return ax__keyed_list(k, &ax__msgq_kind, ids, room);
}

int ax_msgq_id(const ax_object *queue) {
  return ax__msgq_of(queue)->keyed.id;
}

/* ------------------------------------------------------- stat and change */

int ax_msgq_stat_get(const ax_object *queue, ax_msgq_stat *out) {
  const ax_msgq *q = ax__msgq_of(queue);
  const ax_proc *p = queue->kernel->running;
  if (q->keyed.id == 0) return AX_EIDRM;
  if (!ax__perm_permits(p, &q->keyed.perm, AX_MAY_READ)) return AX_EACCES;
  out->perm = q->keyed.perm;
  out->id = q->keyed.id;
  out->qnum = q->backlog.count;
  out->cbytes = q->backlog.bytes;
  out->qbytes = q->qbytes;
  out->lspid = q->lspid;
  out->lrpid = q->lrpid;
  out->stime = q->stime;
  out->rtime = q->rtime;
  out->ctime = q->ctime;
  return AX_OK;
}

/* May who waits with that clause wait on? */
static int review(const ax_msgq *q, const ax_clause *c, bool sends) {
  if (sends && ax__message_of(&c->value)->size > q->qbytes) return AX_EINVAL;
  uint32_t want = sends ? AX_MAY_WRITE : AX_MAY_READ;
  return ax__perm_permits(c->proc, &q->keyed.perm, want) ? AX_OK : AX_EACCES;
}

/* Room, mode or owners have changed: who may not wait any more hears it. */
static void review_all(const ax_msgq *q, ax_list *queue, bool sends) {
  ax_list all;
  ax_list_init(&all);
  ax_list_move(&all, queue);
  while (!ax_list_empty(&all)) {
    ax_clause *c = ax__clause_of(all.next);
    int rc = review(q, c, sends);
    ax_list_unlink(&c->link);
    if (rc == AX_OK) {
      ax_list_push(queue, &c->link);
      continue;
    }
    if (sends)
      ax__fire(c, rc);
    else
      ax__msgq_fail(c, rc);
  }
}

int ax_msgq_set(ax_object *queue, const ax_msgq_change *to) {
  ax_msgq *q = ax__msgq_of(queue);
  const ax_proc *p = queue->kernel->running;
  if (q->keyed.id == 0) return AX_EIDRM;
  if (!ax__perm_owned(p, &q->keyed.perm)) return AX_EPERM;
  bool sized = to->qbytes != SIZE_MAX;
  if (sized && to->qbytes > AX_MSG_BYTES && ax_proc_uid(p) != 0)
    return AX_EPERM;
  if (to->uid != UINT32_MAX) q->keyed.perm.uid = to->uid;
  if (to->gid != UINT32_MAX) q->keyed.perm.gid = to->gid;
  if (to->mode != UINT32_MAX) q->keyed.perm.mode = to->mode & 0777;
  if (sized) q->qbytes = to->qbytes;
  q->ctime = ax__msgq_time(q);
  review_all(q, &q->receivers, false);
  review_all(q, &q->senders, true);
  ax__msgq_admit(q);
  return AX_OK;
}
