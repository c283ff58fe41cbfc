/* hello - a C program that hosts a kernel with two processes
**
** One counts to three, a second apart; the other prints what it receives.
** On the virtual clock those seconds pass at once. */
#include <axeberg.h>
#include <inttypes.h>
#include <stdio.h>

typedef struct counter {
  ax_hold out; /* the sender; given back when the process ends */
  int64_t sent;
} counter;

static enum ax_step count(ax_proc *p) {
  counter *c = ax_proc_body(p);
  if (c->sent == 3) return AX_DONE;
  ax_value v = ax_integer(++c->sent);
  if (ax_channel_send(c->out.object, &v) != AX_OK) return AX_DONE;
  uint64_t later = ax_deadline(ax_proc_kernel(p), 1.0);
  return ax_wait(p, NULL, 0, later) == AX_EAGAIN ? AX_WAIT : AX_DONE;
}

typedef struct printer {
  ax_hold in;  /* the receiver */
  bool waited; /* a message is here, or the channel is closed */
} printer;

static enum ax_step print(ax_proc *p) {
  printer *r = ax_proc_body(p);
  const ax_arm arm = {r->in.object, ax_nil()};
  int rc = AX_OK;
  while (rc == AX_OK) {
    int index;
    ax_value v;
    if (r->waited) {
      if (ax_proc_result(p, &index, &v) != AX_OK) return AX_DONE;
      uint64_t second = ax_now(ax_proc_kernel(p)) / AX_SECOND;
      printf("second %" PRIu64 ": %" PRId64 "\n", second, v.u.integer);
      ax_value_clear(&v);
    }
    rc = ax_wait(p, &arm, 1, AX_NEVER);
    r->waited = true;
  }
  return rc == AX_EAGAIN ? AX_WAIT : AX_DONE;
}

static const ax_proc_ops COUNT = {.step = count};
static const ax_proc_ops PRINT = {.step = print};

/* Spawns both, each with its end of a new channel. */
static int start(ax_kernel *k, counter *c, printer *r) {
  ax_object *sender, *receiver;
  ax_proc *p;
  int rc = ax_channel_new(k, NULL, &sender, &receiver);
  if (rc != AX_OK) return rc;
  rc = ax_spawn(k, &COUNT, c, "counter", AX_NORMAL, &p);
  if (rc == AX_OK) ax_hold_add(p, &c->out, ax_ref(sender));
  if (rc == AX_OK) rc = ax_spawn(k, &PRINT, r, "printer", AX_NORMAL, &p);
  if (rc == AX_OK) ax_hold_add(p, &r->in, ax_ref(receiver));
  ax_unref(sender);
  ax_unref(receiver);
  return rc;
}

int main(void) {
  uint64_t now = 0;
  ax_config config = {.clock = ax_clock_virtual(&now)};
  counter c = {.sent = 0};
  printer r = {.waited = false};
  ax_kernel *k;
  int rc = ax_kernel_new(&config, &k);
  if (rc == AX_OK) {
    rc = start(k, &c, &r);
    if (rc == AX_OK) rc = ax_run(k, NULL);
    ax_kernel_free(k);
  }
  if (rc != AX_OK) fprintf(stderr, "hello: %s\n", ax_error_text(rc));
  return rc == AX_OK ? 0 : 1;
}
