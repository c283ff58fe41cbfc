/* wait - the one way in which a call blocks
**
** A process that waits yields its coroutine and is resumed once the wait is
** decided.  Process 1 is no coroutine of ours: it runs the kernel on the
** spot until its wait is decided, which works anywhere in the script. */
#include <stdlib.h>

#include "axL.h"

static _Noreturn void unblockable(lua_State *L, const char *why) {
  luaL_error(L, "cannot block here: %s", why);
  abort(); /* never reached */
}

/* Raises unless the running process may block in L now. */
static void wait_check(lua_State *L, ax_kernel *k, ax_proc *p) {
  if (ax_proc_state(p) != AX_RUNNING)
    unblockable(L, "the process waits already, and this is a finalizer");
  if (p == ax_kernel_host(k)) return;
  const char *why = axL_whynot(L, p);
  if (why != NULL) unblockable(L, why);
}

/* The same; a deadline of 0 only tries, which is possible anywhere. */
static void wait_allow(lua_State *L, ax_kernel *k, ax_proc *p,
                       uint64_t deadline) {
  if (deadline > 0 || ax_proc_state(p) != AX_RUNNING) wait_check(L, k, p);
}

void axL_checkblock(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  wait_check(L, k, ax_running(k));
}

void axL_run(lua_State *L, ax_kernel *k, ax_proc *p) {
  axL_state *S = axL_stateof(k);
  lua_State *outer = S->runner;
  S->runner = L;
  int rc = ax_run(k, p);
  S->runner = outer;
  if (rc == AX_OK) return;
  if (rc == AX_EBUSY) unblockable(L, "this is a finalizer");
  axL_pushreport(L, k);
  if (p != NULL) ax_wait_cancel(p);
  lua_error(L);
}

/* The wait has begun (AX_EAGAIN) or is decided; p goes on afterwards. */
static int wait_go_on(lua_State *L, ax_proc *p, int rc,
                      lua_KFunction finish) {
  lua_KContext ctx = (lua_KContext)p;
  ax_kernel *k = ax_proc_kernel(p);
  if (rc == AX_OK) return finish(L, LUA_OK, ctx);
  if (p == ax_kernel_host(k)) {
    axL_run(L, k, p);
    return finish(L, LUA_OK, ctx);
  }
  axL_mark(p, L);
  return lua_yieldk(L, 0, ctx, finish);
}

/* The wait could not begin: raises. */
static int refused(lua_State *L, int rc, const ax_arm *arms, int narms) {
  for (int i = 0; i < narms; i++) {
    ax_value v = arms[i].value;
    ax_value_clear(&v);
  }
  if (rc == AX_EXDEV)
    return luaL_error(L, "cannot wait for what belongs to another kernel");
  return luaL_error(L, "not enough memory");
}

int axL_wait(lua_State *L, ax_kernel *k, const ax_arm *arms, int narms,
             uint64_t deadline, lua_KFunction finish) {
  ax_proc *p = ax_running(k);
  wait_allow(L, k, p, deadline);
  int rc = ax_wait(p, arms, narms, deadline);
  if (rc == AX_OK || rc == AX_EAGAIN) return wait_go_on(L, p, rc, finish);
  return refused(L, rc, arms, narms);
}

int axL_park(lua_State *L, ax_proc *guess, ax_object *o, ax_value v,
             uint64_t deadline, lua_KFunction finish) {
  ax_proc *p = guess;
  if (p == NULL || !axL_runsin(L, p)) {
    ax_kernel *k = axL_kernel(L);
    p = ax_running(k);
    wait_allow(L, k, p, deadline);
  }
  int rc = ax_park(p, o, v, deadline);
  if (rc == AX_OK || rc == AX_EAGAIN) return wait_go_on(L, p, rc, finish);
  ax_arm arm = {o, v};
  return refused(L, rc, &arm, 1);
}

int axL_receive(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int arm;
  ax_value v;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  return axL_received(L, rc, &v);
}

/* -------------------------------------------------------- sleep and yield */

static int sleep_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  int arm;
  ax_value v;
  int rc = ax_proc_result(axL_waiter(ctx), &arm, &v);
  return axL_result(L, rc == AX_ETIMEDOUT ? AX_OK : rc);
}

static int yield_finish(lua_State *L, int status, lua_KContext ctx) {
  (void)status;
  bool cancelled = ax_proc_cancelled(axL_waiter(ctx));
  return axL_result(L, cancelled ? AX_ECANCELED : AX_OK);
}

static int l_yield(lua_State *L) {
  ax_kernel *k = axL_kernel(L);
  ax_proc *p = ax_running(k);
  wait_check(L, k, p);
  if (ax_proc_cancelled(p)) return axL_result(L, AX_ECANCELED);
  if (p != ax_kernel_host(k)) {
    axL_mark(p, L);
    return lua_yieldk(L, 0, (lua_KContext)p, yield_finish);
  }
  axL_run(L, k, p);
  return yield_finish(L, LUA_OK, (lua_KContext)p);
}

static int l_sleep(lua_State *L) {
  luaL_checknumber(L, 1);
  uint64_t deadline = axL_checkdeadline(L, 1);
  if (deadline == 0) return l_yield(L);
  return axL_wait(L, axL_kernel(L), NULL, 0, deadline, sleep_finish);
}

/* checkblock(): raises where a call cannot block, and after a TERM. */
static int l_checkblock(lua_State *L) {
  axL_checkblock(L);
  bool cancelled = ax_proc_cancelled(ax_running(axL_kernel(L)));
  return axL_result(L, cancelled ? AX_ECANCELED : AX_OK);
}

static int l_now(lua_State *L) {
  lua_pushnumber(L, (lua_Number)ax_now(axL_kernel(L)) / (double)AX_SECOND);
  return 1;
}

static const luaL_Reg wait_functions[] = {{"yield", l_yield},
                                          {"sleep", l_sleep},
                                          {"now", l_now},
                                          {"checkblock", l_checkblock},
                                          {NULL, NULL}};

void axL_openwait(lua_State *L) { axL_setfuncs(L, wait_functions); }
