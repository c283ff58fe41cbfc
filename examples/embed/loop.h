/* loop - what the hosts with event loops have in common
**
** A script that prints what comes out of a channel, and is done when that
** closes; and a second one beside it that only sleeps. */
#ifndef LOOP_H
#define LOOP_H

#include <axeberg-lua.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct loop_host {
  lua_State *L;
  ax_kernel *k;
  ax_object *tx; /* into the script */
} loop_host;

static inline void loop_check(int rc, const char *what) {
  if (rc == AX_OK) return;
  fprintf(stderr, "%s: %s\n", what, ax_error_text(rc));
  exit(1);
}

static inline void loop_load(loop_host *h, const char *name, const char *text,
                             int nargs) {
  axL_script s = {.name = name, .text = text, .priority = AX_NORMAL};
  ax_proc *p;
  if (axL_load(h->L, &s, nargs, &p) != AX_OK) {
    fprintf(stderr, "%s\n", lua_tostring(h->L, -1));
    exit(1);
  }
  ax_proc_detach(p); /* nobody waits for it */
}

static inline void loop_open(loop_host *h) {
  ax_object *rx;
  h->L = luaL_newstate();
  if (h->L == NULL) exit(1);
  luaL_openlibs(h->L);
  loop_check(axL_open(h->L, NULL), "open");
  h->k = axL_tokernel(h->L);
  loop_check(ax_channel_new(h->k, NULL, &h->tx, &rx), "channel");
  loop_check(axL_pushobject(h->L, rx), "push");
  loop_load(h, "printer",
            "for v in (...) do print('received', v) end print('closed')", 1);
  loop_load(h, "sleeper", "ax.sleep(0.02)", 0);
}

/* What can run now runs; are they all done? */
static inline bool loop_step(loop_host *h) {
  axL_frame(h->L, AX_NEVER);
  return ax_kernel_alive(h->k) == 0;
}

/* Milliseconds until there is something to do: 0 now, -1 never. */
static inline int loop_due(const loop_host *h) {
  uint64_t next = ax_next_deadline(h->k), now = ax_now(h->k);
  if (next == AX_NEVER) return -1;
  if (next <= now) return 0;
  return (int)((next - now + 999999) / 1000000);
}

#endif
