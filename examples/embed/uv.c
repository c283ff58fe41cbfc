/* uv - axeberg in the loop of libuv
**
** Two handles drive the kernel: one polls its descriptor, one is the timer
** of its next deadline. */
#include "loop.h"

#include <uv.h>

typedef struct uv_host {
  loop_host h;
  uv_loop_t loop;
  uv_poll_t wake;   /* the kernel's descriptor */
  uv_timer_t due;   /* its next deadline */
  uv_timer_t ticks; /* something of the host's own */
  int nticks;
} uv_host;

static void on_due(uv_timer_t *t);

/* Runs what can run; sets the timer for what cannot. */
static void run(uv_host *u) {
  if (loop_step(&u->h)) {
    uv_close((uv_handle_t *)&u->wake, NULL);
    uv_close((uv_handle_t *)&u->due, NULL);
    return;
  }
  int ms = loop_due(&u->h);
  if (ms < 0)
    uv_timer_stop(&u->due);
  else
    uv_timer_start(&u->due, on_due, (uint64_t)ms, 0);
}

static void on_due(uv_timer_t *t) { run(t->data); }

static void on_wake(uv_poll_t *p, int status, int events) {
  (void)status;
  (void)events;
  run(p->data);
}

/* The host sends, and lets the receiver run. */
static void on_tick(uv_timer_t *t) {
  uv_host *u = t->data;
  ax_value v = ax_integer(++u->nticks);
  if (u->h.tx != NULL) loop_check(ax_channel_send(u->h.tx, &v), "send");
  if (u->nticks == 3) {
    ax_unref(u->h.tx); /* the channel closes */
    u->h.tx = NULL;
    uv_close((uv_handle_t *)t, NULL);
  }
  run(u);
}

int main(void) {
  static uv_host u;
  loop_open(&u.h);
  uv_loop_init(&u.loop);
  uv_poll_init(&u.loop, &u.wake, ax_kernel_descriptor(u.h.k));
  uv_timer_init(&u.loop, &u.due);
  uv_timer_init(&u.loop, &u.ticks);
  u.wake.data = u.due.data = u.ticks.data = &u;
  uv_poll_start(&u.wake, UV_READABLE, on_wake);
  uv_timer_start(&u.ticks, on_tick, 10, 10);
  run(&u);
  uv_run(&u.loop, UV_RUN_DEFAULT);
  uv_loop_close(&u.loop);
  lua_close(u.h.L);
  return 0;
}
