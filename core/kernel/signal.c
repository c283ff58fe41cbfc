/* signal - TERM, KILL, STOP and CONT */
#include "kernel/owner.h"
#include "kernel/trace.h"

static int send_kill(ax_proc *p) {
  if (!p->started) {
    ax__proc_die_of(p, AX_SIGKILL);
    return AX_OK;
  }
  p->killed = true;
  p->stopped = false;
  if (p->state == AX_RUNNING) return AX_OK;
  ax__wait_end(p);
  ax_list_unlink(&p->link);
  ax__proc_ready(p);
  return AX_OK;
}

static int send_term(ax_proc *p) {
  if (!p->started && p != p->end.kernel->host)
    ax__proc_die_of(p, AX_SIGTERM);
  else if (p->state == AX_WAITING && !p->stopped)
    ax__wait_stop(p, AX_ECANCELED);
  else
    p->cancelled = true;
  return AX_OK;
}

static int send_stop(ax_proc *p) {
  p->stopped = true;
  ax_list_unlink(&p->link);
  ax__wait_pass(p);
  return AX_OK;
}

static int send_cont(ax_proc *p) {
  if (!p->stopped) return AX_OK;
  p->stopped = false;
  if (p->state == AX_READY) {
    ax__proc_ready(p);
  } else if (p->state == AX_WAITING && p->cancelled) {
    p->cancelled = false;
    ax__wait_stop(p, AX_ECANCELED);
  } else if (p->state == AX_WAITING) {
    ax__wait_serve(p);
  }
  return AX_OK;
}

int ax_kill(ax_kernel *k, int pid, int signal) {
  ax_assert_owner(k);
  ax_proc *p = ax_proc_find(k, pid);
  if (signal == 0) return p == NULL || ax__proc_dead(p) ? AX_ESRCH : AX_OK;
  if (signal != AX_SIGKILL && signal != AX_SIGTERM && signal != AX_SIGSTOP &&
      signal != AX_SIGCONT)
    return AX_EINVAL;
  if (p == NULL || ax__proc_dead(p)) return AX_ESRCH;
  if (p->killed) return AX_OK; /* it is as good as dead */
  bool host = p == k->host;
  if (ax__traced(k)) ax__trace_signal(p, signal);
  switch (signal) {
    case AX_SIGKILL: return host ? AX_EPERM : send_kill(p);
    case AX_SIGSTOP: return host ? AX_EPERM : send_stop(p);
    case AX_SIGTERM: return send_term(p);
    default: return send_cont(p);
  }
}

bool ax_proc_cancelled(ax_proc *p) {
  bool was = p->cancelled;
  p->cancelled = false;
  return was;
}
