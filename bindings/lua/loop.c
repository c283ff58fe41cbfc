/* loop - the kernel in a loop of somebody else: luv, cqueues, frames */
#include <math.h>

#include "axL.h"

/* Only the script itself can drive the kernel. */
static ax_kernel *checkdriver(lua_State *L, const char *what) {
  ax_kernel *k = axL_kernel(L);
  if (ax_running(k) != ax_kernel_host(k))
    luaL_error(L, "%s: only the script itself drives the kernel", what);
  return k;
}

/* step([budget]): lets processes run until nothing is ready, or the budget
** of seconds is over; how many steps that were. */
static int l_step(lua_State *L) {
  uint64_t until = AX_NEVER;
  ax_kernel *k = checkdriver(L, "step");
  if (!lua_isnoneornil(L, 1)) {
    until = axL_checkdeadline(L, 1);
    if (until == 0) until = 1; /* long ago: one step */
  }
  axL_state *S = axL_getstate(L);
  lua_State *outer = S->runner;
  S->runner = L;
  int n = ax_step_until(k, until);
  S->runner = outer;
  if (n == AX_EBUSY) return luaL_error(L, "step: the kernel runs already");
  lua_pushinteger(L, n);
  return 1;
}

/* due(): in how many seconds there is something to do; 0: now. */
static int l_due(lua_State *L) {
  const ax_kernel *k = axL_kernel(L);
  uint64_t next = ax_next_deadline(k), now = next == 0 ? 0 : ax_now(k);
  lua_Number seconds = HUGE_VAL;
  if (next != AX_NEVER)
    seconds = next > now ? (double)(next - now) / (double)AX_SECOND : 0;
  lua_pushnumber(L, seconds);
  return 1;
}

/* descriptor(): can be read when a descriptor of the host that somebody
** waits for is ready. */
static int l_descriptor(lua_State *L) {
  int fd = ax_kernel_descriptor(axL_kernel(L));
  if (fd < 0) return axL_result(L, fd);
  lua_pushinteger(L, fd);
  return 1;
}

static const luaL_Reg loop_functions[] = {{"step", l_step},
                                          {"due", l_due},
                                          {"descriptor", l_descriptor},
                                          {NULL, NULL}};

void axL_openloop(lua_State *L) { axL_setfuncs(L, loop_functions); }
